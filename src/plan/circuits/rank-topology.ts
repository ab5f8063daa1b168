/**
 * Topologies that circuits make of ranks, one after another, and what an all-to-all over them puts on each circuit.
 *
 * Circuits are simplex, so a topology is a directed graph in which every rank has as many circuits out as in.
 */

import type { Dice } from '../../base/dice.ts';

/** One setting of the circuits between ranks. */
export interface RankTopology {
  readonly name: string;
  readonly ranks: number;
  readonly degree: number;
  /** Where circuit `rank * degree + port` leads; back to its own rank where the port is not used. */
  readonly target: Int32Array;
  /** Whether every rank's circuits lead equally far around the ring, so that all ranks see the same network. */
  readonly isRotation: boolean;
}

/** Port p of each rank leads `offsets[p]` ranks on, around the ring of all ranks; an offset of 0 leaves the port unused. */
export const rotations = (ranks: number, offsets: readonly number[]): RankTopology => ({
  name: `rotations by ${offsets.join(', ')}`, ranks, degree: offsets.length, isRotation: true,
  target: Int32Array.from({ length: ranks * offsets.length }, (_, at) => (Math.floor(at / offsets.length) + (offsets[at % offsets.length] ?? 0)) % ranks),
});

/** Draws of a random regular graph before giving up. */
const drawsMax = 1000;

/** Pairs the stubs of all ranks at random (configuration model, Bollobas 1980); null when a pair joins a rank to itself or repeats a link. */
function pairStubs(ranks: number, degree: number, dice: Dice): Int32Array | null {
  const stubs = Int32Array.from({ length: ranks * degree }, (_, at) => Math.floor(at / degree));
  dice.shuffle(stubs);
  const target = new Int32Array(ranks * degree).fill(-1);
  const used = new Int32Array(ranks);
  const has = (from: number, to: number): boolean => target.subarray(from * degree, from * degree + (used[from] ?? 0)).includes(to);
  const join = (from: number, to: number): void => {
    target[from * degree + (used[from] ?? 0)] = to;
    used[from] = (used[from] ?? 0) + 1;
  };
  for (let at = 0; at + 1 < stubs.length; at += 2) {
    const one = stubs[at] ?? 0;
    const other = stubs[at + 1] ?? 0;
    if (one === other || has(one, other)) return null;
    join(one, other);
    join(other, one);
  }
  return target;
}

/** A simple random regular graph, each link a circuit in both directions; null when `ranks x degree` is odd or none is found. */
export function randomRegular(ranks: number, degree: number, dice: Dice): RankTopology | null {
  if ((ranks * degree) % 2 === 1 || degree >= ranks) return null;
  for (let draw = 0; draw < drawsMax; draw++) {
    const target = pairStubs(ranks, degree, dice);
    if (target !== null) return { name: 'random regular graph', ranks, degree, target, isRotation: false };
  }
  return null;
}
