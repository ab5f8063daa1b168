/** Gives leases that hold less than they asked for what has become free, highest class first, tenants of a class by fair parts, and lower classes' light where the policy says so. */

import { createDice } from '../../base/dice.ts';
import type { Change } from '../../plan/plan.ts';
import type { CircuitTable } from '../circuit-ports.ts';
import { circuitChanges } from '../circuit-ports.ts';
import type { Fact } from '../fact.ts';
import { cappedGbps, fairCapsGbps } from '../leases/fair-growth.ts';
import { growthWays } from '../leases/growth-ways.ts';
import { candidateRoutes } from '../leases/routes.ts';
import { seekFurther } from '../leases/seek-further.ts';
import { Draft, seekLight, seekMost } from '../leases/seek-light.ts';
import { askedGbps, floorGbpsOf, rateStepGbps } from '../lease-terms.ts';
import { freeGbps } from '../light.ts';
import type { LeaseRequest } from '../reading.ts';
import type { Lease, State } from '../state.ts';

/** Leases tried per turn of all of them; the rest have theirs at the next. */
export const regrowTriesMax = 64;
/** Of those, leases of jobs for which a way in pieces and by peers is searched: each costs some milliseconds. */
export const furtherTriesMax = 8;
/** Leases tried when one lease lets go of its light, none of them in pieces: hundreds let go each second, and the turn of all comes within one. */
export const freedTriesMax = 8;

/** Turns of all that are further apart than this draw anew. */
const drawNs = 1e6;

/** Leases by class, then the emptier, then lease row. */
function inOrder(state: State, leases: readonly Lease[]): readonly Lease[] {
  const priority = ({ request }: Lease): number => state.policy.classes[request.trafficClass].priority;
  return leases.toSorted((a, b) => priority(a) - priority(b) || (a.grant?.rateGbps ?? 0) - (b.grant?.rateGbps ?? 0) || a.row - b.row);
}

function shortLeases(state: State): readonly Lease[] {
  const short: Lease[] = [];
  for (const id of state.short) {
    const lease = state.leases.get(id);
    if (lease !== undefined) short.push(lease);
  }
  return short;
}

/**
 * Leases that are tried at an instant. Where more are short than are tried, half of the tries go to the first of them and half to
 * others that stand together, from a place that the instant draws: first ones for which nothing comes free must not keep all others
 * from growing, and a rotation that follows the clock would pass the same ones by whenever ticks keep step with it.
 */
function partsAt(state: State, atNs: number): readonly (readonly Lease[])[] {
  const ordered = inOrder(state, shortLeases(state));
  if (ordered.length <= regrowTriesMax) return [ordered];
  const half = regrowTriesMax / 2;
  const others = ordered.slice(half);
  const from = createDice(Math.floor(atNs / drawNs)).below(others.length);
  return [ordered.slice(0, half), inOrder(state, [...others, ...others].slice(from, from + Math.min(half, others.length)))];
}

/** Grows that would give less than this part of what was asked for wait until more is free (design choice): each costs commands. */
const leastGrowth = 0.01;

interface Growing {
  readonly draft: Draft;
  readonly changes: Change[];
  readonly grown: string[];
  /** Who gave up all of its light in this very plan has its turn at the next: a lease moves, it is not dropped and granted anew. */
  readonly letGo: Set<string>;
  /** Searches in pieces and by peers that are left. */
  furtherLeft: number;
}

function take({ changes, letGo }: Growing, own: readonly Change[]): void {
  changes.push(...own);
  for (const change of own) if (change.kind === 'drop') letGo.add(change.grant.id);
}

/** As much as there is, up to what it asked for; a lease that grows moves from what it holds: make before break. */
function growFreely(growing: Growing, lease: Lease): void {
  const { request } = lease;
  const { draft } = growing;
  if (growing.letGo.has(request.id)) return;
  const aboveGbps = draft.grantOf(request.id)?.rateGbps ?? 0;
  const mayUse = growthWays(draft.state, lease);
  const usual = seekMost(draft, request, { mayPreempt: true, aboveGbps, mayUse });
  const mayGoFurther = request.job !== null && growing.furtherLeft > 0;
  if (usual.kind !== 'found' && mayGoFurther) growing.furtherLeft -= 1;
  const sought = usual.kind === 'found' ? usual : !mayGoFurther ? null : seekFurther(draft, request, { aboveGbps, mayBreakFloor: false, mayUse });
  if (sought === null) return;
  take(growing, sought.changes);
  growing.grown.push(`${request.id} grows to ${sought.grant.rateGbps} of the ${askedGbps(request)} Gb/s that it asked for.`);
}

