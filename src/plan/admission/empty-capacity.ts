/**
 * The most that the ways between two ends could carry together if nobody else were there: the maximum flow over their links, which is
 * the least that any cut between the ends lets through (Ford and Fulkerson 1956, Canadian Journal of Mathematics 8, 399 to 404).
 *
 * Ways that share a link share its light once; adding up their widths would count it again for each. Flow may change over from one
 * way to another where they meet, as an allocator with more candidates could, so this bounds what any choice of ways gives.
 */

interface Arc {
  readonly to: number;
  room: number;
  /** The arc that gives back what this one takes. */
  readonly back: number;
}

interface FlowGraph {
  readonly arcs: Arc[];
  /** Arcs of each node. */
  readonly leaving: number[][];
}

const source = 0;
const sink = 1;

/** Follows a node to the one that stands for all that are the same. */
function standsFor(sameAs: number[], node: number): number {
  let at = node;
  while ((sameAs[at] ?? at) !== at) at = sameAs[at] ?? at;
  return at;
}

/** One arc per link. The node between two links of a way is the same for every way that goes from the one to the other. */
function graphOf(ways: readonly (readonly number[])[], capacity: (link: number) => number): FlowGraph {
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
  const graph: FlowGraph = { arcs: [], leaving: sameAs.map(() => []) };
  for (const [link, node] of tailOf) {
    const [from, to] = [standsFor(sameAs, node), standsFor(sameAs, node + 1)];
    const at = graph.arcs.length;
    graph.arcs.push({ to, room: Math.max(0, capacity(link)), back: at + 1 }, { to: from, room: 0, back: at });
    graph.leaving[from]?.push(at);
    graph.leaving[to]?.push(at + 1);
  }
  return graph;
}

/** The arcs of a shortest way with room from source to sink, last first; empty where there is none (Edmonds and Karp 1972, Journal of the ACM 19, 248 to 264). */
function shortestWay({ arcs, leaving }: FlowGraph): readonly number[] {
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

/** In the unit of `capacity`. O(links) searches of O(links) each at worst; the ways of a lease have some dozen links. */
export function emptyCapacity(ways: readonly (readonly number[])[], capacity: (link: number) => number): number {
  const graph = graphOf(ways, capacity);
  let flow = 0;
  for (let way = shortestWay(graph); way.length > 0; way = shortestWay(graph)) {
    const width = Math.min(...way.map((at) => graph.arcs[at]?.room ?? 0));
    for (const at of way) {
      const arc = graph.arcs[at];
      const back = graph.arcs[arc?.back ?? -1];
      if (arc === undefined || back === undefined) continue;
      arc.room -= width;
      back.room += width;
    }
    flow += width;
  }
  return flow;
}
