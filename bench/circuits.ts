/** Speed of circuit schedules: 64 ports of sparse mixed traffic and of expert traffic at a dark time of 1 %. */

import type { CircuitDemand } from '../src/plan/circuits/circuit-demand.ts';
import { scheduleCircuits } from '../src/plan/circuits/schedule-circuits.ts';
import { unservedNs } from '../src/plan/circuits/slots.ts';
import { expertDemand, sparseMixedDemand, unitNs } from '../test/plan/circuits/workloads.ts';
import type { Bench } from './measure.ts';

const darkNs = 0.01 * unitNs;

/** Schedules the demand each time it runs, once before that to see that all of it is served within `ratioMax` of the bound. */
const scheduleBench = (demand: CircuitDemand, ratioMax: number) => (): (() => number) => {
  const { slots, makespanNs, boundNs } = scheduleCircuits(demand, { darkNs });
  if (unservedNs(demand, slots) > 1e-6 * unitNs || makespanNs > ratioMax * boundNs) throw new Error(`a schedule of ${makespanNs} ns over a bound of ${boundNs} ns`);
  return () => scheduleCircuits(demand, { darkNs }).makespanNs;
};

export const circuitBenches: readonly Bench[] = [
  { name: 'circuit schedule, 64 ports, 4 large and 12 small flows each, 1 % dark', goalMs: 50, prepare: scheduleBench(sparseMixedDemand(64, 1), 1.15) },
  { name: 'circuit schedule, 64 ports, expert all-to-all, 1 % dark', goalMs: 50, prepare: scheduleBench(expertDemand(64, 1), 1.1) },
];
