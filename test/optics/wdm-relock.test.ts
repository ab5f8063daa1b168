/** Re-lock planning: follow where possible, re-lock where needed, never lose a channel that some assignment keeps. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import type { LockState, RelockPolicy, ThermalStep } from '../../src/optics/wdm/relock.ts';
import { checkRelockInput, lockAll, planRelock } from '../../src/optics/wdm/relock.ts';
import { redShiftNm, unlocked } from '../../src/optics/wdm/ring-assignment.ts';
import type { RingTuner } from '../../src/optics/wdm/ring-tuner.ts';
import { heaterReachNm } from '../../src/optics/wdm/ring-tuner.ts';

/** Eight lines 1 nm apart, one ring each, resonances evenly 0.5 nm short of their lines; FSR 8 nm, 20 mW per FSR. */
const tuner: RingTuner = { fsrNm: 8, driftNmPerK: 0.1, heaterPerFsrMw: 20, heaterMaxMw: 10 };
const policy: RelockPolicy = { order: 'cyclic', hysteresisNm: 0.3, guardNm: 0.2 };
const lines = (count: number): Float64Array => Float64Array.from({ length: count }, (_, line) => 1310 + line);
const rings = (count: number): Float64Array => Float64Array.from({ length: count }, (_, ring) => 1309.5 + ring);
const still: ThermalStep = { ringStepK: 0, lineStepNm: 0, darkLines: [] };

const locked = (lineCount = 8): LockState => lockAll({ ringNm: rings(8), lineNm: lines(lineCount) }, tuner, policy).state;

