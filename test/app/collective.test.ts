/** The collective command as a user meets it: nccl-tests' figures, every fault at once, refusals with a way out. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

function collective(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'collective', ...words], { cwd: root, encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

test('a ring all-reduce has the time and the bus bandwidth of the formula', () => {
  const { code, out } = collective('--op', 'all-reduce', '--algorithm', 'ring', '--ranks', '64', '--size', '1GiB', '--bandwidth', '400Gbps', '--latency', '500ns', '--json');
  assert.equal(code, 0);
  const answer = JSON.parse(out) as { algorithm: string; time_s: number; algbw_GBps: number; busbw_GBps: number };
  // 126 x 500 ns + 2 x 63/64 x 2^33 bits / 400 Gb/s = 42,341,584.32 ns; 2^30 bytes over it 25.3590 GB/s, times 126/64 49.9256 GB/s.
  assert.equal(answer.algorithm, 'ring');
  assert.ok(Math.abs(answer.time_s - 0.04234158432) < 1e-12);
  assert.ok(Math.abs(answer.algbw_GBps - 25.3590) < 1e-4 && Math.abs(answer.busbw_GBps - 49.9256) < 1e-4);
});

test('auto prints the fastest algorithm and all others', () => {
  const { out } = collective('--op', 'all-to-all', '--ranks', '64', '--size', '64MiB', '--bandwidth', '400Gbps', '--latency', '3us', '--domain', '8', '--domain-bandwidth', '3600Gbps', '--json');
  const answer = JSON.parse(out) as { algorithm: string; time_s: number; lower_bound_s: number; candidates: { time_s: number }[] };
  assert.equal(answer.algorithm, 'rail-aligned');
  assert.ok(answer.candidates.length >= 5 && answer.candidates.every((one) => one.time_s >= answer.time_s));
  assert.ok(answer.lower_bound_s <= answer.time_s);
});

test('a cluster gives rates and routes, and the flow engine agrees with the closed form', () => {
  const { code, out } = collective('--op', 'all-reduce', '--algorithm', 'ring', '--ranks', '64', '--size', '1GiB', '--cluster', 'examples/cluster-1024.yaml', '--json');
  assert.equal(code, 0);
  const { fabric } = JSON.parse(out) as { fabric: { streaming_s: number; flows: number; optimal_s: number; share_of_optimum: number } };
  // Eight rings, one per rail, each with an eighth of 2 x 63/64 GiB over a 400 Gb/s port: 42,278,584.32 ns / 8 at full port rate.
  assert.ok(Math.abs(fabric.streaming_s / (0.04227858432 / 8) - 1) < 0.02, String(fabric.streaming_s));
  assert.equal(fabric.flows, 8 * 64);
  // Eight servers send 2 x 7 GiB out through 8 x 3,200 Gb/s in all: 14 x 2^33 / 25,600 = 4.69762048 ms.
  assert.ok(Math.abs(fabric.optimal_s - 0.00469762048) < 1e-9 && fabric.share_of_optimum > 0.85 && fabric.share_of_optimum <= 1, JSON.stringify(fabric));
});

test('a rate and a latency beside a cluster keep the closed form to them, and the bytes still run on its routes', () => {
  const { code, out } = collective('--op', 'all-reduce', '--algorithm', 'ring', '--ranks', '64', '--size', '1GiB', '--bandwidth', '400Gbps', '--latency', '500ns', '--cluster', 'examples/cluster-1024.yaml', '--json');
  assert.equal(code, 0);
  const answer = JSON.parse(out) as { time_s: number; fabric: { flows: number } };
  // As without a cluster: 126 x 500 ns + 2 x 63/64 x 2^33 bits / 400 Gb/s.
  assert.ok(Math.abs(answer.time_s - 0.04234158432) < 1e-12 && answer.fabric.flows === 512, out);
  const alone = collective('--op', 'all-reduce', '--ranks', '64', '--size', '1GiB', '--latency', '500ns', '--cluster', 'examples/cluster-1024.yaml');
  assert.equal(alone.code, 2);
  assert.match(alone.err, /--latency.*given-twice/u);
});

test('receivers that share by a Zipf law slow an all-to-all to its fullest port', () => {
  const { out } = collective('--op', 'all-to-all', '--ranks', '4', '--size', '1MB', '--bandwidth', '400Gbps', '--zipf', '1', '--json');
  // Shares 1, 1/2, 1/3, 1/4 of 25/12: the first rank receives 3 x 12/25 x 8e6 bits at 400 Gb/s, 28.8 us.
  const answer = JSON.parse(out) as { time_s: number };
  assert.ok(Math.abs(answer.time_s - 28.8e-6) < 1e-12, String(answer.time_s));
  const ring = collective('--op', 'all-reduce', '--ranks', '4', '--size', '1MB', '--bandwidth', '400Gbps', '--zipf', '1');
  assert.equal(ring.code, 2);
  assert.match(ring.err, /--zipf/);
});

test('every fault is named at once, and a refusal names the reason', () => {
  const bad = collective('--op', 'all-reduc', '--ranks', '0', '--size', '1', '--latency', '-1ns');
  assert.deepEqual([bad.code, bad.out], [2, '']);
  for (const option of ['--op', '--ranks', '--size', '--bandwidth']) assert.match(bad.err, new RegExp(`^${option}: `, 'm'));
  const odd = collective('--op', 'all-gather', '--algorithm', 'recursive-doubling', '--ranks', '6', '--size', '1MB', '--bandwidth', '400Gbps');
  assert.equal(odd.code, 1);
  assert.match(odd.err, /power of two/);
});
