/** Steering a run by hand: cancel, re-route, capacity, stop, floors, time series; every number worked out above its assertion. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import type { FlowProgram } from '../../src/sim/flow-program.ts';
import { createFlowRun } from '../../src/sim/flow-run.ts';
import { runFlows, runFlowSlices } from '../../src/sim/run-flows.ts';
import { plain, randomProgram } from './random-program.ts';

interface Flow {
  readonly path: readonly number[];
  readonly bits: number;
  readonly startNs?: number;
  readonly priority?: number;
  readonly after?: readonly number[];
}

/** A program of 100 Gb/s links without latency. */
function programOf(linkCount: number, flows: readonly Flow[], more: Partial<FlowProgram> = {}): FlowProgram {
  const offsets = (lengths: readonly number[]): Int32Array => Int32Array.from([0, ...lengths.map((_, at) => lengths.slice(0, at + 1).reduce((sum, length) => sum + length, 0))]);
  const after = flows.map((flow) => flow.after ?? []);
  return {
    linkCount, linkRateGbps: new Float64Array(linkCount).fill(100), linkLatencyNs: new Float64Array(linkCount), flowCount: flows.length,
    flowBits: Float64Array.from(flows, (flow) => flow.bits), flowStartNs: Float64Array.from(flows, (flow) => flow.startNs ?? 0),
    flowWeight: null, flowCapGbps: null, flowPriority: flows.some((flow) => flow.priority !== undefined) ? Int32Array.from(flows, (flow) => flow.priority ?? 0) : null,
    pathOffset: offsets(flows.map((flow) => flow.path.length)), pathLink: Int32Array.from(flows.flatMap((flow) => flow.path)),
    afterOffset: after.some((list) => list.length > 0) ? offsets(after.map((list) => list.length)) : null, afterFlow: after.some((list) => list.length > 0) ? Int32Array.from(after.flat()) : null,
    eventNs: new Float64Array(0), eventLink: new Int32Array(0), eventRateGbps: new Float64Array(0),
    ...more,
  };
}

