/**
 * What searches learned that found no path: nodes that nothing with the room leads out of, or into.
 *
 * A search fails when one of its ends has reached all that it can. Whoever starts from one of those nodes, needs as much room and ends
 * outside fails too, for as long as no link gets more room: after a row of a hall is dark that is one search for hundreds of leases.
 */

import type { PathFabric, PathQuery, PathSearch } from './find-path.ts';
import { nodeKinds } from '../../fabric/fabric.ts';

interface Enclosure {
  /** Nothing leads out of these nodes, or nothing leads in. */
  readonly isOut: boolean;
  readonly nodes: ReadonlySet<number>;
  readonly needGbps: number;
}

/** Kept by whoever keeps the residuals; for one kind of residual. */
export interface Enclosures {
  /** The search whose circuits they stand for. */
  search: PathSearch | null;
  known: Enclosure[];
  /** A failed search with fewer link visits is done again sooner than remembered. */
  readonly worthVisits: number;
}

const usualWorthVisits = 512;
/** Each is asked at every search and every link that gets room: with more than these all are forgotten. */
const enclosuresMax = 32;

const ocsKind = nodeKinds.indexOf('ocs');

export const createEnclosures = (worthVisits: number = usualWorthVisits): Enclosures => ({ search: null, known: [], worthVisits });

export function forget(enclosures: Enclosures): void {
  enclosures.search = null;
  if (enclosures.known.length > 0) enclosures.known = [];
}

/** True where it is known that no path has the room. */
export function isShut({ search, known }: Enclosures, of: PathSearch, { from, to, needGbps }: PathQuery): boolean {
  if (search !== of) return false;
  for (const { isOut, nodes, needGbps: least } of known) if (needGbps >= least && (isOut ? nodes.has(from) && !nodes.has(to) : nodes.has(to) && !nodes.has(from))) return true;
  return false;
}

/** Keeps what a failed search has reached on the side that came to its end. One that links held back which it alone avoids proves nothing. */
export function noteShut(enclosures: Enclosures, search: PathSearch, query: PathQuery): void {
  const { residualGbps, needGbps, avoidLinks = [], throughGpus } = query;
  if (throughGpus === false || search.visits < enclosures.worthVisits) return;
  for (const link of avoidLinks) {
    const free = typeof residualGbps === 'function' ? residualGbps(link) : residualGbps[link] ?? 0;
    if (free > 0 && free >= needGbps) return;
  }
  if (enclosures.search !== search || enclosures.known.length >= enclosuresMax) forget(enclosures);
  enclosures.search = search;
  const { forwards, backwards, fabric: { outOffset } } = search;
  const isOut = forwards.queue.subarray(forwards.first, forwards.end).every((node) => outOffset[node] === outOffset[node + 1]);
  const side = isOut ? forwards : backwards;
  enclosures.known.push({ isOut, nodes: new Set(side.queue.subarray(0, side.end)), needGbps });
}

/** To be told of every link that gets more room: what it opens is forgotten. */
export function noteRoom(enclosures: Enclosures, { linkSource, linkTarget, nodeKind }: PathFabric, link: number): void {
  if (enclosures.known.length === 0) return;
  const from = linkSource[link] ?? -1;
  const to = linkTarget[link] ?? -1;
  // A circuit is walked as one hop, and this may be any of its links.
  if (nodeKind[from] === ocsKind || nodeKind[to] === ocsKind) forget(enclosures);
  else enclosures.known = enclosures.known.filter(({ isOut, nodes }) => nodes.has(from) === nodes.has(to) || nodes.has(from) !== isOut);
}
