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
import type { PooledMemory } from './serving/pooled-memory.ts';
import { pooledExposedNs } from './serving/pooled-memory.ts';

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
  /** Memory across the fabric that holds a part of cache or weights; absent where all is local. */
  readonly pool?: PooledMemory;
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
    /** What reading pooled memory adds to the rest of the step. */
    readonly pooledMs: number;
  };
}

/** Prompts are prefilled together up to so many tokens; the usual default of serving engines. */
export const prefillTokensMax = 8192;

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

/** Bytes of keys and values one token leaves in the cache, all layers. Latent attention keeps its latents, in 16 bits also where products are narrower (deepseek-ai/open-infra-index). */
export function cacheBytesPerToken(model: ModelSpec, precision: Precision): number {
  const { attention } = model;
  const element = precision === 'bf16' || attention.kind === 'mla' ? 2 : 1;
  const width = attention.kind === 'gqa' ? 2 * attention.kvHeads * attention.headDim : attention.kvRank + attention.ropeDim;
  return model.layers * width * element;
}

/** Matrix parameters of one rank by how they are read: always, or only when a token of the batch is routed to them. */
interface DecodeShape {
  readonly gpus: number;
  /** Sequences whose attention one rank works on. */
  readonly perRank: number;
  readonly densePerRank: number;
  readonly routedPerRank: number;
  /** Share of the routed experts that at least one token of the batch visits. */
  readonly visited: number;
  readonly routedFlops: number;
}

/** Attention is replicated over the ranks of an expert group beyond the tensor degree; experts are spread over all of them. */
function decodeShape(job: ServingJob): DecodeShape {
  const { model, tensor, concurrency } = job;
  const { moe } = model;
  const count = countParameters(model);
  const gpus = Math.max(tensor, job.expert);
  const expert = moe === null ? 0 : (model.gated ? 3 : 2) * model.hidden * moe.expertFfn;
  const always = moe === null ? 0 : moe.moeLayers * (count.moeActivePerLayer - moe.topK * expert);
  const dense = model.layers * count.attentionPerLayer + denseLayers(model) * count.denseFfnPerLayer + always;
  return {
    gpus, perRank: (concurrency * tensor) / gpus, densePerRank: dense / tensor,
    routedPerRank: moe === null ? 0 : (moe.moeLayers * expert * moe.experts) / gpus,
    visited: moe === null ? 0 : 1 - (1 - moe.topK / moe.experts) ** concurrency,
    routedFlops: moe === null ? 0 : (2 * concurrency * moe.topK * expert * moe.moeLayers) / gpus,
  };
}

/** Two all-reduces per layer of a tensor group, and dispatch and combine per expert layer; one copy travels per expert. */
function decodeCollectivesNs(job: ServingJob, shape: DecodeShape, calibration: Calibration): number {
  const { model, tensor, expert, network } = job;
  const time = (op: 'allReduce' | 'allToAll', size: number, bits: number): number =>
    groupCollective({ op, bits, group: { size, stride: 1 }, crossDomainBits: null }, network, calibration.network).timeNs;
  const reduceNs = 2 * model.layers * time('allReduce', tensor, shape.perRank * model.hidden * 16);
  if (model.moe === null || expert === 1) return reduceNs;
  const copies = (job.concurrency / shape.gpus) * model.moe.topK * model.hidden;
  const exchangeNs = model.moe.moeLayers * (time('allToAll', expert, copies * 8 * elementBytes(job.precision)) + time('allToAll', expert, copies * 16));
  return reduceNs + exchangeNs * (1 - calibration.network.expertHidden);
}

const elementBytes = (precision: Precision): number => (precision === 'bf16' ? 2 : precision === 'fp8' ? 1 : 0.5);

/** One token for every running sequence at the mean context. */
function decodeParts(job: ServingJob, calibration: Calibration): Omit<ServingPrediction['breakdown'], 'prefillMs' | 'decodeMs'> {
  const { model, accelerator, tensor } = job;
  const curve = calibration.curves[accelerator.curve];
  const shape = decodeShape(job);
  const element = elementBytes(job.precision);
  const bytesPerNs = accelerator.hbmGBps * curve.memoryShare;
  const flopsPerNs = (accelerator.peakTflops[job.precision] ?? accelerator.peakTflops.bf16 ?? 1) * 1e3 * curve.gemmShare[job.precision];
  const embedding = countParameters(model).embedding / tensor;
  const context = job.inputTokens + job.outputTokens / 2;
  // Heads are split over the tensor group; a latent is shared by all heads and every rank reads it whole.
  const cacheShare = model.attention.kind === 'gqa' ? 1 / tensor : 1;
  const cached = shape.perRank * context * cacheBytesPerToken(model, job.precision) * cacheShare;
  const weightBytes = (shape.densePerRank + shape.routedPerRank * shape.visited) * element;
  const { pool } = job;
  const local = {
    // The output head stays in 16 bits.
    weightsMs: (weightBytes * (1 - (pool?.weightShare ?? 0)) + embedding * 2) / bytesPerNs / 1e6,
    cacheMs: (cached * (1 - (pool?.cacheShare ?? 0))) / (accelerator.hbmGBps * calibration.inference.cacheReadShare) / 1e6,
    productsMs: ((2 * shape.perRank * (shape.densePerRank + embedding)) / flopsPerNs + shape.routedFlops / (flopsPerNs * curve.groupedShare)) / 1e6,
    collectivesMs: decodeCollectivesNs(job, shape, calibration) / 1e6,
    launchMs: (model.layers * calibration.inference.decodeLayerNs) / 1e6,
  };
  const besideNs = (local.weightsMs + local.cacheMs + local.productsMs + local.collectivesMs + local.launchMs) * 1e6;
  const pooledMs = pool === undefined ? 0 : pooledExposedNs(pool, weightBytes * pool.weightShare + cached * pool.cacheShare, besideNs) / 1e6;
  return { ...local, pooledMs };
}

