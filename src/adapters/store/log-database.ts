/** The database of a log: its tables, and how it is opened for writing and for reading without touching it. */

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ChainEnd, LogHeader } from './entry.ts';
import { chainStart, sha256 } from './entry.ts';
import { sqliteCode } from './faults.ts';
import { createHead } from './head-file.ts';
import type { StorePaths } from './layout.ts';
import { syncFolder } from './layout.ts';

/** Version of the format that this program writes. Older ones are migrated, newer ones refused. */
export const formatVersion = 2;

const tablesOfVersion1 = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE entry (n INTEGER PRIMARY KEY, text TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
`;

/** Version 2 brought marks, and a base: the place up to which entries were archived or dropped. */
const tablesOfVersion2 = `
  CREATE TABLE mark (id INTEGER PRIMARY KEY, after INTEGER NOT NULL, text TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
`;

/** Size to which the write-ahead log is cut back when it begins anew. */
const walBytesKept = 64 << 20;

/** Every commit waits for the disk: write-ahead log with synchronous=FULL (sqlite.org/pragma.html#pragma_synchronous). */
export function openForWriting(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON');
  // A long read lets the write-ahead log grow; afterwards it is cut back to this.
  database.exec(`PRAGMA journal_size_limit = ${walBytesKept}`);
  return database;
}

/** Writes a value of the table `meta`, guarded by its own hash. */
function putMeta(database: DatabaseSync, key: string, value: string): void {
  database.prepare('INSERT OR REPLACE INTO meta (key, value, hash) VALUES (?, ?, ?)').run(key, value, sha256(value));
}

/** A value of the table `meta`, or `null` where it is absent or was changed since it was written. */
export function getMeta(database: DatabaseSync, key: string): string | null {
  const row = database.prepare('SELECT value, hash FROM meta WHERE key = ?').get(key) as { value: string; hash: string } | undefined;
  return row !== undefined && sha256(row.value) === row.hash ? row.value : null;
}

export function putBase(database: DatabaseSync, { n, marks, hash, atNs, factsVersion }: ChainEnd): void {
  putMeta(database, 'base', JSON.stringify({ n, marks, hash, atNs, factsVersion }));
}

/** Where the entries that are still in the database begin, or `null` where that cannot be read. */
export function getBase(database: DatabaseSync, header: LogHeader): ChainEnd | null {
  if (header.version < 2) return chainStart(header);
  const text = getMeta(database, 'base');
  // Its own hash guards the value, so what it admits is what was written.
  return text === null ? null : (JSON.parse(text) as ChainEnd);
}

/** Brings a checked log of an older version to the present one, in one transaction. */
export function migrate(database: DatabaseSync, header: LogHeader): LogHeader {
  if (header.version === formatVersion) return header;
  const migrated = { ...header, version: formatVersion };
  database.exec(`BEGIN IMMEDIATE; ${tablesOfVersion2}`);
  putBase(database, chainStart(header));
  putMeta(database, 'header', JSON.stringify(migrated));
  database.exec('COMMIT');
  return migrated;
}

/** Makes the files of an empty log in a folder that is there. Throws the system's error. */
export function createLog(paths: StorePaths, header: LogHeader): void {
  const database = openForWriting(paths.database);
  const start = chainStart(header);
  try {
    database.exec(`BEGIN; ${tablesOfVersion1} ${tablesOfVersion2}`);
    putMeta(database, 'header', JSON.stringify(header));
    putBase(database, start);
    database.exec('COMMIT');
  } finally {
    database.close();
  }
  mkdirSync(paths.snapshots);
  mkdirSync(paths.archive);
  createHead(paths.head, { sequence: 0, n: 0, marks: 0, hash: start.hash, log: start.hash });
  syncFolder(paths.folder);
}

export interface Reading {
  readonly database: DatabaseSync;
  close(): void;
}

function begin(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    // One transaction, so that all that is read belongs to one moment; the first read starts it.
    database.exec('PRAGMA cell_size_check = ON; BEGIN');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return database;
  } catch (fault) {
    database.close();
    throw fault;
  }
}

/**
 * Opens for reading and leaves the files as they are, the write-ahead log above all: after damage it is evidence. SQLite wants to
 * write its shared memory file even to read; where the disk forbids it, a copy in the temporary folder is read instead.
 */
export function openForReading(path: string): Reading {
  try {
    const database = begin(path);
    return { database, close: () => database.close() };
  } catch (fault) {
    const code = sqliteCode(fault);
    if ((code !== 'cannot-open' && code !== 'read-only') || !existsSync(path)) throw fault;
  }
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-store-'));
  const copy = join(folder, 'log.db');
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    copyFileSync(path, copy);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    const database = begin(copy);
    return { database, close: () => { database.close(); close(); } };
  } catch (fault) {
    close();
    throw fault;
  }
}
