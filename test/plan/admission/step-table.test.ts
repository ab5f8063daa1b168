/** Calendars against their dumb twin, an array of ticks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addOver, createStepTable, earliestBelow, forkStepTable, maxOver, nextChange } from '../../../src/plan/admission/step-table.ts';

const ticksMax = 40;

interface Operation {
  readonly key: number;
  readonly from: number;
  readonly length: number;
  readonly delta: number;
}

const operation: fc.Arbitrary<Operation> = fc.record({ key: fc.nat(2), from: fc.nat(ticksMax - 1), length: fc.integer({ min: 1, max: 12 }), delta: fc.integer({ min: 1, max: 5 }) });

/** The twin: one number per tick. */
const ticksOf = (operations: readonly Operation[], key: number): number[] => {
  const ticks = Array.from({ length: ticksMax + 20 }, () => 0);
  for (const one of operations) if (one.key === key) for (let tick = one.from; tick < one.from + one.length; tick++) ticks[tick] = (ticks[tick] ?? 0) + one.delta;
  return ticks;
};

test('a calendar answers like an array of ticks through any sequence of reservations and releases', () => {
  fc.assert(fc.property(fc.array(operation, { maxLength: 40 }), fc.array(fc.nat(39)), fc.nat(ticksMax), fc.integer({ min: 1, max: 15 }), fc.nat(12), (operations, released, from, length, limit) => {
    const table = createStepTable(3);
    for (const { key, from: start, length: ticks, delta } of operations) addOver(table, key, start, start + ticks, delta);
    const gone = new Set(released);
    for (const at of gone) {
      const one = operations[at];
      if (one !== undefined) addOver(table, one.key, one.from, one.from + one.length, -one.delta);
    }
    const kept = operations.filter((_, at) => !gone.has(at));
    for (let key = 0; key < 3; key++) {
      const ticks = ticksOf(kept, key);
      assert.equal(maxOver(table, key, from, from + length), Math.max(...ticks.slice(from, from + length)));
      let start = from;
      while (ticks.slice(start, start + length).some((value) => value > limit)) start += 1;
      assert.equal(earliestBelow(table, key, limit, from, length), start);
      const change = ticks.findIndex((value, at) => at > from && value !== ticks[at - 1]);
      assert.equal(nextChange(table, key, from), change < 0 ? Infinity : change);
    }
  }), { seed: 61, numRuns: 400 });
});

test('releasing everything leaves no breakpoint', () => {
  fc.assert(fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
    const table = createStepTable(3);
    for (const { key, from, length, delta } of operations) addOver(table, key, from, from + length, delta);
    for (const { key, from, length, delta } of operations) addOver(table, key, from, from + length, -delta);
    assert.deepEqual([...table.size], [0, 0, 0]);
  }), { seed: 62, numRuns: 200 });
});

test('forgetting the past changes no answer about the future, also when what is released began before', () => {
  fc.assert(fc.property(fc.array(operation, { maxLength: 30 }), fc.nat(ticksMax), (operations, horizon) => {
    const table = createStepTable(3);
    for (const { key, from, length, delta } of operations) addOver(table, key, from, from + length, delta);
    table.horizonNs = horizon;
    const half = operations.slice(0, operations.length >> 1);
    for (const { key, from, length, delta } of half) addOver(table, key, from, from + length, -delta);
    for (let key = 0; key < 3; key++) {
      const ticks = ticksOf(operations.slice(operations.length >> 1), key);
      for (let from = horizon; from < ticksMax; from += 3) assert.equal(maxOver(table, key, from, from + 4), Math.max(...ticks.slice(from, from + 4)));
    }
  }), { seed: 63, numRuns: 200 });
});

test('a fork goes its own way', () => {
  const table = createStepTable(1);
  addOver(table, 0, 10, 20, 3);
  const fork = forkStepTable(table);
  addOver(fork, 0, 15, Infinity, 2);
  assert.equal(maxOver(table, 0, 0, 100), 3);
  assert.equal(maxOver(fork, 0, 0, 100), 5);
  assert.equal(maxOver(fork, 0, 1000, 1001), 2);
  // Above the limit for ever: there is no such time.
  assert.equal(earliestBelow(fork, 0, 1, 0, 30), Infinity);
});

test('a limit below nothing is never met', () => {
  const table = createStepTable(1);
  assert.equal(earliestBelow(table, 0, -1, 5, 10), Infinity);
});

test('what ends where something endless begins leaves that as it is', () => {
  // 3 over [10, 20) and 2 from 20 on; the 3 is given back at 12.
  const table = createStepTable(1);
  addOver(table, 0, 10, 20, 3);
  addOver(table, 0, 20, Infinity, 2);
  table.horizonNs = 12;
  addOver(table, 0, 10, 20, -3);
  assert.deepEqual([maxOver(table, 0, 12, 20), maxOver(table, 0, 12, 21)], [0, 2]);
});
