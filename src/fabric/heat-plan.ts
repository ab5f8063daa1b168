/**
 * From installed components to heat: each rack a cell with its air, each row a zone with its coolant loop, each module, engine,
 * laser source, adapter and accelerator a package.
 *
 * Every watt of the bill lands somewhere: what a rack draws beyond its packages (switch chips, processors, memory, fans,
 * conversion, host SerDes) warms the rack's air. A volume stands at the mean of its inlet and its outlet, so a flow that
 * warms by dT carries P = m cp dT = 2 m cp (T_mean - T_inlet): its conductance is twice m cp.
 */

import type { Figure } from '../base/figure.ts';
import type { ClusterHeatSpec, FluidVolume, HeatCell, HeatZone, PackageGroup } from '../thermal/cluster-heat.ts';
import { conductanceAtShareWPerK } from '../thermal/fluid.ts';
import { enginePackageGbps, findPackageType } from '../thermal/package-catalogue.ts';
import type { FlowShare, PackageType } from '../thermal/package-type.ts';
import { neighbourPowerW, nodePowersW, scaledPackage } from '../thermal/package-type.ts';
import type { CompiledCluster } from './compiled.ts';
import type { ComponentKind } from './components.ts';
import { componentKinds } from './components.ts';
import type { TerminalDesign } from './design.ts';
import type { FindPartFigures } from './part-figures.ts';
import { installedScale } from './part-figures.ts';

const estimate = (value: number, unit: string, source: string): Figure => ({ value, unit, kind: 'estimate', source });

/** How racks and loops are sized when the design does not say. */
export const coolingDesign = {
  airRiseK: estimate(20, 'K', 'rack inlet to outlet at full load, 15 to 25 K in practice'),
  coolantRiseK: estimate(10, 'K', 'loop supply to return at full load'),
  rackCapacityJPerK: estimate(1e5, 'J/K', '200 kg of steel and aluminium x 0.5 J/g/K: racks answer in minutes'),
  coolantJPerKPerW: estimate(6, 'J/K/W', '1.5 L of coolant per kW x 4 kJ/L/K'),
} as const satisfies Record<string, Figure>;

/** Fans come in sizes: rack airflow is rounded up to this, which also lets like racks share one network. */
const fanStepWPerK = 250;

export interface HeatPlanOptions {
  readonly find: FindPartFigures;
  /** The package of a catalogue part, or `null` for parts without heat of their own. */
  readonly packageOf: (partId: string) => PackageType | null;
  /** Power of each rack, accelerators included, from the bill. */
  readonly rackPowerW: Float64Array;
  /** One accelerator without its share of the server. */
  readonly acceleratorW: number;
  /** Air at the rack inlets. */
  readonly airC: number;
  /** Supply of the coolant loops. */
  readonly coolantC: number;
  /** Share of the design flows that fans and pumps give. */
  readonly flow: FlowShare;
  /** 0 to 1, of every package. */
  readonly activity: number;
}

export interface HeatPlan {
  readonly spec: ClusterHeatSpec;
  /** Components of a group's packages, by `zone/cell/group`. */
  readonly componentsOf: ReadonlyMap<string, Int32Array>;
  /** Power that a component itself turns into heat at the plan's activity; a rack carries what its packages do not, a switch what warms its engines. */
  readonly ownPowerW: Float64Array;
}

interface Piece {
  readonly component: number;
  readonly type: PackageType;
  readonly powerW: number;
}

const rowOfKind = (name: ComponentKind): number => componentKinds.indexOf(name);

/** A terminal's package and power, and the power of the external light that feeds it. */
function terminalPiece(options: HeatPlanOptions, terminal: TerminalDesign, capacityGbps: number, component: number): { readonly piece: Piece | null; readonly lightW: number } {
  const figures = options.find(terminal.part);
  const type = options.packageOf(terminal.part);
  if (figures === null || type === null) return { piece: null, lightW: 0 };
  const powerW = figures.powerW.value * installedScale(terminal.packaging, { capacityGbps, ratedGbps: figures.ratedGbps });
  const laserShare = figures.powerShares.find(({ name }) => name === 'laser')?.share ?? 0;
  const lightW = terminal.externalSource === null ? 0 : powerW * laserShare;
  const sized = terminal.packaging === 'engine' ? scaledPackage(type, capacityGbps / enginePackageGbps) : type;
  return { piece: powerW > 0 ? { component, type: sized, powerW: powerW - lightW } : null, lightW };
}

