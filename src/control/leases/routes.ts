/** Ways between two ranks over the circuits as they stand: the fabric's own routes, in the order of their hashes. */

import type { NodeIx } from '../../fabric/fabric.ts';
import { onwardLink, portTable, standInWays } from '../circuit-ports.ts';
import type { Plant } from '../plant.ts';
import type { State } from '../state.ts';

/** Hashes tried for equal-cost ways; more find nothing new on fabrics of the usual path counts. */
export const routeHashesMax = 16;
/** An odd multiplier visits different hashes; the golden ratio spreads them. */
const hashStep = 0x9e3779b1;

/** Whether light that enters a circuit switch leaves it by the next link of the route. */
export function wayIsJoined(state: State, links: readonly number[]): boolean {
  const { switches, linkSwitch } = portTable(state.plant);
  if (switches.size === 0) return true;
  for (let at = 0; at < links.length; at++) {
    const link = links[at] ?? -1;
    const onward = (linkSwitch[link] ?? -1) < 0 ? null : onwardLink(state.plant, state.circuits, link);
    if (onward !== null && onward !== links[at + 1]) return false;
  }
  return true;
}

/** With this many different ways among the first hashes there are more than are tried. */
const manyWays = 12;

/** A hash of its own for each pair of nodes. */
export const pairHash = (from: number, to: number): number => Math.imul(Math.imul(from + 1, 0x85ebca6b) ^ (to + 1), 0xc2b2ae35) | 0;

interface Ends {
  readonly fromRank: number;
  readonly toRank: number;
}

/**
 * Distinct routes, each as directed link rows; none between a rank and itself or where nothing leads. Where there are more ways than
 * are tried, each pair tries its own: the same hashes for all would crowd every lease of a large fabric on the same few switches.
 */
export function candidateRoutes(state: State, ends: Ends, hashesMax: number = routeHashesMax): readonly (readonly number[])[] {
  const found: (readonly number[])[] = [];
  visitCandidates(state, ends, hashesMax, (links) => {
    found.push(links);
    return null;
  });
  return found;
}

/** What `take` makes of the first of these routes of which it makes anything, `null` where that is none: later ones are not worked out. */
export const takeRoute = <T>(state: State, ends: Ends, take: (links: readonly number[]) => T | null): T | null => visitCandidates(state, ends, routeHashesMax, take);

/** Where a route is written of which only the length is asked. */
let measured = new Int32Array(16);

/** Links of the fabric's own first route between two ranks; 0 between a rank and itself and where nothing leads. */
export function routeHops({ plant: { cluster: { fabric } } }: State, { fromRank, toRank }: Ends): number {
  const from = (fabric.gpuNode[fromRank] ?? -1) as NodeIx;
  const to = (fabric.gpuNode[toRank] ?? -1) as NodeIx;
  if (from < 0 || to < 0 || from === to) return 0;
  if (measured.length < fabric.routing.hopsMax) measured = new Int32Array(fabric.routing.hopsMax);
  return Math.max(0, fabric.routing.route(from, to, pairHash(from, to), measured));
}

function visitCandidates<T>(state: State, { fromRank, toRank }: Ends, hashesMax: number, take: (links: readonly number[]) => T | null): T | null {
  const { fabric } = state.plant.cluster;
  const from = (fabric.gpuNode[fromRank] ?? -1) as NodeIx;
  const to = (fabric.gpuNode[toRank] ?? -1) as NodeIx;
  if (from < 0 || to < 0 || from === to) return null;
  const into = new Int32Array(Math.max(1, fabric.routing.hopsMax));
  const crowded = crowdedPairs(state.plant);
  const pair = from * fabric.nodeCount + to;
  if (hashesMax === routeHashesMax && crowded.has(pair)) return visitRoutes(state, { from, to, into }, { first: pairHash(from, to), hashesMax }, take);
  const few: (readonly number[])[] = [];
  const isMany = visitRoutes(state, { from, to, into }, { first: 0, hashesMax }, (links) => (few.push(links) >= manyWays ? true : null));
  if (isMany === true && hashesMax === routeHashesMax && few.every((links) => hasNoSwitch(state.plant, links))) noteCrowded(crowded, pair);
  if (isMany === true) return visitRoutes(state, { from, to, into }, { first: pairHash(from, to), hashesMax }, take);
  for (const links of few) {
    const taken = take(links);
    if (taken !== null) return taken;
  }
  return null;
}

