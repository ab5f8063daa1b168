/** Reads entries back from a checked database. */

import type { DatabaseSync } from 'node:sqlite';
import type { Entry } from './entry.ts';
import { parseEntry } from './entry.ts';

export interface EntryRange {
  /** First wanted number. */
  readonly fromN: number;
  /** Number before the first entry in the database. */
  readonly baseN: number;
  /** Last wanted number. */
  readonly toN: number;
}

/** Rows of one read. Pages instead of one long statement, so that commits may happen while a caller takes its time, and so few that a page is read within a turn. */
const pageRows = 250;

function checkRange({ fromN, baseN }: EntryRange): void {
  if (fromN <= baseN) throw new RangeError(`entry ${fromN} is archived; the oldest in the database is ${baseN + 1}`);
}

function entryOf(text: string): Entry {
  const entry = parseEntry(text);
  if (entry === null) throw new Error('an entry changed on the disk while the store was open');
  return entry;
}

/** For a connection beside the writer's, which may commit and archive between the pages. */
export function* pageEntries(database: DatabaseSync, range: EntryRange): Generator<Entry> {
  checkRange(range);
  const page = database.prepare('SELECT text FROM entry WHERE n >= ? AND n <= ? ORDER BY n LIMIT ?');
  for (let next = range.fromN; next <= range.toN;) {
    const rows = page.all(next, range.toN, pageRows) as unknown as readonly { text: string }[];
    for (const { text } of rows) {
      const entry = entryOf(text);
      if (entry.n !== next) throw new Error(`entry ${next} changed on the disk while the store was open`);
      next += 1;
      yield entry;
    }
    if (rows.length === 0) throw new Error(`entry ${next} vanished while it was read`);
  }
}

/** Reads as the check did, row after row from the first: in a damaged database a search for a number may lead astray where the scan does not. */
export function* scanEntries(database: DatabaseSync, range: EntryRange): Generator<Entry> {
  checkRange(range);
  if (range.toN <= range.baseN) return;
  for (const row of database.prepare('SELECT text FROM entry ORDER BY n').iterate()) {
    const entry = entryOf((row as unknown as { text: string }).text);
    if (entry.n >= range.fromN) yield entry;
    if (entry.n >= range.toN) return;
  }
}

/** The text and hash of a link, entry or mark. */
export interface LinkText {
  readonly text: string;
  readonly hash: string;
}

/** All links behind the base up to entry `toN` and the marks after it, in the order of the chain. */
export function* scanLinks(database: DatabaseSync, { baseN, toN, version }: Pick<EntryRange, 'baseN' | 'toN'> & { readonly version: number }): Generator<LinkText> {
  const marks = version < 2 ? [] : database.prepare('SELECT after, text, hash FROM mark ORDER BY id').all() as unknown as readonly (LinkText & { readonly after: number })[];
  let nextMark = 0;
  function* marksAfter(n: number): Generator<LinkText> {
    for (let mark = marks[nextMark]; mark !== undefined && mark.after <= n; mark = marks[++nextMark]) yield mark;
  }
  yield* marksAfter(baseN);
  if (toN <= baseN) return;
  for (const row of database.prepare('SELECT n, text, hash FROM entry ORDER BY n').iterate()) {
    const entry = row as unknown as LinkText & { readonly n: number };
    yield entry;
    yield* marksAfter(entry.n);
    if (entry.n >= toN) return;
  }
}
