/** The plan search keeps what timing every plan would keep, and counts what leaves a scale-up domain as the flows do. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAccelerator } from '../../src/traffic/accelerators.ts';
import type { Accelerator } from '../../src/traffic/accelerators.ts';
import { defaultCalibration } from '../../src/traffic/calibration.ts';
import { memoryUse } from '../../src/traffic/memory.ts';
import type { ModelSpec } from '../../src/traffic/model.ts';
import { deepSeekV3, llama31x405b, mixtral8x22b } from '../../src/traffic/model-presets.ts';
import type { NetworkView } from '../../src/traffic/network-view.ts';
import type { ParallelPlan } from '../../src/traffic/parallel-plan.ts';
import { checkPlan, describePlan, microbatchesPerStep, softwareStacks } from '../../src/traffic/parallel-plan.ts';
import { phaseFlows } from '../../src/traffic/phase-flows.ts';
import { communicationPhases } from '../../src/traffic/phases.ts';
import type { PlanPoint, PlanSpace } from '../../src/traffic/plan-search.ts';
import { beats, fastestPlan, plansOf, scaleOutBitsPerStep, searchPlans } from '../../src/traffic/plan-search.ts';
import { predictStep } from '../../src/traffic/step-time.ts';

const h100 = ((found: Accelerator | null): Accelerator => {
  assert.ok(found);
  return found;
})(findAccelerator('h100'));
const network: NetworkView = {
  scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 },
  scaleOut: { rateGbps: 400, latencyNs: 2000, podSize: 32, oversubscription: 2, coreLatencyNs: 4000 },
};
const software = softwareStacks.megatronCore;
const small: ModelSpec = { ...mixtral8x22b, layers: 8, hidden: 2048, moe: { experts: 8, topK: 2, sharedExperts: 0, expertFfn: 4096, moeLayers: 8, nodesPerTokenMax: null } };

/** Timing every legal plan and comparing each with each: what the search must agree with. */
function plainSearch(model: ModelSpec, space: PlanSpace): readonly PlanPoint[] {
  const points = [...plansOf(model, network, space)].map((plan, row): PlanPoint => ({
    plan, row, stepS: predictStep(model, plan, h100, network).stepS, memoryGb: memoryUse(model, plan, h100).totalGb,
    scaleOutBits: scaleOutBitsPerStep(plan, communicationPhases(model, plan, network, defaultCalibration), network),
  })).filter((point) => point.memoryGb <= h100.hbmGb);
  return points.filter((point) => !points.some((other) => beats(other, point))).sort((a, b) => a.stepS - b.stepS || a.row - b.row);
}

/** Of the plans that fit, the fastest, and of equally fast ones the first. */
function earliestFastest(model: ModelSpec, space: PlanSpace): { readonly plan: ParallelPlan; readonly stepS: number } | undefined {
  return [...plansOf(model, network, space)].filter((plan) => memoryUse(model, plan, h100).totalGb <= h100.hbmGb)
    .map((plan) => ({ plan, stepS: predictStep(model, plan, h100, network).stepS })).reduce((best, one) => (one.stepS < best.stepS ? one : best));
}

test('The search keeps exactly what timing every plan keeps', () => {
  const cases: readonly (readonly [ModelSpec, PlanSpace])[] = [
    [small, { gpus: 32, globalBatch: 64, precision: 'bf16', software, microbatch: [1, 2, 4], context: [1, 2] }],
    [llama31x405b, { gpus: 512, globalBatch: 512, precision: 'bf16', software, microbatch: [1], context: [1, 2] }],
    [small, { gpus: 48, globalBatch: 96, precision: 'fp8', software: softwareStacks.fsdp, recompute: ['none', 'full'], microbatch: [1, 3], expert: [1, 8] }],
  ];
  for (const [model, space] of cases) {
    const found = searchPlans({ model, accelerator: h100, network, space });
    const wanted = plainSearch(model, space);
    assert.deepEqual(found.pareto, wanted);
    assert.ok(wanted.length > 0, model.name);
    const fastest = fastestPlan({ model, accelerator: h100, network, space });
    assert.deepEqual([fastest?.plan, fastest?.stepS], [earliestFastest(model, space)?.plan, wanted[0]?.stepS]);
    assert.ok(found.timed <= found.fitting && found.fitting <= found.legal && found.complete);
  }
});

test('Pruning drops most plans without timing them', () => {
  const found = searchPlans({ model: llama31x405b, accelerator: h100, network, space: { gpus: 1024, globalBatch: 1536, precision: 'bf16', software } });
  assert.ok(found.legal >= 10_000, `${found.legal} plans`);
  assert.ok(found.timed < found.fitting / 2, `${found.timed} of ${found.fitting}`);
});

