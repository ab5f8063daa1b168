/** Decides on jobs: admitted with light for every demand or not at all, followed by their reports, held while a class they wait for is dark. */

import type { Refusal } from '../../base/refusal.ts';
import { isRefusal, refuse } from '../../base/refusal.ts';
import { applyChange, undoChange } from '../../plan/admission/lease-book.ts';
import type { Plan } from '../../plan/plan.ts';
import { joinPlans } from '../../plan/plan.ts';
import type { Fact } from '../fact.ts';
import type { JobDemand, JobRequest } from '../job.ts';
import { jobProblem } from '../jobs/check-job.ts';
import { standstill } from '../jobs/class-shares.ts';
import { admitAsk, askOf, grantReason } from '../leases/admission.ts';
import type { LeaseRequest, Reading } from '../reading.ts';
import type { Lease, State } from '../state.ts';
import { endLeases } from './leases.ts';

type Of<K extends Reading['kind']> = Extract<Reading, { kind: K }>;

/** A demand as a lease that stands as long as the policy lets one; it is renewed while the job runs. */
function leaseOf(state: State, job: JobRequest, demand: JobDemand, at: { readonly index: number; readonly atNs: number }): LeaseRequest {
  const { trafficClass, fromRank, toRank, rateGbps } = demand;
  return {
    id: `${job.id}/${trafficClass}/${at.index}`, tenant: job.tenant, job: job.id, trafficClass, fromRank, toRank, rateGbps, bits: null,
    floorGbps: state.policy.classes[trafficClass].floorShare * rateGbps, startNs: at.atNs, endNs: at.atNs + state.policy.lease.windowMaxNs,
  };
}

function lightForOne(state: State, request: LeaseRequest): Plan | Refusal {
  const ask = askOf(state, request);
  if (ask === null) return refuse('no-way', 'wait', `No present route leads from rank ${request.fromRank} to rank ${request.toRank}.`);
  const answer = admitAsk(state, ask);
  return isRefusal(answer) ? refuse(answer.code, answer.remedy, ...answer.reasons) : answer.plan;
}

/** Light for every demand, highest class first; a demand without it refuses the job. The calendars are written as each is granted and put back at the end. */
function lightFor(state: State, requests: readonly LeaseRequest[]): Plan | Refusal {
  const made: Plan[] = [];
  const priority = (request: LeaseRequest): number => state.policy.classes[request.trafficClass].priority;
  let refusal: Refusal | null = null;
  for (const request of requests.toSorted((a, b) => priority(a) - priority(b))) {
    const plan = lightForOne(state, request);
    if (isRefusal(plan)) {
      refusal = plan;
      break;
    }
    for (const change of plan.changes) applyChange(state.book, change);
    made.push(plan);
  }
  for (const { changes } of made.toReversed()) for (const change of changes.toReversed()) undoChange(state.book, change);
  return refusal ?? joinPlans(...made);
}

export function decideJobAsked(state: State, atNs: number, { job }: Of<'jobAsked'>): readonly Fact[] {
  const problem = jobProblem(state, job);
  if (problem !== null) return [{ kind: 'jobRefused', id: job.id, refusal: problem }];
  const requests = job.demands.map((demand, index) => leaseOf(state, job, demand, { index, atNs }));
  const taken = requests.find(({ id }) => state.leases.has(id));
  if (taken !== undefined) return [{ kind: 'jobRefused', id: job.id, refusal: refuse('duplicate-lease', 'never', `A lease ${taken.id} stands already.`) }];
  const light = lightFor(state, requests);
  if (isRefusal(light)) {
    const { code, remedy, reasons } = light;
    return [{ kind: 'jobRefused', id: job.id, refusal: refuse(code, remedy, `Job ${job.id} is not admitted, because one of its ${requests.length} demands gets no light.`, ...reasons) }];
  }
  const reasons = [`Job ${job.id} gets light for its ${requests.length} demands.`];
  return [
    { kind: 'jobAdmitted', job },
    ...requests.map((request): Fact => ({ kind: 'leaseAccepted', request, endNs: request.endNs })),
    ...(light.changes.length > 0 ? [{ kind: 'planned', plan: { changes: light.changes, reasons }, reason: grantReason(state, `Job ${job.id}`, light) } as const] : []),
  ];
}

const setAside = (refusal: Refusal): readonly Fact[] => [{ kind: 'setAside', refusal }];

const unknownJob = (id: string): readonly Fact[] => setAside(refuse('unknown-job', 'never', `No job ${id} runs here.`));

export function decideJobReported(state: State, _atNs: number, { id, steps, stepNs }: Of<'jobReported'>): readonly Fact[] {
  const job = state.jobs.get(id);
  if (job === undefined) return unknownJob(id);
  if (!Number.isInteger(steps) || steps < 0 || !Number.isFinite(stepNs) || stepNs < 0) return setAside(refuse('impossible-report', 'never', `Job ${id} reports ${steps} steps of ${stepNs} ns.`));
  if (steps < job.steps && job.restarts === 0) return setAside(refuse('stale-report', 'wait', `Job ${id} reports ${steps} steps after ${job.steps}.`));
  return [{ kind: 'jobProgressed', id, steps, stepNs }];
}

export function decideJobEnded(state: State, _atNs: number, { id }: Of<'jobEnded'>): readonly Fact[] {
  const job = state.jobs.get(id);
  if (job === undefined) return unknownJob(id);
  const leases = [...job.leases].flatMap((lease): readonly Lease[] => { const held = state.leases.get(lease); return held === undefined ? [] : [held]; }).sort((a, b) => a.row - b.row);
  return [...endLeases(leases, 'jobEnded', `Job ${id} has ended.`), { kind: 'jobEnded', id }];
}

/** Jobs that a fact stopped or set going again: by its changes, or because a lease of theirs is waited for no more (`bereft` of it). */
export function followJobs(state: State, body: Fact, bereft: string | null): readonly Fact[] {
  const changes = body.kind === 'decided' ? body.decision.plan.changes : body.kind === 'planned' ? body.plan.changes : body.kind === 'rolledBack' ? body.changes : [];
  const touched = new Set<string>();
  for (const change of changes) {
    const job = change.kind === 'move' ? change.to.job : change.kind === 'add' || change.kind === 'drop' ? change.grant.job : null;
    if (job !== null) touched.add(job);
  }
  // Which replicas count as those that were dropped hangs on which leases are dark: without one of them it may be others.
  const loser = body.kind === 'leaseEnded' && (body.why === 'released' || body.why === 'preempted') ? state.jobs.get(bereft ?? '') : undefined;
  if (loser !== undefined && loser.replicas < loser.request.replicas) touched.add(loser.request.id);
  return [...touched].sort().flatMap((id): readonly Fact[] => {
    const job = state.jobs.get(id);
    if (job === undefined) return [];
    const refusal = standstill(state, job);
    // Only a standstill for want of light ends by itself.
    const isHeldForLight = job.held?.code === 'no-light';
    if (refusal === null) return isHeldForLight ? [{ kind: 'jobHeld', id, refusal: null }] : [];
    return job.held === null ? [{ kind: 'jobHeld', id, refusal }] : [];
  });
}
