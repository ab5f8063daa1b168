/** Whose light a receiving lane hears: back along its link, and through a circuit switch as its mirrors stand. */

import type { EmulatedFabric } from '../../sim/devices/emulated-fabric.ts';

/** The lane that sends what `lane` receives; -1 where nobody does. */
export function sendingLane({ lanes, laneOfLink, switchOfLink, portOfLink, switches, linkInto }: EmulatedFabric, lane: number): number {
  const rxLink = lanes.rxLink[lane] ?? -1;
  if (rxLink < 0) return -1;
  const at = switchOfLink[rxLink] ?? -1;
  const from = at < 0 ? rxLink : linkInto[at]?.[switches[at]?.lit.indexOf(portOfLink[rxLink] ?? -1) ?? -1] ?? -1;
  const first = from < 0 ? -1 : laneOfLink[from] ?? -1;
  return first < 0 ? -1 : first + (lanes.position[lane] ?? 0);
}
