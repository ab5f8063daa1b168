/** Tables on a terminal: what is dropped, what wraps, and that a pipe gets everything. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitTable } from '../../../src/app/client/fit-table.ts';
import { plainTable } from '../../../src/app/plain-table.ts';

const table = {
  head: ['job', 'tenant', 'GPUs', 'why'], wordColumns: 2,
  rows: [['mixtral-pretrain', 'research', '256', 'the light of two of its phases has been moved elsewhere'], ['llama', 'foundation', '8', 'nothing is wrong']],
};
const fit = { drops: [1, 2], wraps: 3 };
const widest = (columns: number): number => {
  const { head, wordColumns, rows } = fitTable(table, fit, columns);
  return Math.max(...plainTable(head, wordColumns, rows, (text) => text).split('\n').map((line) => line.trimEnd().length));
};

test('a pipe has no end and gets every column whole', () => {
  assert.deepEqual(fitTable(table, fit, Infinity), table);
});

test('sentences wrap before anything is dropped, and columns that matter least go first', () => {
  // Names 16, tenants 10, numbers 4 and three blanks each are 39; 41 are left of 80 for the sentences.
  assert.deepEqual(fitTable(table, fit, 80).head, ['job', 'tenant', 'GPUs', 'why']);
  // Of 50 only 8 would be left: without tenants (13) there are 21, enough for a sentence of 20.
  const narrow = fitTable(table, fit, 50);
  assert.deepEqual([narrow.head, narrow.wordColumns], [['job', 'GPUs', 'why'], 1]);
  assert.equal(narrow.rows[0]?.[2]?.replaceAll('\n', ' '), table.rows[0]?.[3]);
});

test('what is fitted is no wider than the terminal', () => {
  for (const columns of [50, 60, 80, 100, 120]) assert.ok(widest(columns) <= columns, `${widest(columns)} in ${columns}`);
});
