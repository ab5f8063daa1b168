/** `heliostat plans` as a user runs it: the set of best plans, its JSON, its report, refusals and issues. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { PlansResult } from '../../src/app/report/plans-html.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cluster = 'examples/cluster-1024.yaml';

function run(...args: readonly string[]): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/app/main.ts', 'plans', ...args], { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 1e9 });
  return { code: status, stdout, stderr };
}

test('plans prints a set in which no plan beats another, and writes it as a report', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-plans-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const report = join(folder, 'plans.html');
  const { code, stdout, stderr } = run(cluster, 'examples/workload-llama-405b.yaml', '--json', '--html', report);
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout) as PlansResult;
  assert.ok(result.legal >= 10_000 && result.complete);
  assert.ok(result.pareto.every((point) => point.memoryGb <= 80));
  for (const one of result.pareto) {
    const better = result.pareto.filter((other) => other !== one && other.stepS <= one.stepS && other.memoryGb <= one.memoryGb && other.scaleOutGb <= one.scaleOutGb);
    assert.deepEqual(better, []);
  }
  const html = readFileSync(report, 'utf8');
  assert.ok(html.includes('<svg') && html.includes(result.pareto[0]?.plan.replaceAll('&', '&amp;') ?? 'none'));
});

test('plans prints as many plans as asked for, with units', () => {
  const { code, stdout } = run(cluster, 'examples/workload-llama-405b.yaml', '--top', '3');
  assert.equal(code, 0);
  assert.equal(stdout.split('\n').filter((line) => /^\s+[\d.,]+\s+[\d.]+\s+[\d.,]+  tp/.test(line)).length, 3);
  assert.match(stdout, /step s +memory GB +traffic GB/);
});

test('Every problem of the input is listed with its place, and the exit code is 2', () => {
  const { code, stdout } = run('no-such-cluster.yaml', 'examples/workload-mixtral.yaml', '--top', 'many', '--json');
  assert.equal(code, 2);
  const { issues } = JSON.parse(stdout) as { issues: { code: string; remedy: string }[] };
  assert.deepEqual(issues.map((issue) => issue.code), ['missing-file', 'out-of-range']);
  assert.ok(issues.every((issue) => issue.remedy.length > 0));
});
