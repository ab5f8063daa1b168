/**
 * Progress of flows without touching them: one clock for each cell, which all flows that the cell holds read.
 *
 * THE LESSON. All flows that a full cell holds run at its level times their weight. Let the cell's clock count the bits that a flow of weight
 * 1 has sent under it. A flow with b bits left, of weight w, ends when the clock has gone on by b / w: it notes that *reading* once,
 * when the cell takes it, and however often the level changes from then on, only the clock's pace is set (virtual time, after
 * Zhang, VirtualClock, 1990). The cell's next completion is that of its lowest reading. So an event costs O(1) for each cell whose
 * level changed and for each flow that changed hands, not for each flow whose rate changed.
 *
 * `cellEnd` is a lower bound of the lowest reading, exact while `soonest` names a flow; when that flow leaves, the bound stays,
 * and those who are left are looked through only when the bound comes to the top of the heap.
 * A clock that nobody reads begins again at zero, so that long runs lose no digits.
 *
 * Bounds for `!`: rows are cells and flows (with shadows) of the water; -1 is no flow or no cell and is asked for first.
 */

import type { IndexedHeap } from '../base/heap.ts';
import { createHeap, removeItem, setKey } from '../base/heap.ts';
import type { Water } from './water.ts';
import { levelTie } from './water.ts';

export interface Clocks {
  /** The level that the clock runs at. */
  readonly cellPaceGbps: Float64Array;
  /** The clock, as it stood at `cellSinceNs`. */
  readonly cellSentBits: Float64Array;
  readonly cellSinceNs: Float64Array;
  readonly cellReaders: Int32Array;
  readonly cellEnd: Float64Array;
  readonly soonest: Int32Array;
  /** When the clock comes to `cellEnd`. */
  readonly cellFinishNs: Float64Array;
  /** Cells under a lower bound of `cellFinishNs`. */
  readonly next: IndexedHeap;
  /** The cell whose clock the flow reads, -1 for none. */
  readonly flowClock: Int32Array;
  /** The reading at which the flow ends; Infinity for shadows, which send nothing. */
  readonly flowEnd: Float64Array;
}

/** What the clocks must know of the program's flows; rows from `count` on are shadows. */
export interface Sending {
  readonly count: number;
  /** Bits left of a flow that reads no clock. */
  readonly leftBits: Float64Array;
  readonly weight: Float64Array | null;
}

export const createClocks = (cellCount: number, rows: number): Clocks => ({
  cellPaceGbps: new Float64Array(cellCount), cellSentBits: new Float64Array(cellCount), cellSinceNs: new Float64Array(cellCount),
  cellReaders: new Int32Array(cellCount), cellEnd: new Float64Array(cellCount).fill(Infinity), soonest: new Int32Array(cellCount).fill(-1),
  cellFinishNs: new Float64Array(cellCount).fill(Infinity), next: createHeap(cellCount),
  flowClock: new Int32Array(rows).fill(-1), flowEnd: new Float64Array(rows).fill(Infinity),
});

const readClock = (clocks: Clocks, cell: number, nowNs: number): number => clocks.cellSentBits[cell]! + clocks.cellPaceGbps[cell]! * (nowNs - clocks.cellSinceNs[cell]!);

/** When the clock comes to the reading `end`. */
function whenAt(clocks: Clocks, cell: number, end: number): number {
  const paceGbps = clocks.cellPaceGbps[cell]!;
  return paceGbps > 0 ? clocks.cellSinceNs[cell]! + Math.max(0, end - clocks.cellSentBits[cell]!) / paceGbps : Infinity;
}

/** Bits that a flow has left for each unit of its weight. The flow reads a clock. */
export const leftOnClock = (clocks: Clocks, flow: number, nowNs: number): number => Math.max(0, clocks.flowEnd[flow]! - readClock(clocks, clocks.flowClock[flow]!, nowNs));

/** When the flow ends if all stays as it is; Infinity when it reads no clock. */
export const finishOnClock = (clocks: Clocks, flow: number): number => (clocks.flowClock[flow]! < 0 ? Infinity : whenAt(clocks, clocks.flowClock[flow]!, clocks.flowEnd[flow]!));

/** The flow reads no clock from now on. */
export function leaveClock(clocks: Clocks, flow: number): void {
  const cell = clocks.flowClock[flow]!;
  if (cell < 0) return;
  clocks.flowClock[flow] = -1;
  if (clocks.soonest[cell] === flow) clocks.soonest[cell] = -1;
  clocks.cellReaders[cell]! -= 1;
  if (clocks.cellReaders[cell]! > 0) return;
  clocks.cellSentBits[cell] = 0;
  clocks.cellPaceGbps[cell] = 0;
  clocks.cellEnd[cell] = Infinity;
}

/** The flow, which reads no clock, ends when the clock of the cell, which runs at its level, has gone on by `left` from now. */
function joinClock(clocks: Clocks, water: Water, flow: number, left: number, nowNs: number): void {
  const cell = water.flowCell[flow]!;
  if (clocks.cellReaders[cell] === 0) {
    clocks.cellSinceNs[cell] = nowNs;
    clocks.cellPaceGbps[cell] = water.cellLevel[cell]!;
  }
  const end = readClock(clocks, cell, nowNs) + left;
  clocks.flowClock[flow] = cell;
  clocks.flowEnd[flow] = end;
  clocks.cellReaders[cell]! += 1;
  if (end >= clocks.cellEnd[cell]!) return;
  clocks.cellEnd[cell] = end;
  clocks.soonest[cell] = flow;
}

