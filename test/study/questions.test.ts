/** What a network is worth for a job whose step is affine in 1/rate, against figures by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { studyPhysics } from '../../src/app/study-physics.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import { askNetworkWorth, extraLatenciesNs, fabricSizes } from '../../src/study/questions.ts';
import type { QuestionsResult } from '../../src/study/questions-result.ts';
import { smallDesign, toyJob, toyModel, toyPathsPerStep, toyPlan, toyStreamS } from './toy-job.ts';

const terms = { years: 4, usdPerKwh: 0.1, pue: 1.2 };

function ask(): QuestionsResult {
  const asked = askNetworkWorth(
    {
      study: 'test', cluster: 'small', accelerator: 'H100', choice: { name: 'dr8', design: smallDesign() }, terms,
      workloads: [{ name: 'toy', job: toyJob }, { name: 'too large', job: { ...toyJob, model: { ...toyModel, layers: 400 } } }],
    },
    studyPhysics({ catalogue: createCatalogue(), caseTemperatureC: 40, prices: null }),
  );
  assert.ok(asked.ok);
  return asked.value;
}

const result = ask();
const [toy] = result.workloads;
assert.ok(toy);
const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `${actual} against ${expected}`);
const baseStepS = toy.latencies[0]?.stepS ?? Number.NaN;

// step(k) = A + B / (k x 400), so step(k) - step(1) = B / 400 x (1 / k - 1). At eight times the rate streaming is so short that
// NCCL's rule takes the tree, which saves latency on top.
test('A fabric of k times the size streams in a k-th of the time, and nothing else changes', () => {
  assert.deepEqual(toy.fabricSizes.map((row) => row.times), fabricSizes);
  for (const row of toy.fabricSizes) {
    near(row.rateGbpsPerGpu, 400 * row.times);
    const streamed = toyStreamS(400) * (1 / row.times - 1);
    if (row.times <= 4) near(row.stepS - baseStepS + 1, streamed + 1);
    else assert.ok(row.stepS - baseStepS < streamed);
  }
});

// Throughput per accelerator goes with 1 / step, so 64 x step(k) / step(1) accelerators do the same work.
test('Accelerators for the same tokens per second follow the step', () => {
  for (const row of toy.fabricSizes) near(row.gpusForSameTokens, (64 * row.stepS) / baseStepS);
});

// 8 sequences of 2,048 tokens a step; a year has 31,557,600 s and a kilowatt-hour 3.6 MJ. k fabrics cost k times the fabric.
test('A token pays its share of the machines and of the electricity', () => {
  for (const row of toy.fabricSizes) {
    const costUsd = result.clusterCostUsd + (row.times - 1) * result.fabricCostUsd;
    const powerW = result.clusterPowerW + (row.times - 1) * result.fabricPowerW;
    const usdPerS = costUsd / (4 * 31_557_600) + (powerW * 1.2 * 0.1) / 3.6e6;
    near(row.usdPerMillionTokens, (usdPerS * row.stepS) / (8 * 2048) * 1e6);
    near(row.joulesPerToken, (powerW * 1.2 * row.stepS) / (8 * 2048));
  }
});

test('A microsecond of path costs a microsecond for each step of the rings', () => {
  assert.deepEqual(toy.latencies.map((row) => row.extraNs), extraLatenciesNs);
  for (const row of toy.latencies) {
    near(row.stepS - baseStepS + 1, toyPathsPerStep * row.extraNs * 1e-9 + 1);
    near(row.gpusToMakeUp + 1, 64 * (row.stepS / baseStepS - 1) + 1);
  }
});

test('The fastest plan is never slower than the one the workload states, on any fabric', () => {
  assert.equal(toyPlan.schedule, '1f1b');
  for (const row of toy.fabricSizes) assert.ok(row.bestPlan.stepS <= row.stepS * 1.001, `${row.times}: ${row.bestPlan.stepS} against ${row.stepS}`);
  const steps = toy.fabricSizes.map((row) => row.bestPlan.stepS);
  assert.deepEqual(steps, [...steps].sort((a, b) => b - a));
});

test('A workload that does not fit is refused with its reasons, and said so in the findings', () => {
  assert.deepEqual(result.refused.map((one) => one.workload), ['too large']);
  assert.ok(result.findings.some((text) => text.startsWith('too large cannot run: The plan needs')));
});

test('Every question is answered in a sentence', () => {
  const sentences = result.findings.filter((text) => text.startsWith('toy:'));
  assert.equal(sentences.length, 3);
  assert.match(sentences[0] ?? '', /with twice the fabric \d+ accelerators/);
  assert.match(sentences[1] ?? '', /1 us more on every path costs/);
  assert.match(sentences[2] ?? '', /\$ per million tokens/);
});
