/**
 * What devices said last, in the shape of the fabric that they belong to: readings go in by name, and the senses of the closed loop
 * read it as they read emulated devices, so that a value means the same whichever way it came.
 *
 * The image is made settled and lit, which gives the bias at the start of life and the ports that never have light; then everything
 * is forgotten until devices speak. No time passes in it and no physics runs.
 */

import type { DeviceReading } from '../../adapters/device-reading.ts';
import { parsePath } from '../../adapters/gnmi/path.ts';
import { createDice } from '../../base/dice.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { advanceFabric } from '../../sim/devices/advance-fabric.ts';
import type { CircuitSwitch } from '../../sim/devices/circuit-switch.ts';
import { portOf } from '../../sim/devices/circuit-switch.ts';
import { coolantLoops, supplyDeviceOf } from '../../sim/devices/coolant-supply.ts';
import { createDevices } from '../../sim/devices/create-devices.ts';
import type { EmulatedFabric, EmulatedHost, EmulatedModule } from '../../sim/devices/emulated-fabric.ts';
import { darkPowerDbm } from '../../sim/devices/emulated-fabric.ts';
import type { OrderedLane } from './light-doubt.ts';
import { LightDoubt } from './light-doubt.ts';
import { StuckFlags } from './stuck-flags.ts';
import { Senses } from '../../study/closed-loop/sense.ts';
import { SwitchWatch } from '../../study/closed-loop/switch-watch.ts';

/** Cross-connects of one switch as it last told them, by name, with the status of their A side. */
interface SwitchTable {
  readonly device: CircuitSwitch;
  readonly connects: Map<string, string>;
  /** False from a break of its stream until all of it was told again. */
  isWhole: boolean;
}

/** A named thing that readings are about. */
type Place = { readonly kind: 'module'; readonly module: EmulatedModule; readonly row: number } | { readonly kind: 'loop'; readonly loop: number } | { readonly kind: 'other' };

/** What a batch of readings did. */
export interface Taken {
  /** Devices that said something of a component that the cluster has. */
  readonly devices: Set<string>;
  /** True when light came or went, or a transmitter was switched. */
  isLightChanged: boolean;
  /** Components that the cluster does not have, as `device` and `component`. */
  readonly unknown: { readonly device: string; readonly component: string }[];
  /** Lanes whose flag of lost light is from now on taken for stuck. */
  readonly stuck: { readonly device: string; readonly component: string; readonly lane: number }[];
}

export const nothingTaken = (): Taken => ({ devices: new Set(), isLightChanged: false, unknown: [], stuck: [] });

const wallNs = (): number => Date.now() * 1e6;

/** Each receiving lane as the design has it. */
interface DesignLight {
  readonly snrDb: Float64Array;
  readonly marginDb: Float64Array;
  readonly usableGbps: Float64Array;
}

export class FabricImage {
  readonly devices: EmulatedFabric;
  readonly design: DesignLight;
  readonly senses: Senses;
  readonly circuits: SwitchWatch;
  readonly doubt: LightDoubt;
  readonly hosts: ReadonlyMap<string, EmulatedHost>;
  /** Devices that read coolant loops, by name, with the loop's component name. */
  readonly supplies: ReadonlyMap<string, string>;
  readonly #places = new Map<string, Map<string, Place>>();
  readonly #tables: ReadonlyMap<string, SwitchTable>;
  readonly #supplyC: Float64Array;
  readonly #heard = new Set<EmulatedModule>();
  readonly #flags: StuckFlags;

