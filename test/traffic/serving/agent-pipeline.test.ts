/** Agent pipelines against the order statistics of exponential calls, and their graphs against circles. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import type { AgentStage, PipelineOutcome } from '../../../src/traffic/serving/agent-pipeline.ts';
import { runPipeline } from '../../../src/traffic/serving/agent-pipeline.ts';

const within = (actual: number, expected: number, share: number): void => assert.ok(Math.abs(actual / expected - 1) <= share, `${actual} is not within ${share} of ${expected}`);

const stage = (name: string, calls: number, after: readonly string[] = []): AgentStage => ({ name, calls, after, latency: { kind: 'exponential', meanNs: 100e6 }, transferNs: 0 });

function run(stages: readonly AgentStage[], requests = 40_000): PipelineOutcome {
  const outcome = runPipeline(stages, { requests, dice: createDice(5) });
  assert.ok(outcome.ok);
  return outcome.value;
}

test('A fan-out of n exponential calls waits for the maximum of n', () => {
  for (const [calls, harmonic] of [[1, 1], [4, 25 / 12], [10, 7381 / 2520]] as const) {
    const { totalMs } = run([stage('fan', calls)]);
    // Mean of the maximum: m H_n. Quantile q of the maximum: F^n = q, so -m ln(1 - q^(1/n)).
    within(totalMs.mean, 100 * harmonic, 0.02);
    within(totalMs.p50, -100 * Math.log(1 - 0.5 ** (1 / calls)), 0.03);
    within(totalMs.p99, -100 * Math.log(1 - 0.99 ** (1 / calls)), 0.05);
  }
});

test('A chain of exponential stages is the Erlang distribution', () => {
  const { totalMs, stages } = run([stage('plan', 1), stage('search', 1, ['plan']), stage('answer', 1, ['search'])]);
  // Erlang of shape 3 and mean 300 ms: its 99th percentile is 8.406 scales (chi-square with 6 degrees, 16.812 / 2).
  within(totalMs.mean, 300, 0.02);
  within(totalMs.p99, 840.6, 0.04);
  assert.deepEqual(stages.map((one) => one.critical), [1, 1, 1]);
});

test('A diamond joins at the slower branch, and the critical path says which', () => {
  const fixed = (name: string, ms: number, after: readonly string[] = []): AgentStage => ({ name, after, calls: 1, latency: { kind: 'fixed', ns: ms * 1e6 }, transferNs: 0 });
  const { totalMs, stages } = run([fixed('end', 5, ['left', 'right']), fixed('left', 20, ['start']), fixed('right', 30, ['start']), fixed('start', 10)], 10);
  // 10 + 30 + 5.
  within(totalMs.max, 45, 1e-12);
  assert.deepEqual(stages.map((one) => [one.name, one.critical]), [['end', 1], ['left', 0], ['right', 1], ['start', 1]]);
});

test('Calls draw from a given sample, and the way between the models counts for each call', () => {
  const { totalMs } = run([{ name: 'tool', after: [], calls: 3, latency: { kind: 'sample', ns: Float64Array.of(1e6, 9e6) }, transferNs: 2e6 }]);
  // The slowest of three is 9 ms with probability 7/8: mean 2 + 1/8 + 9 x 7/8 = 10 ms.
  within(totalMs.mean, 10, 0.01);
  assert.equal(totalMs.p50, 11);
});

test('Circles, strangers and doubles are named', () => {
  const codes = (stages: readonly AgentStage[]): readonly string[] => {
    const outcome = runPipeline(stages, { requests: 1, dice: createDice(1) });
    return outcome.ok ? [] : outcome.issues.map((issue) => `${issue.code} ${issue.path ?? ''} ${issue.value ?? ''}`);
  };
  assert.deepEqual(codes([stage('a', 1, ['b']), stage('b', 1, ['a']), stage('c', 1)]), ['cyclic-stages stages a, b']);
  assert.deepEqual(codes([stage('a', 1, ['z']), stage('a', 1)]), ['repeated-stage stages[1].name a', 'unknown-stage stages[0].after z']);
  assert.deepEqual(codes([]), ['no-stages stages ']);
});
