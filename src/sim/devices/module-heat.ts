/** The temperatures inside one emulated module: its package's heat network under its own power and the air or coolant that reaches it. */

import type { FlowShare, PackageType } from '../../thermal/package-type.ts';
import { fullFlow, laserSurfaceNode, nodePowersW, nodeRow, packageNetwork } from '../../thermal/package-type.ts';
import type { HeatNetwork } from '../../thermal/network.ts';
import { steadyTemperaturesC, temperaturesAfterC } from '../../thermal/response.ts';
import { typicalInlet } from '../../thermal/steady.ts';

/** What modules of one package and power share. */
export interface ModulePackage {
  readonly type: PackageType;
  readonly network: HeatNetwork;
  readonly powerW: Float64Array;
  readonly caseNode: number;
  /** Surface under the lasers, -1 without. */
  readonly laserNode: number;
  readonly totalPowerW: number;
}

export interface ModuleHeat {
  readonly package: ModulePackage;
  temperatureC: Float64Array;
  /** How much warmer what reaches it is than a part by itself meets: the rise of its rack's air or its loop's coolant. */
  readonly placeOffsetK: number;
  /** How much warmer than usual the air or coolant is that reaches it. */
  inletOffsetK: number;
  /** Share of its power that it draws: as many of its lanes as are on. */
  powerShare: number;
  /** Where the present inlet leads after all time. */
  steadyC: Float64Array;
  settled: boolean;
}

/** Closer than this to where it is going, a module has arrived. */
const settledK = 1e-3;

/** A package at full activity, or `null` where its network is not sound. */
export function modulePackage(type: PackageType, powerW: number, flow: FlowShare = fullFlow): ModulePackage | null {
  const network = packageNetwork(type, flow);
  if (!network.ok) return null;
  const laserNode = laserSurfaceNode(type);
  return {
    type, network: network.value, powerW: nodePowersW(type, { activity: 1, powerW }), totalPowerW: powerW,
    caseNode: nodeRow(type, type.caseNode), laserNode: laserNode === null ? -1 : nodeRow(type, laserNode),
  };
}

function portsC({ network }: ModulePackage, offsetK: number): Float64Array {
  const airC = typicalInlet.airC.value + typicalInlet.airPreheatK.value;
  return Float64Array.from(network.portNames, (name) => (name === 'air' ? airC : typicalInlet.coolantC.value) + offsetK);
}

const powersAt = ({ powerW }: ModulePackage, share: number): Float64Array => (share === 1 ? powerW : powerW.map((watts) => watts * share));

const steadyOf = (shared: ModulePackage, offsetK: number, powerShare = 1): Float64Array => steadyTemperaturesC(shared.network, { powerW: powersAt(shared, powerShare), portC: portsC(shared, offsetK) });

/** A module that has long been running where it settles at `settledCaseC`; NaN: as the part does by itself. */
export function settledHeat(shared: ModulePackage, settledCaseC: number): ModuleHeat {
  const alone = steadyOf(shared, 0)[shared.caseNode] ?? 0;
  const placeOffsetK = Number.isNaN(settledCaseC) ? 0 : settledCaseC - alone;
  const steadyC = steadyOf(shared, placeOffsetK);
  return { package: shared, placeOffsetK, temperatureC: steadyC, inletOffsetK: 0, powerShare: 1, steadyC, settled: true };
}

/** Changes what reaches the module; its temperatures follow with the package's own time constants. */
export function setInletOffset(heat: ModuleHeat, offsetK: number): void {
  if (heat.inletOffsetK === offsetK) return;
  heat.inletOffsetK = offsetK;
  aimAnew(heat);
}

/** Changes how much power the module draws, e.g. when lanes are switched off. */
export function setPowerShare(heat: ModuleHeat, share: number): void {
  if (heat.powerShare === share) return;
  heat.powerShare = share;
  aimAnew(heat);
}

function aimAnew(heat: ModuleHeat): void {
  heat.steadyC = steadyOf(heat.package, heat.placeOffsetK + heat.inletOffsetK, heat.powerShare);
  heat.settled = false;
}

/** Lets time pass: exact for any step. */
export function advanceHeat(heat: ModuleHeat, durationS: number): void {
  if (heat.settled || durationS <= 0) return;
  const powerW = powersAt(heat.package, heat.powerShare);
  const { network } = heat.package;
  heat.temperatureC = temperaturesAfterC(network, heat.temperatureC, { powerW, portC: portsC(heat.package, heat.placeOffsetK + heat.inletOffsetK) }, durationS);
  heat.settled = heat.temperatureC.every((nowC, node) => Math.abs(nowC - (heat.steadyC[node] ?? nowC)) < settledK);
}

export const caseC = (heat: ModuleHeat): number => heat.temperatureC[heat.package.caseNode] ?? 0;
