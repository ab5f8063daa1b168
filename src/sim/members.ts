/**
 * The members of cells: flows come and go, those that a cell holds stand first, and cells whose load changed are noted for the next solve.
 *
 * Bounds for `!`: flows, hops and cells are rows of the water; members of cell c stand at [cellFirst[c], cellFirst[c] + cellSize[c]).
 */

import { makeRoom } from './room.ts';
import type { Water } from './water.ts';

function touch(water: Water, cell: number): void {
  if (water.isTouched[cell] === 1) return;
  water.isTouched[cell] = 1;
  water.touched[water.touchedCount++] = cell;
}

/** The cell lost load or gained capacity. A cell that was not full cannot become full by that. */
export function cellRelieved(water: Water, cell: number): void {
  if (water.cellLevel[cell]! < Infinity) touch(water, cell);
}

/** The cell gained a rising flow or lost capacity: it may be full at a lower level than before. */
export function cellLoaded(water: Water, cell: number): void {
  touch(water, cell);
}

/** Puts a flow into its cells, loose. */
export function addFlow(water: Water, flow: number): void {
  water.flowCell[flow] = water.nowhere;
  const start = water.flowHopFirst[flow]!;
  const end = water.flowHopEnd[flow]!;
  for (let hop = start; hop < end; hop++) {
    const cell = water.hopCell[hop]!;
    const weight = water.hopWeight[hop]!;
    if (water.cellSize[cell] === water.cellRoom[cell]) makeRoom(water, cell);
    const place = water.cellFirst[cell]! + water.cellSize[cell]!++;
    water.memberHop[place] = hop;
    water.memberStart[place] = start;
    water.memberWeight[place] = weight;
    water.memberHolder[place] = water.nowhere;
    water.hopPlace[hop] = place;
    water.cellRising[cell]! += weight;
    cellLoaded(water, cell);
  }
}

/** Writes the member at `from` over the one at `to`. */
function moveMember(water: Water, from: number, to: number): void {
  const { memberHop, memberStart, memberWeight, memberHolder } = water;
  const hop = memberHop[from]!;
  memberHop[to] = hop;
  memberStart[to] = memberStart[from]!;
  memberWeight[to] = memberWeight[from]!;
  memberHolder[to] = memberHolder[from]!;
  water.hopPlace[hop] = to;
}

/** Lets two members of a cell change places. */
export function swapMembers(water: Water, one: number, other: number): void {
  if (one === other) return;
  const { memberHop, memberStart, memberWeight, memberHolder } = water;
  const hop = memberHop[one]!;
  const start = memberStart[one]!;
  const weight = memberWeight[one]!;
  const holder = memberHolder[one]!;
  moveMember(water, other, one);
  memberHop[other] = hop;
  memberStart[other] = start;
  memberWeight[other] = weight;
  memberHolder[other] = holder;
  water.hopPlace[hop] = other;
}

/** Takes a flow out of its cells. */
export function removeFlow(water: Water, flow: number): void {
  const { hopCell, hopWeight, hopPlace, cellFirst, cellHeld, cellSize } = water;
  const holder = water.flowCell[flow]!;
  const level = water.cellLevel[holder]!;
  const hopEnd = water.flowHopEnd[flow]!;
  for (let hop = water.flowHopFirst[flow]!; hop < hopEnd; hop++) {
    const cell = hopCell[hop]!;
    const size = cellSize[cell]! - 1;
    const first = cellFirst[cell]!;
    let place = hopPlace[hop]!;
    if (cell === holder && place < first + cellHeld[cell]!) {
      const lastHeld = first + cellHeld[cell]! - 1;
      moveMember(water, lastHeld, place);
      cellHeld[cell]! -= 1;
      place = lastHeld;
    }
    if (place < first + size) moveMember(water, first + size, place);
    cellSize[cell] = size;
    if (size === 0) {
      water.cellFrozenGbps[cell] = 0;
      water.cellRising[cell] = 0;
    } else if (level < water.cellAt[cell]!) water.cellFrozenGbps[cell]! -= hopWeight[hop]! * level;
    else water.cellRising[cell]! -= hopWeight[hop]!;
    cellRelieved(water, cell);
  }
  water.flowCell[flow] = water.nowhere;
}