const decodeStepMs = (parts: ReturnType<typeof decodeParts>): number => parts.weightsMs + parts.cacheMs + parts.productsMs + parts.collectivesMs + parts.launchMs + parts.pooledMs;

/** One decode step of `concurrency` sequences. */
export const decodeStepNs = (job: ServingJob, calibration: Calibration = defaultCalibration): number => decodeStepMs(decodeParts(job, calibration)) * 1e6;

/** A closed loop of `concurrency` requests. Prefill shares the accelerators with decode, so it stretches by what decode takes. */
export function predictServing(job: ServingJob, calibration: Calibration = defaultCalibration): ServingPrediction {
  const together = Math.max(1, Math.min(job.concurrency, Math.floor(prefillTokensMax / job.inputTokens)));
  const prefillMs = prefillNs({ ...job, prompts: together }, calibration) / 1e6;
  const parts = decodeParts(job, calibration);
  const decodeMs = decodeStepMs(parts);
  const others = Math.max(0, job.concurrency - 1);
  const itlMs = decodeMs + (others * prefillMs) / together / job.outputTokens;
  // Prefill and decode take turns: a prompt waits for the decode steps between its turns, but never for more than its own time again.
  const stretch = Math.min(itlMs / decodeMs, itlMs > decodeMs ? itlMs / (itlMs - decodeMs) : Infinity);
  const ttftMs = prefillMs * stretch + calibration.inference.requestNs / 1e6;
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

/** Memory that serving leaves to weights and cache; the usual default of serving engines. */
const servingMemoryShare = 0.9;
/** Sequences a rank runs at once however much memory it has; a usual upper setting of serving engines. */
const sequencesPerRankMax = 1024;

/** Sequences one model replica holds at a mean context, its weights loaded; 0 when even the weights do not fit. */
export function sequencesThatFit(job: ServingJob): number {
  const shape = decodeShape({ ...job, concurrency: 1 });
  const { pool } = job;
  const weights = (shape.densePerRank + shape.routedPerRank) * elementBytes(job.precision) * (1 - (pool?.weightShare ?? 0)) + (4 * countParameters(job.model).embedding) / job.tensor;
  const context = job.inputTokens + job.outputTokens / 2;
  const perSequence = context * cacheBytesPerToken(job.model, job.precision) * (job.model.attention.kind === 'gqa' ? 1 / job.tensor : 1) * (1 - (pool?.cacheShare ?? 0));
  const free = job.accelerator.hbmGb * 1e9 * servingMemoryShare - weights;
  // Where the whole cache is pooled, local memory no longer limits the batch; the serving engine's own limit does.
  const perRank = free <= 0 ? 0 : perSequence > 0 ? Math.floor(free / perSequence) : sequencesPerRankMax;
  return (Math.min(perRank, sequencesPerRankMax) * shape.gpus) / job.tensor;
}

/** Output tokens per second of one node of a decode service whose batch fills the memory, and what production reports of it. */
export function predictDecodeService(
  job: Omit<ServingJob, 'concurrency' | 'outputTokens'> & { readonly gpusPerNode: number },
  calibration: Calibration = defaultCalibration,
): { readonly sequencesPerGpu: number; readonly itlMs: number; readonly computedPerS: number; readonly reportedPerS: number } {
  const alone: ServingJob = { ...job, concurrency: 1, outputTokens: 0 };
  const { gpus } = decodeShape(alone);
  const concurrency = Math.max(gpus / job.tensor, sequencesThatFit(alone));
  const itlMs = decodeStepNs({ ...alone, concurrency }, calibration) / 1e6;
  const computedPerS = (job.gpusPerNode * concurrency * 1e3) / gpus / itlMs;
  return { sequencesPerGpu: concurrency / gpus, itlMs, computedPerS, reportedPerS: computedPerS * calibration.inference.productionDuty };
}
