/** `heliostat topology` prices rails of circuit switches, and answers bad questions with place, value and remedy. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = (...words: readonly string[]) => spawnSync(process.execPath, ['src/app/main.ts', 'topology', ...words], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
const job = ['examples/cluster-1024.yaml', 'examples/workload-mixtral.yaml'];

test('a mixture of experts shares rails for under 3 % of its step, and no alternative is shorter', () => {
  const { stdout, status } = run(...job, '--ports', '4', '--switch-ms', '25', '--json');
  assert.equal(status, 0);
  const document = JSON.parse(stdout) as { packetStepS: number; chosen: { stepS: number; overhead: number }; alternatives: { stepS: number; kind: string }[] };
  assert.ok(document.chosen.overhead < 0.03);
  assert.ok(Math.abs(document.chosen.stepS / document.packetStepS - 1 - document.chosen.overhead) < 1e-9);
  assert.ok(document.alternatives.some(({ kind }) => kind === 'static'));
  for (const { stepS } of document.alternatives) assert.ok(stepS >= document.chosen.stepS - 1e-9);
});

test('ports and times out of range are bad input, and too few ports are refused', () => {
  const bad = run(...job, '--ports', '0', '--switch-ms', '-1');
  assert.equal(bad.status, 2);
  assert.match(bad.stderr, /--ports: .*got 0/);
  assert.match(bad.stderr, /--switch-ms: .*got -1/);
  const refused = run(...job, '--ports', '1');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /too-few-ports.*pipeline needs 2/);
});

interface Layout {
  readonly places: number;
  readonly ports: number;
  readonly portGbps: number;
  readonly reductions: readonly { readonly name: string; readonly strides: readonly number[]; readonly timeS: number }[];
  readonly matchings: number;
  readonly exchangeS: number;
  readonly communicationS: number;
  readonly alternatives: readonly { readonly communicationS: number }[];
  readonly crossConnects: readonly { readonly ocs: number; readonly aPort: number; readonly bPort: number }[];
}

test('circuits of the whole job: every port is a ring or a matching, no port of a switch is used twice, and the best division is taken', () => {
  const { stdout, status } = run(...job, '--ports', '6', '--circuits', '--json');
  assert.equal(status, 0);
  const { layout } = JSON.parse(stdout) as { layout: Layout };
  // 1,024 accelerators in domains of 8; 400 Gb/s of an accelerator over 6 ports (payload rates are a little below the line's).
  assert.equal(layout.places, 128);
  assert.ok(layout.portGbps * 6 <= 400 && layout.portGbps * 6 > 300);
  const rings = layout.reductions.reduce((sum, { strides }) => sum + strides.length, 0);
  assert.equal(rings + layout.matchings, 6);
  // A ring closes over all of its group when its stride has no factor in common with the group's size, a power of two here.
  for (const { strides } of layout.reductions) for (const stride of strides) assert.equal(stride % 2, 1);
  for (const side of ['aPort', 'bPort'] as const) assert.equal(new Set(layout.crossConnects.map((circuit) => `${circuit.ocs} ${circuit[side]}`)).size, layout.crossConnects.length);
  assert.ok(layout.crossConnects.length >= rings * layout.places);
  const parts = layout.reductions.reduce((sum, { timeS }) => sum + timeS, layout.exchangeS);
  assert.ok(Math.abs(parts - layout.communicationS) < 1e-9);
  for (const { communicationS } of layout.alternatives) assert.ok(communicationS >= layout.communicationS - 1e-12);
});

test('traffic that few ports cannot join is refused with a remedy', () => {
  const refused = run('examples/cluster-1024.yaml', 'examples/workload-deepseek-v3.yaml', '--ports', '6', '--circuits');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /traffic-cut-off, never.*packet network/);
});
