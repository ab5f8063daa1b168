/** The three simple schedulers of the `ocs-parallel` rows: even split and greedy, decompose and longest first, the same and equalise. */

import type { CircuitDemand } from '../../../src/plan/circuits/circuit-demand.ts';
import { circuitDemand } from '../../../src/plan/circuits/circuit-demand.ts';
import type { CircuitSlot } from '../../../src/plan/circuits/slots.ts';
import { makespanOf } from '../../../src/plan/circuits/slots.ts';
import { greedyEclipseLike, maxWeightHold } from './baseline-schedulers.ts';

/** Makespan on several switches, ns. */
export type ParallelBaseline = (demand: CircuitDemand, options: { readonly darkNs: number; readonly switches: number }) => number;

/** Each switch serves an equal part of every entry by the Eclipse-like greedy. */
export const splitEvenlyGreedy: ParallelBaseline = ({ ports, needNs }, { darkNs, switches }) => {
  const part = circuitDemand(ports, needNs.map((need) => need / switches));
  return makespanOf(greedyEclipseLike(part, darkNs), darkNs);
};

function longestFirst(slots: readonly CircuitSlot[], switches: number, darkNs: number): number[] {
  const ends = new Array<number>(switches).fill(0);
  for (const durationNs of slots.map((slot) => slot.durationNs).sort((one, other) => other - one)) {
    const least = ends.indexOf(Math.min(...ends));
    ends[least] = (ends[least] ?? 0) + durationNs + darkNs;
  }
  return ends;
}

/** Heaviest matchings held until done, longest first to the switch that ends earliest. */
export const decomposeLongestFirst: ParallelBaseline = (demand, { darkNs, switches }) => Math.max(...longestFirst(maxWeightHold(demand, darkNs), switches, darkNs));

/** The same, then the last switch hands part of a slot to the first for one dark time more, while that helps. */
export const decomposeEqualise: ParallelBaseline = (demand, { darkNs, switches }) => {
  const ends = longestFirst(maxWeightHold(demand, darkNs), switches, darkNs);
  for (let round = 0; round < 100; round++) {
    const last = ends.indexOf(Math.max(...ends));
    const first = ends.indexOf(Math.min(...ends));
    const move = ((ends[last] ?? 0) - (ends[first] ?? 0) - darkNs) / 2;
    if (move <= 0) break;
    ends[last] = (ends[last] ?? 0) - move;
    ends[first] = (ends[first] ?? 0) + move + darkNs;
  }
  return Math.max(...ends);
};
