/** Builds the emulated devices of a compiled cluster: every module, engine, laser source and circuit switch under its own component name. */

import type { CompiledCluster, CompiledFabric } from '../../fabric/compiled.ts';
import { kindOf } from '../../fabric/components.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { nodeKinds } from '../../fabric/fabric.ts';
import { createEvaluateMedium, createFindPartFigures, settledCaseC } from '../../fabric/physics.ts';
import { settledCases } from '../../fabric/settled-cases.ts';
import { installedScale } from '../../fabric/part-figures.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { figureOf } from '../../optics/catalogue/catalogue.ts';
import { circuitTiming } from '../../optics/link/circuit-timing.ts';
import { chooseMidpoint, createFigureReader } from '../../optics/link/figures.ts';
import { createWavelengthAnswer, createWavelengthBatch } from '../../optics/link/wavelength-kernel.ts';
import { enginePackageGbps, findPackageType, packageForPart } from '../../thermal/package-catalogue.ts';
import { nominalPowerW, scaledPackage } from '../../thermal/package-type.ts';
import type { CircuitSwitch, CrossConnect } from './circuit-switch.ts';
import { createCircuitSwitch } from './circuit-switch.ts';
import type { EmulatedFabric, EmulatedHost, EmulatedModule, LaneReadout, LaneTable, ModuleAlarms } from './emulated-fabric.ts';
import { darkPowerDbm } from './emulated-fabric.ts';
import type { LaserDriver } from './laser-drive.ts';
import { laserDriverOf } from './laser-drive.ts';
import { createLightModel } from './light-model.ts';
import type { ModulePackage } from './module-heat.ts';
import { modulePackage, settledHeat } from './module-heat.ts';

const bodyKinds = ['module', 'engine', 'laserSource'] as const;

/** What one body is made of and carries, found from the links at its ports. */
interface Body {
  readonly component: number;
  readonly kind: (typeof bodyKinds)[number];
  readonly links: number[];
  capacityGbps: number;
  packaging: 'pluggable' | 'engine' | 'cableEnd';
}

function findBodies(fabric: CompiledFabric): Body[] {
  const bodies = new Map<number, Body>();
  for (let component = 0; component < fabric.componentCount; component++) {
    const kind = bodyKinds.find((name) => name === kindOf(fabric.components, component));
    if (kind !== undefined) bodies.set(component, { component, kind, links: [], capacityGbps: 0, packaging: 'pluggable' });
  }
  for (let link = 0; link < fabric.linkCount; link++) {
    const body = bodies.get(fabric.componentParent[fabric.linkPort[link] ?? 0] ?? -1);
    const use = fabric.uses[fabric.cableUse[link >> 1] ?? -1];
    if (body === undefined || use === undefined) continue;
    const terminal = link % 2 === 0 ? use.medium.near : use.medium.far;
    body.links.push(link);
    body.packaging = terminal.packaging;
    body.capacityGbps = terminal.linksPerModule * use.medium.nominalRateGbps;
  }
  return [...bodies.values()];
}

/** The component that answers for a body: past the package that holds an engine. */
function hostOf(fabric: CompiledFabric, component: number): number {
  const above = fabric.componentParent[component] ?? -1;
  return above >= 0 && kindOf(fabric.components, above) === 'package' ? (fabric.componentParent[above] ?? above) : above;
}

/** Shares packages and drivers between bodies of one part and size. */
function createWorkshop(catalogue: Catalogue): { packageFor(partId: string, body: Body): ModulePackage | null; driverFor(partId: string): LaserDriver | null } {
  const options = { catalogue, view: 'typical', caseTemperatureC: null } as const;
  const find = createFindPartFigures(options);
  const packages = new Map<string, ModulePackage | null>();
  const drivers = new Map<string, LaserDriver | null>();
  return {
    packageFor(partId, body) {
      const key = `${partId}|${body.capacityGbps}|${body.packaging}`;
      let shared = packages.get(key);
      if (shared === undefined) {
        const part = catalogue.find(partId);
        if (body.kind === 'laserSource') {
          const type = findPackageType('els-module');
          shared = type === null ? null : modulePackage(type, nominalPowerW(type));
        } else {
          const figures = find(partId);
          const powerW = figures === null ? 0 : figures.powerW.value * installedScale(body.packaging, { capacityGbps: body.capacityGbps, ratedGbps: figures.ratedGbps });
          const type = part === undefined ? null : packageForPart({ kind: part.kind, powerW });
          const sized = type !== null && body.kind === 'engine' ? scaledPackage(type, body.capacityGbps / enginePackageGbps) : type;
          shared = sized === null || powerW <= 0 ? null : modulePackage(sized, powerW);
        }
        packages.set(key, shared);
      }
      return shared;
    },
    driverFor(partId) {
      let driver = drivers.get(partId);
      if (driver === undefined) drivers.set(partId, (driver = laserDriverOf(catalogue, partId)));
      return driver;
    },
  };
}

