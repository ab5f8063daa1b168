/**
 * Snapshots of the controller's state as bytes: the state without its plant, in parts that are written one by one with turns for other
 * work between. The store vouches for the bytes; a snapshot of another plant or shape is passed over and the log is folded instead.
 */

import { setImmediate } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { createState, forkState } from '../../control/create-state.ts';
import type { LinkLeasesMemory } from '../../control/link-leases.ts';
import { LinkLeases } from '../../control/link-leases.ts';
import type { Plant } from '../../control/plant.ts';
import type { State } from '../../control/state.ts';

const snapshotFormat = 3;

/** The state as plain data: what a class keeps to itself would be lost on the way. */
type Plain = Omit<State, 'leasesOfLink'> & { readonly leasesOfLink: LinkLeasesMemory };

interface SnapshotDocument {
  readonly format: typeof snapshotFormat;
  readonly fingerprint: string;
  /** `shapeOf` the state. */
  readonly shape: string;
  readonly parts: readonly Uint8Array[];
}

/** Names of all tables, and the lengths of those that have a row for each thing of the plant: changes with the code and with the plant. */
function shapeOf(state: State): string {
  const { components, wavelengths, links } = state;
  const columns = (table: object): readonly string[] => Object.entries(table).map(([name, rows]) => `${name} ${(rows as ArrayLike<number>).length}`).sort();
  return JSON.stringify([Object.keys(state).sort(), columns(components), columns(wavelengths), columns(links), Object.keys(state.book).sort()]);
}

/** What is written together: leases share their grants with the book, so these stay the same object. */
function partsOf(state: State): readonly object[] {
  const { components, wavelengths, links, measured, leases, book, leasesOfLink, plant: _plant, ...rest } = state;
  return [{ ...rest, leasesOfLink: leasesOfLink.memory }, { components, links }, { wavelengths }, { measured }, { leases, book: { ...book, light: null } }];
}

/** The state as it is at the call, whatever becomes of it meanwhile, and what is kept beside it: plain data that nobody changes any more. */
export async function encodeSnapshot(state: State, beside: object): Promise<Uint8Array> {
  const { fingerprint } = state.plant;
  const shape = shapeOf(state);
  const parts: Uint8Array[] = [];
  for (const part of [...partsOf(forkState(state)), ...Object.entries(beside).map(([name, value]) => ({ [name]: value as unknown }))]) {
    await setImmediate();
    parts.push(serialize(part));
  }
  await setImmediate();
  return serialize({ format: snapshotFormat, fingerprint, shape, parts } satisfies SnapshotDocument);
}

/** Arrays of what was read lie anywhere in its bytes and keep all of them alive; those of a fork are whole and their own. */
function stateOn(plant: Plant, read: Plain): State {
  const state = forkState({ ...read, plant, book: { ...read.book, light: plant.cluster.fabric }, leasesOfLink: LinkLeases.of(read.leasesOfLink, read.leaseRows) });
  // One policy, as the fold keeps it: the book's is the state's.
  state.book.policy = state.policy;
  return state;
}

interface Decoded<T> {
  readonly state: State;
  readonly beside: T;
}

function decodeParts<T>(plant: Plant, { fingerprint, shape, parts }: SnapshotDocument): Decoded<T> | null {
  const empty = createState(plant);
  if (fingerprint !== plant.fingerprint || shape !== shapeOf(empty)) return null;
  const states = partsOf(empty).length;
  const read = parts.map((part) => deserialize(part) as object);
  return { state: stateOn(plant, Object.assign({}, ...read.slice(0, states)) as Plain), beside: Object.assign({}, ...read.slice(states)) as T };
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
