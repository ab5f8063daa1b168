/** Gives leases that hold less than they asked for what has become free, highest class first, tenants of a class by fair parts, and lower classes' light where the policy says so. */

import type { Change } from '../../plan/plan.ts';
import type { Fact } from '../fact.ts';
import { fairCapsGbps } from '../leases/fair-growth.ts';
import { seekFurther } from '../leases/seek-further.ts';
import { Draft, seekLight, seekMost } from '../leases/seek-light.ts';
import { askedGbps, floorGbpsOf } from '../lease-terms.ts';
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

/** Grows that would give less than this part of what was asked for wait until more is free (design choice): each costs commands. */
const leastGrowth = 0.01;

interface Growing {
  readonly draft: Draft;
  readonly changes: Change[];
  readonly grown: string[];
  /** Who gave up all of its light in this very plan has its turn at the next: a lease moves, it is not dropped and granted anew. */
  readonly letGo: Set<string>;
  /** Searches in pieces and by peers so far. */
  further: number;
}

function take({ changes, letGo }: Growing, own: readonly Change[]): void {
  changes.push(...own);
  for (const change of own) if (change.kind === 'drop') letGo.add(change.grant.id);
}

/** As much as there is, up to what it asked for; a lease that grows moves from what it holds: make before break. */
function growFreely(growing: Growing, { request }: Lease): void {
  const { draft } = growing;
  if (growing.letGo.has(request.id)) return;
  const aboveGbps = draft.grantOf(request.id)?.rateGbps ?? 0;
  const usual = seekMost(draft, request, { mayPreempt: true, aboveGbps });
  const mayGoFurther = request.job !== null && growing.further < furtherTriesMax;
  if (usual.kind !== 'found' && mayGoFurther) growing.further += 1;
  const sought = usual.kind === 'found' ? usual : !mayGoFurther ? null : seekFurther(draft, request, { aboveGbps, mayBreakFloor: false });
  if (sought === null) return;
  take(growing, sought.changes);
  growing.grown.push(`${request.id} grows to ${sought.grant.rateGbps} of the ${askedGbps(request)} Gb/s that it asked for.`);
}

/** Up to its tenant's fair part; what that leaves unused is shared at the next turn. */
function growFairly(growing: Growing, { request }: Lease, capGbps: number): void {
  const { draft } = growing;
  if (growing.letGo.has(request.id)) return;
  const aboveGbps = draft.grantOf(request.id)?.rateGbps ?? 0;
  if (capGbps < aboveGbps + leastGrowth * askedGbps(request)) return;
  const sought = seekLight(draft, request, { mayPreempt: true, rateGbps: capGbps });
  if (sought.kind !== 'found') return;
  take(growing, sought.changes);
  growing.grown.push(`${request.id} grows to ${sought.grant.rateGbps} of the ${askedGbps(request)} Gb/s that it asked for, the fair part of tenant ${request.tenant}.`);
}

/** Leases of one class: where several tenants want the same light, by fair parts; those whose floor is above their part come after the others. */
function growClass(growing: Growing, leases: readonly Lease[], atNs: number): void {
  const caps = fairCapsGbps(growing.draft, leases, atNs);
  const before = growing.changes.length;
  const isCapped = ({ request }: Lease): boolean => (caps.get(request.id) ?? Infinity) >= floorGbpsOf(growing.draft.state.policy, request) && caps.has(request.id);
  for (const lease of leases) {
    if (isCapped(lease)) growFairly(growing, lease, caps.get(lease.request.id) ?? 0);
    else if (!caps.has(lease.request.id)) growFreely(growing, lease);
  }
  for (const lease of leases) if (caps.has(lease.request.id) && !isCapped(lease)) growFreely(growing, lease);
  // Light that nobody can use at his fair part is not left dark.
  if (growing.changes.length === before) for (const lease of leases) if (isCapped(lease)) growFreely(growing, lease);
}

/** All short leases in turn. */
export function decideRegrow(state: State, atNs: number): readonly Fact[] {
  if (state.short.size === 0) return [];
  const growing: Growing = { draft: new Draft(state), changes: [], grown: [], letGo: new Set(), further: 0 };
  const turn = inTurn(state);
  for (const trafficClass of new Set(turn.map(({ request }) => request.trafficClass))) growClass(growing, turn.filter(({ request }) => request.trafficClass === trafficClass), atNs);
  const { changes, grown } = growing;
  return changes.length === 0 ? [] : [{ kind: 'planned', plan: { changes, reasons: grown }, reason: 'Light has become free.' }];
}
