/**
 * The event loop of the flow engine: a run that can be advanced, steered (capacity, cancel, re-route) and read at any time.
 *
 * Caller's duties in order: `createFlowRun`, then any mix of `advance` and steering, then `outcome`. Steering acts at `nowNs`;
 * rates are mended once, when the run next advances or a rate is read. Events within `tieNs` of each other are one instant: they
 * are solved once. Everything is deterministic: at one instant capacity events come first, then completions, then activations,
 * each in order of row.
 *
 * Bounds for `!`: rows are flows or links of the program, and every array here has one entry for each.
 */

import type { IndexedHeap } from '../base/heap.ts';
import { createHeap, removeItem, setKey, takeUpTo } from '../base/heap.ts';
import type { Cells } from './cells.ts';
import { createCells, shareOut, sumUse } from './cells.ts';
import { createCarriage } from './carriage.ts';
import type { Carriage } from './carriage.ts';
import type { Clocks, Sending } from './clocks.ts';
import { createClocks, finishOnClock, followWater, leaveClock, leftOnClock, nextFinishNs, takeFinished } from './clocks.ts';
import type { FlowOutcome, FlowProgram } from './flow-program.ts';
import type { SinkOptions } from './flow-sink.ts';
import { addFlow, removeFlow } from './members.ts';
import { setPath } from './reroute.ts';
import { solveStage } from './water.ts';

/** Where a flow stands. */
export const flowStates = ['waiting', 'active', 'done', 'cancelled'] as const;
export type FlowState = (typeof flowStates)[number];
const waitingState = 0;
const activeState = 1;
const doneState = 2;
const cancelledState = 3;

/** Instants closer than this are one: a few units in the last place of the clock, and at least 0.1 attoseconds. */
const tieNs = (nowNs: number): number => Math.max(nowNs * 4e-15, 1e-10);

export interface FlowRun {
  readonly program: FlowProgram;
  readonly nowNs: number;
  /** Flows neither done nor cancelled. */
  readonly unfinished: number;
  readonly solves: number;
  /** When the next thing happens; Infinity when nothing ever will. */
  nextEventNs(): number;
  /** Runs every event up to and including `untilNs`, and leaves the clock there (or at the last event when that is Infinity). */
  advance(untilNs: number): void;
  /** Runs one instant; false when nothing is left to happen. */
  step(): boolean;
  setLinkRate(link: number, rateGbps: number): void;
  linkRateGbps(link: number): number;
  /** Gives up a flow now; flows that come after it are released as if it had completed. */
  cancel(flow: number): void;
  /** Moves a flow to another path now. An active flow sends again after `pauseNs` (0: make before break). */
  reroute(flow: number, links: readonly number[], options?: { readonly pauseNs: number }): void;
  state(flow: number): FlowState;
  rateGbps(flow: number): number;
  remainingBits(flow: number): number;
  /** Absolute release time, NaN before release. */
  releaseNs(flow: number): number;
  outcome(): FlowOutcome;
}

/** Flows that come after each flow, as compressed rows; `null` when nothing waits. */
interface Dependents {
  readonly offset: Int32Array;
  readonly flow: Int32Array;
  readonly missing: Int32Array;
}

function createDependents(program: FlowProgram): Dependents | null {
  const { flowCount, afterOffset, afterFlow } = program;
  if (afterOffset === null || afterFlow === null || afterFlow.length === 0) return null;
  const offset = new Int32Array(flowCount + 1);
  const missing = new Int32Array(flowCount);
  for (let at = 0; at < afterFlow.length; at++) offset[afterFlow[at]! + 1]!++;
  for (let flow = 0; flow < flowCount; flow++) {
    offset[flow + 1]! += offset[flow]!;
    missing[flow] = afterOffset[flow + 1]! - afterOffset[flow]!;
  }
  const cursor = offset.slice(0, flowCount);
  const dependent = new Int32Array(afterFlow.length);
  for (let flow = 0; flow < flowCount; flow++) {
    for (let at = afterOffset[flow]!; at < afterOffset[flow + 1]!; at++) dependent[cursor[afterFlow[at]!]!++] = flow;
  }
  return { offset, flow: dependent, missing };
}

