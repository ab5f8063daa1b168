/** Pooled memory by hand: the fabric's rate, the round trip's limit, and what hides. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAccelerator } from '../../../src/traffic/accelerators.ts';
import type { ServingJob } from '../../../src/traffic/inference.ts';
import { predictServing, sequencesThatFit } from '../../../src/traffic/inference.ts';
import { llama31x405b } from '../../../src/traffic/model-presets.ts';
import type { PooledMemory } from '../../../src/traffic/serving/pooled-memory.ts';
import { pooledExposedNs, readPool } from '../../../src/traffic/serving/pooled-memory.ts';

const pool: PooledMemory = { rateGbps: 800, latencyNs: 2000, outstandingBytes: 1_000_000, cacheShare: 0.5, weightShare: 0 };

test('A pool is read at the rate of the fabric while enough bytes are in flight, else at bytes in flight per round trip', () => {
  // 8e6 bits in flight over 2,000 ns are 4,000 Gb/s: the fabric's 800 Gb/s holds. 1e6 bytes: 2,000 ns + 8e6/800 = 12,000 ns.
  assert.deepEqual(readPool(pool, 1e6), { readNs: 12_000, rateGbps: 800, boundBy: 'rate' });
  // 64 KiB in flight: 524,288 bits / 2,000 ns = 262.144 Gb/s.
  const thin = readPool({ ...pool, outstandingBytes: 65_536 }, 1e6);
  assert.ok(thin.boundBy === 'latency' && Math.abs(thin.rateGbps - 262.144) < 1e-9 && Math.abs(thin.readNs - (2000 + 8e6 / 262.144)) < 1e-6);
  assert.equal(readPool(pool, 0).readNs, 0);
});

test('A prefetched read shows only what outlasts the step', () => {
  assert.equal(pooledExposedNs(pool, 1e6, 20_000), 0);
  assert.equal(pooledExposedNs(pool, 1e6, 5_000), 7_000);
});

test('Half the cache in a pool lets more sequences in, and a slow pool then sets the pace of a step', () => {
  const h100 = findAccelerator('h100');
  assert.ok(h100);
  const job: ServingJob = {
    model: llama31x405b, accelerator: h100, precision: 'fp8', tensor: 8, expert: 1, concurrency: 32, inputTokens: 8192, outputTokens: 512,
    network: { scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 }, scaleOut: { rateGbps: 400, latencyNs: 3000, podSize: 1024, oversubscription: 1, coreLatencyNs: 3000 } },
  };
  const local = sequencesThatFit(job);
  // Bytes left beside the weights are the same, bytes per sequence halve: twice the sequences, up to rounding down.
  assert.ok([2 * local, 2 * local + 1].includes(sequencesThatFit({ ...job, pool })), `${local} and ${sequencesThatFit({ ...job, pool })}`);
  const fast = predictServing({ ...job, pool }).breakdown;
  const slow = predictServing({ ...job, pool: { ...pool, rateGbps: 100 } }).breakdown;
  const none = predictServing(job).breakdown;
  assert.ok(fast.cacheMs < none.cacheMs && slow.pooledMs > fast.pooledMs);
  // Half the cache of 32 sequences x 8,448 tokens x 258,048 bytes over 8 ranks is 4.360 GB: 348.8 ms at 100 Gb/s.
  const beside = slow.decodeMs - slow.pooledMs;
  assert.ok(Math.abs(beside + slow.pooledMs - (32 * 8448 * 258_048 * 8) / 16 / 100 / 1e6 - 0.002) < 1e-6);
});
