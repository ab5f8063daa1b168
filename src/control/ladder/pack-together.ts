/**
 * Light for several leases at once: those that lost it, their jobs' other leases, and whoever shares links with them, all assigned anew.
 *
 * The other rungs serve lease after lease, and what the first ones take the last one may lack although there is light for all. Here
 * everybody has its floor first. Then the leases of the jobs that were hit rise towards what they asked for, class after class, those of
 * a class by the same share, because a collective ends with its slowest pair; the class of which a Gb/s is worth most to its job's
 * step rises first. Who yields to them keeps its floor, and everybody else keeps what it holds, if on other ways. What is left then
 * goes back by class.
 */

import type { TogetherDemand, TogetherQuestion } from '../../plan/paths/assign-together.ts';
import { assignTogether } from '../../plan/paths/assign-together.ts';
import type { Grant, GrantPath } from '../../plan/plan.ts';
import { stepNs } from '../job.ts';
import { droppedLeases } from '../jobs/replicas.ts';
import { askedGbps, floorGbpsOf, holdsAlone, rateStepGbps } from '../lease-terms.ts';
import { candidateRoutes, peerRoutes } from '../leases/routes.ts';
import { Draft, gather, pathOver } from '../leases/seek-light.ts';
import type { Lease, State } from '../state.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { CrossWays } from './cross-ways.ts';
import { unfit } from './fitness.ts';
import type { LadderQuestion } from './proposal.ts';

/** Leases that are assigned together at most: the work grows with leases times ways, and 500 of them take some tenths of a second. */
const togetherLeasesMax = 768;

export interface PackTerms {
  /** Less than a floor is better than nothing, for jobs that would stand. */
  readonly breaksFloors: boolean;
}

export type Packed =
  | { readonly ok: true; readonly grants: ReadonlyMap<string, Grant | null>; readonly leases: number; readonly risen: readonly Risen[]; readonly boundUtilisation: number }
  | { readonly ok: false; readonly reason: string };

/** A class of a job, and how far from its floor to what it asked for it has risen, 0 to 1. */
export interface Risen {
  readonly job: string;
  readonly trafficClass: TrafficClassName;
  readonly share: number;
}

type Links = readonly number[];

/** A lease that is assigned anew. */
interface Member {
  readonly lease: Lease;
  readonly held: Grant | null;
  readonly ways: readonly Links[];
  readonly leastGbps: number;
  readonly wantsGbps: number;
  /** What it may have of the light that is left over. */
  readonly mostGbps: number;
}

interface Scope {
  readonly question: LadderQuestion;
  readonly terms: PackTerms;
  /** Jobs with affected leases. */
  readonly jobs: ReadonlySet<string>;
  readonly affected: ReadonlySet<string>;
  /** Of the leases that seek light, the first class to be served. */
  readonly priority: number;
  readonly isUsable: (link: number) => boolean;
  readonly routes: Map<string, readonly Links[]>;
  readonly cross: CrossWays;
}

const groupKey = (job: string | null, trafficClass: TrafficClassName): string => (job === null ? '' : `${job} ${trafficClass}`);

const sameLinks = (one: Links, other: Links): boolean => one.length === other.length && one.every((link, at) => link === other[at]);

/** Ways of a lease that have light: the fabric's own, those by peers, and the ones it is on. */
function waysOf({ question: { state }, isUsable, routes, cross }: Scope, { request }: Lease, held: Grant | null): readonly Links[] {
  const key = `${request.fromRank} ${request.toRank}`;
  let known = routes.get(key);
  if (known === undefined) {
    const usual = [...candidateRoutes(state, request), ...peerRoutes(state, request)].filter((links) => links.every(isUsable));
    routes.set(key, (known = [...usual, ...cross.between(request, usual)]));
  }
  const own = (held?.paths ?? []).flatMap(({ links }) => (links.every(isUsable) ? [links] : []));
  return own.length === 0 ? known : [...own, ...known.filter((way) => !own.some((links) => sameLinks(way, links)))];
}

/** What a lease must have, gets at level 1, and may have of what is left. */
function termsOf(scope: Scope, lease: Lease, held: Grant | null): Pick<Member, 'leastGbps' | 'wantsGbps' | 'mostGbps'> {
  const { question: { state: { policy } }, terms, jobs, affected, priority } = scope;
  const { request } = lease;
  const own = policy.classes[request.trafficClass];
  if (request.job !== null && jobs.has(request.job)) {
    const asked = askedGbps(request);
    return { leastGbps: terms.breaksFloors ? 0 : floorGbpsOf(policy, request), wantsGbps: asked, mostGbps: asked };
  }
  const holds = held?.rateGbps ?? 0;
  const floor = Math.min(holds, held?.floorGbps ?? 0);
  const yields = own.preemptible && (affected.has(request.id) || own.priority > priority);
  if (yields) return { leastGbps: terms.breaksFloors ? 0 : floor, wantsGbps: floor, mostGbps: holds };
  if (affected.has(request.id)) return { leastGbps: terms.breaksFloors ? 0 : floor, wantsGbps: holds, mostGbps: holds };
  return { leastGbps: holds, wantsGbps: holds, mostGbps: holds };
}

