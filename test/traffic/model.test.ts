/** Model shapes against the totals their makers publish. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countParameters, modelFlopsPerToken } from '../../src/traffic/model.ts';
import { deepSeekV3, gpt3x175b, llama31x405b, mixtral8x22b } from '../../src/traffic/model-presets.ts';

const within = (actual: number, expected: number, share: number, what: string): void =>
  assert.ok(Math.abs(actual - expected) <= share * expected, `${what}: ${actual} is not within ${share * 100} % of ${expected}`);

test('Llama 3.1 405B has the 405.85 billion parameters Meta publishes', () => {
  // By hand, per layer: queries and output 2 x 16384^2 = 536,870,912; keys and values 2 x 16384 x 1024 = 33,554,432;
  // feed-forward 3 x 16384 x 53248 = 2,617,245,696; two norms 32,768: 3,187,703,808. x 126 = 401,650,679,808.
  // Embedding and head 2 x 128256 x 16384 = 4,202,692,608, last norm 16,384: 405,853,388,800 in all.
  assert.equal(countParameters(llama31x405b).total, 405_853_388_800);
});

test('Mixtral 8x22B has 141 billion parameters of which 39 billion are active', () => {
  // Mistral AI states 141B and 39B, rounded to the billion.
  within(countParameters(mixtral8x22b).total, 141e9, 0.005, 'total');
  within(countParameters(mixtral8x22b).active, 39e9, 0.01, 'active');
});

test('DeepSeek-V3 has 671 billion parameters of which 37 billion are active', () => {
  // Technical report, abstract: 671B total, 37B activated (the report leaves the input embedding and MTP module out of neither figure's rounding).
  within(countParameters(deepSeekV3).total, 671e9, 0.002, 'total');
  within(countParameters(deepSeekV3).active, 37e9, 0.02, 'active');
});

test('GPT-3 has the 174.6 billion parameters of Narayanan et al., equation 2', () => {
  // P = 12 l h^2 (1 + 13/(12h) + (V + s)/(12 l h)) with l = 96, h = 12288, V = 51200, s = 2048.
  const [l, h, v, s] = [96, 12288, 51200, 2048];
  const expected = 12 * l * h * h * (1 + 13 / (12 * h) + (v + s) / (12 * l * h));
  within(countParameters(gpt3x175b).total, expected, 1e-9, 'total');
});

test('Model FLOPs follow Narayanan et al., equation 3, without the recomputed forward pass', () => {
  // F = 72 B s l h^2 (1 + s/(6h) + V/(12 l h)); per token divide by B s. (Equation 3 has 96 because it adds a forward pass.)
  const [l, h, v, s] = [96, 12288, 51200, 2048];
  within(modelFlopsPerToken(gpt3x175b), 72 * l * h * h * (1 + s / (6 * h) + v / (12 * l * h)), 1e-9, 'FLOPs per token');
});

test('DeepSeek-V3 spends the 280 GFLOPs per token that its published utilisation implies', () => {
  // Insights into DeepSeek-V3 (ISCA 2025), table 4: 432 TFLOP/s non-causal at 15360 x 4096 tokens per 19.926 s on 2048 GPUs.
  within(modelFlopsPerToken(deepSeekV3), (432e12 * 2048 * 19.926) / (15360 * 4096), 0.02, 'FLOPs per token');
});
