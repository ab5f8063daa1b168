/**
 * Compute time of one layer on one accelerator: a roofline per kernel.
 *
 * A matrix product takes its FLOPs at a fixed share of peak plus its operand traffic at a fixed share of memory rate:
 * the first term rules large products, the second the thin ones that tensor parallelism and small microbatches make
 * (Williams et al. 2009, with the two roofs added instead of maximised because prologue and epilogue do not overlap).
 * Everything that is not a matrix product is memory traffic. A pass over a layer never beats the host that launches it.
 */

import type { Accelerator } from './accelerators.ts';
import type { EfficiencyCurve } from './calibration.ts';
import type { ModelSpec } from './model.ts';
import { attentionOutputWidth } from './model.ts';
import type { ParallelPlan } from './parallel-plan.ts';

/** Nanoseconds of one microbatch through one layer. */
export interface LayerTimes {
  readonly forwardNs: number;
  readonly backwardNs: number;
  /** Extra forward work inside the backward pass. */
  readonly recomputeNs: number;
}

/** Rates of one accelerator as kernels reach them: FLOP/ns and byte/ns. */
interface Roofs {
  readonly gemmFlopsPerNs: number;
  readonly attentionFlopsPerNs: number;
  readonly bytesPerNs: number;
  readonly operandBytesPerNs: number;
  /** Bytes per operand element. */
  readonly operandBytes: number;
  readonly castBytes: number;
}

function roofs(accelerator: Accelerator, plan: ParallelPlan, curve: EfficiencyCurve): Roofs {
  const bf16 = accelerator.peakTflops.bf16 ?? 0;
  const peak = accelerator.peakTflops[plan.precision] ?? bf16;
  const narrow = plan.precision !== 'bf16';
  return {
    gemmFlopsPerNs: peak * 1e3 * curve.gemmShare[plan.precision],
    attentionFlopsPerNs: bf16 * 1e3 * (plan.software.attentionKernel === 'flash' ? curve.flashShare : curve.unfusedShare),
    bytesPerNs: accelerator.hbmGBps * curve.memoryShare,
    operandBytesPerNs: accelerator.hbmGBps * curve.operandShare,
    operandBytes: plan.precision === 'bf16' ? 2 : plan.precision === 'fp8' ? 1 : 0.5,
    // A quantised product first reads its 16-bit input and writes it, and its transpose for the weight gradient, narrow.
    castBytes: narrow ? 4 : 0,
  };
}

/** One product of `rows` x `inner` by `inner` x `columns`, `experts` weight matrices sharing the rows: forward, and backward. */
function gemmNs(r: Roofs, shape: { readonly rows: number; readonly inner: number; readonly columns: number; readonly matrices?: number }): { readonly forward: number; readonly backward: number } {
  const { rows, inner, columns } = shape;
  const weights = inner * columns * (shape.matrices ?? 1);
  const flops = (2 * rows * inner * columns) / r.gemmFlopsPerNs;
  const operands = (rows * inner * r.operandBytes + rows * columns * 2 + weights * r.operandBytes) / r.operandBytesPerNs;
  const cast = (rows * inner * r.castBytes) / r.bytesPerNs;
  // Backward is two products; the weight gradient is added to a 32-bit accumulator, read and written once.
  return { forward: flops + operands + cast, backward: 2 * (flops + operands) + cast + (weights * 8) / r.bytesPerNs };
}

