/** Walks a whole log from its base to its newest entry, checks everything on the way, and names what is damaged and where. */

import type { DatabaseSync } from 'node:sqlite';
import type { Issue } from '../../base/issue.ts';
import type { LogHeader } from './entry.ts';
import { chainHash, genesisHash, parseEntry, parseHeader } from './entry.ts';
import { faultText, isDiskFault } from './faults.ts';
import type { ChainPlace, ReadHead } from './head-file.ts';
import { readHead } from './head-file.ts';
import type { StorePaths } from './layout.ts';
import type { Reading } from './log-database.ts';
import { formatVersion, getMeta, openForReading } from './log-database.ts';

/** The end of the good part of a log. */
export interface LogEnd extends ChainPlace {
  /** Time of the newest entry, or of the log's creation. */
  readonly atNs: number;
}

export interface WalkedLog {
  /** `null` where not even the header can be read. */
  readonly header: LogHeader | null;
  /** Up to here everything is as it was written; `null` where nothing can be read. */
  readonly end: LogEnd | null;
  readonly acknowledged: ReadHead['record'];
  /** What was damaged or lost, worst first. Empty for a whole log. */
  readonly issues: readonly Issue[];
  /** What was found and costs nothing. */
  readonly notes: readonly Issue[];
}

export const restoreRemedy = (dir: string): string =>
  `Restore a backup with "heliostat store restore BACKUP ${dir} --force", or open it read-only up to there`;

interface EntryRow { readonly n: number; readonly text: string; readonly hash: string }

/** Checks entries in order from a place on. Returns the end of the good part and, where the chain breaks, why. */
function walkEntries(database: DatabaseSync, from: LogEnd, visit: (place: ChainPlace) => void): { readonly end: LogEnd; readonly broken: string | null } {
  let end = from;
  try {
    for (const value of database.prepare('SELECT n, text, hash FROM entry ORDER BY n').iterate()) {
      const row = value as unknown as EntryRow;
      const n = end.n + 1;
      if (row.n !== n) return { end, broken: `Entry ${n} is missing; after entry ${end.n} comes one with number ${row.n}` };
      const hash = chainHash(end.hash, row.text);
      const entry = hash === row.hash ? parseEntry(row.text) : null;
      if (entry === null || entry.n !== n) return { end, broken: `Entry ${n} or its hash is not what was written` };
      if (entry.atNs < end.atNs) return { end, broken: `Entry ${n} is older than the one before it` };
      end = { n, marks: end.marks, hash, atNs: entry.atNs };
      visit(end);
    }
    return { end, broken: null };
  } catch (fault) {
    if (!isDiskFault(fault)) throw fault;
    return { end, broken: `Entry ${end.n + 1} cannot be read (${faultText(fault)})` };
  }
}

/** SQLite's own check of pages, cells and free lists: what is not read today would be overwritten tomorrow. */
function structureFault(database: DatabaseSync): string | null {
  try {
    const rows = database.prepare('PRAGMA integrity_check(1)').all() as unknown as readonly { integrity_check: string }[];
    const text = rows[0]?.integrity_check ?? 'no answer';
    return text === 'ok' ? null : text.replaceAll('\n', ' ');
  } catch (fault) {
    if (!isDiskFault(fault)) throw fault;
    return faultText(fault);
  }
}

interface WalkPlaces {
  /** The folder that the operator knows, for remedies. */
  readonly dir: string;
  readonly paths: StorePaths;
}

function readHeadFile({ dir, paths }: WalkPlaces): { readonly head: ReadHead | null; readonly issue: Issue | null } {
  const lost = (message: string): Issue => ({ code: 'acknowledged-head-lost', file: paths.head, message, remedy: restoreRemedy(dir) });
  try {
    const head = readHead(paths.head);
    if (head.record !== null) return { head, issue: null };
    return { head: null, issue: lost('Both copies of the acknowledged head are damaged, so nobody can tell whether newest entries were lost') };
  } catch (fault) {
    if (!isDiskFault(fault)) throw fault;
    return { head: null, issue: lost(`The acknowledged head cannot be read (${faultText(fault)})`) };
  }
}

