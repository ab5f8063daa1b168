/**
 * The durable log of the controller: numbered entries in a hash chain on SQLite, acknowledged only when they are on the disk.
 *
 * The caller's duties, in order: open (a bad or foreign log comes back as issues), fold `entries`, then append, and act only on
 * what was acknowledged. Rules: numbers count from 1 without a gap; a batch is logged whole or not at all; times never decrease: a
 * draft that is older than the newest entry is logged with that entry's time.
 */

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { AppendQueue, QueueLimits } from './append-queue.ts';
import { createAppendQueue } from './append-queue.ts';
import type { Entry, LogHeader } from './entry.ts';
import { parseEntry } from './entry.ts';
import { cannotWrite, faultText, isDiskFault } from './faults.ts';
import { readHead } from './head-file.ts';
import type { StorePaths } from './layout.ts';
import { generationName, generationsIn, pathsOf, pointerPath, readPointer, writePointer } from './layout.ts';
import { createLog, formatVersion, openForReading } from './log-database.ts';
import { openWriter } from './log-writer.ts';
import type { WalkedLog } from './walk.ts';
import { restoreRemedy, walkLog } from './walk.ts';
import { lockWriter } from './writer-lock.ts';

export interface StoreLimits extends QueueLimits {
  /** Greatest size of the database file. */
  readonly databaseBytesMax: number;
}

export const storeLimits: StoreLimits = { entryBytesMax: 4 << 20, waitingEntriesMax: 100_000, groupEntriesMax: 4096, databaseBytesMax: 16 * 2 ** 30 };

export interface StoreOptions {
  readonly cluster: string;
  readonly fingerprint: string;
  /** Nanoseconds since 1970. */
  readonly clock: () => number;
  readonly limits?: Partial<StoreLimits>;
}

/** A log that can be read. */
export interface LogReader {
  readonly header: LogHeader;
  /** Entries from `fromN` on, in order, as far as they are durable now. */
  entries(fromN?: number): Iterable<Entry>;
  /** Number of the newest entry; 0 for an empty log. */
  readonly headN: number;
  /** Findings of the check on opening; for a store open to write they are harmless ones. */
  readonly findings: readonly Issue[];
}

export interface Store extends LogReader, Pick<AppendQueue, 'append' | 'nowNs' | 'nextN' | 'waitingEntries'> {
  /** Writes what waits and frees the store for another process. */
  close(): Promise<void>;
}

export interface ReadOnlyStore extends LogReader {
  close(): void;
}

/** Paths of the current generation, `null` where there is no store, or why it cannot be told. */
function findLog(dir: string): Parsed<StorePaths | null> {
  try {
    if (!existsSync(dir)) return parsed(null);
    if (existsSync(pointerPath(dir))) {
      const generation = readPointer(dir);
      if (generation !== null && existsSync(join(dir, generation))) return parsed(pathsOf(dir, generation));
      return rejected({ code: 'store-pointer-damaged', file: pointerPath(dir), message: 'The file that names the current log is damaged', remedy: restoreRemedy(dir) });
    }
    // The pointer is written last when a store is made: a generation without acknowledged entries is what a crash before that leaves.
    const orphan = generationsIn(dir).map((number) => pathsOf(dir, generationName(number))).find(({ head }) => existsSync(head) && readHead(head).record?.n !== 0);
    if (orphan === undefined) return parsed(null);
    return rejected({ code: 'store-pointer-lost', file: pointerPath(dir), message: `The file that names the current log is not there, but ${orphan.folder} is`, remedy: restoreRemedy(dir) });
  } catch (fault) {
    if (!isDiskFault(fault)) throw fault;
    return rejected({ code: 'cannot-read', file: dir, message: `The store cannot be read (${faultText(fault)})`, remedy: 'Check the folder and the disk' });
  }
}

function createFirst(dir: string, { cluster, fingerprint, clock }: StoreOptions): StorePaths {
  const generation = generationName(1);
  const paths = pathsOf(dir, generation);
  rmSync(paths.folder, { recursive: true, force: true });
  mkdirSync(paths.folder);
  createLog(paths, { version: formatVersion, cluster, fingerprint, createdNs: clock() });
  writePointer(dir, generation);
  return paths;
}

