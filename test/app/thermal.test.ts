/** The thermal command as a user meets it: text, JSON, pictures, exit codes and issues. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ThermalResult } from '../../src/study/thermal-result.ts';

const main = fileURLToPath(new URL('../../src/app/main.ts', import.meta.url));
const example = readFileSync(new URL('../../examples/cluster-1024.yaml', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'heliostat-thermal-'));
after(() => rmSync(folder, { recursive: true }));

/** The example cluster with a coolant loop in each row. */
const cluster = join(folder, 'liquid.yaml');
writeFileSync(cluster, example.replace(/coolant: .*/, 'coolant: {per: row}'));

const heliostat = (...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
  spawnSync(process.execPath, [main, 'thermal', ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });

test('a warm loop is answered as one JSON document without a NaN', () => {
  const { status, stdout } = heliostat(cluster, '--loop-step', '6K', '--json');
  assert.equal(status, 0);
  const result = JSON.parse(stdout) as ThermalResult;
  assert.equal(result.schema, 'heliostat/thermal/1');
  assert.equal(result.event.coolantStepK, 6);
  assert.equal(result.durationS, 600);
  assert.ok(!stdout.includes('NaN'));
  const accelerator = result.packages.find((outcome) => outcome.packageType === 'accelerator-liquid');
  assert.ok(accelerator !== undefined && Math.abs(accelerator.caseSettledC - accelerator.caseNowC - 6) < 1e-6);
});

test('text names units, the first limit and power by level', () => {
  const { status, stdout } = heliostat(cluster, '--air-flow', '0', '--duration', '30min');
  assert.equal(status, 0);
  assert.match(stdout, /fans go to 0% of their flow/);
  assert.match(stdout, /First limit: case limit of site0\//);
  assert.match(stdout, /IT [\d.]+ MW x PUE 1\.25 = [\d.]+ MW/);
});

test('pictures are one self-contained file', () => {
  const file = join(folder, 'heat.html');
  assert.equal(heliostat(cluster, '--loop-step', '6K', '--html', file).status, 0);
  const html = readFileSync(file, 'utf8');
  assert.match(html, /Temperature over time/);
  assert.match(html, /<svg/);
  assert.doesNotMatch(html, /NaN|undefined|src="http/);
  const { status, stderr } = heliostat(cluster, '--html', join(folder, 'missing', 'heat.html'));
  assert.equal(status, 2);
  assert.match(stderr, /cannot-write/);
});

test('bad options are issues with their name and value, all at once, and exit 2', () => {
  const { status, stderr } = heliostat(cluster, '--loop-step', '6', '--inlet', '-300C', '--activity', '5', '--loop', '99', '--duration', '0s');
  assert.equal(status, 2);
  for (const wanted of ['--loop-step', '--inlet', '--activity', '--loop:', '--duration', 'below-absolute-zero', '(got 6)']) assert.ok(stderr.includes(wanted), `${wanted} in ${stderr}`);
});

test('changing coolant where nothing is cooled by it is an issue, not silence', () => {
  const dry = join(folder, 'dry.yaml');
  writeFileSync(dry, example.replace(/coolant: .*/, 'coolant: none'));
  const { status, stderr } = heliostat(dry, '--loop-step', '6K');
  assert.equal(status, 2);
  assert.match(stderr, /no-coolant/);
});

test('a missing cluster is an issue as JSON', () => {
  const { status, stdout } = heliostat('no-such-cluster.yaml', '--json');
  assert.equal(status, 2);
  assert.equal((JSON.parse(stdout) as { issues: { code: string }[] }).issues[0]?.code, 'missing-file');
});

test('help shows examples', () => {
  const { status, stdout } = heliostat('--help');
  assert.equal(status, 0);
  assert.match(stdout, /--loop-step 6K/);
});

test('text says what carries nothing, pairs margins and shows shutdowns; a loop at 935 °C is bad input', () => {
  const { status, stdout } = heliostat(fileURLToPath(new URL('../../examples/cluster-liquid-1024.yaml', import.meta.url)), '--loop-step', '45K');
  assert.equal(status, 0);
  // 1,024 links between switches of 2 wavelengths each way; all 1,024 GPUs hang on them.
  assert.match(stdout, /Carrying nothing: 0 -> 4,096 optical wavelengths, 0 -> 1,024 links; GPUs cut off 0 -> 1,024, slowed 0 -> 0/);
  assert.match(stdout, /margin [\d.-]+ -> [\d.-]+ dB, pre-FEC BER \S+ -> \S+, 400 -> 0 Gb\/s/);
  assert.match(stdout, /would have shut down at 70\.0 °C in [\d.]+ s/);
  const hot = heliostat(cluster, '--loop-step', '900K');
  assert.deepEqual([hot.status, hot.stdout], [2, '']);
  assert.match(hot.stderr, /935 °C/);
});
