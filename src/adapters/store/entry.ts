/**
 * Entries of the durable log, their canonical text and the hash chain over them.
 *
 * The text of an entry is `JSON.stringify({n, kind, atNs, cause, body})`, keys in that order, `cause` only where given. With
 * SHA-256 (FIPS 180-4) and `+` for joining texts: hash(0) = SHA-256 of `JSON.stringify([cluster, fingerprint, createdNs])`, and
 * hash(n) = SHA-256(hash(n - 1) as 64 lower-case hexadecimal digits + text of entry n), all in UTF-8.
 */

import { hash } from 'node:crypto';
import { parseObject } from './json-object.ts';

/**
 * Greatest text of an entry, in characters. A job's plan takes some 2,400 for each of its accelerators where experts exchange tokens
 * across four servers (2,048 accelerators of the wide example: 4.9 million), so this holds the plan of a job of 28,000.
 */
export const entryCharsMax = 64 << 20;

/** What came in, or what was decided about it. */
export type EntryKind = 'reading' | 'fact';

/** What a caller asks to have logged. */
export interface EntryDraft {
  readonly kind: EntryKind;
  /** When it happened, nanoseconds since the log's epoch; the store's clock where absent. */
  readonly atNs?: number;
  /** Number of the entry that called for this one. */
  readonly cause?: number;
  /** Anything that JSON keeps as it is: a body with `NaN`, an infinity, a bigint or a cycle is the caller's bug and throws. */
  readonly body: object;
}

/** A logged entry. Numbers count from 1 without a gap, and times never decrease. */
export interface Entry {
  readonly n: number;
  readonly kind: EntryKind;
  /** Nanoseconds since the log's epoch. */
  readonly atNs: number;
  /** Number of an earlier entry that called for this one. */
  readonly cause?: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Whose log it is. */
export interface LogHeader {
  /** Version of the format in which the log was created or to which it was migrated. */
  readonly version: number;
  readonly cluster: string;
  /** Identifies the plant; a log of another plant is refused. */
  readonly fingerprint: string;
  /** ISO 8601 instant from which all times of the log count. */
  readonly epoch: string;
  /** Nanoseconds from the epoch to the creation of the log. */
  readonly createdNs: number;
}

/** The epoch of logs that name none. */
export const unixEpoch = '1970-01-01T00:00:00.000Z';

/** The end of a stretch of the chain: what must be known to go on from there. */
export interface ChainEnd {
  /** Newest entry. */
  readonly n: number;
  /** Marks so far. */
  readonly marks: number;
  /** Hash after the newest link. */
  readonly hash: string;
  /** Time of the newest entry, or of the log's creation. */
  readonly atNs: number;
  /** Version of the bodies of the entries that follow. */
  readonly factsVersion: number;
}

export const sha256 = (text: string): string => hash('sha256', text, 'hex');

/** hash(0): a chain begins at its log's identity, so entries of one log cannot pass for another's. */
export const genesisHash = ({ cluster, fingerprint, createdNs }: LogHeader): string => sha256(JSON.stringify([cluster, fingerprint, createdNs]));

export const firstFactsVersion = 1;

/** Where the chain of a log begins. */
export const chainStart = (header: LogHeader): ChainEnd => ({ n: 0, marks: 0, hash: genesisHash(header), atNs: header.createdNs, factsVersion: firstFactsVersion });

export const chainHash = (previousHash: string, text: string): string => sha256(previousHash + text);

/** True when JSON would write some number as `null` and so lose it. */
function losesNumber(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return false;
  return (Array.isArray(value) ? value as readonly unknown[] : Object.values(value)).some(losesNumber);
}

const isCause = (cause: number, n: number): boolean => Number.isSafeInteger(cause) && cause >= 1 && cause < n;

/** The canonical text. Throws where JSON cannot keep the body. */
export function entryText(entry: { readonly n: number; readonly kind: EntryKind; readonly atNs: number; readonly cause?: number; readonly body: object }): string {
  if (!Number.isFinite(entry.atNs) || entry.atNs < 0) throw new TypeError(`an entry's time must be a number of nanoseconds, not ${entry.atNs}`);
  if (entry.cause !== undefined && !isCause(entry.cause, entry.n)) throw new TypeError(`entry ${entry.n} cannot be caused by entry ${entry.cause}`);
  const text = JSON.stringify({ n: entry.n, kind: entry.kind, atNs: entry.atNs, cause: entry.cause, body: entry.body });
  // Only a text with the word null can hide a lost number, which spares the walk through nearly all bodies.
  if (text.includes('null') && losesNumber(entry.body)) throw new TypeError(`the body of entry ${entry.n} holds a number that JSON cannot write`);
  return text;
}

const isEntryKind = (value: unknown): value is EntryKind => value === 'reading' || value === 'fact';

/** An entry from its text, or `null` when this is not the text of one. */
export function parseEntry(text: string): Entry | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { n, kind, atNs, cause, body } = value;
  if (typeof n !== 'number' || !Number.isSafeInteger(n) || n < 1 || !isEntryKind(kind)) return null;
  if (typeof atNs !== 'number' || typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  const content = body as Readonly<Record<string, unknown>>;
  if (cause === undefined) return { n, kind, atNs, body: content };
  return typeof cause === 'number' && isCause(cause, n) ? { n, kind, atNs, cause, body: content } : null;
}

/** The time of an entry, read from the front of its text without parsing the body; `NaN` when this is not the text of entry `n`. */
export function entryTime(text: string, n: number): number {
  const front = `{"n":${n},"kind":"`;
  const at = text.indexOf('","atNs":', front.length);
  if (!text.startsWith(front) || at === -1) return NaN;
  return Number(text.slice(at + 9, text.indexOf(',', at + 9)));
}

/** The header from its text, or `null`. */
export function parseHeader(text: string): LogHeader | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { version, cluster, fingerprint, epoch = unixEpoch, createdNs } = value;
  if (typeof version !== 'number' || typeof cluster !== 'string' || typeof fingerprint !== 'string' || typeof epoch !== 'string' || typeof createdNs !== 'number') return null;
  return { version, cluster, fingerprint, epoch, createdNs };
}
