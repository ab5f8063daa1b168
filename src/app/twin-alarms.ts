/** Shows what ails an emulated device as OpenConfig does: a list of standing alarms under /system/alarms, worked out from what its sensors show. */

import type { Entity, Leaf, LeafElem, LeafType } from '../adapters/gnmi/leaf.ts';
import type { ServedModel } from '../adapters/gnmi/model.ts';
import type { EmulatedFabric, EmulatedHost, EmulatedModule } from '../sim/devices/emulated-fabric.ts';
import { portName, statusOfA } from '../sim/devices/circuit-switch.ts';
import { isDefinedIn, openConfigGroup } from './twin-openconfig.ts';

const system = 'openconfig-system';

/** The list is defined in the one module and lies in the namespace of the other. */
export const alarmModels: readonly ServedModel[] = [
  { name: system, organization: openConfigGroup, version: '0.17.1', holds: isDefinedIn(system) },
  { name: 'openconfig-alarms', organization: openConfigGroup, version: '0.4.0', holds: isDefinedIn(system) },
];

type Severity = 'CRITICAL' | 'WARNING';

/** One alarm that stands. */
interface Alarm {
  readonly id: string;
  /** Component that it is about. */
  readonly resource: string;
  readonly text: string;
  readonly severity: Severity;
  /** Identity of `openconfig-alarm-types`. */
  readonly type: 'EQPT' | 'LOS';
}

/** A value beside its two limits; `null` where it is within both. */
function severityOf(value: number, limits: { readonly warning: number; readonly alarm: number }, side: 'above' | 'below'): Severity | null {
  const isBeyond = (limit: number): boolean => (side === 'above' ? value > limit : value < limit);
  return isBeyond(limits.alarm) ? 'CRITICAL' : isBeyond(limits.warning) ? 'WARNING' : null;
}

interface Check {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly digits: number;
  readonly type: Alarm['type'];
  readonly side: 'above' | 'below';
  readonly value: number;
  readonly warning: number;
  readonly alarm: number;
}

function alarmOf(resource: string, { name, what, unit, digits, type, side, value, warning, alarm }: Check): Alarm[] {
  const severity = severityOf(value, { warning, alarm }, side);
  if (severity === null) return [];
  const limit = severity === 'CRITICAL' ? alarm : warning;
  return [{ id: `${resource}:${name}`, resource, severity, type, text: `${what} ${value.toFixed(digits)} ${unit} is ${side} ${limit.toFixed(digits)} ${unit}.` }];
}

const extreme = (values: readonly number[], side: 'above' | 'below'): number => (side === 'above' ? Math.max(-Infinity, ...values) : Math.min(Infinity, ...values));

/** Alarms of one module: its values beyond the limits that it tells under `thresholds`. */
function moduleAlarms(module: EmulatedModule): Alarm[] {
  const limit = module.thresholds;
  if (limit === null) return [];
  const lit = module.lanes.filter((_, at) => module.txEnabled[at] === 1);
  const receives = module.isOptical && module.kind !== 'laserSource';
  const { name, lanes } = module;
  const [bias, sent, heard] = [extreme(lanes.map(({ biasMa }) => biasMa), 'above'), extreme(lit.map(({ txPowerDbm }) => txPowerDbm), 'below'), extreme(lanes.map(({ rxPowerDbm }) => rxPowerDbm), 'below')];
  const current = { unit: 'mA', digits: 2, type: 'EQPT', side: 'above' } as const;
  const power = { unit: 'dBm', digits: 2, side: 'below' } as const;
  return [
    { name: 'temperature-high', what: 'Case temperature', unit: 'C', digits: 1, type: 'EQPT', side: 'above', value: module.temperatureC, warning: limit.caseHighWarnC, alarm: limit.caseHighAlarmC } as const,
    { ...current, name: 'bias-high', what: 'Laser bias current', value: bias, warning: limit.biasHighWarnMa, alarm: limit.biasHighAlarmMa },
    ...(module.isOptical ? [{ ...power, name: 'tx-power-low', what: 'Transmitted power', type: 'EQPT', value: sent, warning: limit.txLowWarnDbm, alarm: limit.txLowAlarmDbm } as const] : []),
    ...(receives ? [{ ...power, name: 'rx-power-low', what: 'Received power', type: 'LOS', value: heard, warning: limit.rxLowWarnDbm, alarm: limit.rxLowAlarmDbm } as const] : []),
  ].flatMap((check) => alarmOf(name, check));
}

/** Mirrors that do not go where they are told. */
function switchAlarms({ circuitSwitch: device, name }: EmulatedHost): Alarm[] {
  if (device === null) return [];
  return Array.from({ length: device.ports }, (_, port) => port).filter((port) => statusOfA(device, port) === 'failed')
    .map((port) => ({ id: `${name}:port-failed:${portName(port, 'A')}`, resource: name, severity: 'CRITICAL', type: 'EQPT', text: `Port ${portName(port, 'A')} does not tune.` }));
}

interface Standing extends Alarm {
  readonly sinceNs: bigint;
}

const text: LeafType = { kind: 'string' };
const identity: LeafType = { kind: 'identityref' };
const elem = (name: string): LeafElem => ({ module: system, name });

/** Leaves of one alarm; they read the alarm as it stands at the time. */
function alarmLeaves(id: string, find: (id: string) => Standing | undefined): Leaf[] {
  const entry = [elem('alarms'), { ...elem('alarm'), key: { id }, keyJson: { id } }];
  const leaf = (name: string, type: LeafType, read: (alarm: Standing) => string, above = [...entry, elem('state')]): Leaf => ({
    elems: [...above, elem(name)], type, isConfig: false, isSampled: false,
    read: () => {
      const alarm = find(id);
      return alarm === undefined ? null : read(alarm);
    },
  });
  return [
    leaf('id', text, () => id, entry), leaf('id', text, () => id), leaf('resource', text, ({ resource }) => resource), leaf('text', text, (alarm) => alarm.text),
    leaf('time-created', { kind: 'uint64' }, ({ sinceNs }) => String(sinceNs)),
    leaf('severity', identity, ({ severity }) => `openconfig-alarm-types:${severity}`), leaf('type-id', identity, ({ type }) => `openconfig-alarm-types:${type}`),
  ];
}

/** The alarms of one device; worked out at most once per reading of the fabric. */
function alarmEntity(fabric: EmulatedFabric, host: EmulatedHost, now: () => bigint): Entity {
  let standing = new Map<string, Standing>();
  let leaves: readonly Leaf[] = [];
  let readNs = -1;
  const find = (id: string): Standing | undefined => standing.get(id);
  return {
    target: host.name, origin: 'openconfig', elems: [elem('system')], isAside: false,
    leaves() {
      if (fabric.nowNs === readNs) return leaves;
      readNs = fabric.nowNs;
      const found = [...host.modules.flatMap(moduleAlarms), ...switchAlarms(host)];
      const isSame = found.length === standing.size && found.every(({ id }) => standing.has(id));
      standing = new Map(found.map((alarm) => [alarm.id, { ...alarm, sinceNs: standing.get(alarm.id)?.sinceNs ?? now() }]));
      if (!isSame) leaves = found.flatMap(({ id }) => alarmLeaves(id, find));
      return leaves;
    },
  };
}

/** The alarm lists of all devices of a fabric; `now` dates an alarm when it is first seen, in nanoseconds since 1970. */
export const alarmEntities = (fabric: EmulatedFabric, now: () => bigint): Entity[] => fabric.hosts.map((host) => alarmEntity(fabric, host, now));
