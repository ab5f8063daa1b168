/** The infer command as a user meets it: one document, serving rows only, every fault named. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'heliostat-infer-'));

function infer(name: string, value: unknown, ...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'infer', path, ...words], { cwd: root, encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

const llama = {
  id: 'llama', model: { layers: 80, hidden: 8192, heads: 64, kv_heads: 8, ffn: 28672, vocab: 128256, seq: 8192, gated_mlp: true },
  system: { accelerator: 'H100-80GB SXM', peak_tflops: 1979, note_peak: 'FP8 dense', gpus: 2 },
  parallel: { tp: 2, batch: 1, input_len: 5000, output_len: 500 }, measured: { itl_ms: 18.58 },
};
const training = { ...llama, id: 'training', parallel: { tp: 2, pp: 1, dp: 1, global_batch: 8 } };

test('serving runs are answered and training runs left out', () => {
  const { code, out } = infer('both.json', [training, llama], '--json');
  assert.equal(code, 0);
  const rows = JSON.parse(out) as { id: string; predicted: { tokens_s: number; ttft_ms: number; itl_ms: number }; error: number }[];
  assert.deepEqual(rows.map((row) => row.id), ['llama']);
  const [row] = rows;
  assert.ok(row);
  // Reading 69.5 GB of FP8 weights on two accelerators at 3,350 GB/s takes 10.4 ms: no token comes faster.
  assert.ok(row.predicted.itl_ms > 10.4 && row.predicted.ttft_ms > row.predicted.itl_ms);
  assert.equal(row.error, row.predicted.itl_ms / 18.58 - 1);
});

test('a file without serving runs, and a run without lengths, are bad input', () => {
  const none = infer('none.json', training);
  assert.deepEqual([none.code, none.out], [2, '']);
  assert.match(none.err, /no-serving-run/);
  const lengths = infer('lengths.json', { ...llama, parallel: { tp: 2, input_len: 10 } }, '--json');
  assert.equal(lengths.code, 2);
  assert.match(lengths.out, /missing-lengths/);
});

test('the check prints one line per quantity, over all runs and per source', () => {
  // Errors are taken from the predictions of the same runs: predicted over measured, minus one.
  const runs = [{ ...llama, source: 'a page' }, { ...llama, id: 'other', source: 'another page', measured: { itl_ms: 10, ttft_ms: 100 } }];
  const answered = JSON.parse(infer('answered.json', runs, '--json').out) as { predicted: { itl_ms: number; ttft_ms: number } }[];
  const { code, out } = infer('check.json', runs, '--check', '--json');
  assert.equal(code, 0);
  const { table } = JSON.parse(out) as { table: { name: string; rows: number; mean: number }[] };
  assert.deepEqual(table.map(({ name, rows }) => [name, rows]), [['itl_ms, all', 2], ['ttft_ms, all', 1], ['itl_ms, a page', 1], ['itl_ms, another page', 1], ['ttft_ms, another page', 1]]);
  const itl = answered.map(({ predicted }, at) => Math.abs(predicted.itl_ms / (at === 0 ? 18.58 : 10) - 1));
  assert.ok(Math.abs((table[0]?.mean ?? NaN) - itl.reduce((sum, one) => sum + one, 0) / 2) < 1e-12);
  const page = infer('page.json', runs, '--check');
  assert.match(page.out, /rows +median +mean +p90 +worst +source\n +2 .* itl_ms, all\n/);
  assert.match(page.out, /0 of 2 rows cannot be compared/);
});

test('the example is answered with percentiles, and a cluster carries the cache of its disaggregated service', () => {
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'infer', 'examples/serving.json', '--cluster', 'examples/cluster-1024.yaml', '--json'], { cwd: root, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  interface Tail { readonly p50: number; readonly p90: number; readonly p99: number }
  const rows = JSON.parse(run.stdout) as { id: string; distribution: Readonly<Record<string, Tail>>; stages?: readonly { readonly name: string }[]; assumptions: readonly string[] }[];
  for (const row of rows) for (const [name, one] of Object.entries(row.distribution)) assert.ok(one.p50 > 0 && one.p50 <= one.p90 && one.p90 <= one.p99, `${row.id} ${name}`);
  const named = (id: string): (typeof rows)[number] | undefined => rows.find((row) => row.id === id);
  assert.deepEqual(Object.keys(named('chat-70b')?.distribution ?? {}), ['ttft_ms', 'itl_ms', 'request_ms']);
  assert.deepEqual(named('agents')?.stages?.map((stage) => stage.name), ['plan', 'work', 'judge']);
  assert.ok(named('disaggregated-70b')?.distribution['transfer_ms'] && named('disaggregated-70b')?.assumptions.some((text) => text.includes('routes of the cluster')));
});
