/**
 * Paths and packet shares for traffic that stays electrical: several paths per demand and the part of its packets on each.
 *
 * Where all fits, the split of all classes together is the one that leaves the fullest link emptiest. Where it does not, floors come
 * first, class by class; then what is asked beyond them, class by class (strict priority). Within a class the room is shared
 * by weighted max-min: all rise together in proportion to their weights (`balance.ts` finds how far), those that have what they asked
 * for or whose every path is full stop, and the others rise on in what is left.
 *
 * The first rise of a class is within 1 % of the optimum over the paths considered. The later ones keep the flows of the earlier
 * where they are, so they may fall short of an exact max-min, which would route everything anew each time.
 * On fabrics too large to price new paths in (`pricedWorkMax`) "considered" means the candidates: alike paths of a Clos lose little,
 * irregular graphs lose 12 % in the mean of 40 small random ones and a factor of two in the worst.
 *
 * Bounds: demands are rows of `demands`, links are rows of `residualGbps`.
 */

import { numberText } from '../../base/number-text.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Balance } from './balance.ts';
import { balancePaths } from './balance.ts';
import type { PriceSearch } from './cheapest-path.ts';
import { cheapestPath, createPriceSearch } from './cheapest-path.ts';
import type { PathQuery, PathSearch } from './find-path.ts';
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
  /** GPUs other than the ends may pass it on unless this is false. */
  readonly throughGpus?: boolean;
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
  /** No split of all that is asked for has a lower maximum utilisation; above 1, not all can fit. Demands without a path are left out. */
  readonly boundUtilisation: number;
  /** Whether the bound holds over all paths, or over the candidates alone. */
  readonly isBoundOverAll: boolean;
}

const pathsMaxDefault = 8;
/** Up to this many nodes times demands new paths are priced in as the balance asks for them; beyond, the candidates are all there is. */
const pricedWorkMax = 2 ** 20;
/** A link that all want still counts as having this part of its room. */
const leastRoom = 1e-3;
/** Times that the demands of one class rise together. */
const risesMax = 12;
/** Rates below this share of a need are nothing. */
const nothing = 1e-6;

/**
 * Candidates of a demand: first paths that share no link, then shortest ones that may share their first and last link (an accelerator's
 * only uplink), as different as possible in between.
 */
function candidatePaths(search: PathSearch, query: Omit<PathQuery, 'needGbps' | 'avoidLinks'>, pathsMax: number): readonly (readonly number[])[] {
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
  /** Per link, Gb/s: what the candidates found so far would put there, halved. */
  readonly wanted: Float64Array;
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
  const { question: { search, demands, pathsMax }, candidates, free, wanted } = sharing;
  const known = candidates[demand]!;
  if (known.length > 0 && known.every((links) => links.every((link) => free[link]! > 0))) return known;
  // Where all begin alike all would take the first of equal ways: what others have as candidates counts as half taken.
  const room = (link: number): number => (free[link]! > 0 ? Math.max(leastRoom * free[link]!, free[link]! - wanted[link]!) : 0);
  const found = candidatePaths(search, { ...ends(demands[demand]!), residualGbps: room }, pathsMax ?? pathsMaxDefault);
  for (const links of found) for (const link of links) wanted[link]! += demands[demand]!.needGbps / (2 * found.length);
  candidates[demand] = found;
  return found;
}

interface Together {
  readonly demand: number;
  readonly paths: readonly (readonly number[])[];
}

const withCandidates = (sharing: Sharing, demands: readonly number[]): readonly Together[] =>
  demands.map((demand) => ({ demand, paths: candidatesOf(sharing, demand) })).filter(({ paths }) => paths.length > 0);

/** The best split of these rates over the free capacity, whether or not it fits. */
function balanceOf({ question: { demands }, free, price }: Sharing, together: readonly Together[], demandGbps: Float64Array): Balance {
  return balancePaths({
    capacityGbps: free, demandGbps, paths: together.map(({ paths }) => paths),
    ...(price === null ? {} : { cheapest: (at: number, prices: Float64Array) => cheapestPath(price, { ...ends(demands[together[at]!.demand]!), price: prices, capacityGbps: free }) }),
  });
}

