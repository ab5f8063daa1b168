/** An unrolled step is as long as the model's, keeps every order and reaches the published bubbles. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import { findAccelerator } from '../../src/traffic/accelerators.ts';
import { defaultCalibration } from '../../src/traffic/calibration.ts';
import { deepSeekV3, llama31x405b } from '../../src/traffic/model-presets.ts';
import type { ModelSpec } from '../../src/traffic/model.ts';
import type { NetworkView } from '../../src/traffic/network-view.ts';
import type { ParallelPlan } from '../../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../../src/traffic/parallel-plan.ts';
import { communicationPhases } from '../../src/traffic/phases.ts';
import { computeParts, phaseDurations, predictStep } from '../../src/traffic/step-time.ts';
import type { JobTimeline } from '../../src/traffic/timeline/job-timeline.ts';
import { jobTimeline, stageBursts } from '../../src/traffic/timeline/job-timeline.ts';
import type { PipelineShape } from '../../src/traffic/timeline/pipeline-order.ts';
import { orderPipeline, slotKinds, slotsMax } from '../../src/traffic/timeline/pipeline-order.ts';
import { pacePipeline, timePipeline } from '../../src/traffic/timeline/pipeline-times.ts';

const found = findAccelerator('h100');
assert.ok(found);
const h100 = found;
const network: NetworkView = {
  scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 },
  scaleOut: { rateGbps: 400, latencyNs: 2000, podSize: 256, oversubscription: 2, coreLatencyNs: 4000 },
};
const dense: ParallelPlan = {
  tensor: 8, sequenceParallel: true, pipeline: 8, schedule: '1f1b', interleave: 8, data: 8, zero: 1, shard: 8, expert: 1, context: 2,
  microbatch: 1, globalBatch: 512, recompute: 'none', precision: 'fp8', software: softwareStacks.megatronCore,
};
const expert: ParallelPlan = { ...dense, tensor: 1, context: 1, interleave: 1, data: 128, shard: 128, expert: 64, globalBatch: 4096 };
const sharded: ParallelPlan = { ...dense, pipeline: 1, interleave: 1, data: 64, shard: 64, zero: 3, software: softwareStacks.fsdp };
const cases: readonly (readonly [string, ModelSpec, ParallelPlan])[] = [
  ['interleaved', llama31x405b, dense],
  ['interleaved, microbatches not a multiple of the stages', llama31x405b, { ...dense, globalBatch: 8 * 21 }],
  ['plain 1F1B', llama31x405b, { ...dense, interleave: 1, recompute: 'full' }],
  ['zero bubble', llama31x405b, { ...dense, schedule: 'zeroBubble', interleave: 1 }],
  ['DualPipe', deepSeekV3, { ...expert, schedule: 'dualPipe', software: softwareStacks.dualPipe }],
  ['experts under 1F1B', deepSeekV3, expert],
  ['one stage, fully sharded', llama31x405b, sharded],
  ['hybrid shards', llama31x405b, { ...sharded, shard: 16 }],
  ['no sharding', llama31x405b, { ...dense, zero: 0 }],
];

function unroll(model: ModelSpec, plan: ParallelPlan): JobTimeline {
  const phases = communicationPhases(model, plan, network, defaultCalibration);
  const timeline = jobTimeline({
    plan, phases, compute: computeParts(model, plan, h100, { scaleUpSize: 8 }), durations: phaseDurations(phases, network, defaultCalibration),
    contention: defaultCalibration.network.contention,
  });
  assert.ok(!isRefusal(timeline));
  return timeline;
}

const even = { forwardNs: 1, backwardNs: 2, weightsNs: 0, otherShare: 1, handOverNs: 0 };
const split = { ...even, backwardNs: 1, weightsNs: 1 };
const spanOf = (shape: PipelineShape): number => {
  const times = shape.schedule === '1f1b' ? even : split;
  return timePipeline(orderPipeline(shape, times), times).spanNs;
};

test('Orders reach the bubbles of their papers', () => {
  // A microbatch takes 3. 1F1B: m + (p - 1) microbatches (Narayanan et al., SC'21, section 2.2.1).
  assert.equal(spanOf({ stages: 4, chunks: 1, microbatches: 8, schedule: '1f1b' }), 3 * (8 + 3));
  assert.equal(spanOf({ stages: 8, chunks: 1, microbatches: 8, schedule: '1f1b' }), 3 * (8 + 7));
  // Interleaved: the bubble falls to (p - 1) / v (section 2.2.2).
  assert.ok(Math.abs(spanOf({ stages: 4, chunks: 2, microbatches: 8, schedule: '1f1b' }) - 3 * (8 + 3 / 2)) < 1e-9);
  assert.ok(Math.abs(spanOf({ stages: 8, chunks: 8, microbatches: 64, schedule: '1f1b' }) - 3 * (64 + 7 / 8)) < 1e-9);
  // Zero bubble H1: (p - 1)(TF + TB - TW) = p - 1 where all three are 1 (Qi et al. 2023, table 2).
  assert.equal(spanOf({ stages: 4, chunks: 1, microbatches: 8, schedule: 'zeroBubble' }), 3 * 8 + 3);
  assert.equal(spanOf({ stages: 8, chunks: 1, microbatches: 32, schedule: 'zeroBubble' }), 3 * 32 + 7);
  // DualPipe without overlapped pairs: F&B = 2, so (p/2 - 1)(F&B + B - 3W) = (p/2 - 1)(2 + 2 - 3) = 3 at best; greedy stages take 4.
  assert.ok(spanOf({ stages: 8, chunks: 1, microbatches: 32, schedule: 'dualPipe' }) <= 3 * 32 + 4);
});

test('The first slots of 1F1B on four stages stand where the paper draws them', () => {
  // Stage 2 of 0..3 warms up with one forward, then alternates; its first forward waits for stages 0 and 1.
  const order = orderPipeline({ stages: 4, chunks: 1, microbatches: 8, schedule: '1f1b' }, even);
  const times = timePipeline(order, even);
  const rows: string[] = [];
  for (let slot = 0; slot < order.slotCount; slot++) if (order.stage[slot] === 2) rows.push(`${slotKinds[order.kind[slot] ?? 0]} ${order.microbatch[slot]} at ${times.startNs[slot]}`);
  // F0 at 2, F1 at 3; B0 comes back from stage 3 at 4 + 2 = 6 and takes 2; F2 at 8; B1 back from stage 3 at 9.
  assert.deepEqual(rows.slice(0, 5), ['forward 0 at 2', 'forward 1 at 3', 'backward 0 at 6', 'forward 2 at 8', 'backward 1 at 9']);
});

for (const [name, model, plan] of cases) {
  test(`A step unrolled is as long as the step model says: ${name}`, () => {
    const timeline = unroll(model, plan);
    const { stepS } = predictStep(model, plan, h100, network);
    assert.ok(Math.abs(timeline.stepNs / 1e9 - stepS) <= 1e-9 * stepS, `${timeline.stepNs / 1e9} s, model ${stepS} s`);
    for (const [at, section] of timeline.sections.entries()) assert.ok(section.endNs >= section.startNs - 1e-3 && section.startNs === (timeline.sections[at - 1]?.endNs ?? 0), section.name);
  });

  test(`Slots overlap on no stage and bursts lie inside the step: ${name}`, () => {
    const { order, times, stepNs, step, ...rest } = unroll(model, plan);
    const freeNs = new Map<number, number>();
    for (let slot = 0; slot < order.slotCount; slot++) {
      const stage = order.stage[slot] ?? 0;
      assert.ok((times.startNs[slot] ?? 0) >= (freeNs.get(stage) ?? 0));
      const data = order.afterData[slot] ?? -1;
      if (data >= 0) assert.ok((times.startNs[slot] ?? 0) >= (times.endNs[data] ?? 0));
      freeNs.set(stage, times.endNs[slot] ?? 0);
    }
    const executions = step.phases.map(() => 0);
    for (const burst of stageBursts({ order, times, stepNs, step, ...rest }, 0)) {
      assert.ok(burst.startNs >= 0 && burst.endNs <= stepNs * (1 + 1e-9) && burst.endNs + burst.slackNs <= stepNs * (1 + 1e-9));
      assert.ok(burst.endNs >= burst.startNs && burst.slackNs >= 0);
      executions[burst.phase] = (executions[burst.phase] ?? 0) + burst.executions;
    }
    for (const [at, phase] of step.phases.entries()) {
      const wanted = phase.perMicrobatch * step.compute.microbatches + phase.perStep;
      assert.ok(Math.abs((executions[at] ?? 0) - wanted) <= 1e-9 * wanted, `${phase.name}: ${executions[at]} of ${wanted}`);
    }
  });
}

test('A slot may end as late as its slack says, and not later', () => {
  const order = orderPipeline({ stages: 4, chunks: 1, microbatches: 6, schedule: '1f1b' }, even);
  const base = timePipeline(order, even);
  // The dumb twin: lengthen one slot by hand and run the whole order again.
  const spanWith = (late: number, byNs: number): number => {
    const endNs = new Float64Array(order.slotCount);
    let span = 0;
    for (let slot = 0; slot < order.slotCount; slot++) {
      const [before = -1, data = -1] = [order.afterOnStage[slot], order.afterData[slot]];
      const start = Math.max(before < 0 ? 0 : endNs[before] ?? 0, data < 0 ? 0 : endNs[data] ?? 0);
      endNs[slot] = start + (order.kind[slot] === 0 ? 1 : 2) + (slot === late ? byNs : 0);
      span = Math.max(span, endNs[slot] ?? 0);
    }
    return span;
  };
  let loose = 0;
  for (let slot = 0; slot < order.slotCount; slot++) {
    const slack = base.slackNs[slot] ?? 0;
    if (slack > 0) loose++;
    assert.equal(spanWith(slot, slack), base.spanNs);
    assert.ok(spanWith(slot, slack + 0.25) > base.spanNs);
  }
  assert.ok(loose > 0 && loose < order.slotCount);
});

test('A pace is found for spans above and below the natural one', () => {
  const order = orderPipeline({ stages: 4, chunks: 2, microbatches: 8, schedule: '1f1b' }, even);
  for (const span of [25, 28.5, 40]) {
    const pace = pacePipeline(order, even, span);
    assert.ok(Math.abs(timePipeline(order, pace).spanNs - span) < 1e-9);
    assert.ok(pace.otherShare <= 1 && pace.handOverNs >= 0);
  }
});

test('A schedule beyond the limit is refused', () => {
  const refused = jobTimeline({ plan: dense, phases: [], durations: [], contention: 0, compute: { ...computeParts(llama31x405b, dense, h100, { scaleUpSize: 8 }), microbatches: slotsMax } });
  assert.ok(isRefusal(refused) && refused.code === 'schedule-too-long');
});
