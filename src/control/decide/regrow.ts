/** Gives leases that hold less than they asked for what has become free, highest class first, and lower classes' light where the policy says so. */

import type { Change } from '../../plan/plan.ts';
import type { Fact } from '../fact.ts';
import { seekFurther } from '../leases/seek-further.ts';
import { Draft, seekMost } from '../leases/seek-light.ts';
import { askedGbps } from '../lease-terms.ts';
import type { Lease, State } from '../state.ts';

/** Leases tried per reading; the rest have their turn at the next. */
export const regrowTriesMax = 64;
/** Of those, leases of jobs for which a way in pieces and by peers is searched: each costs some milliseconds. */
export const furtherTriesMax = 8;

/** Short leases by class, then the emptier, then lease row. */
function inTurn(state: State): readonly Lease[] {
  const short: Lease[] = [];
  for (const id of state.short) {
    const lease = state.leases.get(id);
    if (lease !== undefined) short.push(lease);
  }
  const priority = ({ request }: Lease): number => state.policy.classes[request.trafficClass].priority;
  return short.sort((a, b) => priority(a) - priority(b) || (a.grant?.rateGbps ?? 0) - (b.grant?.rateGbps ?? 0) || a.row - b.row).slice(0, regrowTriesMax);
}

/** A lease that grows moves from what it holds: make before break. */
export function decideRegrow(state: State): readonly Fact[] {
  if (state.short.size === 0) return [];
  const draft = new Draft(state);
  const changes: Change[] = [];
  const grown: string[] = [];
  const letGo = new Set<string>();
  let further = 0;
  for (const { request } of inTurn(state)) {
    // Who gave up all of its light in this very plan has its turn at the next: a lease moves, it is not dropped and granted anew.
    if (letGo.has(request.id)) continue;
    const aboveGbps = draft.grantOf(request.id)?.rateGbps ?? 0;
    const usual = seekMost(draft, request, { mayPreempt: true, aboveGbps });
    const mayGoFurther = request.job !== null && further < furtherTriesMax;
    if (usual.kind !== 'found' && mayGoFurther) further += 1;
    const sought = usual.kind === 'found' ? usual : !mayGoFurther ? null : seekFurther(draft, request, { aboveGbps, mayBreakFloor: false });
    if (sought === null) continue;
    changes.push(...sought.changes);
    for (const change of sought.changes) if (change.kind === 'drop') letGo.add(change.grant.id);
    grown.push(`${request.id} grows to ${sought.grant.rateGbps} of the ${askedGbps(request)} Gb/s that it asked for.`);
  }
  return changes.length === 0 ? [] : [{ kind: 'planned', plan: { changes, reasons: grown }, reason: 'Light has become free.' }];
}
