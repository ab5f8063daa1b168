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
 * TANGENTS. g(s) = sum of w * min(s, level) is concave and piecewise linear, and g(s) = capacity is the link's level. Each cell keeps
 * the tangent of g at one point `cellAt`: the load of its members frozen below that point and the weight of the others. Where the
 * tangent meets the capacity, (capacity - frozen) / rising, is a lower bound of the level: exact when no member froze
 * in between. A flow's change moves the tangents of its other cells in O(1); members are counted one by one only when the
 * sweep reaches a bound, and a count moves the tangent there (Newton's method, one step for each visit).
 *
 * Cost: O(1) for each cell of each flow whose level changes, O(members + log due) for each cell that acts. Why not solve again: that
 * costs rounds x links for each event.
 * Bounds for `!`: cells, flows and hops are rows of arrays sized together in `cells.ts`; members of cell c stand at
 * [cellFirst[c], cellFirst[c] + cellSize[c]).
 */

import type { IndexedHeap } from '../base/heap.ts';
import { removeItem, setKey } from '../base/heap.ts';
import { growInts, makeRoom } from './room.ts';

/** Two levels closer than this, relative, are one level: it absorbs rounding (2^-53 per sum) and nothing else. */
export const levelTie = 1e-12;

/** A count below the sweep by more than this, relative, is no drift of a tangent but two cells at one level. */
const driftMax = 1e-6;

/** State of the water; *set* by the caller, *computed* by the solver. */
export interface Water {
  /** Stages are solved in order; stage k+1 uses what stage k left. Set. */
  readonly stageCount: number;
  readonly cellStage: Uint8Array;
  /** Capacity the cell has now. Set. */
  readonly cellRateGbps: Float64Array;
  /** Level at which the cell is full, Infinity while it is not. Computed. */
  readonly cellLevel: Float64Array;
  /** The level of a full cell that is not due: where to look again when it loses load. -1 for all others. Computed. */
  readonly cellWake: Float64Array;
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
  /** The tangent's point; its frozen load and rising weight. Computed; rounding drifts between counts. */
  readonly cellAt: Float64Array;
  readonly cellFrozenGbps: Float64Array;
  readonly cellRising: Float64Array;
  /** Cells that events touched since the last solve, and cells whose bound fell during a release; `isTouched` marks both. */
  readonly touched: Int32Array;
  readonly isTouched: Uint8Array;
  touchedCount: number;
  /** Cells that are not full and whose bound is far above the sweep: unsorted, none below `slackMin`. Most never act. */
  readonly slack: Int32Array;
  readonly isSlack: Uint8Array;
  slackCount: number;
  slackMin: number;
  /** Members that the last count found frozen at its level or higher, or loose: most of a cell freezes lower and is seen once. Computed. */
  notBelow: Int32Array;
  notBelowCount: number;
  /** Flows that were given a level since the caller last cleared the list; now and then one stands here twice. Computed. */
  changed: Int32Array;
  changedCount: number;
}

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
  water.flowLevel[flow] = Infinity;
  water.flowCell[flow] = -1;
  for (let hop = water.flowHopFirst[flow]!; hop < water.flowHopEnd[flow]!; hop++) {
    const cell = water.hopCell[hop]!;
    const weight = water.hopWeight[hop]!;
    if (water.cellSize[cell] === water.cellRoom[cell]) makeRoom(water, cell);
    const place = water.cellFirst[cell]! + water.cellSize[cell]!++;
    water.memberFlow[place] = flow;
    water.memberHop[place] = hop;
    water.memberWeight[place] = weight;
    water.hopPlace[hop] = place;
    water.cellRising[cell]! += weight;
    cellLoaded(water, cell);
  }
}

/** Takes a flow out of its cells. */
export function removeFlow(water: Water, flow: number): void {
  const { memberFlow, memberHop, memberWeight, hopPlace } = water;
  const level = water.flowLevel[flow]!;
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
    if (size === 0) {
      water.cellFrozenGbps[cell] = 0;
      water.cellRising[cell] = 0;
    } else if (level < water.cellAt[cell]!) water.cellFrozenGbps[cell]! -= water.hopWeight[hop]! * level;
    else water.cellRising[cell]! -= water.hopWeight[hop]!;
    cellRelieved(water, cell);
  }
  water.flowLevel[flow] = Infinity;
  water.flowCell[flow] = -1;
}

