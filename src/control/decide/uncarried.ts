/**
 * The last word after every change of light: nothing stays granted that the light does not carry.
 *
 * The ladder weighs what a fault costs and chooses; whatever it left on light that is gone moves here to what is free, by class, or
 * lets go and waits with a reason.
 */

import { countText } from '../../base/number-text.ts';
import type { Change, Grant } from '../../plan/plan.ts';
import type { Fact } from '../fact.ts';
import type { CountedLight } from '../leases/carried.ts';
import { isCarried, ownLight, routeProblem } from '../leases/carried.ts';
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
function inTurn(state: State, leases: ReadonlySet<Lease>): readonly Lease[] {
  const priority = ({ request }: Lease): number => state.policy.classes[request.trafficClass].priority;
  return [...leases].sort((a, b) => priority(b) - priority(a) || a.row - b.row);
}

const add = (leases: Set<Lease>, lease: Lease | undefined): void => void (lease !== undefined && leases.add(lease));

/** Leases over some links. */
function leasesOver(state: State, into: Set<Lease>): (link: number) => void {
  const visit = (row: number): void => add(into, state.leases.get(state.leaseRows[row] ?? ''));
  return (link) => state.leasesOfLink.forEachRow(link, visit);
}

/** Leases over links that were judged, and those that a plan changed. */
function touchedBy(state: State, facts: readonly Fact[]): ReadonlySet<Lease> {
  const leases = new Set<Lease>();
  const addOver = leasesOver(state, leases);
  for (const fact of facts) {
    if (fact.kind === 'judged') for (const group of fact.groups) forEachJudgedLink(group, addOver);
    for (const change of changedBy(fact)) if (change.kind === 'add' || change.kind === 'move') add(leases, state.leases.get(change.kind === 'add' ? change.grant.id : change.to.id));
  }
  return leases;
}

export const decideUncarried = (state: State, facts: readonly Fact[]): readonly Fact[] => settle(state, touchedBy(state, facts));

/** The same after orders were taken back: leases that have grown onto light which its device never lit. */
export function decideUnlit(state: State): readonly Fact[] {
  const { wavelengthLink } = state.plant.cluster.fabric;
  const leases = new Set<Lease>();
  const addOver = leasesOver(state, leases);
  for (const wavelength of state.lowered) addOver(wavelengthLink[wavelength] ?? -1);
  return settle(state, leases);
}

/** Whether a lease has the light that it is granted, over a way that leads there. */
function isSound(state: State, light: CountedLight, { request }: Lease, grant: Grant): boolean {
  if (!isCarried(light, grant)) return false;
  for (let row = 0; row < grant.paths.length; row++) if (routeProblem(state, request, grant.paths[row]?.links ?? []) !== null) return false;
  return true;
}

function settle(state: State, touched: ReadonlySet<Lease>): readonly Fact[] {
  if (touched.size === 0) return [];
  // Turns matter only where somebody lets go; mostly everybody has the light.
  const light = ownLight(state);
  let isAll = true;
  for (const lease of touched) isAll &&= lease.grant === null || isSound(state, light, lease, lease.grant);
  if (isAll) return [];
  const draft = new Draft(state);
  const lacks = (lease: Lease): boolean => {
    const grant = draft.grantOf(lease.request.id);
    return grant !== null && !isSound(state, draft.ledger, lease, grant);
  };
  const homeless: Lease[] = [];
  const before = new Map<Lease, ReturnType<Draft['grantOf']>>();
  for (const lease of inTurn(state, touched)) {
    if (!lacks(lease)) continue;
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
  return [{ kind: 'planned', plan: { changes, reasons: [`${countText(homeless.length, 'lease')} had been granted light that is gone.`] }, reason: uncarriedReason }];
}
