/**
 * Weighted max-min rates that are mended, not solved again: after an event only what the event reaches is touched.
 *
 * THE LESSON. Raise one water level L for all flows together; a flow of weight w runs at w*L. When a link is full
 * it is *saturated* at that level and its flows freeze there; the others rise on. So every saturated link has a level, and
 * a flow's level is the lowest among its links: max-min fairness (Bertsekas and Gallager, Data Networks, 1992, section 6.5.2).
 * The level s of a link obeys   sum over its flows of w * min(s, level the flow has elsewhere) = capacity,   and only flows
 * frozen *below* s matter to it. Hence an event changes nothing below the first level at which a link behaves otherwise.
 *
 * Mending is one sweep upwards through a heap of links, each under the lowest level at which its story may change:
 *  - a link that lost load keeps its old level as key: it can only saturate later;
 *  - a link that gained a rising flow is evaluated at once: it may saturate earlier;
 *  - when the sweep reaches a link's old level and the link no longer saturates there, it is *released*: the flows it
 *    held become loose (they rise on) and their other links are evaluated;
 *  - when the sweep reaches a link's new level it is *saturated*: all its flows that are still higher or loose freeze at this level,
 *    and those of their other links that had a level are due for a look, at that level.
 * Links whose flows all freeze where they froze before are never touched: the change ripples from bottleneck to
 * bottleneck and stops where levels stay equal (to `levelTie`, relative: rounding, not accuracy).
 *
 * EXAMPLE. Links A = 10, B = 6 Gb/s; flows f on A, g on A and B, h on B. Levels: B = 3 (g, h), then A = 7 (f).
 * Now h ends. B lost load: key 3. At 3, B would saturate at 6 instead: release g; A now carries a loose flow and is
 * evaluated: (10 - 0)/2 = 5, earlier than its 7. At 5, A saturates: f and g freeze at 5. B is looked at again: only g,
 * frozen at 5, so B never fills. Two links and two flows were touched, however large the network around them.
 *
 * CELLS. What is called a link above is a *cell*: the capacity one class may use on one link. Strict priority makes one
 * layer of cells for each class, solved in stages; a rate cap is a private cell of its flow.
 *
 * Cost: O(touched cells x (members + log touched)). Why not solve again: that costs rounds x links for each event.
 * Bounds for `!`: cells, flows and hops are rows of arrays sized together in `cells.ts`; members of cell c stand at
 * [cellFirst[c], cellFirst[c] + cellSize[c]).
 */

import type { IndexedHeap } from '../base/heap.ts';
import { removeItem, setKey } from '../base/heap.ts';
import { makeRoom } from './room.ts';

/** Two levels closer than this, relative, are one level: it absorbs rounding (2^-53 per sum) and nothing else. */
export const levelTie = 1e-12;

/** State of the water; *set* by the caller, *computed* by the solver. */
export interface Water {
  /** Stages are solved in order; stage k+1 uses what stage k left. Set. */
  readonly stageCount: number;
  readonly cellStage: Uint8Array;
  /** Capacity the cell has now. Set. */
  readonly cellRateGbps: Float64Array;
  /** Level at which the cell is full, Infinity while it is not. Computed. */
  readonly cellLevel: Float64Array;
  readonly cellFirst: Int32Array;
  readonly cellSize: Int32Array;
  /** Members the cell has room for before its rows must move. */
  readonly cellRoom: Int32Array;
  memberFlow: Int32Array;
  memberHop: Int32Array;
  memberWeight: Float64Array;
  /** Flow f crosses the cells hopCell[h] for h in [flowHopFirst[f], flowHopEnd[f]). Set. */
  readonly flowHopFirst: Int32Array;
  readonly flowHopEnd: Int32Array;
  hopCell: Int32Array;
  hopWeight: Float64Array;
  /** Where a hop stands among its cell's members. Computed. */
  hopPlace: Int32Array;
  /** Infinity while the flow is loose or absent. Computed. */
  readonly flowLevel: Float64Array;
  /** The cell that holds the flow at its level, -1 while it is loose. Computed. */
  readonly flowCell: Int32Array;
  /** Cells due for a look, under the lowest level at which they may change; one heap a stage over shared keys. */
  readonly due: readonly IndexedHeap[];
  /** 1 while `cellNext` may be out of date. */
  readonly cellStale: Uint8Array;
  readonly cellNext: Float64Array;
  /** Flows whose level may have changed since the caller last cleared the list. Computed; `isChanged` marks them. */
  readonly changed: Int32Array;
  readonly isChanged: Uint8Array;
  changedCount: number;
}