const darkLane = (): LaneReadout => ({ txPowerDbm: darkPowerDbm, rxPowerDbm: darkPowerDbm, biasMa: 0, laserC: 0, snrDb: 0, preFecBer: 0, txFailure: false, rxLos: false });
const noAlarms = (): ModuleAlarms => ({ temperatureHigh: false, txPowerLow: false, rxPowerLow: false, biasHigh: false });

/** What the engines that an external source lights ask of each of its lasers, by component row of the source. */
function sourceLaunches(fabric: CompiledFabric, catalogue: Catalogue): ReadonlyMap<number, number> {
  const launch = new Map<number, number>();
  for (let wavelength = 0; wavelength < fabric.wavelengthCount; wavelength++) {
    const source = fabric.componentParent[fabric.wavelengthLaser[wavelength] ?? -1] ?? -1;
    if (source < 0 || launch.has(source) || kindOf(fabric.components, source) !== 'laserSource') continue;
    const engine = fabric.componentParent[fabric.linkPort[fabric.wavelengthLink[wavelength] ?? 0] ?? 0] ?? 0;
    const part = catalogue.find(fabric.components.parts[fabric.components.part[engine] ?? 0] ?? '');
    const asked = part === undefined ? null : figureOf(part, 'laser_launch');
    if (asked !== null) launch.set(source, asked.value);
  }
  return launch;
}

function createModules(cluster: CompiledCluster, catalogue: Catalogue): { readonly modules: EmulatedModule[]; readonly bodies: readonly Body[]; readonly lanes: number } {
  const { fabric } = cluster;
  const workshop = createWorkshop(catalogue);
  const bodies = findBodies(fabric);
  const launch = sourceLaunches(fabric, catalogue);
  const cases = settledCases(cluster, { catalogue, find: createFindPartFigures({ catalogue, view: 'typical', caseTemperatureC: null }) });
  let lanes = 0;
  const modules = bodies.map((body): EmulatedModule => {
    const partId = fabric.components.parts[fabric.components.part[body.component] ?? 0] ?? '';
    const children = fabric.components.children;
    const lasers = body.kind !== 'laserSource' ? [] : [...children.row.subarray(children.offset[body.component], children.offset[body.component + 1])];
    const wavelengths = body.links.reduce((sum, link) => sum + (fabric.linkWavelength[link + 1] ?? 0) - (fabric.linkWavelength[link] ?? 0), 0);
    const shown = body.kind === 'laserSource' ? lasers.length : wavelengths;
    const shared = workshop.packageFor(partId, body);
    const firstLane = lanes;
    lanes += wavelengths;
    const use = fabric.uses[fabric.cableUse[(body.links[0] ?? 0) >> 1] ?? -1];
    return {
      name: fabric.componentName(body.component as ComponentIx), component: body.component, kind: body.kind, partId, host: hostOf(fabric, body.component),
      heat: shared === null ? null : settledHeat(shared, cases[body.component] ?? NaN), driver: workshop.driverFor(partId), firstLane, laneCount: wavelengths, lasers,
      launchDbm: launch.get(body.component) ?? darkPowerDbm,
      isOptical: body.kind === 'laserSource' || (use?.answer.report?.wavelengths[0]?.eye ?? null) !== null,
      enabled: true, txEnabled: new Uint8Array(shown).fill(1), temperatureC: shared === null ? settledAt(catalogue, partId) : 0, lanes: Array.from({ length: shown }, darkLane),
      thresholds: null, alarms: noAlarms(), latched: noAlarms(), lies: false,
    };
  });
  return { modules, bodies, lanes };
}

function settledAt(catalogue: Catalogue, partId: string): number {
  const part = catalogue.find(partId);
  return part === undefined ? 0 : settledCaseC(part, { catalogue, view: 'typical' });
}

function createLaneTable(fabric: CompiledFabric, bodies: readonly Body[], count: number): { readonly lanes: LaneTable; readonly laneOfLink: Int32Array } {
  const ints = (): Int32Array => new Int32Array(count).fill(-1);
  const lanes: LaneTable = {
    count, module: ints(), txLink: ints(), rxLink: ints(), position: ints(), lossDb: new Float64Array(count), enteredKey: new Float64Array(count).fill(-1),
    plannedRxDbm: new Float64Array(count).fill(darkPowerDbm), isNrz: new Uint8Array(count), batch: createWavelengthBatch(count), answer: createWavelengthAnswer(count),
  };
  const laneOfLink = new Int32Array(fabric.linkCount).fill(-1);
  let row = 0;
  bodies.forEach((body, module) => {
    for (const link of body.links) {
      laneOfLink[link] = row;
      const wavelengths = (fabric.linkWavelength[link + 1] ?? 0) - (fabric.linkWavelength[link] ?? 0);
      for (let position = 0; position < wavelengths; position++, row++) {
        lanes.module[row] = module;
        lanes.txLink[row] = link;
        lanes.rxLink[row] = fabric.linkReverse[link] ?? -1;
        lanes.position[row] = position;
      }
    }
  });
  return { lanes, laneOfLink };
}

