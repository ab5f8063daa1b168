/** Rails are shared in time where gaps hide the switching, divided where they do not, and the price of every choice is stated. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isRefusal } from '../../../src/base/refusal.ts';
import type { RailPlan } from '../../../src/plan/phases/rail-share.ts';
import { shareRails } from '../../../src/plan/phases/rail-share.ts';
import { findAccelerator } from '../../../src/traffic/accelerators.ts';
import { defaultCalibration } from '../../../src/traffic/calibration.ts';
import { deepSeekV3, llama31x405b, mixtral8x22b } from '../../../src/traffic/model-presets.ts';
import type { ModelSpec } from '../../../src/traffic/model.ts';
import type { ParallelPlan } from '../../../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../../../src/traffic/parallel-plan.ts';
import type { CommunicationPhase } from '../../../src/traffic/phases.ts';
import { communicationPhases } from '../../../src/traffic/phases.ts';
import { computeParts, phaseDurations } from '../../../src/traffic/step-time.ts';
import type { TimedStep } from '../../../src/traffic/timeline/job-timeline.ts';

const ms = 1e6;
const found = findAccelerator('h100');
assert.ok(found);
const h100 = found;

const dense: ParallelPlan = {
  tensor: 8, sequenceParallel: true, pipeline: 16, schedule: '1f1b', interleave: 4, data: 8, zero: 1, shard: 8, expert: 1, context: 1,
  microbatch: 1, globalBatch: 1536, recompute: 'selective', precision: 'bf16', software: softwareStacks.megatronCore,
};
const context: ParallelPlan = { ...dense, pipeline: 8, interleave: 8, context: 2 };
const mixtral: ParallelPlan = { ...dense, tensor: 2, pipeline: 8, interleave: 7, data: 64, shard: 64, expert: 8, globalBatch: 2048 };
const deepSeek: ParallelPlan = {
  ...dense, tensor: 2, interleave: 1, schedule: 'dualPipe', data: 64, shard: 64, expert: 64, globalBatch: 7680, recompute: 'none', software: softwareStacks.dualPipe,
};

function stepOf(model: ModelSpec, plan: ParallelPlan, scaleUpSize = 8): TimedStep {
  const network = {
    scaleUp: { size: scaleUpSize, rateGbps: 3600, latencyNs: 500 }, scaleOut: { rateGbps: 400, latencyNs: 2000, podSize: 4096, oversubscription: 1, coreLatencyNs: 4000 },
  };
  const phases = communicationPhases(model, plan, network, defaultCalibration);
  const durations = phaseDurations(phases, network, defaultCalibration);
  return { plan, phases, durations, compute: computeParts(model, plan, h100, { scaleUpSize }), contention: defaultCalibration.network.contention };
}

function share(step: TimedStep, options: { readonly ports: number; readonly switchMs: number; readonly scaleUpSize?: number }): RailPlan {
  const plan = shareRails({ step, scaleUpSize: options.scaleUpSize ?? 8, portsPerRail: options.ports, switchNs: options.switchMs * ms });
  assert.ok(!isRefusal(plan), isRefusal(plan) ? plan.reasons.join(' ') : '');
  return plan;
}

const phase = (name: string, own: Partial<CommunicationPhase>): CommunicationPhase => ({
  name, trafficClass: 'allReduce', op: 'allGather', group: { size: 2, stride: 8 }, groups: 8, bits: 1, crossDomainBits: null, perMicrobatch: 0, perStep: 0, window: 'none', hiddenShare: 0, ...own,
});

/**
 * One stage, one microbatch: 40 ms forward, 60 ms backward, 10 ms optimiser. An exchange of 5 ms ends either pass, gradients of 20 ms
 * follow: 0-40 compute, -45 exchange, -105 compute, -110 exchange, -130 gradients, -140 optimiser.
 */
const small: TimedStep = {
  plan: { ...dense, tensor: 8, pipeline: 1, interleave: 1, globalBatch: 8 },
  compute: { microbatches: 1, meanStageNs: 100 * ms, busiestStageNs: 100 * ms, forwardNs: 40 * ms, backwardNs: 60 * ms, edgeMicrobatches: 1, bubbleMicrobatches: 0, otherNs: 10 * ms },
  phases: [phase('context exchange', { perMicrobatch: 2 }), phase('gradients', { op: 'allReduce', group: { size: 8, stride: 16 }, perStep: 1 })],
  durations: [{ timeNs: 5 * ms, latencyNs: 0, tier: 'fabric' }, { timeNs: 20 * ms, latencyNs: 0, tier: 'fabric' }],
  contention: 0,
};

