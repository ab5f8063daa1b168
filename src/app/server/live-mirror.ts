/** The live state as another thread sees it: folded from the log on the disk, as far as is asked for, without a word of the thread that decides. */

import type { Entry as StoredEntry } from '../../adapters/store/entry.ts';
import type { LogBeside } from '../../adapters/store/log-beside.ts';
import { createState } from '../../control/create-state.ts';
import type { Entry } from '../../control/entry.ts';
import type { Plant } from '../../control/plant.ts';
import { foldOnto } from '../../control/run.ts';
import type { State } from '../../control/state.ts';
import type { IndexData } from './log-index.ts';
import { LogIndex } from './log-index.ts';
import { decodeSnapshot } from './state-snapshot.ts';

/** To read a snapshot takes as long as to fold some thousand entries. */
const foldedRatherMax = 20_000;

export class LiveMirror {
  readonly #plant: Plant;
  readonly #log: LogBeside;
  state: State;
  index = new LogIndex();

  constructor(plant: Plant, log: LogBeside) {
    this.#plant = plant;
    this.#log = log;
    this.state = createState(plant);
  }

  #load(headN: number): void {
    const saved = this.#log.newestSnapshot(headN);
    if (saved === null || saved.n <= this.state.n) return;
    const decoded = decodeSnapshot<IndexData>(this.#plant, saved.bytes);
    if (decoded === null) return;
    this.state = decoded.state;
    this.index = new LogIndex(decoded.beside);
  }

  /** Folds up to the entry that the owner of the log knows to be durable. Throws where the entries between are archived and no snapshot stands for them. */
  advance(headN: number): void {
    if (headN - this.state.n > foldedRatherMax || this.state.n === 0) this.#load(headN);
    if (this.state.n >= headN) return;
    for (const entry of this.#log.entries(this.state.n + 1, headN) as Iterable<StoredEntry> as unknown as Iterable<Entry>) {
      const issue = foldOnto(this.state, [entry]);
      if (issue !== null) throw new Error(`${issue.message} [${issue.code}]`);
      this.index.note(entry);
    }
  }
}