interface Switching {
  readonly switches: CircuitSwitch[];
  readonly switchOfLink: Int32Array;
  readonly portOfLink: Int32Array;
  readonly linkInto: Int32Array[];
}

/** Circuit switches with the cross-connects that the cluster was planned with. */
function createSwitches({ fabric, design }: CompiledCluster, catalogue: Catalogue): Switching {
  const switchOfLink = new Int32Array(fabric.linkCount).fill(-1);
  const portOfLink = new Int32Array(fabric.linkCount).fill(-1);
  const linkInto: Int32Array[] = [];
  const switches: CircuitSwitch[] = [];
  const part = catalogue.find(design.ocs?.part ?? '');
  const ocsKind = nodeKinds.indexOf('ocs');
  if (part === undefined || design.ocs === null) return { switches, switchOfLink, portOfLink, linkInto };
  const timing = circuitTiming(part, createFigureReader(chooseMidpoint));
  const loss = figureOf(part, 'insertion_loss');
  for (let node = 0; node < fabric.nodeCount; node++) {
    if (fabric.nodeKind[node] !== ocsKind) continue;
    const leaving = fabric.outLink.subarray(fabric.outOffset[node], fabric.outOffset[node + 1]);
    const into = new Int32Array(Math.max(design.ocs.radix, leaving.length)).fill(-1);
    // Ports in the order in which the plan's cables come in.
    leaving.forEach((link, port) => {
      const entering = fabric.linkReverse[link] ?? -1;
      for (const row of [link, entering]) {
        switchOfLink[row] = switches.length;
        portOfLink[row] = port;
      }
      into[port] = entering;
    });
    const connected = [...into].flatMap((entering, a): CrossConnect[] => {
      const out = entering < 0 ? -1 : fabric.circuitOut[entering] ?? -1;
      return out < 0 ? [] : [{ a, b: portOfLink[out] ?? -1 }];
    }).filter(({ b }) => b >= 0);
    const component = fabric.nodeComponent[node] ?? -1;
    linkInto.push(into);
    switches.push(createCircuitSwitch({
      name: fabric.componentName(component as ComponentIx), component, partId: part.id, ports: into.length, connected,
      switchNs: timing.steps.reduce((sum, { name, durationNs }) => (name === 'program' || name === 'switch' ? sum + durationNs : sum), 0),
      lossDb: { low: loss?.low ?? 0, mean: loss?.value ?? 0, high: loss?.high ?? 0 },
    }));
  }
  return { switches, switchOfLink, portOfLink, linkInto };
}

/** Hosts in component order; a circuit switch is its own host. */
function createHosts(fabric: CompiledFabric, modules: readonly EmulatedModule[], switches: readonly CircuitSwitch[]): EmulatedHost[] {
  const byHost = new Map<number, EmulatedModule[]>();
  for (const module of modules) byHost.set(module.host, [...(byHost.get(module.host) ?? []), module]);
  const circuits = new Map(switches.map((device) => [device.component, device]));
  const rows = [...new Set([...byHost.keys(), ...circuits.keys()])].sort((one, other) => one - other);
  return rows.map((component) => ({
    name: fabric.componentName(component as ComponentIx), component, modules: byHost.get(component) ?? [], circuitSwitch: circuits.get(component) ?? null,
    dead: false, slowMs: 0, crashes: false, upAtNs: 0,
  }));
}

/** Every module, engine, laser source and circuit switch of a cluster, settled and lit, at time 0. Call `advanceFabric` once for the first readouts. */
export function createDevices(cluster: CompiledCluster, catalogue: Catalogue): EmulatedFabric {
  const { fabric } = cluster;
  const { modules, bodies, lanes: count } = createModules(cluster, catalogue);
  const { lanes, laneOfLink } = createLaneTable(fabric, bodies, count);
  const switching = createSwitches(cluster, catalogue);
  const moduleOfComponent = new Int32Array(fabric.componentCount).fill(-1);
  modules.forEach(({ component }, row) => { moduleOfComponent[component] = row; });
  const evaluate = createEvaluateMedium({ catalogue, view: 'typical', caseTemperatureC: null });
  return {
    cluster, catalogue, modules, hosts: createHosts(fabric, modules, switching.switches), ...switching, lanes, laneOfLink, moduleOfComponent,
    light: createLightModel(fabric.uses, evaluate), faults: [], laserOut: new Uint8Array(fabric.componentCount), dirtDb: new Float64Array(fabric.linkCount),
    flapMs: new Float64Array(fabric.componentCount), nowNs: 0,
  };
}
