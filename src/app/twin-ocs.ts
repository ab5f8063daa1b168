/** Shows circuit switches as SONiC does: tables of CONFIG_DB and STATE_DB by port and cross-connect, and takes changes of them. */

import type { Entity, Leaf, LeafElem, LeafType } from '../adapters/gnmi/leaf.ts';
import type { ServedModel, SetOperation } from '../adapters/gnmi/model.ts';
import type { GnmiStatus } from '../adapters/gnmi/status.ts';
import { failedPrecondition, invalid, isStatus, notFound } from '../adapters/gnmi/status.ts';
import { pathText } from '../adapters/gnmi/path.ts';
import { isRefusal } from '../base/refusal.ts';
import type { CircuitConfig, CircuitSwitch, CrossConnect } from '../sim/devices/circuit-switch.ts';
import { crossConnected, crossConnectName, factoryAccuracyDb, factoryLossDb, portName, portOf, statusOfA, statusOfB } from '../sim/devices/circuit-switch.ts';

/** The tables follow the SONiC OCS design document, revision 0.5. */
export const ocsModels: readonly ServedModel[] = [
  { name: 'sonic-ocs', organization: 'SONiC', version: '0.5.0', holds: ({ elems, isConfig }) => elems.at(-1)?.module === '' && isConfig },
  { name: 'sonic-ocs-states', organization: 'SONiC', version: '0.5.0', holds: ({ elems, isConfig }) => elems.at(-1)?.module === '' && !isConfig },
];

const text: LeafType = { kind: 'string' };
const plain = (...names: readonly string[]): readonly LeafElem[] => names.map((name) => ({ module: '', name }));
const row = (elems: readonly string[], read: () => string | null, isConfig: boolean): Leaf => ({ elems: plain(...elems), type: text, isConfig, isSampled: false, read });

const sides = ['A', 'B'] as const;

/** Both simplex sides of a port share a duplex connector, as in the SONiC design's example. */
const connectorType = 'LC UPC';
const connectorPin = { A: '2', B: '1' } as const;

function portLeaves(device: CircuitSwitch, database: 'CONFIG_DB' | 'STATE_DB'): Leaf[] {
  return Array.from({ length: device.ports }, (_, port) => port).flatMap((port) => sides.flatMap((side): Leaf[] => {
    const name = portName(port, side);
    const status = (): string => (side === 'A' ? statusOfA(device, port) : statusOfB(device, port));
    const target = (): string | null => {
      const peer = side === 'A' ? device.config.bOfA[port] ?? -1 : device.config.bOfA.indexOf(port);
      return peer < 0 ? null : portName(peer, side === 'A' ? 'B' : 'A');
    };
    if (database === 'STATE_DB') {
      return [
        row(['OCS_PORT', name, 'connector_type'], () => connectorType, false), row(['OCS_PORT', name, 'connector_pin'], () => connectorPin[side], false),
        row(['OCS_PORT', name, 'target_simplex_port_id'], target, false), row(['OCS_PORT', name, 'status'], status, false),
      ];
    }
    const blocked = (): boolean => (side === 'A' ? device.config.aBlocked : device.config.bBlocked)[port] === 1;
    return [row(['OCS_PORT', name, 'state'], () => (blocked() ? 'force_blocked' : 'normal'), true), row(['OCS_PORT', name, 'label'], () => device.config.labels.get(name) ?? null, true)];
  }));
}

const connectsOf = ({ bOfA }: CircuitConfig): CrossConnect[] => [...bOfA].flatMap((b, a) => (b < 0 ? [] : [{ a, b }]));

function connectLeaves(device: CircuitSwitch, { a, b }: CrossConnect, database: 'CONFIG_DB' | 'STATE_DB'): Leaf[] {
  const at = (field: string, read: () => string): Leaf => row(['OCS_CROSS_CONNECT', crossConnectName({ a, b }), field], read, database === 'CONFIG_DB');
  const ends = [at('a_side', () => portName(a, 'A')), at('b_side', () => portName(b, 'B'))];
  if (database === 'CONFIG_DB') return ends;
  // A list of SONiC's database is a field whose name ends in @; the core's ports are named A-1 and B-2 in the design's port mapping.
  const way = row(['OCS_CROSS_CONNECT_PHYSICAL_PATH', crossConnectName({ a, b }), 'physical_path@'], () => `A-${a + 1},B-${b + 1}`, false);
  return [...ends, at('a_side_status', () => statusOfA(device, a)), at('b_side_status', () => statusOfB(device, b)), way];
}

