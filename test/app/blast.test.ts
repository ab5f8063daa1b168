/** `heliostat blast` and `heliostat bom` as a user runs them: exit codes, JSON, issues. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/app/main.ts', ...args], { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 1e9 });
  return { code: status, stdout, stderr };
}

const cluster = 'examples/cluster-1024.yaml';

test('blast lists what a leaf takes with it', () => {
  const { code, stdout } = run('blast', cluster, 'leaf3', '--json');
  assert.equal(code, 0);
  const answer = JSON.parse(stdout) as { gpusCut: number; gpusSlowed: number; cutRanks: number[]; links: { state: string; darkSlots: number[] }[]; wavelengths: number };
  // 64 nodes per pod and 64 uplinks: 128 cables, both directions, four wavelengths each; rail 3 of pod 0 is ranks 3, 11, ... 507.
  assert.deepEqual(answer.cutRanks, Array.from({ length: 64 }, (_, node) => 8 * node + 3));
  assert.deepEqual([answer.gpusCut, answer.gpusSlowed, answer.links.length, answer.wavelengths], [64, 0, 256, 1024]);
  assert.equal(answer.links.reduce((sum, link) => sum + link.darkSlots.length, 0), 1024);
});

test('blast --worst ranks parts, worst first, and groups equal ones', () => {
  const { code, stdout } = run('blast', cluster, '--worst', '20', '--json');
  assert.equal(code, 0);
  const { parts } = JSON.parse(stdout) as { parts: { kind: string; count: number; gpusCut: number }[] };
  assert.ok(parts.length <= 20);
  assert.ok(parts.every((part, index) => index === 0 || part.gpusCut <= (parts[index - 1]?.gpusCut ?? 0)));
  assert.equal(parts.find((part) => part.kind === 'leaf')?.count, 16);
});

test('blast and bom print for people and explain themselves', () => {
  assert.match(run('blast', cluster, 'spine0').stdout, /GPUs slowed\s+1,024 of 1,024/);
  assert.match(run('blast', '--help').stdout, /Examples:/);
  const { stdout } = run('bom', cluster);
  assert.match(stdout, /fabric power .* kW/);
  // Modules are counted by field reports; the rates of switches and NICs are our own estimates.
  assert.match(stdout, /failures\/day +basis +part/);
  assert.match(stdout, /field +module: dr8-800g/);
  assert.match(stdout, /estimate +switch: /);
  assert.match(stdout, /failures +.*\d+ % rate seen in the field, \d+ % rate estimated/);
});

test('bom prints one JSON document whose power parts sum up', () => {
  const { code, stdout } = run('bom', cluster, '--json');
  assert.equal(code, 0);
  const bill = JSON.parse(stdout) as { fabricPowerW: { value: number }; powerParts: { powerW: number }[]; transceiversPerGpu: number };
  assert.ok(Math.abs(bill.powerParts.reduce((sum, part) => sum + part.powerW, 0) - bill.fabricPowerW.value) < 1e-6);
  assert.equal(bill.transceiversPerGpu, 2.5);
});

test('bad input ends with 2 and issues', () => {
  for (const args of [['blast', cluster, 'leaf999'], ['blast', cluster], ['blast', cluster, 'leaf0', '--worst', '3'], ['blast', cluster, '--worst', 'x'], ['bom', 'no-such-file.yaml']]) {
    const { code, stdout, stderr } = run(...args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.ok(stderr.length > 20);
  }
  const asJson = run('blast', cluster, 'leaf999', '--json');
  assert.equal((JSON.parse(asJson.stdout) as { issues: { code: string }[] }).issues[0]?.code, 'unknown-component');
});
