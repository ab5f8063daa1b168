/** From a Workload document to a model and a parallel plan, and that plan on a cluster of known size. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { AttentionSpec, ModelSpec } from '../../traffic/model.ts';
import { modelPresets } from '../../traffic/model-presets.ts';
import type { ParallelPlan } from '../../traffic/parallel-plan.ts';
import { checkPlan, softwareStacks } from '../../traffic/parallel-plan.ts';
import { parseHfConfig } from '../hf-config.ts';
import type { Derivation, DerivationNotes } from './derivations.ts';
import { createDerivationNotes } from './derivations.ts';
import { readReferenced } from './files.ts';
import { suggestion } from './suggestion.ts';
import type { Checked } from './shape-issues.ts';
import { issueAt } from './shape-issues.ts';
import type { OpenPlan, WorkloadSpec } from './spec.ts';
import type { WorkloadDocument } from './workload-shape.ts';

type ModelDocument = WorkloadDocument['model'];
type ArchitectureDocument = Extract<ModelDocument, { readonly layers: number }>;

function attentionFrom(document: ArchitectureDocument, notes: DerivationNotes): AttentionSpec {
  const { attention } = document;
  if (attention.kind === 'mla') return attention;
  const headDim = attention.headDim ?? Math.floor(document.hidden / attention.heads);
  const kvHeads = attention.kvHeads ?? attention.heads;
  if (attention.headDim === undefined) notes.derived('model.attention.headDim', headDim, 'hidden / heads');
  if (attention.kvHeads === undefined) notes.derived('model.attention.kvHeads', kvHeads, 'as many as heads');
  return { kind: 'gqa', heads: attention.heads, kvHeads, headDim, windowTokens: attention.window ?? null };
}

function architecture(document: ArchitectureDocument, sequence: number, checked: Checked, notes: DerivationNotes): Parsed<ModelSpec> {
  const attention = attentionFrom(document, notes);
  const issues: Issue[] = [];
  if (attention.kind === 'gqa' && attention.heads % attention.kvHeads !== 0) {
    issues.push(issueAt(checked, ['model', 'attention', 'kvHeads'], {
      code: 'heads-not-divisible',
      message: `${attention.heads} heads do not share ${attention.kvHeads} key heads evenly`,
      remedy: 'Choose a divisor of `heads`',
    }));
  }
  const moeLayers = document.moe?.layers ?? document.layers;
  if (document.moe !== undefined && moeLayers > document.layers) {
    issues.push(issueAt(checked, ['model', 'moe', 'layers'], { code: 'too-large', message: `The model has only ${document.layers} layers`, remedy: `Write at most ${document.layers}` }));
  }
  if (document.moe !== undefined && document.moe.topK > document.moe.experts) {
    issues.push(issueAt(checked, ['model', 'moe', 'topK'], { code: 'too-large', message: `The model has only ${document.moe.experts} experts`, remedy: `Write at most ${document.moe.experts}` }));
  }
  const hasDense = document.moe === undefined || moeLayers < document.layers;
  if (hasDense && document.ffn === 0) {
    issues.push(issueAt(checked, ['model', 'ffn'], {
      code: 'too-small',
      message: 'A model with dense layers needs a feed-forward width',
      remedy: 'Write its width, e.g. 53248, or give every layer experts',
    }));
  }
  if (issues.length > 0) return rejected(...issues);
  const { moe } = document;
  return parsed({
    name: document.name, layers: document.layers, hidden: document.hidden, attention, ffn: document.ffn, gated: document.gated, vocab: document.vocabulary, seq: sequence,
    tiedEmbeddings: document.tiedEmbeddings, gptStyle: document.gptStyle, parallelBlock: document.parallelBlock,
    moe: moe === undefined ? null : { experts: moe.experts, topK: moe.topK, sharedExperts: moe.sharedExperts, expertFfn: moe.expertFfn, moeLayers, nodesPerTokenMax: moe.nodesPerTokenMax ?? null },
    mtpLayers: document.mtpLayers, source: document.source,
  });
}

function noteModel(model: ModelSpec, notes: DerivationNotes): void {
  const shown: Readonly<Record<string, string | number>> = {
    layers: model.layers, hidden: model.hidden, 'attention.kind': model.attention.kind, 'attention.heads': model.attention.heads, ffn: model.ffn, vocabulary: model.vocab,
    ...(model.moe === null ? {} : { 'moe.experts': model.moe.experts, 'moe.topK': model.moe.topK, 'moe.sharedExperts': model.moe.sharedExperts, 'moe.expertFfn': model.moe.expertFfn, 'moe.layers': model.moe.moeLayers }),
  };
  for (const [key, value] of Object.entries(shown)) notes.preset(`model.${key}`, value, model.source);
}

function modelFrom(document: WorkloadDocument, checked: Checked, file: string, notes: DerivationNotes): Parsed<ModelSpec> {
  const { model, sequence } = document;
  if (typeof model === 'string') {
    const preset = Object.hasOwn(modelPresets, model) ? modelPresets[model] : undefined;
    if (preset === undefined) throw new Error(`model ${model} passed the check but is not known`);
    noteModel(preset, notes);
    if (sequence === undefined) notes.preset('sequence', `${preset.seq} tokens`, preset.source);
    return parsed({ ...preset, seq: sequence ?? preset.seq });
  }
  if (sequence === undefined) {
    return rejected(issueAt(checked, ['sequence'], {
      code: 'missing-value',
      message: '`sequence` is missing: this kind of model states no training length',
      remedy: 'Add `sequence: 8192` (tokens per training sequence)',
    }));
  }
  if ('layers' in model) return architecture(model, sequence, checked, notes);
  const text = readReferenced(file, model.config, checked, ['model', 'config']);
  if (!text.ok) return text;
  return parseHfConfig(text.value.text, text.value.file, {
    sequence, notes,
    ...(model.name === undefined ? {} : { name: model.name }),
    ...(model.nodesPerTokenMax === undefined ? {} : { nodesPerTokenMax: model.nodesPerTokenMax }),
  });
}

function planFrom(document: WorkloadDocument): OpenPlan {
  const { parallel } = document;
  const software = Object.hasOwn(softwareStacks, document.software) ? softwareStacks[document.software as keyof typeof softwareStacks] : undefined;
  if (software === undefined) throw new Error(`software ${document.software} passed the check but is not known`);
  return {
    tensor: parallel.tensor, sequenceParallel: parallel.sequenceParallel && parallel.tensor > 1, pipeline: parallel.pipeline, schedule: parallel.schedule,
    interleave: parallel.interleave, data: parallel.data ?? null, zero: parallel.zero as ParallelPlan['zero'], shard: parallel.shard ?? null,
    expert: parallel.expert, context: parallel.context, microbatch: document.microbatch, globalBatch: document.batch, recompute: document.recompute,
    precision: document.precision, software,
  };
}

/** Maps a document whose shape passed; the model may still bring issues of its own file. */
export function workloadFrom(document: WorkloadDocument, checked: Checked, file: string, notes: DerivationNotes): Parsed<Pick<WorkloadSpec, 'model' | 'plan'>> {
  const model = modelFrom(document, checked, file, notes);
  return model.ok ? parsed({ model: model.value, plan: planFrom(document) }) : model;
}