/** The cell may saturate at any level from `level` on: look when the sweep gets there. */
function dueFrom(water: Water, heap: IndexedHeap, cell: number, level: number): void {
  water.cellStale[cell] = 1;
  if (heap.place[cell]! < 0 || heap.key[cell]! > level) setKey(heap, cell, level);
}

/** The cell lost load (or gained capacity): nothing changes below the level at which it was full. */
export function cellRelieved(water: Water, cell: number): void {
  const heap = water.due[water.cellStage[cell]!]!;
  if (heap.place[cell]! >= 0) water.cellStale[cell] = 1;
  else if (water.cellLevel[cell]! < Infinity) dueFrom(water, heap, cell, water.cellLevel[cell]!);
}

/** The cell gained a rising flow (or lost capacity): it may be full at a lower level than before. */
export function cellLoaded(water: Water, cell: number): void {
  dueFrom(water, water.due[water.cellStage[cell]!]!, cell, 0);
}

function markChanged(water: Water, flow: number): void {
  if (water.isChanged[flow] === 1) return;
  water.isChanged[flow] = 1;
  water.changed[water.changedCount++] = flow;
}

/** Puts a flow into its cells, loose. */
export function addFlow(water: Water, flow: number): void {
  water.flowLevel[flow] = Infinity;
  water.flowCell[flow] = -1;
  markChanged(water, flow);
  for (let hop = water.flowHopFirst[flow]!; hop < water.flowHopEnd[flow]!; hop++) {
    const cell = water.hopCell[hop]!;
    if (water.cellSize[cell] === water.cellRoom[cell]) makeRoom(water, cell);
    const place = water.cellFirst[cell]! + water.cellSize[cell]!++;
    water.memberFlow[place] = flow;
    water.memberHop[place] = hop;
    water.memberWeight[place] = water.hopWeight[hop]!;
    water.hopPlace[hop] = place;
    cellLoaded(water, cell);
  }
}

/** Takes a flow out of its cells. */
export function removeFlow(water: Water, flow: number): void {
  const { memberFlow, memberHop, memberWeight, hopPlace } = water;
  for (let hop = water.flowHopFirst[flow]!; hop < water.flowHopEnd[flow]!; hop++) {
    const cell = water.hopCell[hop]!;
    const size = water.cellSize[cell]! - 1;
    water.cellSize[cell] = size;
    const last = water.cellFirst[cell]! + size;
    const place = hopPlace[hop]!;
    const movedHop = memberHop[last]!;
    memberFlow[place] = memberFlow[last]!;
    memberHop[place] = movedHop;
    memberWeight[place] = memberWeight[last]!;
    hopPlace[movedHop] = place;
    cellRelieved(water, cell);
  }
  water.flowLevel[flow] = Infinity;
  water.flowCell[flow] = -1;
}

/**
 * The level at which the cell is full, given what its flows have elsewhere; Infinity when it never fills.
 *
 * Newton's method on the concave, piecewise linear g(s) = sum of w * min(s, level) - capacity: from the old level the first
 * tangent meets zero at or below the root, then the steps rise to it and end after finitely many pieces. A first step
 * at or above the old level is returned as it is: the caller releases the cell there before it needs to know more.
 */
