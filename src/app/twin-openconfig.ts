/** Shows emulated modules as OpenConfig components with transceivers: every leaf with its module, its type and how it is read. */

import type { Entity, Leaf, LeafElem, LeafType, LeafValue } from '../adapters/gnmi/leaf.ts';
import type { ServedModel } from '../adapters/gnmi/model.ts';
import type { EmulatedFabric, EmulatedHost, EmulatedModule, LaneReadout } from '../sim/devices/emulated-fabric.ts';
import type { ComponentIx } from '../fabric/fabric.ts';
import { coolantLoops, coolantSupplyC, supplyDeviceOf } from '../sim/devices/coolant-supply.ts';
import { moduleBer } from '../sim/devices/readout.ts';

const platform = 'openconfig-platform';
const transceiver = 'openconfig-platform-transceiver';

export const openConfigGroup = 'OpenConfig working group';

/** True for the leaves of a module's own namespace. */
export const isDefinedIn = (module: string) => ({ elems }: Leaf): boolean => elems.at(-1)?.module === module;

/** Modules by the versions whose paths and types are served. */
export const openConfigModels: readonly ServedModel[] = [
  { name: platform, organization: openConfigGroup, version: '0.31.0', holds: isDefinedIn(platform) },
  { name: transceiver, organization: openConfigGroup, version: '1.0.0', holds: isDefinedIn(transceiver) },
];

/** Modules whose identities appear in values, by the oldest versions that have them all: who checks values needs them too. */
export const typeModels: readonly ServedModel[] = [['openconfig-platform-types', '1.2.0'], ['openconfig-transport-types', '0.21.0'], ['openconfig-alarm-types', '0.2.1']]
  .map(([name = '', version = '']) => ({ name, organization: openConfigGroup, version, holds: () => false }));

const text: LeafType = { kind: 'string' };
const boolean: LeafType = { kind: 'boolean' };
const identity: LeafType = { kind: 'identityref' };
const enumeration: LeafType = { kind: 'enumeration' };
const decimal = (digits: number): LeafType => ({ kind: 'decimal64', digits });

const elem = (module: string, name: string): LeafElem => ({ module, name });
const inModule = (module: string, ...names: readonly string[]): readonly LeafElem[] => names.map((name) => elem(module, name));

interface LeafOptions {
  readonly isConfig?: boolean;
  readonly isSampled?: boolean;
}

const leaf = (elems: readonly LeafElem[], type: LeafType, read: () => LeafValue, { isConfig = false, isSampled = false }: LeafOptions = {}): Leaf => ({ elems, type, isConfig, isSampled, read });

const sampled: LeafOptions = { isSampled: true };
const config: LeafOptions = { isConfig: true };

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** OpenConfig strings for vendor fields hold 16 characters, as the module memory does. */
const vendorField = (value: string): string => value.slice(0, 16);

function channelLeaves(module: EmulatedModule, lane: LaneReadout, at: number): Leaf[] {
  const key: LeafElem = { module: transceiver, name: 'channel', key: { index: String(at) }, keyJson: { index: at } };
  const base = [...inModule(transceiver, 'transceiver', 'physical-channels'), key];
  const state = (...names: readonly string[]): readonly LeafElem[] => [...base, ...inModule(transceiver, 'state', ...names)];
  const analogue = (name: string, digits: number, read: () => number): Leaf => leaf(state(name, 'instant'), decimal(digits), () => finite(read()), sampled);
  const isSource = module.kind === 'laserSource';
  const isOn = (): boolean => module.txEnabled[at] === 1;
  return [
    leaf([...base, elem(transceiver, 'index')], { kind: 'uint16' }, () => at, config),
    leaf([...base, ...inModule(transceiver, 'config', 'index')], { kind: 'uint16' }, () => at, config),
    leaf([...base, ...inModule(transceiver, 'config', 'tx-laser')], boolean, isOn, config),
    leaf(state('index'), { kind: 'uint16' }, () => at),
    leaf(state('tx-laser'), boolean, isOn),
    leaf(state('tx-failure'), boolean, () => lane.txFailure),
    ...(module.driver === null ? [] : [analogue('laser-temperature', 1, () => lane.laserC), analogue('laser-bias-current', 2, () => lane.biasMa)]),
    analogue('output-power', 2, () => lane.txPowerDbm),
    ...(isSource ? [] : [
      analogue('input-power', 2, () => lane.rxPowerDbm), analogue('media-snr', 2, () => lane.snrDb), leaf(state('rx-los'), boolean, () => lane.rxLos),
    ]),
  ];
}

