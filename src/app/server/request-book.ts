/** Writes that are not in the controller's log: their idempotency keys with the answers, and their audit, in a table of their own. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { cannotWrite, faultText, sqliteCode } from '../../adapters/store/faults.ts';
import type { Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';

export interface AnsweredRequest {
  readonly digest: string;
  readonly status: number;
  readonly body: string;
}

export interface AuditNote {
  readonly at: string;
  readonly by: string;
  readonly role: string;
  readonly method: string;
  readonly path: string;
  readonly what: string;
  readonly before: string | null;
  readonly after: readonly string[];
}

/** Answers that are remembered; older keys are free again. */
export const answeredRequestsMax = 100_000;
export const auditRowsMax = 1_000_000;

export class RequestBook {
  readonly #database: DatabaseSync;
  readonly #answered: StatementSync;

  /** Throws the system's error when the folder cannot be written. */
  constructor(dir: string) {
    this.#database = new DatabaseSync(join(dir, 'requests.db'));
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS answer (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, note TEXT NOT NULL);`);
    this.#answered = this.#database.prepare('SELECT digest, status, body FROM answer WHERE key = ?');
  }

  /** What SQLite finds wrong with the file, or `null`. */
  get damage(): string | null {
    const found = Object.values(this.#database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
    return found === 'ok' ? null : String(found);
  }

  /** Refusal `disk-failed`. */
  find(key: string): AnsweredRequest | Refusal | null {
    return this.#attempt(() => {
      const row = this.#answered.get(key);
      return row === undefined ? null : (row as unknown as AnsweredRequest);
    }, 'Nothing was done, because the memory of idempotency keys cannot be read');
  }

  #attempt<T>(work: () => T, words: string): T | Refusal {
    try {
      return work();
    } catch (fault) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      if ((fault as { readonly code?: unknown }).code !== 'ERR_SQLITE_ERROR') throw fault;
      return refuse('disk-failed', 'wait', `${words}: ${(fault as Error).message}.`, 'Free some space or mend the disk, and look at how the resource stands before it is asked for again.');
    }
  }

  /** Notes that something is about to be done, so that nothing is ever done unaudited; returns the number of its row. Refusal `disk-failed`. */
  begin(note: AuditNote): number | Refusal {
    return this.#attempt(() => {
      const { lastInsertRowid } = this.#database.prepare('INSERT INTO audit (at, note) VALUES (?, ?)').run(note.at, JSON.stringify(note));
      return Number(lastInsertRowid);
    }, 'Nothing was done, because it could not be noted for the audit');
  }

  /** Takes back what was begun and not done. A row that cannot be removed stays as one that only began. */
  drop(row: number): void {
    this.#attempt(() => this.#database.prepare('DELETE FROM audit WHERE id = ?').run(row), 'It stays noted as begun');
  }

  /** What was done, in place of what began, and its answer, in one transaction: what is remembered is audited. Refusal `disk-failed`, after which the next one may be kept again. */
  keep(row: number, note: AuditNote, answered: (AnsweredRequest & { readonly key: string }) | null): Refusal | null {
    return this.#attempt(() => this.#write(row, note, answered), 'It was done, but could not be noted whole for the audit and for its key');
  }

  #write(row: number, note: AuditNote, answered: (AnsweredRequest & { readonly key: string }) | null): null {
    this.#database.exec('BEGIN IMMEDIATE');
    this.#database.prepare('UPDATE audit SET note = ? WHERE id = ?').run(JSON.stringify(note), row);
    this.#database.prepare('DELETE FROM audit WHERE id <= ?').run(row - auditRowsMax);
    if (answered !== null) {
      const { key, digest, status, body } = answered;
      const kept = this.#database.prepare('INSERT OR IGNORE INTO answer (key, digest, status, body) VALUES (?, ?, ?, ?)').run(key, digest, status, body);
      this.#database.prepare('DELETE FROM answer WHERE id <= ?').run(Number(kept.lastInsertRowid) - answeredRequestsMax);
    }
    this.#database.exec('COMMIT');
    return null;
  }

  /** Newest first, those from before an instant (ISO 8601). Refusal `disk-failed`. */
  audit(beforeAt: string, most: number): readonly (AuditNote & { readonly n: number })[] | Refusal {
    return this.#attempt(() => {
      const rows = this.#database.prepare('SELECT id, note FROM audit WHERE at < ? ORDER BY id DESC LIMIT ?').all(beforeAt, most) as unknown as readonly { id: number; note: string }[];
      return rows.map(({ id, note }) => ({ n: id, ...(JSON.parse(note) as AuditNote) }));
    }, 'The audit cannot be read');
  }

  close(): void {
    this.#database.close();
  }
}

/** Issue codes: `damaged-request-book`, `cannot-write`. */
export function openRequestBook(dir: string): Parsed<RequestBook> {
  const file = join(dir, 'requests.db');
  const damaged = (what: string): Parsed<never> => rejected({
    code: 'damaged-request-book', file, message: `The audit of writes beside the log and the memory of their idempotency keys cannot be read (${what})`,
    remedy: 'Put the file of a backup of the folder there; or keep it elsewhere for the audit and start with a new one: leases and jobs are in the log and lose nothing',
  });
  let book: RequestBook | null = null;
  try {
    book = new RequestBook(dir);
    const { damage } = book;
    if (damage === null) return parsed(book);
    book.close();
    return damaged(damage);
  } catch (fault) {
    book?.close();
    const code = sqliteCode(fault);
    if (code === 'corrupt') return damaged(faultText(fault));
    return rejected({ ...cannotWrite(file, fault), message: `The audit of writes cannot be kept (${faultText(fault)})` });
  }
}
