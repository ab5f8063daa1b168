/**
 * Light for several leases at once: those that lost it, their jobs' other leases that are short, and whoever stands in their way, all
 * assigned anew.
 *
 * The other rungs serve lease after lease, and what the first ones take the last one may lack although there is light for all. Here
 * everybody has its floor first. Then the leases of the jobs that were hit rise towards what they asked for, class after class, those of
 * a class by the same share, because a collective ends with its slowest pair; the class of which a Gb/s is worth most to its job's
 * step rises first. Who yields to them keeps its floor, and everybody else keeps what it holds, if on other ways. What is left then
 * goes back by class.
 */

import { assignTogether } from '../../plan/paths/assign-together.ts';
import type { Grant, GrantPath } from '../../plan/plan.ts';
import { stepNs } from '../job.ts';
import { floorGbpsOf, holdsAlone, rateStepGbps } from '../lease-terms.ts';
import type { Draft } from '../leases/seek-light.ts';
import { gather, pathOver } from '../leases/seek-light.ts';
import type { Lease, State } from '../state.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import type { LadderQuestion } from './proposal.ts';
import { TogetherLight, togetherLeasesMax } from './together-light.ts';
import type { Grouping } from './together-light.ts';
import type { Member, PackTerms, Scope } from './together-members.ts';
import { isAlone, mayMove, sameLinks, scopeOf, seekers, termsOf } from './together-members.ts';

export type Packed =
  | { readonly ok: true; readonly grants: ReadonlyMap<string, Grant | null>; readonly leases: number; readonly leftOut: number; readonly risen: readonly Risen[]; readonly boundUtilisation: number }
  | { readonly ok: false; readonly reason: string };

/** A class of a job, and how far from its floor to what it asked for it has risen, 0 to 1. */
export interface Risen {
  readonly job: string;
  readonly trafficClass: TrafficClassName;
  readonly share: number;
}

/** Links that are full count as having a little (`together-light.ts`): beyond this a share of theirs says nothing. */
const tenfold = 10;

interface Assigned {
  readonly risen: readonly Risen[];
  readonly boundUtilisation: number;
  /** Paths and rates of each member, in their order. */
  readonly pieces: readonly (readonly GrantPath[])[];
}

type Wants = Pick<Member, 'lease' | 'leastGbps' | 'wantsGbps'>;

/** What the other leases of the jobs must have and want that are on ways of the seekers and may be moved. */
function ofSameJobs(scope: Scope, seeking: readonly Member[]): readonly Wants[] {
  const { question: { state }, jobs } = scope;
  const isKnown = new Uint8Array(state.leaseRows.length);
  for (const { lease } of seeking) isKnown[lease.row] = 1;
  const found: Wants[] = [];
  const look = (row: number): void => {
    if (isKnown[row] === 1) return;
    isKnown[row] = 1;
    const lease = state.leases.get(state.leaseRows[row] ?? '');
    if (lease?.grant == null || lease.request.job === null || !jobs.has(lease.request.job) || !mayMove(scope, lease, lease.grant)) return;
    const { leastGbps, wantsGbps } = termsOf(scope, lease, lease.grant);
    found.push({ lease, leastGbps, wantsGbps });
  };
  const isOnWay = new Uint8Array(state.plant.cluster.fabric.linkCount);
  for (const { ways } of seeking) for (const way of ways) for (const link of way) {
    if (isOnWay[link] === 1) continue;
    isOnWay[link] = 1;
    state.leasesOfLink.forEachRow(link, look);
  }
  return found;
}

/**
 * Classes of the jobs, the one first of which a Gb/s is worth most: what the job's step grows by, in accelerators, when the class gets
 * half of what lies between its floor and all, over the Gb/s that saves. Leases without a job come after all of them.
 */
function groupsOf(scope: Scope, seeking: readonly Member[]): readonly { readonly job: string | null; readonly trafficClass: TrafficClassName }[] {
  const { question: { state }, jobs } = scope;
  const saved = new Map<string, { readonly job: string; readonly trafficClass: TrafficClassName; gbps: number }>();
  for (const { lease: { request: { job, trafficClass } }, leastGbps, wantsGbps } of [...seeking, ...ofSameJobs(scope, seeking)]) {
    if (job === null || !jobs.has(job) || wantsGbps <= rateStepGbps) continue;
    const key = `${job} ${trafficClass}`;
    const known = saved.get(key) ?? { job, trafficClass, gbps: 0 };
    saved.set(key, known);
    known.gbps += (wantsGbps - leastGbps) / 2;
  }
  const worth = [...saved.values()].map(({ job: id, trafficClass, gbps }) => {
    const job = state.jobs.get(id);
    if (job === undefined) return { job: id, trafficClass, value: 0 };
    const { profile } = job.request;
    const half = (1 + state.policy.classes[trafficClass].floorShare) / 2;
    return { job: id, trafficClass, value: (job.ranks.length * (stepNs(profile, { [trafficClass]: half }) / stepNs(profile, {}) - 1)) / Math.max(gbps, rateStepGbps) };
  });
  const priority = (name: TrafficClassName): number => state.policy.classes[name].priority;
  worth.sort((a, b) => b.value - a.value || priority(a.trafficClass) - priority(b.trafficClass) || (a.job < b.job ? -1 : 1));
  return [...worth, { job: null, trafficClass: 'background' }];
}

