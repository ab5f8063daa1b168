/**
 * The best all-gather any algorithm can reach on a given network of links: the min-cut bound that ForestColl attains
 * (Zhao et al., arXiv 2402.06787, theorem 1).
 *
 * For every set S of nodes that misses at least one rank, the data of the ranks inside S must leave through the links that
 * exit S: time per unit of data >= |S's ranks| / exit bandwidth of S. The bound is the largest such ratio. It is found with
 * a super-source that feeds each rank 1/x: all ranks can receive N/x exactly when x is no better than the bound, so each
 * violated minimum cut gives the next x (Dinkelbach's iteration), which ends at the exact ratio.
 */

/** Directed links; nodes 0 .. ranks - 1 are ranks, the rest are switches. */
export interface GatherNetwork {
  readonly nodeCount: number;
  readonly ranks: number;
  readonly linkSource: Int32Array;
  readonly linkTarget: Int32Array;
  readonly linkRateGbps: Float64Array;
}

export interface GatherBound {
  /** Size of the gathered output over the best time. */
  readonly algorithmGbps: number;
  /** Ranks inside the cut that limits it, and the rate that leaves it. */
  readonly cutRanks: number;
  readonly cutExitGbps: number;
}

/** Residual graph with paired arcs: arc e and its reverse e ^ 1. */
interface Residual {
  readonly head: Int32Array;
  readonly next: Int32Array;
  readonly to: Int32Array;
  readonly capacity: Float64Array;
}

const flowTolerance = 1e-12;

function buildResidual(network: GatherNetwork): { readonly graph: Residual; readonly feeds: Int32Array } {
  const links = network.linkSource.length;
  const arcs = 2 * (links + network.ranks);
  const graph: Residual = { head: new Int32Array(network.nodeCount + 1).fill(-1), next: new Int32Array(arcs), to: new Int32Array(arcs), capacity: new Float64Array(arcs) };
  const source = network.nodeCount;
  let arc = 0;
  const add = (from: number, to: number): void => {
    for (const [tail, tip] of [[from, to], [to, from]] as const) {
      graph.to[arc] = tip;
      graph.next[arc] = graph.head[tail] ?? -1;
      graph.head[tail] = arc++;
    }
  };
  for (let link = 0; link < links; link++) add(network.linkSource[link] ?? 0, network.linkTarget[link] ?? 0);
  const feeds = new Int32Array(network.ranks);
  for (let rank = 0; rank < network.ranks; rank++) {
    feeds[rank] = arc;
    add(source, rank);
  }
  return { graph, feeds };
}

/** Breadth-first levels from the source over arcs that still carry; -1 is unreachable. */
function levels(graph: Residual, source: number, level: Int32Array, queue: Int32Array): void {
  level.fill(-1);
  level[source] = 0;
  queue[0] = source;
  for (let head = 0, tail = 1; head < tail; head++) {
    const node = queue[head] ?? 0;
    for (let arc = graph.head[node] ?? -1; arc >= 0; arc = graph.next[arc] ?? -1) {
      const to = graph.to[arc] ?? 0;
      if ((graph.capacity[arc] ?? 0) > flowTolerance && (level[to] ?? 0) < 0) {
        level[to] = (level[node] ?? 0) + 1;
        queue[tail++] = to;
      }
    }
  }
}

/** Pushes a blocking flow along levels (Dinic 1970) and returns how much reached the sink. */
function push(graph: Residual, level: Int32Array, cursor: Int32Array, node: number, sink: number, limit: number): number {
  if (node === sink) return limit;
  for (; (cursor[node] ?? -1) >= 0; cursor[node] = graph.next[cursor[node] ?? 0] ?? -1) {
    const arc = cursor[node] ?? 0;
    const to = graph.to[arc] ?? 0;
    const room = graph.capacity[arc] ?? 0;
    if (room <= flowTolerance || (level[to] ?? -1) !== (level[node] ?? 0) + 1) continue;
    const sent = push(graph, level, cursor, to, sink, Math.min(limit, room));
    if (sent > 0) {
      graph.capacity[arc] = room - sent;
      graph.capacity[arc ^ 1] = (graph.capacity[arc ^ 1] ?? 0) + sent;
      return sent;
    }
  }
  return 0;
}

