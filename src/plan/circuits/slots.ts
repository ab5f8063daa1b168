/** A schedule of matchings: the switch holds each for its duration, and every port goes dark before each. */

import type { CircuitDemand } from './circuit-demand.ts';

/** One setting of the switch. */
export interface CircuitSlot {
  /** Output of each input, -1 where the input has no circuit. */
  readonly output: Int32Array;
  /** How long the circuits are lit, after the dark time. */
  readonly durationNs: number;
}

/** Dark time and light of all slots. */
export const makespanOf = (slots: readonly CircuitSlot[], darkNs: number): number =>
  slots.reduce((sum, { durationNs }) => sum + durationNs + darkNs, 0);

/** Demand below this share of the largest entry counts as rounding, not as demand. */
const roundingShare = 1e-12;

/** What the slots leave unserved, in all; rounding apart this is 0 for a schedule. */
export function unservedNs({ ports, needNs }: CircuitDemand, slots: readonly CircuitSlot[]): number {
  const rest = needNs.slice();
  for (const { output, durationNs } of slots) {
    output.forEach((to, input) => {
      if (to < 0) return;
      const at = input * ports + to;
      rest[at] = Math.max(0, (rest[at] ?? 0) - durationNs);
    });
  }
  return rest.reduce((sum, need) => sum + need, 0);
}

/** The amount below which a rest is rounding. */
export const roundingNs = ({ needNs }: CircuitDemand): number => needNs.reduce((most, need) => Math.max(most, need), 0) * roundingShare;
