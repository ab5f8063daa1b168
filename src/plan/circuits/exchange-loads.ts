/**
 * Routes a uniform all-to-all over a sequence of topologies: each message may take circuits of the topologies in their order, several of one
 * if need be, and equal shares go along all ways with the fewest circuits (Brandes' counting, J. Math. Sociology 25, 2001, over layers).
 *
 * Bounds: a place is layer x ranks + rank; every table holds one entry per place, and circuits lead to ranks below `ranks`.
 */

import type { RankTopology } from './rank-topology.ts';

export interface ExchangeLoads {
  /** Per topology: pairwise messages on its most loaded circuit. */
  readonly mostMessages: readonly number[];
  /** Per topology: the most circuits that any way takes in it. */
  readonly mostHops: readonly number[];
  /** Circuits that a message takes, on average over all pairs. */
  readonly meanHops: number;
}

interface Ways {
  readonly distance: Int32Array;
  readonly count: Float64Array;
  /** Places in the order of distance, then layer: every way visits them in this order. */
  readonly order: Int32Array;
  /** Circuits taken in the place's own layer on the way that takes most there. */
  readonly inLayer: Int32Array;
}

/** Fewest circuits, and the number of such ways, from one rank to every place. Returns how many places are reached. */
function findWays(topologies: readonly RankTopology[], ranks: number, source: number, ways: Ways): number {
  const { distance, count, order, inLayer } = ways;
  distance.fill(-1);
  count.fill(0);
  inLayer.fill(0);
  let reached = 0;
  let level: number[] = [source];
  distance[source] = 0;
  count[source] = 1;
  for (let hops = 0; level.length > 0; hops++) {
    // Going on to the next layer costs no circuit: such places join the same level, one layer after another.
    for (let at = 0; at < level.length; at++) {
      const next = level[at]! + ranks;
      if (next < distance.length && distance[next]! < 0) {
        distance[next] = hops;
        level.push(next);
      }
    }
    level.sort((one, other) => one - other);
    const after: number[] = [];
    for (const place of level) {
      order[reached++] = place;
      const onward = place + ranks;
      if (onward < distance.length && distance[onward] === hops) count[onward]! += count[place]!;
    }
    for (const place of level) {
      const layer = Math.floor(place / ranks);
      const { degree, target } = topologies[layer]!;
      for (let port = 0; port < degree; port++) {
        const next = layer * ranks + target[(place % ranks) * degree + port]!;
        if (distance[next]! < 0) {
          distance[next] = hops + 1;
          after.push(next);
        }
        if (distance[next] !== hops + 1) continue;
        count[next]! += count[place]!;
        inLayer[next] = Math.max(inLayer[next]!, inLayer[place]! + 1);
      }
    }
    level = after;
  }
  return reached;
}

interface Tally {
  readonly loads: readonly Float64Array[];
  readonly mostHops: number[];
  hopsSum: number;
}

interface Sending {
  readonly ways: Ways;
  readonly share: Float64Array;
  readonly tally: Tally;
}

function startSending(topologies: readonly RankTopology[]): Sending {
  const places = (topologies[0]?.ranks ?? 0) * topologies.length;
  return {
    ways: { distance: new Int32Array(places), count: new Float64Array(places), order: new Int32Array(places), inLayer: new Int32Array(places) },
    share: new Float64Array(places),
    tally: { loads: topologies.map(({ target }) => new Float64Array(target.length)), mostHops: topologies.map(() => 0), hopsSum: 0 },
  };
}

/** Sends one message from `source` to every other rank, or to rank `only` where that is not -1; false when one cannot be reached. */
function sendFrom(topologies: readonly RankTopology[], source: number, only: number, { ways, share, tally }: Sending): boolean {
  const ranks = topologies[0]?.ranks ?? 0;
  const places = ways.distance.length;
  const reached = findWays(topologies, ranks, source, ways);
  share.fill(0);
  for (let rank = 0; rank < ranks; rank++) {
    if (only >= 0 && rank !== only) continue;
    const end = places - ranks + rank;
    if (ways.distance[end]! < 0) return false;
    tally.hopsSum += ways.distance[end]!;
    if (rank !== source) share[end] = 1;
  }
  for (let at = reached - 1; at >= 0; at--) {
    const place = ways.order[at]!;
    const layer = Math.floor(place / ranks);
    const { degree, target } = topologies[layer]!;
    const hops = ways.distance[place]!;
    const onward = place + ranks;
    if (onward < places && ways.distance[onward] === hops) share[place]! += (share[onward]! * ways.count[place]!) / ways.count[onward]!;
    for (let port = 0; port < degree; port++) {
      const circuit = (place % ranks) * degree + port;
      const next = layer * ranks + target[circuit]!;
      if (ways.distance[next] !== hops + 1) continue;
      const part = (share[next]! * ways.count[place]!) / ways.count[next]!;
      if (part === 0) continue;
      tally.loads[layer]![circuit]! += part;
      share[place]! += part;
      tally.mostHops[layer] = Math.max(tally.mostHops[layer]!, ways.inLayer[next]!);
    }
  }
  return true;
}

/** Loads of all sources are those of one, turned around the ring: a circuit carries what its port carries for one source at all ranks together. */
function turned(loads: Float64Array, degree: number): Float64Array {
  const perPort = new Float64Array(degree);
  loads.forEach((messages, circuit) => void (perPort[circuit % degree]! += messages));
  return perPort;
}

/** Loads of an all-to-all, or null when some rank cannot reach another. O(ranks^2 x circuits of one rank x topologies); one rank's part of that for rotations. */
export function exchangeLoads(topologies: readonly RankTopology[]): ExchangeLoads | null {
  const ranks = topologies[0]?.ranks ?? 0;
  const sending = startSending(topologies);
  const { tally } = sending;
  const isTurning = topologies.every(({ isRotation }) => isRotation);
  const sources = isTurning ? Math.min(1, ranks) : ranks;
  for (let source = 0; source < sources; source++) if (!sendFrom(topologies, source, -1, sending)) return null;
  const loads = isTurning ? tally.loads.map((load, layer) => turned(load, topologies[layer]!.degree)) : tally.loads;
  return {
    mostMessages: loads.map((load) => load.reduce((most, messages) => Math.max(most, messages), 0)),
    mostHops: tally.mostHops, meanHops: ranks < 2 ? 0 : tally.hopsSum / (sources * (ranks - 1)),
  };
}

/** Messages on the most loaded circuit and circuits of the longest way when each rank sends one message to `target[rank]`; null when one cannot be reached. */
export function patternLoads(topology: RankTopology, target: Int32Array): { readonly mostMessages: number; readonly mostHops: number } | null {
  const sending = startSending([topology]);
  for (let source = 0; source < topology.ranks; source++) {
    const to = target[source]!;
    if (to !== source && !sendFrom([topology], source, to, sending)) return null;
  }
  const [loads] = sending.tally.loads;
  return { mostMessages: loads?.reduce((most, messages) => Math.max(most, messages), 0) ?? 0, mostHops: sending.tally.mostHops[0] ?? 0 };
}
