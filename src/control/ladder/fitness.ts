/** Which links a plan may put light on: those with margin, whose ends and way are sound and in service. */

import { healthNames } from '../fact.ts';
import type { State } from '../state.ts';
import { holdMarginDb } from '../light.ts';
import type { LightView } from './view.ts';

/** A suspect part still serves; all that is worse waits for repair or for its hold-down to pass. */
const serves: ReadonlySet<number> = new Set([healthNames.indexOf('sound'), healthNames.indexOf('suspect')]);

/** Components whose health a directed link hangs on: ports, bodies and switches at both ends, and the cable. */
export function partsOfLink(state: State, link: number): readonly number[] {
  const { fabric } = state.plant.cluster;
  const twin = fabric.linkReverse[link] ?? link;
  const parts: number[] = [];
  for (const end of [link, twin]) {
    const port = fabric.linkPort[end] ?? 0;
    parts.push(port, fabric.componentParent[port] ?? port, fabric.nodeComponent[fabric.linkSource[end] ?? 0] ?? port);
  }
  const cable = fabric.linkCable[link >> 1] ?? -1;
  return cable < 0 ? parts : [...parts, cable];
}

/** Whether any of them does not serve; the same as asking each of `partsOfLink`, without a list for each of the links that a search visits. */
function isOutOfService(state: State, link: number): boolean {
  const { fabric } = state.plant.cluster;
  const { health } = state.components;
  const isOut = (part: number): boolean => !serves.has(health[part] ?? 0);
  const isEndOut = (end: number): boolean => {
    const port = fabric.linkPort[end] ?? 0;
    return isOut(port) || isOut(fabric.componentParent[port] ?? port) || isOut(fabric.nodeComponent[fabric.linkSource[end] ?? 0] ?? port);
  };
  const cable = fabric.linkCable[link >> 1] ?? -1;
  return isEndOut(link) || isEndOut(fabric.linkReverse[link] ?? link) || (cable >= 0 && isOut(cable));
}

/** True for links on which nothing new should be put. Every link is judged once: a search asks about the same ones again and again. */
export function unfit(state: State, view: LightView): (link: number) => boolean {
  const known = new Map<number, boolean>();
  return (link) => {
    let isUnfit = known.get(link);
    if (isUnfit === undefined) {
      isUnfit = view.marginDb(link) < holdMarginDb(state, link) || isOutOfService(state, link);
      known.set(link, isUnfit);
    }
    return isUnfit;
  };
}
