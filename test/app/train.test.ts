/** The train command as a user meets it: one document, exit codes, and every fault named. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'heliostat-train-'));

function train(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'train', ...words], { cwd: root, encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

function file(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

const gpt = {
  id: 'gpt', model: { layers: 96, hidden: 12288, heads: 96, ffn: 49152, vocab: 51200, seq: 2048 },
  system: { accelerator: 'H100-80GB SXM', peak_tflops: 989, gpus: 512 },
  parallel: { tp: 8, pp: 8, dp: 8, global_batch: 512, microbatch: 1 },
};

test('one planned run prints a list of one, with open fields chosen and no error', () => {
  const { code, out } = train(file('one.json', gpt), '--json');
  assert.equal(code, 0);
  const [row] = JSON.parse(out) as { id: string; predicted: { step_s: number; mfu: number }; plan: { interleave: number }; breakdown: { compute_s: number }; error?: number }[];
  assert.ok(row && row.id === 'gpt' && row.error === undefined);
  // 512 x 2048 tokens x 6 x 174.6e9 FLOPs over 512 accelerators at 989 TFLOP/s would take 2.17 s: no run is faster.
  assert.ok(row.predicted.step_s > 2.17 && row.breakdown.compute_s < row.predicted.step_s);
  assert.ok(row.predicted.mfu > 0.2 && row.predicted.mfu < 0.7 && row.plan.interleave > 1);
});

test('a measurement beside a run gives the error of its step time', () => {
  const { out } = train(file('measured.json', [{ ...gpt, measured: { step_s: 5 } }]), '--json');
  const [row] = JSON.parse(out) as { predicted: { step_s: number }; error: number; measured: { step_s: number } }[];
  assert.ok(row);
  assert.equal(row.error, row.predicted.step_s / 5 - 1);
});

test('a run that cannot be is answered with every reason and exit code 2', () => {
  const unknown = train(file('unknown.json', { ...gpt, system: { accelerator: 'abacus', gpus: 8 } }));
  assert.equal(unknown.code, 2);
  assert.match(unknown.out, /gpt\.system\.accelerator: This accelerator is not in the table \(got abacus\)/);
  const odd = train(file('odd.json', { ...gpt, parallel: { ...gpt.parallel, tp: 7 } }), '--json');
  assert.equal(odd.code, 2);
  assert.match(odd.out, /degrees-do-not-multiply/);
  const heads = train(file('heads.json', { ...gpt, model: { ...gpt.model, heads: 90 } }), '--json');
  assert.equal(heads.code, 2);
  assert.match(heads.out, /"path": "gpt\.parallel\.tp"/);
  const missing = train(join(folder, 'nowhere.json'));
  assert.deepEqual([missing.code, missing.out], [2, '']);
  assert.match(missing.err, /missing-file/);
});

test('a document with its list under runs is read, and a field left null takes the best legal choice', () => {
  const open = { ...gpt, parallel: { tp: null, pp: null, dp: null, global_batch: 512 } };
  const { code, out } = train(file('runs.json', { runs: [gpt, { ...open, id: 'open' }] }), '--json');
  assert.equal(code, 0);
  const [stated, chosen] = JSON.parse(out) as { id: string; predicted: { step_s: number }; plan: { tensor: number; pipeline: number; data: number; context: number } }[];
  assert.ok(stated && chosen?.id === 'open');
  const { tensor, pipeline, data, context } = chosen.plan;
  assert.equal(tensor * pipeline * data * context, 512);
  assert.ok(chosen.predicted.step_s <= stated.predicted.step_s);
});

test('the check prints one line per group and source', () => {
  const { code, out } = train('--check', file('check.json', [{ ...gpt, source: 'a page', measured: { step_s: 5 } }]));
  assert.equal(code, 0);
  assert.match(out, /all dense/);
  assert.match(out, /a page/);
});
