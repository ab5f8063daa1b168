/** The groups that placement cuts from a fabric as it stands: inside scale-up domains, or along the lines of a direct network. */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { rowsOf } from '../../base/csr.ts';
import type { ClusterView } from './cluster-view.ts';
import { freeState, gpuStates, withStates } from './cluster-view.ts';
import type { Joined } from './group-cut.ts';
import { cutLines } from './group-cut.ts';
import type { CountUsable } from './fault-replay.ts';
import type { PlacementIndex } from './placement-index.ts';
import { joinedBy } from './free-walk.ts';
import { standsInLines } from './sequences.ts';

const failedState = gpuStates.indexOf('failed');

/** A fabric that cannot hold a group of this size close together; `null` where it can. */
export function refuseGroupSize(index: PlacementIndex, gpusPerGroup: number): Refusal | null {
  if (gpusPerGroup <= index.domainSize || standsInLines(index)) return null;
  return refuse(
    'group-larger-than-domain', 'never', `A group of ${gpusPerGroup} accelerators does not fit into a scale-up domain of ${index.domainSize}, and the accelerators are not joined directly.`,
    `Ask for groups of at most ${index.domainSize}, or for a fabric with larger domains or with links between accelerators.`,
  );
}

/** Ranks of every group that the free accelerators of a view hold, group by group; each in the order in which its members are joined. */
export function cutGroups(view: ClusterView, gpusPerGroup: number, joined: Joined = joinedBy(view)): readonly Int32Array[] {
  const { index, state } = view;
  const isFree = (rank: number): boolean => state[rank] === freeState;
  const free = (domain: number): Int32Array => rowsOf(index.domains, domain).filter(isFree);
  const cut = (ranks: Int32Array): readonly Int32Array[] => Array.from({ length: Math.floor(ranks.length / gpusPerGroup) }, (_, row) => ranks.subarray(row * gpusPerGroup, (row + 1) * gpusPerGroup));
  if (gpusPerGroup <= index.domainSize) return Array.from({ length: index.domainCount }, (_, domain) => cut(free(domain))).flat();
  const isWhole = Uint8Array.from({ length: index.domainCount }, (_, domain) => (rowsOf(index.domains, domain).every(isFree) ? 1 : 0));
  return cutLines(isWhole, joined).flatMap((line) => cut(Int32Array.from(line.flatMap((domain) => [...rowsOf(index.domains, domain)]))));
}

/** What a fabric offers while some of its servers are up, for `replayFaults`. Servers are numbered as their ranks are. */
export function usableOnFabric(view: ClusterView, gpusPerServer: number, gpusPerGroup: number): CountUsable {
  // Which servers have links of their own does not change while servers fail: their light is passed on inside the modules.
  const joined = joinedBy(view);
  return (isUp) => {
    const state = view.state.map((own, rank) => (isUp[Math.floor(rank / gpusPerServer)] === 1 ? own : failedState));
    return cutGroups(withStates(view, state), gpusPerGroup, joined).length * gpusPerGroup;
  };
}
