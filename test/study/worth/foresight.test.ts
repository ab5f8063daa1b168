/** Foresight, measured: slow failures are announced before they come, and what is announced comes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foresightStudy } from '../../../src/study/worth/foresight.ts';
import { groundOf } from './ground.ts';

const hour = 3600e9;
const { plant } = groundOf('worth/cluster-engines-32', 'worth/workload-dense-8b');

test('with a horizon of four hours nine slow failures in ten are announced, and nine announcements in ten are right', () => {
  const rows = foresightStudy({ plant, seed: 21, days: 2, everyNs: hour / 6, horizonsNs: [4 * hour] });
  assert.deepEqual(rows.map(({ quantity }) => quantity), ['biasRatio', 'rxLossDb', 'preFecBer', 'caseC']);
  for (const row of rows) assert.ok(row.failures >= 5 && row.foreseen >= 0.9 * row.failures, JSON.stringify(row));
  const sum = (of: 'announced' | 'right'): number => rows.reduce((total, row) => total + row[of], 0);
  assert.ok(sum('right') >= 0.9 * sum('announced'), JSON.stringify(rows));
  for (const { leadMedianNs } of rows) assert.ok((leadMedianNs ?? 0) >= hour, JSON.stringify(rows));
});

test('the same seed gives the same rows, and a longer horizon announces earlier', () => {
  const ask = (horizonNs: number) => foresightStudy({ plant, seed: 22, days: 1, everyNs: hour / 3, horizonsNs: [horizonNs] }).filter(({ quantity }) => quantity === 'biasRatio');
  assert.deepEqual(ask(2 * hour), ask(2 * hour));
  assert.ok((ask(8 * hour)[0]?.leadMedianNs ?? 0) > (ask(2 * hour)[0]?.leadMedianNs ?? 0));
});
