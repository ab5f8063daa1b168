/** Which replicas of a job run: ranks to replicas, and the leases of those that were dropped. */

import type { Job, State } from '../state.ts';

/** Places of ranks, by the list of a job's ranks, which is replaced and never written when the job moves. */
const places = new WeakMap<readonly number[], ReadonlyMap<number, number>>();

function placesOf(ranks: readonly number[]): ReadonlyMap<number, number> {
  let known = places.get(ranks);
  if (known === undefined) places.set(ranks, (known = new Map(ranks.map((rank, at) => [rank, at]))));
  return known;
}

/** Accelerator rank to the replica of a job that owns it. */
export function replicaOf(job: Job, rank: number): number {
  const at = placesOf(job.ranks).get(rank) ?? -1;
  return at < 0 ? -1 : Math.floor(at / job.request.replicaBlock) % job.request.replicas;
}

/** Places in a job's list of ranks that belong to given replicas, ascending. */
export function placesOfReplicas({ ranks, request: { replicas, replicaBlock } }: Job, chosen: ReadonlySet<number>): readonly number[] {
  const found: number[] = [];
  for (let block = 0; block * replicaBlock < ranks.length; block++) {
    if (!chosen.has(block % replicas)) continue;
    for (let at = block * replicaBlock; at < Math.min(ranks.length, (block + 1) * replicaBlock); at++) found.push(at);
  }
  return found;
}

const nothing: ReadonlySet<string> = new Set();

/**
 * Leases that a job's step does not wait for because their replicas were dropped: of as many replicas as are missing, those with most
 * leases in the dark, ties to the lower one.
 */
export function droppedLeases(state: State, job: Job): ReadonlySet<string> {
  const missing = job.request.replicas - job.replicas;
  if (missing <= 0) return nothing;
  const ends = new Map<string, readonly number[]>();
  const darkEnds = new Map<number, number>();
  for (const id of job.leases) {
    const lease = state.leases.get(id);
    if (lease === undefined || lease.grant !== null) continue;
    const replicas = [...new Set([replicaOf(job, lease.request.fromRank), replicaOf(job, lease.request.toRank)])];
    ends.set(id, replicas);
    for (const replica of replicas) darkEnds.set(replica, (darkEnds.get(replica) ?? 0) + 1);
  }
  const dropped = new Set([...darkEnds].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, missing).map(([replica]) => replica));
  return new Set([...ends].flatMap(([id, replicas]) => (replicas.some((replica) => dropped.has(replica)) ? [id] : [])));
}
