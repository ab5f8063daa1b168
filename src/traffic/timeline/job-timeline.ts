/**
 * One training step unrolled over its pipeline stages: when each burst of each class starts, how long it takes, how late it may end.
 *
 * The step is that of `combineStep`, to the last nanosecond. From left to right: what the parameter gather shows, the pipeline
 * (warm-up, steady, cool-down), what the gradient reduction shows, the optimiser. Inside a slot, what a phase shows stands at
 * the end, in the order of the phases; what hides lies under the compute before. Lighter stages have fewer layers, so their
 * slots and their bursts shrink alike.
 */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { PhaseValue } from '../class-value.ts';
import { phaseValues } from '../class-value.ts';
import { busFactor } from '../collectives/operation.ts';
import type { ComputeParts, PhaseDuration } from '../combine-step.ts';
import { phaseExposure } from '../combine-step.ts';
import type { ParallelPlan } from '../parallel-plan.ts';
import type { CommunicationPhase } from '../phases.ts';
import type { PipelineOrder, SlotTimes } from './pipeline-order.ts';
import { orderPipeline, slotKinds, slotsMax, slotsOf, splitsBackward } from './pipeline-order.ts';
import type { PipelineTimes } from './pipeline-times.ts';
import { pacePipeline, timePipeline } from './pipeline-times.ts';

/** What a step is made of: as `combineStep` takes it, and the plan whose pipeline is unrolled. */
export interface TimedStep {
  readonly plan: ParallelPlan;
  readonly compute: ComputeParts;
  readonly phases: readonly CommunicationPhase[];
  readonly durations: readonly PhaseDuration[];
  readonly contention: number;
}

export type SectionName = 'parameter gather' | 'warm-up' | 'steady' | 'cool-down' | 'gradient reduce' | 'optimiser';

export interface TimelineSection { readonly name: SectionName; readonly startNs: number; readonly endNs: number }

/** Executions of one phase on one stage that follow each other without a pause. */
export interface Burst {
  /** Row of the phase. */
  readonly phase: number;
  readonly stage: number;
  /** The slot it belongs to, -1 at the edges of the step. */
  readonly slot: number;
  readonly executions: number;
  readonly startNs: number;
  readonly endNs: number;
  /** The part at its end that no compute hides. */
  readonly exposedNs: number;
  /** How much later it may end before the step grows. */
  readonly slackNs: number;
}

export interface PhaseSummary {
  readonly value: PhaseValue;
  /** On the busiest stage: first start, last end, all its time, and what of it shows (waits inside the bubble not counted). */
  readonly firstStartNs: number;
  readonly lastEndNs: number;
  readonly executionsPerStep: number;
  readonly busyNs: number;
  readonly exposedNs: number;
  /** Bits that one rank sends in a step. */
  readonly sentBitsPerRank: number;
  /** Least and greatest slack of any burst on any stage. */
  readonly slackMinNs: number;
  readonly slackMaxNs: number;
}

export interface JobTimeline {
  readonly step: TimedStep;
  readonly stepNs: number;
  readonly order: PipelineOrder;
  readonly times: PipelineTimes;
  /** Start of the pipeline in the step; slot times count from here. */
  readonly pipelineStartNs: number;
  readonly sections: readonly TimelineSection[];
  readonly phases: readonly PhaseSummary[];
  /** Bursts of the parameter gather and the gradient reduction, all stages. */
  readonly edgeBursts: readonly Burst[];
}

/** Per microbatch and slot kind, what phases show and take on the busiest stage. */
interface SlotPattern {
  readonly executions: readonly number[];
  readonly timeNs: readonly number[];
  readonly exposedNs: readonly number[];
}

interface Exposure { readonly perMicrobatchNs: readonly number[]; readonly perStepNs: readonly number[] }

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Patterns of forward, backward and weight-gradient slots, one microbatch through all chunks. */
function slotPatterns(step: TimedStep, exposure: Exposure): readonly SlotPattern[] {
  return slotKinds.map((kind) => {
    const shares = step.phases.map((phase) => (kind === 'weights' ? 0 : kind === 'forward' ? phase.forwardShare ?? 0.5 : 1 - (phase.forwardShare ?? 0.5)));
    return {
      executions: step.phases.map((phase, at) => phase.perMicrobatch * (shares[at] ?? 0)),
      timeNs: step.phases.map((phase, at) => phase.perMicrobatch * (shares[at] ?? 0) * (step.durations[at]?.timeNs ?? 0)),
      exposedNs: shares.map((share, at) => share * (exposure.perMicrobatchNs[at] ?? 0)),
    };
  });
}

