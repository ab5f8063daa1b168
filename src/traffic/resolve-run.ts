/** Turns a published run into a model, an accelerator, a network and a plan question; every assumption is stated. */

import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { Accelerator, Precision } from './accelerators.ts';
import { accelerators, findAccelerator } from './accelerators.ts';
import type { PlanQuestion } from './choose-plan.ts';
import type { AttentionSpec, ModelSpec } from './model.ts';
import { deepSeekV3 } from './model-presets.ts';
import type { NetworkView } from './network-view.ts';
import type { SoftwareStack } from './parallel-plan.ts';
import { softwareStacks } from './parallel-plan.ts';
import type { RunModel, RunRow } from './run-row.ts';

export interface ResolvedRun {
  readonly model: ModelSpec;
  readonly accelerator: Accelerator;
  readonly network: NetworkView;
  readonly question: PlanQuestion;
  /** What the row left open and what was taken for it. */
  readonly assumptions: readonly string[];
}

/** Propagation and switching inside a scale-up domain and across a two-tier fabric; estimates, small beside software. */
const scaleUpLatencyNs = 500;
const scaleOutLatencyNs = 3000;

/** A dense shape of Llama proportions for a bare parameter count: hidden 128 per layer, so 12 layers x hidden^2 gives 12/128 hidden^3. */
function inferredShape(paramsB: number): { readonly layers: number; readonly hidden: number; readonly heads: number; readonly ffn: number } {
  const hidden = Math.max(128, Math.round(((paramsB * 1e9 * 128) / 12) ** (1 / 3) / 128) * 128);
  return { layers: hidden / 128, hidden, heads: hidden / 128, ffn: 4 * hidden };
}

function attentionOf(row: RunModel, shape: { readonly hidden: number; readonly heads: number; readonly seq: number }): AttentionSpec {
  if (row.moe?.latentAttention === true && deepSeekV3.attention.kind === 'mla') return { ...deepSeekV3.attention, heads: shape.heads };
  const headDim = row.headDim ?? Math.round(shape.hidden / shape.heads);
  return { kind: 'gqa', heads: shape.heads, kvHeads: row.kvHeads ?? shape.heads, headDim, windowTokens: row.slidingWindow ? shape.seq / 2 : null };
}

/** Shapes that no transformer can have. */
function shapeIssues(id: string, row: RunModel, shape: { readonly layers: number; readonly hidden: number; readonly heads: number }): readonly Issue[] {
  const issues: Issue[] = [];
  const complain = (field: string, value: number, message: string, remedy: string): void => {
    issues.push({ code: 'impossible-shape', path: `${id}.model.${field}`, value: String(value), message, remedy });
  };
  if (row.headDim === null && shape.heads > shape.hidden) complain('heads', shape.heads, `More heads than the ${shape.hidden} hidden dimensions`, 'Give fewer heads, or head_dim');
  if (row.kvHeads !== null && shape.heads % row.kvHeads !== 0) complain('kv_heads', row.kvHeads, `${shape.heads} heads do not divide by the key-value heads`, 'Choose a divisor of the head count');
  const { moe } = row;
  if (moe === null) return issues;
  if (moe.topK !== null && moe.experts !== null && moe.topK > moe.experts) complain('moe.top_k', moe.topK, `A token cannot visit more than the ${moe.experts} experts`, 'Lower top_k');
  if (moe.denseFirstLayers > shape.layers) complain('moe.dense_first_layers', moe.denseFirstLayers, `More dense layers than the ${shape.layers} layers`, 'Lower dense_first_layers');
  return issues;
}

