/** What one subscription watches: its leaves, what was last sent of each, and what waits to be sent. */

import type { Selection } from './data-tree.ts';
import { isUnder } from './data-tree.ts';
import type { Entity, Leaf, LeafElem, LeafValue, ServedEncoding } from './leaf.ts';
import { lexical } from './leaf.ts';
import { leafPathBytes, prefixBytes, writeNotification } from './notification-writer.ts';

interface Watched {
  readonly leaf: Leaf;
  readonly path: Uint8Array;
  /** Last sent or queued value as text; '' where the leaf was absent. */
  last: string;
  queuedAtMs: number;
  /** The value that waits to be sent, `null` for none, and how many it replaced while it waited. */
  waiting: LeafValue;
  duplicates: number;
}

/** The leaves of one entity under one subscription. */
export interface Watch {
  readonly entity: Entity;
  /** When the values that wait were read, in nanoseconds since 1970: a slow device says late what it saw early. */
  readAtNs: bigint;
  /** Queues what has changed since it was last queued, removals included. Returns true when anything waits. */
  changes(nowMs: number): boolean;
  /** Queues every value. */
  sample(nowMs: number): boolean;
  /** Queues values of leaves that were silent for a time; reads none where none was. */
  heartbeat(nowMs: number, silentMs: number): boolean;
  /** Takes note of the values as they stand without sending them. */
  remember(nowMs: number): void;
  /** The notification of what waits as bytes, or `null`. */
  drain(encoding: ServedEncoding): Uint8Array | null;
}

const textOf = (leaf: Leaf, value: LeafValue): string => (value === null ? '' : lexical(leaf.type, value));

const keyOf = (elems: readonly LeafElem[]): string => JSON.stringify(elems.map(({ name, key }) => [name, key ?? 0]));

/** Carries over what is known of leaves that stay, and tells which are gone. */
function rewatched(watched: readonly Watched[], leaves: readonly Leaf[]): { readonly watched: Watched[]; readonly gone: Iterable<Watched> } {
  const unknown = (leaf: Leaf): Watched => ({ leaf, path: leafPathBytes(leaf.elems), last: '', queuedAtMs: 0, waiting: null, duplicates: 0 });
  if (watched.length === 0) return { watched: leaves.map(unknown), gone: [] };
  const before = new Map(watched.map((one) => [keyOf(one.leaf.elems), one]));
  const next = leaves.map((leaf): Watched => {
    const key = keyOf(leaf.elems);
    const known = before.get(key);
    before.delete(key);
    return known === undefined ? unknown(leaf) : { ...known, leaf };
  });
  return { watched: next, gone: before.values() };
}

/** Watches the leaves of an entity that a selection keeps. Notifications name `target`: who names none in the request is answered with none. */
export function createWatch(entity: Entity, selection: Selection, target: string): Watch {
  let seen: readonly Leaf[] | null = null;
  let watched: Watched[] = [];
  let pending: Watched[] = [];
  let removed: (readonly LeafElem[])[] = [];
  let prefix: Uint8Array | null = null;

  /** Follows leaves that come and go. */
  function refresh(): void {
    const leaves = entity.leaves();
    if (leaves === seen) return;
    const next = rewatched(watched, leaves.filter((leaf) => isUnder(entity, leaf, selection)));
    watched = next.watched;
    pending = watched.filter(({ waiting }) => waiting !== null);
    for (const gone of next.gone) if (gone.last !== '') removed.push(gone.leaf.elems);
    seen = leaves;
  }

  function queue(one: Watched, value: Exclude<LeafValue, null>, nowMs: number): void {
    if (one.waiting === null) {
      pending.push(one);
      one.duplicates = 0;
    } else one.duplicates++;
    one.waiting = value;
    one.queuedAtMs = nowMs;
  }

  function pass(nowMs: number, isDue: (one: Watched, isChanged: boolean) => boolean): boolean {
    refresh();
    for (const one of watched) {
      const value = one.leaf.read();
      const text = textOf(one.leaf, value);
      const isChanged = text !== one.last;
      if (!isDue(one, isChanged)) continue;
      if (value !== null) queue(one, value, nowMs);
      else if (one.last !== '') {
        one.waiting = null;
        pending = pending.filter((other) => other !== one);
        removed.push(one.leaf.elems);
      }
      one.last = text;
    }
    return pending.length > 0 || removed.length > 0;
  }

  const watch: Watch = {
    entity, readAtNs: 0n,
    changes: (nowMs) => pass(nowMs, (_, isChanged) => isChanged),
    sample: (nowMs) => pass(nowMs, () => true),
    heartbeat: (nowMs, silentMs) => watched.some(({ queuedAtMs }) => nowMs - queuedAtMs >= silentMs) && pass(nowMs, ({ queuedAtMs }) => nowMs - queuedAtMs >= silentMs),
    remember(nowMs) {
      refresh();
      for (const one of watched) {
        one.last = textOf(one.leaf, one.leaf.read());
        one.queuedAtMs = nowMs;
      }
    },
    drain(encoding) {
      if (pending.length === 0 && removed.length === 0) return null;
      prefix ??= prefixBytes(entity.elems, { origin: entity.origin, target });
      const updates = pending.map(({ leaf, path, waiting, duplicates }) => ({ path, type: leaf.type, value: waiting ?? '', duplicates }));
      const notification = writeNotification(encoding, { timestamp: watch.readAtNs, prefix, updates, removed });
      for (const one of pending) one.waiting = null;
      pending = [];
      removed = [];
      return notification;
    },
  };
  return watch;
}
