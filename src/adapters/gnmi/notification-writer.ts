/**
 * Writes notifications straight to bytes: the paths of a tree are encoded once, and a value costs its text.
 *
 * Field numbers are those of `gnmi.proto`: Notification {timestamp 1, prefix 2, update 4, delete 5}, Update {path 1, val 3, duplicates 4},
 * TypedValue {json_val 10, json_ietf_val 11}. A test decodes what is written here with the generated code.
 */

import { create, toBinary } from '@bufbuild/protobuf';
import { Encoding, PathSchema, TypedValueSchema } from './generated/gnmi_pb.js';
import type { LeafElem, LeafType, LeafValue, ServedEncoding } from './leaf.ts';
import { jsonOf, leafValue } from './leaf.ts';
import type { Elem } from './path.ts';
import { pathMessage } from './path.ts';

/** A tag of a length-delimited field. */
const delimited = (field: number): number => (field << 3) | 2;
const varint = (field: number): number => field << 3;

const lengthOf = (value: number): number => {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
};

/** Paths below an entity recur in every module; each is encoded once, and found by the leaf that has it. */
const pathBytes = new Map<string, Uint8Array>();
const bytesOfElems = new WeakMap<readonly LeafElem[], Uint8Array>();

/** Distinct paths that are kept. */
const pathsKeptMax = 100_000;

const encodePath = (elems: readonly Elem[], where: { readonly origin?: string; readonly target?: string } = {}): Uint8Array => toBinary(PathSchema, create(PathSchema, pathMessage(elems, where)));

/** Bytes of a leaf's path, for a writer to keep beside the leaf. */
export function leafPathBytes(elems: readonly LeafElem[]): Uint8Array {
  const own = bytesOfElems.get(elems);
  if (own !== undefined) return own;
  let key = '';
  for (const { name, key: keys } of elems) key += keys === undefined ? `/${name}` : `/${name}${JSON.stringify(keys)}`;
  let bytes = pathBytes.get(key);
  if (bytes === undefined) {
    bytes = encodePath(elems);
    if (pathBytes.size < pathsKeptMax) pathBytes.set(key, bytes);
  }
  bytesOfElems.set(elems, bytes);
  return bytes;
}

/** Bytes of the prefix that all updates of an entity share. */
export const prefixBytes = (elems: readonly LeafElem[], where: { readonly origin: string; readonly target: string }): Uint8Array => encodePath(elems, where);

export interface WrittenUpdate {
  readonly path: Uint8Array;
  readonly type: LeafType;
  readonly value: Exclude<LeafValue, null>;
  readonly duplicates: number;
}

/** One sheet is written over and over; answers are copies. */
let sheet = Buffer.allocUnsafe(1 << 16);
let at = 0;

function room(bytes: number): void {
  if (at + bytes <= sheet.length) return;
  const larger = Buffer.allocUnsafe(Math.max(2 * sheet.length, at + bytes));
  sheet.copy(larger, 0, 0, at);
  sheet = larger;
}

function writeVarint(value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) sheet[at++] = (rest % 128) | 128;
  sheet[at++] = rest;
}

function writeBytes(field: number, bytes: Uint8Array): void {
  room(bytes.length + 12);
  sheet[at++] = delimited(field);
  writeVarint(bytes.length);
  sheet.set(bytes, at);
  at += bytes.length;
}

function writeTimestamp(timestamp: bigint): void {
  room(12);
  sheet[at++] = varint(1);
  let rest = timestamp;
  for (; rest >= 128n; rest >>= 7n) sheet[at++] = Number(rest & 127n) | 128;
  sheet[at++] = Number(rest);
}

/** Values of this many characters or fewer are written at once; each may take three bytes in UTF-8. */
const shortMax = 4096;

function writeUpdate(encoding: ServedEncoding, { path, type, value, duplicates }: WrittenUpdate): void {
  if (encoding === Encoding.PROTO) {
    const typed = toBinary(TypedValueSchema, create(TypedValueSchema, leafValue(encoding, type, value)));
    writeParts(path, typed, -1, duplicates);
    return;
  }
  const json = jsonOf(encoding, type, value);
  // Numbers and booleans are their own JSON, and a plain string needs its quotes only.
  const text = typeof json !== 'string' ? String(json) : /^[\w .:/-]*$/.test(json) ? `"${json}"` : JSON.stringify(json);
  writeParts(path, text.length <= shortMax && isAscii(text) ? text : Buffer.from(text), encoding === Encoding.JSON ? 10 : 11, duplicates);
}

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/** `field` is the field of the value inside TypedValue, or -1 where the bytes are a whole TypedValue. */
function writeParts(path: Uint8Array, value: string | Uint8Array, field: number, duplicates: number): void {
  const inner = field < 0 ? value.length : 1 + lengthOf(value.length) + value.length;
  const size = 1 + lengthOf(path.length) + path.length + 1 + lengthOf(inner) + inner + (duplicates > 0 ? 1 + lengthOf(duplicates) : 0);
  room(size + 12);
  sheet[at++] = delimited(4);
  writeVarint(size);
  sheet[at++] = delimited(1);
  writeVarint(path.length);
  sheet.set(path, at);
  at += path.length;
  sheet[at++] = delimited(3);
  writeVarint(inner);
  if (field >= 0) {
    sheet[at++] = delimited(field);
    writeVarint(value.length);
  }
  if (typeof value === 'string') sheet.write(value, at, 'latin1');
  else sheet.set(value, at);
  at += value.length;
  if (duplicates > 0) {
    sheet[at++] = varint(4);
    writeVarint(duplicates);
  }
}

export interface WrittenNotification {
  readonly timestamp: bigint;
  readonly prefix: Uint8Array;
  readonly updates: Iterable<WrittenUpdate>;
  readonly removed: readonly (readonly LeafElem[])[];
}

/** A Notification message with these updates and removals. */
export function writeNotification(encoding: ServedEncoding, notification: WrittenNotification): Uint8Array {
  at = 0;
  writeTimestamp(notification.timestamp);
  writeBytes(2, notification.prefix);
  for (const update of notification.updates) writeUpdate(encoding, update);
  for (const elems of notification.removed) writeBytes(5, leafPathBytes(elems));
  return Uint8Array.prototype.slice.call(sheet, 0, at);
}
