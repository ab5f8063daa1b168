/**
 * The last word after every change of light: nothing stays granted that the light does not carry.
 *
 * The ladder weighs what a fault costs and chooses; whatever it left on light that is gone moves here to what is free, by class, or
 * lets go and waits with a reason.
 */

import type { Change } from '../../plan/plan.ts';
import type { Fact } from '../fact.ts';
import { isCarried, wayProblem } from '../leases/carried.ts';
import { seekFurther } from '../leases/seek-further.ts';
import { Draft, seekMost } from '../leases/seek-light.ts';
import { forEachJudgedLink } from '../light.ts';
import type { Lease, State } from '../state.ts';

function changedBy(fact: Fact): readonly Change[] {
  return fact.kind === 'decided' ? fact.decision.plan.changes : fact.kind === 'planned' ? fact.plan.changes : fact.kind === 'rolledBack' ? fact.changes : [];
}

/** The reason that plans of this sort carry. */
export const uncarriedReason = 'Nothing stays granted that the light does not carry.';

/** Lowest class first, because they make room, then row. */
function inTurn(state: State, ids: ReadonlySet<string>): readonly Lease[] {
  const leases = [...ids].flatMap((id): readonly Lease[] => { const lease = state.leases.get(id); return lease === undefined ? [] : [lease]; });
  const priority = ({ request }: Lease): number => state.policy.classes[request.trafficClass].priority;
  return leases.sort((a, b) => priority(b) - priority(a) || a.row - b.row);
}

/** Leases over links that were judged, and those that a plan changed. */
function touchedBy(state: State, facts: readonly Fact[]): readonly Lease[] {
  const ids = new Set<string>();
  for (const fact of facts) {
    if (fact.kind === 'judged') for (const group of fact.groups) forEachJudgedLink(group, (link) => state.leasesOfLink.get(link)?.forEach((id) => void ids.add(id)));
    for (const change of changedBy(fact)) if (change.kind === 'add' || change.kind === 'move') ids.add(change.kind === 'add' ? change.grant.id : change.to.id);
  }
  return inTurn(state, ids);
}

export const decideUncarried = (state: State, facts: readonly Fact[]): readonly Fact[] => settle(state, touchedBy(state, facts));

/** The same after orders were taken back: leases that have grown onto light which its device never lit. */
export function decideUnlit(state: State): readonly Fact[] {
  const { wavelengthLink } = state.plant.cluster.fabric;
  const ids = new Set<string>();
  for (const wavelength of state.lowered) state.leasesOfLink.get(wavelengthLink[wavelength] ?? -1)?.forEach((id) => void ids.add(id));
  return settle(state, inTurn(state, ids));
}

function settle(state: State, leases: readonly Lease[]): readonly Fact[] {
  if (leases.length === 0) return [];
  const draft = new Draft(state);
  const isSound = (lease: Lease): boolean => {
    const grant = draft.grantOf(lease.request.id);
    return grant === null || (isCarried(draft.ledger, grant) && grant.paths.every(({ links }) => wayProblem(state, grant.id, links) === null));
  };
  const homeless: Lease[] = [];
  const before = new Map<Lease, ReturnType<Draft['grantOf']>>();
  for (const lease of leases) {
    if (isSound(lease)) continue;
    before.set(lease, draft.grantOf(lease.request.id));
    draft.regrant(lease.request.id, null);
    homeless.push(lease);
  }
  const changes: Change[] = [];
  // Who lost light seeks it again, highest class first; what others yield to them comes before.
  for (const lease of homeless.reverse()) {
    const { id } = lease.request;
    const from = before.get(lease) ?? null;
    const usual = seekMost(draft, lease.request, { mayPreempt: true, aboveGbps: 0 });
    const sought = usual.kind === 'found' || lease.request.job === null ? usual : seekFurther(draft, lease.request, { aboveGbps: 0, mayBreakFloor: true }) ?? usual;
    for (const change of sought.kind === 'found' ? sought.changes : []) if (change.kind !== 'add' || change.grant.id !== id) changes.push(change);
    if (from === null) continue;
    changes.push(sought.kind === 'found' ? { kind: 'move', from, to: sought.grant } : { kind: 'drop', grant: from });
  }
  if (changes.length === 0) return [];
  return [{ kind: 'planned', plan: { changes, reasons: [`${homeless.length} leases were granted light that is gone.`] }, reason: uncarriedReason }];
}
