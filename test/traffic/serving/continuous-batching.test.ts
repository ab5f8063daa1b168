/** The batching queue against queueing theory where it has closed forms, and against work conservation elsewhere. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import type { BatchingServer, RequestLoad } from '../../../src/traffic/serving/continuous-batching.ts';
import { runBatching } from '../../../src/traffic/serving/continuous-batching.ts';
import { createSample } from '../../../src/traffic/serving/latency-distribution.ts';

const within = (actual: number, expected: number, share: number): void => assert.ok(Math.abs(actual / expected - 1) <= share, `${actual} is not within ${share} of ${expected}`);
const ms = 1e6;

test('Percentiles are nearest ranks, and a weight counts as so many equal values', () => {
  const plain = createSample();
  for (let value = 1; value <= 100; value++) plain.add(value);
  // Of 1 ... 100, rank 50, 90 and 99.
  assert.deepEqual(plain.describe(), { count: 100, mean: 50.5, p50: 50, p90: 90, p99: 99, max: 100 });
  const weighted = createSample();
  weighted.add(5, 98);
  weighted.add(7, 2);
  assert.deepEqual(weighted.describe(10), { count: 100, mean: 50.4, p50: 50, p90: 50, p99: 70, max: 70 });
});

test('One sequence at a time with one token each is the M/D/1 queue', () => {
  // Pollaczek and Khinchine with deterministic service D = 10 ms: mean time in system D + rho D / (2 (1 - rho)).
  const server: BatchingServer = { prefillNs: () => 10 * ms, decodeNs: () => NaN, sequencesMax: 1, promptsMax: 1 };
  for (const rho of [0.3, 0.6, 0.8]) {
    const load: RequestLoad = { arrivals: { kind: 'poisson', perS: rho * 100 }, outputTokens: 1, lengths: 'fixed', requests: 60_000 };
    const { ttftMs, requestMs, tokensPerS } = runBatching(server, load, createDice(11));
    within(ttftMs.mean, 10 + (rho * 10) / (2 * (1 - rho)), 0.04);
    within(tokensPerS, rho * 100, 0.02);
    assert.equal(ttftMs.mean, requestMs.mean);
    // P(no wait) = 1 - rho: the fastest 30 % of answers take exactly D at rho = 0.6, so the median is above and the least is D.
    assert.ok(ttftMs.p50 >= 10 && ttftMs.p99 > ttftMs.p90);
  }
});

test('One sequence at a time with geometric answers is the M/G/1 queue', () => {
  // Service S = 4 ms + 2 ms x (G - 1), G geometric of mean 5: E[S] = 12 ms, Var[S] = 2^2 x (1 - p)/p^2 = 4 x 20 = 80 ms^2,
  // so E[S^2] = 224 ms^2. At 50 requests per second rho = 0.6 and the mean wait is 0.05 x 224 / (2 x 0.4) = 14 ms.
  const server: BatchingServer = { prefillNs: () => 4 * ms, decodeNs: () => 2 * ms, sequencesMax: 1, promptsMax: 1 };
  const load: RequestLoad = { arrivals: { kind: 'poisson', perS: 50 }, outputTokens: 5, lengths: 'geometric', requests: 100_000 };
  const { ttftMs, itlMs, requestMs, tokensPerS } = runBatching(server, load, createDice(3));
  // Waits are correlated: 100,000 of them scatter by about 3 % around their mean.
  within(ttftMs.mean, 14 + 4, 0.06);
  within(requestMs.mean, 14 + 12, 0.06);
  within(tokensPerS, 250, 0.02);
  assert.deepEqual([itlMs.p50, itlMs.p99], [2, 2]);
});

test('A closed loop of one request meets no queue', () => {
  // 30 ms of prefill, then 9 gaps of 5 ms: 10 tokens in 75 ms.
  const server: BatchingServer = { prefillNs: () => 30 * ms, decodeNs: () => 5 * ms, sequencesMax: 8, promptsMax: 8 };
  const { ttftMs, itlMs, requestMs, tokensPerS } = runBatching(server, { arrivals: { kind: 'closed', concurrency: 1, pauseNs: 25 * ms }, outputTokens: 10, lengths: 'fixed', requests: 200 }, createDice(1));
  within(ttftMs.p99, 30, 1e-9);
  within(itlMs.max, 5, 1e-9);
  within(requestMs.max, 75, 1e-9);
  // With the client's pause of 25 ms a round lasts 100 ms.
  within(tokensPerS, 100, 0.01);
});

test('A closed loop conserves work: its throughput is that of prefill and decode laid end to end', () => {
  // 20 requests, decode 10 ms whatever the batch, prefill 2 ms each and alone: one round of 100 tokens per request costs the
  // server 20 x 2 ms + 99 x 10 ms = 1,030 ms for 2,000 tokens; between its tokens a request sees 19 foreign prefills per round.
  const server: BatchingServer = { prefillNs: (prompts) => prompts * 2 * ms, decodeNs: () => 10 * ms, sequencesMax: 64, promptsMax: 1 };
  const { itlMs, tokensPerS, meanBatch } = runBatching(server, { arrivals: { kind: 'closed', concurrency: 20, pauseNs: 0 }, outputTokens: 100, lengths: 'fixed', requests: 2000 }, createDice(2));
  within(tokensPerS, 2000 / 1.03, 0.01);
  within(itlMs.mean, 10 + (19 * 2) / 99, 0.01);
  within(meanBatch, 20, 0.02);
  assert.ok(itlMs.p50 === 10 && itlMs.p99 >= 12);
});

test('The same seed gives the same answer, and more load never shortens the tail', () => {
  const server: BatchingServer = { prefillNs: (prompts) => (1 + prompts) * ms, decodeNs: (sequences) => (4 + 0.1 * sequences) * ms, sequencesMax: 32, promptsMax: 4 };
  const run = (perS: number): ReturnType<typeof runBatching> => runBatching(server, { arrivals: { kind: 'poisson', perS }, outputTokens: 40, lengths: 'geometric', requests: 3000 }, createDice(7));
  assert.deepEqual([run(60).requestsNs, run(60).itlMs], [run(60).requestsNs, run(60).itlMs]);
  assert.ok(run(60).ttftMs.p99 < run(90).ttftMs.p99 && run(60).itlMs.mean < run(90).itlMs.mean);
});