/** Limits by severity: alarms are critical, warnings are warnings. A limit that a module does not have is left out. */
function thresholdLeaves(module: EmulatedModule): Leaf[] {
  const of = (severity: 'CRITICAL' | 'WARNING', limits: readonly (readonly [name: string, digits: number, read: () => number | undefined])[]): Leaf[] => {
    const name = `openconfig-alarm-types:${severity}`;
    const entry: LeafElem = { module: transceiver, name: 'threshold', key: { severity: name }, keyJson: { severity: name } };
    const base = [...inModule(transceiver, 'transceiver', 'thresholds'), entry];
    const state = [...base, elem(transceiver, 'state')];
    const named = [base, state].map((above) => leaf([...above, elem(transceiver, 'severity')], identity, () => name));
    return [...named, ...limits.map(([limit, digits, read]) => leaf([...state, elem(transceiver, limit)], decimal(digits), () => finite(read() ?? Number.NaN)))];
  };
  const receives = module.kind !== 'laserSource';
  const limit = (): EmulatedModule['thresholds'] => module.thresholds;
  return [
    ...of('CRITICAL', [
      ['module-temperature-upper', 1, () => limit()?.caseHighAlarmC], ['module-temperature-lower', 1, () => limit()?.caseLowAlarmC],
      ...(module.isOptical ? [['output-power-upper', 2, () => limit()?.txHighAlarmDbm], ['output-power-lower', 2, () => limit()?.txLowAlarmDbm]] as const : []),
      ...(module.isOptical && receives ? [['input-power-upper', 2, () => limit()?.rxHighAlarmDbm], ['input-power-lower', 2, () => limit()?.rxLowAlarmDbm]] as const : []),
      ['laser-bias-current-upper', 2, () => limit()?.biasHighAlarmMa],
    ]),
    ...of('WARNING', [
      ['module-temperature-upper', 1, () => limit()?.caseHighWarnC],
      ...(module.isOptical ? [['output-power-upper', 2, () => limit()?.txHighWarnDbm], ['output-power-lower', 2, () => limit()?.txLowWarnDbm]] as const : []),
      ...(module.isOptical && receives ? [['input-power-lower', 2, () => limit()?.rxLowWarnDbm]] as const : []),
      ['laser-bias-current-upper', 2, () => limit()?.biasHighWarnMa],
    ]),
  ];
}

const hasFault = ({ alarms, latched }: EmulatedModule): boolean =>
  [alarms, latched].some((set) => set.temperatureHigh || set.txPowerLow || set.rxPowerLow || set.biasHigh);

/** Form factors that OpenConfig has an identity for; engines and laser sources have none. */
const formFactorOf = (module: EmulatedModule): string | null =>
  (module.kind === 'module' && (module.heat?.package.type.id.startsWith('osfp') ?? false) ? 'openconfig-transport-types:OSFP' : null);

function transceiverLeaves(fabric: EmulatedFabric, module: EmulatedModule): Leaf[] {
  const at = (...names: readonly string[]): readonly LeafElem[] => inModule(transceiver, 'transceiver', ...names);
  const fec = 'openconfig-platform-types:FEC_ENABLED';
  const vendor = fabric.catalogue.find(module.partId)?.vendor;
  const isEnabled = (): boolean => module.enabled;
  const receives = module.kind !== 'laserSource';
  // Models up to 0.8.0 show the light of a channel only where the module says that it is a standard optic.
  const functionalType = (): string => 'openconfig-transport-types:TYPE_STANDARD_OPTIC';
  return [
    leaf(at('config', 'enabled'), boolean, isEnabled, config),
    leaf(at('state', 'enabled'), boolean, isEnabled),
    ...(module.isOptical ? [leaf(at('config', 'module-functional-type'), identity, functionalType, config), leaf(at('state', 'module-functional-type'), identity, functionalType)] : []),
    ...(receives ? [leaf(at('config', 'fec-mode'), identity, () => fec, config), leaf(at('state', 'fec-mode'), identity, () => fec)] : []),
    leaf(at('state', 'present'), enumeration, () => 'PRESENT'),
    leaf(at('state', 'form-factor'), identity, () => formFactorOf(module)),
    leaf(at('state', 'vendor'), text, () => (vendor === undefined ? null : vendorField(vendor))),
    leaf(at('state', 'vendor-part'), text, () => vendorField(module.partId)),
    leaf(at('state', 'fault-condition'), boolean, () => hasFault(module)),
    ...(receives && module.isOptical ? [leaf(at('state', 'pre-fec-ber', 'instant'), decimal(18), () => moduleBer(module), sampled)] : []),
    ...(module.isOptical ? module.lanes.flatMap((lane, index) => channelLeaves(module, lane, index)) : []),
    ...thresholdLeaves(module),
  ];
}

