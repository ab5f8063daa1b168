/**
 * Writes that are not in the controller's log: their idempotency keys with the answers, and their audit, in a table of their own.
 *
 * Every row carries the hash of what was written, which opening checks, so that a flipped byte is named and never told. There is no
 * write-ahead log: SQLite leaves out what is damaged there, and acknowledged rows would be missing in silence.
 */

import { hash } from 'node:crypto';
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

type AnswerRow = AnsweredRequest & { readonly key: string; readonly sum: string };

interface AuditEntry {
  readonly id: number;
  readonly at: string;
  readonly note: string;
  readonly sum: string;
}

const sumOf = (...parts: readonly (string | number)[]): string => hash('sha256', JSON.stringify(parts), 'base64url');
const answerSum = ({ key, digest, status, body }: Omit<AnswerRow, 'sum'>): string => sumOf(key, digest, status, body);

const tables = `
  CREATE TABLE IF NOT EXISTS answer (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, sum TEXT NOT NULL DEFAULT '');
  CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, note TEXT NOT NULL, sum TEXT NOT NULL DEFAULT '');`;

/** Rows of a file from before rows had hashes get them. */
function addSums(database: DatabaseSync): void {
  const hasSums = database.prepare('PRAGMA table_info(audit)').all().some((column) => column['name'] === 'sum');
  if (hasSums) return;
  database.exec("BEGIN IMMEDIATE; ALTER TABLE answer ADD COLUMN sum TEXT NOT NULL DEFAULT ''; ALTER TABLE audit ADD COLUMN sum TEXT NOT NULL DEFAULT ''");
  const answered = database.prepare('UPDATE answer SET sum = ? WHERE key = ?');
  for (const row of database.prepare('SELECT key, digest, status, body FROM answer').all() as unknown as readonly AnswerRow[]) answered.run(answerSum(row), row.key);
  const audited = database.prepare('UPDATE audit SET sum = ? WHERE id = ?');
  for (const { id, at, note } of database.prepare('SELECT id, at, note FROM audit').all() as unknown as readonly AuditEntry[]) audited.run(sumOf(at, note), id);
  database.exec('COMMIT');
}

export class RequestBook {
  readonly #database: DatabaseSync;
  readonly #answered: StatementSync;
  /** Keys that are remembered here, so that the many requests that were not need not ask the disk. */
  readonly #keys: Set<string>;

  /** Throws the system's error when the folder cannot be written. */
  constructor(dir: string) {
    this.#database = new DatabaseSync(join(dir, 'requests.db'));
    this.#database.exec(`PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; ${tables}`);
    addSums(this.#database);
    this.#answered = this.#database.prepare('SELECT digest, status, body FROM answer WHERE key = ?');
    this.#keys = new Set(this.#database.prepare('SELECT key FROM answer').all().map((row) => String(row['key'])));
  }

  /** What SQLite finds wrong with the file, or the first row that is not as it was written; `null` for none. */
  get damage(): string | null {
    const found = Object.values(this.#database.prepare('PRAGMA integrity_check(1)').get() ?? {})[0];
    if (found !== 'ok') return String(found);
    for (const row of this.#database.prepare('SELECT id, at, note, sum FROM audit').iterate() as Iterable<unknown> as Iterable<AuditEntry>) {
      if (sumOf(row.at, row.note) !== row.sum) return `row ${row.id} of the audit is not as it was written`;
    }
    for (const row of this.#database.prepare('SELECT id, key, digest, status, body, sum FROM answer').iterate() as Iterable<unknown> as Iterable<AnswerRow & { readonly id: number }>) {
      if (answerSum(row) !== row.sum) return `answer ${row.id} is not as it was written`;
    }
    return null;
  }

  /** Refusal `disk-failed`. */
  find(key: string): AnsweredRequest | Refusal | null {
    if (!this.#keys.has(key)) return null;
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
      const { lastInsertRowid } = this.#database.prepare('INSERT INTO audit (at, note, sum) VALUES (?, ?, ?)').run(note.at, JSON.stringify(note), sumOf(note.at, JSON.stringify(note)));
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
    this.#database.prepare('UPDATE audit SET note = ?, sum = ? WHERE id = ?').run(JSON.stringify(note), sumOf(note.at, JSON.stringify(note)), row);
    this.#database.prepare('DELETE FROM audit WHERE id <= ?').run(row - auditRowsMax);
    const freed = answered === null ? [] : this.#remember(answered);
    this.#database.exec('COMMIT');
    if (answered !== null) this.#keys.add(answered.key);
    for (const key of freed) this.#keys.delete(key);
    return null;
  }

  /** Notes an answer, and returns the keys that are free again because others are kept in their place. */
  #remember(answered: AnsweredRequest & { readonly key: string }): readonly string[] {
    const { key, digest, status, body } = answered;
    const kept = this.#database.prepare('INSERT OR IGNORE INTO answer (key, digest, status, body, sum) VALUES (?, ?, ?, ?, ?)').run(key, digest, status, body, answerSum(answered));
    // Of a row that was there already SQLite tells no number, but that of the last one written anywhere.
    if (kept.changes === 0) return [];
    return this.#database.prepare('DELETE FROM answer WHERE id <= ? RETURNING key').all(Number(kept.lastInsertRowid) - answeredRequestsMax).map((row) => String(row['key']));
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
