/** Failures that a trend announces: what will be lost, and how long before. */

import type { TelemetryReading } from '../reading.ts';
import type { State } from '../state.ts';
import { holdMarginDb } from '../light.ts';
import { partName, quantityName, spanText, valueText } from '../explain/name-parts.ts';
import type { Belief } from './belief.ts';
import { believedNow, endOfLifeBiasRatio } from './belief.ts';
import { linksOf } from './judge.ts';
import { slopeAfter, slopeFloorPerHour, timeToLimitNs } from './trend.ts';

export interface Foreseen {
  readonly component: number;
  /** What will be believed when the limit is reached. */
  readonly belief: Belief;
  readonly because: string;
  /** Time until then. */
  readonly leadNs: number;
}

/** The value at which a quantity's component fails, or `null` where a trend of it announces nothing. */
function limitOf(state: State, reading: TelemetryReading, component: number): number | null {
  if (reading.quantity === 'biasRatio') return endOfLifeBiasRatio;
  if (reading.quantity !== 'rxLossDb' && reading.quantity !== 'txLossDb') return null;
  const spent = state.components.lossDb[component] ?? 0;
  const left = linksOf(state, [component]).map((link) => state.plant.lightAt(link, { caseC: null, lossDb: spent }).marginDb - holdMarginDb(state, link));
  const least = Math.min(...left);
  return Number.isFinite(least) ? spent + least : null;
}

/** What is read, how fast it grows, and when it reaches which limit. */
interface Trend {
  readonly value: number;
  readonly perHour: number | null;
  readonly limit: number;
  readonly leadNs: number;
}

function foreseenText(state: State, quantity: TelemetryReading['quantity'], component: number, trend: Trend): string {
  const { value, perHour, limit, leadNs } = trend;
  const is = `${quantityName(quantity)} of ${partName(state.plant, component)} is ${valueText(quantity, value)}`;
  if (leadNs <= 0) return `${is}, at or above its limit of ${valueText(quantity, limit)}.`;
  const rate = quantity === 'biasRatio' ? `${(perHour ?? 0).toPrecision(3)} of its start` : `${(perHour ?? 0).toPrecision(3)} dB`;
  return `${is} and rises by ${rate} an hour: it reaches ${valueText(quantity, limit)} in ${spanText(leadNs)}.`;
}

/** Components of a message whose trend reaches a limit within the policy's horizon; those already failed are left out. */
export function foresee(state: State, atNs: number, reading: TelemetryReading): readonly Foreseen[] {
  const known = state.measured.get(reading.quantity);
  if (reading.quantity !== 'biasRatio' && reading.quantity !== 'rxLossDb' && reading.quantity !== 'txLossDb') return [];
  return reading.components.flatMap((component, row): Foreseen[] => {
    const value = reading.values[row] ?? 0;
    const perHour = slopeAfter(known?.get(component), value, atNs);
    const now = believedNow(state, component);
    const isOver = reading.quantity === 'biasRatio' && value >= endOfLifeBiasRatio;
    if (now.isDead || (!isOver && (perHour === null || perHour < slopeFloorPerHour[reading.quantity]))) return [];
    const limit = limitOf(state, reading, component);
    if (limit === null) return [];
    const leadNs = timeToLimitNs({ value, perHour }, limit, slopeFloorPerHour[reading.quantity]);
    if (leadNs > state.policy.health.predictHorizonNs) return [];
    const belief = reading.quantity === 'biasRatio' ? { ...now, isDead: true } : { ...now, lossDb: limit + state.policy.health.marginHoldDb };
    return [{ component, belief, leadNs, because: foreseenText(state, reading.quantity, component, { value, perHour, limit, leadNs }) }];
  });
}
