/**
 * Room for members: flows that move to other paths may need more rows in a cell than were counted when it was laid out.
 *
 * Bounds: `cell` is a cell of the water; its members stand within the pool.
 */

import type { Water } from './water.ts';

export function growInts(array: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}

export function growFloats(array: Float64Array, length: number): Float64Array {
  const larger = new Float64Array(length);
  larger.set(array);
  return larger;
}

/** Moves a full cell's members to the end of the pool, with twice the room. */
export function makeRoom(water: Water, cell: number): void {
  const size = water.cellSize[cell]!;
  const room = Math.max(4, size * 2);
  const first = water.memberStart.length;
  water.memberStart = growInts(water.memberStart, first + room);
  water.memberHop = growInts(water.memberHop, first + room);
  water.memberWeight = growFloats(water.memberWeight, first + room);
  water.memberHolder = growInts(water.memberHolder, first + room);
  const from = water.cellFirst[cell]!;
  water.memberStart.copyWithin(first, from, from + size);
  water.memberHop.copyWithin(first, from, from + size);
  water.memberWeight.copyWithin(first, from, from + size);
  water.memberHolder.copyWithin(first, from, from + size);
  for (let at = first; at < first + size; at++) water.hopPlace[water.memberHop[at]!] = at;
  water.cellFirst[cell] = first;
  water.cellRoom[cell] = room;
}
