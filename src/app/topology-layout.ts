/** The circuits of one job laid out from its demand, for `heliostat topology --circuits`: what its step asks of a rail, and how the answer is told. */

import type { Refusal } from '../base/refusal.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import { outboundBits } from '../plan/phases/step-profile.ts';
import type { JobTopology, ReductionDemand, TopologyDemand } from '../plan/topology/job-topology.ts';
import { proposeTopology, topologyPlacesMax, topologyPlan } from '../plan/topology/job-topology.ts';
import { busFactor } from '../traffic/collectives/operation.ts';
import type { NetworkView } from '../traffic/network-view.ts';
import { placeGroup } from '../traffic/network-view.ts';
import type { ParallelPlan } from '../traffic/parallel-plan.ts';
import { microbatchesPerStep, planGpus } from '../traffic/parallel-plan.ts';
import type { CommunicationPhase } from '../traffic/phases.ts';

export interface LayoutQuestion {
  readonly plan: ParallelPlan;
  readonly network: NetworkView;
  readonly phases: readonly CommunicationPhase[];
  /** Ports of an accelerator on its rail. */
  readonly ports: number;
}

export interface Layout {
  readonly places: number;
  readonly portGbps: number;
  readonly topology: JobTopology;
  readonly reductions: readonly string[];
}

/** Adds what every place sends to the others of its group: to all of them evenly, or half each to its neighbours. */
function addExchange(into: Float64Array, places: number, group: { readonly size: number; readonly stride: number }, bits: number, toNeighbours: boolean): void {
  const { size, stride } = group;
  for (let place = 0; place < places; place++) {
    const member = Math.floor(place / stride) % size;
    for (let other = 0; other < size; other++) {
      const isNear = Math.abs(other - member) === 1;
      if (other === member || (toNeighbours && !isNear)) continue;
      const at = place * places + place + (other - member) * stride;
      into[at] = (into[at] ?? 0) + (toNeighbours ? bits / 2 : bits / (size - 1));
    }
  }
}

/**
 * What a step asks of one rail: a place is the accelerator of a scale-up domain on that rail, because traffic inside a domain needs no
 * light and all rails carry alike. Groups of one size and stride reduce together.
 */
function demandOf({ plan, network, phases }: LayoutQuestion): TopologyDemand | Refusal {
  const domain = network.scaleUp.size;
  const places = planGpus(plan) / domain;
  if (!Number.isInteger(places) || places < 2) return refuse('too-few-places', 'never', `The job's ${planGpus(plan)} accelerators make ${places} scale-up domains of ${domain}; circuits join at least two whole ones.`);
  if (places > topologyPlacesMax) return refuse('topology-too-large', 'never', `The job has ${places} scale-up domains; circuits of at most ${topologyPlacesMax} are laid out.`);
  const exchangeBits = new Float64Array(places * places);
  const reductions = new Map<string, ReductionDemand>();
  const microbatches = microbatchesPerStep(plan);
  for (const phase of phases) {
    const { domains: size } = placeGroup(phase.group, network);
    const bits = outboundBits(phase, network) * (phase.perStep + phase.perMicrobatch * microbatches);
    if (size < 2 || bits <= 0) continue;
    const stride = Math.max(1, Math.round(phase.group.stride / domain));
    if (places % (size * stride) !== 0) return refuse('groups-do-not-tile', 'never', `${phase.name} joins ${size} domains ${stride} apart, and ${places} domains are no multiple of that.`);
    if (phase.op === 'allToAll' || phase.op === 'pointToPoint') {
      addExchange(exchangeBits, places, { size, stride }, bits, phase.op === 'pointToPoint');
      continue;
    }
    const key = `${size}/${stride}`;
    const known = reductions.get(key);
    const vector = bits / busFactor('allReduce', size);
    reductions.set(key, { name: known === undefined ? phase.name : `${known.name}, ${phase.name}`, size, stride, bits: (known?.bits ?? 0) + vector });
  }
  return { places, reductions: [...reductions.values()], exchangeBits };
}

/** Rings and matchings for the job, or why there are none. */
export function layOutCircuits(question: LayoutQuestion): Layout | Refusal {
  const demand = demandOf(question);
  if (isRefusal(demand)) return demand;
  const portGbps = question.network.scaleOut.rateGbps / question.ports;
  const topology = proposeTopology(demand, { ports: question.ports, portGbps });
  return isRefusal(topology) ? topology : { places: demand.places, portGbps, topology, reductions: demand.reductions.map(({ name }) => name) };
}

/** The layout as a JSON document: times in seconds, cross-connects of one rail by switch and port, both from 0. */
export function layoutDocument({ places, portGbps, topology, reductions }: Layout): unknown {
  const { chosen, strides, exchangeHops, alternatives, reasons } = topology;
  const divisionOf = ({ rings, matchings, totalNs }: JobTopology['chosen']): unknown => ({ rings, matchings, communicationS: totalNs / 1e9 });
  const switches = Array.from({ length: topology.graph.ports }, (_, port) => port);
  return {
    places, ports: topology.graph.ports, portGbps, reductions: reductions.map((name, at) => ({ name, strides: strides[at] ?? [], timeS: (chosen.reductionNs[at] ?? 0) / 1e9 })),
    matchings: chosen.matchings, exchangeS: chosen.exchangeNs / 1e9, exchangeHops, communicationS: chosen.totalNs / 1e9, alternatives: alternatives.map(divisionOf), reasons,
    crossConnects: topologyPlan(topology, switches).changes.flatMap((change) => (change.kind === 'connect' ? [change.circuit] : [])),
  };
}
