/** Rungs that change jobs: shrink to fewer replicas, migrate to other accelerators. */

import { countText } from '../../base/number-text.ts';
import type { Grant } from '../../plan/plan.ts';
import { leasesOfJob } from '../jobs/job-leases.ts';
import { placesOfReplicas, replicaOf } from '../jobs/replicas.ts';
import type { Job, Lease, State } from '../state.ts';
import { byPriority } from './allocate.ts';
import { findWayRound } from './find-way.ts';
import { unfit } from './fitness.ts';
import { Ledger } from './ledger.ts';
import { lastStepNs } from './price.ts';
import type { LadderQuestion, Proposal, RungAnswer, RungRefusal } from './proposal.ts';
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

/** Affected leases of a job between two of its replicas. */
interface Between {
  readonly from: number;
  readonly to: number;
  leases: number;
}

/** Replicas without which no affected lease is left: the one with most of them first, then one with a dark port, then the lower one. */
function coveringReplicas(affected: Iterable<Between>, cut: ReadonlySet<number>, dim: ReadonlySet<number>): ReadonlySet<number> {
  const chosen = new Set(cut);
  for (let left = [...affected]; ;) {
    left = left.filter(({ from, to }) => !chosen.has(from) && !chosen.has(to));
    const scores = new Map<number, number>();
    const count = (replica: number, leases: number): void => void (replica >= 0 && scores.set(replica, (scores.get(replica) ?? (dim.has(replica) ? 0.5 : 0)) + leases));
    for (const { from, to, leases } of left) {
      count(from, leases);
      if (to !== from) count(to, leases);
    }
    let best = -1;
    for (const [replica, score] of scores) if (best < 0 || score > (scores.get(best) ?? 0) || (score === scores.get(best) && replica < best)) best = replica;
    if (best < 0) return chosen;
    chosen.add(best);
  }
}

/** Counts a lease among those between its two replicas. */
function countLease(between: Map<number, Between>, job: Job, { request }: Lease): void {
  const from = replicaOf(job, request.fromRank);
  const to = replicaOf(job, request.toRank);
  // Replicas are counted from -1, which is none of the job's.
  const key = (from + 1) * (job.request.replicas + 1) + to + 1;
  const known = between.get(key);
  if (known === undefined) between.set(key, { from, to, leases: 1 });
  else known.leases += 1;
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
  const ends = new Map<Job, Map<number, Between>>();
  for (const { grant, lease } of affected) {
    const job = grant.job === null ? undefined : state.jobs.get(grant.job);
    if (job === undefined) continue;
    let between = ends.get(job);
    if (between === undefined) ends.set(job, (between = new Map()));
    countLease(between, job, lease);
  }
  const unlit = unlitRanks(state, view);
  const isAmong = new Uint8Array(state.busyRanks.length);
  return [...ends].map(([job, between]): Hurt => {
    const replicasWith = (light: RankLight): ReadonlySet<number> => {
      const found = new Set<number>();
      for (const [rank, own] of unlit) if (own === light) found.add(replicaOf(job, rank));
      found.delete(-1);
      return found;
    };
    const replicas = coveringReplicas(between.values(), replicasWith('cut'), replicasWith('dim'));
    const places = placesOfReplicas(job, replicas);
    return { job, replicas, places, leases: leasesAmong(state, job, places, isAmong) };
  });
}

/** Leases of a job with an end at some of its ranks. `isAmong` has a zero for each rank, and again when this is done. */
function leasesAmong(state: State, job: Job, places: readonly number[], isAmong: Uint8Array): readonly Lease[] {
  for (const at of places) isAmong[job.ranks[at] ?? -1] = 1;
  const found = leasesOfJob(state, job).filter(({ request }) => isAmong[request.fromRank] === 1 || isAmong[request.toRank] === 1);
  for (const at of places) isAmong[job.ranks[at] ?? -1] = 0;
  return found;
}

/** What a rung takes from jobs before anything is known of their leases, as a proposal, and how many of these it has to look at. */
export interface Toll {
  readonly ok: true;
  readonly proposal: Proposal;
  readonly leases: number;
}

function tollOf({ state }: LadderQuestion, leases: number, reasons: readonly string[], toll: Partial<Proposal>): Toll | RungRefusal {
  const answer = propose(state, new Map(), reasons, toll);
  return answer.ok ? { ...answer, leases } : answer;
}

const leasesOf = (hurt: readonly Hurt[]): number => hurt.reduce((sum, { leases }) => sum + leases.length, 0);

