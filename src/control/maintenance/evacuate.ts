/** Which leases a component carries, and whether they could do without it. */

import type { ComponentIx } from '../../fabric/fabric.ts';
import type { Change } from '../../plan/plan.ts';
import { isCarried } from '../leases/carried.ts';
import { Draft, seekLight, seekMost } from '../leases/seek-light.ts';
import type { Lease, State } from '../state.ts';

/** Leases over any link that the component's fault domain touches; lowest class first, then row. */
function leasesOver(state: State, links: Iterable<number>): readonly Lease[] {
  const found = new Map<string, Lease>();
  for (const link of links) {
    for (const id of state.leasesOfLink.get(link) ?? []) {
      const lease = state.leases.get(id);
      if (lease !== undefined) found.set(id, lease);
    }
  }
  const priority = ({ request }: Lease): number => state.policy.classes[request.trafficClass].priority;
  return [...found.values()].sort((a, b) => priority(b) - priority(a) || a.row - b.row);
}

export interface Evacuation {
  readonly changes: readonly Change[];
  /** Leases that would lose light that their class may not lose. */
  readonly blocked: readonly Lease[];
}

/** Moves what a component carries to other light, and takes light from classes that may be preempted where there is no other. */
export function evacuate(state: State, component: number): Evacuation {
  const { wavelengthRows, lostLinkRows, deratedLinkRows } = state.plant.lightDomains.blast(component as ComponentIx);
  const draft = new Draft(state, new Set(wavelengthRows));
  const changes: Change[] = [];
  const blocked: Lease[] = [];
  for (const lease of leasesOver(state, [...lostLinkRows, ...deratedLinkRows])) {
    const grant = draft.grantOf(lease.request.id);
    if (grant === null || isCarried(draft.ledger, grant)) continue;
    const isPreemptible = state.policy.classes[lease.request.trafficClass].preemptible;
    const sought = isPreemptible ? seekMost(draft, lease.request, { mayPreempt: true, aboveGbps: 0 }) : seekLight(draft, lease.request, { mayPreempt: true, rateGbps: grant.rateGbps });
    if (sought.kind === 'found') {
      changes.push(...sought.changes);
      continue;
    }
    // Light inside a floor is not preemptible, whatever the class.
    if (!isPreemptible || grant.floorGbps > 0) blocked.push(lease);
    const drop = draft.regrant(lease.request.id, null);
    if (drop !== null) changes.push(drop);
  }
  return { changes, blocked };
}