/** Issue codes: `missing-model-shape`, `missing-expert-shape`, `impossible-shape`. */
export function resolveModel(id: string, row: RunModel, assume: (text: string) => void): Parsed<ModelSpec> {
  const issues: Issue[] = [];
  let shape = row.layers !== null && row.hidden !== null && row.heads !== null ? { layers: row.layers, hidden: row.hidden, heads: row.heads, ffn: row.ffn ?? 0 } : null;
  if (shape === null && row.paramsB !== null && row.moe === null) {
    shape = inferredShape(row.paramsB);
    assume(`model shape inferred from ${row.paramsB}B parameters: ${shape.layers} layers of ${shape.hidden}`);
  }
  if (shape === null) {
    const message = 'The run states neither layers, hidden and heads nor a dense parameter count';
    issues.push({ code: 'missing-model-shape', path: `${id}.model`, message, remedy: 'Give model.layers, model.hidden and model.heads' });
  }
  const moe = row.moe;
  if (moe !== null && (moe.experts === null || moe.topK === null || moe.expertFfn === null)) {
    issues.push({ code: 'missing-expert-shape', path: `${id}.model.moe`, message: 'The run states experts without their number, top-k and width', remedy: 'Give routed_experts, top_k and expert_ffn' });
  }
  if (shape !== null) issues.push(...shapeIssues(id, row, shape));
  if (issues.length > 0 || shape === null) return { ok: false, issues };
  const seq = row.seq ?? 2048;
  if (row.seq === null) assume('sequence length 2048');
  const vocab = row.vocab ?? 51200;
  if (row.vocab === null) assume('vocabulary 51200');
  const gated = row.gated || moe !== null;
  const ffn = row.ffn ?? (moe === null ? 4 * shape.hidden : 0);
  if (row.slidingWindow) assume(`attention window ${seq / 2} tokens`);
  return parsed({
    name: id, layers: shape.layers, hidden: shape.hidden, attention: attentionOf(row, { ...shape, seq }), ffn, gated, vocab, seq,
    tiedEmbeddings: !gated, gptStyle: !gated, parallelBlock: row.parallelBlock,
    moe: moe === null ? null : {
      experts: moe.experts ?? 1, topK: moe.topK ?? 1, sharedExperts: moe.sharedExperts, expertFfn: moe.expertFfn ?? 0,
      moeLayers: shape.layers - moe.denseFirstLayers, nodesPerTokenMax: moe.nodesPerTokenMax,
    },
    mtpLayers: moe?.latentAttention === true ? 1 : 0, source: id,
  });
}

/** The software generation that a run's own description implies: sharding, schedule and accelerator name it. */
function softwareOf(row: RunRow, accelerator: Accelerator): SoftwareStack {
  if (row.parallel.shard !== null || row.parallel.zero === 3) return row.parallel.tensorOverlap ? softwareStacks.fsdpAsyncTensor : softwareStacks.fsdp;
  if (row.parallel.schedule === 'DualPipe') return softwareStacks.dualPipe;
  if (accelerator.curve !== 'ampere') return softwareStacks.megatronCore;
  if (row.parallel.zero === 2 || row.model.slidingWindow) return softwareStacks.megaScale;
  // Sharded optimiser states came to Megatron together with bf16.
  return row.parallel.zero === 1 ? softwareStacks.megatron2022 : softwareStacks.megatron2021;
}

/** Precision of the matrix products: what the stated peak counts, else what the recipe is known for. */
export function precisionOf(row: RunRow, accelerator: Accelerator): Precision {
  const note = row.system.peakNote?.toUpperCase() ?? '';
  if (note.includes('FP4')) return 'fp4';
  if (note.includes('FP8')) return 'fp8';
  const { fp8, fp4 } = accelerator.peakTflops;
  const stated = row.system.peakTflops ?? 0;
  if (fp4 !== null && stated > 0.95 * fp4) return 'fp4';
  if (fp8 !== null && stated > 0.95 * fp8) return 'fp8';
  // DualPipe was published with an FP8 recipe, and DeepSeek serves the FP8 weights it trained; both count against the bf16 peak.
  const servedInFp8 = row.parallel.role !== null && row.model.moe?.latentAttention === true;
  return (row.parallel.schedule === 'DualPipe' || servedInFp8) && fp8 !== null ? 'fp8' : 'bf16';
}

/** The network a run states; open fields take the accelerator's usual figures. */
export function networkOf(row: RunRow, accelerator: Accelerator, assume: (text: string) => void): NetworkView {
  const { system } = row;
  const rateGbps = system.scaleOutGbpsPerGpu ?? accelerator.nicGbps;
  if (system.scaleOutGbpsPerGpu === null && system.gpus > (system.scaleUpSize ?? accelerator.scaleUp.size)) assume(`scale-out ${rateGbps} Gb/s per accelerator`);
  return {
    scaleUp: { size: system.scaleUpSize ?? accelerator.scaleUp.size, rateGbps: (system.scaleUpGBps ?? accelerator.scaleUp.GBps) * 8, latencyNs: scaleUpLatencyNs },
    scaleOut: { rateGbps, latencyNs: scaleOutLatencyNs, podSize: Infinity, oversubscription: 1, coreLatencyNs: scaleOutLatencyNs },
  };
}

const listOf = <T>(value: T | null): readonly T[] | undefined => (value === null ? undefined : [value]);

