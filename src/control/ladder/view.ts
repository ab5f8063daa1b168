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
  // Most questions are of links that were not judged: a byte says so sooner than a look into the table of those that were.
  const isJudged = new Uint8Array(linkCount);
  const groupOf = new Map<number, JudgedGroup>();
  for (const group of groups) forEachJudgedLink(group, (link) => {
    isJudged[link] = 1;
    groupOf.set(link, group);
  });
  const physicsGbps = (wavelength: number): number => {
    const link = wavelengthLink[wavelength] ?? 0;
    const told = isJudged[link] === 1 ? groupOf.get(link)?.gbps[wavelength - (linkWavelength[link] ?? 0)] : undefined;
    return told ?? wavelengths.physicsGbps[wavelength] ?? 0;
  };
  return remember({
    physicsGbps,
    gbps: (wavelength) => Math.min(physicsGbps(wavelength), wavelengths.rateGbps[wavelength] ?? 0),
    marginDb: (link) => (isJudged[link] === 1 ? groupOf.get(link)?.marginDb ?? -Infinity : links.marginDb[link] ?? NaN),
    judged: [...groupOf.keys()].sort((a, b) => a - b),
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
