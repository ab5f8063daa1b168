/** A running emulated fabric as a gNMI model: time that passes, changes that are taken whole or not at all, faults that strike. */

import type { Entity } from '../adapters/gnmi/leaf.ts';
import type { GnmiModel, SetOperation } from '../adapters/gnmi/model.ts';
import type { GnmiStatus } from '../adapters/gnmi/status.ts';
import { invalid, isStatus, notFound, unavailable } from '../adapters/gnmi/status.ts';
import type { Dice } from '../base/dice.ts';
import type { Parsed } from '../base/issue.ts';
import { advanceFabric } from '../sim/devices/advance-fabric.ts';
import type { CircuitConfig, CircuitSwitch } from '../sim/devices/circuit-switch.ts';
import { applyConfig } from '../sim/devices/circuit-switch.ts';
import type { EmulatedFabric, EmulatedHost, EmulatedModule } from '../sim/devices/emulated-fabric.ts';
import { restartNs } from '../sim/devices/emulated-fabric.ts';
import type { InjectedFault } from '../sim/devices/inject-fault.ts';
import { injectFault } from '../sim/devices/inject-fault.ts';
import { setPowerShare } from '../sim/devices/module-heat.ts';
import { clearLatched } from '../sim/devices/readout.ts';
import { alarmEntities, alarmModels } from './twin-alarms.ts';
import type { ModuleConfig, ModuleWorld } from './twin-modules.ts';
import { changeModules, moduleConfigOf } from './twin-modules.ts';
import { changeOcs, ocsEntities, ocsModels } from './twin-ocs.ts';
import { openConfigEntities, openConfigModels, supplyTargets, typeModels } from './twin-openconfig.ts';

export interface TwinModel extends GnmiModel {
  readonly fabric: EmulatedFabric;
  inject(ask: { readonly device: string; readonly fault: string; readonly by?: number }): Parsed<InjectedFault>;
  /** Lets time run until `stop`. */
  start(): void;
  stop(): void;
}

/** Time between readings, unless taking them takes more than a tenth of it. */
const tickMs = 250;
const tickShare = 10;
/** Time in which changes are gathered. */
const soonMs = 5;

/** Configurations to be put into force together. */
interface Draft {
  readonly switches: Map<CircuitSwitch, CircuitConfig>;
  readonly modules: Map<EmulatedModule, ModuleConfig>;
}

const noTrouble = { dead: false, slowMs: 0 } as const;

interface Clock {
  readonly startedAt: bigint;
  /** Nanoseconds since the start; never goes back, whatever the wall clock does. */
  elapsedNs(): number;
}

function startClock(): Clock {
  const from = performance.now();
  return { startedAt: BigInt(Date.now()) * 1_000_000n, elapsedNs: () => Math.round((performance.now() - from) * 1e6) };
}

/** Works out what the operations ask, without touching a device. */
function draftChange(devices: Devices, target: string, operations: readonly SetOperation[]): Draft | GnmiStatus {
  const draft: Draft = { switches: new Map(), modules: new Map() };
  for (const operation of operations) {
    if (operation.origin === 'sonic-db') {
      const device = target === '' && devices.switches.size === 1 ? [...devices.switches.values()][0] : devices.switches.get(target);
      if (device === undefined) return target === '' ? invalid('Name the circuit switch in prefix.target.') : notFound(`${target} is no circuit switch.`);
      const next = changeOcs(device, draft.switches.get(device) ?? device.config, operation);
      if (isStatus(next)) return next;
      draft.switches.set(device, next);
    } else {
      const refused = changeModules(devices, target, operation, draft.modules);
      if (refused !== null) return refused;
    }
  }
  return draft;
}

interface Devices extends ModuleWorld {
  readonly switches: ReadonlyMap<string, CircuitSwitch>;
  readonly hosts: ReadonlyMap<string, EmulatedHost>;
}

function applyModule(module: EmulatedModule, config: ModuleConfig): void {
  if (config.enabled && !module.enabled) clearLatched(module);
  module.enabled = config.enabled;
  module.txEnabled.set(config.txEnabled);
  // Power follows the lit lanes.
  if (module.heat !== null && module.txEnabled.length > 0) setPowerShare(module.heat, module.txEnabled.reduce((sum, on) => sum + on, 0) / module.txEnabled.length);
}

function applyDraft(draft: Draft, nowNs: number): void {
  for (const [device, config] of draft.switches) applyConfig(device, config, nowNs);
  for (const [module, config] of draft.modules) applyModule(module, config);
}

/** What a device gets done of a change before it falls over: mirrors let go and half of them set, and half of the modules. */
function halfOf(draft: Draft): Draft {
  const switches = new Map([...draft.switches].map(([device, config]): [CircuitSwitch, CircuitConfig] => {
    const bOfA = device.config.bOfA.slice();
    const moved = [...config.bOfA.keys()].filter((a) => config.bOfA[a] !== bOfA[a]);
    // A switch takes all old cross-connects of a change away before it makes the new ones, of which half come about.
    for (const a of moved) bOfA[a] = -1;
    for (const a of moved.slice(0, Math.ceil(moved.length / 2))) bOfA[a] = config.bOfA[a] ?? -1;
    return [device, { ...device.config, bOfA }];
  }));
  return { switches, modules: new Map([...draft.modules].slice(0, Math.floor(draft.modules.size / 2))) };
}

