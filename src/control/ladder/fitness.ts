/** Which links a plan may put light on: those with margin, whose ends and way are sound and in service. */

import { healthNames } from '../fact.ts';
import type { State } from '../state.ts';
import { isThin } from '../light.ts';
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

/** The other way round: directed links that have a part among theirs, as often as they have it. */
function linksOfPart({ plant }: State, part: number): readonly number[] {
  const { fabric } = plant.cluster;
  const links: number[] = [];
  const both = (link: number): void => void links.push(link, fabric.linkReverse[link] ?? link);
  const own = plant.linkOfPort[part] ?? -1;
  if (own >= 0) both(own);
  for (const link of plant.linksOfBody(part)) both(link);
  const node = plant.nodeOfComponent.get(part) ?? -1;
  if (node >= 0) for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) both(fabric.outLink[edge] ?? 0);
  const cable = plant.cableOfComponent.get(part) ?? -1;
  if (cable >= 0) links.push(2 * cable, 2 * cable + 1);
  return links;
}

/** True for links on which nothing new should be put. */
export function unfit(state: State, view: LightView): (link: number) => boolean {
  const { partsOut } = state.links;
  return (link) => (partsOut[link] ?? 0) > 0 || isThin(state, link, view.marginDb(link));
}

/** True for links with light on which something new may be put; each is looked at once, when it is first asked about. */
export function usable(state: State, view: LightView): (link: number) => boolean {
  const { linkCount, linkWavelength } = state.plant.cluster.fabric;
  const isUnfit = unfit(state, view);
  // By link: 0 not asked yet, 1 usable, 2 not.
  const known = new Uint8Array(linkCount);
  return (link) => {
    if (known[link] === 0) {
      let isLit = false;
      for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0) && !isLit; row++) isLit = view.gbps(row) > 0;
      known[link] = isLit && !isUnfit(link) ? 1 : 2;
    }
    return known[link] === 1;
  };
}

/** Counts a part among those of its links that are out of service, or no longer, when its health crosses from serving to not. */
export function noteService(state: State, part: number, { from, to }: { readonly from: number; readonly to: number }): void {
  if (serves.has(from) === serves.has(to)) return;
  const delta = serves.has(to) ? -1 : 1;
  const { partsOut } = state.links;
  for (const link of linksOfPart(state, part)) partsOut[link] = (partsOut[link] ?? 0) + delta;
}
