/** The phase timeline of a job on a cluster: its step timed on the real routes (or in closed form), unrolled, and priced. */

import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { PacedDemand } from '../traffic/background-demand.ts';
import { checkpointDemand, datasetDemand, moveDemand, siteSyncDemand, weightLoadDemand } from '../traffic/background-demand.ts';
import { defaultCalibration } from '../traffic/calibration.ts';
import { acceleratorMtbfH, checkpointState, hostCopyGbps, planCheckpoints, restartS, storageRateGbps } from '../traffic/checkpoint.ts';
import type { ClassValue } from '../traffic/class-value.ts';
import { classValues } from '../traffic/class-value.ts';
import { memoryUse, refuseMemory } from '../traffic/memory.ts';
import { countParameters } from '../traffic/model.ts';
import type { NetworkView } from '../traffic/network-view.ts';
import { planGpus } from '../traffic/parallel-plan.ts';
import { communicationPhases } from '../traffic/phases.ts';
import { localParameters } from '../traffic/shard-size.ts';
import { computeParts, phaseDurations } from '../traffic/step-time.ts';
import type { JobTimeline } from '../traffic/timeline/job-timeline.ts';
import { jobTimeline } from '../traffic/timeline/job-timeline.ts';
import { networkView } from './fabric-view.ts';
import type { SkewResult, SkewSource } from './skew.ts';
import { runSkew } from './skew.ts';
import type { TrainingJob } from './training-run.ts';
import { runTraining } from './training-run.ts';

/** Traffic beside the steps that a job has only where someone says so. */
export interface AskedTraffic {
  /** So many sites, each running the whole plan, all-reduce what changed after `innerSteps` steps; `overlapSteps` may pass until it is used. */
  readonly siteSync: { readonly sites: number; readonly innerSteps: number; readonly overlapSteps: number } | null;
  /** Bits that every accelerator's host moves a share of, in the background. */
  readonly move: { readonly bits: number; readonly deadlineS: number } | null;
}

export interface TimelineQuestion {
  readonly job: TrainingJob;
  /** `engine` streams every collective over the fabric; `closedForm` does not. */
  readonly timing: 'engine' | 'closedForm';
  /** Uneven expert load; its exchanges are timed in closed form. */
  readonly skew: SkewSource | null;
  /** Nothing more than every job has, when absent. */
  readonly asked?: AskedTraffic;
}

export interface TimelineRun {
  readonly timeline: JobTimeline;
  /** Of each phase the highest tier its flows cross; in closed form, the tier it is placed on. */
  readonly tiers: readonly string[];
  readonly classes: readonly ClassValue[];
  /** What the job sends beside its steps: checkpoints that drain until the next one, the tokens of the next step, weights at its start, and what was asked. */
  readonly beside: readonly PacedDemand[];
  readonly skew: SkewResult | null;
}

/** What one site adds to another in its outer step: 32-bit differences (DiLoCo, arXiv 2311.08105). */
const syncBytesPerParameter = 4;

/**
 * Checkpoints at Daly's interval with the published failure and storage rates, copied by way of host memory; tokens of 4 bytes;
 * 16-bit weights into every accelerator within the time a restart takes.
 */
function besideTheStep({ model, plan }: TrainingJob, stepS: number, network: NetworkView, asked: AskedTraffic | undefined): readonly PacedDemand[] {
  const gpus = planGpus(plan);
  const state = checkpointState(model, plan);
  const planned = planCheckpoints({
    state, mtbfS: (acceleratorMtbfH.value / gpus) * 3600, restartS: restartS.value, storageGbps: storageRateGbps.value, writerGbps: network.scaleOut.rateGbps, hostCopyGbps: hostCopyGbps.value, intervalS: null,
  });
  const local = localParameters(model, plan);
  const siteSync = asked?.siteSync ?? null;
  const move = asked?.move ?? null;
  return [
    checkpointDemand(state, planned),
    ...(siteSync === null ? [] : [siteSyncDemand({ ...siteSync, parameters: countParameters(model).total, bytesPerParameter: syncBytesPerParameter, stepS, sendersPerSite: gpus })]),
    datasetDemand({ tokensPerStep: plan.globalBatch * model.seq, bytesPerToken: 4, stepS, readers: gpus }),
    weightLoadDemand({ parameters: local.dense + local.experts, bytesPerParameter: 2, replicas: gpus, senders: gpus, deadlineS: restartS.value }),
    ...(move === null ? [] : [moveDemand({ ...move, senders: gpus })]),
  ];
}

/** Refused when the job does not fit, has no route with light, or has more slots than are unrolled. */
export function runTimeline(cluster: CompiledCluster, { job, timing, skew, asked }: TimelineQuestion): TimelineRun | Refusal {
  const { plan, accelerator } = job;
  const tooLarge = refuseMemory(memoryUse(job.model, plan, accelerator), plan);
  if (tooLarge !== null) return tooLarge;
  const network = networkView(cluster);
  const phases = communicationPhases(job.model, plan, network, defaultCalibration);
  const run = timing === 'engine' ? runTraining(cluster, job) : null;
  if (isRefusal(run)) return run;
  const timed = run?.durations ?? phaseDurations(phases, network, defaultCalibration);
  const uneven = skew === null ? null : runSkew(cluster, job, skew);
  if (isRefusal(uneven)) return uneven;
  const durations = timed.map((duration, at) => (phases[at]?.op === 'allToAll' ? uneven?.durations[at] ?? duration : duration));
  const compute = computeParts(uneven?.busiestModel ?? job.model, plan, accelerator, { scaleUpSize: network.scaleUp.size });
  const timeline = jobTimeline({ plan, compute, phases, durations, contention: defaultCalibration.network.contention });
  if (isRefusal(timeline)) return timeline;
  const tiers = run?.phases.map((phase) => phase.tier) ?? timed.map((duration) => duration.tier);
  return { timeline, tiers, classes: classValues(phases, timeline.phases.map((phase) => phase.value)), beside: besideTheStep(job, timeline.stepNs / 1e9, network, asked), skew: uneven };
}