class EventLoop implements FlowRun {
  readonly program: FlowProgram;
  nowNs = 0;
  unfinished: number;
  solves = 0;
  readonly #cells: Cells;
  readonly #dependents: Dependents | null;
  readonly #carriage: Carriage | null;
  readonly #sink: SinkOptions['sink'] | null;
  readonly #state: Uint8Array;
  /** Released flows under their activation time. */
  readonly #waiting: IndexedHeap;
  /** Progress of the active flows. */
  readonly #clocks: Clocks;
  readonly #sending: Sending;
  /** Bits left of flows that read no clock. */
  readonly #leftBits: Float64Array;
  readonly #releaseNs: Float64Array;
  readonly #completionNs: Float64Array;
  readonly #taken: Int32Array;
  /** Links whose use must be summed again before the next stage; empty with one layer. */
  readonly #usedLinks: number[] = [];
  readonly #isUsed: Uint8Array;
  #nextCapacityEvent = 0;
  #makespanNs = 0;
  #due = false;

  constructor(program: FlowProgram, options: SinkOptions | undefined) {
    const { flowCount } = program;
    this.program = program;
    this.unfinished = flowCount;
    this.#cells = createCells(program);
    this.#dependents = createDependents(program);
    this.#sink = options?.sink ?? null;
    this.#state = new Uint8Array(flowCount);
    this.#waiting = createHeap(flowCount);
    this.#clocks = createClocks(this.#cells.water.nowhere, this.#cells.water.flowCell.length);
    this.#leftBits = program.flowBits.slice();
    this.#sending = { count: flowCount, leftBits: this.#leftBits, weight: program.flowWeight };
    this.#releaseNs = program.flowStartNs.slice();
    this.#completionNs = new Float64Array(flowCount).fill(Infinity);
    this.#taken = new Int32Array(flowCount);
    this.#isUsed = new Uint8Array(this.#cells.layerCount > 1 ? program.linkCount : 0);
    this.#carriage = options === undefined ? null : createCarriage(this.#cells, options, { leftBits: (flow) => this.remainingBits(flow), rateGbps: (flow) => this.#paceGbps(flow) });
    for (let flow = 0; flow < flowCount; flow++) {
      if (this.#dependents === null || this.#dependents.missing[flow] === 0) this.#release(flow);
    }
  }

  nextEventNs(): number {
    const waiting = this.#waiting;
    let nextNs = nextFinishNs(this.#clocks, this.#cells.water);
    if (waiting.size > 0) nextNs = Math.min(nextNs, waiting.key[waiting.order[0]!]!);
    if (this.unfinished > 0 && this.#nextCapacityEvent < this.program.eventNs.length) nextNs = Math.min(nextNs, this.program.eventNs[this.#nextCapacityEvent]!);
    return Math.max(nextNs, this.nowNs);
  }

  step(): boolean {
    this.#mend();
    const nextNs = this.nextEventNs();
    if (nextNs === Infinity) return false;
    this.#carriage?.sampleUpTo(nextNs, this.nowNs);
    this.nowNs = nextNs;
    const limitNs = nextNs + tieNs(nextNs);
    this.#applyCapacityEvents(limitNs);
    for (;;) {
      const completed = this.#completeUpTo(limitNs);
      const activated = this.#activateUpTo(limitNs);
      if (completed + activated === 0) break;
    }
    this.#mend();
    return true;
  }

  advance(untilNs: number): void {
    this.#mend();
    while (this.nextEventNs() <= untilNs) if (!this.step()) return;
    if (untilNs < Infinity && untilNs > this.nowNs) {
      this.#carriage?.sampleUpTo(untilNs, this.nowNs);
      this.nowNs = untilNs;
    }
  }

  setLinkRate(link: number, rateGbps: number): void {
    this.#cells.linkRateGbps[link] = rateGbps;
    shareOut(this.#cells, link);
    this.#due = true;
  }

  linkRateGbps(link: number): number {
    return this.#cells.linkRateGbps[link]!;
  }

  cancel(flow: number): void {
    const state = this.#state[flow]!;
    if (state >= doneState) return;
    if (state === activeState) this.#leave(flow);
    removeItem(this.#waiting, flow);
    this.#state[flow] = cancelledState;
    this.unfinished -= 1;
    this.#releaseDependents(flow, this.nowNs);
  }

  reroute(flow: number, links: readonly number[], options?: { readonly pauseNs: number }): void {
    const state = this.#state[flow]!;
    if (state >= doneState) return;
    if (state === activeState) this.#leave(flow);
    setPath(this.#cells, flow, links);
    if (state !== activeState) return;
    const pauseNs = options?.pauseNs ?? 0;
    this.#state[flow] = waitingState;
    // A flow without links left has arrived: it completes as it is activated.
    if (pauseNs > 0 || links.length === 0) setKey(this.#waiting, flow, this.nowNs + pauseNs);
    else this.#join(flow);
  }

  state(flow: number): FlowState {
    return flowStates[this.#state[flow]!]!;
  }

  rateGbps(flow: number): number {
    this.#mend();
    return this.#paceGbps(flow);
  }

  remainingBits(flow: number): number {
    if (this.#clocks.flowClock[flow]! >= 0) return leftOnClock(this.#clocks, flow, this.nowNs) * this.#weight(flow);
    return this.#state[flow] === doneState ? 0 : this.#leftBits[flow]!;
  }

  releaseNs(flow: number): number {
    return this.#dependents !== null && this.#dependents.missing[flow]! > 0 ? NaN : this.#releaseNs[flow]!;
  }

  outcome(): FlowOutcome {
    this.#carriage?.finish(this.nowNs);
    const durationNs = new Float64Array(this.program.flowCount);
    for (let flow = 0; flow < durationNs.length; flow++) durationNs[flow] = this.#completionNs[flow]! - this.#releaseNs[flow]!;
    return { completionNs: this.#completionNs, durationNs, makespanNs: this.#makespanNs, solves: this.solves, ended: this.unfinished === 0, reachedNs: this.nowNs };
  }

  #applyCapacityEvents(limitNs: number): void {
    const { eventNs, eventLink, eventRateGbps } = this.program;
    for (; this.#nextCapacityEvent < eventNs.length && eventNs[this.#nextCapacityEvent]! <= limitNs; this.#nextCapacityEvent++) {
      this.setLinkRate(eventLink[this.#nextCapacityEvent]!, eventRateGbps[this.#nextCapacityEvent]!);
    }
  }

  #completeUpTo(limitNs: number): number {
    const taken = this.#taken;
    const count = takeFinished(this.#clocks, this.#cells.water, limitNs, taken);
    for (let at = 0; at < count; at++) {
      const flow = taken[at]!;
      const finishNs = finishOnClock(this.#clocks, flow);
      this.#leave(flow);
      this.#complete(flow, finishNs);
    }
    return count;
  }

  #activateUpTo(limitNs: number): number {
    const taken = this.#taken;
    const { flowHopFirst, flowHopEnd } = this.#cells.water;
    const count = takeUpTo(this.#waiting, limitNs, taken);
    for (let at = 0; at < count; at++) {
      const flow = taken[at]!;
      if (this.#leftBits[flow]! <= 0 || flowHopFirst[flow] === flowHopEnd[flow]) this.#complete(flow, this.#waiting.key[flow]!);
      else this.#join(flow);
    }
    return count;
  }

  #release(flow: number): void {
    const { pathOffset, pathLink, linkLatencyNs } = this.program;
    let activeNs = this.#releaseNs[flow]!;
    const moved = this.#cells.movedPath.get(flow);
    if (moved !== undefined) for (const link of moved) activeNs += linkLatencyNs[link]!;
    else for (let at = pathOffset[flow]!; at < pathOffset[flow + 1]!; at++) activeNs += linkLatencyNs[pathLink[at]!]!;
    setKey(this.#waiting, flow, activeNs);
  }

  #releaseDependents(flow: number, completionNs: number): void {
    const dependents = this.#dependents;
    if (dependents === null) return;
    for (let at = dependents.offset[flow]!; at < dependents.offset[flow + 1]!; at++) {
      const next = dependents.flow[at]!;
      if (completionNs > this.#releaseNs[next]!) this.#releaseNs[next] = completionNs;
      dependents.missing[next]! -= 1;
      if (dependents.missing[next] === 0 && this.#state[next] === waitingState) this.#release(next);
    }
  }

  #join(flow: number): void {
    this.#state[flow] = activeState;
    const shadow = this.#cells.flowShadow === null ? -1 : this.#cells.flowShadow[flow]!;
    if (shadow >= 0) addFlow(this.#cells.water, shadow);
    addFlow(this.#cells.water, flow);
    this.#carriage?.joined(flow);
    this.#due = true;
  }

  /** Takes an active flow off the network and settles what it has sent. */
  #leave(flow: number): void {
    this.#leftBits[flow] = this.remainingBits(flow);
    this.#carriage?.left(flow, finishOnClock(this.#clocks, flow) <= this.nowNs + tieNs(this.nowNs) ? 0 : this.#leftBits[flow]!);
    leaveClock(this.#clocks, flow);
    const shadow = this.#cells.flowShadow === null ? -1 : this.#cells.flowShadow[flow]!;
    if (shadow >= 0) {
      this.#noteUse(shadow);
      removeFlow(this.#cells.water, shadow);
    }
    this.#noteUse(flow);
    removeFlow(this.#cells.water, flow);
    this.#due = true;
  }

  #complete(flow: number, completionNs: number): void {
    this.#state[flow] = doneState;
    this.#completionNs[flow] = completionNs;
    if (completionNs > this.#makespanNs) this.#makespanNs = completionNs;
    this.unfinished -= 1;
    if (this.#sink?.flowEnded !== undefined) this.#sink.flowEnded(flow, this.#releaseNs[flow]!, completionNs);
    this.#releaseDependents(flow, completionNs);
  }

  #noteUse(row: number): void {
    if (this.#isUsed.length === 0) return;
    const { water, linkCount, layerCount } = this.#cells;
    for (let hop = water.flowHopFirst[row]!; hop < water.flowHopEnd[row]!; hop++) {
      const cell = water.hopCell[hop]!;
      if (cell >= layerCount * linkCount || this.#isUsed[cell % linkCount] === 1) continue;
      this.#isUsed[cell % linkCount] = 1;
      this.#usedLinks.push(cell % linkCount);
    }
  }

  #noteHeld(cell: number): void {
    const { cellFirst, cellHeld, memberStart, hopFlow } = this.#cells.water;
    const first = cellFirst[cell]!;
    const end = first + cellHeld[cell]!;
    for (let place = first; place < end; place++) this.#noteUse(hopFlow[memberStart[place]!]!);
  }

  #weight(flow: number): number {
    return this.program.flowWeight === null ? 1 : this.program.flowWeight[flow]!;
  }

  #paceGbps(flow: number): number {
    const cell = this.#clocks.flowClock[flow]!;
    return cell < 0 ? 0 : this.#clocks.cellPaceGbps[cell]! * this.#weight(flow);
  }

  /** Brings every rate up to date, once for all that happened at this instant. */
  #mend(): void {
    if (!this.#due) return;
    this.#due = false;
    this.solves += 1;
    const { water } = this.#cells;
    if (this.#isUsed.length === 0) solveStage(water, 0);
    else this.#mendStages();
    followWater(this.#clocks, water, this.#sending, this.nowNs);
  }

  /** Stage after stage: what a stage uses decides the capacity of the cells after it. */
  #mendStages(): void {
    const cells = this.#cells;
    const { water } = cells;
    let noted = 0;
    for (let stage = 0; stage < water.stageCount; stage++) {
      solveStage(water, stage);
      for (; noted < water.changedCount; noted++) this.#noteHeld(water.changed[noted]!);
      for (const link of this.#usedLinks) {
        let changed = false;
        for (let layer = 0; layer < cells.layerCount; layer++) {
          if (cells.layerStage[layer] === stage && sumUse(cells, layer * cells.linkCount + link)) changed = true;
        }
        if (changed) shareOut(cells, link);
      }
    }
    for (const link of this.#usedLinks) this.#isUsed[link] = 0;
    this.#usedLinks.length = 0;
  }
}

/** A run at time zero. The program's rows must be in bounds; whoever read it has seen to that. */
export const createFlowRun = (program: FlowProgram, options?: SinkOptions): FlowRun => new EventLoop(program, options);