/** Attention core of one layer. Flash skips the causal half and recomputes scores in backward, 2.5 times the forward work (Dao 2023). */
function attentionNs(model: ModelSpec, plan: ParallelPlan, r: Roofs, curve: EfficiencyCurve): { readonly forward: number; readonly backward: number } {
  const { attention, seq } = model;
  const headDims = attention.kind === 'gqa' ? 2 * attention.headDim : attention.nopeDim + attention.ropeDim + attention.valueDim;
  const share = (plan.microbatch * attention.heads) / (plan.tensor * plan.context);
  if (plan.software.attentionKernel === 'unfused') {
    const products = (share * 2 * seq * seq * headDims) / r.attentionFlopsPerNs;
    const scores = (share * seq * seq * 2 * curve.unfusedPasses) / r.bytesPerNs;
    return { forward: products + scores, backward: 2 * products + 1.5 * scores };
  }
  const window = attention.kind === 'gqa' ? attention.windowTokens : null;
  const seen = window === null || window >= seq ? seq / 2 : window - (window * window) / (2 * seq);
  const products = (share * seq * 2 * seen * headDims) / r.attentionFlopsPerNs;
  return { forward: products, backward: 2.5 * products };
}

/** The causal half of fused attention of one layer over one sequence, forward; heads split over `tensor` ranks. */
export function attentionForwardNs(model: ModelSpec, tensor: number, accelerator: Accelerator, curve: EfficiencyCurve): number {
  const { attention, seq } = model;
  const headDims = attention.kind === 'gqa' ? 2 * attention.headDim : attention.nopeDim + attention.ropeDim + attention.valueDim;
  return ((attention.heads / tensor) * seq * seq * headDims) / ((accelerator.peakTflops.bf16 ?? 0) * 1e3 * curve.flashShare);
}

/** Bytes moved by norms, residuals, activations and rotary embedding for one token, forward. */
function elementwiseBytes(model: ModelSpec, plan: ParallelPlan, ffnWidth: number): number {
  const wide = plan.sequenceParallel ? model.hidden / plan.tensor : model.hidden;
  // Two norms (read, write) and two residual adds (read twice, write): ten passes over the residual stream at 2 bytes;
  // the activation reads its inputs and writes one output; position rotation reads and writes queries and keys.
  const activation = (model.gated ? 3 : 2) * ffnWidth;
  const rotation = 4 * attentionOutputWidth(model.attention);
  return 2 * (10 * wide + (activation + rotation) / plan.tensor);
}

function attentionProjections(model: ModelSpec, tokens: number, plan: ParallelPlan, r: Roofs): readonly { readonly forward: number; readonly backward: number }[] {
  const { attention, hidden } = model;
  const t = plan.tensor;
  const rows = tokens;
  if (attention.kind === 'gqa') {
    const width = attention.heads * attention.headDim;
    const kvWidth = Math.max(attention.kvHeads / t, 1) * attention.headDim;
    return [gemmNs(r, { rows, inner: hidden, columns: width / t + 2 * kvWidth }), gemmNs(r, { rows, inner: width / t, columns: hidden })];
  }
  const heads = attention.heads / t;
  return [
    gemmNs(r, { rows, inner: hidden, columns: attention.queryRank + attention.kvRank + attention.ropeDim }),
    gemmNs(r, { rows, inner: attention.queryRank, columns: heads * (attention.nopeDim + attention.ropeDim) }),
    gemmNs(r, { rows, inner: attention.kvRank, columns: heads * (attention.nopeDim + attention.valueDim) }),
    gemmNs(r, { rows, inner: heads * attention.valueDim, columns: hidden }),
  ];
}

/** Products of the feed-forward part. Routed experts see top-k copies of each token, spread over the experts a rank holds. */
function ffnProducts(model: ModelSpec, tokens: number, plan: ParallelPlan, r: Roofs, routed: boolean): readonly { readonly forward: number; readonly backward: number }[] {
  const up = model.gated ? 2 : 1;
  const pair = (rows: number, width: number, matrices: number): readonly { readonly forward: number; readonly backward: number }[] => [
    gemmNs(r, { rows, inner: model.hidden, columns: up * width, matrices }),
    gemmNs(r, { rows, inner: width, columns: model.hidden, matrices }),
  ];
  if (!routed || model.moe === null) return pair(tokens, model.ffn / plan.tensor, 1);
  const { moe } = model;
  // Experts are whole on their ranks: tokens of the tensor group are shared out before routing.
  const rows = (tokens / plan.tensor) * moe.topK;
  const local = moe.experts / plan.expert;
  const shared = moe.sharedExperts > 0 ? pair(tokens, (moe.sharedExperts * moe.expertFfn) / plan.tensor, 1) : [];
  return [...pair(rows, moe.expertFfn, local), ...shared];
}

