/**
 * What a proposal costs: accelerator-seconds of progress lost by all jobs until the cause is expected to be gone.
 *
 * A job whose step grows from a to b loses the share 1 - a / b of the time in which it runs so, and a pause loses all of it. A job
 * that drops replicas loses their share. Both end with the job when it would be done sooner. Light of leases without a job moves no
 * step; it only breaks ties, weighted as the policy weighs classes.
 */

import type { Grant } from '../../plan/plan.ts';
import type { JobEffect, Price } from '../decision.ts';
import type { ClassShares } from '../job.ts';
import { stepNs } from '../job.ts';
import { droppedLeases } from '../jobs/replicas.ts';
import type { Job, State } from '../state.ts';
import type { Proposal } from './proposal.ts';

/** Asked rate of a lease: what it names, or what it was given for an amount. */
const askedGbps = (state: State, id: string): number => {
  const lease = state.leases.get(id);
  return lease?.request.rateGbps ?? lease?.grant?.rateGbps ?? 0;
};

/** The least share of what was asked, by class, over a job's leases. */
function sharesOf(state: State, job: Job, grantOf: (id: string) => Grant | null, skip: ReadonlySet<string>): ClassShares {
  const shares: ClassShares = {};
  for (const id of job.leases) {
    const trafficClass = state.leases.get(id)?.request.trafficClass;
    if (trafficClass === undefined || skip.has(id)) continue;
    const asked = askedGbps(state, id);
    const share = asked <= 0 ? 1 : Math.min(1, (grantOf(id)?.rateGbps ?? 0) / asked);
    shares[trafficClass] = Math.min(shares[trafficClass] ?? 1, share);
  }
  return shares;
}

/** Time of a job's step with what its leases hold now. */
export const stepNowNs = (state: State, job: Job): number => stepNs(job.request.profile, sharesOf(state, job, (id) => state.leases.get(id)?.grant ?? null, droppedLeases(state, job)));

/** Leases that are put off, and those of replicas that a job drops or has dropped, do not hold up the others. */
function notWaitedFor(state: State, proposal: Proposal, job: Job): ReadonlySet<string> {
  const skip = new Set(proposal.deferred);
  for (const id of droppedLeases(state, job)) skip.add(id);
  if (!proposal.replicas.has(job.request.id)) return skip;
  for (const [id, grant] of proposal.grants) if (grant === null && job.leases.has(id)) skip.add(id);
  return skip;
}

function jobsTouched(state: State, proposal: Proposal): readonly Job[] {
  const ids = new Set<string>([...proposal.pauseNs.keys(), ...proposal.replicas.keys(), ...proposal.ranks.keys()]);
  for (const id of proposal.grants.keys()) {
    const job = state.leases.get(id)?.request.job;
    if (job != null) ids.add(job);
  }
  return [...ids].sort().flatMap((id) => state.jobs.get(id) ?? []);
}

/** Expected rest of a job's run at its present step. */
const restNs = (job: Job, step: number): number => Math.max(0, job.request.steps - job.steps) * step;

export function priceOf(state: State, proposal: Proposal, expectedNs: number): Price {
  const effects: JobEffect[] = [];
  let lostGpuS = 0;
  for (const job of jobsTouched(state, proposal)) {
    const beforeNs = stepNowNs(state, job);
    const shares = sharesOf(state, job, (id) => (proposal.grants.has(id) ? proposal.grants.get(id) ?? null : state.leases.get(id)?.grant ?? null), notWaitedFor(state, proposal, job));
    const afterNs = stepNs(job.request.profile, shares);
    const pauseNs = proposal.pauseNs.get(job.request.id) ?? 0;
    const replicaShare = (proposal.replicas.get(job.request.id) ?? job.replicas) / job.replicas;
    const speed = Number.isFinite(afterNs) ? Math.min(1, (Number.isFinite(beforeNs) ? beforeNs : afterNs) / afterNs) * replicaShare : 0;
    const lastsNs = Math.min(expectedNs, restNs(job, Number.isFinite(beforeNs) ? beforeNs : job.stepNs));
    lostGpuS += (job.ranks.length * (pauseNs + lastsNs * (1 - speed))) / 1e9;
    effects.push({ job: job.request.id, stepBeforeNs: Number.isFinite(beforeNs) ? beforeNs : job.stepNs, stepAfterNs: Number.isFinite(afterNs) ? afterNs : null, pauseNs });
  }
  return { lostGpuS, expectedNs, effects, extraW: proposal.extraW };
}

/** Weighted Gb/s that leases lose: the tie-breaker between plans that cost jobs the same. */
export function lostWeight(state: State, proposal: Proposal): number {
  let lost = 0;
  for (const [id, grant] of proposal.grants) {
    const lease = state.leases.get(id);
    if (lease === undefined || proposal.deferred.has(id)) continue;
    lost += Math.max(0, (lease.grant?.rateGbps ?? 0) - (grant?.rateGbps ?? 0)) * state.policy.classes[lease.request.trafficClass].weight;
  }
  return lost;
}
