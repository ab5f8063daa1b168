/**
 * Over which ways a lease that a fault has cut may grow again: those by which the policy's ladder lets leases answer faults.
 *
 * Growing onto other wavelengths of a link that has lost some is rung `spare` by another name, and growing over other links is rung
 * `reroute`. With a rung switched off, growth waits until the link carries its design again. A lease that is short for want of room
 * grows wherever there is some, and so does one that waits with nothing.
 */

import { wavelengthGbps } from '../light.ts';
import type { Lease, State } from '../state.ts';

/** Whether some wavelength of a link carries less than its design, by physics or by order. */
function hasLostLight(state: State, link: number): boolean {
  const { linkWavelength, wavelengthRateGbps } = state.plant.cluster.fabric;
  for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) if (wavelengthGbps(state, row) < (wavelengthRateGbps[row] ?? 0)) return true;
  return false;
}

const isSame = (one: readonly number[], other: readonly number[]): boolean => one.length === other.length && one.every((link, at) => link === other[at]);

/** Which ways may be used; `null` where all may. */
export function growthWays(state: State, { grant }: Pick<Lease, 'grant'>): ((links: readonly number[]) => boolean) | null {
  if (grant === null) return null;
  const isOff = (name: 'spare' | 'reroute'): boolean => !state.policy.ladder.some(({ rung, enabled }) => rung === name && enabled);
  const [spareOff, rerouteOff] = [isOff('spare'), isOff('reroute')];
  if (!spareOff && !rerouteOff) return null;
  const cut = grant.paths.filter(({ links }) => links.some((link) => hasLostLight(state, link)));
  if (cut.length === 0) return null;
  return (links) => {
    const own = grant.paths.find((path) => isSame(path.links, links));
    if (own === undefined) return !rerouteOff;
    // Light that is shared has no spare: what comes free on a link is for all who share it.
    return !spareOff || !cut.includes(own) || own.wavelengths.every((rows) => rows.length === 0);
  };
}