interface Assignment {
  readonly light: TogetherLight;
  readonly assigned: Assigned | { readonly risen: null; readonly boundUtilisation: number; readonly wayless: Member | null };
}

/** The members' paths by the plan room's assignment, or the member for which there is no way. */
function assign(scope: Scope, seeking: readonly Member[]): Assignment {
  const groups = groupsOf(scope, seeking);
  // Asked of every lease on every link of the question: names are compared, not joined.
  const groupOf = ({ request }: Lease): number => {
    for (let row = 0; row < groups.length - 1; row++) if (groups[row]?.job === request.job && groups[row]?.trafficClass === request.trafficClass) return row;
    return groups.length - 1;
  };
  const grouping: Grouping = { groups: groups.length, groupOf };
  const assignIn = (light: TogetherLight): Assignment => {
    const question = light.question();
    if ('wayless' in question) return { light, assigned: { risen: null, boundUtilisation: Infinity, wayless: question.wayless } };
    const { isShort, risen, boundUtilisation, rateGbps } = assignTogether(question);
    if (isShort) return { light, assigned: { risen: null, boundUtilisation, wayless: null } };
    const pieces = new Map(light.placed.map((one, at) => [one, one.ways.flatMap((path, row): readonly GrantPath[] => {
      const rate = rateGbps[at]?.[row] ?? 0;
      return rate <= rateStepGbps ? [] : [{ links: path, wavelengths: path.map(() => []), rateGbps: rate }];
    })]));
    const ofJobs = groups.flatMap(({ job, trafficClass }, row): readonly Risen[] => (job === null ? [] : [{ job, trafficClass, share: risen[row] ?? 0 }]));
    return { light, assigned: { risen: ofJobs, boundUtilisation, pieces: light.members.map((one) => pieces.get(one) ?? []) } };
  };
  const inTurns = assignIn(new TogetherLight(scope, seeking, { grouping, hasTurns: true }));
  if (inTurns.assigned.risen !== null || inTurns.assigned.wayless !== null) return inTurns;
  return assignIn(new TogetherLight(scope, inTurns.light.members, { grouping, hasTurns: false }));
}

const sumGbps = (paths: readonly GrantPath[]): number => paths.reduce((sum, { rateGbps }) => sum + rateGbps, 0);

/** Calendars count whole kb/s. */
const wholeKbps = (rateGbps: number): number => Math.floor(rateGbps * 1e6) / 1e6;

/** Pieces over the same links as one. */
function merged(paths: readonly GrantPath[]): readonly GrantPath[] {
  const found: GrantPath[] = [];
  for (const path of paths) {
    const at = found.findIndex(({ links }) => sameLinks(links, path.links));
    const twin = found[at];
    if (twin === undefined) found.push(path);
    else found[at] = { ...twin, rateGbps: twin.rateGbps + path.rateGbps };
  }
  return found;
}

/** Raises what a member has towards a rate from free light on its ways. */
function raise(draft: Draft, { ways }: Member, paths: readonly GrantPath[], toGbps: number): readonly GrantPath[] {
  const missing = toGbps - sumGbps(paths);
  return missing <= rateStepGbps ? paths : merged([...paths, ...gather(draft, { routes: ways, alone: false }, missing)]);
}

/** Whole wavelengths again for a class that holds them alone, where what it got is on one way and they are free there. */
function aloneAgain(draft: Draft, { lease, ways }: Member, paths: readonly GrantPath[]): readonly GrantPath[] {
  const [path] = paths;
  if (path === undefined || paths.length > 1 || !holdsAlone(draft.state, { trafficClass: lease.request.trafficClass, rateGbps: path.rateGbps }, ways)) return paths;
  draft.ledger.release(path);
  const alone = pathOver(draft, path.links, { rateGbps: path.rateGbps, alone: true });
  // Rows that another lease lets go of in the same plan may still be held when this one's turn comes.
  const isNobodys = (row: number): boolean => { const holder = draft.state.wavelengths.holder[row] ?? -1; return holder < 0 || holder === lease.row; };
  const next = alone !== null && alone.rateGbps >= path.rateGbps - rateStepGbps && alone.wavelengths.every((rows) => rows.every(isNobodys)) ? alone : path;
  draft.ledger.take(next);
  return [next];
}