  constructor(cluster: CompiledCluster, catalogue: Catalogue) {
    this.devices = createDevices(cluster, catalogue);
    advanceFabric(this.devices, 0, createDice(0));
    this.#supplyC = new Float64Array(cluster.fabric.componentCount).fill(NaN);
    this.doubt = new LightDoubt(this.devices);
    this.#flags = new StuckFlags(this.devices.lanes.count);
    this.senses = new Senses(this.devices, (loop) => this.#supplyC[loop] ?? NaN, (lanes) => this.doubt.isOf(lanes));
    this.circuits = new SwitchWatch(this.devices);
    this.hosts = new Map(this.devices.hosts.map((host) => [host.name, host]));
    this.#tables = new Map(this.devices.switches.map((device) => [device.name, { device, connects: new Map(), isWhole: false }]));
    const loops = coolantLoops(this.devices).map((loop) => ({ loop, name: cluster.fabric.componentName(loop as ComponentIx) }));
    this.supplies = new Map(loops.map(({ name }) => [supplyDeviceOf(name), name]));
    const rowOf = new Map(this.devices.modules.map((module, row) => [module, row]));
    for (const host of this.devices.hosts) {
      this.#places.set(host.name, new Map<string, Place>([[host.name, { kind: 'other' }], ...host.modules.map((module): [string, Place] => [module.name, { kind: 'module', module, row: rowOf.get(module) ?? -1 }])]));
    }
    for (const { loop, name } of loops) this.#places.set(supplyDeviceOf(name), new Map<string, Place>([[name, { kind: 'loop', loop }]]));
    this.design = designLight(this.devices);
    for (const module of this.devices.modules) forgetModule(module);
  }

  /** Every device that the cluster has. */
  get names(): readonly string[] {
    return [...this.#places.keys()];
  }

  hasDevice(name: string): boolean {
    return this.#places.has(name);
  }

  /** Modules of a host that have not said anything. */
  unheard(device: string): readonly string[] {
    return (this.hosts.get(device)?.modules ?? []).filter((module) => !this.#heard.has(module)).map(({ name }) => name);
  }

  take(readings: readonly DeviceReading[], taken: Taken): void {
    for (const reading of readings) this.#takeOne(reading, taken);
  }

  #takeOne(reading: DeviceReading, taken: Taken): void {
    const { device, component, quantity, value } = reading;
    if (quantity === 'crossConnect' || quantity === 'circuitPort') {
      if (quantity === 'crossConnect') this.#takeConnect(reading, taken);
      return;
    }
    const place = this.#places.get(device)?.get(component);
    if (place === undefined) {
      taken.unknown.push({ device, component });
      return;
    }
    taken.devices.add(device);
    if (place.kind === 'loop' && quantity === 'temperature' && typeof value === 'number') this.#supplyC[place.loop] = value;
    if (place.kind !== 'module') return;
    this.#heard.add(place.module);
    const atNs = Number(reading.atNs);
    this.doubt.sampled(place.row, atNs);
    if (quantity === 'rxLos' || quantity === 'rxPower') this.#takeDarkness(place.module, reading, taken);
    if (typeof value !== 'number' || !takeModule(place.module, reading, value)) return;
    taken.isLightChanged = true;
    const isLight = value === (quantity === 'txFailure' ? 0 : 1) && (quantity === 'txFailure' || quantity === 'txEnabled' || quantity === 'enabled');
    if (isLight) this.doubt.lit(place.module, reading.lane, atNs);
  }

  /** A lane is dark when its flag says so, unless its own power contradicts it for long enough. */
  #takeDarkness(module: EmulatedModule, { device, component, lane, quantity, value, atNs }: DeviceReading, taken: Taken): void {
    const shown = module.lanes[lane];
    if (shown === undefined || typeof value !== 'number') return;
    const row = module.firstLane + lane;
    const wasStuck = this.#flags.isStuck(row);
    if (quantity === 'rxLos') this.#flags.flag(row, value === 1, Number(atNs));
    else this.#flags.power(row, module, value <= darkPowerDbm ? NaN : value, Number(atNs));
    if (!wasStuck && this.#flags.isStuck(row)) taken.stuck.push({ device, component, lane });
    const isDark = this.#flags.isDark(row);
    if (shown.rxLos === isDark) return;
    shown.rxLos = isDark;
    taken.isLightChanged = true;
  }

  #takeConnect({ device, component: name, value, atNs }: DeviceReading, taken: Taken): void {
    const table = this.#tables.get(device);
    if (table === undefined) {
      taken.unknown.push({ device, component: name });
      return;
    }
    taken.devices.add(device);
    taken.isLightChanged = true;
    table.connects.set(name, String(value));
    if (table.isWhole) this.#settle(table, Number(atNs));
  }

  #settle(table: SwitchTable, atNs: number): void {
    const before = table.device.lit.slice();
    settleTable(table);
    table.device.lit.forEach((b, a) => { if (b >= 0 && before[a] !== b) this.doubt.joined(table.device, b, atNs); });
  }

