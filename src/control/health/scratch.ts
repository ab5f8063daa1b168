/**
 * Tables of the plant's size that judging writes into, one question after another. What an earlier question left there counts for
 * nothing in a later one, so that nobody clears them: a small question costs what it touches and not what the plant holds.
 */

import type { Plant } from '../plant.ts';

export interface Scratch {
  /** By component: its place in the list of whoever looked it up last; it counts only if it is found there (P. Briggs and L. Torczon, An efficient representation for sparse sets, 1993). */
  readonly bodyPlace: Int32Array;
  /** By directed link: the last of the `turns` in which it was seen, counted in doubles, which no uptime exhausts. */
  readonly linkTurn: Float64Array;
  turns: number;
  /** By directed link: `judgedBefore` and the group in which it was judged last; less than `judgedBefore` where that was in an earlier question. */
  readonly linkGroup: Float64Array;
  judgedBefore: number;
}

const known = new WeakMap<Plant, Scratch>();

export function scratchOf(plant: Plant): Scratch {
  let scratch = known.get(plant);
  if (scratch === undefined) {
    const { componentCount, linkCount } = plant.cluster.fabric;
    scratch = { bodyPlace: new Int32Array(componentCount), linkTurn: new Float64Array(linkCount), turns: 0, linkGroup: new Float64Array(linkCount), judgedBefore: 1 };
    known.set(plant, scratch);
  }
  return scratch;
}
