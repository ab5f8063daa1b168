/** Strides are rings through all places, reach every offset in few hops, and load links as counted by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allToAllLoads } from '../../../src/plan/topology/cayley-loads.ts';
import { chooseStrides, coinChange, strideGraph } from '../../../src/plan/topology/ring-strides.ts';

test('one ring of n carries n (n - 1) / 2 units on every link', () => {
  // Offset k takes k hops of the one stride: 1 + 2 + ... + (n - 1) hops per source and one link per source.
  for (const n of [2, 5, 16]) assert.equal(allToAllLoads(strideGraph(n, [1])).loadMax, (n * (n - 1)) / 2);
});

test('coins 1 and 3 modulo 8 make every offset in at most three', () => {
  // 1, 1+1, 3, 1+3, 1+1+3, 3+3, 1+3+3.
  assert.deepEqual(coinChange(8, [1, 3]).map((way) => way.length), [0, 1, 2, 1, 2, 3, 2, 3]);
  coinChange(8, [1, 3]).forEach((way, offset) => assert.equal(way.reduce((sum, coin) => sum + coin, 0) % 8, offset));
});

test('chosen strides are co-prime with n, the best pair of all by exhaustion', () => {
  for (const n of [12, 16, 25, 31]) {
    const chosen = chooseStrides(n, 2);
    let least = Infinity;
    for (let stride = 2; stride < n; stride++) {
      const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));
      if (common(stride, n) === 1) least = Math.min(least, allToAllLoads(strideGraph(n, [1, stride])).loadMax);
    }
    assert.ok(Math.abs(chosen.loads.loadMax - least) < 1e-9, `${n}: ${chosen.loads.loadMax} against ${least}`);
  }
});

test('four strides of 64 places come near the fewest hops that degree 4 on a commutative circle allows', () => {
  // Sums of at most h of 4 coins reach C(h + 4, 4) offsets: 4 at one hop, 10 at two, 20 at three, and 29 of 35 at four: 200 / 63.
  const bound = (4 + 20 + 60 + 29 * 4) / 63;
  const { loads, strides } = chooseStrides(64, 4);
  assert.equal(strides.length, 4);
  assert.ok(loads.meanHops >= bound && loads.meanHops <= 1.15 * bound, `${loads.meanHops} against ${bound}`);
});

test('two places have one ring however many are asked for', () => {
  assert.deepEqual(chooseStrides(2, 4).strides, [1]);
});
