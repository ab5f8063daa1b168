/** Does a plan fit into the accelerator's memory, and if not, by how much it misses. */

import type { Refusal } from '../base/refusal.ts';
import { refuse } from '../base/refusal.ts';
import type { Accelerator } from './accelerators.ts';
import type { ModelSpec } from './model.ts';
import { attentionOutputWidth } from './model.ts';
import type { ParallelPlan } from './parallel-plan.ts';
import { describePlan, microbatchesPerStep } from './parallel-plan.ts';
import { localParameters } from './shard-size.ts';
import { loadStages } from './stages.ts';

export interface MemoryUse {
  readonly weightsGb: number;
  readonly gradientsGb: number;
  readonly optimiserGb: number;
  readonly activationsGb: number;
  readonly reservedGb: number;
  readonly totalGb: number;
  readonly capacityGb: number;
}

/** Driver, communication buffers and fragmentation; estimate. */
const reservedGb = 4;

/**
 * Activation bytes one layer keeps per token (Korthikanti et al. 2022, equations 1 to 4, written for any width):
 * residual inputs and norms 10h (split by tensor only with sequence parallelism), projections and feed-forward inputs
 * 2 bytes per element split by tensor, and the score matrix 5as when attention is unfused and kept.
 */
function activationBytesPerToken(model: ModelSpec, plan: ParallelPlan): number {
  const { hidden, moe } = model;
  const t = plan.tensor;
  if (plan.recompute === 'full') return 2 * (plan.sequenceParallel ? hidden / t : hidden);
  const residual = 10 * (plan.sequenceParallel ? hidden / t : hidden);
  const width = attentionOutputWidth(model.attention);
  const ffn = moe === null ? model.ffn : (moe.topK + moe.sharedExperts) * moe.expertFfn + moe.topK * hidden;
  const inner = (2 * 4 * width + 2 * (model.gated ? 3 : 2) * ffn) / t;
  const scores = plan.software.attentionKernel === 'unfused' && plan.recompute === 'none' ? (5 * model.attention.heads * model.seq) / t : 0;
  return residual + inner + scores;
}

/** Memory of the fullest rank: the first pipeline stage, which holds most microbatches in flight. */
export function memoryUse(model: ModelSpec, plan: ParallelPlan, accelerator: Accelerator): MemoryUse {
  const local = localParameters(model, plan);
  const denseShards = plan.context * plan.shard;
  const expertShards = Math.max(1, (plan.tensor * plan.context * plan.data) / plan.expert);
  const parameters = local.dense + local.experts;
  const sharded = local.dense / denseShards + local.experts / expertShards;
  const gradientBytes = plan.software.gradientBytes;
  const load = loadStages(model, plan);
  const layers = load.denseLayers + load.moeLayers;
  const inFlight = Math.min(microbatchesPerStep(plan), plan.pipeline * (1 + (plan.interleave > 1 ? (plan.pipeline - 1) / (plan.pipeline * plan.interleave) : 0)));
  const tokens = (plan.microbatch * model.seq) / plan.context;
  const oneLayer = plan.recompute === 'full' ? tokens * activationBytesPerToken(model, { ...plan, recompute: 'selective' }) : 0;
  const logits = (tokens * model.vocab * 6) / plan.tensor;
  const weightsGb = (2 * (plan.zero === 3 ? sharded + parameters / Math.max(1, layers) : parameters)) / 1e9;
  const gradientsGb = (gradientBytes * (plan.zero >= 2 ? sharded : parameters)) / 1e9;
  const optimiserGb = (12 * (plan.zero >= 1 ? sharded : parameters)) / 1e9;
  const activationsGb = (tokens * layers * inFlight * activationBytesPerToken(model, plan) + oneLayer + (plan.pipeline === 1 ? logits : 0)) / 1e9;
  return {
    weightsGb, gradientsGb, optimiserGb, activationsGb, reservedGb,
    totalGb: weightsGb + gradientsGb + optimiserGb + activationsGb + reservedGb,
    capacityGb: accelerator.hbmGb,
  };
}

/** Null when the plan fits; otherwise a refusal that says by how much it does not. */
export function refuseMemory(use: MemoryUse, plan: ParallelPlan): Refusal | null {
  if (use.totalGb <= use.capacityGb) return null;
  const over = use.totalGb - use.capacityGb;
  const parts = `weights ${use.weightsGb.toFixed(1)} GB, gradients ${use.gradientsGb.toFixed(1)} GB, optimiser ${use.optimiserGb.toFixed(1)} GB, activations ${use.activationsGb.toFixed(1)} GB, reserved ${use.reservedGb.toFixed(1)} GB`;
  return refuse('out-of-memory', 'never', `The plan needs ${use.totalGb.toFixed(1)} GB and the accelerator has ${use.capacityGb} GB: ${over.toFixed(1)} GB too much.`, `${parts}.`, `The plan is ${describePlan(plan)}; more tensor, pipeline or sharding degree, a smaller microbatch or more recomputation lowers it.`);
}
