/** Equal-cost splitting and whole-number weights against cases counted by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeKinds } from '../../../src/fabric/fabric.ts';
import { splitEqually } from '../../../src/plan/paths/equal-split.ts';
import { createPathSearch } from '../../../src/plan/paths/find-path.ts';
import { hardwareWeights } from '../../../src/plan/paths/hardware-weights.ts';
import { sharePackets } from '../../../src/plan/paths/packet-shares.ts';
import { graphOf } from './graphs.ts';

// 0 has ways of three hops to 5 over 1 (then 3 or 4) and over 2 (then 4), and a fourth over 6, 7 and 8 that is longer. Node 0 halves
// 120 Gb/s, node 1 halves its 60 again: 30 reach node 3, 30 + 60 node 4. The longer way carries nothing.
test('every node splits evenly over the hops that lead nearer, not over paths', () => {
  const graph = graphOf(9, [[0, 1], [0, 2], [1, 3], [1, 4], [2, 4], [3, 5], [4, 5], [0, 6], [6, 7], [7, 8], [8, 5]]);
  const residualGbps = new Float64Array(graph.linkCount).fill(100);
  const { loadGbps, pathless } = splitEqually(createPathSearch(graph), [{ from: 0, to: 5, needGbps: 120 }], residualGbps);
  assert.deepEqual([...loadGbps].filter((_, link) => link % 2 === 0), [60, 60, 30, 30, 60, 30, 90, 0, 0, 0, 0]);
  assert.deepEqual(pathless, []);
});

// With the cable 0-2 cut all goes over 1; with 0-1 cut as well and the long way too there is none.
test('cut links are routed around, and a demand that is cut off is named', () => {
  const graph = graphOf(4, [[0, 1], [0, 2], [1, 3], [2, 3]]);
  const residualGbps = Float64Array.of(100, 100, 0, 0, 100, 100, 100, 100);
  const demands = [{ from: 3, to: 1, needGbps: 10 }, { from: 0, to: 3, needGbps: 40 }];
  assert.deepEqual([...splitEqually(createPathSearch(graph), demands, residualGbps).loadGbps], [40, 0, 0, 0, 40, 10, 0, 0]);
  residualGbps[0] = 0;
  assert.deepEqual(splitEqually(createPathSearch(graph), demands, residualGbps).pathless, [1]);
});

// 0-1-2 where 1 is a GPU, and 0-3-4-2 over switches: forbidden to pass GPUs, all goes the longer way.
test('GPUs pass on only what they may, in the split and in the shares', () => {
  const graph = graphOf(5, [[0, 1], [1, 2], [0, 3], [3, 4], [4, 2]]);
  graph.nodeKind[1] = nodeKinds.indexOf('gpu');
  const residualGbps = new Float64Array(10).fill(100);
  const demand = { from: 0, to: 2, needGbps: 80, floorGbps: 0, priority: 1, weight: 1 };
  const search = createPathSearch(graph);
  const way = (throughGpus: boolean): readonly number[] => {
    const { loadGbps } = splitEqually(search, [{ ...demand, throughGpus }], residualGbps);
    return [...loadGbps.keys()].filter((link) => loadGbps[link] === 80);
  };
  assert.deepEqual([way(true), way(false)], [[0, 2], [4, 6, 8]]);
  // Half of 80 on each way leaves both at 40 %; on one way it is 80 %.
  const fullest = (throughGpus: boolean): number => sharePackets({ search, residualGbps, demands: [{ ...demand, throughGpus }] }).maxUtilisation;
  assert.ok(Math.abs(fullest(true) - 0.4) < 0.002);
  assert.equal(fullest(false), 0.8);
});

// Class 1 asks 60 and class 2 asks 60 from 0 to 1 over ways of 100 and 50: together 120 of 150 is 80 % of both.
// Weighted, each way to the end: no split has less, as the cut has 150.
test('classes that all fit are split together, at the bound of the cut', () => {
  const graph = graphOf(4, [[0, 2], [2, 1], [0, 3], [3, 1]]);
  const residualGbps = Float64Array.of(100, 100, 100, 100, 50, 50, 50, 50);
  const one = { from: 0, to: 1, needGbps: 60, floorGbps: 20, weight: 1 };
  const answer = sharePackets({ search: createPathSearch(graph), residualGbps, demands: [{ ...one, priority: 1 }, { ...one, priority: 2 }] });
  assert.ok(Math.abs(answer.maxUtilisation - 0.8) < 0.002);
  assert.ok(answer.boundUtilisation <= 0.8 + 1e-9 && answer.boundUtilisation > 0.795 && answer.isBoundOverAll);
});

// Thirds need three entries; 0.7 and 0.3 ten, as 5 : 2 gives 0.714 (2 % more than 0.7, exactly 1.0204) and 7 : 3 is exact.
// 0.995 and 0.005: one entry gives the first 1 / 0.995, 0.5 % more than its share, which is near enough.
test('weights are the fewest entries that give no path noticeably more than its share', () => {
  assert.deepEqual(hardwareWeights([1 / 3, 1 / 3, 1 / 3]), [1, 1, 1]);
  assert.deepEqual(hardwareWeights([0.7, 0.3]), [7, 3]);
  assert.deepEqual(hardwareWeights([0.995, 0.005]), [1, 0]);
  assert.deepEqual(hardwareWeights([1]), [1]);
  assert.deepEqual(hardwareWeights([]), []);
});
