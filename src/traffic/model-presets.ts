/** Public architectures by name, each with the page its numbers come from. */

import type { ModelSpec } from './model.ts';

export const llama31x405b: ModelSpec = {
  name: 'Llama-3.1-405B-like', layers: 126, hidden: 16384,
  attention: { kind: 'gqa', heads: 128, kvHeads: 8, headDim: 128, windowTokens: null },
  ffn: 53248, gated: true, vocab: 128256, seq: 8192, tiedEmbeddings: false, gptStyle: false, parallelBlock: false, moe: null, mtpLayers: 0,
  source: 'The Llama 3 Herd of Models (Meta, arXiv 2407.21783), Table 3; meta-llama/Llama-3.1-405B config.json',
};

export const mixtral8x22b: ModelSpec = {
  name: 'Mixtral-8x22B-like', layers: 56, hidden: 6144,
  attention: { kind: 'gqa', heads: 48, kvHeads: 8, headDim: 128, windowTokens: null },
  ffn: 0, gated: true, vocab: 32768, seq: 4096, tiedEmbeddings: false, gptStyle: false, parallelBlock: false,
  moe: { experts: 8, topK: 2, sharedExperts: 0, expertFfn: 16384, moeLayers: 56, nodesPerTokenMax: null }, mtpLayers: 0,
  source: 'mistralai/Mixtral-8x22B-v0.3 config.json; Mistral AI announces 141B parameters, 39B active',
};

export const deepSeekV3: ModelSpec = {
  name: 'DeepSeek-V3-like', layers: 61, hidden: 7168,
  attention: { kind: 'mla', heads: 128, queryRank: 1536, kvRank: 512, nopeDim: 128, ropeDim: 64, valueDim: 128 },
  ffn: 18432, gated: true, vocab: 129280, seq: 4096, tiedEmbeddings: false, gptStyle: false, parallelBlock: false,
  moe: { experts: 256, topK: 8, sharedExperts: 1, expertFfn: 2048, moeLayers: 58, nodesPerTokenMax: 4 }, mtpLayers: 1,
  source: 'DeepSeek-V3 Technical Report (arXiv 2412.19437), section 4.2; deepseek-ai/DeepSeek-V3 config.json',
};

export const gpt3x175b: ModelSpec = {
  name: 'GPT-3-175B-like', layers: 96, hidden: 12288,
  attention: { kind: 'gqa', heads: 96, kvHeads: 96, headDim: 128, windowTokens: null },
  ffn: 49152, gated: false, vocab: 51200, seq: 2048, tiedEmbeddings: true, gptStyle: true, parallelBlock: false, moe: null, mtpLayers: 0,
  source: 'Brown et al. 2020 (arXiv 2005.14165), Table 2.1, with the padded vocabulary of Megatron-LM',
};

/** Short names under which a spec may ask for a preset. */
export const modelPresets: Readonly<Record<string, ModelSpec>> = {
  'llama-3.1-405b': llama31x405b,
  'mixtral-8x22b': mixtral8x22b,
  'deepseek-v3': deepSeekV3,
  'gpt3-175b': gpt3x175b,
};
