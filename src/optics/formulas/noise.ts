/**
 * Noise that grows with the signal: laser intensity noise, multipath interference and crosstalk.
 *
 * Such noise takes a *share* of the eye that no extra power can win back. Below 1 the share costs a power penalty; at 1
 * or above there is a bit-error floor above the target, and the answer is a refusal, never a number.
 */

import { dbToRatio, ratioToDb } from '../../base/levels.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Db } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { Formula } from './formula.ts';
import { belowSignal, countFrom, countWithin, defineFormula, input, nonNegative, positive } from './formula.ts';

/** Variance of the relative intensity in a bandwidth: r^2 = RIN B. Agrawal (2010) sec. 4.7.2. */
export const rinVariance = ({ rinDbPerHz, bandwidthGhz }: { readonly rinDbPerHz: number; readonly bandwidthGhz: number }): number =>
  10 ** (rinDbPerHz / 10) * bandwidthGhz * 1e9;

/** NRZ: the share of the eye lost to relative noise of this variance on the one level, r^2 Q^2. */
export const nrzNoiseShare = ({ variance, eyeQ }: { readonly variance: number; readonly eyeQ: number }): number => variance * eyeQ * eyeQ;

export interface Pam4NoiseSetting {
  /** Variance relative to the power of the top level. */
  readonly variance: number;
  readonly eyeQ: number;
  readonly extinction: Db;
}

/** ER/(ER - 1), linear: the top level in units of the outer OMA. */
const topLevelPerOma = (extinction: Db): number => {
  const ratio = dbToRatio(extinction);
  return ratio / (ratio - 1);
};

/**
 * PAM4, worst (top) eye: 36 x^2 r^2 (ER/(ER-1))^2. The top level stands ER/(ER-1) OMA high and half an eye is OMA/6, so
 * noise of relative rms r takes the share (6 x r ER/(ER-1))^2 of the squared eye (derived; conservative).
 */
export const pam4NoiseShare = ({ variance, eyeQ, extinction }: Pam4NoiseSetting): number =>
  36 * eyeQ * eyeQ * variance * topLevelPerOma(extinction) ** 2;

/** PAM4 with the variance relative to OMA/2, the normalisation of RIN_OMA (IEEE 802.3 clause 52.9.6): 9 x^2 r^2. */
export const pam4ModulationNoiseShare = ({ variance, eyeQ }: { readonly variance: number; readonly eyeQ: number }): number => 9 * eyeQ * eyeQ * variance;

const errorFloor = (share: number): Refusal =>
  refuse('error-floor', 'never', `Noise that follows the signal takes ${share.toPrecision(4)} of the squared eye; at 1 or above there is an error floor over the target BER, which no power can lower.`);

/** Power penalty of a share of the squared eye when thermal noise sets the rest: -5 log10(1 - share). Refuses with `error-floor`. */
export const eyeSharePenalty = (share: number): Db | Refusal => (share < 1 ? quantity<Db>(-5 * Math.log10(1 - share)) : errorFloor(share));

/** Agrawal's NRZ form, -10 log10(1 - share), sec. 4.7.2 and chapter 6. Refuses with `error-floor`. */
export const nrzSharePenalty = (share: number): Db | Refusal => (share < 1 ? quantity<Db>(-10 * Math.log10(1 - share)) : errorFloor(share));

/** Variance of interference from every pair of reflections: r^2 = 2 sum_{i<j} Ri Rj, aligned polarisation (worst case). */
export function multipathVariance(reflectances: readonly Db[]): number {
  let sum = 0;
  let sumOfSquares = 0;
  for (const reflectance of reflectances) {
    const ratio = dbToRatio(reflectance);
    sum += ratio;
    sumOfSquares += ratio * ratio;
  }
  return sum * sum - sumOfSquares;
}

/** In-band crosstalk of N equal interferers, Gaussian: r^2 = N X. Agrawal (2010) chapter 6. */
export const inBandCrosstalkVariance = ({ crosstalk, interferers }: { readonly crosstalk: Db; readonly interferers: number }): number =>
  interferers * dbToRatio(crosstalk);

/** Out-of-band crosstalk adds as power: -10 log10(1 - sum). Agrawal (2010). Refuses with `error-floor`. */
export const outOfBandCrosstalkPenalty = (sumOfLeaks: number): Db | Refusal => (sumOfLeaks < 1 ? ratioToDb(1 / (1 - sumOfLeaks)) : errorFloor(sumOfLeaks));

const floorRemark = (share: number): string =>
  share >= 1 ? 'At or above 1: an error floor above the target BER, so no sensitivity exists.' : 'Below 1: no error floor above the target BER.';

/** More connectors than this in one link are a slip of the pen. */
const connectorCountMax = 10_000;

const agrawal = 'G. P. Agrawal, Fiber-Optic Communication Systems (Wiley, 4th ed. 2010)';
const plainRinStrangers = { RIN_OMA: 'RIN_OMA is relative to OMA/2, RIN to the power of the level: give RIN_OMA to pam4-rin-oma-penalty' };
const modulationRinStrangers = { RIN: 'RIN is relative to the power of the level, RIN_OMA to OMA/2: give RIN to pam4-rin-penalty' };
const openExtinction = { ...positive, says: 'above 0 dB, because at 0 dB there is no modulation' };
const intensityNoise = { ...belowSignal, says: 'below 0 dB/Hz; lasers lie between -170 and -120' };

