/** The leases of a job themselves: prices, standstills and moves ask for all of them again and again, and names would have to be looked up each time. */

import type { Job, Lease, State } from '../state.ts';

/** Kept by job until one of its leases comes or goes. */
const known = new WeakMap<Job, readonly Lease[]>();

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

/** To be told by whoever gives a job a lease or takes one from it. */
export const noteJobLeases = (job: Job): void => void known.delete(job);