/** One database of one switch; its cross-connects come and go with the configuration. */
function databaseEntity(device: CircuitSwitch, database: 'CONFIG_DB' | 'STATE_DB'): Entity {
  const ports = portLeaves(device, database);
  const meta = database === 'CONFIG_DB' ? [row(['DEVICE_METADATA', 'localhost', 'switch_type'], () => 'ocs', true)] : [];
  let shown: CircuitConfig | null = null;
  let leaves: readonly Leaf[] = [];
  return {
    target: device.name, origin: 'sonic-db', elems: plain(database, 'localhost'), isAside: false,
    leaves() {
      if (device.config === shown) return leaves;
      shown = device.config;
      leaves = [...meta, ...ports, ...connectsOf(shown).flatMap((connect) => connectLeaves(device, connect, database))];
      return leaves;
    },
  };
}

/** Where and how warm the factory measured: the middle of the O band, as in the SONiC design's example, at room temperature. Keys read `1A-2B|228.850|25.00` as there. */
const factoryAt = { frequencyThz: 228.85, temperatureC: 25 } as const;

const factoryTable = 'OCS_FACTORY_INSERTION_LOSS';

/** The loss of every path as measured in the factory: a table of ports squared, made when it is first asked for. */
function factoryEntity(device: CircuitSwitch): Entity {
  let leaves: Leaf[] | null = null;
  return {
    target: device.name, origin: 'sonic-db', elems: plain('STATE_DB', 'localhost', factoryTable), isAside: true,
    leaves() {
      leaves ??= Array.from({ length: device.ports ** 2 }, (_, at) => ({ a: Math.floor(at / device.ports), b: at % device.ports })).flatMap((path) => {
        const name = `${crossConnectName(path)}|${factoryAt.frequencyThz.toFixed(3)}|${factoryAt.temperatureC.toFixed(2)}`;
        return [row([name, 'loss_dB'], () => factoryLossDb(device, path).toFixed(2), false), row([name, 'accuracy_dB'], () => factoryAccuracyDb.toFixed(2), false)];
      });
      return leaves;
    },
  };
}

