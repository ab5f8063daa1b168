/** Snapshots of the controller's state as bytes: the state without its plant, checked by digest when it is read back. */

import { deserialize, serialize } from 'node:v8';
import { forkState } from '../../control/create-state.ts';
import type { Plant } from '../../control/plant.ts';
import type { State } from '../../control/state.ts';
import { digestOf } from '../../control/state-digest.ts';

/** Counts up when the shape of the state changes or what a field of it counts; a snapshot of another shape is passed over and the log is folded instead. */
const snapshotFormat = 2;

interface SnapshotDocument<T> {
  readonly format: number;
  readonly digest: string;
  readonly state: State;
  readonly beside: T;
}

/** The state and what is kept beside it, which must be plain data. The plant and the light of its fabric are left out. */
export function encodeSnapshot<T>(state: State, beside: T): Uint8Array {
  const bare = { ...state, plant: null, book: { ...state.book, light: null } };
  return serialize({ format: snapshotFormat, digest: digestOf(state), state: bare, beside });
}

/** What the bytes hold, or `null` where they are of another version or plant, or damaged. */
export function decodeSnapshot<T>(plant: Plant, bytes: Uint8Array): { readonly state: State; readonly beside: T } | null {
  let document: SnapshotDocument<T>;
  try {
    document = deserialize(bytes) as SnapshotDocument<T>;
  } catch {
    return null;
  }
  if (document.format !== snapshotFormat) return null;
  // Arrays of what was read lie anywhere in its bytes and keep all of them alive; those of a fork are whole and their own.
  const state = forkState({ ...document.state, plant, book: { ...document.state.book, light: plant.cluster.fabric } });
  // One policy, as the fold keeps it: the book's is the state's.
  state.book.policy = state.policy;
  return digestOf(state) === document.digest ? { state, beside: document.beside } : null;
}