const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${actual} instead of ${expected}`);

test('a cancelled flow gives its share to the others, and what waited for it is released', () => {
  // Two flows of 1000 bits at 50 each. At 10 ns (500 left each) flow 0 is cancelled: flow 1 ends at 10 + 500/100 = 15;
  // flow 2 is released at 10 and shares from then on: both at 50. Flow 1: 500/50 -> 20. Flow 2: 500 by 20, then 500/100 -> 25.
  const run = createFlowRun(programOf(1, [{ path: [0], bits: 1000 }, { path: [0], bits: 1000 }, { path: [0], bits: 1000, after: [0] }]));
  run.advance(10);
  near(run.remainingBits(0), 500);
  run.cancel(0);
  near(run.rateGbps(1), 100);
  run.advance(Infinity);
  const outcome = run.outcome();
  assert.equal(outcome.completionNs[0], Infinity);
  near(outcome.completionNs[1] ?? NaN, 20);
  near(outcome.completionNs[2] ?? NaN, 25);
  assert.equal(run.state(0), 'cancelled');
});

test('a re-routed flow keeps what it has sent; a pause is a circuit that switches', () => {
  // Both flows share link 0 at 50. At 10 ns flow 1 moves to links 1 and 2: each 500 left at 100 -> 15 ns.
  const program = programOf(3, [{ path: [0], bits: 1000 }, { path: [0], bits: 1000 }]);
  const moved = createFlowRun(program);
  moved.advance(10);
  moved.reroute(1, [1, 2]);
  moved.advance(Infinity);
  near(moved.outcome().completionNs[0] ?? NaN, 15);
  near(moved.outcome().completionNs[1] ?? NaN, 15);
  // With 7 ns of switching it sends again from 17 ns and ends at 22.
  const paused = createFlowRun(program);
  paused.advance(10);
  paused.reroute(1, [2], { pauseNs: 7 });
  assert.equal(paused.rateGbps(1), 0);
  paused.advance(Infinity);
  near(paused.outcome().completionNs[1] ?? NaN, 22);
});

test('a flow that is left without links has arrived and completes at once, or after its pause', () => {
  // All three share 100 Gb/s until 10 ns; flow 1 is then where it must go, flow 2 three nanoseconds later; flow 0 has 1000 - 10 x 100/3 left.
  const run = createFlowRun(programOf(1, [{ path: [0], bits: 1000 }, { path: [0], bits: 1000 }, { path: [0], bits: 1000 }]));
  run.advance(10);
  run.reroute(1, []);
  run.reroute(2, [], { pauseNs: 3 });
  run.advance(Infinity);
  const { completionNs } = run.outcome();
  near(completionNs[1] ?? NaN, 10);
  near(completionNs[2] ?? NaN, 13);
  near(completionNs[0] ?? NaN, 10 + (1000 - 1000 / 3) / 100);
});

test('many flows may move onto one link: its room grows', () => {
  // 20 flows of 100 bits, each on its own link, all moved to link 0 at time 0: 2000 bits at 100 Gb/s.
  const run = createFlowRun(programOf(20, Array.from({ length: 20 }, (_, flow) => ({ path: [flow], bits: 100 }))));
  run.step();
  for (let flow = 1; flow < 20; flow++) run.reroute(flow, [0]);
  run.advance(Infinity);
  for (const ns of run.outcome().completionNs) near(ns, 20);
});

test('a link steered to zero stalls its flows until it comes back', () => {
  const run = createFlowRun(programOf(1, [{ path: [0], bits: 1000 }]));
  run.advance(4);
  run.setLinkRate(0, 0);
  assert.equal(run.rateGbps(0), 0);
  assert.equal(run.nextEventNs(), Infinity);
  run.advance(100);
  run.setLinkRate(0, 200);
  run.advance(Infinity);
  // 400 bits by 4 ns, then 600 at 200 Gb/s from 100 ns.
  near(run.outcome().makespanNs, 103);
});

test('a floor keeps a lower class alive, and only as far as it has demand', () => {
  // Class 0 and class 1 share one link, class 1 with a floor of a quarter: 75 and 25. Flow 0: 750/75 = 10 ns. Flow 1 has sent
  // 250 by then and ends 750/100 later, at 17.5.
  const floored = runFlows(programOf(1, [{ path: [0], bits: 750, priority: 0 }, { path: [0], bits: 1000, priority: 1 }], { classFloors: [{ priority: 1, share: 0.25 }] }));
  assert.ok(!isRefusal(floored));
  near(floored.completionNs[0] ?? NaN, 10);
  near(floored.completionNs[1] ?? NaN, 17.5);
  // Capped at 10 it only takes 10 of its 25; class 0 has 90: 750/90.
  const capped = runFlows(programOf(1, [{ path: [0], bits: 750, priority: 0 }, { path: [0], bits: 1000, priority: 1 }], { classFloors: [{ priority: 1, share: 0.25 }], flowCapGbps: Float64Array.of(Infinity, 10) }));
  assert.ok(!isRefusal(capped));
  near(capped.completionNs[0] ?? NaN, 750 / 90);
  near(capped.completionNs[1] ?? NaN, 100);
});

test('without floors a lower class waits until the higher one is done', () => {
  const outcome = runFlows(programOf(1, [{ path: [0], bits: 1000, priority: 3 }, { path: [0], bits: 1000, priority: 7 }]));
  assert.ok(!isRefusal(outcome));
  near(outcome.completionNs[0] ?? NaN, 10);
  near(outcome.completionNs[1] ?? NaN, 20);
});

test('time series account for every bit of every link and class', () => {
  const program = { ...randomProgram(11, { ...plain, priorities: true, events: true }), afterOffset: null, afterFlow: null };
  const carried = new Float64Array(program.linkCount);
  const sent = new Map<number, number>();
  const outcome = runFlows(program, {
    sampleNs: 13,
    sink: {
      linkSample: (_from, _to, link, bits) => void (carried[link] = (carried[link] ?? 0) + bits),
      classSample: (_from, _to, priority, bits) => void sent.set(priority, (sent.get(priority) ?? 0) + bits),
    },
  });
  assert.ok(!isRefusal(outcome));
  // Everything completes, so each link carries the sizes of the flows that cross it, and each class its own sizes.
  const wanted = new Float64Array(program.linkCount);
  let total = 0;
  for (let flow = 0; flow < program.flowCount; flow++) {
    const links = program.pathLink.subarray(program.pathOffset[flow], program.pathOffset[flow + 1]);
    for (const link of links) wanted[link] = (wanted[link] ?? 0) + (program.flowBits[flow] ?? 0);
    if (links.length > 0) total += program.flowBits[flow] ?? 0;
  }
  wanted.forEach((bits, link) => near(carried[link] ?? NaN, bits));
  near([...sent.values()].reduce((sum, bits) => sum + bits, 0), total);
});

test('a stopped run leaves every row up to that moment', () => {
  // 3000 flows one after the other on one link, 100 bits each at 100 Gb/s: flow f ends at f + 1 ns.
  const flows = Array.from({ length: 3000 }, (_, flow) => ({ path: [0], bits: 100, startNs: flow }));
  const rows: number[] = [];
  let stop = false;
  const slices = runFlowSlices(programOf(1, flows), { fold: false, shouldStop: () => stop, sink: { flowEnded: (flow) => void rows.push(flow) } });
  const slice = slices.next();
  assert.equal(slice.done, false);
  stop = true;
  const end = slices.next();
  assert.ok(end.done === true && !isRefusal(end.value));
  assert.equal(end.value.ended, false);
  assert.deepEqual(rows, Array.from({ length: rows.length }, (_, flow) => flow));
  assert.ok(rows.length > 500 && rows.length < 3000);
  const { completionNs } = end.value;
  rows.forEach((flow) => near(completionNs[flow] ?? NaN, flow + 1));
  assert.equal(completionNs[2999], Infinity);
});
