/** A package type: the heat network of one kind of module or engine as data, every resistance and capacity with its evidence. */

import type { EvidenceKind, Figure } from '../base/figure.ts';
import { weakestKind } from '../base/figure.ts';
import type { Parsed } from '../base/issue.ts';
import { rejected } from '../base/issue.ts';
import type { HeatNetwork } from './network.ts';
import { compileHeatNetwork } from './network.ts';

/** What carries heat away from a package. */
export const cooling = ['air', 'coolant'] as const;
export type Cooling = (typeof cooling)[number];

export interface PackageNode {
  readonly name: string;
  readonly capacityJPerK: Figure;
}

export interface PackageLink {
  readonly from: string;
  /** A node, or one of the ports `air` and `coolant`. */
  readonly to: string;
  /** At full flow where the link is convective. */
  readonly resistanceKPerW: Figure;
  /** Present where the far side is a moving fluid, whose flow then changes the resistance. */
  readonly convection?: Cooling;
}

/** One heat source: power = idle + activity x dynamic, activity from 0 to 1. */
export interface HeatSource {
  /** A sub-part of the link's energy budget: `laser`, `dsp`, `driver`, `heater`, `module`, or the neighbour's name. */
  readonly name: string;
  readonly node: string;
  readonly idleW: Figure;
  readonly dynamicW: Figure;
  /** True for heat of a neighbour (a switch ASIC under the same lid) that belongs to another part's power. */
  readonly neighbour: boolean;
}

export interface PackageType {
  readonly id: string;
  readonly name: string;
  readonly nodes: readonly PackageNode[];
  readonly ports: readonly Cooling[];
  readonly links: readonly PackageLink[];
  readonly sources: readonly HeatSource[];
  /** Node whose temperature a datasheet calls the case. */
  readonly caseNode: string;
  readonly caseLimitC: Figure;
  /** Node of the laser junction, where the package has lasers. */
  readonly laserNode: string | null;
  /** Node under the rings (without their own heaters), where the package has rings. */
  readonly ringNode: string | null;
}

/** Flow as a share of the design flow; 1 when all fans or pumps run. */
export interface FlowShare {
  readonly air: number;
  readonly coolant: number;
}

export const fullFlow: FlowShare = { air: 1, coolant: 1 };

/**
 * How convective conductance follows flow: h ~ flow^exponent. Air through fins: laminar plate, Nu ~ Re^(1/2)
 * (Pohlhausen). Coolant in a cold plate: thermally developing laminar channel, Nu ~ Re^(1/3) (Sieder and Tate).
 * Both in Incropera et al., Fundamentals of Heat and Mass Transfer, ch. 7 and 8.
 */
export const flowExponent: Readonly<Record<Cooling, Figure>> = {
  air: { value: 0.5, unit: '1', kind: 'published', source: 'Pohlhausen laminar plate, Nu ~ Re^(1/2); Incropera et al. ch. 7' },
  coolant: { value: 1 / 3, unit: '1', kind: 'published', source: 'Sieder and Tate developing laminar channel, Nu ~ Re^(1/3); Incropera et al. ch. 8' },
};

/** Below this share natural convection takes over, so a stopped fan or pump leaves this share rather than none. */
export const naturalFlowShare: Figure = { value: 0.04, unit: '1', kind: 'estimate', source: 'engineering estimate: chimney and thermosyphon flow of a stopped fan or pump' };

/** Share of the design flow that remains when some of `total` equal fans or pumps stop and the others keep their speed. */
export function remainingFlowShare(machines: { readonly total: number; readonly stopped: number }): number {
  return Math.max(naturalFlowShare.value, (machines.total - machines.stopped) / machines.total);
}

/** Resistance factor of a convective link at a share of the design flow. */
export function convectionFactor(medium: Cooling, flowShare: number): number {
  return Math.max(flowShare, naturalFlowShare.value) ** -flowExponent[medium].value;
}

