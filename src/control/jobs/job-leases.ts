/** The leases of a job themselves: prices, standstills and moves ask for all of them again and again, and names would have to be looked up each time. */

import { calendarStepGbps } from '../lease-terms.ts';
import type { Job, Lease, State } from '../state.ts';

/** Both are kept by job until one of its leases comes or goes. */
const known = new WeakMap<Job, readonly Lease[]>();
const knownReduced = new WeakMap<Job, Set<Lease>>();

/** In the order in which they were accepted. */
export function leasesOfJob(state: State, job: Job): readonly Lease[] {
  let leases = known.get(job);
  if (leases === undefined) {
    const found: Lease[] = [];
    for (const id of job.leases) {
      const lease = state.leases.get(id);
      if (lease !== undefined) found.push(lease);
    }
    known.set(job, (leases = found));
  }
  return leases;
}

/** Asked rate of a lease: what it names, or what it was given for an amount. */
export const askedOf = ({ request, grant }: Lease): number => request.rateGbps ?? grant?.rateGbps ?? 0;

/** The share of what was asked that a rate is; what calendars round off is no loss. */
export const shareOf = (askedGbps: number, rateGbps: number): number => (rateGbps + calendarStepGbps >= askedGbps ? 1 : rateGbps / askedGbps);

const isReduced = (lease: Lease): boolean => shareOf(askedOf(lease), lease.grant?.rateGbps ?? 0) < 1;

/** Leases of a job with a grant of less than they asked for. A job has thousands of leases and few of these, and only they slow its step. */
export function reducedLeases(state: State, job: Job): ReadonlySet<Lease> {
  let reduced = knownReduced.get(job);
  if (reduced === undefined) knownReduced.set(job, (reduced = new Set(leasesOfJob(state, job).filter(isReduced))));
  return reduced;
}

/** To be told by whoever changes the grant of a lease. */
export function noteGrant(state: State, lease: Lease): void {
  const job = lease.request.job === null ? undefined : state.jobs.get(lease.request.job);
  const reduced = job === undefined ? undefined : knownReduced.get(job);
  if (reduced === undefined) return;
  if (isReduced(lease)) reduced.add(lease);
  else reduced.delete(lease);
}

/** To be told by whoever gives a job a lease or takes one from it. */
export function noteJobLeases(job: Job): void {
  known.delete(job);
  knownReduced.delete(job);
}
