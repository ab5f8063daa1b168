/** Circuits beside or instead of packets: rails of circuit switches, and regional circuit switches beside a packet fabric. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { needsOcs, wholeNumber } from './family-check.ts';
import type { FamilyDesign, RegionalOcsDesign } from './family-design.ts';
import { opponentOf, roundOf, roundsOf } from './matchings.ts';
import type { FamilyPlan, Plot } from './plan.ts';
import { addSwitches } from './plan.ts';

const gpuOf = (plot: Plot, index: number): NodeIx => (plot.servers.gpu[plot.firstRank + index] ?? 0) as NodeIx;

function needsDomain(design: ClusterDesign): readonly Issue[] {
  if (design.gpusPerNode === 1 || design.scaleUp.size >= design.gpusPerNode) return [];
  return [{
    code: 'rails-not-joined', path: 'scaleUp.size', value: String(design.scaleUp.size), message: `A scale-up domain of ${design.scaleUp.size} does not join the ${design.gpusPerNode} rails of a node`,
    remedy: 'Make the scale-up domain at least as large as a node',
  }];
}

/**
 * One circuit switch per rail: each GPU has two ports to it, and the circuits form a ring of the rail's GPUs, as ring collectives
 * want it. Other pairs are forwarded round the ring, the shorter way.
 */
export function planOcsRails(design: ClusterDesign): Parsed<FamilyPlan> {
  const rails = design.gpusPerNode;
  const nodes = design.gpus / rails;
  const issues = [
    ...wholeNumber({ path: 'gpus', value: nodes, min: 2, what: 'The nodes of a rail' }), ...needsDomain(design),
    ...needsOcs(design, { ports: 2 * nodes, formula: 'two ports for every node' }),
  ];
  if (issues.length > 0) return { ok: false, issues };
  return parsed({
    summary: `${rails} rails of circuit switches, ${nodes} nodes`, zoneOf: (server) => Math.floor(server / design.floor.nodesPerRack),
    draw(plot) {
      const ocs = addSwitches(plot, 'ocs', rails, () => -1);
      /** Port 0 of GPU g leads to the next node, port 1 to the one before; cables at 2 g and 2 g + 1. */
      const cable = Int32Array.from({ length: 2 * plot.gpus }, (_, at) => plot.draft.addCable({ near: gpuOf(plot, at >> 1), far: (ocs[(at >> 1) % rails] ?? 0) as NodeIx, tier: 'access' }));
      for (let gpu = 0; gpu < plot.gpus; gpu++) plot.draft.addCircuit({ one: cable[2 * gpu] ?? 0, other: cable[2 * ((gpu + rails) % plot.gpus) + 1] ?? 0 });
      return {
        hopsMax: 2 * Math.ceil(nodes / 2), routingName: 'round the rail', top: ocs,
        entryOf: (from, to) => from - (from % rails) + (to % rails),
        createRoute: () => (from, to, _flowHash, into, at) => {
          let here = from - plot.firstRank;
          const ahead = ((to - from) / rails + nodes) % nodes;
          const isForward = ahead <= nodes - ahead;
          let next = at;
          for (let left = isForward ? ahead : nodes - ahead; left > 0; left--) {
            const there = (here + (isForward ? 1 : nodes - 1) * rails) % plot.gpus;
            into[next++] = 2 * (cable[2 * here + (isForward ? 0 : 1)] ?? 0);
            into[next++] = 2 * (cable[2 * there + (isForward ? 1 : 0)] ?? 0) + 1;
            here = there;
          }
          return next;
        },
      };
    },
  });
}

/**
 * A packet fabric with, beside it, one circuit switch per region of nodes (MixNet, SIGCOMM 2025): the first `circuitsPerNode` GPUs
 * of each node have a port to it, and circuit c follows round-robin matching c. Nodes that a circuit joins use it; all other
 * traffic takes packets.
 */
