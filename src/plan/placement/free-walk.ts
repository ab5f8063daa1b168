/**
 * A walk of any shape through wholly free domains of a direct network, each joined to the next by links of its own: where the lines of
 * the rank order are too short, a torus still holds a job that turns corners or goes round a dead accelerator.
 */

import type { Csr } from '../../base/csr.ts';
import { groupRows } from '../../base/csr.ts';
import { findRing } from '../topology/ring-walk.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Joined } from './group-cut.ts';
import type { Room } from './sequences.ts';

/** Domains that one search may enter. */
export const walkStepsMax = 20_000;

/** Two domains of a direct network are joined when accelerator i of one has a link with light to accelerator i of the other. Answers are kept. */
export function joinedBy(view: ClusterView): Joined {
  const { index, linkRateGbps } = view;
  const { fabric } = index.cluster;
  const known = new Map<number, boolean>();
  const look: Joined = (from, to) => {
    for (let local = 0; local < index.domainSize; local++) {
      const node = fabric.gpuNode[from * index.domainSize + local] ?? 0;
      const target = fabric.gpuNode[to * index.domainSize + local] ?? 0;
      let isJoined = false;
      for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0) && !isJoined; edge++) {
        const link = fabric.outLink[edge] ?? 0;
        isJoined = fabric.linkTarget[link] === target && (linkRateGbps[link] ?? 0) > 0;
      }
      if (!isJoined) return false;
    }
    return true;
  };
  return (from, to) => {
    const pair = from * index.domainCount + to;
    let isJoined = known.get(pair);
    if (isJoined === undefined) known.set(pair, (isJoined = look(from, to)));
    return isJoined;
  };
}

/** Pairs of domains that are joined both ways, and a last row that is next to every free one: a ring through it is an open walk. */
function joinedDomains({ view, quota }: Room, isFree: Uint8Array): Csr {
  const { index } = view;
  const { fabric } = index.cluster;
  const joined = joinedBy(view);
  const from: number[] = [];
  const to: number[] = [];
  for (let domain = 0; domain < quota.length; domain++) {
    if (isFree[domain] === 0) continue;
    const near = new Set<number>();
    const node = fabric.gpuNode[domain * index.domainSize] ?? 0;
    for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
      const rank = index.rankOfNode[fabric.linkTarget[fabric.outLink[edge] ?? 0] ?? 0] ?? -1;
      if (rank >= 0) near.add(index.domainOf[rank] ?? 0);
    }
    near.delete(domain);
    for (const other of near) {
      if (isFree[other] === 0 || !joined(domain, other) || !joined(other, domain)) continue;
      from.push(domain);
      to.push(other);
    }
    from.push(domain, quota.length);
    to.push(quota.length, domain);
  }
  const grouped = groupRows(Int32Array.from(from), quota.length + 1);
  return { offset: grouped.offset, row: grouped.row.map((at) => to[at] ?? 0) };
}

/** Domains in the order of the walk: a closed one where the search finds one, else an open one; `null` where it finds none. */
export function freeWalk(room: Room, domains: number): readonly number[] | null {
  const { quota, view: { index } } = room;
  const isFree = Uint8Array.from([...quota, index.domainSize], (own) => (own === index.domainSize ? 1 : 0));
  const graph = joinedDomains(room, isFree);
  const closed = findRing({ graph, isFree: Uint8Array.from([...isFree.subarray(0, quota.length), 0]), length: domains, through: -1, stepsMax: walkStepsMax });
  if (closed.kind === 'ring') return [...closed.places];
  const open = findRing({ graph, isFree, length: domains + 1, through: quota.length, stepsMax: walkStepsMax });
  if (open.kind === 'none') return null;
  const at = open.places.indexOf(quota.length);
  return [...open.places.subarray(at + 1), ...open.places.subarray(0, at)];
}
