/** How hard the server is pressed, and what it sheds for it: streams first, then heavy reads, light reads, and writes of low classes; never probes. */

import { inboxMax } from './inbox.ts';
import type { LiveController } from './live-controller.ts';
import type { ProblemReply } from './problem.ts';
import { problem } from './problem.ts';
import type { Weight } from './route.ts';

/** Levels in rising order; each sheds what those before it do. */
const pressureLevels = ['calm', 'shedStreams', 'shedHeavyReads', 'shedLightReads', 'shedLowWrites'] as const;

/** The event loop answering this late, or this many entries or readings waiting, begins a level (design choices, levels double). */
const lagMs = [500, 1000, 2000, 4000] as const;
const waitingEntries = [20_000, 40_000, 60_000, 80_000] as const;
const sampleMs = 100;
/** A class of this priority or lower is shed first among the writes: parameter sync, checkpoint and background. */
const lowPriority = 4;

const levelAt = (value: number, steps: readonly number[]): number => steps.findLastIndex((step) => value >= step) + 1;

export class Pressure {
  readonly #live: LiveController;
  readonly #timer: NodeJS.Timeout;
  #lagMs = 0;
  #expectedMs = 0;
  /** Requests that were shed, by what they were. */
  readonly shed = new Map<string, number>();

  constructor(live: LiveController) {
    this.#live = live;
    this.begin();
    this.#timer = setInterval(() => {
      // Half of the last value stays, so that one long slice does not shed anybody.
      this.#lagMs = this.#lagMs / 2 + Math.max(0, performance.now() - this.#expectedMs) / 2;
      this.#expectedMs = performance.now() + sampleMs;
    }, sampleMs);
    this.#timer.unref();
  }

  /** Counts from now on: what starting took presses nobody, and whoever asks at once is answered. */
  begin(): void {
    this.#lagMs = 0;
    this.#expectedMs = performance.now() + sampleMs;
  }

  get loopLagMs(): number {
    return this.#lagMs;
  }

  get level(): number {
    const readings = (this.#live.waitingReadings / inboxMax) * (waitingEntries.at(-1) ?? 0);
    return Math.max(levelAt(this.#lagMs, lagMs), levelAt(Math.max(this.#live.store.waitingEntries, readings), waitingEntries));
  }

  /** A problem when a request must be shed now. */
  shedOr(ask: { readonly weight: Weight; readonly isWrite: boolean; readonly priority: number | null }): ProblemReply | null {
    const { level } = this;
    if (level === 0 || ask.weight === 'probe') return null;
    const from = ask.weight === 'stream' ? 1 : ask.isWrite ? (ask.priority !== null && ask.priority >= lowPriority ? 4 : Infinity) : ask.weight === 'heavy' ? 2 : 3;
    if (level < from) return null;
    const what = ask.isWrite ? 'write' : ask.weight;
    this.shed.set(what, (this.shed.get(what) ?? 0) + 1);
    return problem(503, { code: 'overloaded', detail: `The server is pressed (${pressureLevels[level] ?? ''}) and sheds what matters least.`, remedy: 'Come back after Retry-After',
      retryAfterS: 2 ** Math.min(level, 4) });
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
