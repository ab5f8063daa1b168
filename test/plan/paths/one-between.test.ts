/** Another node between two: against every pair of links, on random graphs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { createPathSearch } from '../../../src/plan/paths/find-path.ts';
import { beginBetween, nextBetween } from '../../../src/plan/paths/one-between.ts';
import { randomGraph } from './graphs.ts';

test('on 300 random graphs every two links with room over one node are offered once, and no others', () => {
  for (let seed = 0; seed < 300; seed++) {
    const dice = createDice(seed);
    const graph = randomGraph(dice, { nodes: 3 + dice.below(6), cables: 4 + dice.below(12) });
    const free = Float64Array.from({ length: graph.linkCount }, () => dice.below(4) * 100);
    const [from, to] = [dice.below(graph.nodeCount), dice.below(graph.nodeCount)];
    const avoidLinks = new Set([dice.below(graph.linkCount)]);
    const needGbps = dice.below(3) * 100;
    const kind = graph.nodeKind[dice.below(graph.nodeCount)] ?? 0;
    const serves = (link: number): boolean => (free[link] ?? 0) > 0 && (free[link] ?? 0) >= needGbps && !avoidLinks.has(link);
    const expected: string[] = [];
    for (let first = 0; first < graph.linkCount; first++) for (let second = 0; second < graph.linkCount; second++) {
      const node = graph.linkTarget[first] ?? -1;
      const joins = graph.linkSource[first] === from && graph.linkSource[second] === node && graph.linkTarget[second] === to;
      if (joins && node !== from && node !== to && graph.nodeKind[node] === kind && serves(first) && serves(second)) expected.push(`${first} ${second}`);
    }
    const offered: string[] = [];
    const query = { from, to, kind, residualGbps: (link: number) => free[link] ?? 0, needGbps, avoidLinks, hash: dice.below(2 ** 31) };
    const search = createPathSearch(graph);
    for (const at = beginBetween(); nextBetween(search, query, at);) offered.push(`${at.first} ${at.second}`);
    assert.deepEqual(offered.toSorted(), expected.toSorted(), `seed ${seed}`);
  }
});
