/**
 * What placement knows of a fabric before any job asks: scale-up domains, the pods and blocks that hold them, racks and rows, and
 * how often what takes which accelerators with it. Built once per fabric, shared by every view and question.
 */

import type { Csr } from '../../base/csr.ts';
import { groupRows } from '../../base/csr.ts';
import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { Bill } from '../../fabric/bill.ts';
import { makeBill } from '../../fabric/bill.ts';
import type { CompiledCluster, CompiledFabric } from '../../fabric/compiled.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import type { FaultDomains } from '../../fabric/fault-domain.ts';
import { createFaultDomains } from '../../fabric/fault-domain.ts';
import type { FindPartFigures } from '../../fabric/part-figures.ts';
import type { HazardRates } from './hazard-rates.ts';
import { hazardRates } from './hazard-rates.ts';
import type { Hazards } from './hazards.ts';
import { hazardsOf } from './hazards.ts';

/** Kinds of places that replicas can be spread over. */
export const spreadLevels = ['rack', 'row', 'pod'] as const;
export type SpreadLevel = (typeof spreadLevels)[number];

export interface PlacementIndex {
  readonly cluster: CompiledCluster;
  readonly bill: Bill;
  readonly faultDomains: FaultDomains;
  readonly hazardRates: HazardRates;
  /** Of the sound cluster; `hazardsBeside` tells those of one in which something is down. */
  readonly hazards: Hazards;
  /** Node row to GPU rank, -1 for other nodes. */
  readonly rankOfNode: Int32Array;
  /** Scale-up domain of each rank; the server where there is no scale-up domain. */
  readonly domainOf: Int32Array;
  readonly domains: Csr;
  readonly domainCount: number;
  /** Accelerators of a whole domain. */
  readonly domainSize: number;
  /** Pods: domains whose access links meet in the same switches. */
  readonly podOf: Int32Array;
  readonly podDomains: Csr;
  readonly podCount: number;
  /** Blocks: pods that reach each other below the core tier. Indexed by pod. */
  readonly blockOf: Int32Array;
  readonly blockCount: number;
  /** Accelerators are joined to each other, not to switches. */
  readonly isDirect: boolean;
  /** Place of each domain, by spread level. */
  readonly placeOf: Readonly<Record<SpreadLevel, Int32Array>>;
}

const access = linkTiers.indexOf('access');
const fabricTier = linkTiers.indexOf('fabric');

/** Disjoint sets of rows with path halving (Tarjan and van Leeuwen, 1984). */
export function createSets(count: number): { find(row: number): number; join(a: number, b: number): void } {
  const parent = Int32Array.from({ length: count }, (_, row) => row);
  const find = (row: number): number => {
    let at = row;
    while ((parent[at] ?? at) !== at) {
      parent[at] = parent[parent[at] ?? at] ?? at;
      at = parent[at] ?? at;
    }
    return at;
  };
  return {
    find,
    join(a, b) {
      const [one, other] = [find(a), find(b)];
      // The smaller row leads, so that sets are numbered in the order of their first member.
      if (one !== other) parent[Math.max(one, other)] = Math.min(one, other);
    },
  };
}

/** Numbers the sets of `keys` in the order of their first appearance. */
function numbered(keys: Int32Array): { readonly rows: Int32Array; readonly count: number } {
  const row = new Map<number, number>();
  const rows = keys.map((key) => {
    let at = row.get(key);
    if (at === undefined) row.set(key, (at = row.size));
    return at;
  });
  return { rows, count: row.size };
}

/** Sets of domains that meet over links up to a tier, by the domain's first GPU node. */
function regionsUpTo(fabric: CompiledFabric, ranks: { readonly domainOf: Int32Array; readonly firstNode: Int32Array }, tier: number): { readonly rows: Int32Array; readonly count: number } {
  const sets = createSets(fabric.nodeCount);
  fabric.gpuNode.forEach((node, rank) => sets.join(node, ranks.firstNode[ranks.domainOf[rank] ?? 0] ?? 0));
  for (let link = 0; link < fabric.linkCount; link += 2) {
    const own = fabric.linkTier[link] ?? 0;
    if (own >= access && own <= tier) sets.join(fabric.linkSource[link] ?? 0, fabric.linkTarget[link] ?? 0);
  }
  return numbered(ranks.firstNode.map((node) => sets.find(node)));
}

function hasSwitches(fabric: CompiledFabric): boolean {
  for (let link = 0; link < fabric.linkCount; link++) if (fabric.linkTier[link] === access) return true;
  return false;
}

/** Issues: those of the bill (`part-without-figures`). Cost: one pass over links, and one fault domain per part that can fail. */
export function createPlacementIndex(cluster: CompiledCluster, deps: { readonly findPartFigures: FindPartFigures }): Parsed<PlacementIndex> {
  const { fabric, design } = cluster;
  const { bill, issues } = makeBill(cluster, deps.findPartFigures);
  if (issues.length > 0) return { ok: false, issues };
  const domainSize = design.scaleUp.size > 1 ? Math.min(design.scaleUp.size, design.gpus) : design.gpusPerNode;
  const domainOf = Int32Array.from({ length: fabric.gpuNode.length }, (_, rank) => Math.floor(rank / domainSize));
  const domainCount = Math.ceil(fabric.gpuNode.length / domainSize);
  const firstNode = Int32Array.from({ length: domainCount }, (_, domain) => fabric.gpuNode[domain * domainSize] ?? 0);
  const pods = regionsUpTo(fabric, { domainOf, firstNode }, access);
  const blocks = regionsUpTo(fabric, { domainOf, firstNode }, fabricTier);
  const blockOf = new Int32Array(pods.count);
  pods.rows.forEach((pod, domain) => void (blockOf[pod] = blocks.rows[domain] ?? 0));
  const rankOfNode = new Int32Array(fabric.nodeCount).fill(-1);
  fabric.gpuNode.forEach((node, rank) => void (rankOfNode[node] = rank));
  const { placement } = fabric;
  const rackOf = firstNode.map((node) => placement.unitRack[fabric.nodeUnit[node] ?? 0] ?? 0);
  const faultDomains = createFaultDomains(fabric);
  const rates = hazardRates(cluster, deps.findPartFigures);
  return parsed({
    cluster, bill, faultDomains, rankOfNode, domainOf, domains: groupRows(domainOf, domainCount), domainCount, domainSize,
    hazardRates: rates, hazards: hazardsOf({ cluster, domains: faultDomains, rates, down: [] }),
    podOf: pods.rows, podDomains: groupRows(pods.rows, pods.count), podCount: pods.count, blockOf, blockCount: blocks.count, isDirect: !hasSwitches(fabric),
    placeOf: { rack: rackOf, row: rackOf.map((rack) => placement.rackRow[rack] ?? 0), pod: pods.rows },
  });
}

/** What may fail next where some components are down already: costs as much as the index did. */
export const hazardsBeside = ({ cluster, faultDomains, hazardRates: rates, hazards }: PlacementIndex, down: readonly ComponentIx[]): Hazards =>
  down.length === 0 ? hazards : hazardsOf({ cluster, domains: faultDomains, rates, down });