/** Replicas that jobs lose by shrinking, and their pauses. */
export function shrinkToll(question: LadderQuestion): Toll | RungRefusal {
  const hurt = hurtJobs(question);
  if (hurt.length === 0) return cannot('No job with replicas is affected.');
  const replicas = new Map<string, number>();
  const pauseNs = new Map<string, number>();
  for (const { job, replicas: lost } of hurt) {
    const left = job.replicas - lost.size;
    if (lost.size === 0) return cannot(`No replica of job ${job.request.id} is at an end of the light that is lost, so dropping one wins nothing.`);
    if (left < job.request.replicasMin) return cannot(`Job ${job.request.id} would keep ${left > 0 ? left : 'none'} of ${countText(job.replicas, 'replica')}, and needs at least ${job.request.replicasMin}.`);
    replicas.set(job.request.id, left);
    // Groups form anew from the state that the other replicas hold; the step under way is lost.
    pauseNs.set(job.request.id, job.request.checkpointNs + lastStepNs(job));
  }
  const reasons = hurt.map(({ job }) => `Job ${job.request.id} goes on with ${replicas.get(job.request.id) ?? 0} of ${countText(job.replicas, 'replica')}.`);
  return tollOf(question, leasesOf(hurt), reasons, { replicas, pauseNs });
}

export function shrink(question: LadderQuestion): RungAnswer {
  const { state, view } = question;
  const toll = shrinkToll(question);
  if (!toll.ok) return toll;
  const dropped = new Map<string, Grant | null>();
  for (const { leases } of hurtJobs(question)) for (const { request } of leases) dropped.set(request.id, null);
  const stayed = stayOnLinks(state, view, dropped, byPriority);
  if (!stayed.ok) return cannot(`Even without those replicas: ${stayed.reason}`);
  return propose(state, new Map([...dropped, ...stayed.grants]), toll.proposal.reasons, { replicas: toll.proposal.replicas, pauseNs: toll.proposal.pauseNs });
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

/** Accelerators that jobs get by migrating, and their pauses. */
export function migrateToll(question: LadderQuestion): Toll | RungRefusal {
  const { state, view } = question;
  const hurt = hurtJobs(question);
  if (hurt.length === 0) return cannot('No job is affected.');
  const idle = idleRanks(state, view);
  const unlit = unlitRanks(state, view);
  const ranks = new Map<string, readonly number[]>();
  const pauseNs = new Map<string, number>();
  const reasons: string[] = [];
  for (const { job, places } of hurt) {
    const { id, restartNs, checkpointNs, checkpointEverySteps } = job.request;
    const after = [...job.ranks];
    for (let found = 0; found < places.length; found++) {
      const next = idle();
      if (next < 0) return cannot(`Job ${id} needs ${places.length} other accelerators; ${found} are idle and sound.`);
      after[places[found] ?? -1] = next;
    }
    ranks.set(id, after);
    const canSave = places.every((at) => !unlit.has(job.ranks[at] ?? -1));
    // Without light nothing more can be written: what was done since the last checkpoint is done again.
    pauseNs.set(id, restartNs + (canSave ? checkpointNs : (job.steps % checkpointEverySteps) * lastStepNs(job)));
    reasons.push(canSave ? `Job ${id} writes a checkpoint and starts again on other accelerators.` : `Job ${id} starts again from its last checkpoint on other accelerators.`);
  }
  return tollOf(question, leasesOf(hurt), reasons, { ranks, pauseNs });
}

export function migrate(question: LadderQuestion): RungAnswer {
  const { state, view } = question;
  const toll = migrateToll(question);
  if (!toll.ok) return toll;
  const { ranks, pauseNs, reasons } = toll.proposal;
  const avoid = unfit(state, view);
  const ledger = new Ledger(state, view);
  const grants = new Map<string, Grant>();
  for (const { job, places, leases } of hurtJobs(question)) {
    const after = ranks.get(job.request.id) ?? [];
    const renamed = new Map(places.map((at) => [job.ranks[at] ?? -1, after[at] ?? -1]));
    const moved = movedGrants(state, leases, { renamed, ledger, avoid });
    if (moved === null) return cannot(`Job ${job.request.id} finds no light for its leases on ${countText(places.length, 'idle accelerator')}.`);
    for (const [id, grant] of moved) grants.set(id, grant);
  }
  return propose(state, grants, reasons, { ranks, pauseNs });
}
