/**
 * Finds one more way through a fabric: the fewest hops that have room, and of those the one with the most room.
 *
 * Widest-shortest path (Guerin, Orda and Williams, "QoS routing mechanisms and OSPF extensions", Globecom 1997), searched from both
 * ends at once: level by level, the smaller frontier first, each node keeping the widest way to reach it at its level. On a tree of
 * switches the two meet in the middle, so a fabric of 65,536 accelerators costs a few thousand link visits; the level on which they meet
 * ends with the first way that none could be wider than. Light that enters a circuit
 * switch leaves by its cross-connect alone, and a port without one leads nowhere: the links of a circuit are walked as one hop. Nothing is allocated per search, and a
 * scratch is made once per fabric.
 *
 * Ties: the way that first has that room, links in the fabric's own order.
 *
 * Bounds: node and link arrays have an entry per node and link of the fabric, and rows come from its tables.
 */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Fabric } from '../../fabric/fabric.ts';
import { nodeKinds } from '../../fabric/fabric.ts';
import type { Enclosures } from './enclosures.ts';
import { isShut, noteShut } from './enclosures.ts';

/** What the search reads of a fabric; `circuitOut` where it has circuit switches (see `CompiledFabric`). */
export type PathFabric = Pick<Fabric, 'nodeCount' | 'nodeKind' | 'linkCount' | 'linkSource' | 'linkTarget' | 'linkReverse' | 'outOffset' | 'outLink'> & { readonly circuitOut?: Int32Array };

/** Link visits of one search: at 2 to 10 ns each it ends within a few milliseconds whatever the fabric. */
const linkVisitsMax = 400_000;

interface Side {
  /** Search number at which the node was last reached. */
  readonly seen: Int32Array;
  readonly level: Int32Array;
  readonly widthGbps: Float64Array;
  /** The link by which the node was reached: the last of its circuit forwards, the first backwards. */
  readonly via: Int32Array;
  readonly queue: Int32Array;
  first: number;
  end: number;
  /** The widest way to a node of the frontier. */
  mostGbps: number;
}

export interface PathSearch {
  readonly fabric: PathFabric;
  /** Node at the far end of each edge of `outLink`: side by side, so that a search need not look links up one by one. */
  readonly outNode: Int32Array;
  /** The link that enters where a circuit leaves by this link; -1 elsewhere. */
  readonly circuitIn: Int32Array | null;
  readonly forwards: Side;
  readonly backwards: Side;
  /** Search number at which a link was last named as avoided. */
  readonly avoided: Int32Array;
  /** Links of the last path found: the first `return value` entries. */
  readonly links: Int32Array;
  /** Least residual along the last path found, Gb/s. */
  widthGbps: number;
  /** Link visits of the last search. */
  visits: number;
  turn: number;
}

/** Per directed link: what is free, Gb/s. A failed link has nothing free. A function is asked only of the links that a search visits. */
export type Residual = Float64Array | ((link: number) => number);

export interface PathQuery {
  /** Node rows. */
  readonly from: number;
  readonly to: number;
  readonly residualGbps: Residual;
  /** Every link of the path has at least this free; more than zero is asked for in any case. */
  readonly needGbps: number;
  readonly avoidLinks?: Iterable<number>;
  /** GPUs other than the ends may pass traffic on unless this is false, as in `routeAround`. */
  readonly throughGpus?: boolean;
  /** What failed searches over these residuals have found shut; this one reads it and adds to it. */
  readonly enclosures?: Enclosures;
}

export interface FoundPath {
  readonly links: readonly number[];
  readonly widthGbps: number;
}

const gpuKind = nodeKinds.indexOf('gpu');
const ocsKind = nodeKinds.indexOf('ocs');

const createSide = (nodes: number): Side => ({
  seen: new Int32Array(nodes).fill(-1), level: new Int32Array(nodes), widthGbps: new Float64Array(nodes), via: new Int32Array(nodes), queue: new Int32Array(nodes), first: 0, end: 0, mostGbps: 0,
});

/** Links that a circuit leaves by, from links that it enters by. */
function reverseCircuits(circuitOut: Int32Array): Int32Array {
  const circuitIn = new Int32Array(circuitOut.length).fill(-1);
  circuitOut.forEach((out, link) => {
    if (out >= 0) circuitIn[out] = link;
  });
  return circuitIn;
}

