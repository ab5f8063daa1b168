/** The light as a plan must see it: the state's, with links that physics judges anew, which no fact has told the state yet. */

import type { JudgedGroup } from '../fact.ts';
import { forEachJudgedLink } from '../light.ts';
import type { State } from '../state.ts';

export interface LightView {
  /** What a wavelength can carry: the lesser of physics and orders. */
  gbps(wavelength: number): number;
  /** The same without the order that lowered it, for a wavelength that could be brought back. */
  physicsGbps(wavelength: number): number;
  marginDb(link: number): number;
  /** Directed links that were judged anew, ascending. */
  readonly judged: readonly number[];
}

/**
 * Links on which a view's light may differ from the state's, by the function that tells it: a view that tells its light otherwise has
 * another function, and so nobody is told the wrong thing of it.
 */
const differing = new WeakMap<LightView['gbps'], Uint8Array>();
const nowhere = new Uint8Array(0);

/** A byte per link that is 1 where the view's light may differ from the state's, empty where it differs nowhere; `null` where that is not known. */
export const differs = ({ gbps }: LightView): Uint8Array | null => differing.get(gbps) ?? null;

const remember = (view: LightView, links: Uint8Array): LightView => {
  differing.set(view.gbps, links);
  return view;
};

/** The state's own light. */
function plainView({ wavelengths, links }: State): LightView {
  return remember({
    physicsGbps: (wavelength) => wavelengths.physicsGbps[wavelength] ?? 0,
    gbps: (wavelength) => Math.min(wavelengths.physicsGbps[wavelength] ?? 0, wavelengths.rateGbps[wavelength] ?? 0),
    marginDb: (link) => links.marginDb[link] ?? NaN,
    judged: [],
  }, nowhere);
}

export function viewWith(state: State, groups: readonly JudgedGroup[]): LightView {
  if (groups.length === 0) return plainView(state);
  const { wavelengths, links, plant: { cluster: { fabric: { linkCount, linkWavelength, wavelengthLink } } } } = state;
  const isJudged = new Uint8Array(linkCount);
  // The place of a link's group counted from 1, and 0 for the many links that were not judged.
  const placeOf = new Int32Array(linkCount);
  const judged: number[] = [];
  groups.forEach((group, at) => forEachJudgedLink(group, (link) => {
    if (placeOf[link] === 0) judged.push(link);
    isJudged[link] = 1;
    placeOf[link] = at + 1;
  }));
  const physicsGbps = (wavelength: number): number => {
    const link = wavelengthLink[wavelength] ?? 0;
    const place = placeOf[link] ?? 0;
    const told = place === 0 ? undefined : groups[place - 1]?.gbps[wavelength - (linkWavelength[link] ?? 0)];
    return told ?? wavelengths.physicsGbps[wavelength] ?? 0;
  };
  return remember({
    physicsGbps,
    gbps: (wavelength) => Math.min(physicsGbps(wavelength), wavelengths.rateGbps[wavelength] ?? 0),
    marginDb: (link) => (isJudged[link] === 1 ? groups[(placeOf[link] ?? 0) - 1]?.marginDb ?? -Infinity : links.marginDb[link] ?? NaN),
    judged: judged.sort((a, b) => a - b),
  }, isJudged);
}

/** A view in which some wavelengths are told to carry less. */
export function viewDerated({ plant: { cluster: { fabric } } }: State, view: LightView, rates: ReadonlyMap<number, number>): LightView {
  const derated: LightView = { ...view, gbps: (wavelength) => Math.min(view.physicsGbps(wavelength), rates.get(wavelength) ?? view.gbps(wavelength)) };
  const before = differs(view);
  if (before === null) return derated;
  const links = before.length === 0 ? new Uint8Array(fabric.linkCount) : before.slice();
  for (const wavelength of rates.keys()) links[fabric.wavelengthLink[wavelength] ?? 0] = 1;
  return remember(derated, links);
}
