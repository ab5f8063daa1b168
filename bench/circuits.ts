/** Speed of circuit schedules at a dark time of 1 %, of sequences for an all-to-all, and of changes from one set of circuits to another. */

import type { CircuitDemand } from '../src/plan/circuits/circuit-demand.ts';
import { createDice } from '../src/base/dice.ts';
import { isRefusal } from '../src/base/refusal.ts';
import { planCrossConnects } from '../src/plan/circuits/cross-connects.ts';
import { exchangeMenu } from '../src/plan/circuits/exchange-plan.ts';
import { scheduleParallelCircuits } from '../src/plan/circuits/parallel-switches.ts';
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

const parallelBench = (): (() => number) => {
  const demand = sparseMixedDemand(64, 1);
  const options = { darkNs, switches: 4 };
  const { makespanNs, boundNs } = scheduleParallelCircuits(demand, options);
  if (makespanNs > 1.15 * boundNs) throw new Error(`a schedule of ${makespanNs} ns over a bound of ${boundNs} ns`);
  return () => scheduleParallelCircuits(demand, options).makespanNs;
};

const menuBench = (): (() => number) => {
  const run = (): number => exchangeMenu({ ranks: 64, degree: 4 }, createDice(1)).length;
  if (run() !== 6) throw new Error('a sequence of the menu is missing');
  return run;
};

/** All 136 circuits of a switch turned by one port: a single closed chain. */
const crossConnectBench = (): (() => number) => {
  const current = Array.from({ length: 136 }, (_, port) => ({ ocs: 0, aPort: port, bPort: port }));
  const target = current.map(({ aPort }) => ({ ocs: 0, aPort, bPort: (aPort + 1) % 136 }));
  return () => {
    const plan = planCrossConnects(current, target);
    if (isRefusal(plan) || plan.changes.length !== 272) throw new Error('each circuit is removed once and created once');
    return plan.changes.length;
  };
};

export const circuitBenches: readonly Bench[] = [
  { name: 'circuit schedule, 64 ports, 4 large and 12 small flows each, 1 % dark', goalMs: 50, prepare: scheduleBench(sparseMixedDemand(64, 1), 1.15) },
  { name: 'circuit schedule, 64 ports, expert all-to-all, 1 % dark', goalMs: 50, prepare: scheduleBench(expertDemand(64, 1), 1.1) },
  { name: 'circuit schedule, 64 ports on 4 switches, 1 % dark', goalMs: null, prepare: parallelBench },
  { name: 'all-to-all sequences of 64 ranks of degree 4, searched once', goalMs: null, prepare: menuBench },
  { name: 'changes of all 136 circuits of a switch', goalMs: 20, prepare: crossConnectBench },
];
