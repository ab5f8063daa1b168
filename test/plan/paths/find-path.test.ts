/** The widest-shortest search against a twin that tries every simple path, on random graphs, on circuits and on a real fabric. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { compileFabric } from '../../../src/fabric/compile.ts';
import { nodeKinds } from '../../../src/fabric/fabric.ts';
import type { PathFabric } from '../../../src/plan/paths/find-path.ts';
import { createPathSearch, findDisjointPaths, findPath } from '../../../src/plan/paths/find-path.ts';
import { railDesign, reachRule } from '../../fabric/designs.ts';
import { graphOf, randomGraph } from './graphs.ts';

/** Every simple path, the dumb way: [hops, width] of the best by fewest hops, then most room. */
function bestPath(graph: PathFabric, from: number, to: number, residualGbps: Float64Array, needGbps: number): readonly [number, number] | null {
  let best: readonly [number, number] | null = null;
  const seen = new Set([from]);
  const walk = (node: number, hops: number, width: number): void => {
    if (node === to) {
      if (best === null || hops < best[0] || (hops === best[0] && width > best[1])) best = [hops, width];
      return;
    }
    for (let link = 0; link < graph.linkCount; link++) {
      const next = graph.linkTarget[link] ?? 0;
      const free = residualGbps[link] ?? 0;
      if (graph.linkSource[link] !== node || seen.has(next) || free < needGbps || free <= 0) continue;
      seen.add(next);
      walk(next, hops + 1, Math.min(width, free));
      seen.delete(next);
    }
  };
  walk(from, 0, Infinity);
  return best;
}

test('on 300 random graphs the path is as short and as wide as the best of all simple paths', () => {
  for (let seed = 0; seed < 300; seed++) {
    const dice = createDice(seed);
    const graph = randomGraph(dice, { nodes: 4 + dice.below(4), cables: 5 + dice.below(6) });
    const residualGbps = Float64Array.from({ length: graph.linkCount }, () => dice.below(5) * 100);
    const search = createPathSearch(graph);
    for (let query = 0; query < 4; query++) {
      const [from, to] = [dice.below(graph.nodeCount), dice.below(graph.nodeCount)];
      const needGbps = dice.below(3) * 100;
      const expected = bestPath(graph, from, to, residualGbps, needGbps);
      const found = findPath(search, { from, to, residualGbps, needGbps });
      if (isRefusal(found)) {
        assert.equal(expected, null, `seed ${seed}`);
        continue;
      }
      assert.deepEqual([found.links.length, found.widthGbps], expected, `seed ${seed}`);
      let at = from;
      for (const link of found.links) {
        assert.equal(graph.linkSource[link], at);
        at = graph.linkTarget[link] ?? -1;
      }
      assert.equal(at, to);
    }
  }
});

// A diamond 0-1-3 and 0-2-3: two disjoint paths; avoiding one link leaves the other; nothing is left beyond.
test('paths that share no link are found one after the other, and avoided links stay unused', () => {
  const graph = graphOf(4, [[0, 1], [1, 3], [0, 2], [2, 3]]);
  const residualGbps = new Float64Array(graph.linkCount).fill(100);
  residualGbps[4] = 300;
  residualGbps[6] = 200;
  const search = createPathSearch(graph);
  const found = findDisjointPaths(search, { from: 0, to: 3, residualGbps, needGbps: 1 }, 5);
  assert.deepEqual(found, [{ links: [4, 6], widthGbps: 200 }, { links: [0, 2], widthGbps: 100 }]);
  assert.deepEqual(findPath(search, { from: 0, to: 3, residualGbps, needGbps: 1, avoidLinks: [6] }), { links: [0, 2], widthGbps: 100 });
  const none = findPath(search, { from: 0, to: 3, residualGbps, needGbps: 250 });
  assert.ok(isRefusal(none) && none.code === 'no-path-with-room');
});

