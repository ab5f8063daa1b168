/** The indexed heap against a plain sorted list, on fixed seeds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { createHeap, removeItem, setKey, takeUpTo } from '../../src/base/heap.ts';

const items = 60;

test('any mix of setting, removing and taking agrees with a sorted list', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const dice = createDice(seed);
    const heap = createHeap(items);
    const plain = new Map<number, number>();
    const taken = new Int32Array(items);
    for (let move = 0; move < 300; move++) {
      const item = dice.below(items);
      const key = dice.below(40);
      const kind = dice.uniform();
      if (kind < 0.7) {
        setKey(heap, item, key);
        plain.set(item, key);
      } else if (kind < 0.9) {
        removeItem(heap, item);
        plain.delete(item);
      } else {
        const limit = dice.below(dice.uniform() < 0.5 ? 4 : 40);
        const wanted = [...plain].filter(([, held]) => held <= limit).map(([each]) => each).sort((a, b) => a - b);
        const count = takeUpTo(heap, limit, taken);
        assert.deepEqual([...taken.subarray(0, count)], wanted, `seed ${seed}, move ${move}`);
        for (const each of wanted) plain.delete(each);
      }
      assert.equal(heap.size, plain.size);
      if (heap.size > 0) assert.equal(heap.key[heap.order[0] ?? 0], Math.min(...plain.values()), `seed ${seed}, move ${move}`);
      for (let at = 0; at < heap.size; at++) assert.equal(heap.place[heap.order[at] ?? 0], at);
    }
  }
});

test('an empty heap gives nothing', () => {
  assert.equal(takeUpTo(createHeap(3), Infinity, new Int32Array(3)), 0);
});