/** Lets the clocks of cells whose level changed go on at the new pace. */
function setPaces(clocks: Clocks, water: Water, nowNs: number): void {
  const { cellPaceGbps, cellSentBits, cellSinceNs } = clocks;
  const { changed, changedCount, cellLevel } = water;
  for (let at = 0; at < changedCount; at++) {
    const cell = changed[at]!;
    const before = cellPaceGbps[cell]!;
    const level = cellLevel[cell]!;
    // What a cell held that filled and was released again, others have taken.
    if (level === Infinity || (Math.abs(level - before) <= before * levelTie && before > 0)) continue;
    cellSentBits[cell]! += before * (nowNs - cellSinceNs[cell]!);
    cellSinceNs[cell] = nowNs;
    cellPaceGbps[cell] = level;
  }
}

/** Finds the next completion of each changed cell anew. */
function setFinishes(clocks: Clocks, water: Water): void {
  const { cellEnd, cellFinishNs, next } = clocks;
  const { changed, changedCount } = water;
  for (let at = 0; at < changedCount; at++) {
    const cell = changed[at]!;
    const finishNs = whenAt(clocks, cell, cellEnd[cell]!);
    cellFinishNs[cell] = finishNs;
    if (next.place[cell]! < 0) {
      if (finishNs < Infinity) setKey(next, cell, finishNs);
    } else if (finishNs < next.key[cell]!) setKey(next, cell, finishNs);
  }
}

/** Follows a solve: new paces, then flows that a cell took, which have `leftBits` left when they read no clock yet, then the next completions. Clears the lists of the water. */
export function followWater(clocks: Clocks, water: Water, flows: Sending, nowNs: number): void {
  const { flowClock } = clocks;
  const { moved, movedCount, flowCell } = water;
  setPaces(clocks, water, nowNs);
  for (let at = 0; at < movedCount; at++) {
    const flow = moved[at]!;
    if (flow >= flows.count || flowClock[flow] === flowCell[flow]) continue;
    const weight = flows.weight === null ? 1 : flows.weight[flow]!;
    const left = flowClock[flow]! < 0 ? flows.leftBits[flow]! / weight : leftOnClock(clocks, flow, nowNs);
    leaveClock(clocks, flow);
    joinClock(clocks, water, flow, left, nowNs);
  }
  setFinishes(clocks, water);
  water.changedCount = 0;
  water.movedCount = 0;
}

/** Looks through what the cell holds for the lowest reading after `limitNs`; lists those that end up to then in `into` from `found` on. */
function lookThrough(clocks: Clocks, water: Water, cell: number, limitNs: number, into: Int32Array, found: number): number {
  const { flowEnd, flowClock } = clocks;
  const { memberStart, hopFlow } = water;
  const first = water.cellFirst[cell]!;
  const end = first + water.cellHeld[cell]!;
  let lowest = Infinity;
  let soonest = -1;
  let count = found;
  for (let place = first; place < end; place++) {
    const flow = hopFlow[memberStart[place]!]!;
    if (flowClock[flow] !== cell) continue;
    const flowEnds = flowEnd[flow]!;
    if (flowEnds >= lowest) continue;
    if (limitNs > -Infinity && whenAt(clocks, cell, flowEnds) <= limitNs) into[count++] = flow;
    else {
      lowest = flowEnds;
      soonest = flow;
    }
  }
  clocks.cellEnd[cell] = lowest;
  clocks.soonest[cell] = soonest;
  clocks.cellFinishNs[cell] = whenAt(clocks, cell, lowest);
  return count;
}

function putRight(clocks: Clocks, cell: number): void {
  const finishNs = clocks.cellFinishNs[cell]!;
  if (finishNs === Infinity) removeItem(clocks.next, cell);
  else setKey(clocks.next, cell, finishNs);
}

const none = new Int32Array(0);

/** The next completion; Infinity when nothing ends. */
export function nextFinishNs(clocks: Clocks, water: Water): number {
  const { next } = clocks;
  while (next.size > 0) {
    const cell = next.order[0]!;
    if (clocks.soonest[cell]! < 0) lookThrough(clocks, water, cell, -Infinity, none, 0);
    else if (next.key[cell]! >= clocks.cellFinishNs[cell]!) return next.key[cell]!;
    putRight(clocks, cell);
  }
  return Infinity;
}

/** Lists all flows that end up to `limitNs` in `into`, in rising order, and returns how many; they still read their clocks. */
export function takeFinished(clocks: Clocks, water: Water, limitNs: number, into: Int32Array): number {
  const { next } = clocks;
  let count = 0;
  while (next.size > 0 && next.key[next.order[0]!]! <= limitNs) {
    const cell = next.order[0]!;
    count = lookThrough(clocks, water, cell, limitNs, into, count);
    putRight(clocks, cell);
  }
  if (count > 1) into.subarray(0, count).sort();
  return count;
}