/** Splits all that is asked for at once; where it fits, that is the answer. Returns the bound on its utilisation. */
function serveAll(sharing: Sharing, rows: readonly number[]): number {
  const together = withCandidates(sharing, rows);
  if (together.length === 0) return 0;
  const needGbps = Float64Array.from(together, ({ demand }) => sharing.question.demands[demand]!.needGbps);
  const balance = balanceOf(sharing, together, needGbps);
  if (balance.maxUtilisation <= 1) together.forEach(({ demand }, at) => balance.paths[at]!.forEach((links, path) => addFlow(sharing, demand, links, needGbps[at]! * balance.share[at]![path]!)));
  return balance.boundUtilisation;
}

/** Lets demands rise together in proportion to `weight`, until one has its need or a link is full. Returns the demands that could rise. */
function riseTogether(sharing: Sharing, rising: readonly number[], targetGbps: Float64Array): readonly number[] {
  const { question: { demands }, taken } = sharing;
  const withPaths = withCandidates(sharing, rising);
  if (withPaths.length === 0) return [];
  const missing = Float64Array.from(withPaths, ({ demand }) => targetGbps[demand]! - taken[demand]!);
  const all = balanceOf(sharing, withPaths, missing);
  // The first to have its need ends the rise, unless all that is missing fits.
  const step = Math.min(...withPaths.map(({ demand }, at) => missing[at]! / demands[demand]!.weight));
  const risen = all.maxUtilisation <= 1 ? missing : Float64Array.from(withPaths, ({ demand }) => step * demands[demand]!.weight);
  const balance = risen.every((gbps, at) => gbps >= missing[at]! * (1 - 1e-9)) ? all : balanceOf(sharing, withPaths, risen);
  const scale = Math.min(1, 1 / balance.maxUtilisation);
  withPaths.forEach(({ demand }, at) => balance.paths[at]!.forEach((links, path) => addFlow(sharing, demand, links, scale * risen[at]! * balance.share[at]![path]!)));
  return withPaths.map(({ demand }) => demand);
}

const ends = ({ from, to, throughGpus = true }: ShareDemand): { readonly from: number; readonly to: number; readonly throughGpus: boolean } => ({ from, to, throughGpus });

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
  const { needGbps } = sharing.question.demands[demand]!;
  const acceptedGbps = sharing.taken[demand]!;
  const paths = [...sharing.flows[demand]!.values()];
  if (acceptedGbps >= needGbps * (1 - nothing)) return { paths, acceptedGbps, refusal: null };
  const reason = paths.length === 0 ? 'No path between the two has room for this class.'
    : `${numberText(acceptedGbps, 4)} of ${needGbps} Gb/s fit on ${paths.length === 1 ? 'one path' : `${paths.length} paths`}; every other way is full with its own or a higher class.`;
  return { paths, acceptedGbps, refusal: refuse('not-enough-room', 'wait', reason) };
}

/** Paths and rates for all demands. Equal questions have equal answers. Cost: one `balancePaths`, and where not all fits one per class and rise. */
export function sharePackets(question: ShareQuestion): PacketShares {
  const { demands, search, residualGbps } = question;
  const sharing: Sharing = {
    question, candidates: demands.map(() => []),
    price: search.fabric.nodeCount * demands.length <= pricedWorkMax ? createPriceSearch(search) : null,
    free: residualGbps.slice(), taken: new Float64Array(demands.length), wanted: new Float64Array(residualGbps.length),
    flows: demands.map(() => new Map()),
  };
  const priorities = [...new Set(demands.map(({ priority }) => priority))].sort((left, right) => left - right);
  const rows = demands.map((_, demand) => demand);
  const boundUtilisation = serveAll(sharing, rows);
  for (const target of [(demand: ShareDemand) => Math.min(demand.floorGbps, demand.needGbps), (demand: ShareDemand) => demand.needGbps]) {
    const targetGbps = Float64Array.from(demands, target);
    for (const priority of priorities) serveClass(sharing, rows.filter((demand) => demands[demand]!.priority === priority), targetGbps);
  }
  const load = new Float64Array(residualGbps.length);
  for (const flows of sharing.flows) for (const { links, rateGbps } of flows.values()) for (const link of links) load[link]! += rateGbps;
  return {
    shares: rows.map((demand) => shareOf(sharing, demand)), boundUtilisation, isBoundOverAll: sharing.price !== null, acceptedGbps: sharing.taken.reduce((sum, gbps) => sum + gbps, 0),
    maxUtilisation: load.reduce((most, gbps, link) => (gbps > 0 ? Math.max(most, gbps / residualGbps[link]!) : most), 0),
  };
}
