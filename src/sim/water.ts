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
 * LEVELS STAND AT CELLS. A flow has the level of the cell that holds it, and is loose while that is Infinity: a cell that moves to another level
 * takes along all it holds without writing to one of them (`clocks.ts` does the same for their progress). So the members a cell holds
 * stand first, in one run, and only flows that change hands are touched.
 *
 * Cost: O(1) for each cell of each flow whose level changes, O(members + log due) for each cell that acts. Why not solve again: that
 * costs rounds x links for each event.
 * Bounds for `!`: cells, flows and hops are rows of arrays sized together in `cells.ts`; members of cell c stand at
 * [cellFirst[c], cellFirst[c] + cellSize[c]), held ones first; -1 ends the hops of a flow, so a walk along them never leaves it.
 */

import type { IndexedHeap } from '../base/heap.ts';
import { removeItem, setKey } from '../base/heap.ts';
import { swapMembers } from './members.ts';
import { growInts } from './room.ts';

/** Two levels closer than this, relative, are one level: it absorbs rounding (2^-53 per sum) and nothing else. */
export const levelTie = 1e-12;

/** A count below the sweep by more than this, relative, is no drift of a tangent but two cells at one level. */
const driftMax = 1e-6;

/** State of the water; *set* by the caller, *computed* by the solver. */
export interface Water {
  /** Every flow has one weight on all its hops, and whether that is 1 for all. Set. */
  readonly isEven: boolean;
  readonly isUnweighted: boolean;
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
  /** The first so many of a cell's members are those it holds: they have its level, and are loose while that is Infinity. Computed. */
  readonly cellHeld: Int32Array;
  /** Members the cell has room for before its rows must move. */
  readonly cellRoom: Int32Array;
  /** A member is a hop of a flow; `memberStart` is the first hop of the flow. */
  memberHop: Int32Array;
  memberStart: Int32Array;
  memberWeight: Float64Array;
  /** The cell that holds the member's flow. Computed. */
  memberHolder: Int32Array;
  /** Flow f crosses the cells hopCell[h] for h in [flowHopFirst[f], flowHopEnd[f]), and -1 stands after the last. Set. */
  readonly flowHopFirst: Int32Array;
  readonly flowHopEnd: Int32Array;
  hopCell: Int32Array;
  hopFlow: Int32Array;
  hopWeight: Float64Array;
  /** Where a hop stands among its cell's members. Computed. */
  hopPlace: Int32Array;
  /** The cell that holds the flow, or held it before it became loose; `nowhere` for a flow that was never held or is absent. Computed. */
  readonly flowCell: Int32Array;
  /** One row past the last cell: its level is Infinity for ever. */
  readonly nowhere: number;
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
  /** Places of members held elsewhere that the last count found at its level or higher: most freeze lower and are seen once. Computed. */
  notBelow: Int32Array;
  notBelowCount: number;
  /** Cells that filled, and flows that a cell took, since the caller last cleared the lists; now and then one stands here twice. Computed. */
  changed: Int32Array;
  changedCount: number;
  moved: Int32Array;
  movedCount: number;
}

/** Where the cell's tangent meets its capacity: a lower bound of the level at which it is full. */
function fillingBound(water: Water, cell: number): number {
  const roomGbps = water.cellRateGbps[cell]! - water.cellFrozenGbps[cell]!;
  const rising = water.cellRising[cell]!;
  if (rising > 0) return roomGbps / rising;
  return roomGbps >= -levelTie * water.cellRateGbps[cell]! ? Infinity : 0;
}

/**
 * Counts the members one by one: moves the tangent to `at`, lists who is held elsewhere and not below, and returns where the tangent meets
 * the capacity, Infinity for never. What the cell itself holds rises with it.
 */
