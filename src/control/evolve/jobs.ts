/** Folds the facts of jobs: admitted, progress, held, shifted, resized, moved, ended. */

import type { Fact } from '../fact.ts';
import { beginInterleaving, endInterleaving } from '../jobs/interleaving.ts';
import type { Job, State } from '../state.ts';

type JobFact = Extract<Fact, { kind: 'jobAdmitted' | 'jobProgressed' | 'jobHeld' | 'jobShifted' | 'jobResized' | 'jobMoved' | 'jobEnded' }>;

/** Turns that jobs take begin and end. */
export function evolveInterleavings(state: State, fact: Extract<Fact, { kind: 'interleaved' | 'interleavingEnded' }>, stamp: { readonly n: number; readonly atNs: number }): string | null {
  if (fact.kind === 'interleaved') return beginInterleaving(state, fact.interleaving, stamp);
  if (!state.interleavings.has(fact.of)) return `no interleaving ${fact.of} stands`;
  endInterleaving(state, fact.of);
  return null;
}

/** No two jobs share an accelerator. */
function occupy(state: State, ranks: readonly number[], isBusy: 0 | 1): void {
  for (const rank of ranks) state.busyRanks[rank] = isBusy;
}

function admit(state: State, { job: request }: Extract<JobFact, { kind: 'jobAdmitted' }>, atNs: number): string | null {
  if (state.jobs.has(request.id)) return `job ${request.id} is admitted already`;
  occupy(state, request.ranks, 1);
  state.jobs.set(request.id, {
    request, admittedNs: atNs, ranks: request.ranks, replicas: request.replicas, steps: 0, stepNs: 0, reportedNs: atNs, shiftNs: 0, interleaving: null, restarts: 0, held: null, leases: new Set(),
  });
  return null;
}

/** Its leases follow: an end that was the job's rank i becomes its new rank i. */
function move(state: State, job: Job, fact: Extract<JobFact, { kind: 'jobMoved' }>): void {
  const newRank = new Map(job.ranks.map((rank, at) => [rank, fact.ranks[at] ?? rank]));
  for (const id of job.leases) {
    const lease = state.leases.get(id);
    if (lease === undefined) continue;
    const { fromRank, toRank } = lease.request;
    lease.request = { ...lease.request, fromRank: newRank.get(fromRank) ?? fromRank, toRank: newRank.get(toRank) ?? toRank };
  }
  occupy(state, job.ranks, 0);
  occupy(state, fact.ranks, 1);
  job.ranks = fact.ranks;
  if (fact.restarts) job.restarts += 1;
}

export function evolveJobs(state: State, fact: JobFact, atNs: number): string | null {
  if (fact.kind === 'jobAdmitted') return admit(state, fact, atNs);
  const job = state.jobs.get(fact.id);
  if (job === undefined) return `no job ${fact.id} is admitted`;
  switch (fact.kind) {
    case 'jobProgressed':
      job.steps = fact.steps;
      job.stepNs = fact.stepNs;
      job.reportedNs = atNs;
      return null;
    case 'jobHeld': job.held = fact.refusal; return null;
    case 'jobShifted': job.shiftNs += fact.byNs; return null;
    // A job that changes its size or place has other steps and other windows: it leaves its turn, and `decideTurns` ends that of its partners.
    case 'jobResized':
      job.replicas = fact.replicas;
      job.interleaving = null;
      return null;
    case 'jobMoved':
      move(state, job, fact);
      job.interleaving = null;
      return null;
    case 'jobEnded':
      if (job.leases.size > 0) return `job ${fact.id} ends before ${job.leases.size} of its leases`;
      occupy(state, job.ranks, 0);
      state.jobs.delete(fact.id);
      return null;
  }
}
