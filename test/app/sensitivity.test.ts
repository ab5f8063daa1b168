/** `heliostat sensitivity` as a user runs it: rankings with units, the report, and issues. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { SensitivityResult } from '../../src/study/sensitivity-result.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const study = 'examples/sensitivity.yaml';

function run(...args: readonly string[]): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/app/main.ts', 'sensitivity', ...args], { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 1e9 });
  return { code: status, stdout, stderr };
}

test('sensitivity answers as JSON and as a report whose pictures and figures agree', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-sensitivity-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const report = join(folder, 'report.html');
  const { code, stdout, stderr } = run(study, '--workload', 'mixtral-8x22b', '--param', 'network.rate', '--param', 'network.extraLoss', '--param', 'dr8-800g.power_typ', '--json', '--html', report);
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout) as SensitivityResult;
  assert.equal(result.schema, 'heliostat/sensitivity/1');
  assert.deepEqual(result.rows.map((row) => row.parameter), ['network.rate', 'network.extraLoss', 'dr8-800g.power_typ']);
  const rate = result.rows[0]?.effects[0];
  assert.equal(rate?.unit, 's per Gb/s');
  assert.ok(rate.derivative !== null && rate.derivative < 0);
  assert.equal(result.rows[1]?.thresholds.length, 1);
  const html = readFileSync(report, 'utf8');
  for (const text of ['<svg', 'network.extraLoss', 'Where results jump']) assert.ok(html.includes(text), text);
});

test('sensitivity prints what matters most with units, and where results jump', () => {
  const { code, stdout, stderr } = run(study, '--choice', 'comb-wdm', '--workload', 'mixtral-8x22b', '--param', 'network.extraLoss', '--param', 'wdm-comb-800g.cost_per_gbps');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /least link margin .* dB\n {2}network\.extraLoss .*-1 dB per dB/);
  assert.match(stdout, /\$ per \$\/Gb\/s/);
  assert.match(stdout, /Where results jump\n {2}network\.extraLoss \(0 dB\): above [\d.]+ dB [\d,]+ of [\d,]+ links close instead of/);
});

test('An unknown choice, workload or parameter is an issue with a remedy, exit code 2', () => {
  const names = run(study, '--choice', 'dsp-plugable', '--workload', 'gpt', '--json');
  assert.equal(names.code, 2);
  const { issues } = JSON.parse(names.stdout) as { issues: { code: string; path: string; remedy: string }[] };
  assert.deepEqual(issues.map((issue) => [issue.code, issue.path]), [['unknown-name', '--choice'], ['unknown-name', '--workload']]);
  assert.match(issues[0]?.remedy ?? '', /dsp-pluggable/);
  const parameter = run(study, '--param', 'network.ratio');
  assert.equal(parameter.code, 2);
  assert.match(parameter.stderr, /network\.rate/);
});
