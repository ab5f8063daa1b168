/**
 * What a cluster is to heat: packages on shared volumes of coolant and air, in cells, in zones, between held temperatures.
 *
 * A *cell* (a tray, a rack) holds groups of identical packages and the volumes they share: the air inside a tray, the
 * coolant in a manifold. A *zone* (a row, a hall) holds cells and the volumes that cells share: a coolant loop, the room
 * air. *Held* temperatures (facility water, outside supply) belong to nobody here. They and the powers are constant
 * during a step and change only between steps: those are the exchange points.
 *
 * A volume is well mixed: it takes fluid from its sources at their temperature and gives it away at its own, so a flow of
 * heat capacity rate m cp from a source acts as a conductance m cp to it (energy balance P = m cp dT).
 */

import type { HeatNetwork } from './network.ts';
import type { Cooling, FlowShare, PackageType } from './package-type.ts';

/** A well-mixed volume of air or coolant. */
export interface FluidVolume {
  readonly name: string;
  readonly capacityJPerK: number;
  /** Where its fluid (or its heat) comes from: another volume or a held temperature, with m cp in W/K. */
  readonly sources: readonly { readonly from: string; readonly conductanceWPerK: number }[];
  /** Heat that enters it other than from modelled packages: fans, power supplies, memory. */
  readonly loadW: number;
}

/** Identical packages that meet the same volumes. */
export interface PackageGroup {
  readonly name: string;
  readonly type: PackageType;
  readonly count: number;
  readonly flow: FlowShare;
  /** For each port of the type: the volume or held temperature it meets. */
  readonly ports: Readonly<Partial<Record<Cooling, string>>>;
  /** 0 to 1. */
  readonly activity: number;
  /** Own power of one package at full activity; the catalogue's when absent. */
  readonly powerW?: number;
}

export interface HeatCell {
  readonly name: string;
  readonly volumes: readonly FluidVolume[];
  readonly groups: readonly PackageGroup[];
}

export interface HeatZone {
  readonly name: string;
  readonly volumes: readonly FluidVolume[];
  readonly cells: readonly HeatCell[];
}

export interface HeldTemperature {
  readonly name: string;
  readonly temperatureC: number;
}

export interface ClusterHeatSpec {
  readonly held: readonly HeldTemperature[];
  readonly zones: readonly HeatZone[];
}

/** Packages of one type at one flow: their network is compiled once. */
export interface CompiledGroup {
  readonly group: PackageGroup;
  readonly network: HeatNetwork;
  /** First node of this group inside its cell's network. */
  readonly nodeOffset: number;
}

/**
 * Cells that are alike share a shape. The network of the cell's means: N identical packages act, in their mean, as one
 * package N times as large (capacities times N, resistances divided by N); the cell's volumes follow the groups.
 */
export interface CellShape {
  readonly network: HeatNetwork;
  readonly groups: readonly CompiledGroup[];
  readonly volumeOffset: number;
  readonly volumes: readonly FluidVolume[];
}

/** One cell as rows of the state arrays. */
export interface CompiledCell {
  readonly name: string;
  readonly shape: CellShape;
  /** Per group: first row of its packages' nodes in `nodeTemperatureC` and `nodePowerW`. */
  readonly groupNodeRow: Int32Array;
  /** First row of its volumes in `volumeTemperatureC` and `volumeLoadW`. */
  readonly volumeRow: number;
}

/** Cells of one shape inside one zone; again, in their mean they act as one cell as many times as large. */
export interface CompiledShape {
  readonly shape: CellShape;
  readonly cells: readonly CompiledCell[];
  /** First node of this shape's mean cell inside the zone's network. */
  readonly nodeOffset: number;
}

export interface CompiledZone {
  readonly name: string;
  /** Zone volumes first, then one mean cell per shape. Its ports are held temperatures. */
  readonly network: HeatNetwork;
  readonly shapes: readonly CompiledShape[];
  readonly volumes: readonly FluidVolume[];
  readonly volumeRow: number;
  /** Per port of the network: row of `heldC`. */
  readonly heldRow: Int32Array;
}

export interface ClusterHeat {
  readonly zones: readonly CompiledZone[];
  readonly heldNames: readonly string[];
  readonly nodeCount: number;
  readonly packageCount: number;
  readonly volumeCount: number;
}

/** Temperatures and inputs of a cluster; powers and held temperatures may be rewritten between steps. */
export interface ClusterHeatState {
  /** Node of a package: cell's group row + package in group x nodes per package + node. */
  readonly nodeTemperatureC: Float64Array;
  readonly nodePowerW: Float64Array;
  readonly volumeTemperatureC: Float64Array;
  readonly volumeLoadW: Float64Array;
  readonly heldC: Float64Array;
}
