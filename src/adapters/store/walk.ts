/** Walks a whole log from its base to its newest entry, checks everything on the way, and names what is damaged and where. */

import type { DatabaseSync } from 'node:sqlite';
import type { Issue } from '../../base/issue.ts';
import type { ChainEnd, LogHeader } from './entry.ts';
import { chainHash, chainStart, entryTime, parseHeader } from './entry.ts';
import { faultText, isDiskFault } from './faults.ts';
import type { ReadHead } from './head-file.ts';
import { readHead } from './head-file.ts';
import type { StorePaths } from './layout.ts';
import type { Reading } from './log-database.ts';
import { formatVersion, getBase, getMeta, openForReading } from './log-database.ts';
import type { SnapshotMark } from './mark.ts';
import { parseMark } from './mark.ts';
import { checkSnapshots, snapshotsKept } from './snapshot-files.ts';

/** Entries from `fromN` on have bodies of this version. */
export interface FactsSpan {
  readonly fromN: number;
  readonly version: number;
}

export interface WalkedLog {
  /** `null` where not even the header can be read. */
  readonly header: LogHeader | null;
  /** Where the entries begin that are still in the database. */
  readonly base: ChainEnd | null;
  /** Up to here everything is as it was written; `null` where nothing can be read. */
  readonly end: ChainEnd | null;
  readonly acknowledged: ReadHead['record'];
  readonly factsSpans: readonly FactsSpan[];
  /** Snapshots whose files are whole, oldest first. */
  readonly snapshots: readonly SnapshotMark[];
  /** The newest snapshots that the chain names, whole or not. */
  readonly namedSnapshots: readonly SnapshotMark[];
  /** What was damaged or lost, worst first. Empty for a whole log. */
  readonly issues: readonly Issue[];
  /** What was found and costs nothing. */
  readonly notes: readonly Issue[];
}

export const restoreRemedy = (dir: string): string =>
  `Restore a backup with "heliostat store restore BACKUP ${dir} --force"; "heliostat store export ${dir}" saves what stands before it`;

/** Number, text and hash. */
type EntryRow = readonly [number, string, string];
interface MarkRow { readonly id: number; readonly after: number; readonly text: string; readonly hash: string }

interface Break {
  /** `entry 17` or `mark 2`. */
  readonly path: string;
  readonly message: string;
}

interface WalkedChain {
  readonly end: ChainEnd;
  readonly broken: Break | null;
  readonly snapshots: readonly SnapshotMark[];
  readonly factsSpans: readonly FactsSpan[];
}

