/** Levels and ratios: the arithmetic of dB and dBm, and how issues and evidence are told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weakestKind } from '../../src/base/figure.ts';
import { formatIssue } from '../../src/base/issue.ts';
import { attenuate, dbToRatio, dbmToMilliwatts, levelDifference, milliwattsToDbm, sumLosses } from '../../src/base/levels.ts';
import { isRefusal, refuse } from '../../src/base/refusal.ts';
import type { Db, Dbm, Milliwatts } from '../../src/base/units.ts';
import { quantity } from '../../src/base/units.ts';

const db = (value: number): Db => quantity(value);
const dbm = (value: number): Dbm => quantity(value);

test('0 dBm is one milliwatt and 20 dBm is a hundred', () => {
  assert.equal(dbmToMilliwatts(dbm(0)), 1);
  assert.equal(dbmToMilliwatts(dbm(20)), 100);
  assert.equal(milliwattsToDbm(quantity<Milliwatts>(0.1)), -10);
});

test('no light is minus infinity dBm and stays so behind any loss', () => {
  assert.equal(attenuate(milliwattsToDbm(quantity<Milliwatts>(0)), db(3)), -Infinity);
});

test('losses add, levels fall by them, and 3 dB is about half', () => {
  assert.equal(sumLosses(db(0.35), db(0.35), db(2)), 2.7);
  assert.equal(attenuate(dbm(1), db(4)), -3);
  assert.equal(levelDifference(dbm(1), dbm(-3)), 4);
  // 10^(3/10) = 1.99526...
  assert.ok(Math.abs(dbToRatio(db(3)) - 1.995262314968879) < 1e-15);
});

test('the weakest evidence of several is the evidence of the whole', () => {
  assert.equal(weakestKind([]), 'measured');
  assert.equal(weakestKind(['measured', 'published']), 'published');
  assert.equal(weakestKind(['published', 'estimate', 'measured']), 'estimate');
});

test('an issue prints its place, path, value, remedy and code on one line', () => {
  const issue = { code: 'negative-length', message: 'A length cannot be negative', remedy: 'Write 3m or more', file: 'a.yaml', line: 4, column: 9, path: 'floor.pitch', value: '-3m' };
  assert.equal(formatIssue(issue), 'a.yaml:4:9: floor.pitch: A length cannot be negative (got -3m). Write 3m or more [negative-length]');
  assert.equal(formatIssue({ code: 'c', message: 'M', remedy: 'R' }), 'M. R [c]');
});

test('a refusal is a value that can be told from a result', () => {
  assert.ok(isRefusal(refuse('full', 'wait', 'All 4 wavelengths are leased.')));
  assert.ok(!isRefusal({ kind: 'lease' }));
  assert.ok(!isRefusal(null));
});
