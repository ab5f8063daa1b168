/** Picks algorithm and protocol by size as NCCL's tuner does: predicted time = latency + bytes over bus bandwidth. */

import type { CollectiveOp } from './operation.ts';

export const ncclAlgorithms = ['ring', 'tree'] as const;
export const ncclProtocols = ['LL', 'LL128', 'Simple'] as const;
export type NcclAlgorithm = (typeof ncclAlgorithms)[number];
export type NcclProtocol = (typeof ncclProtocols)[number];

/**
 * Microseconds, published: NVIDIA/nccl src/graph/tuning.cc (ncclTunerConstants), read June 2026. Simple: base 8.4, ring 3.4
 * and tree 4.0 over NVLink, 14 over the network.
 */
const latencyUs = {
  base: { ring: { LL: 6.6, LL128: 14, Simple: 8.4 }, tree: { LL: 6.8, LL128: 14, Simple: 8.4 } },
  nvlink: { ring: { LL: 0.6, LL128: 1.9, Simple: 3.4 }, tree: { LL: 0.6, LL128: 1.25, Simple: 4 } },
  network: { ring: { LL: 2.7, LL128: 4, Simple: 14 }, tree: { LL: 5, LL128: 8.5, Simple: 14 } },
} as const;

/** Share of the bus bandwidth that a protocol keeps: LL sends a flag beside every 4 bytes, LL128 8 bytes in 128. */
const protocolShare = { ring: { LL: 0.5, LL128: 0.92, Simple: 1 }, tree: { LL: 1 / 3.8, LL128: 0.92, Simple: 0.92 } } as const;

export interface NcclSetting {
  readonly op: CollectiveOp;
  readonly nodes: number;
  readonly ranksPerNode: number;
  readonly bits: number;
  /** Bus bandwidth of a ring over all ranks: the slower of NVLink and the NICs of a node together. */
  readonly busGbps: number;
}

export interface NcclChoice {
  readonly algorithm: NcclAlgorithm;
  readonly protocol: NcclProtocol;
  readonly timeNs: number;
}

/** Steps over NVLink and over the network. Trees serve all-reduce only. */
function steps(setting: NcclSetting, algorithm: NcclAlgorithm): { readonly inner: number; readonly outer: number } {
  const { op, nodes, ranksPerNode } = setting;
  const rounds = op === 'allReduce' ? 2 : 1;
  if (algorithm === 'tree') return { inner: rounds * (ranksPerNode - 1), outer: nodes > 1 ? rounds * Math.log2(nodes) : 0 };
  const total = rounds * (nodes * ranksPerNode - 1);
  const outer = nodes > 1 ? Math.min(total, rounds * nodes) : 0;
  return { inner: total - outer, outer };
}

/** Every candidate, fastest first; ties keep ring before tree and LL before Simple. */
export function ncclCandidates(setting: NcclSetting): readonly NcclChoice[] {
  const ranks = setting.nodes * setting.ranksPerNode;
  const choices: NcclChoice[] = [];
  for (const algorithm of setting.op === 'allReduce' ? ncclAlgorithms : (['ring'] as const)) {
    const { inner, outer } = steps(setting, algorithm);
    const rounds = setting.op === 'allReduce' ? 2 : 1;
    const traffic = algorithm === 'tree' ? 2 : (rounds * (ranks - 1)) / ranks;
    for (const protocol of ncclProtocols) {
      const us = latencyUs.base[algorithm][protocol] + inner * latencyUs.nvlink[algorithm][protocol] + outer * latencyUs.network[algorithm][protocol];
      const timeNs = us * 1e3 + (traffic * setting.bits) / (setting.busGbps * protocolShare[algorithm][protocol]);
      choices.push({ algorithm, protocol, timeNs });
    }
  }
  return choices.map((choice, order) => ({ choice, order })).sort((a, b) => a.choice.timeNs - b.choice.timeNs || a.order - b.order).map(({ choice }) => choice);
}
