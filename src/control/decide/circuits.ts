/** Decides on what a circuit switch says it has: heard, compared with the intent, told again where they differ. */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { portTable } from '../circuit-ports.ts';
import { hear } from '../devices/hear.ts';
import type { Fact } from '../fact.ts';
import type { Reading } from '../reading.ts';
import type { State } from '../state.ts';

type CircuitsObserved = Extract<Reading, { kind: 'circuitsObserved' }>;

function portProblem(state: State, { device, ocs, circuits }: CircuitsObserved): Refusal | null {
  const ports = portTable(state.plant).switches.get(ocs);
  if (ports === undefined) return refuse('unknown-component', 'never', `${device} reports of component ${ocs}, which is no circuit switch.`);
  const count = ports.entering.length;
  const [usedA, usedB] = [new Set<number>(), new Set<number>()];
  for (const { aPort, bPort } of circuits) {
    const strange = [aPort, bPort].find((port) => !Number.isInteger(port) || port < 0 || port >= count);
    if (strange !== undefined) return refuse('unknown-port', 'never', `${device} reports port ${strange}; the switch has ports 0 to ${count - 1}.`);
    if (usedA.has(aPort) || usedB.has(bPort)) return refuse('impossible-circuits', 'never', `${device} reports ${aPort} to ${bPort} beside another circuit on one of these ports.`);
    usedA.add(aPort);
    usedB.add(bPort);
  }
  return null;
}

export function decideCircuitsObserved(state: State, _atNs: number, reading: CircuitsObserved): readonly Fact[] {
  const { device, sequence, ocs, circuits } = reading;
  const heard = hear(state, { device, sequence, problem: portProblem(state, reading) });
  return heard.counts ? [...heard.facts, { kind: 'circuitsObserved', ocs, circuits }] : heard.facts;
}