function fillingLevel(water: Water, cell: number, floor: number): number {
  const { flowLevel, memberFlow, memberWeight } = water;
  const capacity = water.cellRateGbps[cell]!;
  const first = water.cellFirst[cell]!;
  const end = first + water.cellSize[cell]!;
  let guess = water.cellLevel[cell]!;
  for (let step = 0; ; step++) {
    let frozen = 0;
    let rising = 0;
    for (let at = first; at < end; at++) {
      const level = flowLevel[memberFlow[at]!]!;
      const weight = memberWeight[at]!;
      if (level < guess) frozen += weight * level;
      else rising += weight;
    }
    let next: number;
    if (rising > 0) next = (capacity - frozen) / rising;
    else if (frozen <= capacity * (1 + levelTie)) next = Infinity;
    else if (step === 0) next = floor;
    else return guess;
    if (next < floor) next = floor;
    if (step === 0 ? next >= guess : next <= guess * (1 + 1e-15)) return next;
    guess = next;
  }
}

/** The cell is no longer full at its old level: what it held rises on. */
function release(water: Water, heap: IndexedHeap, cell: number, level: number): void {
  const { memberFlow, flowCell, flowLevel, hopCell } = water;
  const first = water.cellFirst[cell]!;
  const end = first + water.cellSize[cell]!;
  for (let at = first; at < end; at++) {
    const flow = memberFlow[at]!;
    if (flowCell[flow] !== cell) continue;
    flowCell[flow] = -1;
    flowLevel[flow] = Infinity;
    markChanged(water, flow);
    const hopEnd = water.flowHopEnd[flow]!;
    for (let hop = water.flowHopFirst[flow]!; hop < hopEnd; hop++) {
      if (hopCell[hop] !== cell) dueFrom(water, heap, hopCell[hop]!, level);
    }
  }
}

/** The cell is full at `level`: all that is still higher freezes here, and other cells that had a level may now fill later. */
function saturate(water: Water, heap: IndexedHeap, cell: number, level: number): void {
  const { memberFlow, flowCell, flowLevel, hopCell, cellLevel, cellStale } = water;
  const { place } = heap;
  const first = water.cellFirst[cell]!;
  const end = first + water.cellSize[cell]!;
  for (let at = first; at < end; at++) {
    const flow = memberFlow[at]!;
    if (flowLevel[flow]! <= level) continue;
    flowLevel[flow] = level;
    flowCell[flow] = cell;
    markChanged(water, flow);
    const hopEnd = water.flowHopEnd[flow]!;
    for (let hop = water.flowHopFirst[flow]!; hop < hopEnd; hop++) {
      const other = hopCell[hop]!;
      if (place[other]! >= 0) cellStale[other] = 1;
      else if (cellLevel[other]! < Infinity && cellLevel[other]! > level) dueFrom(water, heap, other, cellLevel[other]!);
    }
  }
}

/** Evaluates a stale cell and moves it to the level at which it acts. */
function evaluate(water: Water, heap: IndexedHeap, cell: number, floor: number): void {
  water.cellStale[cell] = 0;
  const old = water.cellLevel[cell]!;
  let next = fillingLevel(water, cell, floor);
  if (next >= old * (1 - levelTie) && next <= old * (1 + levelTie)) next = old;
  water.cellNext[cell] = next;
  const key = next < old ? next : old;
  if (key === Infinity) removeItem(heap, cell);
  else setKey(heap, cell, key > floor ? key : floor);
}

/** Sweeps one stage upwards until no cell is due. */
export function solveStage(water: Water, stage: number): void {
  const heap = water.due[stage]!;
  const { cellStale, cellLevel, cellNext } = water;
  let swept = 0;
  while (heap.size > 0) {
    const cell = heap.order[0]!;
    if (cellStale[cell] === 1) {
      evaluate(water, heap, cell, swept);
      continue;
    }
    const key = heap.key[cell]!;
    const old = cellLevel[cell]!;
    const next = cellNext[cell]!;
    if (key > swept * (1 + levelTie)) swept = key;
    if (next > old) {
      release(water, heap, cell, swept);
      cellLevel[cell] = Infinity;
      cellStale[cell] = 1;
    } else {
      const level = next === old ? old : swept;
      removeItem(heap, cell);
      cellLevel[cell] = level;
      saturate(water, heap, cell, level);
    }
  }
}
