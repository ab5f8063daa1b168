/** Commits links of the chain: one transaction and one sync for a group, then the acknowledged head with a sync of its own. */

import type { DatabaseSync } from 'node:sqlite';
import { chainHash } from './entry.ts';
import { faultText, isDiskFault, sqliteCode } from './faults.ts';
import type { HeadRecord } from './head-file.ts';
import { openHead } from './head-file.ts';
import type { StorePaths } from './layout.ts';
import { openForWriting } from './log-database.ts';
import type { LogEnd } from './walk.ts';

/** An entry that waits for its commit. */
export interface PendingEntry {
  readonly n: number;
  readonly atNs: number;
  readonly text: string;
}

/** `refused`: nothing was written and a later try may work. `failed`: what the disk holds is unknown until the store is reopened. */
export interface WriteFault {
  readonly state: 'refused' | 'failed';
  readonly code: 'store-full' | 'disk-full' | 'disk-read-only' | 'store-failed';
  readonly text: string;
}

export interface LogWriter {
  /** End of what is durable. */
  readonly end: LogEnd;
  /** The writer's connection, for reading what is durable. */
  readonly database: DatabaseSync;
  /** Makes a group durable, all or nothing. `null` when done. */
  commit(entries: readonly PendingEntry[]): WriteFault | null;
  close(): void;
}

interface WriterSetup {
  readonly paths: StorePaths;
  readonly end: LogEnd;
  readonly acknowledged: HeadRecord;
  /** Greatest size of the database file. */
  readonly databaseBytesMax: number;
}

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get() ?? {};
  return Number(Object.values(row)[0]);
}

export function openWriter({ paths, end: found, acknowledged, databaseBytesMax }: WriterSetup): LogWriter {
  const database = openForWriting(paths.database);
  const pagesMax = Math.max(1, Math.floor(databaseBytesMax / pragma(database, 'page_size')));
  database.exec(`PRAGMA max_page_count = ${pagesMax}`);
  const insert = database.prepare('INSERT INTO entry (n, text, hash) VALUES (?, ?, ?)');
  const head = openHead(paths.head, acknowledged);
  let end = found;
  let failed: WriteFault | null = null;
  // Entries that were durable but not acknowledged when the last process died are kept, and acknowledged now.
  if (end.hash !== acknowledged.hash) head.write(end);

  const faultOf = (fault: unknown): WriteFault => {
    if (!isDiskFault(fault)) throw fault;
    const text = faultText(fault);
    const code = sqliteCode(fault);
    if (code === 'full') return { state: 'refused', code: pragma(database, 'page_count') >= pagesMax ? 'store-full' : 'disk-full', text };
    if (code === 'read-only') return { state: 'refused', code: 'disk-read-only', text };
    return { state: 'failed', code: 'store-failed', text };
  };

  const insertAll = (entries: readonly PendingEntry[]): LogEnd => {
    let next = end;
    database.exec('BEGIN IMMEDIATE');
    for (const { n, atNs, text } of entries) {
      next = { n, marks: next.marks, hash: chainHash(next.hash, text), atNs };
      insert.run(n, text, next.hash);
    }
    database.exec('COMMIT');
    return next;
  };

  return {
    get end() { return end; },
    database,
    commit(entries) {
      if (failed !== null) return failed;
      let next: LogEnd;
      try {
        next = insertAll(entries);
      } catch (thrown) {
        const fault = faultOf(thrown);
        if (database.isTransaction) database.exec('ROLLBACK');
        if (fault.state === 'failed') failed = fault;
        return fault;
      }
      try {
        head.write(next);
      } catch (thrown) {
        if (!isDiskFault(thrown)) throw thrown;
        failed = { state: 'failed', code: 'store-failed', text: faultText(thrown) };
        return failed;
      }
      end = next;
      return null;
    },
    close() {
      head.close();
      database.close();
    },
  };
}
