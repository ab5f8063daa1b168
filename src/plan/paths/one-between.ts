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

/** How far a search has come, and the two links that it found last. */
export interface Between {
  /** Places of the near node that are done, and the next link of the node at the one under way; -1 where that is not begun. */
  turn: number;
  edge: number;
  first: number;
  second: number;
}

export const beginBetween = (): Between => ({ turn: 0, edge: -1, first: -1, second: -1 });

/** Goes on to the next two links over one node; false where there are no more. O(links of the near node, and of the nodes behind those with room) for all together. */
export function nextBetween({ fabric: { outOffset, outLink, nodeKind }, outNode }: PathSearch, query: PairQuery, at: Between): boolean {
  const { from, to, kind, hash } = query;
  const start = outOffset[from]!;
  const count = outOffset[from + 1]! - start;
  // An odd stride visits every place of a power of two once.
  const places = 2 ** Math.ceil(Math.log2(Math.max(1, count)));
  const stride = (hash >>> 16) | 1;
  for (; at.turn < places; at.turn++, at.edge = -1) {
    const place = (hash + Math.imul(at.turn, stride)) & (places - 1);
    if (place >= count) continue;
    const node = outNode[start + place]!;
    if (at.edge < 0) {
      if (nodeKind[node] !== kind || node === from || node === to || !serves(query, outLink[start + place]!)) continue;
      at.edge = outOffset[node]!;
    }
    const end = outOffset[node + 1]!;
    while (at.edge < end) {
      const edge = at.edge++;
      if (outNode[edge] !== to || !serves(query, outLink[edge]!)) continue;
      at.first = outLink[start + place]!;
      at.second = outLink[edge]!;
      return true;
    }
  }
  return false;
}
