/** Failures that a trend announces: what will be lost, and how long before. */

import type { Quantity, TelemetryReading } from '../reading.ts';
import type { State } from '../state.ts';
import { holdMarginDb } from '../light.ts';
import { partName, quantityName, spanText, valueText } from '../explain/name-parts.ts';
import type { Belief } from './belief.ts';
import { believedNow, endOfLifeBiasRatio, newsK, settlingCaseC } from './belief.ts';
import { beliefsWith, judgeLink, linksOf } from './judge.ts';
import type { Lead, Trend } from './trend.ts';
import { hourNs, isExpected, leadTo, trendAfter } from './trend.ts';

export interface Foreseen {
  readonly component: number;
  /** What will be believed when the limit is reached. */
  readonly belief: Belief;
  readonly because: string;
  /** Likely time until then, and its range. */
  readonly leadNs: number;
  readonly lead: Lead;
}

/** Where a followed quantity fails its component, as it is followed and as people read it, and what is believed from there on. */
interface Limit {
  readonly at: number;
  readonly text: string;
  readonly belief: Belief;
}

/** Cases are searched up to this: solder and epoxy of modules are long past their rating. */
const caseSearchMaxC = 125;

/** How much the links of a component have left above what is held, least of all, under a belief of it. */
function spareMarginDb(state: State, component: number, belief: Belief): number {
  const beliefs = beliefsWith(state, new Map([[component, belief]]));
  return linksOf(state, [component]).reduce((least, link) => Math.min(least, judgeLink(state, beliefs, link).marginDb - holdMarginDb(state, link)), Infinity);
}

/** The case at which some link of a body has no more than its hold, by bisection: margins fall with heat. `null` where that is beyond the policy's horizon. */
function caseLimit(state: State, component: number, { trend, now }: { readonly trend: Trend; readonly now: Belief }): Limit | null {
  const spare = (caseC: number): number => spareMarginDb(state, component, { ...now, caseC });
  let low = settlingCaseC(state, component);
  let high = Math.min(caseSearchMaxC, trend.level + trend.perHour * (state.policy.health.predictHorizonNs / hourNs));
  if (!(high > low) || !(spare(high) < 0) || !(spare(low) >= 0)) return null;
  while (high - low > newsK) {
    const middle = (low + high) / 2;
    if (spare(middle) >= 0) low = middle;
    else high = middle;
  }
  return { at: high, text: valueText('caseC', high), belief: { ...now, caseC: high } };
}

/** The limit of what a device measures, or `null` where no trend of it announces anything. Ports know their losses, bodies their heat, lasers their wear. */
export function limitOf(state: State, quantity: Quantity, component: number, trend: Trend): Limit | null {
  const now = believedNow(state, component);
  if (quantity === 'biasRatio') return { at: endOfLifeBiasRatio, text: valueText(quantity, endOfLifeBiasRatio), belief: { ...now, isDead: true } };
  if (quantity === 'caseC') return caseLimit(state, component, { trend, now });
  if (quantity !== 'rxLossDb' && quantity !== 'txLossDb' && quantity !== 'preFecBer') return null;
  const spare = spareMarginDb(state, component, now);
  if (!Number.isFinite(spare)) return null;
  const belief = { ...now, lossDb: now.lossDb + spare + state.policy.health.marginHoldDb };
  // What an error ratio still has is what its links have: both are decibels of light.
  if (quantity === 'preFecBer') return { at: trend.level + spare, text: `the ${valueText('rxLossDb', now.lossDb + spare)} of loss that it bears`, belief };
  return { at: now.lossDb + spare, text: valueText(quantity, now.lossDb + spare), belief };
}

const rateText = (quantity: Quantity, perHour: number): string => {
  if (quantity === 'biasRatio') return `${perHour.toPrecision(3)} of its start`;
  return quantity === 'caseC' ? `${perHour.toPrecision(3)} K` : `${perHour.toPrecision(3)} dB`;
};

interface Announced {
  readonly component: number;
  readonly value: number;
  readonly trend: Trend;
  readonly limit: Limit;
  readonly lead: Lead;
}

function foreseenText(state: State, quantity: Quantity, { component, value, trend, limit, lead }: Announced): string {
  const is = `${quantityName(quantity)} of ${partName(state.plant, component)} is ${valueText(quantity, value)}`;
  if (lead.likelyNs <= 0) return `${is}, at or above its limit of ${limit.text}.`;
  const range = Number.isFinite(lead.lateNs) ? `${spanText(lead.soonNs)} to ${spanText(lead.lateNs)}` : `not before ${spanText(lead.soonNs)}`;
  return `${is} and ${quantity === 'preFecBer' ? 'worsens' : 'rises'} by ${rateText(quantity, trend.perHour)} an hour: it reaches ${limit.text} in ${spanText(lead.likelyNs)} (${range}).`;
}

/** Components of a message whose trend reaches a limit within the policy's horizon; those already failed are left out. */
export function foresee(state: State, atNs: number, reading: TelemetryReading): readonly Foreseen[] {
  const { quantity } = reading;
  const known = state.measured.get(quantity);
  return reading.components.flatMap((component, row): Foreseen[] => {
    const value = reading.values[row] ?? 0;
    const trend = trendAfter(quantity, known?.get(component), value, atNs);
    const isOver = quantity === 'biasRatio' && trend.level >= endOfLifeBiasRatio;
    if ((!isOver && !(trend.perHour > 0)) || believedNow(state, component).isDead) return [];
    const limit = limitOf(state, quantity, component, trend);
    if (limit === null || !isExpected(quantity, trend, { limit: limit.at, withinNs: state.policy.health.predictHorizonNs })) return [];
    const lead = leadTo(quantity, trend, limit.at);
    return [{ component, belief: limit.belief, leadNs: lead.likelyNs, lead, because: foreseenText(state, quantity, { component, value, trend, limit, lead }) }];
  });
}