/** Pairs of nodes that are remembered at most. */
const crowdedMax = 2 ** 17;

/** Pairs of nodes with many ways past all circuit switches: they have them whatever the circuits, so the plant alone says so. */
const crowdedOf = new WeakMap<Plant, Set<number>>();

function crowdedPairs(plant: Plant): Set<number> {
  let pairs = crowdedOf.get(plant);
  if (pairs === undefined) crowdedOf.set(plant, (pairs = new Set()));
  return pairs;
}

function noteCrowded(crowded: Set<number>, pair: number): void {
  if (crowded.size >= crowdedMax) crowded.clear();
  crowded.add(pair);
}

function hasNoSwitch(plant: Plant, links: readonly number[]): boolean {
  const { linkSwitch } = portTable(plant);
  return links.every((link) => (linkSwitch[link] ?? -1) < 0);
}

/** Whether the first `count` links are one of these ways. */
function isAmong(ways: readonly (readonly number[])[], links: ArrayLike<number>, count: number): boolean {
  for (const way of ways) {
    let same = way.length === count ? 0 : -1;
    while (same >= 0 && same < count && way[same] === links[same]) same += 1;
    if (same === count) return true;
  }
  return false;
}

interface Hashes {
  readonly first: number;
  readonly hashesMax: number;
}

interface Pair {
  readonly from: NodeIx;
  readonly to: NodeIx;
  /** Room for one route. */
  readonly into: Int32Array;
}

/** Distinct ways in the order of their hashes, until `take` makes something of one. */
function visitRoutes<T>(state: State, { from, to, into }: Pair, { first, hashesMax }: Hashes, take: (links: readonly number[]) => T | null): T | null {
  const { routing } = state.plant.cluster.fabric;
  const tried: (readonly number[])[] = [];
  const found: (readonly number[])[] = [];
  for (let choice = 0; choice < hashesMax; choice++) {
    const hops = routing.route(from, to, (first + Math.imul(choice, hashStep)) | 0, into);
    if (hops <= 0) return null;
    if (isAmong(tried, into, hops)) continue;
    const designed: number[] = [];
    for (let at = 0; at < hops; at++) designed.push(into[at] ?? -1);
    tried.push(designed);
    const standIns = standInWays(state.plant, state.circuits, designed);
    for (let way = -1; way < standIns.length; way++) {
      const links = way < 0 ? designed : standIns[way] ?? designed;
      if (isAmong(found, links, links.length) || !wayIsJoined(state, links)) continue;
      found.push(links);
      const taken = take(links);
      if (taken !== null) return taken;
    }
  }
  return null;
}

/** Hashes tried for each peer: there are as many ways by peers as a domain has accelerators already. */
export const peerHashesMax = 4;

/**
 * Ways by other accelerators of both scale-up domains: inside to a peer, from it to its like in the other domain over the fabric's own
 * routes, inside to the end, as NCCL sends between rails (PXN). None inside one domain and where there are no domains.
 */
export function peerRoutes(state: State, { fromRank, toRank }: { readonly fromRank: number; readonly toRank: number }): readonly (readonly number[])[] {
  const size = state.plant.cluster.fabric.gpusPerScaleUpDomain;
  const [first, last] = [Math.floor(fromRank / size) * size, Math.floor(toRank / size) * size];
  if (size <= 1 || first === last) return [];
  const found: (readonly number[])[] = [];
  for (let peer = 0; peer < size; peer++) {
    const inside = [[fromRank, first + peer], [last + peer, toRank]].map(([from, to]) => (from === to ? [[]] : candidateRoutes(state, { fromRank: from ?? 0, toRank: to ?? 0 }, 1)));
    const [before, after] = [inside[0]?.[0], inside[1]?.[0]];
    if (before === undefined || after === undefined) continue;
    for (const links of candidateRoutes(state, { fromRank: first + peer, toRank: last + peer }, peerHashesMax)) found.push([...before, ...links, ...after]);
  }
  return found;
}
