/** The phases command as a user meets it: one document, one picture, and every fault named. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'heliostat-phases-'));

function phases(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'phases', 'examples/cluster-1024.yaml', ...words], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

interface Printed {
  readonly stepS: number;
  readonly sections: readonly { readonly name: string; readonly startS: number; readonly endS: number }[];
  readonly phases: readonly { readonly name: string; readonly group: { readonly ranks: number; readonly firstRanks: readonly number[] } }[];
  readonly bursts: readonly { readonly endS: number; readonly slackS: number }[];
  readonly skew: { readonly meanStepS: number; readonly evenStepS: number } | null;
}

test('a job prints one document whose sections fill the step, and one picture', () => {
  const html = join(folder, 'phases.html');
  const { code, out } = phases('examples/workload-llama-405b.yaml', '--closed-form', '--json', '--html', html);
  assert.equal(code, 0);
  const result = JSON.parse(out) as Printed;
  assert.deepEqual(result.sections.map((section) => section.name), ['parameter gather', 'warm-up', 'steady', 'cool-down', 'gradient reduce', 'optimiser']);
  assert.ok(Math.abs((result.sections.at(-1)?.endS ?? 0) - result.stepS) < 1e-9);
  for (const burst of result.bursts) assert.ok(burst.endS + burst.slackS <= result.stepS * (1 + 1e-9));
  // Tensor 8, context 2: the tensor group is the first node, its context neighbour 8 ranks on.
  assert.deepEqual(result.phases.find((phase) => phase.name.startsWith('tensor'))?.group.firstRanks, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(result.phases.find((phase) => phase.name.startsWith('context'))?.group.firstRanks, [0, 8]);
  const page = readFileSync(html, 'utf8');
  assert.ok(page.startsWith('<!doctype html>') && page.includes('stage 7') && page.length < 2e6);
});

test('skewed load shows the expert bottleneck, from a law and from a trace', () => {
  const law = phases('examples/workload-mixtral.yaml', '--closed-form', '--json', '--skew', '1', '--steps', '2');
  const trace = join(folder, 'loads.json');
  writeFileSync(trace, JSON.stringify([[80, 20, 20, 20, 20, 20, 10, 10]]));
  const traced = phases('examples/workload-mixtral.yaml', '--closed-form', '--json', '--expert-loads', trace);
  for (const { code, out, err } of [law, traced]) {
    assert.equal(code, 0, err);
    const { skew } = JSON.parse(out) as Printed;
    assert.ok(skew !== null && skew.meanStepS > skew.evenStepS);
  }
});

test('bad options and files are named with exit code 2, refusals with 1', () => {
  const wrong = phases('examples/workload-mixtral.yaml', '--skew', 'steep', '--drift', '2');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /--skew.*\n.*--drift/);
  const short = join(folder, 'short.json');
  writeFileSync(short, '[[1, 2], "x"]');
  const bad = phases('examples/workload-mixtral.yaml', '--expert-loads', short);
  assert.equal(bad.code, 2);
  assert.match(bad.err, /wrong-length[\s\S]*not-a-load/);
  assert.equal(phases('nowhere.yaml').code, 2);
  const refused = phases('examples/workload-llama-405b.yaml', '--closed-form', '--skew', '1');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /no-expert-exchange/);
});

test('sync between sites and background moves are asked for by options', () => {
  const { code, out } = phases('examples/workload-llama-405b.yaml', '--closed-form', '--json', '--sites', '2', '--inner-steps', '100', '--overlap-steps', '5', '--move', '864TB', '--move-within', '24h');
  assert.equal(code, 0);
  const { stepS, beside } = JSON.parse(out) as { stepS: number; beside: { name: string; trafficClass: string; bytes: number; periodS: number | null; deadlineS: number; paceGbps: number }[] };
  // 405.9e9 parameters of 4 bytes; an all-reduce of two sites sends 2 x 1/2 of them from each, 3.247e12 bytes in all.
  const sync = beside.find((row) => row.name === 'site sync');
  assert.equal(sync?.trafficClass, 'parameterSync');
  assert.ok(Math.abs((sync?.bytes ?? 0) / 3.247e12 - 1) < 1e-3 && Math.abs((sync?.periodS ?? 0) - 100 * stepS) < 1e-6 && Math.abs((sync?.deadlineS ?? 0) - 5 * stepS) < 1e-6);
  // 864e12 x 8 bits in 86,400 s are 80 Gb/s.
  const move = beside.find((row) => row.name === 'background move');
  assert.ok(move?.trafficClass === 'background' && move.periodS === null && Math.abs(move.paceGbps - 80) < 1e-9);
  const wrong = phases('examples/workload-llama-405b.yaml', '--sites', '1', '--move', '5 parsecs');
  assert.equal(wrong.code, 2);
  assert.ok(wrong.err.includes('--sites') && wrong.err.includes('--move'), wrong.err);
});
