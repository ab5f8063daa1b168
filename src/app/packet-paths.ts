/** Paths and packet shares for a set of demands, for `heliostat paths`, beside what equal-cost multi-path forwarding does with them. */

import type { Refusal } from '../base/refusal.ts';
import { refuse } from '../base/refusal.ts';
import type { CompiledFabric } from '../fabric/compiled.ts';
import type { ComponentIx } from '../fabric/fabric.ts';
import { nodeKinds } from '../fabric/fabric.ts';
import { splitEqually } from '../plan/paths/equal-split.ts';
import type { PathSearch } from '../plan/paths/find-path.ts';
import { createPathSearch, searchPath } from '../plan/paths/find-path.ts';
import { hardwareWeights } from '../plan/paths/hardware-weights.ts';
import type { PacketShare, PacketShares, ShareDemand } from '../plan/paths/packet-shares.ts';
import { sharePackets } from '../plan/paths/packet-shares.ts';
import { defaultPolicy } from '../plan/policy.ts';
import type { RankDemand } from './demand-file.ts';

export interface WeightedPath {
  /** Ports that send, by component name. */
  readonly links: readonly string[];
  readonly rateGbps: number;
  /** Part of the demand's packets, 0 to 1, and the same as a whole number of table entries. */
  readonly share: number;
  readonly weight: number;
}

export interface PathedDemand extends RankDemand {
  readonly acceptedGbps: number;
  readonly paths: readonly WeightedPath[];
  readonly refusal: Refusal | null;
}

export interface LoadedLink {
  readonly link: string;
  readonly rateGbps: number;
  /** Load over rate: with the shares, with the whole-number weights, and with all that is asked for split over equal hops. */
  readonly shared: number;
  readonly weighted: number;
  readonly ecmp: number;
}

export interface PacketPaths {
  readonly demands: readonly PathedDemand[];
  readonly askedGbps: number;
  readonly acceptedGbps: number;
  /** The fullest link in each case; `bound` is for all that is asked for. */
  readonly fullest: { readonly shared: number; readonly weighted: number; readonly ecmp: number; readonly bound: number; readonly isBoundOverAll: boolean };
  /** The fullest in any case first. */
  readonly links: readonly LoadedLink[];
}

const linksShown = 10;
const gratingKind = nodeKinds.indexOf('awgr');

export interface PacketOptions {
  /** Wavelengths out of service, by row. */
  readonly dark: readonly number[];
  /** Accelerators pass on the traffic of others; else only where a demand has no other way, as in a direct network. */
  readonly isRelayed: boolean;
}

function questionOf(fabric: CompiledFabric, { fromRank, toRank, rateGbps, trafficClass }: RankDemand): ShareDemand {
  const { priority, floorShare } = defaultPolicy.classes[trafficClass];
  return { from: fabric.gpuNode[fromRank] ?? 0, to: fabric.gpuNode[toRank] ?? 0, needGbps: rateGbps, floorGbps: floorShare * rateGbps, priority, weight: rateGbps };
}

const needsRelay = (search: PathSearch, { from, to }: ShareDemand, residualGbps: Float64Array): boolean => searchPath(search, { from, to, residualGbps, needGbps: 0, throughGpus: false }) < 0;

const linkName = (fabric: CompiledFabric, link: number): string => fabric.componentName((fabric.linkPort[link] ?? 0) as ComponentIx);

/** What links carry after the failures: the lanes that are left. */
function residualOf(fabric: CompiledFabric, dark: readonly number[]): Float64Array {
  const residualGbps = Float64Array.from(fabric.linkRateGbps);
  for (const row of dark) {
    const link = fabric.wavelengthLink[row] ?? 0;
    residualGbps[link] = (residualGbps[link] ?? 0) - (fabric.wavelengthRateGbps[row] ?? 0);
  }
  // What floating point leaves of a link without lanes is nothing.
  return residualGbps.map((gbps, link) => (gbps > 1e-9 * (fabric.linkRateGbps[link] ?? 0) ? gbps : 0));
}

