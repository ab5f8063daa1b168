/** A published run as its table states it: every field the source left open is null and takes the tool's best legal choice. */

import type { Recompute } from './parallel-plan.ts';
import type { StreamSpec } from './serving/generation-stream.ts';
import type { PooledMemory } from './serving/pooled-memory.ts';

export interface RunModel {
  readonly layers: number | null;
  readonly hidden: number | null;
  readonly heads: number | null;
  readonly kvHeads: number | null;
  readonly headDim: number | null;
  readonly ffn: number | null;
  readonly vocab: number | null;
  readonly seq: number | null;
  readonly paramsB: number | null;
  readonly gated: boolean;
  readonly parallelBlock: boolean;
  readonly slidingWindow: boolean;
  readonly moe: RunMoe | null;
}

export interface RunMoe {
  readonly experts: number | null;
  readonly sharedExperts: number;
  readonly topK: number | null;
  readonly expertFfn: number | null;
  readonly denseFirstLayers: number;
  readonly nodesPerTokenMax: number | null;
  readonly latentAttention: boolean;
}

export interface RunSystem {
  readonly accelerator: string;
  readonly peakTflops: number | null;
  readonly hbmGb: number | null;
  /** What the stated peak counts, e.g. `FP8 dense`. */
  readonly peakNote: string | null;
  readonly scaleUpSize: number | null;
  readonly scaleUpGBps: number | null;
  readonly scaleOutGbpsPerGpu: number | null;
  readonly gpus: number;
}

export interface RunParallel {
  readonly tensor: number | null;
  readonly pipeline: number | null;
  readonly data: number | null;
  readonly context: number | null;
  readonly expert: number | null;
  readonly shard: number | null;
  /** A number, or `many` where the source says only that it interleaves. */
  readonly interleave: number | 'many' | null;
  readonly microbatch: number | null;
  readonly globalBatch: number | null;
  /** The possibilities the source leaves open. */
  readonly recompute: readonly Recompute[] | null;
  readonly zero: 0 | 1 | 2 | 3 | null;
  readonly sequenceParallel: boolean | null;
  readonly tensorOverlap: boolean;
  /** Named schedule, e.g. `DualPipe`. */
  readonly schedule: string | null;
  /** An inference run states these instead of a batch of sequences. */
  readonly batch: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly role: string | null;
}

/** Copies of the model that do one half of disaggregated serving. */
export interface RunReplicas {
  readonly replicas: number;
  readonly tensor: number;
  readonly expert: number;
}

/** A stage of an agentic pipeline, answered by another run of the file or, where none is named, by this one. */
export interface RunStage {
  readonly name: string;
  readonly run: string | null;
  readonly after: readonly string[];
  readonly calls: number;
  /** Prompt and answer on their way between the callers. */
  readonly payloadBytes: number;
}

/** How requests come and where their memory lies; what is null takes the closed loop of `parallel.batch` on local memory. */
export interface RunServing {
  readonly requestsPerS: number | null;
  readonly lengths: 'fixed' | 'geometric';
  readonly prefill: RunReplicas | null;
  readonly decode: RunReplicas | null;
  readonly pool: PooledMemory | null;
  readonly stages: readonly RunStage[] | null;
  readonly stream: StreamSpec | null;
}

export interface RunMeasured {
  readonly stepS: number | null;
  readonly stepUpperBoundS: number | null;
  readonly tokensPerS: number | null;
  readonly tflopsPerGpu: number | null;
  readonly mfu: number | null;
  readonly ttftMs: number | null;
  readonly itlMs: number | null;
  readonly tokensPerSPerNode: number | null;
}

export interface RunRow {
  readonly id: string;
  readonly source: string;
  readonly model: RunModel;
  readonly system: RunSystem;
  readonly parallel: RunParallel;
  /** Null for a training run and for a serving run that states nothing beyond its lengths. */
  readonly serving: RunServing | null;
  readonly measured: RunMeasured;
  /** `hardware` counts the recomputed forward pass in TFLOP/s and utilisation, `model` does not. */
  readonly flopConvention: 'model' | 'hardware';
}