/** Where the cell's tangent meets its capacity: a lower bound of the level at which it is full. */
function fillingBound(water: Water, cell: number): number {
  const roomGbps = water.cellRateGbps[cell]! - water.cellFrozenGbps[cell]!;
  const rising = water.cellRising[cell]!;
  if (rising > 0) return roomGbps / rising;
  return roomGbps >= -levelTie * water.cellRateGbps[cell]! ? Infinity : 0;
}

/** Counts the members one by one: moves the tangent to `at`, lists who is not below, and returns where it meets the capacity, Infinity for never. */
function count(water: Water, cell: number, at: number): number {
  const { flowLevel, memberFlow, memberWeight } = water;
  const first = water.cellFirst[cell]!;
  const end = first + water.cellSize[cell]!;
  if (water.notBelow.length < end - first) water.notBelow = new Int32Array(2 * (end - first));
  const { notBelow } = water;
  let notBelowCount = 0;
  let frozenGbps = 0;
  let rising = 0;
  for (let place = first; place < end; place++) {
    const flow = memberFlow[place]!;
    const level = flowLevel[flow]!;
    if (level < at) frozenGbps += memberWeight[place]! * level;
    else {
      rising += memberWeight[place]!;
      notBelow[notBelowCount++] = flow;
    }
  }
  water.notBelowCount = notBelowCount;
  water.cellAt[cell] = at;
  water.cellFrozenGbps[cell] = frozenGbps;
  water.cellRising[cell] = rising;
  return rising > 0 ? (water.cellRateGbps[cell]! - frozenGbps) / rising : Infinity;
}

/** Makes the cell due at its bound (not below the sweep) or at its old level, whichever comes first; never when neither comes. */
function makeDue(water: Water, heap: IndexedHeap, cell: number, swept: number): void {
  const bound = fillingBound(water, cell);
  const old = water.cellLevel[cell]!;
  const key = bound < old ? bound : old;
  if (old === Infinity && heap.place[cell]! < 0) {
    if (key === Infinity) return;
    if (key < water.slackMin) water.slackMin = key;
    if (water.isSlack[cell] === 1) return;
    water.isSlack[cell] = 1;
    water.slack[water.slackCount++] = cell;
  } else if (key === Infinity) removeItem(heap, cell);
  else {
    water.cellWake[cell] = -1;
    setKey(heap, cell, key > swept ? key : swept);
  }
}

/** Slack cells within this factor of the lowest go to the heap together, so that the list is walked a few times a sweep. */
const slackReach = 1.5;

/** Moves the lowest slack cells to the heap, forgets those that cannot fill any more, and finds the lowest of the rest. */
function promoteSlack(water: Water, heap: IndexedHeap, swept: number): void {
  const { slack, isSlack } = water;
  const reach = (water.slackMin > swept ? water.slackMin : swept) * slackReach;
  let kept = 0;
  let lowest = Infinity;
  for (let at = 0; at < water.slackCount; at++) {
    const cell = slack[at]!;
    const bound = fillingBound(water, cell);
    if (bound <= reach) {
      isSlack[cell] = 0;
      setKey(heap, cell, bound > swept ? bound : swept);
    } else if (bound === Infinity) isSlack[cell] = 0;
    else {
      slack[kept++] = cell;
      if (bound < lowest) lowest = bound;
    }
  }
  water.slackCount = kept;
  water.slackMin = lowest;
}

/** The cell is no longer full at its old level: what it held rises on, and the bounds of its other cells fall. */
function release(water: Water, heap: IndexedHeap, cell: number, swept: number): void {
  const { memberFlow, flowCell, flowLevel, hopCell, hopWeight, cellAt, cellFrozenGbps, cellRising, cellWake, cellLevel, touched, isTouched } = water;
  const first = water.cellFirst[cell]!;
  const end = first + water.cellSize[cell]!;
  let fallen = water.touchedCount;
  const firstFallen = fallen;
  for (let at = first; at < end; at++) {
    const flow = memberFlow[at]!;
    if (flowCell[flow] !== cell) continue;
    const before = flowLevel[flow]!;
    flowCell[flow] = -1;
    flowLevel[flow] = Infinity;
    const hopEnd = water.flowHopEnd[flow]!;
    for (let hop = water.flowHopFirst[flow]!; hop < hopEnd; hop++) {
      const other = hopCell[hop]!;
      // The cell's own tangent stands at its level: these flows were on the rising side and stay there.
      if (other === cell) continue;
      if (before < cellAt[other]!) {
        cellFrozenGbps[other]! -= hopWeight[hop]! * before;
        cellRising[other]! += hopWeight[hop]!;
      } else if (cellWake[other]! < 0) continue;
      if (isTouched[other] === 1) continue;
      isTouched[other] = 1;
      touched[fallen++] = other;
    }
  }
  cellLevel[cell] = Infinity;
  makeDue(water, heap, cell, swept);
  for (let at = firstFallen; at < fallen; at++) {
    isTouched[touched[at]!] = 0;
    makeDue(water, heap, touched[at]!, swept);
  }
}

