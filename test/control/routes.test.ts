/** Ways between ranks: all of them on a small fabric, others for each pair on a large one. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createState } from '../../src/control/create-state.ts';
import { candidateRoutes } from '../../src/control/leases/routes.ts';
import { bareDesign } from '../fabric/designs.ts';
import { plantOf, treePlant } from './plants.ts';

test('a fabric with fewer ways than are tried tells all of them, to every pair', () => {
  const state = createState(treePlant());
  const { linkTarget } = state.plant.cluster.fabric;
  // Ranks 0 and 4 are on different leaves; the second link of a way leads to one of the four spines.
  for (const fromRank of [0, 1, 2, 3]) {
    const spines = new Set(candidateRoutes(state, { fromRank, toRank: 4 }).map((links) => linkTarget[links[1] ?? -1]));
    assert.equal(spines.size, 4);
  }
});

test('where there are more ways than are tried, pairs spread over all of them', () => {
  // 48 spines: 16 hashes of one pair find at most 16 spines, and those of many pairs nearly all. With p pairs of
  // 16 random ways each, a spine is left out with the probability (47/48)^(16 p): below 1e-6 for 64 pairs.
  const state = createState(plantOf(bareDesign(256, { kind: 'leaf-spine', nodesPerLeaf: 16, spines: 48, uplinksPerLeaf: 48 })));
  const { linkTarget } = state.plant.cluster.fabric;
  const spines = new Set<number>();
  for (let at = 0; at < 64; at++) {
    const routes = candidateRoutes(state, { fromRank: at, toRank: 128 + at });
    assert.ok(routes.length >= 8 && routes.length <= 16, String(routes.length));
    for (const links of routes) spines.add(linkTarget[links[1] ?? -1] ?? -1);
  }
  assert.equal(spines.size, 48);
});
