/** Leases that may be assigned together: what each must have, wants and may have, and the ways that it could take. */

import type { Grant } from '../../plan/plan.ts';
import { droppedLeases } from '../jobs/replicas.ts';
import { askedGbps, floorGbpsOf } from '../lease-terms.ts';
import { candidateRoutes, peerRoutes } from '../leases/routes.ts';
import type { Lease } from '../state.ts';
import { CrossWays } from './cross-ways.ts';
import { usable } from './fitness.ts';
import type { LadderQuestion } from './proposal.ts';

export interface PackTerms {
  /** Less than a floor is better than nothing, for jobs that would stand. */
  readonly breaksFloors: boolean;
}

export type Links = readonly number[];

/** A lease that is assigned anew. */
export interface Member {
  readonly lease: Lease;
  readonly held: Grant | null;
  readonly ways: readonly Links[];
  readonly leastGbps: number;
  readonly wantsGbps: number;
  /** What it may have of the light that is left over. */
  readonly mostGbps: number;
}

/** Ways as far as they have been asked for: with floors and without, they are the same. */
interface Ways {
  readonly isUsable: (link: number) => boolean;
  readonly routes: Map<string, readonly Links[]>;
  readonly cross: CrossWays;
}

export interface Scope extends Ways {
  readonly question: LadderQuestion;
  readonly terms: PackTerms;
  /** Jobs with affected leases. */
  readonly jobs: ReadonlySet<string>;
  readonly affected: ReadonlySet<string>;
  /** Of the leases that seek light, the first class to be served. */
  readonly priority: number;
}

export const sameLinks = (one: Links, other: Links): boolean => one.length === other.length && one.every((link, at) => link === other[at]);

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
export function termsOf(scope: Scope, lease: Lease, held: Grant | null): Pick<Member, 'leastGbps' | 'wantsGbps' | 'mostGbps'> {
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

export const member = (scope: Scope, lease: Lease, held: Grant | null): Member => ({ lease, held, ways: waysOf(scope, lease, held), ...termsOf(scope, lease, held) });

export const isAlone = ({ paths }: Grant): boolean => paths.some(({ wavelengths }) => wavelengths.some((rows) => rows.length > 0));

/** Leases that seek light: those affected, and those of their jobs that hold nothing or too little already. */
export function seekers(scope: Scope): readonly Member[] {
  const { question: { state, affected }, jobs } = scope;
  const found = affected.map(({ lease, grant }) => member(scope, lease, grant));
  const shortOf = new Map<string, Lease[]>();
  for (const id of state.short) {
    const lease = state.leases.get(id);
    const job = lease?.request.job ?? null;
    if (lease === undefined || job === null || !jobs.has(job)) continue;
    const own = shortOf.get(job);
    if (own === undefined) shortOf.set(job, [lease]);
    else own.push(lease);
  }
  for (const id of [...jobs].sort()) {
    const job = state.jobs.get(id);
    const dropped = job === undefined ? null : droppedLeases(state, job);
    for (const lease of shortOf.get(id)?.sort((a, b) => a.row - b.row) ?? []) {
      const of = lease.request.id;
      if (scope.affected.has(of) || dropped?.has(of) === true) continue;
      if (lease.grant === null || !isAlone(lease.grant)) found.push(member(scope, lease, lease.grant));
    }
  }
  return found;
}

/** Whether a lease may be moved: one that is on links without margin stays, and so does one that holds wavelengths alone, unless it is of a job that was hit. */
export function mayMove({ isUsable, jobs }: Scope, { request: { job } }: Lease, grant: Grant): boolean {
  if ((job === null || !jobs.has(job)) && isAlone(grant)) return false;
  for (const { links } of grant.paths) for (const link of links) if (!isUsable(link)) return false;
  return true;
}

/** By question: the last resort asks again what `preempt` has asked. */
const known = new WeakMap<LadderQuestion, Ways>();

function knownWays(question: LadderQuestion): Ways {
  let ways = known.get(question);
  if (ways === undefined) {
    const isUsable = usable(question.state, question.view);
    known.set(question, (ways = { isUsable, routes: new Map(), cross: new CrossWays(question.state, isUsable) }));
  }
  return ways;
}

export function scopeOf(question: LadderQuestion, terms: PackTerms): Scope {
  const { affected } = question;
  return {
    question, terms, ...knownWays(question), jobs: new Set(affected.flatMap(({ grant }) => grant.job ?? [])), affected: new Set(affected.map(({ id }) => id)),
    priority: affected.reduce((least, one) => Math.min(least, one.priority), Infinity),
  };
}
