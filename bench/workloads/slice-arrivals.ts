/** Slices under saturating load: jobs of seeded shapes wait in a queue that never empties, and the share of accelerators in slices is averaged over time. */

import type { Dice } from '../../src/base/dice.ts';
import { createDice } from '../../src/base/dice.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import type { CubeMachine } from '../../src/plan/topology/cube-machine.ts';
import { foldings } from '../../src/plan/topology/folding.ts';
import { allocateSlice } from '../../src/plan/topology/slices.ts';
import { createHeap, setKey, takeUpTo } from '../../src/base/heap.ts';

/** What a machine does with a request: the seats, or `null`. */
interface SliceMachine {
  readonly seats: number;
  place(rings: readonly number[]): Int32Array | null;
  release(seats: Int32Array): void;
}

/** Jobs wait here; those behind may overtake a job that does not fit. */
const queueLength = 128;
const runningMax = 4096;

/**
 * Shapes of one to three rings as data, pipeline and tensor or expert parallelism make them: powers of two mostly, some lengths with a
 * factor of three; 4 to 2,048 accelerators, small jobs more often than large ones.
 */
function drawRings(dice: Dice): readonly number[] {
  const lengths = [2, 2, 4, 4, 4, 6, 8, 8, 8, 12, 16, 16, 18, 24, 32];
  for (;;) {
    const rings = Array.from({ length: 1 + dice.below(3) }, () => lengths[dice.below(lengths.length)] ?? 4);
    const size = rings.reduce((all, length) => all * length, 1);
    if (size >= 4 && size <= 2048) return rings;
  }
}

export interface Utilisation {
  /** Time average after the first tenth of the departures. */
  readonly mean: number;
  readonly placed: number;
  /** Shapes that the machine cannot hold even when it is empty. */
  readonly impossible: number;
}

/** Run times are exponential with mean 1, the same for every machine: they are drawn per arrival. */
function saturate(machine: SliceMachine, options: { readonly departures: number; readonly seed: number; readonly canEver: (rings: readonly number[]) => boolean }): Utilisation {
  const dice = createDice(options.seed);
  const [shapes, lengths] = [dice.fork('shapes'), dice.fork('lengths')];
  const queue: { readonly rings: readonly number[]; readonly runs: number }[] = [];
  const heap = createHeap(runningMax);
  const held: (Int32Array | null)[] = new Array<Int32Array | null>(runningMax).fill(null);
  const ended = new Int32Array(runningMax);
  let [now, used, area, startedAt, placed, impossible, departures] = [0, 0, 0, 0, 0, 0, 0];
  const fill = (): void => {
    const full = new Set<string>();
    for (let at = 0; ; at++) {
      while (queue.length < queueLength) {
        const rings = drawRings(shapes);
        const runs = lengths.exponential();
        if (options.canEver(rings)) queue.push({ rings, runs });
        else impossible += 1;
      }
      const job = at < queue.length ? queue[at] : undefined;
      if (job === undefined) return;
      const shape = job.rings.join();
      const seats = full.has(shape) ? null : machine.place(job.rings);
      if (seats === null) {
        full.add(shape);
        continue;
      }
      const slot = held.indexOf(null);
      held[slot] = seats;
      setKey(heap, slot, now + job.runs);
      used += seats.length;
      placed += 1;
      queue.splice(at--, 1);
    }
  };
  fill();
  while (departures < options.departures) {
    const next = heap.key[heap.order[0] ?? 0] ?? 0;
    area += used * (next - now);
    now = next;
    const count = takeUpTo(heap, now, ended);
    for (let at = 0; at < count; at++) {
      const slot = ended[at] ?? 0;
      const seats = held[slot] ?? new Int32Array(0);
      machine.release(seats);
      used -= seats.length;
      held[slot] = null;
      departures += 1;
    }
    if (startedAt === 0 && departures >= options.departures / 10) {
      startedAt = now;
      area = 0;
    }
    fill();
  }
  return { mean: area / (now - startedAt) / machine.seats, placed, impossible };
}

/** 64 cubes of 4x4x4 and 48 switches with two ports for every cube. */
const cubes = 64;
const machine: CubeMachine = {
  side: 4, cubes, ocs: Int32Array.from({ length: 48 }, (_, row) => row), seatRank: Int32Array.from({ length: 64 * cubes }, (_, seat) => seat),
  plusPort: Int32Array.from({ length: 48 * cubes }, (_, at) => 2 * (at % cubes)), minusPort: Int32Array.from({ length: 48 * cubes }, (_, at) => 2 * (at % cubes) + 1),
};

/** Utilisation of 4,096 accelerators whose slices any cubes or boxes of cubes form. */
export function slicesInUse(options: { readonly mayFold: boolean; readonly departures: number; readonly seed: number }): Utilisation {
  const taken = new Uint8Array(64 * cubes);
  const known = new Map<string, boolean>();
  const canEver = (rings: readonly number[]): boolean => {
    const key = rings.join();
    const can = known.get(key) ?? foldings(rings, 4).some(({ name }) => options.mayFold || name.startsWith('straight'));
    known.set(key, can);
    return can;
  };
  return saturate({
    seats: 64 * cubes,
    place(rings) {
      const slice = allocateSlice(machine, taken, { id: 'job', rings, prefer: 'rings', mayFold: options.mayFold });
      if (isRefusal(slice)) return null;
      for (const seat of slice.seats) taken[seat] = 1;
      return slice.seats;
    },
    release(seats) { for (const seat of seats) taken[seat] = 0; },
  }, { departures: options.departures, seed: options.seed, canEver });
}
