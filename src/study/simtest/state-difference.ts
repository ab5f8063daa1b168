/** Where two states of one plant differ, value by value, for the promise that folding the log gives exactly the live state. */

import type { State } from '../../control/state.ts';

/** What follows from the rest and is kept for speed: calendars; and the plant, which both share. */
const leftOut: ReadonlySet<string> = new Set<keyof State>(['plant', 'book']);

type Rows = Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array;

function rowDifference(one: Rows, other: Rows): string | null {
  if (one.length !== other.length) return `: ${one.length} rows against ${other.length}`;
  for (let row = 0; row < one.length; row++) if (!Object.is(one[row], other[row])) return `[${row}]: ${one[row] ?? ''} against ${other[row] ?? ''}`;
  return null;
}

/** A link that once had leases keeps an empty set: it says nothing. */
const isNothing = (value: unknown): boolean => value === undefined || (value instanceof Set && value.size === 0);

function mapDifference(one: ReadonlyMap<unknown, unknown>, other: ReadonlyMap<unknown, unknown>): string | null {
  for (const [key, value] of one) {
    const twin = other.get(key);
    if (isNothing(value) && isNothing(twin)) continue;
    const found = difference(value, twin);
    if (found !== null) return `(${String(key)})${found}`;
  }
  for (const [key, value] of other) if (!one.has(key) && !isNothing(value)) return `(${String(key)}): nothing against ${JSON.stringify(value)}`;
  return null;
}

function setDifference(one: ReadonlySet<unknown>, other: ReadonlySet<unknown>): string | null {
  for (const member of one) if (!other.has(member)) return `: ${String(member)} against nothing`;
  for (const member of other) if (!one.has(member)) return `: nothing against ${String(member)}`;
  return null;
}

function listDifference(one: readonly unknown[], other: readonly unknown[]): string | null {
  if (one.length !== other.length) return `: ${one.length} items against ${other.length}`;
  for (let at = 0; at < one.length; at++) {
    const found = difference(one[at], other[at]);
    if (found !== null) return `[${at}]${found}`;
  }
  return null;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldDifference(one: Fields, other: Fields, left: ReadonlySet<string> | null): string | null {
  for (const name in one) {
    if (left?.has(name) === true) continue;
    const found = difference(one[name], other[name]);
    if (found !== null) return `.${name}${found}`;
  }
  for (const name in other) if (!(name in one) && other[name] !== undefined) return `.${name}: nothing against ${JSON.stringify(other[name])}`;
  return null;
}

const isRows = (value: object): value is Rows => ArrayBuffer.isView(value);

function difference(one: unknown, other: unknown): string | null {
  if (Object.is(one, other)) return null;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return `: ${String(one)} against ${String(other)}`;
  if (isRows(one) && isRows(other)) return rowDifference(one, other);
  if (one instanceof Map && other instanceof Map) return mapDifference(one, other);
  if (one instanceof Set && other instanceof Set) return setDifference(one, other);
  if (Array.isArray(one) && Array.isArray(other)) return listDifference(one, other);
  return fieldDifference(one as Fields, other as Fields, null);
}

/** The first place where two states differ, with both values, or `null`. Maps and sets are equal however they came about. */
export const stateDifference = (one: State, other: State): string | null => fieldDifference(one as unknown as Fields, other as unknown as Fields, leftOut);
