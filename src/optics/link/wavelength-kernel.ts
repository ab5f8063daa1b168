/**
 * A million wavelengths at once: from what heat, age or dirt took from each wavelength's light to its usable rate.
 *
 * `evaluateLink` settles once per distinct medium and length what does not change with the light: half of the eye, thermal
 * noise, shot noise and the share of the squared eye that noise following the light takes. When the light then changes by
 * a factor a, half an eye h becomes a h, the variance of shot noise falls as a, thermal noise stays and the share stays:
 *
 *     x_th = a h / sqrt(t^2 + a s^2)      PAM4: x = x_th / sqrt(1 + S x_th^2)      NRZ: x = 2 x_th / (1 + sqrt(1 + 4 S x_th^2))
 *
 * A row is a wavelength. Set by the caller once: `halfEyeMw`, `thermalMw`, `shotMw`, `noiseShare`, `requiredEyeQ`, `isNrz`,
 * `laneRateGbps`. Given each time: `lossDb`, positive where light was lost. Computed: `eyeQ`, `preFecBer`, `marginDb`,
 * `usableRateGbps`. Cost: O(rows), nothing allocated. The dumb twin in the test asks `evaluateLink` for each row.
 *
 * Kernel: the bounds hold because every array of a batch and of its answer has `count` entries, and the loop
 * runs over `count` rows.
 */

import { nrzBer, pam4Ber } from '../formulas/signal.ts';
import { omaPerHalfEye } from './eye.ts';
import { dbToRatio, dbmToMilliwatts } from '../../base/levels.ts';
import type { WavelengthReport } from './link-report.ts';

/** What a wavelength is before anything happens to its light. */
export interface WavelengthBatch {
  readonly count: number;
  readonly halfEyeMw: Float64Array;
  readonly thermalMw: Float64Array;
  readonly shotMw: Float64Array;
  /** Share of the squared eye per unit of squared eye Q. */
  readonly noiseShare: Float64Array;
  readonly requiredEyeQ: Float64Array;
  readonly isNrz: Uint8Array;
  readonly laneRateGbps: Float64Array;
}

export interface WavelengthAnswer {
  readonly eyeQ: Float64Array;
  readonly preFecBer: Float64Array;
  /** Loss that the wavelength could still take; in eye Q where a noise floor leaves nothing to take. */
  readonly marginDb: Float64Array;
  readonly usableRateGbps: Float64Array;
}

export const createWavelengthBatch = (count: number): WavelengthBatch => ({
  count, halfEyeMw: new Float64Array(count), thermalMw: new Float64Array(count), shotMw: new Float64Array(count), noiseShare: new Float64Array(count),
  requiredEyeQ: new Float64Array(count), isNrz: new Uint8Array(count), laneRateGbps: new Float64Array(count),
});

export const createWavelengthAnswer = (count: number): WavelengthAnswer => ({
  eyeQ: new Float64Array(count), preFecBer: new Float64Array(count), marginDb: new Float64Array(count), usableRateGbps: new Float64Array(count),
});

/** Enters one reported wavelength at a row; false for an electrical lane and for coherent light, which have no such eye. */
export function enterWavelength(batch: WavelengthBatch, row: number, { eye }: WavelengthReport, laneRateGbps: number): boolean {
  if (eye === null) return false;
  const openMw = dbmToMilliwatts(eye.omaDbm) / omaPerHalfEye[eye.signalling];
  batch.halfEyeMw[row] = openMw / dbToRatio(eye.closureDb);
  batch.thermalMw[row] = eye.thermalUw / 1e3;
  batch.shotMw[row] = eye.shotUw / 1e3;
  batch.noiseShare[row] = (eye.rinUw ** 2 + eye.reflectionUw ** 2 + eye.crosstalkUw ** 2) / (openMw * 1e3) ** 2;
  batch.requiredEyeQ[row] = eye.requiredEyeQ;
  batch.isNrz[row] = eye.signalling === 'NRZ' ? 1 : 0;
  batch.laneRateGbps[row] = laneRateGbps;
  return true;
}

/** No photon is left of any source behind this much loss. */
export const lossMaxDb = 300;

const nepersPerDb = Math.LN10 / 10;
const dbPerNeper = 1 / nepersPerDb;

/** Evaluates every row of the batch after `lossDb[row]` of loss. */
export function evaluateWavelengths(batch: WavelengthBatch, lossDb: Float64Array, answer: WavelengthAnswer): void {
  const { count, halfEyeMw, thermalMw, shotMw, noiseShare, requiredEyeQ, isNrz, laneRateGbps } = batch;
  const { eyeQ, preFecBer, marginDb, usableRateGbps } = answer;
  for (let row = 0; row < count; row++) {
    const lost = lossDb[row]!;
    // A loss that is endless or not a number is darkness; NaN fails the comparison too.
    const transmission = Math.exp(-nepersPerDb * (lost < lossMaxDb ? lost : lossMaxDb));
    const half = halfEyeMw[row]! * transmission;
    const thermal = thermalMw[row]!;
    const shotVariance = shotMw[row]! * shotMw[row]! * transmission;
    const share = noiseShare[row]!;
    const required = requiredEyeQ[row]!;
    const nrz = isNrz[row] === 1;
    const thermalEyeQ = half / Math.sqrt(thermal * thermal + shotVariance);
    const grown = share * thermalEyeQ * thermalEyeQ;
    const reached = nrz ? (2 * thermalEyeQ) / (1 + Math.sqrt(1 + 4 * grown)) : thermalEyeQ / Math.sqrt(1 + grown);
    const taken = share * required * required;
    eyeQ[row] = reached;
    preFecBer[row] = nrz ? nrzBer(reached) : pam4Ber(reached);
    usableRateGbps[row] = reached >= required ? laneRateGbps[row]! : 0;
    if (taken >= 1) marginDb[row] = dbPerNeper * Math.log(reached / required);
    else {
      // The loss at which thermal and shot noise leave exactly the eye Q that the limit needs (see eye.ts).
      const needed = nrz ? required / (1 - taken) : required / Math.sqrt(1 - taken);
      const perHalf = needed / half;
      const shot = perHalf * perHalf * shotVariance;
      const still = 2 * perHalf * thermal;
      marginDb[row] = dbPerNeper * Math.log(2 / (shot + Math.sqrt(shot * shot + still * still)));
    }
  }
}
