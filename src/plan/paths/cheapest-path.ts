/** The cheapest path at given link prices: Dijkstra's algorithm (Numerische Mathematik 1, 1959) with circuits walked as one hop. */

import type { IndexedHeap } from '../../base/heap.ts';
import { createHeap, setKey, takeUpTo } from '../../base/heap.ts';
import { nodeKinds } from '../../fabric/fabric.ts';
import type { PathFabric, PathSearch } from './find-path.ts';

const gpuKind = nodeKinds.indexOf('gpu');
const ocsKind = nodeKinds.indexOf('ocs');

export interface PriceQuery {
  readonly from: number;
  readonly to: number;
  readonly price: Float64Array;
  /** Links without capacity are not used. */
  readonly capacityGbps: Float64Array;
  /** GPUs other than the ends may pass traffic on unless this is false. */
  readonly throughGpus?: boolean;
}

/** Room for the searches of one fabric. */
export interface PriceSearch {
  readonly fabric: PathFabric;
  readonly circuits: PathSearch['circuitIn'];
  readonly heap: IndexedHeap;
  readonly cost: Float64Array;
  /** First link of the hop by which a node was reached. */
  readonly via: Int32Array;
  readonly taken: Int32Array;
}

export const createPriceSearch = ({ fabric, circuitIn }: PathSearch): PriceSearch => ({
  fabric, circuits: circuitIn, heap: createHeap(fabric.nodeCount), cost: new Float64Array(fabric.nodeCount), via: new Int32Array(fabric.nodeCount), taken: new Int32Array(fabric.nodeCount),
});

/** Where a hop ends that starts by this link, and what it costs; a cost of Infinity where a link of it has no capacity. */
function hopOf({ fabric, circuits }: PriceSearch, first: number, query: PriceQuery): { readonly last: number; readonly cost: number } {
  let last = first;
  let cost = 0;
  for (;;) {
    cost += (query.capacityGbps[last] ?? 0) > 0 ? (query.price[last] ?? 0) : Infinity;
    const onward = circuits === null ? -1 : (fabric.circuitOut?.[last] ?? -1);
    if (onward < 0) return { last, cost };
    last = onward;
  }
}

function trace(search: PriceSearch, query: PriceQuery, firsts: readonly number[]): readonly number[] {
  return firsts.flatMap((first) => {
    const links = [first];
    const { last } = hopOf(search, first, query);
    for (let link = first; link !== last;) {
      link = search.fabric.circuitOut?.[link] ?? last;
      links.push(link);
    }
    return links;
  });
}

/** The links of the cheapest path, or `null` when there is none. O((nodes + links) log nodes), ended at the target. */
export function cheapestPath(search: PriceSearch, query: PriceQuery): readonly number[] | null {
  const { fabric, circuits, heap, cost, via, taken } = search;
  cost.fill(Infinity);
  cost[query.from] = 0;
  via.fill(-1);
  heap.size = 0;
  heap.place.fill(-1);
  setKey(heap, query.from, 0);
  while (heap.size > 0 && (heap.order[0] ?? -1) !== query.to) {
    const count = takeUpTo(heap, heap.key[heap.order[0] ?? 0] ?? 0, taken);
    for (let at = 0; at < count; at++) {
      const node = taken[at] ?? 0;
      if (query.throughGpus === false && fabric.nodeKind[node] === gpuKind && node !== query.from) continue;
      for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
        const link = fabric.outLink[edge] ?? 0;
        const hop = hopOf(search, link, query);
        const next = fabric.linkTarget[hop.last] ?? 0;
        // In a fabric with circuits, a port of a circuit switch without one leads nowhere.
        if (circuits !== null && fabric.nodeKind[next] === ocsKind) continue;
        const total = (cost[node] ?? 0) + hop.cost;
        if (total >= (cost[next] ?? 0)) continue;
        cost[next] = total;
        via[next] = link;
        setKey(heap, next, total);
      }
    }
  }
  if (cost[query.to] === Infinity) return null;
  const firsts: number[] = [];
  for (let node = query.to; node !== query.from;) {
    const link = via[node] ?? -1;
    firsts.push(link);
    node = fabric.linkSource[link] ?? -1;
  }
  return trace(search, query, firsts.reverse());
}
