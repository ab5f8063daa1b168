/** Ways between two ranks over the circuits as they stand: the fabric's own routes, in the order of their hashes. */

import type { NodeIx } from '../../fabric/fabric.ts';
import { onwardLink } from '../circuit-ports.ts';
import type { State } from '../state.ts';

/** Hashes tried for equal-cost ways; more find nothing new on fabrics of the usual path counts. */
export const routeHashesMax = 16;
/** An odd multiplier visits different hashes; the golden ratio spreads them. */
const hashStep = 0x9e3779b1;

/** Whether light that enters a circuit switch leaves it by the next link of the route. */
export function wayIsJoined(state: State, links: readonly number[]): boolean {
  return links.every((link, at) => {
    const onward = onwardLink(state.plant, state.circuits, link);
    return onward === null || onward === links[at + 1];
  });
}

/** Distinct routes, each as directed link rows; none between a rank and itself or where nothing leads. */
export function candidateRoutes(state: State, ends: { readonly fromRank: number; readonly toRank: number }): readonly (readonly number[])[] {
  const { fabric } = state.plant.cluster;
  const from = (fabric.gpuNode[ends.fromRank] ?? -1) as NodeIx;
  const to = (fabric.gpuNode[ends.toRank] ?? -1) as NodeIx;
  if (from < 0 || to < 0 || from === to) return [];
  const into = new Int32Array(Math.max(1, fabric.routing.hopsMax));
  const found: (readonly number[])[] = [];
  for (let choice = 0; choice < routeHashesMax; choice++) {
    const hops = fabric.routing.route(from, to, Math.imul(choice, hashStep) | 0, into);
    if (hops <= 0) break;
    const isKnown = found.some((links) => links.length === hops && links.every((link, at) => link === into[at]));
    if (isKnown) continue;
    const links = Array.from(into.subarray(0, hops));
    if (wayIsJoined(state, links)) found.push(links);
  }
  return found;
}
