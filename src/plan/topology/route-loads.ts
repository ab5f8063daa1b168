/** Loads of any demand on any directed graph of ports, when every pair splits evenly over its shortest paths. */

export interface PortGraph {
  readonly places: number;
  readonly ports: number;
  /** Place that the port of a place lights, at place * ports + port; -1 where it is dark. */
  readonly target: Int32Array;
}

export interface RouteLoads {
  /** Bits on each port. */
  readonly portBits: Float64Array;
  readonly busiestBits: number;
  /** Bits times hops, over bits. */
  readonly meanHops: number;
  /** Bits between places that no path joins. */
  readonly cutOffBits: number;
}

/**
 * Shortest paths are counted outwards from each source and its demand is gathered inwards (Brandes 2001). Parallel links count as
 * paths of their own. Demand is row by row, from place i to place j at i * places + j. O(places^2 x ports).
 */
export function routeLoads({ places, ports, target }: PortGraph, demandBits: Float64Array): RouteLoads {
  const portBits = new Float64Array(places * ports);
  const hops = new Int32Array(places);
  const order = new Int32Array(places);
  const paths = new Float64Array(places);
  const flow = new Float64Array(places);
  let sent = 0;
  let carried = 0;
  let cutOffBits = 0;
  for (let source = 0; source < places; source++) {
    hops.fill(-1);
    paths.fill(0);
    hops[source] = 0;
    paths[source] = 1;
    order[0] = source;
    let tail = 1;
    for (let head = 0; head < tail; head++) {
      const place = order[head] ?? 0;
      for (let port = 0; port < ports; port++) {
        const there = target[place * ports + port] ?? -1;
        if (there < 0) continue;
        if (hops[there] === -1) {
          hops[there] = (hops[place] ?? 0) + 1;
          order[tail++] = there;
        }
        if (hops[there] === (hops[place] ?? 0) + 1) paths[there] = (paths[there] ?? 0) + (paths[place] ?? 0);
      }
    }
    for (let place = 0; place < places; place++) {
      const bits = place === source ? 0 : demandBits[source * places + place] ?? 0;
      flow[place] = bits;
      sent += bits;
      if (hops[place] === -1) cutOffBits += bits;
    }
    for (let at = tail - 1; at >= 0; at--) {
      const place = order[at] ?? 0;
      for (let port = 0; port < ports; port++) {
        const there = target[place * ports + port] ?? -1;
        if (there < 0 || hops[there] !== (hops[place] ?? 0) + 1) continue;
        const share = ((flow[there] ?? 0) * (paths[place] ?? 0)) / (paths[there] ?? 1);
        flow[place] = (flow[place] ?? 0) + share;
        portBits[place * ports + port] = (portBits[place * ports + port] ?? 0) + share;
        carried += share;
      }
    }
  }
  const busiestBits = portBits.reduce((most, bits) => Math.max(most, bits), 0);
  return { portBits, busiestBits, meanHops: sent > 0 ? carried / sent : 0, cutOffBits };
}
