/** What the ports of one circuit switch ask of each other, and the time that no schedule of circuits can beat. */

/** Demand between the ports of a switch, as the time that one lit circuit at full rate needs for it. */
export interface CircuitDemand {
  readonly ports: number;
  /** Row by row, from input to output: ports x ports entries, finite and not negative. The diagonal may be used. */
  readonly needNs: Float64Array;
}

/** A demand of these entries. Throws where the caller's table is not square, or an entry is not a time: that is a bug, input is parsed outside. */
export function circuitDemand(ports: number, needNs: Float64Array): CircuitDemand {
  if (needNs.length !== ports * ports) throw new RangeError(`${needNs.length} entries are not a square of ${ports} ports`);
  for (const need of needNs) if (!(need >= 0 && need < Infinity)) throw new RangeError(`a demand of ${need} ns is not a time`);
  return { ports, needNs };
}

/** Sum and number of the circuits of every port: inputs first, then outputs. */
export interface PortLoads {
  readonly needNs: Float64Array;
  readonly degree: Int32Array;
}

export function portLoads({ ports, needNs }: CircuitDemand): PortLoads {
  const sumNs = new Float64Array(2 * ports);
  const degree = new Int32Array(2 * ports);
  needNs.forEach((need, at) => {
    if (need <= 0) return;
    const input = Math.floor(at / ports);
    const output = ports + (at % ports);
    for (const port of [input, output]) {
      sumNs[port] = (sumNs[port] ?? 0) + need;
      degree[port] = (degree[port] ?? 0) + 1;
    }
  });
  return { needNs: sumNs, degree };
}

/** The largest of some numbers, 0 of none. */
const largest = (values: Iterable<number>): number => {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
};

/**
 * Lower bound of a schedule in which every port goes dark at each change: the busiest port must be lit for its sum, and the port with the
 * most circuits must see as many matchings, each after one dark time (Liu et al., Solstice, CoNEXT 2015, section 3).
 */
export function allStopBoundNs(demand: CircuitDemand, darkNs: number): number {
  const loads = portLoads(demand);
  return largest(loads.needNs) + largest(loads.degree) * darkNs;
}

/** Lower bound where only the ports that change go dark: each port needs its own sum and its own number of dark times. */
export function stayLitBoundNs(demand: CircuitDemand, darkNs: number): number {
  const loads = portLoads(demand);
  return largest(loads.needNs.map((needNs, port) => needNs + (loads.degree[port] ?? 0) * darkNs));
}

/**
 * Lower bound on several switches to which every port is wired once: the all-stop bound shared out, where each switch that works goes dark
 * at least once (row `ocs-parallel` of the facts: (max sum + dark time x max(max degree, switches)) / switches).
 */
export function parallelBoundNs(demand: CircuitDemand, { darkNs, switches }: { readonly darkNs: number; readonly switches: number }): number {
  const loads = portLoads(demand);
  const busiestNs = largest(loads.needNs);
  return busiestNs === 0 ? 0 : (busiestNs + darkNs * Math.max(largest(loads.degree), switches)) / switches;
}
