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