/** The ratio of the minimum cut towards one rank when every rank is fed `feedGbps`; null when the full feed arrives. */
function violatedCut(network: GatherNetwork, graph: Residual, feeds: Int32Array, sink: number, feedGbps: number): { readonly ranks: number; readonly exitGbps: number } | null {
  const source = network.nodeCount;
  for (let link = 0; link < network.linkSource.length; link++) {
    graph.capacity[2 * link] = network.linkRateGbps[link] ?? 0;
    graph.capacity[2 * link + 1] = 0;
  }
  for (const feed of feeds) {
    graph.capacity[feed] = feedGbps;
    graph.capacity[feed + 1] = 0;
  }
  const level = new Int32Array(network.nodeCount + 1);
  const queue = new Int32Array(network.nodeCount + 1);
  let flow = 0;
  for (levels(graph, source, level, queue); (level[sink] ?? -1) >= 0; levels(graph, source, level, queue)) {
    const cursor = graph.head.slice();
    for (let sent = push(graph, level, cursor, source, sink, Infinity); sent > 0; sent = push(graph, level, cursor, source, sink, Infinity)) flow += sent;
  }
  if (flow >= network.ranks * feedGbps * (1 - 1e-9)) return null;
  let ranks = 0;
  for (let rank = 0; rank < network.ranks; rank++) if ((level[rank] ?? -1) >= 0) ranks++;
  let exitGbps = 0;
  for (let link = 0; link < network.linkSource.length; link++) {
    if ((level[network.linkSource[link] ?? 0] ?? -1) >= 0 && (level[network.linkTarget[link] ?? 0] ?? -1) < 0) exitGbps += network.linkRateGbps[link] ?? 0;
  }
  return { ranks, exitGbps };
}

/**
 * Exact up to rounding; each iteration costs one maximum flow per rank, so it suits networks of up to some hundred nodes.
 * A network in which a rank cannot be reached gives 0.
 */
export function optimalAllGather(network: GatherNetwork): GatherBound {
  const { graph, feeds } = buildResidual(network);
  const ingress = new Float64Array(network.nodeCount);
  for (let link = 0; link < network.linkTarget.length; link++) {
    const target = network.linkTarget[link] ?? 0;
    ingress[target] = (ingress[target] ?? 0) + (network.linkRateGbps[link] ?? 0);
  }
  let best = { ranks: network.ranks - 1, exitGbps: Math.min(...ingress.subarray(0, network.ranks)) };
  for (let sink = 0; sink < network.ranks; sink++) {
    for (;;) {
      const feedGbps = best.exitGbps / Math.max(1, best.ranks);
      if (feedGbps === 0) return { algorithmGbps: 0, cutRanks: best.ranks, cutExitGbps: 0 };
      const cut = violatedCut(network, graph, feeds, sink, feedGbps);
      if (cut === null || cut.ranks === 0 || cut.exitGbps / cut.ranks >= feedGbps * (1 - 1e-12)) break;
      best = cut;
    }
  }
  return { algorithmGbps: (network.ranks * best.exitGbps) / Math.max(1, best.ranks), cutRanks: best.ranks, cutExitGbps: best.exitGbps };
}

/** Domains of `domainSize` ranks on one switch each, every rank with its own port to a shared outer switch. */
export function twoLevelNetwork(setting: { readonly ranks: number; readonly domainSize: number; readonly innerGbps: number; readonly outerGbps: number }): GatherNetwork {
  const { ranks, domainSize } = setting;
  const domains = Math.ceil(ranks / domainSize);
  const outerSwitch = ranks + domains;
  const links: { readonly from: number; readonly to: number; readonly rate: number }[] = [];
  for (let rank = 0; rank < ranks; rank++) {
    const inner = ranks + Math.floor(rank / domainSize);
    links.push({ from: rank, to: inner, rate: setting.innerGbps }, { from: inner, to: rank, rate: setting.innerGbps });
    if (domains > 1) links.push({ from: rank, to: outerSwitch, rate: setting.outerGbps }, { from: outerSwitch, to: rank, rate: setting.outerGbps });
  }
  return {
    nodeCount: ranks + domains + 1, ranks,
    linkSource: Int32Array.from(links, (link) => link.from), linkTarget: Int32Array.from(links, (link) => link.to), linkRateGbps: Float64Array.from(links, (link) => link.rate),
  };
}
