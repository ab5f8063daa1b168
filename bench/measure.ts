/** Measures one routine: set-up and its check are not timed, then runs until enough time or runs have passed; min and median count. */

import { cpus } from 'node:os';

/** What a bench module exports lists of. `bench/run.ts` finds every exported list of these in every module of this folder. */
export interface Bench {
  /** What is done to how much, e.g. `thermal step, 100,000 nodes`. */
  readonly name: string;
  /** The stated goal, or `null` where there is none. */
  readonly goalMs: number | null;
  /** Seeded set-up. Throws when the routine's result is wrong: nothing wrong is ever timed. */
  prepare(): Routine | Promise<Routine>;
}

/** Returns a number that depends on the work, so that none of it can be optimised away. */
export type Routine = () => number | Promise<number>;

export interface Measurement {
  readonly name: string;
  readonly goalMs: number | null;
  readonly runs: number;
  /** The first run in this process, before the compiler has warmed up. */
  readonly firstMs: number;
  readonly minMs: number;
  readonly medianMs: number;
  /** Peak memory of the process so far, which earlier benches of the same run share. */
  readonly rssMb: number;
}

const runsMin = 3;
const runsMax = 50;
const enoughMs = 2000;

export async function measure(bench: Bench): Promise<Measurement> {
  const routine = await bench.prepare();
  const timesMs: number[] = [];
  let sink = 0;
  for (let spentMs = 0; timesMs.length < runsMin || (spentMs < enoughMs && timesMs.length < runsMax);) {
    const startedMs = performance.now();
    sink += await routine();
    const tookMs = performance.now() - startedMs;
    timesMs.push(tookMs);
    spentMs += tookMs;
  }
  if (Number.isNaN(sink)) throw new Error(`${bench.name}: the routine must return a number`);
  const sorted = timesMs.toSorted((a, b) => a - b);
  return {
    name: bench.name, goalMs: bench.goalMs, runs: sorted.length, firstMs: timesMs[0] ?? NaN, minMs: sorted[0] ?? NaN,
    medianMs: sorted[sorted.length >> 1] ?? NaN, rssMb: process.resourceUsage().maxRSS / 1024,
  };
}

/** Where a measurement was taken. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly platform: string;
}

export const machine = (): Machine => ({ cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, node: process.version, platform: `${process.platform} ${process.arch}` });
