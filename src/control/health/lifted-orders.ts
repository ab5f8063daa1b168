/** Orders that lowered light, lifted again when every part on the way is sound. */

import type { Change } from '../../plan/plan.ts';
import { healthNames } from '../fact.ts';
import { partsOfLink } from '../ladder/fitness.ts';
import type { State } from '../state.ts';

/** Lasers that light a link in both directions, with their sources. */
function lasersOf({ plant: { cluster: { fabric } } }: State, link: number): readonly number[] {
  const lasers = new Set<number>();
  for (const end of [link, fabric.linkReverse[link] ?? link]) {
    for (let row = fabric.linkWavelength[end] ?? 0; row < (fabric.linkWavelength[end + 1] ?? 0); row++) {
      const laser = fabric.wavelengthLaser[row] ?? -1;
      if (laser >= 0) lasers.add(laser).add(fabric.componentParent[laser] ?? laser);
    }
  }
  return [...lasers];
}

/**
 * Changes that bring wavelengths told less than their design back to it, on links whose every part is sound once `returned` are. An
 * order that its device did not take back the first time is among them again.
 */
export function liftedOrders(state: State, returned: ReadonlySet<number>): readonly Change[] {
  const { fabric } = state.plant.cluster;
  const isSound = (part: number): boolean => returned.has(part) || healthNames[state.components.health[part] ?? 0] === 'sound';
  const fit = new Map<number, boolean>();
  const isFit = (link: number): boolean => {
    let known = fit.get(link);
    if (known === undefined) fit.set(link, (known = [...partsOfLink(state, link), ...lasersOf(state, link)].every(isSound)));
    return known;
  };
  return [...state.lowered].sort((a, b) => a - b).filter((wavelength) => isFit(fabric.wavelengthLink[wavelength] ?? 0)).map((wavelength): Change =>
    ({ kind: 'setRate', wavelength, fromGbps: state.wavelengths.rateGbps[wavelength] ?? 0, toGbps: fabric.wavelengthRateGbps[wavelength] ?? 0 }));
}
