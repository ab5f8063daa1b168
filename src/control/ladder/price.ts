/**
 * What a proposal costs: accelerator-seconds of progress lost by all jobs until the cause is expected to be gone.
 *
 * A job whose step grows from a to b loses the share 1 - a / b of the time in which it runs so, and a pause loses all of it. A job
 * that drops replicas loses their share. Both end with the job when it would be done sooner. Light of leases without a job moves no
 * step; it only breaks ties, weighted as the policy weighs classes.
 */

import type { Grant } from '../../plan/plan.ts';
import type { JobEffect, Price } from '../decision.ts';
import type { ClassShares, StepProfile } from '../job.ts';
import { stepNs } from '../job.ts';
import { phaseOf, sendsGbps } from '../jobs/interleaving.ts';
import type { JobPhase } from '../jobs/interleaving.ts';
import { askedOf, reducedLeases, shareOf } from '../jobs/job-leases.ts';
import { droppedLeases } from '../jobs/replicas.ts';
import type { Job, Lease, State } from '../state.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import type { Proposal } from './proposal.ts';

/** Leases of one job that change, and what each of them is granted after. */
interface Changed {
  readonly leases: Lease[];
  readonly grants: (Grant | null)[];
}
const unchanged: Changed = { leases: [], grants: [] };
const nobody: Proposal['grants'] = new Map();

/** Of one job: what of its leases changes, everything that does, by name, and leases that nobody waits for. */
interface Asked {
  readonly changed: Changed;
  readonly all: Proposal['grants'];
  readonly skip: ReadonlySet<string>;
}

/** The least share of what was asked, by class, over a job's leases: of those that change, and of the others that are short of light. */
function sharesOf(state: State, job: Job, { changed: { leases, grants }, all, skip }: Asked): ClassShares {
  const shares: ClassShares = {};
  const phase = phaseOf(state, job);
  for (const lease of reducedLeases(state, job)) {
    const { id, trafficClass } = lease.request;
    if (!all.has(id) && !skip.has(id)) shares[trafficClass] = Math.min(shares[trafficClass] ?? 1, shareOf(askedOf(lease), sendsGbps(phase, lease)));
  }
  for (let at = 0; at < leases.length; at++) {
    const lease = leases[at];
    if (lease === undefined || skip.has(lease.request.id)) continue;
    const { trafficClass } = lease.request;
    shares[trafficClass] = Math.min(shares[trafficClass] ?? 1, shareOf(askedOf(lease), grants[at]?.rateGbps ?? 0));
  }
  return shares;
}

/** Steps by profile and the shares that its classes get: of many pairs of a job only the slowest of each class counts, so few differ. */
const steps = new WeakMap<StepProfile, Map<string, number>>();
const stepsKeptMax = 256;

function stepAt(profile: StepProfile, shares: ClassShares): number {
  let own = steps.get(profile);
  if (own === undefined) steps.set(profile, (own = new Map()));
  const key = trafficClassNames.map((name) => shares[name] ?? 1).join(' ');
  let step = own.get(key);
  if (step !== undefined) return step;
  if (own.size >= stepsKeptMax) own.clear();
  own.set(key, (step = stepNs(profile, shares)));
  return step;
}

/** The last step that a job told of, and before its first report that of its profile with all its light. */
export const lastStepNs = (job: Job): number => (job.stepNs > 0 ? job.stepNs : stepAt(job.request.profile, {}));

/** Time of a job's step with what its leases hold now. */
export const stepNowNs = (state: State, job: Job): number => stepAt(job.request.profile, sharesOf(state, job, { changed: unchanged, all: nobody, skip: droppedLeases(state, job) })) + (phaseOf(state, job)?.holdNs ?? 0);

/** Leases that are put off, and those of replicas that a job drops or has dropped, do not hold up the others. */
function notWaitedFor(state: State, proposal: Proposal, { job, changed }: Touched): ReadonlySet<string> {
  const dropped = droppedLeases(state, job);
  const isShrunk = proposal.replicas.has(job.request.id);
  if (dropped.size === 0 && !isShrunk) return proposal.deferred;
  const skip = new Set([...proposal.deferred, ...dropped]);
  if (isShrunk) changed.leases.forEach(({ request: { id } }, at) => {
    if (changed.grants[at] === null && job.leases.has(id)) skip.add(id);
  });
  return skip;
}

