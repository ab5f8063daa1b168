/** Where flows between accelerators run: the ports of a network view, or the links and routes of a compiled cluster. */

import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { NetworkView } from '../traffic/network-view.ts';
import type { RankFlows } from '../traffic/phase-flows.ts';
import { routeFlows } from './phase-run.ts';

export interface FlowPaths {
  readonly pathOffset: Int32Array;
  readonly pathLink: Int32Array;
}

export interface TransferNetwork {
  readonly accelerators: number;
  readonly linkRateGbps: Float64Array;
  readonly linkLatencyNs: Float64Array;
  paths(flows: RankFlows): FlowPaths | Refusal;
}

/** Four links per accelerator, out and in of its domain and of its NIC; the core between NICs is taken as non-blocking. */
export function portNetwork(view: NetworkView, accelerators: number): TransferNetwork {
  const { scaleUp, scaleOut } = view;
  const rate = (link: number): number => (link % 4 < 2 ? scaleUp.rateGbps : scaleOut.rateGbps);
  // Latency lies on the outgoing half of a port, so that a path has it once.
  const latency = (link: number): number => (link % 2 === 1 ? 0 : link % 4 === 0 ? scaleUp.latencyNs : scaleOut.latencyNs);
  return {
    accelerators,
    linkRateGbps: Float64Array.from({ length: 4 * accelerators }, (_, link) => rate(link)),
    linkLatencyNs: Float64Array.from({ length: 4 * accelerators }, (_, link) => latency(link)),
    paths(flows) {
      const pathLink = new Int32Array(2 * flows.flowCount);
      for (let flow = 0; flow < flows.flowCount; flow++) {
        const source = flows.sourceRank[flow] ?? 0;
        const target = flows.targetRank[flow] ?? 0;
        const port = Math.floor(source / scaleUp.size) === Math.floor(target / scaleUp.size) ? 0 : 2;
        pathLink[2 * flow] = 4 * source + port;
        pathLink[2 * flow + 1] = 4 * target + port + 1;
      }
      return { pathOffset: Int32Array.from({ length: flows.flowCount + 1 }, (_, flow) => 2 * flow), pathLink };
    },
  };
}

export const clusterNetwork = (cluster: CompiledCluster): TransferNetwork => ({
  accelerators: cluster.fabric.gpuNode.length, linkRateGbps: cluster.fabric.linkRateGbps, linkLatencyNs: cluster.fabric.linkLatencyNs,
  paths(flows) {
    const routes = routeFlows(cluster, flows);
    return isRefusal(routes) ? routes : { pathOffset: routes.pathOffset, pathLink: routes.pathLink };
  },
});
