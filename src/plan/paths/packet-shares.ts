/**
 * Paths and packet shares for traffic that stays electrical: several paths per demand and the part of its packets on each.
 *
 * Floors come first, class by class; then what is asked beyond them, class by class (strict priority). Within a class the room is shared
 * by weighted max-min: all rise together in proportion to their weights (`balance.ts` finds how far), those that have what they asked
 * for or whose every path is full stop, and the others rise on in what is left. Where all fits, the split is the one that leaves the fullest link emptiest.
 *
 * The first rise of a class is within 1 % of the optimum over the paths considered. The later ones keep the flows of the earlier
 * where they are, so they may fall short of an exact max-min, which would route everything anew each time.
 * On fabrics too large to price new paths in (`pricedNodesMax`) "considered" means the candidates: alike paths of a Clos lose little,
 * irregular graphs lose 14 % in the mean of 40 small random ones and a factor of two in the worst.
 *
 * Bounds: demands are rows of `demands`, links are rows of `residualGbps`.
 */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { balancePaths } from './balance.ts';
import type { PriceSearch } from './cheapest-path.ts';
import { cheapestPath, createPriceSearch } from './cheapest-path.ts';
import type { PathSearch } from './find-path.ts';
import { findDisjointPaths, searchPath } from './find-path.ts';

export interface ShareDemand {
  /** Node rows; different ones. */
  readonly from: number;
  readonly to: number;
  readonly needGbps: number;
  /** At most what it needs; served before anything beyond floors. */
  readonly floorGbps: number;
  /** 1 is served first. */
  readonly priority: number;
  /** What it gets of a shortage relative to others of its class. */
  readonly weight: number;
}

export interface ShareQuestion {
  readonly search: PathSearch;
  /** Per directed link, Gb/s; left as it is. */
  readonly residualGbps: Float64Array;
  readonly demands: readonly ShareDemand[];
  /** Candidate paths a demand starts with. */
  readonly pathsMax?: number;
}

export interface SharedPath {
  readonly links: readonly number[];
  readonly rateGbps: number;
}

export interface PacketShare {
  readonly paths: readonly SharedPath[];
  readonly acceptedGbps: number;
  /** Why it got less than it needs; `null` when it did not. */
  readonly refusal: Refusal | null;
}

export interface PacketShares {
  /** One per demand, in order. */
  readonly shares: readonly PacketShare[];
  readonly acceptedGbps: number;
  /** Of these demands alone, over the residual capacity. */
  readonly maxUtilisation: number;
}

const pathsMaxDefault = 8;
/** Up to this many nodes new paths are priced in as the balance asks for them; beyond, the candidates are all there is. */
const pricedNodesMax = 2048;
/** Times that the demands of one class rise together. */
const risesMax = 12;
/** Rates below this share of a need are nothing. */
const nothing = 1e-6;

/**
 * Candidates of a demand: first paths that share no link, then shortest ones that may share their first and last link (an accelerator's
 * only uplink), as different as possible in between.
 */
function candidatePaths(search: PathSearch, query: { readonly from: number; readonly to: number; readonly residualGbps: Float64Array }, pathsMax: number): readonly (readonly number[])[] {
  const found = findDisjointPaths(search, { ...query, needGbps: 0 }, pathsMax).map(({ links }) => links);
  const known = new Set(found.map((links) => links.join(' ')));
  const avoidLinks = found.flatMap((links) => links.slice(1, -1));
  while (found.length < pathsMax) {
    const count = searchPath(search, { ...query, needGbps: 0, avoidLinks });
    if (count <= 0) break;
    const links = Array.from(search.links.subarray(0, count));
    if (known.has(links.join(' '))) break;
    known.add(links.join(' '));
    found.push(links);
    avoidLinks.push(...links.slice(1, -1));
  }
  return found;
}

interface Sharing {
  readonly question: ShareQuestion;
  /** Candidates of each demand as last searched; searched anew once a link of them is full. */
  readonly candidates: (readonly (readonly number[])[])[];
  readonly price: PriceSearch | null;
  readonly free: Float64Array;
  readonly taken: Float64Array;
  /** Gb/s per path of each demand; the key is its links. */
  readonly flows: readonly Map<string, { readonly links: readonly number[]; rateGbps: number }>[];
}

function addFlow(sharing: Sharing, demand: number, links: readonly number[], rateGbps: number): void {
  if (rateGbps <= 0) return;
  const key = links.join(' ');
  const flow = sharing.flows[demand]!.get(key);
  if (flow === undefined) sharing.flows[demand]!.set(key, { links, rateGbps });
  else flow.rateGbps += rateGbps;
  sharing.taken[demand]! += rateGbps;
  for (const link of links) sharing.free[link] = Math.max(0, sharing.free[link]! - rateGbps);
}

function candidatesOf(sharing: Sharing, demand: number): readonly (readonly number[])[] {
  const { question: { search, demands, pathsMax }, candidates, free } = sharing;
  const known = candidates[demand]!;
  if (known.length > 0 && known.every((links) => links.every((link) => free[link]! > 0))) return known;
  candidates[demand] = candidatePaths(search, { ...ends(demands[demand]!), residualGbps: free }, pathsMax ?? pathsMaxDefault);
  return candidates[demand];
}