function slotTimes({ plan, compute }: TimedStep, patterns: readonly SlotPattern[]): SlotTimes {
  const forwardShare = compute.forwardNs / (compute.forwardNs + compute.backwardNs);
  const shown = patterns.map((pattern) => sumOf(pattern.exposedNs));
  const backwardNs = compute.busiestStageNs * (1 - forwardShare);
  // Weight gradients are half of the backward products (Qi et al. 2023, section 2).
  const weightsNs = splitsBackward(plan.schedule) ? backwardNs / 2 : 0;
  return { forwardNs: compute.busiestStageNs * forwardShare + (shown[0] ?? 0), backwardNs: backwardNs - weightsNs + (shown[1] ?? 0), weightsNs };
}

/** The gather comes before the first forward pass; all other traffic that recurs once per step follows the last backward pass. */
const isGather = (phase: CommunicationPhase): boolean => phase.trafficClass === 'parameterSync';

/** First start and last end of each stage's slots. */
function stageEdges(order: PipelineOrder, times: PipelineTimes): { readonly firstNs: Float64Array; readonly lastNs: Float64Array } {
  const firstNs = new Float64Array(order.shape.stages).fill(Infinity);
  const lastNs = new Float64Array(order.shape.stages);
  for (let slot = 0; slot < order.slotCount; slot++) {
    const stage = order.stage[slot] ?? 0;
    firstNs[stage] = Math.min(firstNs[stage] ?? 0, times.startNs[slot] ?? 0);
    lastNs[stage] = Math.max(lastNs[stage] ?? 0, times.endNs[slot] ?? 0);
  }
  return { firstNs, lastNs };
}

/** Gather bursts run from the start of the step into the first forward pass, reduction bursts out of each stage's last backward pass. */
function edgeBursts(step: TimedStep, exposure: Exposure, order: PipelineOrder, times: PipelineTimes, pipelineStartNs: number): readonly Burst[] {
  const bursts: Burst[] = [];
  const { firstNs, lastNs } = stageEdges(order, times);
  for (let stage = 0; stage < order.shape.stages; stage++) {
    let gatherNs = 0;
    let reducedNs = pipelineStartNs + (lastNs[stage] ?? 0);
    for (const [row, phase] of step.phases.entries()) {
      if (phase.perStep === 0) continue;
      const durationNs = phase.perStep * (step.durations[row]?.timeNs ?? 0);
      const exposedNs = exposure.perStepNs[row] ?? 0;
      const common = { phase: row, stage, slot: -1, executions: phase.perStep, exposedNs };
      if (isGather(phase)) {
        // Later stages wait for their first microbatch anyway, so their gather may end as much later.
        bursts.push({ ...common, startNs: gatherNs, endNs: gatherNs + durationNs, slackNs: firstNs[stage] ?? 0 });
        gatherNs += exposedNs;
      } else {
        const hiddenNs = durationNs - exposedNs;
        bursts.push({ ...common, startNs: Math.max(0, reducedNs - hiddenNs), endNs: reducedNs + exposedNs, slackNs: times.spanNs - (lastNs[stage] ?? 0) });
        reducedNs += exposedNs;
      }
    }
  }
  return bursts;
}

/** Warm-up ends with the busiest stage's first backward pass, cool-down begins after its last forward pass. */
function sectionsOf(order: PipelineOrder, times: PipelineTimes, edges: { readonly gatherNs: number; readonly reduceNs: number; readonly otherNs: number }): readonly TimelineSection[] {
  let warmUpNs = times.spanNs;
  let coolDownNs = 0;
  for (let slot = 0; slot < order.slotCount; slot++) {
    if (order.stage[slot] !== 0) continue;
    const kind = slotKinds[order.kind[slot] ?? 0];
    if (kind === 'backward') warmUpNs = Math.min(warmUpNs, times.startNs[slot] ?? 0);
    if (kind === 'forward') coolDownNs = Math.max(coolDownNs, times.endNs[slot] ?? 0);
  }
  const lengths: readonly (readonly [SectionName, number])[] = [
    ['parameter gather', edges.gatherNs], ['warm-up', warmUpNs], ['steady', Math.max(0, coolDownNs - warmUpNs)],
    ['cool-down', times.spanNs - Math.max(warmUpNs, coolDownNs)], ['gradient reduce', edges.reduceNs], ['optimiser', edges.otherNs],
  ];
  let at = 0;
  return lengths.map(([name, length]) => {
    const startNs = at;
    at += length;
    return { name, startNs, endNs: at };
  });
}

