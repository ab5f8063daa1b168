/**
 * The loads of equal-cost multi-path forwarding: every node sends what it has for a destination in equal parts over all its hops that
 * lead one nearer (ECMP, RFC 2992, with so many flows that hashing is even). It is the best case of hashing: few large flows collide.
 *
 * A hop is a link, or the links of a circuit; the hops of a cut link are not used, as after routing has converged. Per destination
 * there is one search backwards and one pass over the nodes that lead there, farthest first: O(links) each.
 *
 * Bounds: node and link arrays have an entry per node and link of the search's fabric.
 */

import { nodeKinds } from '../../fabric/fabric.ts';
import type { PathSearch } from './find-path.ts';

export interface EqualSplit {
  /** Per directed link. */
  readonly loadGbps: Float64Array;
  /** Demands, by row, that no hops lead to their end. */
  readonly pathless: readonly number[];
}

export interface SplitDemand {
  /** Node rows; different ones. */
  readonly from: number;
  readonly to: number;
  readonly needGbps: number;
  /** GPUs other than the ends may pass it on unless this is false. */
  readonly throughGpus?: boolean;
}

interface Nearer {
  readonly hops: Int32Array;
  /** Nodes that lead to the destination, nearest first. */
  readonly order: Int32Array;
  readonly count: number;
}

const gpuKind = nodeKinds.indexOf('gpu');
const ocsKind = nodeKinds.indexOf('ocs');

/** Whether the hop that ends with this link has room on all its links, and the first of them. */
function firstOf({ circuitIn }: PathSearch, last: number, residualGbps: Float64Array): number {
  let first = last;
  let isOpen = residualGbps[first]! > 0;
  while (circuitIn !== null && circuitIn[first]! >= 0) {
    first = circuitIn[first]!;
    isOpen &&= residualGbps[first]! > 0;
  }
  return isOpen ? first : -1;
}

/** Hops of every node to one destination, breadth first backwards; -1 where there is no way. */
function nearerTo(search: PathSearch, end: { readonly to: number; readonly throughGpus: boolean }, residualGbps: Float64Array, into: Nearer): Nearer {
  const { fabric: { outOffset, outLink, linkReverse, linkSource, nodeKind }, circuitIn } = search;
  const { hops, order } = into;
  const { to, throughGpus } = end;
  hops.fill(-1);
  hops[to] = 0;
  order[0] = to;
  let count = 1;
  for (let head = 0; head < count; head++) {
    const node = order[head]!;
    if (!throughGpus && node !== to && nodeKind[node] === gpuKind) continue;
    for (let edge = outOffset[node]!; edge < outOffset[node + 1]!; edge++) {
      const first = firstOf(search, linkReverse[outLink[edge]!]!, residualGbps);
      if (first < 0) continue;
      const origin = linkSource[first]!;
      // In a fabric with circuits, a port of a circuit switch without one leads nowhere.
      if (hops[origin] !== -1 || (circuitIn !== null && nodeKind[origin] === ocsKind)) continue;
      hops[origin] = hops[node]! + 1;
      order[count++] = origin;
    }
  }
  return { hops, order, count };
}

/** The link that a hop ends with; -1 where a link of it has no room. */
function lastOf({ fabric: { circuitOut }, circuitIn }: PathSearch, first: number, residualGbps: Float64Array): number {
  let last = first;
  while (residualGbps[last]! > 0) {
    const onward = circuitIn === null ? -1 : circuitOut![last]!;
    if (onward < 0) return last;
    last = onward;
  }
  return -1;
}

/** Sends on what a node has for the destination, and adds it to its hops' links. */
function sendOn(search: PathSearch, node: number, { hops }: Nearer, flow: { readonly atNode: Float64Array; readonly loadGbps: Float64Array; readonly residualGbps: Float64Array }): void {
  const { fabric: { outOffset, outLink, linkTarget, circuitOut } } = search;
  const { atNode, loadGbps, residualGbps } = flow;
  const firsts: number[] = [];
  for (let edge = outOffset[node]!; edge < outOffset[node + 1]!; edge++) {
    const last = lastOf(search, outLink[edge]!, residualGbps);
    if (last >= 0 && hops[linkTarget[last]!] === hops[node]! - 1) firsts.push(outLink[edge]!);
  }
  const partGbps = atNode[node]! / firsts.length;
  for (const first of firsts) {
    const last = lastOf(search, first, residualGbps);
    for (let link = first; ; link = circuitOut![link]!) {
      loadGbps[link]! += partGbps;
      if (link === last) break;
    }
    atNode[linkTarget[last]!]! += partGbps;
  }
}

/** What every link carries when all demands are forwarded so, whether or not it fits. O(destinations x links). */
export function splitEqually(search: PathSearch, demands: readonly SplitDemand[], residualGbps: Float64Array): EqualSplit {
  const { nodeCount } = search.fabric;
  const scratch: Nearer = { hops: new Int32Array(nodeCount), order: new Int32Array(nodeCount), count: 0 };
  const loadGbps = new Float64Array(residualGbps.length);
  const pathless: number[] = [];
  const kinds = [...new Set(demands.map(({ to }) => to))].flatMap((to) => [{ to, throughGpus: true }, { to, throughGpus: false }]);
  for (const end of kinds) {
    const own = demands.map((demand, row) => ({ demand, row })).filter(({ demand }) => demand.to === end.to && (demand.throughGpus ?? true) === end.throughGpus);
    if (own.length === 0) continue;
    const nearer = nearerTo(search, end, residualGbps, scratch);
    const atNode = new Float64Array(nodeCount);
    for (const { demand, row } of own) {
      if (nearer.hops[demand.from]! < 0) pathless.push(row);
      else atNode[demand.from]! += demand.needGbps;
    }
    for (let at = nearer.count - 1; at > 0; at--) {
      const node = nearer.order[at]!;
      if (atNode[node]! > 0) sendOn(search, node, nearer, { atNode, loadGbps, residualGbps });
    }
  }
  return { loadGbps, pathless: pathless.sort((a, b) => a - b) };
}
