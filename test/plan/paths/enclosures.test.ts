/** What failed searches leave behind: answers with it must be those of searches that know nothing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { nodeKinds } from '../../../src/fabric/fabric.ts';
import { createEnclosures, isShut, noteRoom } from '../../../src/plan/paths/enclosures.ts';
import { createPathSearch, findPath } from '../../../src/plan/paths/find-path.ts';
import { graphOf, randomGraph } from './graphs.ts';

test('on 300 random graphs whose links gain and lose room, searches that remember find what forgetful ones find', () => {
  for (let seed = 0; seed < 300; seed++) {
    const dice = createDice(seed);
    const graph = randomGraph(dice, { nodes: 5 + dice.below(6), cables: 5 + dice.below(6) });
    const residualGbps = Float64Array.from({ length: graph.linkCount }, () => dice.below(3) * 100);
    const search = createPathSearch(graph);
    const enclosures = createEnclosures(0);
    for (let step = 0; step < 60; step++) {
      const link = dice.below(graph.linkCount);
      const before = residualGbps[link] ?? 0;
      residualGbps[link] = dice.below(3) * 100;
      if ((residualGbps[link] ?? 0) > before) noteRoom(enclosures, graph, link);
      const query = {
        from: dice.below(graph.nodeCount), to: dice.below(graph.nodeCount), residualGbps, needGbps: dice.below(3) * 100,
        avoidLinks: dice.below(2) === 0 ? [] : [dice.below(graph.linkCount)],
      };
      assert.deepEqual(findPath(search, { ...query, enclosures }), findPath(search, query), `seed ${seed}, step ${step}`);
    }
  }
});

// 0 and 1 are joined, 2 and 3 too, and nothing joins the two halves but the dark link from 1 to 2.
test('a search that fails shuts what its spent end has reached, for as much room or more, until a link out of it has room', () => {
  const graph = graphOf(4, [[0, 1], [2, 3], [1, 2]]);
  const residualGbps = Float64Array.from([100, 100, 100, 100, 0, 0]);
  const search = createPathSearch(graph);
  const enclosures = createEnclosures(0);
  const query = { from: 0, to: 3, residualGbps, needGbps: 50, enclosures };
  assert.ok(isRefusal(findPath(search, query)));
  assert.ok(isShut(enclosures, search, { ...query, from: 1, to: 2 }) || isShut(enclosures, search, { ...query, from: 0, to: 2 }));
  assert.ok(!isShut(enclosures, search, { ...query, from: 0, to: 1 }), 'inside there is a way');
  assert.ok(!isShut(enclosures, search, { ...query, needGbps: 10 }), 'less room may be found');
  residualGbps[4] = 100;
  noteRoom(enclosures, graph, 4);
  assert.deepEqual(findPath(search, query), { links: [0, 4, 2], widthGbps: 100 });
});

// The same with node 1 a circuit switch that joins 0 and 2: its links are one hop, and room on either of them opens it.
test('room on a link of a circuit opens whatever was shut', () => {
  const graph = graphOf(4, [[0, 1], [1, 2], [2, 3]]);
  graph.nodeKind[1] = nodeKinds.indexOf('ocs');
  const circuitOut = new Int32Array(graph.linkCount).fill(-1);
  circuitOut[0] = 2;
  circuitOut[3] = 1;
  const residualGbps = Float64Array.from([100, 100, 0, 100, 100, 100]);
  const search = createPathSearch({ ...graph, circuitOut });
  const enclosures = createEnclosures(0);
  const query = { from: 0, to: 3, residualGbps, needGbps: 50, enclosures };
  assert.ok(isRefusal(findPath(search, query)));
  assert.ok(isShut(enclosures, search, query));
  residualGbps[2] = 100;
  noteRoom(enclosures, graph, 2);
  assert.deepEqual(findPath(search, query), { links: [0, 2, 4], widthGbps: 100 });
});
