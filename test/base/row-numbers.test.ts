/** `RowNumbers` against a map of numbers: its dumb twin. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { RowNumbers } from '../../src/base/row-numbers.ts';

test('answers as a map does, through collisions and growth, on fixed seeds', () => {
  for (const seed of [1, 2, 3, 4]) {
    const dice = createDice(seed);
    const table = new RowNumbers();
    const twin = new Map<number, number>();
    // Rows that differ in their upper bits only fall into the same slots; neighbours into different ones.
    const spread = seed % 2 === 0 ? 1 : 2 ** 12;
    for (let step = 0; step < 20_000; step++) {
      const row = dice.below(3000) * spread;
      if (dice.below(2) === 0) {
        table.set(row, step / 8);
        twin.set(row, step / 8);
      }
      assert.equal(table.get(row), twin.get(row));
    }
    for (const [row, value] of twin) assert.equal(table.get(row), value);
  }
});

test('knows row 0 from a free slot', () => {
  const table = new RowNumbers();
  assert.equal(table.get(0), undefined);
  table.set(7, 1);
  assert.equal(table.get(0), undefined);
  table.set(0, 0);
  assert.equal(table.get(0), 0);
});
