/**
 * The circuits of one job from its demand: some ports of every place form rings for its all-reduces, the others follow matchings of
 * its pairwise traffic (the class of TopoOpt, Wang et al., NSDI 2023).
 *
 * Every way to divide the ports is laid out, routed and timed; the shortest wins. Matchings are drawn one after the other, and the
 * bits of a pair with c circuits, rings included, count 1 / (1 + c) in the next. Circuits are simplex, one light out and one in per
 * port, so a matching is of outputs to inputs. Pairs without a circuit are forwarded over shortest paths.
 */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { busFactor } from '../../traffic/collectives/operation.ts';
import { createMatcher } from '../circuits/matching.ts';
import type { Plan } from '../plan.ts';
import { chooseStrides, coinChange } from './ring-strides.ts';
import type { PortGraph } from './route-loads.ts';
import { routeLoads } from './route-loads.ts';

/** Places that all-reduce together: `size` of them, `stride` apart; blocks of groups cover all places, as ranks of a job do. */
export interface ReductionDemand {
  readonly name: string;
  readonly size: number;
  readonly stride: number;
  /** Vector of one place, all executions of a step together. */
  readonly bits: number;
}

export interface TopologyDemand {
  readonly places: number;
  readonly reductions: readonly ReductionDemand[];
  /** Bits of a step from place i to place j at i * places + j. */
  readonly exchangeBits: Float64Array;
}

export interface TopologyOptions { readonly ports: number; readonly portGbps: number }

/** One division of the ports, timed. Collectives of different kinds run one after the other. */
export interface PricedTopology {
  /** Rings of each reduction, and matchings. */
  readonly rings: readonly number[];
  readonly matchings: number;
  readonly reductionNs: readonly number[];
  readonly exchangeNs: number;
  readonly totalNs: number;
}

export interface JobTopology {
  readonly graph: PortGraph;
  readonly chosen: PricedTopology;
  /** Strides of each reduction's rings, in steps of its group. */
  readonly strides: readonly (readonly number[])[];
  /** Where rings alone join all places: the strides that lead from a place to the one `offset` further, by offset. */
  readonly relays: readonly (readonly number[])[] | null;
  readonly exchangeHops: number;
  /** Every division of the ports, the best first. */
  readonly alternatives: readonly PricedTopology[];
  readonly reasons: readonly string[];
}

export const topologyPlacesMax = 512;
export const topologyPortsMax = 16;

/** All ways to give each reduction at least one ring and the matchings what is left. */
function divisions(ports: number, reductions: number): readonly (readonly number[])[] {
  if (reductions === 0) return [[]];
  return Array.from({ length: Math.max(0, ports - reductions + 1) }, (_, more) => more + 1)
    .flatMap((rings) => divisions(ports - rings, reductions - 1).map((rest) => [rings, ...rest]));
}

/** The next member of a ring with this stride in the group of each place. */
function drawRing(target: Int32Array, port: number, options: { readonly places: number; readonly ports: number; readonly group: ReductionDemand; readonly stride: number }): void {
  const { places, ports, group, stride } = options;
  for (let place = 0; place < places; place++) {
    const member = Math.floor(place / group.stride) % group.size;
    target[place * ports + port] = place + (((member + stride) % group.size) - member) * group.stride;
  }
}

/** Raises pairs of places that have much left to send or to receive: the busiest must be matched every time, or a port is missing at the end. */
function favourBusy(left: Float64Array, places: number): Float64Array {
  const out = new Float64Array(places);
  const into = new Float64Array(places);
  left.forEach((bits, at) => {
    out[Math.floor(at / places)] = (out[Math.floor(at / places)] ?? 0) + bits;
    into[at % places] = (into[at % places] ?? 0) + bits;
  });
  const most = Math.max(out.reduce((a, b) => Math.max(a, b), 0), into.reduce((a, b) => Math.max(a, b), 0));
  return left.map((bits, at) => (most === 0 ? 0 : bits * (1 + ((out[Math.floor(at / places)] ?? 0) + (into[at % places] ?? 0)) / most)));
}

/** Fills the last ports with matchings of what the circuits so far leave to carry. */
function drawMatchings(graph: PortGraph, demand: TopologyDemand, first: number): void {
  const { places, ports, target } = graph;
  const matcher = createMatcher(places);
  const circuits = new Float64Array(places * places);
  for (let port = 0; port < first; port++) for (let place = 0; place < places; place++) {
    const at = place * places + (target[place * ports + port] ?? 0);
    circuits[at] = (circuits[at] ?? 0) + 1;
  }
  for (let port = first; port < ports; port++) {
    const left = demand.exchangeBits.map((bits, at) => (Math.floor(at / places) === at % places ? 0 : bits / (1 + (circuits[at] ?? 0))));
    matcher.solve(favourBusy(left, places));
    for (let place = 0; place < places; place++) {
      const to = matcher.output[place] ?? place;
      target[place * ports + port] = to === place ? -1 : to;
      circuits[place * places + to] = (circuits[place * places + to] ?? 0) + 1;
    }
  }
}

interface Laid { readonly graph: PortGraph; readonly strides: readonly (readonly number[])[]; readonly priced: PricedTopology; readonly hops: number }

