/**
 * Shortest-path ECMP on any graph without N-squared tables: one distance table per destination in use, kept while it is hot.
 *
 * A table is one breadth-first search backwards from the destination, O(nodes + links). At most `tablesMax` are kept; the one
 * unused for longest makes room. A route depends only on graph, ends and hash, never on what is cached.
 */

import type { WiredGraph } from '../draft.ts';
import { nodeKinds } from '../fabric.ts';
import { chooseOf } from './hash.ts';

export const tablesMax = 256;

export interface ShortestPaths {
  /** Appends the links of one shortest path; equal-cost steps are chosen by the flow's hash. -1 when there is none. */
  route(from: number, to: number, flowHash: number, into: Int32Array, at: number): number;
  /** Hops from a node to `to`, -1 when there is no way. */
  distance(from: number, to: number): number;
}

export interface ShortestPathOptions {
  /** Whether traffic may pass through GPUs that are not its ends, as in a direct network. */
  readonly throughGpus: boolean;
  /** Links that may not be used; every link when absent. Must not change while the paths are in use. */
  isBlocked?(link: number): boolean;
}

const gpuKind = nodeKinds.indexOf('gpu');

/** Hops from every node to one destination, breadth first over incoming links; -1 where there is no way. */
function hopsTo(graph: WiredGraph, options: ShortestPathOptions, search: { readonly to: number; readonly queue: Int32Array }): Int32Array {
  const { linkSource, outOffset, outLink, nodeKind } = graph;
  const { to, queue } = search;
  const hops = new Int32Array(graph.nodeCount).fill(-1);
  hops[to] = 0;
  queue[0] = to;
  let tail = 1;
  for (let head = 0; head < tail; head++) {
    const node = queue[head] ?? 0;
    if (node !== to && !options.throughGpus && nodeKind[node] === gpuKind) continue;
    for (let edge = outOffset[node] ?? 0; edge < (outOffset[node + 1] ?? 0); edge++) {
      // The twin of an outgoing link comes in from the neighbour.
      const link = (outLink[edge] ?? 0) ^ 1;
      const from = linkSource[link] ?? 0;
      if (hops[from] !== -1 || options.isBlocked?.(link) === true) continue;
      hops[from] = (hops[node] ?? 0) + 1;
      queue[tail++] = from;
    }
  }
  return hops;
}

export function createShortestPaths(graph: WiredGraph, options: ShortestPathOptions): ShortestPaths {
  const tables = new Map<number, Int32Array>();
  const { linkTarget, outOffset, outLink } = graph;
  const blocked = options.isBlocked ?? (() => false);
  const queue = new Int32Array(graph.nodeCount);

  function tableOf(to: number): Int32Array {
    const known = tables.get(to);
    if (known !== undefined) {
      tables.delete(to);
      tables.set(to, known);
      return known;
    }
    const [oldest] = tables.keys();
    if (oldest !== undefined && tables.size >= tablesMax) tables.delete(oldest);
    const table = hopsTo(graph, options, { to, queue });
    tables.set(to, table);
    return table;
  }

  /** The equal-cost links out of a node: counts them, or returns the wanted one. */
  function nearer(table: Int32Array, node: number, to: number, wanted: number): number {
    const left = table[node] ?? -1;
    let count = 0;
    for (let edge = outOffset[node] ?? 0; edge < (outOffset[node + 1] ?? 0); edge++) {
      const link = outLink[edge] ?? 0;
      const next = linkTarget[link] ?? 0;
      if ((table[next] ?? -1) !== left - 1 || blocked(link)) continue;
      if (next !== to && !options.throughGpus && graph.nodeKind[next] === gpuKind) continue;
      if (count === wanted) return link;
      count++;
    }
    return wanted < 0 ? count : -1;
  }

  return {
    distance: (from, to) => tableOf(to)[from] ?? -1,
    route(from, to, flowHash, into, at) {
      const table = tableOf(to);
      if ((table[from] ?? -1) < 0) return -1;
      let here = from;
      let next = at;
      while (here !== to) {
        const link = nearer(table, here, to, chooseOf(nearer(table, here, to, -1), flowHash, next));
        into[next++] = link;
        here = linkTarget[link] ?? 0;
      }
      return next;
    },
  };
}
