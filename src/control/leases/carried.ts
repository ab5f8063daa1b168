/** Whether what is granted can be had: a way that leads from rank to rank over the circuits as they stand, with the light that the grant counts on. */

import type { Grant } from '../../plan/plan.ts';
import { onwardLink } from '../circuit-ports.ts';
import type { Ledger } from '../ladder/ledger.ts';
import type { State } from '../state.ts';

/** Calendars count whole kb/s: as many leases as share a link may be off by that. */
export const slackGbps = 1e-4;

/** Why a path does not lead from its lease's first rank to its last; `null` when it does. */
export function wayProblem(state: State, id: string, links: readonly number[]): string | null {
  const { fabric } = state.plant.cluster;
  const request = state.leases.get(id)?.request;
  if (request === undefined) return 'has no lease';
  let node = fabric.gpuNode[request.fromRank] ?? -1;
  for (let at = 0; at < links.length; at++) {
    const link = links[at] ?? -1;
    if (fabric.linkSource[link] !== node) return `does not reach link ${link}`;
    const onward = onwardLink(state.plant, state.circuits, link);
    if (onward !== null && onward !== links[at + 1]) return `ends in a circuit switch after link ${link}`;
    node = fabric.linkTarget[link] ?? -1;
  }
  return node === fabric.gpuNode[request.toRank] ? null : 'does not end at its rank';
}

/** Whether a grant that the ledger counts has its light: what it holds alone carries its rate, and links it shares are not overfull. */
export function isCarried(ledger: Ledger, { paths }: Grant): boolean {
  for (const { links, wavelengths, rateGbps } of paths) for (let at = 0; at < links.length; at++) {
    const rows = wavelengths[at] ?? noRows;
    if (rows.length === 0) {
      if (ledger.freeGbps(links[at] ?? 0) < -slackGbps) return false;
      continue;
    }
    let heldGbps = 0;
    for (let place = 0; place < rows.length; place++) heldGbps += ledger.view.gbps(rows[place] ?? -1);
    if (heldGbps < rateGbps - slackGbps) return false;
  }
  return true;
}

const noRows: readonly number[] = [];
