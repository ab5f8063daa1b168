/**
 * No collective on a compiled fabric is faster than its worst cut: demand across over rate across.
 *
 * The cuts tried are the parts into which the fabric falls when whole tiers are taken away: single accelerators, scale-up
 * domains, leaves, pods, sites. Every cut bounds every algorithm and every routing from below, so the bound is sound on any
 * fabric; on switched fabrics, whose parts are joined through non-blocking switches, it is also reached (ForestColl, theorem 1,
 * with these cuts as the bottlenecks). On direct networks such as a torus the true optimum may be higher; `optimalAllGather`
 * then finds it for some hundred nodes. Latency is left out.
 */

import type { Fabric, LinkTier } from '../../fabric/fabric.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import { cutDemand, partitionDemand } from './cut-demand.ts';
import type { CollectiveOp } from './operation.ts';

export interface FabricCollective {
  readonly op: CollectiveOp;
  /** Size as `operation.ts` defines it, of every group. */
  readonly bits: number;
  /** Ranks of each group that runs at the same time; the first one is the root of a broadcast, a point-to-point chain goes in order. */
  readonly groups: readonly (readonly number[])[];
}

export interface FabricBound {
  readonly boundNs: number;
  /** The limiting cut in words, e.g. `out of a scale-up domain`; null when nothing must cross. */
  readonly cut: string | null;
  readonly cutGbps: number;
}

/** Tiers kept inside a part, and what such a part is called. */
const partitions: readonly { readonly name: string; readonly kept: readonly LinkTier[] }[] = [
  { name: 'an accelerator', kept: [] },
  { name: 'a scale-up domain', kept: ['scaleUp'] },
  { name: 'a leaf and its accelerators', kept: ['access'] },
  { name: 'a pod', kept: ['scaleUp', 'access'] },
  { name: 'a block below the core', kept: ['scaleUp', 'access', 'fabric'] },
  { name: 'a site', kept: ['scaleUp', 'access', 'fabric', 'core'] },
];

/** The part of each node when only links of the kept tiers join nodes; links without light join nothing. */
function partOfNodes(fabric: Fabric, kept: readonly LinkTier[]): Int32Array {
  const parent = Int32Array.from({ length: fabric.nodeCount }, (_, node) => node);
  const find = (start: number): number => {
    let node = start;
    while ((parent[node] ?? node) !== node) {
      const above = parent[node] ?? node;
      parent[node] = parent[above] ?? above;
      node = parent[node] ?? node;
    }
    return node;
  };
  for (let link = 0; link < fabric.linkCount; link++) {
    const tier = linkTiers[fabric.linkTier[link] ?? 0];
    if (tier === undefined || !kept.includes(tier) || (fabric.linkRateGbps[link] ?? 0) <= 0) continue;
    const one = find(fabric.linkSource[link] ?? 0);
    const other = find(fabric.linkTarget[link] ?? 0);
    // The lower row becomes the root, so the parts do not depend on link order.
    if (one < other) parent[other] = one;
    else parent[one] = other;
  }
  return Int32Array.from({ length: fabric.nodeCount }, (_, node) => find(node));
}

interface Loads { readonly outBits: Float64Array; readonly inBits: Float64Array; totalBits: number }

const add = (row: Float64Array, at: number, value: number): void => void (row[at] = (row[at] ?? 0) + value);

/** Adds what one group must move across each part. */
function addGroup(collective: FabricCollective, group: readonly number[], partOfRank: (rank: number) => number, loads: Loads): void {
  const { op, bits } = collective;
  if (op === 'pointToPoint') {
    for (let member = 0; member + 1 < group.length; member++) {
      const from = partOfRank(group[member] ?? 0);
      const to = partOfRank(group[member + 1] ?? 0);
      if (from === to) continue;
      add(loads.outBits, from, bits);
      add(loads.inBits, to, bits);
    }
    return;
  }
  const inside = new Map<number, number>();
  for (const rank of group) inside.set(partOfRank(rank), (inside.get(partOfRank(rank)) ?? 0) + 1);
  const root = partOfRank(group[0] ?? 0);
  for (const [part, count] of inside) {
    const demand = cutDemand(op, bits, { ranks: group.length, inside: count, hasRoot: part === root });
    add(loads.outBits, part, demand.outBits);
    add(loads.inBits, part, demand.inBits);
  }
  loads.totalBits += partitionDemand(op, bits, inside.size);
}

/** The bound over all cuts. Infinity where a part that must exchange has no light across its border. */
export function fabricBound(fabric: Fabric, collective: FabricCollective): FabricBound {
  let best: FabricBound = { boundNs: 0, cut: null, cutGbps: 0 };
  const consider = (bits: number, gbps: number, cut: string): void => {
    const boundNs = bits > 0 ? bits / gbps : 0;
    if (boundNs > best.boundNs) best = { boundNs, cut, cutGbps: gbps };
  };
  for (const { name, kept } of partitions) {
    const part = partOfNodes(fabric, kept);
    const outGbps = new Float64Array(fabric.nodeCount);
    const inGbps = new Float64Array(fabric.nodeCount);
    for (let link = 0; link < fabric.linkCount; link++) {
      const from = part[fabric.linkSource[link] ?? 0] ?? 0;
      const to = part[fabric.linkTarget[link] ?? 0] ?? 0;
      if (from === to) continue;
      add(outGbps, from, fabric.linkRateGbps[link] ?? 0);
      add(inGbps, to, fabric.linkRateGbps[link] ?? 0);
    }
    const loads: Loads = { outBits: new Float64Array(fabric.nodeCount), inBits: new Float64Array(fabric.nodeCount), totalBits: 0 };
    for (const group of collective.groups) addGroup(collective, group, (rank) => part[fabric.gpuNode[rank] ?? 0] ?? 0, loads);
    let exits = 0;
    for (let node = 0; node < fabric.nodeCount; node++) {
      consider(loads.outBits[node] ?? 0, outGbps[node] ?? 0, `out of ${name}`);
      consider(loads.inBits[node] ?? 0, inGbps[node] ?? 0, `into ${name}`);
      if ((loads.outBits[node] ?? 0) > 0) exits += outGbps[node] ?? 0;
    }
    consider(loads.totalBits, exits, `out of each ${name.replace(/^an? /, '')} in turn`);
  }
  return best;
}