// Node 1 is a circuit switch: light from 0 goes on to 2 and cannot turn to 3, which is reached through 4 alone.
test('light that enters a circuit switch leaves by its cross-connect', () => {
  const graph = graphOf(5, [[0, 1], [1, 2], [1, 3], [0, 4], [4, 3], [4, 2]]);
  graph.nodeKind[1] = nodeKinds.indexOf('ocs');
  const circuitOut = new Int32Array(graph.linkCount).fill(-1);
  circuitOut[0] = 2;
  circuitOut[3] = 1;
  const residualGbps = new Float64Array(graph.linkCount).fill(100);
  const search = createPathSearch({ ...graph, circuitOut });
  assert.deepEqual(findPath(search, { from: 0, to: 3, residualGbps, needGbps: 50 }), { links: [6, 8], widthGbps: 100 });
  // One circuit is one hop, shorter than two hops through node 4.
  assert.deepEqual(findPath(search, { from: 0, to: 2, residualGbps, needGbps: 50 }), { links: [0, 2], widthGbps: 100 });
  assert.deepEqual(findPath(search, { from: 2, to: 0, residualGbps, needGbps: 50 }), { links: [3, 1], widthGbps: 100 });
  // The port towards 3 has no cross-connect.
  assert.ok(isRefusal(findPath(search, { from: 0, to: 3, residualGbps, needGbps: 50, avoidLinks: [8] })));
  residualGbps[2] = 10;
  assert.deepEqual(findPath(search, { from: 0, to: 2, residualGbps, needGbps: 50 }), { links: [6, 10], widthGbps: 100 });
});

// Rails: GPU 0 of node 0 and GPU 0 of node 1 share a leaf, 2 hops; another pod's GPU of the rail is leaf, spine, leaf away, 4 hops.
test('on a rail fabric the search goes the way of the fabric, and through another GPU when the access link is dark', () => {
  const compiled = compileFabric(railDesign, { evaluateMedium: reachRule });
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
  const { fabric } = compiled.value;
  const search = createPathSearch(fabric);
  const node = (rank: number): number => fabric.gpuNode[rank] ?? 0;
  const residualGbps = fabric.linkRateGbps.slice();
  const hops = (from: number, to: number): number => {
    const found = findPath(search, { from: node(from), to: node(to), residualGbps, needGbps: 100 });
    return isRefusal(found) ? -1 : found.links.length;
  };
  assert.equal(hops(0, 8), 2);
  assert.equal(hops(0, 1023 - 7), 4);
  assert.equal(hops(0, 1), 2);
  // Without its access link, GPU 0 goes to a neighbour in its node (2 hops), its leaf, a spine, the other rail's leaf, the target: 6 hops;
  // or rail of the neighbour and then the scale-up domain of the target, which is as long when both share a leaf: 2 + 2 + 2.
  for (let edge = fabric.outOffset[node(0)] ?? 0; edge < (fabric.outOffset[node(0) + 1] ?? 0); edge++) {
    const link = fabric.outLink[edge] ?? 0;
    if (fabric.linkTier[link] === 1) residualGbps[link] = 0;
  }
  assert.equal(hops(0, 8), 6);
});

// From 0 to 2 over node 1, a GPU, in two hops, or over the switches 3 and 4 in three. The search from both ends would meet at the GPU.
test('traffic that GPUs may not pass on takes the longer way over switches, and has none without it', () => {
  const short: readonly (readonly [number, number])[] = [[0, 1], [1, 2]];
  const linksOf = (cables: readonly (readonly [number, number])[], throughGpus: boolean): readonly number[] | string => {
    const graph = graphOf(5, cables);
    graph.nodeKind[1] = nodeKinds.indexOf('gpu');
    const found = findPath(createPathSearch(graph), { from: 0, to: 2, residualGbps: new Float64Array(graph.linkCount).fill(1), needGbps: 1, throughGpus });
    return isRefusal(found) ? found.code : found.links;
  };
  assert.deepEqual(linksOf([...short, [0, 3], [3, 4], [4, 2]], true), [0, 2]);
  assert.deepEqual(linksOf([...short, [0, 3], [3, 4], [4, 2]], false), [4, 6, 8]);
  assert.equal(linksOf(short, false), 'no-path-with-room');
});