function devicesOf({ hosts, modules, switches }: EmulatedFabric, components: readonly Entity[]): Devices {
  return {
    modules: new Map(modules.map((module) => [module.name, module])), switches: new Map(switches.map((device) => [device.name, device])),
    hosts: new Map(hosts.map((host) => [host.name, host])), hostOf: new Map(hosts.flatMap((host) => host.modules.map((module) => [module, host.name] as const))),
    components: new Map(components.map((entity) => [entity.elems[1]?.key?.['name'] ?? '', entity])),
  };
}

/** Configuration of a target, or of everything where the target is ''. */
function draftOf(devices: Devices, target: string): Draft {
  const isOf = (name: string): boolean => target === '' || name === target;
  return {
    switches: new Map([...devices.switches.values()].filter(({ name }) => isOf(name)).map((device) => [device, device.config])),
    modules: new Map([...devices.hostOf].filter(([, host]) => isOf(host)).map(([module]) => [module, moduleConfigOf(module)])),
  };
}

/** The devices that a change reaches. */
function hostsTouched(devices: Devices, { switches, modules }: Draft): EmulatedHost[] {
  const names = new Set([...[...switches.keys()].map(({ name }) => name), ...[...modules.keys()].map((module) => devices.hostOf.get(module) ?? '')]);
  return [...names].map((name) => devices.hosts.get(name)).filter((host) => host !== undefined);
}

const slowestTuningMs = ({ switches }: Draft): number => Math.max(0, ...[...switches.keys()].map(({ switchNs }) => switchNs / 1e6));

/** Takes the coming crash of a device out of the faults: it strikes once. */
function spendCrash(fabric: EmulatedFabric, host: EmulatedHost): void {
  const its = new Set([host.component, ...host.modules.map(({ component }) => component)]);
  const kept = fabric.faults.filter((fault) => !(fault.name === 'crash' && its.has(fault.component)));
  fabric.faults.splice(0, fabric.faults.length, ...kept);
  host.crashes = false;
}

interface PassingTime {
  /** Reads every device as it is now. */
  advance(): void;
  /** Light follows a change within moments; changes that come together share one look at all of it. */
  advanceSoon(): void;
  start(): void;
  stop(): void;
}

function passTime(fabric: EmulatedFabric, { clock, dice, listeners }: { readonly clock: Clock; readonly dice: Dice; readonly listeners: ReadonlySet<() => void> }): PassingTime {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let soon: ReturnType<typeof setTimeout> | undefined;
  function advance(): void {
    advanceFabric(fabric, clock.elapsedNs(), dice);
    for (const listener of listeners) listener();
  }
  function tick(): void {
    const from = performance.now();
    advance();
    timer = setTimeout(tick, Math.max(tickMs, tickShare * (performance.now() - from)));
  }
  return {
    advance, start: tick,
    advanceSoon() {
      soon ??= setTimeout(() => {
        soon = undefined;
        advance();
      }, soonMs).unref();
    },
    stop() {
      clearTimeout(timer);
      clearTimeout(soon);
    },
  };
}

/** Makes a model of an emulated fabric. Readings are taken once at once; time runs after `start`. */
export function createTwinModel(fabric: EmulatedFabric, dice: Dice): TwinModel {
  const components = openConfigEntities(fabric);
  const devices = devicesOf(fabric, components);
  const clock = startClock();
  const listeners = new Set<() => void>();
  const { advance, advanceSoon, start, stop } = passTime(fabric, { clock, dice, listeners });

  /** Puts a change into force, and looks again when the slowest mirror has tuned. */
  function enforce(draft: Draft): void {
    const nowNs = clock.elapsedNs();
    applyDraft(draft, nowNs);
    const tunedMs = slowestTuningMs(draft);
    // Mirrors that begin to move are seen moving.
    if (tunedMs > 0) advance();
    else advanceSoon();
    if (tunedMs > 0 && tunedMs < tickMs) setTimeout(advance, Math.ceil(tunedMs)).unref();
  }

  const isDown = (host: EmulatedHost): boolean => host.dead || clock.elapsedNs() < host.upAtNs;

  function change(target: string, operations: readonly SetOperation[]): GnmiStatus | null {
    const draft = draftChange(devices, target, operations);
    if (isStatus(draft)) return draft;
    const hosts = hostsTouched(devices, draft);
    const down = hosts.find(isDown);
    if (down !== undefined) return unavailable(`${down.name} does not answer.`);
    const crashing = hosts.find((host) => host.crashes);
    enforce(crashing === undefined ? draft : halfOf(draft));
    if (crashing === undefined) return null;
    spendCrash(fabric, crashing);
    crashing.upAtNs = clock.elapsedNs() + restartNs;
    return unavailable(`${crashing.name} fell over while it changed; read its state again when it answers.`);
  }

  const now = (): bigint => clock.startedAt + BigInt(clock.elapsedNs());
  advance();
  return {
    fabric, targets: [...devices.hosts.keys(), ...supplyTargets(fabric)], models: [...openConfigModels, ...alarmModels, ...typeModels, ...(fabric.switches.length > 0 ? ocsModels : [])],
    entities: [...components, ...alarmEntities(fabric, now), ...ocsEntities(fabric.switches)], now,
    trouble(target) {
      const host = devices.hosts.get(target);
      return host === undefined ? noTrouble : { dead: isDown(host), slowMs: host.slowMs };
    },
    onAdvance(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change,
    snapshot: (target) => draftOf(devices, target),
    restore: (_target, snapshot) => enforce(snapshot as Draft),
    inject(ask) {
      const done = injectFault(fabric, ask);
      if (done.ok) advance();
      return done;
    },
    start, stop,
  };
}
