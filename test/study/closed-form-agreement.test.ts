/** The closed form and the flow engine on many shapes: random models and plans on a fabric where nothing contends agree within 2 %. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import { networkView } from '../../src/study/fabric-view.ts';
import { runTraining } from '../../src/study/training-run.ts';
import { findAccelerator } from '../../src/traffic/accelerators.ts';
import type { ModelSpec } from '../../src/traffic/model.ts';
import { deepSeekV3, llama31x405b } from '../../src/traffic/model-presets.ts';
import type { ParallelPlan } from '../../src/traffic/parallel-plan.ts';
import { checkPlan, describePlan, softwareStacks } from '../../src/traffic/parallel-plan.ts';
import { predictStep } from '../../src/traffic/step-time.ts';
import { railDesign, railFamily, reachRule } from '../fabric/designs.ts';

const gpus = 256;
/** One pod: the 32 servers meet on one leaf per rail, so rail-aligned traffic shares no link but its own ports. */
const cluster = compileFabric({ ...railDesign, name: 'one pod', gpus, family: railFamily }, { evaluateMedium: reachRule });
assert.ok(cluster.ok);
const found = findAccelerator('h100');
assert.ok(found);
/** Memory is not the question here: every plan may run. */
const roomy = { ...found, hbmGb: 1e6 };

test('Over 60 random plans every collective and every step agree within 2 %', () => {
  const dice = createDice(2026);
  const pick = <T>(values: readonly [T, ...T[]]): T => values[dice.below(values.length)] ?? values[0];
  const network = networkView(cluster.value);
  const phaseNames = new Set<string>();
  let compared = 0;
  for (let round = 0; compared < 60 && round < 5000; round++) {
    const routed = dice.uniform() < 0.5;
    const model: ModelSpec = { ...(routed ? deepSeekV3 : llama31x405b), layers: pick([16, 32]), seq: pick([2048, 8192]), ...(routed && deepSeekV3.moe ? { moe: { ...deepSeekV3.moe, moeLayers: 12 } } : {}) };
    const [tensor, context, pipeline] = [pick([1, 2, 4, 8]), pick([1, 1, 2, 4]), pick([1, 2, 4, 8])];
    const data = gpus / (tensor * context * pipeline);
    const zero = pick([0, 1, 3] as const);
    const plan: ParallelPlan = {
      tensor, sequenceParallel: dice.uniform() < 0.5, pipeline, schedule: '1f1b', interleave: 1, data, zero, shard: data, expert: routed ? pick([1, 8, 32, 64]) : 1, context,
      microbatch: pick([1, 2]), globalBatch: 1024, recompute: pick(['none', 'full']), precision: 'bf16', software: pick([softwareStacks.megatronCore, softwareStacks.fsdp, softwareStacks.megatron2021]),
    };
    if (checkPlan(model, plan, gpus).length > 0) continue;
    const run = runTraining(cluster.value, { model, plan, accelerator: roomy });
    assert.ok(!isRefusal(run) && !('stopped' in run), describePlan(plan));
    for (const phase of run.phases) {
      phaseNames.add(phase.name);
      const engineNs = phase.latencyNs + phase.streamingNs;
      // A tree streams 2 M where a ring streams 2 (n - 1)/n M, so it is compared by its step only.
      const tree = phase.op === 'allReduce' && phase.ranksPerGroup > 8;
      if (!tree) assert.ok(Math.abs(engineNs / phase.closedFormNs - 1) <= 0.02, `${describePlan(plan)}: ${phase.name} takes ${engineNs} ns on the engine and ${phase.closedFormNs} ns in closed form`);
      assert.ok(phase.streamingNs >= phase.optimalNs * (1 - 1e-9), `${describePlan(plan)}: ${phase.name} beats its bound`);
    }
    const { stepS } = predictStep(model, plan, roomy, network);
    assert.ok(Math.abs(run.prediction.stepS / stepS - 1) <= 0.02, `${describePlan(plan)}: ${run.prediction.stepS} s and ${stepS} s`);
    compared++;
  }
  assert.equal(compared, 60);
  for (const name of ['tensor all-reduce', 'tensor all-gather', 'context key-value exchange', 'expert dispatch', 'expert combine', 'pipeline activations', 'gradients', 'parameters']) {
    assert.ok(phaseNames.has(name), `${name} never came up`);
  }
});
