/** `heliostat shift` parts the bursts of jobs that share light, leaves those alone that do not clash, and answers bad questions with place, value and remedy. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cluster = 'examples/cluster-1024.yaml';
const mixtral = 'examples/workload-mixtral.yaml';
const run = (...words: readonly string[]) => spawnSync(process.execPath, ['src/app/main.ts', 'shift', ...words], { cwd: root, encoding: 'utf8' });

interface Shift { readonly job: string; readonly shiftS: number; readonly holdS: number; readonly stepBeforeS: number; readonly stepAfterS: number }
interface Document { readonly jobs: readonly { readonly id: string; readonly stepS: number }[]; readonly shifts: readonly Shift[]; readonly groups: readonly { readonly idleBefore: number; readonly idleAfter: number }[] }
const shiftsOf = (...words: readonly string[]): Document => {
  const { stdout, status, stderr } = run(...words, '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Document;
};

test('of two equal jobs on too little light one starts later, and both steps become shorter', () => {
  const { jobs, shifts, groups } = shiftsOf(cluster, mixtral, mixtral, '--senders', '8', '--capacity', '800Gbps');
  assert.deepEqual(jobs.map(({ id }) => id), ['mixtral-8x22b (1)', 'mixtral-8x22b (2)']);
  // Turning both alike changes nothing: the first stays.
  assert.equal(shifts[0]?.shiftS, 0);
  assert.ok((shifts[1]?.shiftS ?? 0) > 0 && (shifts[1]?.shiftS ?? 0) < (jobs[1]?.stepS ?? 0));
  for (const { stepBeforeS, stepAfterS } of shifts) assert.ok(stepAfterS < stepBeforeS);
  assert.ok((groups[0]?.idleAfter ?? Infinity) < (groups[0]?.idleBefore ?? 0));
  // A step with contention is never shorter than alone.
  shifts.forEach(({ stepAfterS }, row) => assert.ok(stepAfterS >= (jobs[row]?.stepS ?? Infinity) - 1e-9));
});

test('with light for both bursts at once nobody moves; a job that may not move stays and the other goes round it', () => {
  // 8 senders of 400 Gb/s from each of two jobs: 6,400 Gb/s carry every burst at its full rate.
  const wide = shiftsOf(cluster, mixtral, mixtral, '--senders', '8', '--capacity', '6400Gbps');
  assert.ok(wide.shifts.every(({ shiftS, stepBeforeS, stepAfterS }) => shiftS === 0 && stepBeforeS === stepAfterS));
  const held = shiftsOf(cluster, mixtral, mixtral, '--senders', '8', '--capacity', '800Gbps', '--fixed', '2');
  assert.equal(held.shifts[1]?.shiftS, 0);
  assert.ok((held.shifts[0]?.shiftS ?? 0) > 0);
});

test('bad questions are answered with place, value and remedy', () => {
  const bad = run(cluster, mixtral, '--senders', '0', '--capacity', 'much', '--fixed', '7');
  assert.equal(bad.status, 2);
  for (const pattern of [/<workloads>.*got 1/, /--senders.*got 0/, /--capacity.*much/, /--fixed.*got 7/]) assert.match(bad.stderr, pattern);
  assert.equal(run(cluster, mixtral, mixtral, '--senders', '8', '--capacity', '800Gbps', '--later', '0ms', '1ms', '2ms').status, 2);
  assert.match(run('--help').stdout, /Examples:/);
});
