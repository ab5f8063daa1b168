/** `heliostat simulate --timeline` and its rows, as a user runs them. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { simulateCommand } from '../../src/app/commands/simulate.ts';
import type { Ran } from './run-command.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'light-'));
after(() => rmSync(folder, { recursive: true }));
const examples = fileURLToPath(new URL('../../examples/fabrics/', import.meta.url));
const simulate = (...options: readonly string[]): Promise<Ran> => runCommand([simulateCommand], 'simulate', `${examples}leaf-spine.yaml`, `${examples}workload-small.yaml`, ...options);

function timeline(...events: readonly string[]): string {
  const path = join(folder, 'timeline.yaml');
  writeFileSync(path, `kind: Timeline\nversion: 1\nname: t\nsteps: 10\nevents:\n${events.map((event) => `  - {${event}}\n`).join('')}`);
  return path;
}

test('a run waits while a leaf is dead and goes on when it is repaired', async () => {
  const { code, stdout } = await simulate('--json', '--timeline', timeline('at: 10s, event: fail, target: leaf0', 'at: 30s, event: repair, target: leaf0'));
  assert.equal(code, 0);
  const { light, step } = JSON.parse(stdout) as { step: { stepS: number }; light: { totalS: number; ended: boolean; intervals: { stepS: number | null }[] } };
  // Nothing moves for 20 s; the rest of the time is ten sound steps.
  assert.ok(Math.abs(light.totalS - (10 * step.stepS + 20)) < 1e-6);
  assert.deepEqual([light.ended, light.intervals.map(({ stepS }) => stepS === null)], [true, [false, true, false]]);
});

test('a run whose leaf stays dead ends with who waits for what', async () => {
  const { code, stdout } = await simulate('--json', '--timeline', timeline('at: 10s, event: fail, target: leaf0'));
  assert.equal(code, 1);
  const { refusal } = JSON.parse(stdout) as { refusal: { code: string; reasons: string[] } };
  assert.equal(refusal.code, 'stalled');
  assert.match(refusal.reasons.join(' '), /stalled at 10 s after .* of 10 steps.*accelerator/);
});

test('an unknown target names its line', async () => {
  const { code, stderr } = await simulate('--timeline', timeline('at: 10s, event: fail, target: leaf9'));
  assert.equal(code, 2);
  assert.match(stderr, /timeline\.yaml:6:\d+: events\[0\]\.target: This cluster has no such component \(got leaf9\)/);
});

test('rows of flows and of links are complete, in both formats', async () => {
  const flows = join(folder, 'flows.parquet');
  const series = join(folder, 'series.jsonl');
  const { code } = await simulate('--json', '--flows', flows, '--series', series, '--sample', '10ms');
  assert.equal(code, 0);
  const rows = (await parquetReadObjects({ file: await asyncBufferFromFile(flows) })) as { phase: string; bytes: number; completion_s: number }[];
  const lines = readFileSync(series, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { kind: string; phase: string; bytes: number; rate_gbps: number; capacity_gbps: number });
  const phase = rows[0]?.phase ?? '';
  const sent = rows.filter((row) => row.phase === phase).reduce((sum, { bytes }) => sum + bytes, 0);
  const counted = lines.filter((row) => row.kind === 'class' && row.phase === phase).reduce((sum, { bytes }) => sum + bytes, 0);
  // What the class sent over all samples is what its flows carried.
  assert.ok(rows.length > 0 && Math.abs(counted / sent - 1) < 1e-9);
  assert.ok(lines.every((row) => row.kind !== 'link' || row.rate_gbps <= row.capacity_gbps * (1 + 1e-9)));
});

test('Ctrl-C ends a run with exit code 1, and the rows written until then can be read', async () => {
  const series = join(folder, 'cut.jsonl');
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const run = spawn(process.execPath, [
    'src/app/main.ts', 'simulate', 'examples/cluster-1024.yaml', 'examples/workload-llama-405b.yaml', '--series', series, '--sample', '20us', '--json',
  ], { cwd: root, stdio: ['ignore', 'ignore', 'ignore'] });
  const ended = once(run, 'exit');
  // The first rows on disk say that the run is under way.
  while (run.exitCode === null && !(existsSync(series) && statSync(series).size > 100_000)) await new Promise<void>((resume) => void setTimeout(resume, 50));
  run.kill('SIGINT');
  assert.deepEqual(await ended, [1, null]);
  const lines = readFileSync(series, 'utf8').trim().split('\n');
  assert.equal(typeof (JSON.parse(lines.at(-1) ?? '') as { to_s: unknown }).to_s, 'number');
});
