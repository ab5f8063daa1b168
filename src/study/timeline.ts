/** The phase timeline of a job on a cluster: its step timed on the real routes (or in closed form), unrolled, and priced. */

import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import { defaultCalibration } from '../traffic/calibration.ts';
import type { ClassValue } from '../traffic/class-value.ts';
import { classValues } from '../traffic/class-value.ts';
import type { PhaseDuration } from '../traffic/combine-step.ts';
import { memoryUse, refuseMemory } from '../traffic/memory.ts';
import { networkTiers } from '../traffic/network-view.ts';
import { communicationPhases } from '../traffic/phases.ts';
import { computeParts, phaseDurations } from '../traffic/step-time.ts';
import type { JobTimeline } from '../traffic/timeline/job-timeline.ts';
import { jobTimeline } from '../traffic/timeline/job-timeline.ts';
import { networkView } from './fabric-view.ts';
import type { SkewResult, SkewSource } from './skew.ts';
import { runSkew } from './skew.ts';
import type { TrainingJob } from './training-run.ts';
import { runTraining } from './training-run.ts';

export interface TimelineQuestion {
  readonly job: TrainingJob;
  /** `engine` streams every collective over the fabric; `closedForm` does not. */
  readonly timing: 'engine' | 'closedForm';
  /** Uneven expert load; its exchanges are timed in closed form. */
  readonly skew: SkewSource | null;
}

export interface TimelineRun {
  readonly timeline: JobTimeline;
  readonly classes: readonly ClassValue[];
  readonly skew: SkewResult | null;
}

/** Engine durations of all phases; refused as `runTraining` refuses. */
function engineDurations(cluster: CompiledCluster, job: TrainingJob): readonly PhaseDuration[] | Refusal {
  const run = runTraining(cluster, job);
  if (isRefusal(run)) return run;
  return run.phases.map(({ latencyNs, streamingNs, tier }) => {
    const found = networkTiers.find((name) => name === tier);
    if (found === undefined) throw new RangeError(`unknown tier ${tier}`);
    return { timeNs: latencyNs + streamingNs, latencyNs, tier: found };
  });
}

/** Refused when the job does not fit, has no route with light, or has more slots than are unrolled. */
export function runTimeline(cluster: CompiledCluster, { job, timing, skew }: TimelineQuestion): TimelineRun | Refusal {
  const { plan, accelerator } = job;
  const tooLarge = refuseMemory(memoryUse(job.model, plan, accelerator), plan);
  if (tooLarge !== null) return tooLarge;
  const network = networkView(cluster);
  const phases = communicationPhases(job.model, plan, network, defaultCalibration);
  const timed = timing === 'engine' ? engineDurations(cluster, job) : phaseDurations(phases, network, defaultCalibration);
  if (isRefusal(timed)) return timed;
  const uneven = skew === null ? null : runSkew(cluster, job, skew);
  if (isRefusal(uneven)) return uneven;
  const durations = timed.map((duration, at) => (phases[at]?.op === 'allToAll' ? uneven?.durations[at] ?? duration : duration));
  const compute = computeParts(uneven?.busiestModel ?? job.model, plan, accelerator, { scaleUpSize: network.scaleUp.size });
  const timeline = jobTimeline({ plan, compute, phases, durations, contention: defaultCalibration.network.contention });
  if (isRefusal(timeline)) return timeline;
  return { timeline, classes: classValues(phases, timeline.phases.map((phase) => phase.value)), skew: uneven };
}
