/** Loads of an all-to-all on a graph that looks the same from every place, when every pair splits evenly over all its shortest paths. */

export interface CayleyGraph {
  readonly count: number;
  readonly steps: number;
  /** Place reached from place p by step s, and place from which step s reaches p, both at p * steps + s. */
  readonly next: Int32Array;
  readonly previous: Int32Array;
}

export interface AllToAllLoads {
  /** Over pairs of different places. */
  readonly meanHops: number;
  readonly diameter: number;
  /** Flow units on a link of each step when every ordered pair of different places sends one unit. */
  readonly stepLoad: Float64Array;
  readonly loadMax: number;
  /** Hops from place 0. */
  readonly hops: Int32Array;
}

/**
 * All links of one step carry what one source puts on that step. Shortest paths are counted outwards and flow is gathered inwards
 * (Brandes, "A faster algorithm for betweenness centrality", 2001). O(places x steps). Places that cannot be reached make it throw.
 */
export function allToAllLoads({ count, steps, next, previous }: CayleyGraph): AllToAllLoads {
  const hops = new Int32Array(count).fill(-1);
  const order = new Int32Array(count);
  const paths = new Float64Array(count);
  hops[0] = 0;
  paths[0] = 1;
  let tail = 1;
  for (let head = 0; head < tail; head++) {
    const place = order[head] ?? 0;
    for (let step = 0; step < steps; step++) {
      const there = next[place * steps + step] ?? 0;
      if (hops[there] === -1) {
        hops[there] = (hops[place] ?? 0) + 1;
        order[tail++] = there;
      }
      if (hops[there] === (hops[place] ?? 0) + 1) paths[there] = (paths[there] ?? 0) + (paths[place] ?? 0);
    }
  }
  if (tail < count) throw new RangeError(`${count - tail} of ${count} places cannot be reached`);
  const flow = new Float64Array(count);
  const stepLoad = new Float64Array(steps);
  let sum = 0;
  for (let at = count - 1; at > 0; at--) {
    const place = order[at] ?? 0;
    sum += hops[place] ?? 0;
    flow[place] = (flow[place] ?? 0) + 1;
    const perPath = (flow[place] ?? 0) / (paths[place] ?? 1);
    for (let step = 0; step < steps; step++) {
      const from = previous[place * steps + step] ?? 0;
      if ((hops[from] ?? 0) + 1 !== hops[place]) continue;
      const share = perPath * (paths[from] ?? 0);
      flow[from] = (flow[from] ?? 0) + share;
      stepLoad[step] = (stepLoad[step] ?? 0) + share;
    }
  }
  const diameter = hops.reduce((most, one) => Math.max(most, one), 0);
  return { meanHops: sum / (count - 1), diameter, stepLoad, loadMax: stepLoad.reduce((most, one) => Math.max(most, one), 0), hops };
}
