/** Routes on a rail-optimised fabric in closed form: no tables beyond one cable row per port. */

import type { ClusterDesign } from '../design.ts';
import type { WiredGraph } from '../draft.ts';
import type { RailOptimisedDesign } from '../families/family-design.ts';
import type { Routing } from '../fabric.ts';
import type { ServerDraft } from '../servers.ts';
import { chooseOf } from './hash.ts';

export interface RailTables {
  readonly design: ClusterDesign;
  readonly family: RailOptimisedDesign;
  readonly servers: ServerDraft;
  /** GPU rank to its cable to the leaf. */
  readonly accessCable: Int32Array;
  /** Uplink u of leaf (pod * rails + rail) is at leaf * uplinksPerLeaf + u. */
  readonly uplinkCable: Int32Array;
}

/** Node row to GPU rank, -1 for other nodes. */
export function ranksByNode(graph: WiredGraph): Int32Array {
  const rank = new Int32Array(graph.nodeCount).fill(-1);
  graph.gpuNode.forEach((node, index) => void (rank[node] = index));
  return rank;
}

/**
 * Inside a scale-up domain traffic stays there. Otherwise it enters the network on one rail and leaves it on the same or
 * another one: under `crossRail: scaleUp` the sender first hands it to the GPU of its own domain that is on the receiver's
 * rail; under `spine` the leaves of the two rails meet at a spine. Between pods the flow's hash picks the uplink and, among
 * the parallel links from that spine, the way down.
 */
export function railRouting(graph: WiredGraph, tables: RailTables): Routing {
  const { design, family, servers, accessCable, uplinkCable } = tables;
  const rails = design.gpusPerNode;
  const { uplinksPerLeaf, spines } = family;
  const parallel = uplinksPerLeaf / spines;
  const rankOf = ranksByNode(graph);
  const leafOf = (rank: number): number => Math.floor(rank / rails / family.nodesPerPod) * rails + (rank % rails);
  const domainOf = (rank: number): number => (servers.domainSize > 1 ? Math.floor(rank / servers.domainSize) : -1 - rank);

  function crossNetwork(from: number, to: number, flowHash: number, into: Int32Array, at: number): number {
    const fromLeaf = leafOf(from);
    const toLeaf = leafOf(to);
    let next = at;
    into[next++] = 2 * (accessCable[from] ?? 0);
    if (fromLeaf !== toLeaf) {
      const up = chooseOf(uplinksPerLeaf, flowHash, 0);
      const down = (up % spines) + spines * chooseOf(parallel, flowHash, 1);
      into[next++] = 2 * (uplinkCable[fromLeaf * uplinksPerLeaf + up] ?? 0);
      into[next++] = 2 * (uplinkCable[toLeaf * uplinksPerLeaf + down] ?? 0) + 1;
    }
    into[next++] = 2 * (accessCable[to] ?? 0) + 1;
    return next;
  }

  return {
    name: `rail ECMP, between rails through the ${family.crossRail === 'spine' ? 'spine' : 'scale-up domain'}`,
    hopsMax: 6,
    route(fromNode, toNode, flowHash, into) {
      const from = rankOf[fromNode] ?? -1;
      const to = rankOf[toNode] ?? -1;
      if (from < 0 || to < 0) return -1;
      if (from === to) return 0;
      let at = 0;
      const sameDomain = domainOf(from) === domainOf(to);
      let entry = from;
      if (!sameDomain && family.crossRail === 'scaleUp' && from % rails !== to % rails) entry = from - (from % rails) + (to % rails);
      // A last node with empty seats may have no GPU on that rail.
      if (entry >= design.gpus) return -1;
      if (sameDomain || entry !== from) {
        into[at++] = 2 * (servers.scaleUpCable[from] ?? 0);
        into[at++] = 2 * (servers.scaleUpCable[sameDomain ? to : entry] ?? 0) + 1;
      }
      return sameDomain ? at : crossNetwork(entry, to, flowHash, into, at);
    },
  };
}
