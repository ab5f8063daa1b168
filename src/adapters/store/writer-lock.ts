/**
 * One writer at a time: an exclusive lock of the operating system on a file of its own, taken through SQLite. The system frees it
 * when the process ends in whatever way, so no stale lock can keep a store shut.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { makeFolder } from '../make-folder.ts';
import { cannotWrite, sqliteCode } from './faults.ts';

export interface WriterLock {
  release(): void;
}

const holderPath = (dir: string): string => join(dir, 'writer.pid');

function holderText(dir: string): string {
  try {
    return `process ${readFileSync(holderPath(dir), 'latin1').trim()}`;
  } catch {
    // The holder writes its number only after it has the lock; in between, its name is not known.
    return 'another process';
  }
}

/** Takes the lock of a folder, which it makes where there is none. Issues: `cannot-write`, and `store-in-use`, which names the process that holds it. */
export function lockWriter(dir: string): Parsed<WriterLock> {
  let database: DatabaseSync | null = null;
  try {
    makeFolder(dir);
    database = new DatabaseSync(join(dir, 'writer.lock'));
    const held = database;
    held.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    writeFileSync(holderPath(dir), `${process.pid}\n`);
    return parsed({ release: () => held.close() });
  } catch (fault) {
    database?.close();
    if (sqliteCode(fault) !== 'busy') return rejected(cannotWrite(dir, fault));
    return rejected({ code: 'store-in-use', file: dir, message: `The store is in use by ${holderText(dir)}`, remedy: 'Stop that process, or name another folder with --data' });
  }
}
