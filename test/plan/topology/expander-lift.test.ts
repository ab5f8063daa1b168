/** Lifted expanders are loaded as a plain search over all pairs says, and beat every torus of their size. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { findExpander, liftLoads, liftNeighbours } from '../../../src/plan/topology/expander-lift.ts';
import { bestTwist, torusLoadMax } from '../../../src/plan/topology/torus-twist.ts';
import { sharedTest } from '../../shared.ts';

/** Dumb twin: every shortest path of every pair listed and counted on its links. Needs a graph without parallel edges. */
function busiestByListing(next: Int32Array, count: number, degree: number): number {
  const load = new Map<string, number>();
  for (let source = 0; source < count; source++) {
    const hops = new Int32Array(count).fill(-1);
    hops[source] = 0;
    const queue = [source];
    const neighbours = (place: number): number[] => [...next.subarray(place * degree, place * degree + degree)];
    for (const place of queue) for (const there of neighbours(place)) if (hops[there] === -1) {
      hops[there] = (hops[place] ?? 0) + 1;
      queue.push(there);
    }
    const listPaths = (target: number): string[][] => {
      if (target === source) return [[]];
      return Array.from({ length: count }, (_, place) => place)
        .filter((place) => hops[place] === (hops[target] ?? 0) - 1)
        .flatMap((place) => neighbours(place).flatMap((there, port) => (there === target ? listPaths(place).map((path) => [...path, `${place}:${port}`]) : [])));
    };
    for (let target = 0; target < count; target++) {
      if (target === source) continue;
      const paths = listPaths(target);
      for (const path of paths) for (const link of path) load.set(link, (load.get(link) ?? 0) + 1 / paths.length);
    }
  }
  return Math.max(...load.values());
}

test('loads of a lift are those of all its shortest paths, listed one by one', () => {
  for (const seed of [1, 2, 3]) {
    const { pattern, loads } = findExpander({ places: 24, degree: 4, vertices: 3, triesMax: 40, dice: createDice(seed) });
    assert.ok(Math.abs(loads.loadMax - busiestByListing(liftNeighbours(pattern), 24, 4)) < 1e-9);
    assert.deepEqual(liftLoads(pattern), loads);
  }
});

test('a pattern of one vertex with stride 1 is a ring: 16 places load each link with 32', () => {
  // Offsets 1 to 7 go one way, 1 + 2 + ... + 7 = 28 hops, and half of offset 8 too, 4 hops.
  const ring = { vertices: 1, turns: 16, degree: 2, twin: Int32Array.of(1, 0), stride: Int32Array.of(1, 15) };
  assert.equal(liftLoads(ring).loadMax, 32);
});

sharedTest('an expander of 512 places and degree 6 carries at least 1.4 times the all-to-all of the best torus (tons, goal G8)', 'facts/paper-figures.json', (path) => {
  const rows = JSON.parse(readFileSync(path, 'utf8')) as { id: string; tolerance: string }[];
  assert.match(rows.find(({ id }) => id === 'tons')?.tolerance ?? '', />=1\.4x all-to-all on 512 nodes of degree 6/);
  // In an 8x8x8 torus a source makes 64 x (1 + 2 + 3 + 4 + 3 + 2 + 1) = 1,024 hops along each dimension, half of them each way; twists of longer boxes do not get below.
  const tori = [[8, 8, 8], [4, 8, 16], [4, 4, 32]].map((sizes) => torusLoadMax(sizes, []) / bestTwist(sizes, 4).gain);
  const best = Math.min(...tori);
  assert.ok(Math.abs(best - 512) < 1e-6, `${tori.join(', ')}`);
  const { loads } = findExpander({ places: 512, degree: 6, vertices: 4, triesMax: 600, dice: createDice(1) });
  assert.ok(best / loads.loadMax >= 1.4, `${best / loads.loadMax}`);
});