/** Lays the pieces on the light, what everybody must have first; then what is left goes back by class. */
function lay(draft: Draft, members: readonly Member[], { pieces }: Assigned): ReadonlyMap<Member, readonly GrantPath[]> {
  const priority = ({ lease: { request } }: Member): number => draft.state.policy.classes[request.trafficClass].priority;
  const byClass = members.toSorted((a, b) => priority(a) - priority(b) || a.lease.row - b.lease.row);
  const laid = new Map<Member, readonly GrantPath[]>();
  const rows = new Map(members.map((one, at) => [one, at]));
  const target = (one: Member): number => sumGbps(pieces[rows.get(one) ?? 0] ?? []);
  const put = (one: Member, share: number): void => {
    const paths: GrantPath[] = [];
    for (const { links, rateGbps } of pieces[rows.get(one) ?? 0] ?? []) {
      const path = pathOver(draft, links, { rateGbps: wholeKbps(rateGbps * share), alone: false });
      if (path === null) continue;
      draft.ledger.take(path);
      paths.push(path);
    }
    laid.set(one, merged([...(laid.get(one) ?? []), ...paths]));
  };
  const leastShare = (one: Member): number => Math.min(1, one.leastGbps / Math.max(target(one), rateStepGbps));
  for (const one of byClass) put(one, leastShare(one));
  for (const one of byClass) laid.set(one, raise(draft, one, laid.get(one) ?? [], one.leastGbps));
  for (const one of byClass) put(one, 1 - leastShare(one));
  for (const one of byClass) laid.set(one, raise(draft, one, laid.get(one) ?? [], target(one)));
  for (const one of byClass) laid.set(one, aloneAgain(draft, one, laid.get(one) ?? []));
  for (const one of byClass) laid.set(one, raise(draft, one, laid.get(one) ?? [], one.mostGbps));
  return laid;
}

/** The grant of a member, the one it has where nothing changed. */
function grantAfter(state: State, { lease: { request, endNs }, held }: Member, paths: readonly GrantPath[], breaksFloors: boolean): Grant | null {
  const rateGbps = sumGbps(paths);
  if (rateGbps <= rateStepGbps) return null;
  const same = held !== null && held.paths.length === paths.length && held.paths.every(({ links, rateGbps: rate }, at) => {
    const twin = paths[at];
    return twin !== undefined && sameLinks(links, twin.links) && Math.abs(rate - twin.rateGbps) <= 1e-6 && !isAlone(held);
  });
  if (same) return held;
  const floorGbps = held?.floorGbps ?? floorGbpsOf(state.policy, request);
  const floor = breaksFloors ? Math.min(rateGbps, floorGbps) : floorGbps;
  if (held !== null) return { ...held, rateGbps, floorGbps: Math.min(rateGbps, floor), paths };
  return { id: request.id, tenant: request.tenant, job: request.job, trafficClass: request.trafficClass, rateGbps, floorGbps: Math.min(rateGbps, floor), startNs: request.startNs, endNs, paths };
}

/** Grants after: all that change, or why there is no assignment of them. */
export function packTogether(question: LadderQuestion, terms: PackTerms): Packed {
  const { state } = question;
  if (question.affected.length > togetherLeasesMax) return { ok: false, reason: `Not assigned together: ${question.affected.length} leases are affected, more than ${togetherLeasesMax}.` };
  const scope = scopeOf(question, terms);
  const seeking = seekers(scope);
  if (seeking.length > togetherLeasesMax) return { ok: false, reason: `Not assigned together: ${seeking.length} leases seek light, more than ${togetherLeasesMax}.` };
  const { light: { members, draft, leftOut }, assigned } = assign(scope, seeking);
  if (assigned.risen === null) {
    const { wayless, boundUtilisation } = assigned;
    const tooMuch = boundUtilisation > tenfold ? 'there is next to no light for what they must have' : `what they must have fills the fullest link to ${(boundUtilisation * 100).toFixed(0)} % at least`;
    const why = wayless === null ? tooMuch : `lease ${wayless.lease.request.id} has no way with light`;
    return { ok: false, reason: `No assignment of ${members.length} leases together keeps their floors: ${why}.` };
  }
  const laid = lay(draft, members, assigned);
  const grants = new Map<string, Grant | null>();
  for (const one of members) {
    const { lease, held } = one;
    const after = grantAfter(state, one, laid.get(one) ?? [], terms.breaksFloors);
    const kept = Math.min(one.leastGbps, held?.rateGbps ?? Infinity);
    const gotGbps = after?.rateGbps ?? 0;
    if (gotGbps < kept * (1 - 1e-6)) return { ok: false, reason: `Assigned together, lease ${lease.request.id} would keep ${gotGbps.toFixed(1)} Gb/s of ${kept.toFixed(1)} Gb/s that it must have.` };
    if (after === null && one.wantsGbps > 0 && lease.request.job !== null && scope.jobs.has(lease.request.job)) return { ok: false, reason: `Assigned together, lease ${lease.request.id} would have no light.` };
    if (after !== held) grants.set(lease.request.id, after);
  }
  return { ok: true, grants, leases: members.length, leftOut, risen: assigned.risen, boundUtilisation: assigned.boundUtilisation };
}