/**
 * The cell is full at `level`, where its members have just been counted: all that the count found still higher freezes here (and stays
 * on the rising side of the tangent), and other cells that had a level may now fill later.
 */
function saturate(water: Water, heap: IndexedHeap, cell: number, level: number): void {
  if (water.changedCount + water.notBelowCount > water.changed.length) water.changed = growInts(water.changed, 2 * water.changed.length + water.notBelowCount);
  const { changed, notBelow, notBelowCount, flowCell, flowLevel, flowHopFirst, flowHopEnd, hopCell, hopWeight, cellWake, cellAt, cellFrozenGbps, cellRising } = water;
  let { changedCount } = water;
  for (let at = 0; at < notBelowCount; at++) {
    const flow = notBelow[at]!;
    const before = flowLevel[flow]!;
    if (before <= level) continue;
    flowLevel[flow] = level;
    flowCell[flow] = cell;
    changed[changedCount++] = flow;
    const hopEnd = flowHopEnd[flow]!;
    for (let hop = flowHopFirst[flow]!; hop < hopEnd; hop++) {
      const other = hopCell[hop]!;
      if (other === cell) continue;
      const point = cellAt[other]!;
      if (before < point) cellFrozenGbps[other]! -= hopWeight[hop]! * (before - level);
      else if (level < point) {
        cellFrozenGbps[other]! += hopWeight[hop]! * level;
        cellRising[other]! -= hopWeight[hop]!;
      } else continue;
      const wake = cellWake[other]!;
      if (wake > level) {
        cellWake[other] = -1;
        setKey(heap, other, wake);
      }
    }
  }
  water.changedCount = changedCount;
}

/** Makes the stage's touched cells due; cells of later stages stay on the list. */
function makeTouchedDue(water: Water, heap: IndexedHeap, stage: number): void {
  const { touched, isTouched, cellStage } = water;
  let kept = 0;
  for (let at = 0; at < water.touchedCount; at++) {
    const cell = touched[at]!;
    if (cellStage[cell] !== stage) touched[kept++] = cell;
    else {
      isTouched[cell] = 0;
      makeDue(water, heap, cell, 0);
    }
  }
  water.touchedCount = kept;
}

/** Sweeps one stage upwards until no cell is due. */
export function solveStage(water: Water, stage: number): void {
  const heap = water.due[stage]!;
  const { cellLevel } = water;
  makeTouchedDue(water, heap, stage);
  for (let swept = 0; ;) {
    const key = heap.size > 0 ? heap.key[heap.order[0]!]! : Infinity;
    if (water.slackMin <= key && water.slackCount > 0) {
      promoteSlack(water, heap, swept);
      continue;
    }
    if (heap.size === 0) return;
    const cell = heap.order[0]!;
    const old = cellLevel[cell]!;
    const bound = fillingBound(water, cell);
    if (bound > key * (1 + levelTie) && old > key) {
      makeDue(water, heap, cell, swept);
      continue;
    }
    if (key > swept * (1 + levelTie)) swept = key;
    if (bound > old * (1 + levelTie)) {
      release(water, heap, cell, swept);
      continue;
    }
    const level = old <= swept * (1 + levelTie) && bound >= old * (1 - levelTie) ? old : swept;
    const next = count(water, cell, level);
    if (next > level * (1 + levelTie)) {
      // With nothing rising it never fills, even where rounding leaves its load a little above its capacity.
      if (next < Infinity) makeDue(water, heap, cell, swept);
      else {
        cellLevel[cell] = Infinity;
        water.cellWake[cell] = -1;
        removeItem(heap, cell);
      }
      continue;
    }
    // The tangent's drift may have carried the sweep past the true level, which the count knows; the tangent must stand there.
    const filledAt = next < level * (1 - levelTie) && next > level * (1 - driftMax) ? next : level;
    if (filledAt < level) count(water, cell, filledAt);
    removeItem(heap, cell);
    cellLevel[cell] = filledAt;
    water.cellWake[cell] = filledAt;
    saturate(water, heap, cell, filledAt);
  }
}
