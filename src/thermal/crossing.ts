/**
 * Time to threshold: the first time at which a temperature course reaches a limit, exact to the last bits of the clock.
 *
 * A course is a sum of decaying exponentials, which may rise and fall several times (a laser overshoots while its module
 * warms), so stepping or plain bisection could miss the first crossing. Instead an interval is discarded only when it
 * provably holds no crossing: terms with positive amplitude fall and those with negative amplitude rise, which bounds the
 * sum and its derivative on any interval (interval branch and bound; Moore, Interval Analysis, 1966). Where the derivative
 * keeps one sign, bisection finishes.
 *
 * Kernel: the bounds hold for every non-null assertion because amplitudeK and ratePerS have the same length and every index stays below it.
 */

import type { ExponentialSum } from './response.ts';
import { evaluateSum } from './response.ts';

export interface Threshold {
  readonly limitC: number;
  /** `rising`: first time at or above the limit; `falling`: first time at or below it. */
  readonly direction: 'rising' | 'falling';
  /** Later crossings do not count; may be Infinity. */
  readonly horizonS: number;
}

/** Intervals this much shorter than their end are decided by their right edge: a touch closer than this is a crossing. */
const relativeWidthMin = 1e-12;

/** Beyond this many time constants an exponential is below the rounding of the sum. */
const settledConstants = 60;

/** Upper bound of sum_k weight_k exp(-rate_k t) on [fromS, toS]. */
function upperBound(weight: Float64Array, ratePerS: Float64Array, fromS: number, toS: number): number {
  let bound = 0;
  for (let k = 0; k < weight.length; k++) bound += weight[k]! * Math.exp(-ratePerS[k]! * (weight[k]! > 0 ? fromS : toS));
  return bound;
}

/** Finds the sign change of a course that only rises on [lowS, highS], negative at lowS and not at highS. */
function bisect(course: ExponentialSum, lowS: number, highS: number): number {
  let low = lowS;
  let high = highS;
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (evaluateSum(course, middle) >= 0) high = middle;
    else low = middle;
  }
  return high;
}

/** After this time the course keeps the sign of its end value, so nothing later can be a first crossing. */
function lastTimeS(course: ExponentialSum, horizonS: number): number {
  let slowest = Infinity;
  let swing = 0;
  for (let k = 0; k < course.ratePerS.length; k++) {
    if (course.amplitudeK[k] === 0) continue;
    slowest = Math.min(slowest, course.ratePerS[k]!);
    swing += Math.abs(course.amplitudeK[k]!);
  }
  if (swing === 0) return 0;
  const constants = Math.min(settledConstants, Math.max(0, Math.log(swing / Math.abs(course.offsetC)) + 1));
  return Math.min(horizonS, constants / slowest);
}

/** First time in [0, horizon] at which the course reaches the limit, or null when it never does. */
export function firstCrossingS(course: ExponentialSum, { limitC, direction, horizonS }: Threshold): number | null {
  if (!Number.isFinite(evaluateSum(course, 0)) || !Number.isFinite(limitC)) throw new Error(`A course from ${evaluateSum(course, 0)} °C to a limit of ${limitC} °C is not a course`);
  const sign = direction === 'rising' ? 1 : -1;
  const distance: ExponentialSum = { offsetC: sign * (course.offsetC - limitC), amplitudeK: course.amplitudeK.map((value) => sign * value), ratePerS: course.ratePerS };
  if (evaluateSum(distance, 0) >= 0) return 0;
  const slope = distance.amplitudeK.map((value, k) => -value * course.ratePerS[k]!);
  const steepest = slope.map((value) => -value);
  const pending: [fromS: number, toS: number][] = [[0, lastTimeS(distance, horizonS)]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [fromS, toS] = next;
    if (distance.offsetC + upperBound(distance.amplitudeK, distance.ratePerS, fromS, toS) < 0) continue;
    const atFrom = evaluateSum(distance, fromS);
    if (atFrom >= 0) return fromS;
    const slopeMax = upperBound(slope, distance.ratePerS, fromS, toS);
    if (atFrom + Math.max(0, slopeMax) * (toS - fromS) < 0) continue;
    const rises = -upperBound(steepest, distance.ratePerS, fromS, toS) >= 0;
    if (rises || toS - fromS <= relativeWidthMin * toS) {
      if (evaluateSum(distance, toS) >= 0) return rises ? bisect(distance, fromS, toS) : toS;
      continue;
    }
    const middleS = (fromS + toS) / 2;
    pending.push([middleS, toS], [fromS, middleS]);
  }
  return null;
}
