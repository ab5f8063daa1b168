/** Walks a lattice place by place: dimension order on plain tori, shortest paths on twisted ones. */

import type { TorusTwist } from '../families/family-design.ts';
import type { RankRoute } from '../families/plan.ts';
import type { Lattice } from './offset-routing.ts';
import { createOffset, distancesFromZero } from './offset-routing.ts';

/** Appends the links of one step (2 * dimension + 0 forward or 1 backward) from a place and returns the new length. */
export type AppendStep = (place: number, step: number, into: Int32Array, at: number) => number;

export interface LatticeWalk {
  readonly lattice: Lattice;
  readonly twists: readonly TorusTwist[];
  /** Rank of place 0. */
  readonly firstRank: number;
  readonly appendStep: AppendStep;
}

/** Dimension order, the shorter way round, forward on a tie. */
function dimensionOrder({ lattice, firstRank, appendStep }: LatticeWalk): RankRoute {
  const { sizes, stride, steps, neighbour } = lattice;
  return (from, to, _flowHash, into, at) => {
    let here = from - firstRank;
    const target = to - firstRank;
    let next = at;
    for (let dimension = 0; dimension < sizes.length; dimension++) {
      const size = sizes[dimension] ?? 1;
      const step = stride[dimension] ?? 1;
      const forward = ((Math.floor(target / step) % size) - (Math.floor(here / step) % size) + size) % size;
      const isForward = forward <= size - forward;
      for (let hops = isForward ? forward : size - forward; hops > 0; hops--) {
        const move = 2 * dimension + (isForward ? 0 : 1);
        next = appendStep(here, move, into, next);
        here = neighbour[here * steps + move] ?? 0;
      }
    }
    return next;
  };
}

/** Any step that comes nearer; the flow's hash says which is tried first, so that equal paths share the load. */
function shortest({ lattice, twists, firstRank, appendStep }: LatticeWalk): RankRoute {
  const distance = distancesFromZero(lattice);
  const offset = createOffset(lattice, twists);
  return (from, to, flowHash, into, at) => {
    let here = from - firstRank;
    const target = to - firstRank;
    let next = at;
    while (here !== target) {
      const left = distance[offset(here, target)] ?? 0;
      let moved = false;
      for (let turn = 0; turn < lattice.steps && !moved; turn++) {
        const step = (turn + (flowHash >>> 0)) % lattice.steps;
        const there = lattice.neighbour[here * lattice.steps + step] ?? 0;
        if (there === here || (distance[offset(there, target)] ?? left) >= left) continue;
        next = appendStep(here, step, into, next);
        here = there;
        moved = true;
      }
      if (!moved) return -1;
    }
    return next;
  };
}

export const latticeRoute = (walk: LatticeWalk): RankRoute => (walk.twists.length === 0 ? dimensionOrder(walk) : shortest(walk));

export const latticeRoutingName = (twists: readonly TorusTwist[]): string => (twists.length === 0 ? 'dimension order' : 'shortest on a twisted torus');

/** Hops between the two places that are farthest apart. */
export const latticeDiameter = (lattice: Lattice, twists: readonly TorusTwist[]): number =>
  twists.length === 0 ? lattice.sizes.reduce((sum, size) => sum + Math.floor(size / 2), 0) : distancesFromZero(lattice).reduce((most, hops) => Math.max(most, hops), 0);