  /** Paths that a device no longer has: cross-connects that were taken away. */
  removed(device: string, paths: readonly string[]): boolean {
    const table = this.#tables.get(device);
    if (table === undefined) return false;
    for (const path of paths) {
      const [database, , name, key] = (parsePath(path) ?? []).map((elem) => elem.name);
      if (database !== 'STATE_DB' || name !== 'OCS_CROSS_CONNECT') continue;
      if (key === undefined) table.connects.clear();
      else table.connects.delete(key);
    }
    if (table.isWhole) settleTable(table);
    return true;
  }

  /** A stream broke: what the switch has will be told anew. */
  breakTable(device: string): void {
    const table = this.#tables.get(device);
    if (table === undefined) return;
    table.isWhole = false;
    table.connects.clear();
  }

  /** All of it has been told. */
  wholeTable(device: string): void {
    const table = this.#tables.get(device);
    if (table === undefined || table.isWhole) return;
    table.isWhole = true;
    this.#settle(table, wallNs());
  }

  noteHeardAgain(device: string): void {
    const host = this.hosts.get(device);
    if (host !== undefined) this.doubt.heardAgain(host, wallNs());
  }

  /** Transmitters that are told to change: what they show is their device's own word, and until it is heard darkness accuses nobody. */
  noteOrdered(lanes: Iterable<OrderedLane>): void {
    for (const lane of lanes) this.doubt.ordered(lane, wallNs());
  }
}

function designLight({ lanes, modules }: EmulatedFabric): DesignLight {
  const snrDb = Float64Array.from({ length: lanes.count }, (_, lane) => {
    const module = modules[lanes.module[lane] ?? -1];
    return module?.lanes[lane - module.firstLane]?.snrDb ?? 0;
  });
  return { snrDb, marginDb: Float64Array.from(lanes.answer.marginDb), usableGbps: Float64Array.from(lanes.answer.usableRateGbps) };
}

/** Nothing is known of what a module measures. */
function forgetModule(module: EmulatedModule): void {
  module.temperatureC = NaN;
  for (const lane of module.lanes) {
    lane.rxPowerDbm = NaN;
    lane.preFecBer = NaN;
    lane.biasMa = 0;
    lane.rxLos = lane.txFailure = false;
  }
}

/** Enters one value; true when it is news of light. */
function takeModule(module: EmulatedModule, { quantity, lane }: DeviceReading, value: number): boolean {
  if (quantity === 'temperature') module.temperatureC = value;
  // Errors are counted behind all lanes together.
  if (quantity === 'preFecBer') for (const lane of module.lanes) lane.preFecBer = value;
  if (quantity === 'enabled' && module.enabled !== (value === 1)) {
    module.enabled = value === 1;
    return true;
  }
  const shown = module.lanes[lane];
  if (shown === undefined) return false;
  switch (quantity) {
    case 'bias': shown.biasMa = value; return false;
    // At the floor of the sensor no loss can be told from it; darkness has a flag of its own, which may come a moment later.
    case 'rxPower': shown.rxPowerDbm = value <= darkPowerDbm ? NaN : value; return false;
    case 'txPower': shown.txPowerDbm = value; return false;
    case 'laserTemperature': shown.laserC = value; return false;
    case 'snr': shown.snrDb = value; return false;
    case 'txFailure': {
      if (shown.txFailure === (value === 1)) return false;
      shown.txFailure = value === 1;
      return true;
    }
    case 'txEnabled': {
      if (module.txEnabled[lane] === value) return false;
      module.txEnabled[lane] = value;
      return true;
    }
    default: return false;
  }
}

/** Puts what a switch told into the form that light is followed by: mirrors that stand, and those that still move. */
function settleTable({ device, connects }: SwitchTable): void {
  device.lit.fill(-1);
  device.tunedAtNs.fill(0);
  device.failed.fill(0);
  for (const [name, status] of connects) {
    const [left = '', right = ''] = name.split('-');
    const [a, b] = [portOf(device, left, 'A'), portOf(device, right, 'B')];
    if (a === null || b === null) continue;
    if (status === 'tuned') device.lit[a] = b;
    if (status === 'tuning') device.tunedAtNs[a] = 1;
    if (status === 'failed') device.failed[a] = 1;
  }
}