const componentElems = (name: string): readonly LeafElem[] => [elem(platform, 'components'), { module: platform, name: 'component', key: { name }, keyJson: { name } }];

function nameLeaves(name: string, type: string): Leaf[] {
  return [
    leaf(inModule(platform, 'name'), text, () => name, config),
    leaf(inModule(platform, 'config', 'name'), text, () => name, config),
    leaf(inModule(platform, 'state', 'name'), text, () => name),
    leaf(inModule(platform, 'state', 'type'), identity, () => `openconfig-platform-types:${type}`),
  ];
}

function moduleEntity(fabric: EmulatedFabric, module: EmulatedModule, target: string): Entity {
  const leaves = [
    ...nameLeaves(module.name, 'TRANSCEIVER'),
    leaf(inModule(platform, 'state', 'part-no'), text, () => module.partId),
    leaf(inModule(platform, 'state', 'mfg-name'), text, () => fabric.catalogue.find(module.partId)?.vendor ?? null),
    leaf(inModule(platform, 'state', 'oper-status'), identity, () => `openconfig-platform-types:${module.enabled ? 'ACTIVE' : 'DISABLED'}`),
    leaf(inModule(platform, 'state', 'temperature', 'instant'), decimal(1), () => finite(module.temperatureC), sampled),
    leaf(inModule(platform, 'state', 'temperature', 'alarm-status'), boolean, () => module.alarms.temperatureHigh),
    leaf(inModule(platform, 'state', 'temperature', 'alarm-severity'), identity, () => (module.alarms.temperatureHigh ? 'openconfig-alarm-types:CRITICAL' : null)),
    leaf(inModule(platform, 'state', 'temperature', 'alarm-threshold'), { kind: 'uint32' }, () => (module.alarms.temperatureHigh ? Math.round(module.thresholds?.caseHighAlarmC ?? 0) : null)),
    ...transceiverLeaves(fabric, module),
  ];
  return { target, origin: 'openconfig', elems: componentElems(module.name), isAside: false, leaves: () => leaves };
}

function hostEntity(host: EmulatedHost): Entity {
  const isCard = /\/nic\d+$/.test(host.name);
  const leaves = [
    ...nameLeaves(host.name, isCard ? 'FRU' : 'CHASSIS'),
    ...(host.circuitSwitch === null ? [] : [leaf(inModule(platform, 'state', 'part-no'), text, () => host.circuitSwitch?.partId ?? null)]),
    leaf(inModule(platform, 'state', 'oper-status'), identity, () => 'openconfig-platform-types:ACTIVE'),
  ];
  return { target: host.name, origin: 'openconfig', elems: componentElems(host.name), isAside: false, leaves: () => leaves };
}

/** Devices that read the supply of a coolant loop each. */
export const supplyTargets = (fabric: EmulatedFabric): string[] => coolantLoops(fabric).map((loop) => supplyDeviceOf(fabric.cluster.fabric.componentName(loop as ComponentIx)));

/** A coolant loop as its own device sees it. Its supply has no sensor noise, so it is told when it changes. */
function supplyEntity(fabric: EmulatedFabric, loop: number): Entity {
  const name = fabric.cluster.fabric.componentName(loop as ComponentIx);
  const leaves = [
    ...nameLeaves(name, 'SENSOR'),
    leaf(inModule(platform, 'state', 'temperature', 'instant'), decimal(1), () => coolantSupplyC(fabric, loop)),
  ];
  return { target: supplyDeviceOf(name), origin: 'openconfig', elems: componentElems(name), isAside: false, leaves: () => leaves };
}

/** The OpenConfig tree of a fabric: each device with the modules it holds, and the coolant loops. */
export const openConfigEntities = (fabric: EmulatedFabric): Entity[] => [...coolantLoops(fabric).map((loop) => supplyEntity(fabric, loop)), ...hostEntities(fabric)];

const hostEntities = (fabric: EmulatedFabric): Entity[] =>
  fabric.hosts.flatMap((host) => [hostEntity(host), ...host.modules.map((module) => moduleEntity(fabric, module, host.name))]);