const weightsOf = ({ paths, acceptedGbps }: PacketShare): readonly number[] => hardwareWeights(paths.map(({ rateGbps }) => rateGbps / acceptedGbps));

function pathedDemand(fabric: CompiledFabric, demand: RankDemand, share: PacketShare, hasPath: boolean): PathedDemand {
  const weights = weightsOf(share);
  const why = refuse('no-path', 'wait', `No links in service lead from rank ${demand.fromRank} to rank ${demand.toRank}.`);
  return {
    ...demand, acceptedGbps: share.acceptedGbps, refusal: hasPath ? share.refusal : why,
    paths: share.paths.map(({ links, rateGbps }, path) => ({ links: links.map((link) => linkName(fabric, link)), rateGbps, share: rateGbps / share.acceptedGbps, weight: weights[path] ?? 0 })),
  };
}

/** Loads of the links with the shares as they are and as whole numbers. */
function loadsOf({ shares }: PacketShares, links: number): { readonly shared: Float64Array; readonly weighted: Float64Array } {
  const [shared, weighted] = [new Float64Array(links), new Float64Array(links)];
  for (const share of shares) {
    const weights = weightsOf(share);
    const entries = weights.reduce((sum, weight) => sum + weight, 0);
    share.paths.forEach((path, at) => {
      for (const link of path.links) {
        shared[link] = (shared[link] ?? 0) + path.rateGbps;
        weighted[link] = (weighted[link] ?? 0) + (share.acceptedGbps * (weights[at] ?? 0)) / entries;
      }
    });
  }
  return { shared, weighted };
}

/** Refusal `grating-decides` where wavelengths choose the port themselves: there a link's rate is no common room. */
export function packetPaths(fabric: CompiledFabric, demands: readonly RankDemand[], { dark, isRelayed }: PacketOptions): PacketPaths | Refusal {
  if (fabric.nodeKind.includes(gratingKind)) return refuse('grating-decides', 'never', 'The fabric has wavelength gratings, which send each wavelength to one port: a link has no room that demands could share.');
  const residualGbps = residualOf(fabric, dark);
  const search = createPathSearch(fabric);
  const asked = demands.map((demand) => questionOf(fabric, demand)).map((one) => ({ ...one, throughGpus: isRelayed || needsRelay(search, one, residualGbps) }));
  const answer = sharePackets({ search, residualGbps, demands: asked });
  const equal = splitEqually(search, asked, residualGbps);
  const pathless = new Set(equal.pathless);
  const { shared, weighted } = loadsOf(answer, fabric.linkCount);
  const parts = [shared, weighted, equal.loadGbps].map((load) => load.map((gbps, link) => (gbps > 0 ? gbps / (residualGbps[link] ?? 0) : 0)));
  const [sharedPart = shared, weightedPart = weighted, ecmpPart = equal.loadGbps] = parts;
  const most = (part: Float64Array): number => part.reduce((sofar, one) => Math.max(sofar, one), 0);
  const worst = sharedPart.map((part, link) => Math.max(part, ecmpPart[link] ?? 0));
  const fullest = [...worst.keys()].filter((link) => (worst[link] ?? 0) > 0).sort((a, b) => (worst[b] ?? 0) - (worst[a] ?? 0) || a - b).slice(0, linksShown);
  return {
    demands: demands.flatMap((demand, row) => { const share = answer.shares[row]; return share === undefined ? [] : [pathedDemand(fabric, demand, share, !pathless.has(row))]; }),
    askedGbps: demands.reduce((sum, { rateGbps }) => sum + rateGbps, 0), acceptedGbps: answer.acceptedGbps,
    fullest: { shared: most(sharedPart), weighted: most(weightedPart), ecmp: most(ecmpPart), bound: answer.boundUtilisation, isBoundOverAll: answer.isBoundOverAll },
    links: fullest.map((link) => ({ link: linkName(fabric, link), rateGbps: residualGbps[link] ?? 0, shared: sharedPart[link] ?? 0, weighted: weightedPart[link] ?? 0, ecmp: ecmpPart[link] ?? 0 })),
  };
}
