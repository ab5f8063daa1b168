/** Takes changes of emulated modules in OpenConfig's terms: transmitters switched on and off, whole modules enabled and disabled. */

import type { JsonLeaf } from '../adapters/gnmi/json-leaves.ts';
import { jsonLeaves } from '../adapters/gnmi/json-leaves.ts';
import type { Entity, Leaf } from '../adapters/gnmi/leaf.ts';
import { jsonIetf } from '../adapters/gnmi/leaf.ts';
import type { SetOperation } from '../adapters/gnmi/model.ts';
import type { Elem } from '../adapters/gnmi/path.ts';
import { covers, pathText } from '../adapters/gnmi/path.ts';
import type { GnmiStatus } from '../adapters/gnmi/status.ts';
import { invalid, isStatus, notFound } from '../adapters/gnmi/status.ts';
import type { EmulatedModule } from '../sim/devices/emulated-fabric.ts';

/** What is configured of one module. */
export interface ModuleConfig {
  readonly enabled: boolean;
  readonly txEnabled: Uint8Array;
}

export const moduleConfigOf = ({ enabled, txEnabled }: EmulatedModule): ModuleConfig => ({ enabled, txEnabled: txEnabled.slice() });

/** What a change by OpenConfig's paths can reach. */
export interface ModuleWorld {
  readonly modules: ReadonlyMap<string, EmulatedModule>;
  readonly hostOf: ReadonlyMap<EmulatedModule, string>;
  /** The trees of components by their names. */
  readonly components: ReadonlyMap<string, Entity>;
}

/** A leaf that may be written. */
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

const withValue = (config: ModuleConfig, lane: number, isOn: boolean): ModuleConfig =>
  (lane < 0 ? { ...config, enabled: isOn } : { ...config, txEnabled: config.txEnabled.map((was, at) => (at === lane ? Number(isOn) : was)) });

const isUnder = (query: readonly Elem[], elems: readonly Elem[]): boolean => query.length <= elems.length && query.every((elem, at) => covers(elem, elems[at] ?? elem));

/** The component that a path names; '' for none, a wildcard, or a path that ends above. */
function componentName(elems: readonly Elem[]): string {
  const name = elems[1]?.key?.['name'] ?? '';
  return elems[0]?.name === 'components' && elems[1]?.name === 'component' && name !== '*' ? name : '';
}

const isWild = (elems: readonly Elem[]): boolean => elems.some(({ name, key = {} }) => name === '*' || Object.values(key).includes('*'));

/** Leaves under a path that ends inside one component. */
function served({ components }: ModuleWorld, elems: readonly Elem[]): Leaf[] {
  const entity = components.get(componentName(elems));
  return entity === undefined ? [] : entity.leaves().filter((leaf) => isUnder(elems.slice(entity.elems.length), leaf.elems));
}

/** What is written as it is already changes nothing, whether or not it may be changed: a configuration that was read can be sent back. */
function isAsItIs(world: ModuleWorld, { elems, value }: JsonLeaf): boolean {
  const [leaf] = served(world, elems);
  const now = leaf?.isConfig === true && leaf.elems.length + 2 === elems.length ? leaf.read() : null;
  if (leaf === undefined || now === null) return false;
  const text = String(jsonIetf(leaf.type, now));
  return String(value) === text || (leaf.type.kind === 'identityref' && value === text.slice(text.indexOf(':') + 1));
}

const writableText = 'transceiver/config/enabled and physical-channels/channel/config/tx-laser can';
const cannotBeWritten = (elems: readonly Elem[]): GnmiStatus => invalid(`${pathText(elems)} cannot be written; ${writableText}.`);

/** Why a leaf is not taken: nothing is there, or it cannot be written. */
function refusalOf(world: ModuleWorld, elems: readonly Elem[]): GnmiStatus {
  const name = componentName(elems);
  if (elems[0]?.name !== 'components' || name === '') return cannotBeWritten(elems);
  if (!world.components.has(name)) return notFound(`There is no component ${name} here.`);
  return served(world, elems).length === 0 ? notFound(`Nothing is at ${pathText(elems)}; ${writableText} be written.`) : cannotBeWritten(elems);
}

type Drafts = Map<EmulatedModule, ModuleConfig>;

/** Lets go of what is configured at and below a path, which may name many modules. What is not there is gone already. */
function reset(world: ModuleWorld, target: string, elems: readonly Elem[], drafts: Drafts): GnmiStatus | null {
  const name = componentName(elems);
  const all = name === '' ? [...world.modules.values()] : [world.modules.get(name)].filter((module) => module !== undefined);
  const named = target === '' ? all : all.filter((module) => world.hostOf.get(module) === target);
  let touched = 0;
  for (const module of named) {
    for (const { lane, elems: at } of writables(module)) {
      if (!isUnder(elems, at)) continue;
      drafts.set(module, withValue(drafts.get(module) ?? moduleConfigOf(module), lane, true));
      touched++;
    }
  }
  return touched === 0 && named.length === all.length && served(world, elems).length > 0 ? cannotBeWritten(elems) : null;
}

function take(world: ModuleWorld, target: string, leaf: JsonLeaf, drafts: Drafts): GnmiStatus | null {
  const module = world.modules.get(componentName(leaf.elems));
  const found = module === undefined ? undefined : writables(module).find((one) => one.elems.length === leaf.elems.length && isUnder(leaf.elems, one.elems));
  if (module === undefined || found === undefined) return isAsItIs(world, leaf) ? null : refusalOf(world, leaf.elems);
  if (target !== '' && world.hostOf.get(module) !== target) return notFound(`${module.name} is not part of ${target}.`);
  if (typeof leaf.value !== 'boolean') return invalid(`${pathText(leaf.elems)} takes true or false, not ${JSON.stringify(leaf.value)}.`);
  drafts.set(module, withValue(drafts.get(module) ?? moduleConfigOf(module), found.lane, leaf.value));
  return null;
}

/**
 * Takes one operation into the drafts of the modules that it reaches. A delete may have wildcards and name what is not there, as the
 * specification asks; what is written is named in full. Statuses: `NOT_FOUND` for a node that is not there, `INVALID_ARGUMENT` for one
 * that cannot be written or a value that does not fit.
 */
export function changeModules(world: ModuleWorld, target: string, { op, elems, value }: SetOperation, drafts: Drafts): GnmiStatus | null {
  if (op !== 'delete' && isWild(elems)) return invalid(`${pathText(elems)} names many; only a delete may have wildcards.`);
  if (op !== 'delete' && elems.length > 1 && served(world, elems).length === 0) return refusalOf(world, elems);
  const leaves = op === 'delete' ? [] : jsonLeaves(elems, value);
  if (leaves === null) return invalid(`The value at ${pathText(elems)} is nested too deeply or holds an array that is no keyed list.`);
  const isLeafReplaced = op === 'replace' && leaves.length === 1 && leaves[0]?.elems === elems;
  const failed = op === 'update' || isLeafReplaced ? null : reset(world, target, elems, drafts);
  if (failed !== null && op === 'delete') return failed;
  for (const leaf of leaves) {
    const refused = take(world, target, leaf, drafts);
    if (isStatus(refused)) return refused;
  }
  return null;
}
