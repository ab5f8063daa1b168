/**
 * Another path for a lease: with enough free light on every link, and whole free wavelengths where it holds light alone.
 *
 * Where one node of a way is amiss, another one in its place comes first, and the lease keeps its own light on all other links; then the
 * fabric's own routes, over the circuits as they stand; then the widest of the shortest paths around what is full or avoided, through
 * other accelerators' domains if need be.
 */

import { isRefusal } from '../../base/refusal.ts';
import { nodeKinds } from '../../fabric/fabric.ts';
import { isShut } from '../../plan/paths/enclosures.ts';
import { findPath } from '../../plan/paths/find-path.ts';
import { beginBetween, nextBetween } from '../../plan/paths/one-between.ts';
import type { GrantPath } from '../../plan/plan.ts';
import { takeHeardRoute, unheardLinks } from '../devices/unheard.ts';
import { pairHash, routeHops, wayIsJoined } from '../leases/routes.ts';
import { pathOver } from '../leases/seek-light.ts';
import { pathsOver } from '../circuit-ports.ts';
import { rateStepGbps } from '../lease-terms.ts';
import type { State } from '../state.ts';
import type { Ledger } from './ledger.ts';
import { rateSlack } from './ledger.ts';

export interface Way {
  readonly fromRank: number;
  readonly toRank: number;
  readonly rateGbps: number;
  /** Whole wavelengths, held alone. */
  readonly alone: boolean;
  /** Links that must not be used. One function for all ways of a decision: what is free beside them is kept for the next search. */
  readonly avoid: (link: number) => boolean;
  /** Links that this way alone must not use. */
  readonly broken?: ReadonlySet<number>;
  /** The path that this way replaces, while it still holds its light. */
  readonly instead?: GrantPath;
}

/** The least that every link of a way must have free. */
const leastGbpsOf = ({ rateGbps }: Way): number => rateGbps * (1 - rateSlack) - rateStepGbps;

/** False where some link of a way is to be avoided or lacks the room, so that there is no need to look closer. */
function mayCarry(residualGbps: (link: number) => number, links: readonly number[], way: Way): boolean {
  const leastGbps = leastGbpsOf(way);
  for (const link of links) {
    const free = residualGbps(link);
    if (free <= 0 || free < leastGbps || way.broken?.has(link) === true) return false;
  }
  return true;
}

/** All of the rate over these links, or nothing. */
function wholePath(state: State, ledger: Ledger, links: readonly number[], way: Way): GrantPath | null {
  const path = pathOver({ state, ledger }, links, way);
  return path !== null && path.rateGbps >= way.rateGbps * (1 - rateSlack) ? path : null;
}

const ocsKind = nodeKinds.indexOf('ocs');

/** Nodes that are tried in the place of one. */
const standInsMax = 16;

/** Whether a path cannot keep its light on one of its links. */
function isAmiss(ledger: Ledger, { links, wavelengths }: GrantPath, { avoid, broken }: Way, hop: number): boolean {
  const link = links[hop] ?? 0;
  return avoid(link) || broken?.has(link) === true || ((wavelengths[hop]?.length ?? 0) === 0 && ledger.freeGbps(link) < -rateStepGbps);
}

/** The place of the first of two neighbouring links of a path beside which nothing is amiss; -1 where there are no such two. */
function placeAmiss(ledger: Ledger, path: GrantPath, way: Way): number {
  const { links } = path;
  let first = -1;
  let last = -1;
  for (let hop = 0; hop < links.length; hop++) {
    if (!isAmiss(ledger, path, way, hop)) continue;
    if (first < 0) first = hop;
    last = hop;
  }
  // Of a link alone that is amiss the node behind it is replaced, at the last hop the one before it.
  return first < 0 || last - first > 1 ? -1 : Math.min(first, links.length - 2);
}

/** The replaced path with another node of the same kind in the place of the one whose links are amiss, where no route is shorter. */
function overAnotherNode(state: State, ledger: Ledger, way: Way, path: GrantPath): GrantPath | null {
  const at = placeAmiss(ledger, path, way);
  if (at < 0) return null;
  const { links, wavelengths } = path;
  const { linkSource, linkTarget, nodeKind } = state.plant.cluster.fabric;
  const [from, amiss, to] = [linkSource[links[at] ?? 0] ?? 0, linkTarget[links[at] ?? 0] ?? 0, linkTarget[links[at + 1] ?? 0] ?? 0];
  const kind = nodeKind[amiss] ?? ocsKind;
  // Circuit switches join what they join: another one in their place is a matter of routes.
  if (kind === ocsKind || nodeKind[from] === ocsKind || nodeKind[to] === ocsKind || links.length > routeHops(state, way)) return null;
  const query = { from, to, kind, residualGbps: ledger.residualGbps(way.avoid), needGbps: leastGbpsOf(way), avoidLinks: way.broken ?? null, hash: pairHash(way.fromRank, way.toRank) };
  // No circuit is passed, so that the search over those of the design serves whatever stands.
  const pair = beginBetween();
  for (let tried = 0; tried < standInsMax && nextBetween(state.plant.paths, query, pair); tried++) {
    const over = wholePath(state, ledger, [pair.first, pair.second], way);
    if (over !== null) return { rateGbps: path.rateGbps, links: links.toSpliced(at, 2, ...over.links), wavelengths: wavelengths.toSpliced(at, 2, ...over.wavelengths) };
  }
  return null;
}

/** A path for a lease, or `null` where there is none with the light. */
export function findWayRound(state: State, ledger: Ledger, way: Way): GrantPath | null {
  const { fabric } = state.plant.cluster;
  // Which links are heard is weighed way against way.
  const near = way.instead === undefined || unheardLinks(state) !== null ? null : overAnotherNode(state, ledger, way, way.instead);
  if (near !== null) return near;
  const search = pathsOver(state.plant, state.circuits);
  const residualGbps = ledger.residualGbps(way.avoid);
  const query = {
    from: fabric.gpuNode[way.fromRank] ?? 0, to: fabric.gpuNode[way.toRank] ?? 0, residualGbps, needGbps: way.rateGbps * (1 - rateSlack), avoidLinks: way.broken ?? [], enclosures: ledger.enclosures,
  };
  if (isShut(ledger.enclosures, search, query)) return null;
  const path = takeHeardRoute(state, way, (links) => (mayCarry(residualGbps, links, way) ? wholePath(state, ledger, links, way) : null));
  if (path !== null) return path;
  const found = findPath(search, query);
  if (isRefusal(found) || !wayIsJoined(state, found.links)) return null;
  return wholePath(state, ledger, found.links, way);
}
