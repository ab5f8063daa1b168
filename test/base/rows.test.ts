/** Compressed rows and growing arrays against the plainest code that does the same. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { groupRows, rowsOf } from '../../src/base/csr.ts';
import { growingFloats, growingInts } from '../../src/base/growing.ts';

test('grouped rows are those that a filter finds, in ascending order', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 200 }), (keys) => {
    const csr = groupRows(Int32Array.from(keys), 10);
    for (let group = 0; group < 10; group++) assert.deepEqual([...rowsOf(csr, group)], [...keys.keys()].filter((row) => keys[row] === group));
    assert.equal(csr.row.length, keys.filter((key) => key >= 0).length);
  }), { seed: 1 });
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
