/** Twists of a torus: which wraps to shift so that an all-to-all loads the links most evenly. */

import type { TorusTwist } from '../../fabric/families/family-design.ts';
import { createLattice } from '../../fabric/routing/offset-routing.ts';
import { allToAllLoads } from './cayley-loads.ts';

/** Flow units on the busiest directed link of a torus, plain or twisted, when every ordered pair of different places sends one unit. */
export function torusLoadMax(sizes: readonly number[], twists: readonly TorusTwist[]): number {
  const { count, steps, neighbour } = createLattice(sizes, twists);
  return allToAllLoads({ count, steps, next: neighbour, previous: neighbour.map((_, at) => neighbour[at ^ 1] ?? 0) }).loadMax;
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
  const plain = torusLoadMax(sizes, []);
  const half = sizes.map((size) => Math.floor(size / 2 / side) * side);
  let best: TwistChoice = { twists: [], gain: 1 };
  const dimensions = [...sizes.keys()];
  for (let pick = 1; pick < 2 ** sizes.length - 1; pick++) {
    const twisted = dimensions.filter((dimension) => ((pick >> dimension) & 1) === 1);
    const shift = dimensions.map((dimension) => (twisted.includes(dimension) ? 0 : half[dimension] ?? 0));
    if (shift.every((one) => one === 0)) continue;
    const twists = twisted.map((dimension) => ({ dimension, shift }));
    const gain = plain / torusLoadMax(sizes, twists);
    if (gain >= gainMin && gain > best.gain + 1e-9) best = { twists, gain };
  }
  return best;
}
