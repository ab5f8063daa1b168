/** Step time of a training job in closed form: compute by roofline, communication by placed collectives, joined by `combineStep`. */

import type { Accelerator } from './accelerators.ts';
import type { Calibration } from './calibration.ts';
import { defaultCalibration } from './calibration.ts';
import type { ComputeParts, PhaseDuration, StepTimes } from './combine-step.ts';
import { combineStep } from './combine-step.ts';
import { groupCollective } from './collectives/group-collective.ts';
import { headNs, layerTimes } from './kernels.ts';
import type { MemoryUse } from './memory.ts';
import { memoryUse } from './memory.ts';
import type { ModelSpec } from './model.ts';
import { modelFlopsPerToken } from './model.ts';
import type { NetworkView } from './network-view.ts';
import type { ParallelPlan } from './parallel-plan.ts';
import { microbatchesPerStep, planGpus } from './parallel-plan.ts';
import type { CommunicationPhase } from './phases.ts';
import { communicationPhases } from './phases.ts';
import { localParameters } from './shard-size.ts';
import { loadStages } from './stages.ts';

export interface StepPrediction extends StepTimes {
  /** Model FLOPs (recomputation excluded) over peak of the plan's precision, 0 to 1. */
  readonly mfu: number;
  /** Model TFLOP/s per accelerator. */
  readonly tflopsPerGpu: number;
  readonly tokensPerS: number;
  readonly flopsPerStep: number;
  readonly tokensPerStep: number;
  readonly gpus: number;
  readonly memory: MemoryUse;
}

/** Pipeline fill and drain in microbatches: 1F1B and interleaved (Narayanan et al. 2021), zero bubble H1 (Qi et al. 2023), DualPipe (arXiv 2412.19437, table 2). */
function bubbleMicrobatches(plan: ParallelPlan, calibration: Calibration): number {
  const p = plan.pipeline;
  if (plan.schedule === 'dualPipe') return (2 / 3) * Math.max(0, p / 2 - 1);
  if (plan.schedule === 'zeroBubble') return (p - 1) / 3;
  return (p - 1) / plan.interleave ** calibration.interleaveExponent;
}

/** Compute side of one step. `gpus` sets how many clocks must agree: the slowest of many is slower than the mean. */
export function computeParts(model: ModelSpec, plan: ParallelPlan, accelerator: Accelerator, options: { readonly scaleUpSize: number; readonly calibration?: Calibration }): ComputeParts {
  const calibration = options.calibration ?? defaultCalibration;
  const curve = calibration.curves[accelerator.curve];
  const load = loadStages(model, plan);
  const none = { forwardNs: 0, backwardNs: 0, recomputeNs: 0 };
  const dense = load.denseLayers > 0 ? layerTimes(model, plan, accelerator, curve, { routed: false }) : none;
  const routed = load.moeLayers > 0 ? layerTimes(model, plan, accelerator, curve, { routed: true }) : none;
  const doublings = Math.max(0, Math.log2(planGpus(plan) / options.scaleUpSize));
  const straggle = 1 + calibration.stragglerPerDoubling * doublings;
  const forwardNs = (load.denseLayers * dense.forwardNs + load.moeLayers * routed.forwardNs) * straggle;
  const backwardNs = (load.denseLayers * (dense.backwardNs + dense.recomputeNs) + load.moeLayers * (routed.backwardNs + routed.recomputeNs)) * straggle;
  const layers = load.denseLayers + load.moeLayers;
  const layerNs = (forwardNs + backwardNs) / layers;
  const head = headNs(model, plan, accelerator, curve) * straggle;
  // The last stage gives up layers while the head weighs more than they do.
  const relief = Math.min(load.spareSlots, layers, Math.ceil(head / layerNs));
  const lastStageNs = (layers - relief) * layerNs + head;
  const meanStageNs = load.meanLayers * layerNs + head / plan.pipeline;
  const busiestStageNs = Math.max(layers * layerNs, lastStageNs);
  const local = localParameters(model, plan);
  const replicas = plan.zero >= 1 ? plan.context * plan.shard : 1;
  const optimiserNs = ((local.dense + local.experts) * calibration.optimiserBytes) / replicas / (accelerator.hbmGBps * curve.memoryShare);
  return {
    microbatches: microbatchesPerStep(plan),
    meanStageNs,
    // DualPipe gives every rank one stage from each end of the pipeline, so half of the excess evens out.
    busiestStageNs: plan.schedule === 'dualPipe' ? (meanStageNs + busiestStageNs) / 2 : busiestStageNs,
    forwardNs, backwardNs,
    edgeMicrobatches: plan.interleave > 1 ? Math.min(plan.pipeline, microbatchesPerStep(plan)) : 1,
    bubbleMicrobatches: bubbleMicrobatches(plan, calibration),
    otherNs: optimiserNs + calibration.stepOverheadNs,
  };
}

/** Closed-form duration of each phase. */
export function phaseDurations(phases: readonly CommunicationPhase[], network: NetworkView, calibration: Calibration): readonly PhaseDuration[] {
  return phases.map((phase) => {
    const { timeNs, latencyNs, placement } = groupCollective(phase, network, calibration.network);
    return { timeNs, latencyNs, tier: placement.tier };
  });
}

/** Adds throughput, utilisation and memory to a step, whichever way its communication was timed. */
export function describeStep(model: ModelSpec, plan: ParallelPlan, accelerator: Accelerator, times: StepTimes): StepPrediction {
  const tokensPerStep = plan.globalBatch * model.seq;
  const gpus = planGpus(plan);
  const flopsPerStep = modelFlopsPerToken(model) * tokensPerStep;
  const tflopsPerGpu = flopsPerStep / times.stepS / gpus / 1e12;
  const peak = accelerator.peakTflops[plan.precision] ?? accelerator.peakTflops.bf16 ?? Infinity;
  return { ...times, mfu: tflopsPerGpu / peak, tflopsPerGpu, tokensPerS: tokensPerStep / times.stepS, flopsPerStep, tokensPerStep, gpus, memory: memoryUse(model, plan, accelerator) };
}

/** One training step in closed form. The plan must be legal (`checkPlan`); whether it fits is `refuseMemory`'s question. */
export function predictStep(model: ModelSpec, plan: ParallelPlan, accelerator: Accelerator, network: NetworkView, calibration: Calibration = defaultCalibration): StepPrediction {
  const compute = computeParts(model, plan, accelerator, { scaleUpSize: network.scaleUp.size, calibration });
  const phases = communicationPhases(model, plan, network, calibration);
  const times = combineStep(compute, phases, phaseDurations(phases, network, calibration), { contention: calibration.network.contention });
  return describeStep(model, plan, accelerator, times);
}
