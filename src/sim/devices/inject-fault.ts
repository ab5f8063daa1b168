/** Gives faults to an emulated fabric and takes them away: who is reached follows containment and feeds, as in the fault domains. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { rowsOf } from '../../base/csr.ts';
import { kindOf } from '../../fabric/components.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import type { DeviceFault, FaultName } from './device-fault.ts';
import { faultKinds, findFaultKind } from './device-fault.ts';
import type { EmulatedFabric } from './emulated-fabric.ts';
import { setInletOffset } from './module-heat.ts';
import { clearLatched } from './readout.ts';
import { portOf } from './circuit-switch.ts';

export interface InjectedFault {
  /** Full names of the components that the fault reaches. */
  readonly reached: readonly string[];
  readonly summary: string;
}

const issue = (code: string, message: string, remedy: string, value: string): { readonly ok: false; readonly issues: readonly Issue[] } =>
  rejected({ code, message, remedy, value });

/** A component and all that it holds or feeds. */
function closure({ cluster: { fabric } }: EmulatedFabric, component: number): Set<number> {
  const { children, feeds } = fabric.components;
  const reached = new Set<number>([component]);
  for (const row of reached) {
    for (const child of rowsOf(children, row)) reached.add(child);
    for (const fed of rowsOf(feeds, row)) reached.add(fed);
  }
  return reached;
}

/** Rows of the modules that a warming of the component reaches: a coolant loop warms only what its coolant cools. */
function warmedModules(fabric: EmulatedFabric, component: number, held: ReadonlySet<number>): number[] {
  const isLoop = kindOf(fabric.cluster.fabric.components, component) === 'coolantLoop';
  return [...held].map((row) => fabric.moduleOfComponent[row] ?? -1)
    .filter((row) => row >= 0 && (!isLoop || fabric.modules[row]?.heat?.package.network.portNames.includes('coolant') === true));
}

/** Directed links whose plug or cable is among the components. */
function linksThrough({ cluster: { fabric } }: EmulatedFabric, components: ReadonlySet<number>): number[] {
  const links: number[] = [];
  for (let link = 0; link < fabric.linkCount; link++) {
    const twin = fabric.linkReverse[link] ?? link;
    if (components.has(fabric.linkPort[link] ?? -1) || components.has(fabric.linkPort[twin] ?? -1) || components.has(fabric.linkCable[link >> 1] ?? -1)) links.push(link);
  }
  return links;
}

/** Rows of `hosts` that are the component, are held by it, or hold it. */
function hostsOf(fabric: EmulatedFabric, component: number, held: ReadonlySet<number>): number[] {
  const rows = fabric.hosts.flatMap((host, row) => (held.has(host.component) ? [row] : []));
  if (rows.length > 0) return rows;
  const { componentParent } = fabric.cluster.fabric;
  for (let at = component; at >= 0; at = componentParent[at] ?? -1) {
    const row = fabric.hosts.findIndex((host) => host.component === at);
    if (row >= 0) return [row];
  }
  return [];
}

