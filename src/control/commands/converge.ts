/** Intent against what a switch shows: how they differ, what tells the switch again, and what accepting the switch's word changes. */

import type { Change, CrossConnect } from '../../plan/plan.ts';
import { linksOf } from '../circuit-ports.ts';
import type { State } from '../state.ts';

type Ports = Omit<CrossConnect, 'ocs'>;

export interface CircuitDifference {
  /** Intended and not there. */
  readonly missing: readonly Ports[];
  /** There and not intended. */
  readonly extra: readonly Ports[];
}

const minus = (one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): readonly Ports[] =>
  [...one].filter(([aPort, bPort]) => other.get(aPort) !== bPort).map(([aPort, bPort]) => ({ aPort, bPort })).sort((a, b) => a.aPort - b.aPort);

const none: ReadonlyMap<number, number> = new Map();

/** Nothing differs at a switch that has not been heard. */
export function circuitDifference(state: State, ocs: number): CircuitDifference {
  const intended = state.circuits.get(ocs) ?? none;
  const observed = state.observedCircuits.get(ocs) ?? intended;
  return { missing: minus(intended, observed), extra: minus(observed, intended) };
}

/** Changes that make the intent what the switch shows: leases over circuits that it does not make let go of their light. */
export function acceptChanges(state: State, ocs: number): readonly Change[] {
  const { missing, extra } = circuitDifference(state, ocs);
  const dark = new Set<string>();
  for (const ports of missing) {
    const links = linksOf(state.plant, { ocs, ...ports });
    for (const link of links === null ? [] : [links.entering, links.leaving]) for (const id of state.leasesOfLink.get(link) ?? []) dark.add(id);
  }
  const drops = [...dark].sort().flatMap((id): readonly Change[] => {
    const grant = state.leases.get(id)?.grant ?? null;
    return grant === null ? [] : [{ kind: 'drop', grant }];
  });
  return [
    ...drops,
    ...missing.map((ports): Change => ({ kind: 'disconnect', circuit: { ocs, ...ports } })),
    ...extra.map((ports): Change => ({ kind: 'connect', circuit: { ocs, ...ports } })),
  ];
}
