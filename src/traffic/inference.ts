/**
 * Serving a language model in closed form: prefill by the same kernels as training, decode by the bytes it must read.
 *
 * A decode step reads every weight of the rank and the cached keys and values of every sequence, adds the products of one
 * token per sequence, and waits for two all-reduces per layer. With a closed loop of c requests each step also carries its
 * share of the others' prefills: inter-token latency = decode + (c - 1) x prefill / output tokens.
 */

import type { Accelerator, Precision } from './accelerators.ts';
import type { Calibration } from './calibration.ts';
import { defaultCalibration } from './calibration.ts';
import { groupCollective } from './collectives/group-collective.ts';
import { layerTimes } from './kernels.ts';
import type { ModelSpec } from './model.ts';
import { countParameters, denseLayers } from './model.ts';
import type { NetworkView } from './network-view.ts';
import type { ParallelPlan } from './parallel-plan.ts';
import { softwareStacks } from './parallel-plan.ts';
import { communicationPhases } from './phases.ts';

export interface ServingJob {
  readonly model: ModelSpec;
  readonly accelerator: Accelerator;
  readonly network: NetworkView;
  readonly precision: Precision;
  readonly tensor: number;
  readonly expert: number;
  /** Requests served at once. */
  readonly concurrency: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ServingPrediction {
  /** Output tokens per second of all requests together, over whole requests. */
  readonly tokensPerS: number;
  /** Time to first token and between tokens, under the closed loop. */
  readonly ttftMs: number;
  readonly itlMs: number;
  readonly breakdown: {
    readonly prefillMs: number;
    /** One decode step by cause. */
    readonly decodeMs: number;
    readonly weightsMs: number;
    readonly cacheMs: number;
    readonly productsMs: number;
    readonly collectivesMs: number;
    readonly launchMs: number;
  };
}

/** Prompts are prefilled together up to so many tokens; the usual default of serving engines. */
const prefillTokensMax = 8192;

/** What a forward pass depends on; `prompts` of `inputTokens` each go through together. */
export interface PrefillJob extends Pick<ServingJob, 'model' | 'accelerator' | 'network' | 'tensor' | 'expert' | 'precision' | 'inputTokens'> {
  readonly prompts: number;
}

/** A forward pass seen as a plan: one pipeline stage, no data parallelism beyond what the expert group needs. */
function servingPlan(job: PrefillJob): ParallelPlan {
  const data = Math.max(1, job.expert / job.tensor);
  return {
    tensor: job.tensor, sequenceParallel: false, pipeline: 1, schedule: '1f1b', interleave: 1, data, zero: 0, shard: 1, expert: job.expert, context: 1,
    microbatch: job.prompts, globalBatch: data * job.prompts, recompute: 'none', precision: job.precision, software: job.expert > 1 ? softwareStacks.dualPipe : softwareStacks.megatronCore,
  };
}

/** The prompts through all layers, with what their tensor and expert collectives leave exposed. */
export function prefillNs(job: PrefillJob, calibration: Calibration = defaultCalibration): number {
  const model: ModelSpec = { ...job.model, seq: job.inputTokens, mtpLayers: 0 };
  const plan = servingPlan(job);
  const curve = calibration.curves[job.accelerator.curve];
  const dense = denseLayers(model) > 0 ? layerTimes(model, plan, job.accelerator, curve, { routed: false }).forwardNs : 0;
  const routed = model.moe === null ? 0 : layerTimes(model, plan, job.accelerator, curve, { routed: true }).forwardNs;
  const computeNs = denseLayers(model) * dense + (model.moe?.moeLayers ?? 0) * routed;
  let exposedNs = 0;
  for (const phase of communicationPhases(model, plan, job.network, calibration)) {
    if (phase.perMicrobatch > 0) {
      // Training counts forward and backward executions; serving has the forward half.
      const timeNs = (groupCollective(phase, job.network, calibration.network).timeNs * phase.perMicrobatch) / 2;
      exposedNs += timeNs * (1 - phase.hiddenShare);
    }
  }
  return computeNs + exposedNs;
}

/** Bytes of keys and values one token leaves in the cache, all layers; latent attention keeps its latents. */
export function cacheBytesPerToken(model: ModelSpec, precision: Precision): number {
  const { attention } = model;
  const element = precision === 'bf16' ? 2 : 1;
  const width = attention.kind === 'gqa' ? 2 * attention.kvHeads * attention.headDim : attention.kvRank + attention.ropeDim;
  return model.layers * width * element;
}

/** One token for every running sequence at the mean context, dense models. */
function decodeParts(job: ServingJob, calibration: Calibration): Omit<ServingPrediction['breakdown'], 'prefillMs' | 'decodeMs'> {
  const { model, accelerator, tensor, concurrency } = job;
  const curve = calibration.curves[accelerator.curve];
  const count = countParameters(model);
  const matrices = model.layers * count.attentionPerLayer + denseLayers(model) * count.denseFfnPerLayer + (model.moe?.moeLayers ?? 0) * count.moeActivePerLayer;
  const element = job.precision === 'bf16' ? 2 : job.precision === 'fp8' ? 1 : 0.5;
  const bytesPerNs = accelerator.hbmGBps * curve.memoryShare;
  const peak = accelerator.peakTflops[job.precision] ?? accelerator.peakTflops.bf16 ?? 1;
  const context = job.inputTokens + job.outputTokens / 2;
  const cached = (concurrency * context * cacheBytesPerToken(model, job.precision)) / tensor;
  const allReduce = groupCollective(
    { op: 'allReduce', bits: concurrency * model.hidden * 16, group: { size: tensor, stride: 1 }, crossDomainBits: null }, job.network, calibration.network,
  );
  return {
    // The output head stays in 16 bits.
    weightsMs: (matrices * element + count.embedding * 2) / tensor / bytesPerNs / 1e6,
    cacheMs: cached / (accelerator.hbmGBps * calibration.inference.cacheReadShare) / 1e6,
    productsMs: (2 * concurrency * (matrices + count.embedding)) / tensor / (peak * 1e3 * curve.gemmShare[job.precision]) / 1e6,
    collectivesMs: (2 * model.layers * allReduce.timeNs) / 1e6,
    launchMs: (model.layers * calibration.inference.decodeLayerNs) / 1e6,
  };
}

/** A closed loop of `concurrency` requests. Prefill shares the accelerators with decode, so it stretches by what decode takes. */
export function predictServing(job: ServingJob, calibration: Calibration = defaultCalibration): ServingPrediction {
  const together = Math.max(1, Math.min(job.concurrency, Math.floor(prefillTokensMax / job.inputTokens)));
  const prefillMs = prefillNs({ ...job, prompts: together }, calibration) / 1e6;
  const parts = decodeParts(job, calibration);
  const decodeMs = parts.weightsMs + parts.cacheMs + parts.productsMs + parts.collectivesMs + parts.launchMs;
  const others = Math.max(0, job.concurrency - 1);
  const itlMs = decodeMs + (others * prefillMs) / together / job.outputTokens;
  const ttftMs = (prefillMs * itlMs) / decodeMs + calibration.inference.requestNs / 1e6;
  // Work is conserved: one round of the loop prefills every prompt once and decodes every output token once.
  const roundMs = (job.concurrency * prefillMs) / together + job.outputTokens * decodeMs + calibration.inference.requestNs / 1e6;
  return { tokensPerS: (job.concurrency * job.outputTokens * 1e3) / roundMs, ttftMs, itlMs, breakdown: { prefillMs, decodeMs, ...parts } };
}

/** Input tokens per second that one accelerator prefills, and what a production service reports per node of so many. */
export function predictPrefillService(
  job: Omit<PrefillJob, 'prompts'> & { readonly gpusPerNode: number },
  calibration: Calibration = defaultCalibration,
): { readonly computedPerS: number; readonly reportedPerS: number } {
  const computedPerS = (job.gpusPerNode * job.inputTokens * 1e9) / job.tensor / prefillNs({ ...job, prompts: 1 }, calibration);
  const { productionDuty, productionCacheHits } = calibration.inference;
  return { computedPerS, reportedPerS: (computedPerS * productionDuty) / (1 - productionCacheHits) };
}
