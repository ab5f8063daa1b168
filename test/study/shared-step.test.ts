/** A step beside other classes: priorities by hand, and folded runs equal to runs of every flow by itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledCluster } from '../../src/fabric/compiled.ts';
import type { ClassTraffic, SharedStep } from '../../src/study/shared-step.ts';
import { jobTraffic, runSharedStep } from '../../src/study/shared-step.ts';
import { findAccelerator } from '../../src/traffic/accelerators.ts';
import type { TrafficClassName } from '../../src/traffic/classes.ts';
import { mixtral8x22b } from '../../src/traffic/model-presets.ts';
import { softwareStacks } from '../../src/traffic/parallel-plan.ts';
import { bareDesign, railDesign, reachRule } from '../fabric/designs.ts';

function compiled(design: typeof railDesign): CompiledCluster {
  const result = compileFabric(design, { evaluateMedium: reachRule });
  if (!result.ok) assert.fail(JSON.stringify(result.issues));
  return result.value;
}

function run(...args: Parameters<typeof runSharedStep>): SharedStep {
  const step = runSharedStep(...args);
  if (isRefusal(step)) assert.fail(step.reasons.join(' '));
  return step;
}

const traffic = (name: string, trafficClass: TrafficClassName, flows: readonly (readonly [number, number, number])[]): ClassTraffic => ({
  name, trafficClass,
  flows: { flowCount: flows.length, sourceRank: Int32Array.from(flows, ([from]) => from), targetRank: Int32Array.from(flows, ([, to]) => to), flowBits: Float64Array.from(flows, ([, , bits]) => bits) },
});

test('collectives follow each other and lower classes get what is left', () => {
  // One leaf, 400 Gb/s per accelerator. Rank 0 sends 400 Gbit, then 800 Gbit, to rank 1: 1 s and 2 s. A checkpoint of 400 Gbit
  // from rank 0 gets nothing until 3 s and ends at 4 s; one from rank 2 to rank 3 meets nobody and ends after 1 s.
  const cluster = compiled(bareDesign(8, { kind: 'fat-tree', tiers: 2, k: 16, routing: 'ecmp' }));
  const step = run(cluster, {
    job: [traffic('first', 'allReduce', [[0, 1, 400e9]]), traffic('second', 'allToAll', [[0, 1, 800e9]])],
    others: [traffic('blocked', 'checkpoint', [[0, 1, 400e9]]), traffic('free', 'checkpoint', [[2, 3, 400e9]])],
  });
  assert.deepEqual(step.parts.map(({ name, endNs }) => [name, Math.round(endNs) / 1e9]), [['first', 1], ['second', 3], ['blocked', 4], ['free', 1]]);
  assert.equal(Math.round(step.jobEndNs) / 1e9, 3);
});

test('a folded step ends when the step of every flow by itself does', () => {
  const cluster = compiled(railDesign);
  const accelerator = findAccelerator('h100');
  assert.ok(accelerator !== null);
  const plan = {
    tensor: 2, sequenceParallel: true, pipeline: 4, schedule: '1f1b', interleave: 1, data: 128, zero: 1, shard: 128, expert: 8, context: 1,
    microbatch: 1, globalBatch: 1024, recompute: 'none', precision: 'bf16', software: softwareStacks.megatronCore,
  } as const;
  const job = jobTraffic(cluster, { model: mixtral8x22b, plan, accelerator });
  const others = [traffic('checkpoint', 'checkpoint', Array.from({ length: 1024 }, (_, rank) => [rank, (rank + 512) % 1024, 8e9] as const))];
  const folded = run(cluster, { job, others });
  const plain = run(cluster, { job, others }, { fold: false });
  assert.deepEqual(folded.parts.map(({ name, flows }) => [name, flows]), plain.parts.map(({ name, flows }) => [name, flows]));
  folded.parts.forEach(({ endNs }, row) => assert.ok(Math.abs(endNs / (plain.parts[row]?.endNs ?? 0) - 1) < 1e-9));
});