/** Lays out one division; `null` where a reduction has fewer rings than ports given, or traffic is cut off. */
function layOut(demand: TopologyDemand, { ports, portGbps }: TopologyOptions, rings: readonly number[], stridesOf: (size: number, count: number) => readonly number[]): Laid | null {
  const { places, reductions } = demand;
  const graph: PortGraph = { places, ports, target: new Int32Array(places * ports).fill(-1) };
  const strides = reductions.map((group, at) => stridesOf(group.size, rings[at] ?? 0));
  if (strides.some((own, at) => own.length < (rings[at] ?? 0))) return null;
  let port = 0;
  reductions.forEach((group, at) => strides[at]?.forEach((stride) => drawRing(graph.target, port++, { places, ports, group, stride })));
  drawMatchings(graph, demand, port);
  const loads = routeLoads(graph, demand.exchangeBits);
  if (loads.cutOffBits > 0) return null;
  // Each ring carries its part of the vector, 2 (n - 1) / n times (Patarasuk and Yuan 2009).
  const reductionNs = reductions.map((group, at) => (busFactor('allReduce', group.size) * group.bits) / ((rings[at] ?? 1) * portGbps));
  const exchangeNs = loads.busiestBits / portGbps;
  const totalNs = reductionNs.reduce((sum, ns) => sum + ns, exchangeNs);
  return { graph, strides, hops: loads.meanHops, priced: { rings, matchings: ports - port, reductionNs, exchangeNs, totalNs } };
}

const ms = (ns: number): string => `${Number((ns / 1e6).toPrecision(4))} ms`;

const describe = ({ rings, matchings }: PricedTopology, reductions: readonly ReductionDemand[]): string => {
  const parts = reductions.map(({ name }, at) => `${rings[at] ?? 0} ${rings[at] === 1 ? 'ring' : 'rings'} for ${name}`);
  return [...parts, `${matchings} ${matchings === 1 ? 'matching' : 'matchings'}`].join(' and ');
};

function reasonsOf(demand: TopologyDemand, topology: Omit<JobTopology, 'reasons'>): readonly string[] {
  const { chosen, alternatives, strides, exchangeHops } = topology;
  const other = alternatives[1];
  const exchange = chosen.exchangeNs > 0 ? `; pairwise traffic takes ${ms(chosen.exchangeNs)} over ${exchangeHops.toFixed(2)} hops on average` : '';
  const reduced = chosen.reductionNs.map((ns, at) => `${demand.reductions[at]?.name ?? ''} takes ${ms(ns)} on strides ${strides[at]?.join(', ') ?? ''}`);
  return [
    `${describe(chosen, demand.reductions)}: ${ms(chosen.totalNs)} of communication in a step; ${reduced.join(', ')}${exchange}.`,
    ...(other === undefined ? [] : [`The next best of ${alternatives.length} divisions, ${describe(other, demand.reductions)}, takes ${ms(other.totalNs)}.`]),
  ];
}

/** Proposes a topology. Ties go to more matchings. Refused where ports are fewer than reductions or no division joins all that talk. */
export function proposeTopology(demand: TopologyDemand, options: TopologyOptions): JobTopology | Refusal {
  const { places, reductions } = demand;
  const { ports } = options;
  if (places > topologyPlacesMax || ports > topologyPortsMax) {
    return refuse('topology-too-large', 'never', `${places} places of ${ports} ports; at most ${topologyPlacesMax} places of ${topologyPortsMax} ports are laid out.`);
  }
  if (ports < reductions.length) return refuse('too-few-ports', 'never', `${reductions.map(({ name }) => name).join(', ')} need a ring each, and a place has ${ports} ports.`);
  const known = new Map<string, readonly number[]>();
  const stridesOf = (size: number, count: number): readonly number[] => {
    const key = `${size}/${count}`;
    const found = known.get(key) ?? chooseStrides(size, count).strides;
    known.set(key, found);
    return found;
  };
  const laid = divisions(ports, reductions.length).flatMap((rings) => layOut(demand, options, rings, stridesOf) ?? []);
  laid.sort((a, b) => a.priced.totalNs - b.priced.totalNs || b.priced.matchings - a.priced.matchings);
  const [best] = laid;
  if (best === undefined) {
    return refuse('traffic-cut-off', 'never', `On ${ports} ports no division into rings and matchings joins every pair of the ${places} places that talks.`, 'More ports, or a packet network for the rest, would.');
  }
  const spansAll = reductions.length === 1 && reductions[0]?.size === places && best.priced.matchings === 0;
  const topology = {
    graph: best.graph, chosen: best.priced, strides: best.strides, exchangeHops: best.hops, alternatives: laid.map(({ priced }) => priced),
    relays: spansAll ? coinChange(places, best.strides[0] ?? [1]) : null,
  };
  return { ...topology, reasons: reasonsOf(demand, topology) };
}

/** The cross-connects of a topology: port p of every place leads to circuit switch p, place i on its port i. */
export function topologyPlan({ graph, reasons }: JobTopology, switches: readonly number[]): Plan {
  const { places, ports, target } = graph;
  const changes: Plan['changes'][number][] = [];
  for (let port = 0; port < ports; port++) for (let place = 0; place < places; place++) {
    const to = target[place * ports + port] ?? -1;
    if (to >= 0) changes.push({ kind: 'connect', circuit: { ocs: switches[port] ?? port, aPort: place, bPort: to } });
  }
  return { changes, reasons };
}
