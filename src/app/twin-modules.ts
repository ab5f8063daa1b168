/** Takes changes of emulated modules in OpenConfig's terms: transmitters switched on and off, whole modules enabled and disabled. */

import type { JsonLeaf } from '../adapters/gnmi/json-leaves.ts';
import { jsonLeaves } from '../adapters/gnmi/json-leaves.ts';
import type { SetOperation } from '../adapters/gnmi/model.ts';
import type { Elem } from '../adapters/gnmi/path.ts';
import { covers, pathText } from '../adapters/gnmi/path.ts';
import type { GnmiStatus } from '../adapters/gnmi/status.ts';
import { invalid, notFound } from '../adapters/gnmi/status.ts';
import type { EmulatedModule } from '../sim/devices/emulated-fabric.ts';

/** What is configured of one module. */
export interface ModuleConfig {
  readonly enabled: boolean;
  readonly txEnabled: Uint8Array;
}

export const moduleConfigOf = ({ enabled, txEnabled }: EmulatedModule): ModuleConfig => ({ enabled, txEnabled: txEnabled.slice() });

/** A leaf that may be written, below its component. */
interface Writable {
  readonly elems: readonly Elem[];
  /** Lane, or -1 for the whole module. */
  readonly lane: number;
}

function writables(module: EmulatedModule): Writable[] {
  const head: readonly Elem[] = [{ name: 'components' }, { name: 'component', key: { name: module.name } }, { name: 'transceiver' }];
  const channels = module.isOptical ? module.lanes.map((_, lane): Writable => (
    { lane, elems: [...head, { name: 'physical-channels' }, { name: 'channel', key: { index: String(lane) } }, { name: 'config' }, { name: 'tx-laser' }] }
  )) : [];
  return [{ lane: -1, elems: [...head, { name: 'config' }, { name: 'enabled' }] }, ...channels];
}

/** A key, or what repeats it: allowed in a value because it changes nothing. */
const isEcho = ({ elems, value }: JsonLeaf): boolean => {
  const last = elems[elems.length - 1]?.name ?? '';
  const held = elems.findLast(({ key }) => key !== undefined);
  return Object.values(held?.key ?? {}).includes(String(value)) && (last === 'name' || last === 'index');
};

const withValue = (config: ModuleConfig, lane: number, isOn: boolean): ModuleConfig =>
  (lane < 0 ? { ...config, enabled: isOn } : { ...config, txEnabled: config.txEnabled.map((was, at) => (at === lane ? Number(isOn) : was)) });

const isUnder = (query: readonly Elem[], elems: readonly Elem[]): boolean => query.length <= elems.length && query.every((elem, at) => covers(elem, elems[at] ?? elem));

/** The configuration of a module after one operation. Statuses: `NOT_FOUND` for a node that is not there, `INVALID_ARGUMENT` for one that cannot be written. */
export function changeModule(module: EmulatedModule, config: ModuleConfig, { op, elems, value }: SetOperation): ModuleConfig | GnmiStatus {
  const all = writables(module);
  const touched = all.filter((one) => isUnder(elems, one.elems));
  if (touched.length === 0) return invalid(`${pathText(elems)} cannot be written; transceiver/config/enabled and physical-channels/channel/config/tx-laser can.`);
  let next = config;
  if (op !== 'update') for (const { lane } of touched) next = withValue(next, lane, true);
  if (op === 'delete') return next;
  const leaves = jsonLeaves(elems, value);
  if (leaves === null) return invalid(`The value at ${pathText(elems)} is nested too deeply or holds an array that is no keyed list.`);
  for (const leaf of leaves) {
    const found = all.find((one) => one.elems.length === leaf.elems.length && isUnder(leaf.elems, one.elems));
    if (found === undefined) {
      if (isEcho(leaf)) continue;
      return invalid(`${pathText(leaf.elems)} cannot be written; transceiver/config/enabled and physical-channels/channel/config/tx-laser can.`);
    }
    if (typeof leaf.value !== 'boolean') return invalid(`${pathText(leaf.elems)} takes true or false, not ${JSON.stringify(leaf.value)}.`);
    next = withValue(next, found.lane, leaf.value);
  }
  return next;
}

/** The module that a path names. */
export function moduleAt(modules: ReadonlyMap<string, EmulatedModule>, elems: readonly Elem[]): EmulatedModule | GnmiStatus {
  const [root, component] = elems;
  const name = component?.key?.['name'];
  if (root?.name !== 'components' || component?.name !== 'component' || name === undefined || elems.some((elem) => elem.name === '*' || Object.values(elem.key ?? {}).includes('*'))) {
    return invalid(`${pathText(elems)} cannot be written; name one component, e.g. /components/component[name=...]/transceiver/config.`);
  }
  return modules.get(name) ?? notFound(`There is no module ${name} here.`);
}