test('Every plan of the space is legal and none comes twice', () => {
  const space: PlanSpace = { gpus: 64, globalBatch: 128, precision: 'bf16', software };
  const seen = new Set<string>();
  for (const plan of plansOf(small, network, space)) {
    assert.deepEqual(checkPlan(small, plan, 64), []);
    const key = JSON.stringify(plan);
    assert.ok(!seen.has(key), key);
    seen.add(key);
  }
  assert.ok(seen.size > 1000);
});

test('A model that fits nowhere gives an empty set and names the plan that needs least', () => {
  const found = searchPlans({ model: deepSeekV3, accelerator: h100, network, space: { gpus: 16, globalBatch: 64, precision: 'bf16', software } });
  assert.deepEqual([found.pareto, found.fitting], [[], 0]);
  assert.equal(fastestPlan({ model: deepSeekV3, accelerator: h100, network, space: { gpus: 16, globalBatch: 64, precision: 'bf16', software } }), null);
  assert.ok(found.leastMemory !== null && found.leastMemory.memoryGb > h100.hbmGb);
});

/** Payload bits that cross from one scale-up domain to another, summed over the flows of every phase, per accelerator. */
function crossingBits(model: ModelSpec, plan: ParallelPlan, gpus: number): number {
  const constants = { ...defaultCalibration.network, scaleUpShare: 1, scaleOutShare: 1 };
  let sum = 0;
  for (const phase of communicationPhases(model, plan, network, defaultCalibration)) {
    const flows = phaseFlows(phase, { network, constants });
    const executions = phase.perMicrobatch * microbatchesPerStep(plan) + phase.perStep;
    for (let flow = 0; flow < flows.flowCount; flow++) {
      const [source, target] = [flows.sourceRank[flow] ?? 0, flows.targetRank[flow] ?? 0];
      if (Math.floor(source / 8) !== Math.floor(target / 8)) sum += executions * (flows.flowBits[flow] ?? 0);
    }
  }
  return sum / gpus;
}

function agree(model: ModelSpec, plan: ParallelPlan): void {
  assert.deepEqual(checkPlan(model, plan, 64), []);
  const wanted = crossingBits(model, plan, 64);
  const counted = scaleOutBitsPerStep(plan, communicationPhases(model, plan, network, defaultCalibration), network);
  assert.ok(Math.abs(counted / wanted - 1) < 1e-9, `${describePlan(plan)}: ${counted} against ${wanted}`);
}

test('Scale-out traffic equals what the flows of a step carry between domains', () => {
  const plan: ParallelPlan = {
    tensor: 2, sequenceParallel: true, pipeline: 1, schedule: '1f1b', interleave: 1, data: 32, zero: 1, shard: 32, expert: 8, context: 1,
    microbatch: 1, globalBatch: 128, recompute: 'none', precision: 'bf16', software,
  };
  // Without a pipeline the flows repeat each execution whole; a plain pipeline of p stages hands over p - 1 times each way.
  const plans: readonly ParallelPlan[] = [
    plan, { ...plan, zero: 0, tensor: 1, sequenceParallel: false, data: 64, shard: 64 }, { ...plan, zero: 3 },
    { ...plan, tensor: 8, context: 2, data: 4, shard: 4 }, { ...plan, pipeline: 4, data: 8, shard: 8 },
  ];
  for (const one of plans) agree(small, one);
  assert.ok(small.moe);
  agree({ ...small, moe: { ...small.moe, experts: 64 } }, { ...plan, expert: 64 });
});

// Data parallel over 64 accelerators in 8 domains, ZeRO 0: the flat all-reduce sends 2 (63/64) G over each ring edge, 8 rings of G/8
// leave each domain, so a domain of 8 sends 2 (63/64) G and one accelerator an eighth of it.
test('A flat all-reduce sends an eighth of its bus traffic out of a domain of eight', () => {
  const dense: ModelSpec = { ...llama31x405b, layers: 4, hidden: 1024, ffn: 4096 };
  const plan: ParallelPlan = {
    tensor: 1, sequenceParallel: false, pipeline: 1, schedule: '1f1b', interleave: 1, data: 64, zero: 0, shard: 64, expert: 1, context: 1,
    microbatch: 1, globalBatch: 64, recompute: 'none', precision: 'bf16', software,
  };
  const phases = communicationPhases(dense, plan, network, defaultCalibration);
  const gradientBits = phases.reduce((sum, phase) => sum + phase.bits * phase.perStep, 0);
  assert.equal(phases.length, 1);
  assert.ok(Math.abs(scaleOutBitsPerStep(plan, phases, network) / ((2 * 63) / 64 / 8 * gradientBits) - 1) < 1e-12);
});