export function planRegionalOcs(design: ClusterDesign, family: RegionalOcsDesign, planBase: (base: FamilyDesign) => Parsed<FamilyPlan>): Parsed<FamilyPlan> {
  const perNode = design.gpusPerNode;
  const { nodesPerRegion: size, circuitsPerNode } = family;
  const base = planBase(family.packets);
  const issues = [
    ...wholeNumber({ path: 'fabric.nodesPerRegion', value: size, min: 2, what: 'The nodes per region' }),
    ...wholeNumber({ path: 'fabric.circuitsPerNode', value: circuitsPerNode, min: 1, max: Math.min(perNode, roundsOf(Math.max(2, size))), what: 'The circuits per node' }),
    ...wholeNumber({ path: 'gpus', value: design.gpus / perNode / size, min: 1, what: 'The number of regions (GPUs / GPUs per node / nodes per region)' }),
    ...needsDomain(design), ...needsOcs(design, { ports: size * circuitsPerNode, formula: 'nodesPerRegion x circuitsPerNode' }),
    ...(base.ok ? [] : base.issues),
  ];
  if (issues.length > 0 || !base.ok) return { ok: false, issues };
  return parsed({
    summary: `${base.value.summary}; ${design.gpus / perNode / size} regional circuit switches`, zoneOf: (server) => base.value.zoneOf(server),
    draw(plot) {
      const network = base.value.draw(plot);
      const nodes = plot.gpus / perNode;
      const ocs = addSwitches(plot, 'ocs', nodes / size, (region) => base.value.zoneOf(region * size));
      /** Circuit c of node n at n * circuitsPerNode + c. */
      const cable = Int32Array.from({ length: nodes * circuitsPerNode }, (_, at) => {
        const node = Math.floor(at / circuitsPerNode);
        return plot.draft.addCable({ near: gpuOf(plot, node * perNode + (at % circuitsPerNode)), far: (ocs[Math.floor(node / size)] ?? 0) as NodeIx, tier: 'access' });
      });
      for (let at = 0; at < cable.length; at++) {
        const node = Math.floor(at / circuitsPerNode);
        const circuit = at % circuitsPerNode;
        const other = opponentOf(size, node % size, circuit);
        if (other <= node % size) continue;
        plot.draft.addCircuit({ one: cable[at] ?? 0, other: cable[(node - (node % size) + other) * circuitsPerNode + circuit] ?? 0 });
      }
      /** The circuit that joins the nodes of two ranks, -1 without one. */
      const circuitOf = (from: number, to: number): number => {
        const [one, other] = [Math.floor((from - plot.firstRank) / perNode), Math.floor((to - plot.firstRank) / perNode)];
        if (one === other || Math.floor(one / size) !== Math.floor(other / size)) return -1;
        const round = roundOf(size, one % size, other % size);
        return round < circuitsPerNode ? round : -1;
      };
      const portOf = (rank: number, circuit: number): number => rank - (rank % perNode) + circuit;
      return {
        hopsMax: Math.max(2, network.hopsMax), routingName: `regional circuits, else ${network.routingName}`, top: network.top,
        entryOf(from, to) {
          const circuit = circuitOf(from, to);
          return circuit >= 0 ? portOf(from, circuit) : (network.entryOf?.(from, to) ?? from);
        },
        exitOf(from, to) {
          const circuit = circuitOf(from, to);
          return circuit >= 0 ? portOf(to, circuit) : (network.exitOf?.(from, to) ?? to);
        },
        createRoute(graph) {
          const packets = network.createRoute(graph);
          return (from, to, flowHash, into, at) => {
            const circuit = circuitOf(from, to);
            if (circuit < 0) return packets(from, to, flowHash, into, at);
            const cableOf = (rank: number): number => cable[Math.floor((rank - plot.firstRank) / perNode) * circuitsPerNode + circuit] ?? 0;
            into[at] = 2 * cableOf(from);
            into[at + 1] = 2 * cableOf(to) + 1;
            return at + 2;
          };
        },
      };
    },
  });
}
