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

export function viewWith(state: State, groups: readonly JudgedGroup[]): LightView {
  const { fabric } = state.plant.cluster;
  const physics = new Map<number, number>();
  const margins = new Map<number, number>();
  for (const group of groups) {
    forEachJudgedLink(group, (link) => {
      const first = fabric.linkWavelength[link] ?? 0;
      margins.set(link, group.marginDb ?? -Infinity);
      group.gbps.forEach((rate, row) => physics.set(first + row, rate));
    });
  }
  const physicsGbps = (wavelength: number): number => physics.get(wavelength) ?? state.wavelengths.physicsGbps[wavelength] ?? 0;
  return {
    physicsGbps,
    gbps: (wavelength) => Math.min(physicsGbps(wavelength), state.wavelengths.rateGbps[wavelength] ?? 0),
    marginDb: (link) => margins.get(link) ?? state.links.marginDb[link] ?? NaN,
    judged: [...margins.keys()].sort((a, b) => a - b),
  };
}

/** A view in which some wavelengths are told to carry less. */
export function viewDerated(view: LightView, rates: ReadonlyMap<number, number>): LightView {
  return { ...view, gbps: (wavelength) => Math.min(view.physicsGbps(wavelength), rates.get(wavelength) ?? view.gbps(wavelength)) };
}