/** Up to its tenant's fair part; what that leaves unused is shared at the next turn. */
function growFairly(growing: Growing, lease: Lease, capGbps: number): void {
  const { request } = lease;
  const { draft } = growing;
  if (growing.letGo.has(request.id)) return;
  const aboveGbps = draft.grantOf(request.id)?.rateGbps ?? 0;
  const worthGbps = aboveGbps + leastGrowth * askedGbps(request);
  if (capGbps < worthGbps) return;
  const mayUse = growthWays(draft.state, lease);
  const all = seekLight(draft, request, { mayPreempt: true, rateGbps: capGbps, mayUse });
  // Where others have left a little less than the part, what is there.
  const sought = all.kind === 'found' || all.availableGbps < worthGbps ? all : seekLight(draft, request, { mayPreempt: false, rateGbps: all.availableGbps, mayUse });
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
  if (growing.changes.length > before) return;
  // Light that nobody can use at his fair part is not left dark, unless by a tenant's cap.
  for (const lease of leases.filter(isCapped)) {
    const mostGbps = cappedGbps(growing.draft, lease, atNs);
    if (mostGbps < askedGbps(lease.request)) growFairly(growing, lease, mostGbps);
    else growFreely(growing, lease);
  }
}

interface Part {
  readonly leases: readonly Lease[];
  readonly furtherMax: number;
}

/** Grows the leases of each part in turn, class after class. */
function grow(state: State, atNs: number, parts: readonly Part[]): readonly Fact[] {
  const growing: Growing = { draft: new Draft(state), changes: [], grown: [], letGo: new Set(), furtherLeft: 0 };
  for (const { leases, furtherMax } of parts) {
    growing.furtherLeft = furtherMax;
    for (const trafficClass of new Set(leases.map(({ request }) => request.trafficClass))) growClass(growing, leases.filter(({ request }) => request.trafficClass === trafficClass), atNs);
  }
  const { changes, grown } = growing;
  return changes.length === 0 ? [] : [{ kind: 'planned', plan: { changes, reasons: grown }, reason: 'Light has become free.' }];
}

/** All short leases in turn. */
export function decideRegrow(state: State, atNs: number): readonly Fact[] {
  if (state.short.size === 0) return [];
  const parts = partsAt(state, atNs);
  return grow(state, atNs, parts.map((leases) => ({ leases, furtherMax: furtherTriesMax / parts.length })));
}

/** Ways of a lease and the links among them, for the request that they were listed for. */
interface Reach {
  readonly request: LeaseRequest;
  readonly ways: readonly (readonly number[])[];
  readonly links: Int32Array;
}

interface Known {
  readonly changes: number;
  /** By lease row. */
  readonly reach: (Reach | undefined)[];
  /** Scratch by link: 1 where light was let go. */
  readonly isFreed: Uint8Array;
}

/** The reach of short leases follows from their requests and the circuits, and hundreds of releases per second ask for that of every short lease. */
const known = new WeakMap<CircuitTable, Known>();

function knownOf({ circuits, plant: { cluster: { fabric } } }: State): Known {
  const changes = circuitChanges(circuits);
  let kept = known.get(circuits);
  if (kept?.changes !== changes) known.set(circuits, (kept = { changes, reach: [], isFreed: new Uint8Array(fabric.linkCount) }));
  return kept;
}

function reachOf(state: State, { reach }: Known, { row, request }: Lease): Reach {
  const kept = reach[row];
  if (kept?.request === request) return kept;
  const ways = candidateRoutes(state, request);
  return (reach[row] = { request, ways, links: Int32Array.from(new Set(ways.flat())) });
}

function linksLetGo(facts: readonly Fact[]): ReadonlySet<number> {
  const links = new Set<number>();
  for (const fact of facts) {
    if (fact.kind !== 'planned') continue;
    for (const change of fact.plan.changes) if (change.kind === 'drop') for (const path of change.grant.paths) for (const link of path.links) links.add(link);
  }
  return links;
}

/** Short leases with a free way over one of these links. */
function leasesNear(state: State, freed: ReadonlySet<number>): readonly Lease[] {
  const kept = knownOf(state);
  const { isFreed } = kept;
  for (const link of freed) isFreed[link] = 1;
  const isOpen = (links: readonly number[]): boolean => links.some((link) => isFreed[link] === 1) && links.every((link) => freeGbps(state, link) > rateStepGbps);
  const near = shortLeases(state).filter((lease) => {
    const { links, ways } = reachOf(state, kept, lease);
    for (let at = 0; at < links.length; at++) if (isFreed[links[at] ?? 0] === 1) return ways.some(isOpen);
    return false;
  });
  for (const link of freed) isFreed[link] = 0;
  return near;
}

/**
 * Short leases with a free way over the light that these facts let go: hardly anybody else has more than before, and whoever would take
 * light from others, or gather it in pieces, does so in the turn of all.
 */
export function decideRegrowOnto(state: State, atNs: number, facts: readonly Fact[]): readonly Fact[] {
  if (state.short.size === 0) return [];
  const freed = linksLetGo(facts);
  if (freed.size === 0) return [];
  const near = leasesNear(state, freed);
  return near.length === 0 ? [] : grow(state, atNs, [{ leases: inOrder(state, near).slice(0, freedTriesMax), furtherMax: 0 }]);
}
