/**
 * Reads notifications from their bytes to device readings, fast: a path that was seen before is found by its bytes.
 *
 * A stream repeats the same few thousand paths for ever, so each prefix keeps a table from the bytes of a path to what it measures,
 * and only new paths are decoded as messages. What is unknown is skipped and counted. Nothing here throws for bytes that are no
 * message but `BinaryReader`, whose error ends the stream.
 */

import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { DeviceReading } from '../device-reading.ts';
import { Decimal64Schema, PathSchema } from './generated/gnmi_pb.js';
import { jsonLeaves } from './json-leaves.ts';
import type { Elem } from './path.ts';
import type { Meaning } from './reading-map.ts';
import { meaningOf, readingValue } from './reading-map.ts';

/** What one component last said, to tell a device that lies from one that lives. */
export interface ComponentPulse {
  readonly device: string;
  readonly component: string;
  notifications: number;
  /** Count of notifications when an analogue value last changed. */
  changedAt: number;
  analogues: number;
}

/** A known path: what it measures and what it last read; `meaning` is `null` for what nobody asks about. */
interface Slot {
  readonly elems: readonly Elem[];
  readonly meaning: Meaning | null;
  readonly pulse: ComponentPulse | null;
  last: number | string | null;
}

interface KnownPrefix {
  readonly device: string;
  readonly origin: string;
  readonly elems: readonly Elem[];
  readonly slots: Map<string, Slot>;
}

export interface ReadNotification {
  readonly device: string;
  readonly atNs: bigint;
  /** Update messages in it, known or not. */
  readonly updates: number;
  /** Newer values that replaced others before they were sent. */
  readonly duplicates: number;
  /** Whole paths that are gone. */
  readonly removed: readonly { readonly origin: string; readonly elems: readonly Elem[] }[];
}

export interface NotificationReader {
  /** Appends the readings of a notification. */
  read(bytes: Uint8Array, into: DeviceReading[]): ReadNotification;
  readonly pulses: ReadonlyMap<string, ComponentPulse>;
}

/** Paths that are remembered per prefix; beyond them paths are decoded each time, so that a stranger cannot fill the memory. */
export const slotsMax = 20_000;
const prefixesMax = 200_000;
const pulsesMax = 200_000;

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

const elemsOf = (bytes: Uint8Array): { readonly elems: readonly Elem[]; readonly origin: string; readonly target: string } => {
  const path = fromBinary(PathSchema, bytes);
  return { origin: path.origin, target: path.target, elems: path.elem.map(({ name, key }) => ({ name: name.slice(name.indexOf(':') + 1), key })) };
};

/** JSON of a leaf without the cost of a parser where it is a plain string. */
function jsonOf(bytes: Uint8Array): unknown {
  const text = utf8(bytes);
  if (text.charCodeAt(0) === 34 && text.charCodeAt(text.length - 1) === 34 && !text.includes('\\')) return text.slice(1, -1);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A value that is no JSON measures nothing; the caller counts it as unknown.
    return undefined;
  }
}

/** The deprecated decimal: digits, and how many of them stand behind the point. */
function decimalOf(bytes: Uint8Array): number {
  const { digits, precision } = fromBinary(Decimal64Schema, bytes);
  return Number(digits) / 10 ** precision;
}

/** The value of a TypedValue as parsed JSON, or `undefined` for kinds that carry no measurement. */
function valueOf(bytes: Uint8Array): unknown {
  const reader = new BinaryReader(bytes);
  let value: unknown;
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 11 || field === 10) value = jsonOf(reader.bytes());
    else if (field === 1 || field === 12) value = reader.string();
    else if (field === 14) value = reader.double();
    else if (field === 6) value = reader.float();
    else if (field === 4) value = reader.bool();
    else if (field === 7) value = decimalOf(reader.bytes());
    else if (field === 3) value = Number(reader.uint64());
    else if (field === 2) value = Number(reader.int64());
    else reader.skip(wire, field);
  }
  return value;
}

const isAnalogue = ({ unit }: Meaning): boolean => unit === 'C' || unit === 'mA' || unit === 'dBm';

/** The parts of an Update message. */
function updateParts(bytes: Uint8Array): { readonly path: Uint8Array; readonly value: Uint8Array; readonly duplicates: number } {
  const reader = new BinaryReader(bytes);
  let path: Uint8Array = noBytes;
  let value: Uint8Array = noBytes;
  let duplicates = 0;
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1 && wire === WireType.LengthDelimited) path = reader.bytes();
    else if (field === 3 && wire === WireType.LengthDelimited) value = reader.bytes();
    else if (field === 4 && wire === WireType.Varint) duplicates = reader.uint32();
    else reader.skip(wire, field);
  }
  return { path, value, duplicates };
}

