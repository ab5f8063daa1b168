/** The book of requests on a disk that is full: a planned no, and nothing stands in the way of the next one. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { isRefusal } from '../../../src/base/refusal.ts';
import { answeredRequestsMax, openRequestBook, RequestBook } from '../../../src/app/server/request-book.ts';
import { removeFolder, temporaryFolder } from './server-process.ts';

const dir = temporaryFolder();
after(() => removeFolder(dir));

const note = { at: '2026-01-01T00:00:00.000Z', by: 'token:1', role: 'admin', method: 'POST', path: '/api/v1/forks', what: 'fork 1', before: null, after: [] };
const answered = (key: string): { key: string; digest: string; status: number; body: string } => ({ key, digest: 'd', status: 201, body: '{}' });

const rowsOf = (book: RequestBook, before = '9999', most = 10): readonly { readonly n: number; readonly after: readonly string[] }[] => {
  const rows = book.audit(before, most);
  return isRefusal(rows) ? assert.fail(rows.reasons.join(' ')) : rows;
};
const foundStatus = (book: RequestBook, key: string): number | null => {
  const found = book.find(key);
  return found === null ? null : isRefusal(found) ? assert.fail(found.reasons.join(' ')) : found.status;
};

test('what cannot be written is refused as one, and the next request is kept', () => {
  const book = new RequestBook(dir);
  // A trigger stands in for the full disk: SQLite fails in the middle of the transaction in the same way.
  const saboteur = new DatabaseSync(join(dir, 'requests.db'));
  saboteur.exec("CREATE TRIGGER full BEFORE INSERT ON answer BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
  const begun = { ...note, after: ['begun'] };
  const row = book.begin(begun);
  assert.equal(typeof row, 'number');
  const refusal = book.keep(Number(row), note, answered('one'));
  assert.equal(refusal?.code, 'disk-failed');
  assert.equal(refusal?.remedy, 'wait');
  assert.deepEqual(rowsOf(book).map((kept) => kept.after), [['begun']], 'the half that was written is taken back, and what began stays noted');
  saboteur.exec('DROP TRIGGER full');
  saboteur.close();
  const next = book.begin(begun);
  assert.equal(book.keep(Number(next), note, answered('two')), null);
  assert.equal(book.find('one'), null);
  assert.equal(foundStatus(book, 'two'), 201);
  assert.deepEqual(rowsOf(book).map((kept) => kept.after), [[], ['begun']]);
  book.drop(Number(row));
  assert.equal(rowsOf(book).length, 1);
  book.close();
});

test('what cannot be noted as begun is refused before it is done', () => {
  const book = new RequestBook(dir);
  const saboteur = new DatabaseSync(join(dir, 'requests.db'));
  saboteur.exec("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
  const refusal = book.begin(note);
  assert.ok(typeof refusal !== 'number' && refusal.code === 'disk-failed' && /^Nothing was done/.test(refusal.reasons[0] ?? ''));
  saboteur.exec('DROP TRIGGER full');
  saboteur.close();
  assert.equal(typeof book.begin(note), 'number');
  book.close();
});

/** Rows of a table are numbered from here on, as if so many had been written and removed before. */
function numberFrom(table: 'answer' | 'audit', id: number): void {
  const beside = new DatabaseSync(join(dir, 'requests.db'));
  beside.prepare('UPDATE sqlite_sequence SET seq = ? WHERE name = ?').run(id, table);
  beside.close();
}

test('the oldest keys are free again beyond the most that are kept, and neither memory nor disk holds them', () => {
  const book = new RequestBook(dir);
  const keep = (key: string): void => assert.equal(book.keep(Number(book.begin(note)), note, answered(key)), null);
  keep('old');
  numberFrom('answer', answeredRequestsMax + 1000);
  keep('new');
  assert.equal(book.find('old'), null);
  const beside = new DatabaseSync(join(dir, 'requests.db'));
  beside.exec('ALTER TABLE answer RENAME TO away');
  assert.ok(isRefusal(book.find('new')), 'the disk is asked');
  assert.equal(book.find('old'), null, 'the disk is not asked');
  beside.exec('ALTER TABLE away RENAME TO answer');
  beside.close();
  book.close();
});

