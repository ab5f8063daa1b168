/** The step model responds as physics demands; how close it comes to measurements is tested in measured-runs.test.ts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import { findAccelerator } from '../../src/traffic/accelerators.ts';
import type { Accelerator } from '../../src/traffic/accelerators.ts';
import { defaultCalibration } from '../../src/traffic/calibration.ts';
import { chooseParallelPlan } from '../../src/traffic/choose-plan.ts';
import { combineStep } from '../../src/traffic/combine-step.ts';
import { memoryUse, refuseMemory } from '../../src/traffic/memory.ts';
import { deepSeekV3, llama31x405b } from '../../src/traffic/model-presets.ts';
import type { NetworkView } from '../../src/traffic/network-view.ts';
import type { ParallelPlan } from '../../src/traffic/parallel-plan.ts';
import { checkPlan, planGpus, softwareStacks } from '../../src/traffic/parallel-plan.ts';
import { communicationPhases } from '../../src/traffic/phases.ts';
import { loadStages } from '../../src/traffic/stages.ts';
import { computeParts, phaseDurations, predictStep } from '../../src/traffic/step-time.ts';

function accelerator(name: string): Accelerator {
  const found = findAccelerator(name);
  assert.ok(found);
  return found;
}

const h100 = accelerator('h100');
const network = (rateGbps: number, oversubscription = 1): NetworkView => ({
  scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 },
  scaleOut: { rateGbps, latencyNs: 2000, podSize: 256, oversubscription, coreLatencyNs: 4000 },
});
const plan: ParallelPlan = {
  tensor: 8, sequenceParallel: true, pipeline: 8, schedule: '1f1b', interleave: 8, data: 8, zero: 1, shard: 8, expert: 1, context: 2,
  microbatch: 1, globalBatch: 512, recompute: 'none', precision: 'fp8', software: softwareStacks.megatronCore,
};
const moePlan: ParallelPlan = { ...plan, tensor: 1, context: 1, pipeline: 8, interleave: 1, data: 128, shard: 128, expert: 64, globalBatch: 4096, microbatch: 1 };

test('The parts of a step sum to the step', () => {
  const step = predictStep(llama31x405b, plan, h100, network(400));
  const sum = step.computeS + step.bubbleS + step.otherS + step.exposed.reduce((total, one) => total + one.seconds, 0);
  assert.ok(Math.abs(sum - step.stepS) < 1e-12 * step.stepS);
});

test('Twice the bandwidth shortens a step by less than half', () => {
  for (const [model, chosen] of [[llama31x405b, plan], [deepSeekV3, moePlan]] as const) {
    const slow = predictStep(model, chosen, h100, network(400));
    const fast = predictStep(model, chosen, h100, network(800));
    assert.ok(fast.stepS < slow.stepS);
    assert.ok(fast.stepS > slow.stepS / 2);
    assert.equal(fast.computeS, slow.computeS);
  }
});

test('A slower core tier shows up in the groups that cross it and in no other', () => {
  const even = predictStep(deepSeekV3, moePlan, h100, network(400));
  const thin = predictStep(deepSeekV3, moePlan, h100, network(400, 4));
  for (const [at, before] of even.exposed.entries()) {
    const after = thin.exposed[at];
    assert.ok(after);
    if (before.tier === 'core') assert.ok(after.seconds >= before.seconds, before.name);
    else assert.ok(Math.abs(after.seconds - before.seconds) <= 1e-9 * before.seconds, before.name);
  }
  assert.ok(even.exposed.some((one) => one.tier === 'core') && thin.stepS > even.stepS);
});

test('Expert traffic grows when the scale-out rate falls, and belongs to the all-to-all class', () => {
  const seconds = (rateGbps: number): number => predictStep(deepSeekV3, moePlan, h100, network(rateGbps)).exposed
    .filter((one) => one.trafficClass === 'allToAll').reduce((sum, one) => sum + one.seconds, 0);
  assert.ok(seconds(100) > 1.5 * seconds(400));
});

test('Durations measured elsewhere join by the same rules as closed-form ones', () => {
  const phases = communicationPhases(llama31x405b, plan, network(400), defaultCalibration);
  const durations = phaseDurations(phases, network(400), defaultCalibration);
  const compute = computeParts(llama31x405b, plan, h100, { scaleUpSize: 8 });
  const joined = combineStep(compute, phases, durations, { contention: defaultCalibration.network.contention });
  assert.equal(joined.stepS, predictStep(llama31x405b, plan, h100, network(400)).stepS);
  assert.throws(() => combineStep(compute, phases, durations.slice(1), { contention: 0 }), /phases came with/);
});

test('An illegal plan is refused with every reason at once', () => {
  const issues = checkPlan(llama31x405b, { ...plan, tensor: 3, globalBatch: 8 }, 1024);
  assert.deepEqual(issues.map((issue) => issue.code).sort(), ['batch-smaller-than-pipeline', 'degrees-do-not-multiply', 'heads-not-divisible']);
  for (const issue of issues) assert.ok(issue.remedy.length > 0 && issue.path !== undefined);
  assert.deepEqual(checkPlan(llama31x405b, plan, 1024), []);
});

test('A plan that does not fit is refused by the amount it misses', () => {
  // 405.85e9 parameters unsharded on one accelerator, FP8 recipe: 2 B weights + 2 B gradients + 12 B optimiser = 16 B each = 6.5 TB at least (one embedding shard is counted).
  const alone: ParallelPlan = { ...plan, tensor: 1, sequenceParallel: false, pipeline: 1, interleave: 1, data: 1, shard: 1, context: 1, zero: 0, globalBatch: 1 };
  const use = memoryUse(llama31x405b, alone, h100);
  assert.ok(use.totalGb > 16 * 403 && use.totalGb < 16 * 440);
  const refusal = refuseMemory(use, alone);
  assert.ok(refusal !== null && refusal.reasons[0]?.includes(`${(use.totalGb - 80).toFixed(1)} GB too much`));
  // No waiting helps this plan, so the remedy is `never`; what would help is another plan, and the reasons say that it is another.
  assert.equal(refusal.remedy, 'never');
  assert.match(refusal.reasons[2] ?? '', /^This plan never fits here: .*\. Another plan may: /);
});

test('Layers that do not divide by the chunks are legal: chunks round up and the last stage keeps the empty slots', () => {
  // 126 layers over 8 stages of 8 chunks, as MLPerf's Llama 3.1 405B ran: ceil(126 / 64) = 2 layers a chunk, 16 a stage, 8 x 16 - 126 = 2 slots empty.
  const uneven: ParallelPlan = { ...plan, pipeline: 8, interleave: 8 };
  assert.deepEqual(checkPlan(llama31x405b, uneven, planGpus(uneven)).map(({ code }) => code), []);
  const load = loadStages(llama31x405b, uneven);
  assert.deepEqual([load.denseLayers, load.spareSlots, load.meanLayers], [16, 2, 15.75]);
});

test('The chosen plan is legal, fits and is not slower than a hand-made one', () => {
  const chosen = chooseParallelPlan(llama31x405b, h100, network(400), { gpus: 1024, globalBatch: 512, precision: 'fp8', software: softwareStacks.megatronCore });
  assert.ok(!isRefusal(chosen));
  assert.deepEqual(checkPlan(llama31x405b, chosen.plan, 1024), []);
  assert.ok(chosen.prediction.memory.totalGb <= 80);
  const refused = chooseParallelPlan(llama31x405b, h100, network(400), { gpus: 8, globalBatch: 512, precision: 'fp8', software: softwareStacks.megatronCore });
  assert.ok(isRefusal(refused) && refused.code === 'no-plan-fits');
  assert.match(refused.reasons.at(-1) ?? '', /^Another question may have an answer: more accelerators/);
  assert.ok(!refused.reasons.some((reason) => reason.includes('Another plan may')));
});

test('Gradients kept sharded leave with every microbatch; whole ones leave once', () => {
  // 512 sequences over 64 replicas are eight microbatches of one.
  const flat: ParallelPlan = { ...plan, pipeline: 1, interleave: 1, context: 1, data: 64, shard: 64 };
  const times = (zero: 1 | 2 | 3, changed: Partial<ParallelPlan> = {}): number => {
    const found = communicationPhases(llama31x405b, { ...flat, ...changed, zero }, network(400), defaultCalibration).find((one) => one.name === 'gradients');
    assert.ok(found);
    const microbatches = (changed.globalBatch ?? flat.globalBatch) / (changed.data ?? flat.data);
    return found.perStep + found.perMicrobatch * microbatches;
  };
  // One bucket for each of the 126 layers.
  assert.deepEqual([times(1), times(2), times(3)], [126, 8 * 126, 8 * 126]);
  assert.equal(times(2, { globalBatch: 64 }), 126);
});
