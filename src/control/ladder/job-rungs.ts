/** Rungs that change jobs: shrink to fewer replicas, migrate to other accelerators. */

import type { Grant } from '../../plan/plan.ts';
import { leasesOfJob } from '../jobs/job-leases.ts';
import { placesOfReplicas, replicaOf } from '../jobs/replicas.ts';
import type { Job, Lease, State } from '../state.ts';
import { byPriority } from './allocate.ts';
import { findWayRound } from './find-way.ts';
import { unfit } from './fitness.ts';
import { Ledger } from './ledger.ts';
import type { LadderQuestion, RungAnswer } from './proposal.ts';
import { cannot, propose, withPaths } from './proposal.ts';
import { stayOnLinks } from './shrink-paths.ts';
import type { RankLight } from './rank-light.ts';
import { idleRanks, unlitRanks } from './rank-light.ts';

interface Hurt {
  readonly job: Job;
  /** Replicas with an accelerator that is cut off, and the fewest more, found greedily, with an end of every affected lease. */
  readonly replicas: ReadonlySet<number>;
  /** Places of their accelerators in the job's list of ranks, ascending. */
  readonly places: readonly number[];
  /** Leases with an end among them. */
  readonly leases: readonly Lease[];
}

/** Replicas without which no affected lease is left: the one with most of them first, then one with a dark port, then the lower one. */
function coveringReplicas(pairs: readonly (readonly [number, number])[], cut: ReadonlySet<number>, dim: ReadonlySet<number>): ReadonlySet<number> {
  const chosen = new Set(cut);
  const open = (): readonly (readonly [number, number])[] => pairs.filter(([from, to]) => !chosen.has(from) && !chosen.has(to));
  for (let left = open(); left.length > 0; left = open()) {
    const scores = new Map<number, number>();
    for (const pair of left) for (const replica of new Set(pair)) if (replica >= 0) scores.set(replica, (scores.get(replica) ?? (dim.has(replica) ? 0.5 : 0)) + 1);
    let best = -1;
    for (const [replica, score] of scores) if (best < 0 || score > (scores.get(best) ?? 0) || (score === scores.get(best) && replica < best)) best = replica;
    if (best < 0) break;
    chosen.add(best);
  }
  return chosen;
}

/** Answers by question: two rungs ask. */
const known = new WeakMap<LadderQuestion, readonly Hurt[]>();

/** Jobs with affected leases, and the replicas where their light fails. */
function hurtJobs(question: LadderQuestion): readonly Hurt[] {
  let hurt = known.get(question);
  if (hurt === undefined) known.set(question, (hurt = findHurt(question)));
  return hurt;
}

function findHurt({ state, view, affected }: LadderQuestion): readonly Hurt[] {
  const ends = new Map<string, (readonly [number, number])[]>();
  for (const { grant, lease } of affected) {
    const job = grant.job === null ? undefined : state.jobs.get(grant.job);
    if (job === undefined) continue;
    const pairs = ends.get(job.request.id) ?? [];
    pairs.push([replicaOf(job, lease.request.fromRank), replicaOf(job, lease.request.toRank)]);
    ends.set(job.request.id, pairs);
  }
  const unlit = unlitRanks(state, view);
  return [...ends].flatMap(([id, pairs]): Hurt[] => {
    const job = state.jobs.get(id);
    if (job === undefined) return [];
    const replicasWith = (light: RankLight): ReadonlySet<number> => {
      const found = new Set<number>();
      for (const [rank, own] of unlit) if (own === light) found.add(replicaOf(job, rank));
      found.delete(-1);
      return found;
    };
    const replicas = coveringReplicas(pairs, replicasWith('cut'), replicasWith('dim'));
    const places = placesOfReplicas(job, replicas);
    return [{ job, replicas, places, leases: leasesAmong(state, job, places) }];
  });
}

/** Leases of a job with an end at some of its ranks. */
function leasesAmong(state: State, job: Job, places: readonly number[]): readonly Lease[] {
  const ranks = new Set(places.map((at) => job.ranks[at] ?? -1));
  return leasesOfJob(state, job).filter(({ request }) => ranks.has(request.fromRank) || ranks.has(request.toRank));
}

