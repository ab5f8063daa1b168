/** Folded runs equal unfolded runs, and programs without symmetry are left alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandStar } from '../../src/adapters/simcase-families.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import type { FlowOutcome, FlowProgram } from '../../src/sim/flow-program.ts';
import { foldProgram } from '../../src/sim/fold.ts';
import type { LockstepProgram } from '../../src/sim/lockstep.ts';
import { expandLockstep, runLockstep } from '../../src/sim/lockstep.ts';
import { runFlows } from '../../src/sim/run-flows.ts';
import { plain, randomProgram } from './random-program.ts';

function run(program: FlowProgram, fold: boolean): FlowOutcome {
  const outcome = runFlows(program, { fold });
  assert.ok(!isRefusal(outcome));
  return outcome;
}

function assertSame(one: FlowOutcome, other: FlowOutcome, what: string): void {
  for (let flow = 0; flow < one.completionNs.length; flow++) {
    const [a, b] = [one.completionNs[flow] ?? NaN, other.completionNs[flow] ?? NaN];
    assert.ok(Math.abs(a - b) <= 1e-11 * b, `${what}: flow ${flow} ends at ${a} ns folded and at ${b} ns unfolded`);
    assert.ok(Math.abs((one.durationNs[flow] ?? NaN) - (other.durationNs[flow] ?? NaN)) <= 1e-10 * b, what);
  }
}

/** `copies` separate copies of a program, side by side. */
function copy(program: FlowProgram, copies: number): FlowProgram {
  const floats = (array: Float64Array): Float64Array => Float64Array.from({ length: array.length * copies }, (_, at) => array[at % array.length] ?? 0);
  const shifted = (array: Int32Array, by: number): Int32Array => Int32Array.from({ length: array.length * copies }, (_, at) => (array[at % array.length] ?? 0) + by * Math.floor(at / array.length));
  const offsets = (array: Int32Array): Int32Array => Int32Array.from([0, ...shifted(array.subarray(1), array[array.length - 1] ?? 0)]);
  const rows = Array.from({ length: program.eventNs.length * copies }, (_, at) => ({ event: at % program.eventNs.length, copy: Math.floor(at / program.eventNs.length) }));
  rows.sort((a, b) => (program.eventNs[a.event] ?? 0) - (program.eventNs[b.event] ?? 0) || a.copy - b.copy);
  return {
    ...program,
    linkCount: program.linkCount * copies, linkRateGbps: floats(program.linkRateGbps), linkLatencyNs: floats(program.linkLatencyNs),
    flowCount: program.flowCount * copies, flowBits: floats(program.flowBits), flowStartNs: floats(program.flowStartNs),
    flowWeight: program.flowWeight === null ? null : floats(program.flowWeight), flowCapGbps: program.flowCapGbps === null ? null : floats(program.flowCapGbps),
    flowPriority: program.flowPriority === null ? null : shifted(program.flowPriority, 0),
    pathOffset: offsets(program.pathOffset), pathLink: shifted(program.pathLink, program.linkCount),
    afterOffset: program.afterOffset === null ? null : offsets(program.afterOffset), afterFlow: program.afterFlow === null ? null : shifted(program.afterFlow, program.flowCount),
    eventNs: Float64Array.from(rows, (row) => program.eventNs[row.event] ?? 0),
    eventLink: Int32Array.from(rows, (row) => (program.eventLink[row.event] ?? 0) + row.copy * program.linkCount),
    eventRateGbps: Float64Array.from(rows, (row) => program.eventRateGbps[row.event] ?? 0),
  };
}

test('copies of a random program fold to one copy with the same completions', () => {
  const mixes = [plain, { weights: true, caps: true, priorities: true, floors: true, order: true, events: true, ties: true }];
  for (const features of mixes) {
    for (let seed = 1; seed <= 25; seed++) {
      const program = copy(randomProgram(seed, features), 300);
      const fold = foldProgram(program);
      assert.ok(fold !== null, `seed ${seed} folds`);
      assert.ok(fold.program.flowCount <= program.flowCount / 300);
      assertSame(run(program, true), run(program, false), `seed ${seed}`);
    }
  }
});

