/**
 * Trends of what wears, drifts and gets dirty: how fast a measured value really moves, how sure that is, and when it reaches a limit.
 *
 * A value is a level that a slope carries on, both read through a noisy sensor: the local linear trend model, followed by a Kalman
 * filter (Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989, section 2.3) in closed form for two states
 * and readings at any instants. The filter knows the variance of its slope, so a trend is believed only where it stands out of the
 * noise, and a time to a limit comes with its range. A jump is an event and not a trend: a reading far outside of what the filter
 * expects starts it anew there.
 *
 * Error ratios are followed as the decibels of optical power that they are worth, 10 log10 of Q, because those move as losses do.
 */

import { inverseQFunction } from '../../base/special.ts';
import type { Quantity } from '../reading.ts';
import type { Measured } from '../state.ts';

export const hourNs = 3600e9;

/** What the filter assumes of a quantity, in its unit (dB for error ratios) and hours. */
export interface Nature {
  /** Standard deviation of a reading: the sensor's noise and the step within which nothing is noted. */
  readonly noise: number;
  /** Standard deviation of slopes before anything is known. */
  readonly slope: number;
  /** How far slopes wander in an hour. */
  readonly wander: number;
  /** Slopes below this change nothing within the life of a cluster. */
  readonly floor: number;
}

/** Design choices: noise from the accuracy classes of module sensors (SFF-8472 asks for 3 K, 10 % and 3 dB absolute; steps are finer), the rest by `heliostat worth foresight` on seeds of its own. */
export const natures: Readonly<Record<Quantity, Nature>> = {
  caseC: { noise: 0.2, slope: 2, wander: 0.1, floor: 0.05 },
  supplyC: { noise: 0.1, slope: 2, wander: 0.3, floor: 0.05 },
  biasRatio: { noise: 0.003, slope: 0.005, wander: 3e-4, floor: 1e-5 },
  rxLossDb: { noise: 0.05, slope: 0.3, wander: 0.01, floor: 0.002 },
  txLossDb: { noise: 0.05, slope: 0.3, wander: 0.01, floor: 0.002 },
  preFecBer: { noise: 0.05, slope: 0.3, wander: 0.01, floor: 0.002 },
  outputShare: { noise: 0.01, slope: 0.05, wander: 0.01, floor: 0.01 },
};

/** A reading this many standard deviations from what was expected starts the filter anew. */
const jumpSigmas = 6;
/** A limit is announced when the trend passes it within the horizon even where it goes this many deviations slower than expected: three times in five. Acting early costs little, being late much. */
const sureSigmas = 0.25;
/** Half of the width of the range that a lead time is given with, which holds nine times in ten. */
const rangeSigmas = 1.645;

/** Level and slope of a quantity as filtered, with the variances and the covariance of the two. */
export interface Trend {
  readonly level: number;
  readonly perHour: number;
  readonly levelVariance: number;
  readonly covariance: number;
  readonly slopeVariance: number;
}

/** The Q that no error ratio betters: about 1e-18, far below what is counted in hours. */
const qMost = 8.7;
const ratioLeast = 1e-18;

/** What is followed of a value: itself, or what a counted error ratio is worth in dB; larger is worse. */
export function followed(quantity: Quantity, value: number): number {
  if (quantity !== 'preFecBer') return value;
  const q = value <= ratioLeast ? qMost : inverseQFunction(Math.min(0.49, value));
  return -10 * Math.log10(Math.max(0.01, q));
}

const begun = ({ noise, slope }: Nature, level: number): Trend => ({ level, perHour: 0, levelVariance: noise * noise, covariance: 0, slopeVariance: slope * slope });

/** The trend after one more reading of a quantity. */
export function trendAfter(quantity: Quantity, before: Measured | undefined, value: number, atNs: number): Trend {
  const nature = natures[quantity];
  const reading = followed(quantity, value);
  // Logs of earlier versions kept no trend.
  const known = before?.trend ?? null;
  if (before === undefined || known === null) return begun(nature, reading);
  // Two readings of one instant, as when a clock that was ahead stands still, are both readings.
  const hours = Math.max(0, atNs - before.atNs) / hourNs;
  const wander = nature.wander * nature.wander * hours;
  const levelVariance = known.levelVariance + 2 * hours * known.covariance + hours * hours * known.slopeVariance + (wander * hours * hours) / 3;
  const covariance = known.covariance + hours * known.slopeVariance + (wander * hours) / 2;
  const slopeVariance = known.slopeVariance + wander;
  const expected = known.level + known.perHour * hours;
  const spread = levelVariance + nature.noise * nature.noise;
  const surprise = reading - expected;
  if (surprise * surprise > jumpSigmas * jumpSigmas * spread) return begun(nature, reading);
  const [toLevel, toSlope] = [levelVariance / spread, covariance / spread];
  return {
    level: expected + toLevel * surprise, perHour: known.perHour + toSlope * surprise,
    levelVariance: levelVariance * (1 - toLevel), covariance: covariance * (1 - toLevel), slopeVariance: slopeVariance - toSlope * covariance,
  };
}

/** Time until a limit, ns: the likely one and the range that holds nine times in ten. */
export interface Lead {
  readonly likelyNs: number;
  readonly soonNs: number;
  readonly lateNs: number;
}

/** Where the trend leads in some hours, and the deviation of that: what is not known of it now, and how far its slope may wander until then. */
function ahead(quantity: Quantity, { level, perHour, levelVariance, covariance, slopeVariance }: Trend, hours: number): { readonly expected: number; readonly deviation: number } {
  const wandered = (natures[quantity].wander ** 2 * hours ** 3) / 3;
  return { expected: level + perHour * hours, deviation: Math.sqrt(Math.max(0, levelVariance + 2 * hours * covariance + hours * hours * slopeVariance + wandered)) };
}

/** Leads are searched up to this: longer ones are nobody's business yet. */
const searchedHours = 24 * 365;

/** The first hour, on a grid that doubles and then by bisection, at which the trend stands some deviations from what is expected at or above a limit; Infinity where it never does. */
function hoursUntil(quantity: Quantity, trend: Trend, { limit, sigmas }: { readonly limit: number; readonly sigmas: number }): number {
  const isOver = (hours: number): boolean => {
    const { expected, deviation } = ahead(quantity, trend, hours);
    return expected + sigmas * deviation >= limit;
  };
  if (isOver(0)) return 0;
  let high = 1 / 64;
  while (!isOver(high)) if ((high *= 2) > searchedHours) return Infinity;
  let low = high / 2;
  while (high - low > high / 512) {
    const middle = (low + high) / 2;
    if (isOver(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** When a trend reaches a limit from below. */
export function leadTo(quantity: Quantity, trend: Trend, limit: number): Lead {
  const until = (sigmas: number): number => hoursUntil(quantity, trend, { limit, sigmas }) * hourNs;
  return { likelyNs: until(0), soonNs: until(rangeSigmas), lateNs: until(-rangeSigmas) };
}

/** Whether a trend is sure enough to be at a limit or above it within a time. */
export function isExpected(quantity: Quantity, trend: Trend, { limit, withinNs }: { readonly limit: number; readonly withinNs: number }): boolean {
  if (trend.perHour < natures[quantity].floor) return trend.level >= limit;
  const { expected, deviation } = ahead(quantity, trend, withinNs / hourNs);
  return expected - sureSigmas * deviation >= limit;
}
