/** Reads from a compiled fabric what the closed-form step model needs: rates and latencies as one accelerator sees them. */

import type { CompiledCluster } from '../fabric/compiled.ts';
import type { NodeIx } from '../fabric/fabric.ts';
import { linkTiers, nodeKinds } from '../fabric/fabric.ts';
import type { NetworkView } from '../traffic/network-view.ts';

const tierRow = (name: (typeof linkTiers)[number]): number => linkTiers.indexOf(name);

interface RouteView {
  readonly latencyNs: number;
  /** True when the route leaves the leaves, that is crosses a tier above access. */
  readonly crossesFabric: boolean;
}

/** Latency and reach of the route between two ranks; `null` where there is none. */
function viewRoute(cluster: CompiledCluster, ranks: { readonly from: number; readonly to: number }): RouteView | null {
  const { fabric } = cluster;
  const path = new Int32Array(fabric.routing.hopsMax);
  const hops = fabric.routing.route((fabric.gpuNode[ranks.from] ?? 0) as NodeIx, (fabric.gpuNode[ranks.to] ?? 0) as NodeIx, 0, path);
  if (hops < 0) return null;
  let latencyNs = 0;
  let crossesFabric = false;
  for (let hop = 0; hop < hops; hop++) {
    const link = path[hop] ?? 0;
    latencyNs += fabric.linkLatencyNs[link] ?? 0;
    if ((fabric.linkTier[link] ?? 0) > tierRow('access')) crossesFabric = true;
  }
  return { latencyNs, crossesFabric };
}

/** Sum of the usable rates of a node's links of one tier, one direction. */
function nodeRateGbps(cluster: CompiledCluster, node: number, tier: number): number {
  const { fabric } = cluster;
  let sum = 0;
  for (let at = fabric.outOffset[node] ?? 0; at < (fabric.outOffset[node + 1] ?? 0); at++) {
    const link = fabric.outLink[at] ?? 0;
    if (fabric.linkTier[link] === tier) sum += fabric.linkRateGbps[link] ?? 0;
  }
  return sum;
}

/** What an accelerator can send into the network: its access links, or, where it is a node of a direct network, the links to its neighbours. */
function accessGbps(cluster: CompiledCluster, node: number): number {
  const { fabric } = cluster;
  let hasAccess = false;
  for (let at = fabric.outOffset[node] ?? 0; at < (fabric.outOffset[node + 1] ?? 0); at++) hasAccess ||= fabric.linkTier[fabric.outLink[at] ?? 0] === tierRow('access');
  return nodeRateGbps(cluster, node, tierRow(hasAccess ? 'access' : 'fabric'));
}

/** The least scale-out rate of any accelerator: one slow access link holds up every collective its owner is in. */
function slowestAccessGbps(cluster: CompiledCluster): number {
  let least = Infinity;
  for (const node of cluster.fabric.gpuNode) least = Math.min(least, accessGbps(cluster, node));
  return least;
}

/** How many times more rate enters the worst leaf from below than can leave it upward; 1 where nothing is oversubscribed. */
function oversubscription(cluster: CompiledCluster): number {
  const { fabric } = cluster;
  let worst = 1;
  for (let node = 0; node < fabric.nodeCount; node++) {
    const down = nodeRateGbps(cluster, node, tierRow('access'));
    const up = nodeRateGbps(cluster, node, tierRow('fabric'));
    if (down > 0 && up > 0 && nodeKinds[fabric.nodeKind[node] ?? 0] !== 'gpu') worst = Math.max(worst, down / up);
  }
  return worst;
}

/**
 * Accelerators, counted in whole nodes from rank 0, that reach each other without leaving their leaves. Rank 0 asks every
 * node in turn for the accelerator on its own rail, because rail-aligned collectives talk to no other.
 */
function podSize(cluster: CompiledCluster): number {
  const { gpus, gpusPerNode } = cluster.design;
  let size = gpusPerNode;
  while (size < gpus && viewRoute(cluster, { from: 0, to: size })?.crossesFabric === false) size += gpusPerNode;
  return Math.min(size, gpus);
}

/** The network as the step model sees it. Latencies are those of real routes: next node, and farthest node on the same rail. */
export function networkView(cluster: CompiledCluster): NetworkView {
  const { design, fabric } = cluster;
  const { gpus, gpusPerNode } = design;
  const lastNode = Math.max(0, (Math.ceil(gpus / gpusPerNode) - 1) * gpusPerNode);
  const near = gpus > gpusPerNode ? viewRoute(cluster, { from: 0, to: gpusPerNode }) : null;
  const far = lastNode > 0 ? viewRoute(cluster, { from: 0, to: lastNode }) : null;
  const scaleUp = design.scaleUp.size > 1 ? viewRoute(cluster, { from: 0, to: 1 }) : null;
  return {
    scaleUp: {
      size: design.scaleUp.size,
      rateGbps: design.scaleUp.size > 1 ? nodeRateGbps(cluster, fabric.gpuNode[0] ?? 0, tierRow('scaleUp')) : slowestAccessGbps(cluster),
      latencyNs: scaleUp?.latencyNs ?? near?.latencyNs ?? 0,
    },
    scaleOut: {
      rateGbps: slowestAccessGbps(cluster),
      latencyNs: near?.latencyNs ?? 0,
      podSize: podSize(cluster),
      oversubscription: oversubscription(cluster),
      coreLatencyNs: far?.latencyNs ?? near?.latencyNs ?? 0,
    },
  };
}
