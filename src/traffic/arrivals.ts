/** When jobs or requests arrive: steady, bursty and daily processes on seeded dice. */

import type { Dice } from '../base/dice.ts';

/** Rates are arrivals per second, averaged over a long time unless the field says otherwise. */
export type ArrivalProcess =
  | { readonly kind: 'poisson'; readonly ratePerS: number }
  /** Gaps are gamma-distributed with this coefficient of variation: 1 is Poisson, more is burstier, less is more regular. */
  | { readonly kind: 'gamma'; readonly ratePerS: number; readonly variation: number }
  /** Poisson whose rate switches between two states that last exponentially long (Fischer and Meier-Hellstern 1993). */
  | { readonly kind: 'mmpp'; readonly calmPerS: number; readonly busyPerS: number; readonly calmMeanS: number; readonly busyMeanS: number }
  /** Poisson whose rate follows a cosine with its peak at `peakS`; `swing` 1 reaches zero at night. */
  | { readonly kind: 'diurnal'; readonly ratePerS: number; readonly swing: number; readonly periodS: number; readonly peakS: number };

export const dayS = 86_400;

export function meanRatePerS(process: ArrivalProcess): number {
  if (process.kind !== 'mmpp') return process.ratePerS;
  const { calmPerS, busyPerS, calmMeanS, busyMeanS } = process;
  return (calmPerS * calmMeanS + busyPerS * busyMeanS) / (calmMeanS + busyMeanS);
}

/** Gamma deviate with mean `shape` (Marsaglia and Tsang, ACM TOMS 26(3), 2000, with their boost for shapes below 1). */
export function gammaDeviate(shape: number, dice: Dice): number {
  if (shape < 1) return gammaDeviate(shape + 1, dice) * (1 - dice.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = dice.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - dice.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

function* gammaArrivals(ratePerS: number, variation: number, dice: Dice): Generator<number, never, void> {
  const shape = 1 / variation ** 2;
  for (let at = 0; ;) {
    at += gammaDeviate(shape, dice) / shape / ratePerS;
    yield at;
  }
}

function* modulatedArrivals(process: Extract<ArrivalProcess, { readonly kind: 'mmpp' }>, dice: Dice): Generator<number, never, void> {
  let at = 0;
  let isBusy = dice.uniform() < process.busyMeanS / (process.calmMeanS + process.busyMeanS);
  for (;;) {
    const endsAt = at + dice.exponential() * (isBusy ? process.busyMeanS : process.calmMeanS);
    const ratePerS = isBusy ? process.busyPerS : process.calmPerS;
    // Poisson forgets, so a gap that crosses the switch is thrown away and drawn anew in the next state.
    if (ratePerS > 0) for (let next = at + dice.exponential() / ratePerS; next < endsAt; next += dice.exponential() / ratePerS) yield next;
    at = endsAt;
    isBusy = !isBusy;
  }
}

/** Thinning of a Poisson process at the peak rate (Lewis and Shedler 1979). */
function* diurnalArrivals(process: Extract<ArrivalProcess, { readonly kind: 'diurnal' }>, dice: Dice): Generator<number, never, void> {
  const { ratePerS, swing, periodS, peakS } = process;
  for (let at = 0; ;) {
    at += dice.exponential() / (ratePerS * (1 + swing));
    const share = (1 + swing * Math.cos((2 * Math.PI * (at - peakS)) / periodS)) / (1 + swing);
    if (dice.uniform() < share) yield at;
  }
}

/** Arrival times in seconds from zero, rising, without end. The process must have a positive mean rate. */
export function arrivals(process: ArrivalProcess, dice: Dice): Generator<number, never, void> {
  switch (process.kind) {
    case 'poisson': return gammaArrivals(process.ratePerS, 1, dice);
    case 'gamma': return gammaArrivals(process.ratePerS, process.variation, dice);
    case 'mmpp': return modulatedArrivals(process, dice);
    case 'diurnal': return diurnalArrivals(process, dice);
  }
}
