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
  for (const [at, link] of links.entries()) {
    if (fabric.linkSource[link] !== node) return `does not reach link ${link}`;
    const onward = onwardLink(state.plant, state.circuits, link);
    if (onward !== null && onward !== links[at + 1]) return `ends in a circuit switch after link ${link}`;
    node = fabric.linkTarget[link] ?? -1;
  }
  return node === fabric.gpuNode[request.toRank] ? null : 'does not end at its rank';
}

/** Whether a grant that the ledger counts has its light: what it holds alone carries its rate, and links it shares are not overfull. */
export const isCarried = (ledger: Ledger, { paths }: Grant): boolean =>
  paths.every(({ links, wavelengths, rateGbps }) => links.every((link, at) => {
    const rows = wavelengths[at] ?? [];
    if (rows.length === 0) return ledger.freeGbps(link) >= -slackGbps;
    return rows.reduce((sum, row) => sum + ledger.view.gbps(row), 0) >= rateGbps - slackGbps;
  }));
