/** What faults of the disk and of SQLite mean to the store, in its own few words. */

import type { Issue } from '../../base/issue.ts';
import { systemCode } from '../regular-file.ts';

export type SqliteCode = 'busy' | 'read-only' | 'input-output' | 'corrupt' | 'full' | 'cannot-open' | 'other';

/** Primary result codes, sqlite.org/rescode.html. */
const codes: Readonly<Record<number, SqliteCode>> = { 5: 'busy', 8: 'read-only', 10: 'input-output', 11: 'corrupt', 13: 'full', 14: 'cannot-open', 26: 'corrupt' };

/** The primary result code of a fault, or `null` when SQLite did not raise it. */
export function sqliteCode(fault: unknown): SqliteCode | null {
  if (!(fault instanceof Error) || !('errcode' in fault) || typeof fault.errcode !== 'number') return null;
  // The low byte is the primary code, the rest its extension.
  return codes[fault.errcode & 0xff] ?? 'other';
}

/** A fault of the disk that was already put in words. */
export class DiskFault extends Error {}

/** A fault in words: the system's code, or SQLite's sentence. */
export function faultText(fault: unknown): string {
  if (fault instanceof DiskFault) return fault.message;
  if (sqliteCode(fault) !== null && fault instanceof Error) return fault.message;
  return systemCode(fault);
}

/** True for faults of disk and database; everything else is a bug and must be thrown on. */
export const isDiskFault = (fault: unknown): boolean => fault instanceof DiskFault || sqliteCode(fault) !== null || (fault instanceof Error && 'syscall' in fault);

/** Issue `cannot-write`: the folder or disk takes no writes. A fault that is not the disk's is thrown on. */
export function cannotWrite(path: string, fault: unknown): Issue {
  if (!isDiskFault(fault)) throw fault;
  return { code: 'cannot-write', file: path, message: `The store cannot be written (${faultText(fault)})`, remedy: 'Give it a folder that may be written, on a disk with free space' };
}