const star = { kind: 'star-all-to-all', hosts: 24, latencyNs: 500, nicGbps: 400, altNicGbps: 100, altEvery: 0, size0: 1e6, a: 0, b: 0, m: 1, step: 0 } as const;

test('an equal all-to-all folds to one flow whatever the number of hosts', () => {
  const program = expandStar(star);
  assert.equal(foldProgram(program)?.program.flowCount, 1);
  const outcome = run(program, true);
  // Closed form: every NIC sends 23 messages of 8e6 bits at 400 Gb/s, after two hops of 500 ns.
  assert.ok(Math.abs(outcome.makespanNs - (23 * 8e6 / 400 + 1000)) < 1e-6);
  assertSame(outcome, run(program, false), 'equal star');
});

test('two NIC rates fold to three kinds of pairs (a pair and its reverse are alike), and stay right', () => {
  const program = expandStar({ ...star, altEvery: 3 });
  assert.equal(foldProgram(program)?.program.flowCount, 3);
  assertSame(run(program, true), run(program, false), 'two NIC rates');
});

test('a ring all-reduce folds to one lane unless a link differs', () => {
  const lanes: LockstepProgram = {
    laneCount: 16, stepCount: 30, bits: 8e6, laneLink: Int32Array.from({ length: 16 }, (_, lane) => lane),
    laneRateGbps: new Float64Array(16).fill(400), laneLatencyNs: new Float64Array(16).fill(500),
  };
  const program = expandLockstep(lanes, 16);
  assert.equal(foldProgram(program)?.program.flowCount, 30);
  const unfolded = run(program, false);
  assertSame(run(program, true), unfolded, 'ring');
  const outcome = runLockstep(lanes);
  assert.ok(!isRefusal(outcome) && outcome.folded);
  assert.ok(Math.abs(outcome.makespanNs / unfolded.makespanNs - 1) < 1e-12);
});

test('the lane recurrence equals the flow engine, with equal and with unequal lanes', () => {
  for (const slow of [-1, 0, 5]) {
    const lanes: LockstepProgram = {
      laneCount: 7, stepCount: 12, bits: 1e6, laneLink: Int32Array.from([6, 5, 4, 3, 2, 1, 0]),
      laneRateGbps: Float64Array.from({ length: 7 }, (_, lane) => (lane === slow ? 25 : 100)), laneLatencyNs: Float64Array.from({ length: 7 }, (_, lane) => (slow < 0 ? 10 : lane)),
    };
    const completionNs = new Float64Array(84);
    const outcome = runLockstep(lanes, { sink: { flowEnded: (flow, _, endNs) => void (completionNs[flow] = endNs) } });
    assert.ok(!isRefusal(outcome));
    assert.equal(outcome.folded, slow < 0);
    const engine = run(expandLockstep(lanes, 7), false);
    engine.completionNs.forEach((wanted, flow) => assert.ok(Math.abs((completionNs[flow] ?? NaN) - wanted) <= 1e-11 * wanted, `flow ${flow}`));
    const followed = runLockstep(lanes, { fold: false });
    assert.ok(!isRefusal(followed) && Math.abs(followed.makespanNs - outcome.makespanNs) < 1e-6);
  }
});

test('a lane without capacity is a refusal that names it, and lanes that meet are a bug of the caller', () => {
  const lanes = { laneCount: 2, stepCount: 2, bits: 1, laneLink: Int32Array.of(0, 1), laneRateGbps: Float64Array.of(1, 0), laneLatencyNs: new Float64Array(2) };
  const refusal = runLockstep(lanes);
  assert.ok(isRefusal(refusal));
  assert.match(refusal.reasons[0] ?? '', /link 1/);
  assert.throws(() => runLockstep({ ...lanes, laneLink: Int32Array.of(0, 0) }), /share a link/);
});

test('a program without symmetry is not folded', () => {
  const program = copy(randomProgram(3, plain), 40);
  const sizes = program.flowBits.map((bits, flow) => bits + flow);
  assert.equal(foldProgram({ ...program, flowBits: sizes }), null);
});