/** Every burst of one stage, edges included, in the order of their starts. */
export function stageBursts(timeline: JobTimeline, stage: number): readonly Burst[] {
  const { order, times, step, pipelineStartNs } = timeline;
  const exposure = phaseExposure(step.compute, step.phases, step.durations, { contention: step.contention });
  const patterns = slotPatterns(step, exposure);
  const share = (stage === 0 ? 1 : times.pace.otherShare) / order.shape.chunks;
  const bursts: Burst[] = timeline.edgeBursts.filter((burst) => burst.stage === stage);
  for (let slot = 0; slot < order.slotCount; slot++) {
    const pattern = patterns[order.kind[slot] ?? 0];
    if (order.stage[slot] !== stage || pattern === undefined) continue;
    const slotStartNs = pipelineStartNs + (times.startNs[slot] ?? 0);
    let endNs = pipelineStartNs + (times.endNs[slot] ?? 0);
    for (let phase = step.phases.length - 1; phase >= 0; phase--) {
      const executions = (pattern.executions[phase] ?? 0) * share;
      if (executions <= 0) continue;
      const exposedNs = (pattern.exposedNs[phase] ?? 0) * share;
      const startNs = Math.max(slotStartNs, endNs - (pattern.timeNs[phase] ?? 0) * share);
      bursts.push({ phase, stage, slot, executions, startNs, endNs, exposedNs, slackNs: times.slackNs[slot] ?? 0 });
      endNs -= exposedNs;
    }
  }
  return bursts.sort((a, b) => a.startNs - b.startNs || a.phase - b.phase);
}

function summarise(timeline: Omit<JobTimeline, 'phases'>, exposure: Exposure): readonly PhaseSummary[] {
  const { step, order } = timeline;
  const values = phaseValues(step.compute, step.phases, step.durations, { contention: step.contention });
  const slackMinNs = step.phases.map(() => Infinity);
  const slackMaxNs = step.phases.map(() => 0);
  const firstNs = step.phases.map(() => Infinity);
  const lastNs = step.phases.map(() => 0);
  for (let stage = 0; stage < order.shape.stages; stage++) {
    for (const { phase, slackNs, startNs, endNs } of stageBursts({ ...timeline, phases: [] }, stage)) {
      slackMinNs[phase] = Math.min(slackMinNs[phase] ?? Infinity, slackNs);
      slackMaxNs[phase] = Math.max(slackMaxNs[phase] ?? 0, slackNs);
      if (stage !== 0) continue;
      firstNs[phase] = Math.min(firstNs[phase] ?? Infinity, startNs);
      lastNs[phase] = Math.max(lastNs[phase] ?? 0, endNs);
    }
  }
  const { microbatches } = step.compute;
  return step.phases.map((phase, at) => {
    const executionsPerStep = phase.perMicrobatch * microbatches + phase.perStep;
    const value = values[at];
    if (value === undefined) throw new RangeError('every phase has a value');
    return {
      value, executionsPerStep, firstStartNs: firstNs[at] ?? 0, lastEndNs: lastNs[at] ?? 0, busyNs: executionsPerStep * (step.durations[at]?.timeNs ?? 0),
      exposedNs: microbatches * (exposure.perMicrobatchNs[at] ?? 0) + (exposure.perStepNs[at] ?? 0),
      sentBitsPerRank: executionsPerStep * phase.bits * busFactor(phase.op, phase.group.size),
      slackMinNs: slackMinNs[at] ?? 0, slackMaxNs: slackMaxNs[at] ?? 0,
    };
  });
}

/** Unrolls a step. Refused when it has more than `slotsMax` slots. */
export function jobTimeline(step: TimedStep): JobTimeline | Refusal {
  const { plan, compute } = step;
  const shape = { stages: plan.pipeline, chunks: plan.schedule === '1f1b' ? plan.interleave : 1, microbatches: compute.microbatches, schedule: plan.schedule };
  if (slotsOf(shape) > slotsMax) {
    return refuse('schedule-too-long', 'never', `The schedule has ${slotsOf(shape)} slots of forward and backward work; at most ${slotsMax} are unrolled.`, 'Fewer microbatches or chunks make it shorter.');
  }
  const exposure = phaseExposure(compute, step.phases, step.durations, { contention: step.contention });
  const slots = slotTimes(step, slotPatterns(step, exposure));
  const shownNs = sumOf(exposure.perMicrobatchNs);
  const spanNs = compute.microbatches * (compute.busiestStageNs + shownNs) + compute.bubbleMicrobatches * (compute.meanStageNs + shownNs);
  const order = orderPipeline(shape, slots);
  const otherShare = (compute.meanStageNs + shownNs) / (compute.busiestStageNs + shownNs);
  const times = timePipeline(order, pacePipeline(order, { ...slots, otherShare }, spanNs));
  const gatherNs = sumOf(step.phases.map((phase, at) => (isGather(phase) ? exposure.perStepNs[at] ?? 0 : 0)));
  const reduceNs = sumOf(step.phases.map((phase, at) => (isGather(phase) ? 0 : exposure.perStepNs[at] ?? 0)));
  const sections = sectionsOf(order, times, { gatherNs, reduceNs, otherNs: compute.otherNs });
  const timeline = {
    step, stepNs: sections.at(-1)?.endNs ?? 0, order, times, pipelineStartNs: gatherNs, sections, edgeBursts: edgeBursts(step, exposure, order, times, gatherNs),
  };
  return { ...timeline, phases: summarise(timeline, exposure) };
}
