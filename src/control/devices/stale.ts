/**
 * Telemetry that has stopped: a device that has said nothing for as long as the policy allows counts as stale, which is an alarm and a
 * doubt of what its margins are, and no reason to plan anew.
 *
 * Its next message ends that, and after it the whole time has to pass again. A device that is known to be silent or lying is no case
 * of this, and circuit switches, which speak only when something changes, neither.
 */

import { refuse } from '../../base/refusal.ts';
import type { Refusal } from '../../base/refusal.ts';
import { deviceOf } from '../commands/stages.ts';
import { portTable } from '../circuit-ports.ts';
import { deviceName, spanText } from '../explain/name-parts.ts';
import type { Fact } from '../fact.ts';
import type { Plant } from '../plant.ts';
import type { State } from '../state.ts';
import { quietForNs, unheardAt } from './unheard.ts';

/** Names of circuit switches, by plant: they follow from it alone. */
const switches = new WeakMap<Plant, ReadonlySet<string>>();

function switchNames(plant: Plant): ReadonlySet<string> {
  let names = switches.get(plant);
  if (names === undefined) switches.set(plant, (names = new Set([...portTable(plant).switches.keys()].map((ocs) => deviceOf(plant, ocs)))));
  return names;
}

/** At a tick: devices whose last word is too long ago. */
export function decideStale(state: State, atNs: number): readonly Fact[] {
  const sinceNs = atNs - state.policy.health.telemetryStaleNs;
  const quiet = switchNames(state.plant);
  const facts: Fact[] = [];
  for (const [device, known] of state.devices) {
    if (known.link !== 'up' || known.atNs > sinceNs || quiet.has(device)) continue;
    facts.push({ kind: 'deviceHeard', device, sequence: known.sequence, link: 'stale', missed: 0, strikes: known.strikes });
  }
  return facts;
}

/** Why the margin of some links is not known by now: the first device at an end of theirs that is stale or silent, and since when; `null` where all speak. */
export function marginDoubt(state: State, links: readonly number[]): Refusal | null {
  if (state.devices.size === 0) return null;
  const { linkReverse } = state.plant.cluster.fabric;
  for (const link of links) {
    const [device] = unheardAt(state, [linkReverse[link] ?? link]);
    if (device !== undefined) return refuse('stale-telemetry', 'wait', `${deviceName(device)} has not been heard for ${spanText(quietForNs(state, device))}: its margins are what they were then.`);
  }
  return null;
}