/** Works out anew what all faults together do, so that taking one away leaves the others as they were. */
function settleFaults(fabric: EmulatedFabric): void {
  const offsetK = new Float64Array(fabric.modules.length);
  fabric.laserOut.fill(0);
  fabric.dirtDb.fill(0);
  fabric.flapMs.fill(0);
  const lying = new Set<number>();
  const stuck = fabric.switches.map((device) => new Uint8Array(device.ports));
  for (const host of fabric.hosts) {
    host.dead = host.crashes = false;
    host.slowMs = 0;
  }
  for (const fault of fabric.faults) {
    const held = closure(fabric, fault.component);
    const modules = [...held].map((row) => fabric.moduleOfComponent[row] ?? -1).filter((row) => row >= 0);
    if (fault.name === 'warm') for (const row of warmedModules(fabric, fault.component, held)) offsetK[row] = (offsetK[row] ?? 0) + fault.by;
    else if (fault.name === 'laser-dead') for (const row of held) fabric.laserOut[row] = 1;
    else if (fault.name === 'flapping') for (const row of held) fabric.flapMs[row] = fault.by;
    else if (fault.name === 'dirty') for (const link of linksThrough(fabric, held)) fabric.dirtDb[link] = (fabric.dirtDb[link] ?? 0) + fault.by;
    else if (fault.name === 'lie') for (const row of modules) lying.add(row);
    else if (fault.name === 'stuck') stickPorts(fabric, fault.component, held, stuck);
    else for (const row of hostsOf(fabric, fault.component, held)) troubleHost(fabric, row, fault);
  }
  fabric.modules.forEach((module, row) => {
    if (module.heat !== null) setInletOffset(module.heat, offsetK[row] ?? 0);
    module.lies = lying.has(row);
  });
  fabric.switches.forEach((device, at) => device.stuck.set(stuck[at] ?? []));
}

function troubleHost({ hosts }: EmulatedFabric, row: number, fault: DeviceFault): void {
  const host = hosts[row];
  if (host === undefined) return;
  if (fault.name === 'dead') host.dead = true;
  if (fault.name === 'slow') host.slowMs = Math.max(host.slowMs, fault.by);
  if (fault.name === 'crash') host.crashes = true;
}

function stickPorts({ cluster: { fabric }, switches, portOfLink }: EmulatedFabric, component: number, held: ReadonlySet<number>, stuck: readonly Uint8Array[]): void {
  switches.forEach((device, at) => {
    if (held.has(device.component)) stuck[at]?.fill(1);
  });
  for (let link = 0; link < fabric.linkCount; link++) {
    if (fabric.linkPort[link] !== component) continue;
    const at = switches.findIndex((device) => device.component === fabric.componentParent[component]);
    const mirrors = stuck[at];
    if (mirrors !== undefined) mirrors[portOfLink[link] ?? 0] = 1;
  }
}

/** What a fault must find in the closure to do anything. */
function isFelt(fabric: EmulatedFabric, name: FaultName, component: number, held: ReadonlySet<number>): boolean {
  const { cluster: { fabric: tables } } = fabric;
  if (name === 'warm') return warmedModules(fabric, component, held).length > 0;
  if (name === 'dirty') return linksThrough(fabric, held).length > 0;
  if (name === 'stuck') return fabric.switches.some((device) => held.has(device.component) || device.component === tables.componentParent[component]);
  if (name === 'dead' || name === 'slow' || name === 'crash') return hostsOf(fabric, component, held).length > 0;
  if (name === 'flapping') return [...held].some((row) => ['module', 'engine', 'laserSource', 'laser', 'port'].includes(kindOf(tables.components, row)));
  if (name === 'laser-dead') return [...held].some((row) => kindOf(tables.components, row) === 'laser' || fabric.moduleOfComponent[row] !== -1);
  return [...held].some((row) => (fabric.moduleOfComponent[row] ?? -1) >= 0);
}

/** Component rows that a reader of the report wants named. */
function named(fabric: EmulatedFabric, name: FaultName, component: number, held: ReadonlySet<number>): readonly string[] {
  const { cluster: { fabric: tables } } = fabric;
  if (name === 'dead' || name === 'slow' || name === 'crash') return hostsOf(fabric, component, held).map((row) => fabric.hosts[row]?.name ?? '');
  const warmed = name === 'warm' ? warmedModules(fabric, component, held).map((row) => fabric.modules[row]?.component ?? -1) : null;
  const modules = warmed ?? [...held].filter((row) => (fabric.moduleOfComponent[row] ?? -1) >= 0);
  return (modules.length > 0 ? modules : [component]).map((row) => tables.componentName(row as ComponentIx));
}

