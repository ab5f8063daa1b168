/** Questions to a data tree made of entities and leaves: which leaves lie under a path, and what they are as one JSON document. */

import type { Entity, Leaf, LeafElem, LeafValue, ServedEncoding } from './leaf.ts';
import { jsonOf } from './leaf.ts';
import { Encoding } from './generated/gnmi_pb.js';
import type { Elem } from './path.ts';
import { anyLevels, covers, keysOf, levelsTaken } from './path.ts';

export interface Found {
  readonly entity: Entity;
  readonly leaf: Leaf;
  /** Levels from the root to the node that the path names. */
  readonly level: number;
}

export interface Selection {
  readonly elems: readonly Elem[];
  /** Levels below the path that are wanted, 0 for all. */
  readonly depth: number;
  readonly keep: (leaf: Leaf) => boolean;
}

/** True while an entity can hold something under the path, or lies under it. */
export function touches(entity: Entity, elems: readonly Elem[]): boolean {
  const deep = elems.findIndex(({ name }) => name === anyLevels);
  const certain = deep < 0 ? elems : elems.slice(0, deep);
  if (entity.isAside && certain.length < entity.elems.length) return false;
  return entity.elems.every((elem, at) => at >= certain.length || covers(certain[at] ?? elem, elem));
}

/** Levels from the root to the node that a path names on the way to a leaf of the entity; -1 where the leaf is not under the path. */
function levelOf(entity: Entity, leaf: Leaf, elems: readonly Elem[]): number {
  if (elems.some(({ name }) => name === anyLevels)) return levelsTaken(elems, [...entity.elems, ...leaf.elems]);
  const head = entity.elems.length;
  if (head + leaf.elems.length < elems.length) return -1;
  for (let at = head; at < elems.length; at++) {
    const query = elems[at];
    const elem = leaf.elems[at - head];
    if (query === undefined || elem === undefined || !covers(query, elem)) return -1;
  }
  return elems.length;
}

/** The level of the node that the path names on the way to a leaf that is wanted; -1 for a leaf that is not. */
function levelUnder(entity: Entity, leaf: Leaf, { elems, depth, keep }: Selection): number {
  const level = levelOf(entity, leaf, elems);
  return level >= 0 && (depth === 0 || entity.elems.length + leaf.elems.length - level <= depth) && keep(leaf) ? level : -1;
}

/** True for a leaf of the entity, which the path touches, that lies under the path and is wanted. */
export const isUnder = (entity: Entity, leaf: Leaf, selection: Selection): boolean => levelUnder(entity, leaf, selection) >= 0;

/** Every leaf under a path, in the order of the tree. */
export function select(entities: readonly Entity[], selection: Selection): Found[] {
  const found: Found[] = [];
  for (const entity of entities) {
    if (!touches(entity, selection.elems)) continue;
    for (const leaf of entity.leaves()) {
      const level = levelUnder(entity, leaf, selection);
      if (level >= 0) found.push({ entity, leaf, level });
    }
  }
  return found;
}

type Json = { [name: string]: Json | Json[] | string | number | boolean };

/** Name of a member: with its module at the top and where the module changes (RFC 7951, section 4). */
function memberName(encoding: ServedEncoding, elem: LeafElem, moduleAbove: string): string {
  return encoding === Encoding.JSON || elem.module === '' || elem.module === moduleAbove ? elem.name : `${elem.module}:${elem.name}`;
}

const isKeyed = (elem: Elem): boolean => Object.keys(keysOf(elem)).length > 0;

const sameKeys = (entry: Json, elem: LeafElem): boolean => Object.entries(elem.keyJson ?? elem.key ?? {}).every(([key, value]) => entry[key] === value);

/** The container or list entry of an element inside `within`, made when it is not there. Lists are read in tree order, so the last entry is the likeliest. */
function enter(within: Json, elem: LeafElem, name: string): Json {
  if (!isKeyed(elem)) return (within[name] ??= {}) as Json;
  const list = (within[name] ??= []) as Json[];
  const last = list[list.length - 1];
  if (last !== undefined && sameKeys(last, elem)) return last;
  const known = list.find((entry) => sameKeys(entry, elem));
  if (known !== undefined) return known;
  const entry: Json = { ...(elem.keyJson ?? elem.key) };
  list.push(entry);
  return entry;
}

/** What lies at one concrete path: a scalar for a leaf, an object for a container or list entry. `null` where nothing is. */
export function documentAt(found: readonly Found[], level: number, encoding: ServedEncoding): unknown {
  const root: Json = {};
  let isEmpty = true;
  for (const { entity, leaf } of found) {
    const value = leaf.read();
    if (value === null) continue;
    const json = jsonOf(encoding, leaf.type, value);
    const elems = [...entity.elems, ...leaf.elems];
    if (elems.length === level) return json;
    isEmpty = false;
    const above = elems[level - 1];
    if (above !== undefined) for (const [key, name] of Object.entries(above.keyJson ?? above.key ?? {})) root[memberName(encoding, { ...above, name: key }, '')] = name;
    let at = root;
    // The document stands alone, so its first members name their module whatever lies above.
    let moduleAbove = '';
    for (const elem of elems.slice(level, -1)) {
      at = enter(at, elem, memberName(encoding, elem, moduleAbove));
      moduleAbove = elem.module;
    }
    const last = elems[elems.length - 1];
    if (last !== undefined) at[memberName(encoding, last, moduleAbove)] = json;
  }
  return isEmpty ? null : root;
}

const nodeKey = (elems: readonly Elem[]): string => JSON.stringify(elems.map((elem) => [elem.name, elem.key ?? 0]));

/** Groups leaves by the concrete node that a path with wildcards or left-out keys leads to. */
export function nodesOf(found: readonly Found[]): { readonly elems: readonly LeafElem[]; readonly found: Found[] }[] {
  const nodes = new Map<string, { readonly elems: readonly LeafElem[]; readonly found: Found[] }>();
  for (const one of found) {
    const elems = [...one.entity.elems, ...one.leaf.elems].slice(0, one.level);
    const key = nodeKey(elems);
    const node = nodes.get(key) ?? { elems, found: [] };
    node.found.push(one);
    nodes.set(key, node);
  }
  return [...nodes.values()];
}

/** Values of leaves as they stand; absent ones are left out. */
export const present = (found: readonly Found[]): { readonly one: Found; readonly value: Exclude<LeafValue, null> }[] => found.flatMap((one) => {
  const value = one.leaf.read();
  return value === null ? [] : [{ one, value }];
});