const member = (scope: Scope, lease: Lease, held: Grant | null): Member => ({ lease, held, ways: waysOf(scope, lease, held), ...termsOf(scope, lease, held) });

const isAlone = ({ paths }: Grant): boolean => paths.some(({ wavelengths }) => wavelengths.some((rows) => rows.length > 0));

/** Leases that seek light: those affected, and those of their jobs that hold nothing or too little already. */
function seekers(scope: Scope): readonly Member[] {
  const { question: { state, affected }, jobs } = scope;
  const found = affected.map(({ lease, grant }) => member(scope, lease, grant));
  for (const id of [...jobs].sort()) {
    const job = state.jobs.get(id);
    const dropped = job === undefined ? null : droppedLeases(state, job);
    for (const of of job?.leases ?? []) {
      const lease = state.leases.get(of);
      if (lease === undefined || scope.affected.has(of) || !state.short.has(of) || dropped?.has(of) === true) continue;
      if (lease.grant === null || !isAlone(lease.grant)) found.push(member(scope, lease, lease.grant));
    }
  }
  return found;
}

/** Leases on the ways of the seekers that may be moved; one that holds wavelengths alone, or is on links without margin, stays. `null` beyond the limit. */
function neighbours(scope: Scope, seeking: readonly Member[]): readonly Member[] | null {
  const { state } = scope.question;
  const known = new Set(seeking.map(({ lease }) => lease.request.id));
  const found: Member[] = [];
  for (const link of new Set(seeking.flatMap(({ ways }) => ways.flat()))) {
    for (const id of state.leasesOfLink.get(link) ?? []) {
      const lease = state.leases.get(id);
      if (known.has(id) || lease?.grant == null) continue;
      known.add(id);
      if (isAlone(lease.grant) || lease.grant.paths.some(({ links }) => !links.every(scope.isUsable))) continue;
      if (known.size > togetherLeasesMax) return null;
      found.push(member(scope, lease, lease.grant));
    }
  }
  return found;
}

function scopeOf(question: LadderQuestion, terms: PackTerms): Scope {
  const { state, view, affected } = question;
  const { linkWavelength } = state.plant.cluster.fabric;
  const isUnfit = unfit(state, view);
  const known = new Map<number, boolean>();
  const isUsable = (link: number): boolean => {
    let usable = known.get(link);
    if (usable === undefined) {
      usable = false;
      for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0) && !usable; row++) usable = view.gbps(row) > 0;
      usable = usable && !isUnfit(link);
      known.set(link, usable);
    }
    return usable;
  };
  return {
    question, terms, isUsable, routes: new Map(), cross: new CrossWays(state, isUsable), jobs: new Set(affected.flatMap(({ grant }) => grant.job ?? [])), affected: new Set(affected.map(({ id }) => id)),
    priority: affected.reduce((least, one) => Math.min(least, one.priority), Infinity),
  };
}

/** Light without what is unfit, and with nothing held by the members. */
function emptied({ question: { state, view }, isUsable }: Scope, members: readonly Member[]): Draft {
  const { wavelengthLink, wavelengthCount } = state.plant.cluster.fabric;
  // The same rows are asked for again and again.
  const known = new Float64Array(wavelengthCount).fill(NaN);
  const gbps = (row: number): number => {
    const rate = known[row] ?? 0;
    return Number.isNaN(rate) ? (known[row] = isUsable(wavelengthLink[row] ?? 0) ? view.gbps(row) : 0) : rate;
  };
  const draft = new Draft(state, null, { ...view, gbps });
  for (const { lease, held } of members) if (held !== null) draft.regrant(lease.request.id, null);
  return draft;
}

interface Assigned {
  readonly risen: readonly Risen[];
  readonly boundUtilisation: number;
  /** Paths and rates of each member, in their order. */
  readonly pieces: readonly (readonly GrantPath[])[];
}

/**
 * Classes of the jobs, the one first of which a Gb/s is worth most: what the job's step grows by, in accelerators, when the class gets
 * half of what lies between its floor and all, over the Gb/s that saves. Leases without a job come after all of them.
 */
