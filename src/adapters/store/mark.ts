/**
 * Marks: links of the hash chain that are not entries. They stand between two entries and say that a snapshot was saved, or that
 * from here on facts are written in a newer version.
 *
 * A mark's text joins the chain exactly as an entry's does; `after` is the number of the entry before it, `id` counts marks from 1.
 */

import { parseObject } from './json-object.ts';

export interface SnapshotMark {
  readonly mark: 'snapshot';
  readonly id: number;
  readonly after: number;
  readonly atNs: number;
  /** The state after folding entries 1 to `n`. */
  readonly n: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface FactsMark {
  readonly mark: 'facts';
  readonly id: number;
  readonly after: number;
  readonly atNs: number;
  /** Version of the bodies of all later entries, in the caller's own count. */
  readonly version: number;
}

export type Mark = SnapshotMark | FactsMark;

/** A mark before it has its place. */
export type MarkDraft = Omit<SnapshotMark, 'id' | 'after'> | Omit<FactsMark, 'id' | 'after'>;

export function placeMark(draft: MarkDraft, place: { readonly id: number; readonly after: number }): Mark {
  const { id, after } = place;
  return draft.mark === 'snapshot'
    ? { mark: 'snapshot', id, after, atNs: draft.atNs, n: draft.n, bytes: draft.bytes, sha256: draft.sha256 }
    : { mark: 'facts', id, after, atNs: draft.atNs, version: draft.version };
}

export const markText = (mark: Mark): string => JSON.stringify(mark);

/** A mark from its text, or `null` when this is not the text of one. */
export function parseMark(text: string): Mark | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { mark, id, after, atNs, n, bytes, sha256, version } = value;
  if (typeof id !== 'number' || typeof after !== 'number' || typeof atNs !== 'number') return null;
  if (mark === 'facts' && typeof version === 'number') return { mark, id, after, atNs, version };
  if (mark !== 'snapshot' || typeof n !== 'number' || typeof bytes !== 'number' || typeof sha256 !== 'string') return null;
  return { mark, id, after, atNs, n, bytes, sha256 };
}
