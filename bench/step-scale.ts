/** One training step with all six traffic classes on a rail-optimised fabric, at three sizes; memory is checked as well as time. */

import assert from 'node:assert/strict';
import type { CompiledCluster } from '../src/fabric/compiled.ts';
import { isRefusal } from '../src/base/refusal.ts';
import type { ClassTraffic } from '../src/study/shared-step.ts';
import { classesOf, jobTraffic, runSharedStep } from '../src/study/shared-step.ts';
import { findAccelerator } from '../src/traffic/accelerators.ts';
import { trafficClassNames } from '../src/traffic/classes.ts';
import { mixtral8x22b } from '../src/traffic/model-presets.ts';
import type { ParallelPlan } from '../src/traffic/parallel-plan.ts';
import { checkPlan, softwareStacks } from '../src/traffic/parallel-plan.ts';
import type { RankFlows } from '../src/traffic/phase-flows.ts';
import { compileRailPlanes } from './fabric.ts';
import type { Bench } from './measure.ts';

const gigabyte = 8e9;

/** `count` flows; `ends(flow)` gives source and target rank. */
function flowsOf(count: number, bits: number, ends: (flow: number) => readonly [number, number]): RankFlows {
  const flows = { flowCount: count, sourceRank: new Int32Array(count), targetRank: new Int32Array(count), flowBits: new Float64Array(count).fill(bits) };
  for (let flow = 0; flow < count; flow++) [flows.sourceRank[flow], flows.targetRank[flow]] = ends(flow);
  return flows;
}

/** Three classes beside the job: checkpoints go to the node half a cluster away, each node's first accelerator sends prompts to the next four nodes, and every rank backs up to the next pod. */
function otherTraffic(gpus: number): readonly ClassTraffic[] {
  return [
    { name: 'inference fan-out', trafficClass: 'inferenceFanout', flows: flowsOf(gpus / 2, 0.01 * gigabyte, (flow) => { const node = Math.floor(flow / 4); return [8 * node, (8 * (node + 1 + (flow % 4))) % gpus]; }) },
    { name: 'checkpoint', trafficClass: 'checkpoint', flows: flowsOf(gpus, gigabyte, (flow) => [flow, (flow + gpus / 2) % gpus]) },
    { name: 'background', trafficClass: 'background', flows: flowsOf(gpus, gigabyte / 4, (flow) => [flow, (flow + 1024) % gpus]) },
  ];
}

function planOf(gpus: number): ParallelPlan {
  const data = gpus / 2 / 4;
  return {
    tensor: 2, sequenceParallel: true, pipeline: 4, schedule: '1f1b', interleave: 1, data, zero: 1, shard: data, expert: 8, context: 1,
    microbatch: 1, globalBatch: 8 * data, recompute: 'none', precision: 'bf16', software: softwareStacks.megatronCore,
  };
}

function run(cluster: CompiledCluster, gpus: number): number {
  const accelerator = findAccelerator('h100');
  if (accelerator === null) throw new Error('h100 is known');
  const job = jobTraffic(cluster, { model: mixtral8x22b, plan: planOf(gpus), accelerator });
  const others = otherTraffic(gpus);
  assert.deepEqual(classesOf([...job, ...others]), trafficClassNames);
  const step = runSharedStep(cluster, { job, others });
  if (isRefusal(step)) throw new Error(step.reasons.join(' '));
  return step.jobEndNs;
}

const stepBench = (gpus: number, goalMs: number | null, memoryMaxMb: number): Bench => ({
  name: `training step with six classes, ${gpus.toLocaleString('en')} GPUs, below ${memoryMaxMb.toLocaleString('en')} MB`, goalMs,
  prepare() {
    const plan = planOf(gpus);
    assert.deepEqual(checkPlan(mixtral8x22b, plan, gpus), []);
    const cluster = compileRailPlanes(gpus);
    return () => {
      const endNs = run(cluster, gpus);
      const peakMb = process.resourceUsage().maxRSS / 1024;
      assert.ok(peakMb < memoryMaxMb, `${peakMb.toFixed(0)} MB`);
      return endNs;
    };
  },
});

export const stepScaleBenches: readonly Bench[] = [stepBench(2048, null, 2000), stepBench(16_384, 10_000, 2000), stepBench(131_072, 60_000, 8000)];