export const noiseFormulas: readonly Formula[] = [
  defineFormula({
    name: 'nrz-rin-penalty', computes: 'NRZ RIN power penalty', expression: 'r^2 = RIN*B; d = -10*log10(1-r^2*Q^2)',
    inputs: { RIN: input('dB/Hz', intensityNoise), B: input('GHz', positive), Q: input('', nonNegative) }, resultUnit: 'dB', source: `${agrawal} sec. 4.7.2`,
    strangers: plainRinStrangers,
    compute: ({ RIN, B, Q }) => nrzSharePenalty(nrzNoiseShare({ variance: rinVariance({ rinDbPerHz: RIN, bandwidthGhz: B }), eyeQ: Q })),
  }),
  defineFormula({
    name: 'pam4-rin-penalty', computes: 'PAM4 RIN penalty, worst (top) eye', expression: 'd = -5*log10(1-36*x^2*r^2*(ER/(ER-1))^2), r^2 = RIN*B',
    inputs: { RIN: input('dB/Hz', intensityNoise), B: input('GHz', positive), x: input('', nonNegative), ER: input('dB', openExtinction) }, resultUnit: 'dB',
    source: 'derived from thermal and top-level RIN noise at fixed eye Q (conservative); a RIN_OMA number belongs in pam4-rin-oma-penalty',
    strangers: plainRinStrangers,
    compute: ({ RIN, B, x, ER }) =>
      eyeSharePenalty(pam4NoiseShare({ variance: rinVariance({ rinDbPerHz: RIN, bandwidthGhz: B }), eyeQ: x, extinction: quantity(ER) })),
  }),
  defineFormula({
    name: 'pam4-rin-floor', computes: 'PAM4 RIN floor test: from 1 up no sensitivity exists',
    expression: 'q = 36*x^2*RIN*B*(ER/(ER-1))^2; q >= 1 means an error floor above the target BER',
    inputs: { RIN: input('dB/Hz', intensityNoise), B: input('GHz', positive), x: input('', nonNegative), ER: input('dB', openExtinction) }, resultUnit: '',
    source: 'derived (worst eye, RIN relative to the top level)',
    strangers: plainRinStrangers,
    compute: ({ RIN, B, x, ER }) => pam4NoiseShare({ variance: rinVariance({ rinDbPerHz: RIN, bandwidthGhz: B }), eyeQ: x, extinction: quantity(ER) }),
    remark: floorRemark,
  }),
  defineFormula({
    name: 'pam4-rin-oma-penalty', computes: 'PAM4 penalty from a RIN_OMA specification', expression: 'r^2 = RIN_OMA*B (relative to OMA/2); d = -5*log10(1-9*x^2*r^2)',
    inputs: { RIN_OMA: input('dB/Hz', intensityNoise), B: input('GHz', positive), x: input('', nonNegative) }, resultUnit: 'dB',
    source: 'RIN_OMA normalises noise to the modulation (OMA/2), not to mean power: IEEE 802.3 cl. 52.9.6 and the 10GbE link model; a plain RIN number belongs in pam4-rin-penalty',
    strangers: modulationRinStrangers,
    compute: ({ RIN_OMA, B, x }) => eyeSharePenalty(pam4ModulationNoiseShare({ variance: rinVariance({ rinDbPerHz: RIN_OMA, bandwidthGhz: B }), eyeQ: x })),
  }),
  defineFormula({
    name: 'mpi-noise', computes: 'MPI noise variance from all reflection pairs', expression: 'r^2 = 2*sum_{i<j} Ri*Rj (aligned polarisation, losses between reflectors ignored)',
    inputs: { Rtx: input('dB', belowSignal), Rrx: input('dB', belowSignal), Rconn: input('dB', belowSignal), n_conn: input('', countWithin(0, connectorCountMax)) }, resultUnit: '',
    source: `derived (random-phase two-path interference); compare ${agrawal}, reflection noise`,
    compute: ({ Rtx, Rrx, Rconn, n_conn }) => multipathVariance([quantity(Rtx), quantity(Rrx), ...Array.from({ length: n_conn }, () => quantity<Db>(Rconn))]),
  }),
  defineFormula({
    name: 'pam4-mpi-penalty', computes: 'PAM4 penalty of an MPI noise variance', expression: 'd = -5*log10(1-36*x^2*r^2*(ER/(ER-1))^2)',
    inputs: { r2: input('', nonNegative), x: input('', nonNegative), ER: input('dB', openExtinction) }, resultUnit: 'dB',
    source: 'derived; order of the 0.1 dB MPI allocation in the 400GBASE-DR4 budget',
    compute: ({ r2, x, ER }) => eyeSharePenalty(pam4NoiseShare({ variance: r2, eyeQ: x, extinction: quantity(ER) })),
  }),
  defineFormula({
    name: 'in-band-crosstalk-penalty', computes: 'in-band (coherent) crosstalk penalty, N interferers, Gaussian', expression: 'r^2 = X*N; d = -10*log10(1-r^2*Q^2)',
    inputs: { X: input('dB', belowSignal), N: input('', countFrom(0)), Q: input('', nonNegative) }, resultUnit: 'dB', source: `${agrawal} ch. 6 (in-band crosstalk)`,
    compute: ({ X, N, Q }) => nrzSharePenalty(nrzNoiseShare({ variance: inBandCrosstalkVariance({ crosstalk: quantity(X), interferers: N }), eyeQ: Q })),
  }),
];
