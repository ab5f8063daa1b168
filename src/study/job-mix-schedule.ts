/** Puts the jobs of a mix on accelerators, in order of arrival, so that their traffic has places to go between. */

import { createHeap, setKey, takeUpTo } from '../base/heap.ts';
import type { MixJob } from '../traffic/job-mix.ts';

export interface PlacedJob {
  readonly job: MixJob;
  readonly startS: number;
  readonly endS: number;
  /** Accelerators in the order of the job's ranks. */
  readonly ranks: Int32Array;
}

/** Waiting jobs looked at when something is free: those behind keep waiting. */
const queueDepthMax = 200;

/** Free accelerators by node; jobs smaller than a node share one, larger ones take whole nodes. */
interface FreeNodes { readonly gpusPerNode: number; readonly isUsed: Uint8Array; readonly free: Int32Array }

/** The fullest node that still has room, or the free nodes with the lowest numbers; null when nothing fits. */
function findPlace(nodes: FreeNodes, gpus: number): Int32Array | null {
  const { gpusPerNode, free, isUsed } = nodes;
  if (gpus >= gpusPerNode) {
    const wanted = Math.ceil(gpus / gpusPerNode);
    const found: number[] = [];
    for (let node = 0; node < free.length && found.length < wanted; node++) if (free[node] === gpusPerNode) found.push(node);
    return found.length < wanted ? null : Int32Array.from({ length: gpus }, (_, rank) => (found[Math.floor(rank / gpusPerNode)] ?? 0) * gpusPerNode + (rank % gpusPerNode));
  }
  let best = -1;
  for (let node = 0; node < free.length; node++) if ((free[node] ?? 0) >= gpus && (best < 0 || (free[node] ?? 0) < (free[best] ?? 0))) best = node;
  if (best < 0) return null;
  const ranks: number[] = [];
  for (let at = best * gpusPerNode; ranks.length < gpus; at++) if (isUsed[at] === 0) ranks.push(at);
  return Int32Array.from(ranks);
}

/**
 * Starts each job as soon as it fits; one that does not fit holds back none behind it. Jobs larger than the cluster are not
 * placed. This only makes a plausible occupation; it judges no scheduler.
 */
export function scheduleMix(jobs: readonly MixJob[], cluster: { readonly gpus: number; readonly gpusPerNode: number }): readonly PlacedJob[] {
  const { gpusPerNode } = cluster;
  const nodeCount = Math.floor(cluster.gpus / gpusPerNode);
  const nodes: FreeNodes = { gpusPerNode, isUsed: new Uint8Array(nodeCount * gpusPerNode), free: new Int32Array(nodeCount).fill(gpusPerNode) };
  const placed: PlacedJob[] = [];
  const running = createHeap(jobs.length);
  const ended = new Int32Array(jobs.length);
  let waiting: MixJob[] = [];
  const mark = (ranks: Int32Array, isUsed: 0 | 1): void => {
    for (const rank of ranks) {
      nodes.isUsed[rank] = isUsed;
      const node = Math.floor(rank / gpusPerNode);
      nodes.free[node] = (nodes.free[node] ?? 0) + (isUsed === 1 ? -1 : 1);
    }
  };
  const startWaiting = (nowS: number): void => {
    waiting = waiting.filter((job, at) => {
      const ranks = at < queueDepthMax ? findPlace(nodes, job.gpus) : null;
      if (ranks === null) return true;
      mark(ranks, 1);
      setKey(running, placed.length, nowS + job.runtimeS);
      placed.push({ job, startS: nowS, endS: nowS + job.runtimeS, ranks });
      return false;
    });
  };
  const endUpTo = (untilS: number): void => {
    while (running.size > 0) {
      const nextS = running.key[running.order[0] ?? 0] ?? Infinity;
      if (nextS > untilS) return;
      const count = takeUpTo(running, nextS, ended);
      for (let at = 0; at < count; at++) mark(placed[ended[at] ?? 0]?.ranks ?? new Int32Array(0), 0);
      startWaiting(nextS);
    }
  };
  for (const job of jobs) {
    endUpTo(job.arrivalS);
    if (job.gpus > nodeCount * gpusPerNode) continue;
    waiting.push(job);
    startWaiting(job.arrivalS);
  }
  endUpTo(Infinity);
  return placed;
}