/** Lets demands rise together in proportion to `weight`, until one has its need or a link is full. Returns the demands that could rise. */
function riseTogether(sharing: Sharing, rising: readonly number[], targetGbps: Float64Array): readonly number[] {
  const { question, free, taken, price } = sharing;
  const { demands } = question;
  const withPaths = rising.map((demand) => ({ demand, paths: candidatesOf(sharing, demand) })).filter(({ paths }) => paths.length > 0);
  if (withPaths.length === 0) return [];
  const together = (demandGbps: Float64Array): ReturnType<typeof balancePaths> => balancePaths({
    capacityGbps: free, demandGbps, paths: withPaths.map(({ paths }) => paths),
    ...(price === null ? {} : { cheapest: (at: number, prices: Float64Array) => cheapestPath(price, { ...ends(demands[withPaths[at]!.demand]!), price: prices, capacityGbps: free }) }),
  });
  const missing = Float64Array.from(withPaths, ({ demand }) => targetGbps[demand]! - taken[demand]!);
  const all = together(missing);
  // The first to have its need ends the rise, unless all that is missing fits.
  const step = Math.min(...withPaths.map(({ demand }, at) => missing[at]! / demands[demand]!.weight));
  const risen = all.maxUtilisation <= 1 ? missing : Float64Array.from(withPaths, ({ demand }) => step * demands[demand]!.weight);
  const balance = risen.every((gbps, at) => gbps >= missing[at]! * (1 - 1e-9)) ? all : together(risen);
  const scale = Math.min(1, 1 / balance.maxUtilisation);
  withPaths.forEach(({ demand }, at) => balance.paths[at]!.forEach((links, path) => addFlow(sharing, demand, links, scale * risen[at]! * balance.share[at]![path]!)));
  return withPaths.map(({ demand }) => demand);
}

const ends = ({ from, to }: ShareDemand): { readonly from: number; readonly to: number } => ({ from, to });

/** Links with less than this share of their capacity left count as full, so that no rise chases crumbs. */
const fullShare = 1e-3;

/** One class, up to its targets. */
function serveClass(sharing: Sharing, members: readonly number[], targetGbps: Float64Array): void {
  const { question, free, taken } = sharing;
  let rising = members;
  for (let rise = 0; rise < risesMax; rise++) {
    rising = rising.filter((demand) => targetGbps[demand]! - taken[demand]! > nothing * targetGbps[demand]!);
    if (rising.length === 0) return;
    rising = riseTogether(sharing, rising, targetGbps);
    for (let link = 0; link < free.length; link++) if (free[link]! < fullShare * question.residualGbps[link]!) free[link] = 0;
  }
}

function shareOf(sharing: Sharing, demand: number): PacketShare {
  const { needGbps, from, to } = sharing.question.demands[demand]!;
  const acceptedGbps = sharing.taken[demand]!;
  const paths = [...sharing.flows[demand]!.values()];
  if (acceptedGbps >= needGbps * (1 - nothing)) return { paths, acceptedGbps, refusal: null };
  const reason = paths.length === 0 ? `No path from node ${from} to node ${to} has room for this class.`
    : `From node ${from} to node ${to} ${acceptedGbps.toPrecision(4)} of ${needGbps} Gb/s fit on ${paths.length} paths; every other way is full with its own or a higher class.`;
  return { paths, acceptedGbps, refusal: refuse('not-enough-room', 'wait', reason) };
}

/** Paths and rates for all demands. Equal questions have equal answers. Cost: one `balancePaths` per class and rise. */
export function sharePackets(question: ShareQuestion): PacketShares {
  const { demands, search, residualGbps } = question;
  const sharing: Sharing = {
    question, candidates: demands.map(() => []), price: search.fabric.nodeCount <= pricedNodesMax ? createPriceSearch(search) : null, free: residualGbps.slice(), taken: new Float64Array(demands.length),
    flows: demands.map(() => new Map()),
  };
  const priorities = [...new Set(demands.map(({ priority }) => priority))].sort((left, right) => left - right);
  const rows = demands.map((_, demand) => demand);
  for (const target of [(demand: ShareDemand) => Math.min(demand.floorGbps, demand.needGbps), (demand: ShareDemand) => demand.needGbps]) {
    const targetGbps = Float64Array.from(demands, target);
    for (const priority of priorities) serveClass(sharing, rows.filter((demand) => demands[demand]!.priority === priority), targetGbps);
  }
  const load = new Float64Array(residualGbps.length);
  for (const flows of sharing.flows) for (const { links, rateGbps } of flows.values()) for (const link of links) load[link]! += rateGbps;
  return {
    shares: rows.map((demand) => shareOf(sharing, demand)), acceptedGbps: sharing.taken.reduce((sum, gbps) => sum + gbps, 0),
    maxUtilisation: load.reduce((most, gbps, link) => (gbps > 0 ? Math.max(most, gbps / residualGbps[link]!) : most), 0),
  };
}