function ownershipIssues(file: string, header: LogHeader, { cluster, fingerprint }: StoreOptions): readonly Issue[] {
  const remedy = 'Name the folder of this cluster, or an empty one';
  if (header.cluster !== cluster) return [{ code: 'foreign-log', file, path: 'header.cluster', message: `The log belongs to cluster "${header.cluster}", not to "${cluster}"`, remedy, value: header.cluster }];
  if (header.fingerprint === fingerprint) return [];
  return [{ code: 'foreign-log', file, path: 'header.fingerprint', message: `The log belongs to another plant than the one of "${cluster}" now`, remedy, value: header.fingerprint }];
}

/** Rows of one read. Pages instead of one long statement, so that commits may happen while a caller takes its time. */
const pageRows = 1000;

function* readEntries(database: DatabaseSync, fromN: number, toN: number): Generator<Entry> {
  const page = database.prepare('SELECT text FROM entry WHERE n >= ? AND n <= ? ORDER BY n LIMIT ?');
  for (let next = fromN; next <= toN;) {
    const rows = page.all(next, toN, pageRows) as unknown as readonly { text: string }[];
    for (const { text } of rows) {
      const entry = parseEntry(text);
      if (entry === null || entry.n !== next) throw new Error(`entry ${next} changed on the disk while the store was open`);
      next += 1;
      yield entry;
    }
    if (rows.length === 0) throw new Error(`entry ${next} vanished while the store was open`);
  }
}

/** Reads as the check did, row after row from the first: in a damaged database a search for a number may lead astray where the scan does not. */
function* scanEntries(database: DatabaseSync, fromN: number, toN: number): Generator<Entry> {
  if (toN < 1) return;
  for (const row of database.prepare('SELECT text FROM entry ORDER BY n').iterate()) {
    const entry = parseEntry((row as unknown as { text: string }).text);
    if (entry === null) throw new Error('an entry changed on the disk while the store was open');
    if (entry.n >= fromN) yield entry;
    if (entry.n >= toN) return;
  }
}

function openWalked(paths: StorePaths, walked: WalkedLog, options: StoreOptions, release: () => void): Parsed<Store> {
  const { header, end, acknowledged, issues, notes } = walked;
  if (header !== null) {
    const foreign = ownershipIssues(paths.folder, header, options);
    if (foreign.length > 0) return rejected(...foreign);
  }
  if (issues.length > 0 || header === null || end === null || acknowledged === null) return rejected(...issues);
  const limits = { ...storeLimits, ...options.limits };
  const writer = openWriter({ paths, end, acknowledged, databaseBytesMax: limits.databaseBytesMax });
  const queue = createAppendQueue(writer, options.clock, limits);
  return parsed({
    header, findings: notes,
    append: queue.append,
    nowNs: queue.nowNs,
    get nextN() { return queue.nextN; },
    get waitingEntries() { return queue.waitingEntries; },
    get headN() { return writer.end.n; },
    entries: (fromN = 1) => readEntries(writer.database, fromN, writer.end.n),
    async close() {
      await queue.drain();
      writer.close();
      release();
    },
  });
}

/** Opens the store of a folder to write, and makes it where there is none. The whole log is checked first and nothing is written to a bad one. */
export function openStore(dir: string, options: StoreOptions): Parsed<Store> {
  try {
    mkdirSync(dir, { recursive: true });
  } catch (fault) {
    return rejected(cannotWrite(dir, fault));
  }
  const lock = lockWriter(dir);
  if (!lock.ok) return lock;
  try {
    const found = findLog(dir);
    const opened = found.ok ? openFound(dir, found.value, options, lock.value.release) : found;
    if (!opened.ok) lock.value.release();
    return opened;
  } catch (fault) {
    lock.value.release();
    return rejected(cannotWrite(dir, fault));
  }
}

function openFound(dir: string, found: StorePaths | null, options: StoreOptions, release: () => void): Parsed<Store> {
  const paths = found ?? createFirst(dir, options);
  return openWalked(paths, walkLog({ dir, paths }), options, release);
}

/** Opens what is good of a log, up to its first damage, and writes nothing. `findings` tell what is wrong; issues only where nothing can be read. */
export function openReadOnly(dir: string): Parsed<ReadOnlyStore> {
  const found = findLog(dir);
  if (!found.ok) return found;
  if (found.value === null) return rejected({ code: 'no-store', file: dir, message: 'There is no store in this folder', remedy: 'Check the name' });
  const paths = found.value;
  const { header, end, issues, notes } = walkLog({ dir, paths });
  if (header === null || end === null) return rejected(...issues);
  const reading = openForReading(paths.database);
  return parsed({ header, findings: [...issues, ...notes], headN: end.n, entries: (fromN = 1) => scanEntries(reading.database, fromN, end.n), close: reading.close });
}
