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

/** Driver and communication buffers, and the share of memory lost to fragmentation; estimates. */
const buffersGb = 4;
const fragmentedShare = 0.01;

/** Bytes per gradient element: narrow recipes reduce in 16 bits. */
const gradientBytesOf = (plan: ParallelPlan): number => (plan.precision === 'bf16' ? plan.software.gradientBytes : 2);

/**
 * Activation bytes one layer keeps per token (Korthikanti et al. 2022, section 4, written for any width and precision):
 * two norm inputs in 16 bits and two product inputs in the product's precision on the residual stream, dropout masks for
 * GPT-style models, queries, keys, values and output, the input of the activation function (its output is recomputed
 * where it is gated), and the score matrix 5as when attention is unfused and kept.
 */
function activationBytesPerToken(model: ModelSpec, plan: ParallelPlan): number {
  const { hidden, moe, attention } = model;
  const t = plan.tensor;
  if (plan.recompute === 'full') return 2 * (plan.sequenceParallel ? hidden / t : hidden);
  const operand = plan.precision === 'bf16' ? 2 : 1;
  // Latent attention under selective recomputation keeps its latents and drops norms' outputs and the up-projections.
  const latent = attention.kind === 'mla' && plan.recompute === 'selective';
  const residual = (4 + (latent ? 0 : 2 * operand) + (model.gptStyle ? 2 : 0)) * (plan.sequenceParallel ? hidden / t : hidden);
  const width = attentionOutputWidth(attention);
  const kept = attention.kind === 'gqa' ? 2 * width + 2 * attention.kvHeads * attention.headDim
    : latent ? width + t * (attention.queryRank + attention.kvRank + attention.ropeDim) : 2 * width + 2 * attention.heads * (attention.nopeDim + attention.ropeDim);
  const routedWidth = moe === null ? 0 : (moe.topK + moe.sharedExperts) * moe.expertFfn;
  const ffn = moe === null ? model.ffn : routedWidth;
  const activation = model.gated ? 4 * ffn : (2 + operand) * ffn;
  const routedCopies = moe === null ? 0 : operand * moe.topK * hidden;
  const scores = plan.software.attentionKernel === 'unfused' && plan.recompute === 'none' ? 5 * attention.heads * model.seq : 0;
  return residual + (2 * kept + activation + routedCopies + scores) / t;
}

/** Memory of the fullest rank: the first pipeline stage, which holds most microbatches in flight. */
export function memoryUse(model: ModelSpec, plan: ParallelPlan, accelerator: Accelerator): MemoryUse {
  const local = localParameters(model, plan);
  const denseShards = plan.context * plan.shard;
  const expertShards = Math.max(1, (plan.tensor * plan.context * plan.data) / plan.expert);
  const parameters = local.dense + local.experts;
  const sharded = local.dense / denseShards + local.experts / expertShards;
  const gradientBytes = gradientBytesOf(plan);
  const load = loadStages(model, plan);
  const layers = load.denseLayers + load.moeLayers;
  const inFlight = Math.min(microbatchesPerStep(plan), plan.pipeline * (1 + (plan.interleave > 1 ? (plan.pipeline - 1) / (plan.pipeline * plan.interleave) : 0)));
  const tokens = (plan.microbatch * model.seq) / plan.context;
  const oneLayer = plan.recompute === 'full' ? tokens * activationBytesPerToken(model, { ...plan, recompute: 'selective' }) : 0;
  const logits = (tokens * model.vocab * 6) / plan.tensor;
  const weightsGb = (2 * (plan.zero === 3 && plan.pipeline === 1 ? sharded + parameters / Math.max(1, layers) : parameters)) / 1e9;
  const gradientsGb = (gradientBytes * (plan.zero >= 2 ? sharded : parameters)) / 1e9;
  const optimiserGb = (12 * (plan.zero >= 1 ? sharded : parameters)) / 1e9;
  const activationsGb = (tokens * layers * inFlight * activationBytesPerToken(model, plan) + oneLayer + (plan.pipeline === 1 ? logits : 0)) / 1e9;
  const reservedGb = buffersGb + fragmentedShare * accelerator.hbmGb;
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
  const parts = [['weights', use.weightsGb], ['gradients', use.gradientsGb], ['optimiser', use.optimiserGb], ['activations', use.activationsGb], ['reserved', use.reservedGb]] as const;
  return refuse(
    'out-of-memory', 'never',
    `The plan needs ${use.totalGb.toFixed(1)} GB and the accelerator has ${use.capacityGb} GB: ${over.toFixed(1)} GB too much.`,
    `It holds ${parts.map(([name, gb]) => `${name} ${gb.toFixed(1)} GB`).join(', ')}.`,
    `This plan never fits here: ${describePlan(plan)}. Another plan may: more tensor, pipeline or sharding degree, a smaller microbatch or more recomputation needs less memory.`,
  );
}
