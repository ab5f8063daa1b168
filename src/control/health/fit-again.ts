/**
 * Whether a part that was taken out may be trusted again: the policy's return margin is there at full power, no trend of the part
 * announces its loss any more, and what is warm has cooled by more than its sensor strays.
 *
 * Near a limit of temperature light ends within a fraction of a kelvin, far from the decibels between the policy's hold and return
 * margins, so heat has its own band. A value just below the limit of a trend has one as well: without them noise alone would take a
 * part out and bring it back for ever.
 */

import { healthNames } from '../fact.ts';
import type { Quantity } from '../reading.ts';
import type { State } from '../state.ts';
import { returnMarginDb } from '../light.ts';
import type { Belief } from './belief.ts';
import { airFactor, believedNow, litShare, newsK } from './belief.ts';
import { limitOf } from './foresee.ts';
import { beliefsWith, judgeLink, linksOf } from './judge.ts';
import type { Trend } from './trend.ts';
import { isExpected, natures } from './trend.ts';

/** Design choice: five deviations of a case sensor (`natures`). */
const returnBandK = 1;
/** How far below its limit a filtered value must be, in deviations of its sensor. */
const returnSigmas = 3;

const trendOf = (state: State, quantity: Quantity, component: number): Trend | undefined => state.measured.get(quantity)?.get(component)?.trend;

/** What a component would be believed to be with all its lanes lit: a body that was cooled by switching lanes off is asked how warm it would be with all of them. */
function atFullPower(state: State, component: number): Belief {
  const now = believedNow(state, component);
  const body = state.plant.bodyOf(component);
  if (body === null || Number.isNaN(now.caseC)) return now;
  return { ...now, caseC: now.caseC + (body.caseC - body.sinkC) * (body.sink === 'air' ? airFactor(state, component) : 1) * (1 - litShare(state, component)) };
}

/** Warmer than it settles by design, a body is judged as warm as its sensor says over time, and some more. */
function withBand(state: State, component: number, belief: Belief): Belief {
  const designC = state.plant.settledCaseC[component] ?? NaN;
  if (Number.isNaN(belief.caseC) || belief.caseC <= designC + newsK) return belief;
  return { ...belief, caseC: Math.max(belief.caseC, trendOf(state, 'caseC', component)?.level ?? -Infinity) + returnBandK };
}

function hasMargin(state: State, component: number): boolean {
  const links = linksOf(state, [component]);
  const beliefs = beliefsWith(state, new Map([[component, withBand(state, component, atFullPower(state, component))]]));
  return links.every((link) => judgeLink(state, beliefs, link).marginDb >= returnMarginDb(state, link));
}

/**
 * Whether a trend still announces the loss of a part, or would with little more: what was moved away before a cliff does not go back to
 * its edge. Of loss and heat the level itself is judged as margin, so there it is only asked whether they still rise.
 */
function isStillForeseen(state: State, component: number): boolean {
  for (const quantity of state.measured.keys()) {
    const trend = trendOf(state, quantity, component);
    const { floor, noise } = natures[quantity];
    if (trend === undefined || (quantity !== 'biasRatio' && trend.perHour < floor)) continue;
    const limit = limitOf(state, quantity, component, trend);
    if (limit === null) continue;
    const nearer = limit.at - returnSigmas * noise;
    if (trend.level >= nearer || isExpected(quantity, trend, { limit: nearer, withinNs: state.policy.health.predictHorizonNs })) return true;
  }
  return false;
}

const suspect = healthNames.indexOf('suspect');

/** True when the component could return now. Only a trend makes a part suspect, so only then trends are asked. */
export const isFit = (state: State, component: number): boolean =>
  state.components.isDead[component] !== 1 && hasMargin(state, component) && (state.components.health[component] !== suspect || !isStillForeseen(state, component));