/** Modules and engines, each once, and the external sources with the light their engines ask of them. */
function terminalPieces(cluster: CompiledCluster, options: HeatPlanOptions): Piece[] {
  const { fabric } = cluster;
  const pieces: Piece[] = [];
  const seen = new Uint8Array(fabric.componentCount);
  const lightOfHolder = new Map<number, number>();
  const bodies = [rowOfKind('module'), rowOfKind('engine')];
  for (let link = 0; link < fabric.linkCount; link++) {
    const use = fabric.uses[fabric.cableUse[link >> 1] ?? -1];
    const body = fabric.componentParent[fabric.linkPort[link] ?? 0] ?? 0;
    if (use === undefined || seen[body] === 1 || !bodies.includes(fabric.componentKind[body] ?? -1)) continue;
    seen[body] = 1;
    const terminal = link % 2 === 0 ? use.medium.near : use.medium.far;
    const { piece, lightW } = terminalPiece(options, terminal, terminal.linksPerModule * use.medium.nominalRateGbps, body);
    if (piece !== null) pieces.push(piece);
    // An engine stands in a package in its holder; its sources stand in the holder itself.
    const holder = fabric.componentParent[fabric.componentParent[body] ?? 0] ?? 0;
    if (lightW > 0) lightOfHolder.set(holder, (lightOfHolder.get(holder) ?? 0) + lightW);
  }
  return [...pieces, ...sourcePieces(cluster, lightOfHolder)];
}

function sourcePieces(cluster: CompiledCluster, lightOfHolder: ReadonlyMap<number, number>): Piece[] {
  const { fabric } = cluster;
  const type = findPackageType('els-module');
  const sources: number[] = [];
  const perHolder = new Map<number, number>();
  for (let row = 0; row < fabric.componentCount; row++) {
    if (fabric.componentKind[row] !== rowOfKind('laserSource')) continue;
    const holder = fabric.componentParent[row] ?? 0;
    sources.push(row);
    perHolder.set(holder, (perHolder.get(holder) ?? 0) + 1);
  }
  return sources.flatMap((component) => {
    const holder = fabric.componentParent[component] ?? 0;
    const powerW = (lightOfHolder.get(holder) ?? 0) / (perHolder.get(holder) ?? 1);
    return type === null || powerW <= 0 ? [] : [{ component, type, powerW }];
  });
}

/** Adapters, and accelerators where coolant reaches them; air-cooled accelerators warm the air of their rack. */
function devicePieces(cluster: CompiledCluster, options: HeatPlanOptions): Piece[] {
  const { design, fabric } = cluster;
  const byKind = new Map<number, { readonly type: PackageType | null; readonly powerW: number }>([[rowOfKind('nic'), { type: findPackageType('nic-module'), powerW: design.nic.powerW.value }]]);
  if (design.feeds.coolant !== null) byKind.set(rowOfKind('gpu'), { type: findPackageType('accelerator-liquid'), powerW: options.acceleratorW });
  const pieces: Piece[] = [];
  for (let component = 0; component < fabric.componentCount; component++) {
    const device = byKind.get(fabric.componentKind[component] ?? -1);
    if (device?.type != null && device.powerW > 0) pieces.push({ component, type: device.type, powerW: device.powerW });
  }
  return pieces;
}

const totalW = (powers: Float64Array): number => powers.reduce((sum, power) => sum + power, 0);

/** Pieces of one rack grouped by package and power: like pieces share a network. */
function groupsOf(pieces: readonly Piece[], options: HeatPlanOptions, note: (group: string, components: Int32Array) => void): PackageGroup[] {
  const byKey = new Map<string, Piece[]>();
  for (const piece of pieces) {
    const key = `${piece.type.id} of ${Number(piece.powerW.toPrecision(6))} W`;
    byKey.set(key, [...(byKey.get(key) ?? []), piece]);
  }
  return [...byKey].flatMap(([name, [first, ...others]]) => {
    if (first === undefined) return [];
    note(name, Int32Array.from([first, ...others], ({ component }) => component));
    return [{ name, type: first.type, count: 1 + others.length, flow: options.flow, ports: { air: 'air', coolant: 'loop' }, activity: options.activity, powerW: first.powerW }];
  });
}

