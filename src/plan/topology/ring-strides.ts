/**
 * Rings of a job as strides: ring k joins place i with i + s_k modulo n, one port out and one in per place, and every stride is
 * co-prime with n so that it is one ring through all places (TotientPerms of TopoOpt, Wang et al., NSDI 2023, section 4.2).
 */

import type { AllToAllLoads, CayleyGraph } from './cayley-loads.ts';
import { allToAllLoads } from './cayley-loads.ts';

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The directed graph of the strides. */
export function strideGraph(places: number, strides: readonly number[]): CayleyGraph {
  const steps = strides.length;
  const next = new Int32Array(places * steps);
  const previous = new Int32Array(places * steps);
  for (let place = 0; place < places; place++) {
    strides.forEach((stride, step) => {
      next[place * steps + step] = (place + stride) % places;
      previous[place * steps + step] = (place - (stride % places) + places) % places;
    });
  }
  return { count: places, steps, next, previous };
}

/**
 * Fewest strides that sum to each offset, as the strides taken in rising order: the coin change problem on a circle, which gives
 * every place its routes at once (CoinChangeMod of TopoOpt, section 4.3). Offset 0 takes none.
 */
export function coinChange(places: number, strides: readonly number[]): readonly (readonly number[])[] {
  const coins: (readonly number[] | undefined)[] = new Array<readonly number[] | undefined>(places).fill(undefined);
  coins[0] = [];
  const queue = [0];
  for (let read = 0; read < queue.length; read++) {
    const offset = queue[read] ?? 0;
    for (const stride of strides) {
      const there = (offset + stride) % places;
      if (coins[there] !== undefined) continue;
      coins[there] = [...(coins[offset] ?? []), stride].sort((a, b) => a - b);
      queue.push(there);
    }
  }
  return coins.map((way, offset) => {
    if (way === undefined) throw new RangeError(`offset ${offset} is no sum of ${strides.join(', ')} modulo ${places}`);
    return way;
  });
}

export interface StrideChoice {
  /** Rising, the first is 1. */
  readonly strides: readonly number[];
  readonly loads: AllToAllLoads;
}

/** Strides weighed per ring, spread evenly when more are co-prime with n. */
export const strideCandidatesMax = 192;
const exchangeRoundsMax = 4;

const isBetter = (one: AllToAllLoads, other: AllToAllLoads): boolean =>
  one.loadMax < other.loadMax - 1e-9 || (one.loadMax < other.loadMax + 1e-9 && one.diameter < other.diameter);

/**
 * `rings` strides that load the busiest link of an all-to-all least, then have the shortest diameter: ring by ring, then exchanged
 * one at a time while that helps. O(rings^2 x candidates x n) a round. Needs at least 2 places; fewer rings come back where
 * fewer strides exist.
 */
export function chooseStrides(places: number, rings: number): StrideChoice {
  const coprime = Array.from({ length: Math.max(0, places - 2) }, (_, at) => at + 2).filter((stride) => gcd(stride, places) === 1);
  const every = Math.max(1, coprime.length / strideCandidatesMax);
  const candidates = Array.from({ length: Math.min(coprime.length, strideCandidatesMax) }, (_, at) => coprime[Math.floor(at * every)] ?? 1);
  const weigh = (strides: readonly number[]): StrideChoice => ({ strides, loads: allToAllLoads(strideGraph(places, strides)) });
  const bestWith = (kept: readonly number[], start: StrideChoice | null): StrideChoice | null => {
    let best = start;
    for (const stride of candidates) {
      if (kept.includes(stride)) continue;
      const found = weigh([...kept, stride].sort((a, b) => a - b));
      if (best === null || isBetter(found.loads, best.loads)) best = found;
    }
    return best;
  };
  let chosen = weigh([1]);
  while (chosen.strides.length < rings) {
    const wider = bestWith(chosen.strides, null);
    if (wider === null) break;
    chosen = wider;
  }
  for (let round = 0; round < exchangeRoundsMax; round++) {
    const before = chosen;
    for (const stride of before.strides.slice(1)) chosen = bestWith(chosen.strides.filter((other) => other !== stride), chosen) ?? chosen;
    if (chosen === before) break;
  }
  return chosen;
}
