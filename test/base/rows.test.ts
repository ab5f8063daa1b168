/** Compressed rows, bit sets and growing arrays against the plainest code that does the same. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBitset } from '../../src/base/bitset.ts';
import { groupRows, rowsOf } from '../../src/base/csr.ts';
import { growingFloats, growingInts } from '../../src/base/growing.ts';

test('grouped rows are those that a filter finds, in ascending order', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 200 }), (keys) => {
    const csr = groupRows(Int32Array.from(keys), 10);
    for (let group = 0; group < 10; group++) assert.deepEqual([...rowsOf(csr, group)], [...keys.keys()].filter((row) => keys[row] === group));
    assert.equal(csr.row.length, keys.filter((key) => key >= 0).length);
  }), { seed: 1 });
});

test('a bit set holds what a Set holds', () => {
  fc.assert(fc.property(fc.array(fc.record({ row: fc.integer({ min: 0, max: 99 }), add: fc.boolean() }), { maxLength: 300 }), (steps) => {
    const bits = createBitset(100);
    const twin = new Set<number>();
    for (const { row, add } of steps) {
      if (add) {
        bits.add(row);
        twin.add(row);
      } else {
        bits.remove(row);
        twin.delete(row);
      }
    }
    assert.equal(bits.count(), twin.size);
    for (let row = 0; row < 100; row++) assert.equal(bits.has(row), twin.has(row));
    bits.clear();
    assert.equal(bits.count(), 0);
  }), { seed: 2 });
});

test('rows outside a bit set are never members', () => {
  const bits = createBitset(10);
  bits.add(9);
  assert.deepEqual([bits.has(-1), bits.has(9), bits.has(10), bits.has(41)], [false, true, false, false]);
});

test('growing arrays keep every value across doublings', () => {
  const ints = growingInts();
  const floats = growingFloats();
  for (let value = 0; value < 5000; value++) {
    ints.push(value);
    floats.push(value / 3);
  }
  ints.set(7, -1);
  assert.equal(ints.length, 5000);
  assert.equal(ints.at(7), -1);
  assert.equal(ints.finish()[4999], 4999);
  assert.equal(floats.finish()[1025], 1025 / 3);
});
