/** What a job gets of what it asked for, by class, and whether its step can still end. */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { countText } from '../../base/number-text.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { stepNs } from '../job.ts';
import { askedGbps } from '../lease-terms.ts';
import type { Job, State } from '../state.ts';
import { phaseOf, sendsGbps } from './interleaving.ts';
import { leasesOfJob } from './job-leases.ts';
import { droppedLeases } from './replicas.ts';

/** The least share among the leases of each class: a collective ends with its slowest pair. Replicas that were dropped are not waited for. */
export function classShares(state: State, job: Job): Partial<Record<TrafficClassName, number>> {
  const shares: Partial<Record<TrafficClassName, number>> = {};
  const dropped = droppedLeases(state, job);
  const phase = phaseOf(state, job);
  for (const lease of leasesOfJob(state, job)) {
    const { id, trafficClass } = lease.request;
    if (dropped.size > 0 && dropped.has(id)) continue;
    shares[trafficClass] = Math.min(shares[trafficClass] ?? 1, sendsGbps(phase, lease) / askedGbps(lease.request));
  }
  return shares;
}

/** Why a job stands for want of light; `null` while its step ends. */
export function standstill(state: State, job: Job): Refusal | null {
  const shares = classShares(state, job);
  if (stepNs(job.request.profile, shares) < Infinity) return null;
  const dark = [...job.leases].filter((id) => state.leases.get(id)?.grant === null).sort();
  const unlit = `${dark.length} of its ${countText(job.leases.size, 'lease')} ${dark.length === 1 ? 'has' : 'have'} no light`;
  return refuse('no-light', 'wait', `Job ${job.request.id} stands: ${unlit}, ${dark[0] ?? ''} among them. It goes on when light is free.`);
}
