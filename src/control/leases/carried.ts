/** Whether what is granted can be had: a way that leads from rank to rank over the circuits as they stand, with the light that the grant counts on. */

import { nodeKinds } from '../../fabric/fabric.ts';
import type { Grant, GrantPath } from '../../plan/plan.ts';
import { onwardLink } from '../circuit-ports.ts';
import { wavelengthGbps } from '../light.ts';
import type { LeaseRequest } from '../reading.ts';
import type { State } from '../state.ts';

/** Calendars count whole kb/s: as many leases as share a link may be off by that. */
export const slackGbps = 1e-4;

const ocsKind = nodeKinds.indexOf('ocs');

/** Why a path does not lead from the first rank of a request to its last over the circuits as they stand; `null` when it does. */
export function routeProblem({ plant, circuits }: State, { fromRank, toRank }: LeaseRequest, links: readonly number[]): string | null {
  const { gpuNode, linkSource, linkTarget, nodeKind } = plant.cluster.fabric;
  let node = gpuNode[fromRank] ?? -1;
  for (let at = 0; at < links.length; at++) {
    const link = links[at] ?? -1;
    if (linkSource[link] !== node) return `does not reach link ${link}`;
    node = linkTarget[link] ?? -1;
    // Only a circuit switch sends light on to one link alone.
    if (nodeKind[node] !== ocsKind) continue;
    const onward = onwardLink(plant, circuits, link);
    if (onward !== null && onward !== links[at + 1]) return `ends in a circuit switch after link ${link}`;
  }
  return node === gpuNode[toRank] ? null : 'does not end at its rank';
}

/** Why a path does not lead from its lease's first rank to its last; `null` when it does. */
export function wayProblem(state: State, id: string, links: readonly number[]): string | null {
  const request = state.leases.get(id)?.request;
  return request === undefined ? 'has no lease' : routeProblem(state, request, links);
}

/** Light on which grants are counted: a ledger's, or the state's own. */
export interface CountedLight {
  /** Negative where more is granted than there is light. */
  freeGbps(link: number): number;
  readonly view: { gbps(wavelength: number): number };
}

/** The light of the state as it stands, without what is held back: that makes no link overfull. */
export function ownLight(state: State): CountedLight {
  const { poolGbps, sharedGbps } = state.links;
  return { freeGbps: (link) => (poolGbps[link] ?? 0) - (sharedGbps[link] ?? 0), view: { gbps: (wavelength) => wavelengthGbps(state, wavelength) } };
}

/** Whether a grant that is counted on has its light: what it holds alone carries its rate, and links it shares are not overfull. */
export function isCarried(light: CountedLight, { paths }: Grant): boolean {
  for (let row = 0; row < paths.length; row++) {
    const path = paths[row];
    if (path !== undefined && !isPathCarried(light, path)) return false;
  }
  return true;
}

function isPathCarried(light: CountedLight, { links, wavelengths, rateGbps }: GrantPath): boolean {
  for (let at = 0; at < links.length; at++) {
    const rows = wavelengths[at] ?? noRows;
    if (rows.length === 0) {
      if (light.freeGbps(links[at] ?? 0) < -slackGbps) return false;
      continue;
    }
    let heldGbps = 0;
    for (let place = 0; place < rows.length; place++) heldGbps += light.view.gbps(rows[place] ?? -1);
    if (heldGbps < rateGbps - slackGbps) return false;
  }
  return true;
}

const noRows: readonly number[] = [];