/** Checks the links in their order: each entry, then the marks that stand after it. */
function walkChain(database: DatabaseSync, { base, version }: { readonly base: ChainEnd; readonly version: number }, visit: (end: ChainEnd) => void): WalkedChain {
  const snapshots: SnapshotMark[] = [];
  const factsSpans: FactsSpan[] = [{ fromN: base.n + 1, version: base.factsVersion }];
  let end = base;
  let marks: readonly MarkRow[] = [];
  let nextMark = 0;
  const ending = (path: string, message: string): WalkedChain => ({ end, broken: { path, message }, snapshots, factsSpans });

  /** Checks the marks that stand after the present end; false where one is not what was written. */
  const walkMarks = (): boolean => {
    for (let row = marks[nextMark]; row !== undefined && row.after <= end.n; row = marks[++nextMark]) {
      const hash = chainHash(end.hash, row.text);
      const mark = hash === row.hash ? parseMark(row.text) : null;
      if (mark === null || mark.id !== end.marks + 1 || row.id !== mark.id || mark.after !== end.n || row.after !== end.n) return false;
      end = { ...end, marks: mark.id, hash, factsVersion: mark.mark === 'facts' ? mark.version : end.factsVersion };
      if (mark.mark === 'snapshot') snapshots.push(mark);
      else factsSpans.push({ fromN: mark.after + 1, version: mark.version });
      visit(end);
    }
    return true;
  };

  visit(end);
  try {
    if (version >= 2) marks = database.prepare('SELECT id, after, text, hash FROM mark ORDER BY id').all() as unknown as readonly MarkRow[];
    if (!walkMarks()) return ending(`mark ${end.marks + 1}`, `Mark ${end.marks + 1} or its hash is not what was written`);
    const rows = database.prepare('SELECT n, text, hash FROM entry ORDER BY n');
    rows.setReturnArrays(true);
    for (const value of rows.iterate()) {
      const [rowN, text, rowHash] = value as unknown as EntryRow;
      const n = end.n + 1;
      const path = `entry ${n}`;
      if (rowN !== n) return ending(path, `Entry ${n} is missing; after entry ${end.n} comes one with number ${rowN}`);
      const hash = chainHash(end.hash, text);
      // What the hash admits is what was written, so nothing but the time is read from it.
      const atNs = hash === rowHash ? entryTime(text, n) : NaN;
      if (Number.isNaN(atNs)) return ending(path, `Entry ${n} or its hash is not what was written`);
      end = { n, marks: end.marks, hash, atNs, factsVersion: end.factsVersion };
      visit(end);
      if (!walkMarks()) return ending(`mark ${end.marks + 1}`, `Mark ${end.marks + 1} after entry ${n}, or its hash, is not what was written`);
    }
  } catch (fault) {
    if (!isDiskFault(fault)) throw fault;
    return ending(`entry ${end.n + 1}`, `Entry ${end.n + 1} cannot be read (${faultText(fault)})`);
  }
  if (nextMark < marks.length) return ending(`entry ${end.n + 1}`, `Entry ${end.n + 1} is missing, though a mark stands after it`);
  return { end, broken: null, snapshots, factsSpans };
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

export interface WalkPlaces {
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

function headIssues(places: WalkPlaces, head: ReadHead['record'], end: ChainEnd): readonly Issue[] {
  if (head === null) return [];
  const { dir, paths } = places;
  const remedy = restoreRemedy(dir);
  if (head.n > end.n || (head.n === end.n && head.marks > end.marks)) {
    if (head.n === end.n) return [{ code: 'acknowledged-mark-lost', file: paths.database, path: `mark ${head.marks}`, message: `Mark ${head.marks} after entry ${head.n} was acknowledged and is not there`, remedy }];
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
    return { header: null, base: null, end: null, acknowledged, factsSpans: [], snapshots: [], namedSnapshots: [], issues: [issue, ...before], notes: [] };
  }
  try {
    const nothing = { header: null, base: null, end: null, acknowledged, factsSpans: [], snapshots: [], namedSnapshots: [], notes: [] };
    const header = readHeader(reading.database, places);
    if ('code' in header) return { ...nothing, issues: [header, ...before] };
    const base = getBase(reading.database, header);
    if (base === null || (base.n === 0 && base.hash !== chainStart(header).hash)) {
      return { ...nothing, issues: [{ code: 'damaged-log', file: paths.database, path: 'base', message: 'The place where the entries begin is not what was written', remedy: restoreRemedy(dir) }, ...before] };
    }
    let metHead = false;
    const { end, broken, ...found } = walkChain(reading.database, { base, version: header.version }, ({ n, marks, hash }) => {
      metHead ||= acknowledged !== null && n === acknowledged.n && marks === acknowledged.marks && hash === acknowledged.hash;
    });
    const snapshots = checkSnapshots(places, base, found.snapshots);
    const structure = structureFault(reading.database);
    const issues: Issue[] = [];
    if (broken !== null) {
      const lost = acknowledged !== null && acknowledged.n > end.n ? `. Entries up to ${acknowledged.n} were acknowledged; those from ${end.n + 1} on cannot be trusted` : '';
      issues.push({ code: 'damaged-log', file: paths.database, path: broken.path, message: `${broken.message}${lost}`, remedy: restoreRemedy(dir) });
    } else if (!metHead) issues.push(...headIssues(places, acknowledged, end));
    issues.push(...before, ...snapshots.issues);
    if (structure !== null) issues.push({ code: 'damaged-database', file: paths.database, message: `SQLite finds its file damaged (${structure})`, remedy: restoreRemedy(dir) });
    const notes: Issue[] = (head?.damagedSlots ?? 0) === 0 ? []
      : [{ code: 'head-copy-damaged', file: paths.head, message: 'One of two copies of the acknowledged head is damaged; the other one was used', remedy: 'Nothing is lost; the next write mends it' }];
    return { header, base, end, acknowledged, factsSpans: found.factsSpans, snapshots: snapshots.good, namedSnapshots: found.snapshots.slice(-snapshotsKept), issues, notes: [...notes, ...snapshots.notes] };
  } finally {
    reading.close();
  }
}
