/** The book of requests on a disk that is full: a planned no, and nothing stands in the way of the next one. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { RequestBook } from '../../../src/app/server/request-book.ts';
import { removeFolder, temporaryFolder } from './server-process.ts';

const dir = temporaryFolder();
after(() => removeFolder(dir));

const note = { at: '2026-01-01T00:00:00.000Z', by: 'token:1', role: 'admin', method: 'POST', path: '/api/v1/forks', what: 'fork 1', before: null, after: [] };
const answered = (key: string): { key: string; digest: string; status: number; body: string } => ({ key, digest: 'd', status: 201, body: '{}' });

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
  assert.deepEqual(book.audit(1000, 10).map((kept) => kept.after), [['begun']], 'the half that was written is taken back, and what began stays noted');
  saboteur.exec('DROP TRIGGER full');
  saboteur.close();
  const next = book.begin(begun);
  assert.equal(book.keep(Number(next), note, answered('two')), null);
  assert.equal(book.find('one'), null);
  assert.equal(book.find('two')?.status, 201);
  assert.deepEqual(book.audit(1000, 10).map((kept) => kept.after), [[], ['begun']]);
  book.drop(Number(row));
  assert.equal(book.audit(1000, 10).length, 1);
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
