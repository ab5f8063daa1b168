/** Hugging Face configurations: field names, default rules, and parameter counts that the makers publish. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatIssue } from '../../src/base/issue.ts';
import type { Parsed } from '../../src/base/issue.ts';
import { parseHfConfig } from '../../src/adapters/hf-config.ts';
import { createDerivationNotes } from '../../src/adapters/spec/derivations.ts';
import type { ModelSpec } from '../../src/traffic/model.ts';
import { countParameters } from '../../src/traffic/model.ts';
import { deepSeekV3, llama31x405b, mixtral8x22b } from '../../src/traffic/model-presets.ts';

const parse = (config: unknown): Parsed<ModelSpec> => parseHfConfig(JSON.stringify(config, null, 1), 'config.json', { sequence: 4096, notes: createDerivationNotes() });

function model(config: unknown): ModelSpec {
  const result = parse(config);
  assert.ok(result.ok, result.ok ? '' : result.issues.map(formatIssue).join('\n'));
  return result.value;
}

const example = (name: string): ModelSpec => model(JSON.parse(readFileSync(fileURLToPath(new URL(`../../examples/hf/${name}.json`, import.meta.url)), 'utf8')));

test('the example configurations describe the same models as the built-in architectures', () => {
  const bare = ({ name: _name, source: _source, seq: _seq, ...rest }: ModelSpec): unknown => rest;
  assert.deepEqual(bare(example('llama-3.1-405b')), bare(llama31x405b));
  assert.deepEqual(bare(example('mixtral-8x22b')), bare(mixtral8x22b));
  assert.deepEqual(bare(example('deepseek-v3')), bare(deepSeekV3));
});

// Published sizes: Llama 3.1 405B 405.85 B (sum of its safetensors), Mixtral 8x22B 140.6 B, 39 B active (Mistral AI), DeepSeek-V3
// 671 B, 37 B active (arXiv 2412.19437, section 4.2).
test('parameter counts come out as the makers publish them', () => {
  const billions = (value: number): number => value / 1e9;
  assert.ok(Math.abs(billions(countParameters(example('llama-3.1-405b')).total) - 405.85) < 0.01);
  assert.ok(Math.abs(billions(countParameters(example('mixtral-8x22b')).total) - 140.6) < 0.1);
  assert.ok(Math.abs(billions(countParameters(example('mixtral-8x22b')).active) - 39) < 0.5);
  assert.ok(Math.abs(billions(countParameters(example('deepseek-v3')).total) - 671) < 0.5);
  assert.ok(Math.abs(billions(countParameters(example('deepseek-v3')).active) - 37) < 1);
});

const llama = { model_type: 'llama', hidden_size: 4096, intermediate_size: 11008, num_hidden_layers: 32, num_attention_heads: 32, vocab_size: 32000 };

// Llama-2-7B has 6.74 B parameters (Touvron et al. 2023): LlamaConfig takes as many key heads as heads and hidden / heads = 128.
test('a Llama configuration without key heads has as many as heads', () => {
  const spec = model(llama);
  assert.deepEqual(spec.attention, { kind: 'gqa', heads: 32, kvHeads: 32, headDim: 128, windowTokens: null });
  assert.equal(spec.tiedEmbeddings, false);
  assert.ok(Math.abs(countParameters(spec).total / 1e9 - 6.74) < 0.01);
});

test('an absent field follows the rule of its own configuration class, an explicit null means as many as heads', () => {
  const kvHeads = (config: object): unknown => {
    const { attention } = model({ ...llama, ...config });
    return attention.kind === 'gqa' ? attention.kvHeads : null;
  };
  assert.equal(kvHeads({ model_type: 'mistral' }), 8); // MistralConfig: num_key_value_heads = 8
  assert.equal(kvHeads({ model_type: 'mistral', num_key_value_heads: null }), 32);
  assert.equal(kvHeads({ model_type: 'qwen2', num_attention_heads: 64 }), 32); // Qwen2Config: num_key_value_heads = 32
  assert.equal(kvHeads({ model_type: 'qwen3_moe', num_experts: 128, num_experts_per_tok: 8, moe_intermediate_size: 768 }), 4);
});

test('a sliding window holds where its configuration class says so', () => {
  const window = (config: object): unknown => {
    const { attention } = model({ ...llama, ...config });
    return attention.kind === 'gqa' ? attention.windowTokens : undefined;
  };
  assert.equal(window({ sliding_window: 4096 }), null); // LlamaConfig has none
  assert.equal(window({ model_type: 'mistral' }), 4096); // MistralConfig: sliding_window = 4096
  assert.equal(window({ model_type: 'mistral', sliding_window: null }), null); // Mistral 7B v0.2 and later
  assert.equal(window({ model_type: 'qwen2', sliding_window: 131072 }), null); // Qwen2Config: use_sliding_window = False
  assert.equal(window({ model_type: 'qwen2', sliding_window: 131072, use_sliding_window: true }), 131072);
});

test('Qwen3 heads are 128 wide unless the file says otherwise', () => {
  // Qwen3-0.6B: hidden 1024, 16 heads, head_dim 128: wider than hidden / heads = 64.
  const { attention } = model({ ...llama, model_type: 'qwen3', hidden_size: 1024, num_attention_heads: 16, num_key_value_heads: 8 });
  assert.equal(attention.kind === 'gqa' && attention.headDim, 128);
});

// Qwen3-30B-A3B: 48 layers, all with 128 experts of width 768, 8 active; the maker states 30.5 B parameters, 3.3 B active.
test('a Qwen mixture counts its expert layers and comes out at its published size', () => {
  const spec = model({
    model_type: 'qwen3_moe', hidden_size: 2048, intermediate_size: 6144, moe_intermediate_size: 768, num_hidden_layers: 48, num_attention_heads: 32, num_key_value_heads: 4,
    head_dim: 128, num_experts: 128, num_experts_per_tok: 8, decoder_sparse_step: 1, mlp_only_layers: [], vocab_size: 151936, tie_word_embeddings: false,
  });
  assert.equal(spec.moe?.moeLayers, 48);
  assert.equal(spec.ffn, 0);
  assert.ok(Math.abs(countParameters(spec).total / 1e9 - 30.5) < 0.1);
  assert.ok(Math.abs(countParameters(spec).active / 1e9 - 3.3) < 0.1);
});

test('dense layers of a mixture are those its configuration names', () => {
  const base = {
    model_type: 'qwen3_moe', hidden_size: 2048, intermediate_size: 6144, moe_intermediate_size: 768, num_hidden_layers: 10, num_attention_heads: 32, num_experts: 8, num_experts_per_tok: 2, vocab_size: 1000,
  };
  // Layers count from 0 and layer i has experts when (i + 1) is a multiple of the step: of ten layers and step 3, layers 2, 5 and 8.
  assert.equal(model({ ...base, decoder_sparse_step: 3 }).moe?.moeLayers, 3);
  assert.equal(model({ ...base, decoder_sparse_step: 3, mlp_only_layers: [5] }).moe?.moeLayers, 2);
  assert.equal(model({ ...base, decoder_sparse_step: 3 }).ffn, 6144);
});

// GPT-2 small: 124.4 M parameters (Radford et al. 2019), with n_inner null standing for 4 x 768 and tied embeddings.
test('GPT-2 keeps its own field names and ties its embeddings', () => {
  const spec = parseHfConfig(JSON.stringify({ model_type: 'gpt2', n_embd: 768, n_layer: 12, n_head: 12, n_inner: null, vocab_size: 50257 }), 'config.json', { sequence: 1024, notes: createDerivationNotes() });
  assert.ok(spec.ok);
  assert.equal(spec.value.ffn, 3072);
  assert.equal(spec.value.gated, false);
  assert.ok(Math.abs(countParameters(spec.value).total / 1e6 - 124.4) < 0.2);
});

test('a configuration without model_type is known by its architecture, and a nested text model is found', () => {
  const { model_type: _type, ...rest } = llama;
  assert.equal(model({ ...rest, architectures: ['LlamaForCausalLM'] }).layers, 32);
  assert.equal(model({ model_type: 'somevision', text_config: llama }).hidden, 4096);
});

test('missing and impossible fields are issues with their places', () => {
  const { hidden_size: _hidden, ...rest } = llama;
  const text = JSON.stringify({ ...rest, num_hidden_layers: '32', num_key_value_heads: 5, vocab_size: -1 }, null, 1);
  const result = parseHfConfig(text, 'config.json', { sequence: 4096, notes: createDerivationNotes() });
  assert.deepEqual(result.ok ? [] : result.issues.map(formatIssue), [
    'config.json:1:1: hidden_size: `hidden_size` is missing. Add it from the model’s published config.json [missing-value]',
    'config.json:4:23: num_hidden_layers: `num_hidden_layers` must be a whole number from 1 to 1000000000 (got "32"). Copy the number from the model’s published config.json [not-a-count]',
    'config.json:7:25: num_key_value_heads: 32 attention heads do not share 5 key heads evenly (got 5). Choose a divisor of num_attention_heads [heads-not-divisible]',
    'config.json:6:16: vocab_size: `vocab_size` must be a whole number from 1 to 1000000000 (got -1). Copy the number from the model’s published config.json [not-a-count]',
  ]);
});

test('a family that is not known is named with what is', () => {
  const result = parse({ ...llama, model_type: 'lama' });
  assert.match(result.ok ? '' : result.issues.map(formatIssue).join('\n'), /config\.json:2:16: model_type: This family of models is not known \(got lama\)\. Did you mean `llama`\?.*\[unknown-model-type\]/);
});