function readHeader(database: DatabaseSync, { dir, paths }: WalkPlaces): LogHeader | Issue {
  try {
    const text = getMeta(database, 'header');
    const header = text === null ? null : parseHeader(text);
    if (header === null) return { code: 'damaged-log', file: paths.database, path: 'header', message: 'The header of the log is not what was written', remedy: restoreRemedy(dir) };
    if (header.version <= formatVersion) return header;
    return {
      code: 'unknown-log-version', file: paths.database, path: 'header', message: `The log has format version ${header.version}; this program reads up to ${formatVersion}`,
      remedy: 'Use the newer program that wrote it', value: String(header.version),
    };
  } catch (fault) {
    if (!isDiskFault(fault)) throw fault;
    return { code: 'damaged-log', file: paths.database, path: 'header', message: `The database cannot be read (${faultText(fault)})`, remedy: restoreRemedy(dir) };
  }
}

function headIssues(places: WalkPlaces, head: ReadHead['record'], end: LogEnd, metHead: boolean): readonly Issue[] {
  if (head === null || metHead) return [];
  const { dir, paths } = places;
  const remedy = restoreRemedy(dir);
  if (head.n > end.n) {
    const path = `entry ${end.n + 1}`;
    return [{ code: 'acknowledged-entries-lost', file: paths.database, path, message: `Entries ${end.n + 1} to ${head.n} were acknowledged and are not there`, remedy }];
  }
  return [{ code: 'acknowledged-head-differs', file: paths.head, path: `entry ${head.n}`, message: `The acknowledged hash after entry ${head.n} is not the one of this log`, remedy }];
}

/** Walks the log that lies at `paths`. Never writes. */
export function walkLog(places: WalkPlaces): WalkedLog {
  const { dir, paths } = places;
  // The head is read first: a running writer moves it only after the database, so it is never ahead of what is read next.
  const { head, issue: headIssue } = readHeadFile(places);
  const acknowledged = head?.record ?? null;
  const before = headIssue === null ? [] : [headIssue];
  let reading: Reading;
  try {
    reading = openForReading(paths.database);
  } catch (fault) {
    if (!isDiskFault(fault)) throw fault;
    const issue = { code: 'damaged-log', file: paths.database, message: `The database cannot be opened (${faultText(fault)})`, remedy: restoreRemedy(dir) };
    return { header: null, end: null, acknowledged, issues: [issue, ...before], notes: [] };
  }
  try {
    const header = readHeader(reading.database, places);
    if ('code' in header) return { header: null, end: null, acknowledged, issues: [header, ...before], notes: [] };
    const start = { n: 0, marks: 0, hash: genesisHash(header), atNs: header.createdNs };
    let metHead = acknowledged !== null && acknowledged.n === 0 && acknowledged.hash === start.hash;
    const { end, broken } = walkEntries(reading.database, start, (place) => {
      if (acknowledged !== null && place.n === acknowledged.n && place.hash === acknowledged.hash) metHead = true;
    });
    const structure = structureFault(reading.database);
    const issues: Issue[] = [];
    if (broken !== null) issues.push({ code: 'damaged-log', file: paths.database, path: `entry ${end.n + 1}`, message: broken, remedy: restoreRemedy(dir) });
    issues.push(...headIssues(places, acknowledged, end, metHead), ...before);
    if (structure !== null) issues.push({ code: 'damaged-database', file: paths.database, message: `SQLite finds its file damaged (${structure})`, remedy: restoreRemedy(dir) });
    const notes: Issue[] = (head?.damagedSlots ?? 0) === 0 ? []
      : [{ code: 'head-copy-damaged', file: paths.head, message: 'One of two copies of the acknowledged head is damaged; the other one was used', remedy: 'Nothing is lost; the next write mends it' }];
    return { header, end, acknowledged, issues, notes };
  } finally {
    reading.close();
  }
}