test('a first lock puts every ring on its line with the power of its shift', () => {
  const plan = lockAll({ ringNm: rings(8), lineNm: lines(8) }, tuner, policy);
  assert.deepEqual([...plan.state.lineOfRing], [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(plan.relocks.length, 8);
  // 8 rings x 0.5 nm at 20 mW per 8 nm = 10 mW.
  assert.ok(Math.abs(plan.heaterMw - 10) < 1e-9);
  assert.equal(plan.refusal, null);
});

test('a warm step inside the heater range is followed without any outage, and saves heater power', () => {
  const plan = planRelock(locked(), { ...still, ringStepK: 4 }, tuner, policy);
  assert.deepEqual(plan.relocks, []);
  assert.equal(plan.followed.length, 8);
  // 0.5 nm - 4 K * 0.1 nm/K = 0.1 nm each.
  assert.ok(Math.abs(plan.heaterMw - 8 * 0.1 * 2.5) < 1e-9);
});

test('when the heaters run out of cold, the whole bank moves one line on rather than losing a channel', () => {
  // +6 K pushes every ring 0.1 nm past its line: each must take the next line, 0.9 nm further; the last wraps to line 0.
  const plan = planRelock(locked(), { ...still, ringStepK: 6 }, tuner, policy);
  assert.deepEqual([...plan.state.lineOfRing], [1, 2, 3, 4, 5, 6, 7, 0]);
  assert.equal(plan.relocks.length, 8);
  assert.deepEqual(plan.lost, []);
  assert.ok(plan.relocks.every((move) => Math.abs(move.shiftNm - 0.9) < 1e-9));
});

test('a source that drifts with the rings costs nothing, as in one common coolant loop', () => {
  const plan = planRelock(locked(), { ...still, ringStepK: 30, lineStepNm: 3 }, tuner, policy);
  assert.equal(plan.followed.length, 8);
  assert.ok(Math.abs(plan.heaterMw - 10) < 1e-9);
});

test('a lost laser line is replaced by a spare; without one exactly one channel is lost, with a reason', () => {
  const dark: ThermalStep = { ...still, darkLines: [3] };
  const spared = planRelock(locked(9), dark, { ...tuner, heaterMaxMw: 20 }, { ...policy, order: 'any' });
  assert.deepEqual(spared.lost, []);
  assert.ok(!spared.state.lineOfRing.includes(3));
  const bare = planRelock(locked(), dark, tuner, { ...policy, order: 'any' });
  assert.equal(bare.lost.length, 1);
  assert.equal(bare.refusal?.code, 'heater-out-of-range');
  // The other seven follow: losing one channel must not disturb its neighbours.
  assert.equal(bare.followed.length, 7);
  assert.deepEqual(bare.relocks, []);
});

test('hysteresis: a better order is taken only when it saves more than the outages are worth', () => {
  // All rings sit on lines one further than needed: 1.5 nm each where 0.5 nm would do, a saving of 1 nm per new lock.
  const state: LockState = { ringNm: rings(8), lineNm: lines(8), lineOfRing: Int32Array.from([1, 2, 3, 4, 5, 6, 7, 0]), shiftNm: new Float64Array(8).fill(1.5) };
  assert.equal(planRelock(state, still, tuner, { ...policy, hysteresisNm: 0.9 }).relocks.length, 8);
  assert.equal(planRelock(state, still, tuner, { ...policy, hysteresisNm: 1.1 }).relocks.length, 0);
});

test('a ripple of temperature never causes a second outage once the guard is kept', () => {
  const dice = createDice(8);
  let state = planRelock(locked(), { ...still, ringStepK: 6 }, tuner, policy).state;
  let atK = 0;
  let relocks = 0;
  for (let tick = 0; tick < 500; tick++) {
    // Anywhere within +-2 K, which is the guard of 0.2 nm over 0.1 nm/K.
    const nextK = (dice.uniform() - 0.5) * 4;
    const plan = planRelock(state, { ...still, ringStepK: nextK - atK }, tuner, policy);
    relocks += plan.relocks.length + plan.lost.length;
    state = plan.state;
    atK = nextK;
  }
  assert.equal(relocks, 0);
});

/** Most rings that can hold a lit line, by trying everything. */
function mostLocked(reachable: readonly (readonly boolean[])[], ring = 0, taken: ReadonlySet<number> = new Set()): number {
  if (ring === reachable.length) return 0;
  let most = mostLocked(reachable, ring + 1, taken);
  (reachable[ring] ?? []).forEach((can, line) => {
    if (can && !taken.has(line)) most = Math.max(most, 1 + mostLocked(reachable, ring + 1, new Set([...taken, line])));
  });
  return most;
}

test('with free order no channel is lost that any assignment could keep', () => {
  const dice = createDice(77);
  for (let round = 0; round < 250; round++) {
    const count = 2 + dice.below(3);
    const lineCount = count + dice.below(2);
    const weak: RingTuner = { fsrNm: count + 1, driftNmPerK: 0.1, heaterPerFsrMw: 20, heaterMaxMw: 4 + dice.uniform() * 10 };
    const bank = { ringNm: Float64Array.from({ length: count }, (_, ring) => ring + dice.normal() * 0.6), lineNm: Float64Array.from({ length: lineCount }, (_, line) => line) };
    const before = lockAll(bank, weak, { ...policy, order: 'any' }).state;
    const step: ThermalStep = { ringStepK: dice.normal() * 10, lineStepNm: 0, darkLines: dice.uniform() < 0.3 ? [0] : [] };
    const plan = planRelock(before, step, weak, { ...policy, order: 'any' });
    const reachable = Array.from(plan.state.ringNm, (fromNm, ring) => Array.from(bank.lineNm, (toNm, line) => {
      const following = (before.shiftNm[ring] ?? 0) - step.ringStepK * weak.driftNmPerK;
      const follows = before.lineOfRing[ring] === line && following >= 0 && following <= heaterReachNm(weak);
      return !step.darkLines.includes(line) && (follows || redShiftNm({ fromNm, toNm, fsrNm: weak.fsrNm }) <= heaterReachNm(weak));
    }));
    assert.equal(count - plan.lost.length, mostLocked(reachable), `round ${round}`);
    const held = [...plan.state.lineOfRing].filter((line) => line !== unlocked);
    assert.equal(new Set(held).size, held.length);
    plan.state.lineOfRing.forEach((line, ring) => {
      if (line === unlocked) return;
      // The heated resonance sits on its line, some whole number of ranges apart.
      const offNm = ((plan.state.ringNm[ring] ?? 0) + (plan.state.shiftNm[ring] ?? 0) - (plan.state.lineNm[line] ?? 0)) / weak.fsrNm;
      assert.ok(Math.abs(offNm - Math.round(offNm)) < 1e-9, `round ${round} ring ${ring}`);
    });
  }
});

test('a state that contradicts itself is an issue for every contradiction', () => {
  const state: LockState = { ringNm: Float64Array.of(1310, Number.NaN), lineNm: lines(2), lineOfRing: Int32Array.of(1, 1), shiftNm: new Float64Array(2) };
  const outcome = checkRelockInput(state, { ...policy, guardNm: -1 });
  assert.ok(!outcome.ok);
  assert.deepEqual(outcome.issues.map((issue) => issue.path), ['ringNm', 'lineOfRing', 'policy.guardNm']);
  assert.equal(checkRelockInput(locked(), policy).ok, true);
});
