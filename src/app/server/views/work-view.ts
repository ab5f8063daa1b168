/** Leases and jobs as the API shows them. */

import { stepNs } from '../../../control/job.ts';
import { classShares } from '../../../control/jobs/class-shares.ts';
import { phaseOf } from '../../../control/jobs/interleaving.ts';
import { askedGbps } from '../../../control/lease-terms.ts';
import type { LeaseRequest } from '../../../control/reading.ts';
import type { Job, Lease, State } from '../../../control/state.ts';
import { combineStep } from '../../../traffic/combine-step.ts';
import type { TrafficClassName } from '../../../traffic/classes.ts';
import { trafficClassNames } from '../../../traffic/classes.ts';
import type { Refusal } from '../../../base/refusal.ts';
import type { LeaseRequestBody, LeaseView, JobView } from '../../contract/work.ts';
import type { LogIndex } from '../log-index.ts';
import { linkName } from './component-view.ts';

export const refusalView = ({ code, remedy, reasons }: Refusal): { code: string; remedy: Refusal['remedy']; reasons: string[] } => ({ code, remedy, reasons: [...reasons] });

export function leaseView(state: State, index: LogIndex, lease: Lease): LeaseView {
  const { request, endNs, grant, promised } = lease;
  const held = grant ?? promised;
  const { id, tenant, job, trafficClass, fromRank, toRank, startNs } = request;
  return {
    id, tenant, job, trafficClass, fromRank, toRank, askedGbps: Number.isFinite(askedGbps(request)) ? askedGbps(request) : null, grantedGbps: grant?.rateGbps ?? 0,
    floorGbps: held?.floorGbps ?? request.floorGbps, startNs, endNs,
    paths: (held?.paths ?? []).map(({ links, wavelengths, rateGbps }) => ({
      links: [...links], names: links.map((link) => linkName(state.plant, link)), wavelengths: wavelengths.map((rows) => [...rows]), rateGbps,
    })),
    version: index.data.leases.get(id) ?? 0,
  };
}

/** A counter-offer as a request that may be sent back as it is. */
export const offerView = ({ id, tenant, job, trafficClass, fromRank, toRank, rateGbps, bits, floorGbps, startNs, endNs }: LeaseRequest): LeaseRequestBody =>
  ({ id, tenant, job, trafficClass, fromRank, toRank, rateGbps, bits, floorGbps, startNs, endNs });

/** Time of a job's step by what its leases hold, ns; Infinity while it stands. */
export const jobStepNs = (state: State, job: Job): number => (job.held === null ? stepNs(job.request.profile, classShares(state, job)) + (phaseOf(state, job)?.holdNs ?? 0) : Infinity);

/** Seconds that each collective shows in the step while its class has a share of its light. */
function exposedSeconds({ request: { profile } }: Job, shares: Partial<Record<TrafficClassName, number>>): ReadonlyMap<string, number> {
  const durations = profile.durations.map((duration, at) => {
    const share = shares[profile.phases[at]?.trafficClass ?? 'background'] ?? 1;
    return { ...duration, timeNs: share > 0 ? duration.latencyNs + (duration.timeNs - duration.latencyNs) / share : duration.timeNs };
  });
  return new Map(combineStep(profile.compute, profile.phases, durations, { contention: profile.contention }).exposed.map(({ name, seconds }) => [name, seconds]));
}

function phaseRows(job: Job, shares: Partial<Record<TrafficClassName, number>>): JobView['phases'] {
  const [now, asked] = [exposedSeconds(job, shares), exposedSeconds(job, {})];
  return job.request.profile.phases.map(({ name, trafficClass }) => ({
    name, trafficClass, exposedS: now.get(name) ?? 0, exposedAskedS: asked.get(name) ?? 0, share: Math.min(1, shares[trafficClass] ?? 1),
  }));
}

function turnView(state: State, job: Job): JobView['turn'] {
  const phase = phaseOf(state, job);
  if (phase === null || job.interleaving === null) return null;
  const partners = state.interleavings.get(job.interleaving)?.jobs.map((one) => one.job).filter((id) => id !== job.request.id) ?? [];
  return { with: partners, startNs: phase.startNs, stepS: phase.stepNs / 1e9, holdS: phase.holdNs / 1e9 };
}

export function jobView(state: State, index: LogIndex, job: Job): JobView {
  const { request, ranks, replicas, steps, restarts, shiftNs, held } = job;
  const shares = classShares(state, job);
  const now = jobStepNs(state, job);
  const asked = stepNs(request.profile, {});
  const replicaShare = replicas / request.replicas;
  return {
    id: request.id, tenant: request.tenant, gpus: ranks.length, ranks: [...ranks], replicas, replicasAsked: request.replicas, steps, stepsAsked: request.steps,
    stepS: Number.isFinite(now) ? now / 1e9 : null, stepAskedS: asked / 1e9,
    // Progress lost is the share of a second's work that is not done, on all of its accelerators.
    losingGpuS: ranks.length * (1 - (Number.isFinite(now) ? asked / now : 0) * replicaShare),
    restarts, shiftS: shiftNs / 1e9, turn: turnView(state, job), held: held === null ? null : refusalView(held), phases: phaseRows(job, shares),
    leases: job.leases.size, shortLeases: [...job.leases].reduce((sum, id) => sum + (state.short.has(id) ? 1 : 0), 0), version: index.data.jobs.get(request.id) ?? 0,
  };
}

/** Leases of each class: how many, how many short of light, asked and granted. */
export function classSummary(state: State): { trafficClass: TrafficClassName; leases: number; short: number; askedGbps: number; grantedGbps: number }[] {
  const rows = trafficClassNames.map((trafficClass) => ({ trafficClass, leases: 0, short: 0, askedGbps: 0, grantedGbps: 0 }));
  for (const [id, { request, grant }] of state.leases) {
    const row = rows[trafficClassNames.indexOf(request.trafficClass)];
    if (row === undefined) continue;
    row.leases += 1;
    if (state.short.has(id)) row.short += 1;
    row.askedGbps += askedGbps(request);
    row.grantedGbps += grant?.rateGbps ?? 0;
  }
  return rows;
}
