/** Rings of any shape: found where a search without bounds finds one, on random grids with dead places, and every one found is a ring. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Csr } from '../../../src/base/csr.ts';
import { groupRows } from '../../../src/base/csr.ts';
import { createDice } from '../../../src/base/dice.ts';
import { findRing } from '../../../src/plan/topology/ring-walk.ts';

/** Neighbour rows from pairs of places. */
function graphOf(places: number, pairs: readonly (readonly [number, number])[]): Csr {
  const both = pairs.flatMap(([a, b]) => [[a, b], [b, a]] as const);
  const grouped = groupRows(Int32Array.from(both, ([from]) => from), places);
  return { offset: grouped.offset, row: grouped.row.map((at) => both[at]?.[1] ?? 0) };
}

/** A grid, closed in both directions where asked for. */
function gridPairs(rows: number, columns: number, isClosed: boolean): readonly (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    const place = row * columns + column;
    if (column + 1 < columns || (isClosed && columns > 2)) pairs.push([place, row * columns + ((column + 1) % columns)]);
    if (row + 1 < rows || (isClosed && rows > 2)) pairs.push([place, ((row + 1) % rows) * columns + column]);
  }
  return pairs;
}

/** Every cycle length there is, by trying every simple path. */
function cycleLengths(graph: Csr, isFree: Uint8Array): ReadonlySet<number> {
  const found = new Set<number>();
  const used = new Set<number>();
  const around = (place: number): readonly number[] => [...graph.row.subarray(graph.offset[place] ?? 0, graph.offset[place + 1] ?? 0)];
  const visit = (start: number, place: number): void => {
    for (const next of around(place)) {
      if (next === start && used.size >= 3) found.add(used.size);
      if (next <= start || isFree[next] === 0 || used.has(next)) continue;
      used.add(next);
      visit(start, next);
      used.delete(next);
    }
  };
  for (const start of isFree.keys()) {
    if (isFree[start] === 0) continue;
    used.clear();
    used.add(start);
    visit(start, start);
  }
  return found;
}

function assertRing(graph: Csr, isFree: Uint8Array, places: Int32Array, length: number): void {
  assert.equal(places.length, length);
  assert.equal(new Set(places).size, length);
  places.forEach((place, at) => {
    assert.equal(isFree[place], 1);
    assert.ok(graph.row.subarray(graph.offset[place] ?? 0, graph.offset[place + 1] ?? 0).includes(places[(at + 1) % length] ?? -1), `${place} is joined to the next`);
  });
}

test('on random small grids and tori with dead places a ring is found exactly where one exists', () => {
  const dice = createDice(601);
  let [rings, none] = [0, 0];
  for (let round = 0; round < 60; round++) {
    const [rows, columns] = [2 + dice.below(3), 3 + dice.below(2)];
    const graph = graphOf(rows * columns, gridPairs(rows, columns, dice.uniform() < 0.4));
    const isFree = Uint8Array.from({ length: rows * columns }, () => (dice.uniform() < 0.2 ? 0 : 1));
    const lengths = cycleLengths(graph, isFree);
    for (let length = 3; length <= rows * columns; length++) {
      const answer = findRing({ graph, isFree, length, through: -1, stepsMax: 1_000_000 });
      assert.equal(answer.kind === 'ring', lengths.has(length), `round ${round}, length ${length}`);
      if (answer.kind === 'ring') {
        assertRing(graph, isFree, answer.places, length);
        rings++;
      } else {
        assert.ok(answer.exhausted);
        none++;
      }
    }
  }
  assert.ok(rings > 100 && none > 100, `${rings} rings, ${none} times none`);
});

test('long rings fill large tori with dead places without a long search', () => {
  // A torus of 32 x 32 with 1 in 20 places dead holds a ring through most of the rest; 2 in 3 is asked for.
  const dice = createDice(602);
  const graph = graphOf(1024, gridPairs(32, 32, true));
  for (let round = 0; round < 10; round++) {
    const isFree = Uint8Array.from({ length: 1024 }, () => (dice.uniform() < 0.05 ? 0 : 1));
    const answer = findRing({ graph, isFree, length: 640, through: -1, stepsMax: 20_000 });
    assert.ok(answer.kind === 'ring');
    assertRing(graph, isFree, answer.places, 640);
  }
});

test('the search says when it ended at its bound', () => {
  // A grid of 7 x 7 has no ring through all of its 49 places (they alternate in colour), and proving it takes far more than 1,000 steps.
  const answer = findRing({ graph: graphOf(49, gridPairs(7, 7, false)), isFree: new Uint8Array(49).fill(1), length: 49, through: -1, stepsMax: 1000 });
  assert.deepEqual(answer, { kind: 'none', exhausted: false });
});
