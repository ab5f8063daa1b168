/** The book of requests on a disk that is full: a planned no, and nothing stands in the way of the next one. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { isRefusal } from '../../../src/base/refusal.ts';
import { openRequestBook, RequestBook } from '../../../src/app/server/request-book.ts';
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
