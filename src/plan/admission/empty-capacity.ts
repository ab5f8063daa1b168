/**
 * The most that the ways between two ends could carry together: the maximum flow over their links, which is the least that any cut
 * between the ends lets through (Ford and Fulkerson 1956, Canadian Journal of Mathematics 8, 399 to 404); and how it is divided over ways.
 *
 * Ways that share a link share its light once; adding up their widths would count it again for each. Flow may change over from one
 * way to another where they meet, as an allocator with more candidates could, so this bounds what any choice of ways gives.
 */

interface Arc {
  readonly link: number;
  readonly to: number;
  room: number;
  /** The arc that gives back what this one takes; its room is what this one carries. */
  readonly back: number;
}

/** The ways between two ends, grown together where they meet. */
export interface WayGraph {
  /** Forward arcs at even places, each followed by the one that gives back. */
  readonly arcs: Arc[];
  /** Arcs of each node. */
  readonly leaving: number[][];
}

/** What a link may carry, in any one unit. */
export type LinkRoom = (link: number) => number;

const source = 0;
const sink = 1;

/** Follows a node to the one that stands for all that are the same. */
function standsFor(sameAs: number[], node: number): number {
  let at = node;
  while ((sameAs[at] ?? at) !== at) at = sameAs[at] ?? at;
  return at;
}

/** One arc per link. The node between two links of a way is the same for every way that goes from the one to the other. */
export function graphOf(ways: readonly (readonly number[])[], room: LinkRoom): WayGraph {
  const tailOf = new Map<number, number>();
  const sameAs = [source, sink];
  const nodeBefore = (link: number): number => {
    let node = tailOf.get(link);
    if (node === undefined) {
      node = sameAs.length;
      tailOf.set(link, node);
      sameAs.push(node, node + 1);
    }
    return node;
  };
  // Every link has a node before and one behind it, numbered together.
  const join = (one: number, other: number): void => {
    const [a, b] = [standsFor(sameAs, one), standsFor(sameAs, other)];
    sameAs[Math.max(a, b)] = Math.min(a, b);
  };
  for (const links of ways) links.forEach((link, hop) => {
    const before = nodeBefore(link);
    if (hop === 0) join(before, source);
    const next = links[hop + 1];
    join(before + 1, next === undefined ? sink : nodeBefore(next));
  });
  const graph: WayGraph = { arcs: [], leaving: sameAs.map(() => []) };
  for (const [link, node] of tailOf) {
    const [from, to] = [standsFor(sameAs, node), standsFor(sameAs, node + 1)];
    const at = graph.arcs.length;
    graph.arcs.push({ link, to, room: Math.max(0, room(link)), back: at + 1 }, { link, to: from, room: 0, back: at });
    graph.leaving[from]?.push(at);
    graph.leaving[to]?.push(at + 1);
  }
  return graph;
}

interface PricedWay {
  readonly links: readonly number[];
  readonly cost: number;
}

/** The cheapest way through a graph at prices of links, none of them negative (Bellman 1958, Quarterly of Applied Mathematics 16, 87 to 90); ties to the arc that was found first. */
export function cheapestWay({ arcs, leaving }: WayGraph, price: LinkRoom): PricedWay {
  const cost = new Float64Array(leaving.length).fill(Infinity);
  const came = new Int32Array(leaving.length).fill(-1);
  cost[source] = 0;
  const waiting = [source];
  for (const node of waiting) for (const at of leaving[node] ?? []) {
    const arc = arcs[at];
    if (arc === undefined || at % 2 === 1) continue;
    const total = (cost[node] ?? 0) + price(arc.link);
    if (total >= (cost[arc.to] ?? 0)) continue;
    cost[arc.to] = total;
    came[arc.to] = at;
    waiting.push(arc.to);
  }
  const links: number[] = [];
  for (let at = came[sink] ?? -1; at >= 0; at = came[arcs[(arcs[at]?.back ?? 0)]?.to ?? source] ?? -1) links.push(arcs[at]?.link ?? -1);
  return { links: links.reverse(), cost: cost[sink] ?? Infinity };
}

