/** The Pareto search against its definition, and class demands against re-predicted steps. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAccelerator } from '../../src/traffic/accelerators.ts';
import { classDemands } from '../../src/traffic/class-demand.ts';
import { candidatePlans, chooseParallelPlan } from '../../src/traffic/choose-plan.ts';
import { memoryUse } from '../../src/traffic/memory.ts';
import { deepSeekV3, llama31x405b } from '../../src/traffic/model-presets.ts';
import type { NetworkView } from '../../src/traffic/network-view.ts';
import type { ParallelPlan } from '../../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../../src/traffic/parallel-plan.ts';
import { paretoPlans, scaleOutBits } from '../../src/traffic/plan-pareto.ts';
import { predictStep } from '../../src/traffic/step-time.ts';

const h100 = findAccelerator('h100');
assert.ok(h100);
const network = (rateGbps: number): NetworkView => ({
  scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 },
  scaleOut: { rateGbps, latencyNs: 2000, podSize: 4096, oversubscription: 1, coreLatencyNs: 4000 },
});
const question = { gpus: 1024, globalBatch: 512, precision: 'fp8', software: softwareStacks.megatronCore } as const;

test('The front holds exactly the plans that no other one beats', () => {
  const { front, fitting } = paretoPlans(llama31x405b, h100, network(400), question);
  const priced = [...candidatePlans(llama31x405b, question, network(400))].flatMap((plan) => {
    const use = memoryUse(llama31x405b, plan, h100);
    const { stepS } = predictStep(llama31x405b, plan, h100, network(400));
    return use.totalGb > use.capacityGb ? [] : [{ stepS, memoryGb: use.totalGb, scaleOutBits: scaleOutBits(llama31x405b, plan, network(400)) }];
  });
  assert.equal(priced.length, fitting);
  const beaten = (a: (typeof priced)[number]): boolean => priced.some((b) =>
    b.stepS <= a.stepS && b.memoryGb <= a.memoryGb && b.scaleOutBits <= a.scaleOutBits && (b.stepS < a.stepS || b.memoryGb < a.memoryGb || b.scaleOutBits < a.scaleOutBits));
  const key = (one: (typeof priced)[number]): string => `${one.stepS} ${one.memoryGb} ${one.scaleOutBits}`;
  assert.deepEqual(new Set(front.map(key)), new Set(priced.filter((one) => !beaten(one)).map(key)));
  const chosen = chooseParallelPlan(llama31x405b, h100, network(400), question);
  assert.ok('plan' in chosen && front[0] !== undefined && front[0].stepS <= chosen.prediction.stepS);
});

test('Scale-out bytes follow the ring and the pipeline by hand', () => {
  const plan: ParallelPlan = {
    tensor: 8, sequenceParallel: true, pipeline: 2, schedule: '1f1b', interleave: 1, data: 4, zero: 0, shard: 4, expert: 1, context: 1,
    microbatch: 1, globalBatch: 32, recompute: 'none', precision: 'bf16', software: softwareStacks.megatron2021,
  };
  // 8 microbatches, two sends each of 8192 tokens x 16384 x 16 bit / 8 ranks; all-reduce over 4 nodes of one rank each:
  // 2 x 3/4 of (401,646,551,040 / 2 + 128256 x 16384) / 8 parameters x 16 bit. (126 layers x (attention + feed-forward) by model.test.ts.)
  const sends = 8 * 2 * ((8192 * 16384 * 16) / 8);
  const layer = 536_870_912 + 33_554_432 + 2_617_245_696;
  const gradients = 1.5 * (((126 * layer) / 2 + 128256 * 16384) / 8) * 16;
  const bits = scaleOutBits(llama31x405b, plan, network(400));
  assert.ok(Math.abs(bits / (sends + gradients) - 1) < 1e-9, `${bits} is not ${sends + gradients}`);
});

const expertPlan: ParallelPlan = {
  tensor: 1, sequenceParallel: false, pipeline: 8, schedule: '1f1b', interleave: 1, data: 128, zero: 1, shard: 128, expert: 64, context: 1,
  microbatch: 1, globalBatch: 4096, recompute: 'none', precision: 'fp8', software: softwareStacks.megatronCore,
};

test('Class demands name every exposed second once, and their price is that of a slower network', () => {
  const demands = classDemands(deepSeekV3, expertPlan, h100, network(400));
  const step = predictStep(deepSeekV3, expertPlan, h100, network(400));
  const exposed = step.exposed.reduce((sum, one) => sum + one.seconds, 0);
  assert.ok(Math.abs(demands.reduce((sum, one) => sum + one.exposedS, 0) - exposed) < 1e-9);
  // One per cent less scale-out rate slows exactly the demands off the scale-up tier; the sum of their prices is the step's growth.
  const slower = predictStep(deepSeekV3, expertPlan, h100, network(400 * 0.99)).stepS - step.stepS;
  const priced = demands.filter((one) => one.tier !== 'scaleUp').reduce((sum, one) => sum + one.stepSPerBandwidthPercent, 0);
  assert.ok(Math.abs(priced / slower - 1) < 0.02, `${priced} against ${slower}`);
  for (const one of demands) assert.ok(one.slackS >= 0 && one.exposedS <= one.busyS + 1e-12 && one.stepSPerMicrosecond >= 0, one.trafficClass);
});

test('Slack is what a class may lose before the step grows by one per cent', () => {
  const [demand] = classDemands(deepSeekV3, expertPlan, h100, network(400)).filter((one) => one.trafficClass === 'allToAll');
  assert.ok(demand !== undefined && Number.isFinite(demand.slackS));
  // Expert traffic is mostly exposed here: a per cent of the step is about the price of a few per cent of its bandwidth.
  const step = predictStep(deepSeekV3, expertPlan, h100, network(400)).stepS;
  assert.ok(demand.slackS > 0.005 * step && demand.slackS < 0.05 * step, `${demand.slackS} of ${step}`);
});
