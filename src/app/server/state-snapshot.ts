/**
 * Snapshots of the controller's state as bytes: the state without its plant, in parts that are written one by one with turns for other
 * work between, long tables in slices, so that no turn grows with what the state holds. The store vouches for the bytes; a snapshot of
 * another plant or shape is passed over and the log is folded instead.
 */

import { setImmediate } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { createState, forkState } from '../../control/create-state.ts';
import type { LinkLeasesMemory } from '../../control/link-leases.ts';
import { LinkLeases } from '../../control/link-leases.ts';
import type { Plant } from '../../control/plant.ts';
import type { Grant } from '../../plan/plan.ts';
import type { State } from '../../control/state.ts';

const snapshotFormat = 4;
/** Rows of a table that are written in one turn: some milliseconds of work. */
export const sliceRowsMax = 2048;

/** The state as plain data: what a class keeps to itself would be lost on the way. The book's grants are those of the leases, the same objects. */
type Plain = Omit<State, 'leasesOfLink' | 'book'> & { readonly leasesOfLink: LinkLeasesMemory; readonly book: Omit<State['book'], 'grants' | 'light'> };

/** Fields of an object, or of one within it where `of` names it; or some rows of a table, of one within another where `of` names it. */
type Part = { readonly of: string | null; readonly fields: object } | { readonly of: string | null; readonly table: string; readonly rows: readonly (readonly [unknown, unknown])[] };

interface SnapshotDocument {
  readonly format: typeof snapshotFormat;
  readonly fingerprint: string;
  /** `shapeOf` the state. */
  readonly shape: string;
  /** Parts of the state, and of what is kept beside it. */
  readonly parts: readonly Uint8Array[];
  readonly beside: readonly Uint8Array[];
}

/** Names of all tables, and the lengths of those that have a row for each thing of the plant: changes with the code and with the plant. */
function shapeOf(state: State): string {
  const { components, wavelengths, links } = state;
  const columns = (table: object): readonly string[] => Object.entries(table).map(([name, rows]) => `${name} ${(rows as ArrayLike<number>).length}`).sort();
  return JSON.stringify([Object.keys(state).sort(), columns(components), columns(wavelengths), columns(links), Object.keys(state.book).sort()]);
}

function* slices(table: string, of: string | null, rows: ReadonlyMap<unknown, unknown>): Generator<Part> {
  let slice: (readonly [unknown, unknown])[] = [];
  for (const row of rows) {
    slice.push(row);
    if (slice.length < sliceRowsMax) continue;
    yield { table, of, rows: slice };
    slice = [];
  }
  // An empty table is told too, or it would be missing.
  yield { table, of, rows: slice };
}

function* partsOf(fields: object, tablesOfTables: readonly string[] = []): Generator<Part> {
  const small: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields) as readonly (readonly [string, unknown])[]) {
    if (!(value instanceof Map)) small[name] = value;
    else if (!tablesOfTables.includes(name)) yield* slices(name, null, value);
    else {
      small[name] = new Map();
      for (const [of, rows] of value as ReadonlyMap<string, ReadonlyMap<unknown, unknown>>) yield* slices(name, of, rows);
    }
  }
  yield { of: null, fields: small };
}

function* partsOfState({ components, wavelengths, links, book, leasesOfLink, plant: _plant, ...rest }: State): Generator<Part> {
  const { grants: _grants, light: _light, ...calendars } = book;
  for (const [of, columns] of Object.entries({ components, links, wavelengths, book: calendars })) for (const [name, column] of Object.entries(columns)) yield { of, fields: { [name]: column as unknown } };
  yield { of: 'leasesOfLink', fields: leasesOfLink.memory };
  yield* partsOf(rest, ['measured']);
}

async function written(parts: Iterable<Part>): Promise<Uint8Array[]> {
  const bytes: Uint8Array[] = [];
  for (const part of parts) {
    await setImmediate();
    bytes.push(serialize(part));
  }
  return bytes;
}

/** The state as it is at the call, whatever becomes of it meanwhile, and what is kept beside it: plain data that nobody changes any more. */
export async function encodeSnapshot(state: State, beside: object): Promise<Uint8Array> {
  const { fingerprint } = state.plant;
  const shape = shapeOf(state);
  const document: SnapshotDocument = { format: snapshotFormat, fingerprint, shape, parts: await written(partsOfState(forkState(state))), beside: await written(partsOf(beside)) };
  await setImmediate();
  return serialize(document);
}

/** Fields and tables joined again. */
function joined(parts: readonly Uint8Array[]): object {
  const whole: Record<string, unknown> = {};
  const tables = new Map<string, { readonly table: string; readonly of: string | null; readonly rows: Map<unknown, unknown> }>();
  for (const bytes of parts) {
    const part = deserialize(bytes) as Part;
    if ('fields' in part) {
      Object.assign(part.of === null ? whole : (whole[part.of] ??= {}) as object, part.fields);
      continue;
    }
    const key = JSON.stringify([part.table, part.of]);
    const known = tables.get(key) ?? { table: part.table, of: part.of, rows: new Map<unknown, unknown>() };
    tables.set(key, known);
    for (const [row, value] of part.rows) known.rows.set(row, value);
  }
  for (const { table, of, rows } of tables.values()) {
    if (of === null) whole[table] = rows;
    else (whole[table] as Map<string, unknown>).set(of, rows);
  }
  return whole;
}

/** What each lease holds or was promised, by its row in the book. */
function grantsOf({ book: { rowOf, freeRows }, leases }: Plain): (Grant | null)[] {
  const grants = new Array<Grant | null>(rowOf.size + freeRows.length).fill(null);
  for (const [id, row] of rowOf) {
    const lease = leases.get(id);
    grants[row] = lease?.grant ?? lease?.promised ?? null;
  }
  return grants;
}

/** Arrays of what was read lie anywhere in its bytes and keep all of them alive; those of a fork are whole and their own. */
function stateOn(plant: Plant, read: Plain): State {
  const state = forkState({ ...read, plant, book: { ...read.book, grants: grantsOf(read), light: plant.cluster.fabric }, leasesOfLink: LinkLeases.of(read.leasesOfLink, read.leaseRows) });
  // One policy, as the fold keeps it: the book's is the state's.
  state.book.policy = state.policy;
  return state;
}

interface Decoded<T> {
  readonly state: State;
  readonly beside: T;
}

function decodeParts<T>(plant: Plant, { fingerprint, shape, parts, beside }: SnapshotDocument): Decoded<T> | null {
  if (fingerprint !== plant.fingerprint || shape !== shapeOf(createState(plant))) return null;
  return { state: stateOn(plant, joined(parts) as Plain), beside: joined(beside) as T };
}

/** What the bytes hold, or `null` where they are of another version, shape or plant, or no snapshot. */
export function decodeSnapshot<T>(plant: Plant, bytes: Uint8Array): Decoded<T> | null {
  try {
    const document = deserialize(bytes) as SnapshotDocument;
    return document.format === snapshotFormat ? decodeParts(plant, document) : null;
  } catch {
    return null;
  }
}
