/** Serving in closed form: hand-counted cache, the public rows, and how it responds. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseRuns } from '../../src/adapters/run-file.ts';
import { findAccelerator } from '../../src/traffic/accelerators.ts';
import type { ServingJob } from '../../src/traffic/inference.ts';
import { cacheBytesPerToken, predictDecodeService, predictServing } from '../../src/traffic/inference.ts';
import { deepSeekV3, llama31x405b } from '../../src/traffic/model-presets.ts';
import { isServingRun, predictServingRun } from '../../src/traffic/serve-run.ts';
import { sharedTest } from '../shared.ts';

const h100 = findAccelerator('h100');
assert.ok(h100);
const job: ServingJob = {
  model: llama31x405b, accelerator: h100, precision: 'fp8', tensor: 8, expert: 1, concurrency: 16, inputTokens: 2048, outputTokens: 512,
  network: { scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 }, scaleOut: { rateGbps: 400, latencyNs: 3000, podSize: 1024, oversubscription: 1, coreLatencyNs: 3000 } },
};

test('A cached token takes the bytes its heads or latents need', () => {
  // Llama 3.1 405B, 16 bits: 126 layers x 2 x 8 heads x 128 x 2 B = 516,096 B. DeepSeek-V3: 61 x (512 + 64) x 2 B = 70,272 B,
  // the "70 KB per token" of Insights into DeepSeek-V3, table 1.
  assert.equal(cacheBytesPerToken(llama31x405b, 'bf16'), 516_096);
  assert.equal(cacheBytesPerToken(deepSeekV3, 'bf16'), 70_272);
});

test('A decode step takes at least the time to read the weights', () => {
  const { breakdown, itlMs } = predictServing(job);
  // 401.65e9 matrix bytes over eight ranks at 3,350 GB/s: 14.99 ms; the parts sum to the step.
  assert.ok(breakdown.weightsMs > 14.99 && itlMs > breakdown.decodeMs);
  const { weightsMs, cacheMs, productsMs, collectivesMs, launchMs, pooledMs } = breakdown;
  assert.ok(Math.abs(weightsMs + cacheMs + productsMs + collectivesMs + launchMs + pooledMs - breakdown.decodeMs) < 1e-9);
});

test('A decode service of DeepSeek-V3 gives the 14,800 tokens per second and node that DeepSeek reports', () => {
  // deepseek-ai/open-infra-index, inference system overview: EP144 decode on H800 nodes, 4,989 cached tokens per output token,
  // "14.8k tokens/s output during decoding" per node. The production duty was set on the prefill figure, so this one is a check.
  const h800 = findAccelerator('h800');
  assert.ok(h800);
  const network = { ...job.network, scaleUp: { size: 8, rateGbps: 1600, latencyNs: 500 } };
  const decode = predictDecodeService({ model: deepSeekV3, accelerator: h800, network, precision: 'fp8', tensor: 1, expert: 144, inputTokens: 4989, gpusPerNode: 8 });
  assert.ok(Math.abs(decode.reportedPerS / 14_800 - 1) < 0.15, JSON.stringify(decode));
});

test('More requests at once give more tokens per second and longer waits', () => {
  const few = predictServing({ ...job, concurrency: 4 });
  const many = predictServing({ ...job, concurrency: 64 });
  assert.ok(many.tokensPerS > few.tokensPerS && many.itlMs > few.itlMs && many.ttftMs > few.ttftMs);
});

sharedTest('Throughput, time to first token and inter-token latency of the public rows are within 15 %', 'facts/measured-runs.json', (path) => {
  const rows = parseRuns(readFileSync(path, 'utf8'), path);
  assert.ok(rows.ok);
  const outcomes = rows.value.filter(isServingRun).map(predictServingRun);
  assert.equal(outcomes.length, 3);
  for (const one of outcomes) {
    assert.ok(Object.keys(one.errors).length > 0, one.id);
    for (const [quantity, error] of Object.entries(one.errors)) assert.ok(Math.abs(error) <= 0.15, `${one.id} ${quantity} ${error}`);
  }
});