/** Leaves out what is undefined, so that absent axes stay absent. */
function compact<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function questionOf(row: RunRow, accelerator: Accelerator, globalBatch: number): PlanQuestion {
  const { parallel, system } = row;
  const software = softwareOf(row, accelerator);
  const dataGiven = parallel.tensor !== null && parallel.pipeline !== null;
  const interleave = parallel.interleave === 'many' ? [2, 3, 4, 6, 8] : typeof parallel.interleave === 'number' ? [parallel.interleave] : undefined;
  const zero = parallel.zero ?? (parallel.shard !== null ? 3 : null);
  return compact<PlanQuestion>({
    gpus: system.gpus, globalBatch, precision: precisionOf(row, accelerator), software,
    tensor: listOf(parallel.tensor), pipeline: listOf(parallel.pipeline),
    sequenceParallel: parallel.sequenceParallel ?? (parallel.tensor === null ? undefined : parallel.tensor > 1 && (software.attentionKernel === 'flash' || (parallel.recompute ?? []).includes('selective'))),
    schedule: parallel.schedule === 'DualPipe' ? 'dualPipe' : undefined,
    interleave, zero: zero === null ? (software.overlapData ? [1] : [0]) : [zero], shard: parallel.shard ?? undefined,
    expert: listOf(parallel.expert), context: parallel.context === null && dataGiven ? [1] : listOf(parallel.context),
    microbatch: listOf(parallel.microbatch), recompute: parallel.recompute ?? undefined,
  });
}

/** Fields of a row that state nothing although they shape the plan, by the names the row uses. */
function openAxes({ parallel, model }: RunRow): readonly string[] {
  const { tensor, pipeline, data, expert, interleave, microbatch, recompute } = parallel;
  const dataOpen = data === null && (tensor === null || pipeline === null);
  return [
    ...(tensor === null ? ['tp'] : []), ...(pipeline === null ? ['pp'] : []), ...(dataOpen ? ['dp'] : []),
    ...(expert === null && model.moe !== null ? ['ep'] : []), ...(interleave === null && pipeline !== 1 ? ['interleave'] : []),
    ...(microbatch === null ? ['microbatch'] : []), ...(recompute === null ? ['recompute'] : []),
  ];
}

/** Issue codes: `unknown-accelerator`, `missing-batch`, `degrees-do-not-multiply`, and those of `resolveModel`. */
export function resolveRun(row: RunRow): Parsed<ResolvedRun> {
  const assumptions: string[] = [];
  const assume = (text: string): void => { assumptions.push(text); };
  const issues: Issue[] = [];
  const found = findAccelerator(row.system.accelerator);
  const accelerator = found === null ? null : { ...found, hbmGb: row.system.hbmGb ?? found.hbmGb };
  if (accelerator === null) {
    const remedy = `Use one of ${accelerators.map((one) => one.id).join(', ')}`;
    issues.push({ code: 'unknown-accelerator', path: `${row.id}.system.accelerator`, value: row.system.accelerator, message: 'This accelerator is not in the table', remedy });
  }
  const model = resolveModel(row.id, row.model, assume);
  if (!model.ok) issues.push(...model.issues);
  let globalBatch = row.parallel.globalBatch;
  if (globalBatch === null && row.model.layers === null && row.model.moe === null) {
    globalBatch = 4 * row.system.gpus;
    assume('batch of 4 sequences per accelerator');
  }
  const { tensor, pipeline, data, context } = row.parallel;
  const product = (tensor ?? 1) * (pipeline ?? 1) * (data ?? 1) * (context ?? 1);
  if (tensor !== null && pipeline !== null && data !== null && product !== row.system.gpus) {
    const remedy = `Choose degrees whose product is ${row.system.gpus}`;
    issues.push({ code: 'degrees-do-not-multiply', path: `${row.id}.parallel`, value: String(product), message: `tp x pp x dp x cp is not the ${row.system.gpus} accelerators of the run`, remedy });
  }
  if (globalBatch === null) {
    const remedy = 'Give parallel.global_batch in sequences; runs that serve requests belong to infer';
    issues.push({ code: 'missing-batch', path: `${row.id}.parallel.global_batch`, message: 'The run states no batch', remedy });
  }
  if (accelerator === null || !model.ok || globalBatch === null || issues.length > 0) return { ok: false, issues };
  const open = openAxes(row);
  if (open.length > 0) assume(`${open.join(', ')} not stated: the fastest legal choice`);
  return parsed({ model: model.value, accelerator, network: networkOf(row, accelerator, assume), question: questionOf(row, accelerator, globalBatch), assumptions });
}
