/**
 * Trends of what wears or drifts, and when they reach a limit.
 *
 * Rate of change per hour by exponentially weighted least squares in closed form for one step: with the last value v0 at t0 and a
 * new v1 at t1, the momentary slope is mixed into the known one, at first nothing, with the weight 1 - exp(-(t1 - t0) / tau): what
 * moves for minutes, as bias does while a laser warms, announces nothing. Slopes below the sensor's noise over tau are nothing. Limits: end-of-life bias, and the loss that the margin leaves.
 */

import type { Quantity } from '../reading.ts';
import type { Measured } from '../state.ts';

/** Memory of a trend; shorter than the drift that matters, longer than weather (design choice). */
export const trendMemoryNs = 3600e9;

/** Slopes below this are noise of the sensor, per hour. */
export const slopeFloorPerHour: Readonly<Record<Quantity, number>> = { caseC: 0.5, supplyC: 0.5, biasRatio: 1e-5, rxLossDb: 0.002, txLossDb: 0.002, preFecBer: Infinity, outputShare: 0.01 };

const hourNs = 3600e9;

/** The slope after a new value; `null` until two values are known. */
export function slopeAfter(before: Measured | undefined, value: number, atNs: number): number | null {
  if (before === undefined || !(atNs > before.atNs)) return before?.perHour ?? null;
  const elapsed = atNs - before.atNs;
  const momentary = ((value - before.value) / elapsed) * hourNs;
  const known = before.perHour ?? 0;
  return known + (momentary - known) * -Math.expm1(-elapsed / trendMemoryNs);
}

/** Time until a value that grows at this slope reaches a limit, ns; Infinity when it does not. */
export function timeToLimitNs(now: { readonly value: number; readonly perHour: number | null }, limit: number, slopeFloor: number): number {
  if (now.value >= limit) return 0;
  if (now.perHour === null || now.perHour < slopeFloor) return Infinity;
  return ((limit - now.value) / now.perHour) * hourNs;
}
