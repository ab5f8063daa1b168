/** What a job asks of each traffic class, against steps predicted anew. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAccelerator } from '../../src/traffic/accelerators.ts';
import { classDemands } from '../../src/traffic/class-demand.ts';
import { deepSeekV3 } from '../../src/traffic/model-presets.ts';
import type { NetworkView } from '../../src/traffic/network-view.ts';
import type { ParallelPlan } from '../../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../../src/traffic/parallel-plan.ts';
import { predictStep } from '../../src/traffic/step-time.ts';

const h100 = findAccelerator('h100');
assert.ok(h100);
const network = (rateGbps: number): NetworkView => ({
  scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 },
  scaleOut: { rateGbps, latencyNs: 2000, podSize: 4096, oversubscription: 1, coreLatencyNs: 4000 },
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