test('two dimensions share both ports: one switch shows, the other lies under the next forward pass', () => {
  // From exchange to gradients there is no gap: 10 ms show. Back there are 10 ms of optimiser and 40 ms of compute: nothing shows.
  const plan = share(small, { ports: 2, switchMs: 10 });
  assert.equal(plan.packetStepNs / ms, 140);
  assert.equal(plan.chosen.kind, 'shared');
  assert.ok(Math.abs(plan.chosen.stepNs / ms - 150) < 1e-6, `${plan.chosen.stepNs / ms}`);
  const [schedule] = plan.schedules;
  assert.equal(schedule?.switches, 2);
  assert.ok(Math.abs((schedule?.hiddenShare ?? 0) - 0.5) < 1e-9);
  const windows = schedule?.windows.map((window) => [window.dimension, ...[window.armNs, window.armedNs, window.startNs, window.endNs].map((ns) => Math.round(ns / ms))]);
  // The exchange is armed from the end of the gradients of the step before: 140 of 150 ms.
  assert.deepEqual(windows, [['context', -10, 0, 40, 110], ['data', 110, 120, 120, 140]]);
});

test('with slow switches the ports are divided, and the price of sharing is stated', () => {
  // Divided, each dimension is half as fast: 100 + 2 x 10 + 40 + 10 = 170 ms; shared with 40 ms switches 180 ms.
  const plan = share(small, { ports: 2, switchMs: 40 });
  assert.equal(plan.chosen.kind, 'static');
  assert.ok(Math.abs(plan.chosen.stepNs / ms - 170) < 1e-6);
  assert.ok(plan.alternatives.some((one) => one.kind === 'shared' && one.exact && Math.abs(one.stepNs / ms - 180) < 1e-6));
  assert.match(plan.reasons.join(' '), /sharing in time .* takes 180 ms/);
});

test('switching costs Llama 405B and Mixtral under 3 % of the step at 10 and 25 ms (goal G4)', () => {
  const jobs: readonly (readonly [string, TimedStep])[] = [
    ['llama', stepOf(llama31x405b, dense)], ['llama with context', stepOf(llama31x405b, context)], ['mixtral', stepOf(mixtral8x22b, mixtral)], ['deepseek in domains of 64', stepOf(deepSeekV3, deepSeek, 64)],
  ];
  for (const [name, step] of jobs) for (const switchMs of [10, 25]) {
    const plan = share(step, { ports: 4, switchMs, scaleUpSize: name.startsWith('deepseek') ? 64 : 8 });
    assert.ok(plan.chosen.overhead < 0.03, `${name} at ${switchMs} ms: ${plan.chosen.overhead}`);
  }
});

test('never worse than any static split, whatever the ports and the switch', () => {
  const steps = [stepOf(llama31x405b, { ...dense, globalBatch: 256 }), stepOf(mixtral8x22b, { ...mixtral, globalBatch: 1024 }), small];
  fc.assert(fc.property(fc.integer({ min: 0, max: steps.length - 1 }), fc.integer({ min: 3, max: 6 }), fc.integer({ min: 0, max: 200 }), (row, ports, switchMs) => {
    const step = steps[row];
    if (step === undefined) return;
    const plan = shareRails({ step, scaleUpSize: 8, portsPerRail: ports, switchNs: switchMs * ms });
    if (isRefusal(plan)) return;
    for (const one of plan.alternatives) if (one.exact) assert.ok(plan.chosen.stepNs <= one.stepNs);
    for (const one of plan.alternatives) if (!one.exact) assert.ok(plan.chosen.stepNs <= one.stepNs + 1e-3);
  }), { seed: 4, numRuns: 30 });
});

test('a pipeline on one port is refused, and the reason counts the ports', () => {
  const answer = shareRails({ step: stepOf(llama31x405b, dense), scaleUpSize: 8, portsPerRail: 1, switchNs: 1 });
  assert.ok(isRefusal(answer) && answer.code === 'too-few-ports');
  assert.match(answer.reasons[0] ?? '', /rail: 1; pipeline needs 2/);
});

test('a job inside one domain has nothing for rails', () => {
  const answer = shareRails({ step: stepOf(llama31x405b, { ...dense, pipeline: 1, interleave: 1, data: 1, shard: 1 }), scaleUpSize: 8, portsPerRail: 2, switchNs: 1 });
  assert.ok(isRefusal(answer) && answer.code === 'no-rail-traffic');
});