test('a key that is kept twice frees no other', () => {
  const book = new RequestBook(dir);
  const keep = (key: string): void => assert.equal(book.keep(Number(book.begin(note)), note, answered(key)), null);
  keep('first');
  keep('second');
  // The number of the newest row is now one of the audit, far beyond those of the answers.
  numberFrom('audit', 10 * answeredRequestsMax);
  keep('second');
  assert.equal(foundStatus(book, 'first'), 201);
  book.close();
});

test('a book that is no database, or one with a damaged page, keeps the server from starting with one issue that names the file', (t) => {
  const other = temporaryFolder();
  t.after(() => removeFolder(other));
  const file = join(other, 'requests.db');
  const made = openRequestBook(other);
  assert.ok(made.ok);
  for (let at = 0; at < 500; at++) made.value.begin({ ...note, what: `fork ${at} ${'x'.repeat(200)}` });
  made.value.close();
  const whole = readFileSync(file);
  const codes = (): readonly string[] => {
    const opened = openRequestBook(other);
    if (!opened.ok) return opened.issues.map(({ code, file: named }) => `${code} ${named === file}`);
    opened.value.close();
    return [];
  };
  assert.deepEqual(codes(), []);
  writeFileSync(file, 'this is no database, and long enough to be read as the header of one: '.repeat(4));
  assert.deepEqual(codes(), ['damaged-request-book true']);
  // Page 6 holds rows of the audit; zeros are no page of a tree.
  writeFileSync(file, Buffer.concat([whole.subarray(0, 5 * 4096), Buffer.alloc(4096), whole.subarray(6 * 4096)]));
  assert.deepEqual(codes(), ['damaged-request-book true']);
  rmSync(file);
  mkdirSync(file);
  assert.deepEqual(codes(), ['cannot-write true']);
});

test('a flipped byte anywhere in the book is named when it is opened, or changes nothing that is told', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'requests.db');
  const book = new RequestBook(folder);
  for (let n = 0; n < 12; n++) assert.equal(book.keep(Number(book.begin({ ...note, after: ['begun'] })), { ...note, what: `fork ${n} of somebody` }, { ...answered(`key-${n}`), body: `{"id":"fork-${n}"}` }), null);
  book.close();
  // No write-ahead log, whose damaged end SQLite leaves out without a word.
  assert.deepEqual(readdirSync(folder), ['requests.db']);
  const whole = readFileSync(file);
  const told = (opened: RequestBook): string => JSON.stringify([rowsOf(opened, '9999', 20), Array.from({ length: 12 }, (_, n) => opened.find(`key-${n}`))]);
  const before = new RequestBook(folder);
  const expected = told(before);
  before.close();
  let named = 0;
  // Every 97th byte, in another of its bits each time.
  for (let at = 0; at < whole.length; at += 97) {
    const flipped = Buffer.from(whole);
    flipped.writeUInt8((whole[at] ?? 0) ^ (1 << (at % 8)), at);
    writeFileSync(file, flipped);
    const opened = openRequestBook(folder);
    if (!opened.ok) {
      named += 1;
      continue;
    }
    assert.equal(told(opened.value), expected, `byte ${at}`);
    opened.value.close();
  }
  assert.ok(named > 5, `${named} flips were named`);
  removeFolder(folder);
});

test('a book from before rows had hashes is opened, and its rows are told', () => {
  const folder = temporaryFolder();
  const old = new DatabaseSync(join(folder, 'requests.db'));
  old.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE answer (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
    CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, note TEXT NOT NULL);
    INSERT INTO answer (key, digest, status, body) VALUES ('k', 'd', 201, '{}')`);
  old.prepare('INSERT INTO audit (at, note) VALUES (?, ?)').run(note.at, JSON.stringify(note));
  old.close();
  const opened = openRequestBook(folder);
  if (!opened.ok) assert.fail(opened.issues[0]?.message ?? '');
  assert.equal(foundStatus(opened.value, 'k'), 201);
  assert.equal(rowsOf(opened.value).length, 1);
  opened.value.close();
  removeFolder(folder);
});
