/**
 * The state as it was at an earlier entry of the log, for a timeline that can be rewound: folded from the nearest snapshot of the log,
 * in turns with other work. While nobody asks, nothing is kept and nothing is done.
 */

import { setImmediate } from 'node:timers/promises';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal, refuse } from '../../base/refusal.ts';
import { createState, forkState } from '../../control/create-state.ts';
import { foldOnto } from '../../control/run.ts';
import type { State } from '../../control/state.ts';
import type { LiveController } from './live-controller.ts';
import { stateBytes } from './state-bytes.ts';
import { decodeSnapshot } from './state-snapshot.ts';

/** Entries folded for one question where no copy is near. */
const foldedEntriesMax = 500_000;
/** Entries between two copies that are kept of what was folded, so that dragging a timeline back folds a few again and not all. */
const copyEveryEntries = 10_000;
/** Memory for copies, and the most of them whatever their size. */
const copiesBytesMax = 128 * 2 ** 20;
const copiesMax = 16;
/** Copies are given up when nobody has asked for this long. */
const idleMs = 300_000;
/** Questions that may wait for others. */
const questionsMax = 16;
/** Other work gets its turn after so long. */
const turnMs = 6;

const archived = (n: number, oldestN: number): Refusal =>
  refuse('history-archived', 'never', `Entry ${n} lies too far back to be shown here; entries from ${oldestN} on can be.`, 'Replay an exported log for older ones.');

export class History {
  readonly #live: LiveController;
  /** Oldest made first. */
  readonly #copies: State[] = [];
  /** Where the last question ended: a timeline that is dragged forward goes on from here. */
  #last: State | null = null;
  #asking: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: NodeJS.Timeout | null = null;

  constructor(live: LiveController) {
    this.#live = live;
  }

  /** Oldest entry after which the state can be shown; 0 while the whole log is at hand. */
  get oldestN(): number {
    const { baseN, headN, snapshotNs } = this.#live.store;
    return baseN === 0 ? 0 : snapshotNs.find((n) => n >= baseN) ?? headN;
  }

  /** An entry for which nothing is near enough: before the oldest, or far behind a snapshot, where the next one is the nearest that can be shown. */
  #tooFar(n: number): Refusal {
    const { store } = this.#live;
    return archived(n, n < this.oldestN ? this.oldestN : store.snapshotNs.find((one) => one > n) ?? store.headN);
  }

  /** What `view` makes of the state after entry `n`; the state itself goes on to the next question. Refusals: `not-yet`, `history-archived`, `history-busy`. */
  async look<T>(n: number, view: (state: State) => T): Promise<T | Refusal> {
    const { store } = this.#live;
    if (n > store.headN) return refuse('not-yet', 'wait', `Entry ${n} is still to come; the newest is ${store.headN}.`);
    if (this.#waiting >= questionsMax) return refuse('history-busy', 'wait', `${questionsMax} questions about earlier entries wait already.`, 'Ask again in a moment.');
    this.#waiting += 1;
    const before = this.#asking;
    const answer = (async () => {
      await before;
      const state = await this.#at(n);
      return isRefusal(state) ? state : view(state);
    })().finally(() => { this.#waiting -= 1; });
    // A fault belongs to whoever asked; the next in line is answered all the same.
    this.#asking = answer.catch(() => undefined);
    this.#forgetLater();
    return answer;
  }

  #forgetLater(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#copies.length = 0;
      this.#last = null;
    }, idleMs).unref();
  }

  /** The nearest state before an entry that is at hand: the last answer itself, a copy of a copy, a snapshot on the disk, or the first state of all. */
  #nearest(n: number): State | null {
    const { store, state: { plant } } = this.#live;
    let near: State | null = null;
    for (const copy of this.#copies) if (copy.n <= n && copy.n > (near?.n ?? -1)) near = copy;
    if (this.#last !== null && this.#last.n <= n && this.#last.n >= (near?.n ?? 0)) near = this.#last;
    // To read a snapshot takes as long as to fold some thousand entries.
    const saved = near !== null && n - near.n < 2 * copyEveryEntries ? null : store.newestSnapshot(n);
    const decoded = saved === null || saved.n <= (near?.n ?? 0) ? null : decodeSnapshot(plant, saved.bytes);
    if (decoded !== null) return decoded.state;
    if (near !== null) return near === this.#last ? near : forkState(near);
    return store.baseN === 0 ? createState(plant) : null;
  }

  async #at(n: number): Promise<State | Refusal> {
    const { store } = this.#live;
    const state = this.#nearest(n);
    if (state === null || state.n < store.baseN || n - state.n > foldedEntriesMax) return this.#tooFar(n);
    this.#last = state;
    while (state.n < n) {
      // Entries may have been archived since the last turn.
      if (state.n < store.baseN) return this.#tooFar(n);
      this.#foldFor(state, n);
      this.#keep(state);
      await setImmediate();
    }
    return state;
  }

  /** Folds up to entry `n`, for one turn. */
  #foldFor(state: State, n: number): void {
    const untilMs = performance.now() + turnMs;
    for (const entry of this.#live.entries(state.n + 1)) {
      if (entry.n > n) return;
      const issue = foldOnto(state, [entry]);
      if (issue !== null) throw new Error(`${issue.message} [${issue.code}]`);
      if (performance.now() >= untilMs) return;
    }
  }

  #keep(state: State): void {
    const nearest = this.#copies.reduce((least, copy) => Math.min(least, Math.abs(state.n - copy.n)), Infinity);
    if (nearest < copyEveryEntries) return;
    const most = Math.min(copiesMax, Math.max(1, Math.floor(copiesBytesMax / stateBytes(state))));
    while (this.#copies.length >= most) this.#copies.shift();
    this.#copies.push(forkState(state));
  }
}