function count(water: Water, cell: number, at: number): number {
  const { cellLevel, memberHolder, memberWeight } = water;
  const first = water.cellFirst[cell]!;
  const heldEnd = first + water.cellHeld[cell]!;
  const end = first + water.cellSize[cell]!;
  if (water.notBelow.length < end - first) water.notBelow = new Int32Array(2 * (end - first));
  const { notBelow } = water;
  let notBelowCount = 0;
  let rising = 0;
  if (water.isUnweighted) rising = heldEnd - first;
  else for (let place = first; place < heldEnd; place++) rising += memberWeight[place]!;
  // Two sums side by side: one addition need not wait for the other.
  let frozenGbps = 0;
  let frozenToo = 0;
  let place = heldEnd;
  for (; place + 1 < end; place += 2) {
    const level = cellLevel[memberHolder[place]!]!;
    const next = cellLevel[memberHolder[place + 1]!]!;
    if (level < at) frozenGbps += memberWeight[place]! * level;
    else {
      rising += memberWeight[place]!;
      notBelow[notBelowCount++] = place;
    }
    if (next < at) frozenToo += memberWeight[place + 1]! * next;
    else {
      rising += memberWeight[place + 1]!;
      notBelow[notBelowCount++] = place + 1;
    }
  }
  frozenGbps += frozenToo;
  if (place < end) {
    const level = cellLevel[memberHolder[place]!]!;
    if (level < at) frozenGbps += memberWeight[place]! * level;
    else {
      rising += memberWeight[place]!;
      notBelow[notBelowCount++] = place;
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

/** The same for the touched cells from `from` on, whose bounds fell: a key that is too low already stays, and is put right when it comes to the top. */
function makeDueEarlier(water: Water, heap: IndexedHeap, from: number, end: number, swept: number): void {
  const { touched, isTouched, slack, isSlack, cellLevel, cellRateGbps, cellFrozenGbps, cellRising } = water;
  const { place, key } = heap;
  let { slackCount, slackMin } = water;
  let kept = from;
  for (let at = from; at < end; at++) {
    const cell = touched[at]!;
    isTouched[cell] = 0;
    const roomGbps = cellRateGbps[cell]! - cellFrozenGbps[cell]!;
    const rising = cellRising[cell]!;
    if (place[cell]! >= 0) {
      if (roomGbps < key[cell]! * rising) touched[kept++] = cell;
    } else if (cellLevel[cell]! < Infinity) touched[kept++] = cell;
    else {
      if (roomGbps < slackMin * rising) slackMin = roomGbps / rising;
      if (isSlack[cell] === 1) continue;
      isSlack[cell] = 1;
      slack[slackCount++] = cell;
    }
  }
  water.slackCount = slackCount;
  water.slackMin = slackMin;
  for (let at = from; at < kept; at++) makeDue(water, heap, touched[at]!, swept);
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
  const { memberStart, memberWeight, hopCell, hopWeight, isEven, cellAt, cellFrozenGbps, cellRising, cellWake, touched, isTouched } = water;
  const first = water.cellFirst[cell]!;
  const end = first + water.cellHeld[cell]!;
  const before = water.cellLevel[cell]!;
  let fallen = water.touchedCount;
  const firstFallen = fallen;
  for (let place = first; place < end; place++) {
    let hop = memberStart[place]!;
    for (let other = hopCell[hop]!; other >= 0; other = hopCell[++hop]!) {
      // The cell's own tangent stands at its level: these flows were on the rising side and stay there.
      if (other === cell) continue;
      if (before < cellAt[other]!) {
        const weight = isEven ? memberWeight[place]! : hopWeight[hop]!;
        cellFrozenGbps[other]! -= weight * before;
        cellRising[other]! += weight;
      } else if (cellWake[other]! < 0) continue;
      if (isTouched[other] === 1) continue;
      isTouched[other] = 1;
      touched[fallen++] = other;
    }
  }
  water.cellLevel[cell] = Infinity;
  makeDue(water, heap, cell, swept);
  makeDueEarlier(water, heap, firstFallen, fallen, swept);
}

/** What the cell holds freezes at `level`; other cells that had a level may fill later. No call stands in the loop: the compiler then keeps all arrays at hand. */
function freezeHeld(water: Water, heap: IndexedHeap, cell: number, level: number): void {
  const { memberStart, memberWeight, hopCell, hopWeight, isEven, cellWake, cellAt, cellFrozenGbps, cellRising, touched, touchedCount } = water;
  const before = water.cellLevel[cell]!;
  const end = water.cellFirst[cell]! + water.cellHeld[cell]!;
  let wokenEnd = touchedCount;
  for (let place = water.cellFirst[cell]!; place < end; place++) {
    let hop = memberStart[place]!;
    for (let other = hopCell[hop]!; other >= 0; other = hopCell[++hop]!) {
      if (other === cell) continue;
      const point = cellAt[other]!;
      const weight = isEven ? memberWeight[place]! : hopWeight[hop]!;
      if (before < point) cellFrozenGbps[other]! -= weight * (before - level);
      else if (level < point) {
        cellFrozenGbps[other]! += weight * level;
        cellRising[other]! -= weight;
      } else continue;
      if (cellWake[other]! > level) {
        cellWake[other] = -1;
        touched[wokenEnd++] = other;
      }
    }
  }
  for (let at = touchedCount; at < wokenEnd; at++) setKey(heap, touched[at]!, water.cellLevel[touched[at]!]!);
}

/** The cell takes the flow at `place`, which freezes at `level`, from the cell that held it, or from nowhere. */
function take(water: Water, heap: IndexedHeap, cell: number, place: number, level: number): void {
  const { hopCell, hopWeight, hopPlace, cellFirst, cellHeld, cellWake, cellAt, cellFrozenGbps, cellRising, memberHolder } = water;
  const holder = memberHolder[place]!;
  const before = water.cellLevel[holder]!;
  let hop = water.memberStart[place]!;
  const flow = water.hopFlow[hop]!;
  swapMembers(water, place, cellFirst[cell]! + cellHeld[cell]!++);
  for (let other = hopCell[hop]!; other >= 0; other = hopCell[++hop]!) {
    const at = hopPlace[hop]!;
    memberHolder[at] = cell;
    if (other === cell) continue;
    // A flow that crosses its holder twice is held at one of the two places.
    if (other === holder && at < cellFirst[other]! + cellHeld[other]!) swapMembers(water, at, cellFirst[other]! + --cellHeld[other]!);
    const point = cellAt[other]!;
    if (before < point) cellFrozenGbps[other]! -= hopWeight[hop]! * (before - level);
    else if (level < point) {
      cellFrozenGbps[other]! += hopWeight[hop]! * level;
      cellRising[other]! -= hopWeight[hop]!;
    } else continue;
    if (cellWake[other]! > level) {
      setKey(heap, other, cellWake[other]!);
      cellWake[other] = -1;
    }
  }
  water.flowCell[flow] = cell;
  if (water.movedCount === water.moved.length) water.moved = growInts(water.moved, 2 * water.movedCount);
  water.moved[water.movedCount++] = flow;
}

/** The cell is full at `level`, where its members have just been counted: all it holds freezes here, and so does all that the count found higher elsewhere. */
function saturate(water: Water, heap: IndexedHeap, cell: number, level: number): void {
  const { memberHolder, cellLevel, notBelow, notBelowCount } = water;
  if (cellLevel[cell] !== level && water.cellHeld[cell]! > 0) freezeHeld(water, heap, cell, level);
  cellLevel[cell] = level;
  for (let at = 0; at < notBelowCount; at++) {
    const place = notBelow[at]!;
    if (cellLevel[memberHolder[place]!]! > level) take(water, heap, cell, place, level);
  }
  if (water.changedCount === water.changed.length) water.changed = growInts(water.changed, 2 * water.changedCount);
  water.changed[water.changedCount++] = cell;
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
    water.cellWake[cell] = filledAt;
    saturate(water, heap, cell, filledAt);
  }
}