export function shrink(question: LadderQuestion): RungAnswer {
  const { state, view } = question;
  const hurt = hurtJobs(question);
  if (hurt.length === 0) return cannot('No job with replicas is affected.');
  const dropped = new Map<string, Grant | null>();
  const replicas = new Map<string, number>();
  const pauseNs = new Map<string, number>();
  for (const { job, replicas: lost, leases } of hurt) {
    const left = job.replicas - lost.size;
    if (lost.size === 0 || left < job.request.replicasMin) return cannot(`Job ${job.request.id} would keep ${left} of ${job.replicas} replicas, and needs ${job.request.replicasMin}.`);
    for (const { request } of leases) dropped.set(request.id, null);
    replicas.set(job.request.id, left);
    // Groups form anew from the state that the other replicas hold; the step under way is lost.
    pauseNs.set(job.request.id, job.request.checkpointNs + job.stepNs);
  }
  const stayed = stayOnLinks(state, view, dropped, byPriority);
  if (!stayed.ok) return cannot(`Even without those replicas: ${stayed.reason}`);
  return propose(state, new Map([...dropped, ...stayed.grants]), [...replicas].map(([id, left]) => `Job ${id} goes on with ${left} of ${state.jobs.get(id)?.replicas ?? 0} replicas.`), { replicas, pauseNs });
}

interface Moving {
  /** New rank by old one. */
  readonly renamed: ReadonlyMap<number, number>;
  readonly ledger: Ledger;
  readonly avoid: (link: number) => boolean;
}

/** Leases of a job over the new ranks, each at its old rate; null where one finds no light. */
function movedGrants(state: State, leases: readonly Lease[], { renamed, ledger, avoid }: Moving): Map<string, Grant> | null {
  const grants = new Map<string, Grant>();
  for (const lease of leases) {
    const { id, fromRank, toRank } = lease.request;
    if (lease.grant !== null) ledger.releaseAll(lease.grant);
    const rateGbps = lease.request.rateGbps ?? lease.grant?.rateGbps ?? 0;
    const alone = lease.grant?.paths.some(({ wavelengths }) => wavelengths.some((rows) => rows.length > 0)) ?? false;
    const path = findWayRound(state, ledger, { fromRank: renamed.get(fromRank) ?? fromRank, toRank: renamed.get(toRank) ?? toRank, rateGbps, alone, avoid });
    if (path === null || lease.grant === null) return null;
    ledger.take(path);
    grants.set(id, withPaths(lease.grant, [path]));
  }
  return grants;
}

export function migrate(question: LadderQuestion): RungAnswer {
  const { state, view } = question;
  const hurt = hurtJobs(question);
  if (hurt.length === 0) return cannot('No job is affected.');
  const idle = idleRanks(state, view);
  const avoid = unfit(state, view);
  const ledger = new Ledger(state, view);
  const grants = new Map<string, Grant>();
  const ranks = new Map<string, readonly number[]>();
  const pauseNs = new Map<string, number>();
  const unsaved = new Set<string>();
  const unlit = unlitRanks(state, view);
  for (const { job, places, leases } of hurt) {
    const leaving = places.map((at) => job.ranks[at] ?? -1);
    const free: number[] = [];
    while (free.length < leaving.length) {
      const next = idle.next();
      if (next.done === true) return cannot(`Job ${job.request.id} needs ${leaving.length} other accelerators; ${free.length} are idle and sound.`);
      free.push(next.value);
    }
    const renamed = new Map(leaving.map((rank, at) => [rank, free[at] ?? -1]));
    const moved = movedGrants(state, leases, { renamed, ledger, avoid });
    if (moved === null) return cannot(`Job ${job.request.id} finds no light for its leases on the ${leaving.length} idle accelerators.`);
    for (const [id, grant] of moved) grants.set(id, grant);
    const after = [...job.ranks];
    places.forEach((at, turn) => void (after[at] = free[turn] ?? -1));
    ranks.set(job.request.id, after);
    const canSave = leaving.every((rank) => !unlit.has(rank));
    if (!canSave) unsaved.add(job.request.id);
    // Without light nothing more can be written: what was done since the last checkpoint is done again.
    pauseNs.set(job.request.id, job.request.restartNs + (canSave ? job.request.checkpointNs : (job.steps % job.request.checkpointEverySteps) * job.stepNs));
  }
  const start = (id: string): string => (unsaved.has(id) ? `Job ${id} starts again from its last checkpoint on other accelerators.` : `Job ${id} writes a checkpoint and starts again on other accelerators.`);
  return propose(state, grants, [...ranks.keys()].map(start), { ranks, pauseNs });
}