/** Room for the searches of one fabric: 48 bytes a node and up to 16 a link. Make it anew when cross-connects change. */
export function createPathSearch(fabric: PathFabric): PathSearch {
  const { circuitOut } = fabric;
  return {
    fabric, outNode: fabric.outLink.map((link) => fabric.linkTarget[link]!), circuitIn: circuitOut === undefined || circuitOut.every((out) => out < 0) ? null : reverseCircuits(circuitOut),
    forwards: createSide(fabric.nodeCount), backwards: createSide(fabric.nodeCount), avoided: new Int32Array(fabric.linkCount).fill(-1),
    links: new Int32Array(fabric.linkCount), widthGbps: 0, visits: 0, turn: 0,
  };
}

function start(side: Side, node: number, turn: number): void {
  side.seen[node] = turn;
  side.level[node] = 0;
  side.widthGbps[node] = Infinity;
  side.via[node] = -1;
  side.queue[0] = node;
  side.first = 0;
  side.end = 1;
  side.mostGbps = Infinity;
}

/** Expands one level of a side, or as much of it as finds a way that no other can be wider than; true when it now touches what the other has reached. */
function expand(search: PathSearch, query: PathQuery, isForwards: boolean): boolean {
  const { fabric: { linkTarget, linkReverse, outOffset, outLink, nodeKind, circuitOut }, outNode, circuitIn, avoided, turn } = search;
  const { residualGbps, needGbps } = query;
  const side = isForwards ? search.forwards : search.backwards;
  const other = isForwards ? search.backwards : search.forwards;
  const { seen, level, widthGbps, via, queue } = side;
  const passGpus = query.throughGpus !== false;
  const far = isForwards ? query.to : query.from;
  const next = circuitIn === null ? null : isForwards ? circuitOut! : circuitIn;
  const freeGbps = typeof residualGbps === 'function' ? residualGbps : null;
  const table = typeof residualGbps === 'function' ? null : residualGbps;
  const endOfLevel = side.end;
  // What is reached from a frontier is no wider than its widest way, and both ends meet at their frontiers.
  const enoughGbps = Math.min(side.mostGbps, other.mostGbps);
  let meets = false;
  let mostGbps = 0;
  for (; side.first < endOfLevel; side.first++) {
    const node = queue[side.first]!;
    const depth = level[node]! + 1;
    const width = widthGbps[node]!;
    search.visits += outOffset[node + 1]! - outOffset[node]!;
    for (let edge = outOffset[node]!; edge < outOffset[node + 1]!; edge++) {
      const beyond = outNode[edge]!;
      // Whatever room this link has, a node that was reached nearer, or with as much room as there is up to here, is reached no better. No circuit ends at its switch.
      if (seen[beyond] === turn && (level[beyond] !== depth || width <= widthGbps[beyond]!)) continue;
      const entersCircuit = next !== null && nodeKind[beyond] === ocsKind;
      // Backwards the twin of an outgoing link is walked against its direction.
      let link = isForwards ? outLink[edge]! : linkReverse[outLink[edge]!]!;
      let room = width;
      for (;;) {
        const free = avoided[link] === turn ? 0 : table === null ? freeGbps!(link) : table[link]!;
        if (free < room) room = free;
        const onward = entersCircuit ? next[link]! : -1;
        if (onward < 0) break;
        link = onward;
      }
      if (room < needGbps || room <= 0) continue;
      const reached = !entersCircuit ? beyond : isForwards ? linkTarget[link]! : linkTarget[linkReverse[link]!]!;
      // In a fabric with circuits, a port of a circuit switch without one leads nowhere.
      if (entersCircuit && nodeKind[reached] === ocsKind) continue;
      // Not even as the place where both ends meet.
      if (!passGpus && reached !== far && nodeKind[reached] === gpuKind) continue;
      if (seen[reached] !== turn) {
        seen[reached] = turn;
        level[reached] = depth;
        queue[side.end++] = reached;
      } else if (level[reached] !== depth || room <= widthGbps[reached]!) continue;
      widthGbps[reached] = room;
      via[reached] = link;
      if (room > mostGbps) mostGbps = room;
      if (other.seen[reached] !== turn) continue;
      meets = true;
      if (room >= enoughGbps && other.widthGbps[reached]! >= enoughGbps) return true;
    }
  }
  side.mostGbps = mostGbps;
  return meets;
}