/** The arcs of a shortest way with room from source to sink, last first; empty where there is none (Edmonds and Karp 1972, Journal of the ACM 19, 248 to 264). */
function shortestWay({ arcs, leaving }: WayGraph): readonly number[] {
  const came = new Map<number, number>([[source, -1]]);
  const waiting = [source];
  for (const node of waiting) {
    for (const at of leaving[node] ?? []) {
      const arc = arcs[at];
      if (arc === undefined || arc.room <= 0 || came.has(arc.to)) continue;
      came.set(arc.to, at);
      waiting.push(arc.to);
    }
    if (came.has(sink)) break;
  }
  const way: number[] = [];
  for (let at = came.get(sink) ?? -1; at >= 0; at = came.get(arcs[arcs[at]?.back ?? -1]?.to ?? source) ?? -1) way.push(at);
  return way;
}

/** Moves an amount from the rooms of some arcs to those that give it back. */
function shift({ arcs }: WayGraph, along: readonly number[], amount: number): void {
  for (const at of along) {
    const arc = arcs[at];
    const back = arcs[arc?.back ?? -1];
    if (arc === undefined || back === undefined) continue;
    arc.room -= amount;
    back.room += amount;
  }
}

/** Adds flow up to a limit and returns how much: O(links) searches of O(links) each at worst; the ways of a lease have some dozen links. */
function fill(graph: WayGraph, most: number): number {
  let flow = 0;
  while (flow < most) {
    const way = shortestWay(graph);
    if (way.length === 0) break;
    const width = way.reduce((least, at) => Math.min(least, graph.arcs[at]?.room ?? 0), most - flow);
    shift(graph, way, width);
    flow += width;
  }
  return flow;
}

/** In the unit of `room`. */
export const emptyCapacity = (ways: readonly (readonly number[])[], room: LinkRoom): number => fill(graphOf(ways, room), Infinity);

export interface WayPart {
  readonly links: readonly number[];
  readonly amount: number;
}

/** Takes the flow of a graph apart into ways; what runs in a circle is left out. */
function* partsOf(graph: WayGraph): Generator<WayPart> {
  const carried = (at: number): number => graph.arcs[graph.arcs[at]?.back ?? -1]?.room ?? 0;
  for (;;) {
    const walk: number[] = [];
    const nodes = [source];
    while (nodes.at(-1) !== sink) {
      const next = (graph.leaving[nodes.at(-1) ?? source] ?? []).find((at) => at % 2 === 0 && carried(at) > 0);
      if (next === undefined) return;
      walk.push(next);
      const node = graph.arcs[next]?.to ?? sink;
      const before = nodes.indexOf(node);
      nodes.push(node);
      if (before < 0) continue;
      const circle = walk.splice(before);
      nodes.length = before + 1;
      shift(graph, circle, -Math.min(...circle.map(carried)));
    }
    const amount = Math.min(...walk.map(carried));
    shift(graph, walk, -amount);
    yield { links: walk.map((at) => graph.arcs[at]?.link ?? -1), amount };
  }
}

/**
 * An amount divided over ways, as much of it as possible within the first rooms and the rest within the second, which are no smaller;
 * `null` where it does not fit. Parts may change over from one way to another where they meet.
 */
export function splitOverWays(ways: readonly (readonly number[])[], amount: number, rooms: { readonly first: LinkRoom; readonly second?: LinkRoom }): readonly WayPart[] | null {
  const { first, second } = rooms;
  const graph = graphOf(ways, first);
  let left = amount - fill(graph, amount);
  if (left > 0 && second !== undefined) {
    graph.arcs.forEach((arc, at) => {
      if (at % 2 === 0) arc.room += Math.max(0, second(arc.link)) - Math.max(0, first(arc.link));
    });
    left -= fill(graph, left);
  }
  return left > 0 ? null : [...partsOf(graph)];
}