function groupsOf({ question: { state }, jobs }: Scope, seeking: readonly Member[]): readonly { readonly job: string | null; readonly trafficClass: TrafficClassName }[] {
  const saved = new Map<string, { readonly job: string; readonly trafficClass: TrafficClassName; gbps: number }>();
  for (const { lease: { request: { job, trafficClass } }, leastGbps, wantsGbps } of seeking) {
    if (job === null || !jobs.has(job)) continue;
    const key = groupKey(job, trafficClass);
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

/** All the light of a link. */
function lightOn({ state, ledger }: Draft, link: number): number {
  const { linkWavelength } = state.plant.cluster.fabric;
  let gbps = 0;
  for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) gbps += ledger.view.gbps(row);
  return gbps;
}

/** The question with a turn of its own for the class that is worth most: a job's collectives stream one after another, and what its leases stand on should carry it alone at its full rate. */
function inTurns({ capacityGbps, demands }: TogetherQuestion, litGbps: readonly number[]): TogetherQuestion {
  const turnLinks = capacityGbps.length;
  const withTurn = (links: Links): Links => [...links, ...links.map((link) => link + turnLinks)];
  return {
    capacityGbps: Float64Array.from([...capacityGbps, ...litGbps]), turnLinks,
    demands: demands.map((demand) => (demand.group === 0 ? { ...demand, paths: demand.paths.map(withTurn) } : demand)),
  };
}

/** The members' paths by the plan room's assignment, or the member for which there is no way. */
function assign(scope: Scope, draft: Draft, members: readonly Member[]): Assigned | { readonly risen: null; readonly boundUtilisation: number; readonly wayless: Member | null } {
  const rows = new Map<number, number>();
  const capacity: number[] = [];
  const rowOf = (link: number): number => {
    let row = rows.get(link);
    if (row === undefined) {
      rows.set(link, (row = capacity.length));
      capacity.push(Math.max(0, draft.ledger.freeGbps(link)));
    }
    return row;
  };
  const seeking = members.filter(({ wantsGbps }) => wantsGbps > rateStepGbps);
  const open = seeking.map(({ ways }) => ways.filter((links) => links.every((link) => (capacity[rowOf(link)] ?? 0) > rateStepGbps)));
  const wayless = seeking.find((one, at) => one.leastGbps > 0 && (open[at] ?? []).length === 0);
  if (wayless !== undefined) return { risen: null, boundUtilisation: Infinity, wayless };
  const placed = seeking.map((one, at) => ({ one, ways: open[at] ?? [] })).filter(({ ways }) => ways.length > 0);
  const groups = groupsOf(scope, seeking);
  const groupRow = new Map(groups.map(({ job, trafficClass }, row) => [groupKey(job, trafficClass), row]));
  const groupOf = ({ lease: { request } }: Member): number => groupRow.get(groupKey(request.job, request.trafficClass)) ?? groups.length - 1;
  const onNow = ({ held }: Member, way: Links): boolean => held?.paths.some(({ links }) => sameLinks(links, way)) === true;
  const demands = placed.map(({ one, ways }): TogetherDemand => ({
    paths: ways.map((path) => path.map(rowOf)), presentPaths: ways.filter((way) => onNow(one, way)).length, leastGbps: one.leastGbps, wantsGbps: one.wantsGbps, group: groupOf(one),
  }));
  const litGbps = [...rows.keys()].map((link) => lightOn(draft, link));
  const withTurns = assignTogether(inTurns({ capacityGbps: Float64Array.from(capacity), demands }, litGbps));
  const { isShort, risen, boundUtilisation, rateGbps } = withTurns.isShort ? assignTogether({ capacityGbps: Float64Array.from(capacity), demands }) : withTurns;
  if (isShort) return { risen: null, boundUtilisation, wayless: null };
  const pieces = new Map(placed.map(({ one, ways }, at) => [one, ways.flatMap((path, row): readonly GrantPath[] => {
    const rate = rateGbps[at]?.[row] ?? 0;
    return rate <= rateStepGbps ? [] : [{ links: path, wavelengths: path.map(() => []), rateGbps: rate }];
  })]));
  const ofJobs = groups.flatMap(({ job, trafficClass }, row): readonly Risen[] => (job === null ? [] : [{ job, trafficClass, share: risen[row] ?? 0 }]));
  return { risen: ofJobs, boundUtilisation, pieces: members.map((one) => pieces.get(one) ?? []) };
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
  const others = seeking.length > togetherLeasesMax ? null : neighbours(scope, seeking);
  if (others === null) return { ok: false, reason: `Not assigned together: more than ${togetherLeasesMax} leases share links with those affected.` };
  const members = [...seeking, ...others];
  const draft = emptied(scope, members);
  const assigned = assign(scope, draft, members);
  if (assigned.risen === null) {
    const why = assigned.wayless === null ? `what they must have fills the fullest link to ${(assigned.boundUtilisation * 100).toFixed(0)} % at least` : `lease ${assigned.wayless.lease.request.id} has no way with light`;
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
  return { ok: true, grants, leases: members.length, risen: assigned.risen, boundUtilisation: assigned.boundUtilisation };
}