/** Heat of a rack's pieces that leaves by air and by coolant at full activity. */
function heatBySink(pieces: readonly Piece[]): { readonly airW: number; readonly coolantW: number } {
  let airW = 0;
  let coolantW = 0;
  for (const { type, powerW } of pieces) {
    const heatW = totalW(nodePowersW(type, { activity: 1, powerW }));
    if (type.ports.includes('coolant')) coolantW += heatW;
    else airW += heatW;
  }
  return { airW, coolantW };
}

const loopVolume = (coolantW: number, flowShare: number, supply: string): FluidVolume => ({
  name: 'loop', capacityJPerK: Math.max(1, coolantW) * coolingDesign.coolantJPerKPerW.value, loadW: 0,
  sources: [{ from: supply, conductanceWPerK: conductanceAtShareWPerK({ designWPerK: (2 * Math.max(1, coolantW)) / coolingDesign.coolantRiseK.value, flowShare }) }],
});

function rackVolume(airW: number, residualW: number, flowShare: number): FluidVolume {
  const designWPerK = Math.max(1, Math.ceil((2 * (airW + residualW)) / coolingDesign.airRiseK.value / fanStepWPerK)) * fanStepWPerK;
  return { name: 'air', capacityJPerK: coolingDesign.rackCapacityJPerK.value, sources: [{ from: 'inlet', conductanceWPerK: conductanceAtShareWPerK({ designWPerK, flowShare }) }], loadW: residualW };
}

/** Plans the heat of a compiled cluster. Held temperatures are `inlet` (hall air) and one `supplyN` per row's coolant loop. */
export function planHeat(cluster: CompiledCluster, options: HeatPlanOptions): HeatPlan {
  const { fabric } = cluster;
  const rackKind = rowOfKind('rack');
  const rackOf = new Int32Array(fabric.componentCount).fill(-1);
  const rackComponent = new Int32Array(fabric.placement.rackCount).fill(-1);
  for (let row = 0; row < rackOf.length; row++) {
    const above = fabric.componentParent[row] ?? -1;
    if (fabric.componentKind[row] === rackKind) {
      rackOf[row] = fabric.components.ordinal[row] ?? -1;
      rackComponent[rackOf[row] ?? 0] = row;
    } else if (above >= 0) rackOf[row] = rackOf[above] ?? -1;
  }
  const byRack: Piece[][] = Array.from({ length: fabric.placement.rackCount }, () => []);
  for (const piece of [...devicePieces(cluster, options), ...terminalPieces(cluster, options)]) byRack[rackOf[piece.component] ?? -1]?.push(piece);
  const componentsOf = new Map<string, Int32Array>();
  const ownPowerW = new Float64Array(fabric.componentCount);
  const zones = Array.from({ length: fabric.placement.rowCount }, (_, row): HeatZone => {
    let coolantW = 0;
    const cells = byRack.flatMap((pieces, rack): HeatCell[] => {
      if (fabric.placement.rackRow[rack] !== row) return [];
      const heat = heatBySink(pieces);
      coolantW += heat.coolantW;
      const residualW = Math.max(0, (options.rackPowerW[rack] ?? 0) - heat.airW - heat.coolantW);
      ownPowerW[rackComponent[rack] ?? 0] = residualW;
      for (const { component, type, powerW } of pieces) {
        const fromNeighbourW = neighbourPowerW(type, options.activity);
        ownPowerW[component] = totalW(nodePowersW(type, { activity: options.activity, powerW })) - fromNeighbourW;
        // An engine stands in a package in its switch, whose chip is the neighbour.
        const holder = fabric.componentParent[fabric.componentParent[component] ?? 0] ?? 0;
        if (fromNeighbourW > 0) ownPowerW[holder] = (ownPowerW[holder] ?? 0) + fromNeighbourW;
      }
      const groups = groupsOf(pieces, options, (group, components) => componentsOf.set(`row${row}/rack${rack}/${group}`, components));
      return [{ name: `rack${rack}`, volumes: [rackVolume(heat.airW, residualW, options.flow.air)], groups }];
    });
    return { name: `row${row}`, volumes: [loopVolume(coolantW, options.flow.coolant, `supply${row}`)], cells };
  });
  const supplies = zones.map((_, row) => ({ name: `supply${row}`, temperatureC: options.coolantC }));
  return { spec: { held: [{ name: 'inlet', temperatureC: options.airC }, ...supplies], zones }, componentsOf, ownPowerW };
}