/** The component that a name means: a path of the cluster, or a port of a circuit switch as its maker writes it (`ocs0/4A`). */
function componentOf({ cluster: { fabric }, switches, linkInto }: EmulatedFabric, name: string): number {
  const match = /^(.+)\/(\d+[AB])$/.exec(name.trim());
  if (match === null) return fabric.findComponent(name);
  const holder = fabric.findComponent(match[1] ?? '');
  const at = switches.findIndex(({ component }) => component === holder);
  const device = switches[at];
  const plug = match[2] ?? '';
  const port = device === undefined ? null : portOf(device, plug, plug.endsWith('A') ? 'A' : 'B');
  const entering = port === null ? -1 : linkInto[at]?.[port] ?? -1;
  return entering < 0 ? -1 : fabric.linkPort[fabric.linkReverse[entering] ?? -1] ?? -1;
}

/**
 * Injects a fault by component name (`leaf3/module12`, `coolantloop0`, `ocs0/4A`), or takes all faults of a component away with
 * `clear`. A second fault of the same name on the same component replaces the first. Issue codes: `unknown-device`,
 * `unknown-fault`, `missing-amount`, `bad-amount`, `fault-does-not-fit`.
 */
export function injectFault(fabric: EmulatedFabric, ask: { readonly device: string; readonly fault: string; readonly by?: number }): Parsed<InjectedFault> {
  const { cluster: { fabric: tables } } = fabric;
  const component = componentOf(fabric, ask.device);
  if (component < 0) {
    return issue('unknown-device', 'The cluster has no component of this name', 'Name one as `heliostat blast CLUSTER` does, e.g. leaf3/module12, or a cabled port of a circuit switch, e.g. ocs0/4A.', ask.device);
  }
  const name = tables.componentName(component as ComponentIx);
  if (ask.fault === 'clear') {
    const held = closure(fabric, component);
    const kept = fabric.faults.filter((fault) => !held.has(fault.component));
    const gone = fabric.faults.length - kept.length;
    fabric.faults.splice(0, fabric.faults.length, ...kept);
    settleFaults(fabric);
    for (const row of held) {
      const module = fabric.modules[fabric.moduleOfComponent[row] ?? -1];
      if (module !== undefined) clearLatched(module);
    }
    return parsed({ reached: [name], summary: `${gone} ${gone === 1 ? 'fault' : 'faults'} taken away from ${name}` });
  }
  const kind = findFaultKind(ask.fault);
  if (kind === null) return issue('unknown-fault', 'No fault has this name', `Use one of: ${[...faultKinds.map((known) => known.name), 'clear'].join(', ')}.`, ask.fault);
  const by = ask.by ?? kind.usual ?? (kind.unit === null ? 0 : null);
  if (by === null) return issue('missing-amount', `The fault ${kind.name} needs an amount`, `Give the amount in ${kind.unit ?? ''}, e.g. 6${kind.unit ?? ''}.`, ask.fault);
  if (kind.unit !== null && !(Number.isFinite(by) && by > 0 && by <= kind.most)) {
    return issue('bad-amount', `The amount of ${kind.name} must be above 0 and at most ${kind.most} ${kind.unit}`, `Give the amount in ${kind.unit}, e.g. 6${kind.unit}.`, String(by));
  }
  const faultName = kind.name as FaultName;
  const held = closure(fabric, component);
  if (!isFelt(fabric, faultName, component, held)) {
    return issue('fault-does-not-fit', `${name} has nothing that the fault ${kind.name} could reach`, `It ${kind.does}; name a component that has that.`, ask.device);
  }
  const others = fabric.faults.filter((fault) => fault.component !== component || fault.name !== faultName);
  fabric.faults.splice(0, fabric.faults.length, ...others, { component, name: faultName, by, sinceNs: fabric.nowNs });
  settleFaults(fabric);
  const reached = named(fabric, faultName, component, held);
  return parsed({ reached, summary: `${kind.name}${kind.unit === null ? '' : ` by ${by} ${kind.unit}`} at ${name}: ${reached.length} ${reached.length === 1 ? 'component' : 'components'} reached` });
}