/** The SONiC trees of all circuit switches. */
export const ocsEntities = (switches: readonly CircuitSwitch[]): Entity[] =>
  switches.flatMap((device) => [databaseEntity(device, 'CONFIG_DB'), databaseEntity(device, 'STATE_DB'), factoryEntity(device)]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads `1A-2B` or `{a_side, b_side}`; both must agree where both are given. */
function connectOf(device: CircuitSwitch, name: string, value: unknown): CrossConnect | GnmiStatus {
  const [left = '', right = ''] = name.split('-');
  const named = { a: portOf(device, left, 'A'), b: portOf(device, right, 'B') };
  if (named.a === null || named.b === null) {
    return invalid(`${name} is no cross-connect of ${device.name}: write A side, hyphen, B side, with ports 1 to ${device.ports}, e.g. 1A-2B. Light goes from A to B only.`);
  }
  if (value !== undefined) {
    if (!isRecord(value)) return invalid(`The value of cross-connect ${name} must be an object with a_side and b_side.`);
    const stray = Object.keys(value).find((key) => key !== 'a_side' && key !== 'b_side');
    if (stray !== undefined) return invalid(`Cross-connect ${name} knows no field ${stray}; it has a_side and b_side.`);
    if ((value['a_side'] ?? left) !== left || (value['b_side'] ?? right) !== right) return invalid(`Cross-connect ${name} must have a_side ${left} and b_side ${right}.`);
  }
  return { a: named.a, b: named.b };
}

function addConnects(device: CircuitSwitch, config: CircuitConfig, mode: 'safe' | 'update' | 'overwrite', entries: readonly (readonly [string, unknown])[]): CircuitConfig | GnmiStatus {
  const add: CrossConnect[] = [];
  for (const [name, value] of entries) {
    const connect = connectOf(device, name, value);
    if (isStatus(connect)) return connect;
    add.push(connect);
  }
  const changed = crossConnected(config, { mode, add });
  if (!isRefusal(changed)) return changed;
  const message = changed.reasons.join(' ');
  return changed.code === 'port-twice' ? invalid(message) : failedPrecondition(message);
}

function changeConnects(device: CircuitSwitch, config: CircuitConfig, { op, value }: SetOperation, name: string | undefined): CircuitConfig | GnmiStatus {
  if (op === 'delete') {
    if (name === undefined || name === '*') return { ...config, bOfA: new Int32Array(device.ports).fill(-1) };
    const connect = connectOf(device, name, undefined);
    // What is not there is gone already.
    if (isStatus(connect) || config.bOfA[connect.a] !== connect.b) return config;
    const bOfA = config.bOfA.slice();
    bOfA[connect.a] = -1;
    return { ...config, bOfA };
  }
  if (name !== undefined) return addConnects(device, config, op === 'update' ? 'safe' : 'update', [[name, value]]);
  if (!isRecord(value)) return invalid('The value of OCS_CROSS_CONNECT must be an object of cross-connects by name, e.g. {"1A-2B":{"a_side":"1A","b_side":"2B"}}.');
  return addConnects(device, config, op === 'update' ? 'safe' : 'overwrite', Object.entries(value));
}

function changePort(device: CircuitSwitch, config: CircuitConfig, { op, value, elems }: SetOperation, name: string): CircuitConfig | GnmiStatus {
  const side = name.endsWith('A') ? 'A' : 'B';
  const port = portOf(device, name, side);
  if (port === null && op === 'delete') return config;
  if (port === null) return notFound(`${device.name} has no port ${name}; its ports are 1A to ${device.ports}B.`);
  const field = elems[4]?.name;
  const given = op === 'delete' ? {} : field === undefined ? value : { [field]: value };
  if (!isRecord(given)) return invalid(`The value of port ${name} must be an object with state and label.`);
  const isReset = op !== 'update';
  const blocked = (side === 'A' ? config.aBlocked : config.bBlocked).slice();
  const labels = new Map(config.labels);
  if (isReset && (field === undefined || field === 'state')) blocked[port] = 0;
  if (isReset && (field === undefined || field === 'label')) labels.delete(name);
  for (const [key, wanted] of Object.entries(given)) {
    if (key === 'state' && (wanted === 'normal' || wanted === 'force_blocked')) blocked[port] = wanted === 'normal' ? 0 : 1;
    else if (key === 'label' && typeof wanted === 'string' && wanted.length <= labelCharactersMax) labels.set(name, wanted);
    else return invalid(`Port ${name} takes state (normal or force_blocked) and label (text of at most ${labelCharactersMax} characters), not ${key} = ${JSON.stringify(wanted)}.`);
  }
  return { ...config, labels, ...(side === 'A' ? { aBlocked: blocked } : { bBlocked: blocked }) };
}

const labelCharactersMax = 64;

/**
 * The configuration of a switch after one operation. An `update` of a cross-connect is safe (busy ports are refused), a `replace`
 * takes its ports from others, and a `replace` of the whole table first removes every cross-connect.
 */
export function changeOcs(device: CircuitSwitch, config: CircuitConfig, operation: SetOperation): CircuitConfig | GnmiStatus {
  const [database, host, table, name] = operation.elems.map((one) => one.name);
  const where = pathText(operation.elems);
  if (database !== 'CONFIG_DB' || host !== 'localhost') return invalid(`${where} cannot be changed; configuration is at /CONFIG_DB/localhost.`);
  if (table === 'OCS_CROSS_CONNECT' && operation.elems.length <= 4) return changeConnects(device, config, operation, name);
  if (table === 'OCS_PORT' && name !== undefined && operation.elems.length <= 5) return changePort(device, config, operation, name);
  return invalid(`${where} cannot be changed; change /CONFIG_DB/localhost/OCS_CROSS_CONNECT, one of its entries, or an entry of OCS_PORT.`);
}
