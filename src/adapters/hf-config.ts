/**
 * Reads a Hugging Face `config.json` into a model: field names and default rules of the `transformers` configuration classes.
 *
 * Fields that give a model its size must be present. Fields for which the configuration class has a rule (such as as many
 * key heads as heads) follow that rule, and every value so found is noted with its place.
 */

import type { Issue } from '../base/issue.ts';
import type { Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { AttentionSpec, ModelSpec, MoeSpec } from '../traffic/model.ts';
import type { DerivationNotes } from './spec/derivations.ts';
import { suggestion } from './spec/suggestion.ts';
import { issueAt } from './spec/shape-issues.ts';
import type { DocumentPath, SourceNode } from './spec/source-tree.ts';
import { nodeAt, readSourceTree } from './spec/source-tree.ts';

/** What a family's configuration class assumes where the file is silent. */
interface Family {
  /** Key heads where the field is absent; null for as many as heads. An explicit null always means as many as heads. */
  readonly kvHeads: number | null;
  /** Width of a head where the field is absent; null for hidden / heads. */
  readonly headDim: number | null;
  /** Whether `sliding_window` holds: as soon as it is stated, only with `use_sliding_window`, or never. */
  readonly window: 'stated' | 'used' | 'never';
  /** Window where `sliding_window` is absent; an explicit null always means none. */
  readonly windowTokens: number | null;
  readonly tied: boolean;
  readonly experts: 'none' | 'mixtral' | 'qwen' | 'deepseek';
  readonly latent: boolean;
  readonly gated: boolean;
  readonly gptStyle: boolean;
  /** Attention and feed-forward side by side where `use_parallel_residual` is absent. */
  readonly parallelBlock: boolean;
}

const decoder: Family = {
  kvHeads: null, headDim: null, window: 'never', windowTokens: null, tied: false, experts: 'none', latent: false, gated: true, gptStyle: false, parallelBlock: false,
};
const deepseek: Family = { ...decoder, experts: 'deepseek', latent: true };

/** Defaults of the configuration classes of `transformers`, by `model_type`. */
const families: Readonly<Record<string, Family>> = {
  llama: decoder,
  mistral: { ...decoder, kvHeads: 8, window: 'stated', windowTokens: 4096 },
  mixtral: { ...decoder, kvHeads: 8, window: 'stated', experts: 'mixtral' },
  qwen2: { ...decoder, kvHeads: 32, window: 'used' },
  qwen3: { ...decoder, kvHeads: 32, headDim: 128, window: 'used' },
  qwen2_moe: { ...decoder, kvHeads: 16, window: 'used', experts: 'qwen' },
  qwen3_moe: { ...decoder, kvHeads: 4, window: 'used', experts: 'qwen' },
  phi3: { ...decoder, window: 'stated' },
  deepseek_v2: deepseek,
  deepseek_v3: deepseek,
  kimi_k2: deepseek,
  gpt2: { ...decoder, tied: true, gated: false, gptStyle: true },
  gpt_neox: { ...decoder, gated: false, gptStyle: true, parallelBlock: true },
};

/** GPT-2 named its fields before the common names were settled (`attribute_map` of its configuration class). */
const gpt2Names: Readonly<Record<string, string>> = { hidden_size: 'n_embd', num_hidden_layers: 'n_layer', num_attention_heads: 'n_head', intermediate_size: 'n_inner', max_position_embeddings: 'n_positions' };

/** Any width, count or vocabulary above this is a slip. */
const fieldMax = 1e9;

export interface HfConfigUse {
  /** Tokens per training sequence: a configuration states only the longest it can take. */
  readonly sequence: number;
  readonly name?: string;
  /** Overrides the routing limit that the configuration implies. */
  readonly nodesPerTokenMax?: number;
  readonly notes: DerivationNotes;
}

interface FieldReader {
  readonly issues: Issue[];
  readonly family: Family;
  /** A required positive whole number; 0 after an issue. */
  whole(field: string, become: string): number;
  /** A whole number of at least `min`, or the rule's value where the field is absent or null. */
  wholeOr(field: string, become: string, rule: { readonly value: number; readonly why: string; readonly min?: number; readonly onNull?: number }): number;
  yesNoOr(field: string, become: string, otherwise: boolean): boolean;
  absent(field: string): boolean;
  list(field: string): readonly number[];
  complain(field: string, problem: { readonly code: string; readonly message: string; readonly remedy: string }): void;
}

function createFieldReader(root: SourceNode, base: DocumentPath, family: Family, names: Readonly<Record<string, string>>, notes: DerivationNotes): FieldReader {
  const issues: Issue[] = [];
  const checked = { tree: root, prefix: [] };
  const pathOf = (field: string): DocumentPath => [...base, names[field] ?? field];
  const complain: FieldReader['complain'] = (field, problem) => void issues.push(issueAt(checked, pathOf(field), problem));
  const read = (field: string, become: string, min: number): number | null => {
    const node = nodeAt(root, pathOf(field));
    if (node === null || (node.kind === 'scalar' && node.value === null)) return null;
    if (node.kind !== 'scalar' || typeof node.value !== 'number' || !Number.isInteger(node.value) || node.value < min || node.value > fieldMax) {
      complain(field, {
        code: 'not-a-count',
        message: `\`${names[field] ?? field}\` must be a whole number from ${min} to ${fieldMax}`,
        remedy: 'Copy the number from the model’s published config.json',
      });
      return min;
    }
    notes.derived(`model.${become}`, node.value, `${names[field] ?? field} in ${node.place.file}:${node.place.line}:${node.place.column}`);
    return node.value;
  };
  return {
    issues, family, complain,
    whole(field, become) {
      const value = read(field, become, 1);
      if (value === null) complain(field, { code: 'missing-value', message: `\`${names[field] ?? field}\` is missing`, remedy: 'Add it from the model’s published config.json' });
      return value ?? 0;
    },
    wholeOr(field, become, rule) {
      const value = read(field, become, rule.min ?? 1);
      if (value !== null) return value;
      const stands = nodeAt(root, pathOf(field)) !== null && rule.onNull !== undefined ? rule.onNull : rule.value;
      notes.derived(`model.${become}`, stands, rule.why);
      return stands;
    },
    yesNoOr(field, become, otherwise) {
      const node = nodeAt(root, pathOf(field));
      if (node !== null && (node.kind !== 'scalar' || typeof node.value !== 'boolean')) complain(field, {
        code: 'wrong-type',
        message: `\`${field}\` must be true or false`,
        remedy: 'Write true or false',
      });
      const value = node?.kind === 'scalar' && typeof node.value === 'boolean' ? node.value : otherwise;
      notes.derived(`model.${become}`, String(value), node === null ? `default of the configuration class for ${field}` : `${field} in ${node.place.file}:${node.place.line}:${node.place.column}`);
      return value;
    },
    absent(field) {
      const node = nodeAt(root, pathOf(field));
      return node === null || (node.kind === 'scalar' && node.value === null);
    },
    list(field) {
      const node = nodeAt(root, pathOf(field));
      if (node?.kind !== 'list') return [];
      return node.items.flatMap((item) => (item.kind === 'scalar' && typeof item.value === 'number' ? [item.value] : []));
    },
  };
}

function groupedAttention(reader: FieldReader, hidden: number): AttentionSpec {
  const heads = reader.whole('num_attention_heads', 'attention.heads');
  const { kvHeads, headDim } = reader.family;
  const kv = reader.wholeOr('num_key_value_heads', 'attention.kvHeads', { value: kvHeads ?? heads, onNull: heads, why: kvHeads === null ? 'as many as num_attention_heads' : 'default of the configuration class' });
  if (kv > 0 && heads % kv !== 0) reader.complain('num_key_value_heads', {
    code: 'heads-not-divisible',
    message: `${heads} attention heads do not share ${kv} key heads evenly`,
    remedy: 'Choose a divisor of num_attention_heads',
  });
  if (reader.absent('head_dim') && headDim === null && heads > 0 && hidden % heads !== 0) reader.complain('num_attention_heads', {
    code: 'heads-not-divisible',
    message: `hidden_size ${hidden} does not divide into ${heads} heads`,
    remedy: 'State head_dim, or choose a divisor of hidden_size',
  });
  const dim = reader.wholeOr('head_dim', 'attention.headDim', {
    value: headDim ?? Math.floor(hidden / Math.max(1, heads)),
    why: headDim === null ? 'hidden_size / num_attention_heads' : 'default of the configuration class',
  });
  return { kind: 'gqa', heads, kvHeads: kv, headDim: dim, windowTokens: windowOf(reader) };
}

/** Tokens a query looks back, or null for all. 0 stands for no window while the field is read. */
function windowOf(reader: FieldReader): number | null {
  const { window, windowTokens } = reader.family;
  if (window === 'never') return null;
  if (window === 'used' && !reader.yesNoOr('use_sliding_window', 'attention.slides', false)) return null;
  const tokens = reader.wholeOr('sliding_window', 'attention.window', { value: windowTokens ?? 0, onNull: 0, why: windowTokens === null ? 'no window' : 'default of the configuration class' });
  return tokens > 0 ? tokens : null;
}

function latentAttention(reader: FieldReader): AttentionSpec {
  if (reader.absent('q_lora_rank')) {
    reader.complain('q_lora_rank', {
      code: 'unsupported-architecture',
      message: 'Latent attention without a compressed query (q_lora_rank) is not modelled',
      remedy: 'Use a model with q_lora_rank, such as DeepSeek-V2 or V3',
    });
  }
  return {
    kind: 'mla',
    heads: reader.whole('num_attention_heads', 'attention.heads'),
    queryRank: reader.wholeOr('q_lora_rank', 'attention.queryRank', { value: 1, why: 'not stated' }),
    kvRank: reader.whole('kv_lora_rank', 'attention.kvRank'),
    nopeDim: reader.whole('qk_nope_head_dim', 'attention.nopeDim'),
    ropeDim: reader.whole('qk_rope_head_dim', 'attention.ropeDim'),
    valueDim: reader.whole('v_head_dim', 'attention.valueDim'),
  };
}

const layersWhere = (layers: number, holds: (layer: number) => boolean): number => {
  let count = 0;
  for (let layer = 0; layer < layers; layer++) if (holds(layer)) count++;
  return count;
};

/** Layers beyond this many are counted by no loop: the number itself is an issue. */
const layersMax = 100_000;

function mixtralExperts(reader: FieldReader, layers: number): MoeSpec {
  return {
    experts: reader.whole('num_local_experts', 'moe.experts'), topK: reader.whole('num_experts_per_tok', 'moe.topK'), sharedExperts: 0,
    expertFfn: reader.whole('intermediate_size', 'moe.expertFfn'), moeLayers: layers, nodesPerTokenMax: null,
  };
}

function qwenExperts(reader: FieldReader, layers: number): MoeSpec {
  const step = reader.wholeOr('decoder_sparse_step', 'moe.step', { value: 1, why: 'default of the configuration class' });
  const dense = new Set(reader.list('mlp_only_layers'));
  const expertFfn = reader.whole('moe_intermediate_size', 'moe.expertFfn');
  const sharedWidth = reader.wholeOr('shared_expert_intermediate_size', 'moe.sharedWidth', { value: 0, min: 0, why: 'no shared expert' });
  const shared = expertFfn > 0 ? sharedWidth / expertFfn : 0;
  if (!Number.isInteger(shared)) reader.complain('shared_expert_intermediate_size', {
    code: 'unsupported-architecture',
    message: `A shared expert of width ${sharedWidth} is not a whole number of experts of width ${expertFfn}`,
    remedy: 'Use a multiple of moe_intermediate_size',
  });
  return {
    experts: reader.whole('num_experts', 'moe.experts'), topK: reader.whole('num_experts_per_tok', 'moe.topK'), sharedExperts: Math.round(shared), expertFfn,
    moeLayers: layersWhere(layers, (layer) => !dense.has(layer) && (layer + 1) % step === 0), nodesPerTokenMax: null,
  };
}

function deepseekExperts(reader: FieldReader, layers: number): MoeSpec {
  const first = reader.wholeOr('first_k_dense_replace', 'moe.denseFirstLayers', { value: 0, min: 0, why: 'no dense layers stated' });
  const every = reader.wholeOr('moe_layer_freq', 'moe.every', { value: 1, why: 'default of the configuration class' });
  const groups = reader.wholeOr('n_group', 'moe.groups', { value: 1, why: 'no expert groups stated' });
  const topGroups = reader.wholeOr('topk_group', 'moe.topGroups', { value: groups, why: 'no group limit stated' });
  return {
    experts: reader.whole('n_routed_experts', 'moe.experts'), topK: reader.whole('num_experts_per_tok', 'moe.topK'),
    sharedExperts: reader.wholeOr('n_shared_experts', 'moe.sharedExperts', { value: 0, min: 0, why: 'no shared experts stated' }),
    expertFfn: reader.whole('moe_intermediate_size', 'moe.expertFfn'),
    moeLayers: layersWhere(layers, (layer) => layer >= first && layer % every === 0),
    // Group-limited routing: one group of experts lives on one node (DeepSeek-V3, arXiv 2412.19437, section 2.1.2).
    nodesPerTokenMax: topGroups < groups ? topGroups : null,
  };
}

function mixtureOf(reader: FieldReader, layers: number): MoeSpec | null {
  switch (reader.family.experts) {
    case 'none': return null;
    case 'mixtral': return mixtralExperts(reader, layers);
    case 'qwen': return qwenExperts(reader, layers);
    case 'deepseek': return deepseekExperts(reader, layers);
  }
}

/** `model_type`, or what the first entry of `architectures` (`LlamaForCausalLM`) stands for. */
function modelType(root: SourceNode, base: DocumentPath): { readonly type: string; readonly path: DocumentPath } {
  const stated = nodeAt(root, [...base, 'model_type']);
  if (stated?.kind === 'scalar' && typeof stated.value === 'string') return { type: stated.value, path: [...base, 'model_type'] };
  const path = [...base, 'architectures', 0];
  const architecture = nodeAt(root, path);
  if (architecture?.kind !== 'scalar' || typeof architecture.value !== 'string') return { type: '', path: [...base, 'model_type'] };
  const squeezed = architecture.value.replace(/(ForCausalLM|LMHeadModel|Model)$/, '').toLowerCase();
  return { type: Object.keys(families).find((name) => name.replaceAll('_', '') === squeezed) ?? architecture.value, path };
}

/** Reads the text of a configuration. All problems are reported, each with its place in the file. */
export function parseHfConfig(text: string, file: string, use: HfConfigUse): Parsed<ModelSpec> {
  const { tree, issues } = readSourceTree(text, file);
  if (tree === null) return { ok: false, issues };
  const base: DocumentPath = nodeAt(tree, ['hidden_size']) === null && nodeAt(tree, ['text_config'])?.kind === 'map' ? ['text_config'] : [];
  const { type, path } = modelType(tree, base);
  const family = Object.hasOwn(families, type) ? families[type] : undefined;
  if (family === undefined) {
    const known = Object.keys(families);
    const message = type === '' ? '`model_type` is missing' : 'This family of models is not known';
    const near = suggestion(type, known, `Choose one of: ${known.join(', ')}`);
    return { ok: false, issues: [...issues, issueAt({ tree, prefix: [] }, path, {
      code: 'unknown-model-type',
      message,
      remedy: `${near}${near.endsWith('?') ? '' : ', or'} ${near.endsWith('?') ? 'Otherwise write' : 'write'} the architecture out in the Workload spec`,
    })] };
  }
  const reader = createFieldReader(tree, base, family, type === 'gpt2' ? gpt2Names : {}, use.notes);
  const hidden = reader.whole('hidden_size', 'hidden');
  const layers = reader.whole('num_hidden_layers', 'layers');
  if (layers > layersMax) reader.complain('num_hidden_layers', {
    code: 'too-large',
    message: `A model may have at most ${layersMax} layers`,
    remedy: 'Copy the number from the model’s published config.json',
  });
  const attention = family.latent ? latentAttention(reader) : groupedAttention(reader, hidden);
  const moe = mixtureOf(reader, Math.min(layers, layersMax));
  const allExperts = moe !== null && moe.moeLayers === layers;
  const ffn = allExperts ? 0 : family.gptStyle ? reader.wholeOr('intermediate_size', 'ffn', { value: 4 * hidden, why: 'four times the hidden width' }) : reader.whole('intermediate_size', 'ffn');
  const vocab = reader.whole('vocab_size', 'vocabulary');
  const tiedEmbeddings = reader.yesNoOr('tie_word_embeddings', 'tiedEmbeddings', family.tied);
  const parallelBlock = family.parallelBlock && reader.yesNoOr('use_parallel_residual', 'parallelBlock', true);
  const mtpLayers = reader.wholeOr('num_nextn_predict_layers', 'mtpLayers', { value: 0, min: 0, why: 'none stated' });
  const all = [...issues, ...reader.issues];
  if (all.length > 0) return { ok: false, issues: all };
  const routed = moe === null || use.nodesPerTokenMax === undefined ? moe : { ...moe, nodesPerTokenMax: use.nodesPerTokenMax };
  return parsed({
    name: use.name ?? file.split(/[\\/]/).at(-1)?.replace(/\.json$/, '') ?? file,
    layers, hidden, attention, ffn, gated: family.gated, vocab, seq: use.sequence, tiedEmbeddings, gptStyle: family.gptStyle, parallelBlock, moe: routed, mtpLayers, source: file,
  });
}