/** Where the plan check's names stand in a Workload file. */
const planPaths: Readonly<Record<string, readonly string[]>> = {
  microbatch: ['microbatch'], globalBatch: ['batch'], tensor: ['parallel', 'tensor'], pipeline: ['parallel', 'pipeline'], interleave: ['parallel', 'interleave'],
  data: ['parallel', 'data'], shard: ['parallel', 'shard'], expert: ['parallel', 'expert'], context: ['parallel', 'context'],
};

/**
 * The workload's plan on a cluster of `gpus`: the data-parallel degree is worked out where the spec leaves it open, and
 * every reason why the plan cannot run is an issue with its place in the workload's file.
 */
export function planOn(workload: WorkloadSpec, gpus: number): Parsed<ParallelPlan> {
  const { plan, origin } = workload;
  const checked = origin;
  const others = plan.tensor * plan.pipeline * plan.context;
  if (plan.data === null && gpus % others !== 0) {
    return rejected(issueAt(checked, ['parallel'], {
      code: 'degrees-do-not-divide', message: `tensor x pipeline x context is ${others}, which does not divide ${gpus} accelerators`,
      remedy: `Choose degrees whose product divides ${gpus}`,
    }));
  }
  const data = plan.data ?? gpus / others;
  const whole: ParallelPlan = { ...plan, data, shard: plan.shard ?? data };
  const issues = checkPlan(workload.model, whole, gpus).map((found): Issue => {
    const path = planPaths[found.path ?? ''] ?? ['parallel'];
    return { ...issueAt(checked, path, { code: found.code, message: found.message, remedy: found.remedy }), ...(found.value === undefined ? {} : { value: found.value }) };
  });
  return issues.length > 0 ? rejected(...issues) : parsed(whole);
}

/** What of a plan followed from the size of the cluster. */
export function planDerivations(workload: WorkloadSpec, plan: ParallelPlan, gpus: number): readonly Derivation[] {
  const notes = createDerivationNotes();
  const { tensor, pipeline, context } = plan;
  if (workload.plan.data === null) notes.derived('parallel.data', plan.data, `${gpus} accelerators / (tensor ${tensor} x pipeline ${pipeline} x context ${context})`);
  if (workload.plan.shard === null) notes.derived('parallel.shard', plan.shard, 'all data-parallel ranks');
  return notes.list;
}

/** Issue `unsupported-precision` where the accelerator has no peak at the workload's precision. */
export function checkPrecision(workload: WorkloadSpec, accelerator: { readonly name: string; readonly peakTflops: Readonly<Record<string, number | null>> }): readonly Issue[] {
  const { precision } = workload.plan;
  if (accelerator.peakTflops[precision] != null) return [];
  const able = Object.keys(accelerator.peakTflops).filter((name) => accelerator.peakTflops[name] != null);
  return [issueAt(workload.origin, ['precision'], {
    code: 'unsupported-precision',
    message: `${accelerator.name} does not compute in ${precision}`,
    remedy: suggestion(precision, able, `Choose one of: ${able.join(', ')}`),
  })];
}