/** Grants after, at what partners lend to them. */
function lent({ leases, grants }: Changed, { burstGbps }: JobPhase): Changed {
  return { leases, grants: grants.map((grant) => (grant === null ? null : { ...grant, rateGbps: Math.max(grant.rateGbps, burstGbps[grant.id] ?? 0) })) };
}

interface Touched {
  readonly job: Job;
  readonly changed: Changed;
}

/** Jobs by name, with what changes of their leases. */
function jobsTouched(state: State, proposal: Proposal): readonly Touched[] {
  const changes = new Map<string, Changed>();
  const changesOf = (id: string): Changed => {
    let own = changes.get(id);
    if (own === undefined) changes.set(id, (own = { leases: [], grants: [] }));
    return own;
  };
  for (const ids of [proposal.pauseNs, proposal.replicas, proposal.ranks]) for (const id of ids.keys()) changesOf(id);
  let at = 0;
  for (const grant of proposal.grants.values()) {
    const lease = proposal.leases[at++] ?? null;
    if (lease === null || lease.request.job === null) continue;
    const own = changesOf(lease.request.job);
    own.leases.push(lease);
    own.grants.push(grant);
  }
  return [...changes.keys()].sort().flatMap((id): readonly Touched[] => {
    const job = state.jobs.get(id);
    return job === undefined ? [] : [{ job, changed: changesOf(id) }];
  });
}

/** Expected rest of a job's run at its present step. */
const restNs = (job: Job, step: number): number => Math.max(0, job.request.steps - job.steps) * step;

export function priceOf(state: State, proposal: Proposal, expectedNs: number): Price {
  const effects: JobEffect[] = [];
  let lostGpuS = 0;
  for (const touched of jobsTouched(state, proposal)) {
    const { job, changed } = touched;
    const beforeNs = stepNowNs(state, job);
    const phase = proposal.interleaving?.jobs.find((one) => one.job === job.request.id) ?? null;
    const after = sharesOf(state, job, { changed: phase === null ? changed : lent(changed, phase), all: proposal.grants, skip: notWaitedFor(state, proposal, touched) });
    const afterNs = stepAt(job.request.profile, after) + (phase?.holdNs ?? 0);
    const pauseNs = proposal.pauseNs.get(job.request.id) ?? 0;
    const replicaShare = (proposal.replicas.get(job.request.id) ?? job.replicas) / job.replicas;
    const speed = Number.isFinite(afterNs) ? Math.min(1, (Number.isFinite(beforeNs) ? beforeNs : afterNs) / afterNs) * replicaShare : 0;
    const stepBeforeNs = Number.isFinite(beforeNs) ? beforeNs : lastStepNs(job);
    const lastsNs = Math.min(expectedNs, restNs(job, stepBeforeNs));
    lostGpuS += (job.ranks.length * (pauseNs + lastsNs * (1 - speed))) / 1e9;
    effects.push({ job: job.request.id, stepBeforeNs, stepAfterNs: Number.isFinite(afterNs) ? afterNs : null, pauseNs });
  }
  return { lostGpuS, expectedNs, effects, extraW: proposal.extraW };
}

/** Weighted Gb/s that leases lose: the tie-breaker between plans that cost jobs the same. */
export function lostWeight(state: State, proposal: Proposal): number {
  let lost = 0;
  let at = 0;
  for (const grant of proposal.grants.values()) {
    const lease = proposal.leases[at++] ?? null;
    if (lease === null || proposal.deferred.has(lease.request.id)) continue;
    lost += Math.max(0, (lease.grant?.rateGbps ?? 0) - (grant?.rateGbps ?? 0)) * state.policy.classes[lease.request.trafficClass].weight;
  }
  return lost;
}
