/**
 * Link flaps: brief losses that heal by themselves, most of them made by a few bad links.
 *
 * Every link flaps as a Poisson process with a rate of its own, and the rates of a fleet follow a gamma distribution
 * (Greenwood and Yule, 1920), so counts are negative binomial: their variance exceeds the mean by 1 + mean/shape. Having
 * seen a link's flaps, its expected rate is again gamma, which tells a bad link from an unlucky one.
 */

import type { Dice } from '../../base/dice.ts';
import type { Figure } from '../../base/figure.ts';
import type { Hours } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { RateBasis } from './mechanism.ts';

export interface FlapProcess {
  /** Mean time between flaps of a link, over the fleet. */
  readonly meanIntervalH: Hours;
  /** Shape of the gamma distribution of rates; small means that few links make most flaps. */
  readonly shape: number;
  readonly basis: RateBasis;
  readonly interval: Figure;
}

/** Gamma shape of the rates: an estimate; 0.2 lets the worst tenth of links make about two thirds of all flaps. */
export const flapShape: Figure = { value: 0.2, unit: '', kind: 'estimate', source: 'engineering estimate: flaps are over-dispersed, a few bad links make most of them' };

export const flapProcess = (interval: Figure, basis: RateBasis): FlapProcess => ({ meanIntervalH: quantity(interval.value), shape: flapShape.value, basis, interval });

export const meanFlaps = ({ meanIntervalH }: FlapProcess, hours: number): number => hours / meanIntervalH;

/** Variance over the fleet of the flaps of one link: m (1 + m/shape). */
export function flapVariance(process: FlapProcess, hours: number): number {
  const mean = meanFlaps(process, hours);
  return mean * (1 + mean / process.shape);
}

/** Probability that a link flaps at least once: 1 - (1 + m/shape)^-shape. */
export const flapProbability = (process: FlapProcess, hours: number): number => -Math.expm1(-process.shape * Math.log1p(meanFlaps(process, hours) / process.shape));

/** Expected flaps per hour of a link that was seen for some hours: (shape + seen)/(shape x mean interval + hours). */
export const expectedFlapRatePerH = ({ meanIntervalH, shape }: FlapProcess, { seen, hours }: { readonly seen: number; readonly hours: number }): number =>
  (shape + seen) / (shape * meanIntervalH + hours);

/** A gamma deviate with mean `shape` (Marsaglia and Tsang, ACM TOMS 26, 2000), with their boost for shapes below 1. */
function drawGamma(shape: number, dice: Dice): number {
  if (shape < 1) return drawGamma(shape + 1, dice) * (1 - dice.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = dice.normal();
    const v = (1 + c * normal) ** 3;
    if (v > 0 && Math.log(1 - dice.uniform()) < 0.5 * normal * normal + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** The flap rate of one link, drawn from the fleet's distribution. */
export const drawFlapRatePerH = ({ meanIntervalH, shape }: FlapProcess, dice: Dice): number => drawGamma(shape, dice) / (shape * meanIntervalH);
