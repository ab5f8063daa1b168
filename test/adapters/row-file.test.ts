/** Rows in both formats: the same rows come back, several Parquet groups included. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import type { RowColumn } from '../../src/adapters/parquet-rows.ts';
import { groupRowsMax } from '../../src/adapters/parquet-rows.ts';
import { openRowFile } from '../../src/adapters/row-file.ts';

const columns: readonly RowColumn[] = [{ name: 'kind', type: 'text' }, { name: 'at_s', type: 'number' }, { name: 'flow', type: 'whole' }];

function inFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rows-'));
  return Promise.resolve(use(folder)).finally(() => rmSync(folder, { recursive: true }));
}

test('a Parquet file of more than one group gives back every row, an independent reader says', () => inFolder(async (folder) => {
  const path = join(folder, 'rows.parquet');
  const count = groupRowsMax + 3;
  const file = openRowFile(path, columns);
  for (let row = 0; row < count; row++) file.write({ kind: row % 2 === 0 ? 'even' : null, at_s: row / 8, flow: row });
  file.close();
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  assert.equal(rows.length, count);
  for (const row of [0, 1, groupRowsMax, count - 1]) assert.deepEqual({ ...rows[row] }, { kind: row % 2 === 0 ? 'even' : null, at_s: row / 8, flow: row });
}));

test('a Parquet file without rows is a file without rows', () => inFolder(async (folder) => {
  const path = join(folder, 'none.parquet');
  openRowFile(path, columns).close();
  assert.deepEqual(await parquetReadObjects({ file: await asyncBufferFromFile(path) }), []);
}));

test('JSON Lines leave out what a row does not say', () => inFolder((folder) => {
  const path = join(folder, 'rows.jsonl');
  const file = openRowFile(path, columns);
  file.write({ kind: 'link', at_s: 0.5, flow: null });
  file.close();
  assert.equal(readFileSync(path, 'utf8'), '{"kind":"link","at_s":0.5}\n');
}));