/** One layer, dense or with routed experts, for one microbatch. */
export function layerTimes(model: ModelSpec, plan: ParallelPlan, accelerator: Accelerator, curve: EfficiencyCurve, options: { readonly routed: boolean }): LayerTimes {
  const r = roofs(accelerator, plan, curve);
  const tokens = (plan.microbatch * model.seq) / plan.context;
  const core = attentionNs(model, plan, r, curve);
  const routed = options.routed && model.moe !== null;
  const projections = attentionProjections(model, tokens, plan, r);
  const ffn = ffnProducts(model, tokens, plan, r, routed);
  const slowdown = routed ? 1 / curve.groupedShare : 1;
  let forward = core.forward;
  let backward = core.backward;
  for (const product of projections) { forward += product.forward; backward += product.backward; }
  for (const product of ffn) { forward += product.forward * slowdown; backward += product.backward * slowdown; }
  const activeWidth = routed && model.moe !== null ? (model.moe.topK + model.moe.sharedExperts) * model.moe.expertFfn : model.ffn;
  const elementwise = (tokens * elementwiseBytes(model, plan, activeWidth)) / r.bytesPerNs;
  // Routing copies each token's hidden state to its experts and back: permute and unpermute, read and write, both ways.
  const permute = routed && model.moe !== null ? ((tokens / plan.tensor) * model.moe.topK * model.hidden * 2 * 4) / r.bytesPerNs : 0;
  forward += elementwise + permute;
  backward += 1.5 * elementwise + permute;
  const host = curve.hostNsPerPass * (plan.software.attentionKernel === 'unfused' ? 1 : curve.hostReduction);
  const forwardNs = Math.max(forward, host);
  const upProjections = model.attention.kind === 'mla' ? projections.slice(1, 3).reduce((sum, product) => sum + product.forward, 0) : 0;
  return { forwardNs, backwardNs: Math.max(backward, 2 * host), recomputeNs: recomputeNs(model, plan, { forward: forwardNs, core: core.forward, upProjections, elementwise }) };
}

/**
 * Forward work repeated in the backward pass. Fused attention already recomputes its scores inside its backward kernel, so
 * selective recomputation then saves memory elsewhere: latent attention repeats norms and up-projections (arXiv 2412.19437,
 * section 3.2.3), and torchtitan every second product.
 */
function recomputeNs(model: ModelSpec, plan: ParallelPlan, ns: { readonly forward: number; readonly core: number; readonly upProjections: number; readonly elementwise: number }): number {
  if (plan.recompute === 'full') return ns.forward;
  if (plan.recompute === 'none') return 0;
  if (plan.software.selective === 'halfProducts') return (ns.forward - ns.core) / 2;
  if (plan.software.attentionKernel === 'unfused') return ns.core;
  return model.attention.kind === 'mla' ? ns.upProjections + ns.elementwise : 0;
}

/** Output head and loss on the last stage, forward and backward, for one microbatch. */
export function headNs(model: ModelSpec, plan: ParallelPlan, accelerator: Accelerator, curve: EfficiencyCurve): number {
  const r = roofs(accelerator, { ...plan, precision: 'bf16' }, curve);
  const tokens = (plan.microbatch * model.seq) / plan.context;
  const product = gemmNs(r, { rows: tokens, inner: model.hidden, columns: model.vocab / plan.tensor });
  // Loss: read the logits in 16 bits, write and read 32-bit probabilities, write 16-bit gradients.
  const loss = (tokens * (model.vocab / plan.tensor) * 12) / r.bytesPerNs;
  return (product.forward + product.backward + loss) * (1 + model.mtpLayers);
}
