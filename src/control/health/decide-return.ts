/**
 * Return to service: health comes back with hysteresis, then orders that lowered light are lifted, then jobs get back what they gave.
 *
 * A part returns when it has been fit (`fit-again.ts`) for the hold-down time, which begins anew when it is not. Leases grow back by
 * themselves once light is free.
 */

import { actText } from '../../base/number-text.ts';
import type { Fact, Health } from '../fact.ts';
import { healthNames } from '../fact.ts';
import { partsOfLink } from '../ladder/fitness.ts';
import { stepNowNs } from '../ladder/price.ts';
import type { Job, State } from '../state.ts';
import { isFit } from './fit-again.ts';
import { liftedOrders } from './lifted-orders.ts';
import { unsoundParts } from './unsound.ts';

/** Parts looked at in one tick; the rest have their turn at the next. */
export const returnsMax = 4096;

const returning: ReadonlySet<Health> = new Set<Health>(['suspect', 'degraded', 'failed']);

/** Components whose hold-down has passed and whose light is good again, ascending. */
function fitAgain(state: State, atNs: number): readonly number[] {
  const { health, sinceNs, flaps } = state.components;
  const { holdDownNs, flapMax } = state.policy.health;
  const found: number[] = [];
  for (const component of unsoundParts(state)) {
    if (found.length >= returnsMax) break;
    if (!returning.has(healthNames[health[component] ?? 0] ?? 'sound')) continue;
    if (atNs - (sinceNs[component] ?? 0) < holdDownNs || (flaps[component] ?? 0) >= flapMax) continue;
    if (isFit(state, component)) found.push(component);
  }
  return found;
}

/** A job is whole again when each of its leases holds what it asked for. */
const isWhole = (state: State, job: Job): boolean => [...job.leases].every((id) => !state.short.has(id));

/** Whether a part that carries a job is not sound yet: a replica that came back over a part on trial would leave with it again. */
function isOnTrial(state: State, job: Job): boolean {
  const isReturning = (part: number): boolean => returning.has(healthNames[state.components.health[part] ?? 0] ?? 'sound');
  for (const id of job.leases) {
    for (const { links } of state.leases.get(id)?.grant?.paths ?? []) if (links.some((link) => partsOfLink(state, link).some(isReturning))) return true;
  }
  return false;
}

function jobReturns(state: State): Fact[] {
  const facts: Fact[] = [];
  for (const [id, job] of state.jobs) {
    if (job.replicas < job.request.replicas && isWhole(state, job) && !isOnTrial(state, job)) facts.push({ kind: 'jobResized', id, replicas: job.request.replicas });
    if (job.shiftNs !== 0 && isWhole(state, job)) facts.push({ kind: 'jobShifted', id, byNs: 0 });
    if (job.held !== null && Number.isFinite(stepNowNs(state, job))) facts.push({ kind: 'jobHeld', id, refusal: null });
  }
  return facts;
}

/** What returns to service at this tick. Changes nothing. */
export function decideReturn(state: State, atNs: number): Fact[] {
  const fit = fitAgain(state, atNs);
  const facts: Fact[] = fit.map((component) => ({
    kind: 'healthSet', component, from: healthNames[state.components.health[component] ?? 0] ?? 'sound', to: 'sound',
    reason: `Its links have had their margin again for ${state.policy.health.holdDownNs / 1e9} s.`,
  }));
  const changes = liftedOrders(state, new Set(fit));
  const reasons = [`${actText(changes.length, 'wavelength', 'return')} to the design rate.`];
  if (changes.length > 0) facts.push({ kind: 'planned', plan: { changes, reasons }, reason: 'The parts that took their light are sound again.' });
  return [...facts, ...jobReturns(state)];
}