/** Writes the links from a meeting node to both ends; a circuit's links are in order of travel. */
function trace(search: PathSearch, meeting: number): number {
  const { fabric: { linkSource, linkTarget, circuitOut }, circuitIn, forwards, backwards, links } = search;
  let count = 0;
  for (let node = meeting; forwards.via[node]! >= 0;) {
    let link = forwards.via[node]!;
    links[count++] = link;
    while (circuitIn !== null && circuitIn[link]! >= 0) {
      link = circuitIn[link]!;
      links[count++] = link;
    }
    node = linkSource[link]!;
  }
  links.subarray(0, count).reverse();
  for (let node = meeting; backwards.via[node]! >= 0;) {
    let link = backwards.via[node]!;
    links[count++] = link;
    while (circuitIn !== null && circuitOut![link]! >= 0) {
      link = circuitOut![link]!;
      links[count++] = link;
    }
    node = linkTarget[link]!;
  }
  return count;
}

/** The meeting node with the most room; of equals the one reached first. */
function widestMeeting(search: PathSearch, isForwards: boolean, levelStart: number): number {
  const side = isForwards ? search.forwards : search.backwards;
  const other = isForwards ? search.backwards : search.forwards;
  let best = -1;
  search.widthGbps = 0;
  for (let at = levelStart; at < side.end; at++) {
    const node = side.queue[at]!;
    if (other.seen[node] !== search.turn) continue;
    const width = Math.min(side.widthGbps[node]!, other.widthGbps[node]!);
    if (width <= search.widthGbps) continue;
    search.widthGbps = width;
    best = node;
  }
  return best;
}

/**
 * Writes the links of the widest-shortest path into `search.links` and returns how many; 0 from a node to itself, -1 when no path has
 * the room, -2 when the search would visit more than `linkVisitsMax` links. O(links near both ends); allocates nothing.
 */
export function searchPath(search: PathSearch, query: PathQuery): number {
  search.turn += 1;
  search.visits = 0;
  for (const link of query.avoidLinks ?? []) search.avoided[link] = search.turn;
  if (query.from === query.to) {
    search.widthGbps = Infinity;
    return 0;
  }
  const { forwards, backwards, fabric: { outOffset } } = search;
  start(forwards, query.from, search.turn);
  start(backwards, query.to, search.turn);
  const edgesOf = (side: Side): number => {
    let edges = 0;
    for (let at = side.first; at < side.end; at++) edges += outOffset[side.queue[at]! + 1]! - outOffset[side.queue[at]!]!;
    return edges;
  };
  for (;;) {
    const [ahead, behind] = [edgesOf(forwards), edgesOf(backwards)];
    if (ahead === 0 || behind === 0) return -1;
    if (search.visits + Math.min(ahead, behind) > linkVisitsMax) return -2;
    const isForwards = ahead <= behind;
    const levelStart = (isForwards ? forwards : backwards).end;
    if (!expand(search, query, isForwards)) continue;
    return trace(search, widestMeeting(search, isForwards, levelStart));
  }
}

/** Searches unless it is known that there is no path, and keeps that where there is none. */
function searchOpen(search: PathSearch, query: PathQuery): number {
  const { enclosures } = query;
  if (enclosures === undefined) return searchPath(search, query);
  if (isShut(enclosures, search, query)) return -1;
  const count = searchPath(search, query);
  if (count === -1) noteShut(enclosures, search, query);
  return count;
}

/** The widest-shortest path, or why there is none: `no-path-with-room` (wait) or `search-too-long` (wait). */
export function findPath(search: PathSearch, query: PathQuery): FoundPath | Refusal {
  const count = searchOpen(search, query);
  if (count >= 0) return { links: Array.from(search.links.subarray(0, count)), widthGbps: search.widthGbps };
  if (count === -2) return refuse('search-too-long', 'wait', `The search from node ${query.from} to node ${query.to} would visit more than ${linkVisitsMax} links.`);
  return refuse('no-path-with-room', 'wait', `No path from node ${query.from} to node ${query.to} has ${query.needGbps} Gb/s free on every link that may be used.`);
}

/**
 * Up to `pathsMax` paths that share no link, shortest first, each the widest of its length among what is left. Fewer when there are
 * no more, none when there is no path at all.
 */
export function findDisjointPaths(search: PathSearch, query: PathQuery, pathsMax: number): readonly FoundPath[] {
  const avoid = [...(query.avoidLinks ?? [])];
  const found: FoundPath[] = [];
  while (found.length < pathsMax) {
    const count = searchPath(search, { ...query, avoidLinks: avoid });
    if (count <= 0) break;
    const links = Array.from(search.links.subarray(0, count));
    found.push({ links, widthGbps: search.widthGbps });
    for (const link of links) avoid.push(link);
  }
  return found;
}
