/** Joins a network's routes with the scale-up domains around them: inside a domain traffic stays there. */

import type { WiredGraph } from '../draft.ts';
import type { Network, RankRoute } from '../families/plan.ts';
import type { Routing } from '../fabric.ts';
import { nodeKinds } from '../fabric.ts';
import type { ServerDraft } from '../servers.ts';
import { createShortestPaths } from './shortest-paths.ts';

const gpuKind = nodeKinds.indexOf('gpu');
const memoryKind = nodeKinds.indexOf('memory');

/** Node row to GPU rank, -1 for other nodes. */
export function ranksByNode(graph: WiredGraph): Int32Array {
  const rank = new Int32Array(graph.nodeCount).fill(-1);
  graph.gpuNode.forEach((node, index) => void (rank[node] = index));
  return rank;
}

/**
 * Routes between GPU nodes: same GPU, no link; same scale-up domain, two hops over its switch; otherwise over the network, entering
 * and leaving it at the GPUs that the network names, with scale-up hops to and from them. To and from memory nodes it takes
 * shortest paths. -1 for every other kind of node.
 */
export function composeRouting(graph: WiredGraph, servers: ServerDraft, network: Network): Routing {
  const rankOf = ranksByNode(graph);
  const cross = network.createRoute(graph);
  const longer = network.createLongerRoute?.(graph);
  const { domainSize, scaleUpCable } = servers;
  const entryOf = network.entryOf ?? ((from) => from);
  const exitOf = network.exitOf ?? ((_, to) => to);
  const inDomain = (from: number, to: number, into: Int32Array, at: number): number => {
    into[at] = 2 * (scaleUpCable[from] ?? 0);
    into[at + 1] = 2 * (scaleUpCable[to] ?? 0) + 1;
    return at + 2;
  };
  // A GPU's scale-up links are no way to a memory node: the domain does not forward.
  const paths = createShortestPaths(graph, { throughGpus: false });
  const isEnd = (node: number): boolean => graph.nodeKind[node] === gpuKind || graph.nodeKind[node] === memoryKind;
  const sameDomain = (from: number, to: number): boolean => domainSize > 1 && Math.floor(from / domainSize) === Math.floor(to / domainSize);
  const routeBy = (way: RankRoute): Routing['route'] => (fromNode, toNode, flowHash, into) => {
    const from = rankOf[fromNode] ?? -1;
    const to = rankOf[toNode] ?? -1;
    if (from < 0 || to < 0) return isEnd(fromNode) && isEnd(toNode) ? paths.route(fromNode, toNode, flowHash, into, 0) : -1;
    if (from === to) return 0;
    if (sameDomain(from, to)) return inDomain(from, to, into, 0);
    const entry = entryOf(from, to);
    const exit = exitOf(from, to);
    let at = entry === from ? 0 : inDomain(from, entry, into, 0);
    at = way(entry, exit, flowHash, into, at);
    return at < 0 || exit === to ? at : inDomain(exit, to, into, at);
  };
  return {
    name: network.routingName,
    hopsMax: network.hopsMax + 2 + (network.exitOf === undefined ? 0 : 2),
    route: routeBy(cross),
    ...(longer === undefined ? {} : { longerRoute: routeBy(longer) }),
  };
}