/** Compiles the package at given flows. Issue code besides those of `compileHeatNetwork`: `bad-flow`. */
export function packageNetwork(type: PackageType, flow: FlowShare = fullFlow): Parsed<HeatNetwork> {
  for (const medium of cooling) {
    if (!(Number.isFinite(flow[medium]) && flow[medium] >= 0)) {
      return rejected({
        code: 'bad-flow', path: `${type.id}.${medium}`, value: String(flow[medium]),
        message: 'A flow must be a finite share of the design flow, zero or more', remedy: 'Give 1 for the design flow and 0 for a stopped fan or pump.',
      });
    }
  }
  return compileHeatNetwork({
    name: type.id,
    nodes: type.nodes.map(({ name, capacityJPerK }) => ({ name, capacityJPerK: capacityJPerK.value })),
    ports: type.ports,
    links: type.links.map(({ from, to, resistanceKPerW, convection }) => ({
      from, to, resistanceKPerW: resistanceKPerW.value * (convection === undefined ? 1 : convectionFactor(convection, flow[convection])),
    })),
  });
}

/** The package's own power at full activity, neighbours excluded, W. */
export function nominalPowerW(type: PackageType): number {
  return type.sources.reduce((sum, source) => (source.neighbour ? sum : sum + source.idleW.value + source.dynamicW.value), 0);
}

/** What drives a package for one step. */
export interface PackageLoad {
  /** 0 idle to 1 fully busy; scales the dynamic part of every source. */
  readonly activity: number;
  /** The package's own power at full activity when it differs from the catalogue; its sources keep their shares. */
  readonly powerW?: number;
}

/** Heat into each node under a load, in the order of the package's nodes. */
export function nodePowersW(type: PackageType, load: PackageLoad): Float64Array {
  const scale = load.powerW === undefined ? 1 : load.powerW / nominalPowerW(type);
  const powerW = new Float64Array(type.nodes.length);
  for (const source of type.sources) {
    const node = type.nodes.findIndex(({ name }) => name === source.node);
    if (node < 0) throw new Error(`${type.id}: source ${source.name} heats ${source.node}, which is not a node`);
    const sourceW = (source.idleW.value + load.activity * source.dynamicW.value) * (source.neighbour ? 1 : scale);
    powerW[node] = (powerW[node] ?? 0) + sourceW;
  }
  return powerW;
}

/** Heat that a neighbour under the same lid puts into the package at an activity, W: it belongs to the neighbour's power. */
export function neighbourPowerW(type: PackageType, activity: number): number {
  return type.sources.reduce((sum, source) => (source.neighbour ? sum + source.idleW.value + activity * source.dynamicW.value : sum), 0);
}

/** Row of a named node; a package that names a node it lacks is a bug in the catalogue. */
export function nodeRow(type: PackageType, name: string): number {
  const row = type.nodes.findIndex((node) => node.name === name);
  if (row < 0) throw new Error(`${type.id} has no node ${name}`);
  return row;
}

/**
 * The same package for `factor` times the capacity: areas, capacities and powers grow together, so its temperatures stay. A
 * single ring with its heater stays a single ring.
 */
export function scaledPackage(type: PackageType, factor: number): PackageType {
  const scaled = (figure: Figure, by: number): Figure => ({ ...figure, value: figure.value * by });
  const isRing = (name: string): boolean => name === 'ring';
  return {
    ...type,
    id: `${type.id} x ${factor}`,
    nodes: type.nodes.map((node) => (isRing(node.name) ? node : { ...node, capacityJPerK: scaled(node.capacityJPerK, factor) })),
    links: type.links.map((link) => (isRing(link.from) || isRing(link.to) ? link : { ...link, resistanceKPerW: scaled(link.resistanceKPerW, 1 / factor) })),
    sources: type.sources.map((source) => (isRing(source.node) ? source : { ...source, idleW: scaled(source.idleW, factor), dynamicW: scaled(source.dynamicW, factor) })),
  };
}

/** Node on which the laser sits, from which its own heat starts; null without a laser. */
export function laserSurfaceNode(type: PackageType): string | null {
  const joint = type.links.find(({ from, to }) => from === type.laserNode || to === type.laserNode);
  return joint === undefined ? null : joint.from === type.laserNode ? joint.to : joint.from;
}

/** The weakest evidence among everything that shapes the package's temperature. */
export function packageEvidence(type: PackageType): EvidenceKind {
  return weakestKind([
    ...type.nodes.map((node) => node.capacityJPerK.kind),
    ...type.links.map((link) => link.resistanceKPerW.kind),
    ...type.sources.flatMap((source) => [source.idleW.kind, source.dynamicW.kind]),
  ]);
}
