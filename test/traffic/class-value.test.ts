/** What bandwidth and latency are worth: the analytic derivatives against finite differences of the step itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAccelerator } from '../../src/traffic/accelerators.ts';
import { defaultCalibration } from '../../src/traffic/calibration.ts';
import { classValues, phaseValues } from '../../src/traffic/class-value.ts';
import type { ComputeParts, PhaseDuration } from '../../src/traffic/combine-step.ts';
import { combineStep } from '../../src/traffic/combine-step.ts';
import { deepSeekV3, llama31x405b } from '../../src/traffic/model-presets.ts';
import type { NetworkView } from '../../src/traffic/network-view.ts';
import type { ParallelPlan } from '../../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../../src/traffic/parallel-plan.ts';
import type { CommunicationPhase } from '../../src/traffic/phases.ts';
import { communicationPhases } from '../../src/traffic/phases.ts';
import { computeParts, phaseDurations } from '../../src/traffic/step-time.ts';

const found = findAccelerator('h100');
assert.ok(found);
const h100 = found;
const dense: ParallelPlan = {
  tensor: 8, sequenceParallel: true, pipeline: 8, schedule: '1f1b', interleave: 8, data: 8, zero: 1, shard: 8, expert: 1, context: 2,
  microbatch: 1, globalBatch: 512, recompute: 'none', precision: 'fp8', software: softwareStacks.megatronCore,
};
const expert: ParallelPlan = { ...dense, tensor: 1, context: 1, interleave: 1, data: 128, shard: 128, expert: 64, globalBatch: 4096 };
const sharded: ParallelPlan = { ...dense, pipeline: 1, interleave: 1, data: 64, shard: 64, zero: 3, software: softwareStacks.fsdp };
const { contention } = defaultCalibration.network;

/** Central differences of `combineStep` in one phase's streaming share and latency. */
function byDifference(compute: ComputeParts, phases: readonly CommunicationPhase[], durations: readonly PhaseDuration[], at: number): { readonly perPercentMs: number; readonly perMicrosecondMs: number } {
  const stepMs = (change: (duration: PhaseDuration) => number): number =>
    combineStep(compute, phases, durations.map((duration, row) => (row === at ? { ...duration, timeNs: change(duration) } : duration)), { contention }).stepS * 1e3;
  const faster = 1e-5;
  const streaming = (share: number) => (duration: PhaseDuration): number => duration.latencyNs + (duration.timeNs - duration.latencyNs) / (1 + share);
  const later = (ns: number) => (duration: PhaseDuration): number => duration.timeNs + ns;
  return {
    perPercentMs: (stepMs(streaming(-faster)) - stepMs(streaming(faster))) / (2 * faster) / 100,
    perMicrosecondMs: (stepMs(later(1)) - stepMs(later(-1))) / 2 * 1000,
  };
}

/** Slow networks fill windows, fast ones leave them open; both sides of the rule are met. */
for (const rateGbps of [20, 100, 400, 3200]) for (const [model, plan] of [[llama31x405b, dense], [deepSeekV3, expert], [llama31x405b, sharded]] as const) {
  test(`Derivatives equal finite differences: ${model.name}, zero ${plan.zero}, ${rateGbps} Gb/s`, () => {
    const network: NetworkView = {
      scaleUp: { size: 8, rateGbps: 9 * rateGbps, latencyNs: 500 },
      scaleOut: { rateGbps, latencyNs: 2000, podSize: 256, oversubscription: 2, coreLatencyNs: 4000 },
    };
    const phases = communicationPhases(model, plan, network, defaultCalibration);
    const durations = phaseDurations(phases, network, defaultCalibration);
    const compute = computeParts(model, plan, h100, { scaleUpSize: 8 });
    const values = phaseValues(compute, phases, durations, { contention });
    for (const [at, phase] of phases.entries()) {
      const measured = byDifference(compute, phases, durations, at);
      const value = values[at];
      assert.ok(value);
      const agrees = (ms: number, wantedMs: number): void => assert.ok(Math.abs(ms - wantedMs) <= 1e-4 * Math.abs(wantedMs) + 1e-6, `${phase.name}: ${ms} and ${wantedMs} ms`);
      agrees(value.stepMsPerBandwidthPercent, measured.perPercentMs);
      agrees(value.stepMsPerMicrosecond, measured.perMicrosecondMs);
    }
    const sum = classValues(phases, values).reduce((total, one) => total + one.stepMsPerBandwidthPercent, 0);
    assert.ok(Math.abs(sum - values.reduce((total, one) => total + one.stepMsPerBandwidthPercent, 0)) <= 1e-9 * sum);
  });
}

test('A phase with half of its time hidden at no cost is worth half of its executions', () => {
  // 10 microbatches and 2 in the bubble, one execution each; half hides under an ample window and hiding is free: 12 / 2 = 6.
  const phase: CommunicationPhase = {
    name: 'x', trafficClass: 'allReduce', op: 'allReduce', group: { size: 8, stride: 1 }, groups: 1, bits: 1e9, crossDomainBits: null,
    perMicrobatch: 1, perStep: 0, window: 'microbatch', hiddenShare: 0.5,
  };
  const compute: ComputeParts = { microbatches: 10, meanStageNs: 1e6, busiestStageNs: 1e6, forwardNs: 3e5, backwardNs: 7e5, edgeMicrobatches: 1, bubbleMicrobatches: 2, otherNs: 0 };
  const [value] = phaseValues(compute, [phase], [{ timeNs: 1100, latencyNs: 100, tier: 'fabric' }], { contention: 0 });
  assert.equal(value?.stepPerTime, 6);
  // 6 x 1000 ns of streaming x 1 % = 60 ns = 6e-5 ms; a microsecond in each of 12 executions, half of it shown: 6 us.
  assert.ok(Math.abs((value?.stepMsPerBandwidthPercent ?? 0) - 6e-5) < 1e-15);
  assert.ok(Math.abs((value?.stepMsPerMicrosecond ?? 0) - 6e-3) < 1e-15);
});
