/** Draws what every family starts with: servers of GPUs and the scale-up domain that joins them. */

import type { ClusterDesign } from './design.ts';
import type { GraphDraft } from './draft.ts';
import type { NodeIx } from './fabric.ts';

/** GPUs in rank order with their scale-up switch, if the domain has more than one GPU. */
export interface ServerDraft {
  /** GPU rank to node row. */
  readonly gpu: Int32Array;
  /** Domain to the row of its scale-up switch, -1 without one. */
  readonly domainSwitch: Int32Array;
  /** GPU rank to its cable into the domain, -1 without one. */
  readonly scaleUpCable: Int32Array;
  readonly domainSize: number;
}

/**
 * Adds all GPUs server by server and joins each scale-up domain by one switch node that stands for all its planes.
 * A domain inside one server belongs to that server; a larger domain stands beside its servers. `zoneOf` and `siteOf` say
 * with which pod and in which site a server stands.
 */
export function drawServers(
  draft: GraphDraft,
  design: ClusterDesign,
  zoneOf: (server: number) => number,
  siteOf: (server: number) => number = () => 0,
): ServerDraft {
  const { gpus, gpusPerNode } = design;
  const domainSize = design.scaleUp.size;
  const gpu = new Int32Array(gpus);
  const scaleUpCable = new Int32Array(gpus).fill(-1);
  const domainSwitch = new Int32Array(domainSize > 1 ? Math.ceil(gpus / domainSize) : 0).fill(-1);
  let unit = -1;
  for (let rank = 0; rank < gpus; rank++) {
    const server = Math.floor(rank / gpusPerNode);
    if (rank % gpusPerNode === 0) unit = draft.addUnit({ isServer: true, zone: zoneOf(server), site: siteOf(server) });
    const node = draft.addNode('gpu', unit);
    gpu[rank] = node;
    if (domainSize <= 1) continue;
    const domain = Math.floor(rank / domainSize);
    if (rank % domainSize === 0) {
      const home = domainSize > gpusPerNode ? draft.addUnit({ isServer: true, zone: zoneOf(server), site: siteOf(server) }) : unit;
      domainSwitch[domain] = draft.addNode('scaleUpSwitch', home);
    }
    scaleUpCable[rank] = draft.addCable({ near: node, far: (domainSwitch[domain] ?? 0) as NodeIx, tier: 'scaleUp' });
  }
  return { gpu, domainSwitch, scaleUpCable, domainSize };
}
