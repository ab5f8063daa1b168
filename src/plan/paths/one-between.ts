/**
 * Another node between two that one node joins: the way around a switch whose links have no room, where nothing else of a way is amiss.
 *
 * Two hops need no search: the near node's links are tried in turn, and of those with room the nodes behind them are asked for a link to
 * the far node. Each hash has an order of its own, as equal-cost ways are spread, so that what is tried first does not crowd the
 * neighbours of what is full. Nothing is allocated per pair.
 *
 * Bounds: node and link arrays have an entry per node and link of the fabric, and rows come from its tables.
 */

import type { PathSearch } from './find-path.ts';

export interface PairQuery {
  /** Node rows. */
  readonly from: number;
  readonly to: number;
  /** Only nodes of this kind, by row of `nodeKinds`. */
  readonly kind: number;
  readonly residualGbps: (link: number) => number;
  /** Both links have at least this free; more than zero is asked for in any case. */
  readonly needGbps: number;
  readonly avoidLinks: ReadonlySet<number> | null;
  readonly hash: number;
}

/** Whether a link may be used and has the room. */
function serves({ residualGbps, needGbps, avoidLinks }: PairQuery, link: number): boolean {
  const free = residualGbps(link);
  return free > 0 && free >= needGbps && avoidLinks?.has(link) !== true;
}

/** What `take` makes of the first two links over one node of which it makes anything; `null` where that is none. O(links of the near node, and of the nodes behind those with room). */
export function takeOneBetween<T>({ fabric: { outOffset, outLink, nodeKind }, outNode }: PathSearch, query: PairQuery, take: (first: number, second: number) => T | null): T | null {
  const { from, to, kind, hash } = query;
  const start = outOffset[from]!;
  const count = outOffset[from + 1]! - start;
  // An odd stride visits every place of a power of two once.
  const places = 2 ** Math.ceil(Math.log2(Math.max(1, count)));
  const stride = (hash >>> 16) | 1;
  for (let turn = 0, place = hash & (places - 1); turn < places; turn++, place = (place + stride) & (places - 1)) {
    if (place >= count) continue;
    const node = outNode[start + place]!;
    if (nodeKind[node] !== kind || node === from || node === to || !serves(query, outLink[start + place]!)) continue;
    const end = outOffset[node + 1]!;
    for (let edge = outOffset[node]!; edge < end; edge++) {
      if (outNode[edge] !== to || !serves(query, outLink[edge]!)) continue;
      const taken = take(outLink[start + place]!, outLink[edge]!);
      if (taken !== null) return taken;
    }
  }
  return null;
}
