/** How evenly an all-to-all loads a torus, plain or twisted, when every pair splits over all its shortest paths. */

import type { TorusTwist } from '../../fabric/families/family-design.ts';
import { createLattice, distancesFromZero } from '../../fabric/routing/offset-routing.ts';

export interface LatticeLoads {
  /** Over pairs of different places. */
  readonly meanHops: number;
  /** Flow units on the busiest directed link when every ordered pair of different places sends one unit. */
  readonly loadMax: number;
}

/**
 * Twisted tori look the same from every place, so the links of one direction all carry what one source puts on that direction.
 * Shortest paths are counted outwards and flow is gathered inwards (Brandes 2001). O(places x directions).
 */
export function latticeLoads(sizes: readonly number[], twists: readonly TorusTwist[]): LatticeLoads {
  const lattice = createLattice(sizes, twists);
  const { count, steps, neighbour } = lattice;
  const distance = distancesFromZero(lattice);
  const order = Int32Array.from({ length: count }, (_, place) => place).sort((a, b) => (distance[a] ?? 0) - (distance[b] ?? 0) || a - b);
  const paths = new Float64Array(count);
  paths[0] = 1;
  const isNext = (from: number, to: number): boolean => distance[to] === (distance[from] ?? 0) + 1;
  for (const place of order) {
    for (let step = 0; step < steps; step++) {
      const next = neighbour[place * steps + step] ?? 0;
      if (isNext(place, next)) paths[next] = (paths[next] ?? 0) + (paths[place] ?? 0);
    }
  }
  const flow = new Float64Array(count);
  const load = new Float64Array(steps);
  let hops = 0;
  for (let at = count - 1; at > 0; at--) {
    const place = order[at] ?? 0;
    hops += distance[place] ?? 0;
    flow[place] = (flow[place] ?? 0) + 1;
    const perPath = (flow[place] ?? 0) / (paths[place] ?? 1);
    for (let step = 0; step < steps; step++) {
      const previous = neighbour[place * steps + (step ^ 1)] ?? 0;
      if (!isNext(previous, place)) continue;
      const share = perPath * (paths[previous] ?? 0);
      flow[previous] = (flow[previous] ?? 0) + share;
      load[step] = (load[step] ?? 0) + share;
    }
  }
  return { meanHops: hops / (count - 1), loadMax: load.reduce((most, one) => Math.max(most, one), 0) };
}

export interface TwistChoice {
  readonly twists: readonly TorusTwist[];
  /** All-to-all throughput over the untwisted torus; at least 1. */
  readonly gain: number;
}

/** Gains below this are not worth longer rings. */
const gainMin = 1.02;

/**
 * The twist with the greatest all-to-all gain among wraps that shift other dimensions by half their length, in whole cubes: one or
 * two of the shorter dimensions twisted, as in TPU v4 (Jouppi et al., ISCA 2023, section 2.8). Ties go to the first found.
 */
export function bestTwist(sizes: readonly number[], side: number): TwistChoice {
  const plain = latticeLoads(sizes, []).loadMax;
  const half = sizes.map((size) => Math.floor(size / 2 / side) * side);
  let best: TwistChoice = { twists: [], gain: 1 };
  const dimensions = [...sizes.keys()];
  for (let pick = 1; pick < 2 ** sizes.length - 1; pick++) {
    const twisted = dimensions.filter((dimension) => ((pick >> dimension) & 1) === 1);
    const shift = dimensions.map((dimension) => (twisted.includes(dimension) ? 0 : half[dimension] ?? 0));
    if (shift.every((one) => one === 0)) continue;
    const twists = twisted.map((dimension) => ({ dimension, shift }));
    const gain = plain / latticeLoads(sizes, twists).loadMax;
    if (gain >= gainMin && gain > best.gain + 1e-9) best = { twists, gain };
  }
  return best;
}