/** The parts of a Notification message. */
function notificationParts(bytes: Uint8Array): { atNs: bigint; prefix: Uint8Array | null; readonly updates: Uint8Array[]; readonly deletes: Uint8Array[] } {
  const reader = new BinaryReader(bytes);
  const parts = { atNs: 0n, prefix: null as Uint8Array | null, updates: [] as Uint8Array[], deletes: [] as Uint8Array[] };
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1 && wire === WireType.Varint) parts.atNs = BigInt(reader.int64());
    else if (field === 2 && wire === WireType.LengthDelimited) parts.prefix = reader.bytes();
    else if (field === 4 && wire === WireType.LengthDelimited) parts.updates.push(reader.bytes());
    else if (field === 5 && wire === WireType.LengthDelimited) parts.deletes.push(reader.bytes());
    else reader.skip(wire, field);
  }
  return parts;
}

const noBytes = new Uint8Array(0);

/** Elements of a path below its prefix; modules of one kind have the same. */
function belowPrefix(decoded: Map<string, readonly Elem[]>, key: string, bytes: Uint8Array): readonly Elem[] {
  let elems = decoded.get(key);
  if (elems === undefined) {
    elems = elemsOf(bytes).elems;
    if (decoded.size < slotsMax) decoded.set(key, elems);
  }
  return elems;
}

function pulseOf(pulses: Map<string, ComponentPulse>, device: string, component: string): ComponentPulse | null {
  const key = `${device}\n${component}`;
  let pulse = pulses.get(key);
  if (pulse === undefined && pulses.size >= pulsesMax) return null;
  if (pulse === undefined) pulses.set(key, (pulse = { device, component, notifications: 0, changedAt: 0, analogues: 0 }));
  return pulse;
}

/** `device` names what a notification comes from whose prefix names no target, or with `isOnly` every notification. */
export function createNotificationReader(device: string, { isOnly = false }: { readonly isOnly?: boolean } = {}): NotificationReader {
  const prefixes = new Map<string, KnownPrefix>();
  const pulses = new Map<string, ComponentPulse>();
  const decoded = new Map<string, readonly Elem[]>();
  const noPrefix: KnownPrefix = { device, origin: '', elems: [], slots: new Map() };

  function prefixOf(bytes: Uint8Array): KnownPrefix {
    const key = latin1(bytes);
    const known = prefixes.get(key);
    if (known !== undefined) return known;
    const { elems, origin, target } = elemsOf(bytes);
    const prefix: KnownPrefix = { device: target === '' || isOnly ? device : target, origin, elems, slots: new Map() };
    if (prefixes.size < prefixesMax) prefixes.set(key, prefix);
    return prefix;
  }

  function slotFor(prefix: KnownPrefix, key: string, elems: readonly Elem[]): Slot {
    const meaning = meaningOf(prefix.origin, elems);
    const pulse = meaning !== null && isAnalogue(meaning) ? pulseOf(pulses, prefix.device, meaning.component) : null;
    if (pulse !== null) pulse.analogues++;
    const slot: Slot = { elems, meaning, pulse, last: null };
    if (prefix.slots.size < slotsMax) prefix.slots.set(key, slot);
    return slot;
  }

  function take(slot: Slot, prefix: KnownPrefix, value: unknown, atNs: bigint, beating: Set<ComponentPulse>, into: DeviceReading[]): void {
    const { meaning, pulse } = slot;
    if (meaning === null) return;
    const read = readingValue(meaning.unit, value);
    if (read === null) return;
    if (pulse !== null) {
      if (slot.last !== read) pulse.changedAt = pulse.notifications + 1;
      beating.add(pulse);
    }
    slot.last = read;
    into.push({ device: prefix.device, component: meaning.component, lane: meaning.lane, quantity: meaning.quantity, value: read, unit: meaning.unit, atNs });
  }

  function update(bytes: Uint8Array, prefix: KnownPrefix, atNs: bigint, beating: Set<ComponentPulse>, into: DeviceReading[]): number {
    const parts = updateParts(bytes);
    const key = latin1(parts.path);
    const slot = prefix.slots.get(key) ?? slotFor(prefix, key, [...prefix.elems, ...belowPrefix(decoded, key, parts.path)]);
    const value = valueOf(parts.value);
    if (typeof value !== 'object' || value === null) take(slot, prefix, value, atNs, beating, into);
    else {
      for (const leaf of jsonLeaves(slot.elems, value) ?? []) {
        const inner = `${key}\n${JSON.stringify(leaf.elems.slice(slot.elems.length))}`;
        take(prefix.slots.get(inner) ?? slotFor(prefix, inner, leaf.elems), prefix, leaf.value, atNs, beating, into);
      }
    }
    return parts.duplicates;
  }

  return {
    pulses,
    read(bytes, into) {
      const { atNs, prefix: prefixBytes, updates, deletes } = notificationParts(bytes);
      const prefix = prefixBytes === null ? noPrefix : prefixOf(prefixBytes);
      const beating = new Set<ComponentPulse>();
      let duplicates = 0;
      for (const one of updates) duplicates += update(one, prefix, atNs, beating, into);
      for (const pulse of beating) pulse.notifications++;
      const removed = deletes.map((path) => ({ origin: prefix.origin, elems: [...prefix.elems, ...elemsOf(path).elems] }));
      return { device: prefix.device, atNs, updates: updates.length, duplicates, removed };
    },
  };
}
