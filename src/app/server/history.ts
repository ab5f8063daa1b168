/** The state as it was at an earlier entry of the log: folded from the nearest copy that is kept, for a timeline that can be rewound. */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { createState, forkState } from '../../control/create-state.ts';
import { foldOnto } from '../../control/run.ts';
import type { State } from '../../control/state.ts';
import type { LiveController } from './live-controller.ts';

/** Entries between two kept copies, at least. */
export const copyEveryEntries = 5000;
/** Memory for copies; a copy of a wavelength and what belongs to it takes about this much. */
const copiesBytesMax = 256 * 2 ** 20;
const bytesPerWavelength = 64;
/** Entries folded for one question where no copy is near. */
export const foldedEntriesMax = 100_000;
/** Copying keeps everything else waiting, so two copies are this far apart however much is written. */
const copyEveryMs = 10_000;

export class History {
  readonly #live: LiveController;
  readonly #copies: State[] = [];
  readonly #copiesMax: number;
  /** Where the last question ended: a timeline that is dragged forward goes on from here. */
  #last: State | null = null;
  #copiedMs = performance.now();

  constructor(live: LiveController) {
    this.#live = live;
    this.#copiesMax = Math.max(2, Math.min(50, Math.floor(copiesBytesMax / (bytesPerWavelength * live.state.plant.cluster.fabric.wavelengthCount + 1))));
    if (live.state.n > 0) this.#copies.push(forkState(live.state));
  }

  /** To be called after entries; keeps a copy now and then. */
  note(): void {
    const newest = this.#copies.at(-1)?.n ?? 0;
    if (this.#live.state.n - newest < copyEveryEntries || performance.now() - this.#copiedMs < copyEveryMs) return;
    this.#copiedMs = performance.now();
    this.#copies.push(forkState(this.#live.state));
    if (this.#copies.length > this.#copiesMax) this.#copies.shift();
  }

  /** The state after entry `n`, not to be kept. Refusals: `not-yet`, `history-archived`. */
  at(n: number): State | Refusal {
    const { store } = this.#live;
    if (n > store.headN) return refuse('not-yet', 'wait', `Entry ${n} is still to come; the newest is ${store.headN}.`);
    const near = [this.#last, ...this.#copies].filter((copy) => copy !== null && copy.n <= n).sort((a, b) => (b?.n ?? 0) - (a?.n ?? 0))[0] ?? null;
    const fromN = near?.n ?? 0;
    if (fromN < store.baseN || n - fromN > foldedEntriesMax) {
      const oldest = this.#copies[0]?.n ?? store.headN;
      return refuse('history-archived', 'never', `Entry ${n} lies too far back to be shown here; entries from ${oldest} on can be.`, 'Replay an exported log for older ones.');
    }
    const state = near === null ? createState(this.#live.state.plant) : near === this.#last ? near : forkState(near);
    for (const entry of this.#live.entries(fromN + 1)) {
      if (entry.n > n) break;
      const issue = foldOnto(state, [entry]);
      if (issue !== null) throw new Error(`${issue.message} [${issue.code}]`);
    }
    this.#last = state;
    return state;
  }
}
