/**
 * When in its step a job may send in each class, as its profile tells.
 *
 * The step is that of `combineStep`, from left to right: what the parameter gather shows, the pipeline, what collectives at the end
 * of the step show, the optimiser (`traffic/timeline/job-timeline.ts` unrolls the same step with its parallel plan, which a profile
 * does not have). A window holds every time at which any stage may send: traffic of each microbatch anywhere in the pipeline, and
 * traffic at the edges earlier or later by the bubble, because stages begin and end one after another.
 */

import { combineStep, phaseExposure } from '../../traffic/combine-step.ts';
import type { PhaseDuration } from '../../traffic/combine-step.ts';
import type { SendingWindow } from '../../plan/phases/interleave.ts';
import type { ClassShares, StepProfile } from '../job.ts';

export interface StepWindows {
  readonly stepNs: number;
  readonly windows: readonly SendingWindow[];
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Classes whose traffic comes when users ask, not when a step is so far. */
const unpaced: ReadonlySet<string> = new Set(['inferenceFanout']);

/** The windows of a job's step while its classes get these shares of their light; `null` where nothing paces what it sends, or a step never ends. */
export function stepWindows({ compute, phases, durations, contention }: StepProfile, shares: ClassShares): StepWindows | null {
  if (phases.some(({ trafficClass }) => unpaced.has(trafficClass))) return null;
  const stretched = durations.map((duration, at): PhaseDuration => {
    const share = shares[phases[at]?.trafficClass ?? 'background'] ?? 1;
    return { ...duration, timeNs: duration.latencyNs + (duration.timeNs - duration.latencyNs) / share };
  });
  const stepNs = combineStep(compute, phases, stretched, { contention }).stepS * 1e9;
  if (!Number.isFinite(stepNs) || stepNs <= 0) return null;
  const { perStepNs } = phaseExposure(compute, phases, stretched, { contention });
  const isGather = (at: number): boolean => phases[at]?.trafficClass === 'parameterSync';
  const shownNs = (gathers: boolean): number => sumOf(perStepNs.filter((_, at) => isGather(at) === gathers));
  const pipelineNs = { startNs: shownNs(true), endNs: stepNs - compute.otherNs - shownNs(false) };
  const imbalanceNs = compute.microbatches * (compute.busiestStageNs - compute.meanStageNs);
  const bubbleNs = Math.max(0, compute.bubbleMicrobatches * compute.meanStageNs + imbalanceNs);
  const windows: SendingWindow[] = [];
  let [gatherNs, reduceNs] = [0, pipelineNs.endNs];
  phases.forEach(({ trafficClass, perMicrobatch, perStep }, at) => {
    if (perMicrobatch > 0) windows.push({ trafficClass, startNs: pipelineNs.startNs, durationNs: pipelineNs.endNs - pipelineNs.startNs });
    if (perStep <= 0) return;
    const [durationNs, exposedNs] = [perStep * (stretched[at]?.timeNs ?? 0), perStepNs[at] ?? 0];
    if (isGather(at)) {
      windows.push({ trafficClass, startNs: gatherNs, durationNs: durationNs + bubbleNs });
      gatherNs += exposedNs;
    } else {
      const fromNs = Math.max(0, reduceNs - (durationNs - exposedNs) - bubbleNs);
      windows.push({ trafficClass, startNs: fromNs, durationNs: reduceNs + exposedNs - fromNs });
      reduceNs += exposedNs;
    }
  });
  return { stepNs, windows };
}
