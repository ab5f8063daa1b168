/** The light as a plan must see it: the state's, with links that physics judges anew, which no fact has told the state yet. */

import type { JudgedGroup } from '../fact.ts';
import { forEachJudgedLink } from '../light.ts';
import type { State } from '../state.ts';

export interface LightView {
  /** What a wavelength can carry: the lesser of physics and orders. */
  gbps(wavelength: number): number;
  /** The same without the order that lowered it, for a wavelength that could be brought back. */
  physicsGbps(wavelength: number): number;
  /** What the wavelengths of a directed link that nobody holds alone can carry, added up in their order. */
  poolGbps(link: number): number;
  marginDb(link: number): number;
  /** Directed links that were judged anew, ascending. */
  readonly judged: readonly number[];
}

/** A view whose wavelengths carry what `gbps` says, which may change as it is asked. */
export function viewTold({ wavelengths: { holder }, plant: { cluster: { fabric: { linkWavelength } } } }: State, view: LightView, gbps: LightView['gbps']): LightView {
  return {
    ...view, gbps,
    poolGbps(link) {
      let sum = 0;
      for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) if ((holder[row] ?? -1) < 0) sum += gbps(row);
      return sum;
    },
  };
}

/** The state's own light. */
const plainView = ({ wavelengths, links }: State): LightView => ({
  physicsGbps: (wavelength) => wavelengths.physicsGbps[wavelength] ?? 0,
  gbps: (wavelength) => Math.min(wavelengths.physicsGbps[wavelength] ?? 0, wavelengths.rateGbps[wavelength] ?? 0),
  poolGbps: (link) => links.poolGbps[link] ?? 0,
  marginDb: (link) => links.marginDb[link] ?? NaN,
  judged: [],
});

export function viewWith(state: State, groups: readonly JudgedGroup[]): LightView {
  if (groups.length === 0) return plainView(state);
  const { wavelengths: { holder, physicsGbps: physicsNow, rateGbps }, links, plant: { cluster: { fabric: { linkCount, linkWavelength, wavelengthLink } } } } = state;
  // The place of a link's group counted from 1, and 0 for the many links that were not judged.
  const placeOf = new Int32Array(linkCount);
  const judged: number[] = [];
  groups.forEach((group, at) => forEachJudgedLink(group, (link) => {
    if (placeOf[link] === 0) judged.push(link);
    placeOf[link] = at + 1;
  }));
  const margins = Float64Array.from(groups, ({ marginDb }) => marginDb ?? -Infinity);
  const physicsGbps = (wavelength: number): number => {
    const link = wavelengthLink[wavelength] ?? 0;
    const place = placeOf[link] ?? 0;
    const told = place === 0 ? undefined : groups[place - 1]?.gbps[wavelength - (linkWavelength[link] ?? 0)];
    return told ?? physicsNow[wavelength] ?? 0;
  };
  return {
    physicsGbps,
    gbps: (wavelength) => Math.min(physicsGbps(wavelength), rateGbps[wavelength] ?? 0),
    poolGbps(link) {
      const gbps = groups[(placeOf[link] ?? 0) - 1]?.gbps;
      if (gbps === undefined) return links.poolGbps[link] ?? 0;
      const first = linkWavelength[link] ?? 0;
      const count = (linkWavelength[link + 1] ?? 0) - first;
      let sum = 0;
      for (let at = 0; at < count; at++) if ((holder[first + at] ?? -1) < 0) sum += Math.min(gbps[at] ?? physicsNow[first + at] ?? 0, rateGbps[first + at] ?? 0);
      return sum;
    },
    marginDb: (link) => ((placeOf[link] ?? 0) === 0 ? links.marginDb[link] ?? NaN : margins[(placeOf[link] ?? 0) - 1] ?? -Infinity),
    judged: judged.sort((a, b) => a - b),
  };
}

/** A view in which some wavelengths are told to carry less. */
export function viewDerated(state: State, view: LightView, rates: ReadonlyMap<number, number>): LightView {
  const { wavelengthLink } = state.plant.cluster.fabric;
  const derated = viewTold(state, view, (wavelength) => Math.min(view.physicsGbps(wavelength), rates.get(wavelength) ?? view.gbps(wavelength)));
  const links = new Set<number>();
  for (const wavelength of rates.keys()) links.add(wavelengthLink[wavelength] ?? 0);
  return { ...derated, poolGbps: (link) => (links.has(link) ? derated : view).poolGbps(link) };
}
