/** Commits links of the chain: one transaction and one sync for a group, then the acknowledged head with a sync of its own. */

import type { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../make-folder.ts';
import type { ChainEnd, LogHeader } from './entry.ts';
import { chainHash } from './entry.ts';
import { faultText, isDiskFault, sqliteCode } from './faults.ts';
import type { HeadRecord } from './head-file.ts';
import { openHead } from './head-file.ts';
import type { StorePaths } from './layout.ts';
import { migrate, openForWriting, putBase } from './log-database.ts';
import type { MarkDraft } from './mark.ts';
import { markText, placeMark } from './mark.ts';

/** An entry or a mark that waits for its commit. */
export type PendingLink = { readonly n: number; readonly atNs: number; readonly text: string } | { readonly mark: MarkDraft };

/** `refused`: nothing was written and a later try may work. `failed`: what the disk holds is unknown until the store is reopened. */
export interface WriteFault {
  readonly state: 'refused' | 'failed';
  readonly code: 'store-full' | 'disk-full' | 'disk-read-only' | 'store-failed';
  readonly text: string;
}

export interface LogWriter {
  /** The header as it is after migration. */
  readonly header: LogHeader;
  /** End of what is durable. */
  readonly end: ChainEnd;
  /** The writer's connection, for reading what is durable. */
  readonly database: DatabaseSync;
  /** Makes a group durable, all or nothing. `null` when done. */
  commit(links: readonly PendingLink[]): WriteFault | null;
  /** Removes entries up to a new base, and the marks before it, in one transaction. `null` when done. */
  dropUntil(base: ChainEnd): WriteFault | null;
  close(): void;
}

interface WriterSetup {
  readonly paths: StorePaths;
  readonly header: LogHeader;
  readonly end: ChainEnd;
  readonly acknowledged: HeadRecord;
  /** Greatest size of the database file. */
  readonly databaseBytesMax: number;
}

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get() ?? {};
  return Number(Object.values(row)[0]);
}

/** Pages that a transaction needs beside those of its rows. */
const sparePages = 16;

/** UTF-8 takes up to three bytes for what JavaScript counts as one character; a hash and its row take fewer than 100. */
const bytesAtMost = (links: readonly PendingLink[]): number => links.reduce((sum, link) => sum + ('mark' in link ? 500 : 3 * link.text.length + 100), 0);

/** Inserts links behind `from` and returns the new end. */
type Insert = (from: ChainEnd, links: readonly PendingLink[]) => ChainEnd;

function prepareInsert(database: DatabaseSync): Insert {
  const insertEntry = database.prepare('INSERT INTO entry (n, text, hash) VALUES (?, ?, ?)');
  const insertMark = database.prepare('INSERT INTO mark (id, after, text, hash) VALUES (?, ?, ?, ?)');
  return (from, links) => {
    let end = from;
    for (const link of links) {
      if ('mark' in link) {
        const mark = placeMark(link.mark, { id: end.marks + 1, after: end.n });
        const text = markText(mark);
        end = { ...end, marks: mark.id, hash: chainHash(end.hash, text), factsVersion: mark.mark === 'facts' ? mark.version : end.factsVersion };
        insertMark.run(mark.id, mark.after, text, end.hash);
      } else {
        end = { n: link.n, marks: end.marks, hash: chainHash(end.hash, link.text), atNs: link.atNs, factsVersion: end.factsVersion };
        insertEntry.run(link.n, link.text, end.hash);
      }
    }
    return end;
  };
}

/** Opens a checked log to write; an older version is migrated first. Throws the system's error. */
export function openWriter({ paths, header: found, end: checked, acknowledged, databaseBytesMax }: WriterSetup): LogWriter {
  makeFolder(paths.snapshots);
  makeFolder(paths.archive);
  const database = openForWriting(paths.database);
  const header = migrate(database, found);
  const pagesMax = Math.max(1, Math.floor(databaseBytesMax / pragma(database, 'page_size')));
  database.exec(`PRAGMA max_page_count = ${pagesMax}`);
  const insert = prepareInsert(database);
  const head = openHead(paths.head, acknowledged);
  let end = checked;
  let failed: WriteFault | null = null;
  // Links that were durable but not acknowledged when the last process died are kept, and acknowledged now.
  if (end.hash !== acknowledged.hash) head.write(end);

  /** SQLite says the same of a full disk and a file at its limit; it was the limit when the links, at worst, do not fit under it. */
  const faultOf = (fault: unknown, links: readonly PendingLink[]): WriteFault => {
    if (!isDiskFault(fault)) throw fault;
    const text = faultText(fault);
    const code = sqliteCode(fault);
    const pages = pragma(database, 'page_count') + sparePages + Math.ceil(bytesAtMost(links) / pragma(database, 'page_size'));
    if (code === 'full') return { state: 'refused', code: pages > pagesMax ? 'store-full' : 'disk-full', text };
    if (code === 'read-only') return { state: 'refused', code: 'disk-read-only', text };
    failed = { state: 'failed', code: 'store-failed', text };
    return failed;
  };
  const transact = (work: () => void, links: readonly PendingLink[] = []): WriteFault | null => {
    if (failed !== null) return failed;
    try {
      database.exec('BEGIN IMMEDIATE');
      work();
      database.exec('COMMIT');
      return null;
    } catch (thrown) {
      if (database.isTransaction) database.exec('ROLLBACK');
      return faultOf(thrown, links);
    }
  };

  return {
    header, database,
    get end() { return end; },
    commit(links) {
      let next = end;
      const fault = transact(() => { next = insert(end, links); }, links);
      if (fault !== null) return fault;
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
    dropUntil: (base) => transact(() => {
      database.prepare('DELETE FROM entry WHERE n <= ?').run(base.n);
      database.prepare('DELETE FROM mark WHERE after < ?').run(base.n);
      putBase(database, base);
    }),
    close() {
      head.close();
      database.close();
    },
  };
}
