/** Trends: the filter against the same filter in matrices, against lines without noise, and leads that a hand can check. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import type { Trend } from '../../src/control/health/trend.ts';
import { followed, isExpected, leadTo, natures, trendAfter } from '../../src/control/health/trend.ts';
import type { Quantity } from '../../src/control/reading.ts';
import type { Measured } from '../../src/control/state.ts';

const hourNs = 3600e9;

/** Folds readings at given hours as the state does. */
function follow(quantity: Quantity, readings: readonly (readonly [hours: number, value: number])[]): Measured {
  let known: Measured | undefined;
  for (const [hours, value] of readings) known = { value, perHour: null, atNs: hours * hourNs, trend: trendAfter(quantity, known, value, hours * hourNs) };
  if (known === undefined) throw new Error('nothing was read');
  return known;
}

type Matrix = readonly (readonly number[])[];
const times = (a: Matrix, b: Matrix): Matrix => a.map((row) => (b[0] ?? []).map((_, column) => row.reduce((sum, value, at) => sum + value * (b[at]?.[column] ?? 0), 0)));
const plus = (a: Matrix, b: Matrix, sign = 1): Matrix => a.map((row, i) => row.map((value, j) => value + sign * (b[i]?.[j] ?? 0)));
const turned = (a: Matrix): Matrix => (a[0] ?? []).map((_, column) => a.map((row) => row[column] ?? 0));

test('the filter is the textbook Kalman filter of a local linear trend, written in matrices', () => {
  const { noise, slope, wander } = natures.rxLossDb;
  const dice = createDice(5);
  const readings: [number, number][] = [];
  for (let at = 0, hours = 0; at < 60; at++, hours += 0.05 + dice.uniform() * 0.4) readings.push([hours, 0.04 * hours + 0.05 * dice.normal()]);
  let x: Matrix = [[readings[0]?.[1] ?? 0], [0]];
  let p: Matrix = [[noise ** 2, 0], [0, slope ** 2]];
  const h: Matrix = [[1, 0]];
  readings.slice(1).forEach(([hours, value], at) => {
    const dt = hours - (readings[at]?.[0] ?? 0);
    const f: Matrix = [[1, dt], [0, 1]];
    const q: Matrix = [[(wander ** 2 * dt ** 3) / 3, (wander ** 2 * dt ** 2) / 2], [(wander ** 2 * dt ** 2) / 2, wander ** 2 * dt]];
    x = times(f, x);
    p = plus(times(times(f, p), turned(f)), q);
    const s = (times(times(h, p), turned(h))[0]?.[0] ?? 0) + noise ** 2;
    const k = times(p, turned(h)).map((row) => row.map((entry) => entry / s));
    x = plus(x, times(k, [[value - (x[0]?.[0] ?? 0)]]));
    p = plus(p, times(k, times(h, p)), -1);
  });
  const { trend } = follow('rxLossDb', readings);
  const close = (ours: number, theirs: number | undefined): void => assert.ok(Math.abs(ours - (theirs ?? NaN)) <= 1e-9 * Math.max(1, Math.abs(ours)), `${ours} and ${theirs}`);
  close(trend.level, x[0]?.[0]);
  close(trend.perHour, x[1]?.[0]);
  close(trend.levelVariance, p[0]?.[0]);
  close(trend.covariance, p[0]?.[1]);
  close(trend.slopeVariance, p[1]?.[1]);
});

test('a line without noise is found', () => {
  // 0.05 dB an hour, read every ten minutes for a day.
  const { trend } = follow('rxLossDb', Array.from({ length: 145 }, (_, at) => [at / 6, (0.05 * at) / 6] as const));
  assert.ok(Math.abs(trend.perHour - 0.05) < 0.0005, String(trend.perHour));
  assert.ok(Math.abs(trend.level - 1.2) < 0.005, String(trend.level));
});

test('a jump starts the filter anew and is no trend', () => {
  // A day at nothing, then a connector is touched: 1 dB at once and no more. Nine deviations and more of what was expected.
  const { trend } = follow('rxLossDb', Array.from({ length: 200 }, (_, at) => [at / 6, at < 144 ? 0 : 1] as const));
  assert.ok(Math.abs(trend.perHour) < natures.rxLossDb.floor, String(trend.perHour));
  assert.ok(Math.abs(trend.level - 1) < 0.01);
});

const sure: Trend = { level: 1, perHour: 0.1, levelVariance: 0, covariance: 0, slopeVariance: 0 };

test('a lead time is the distance over the pace', () => {
  // 1 to 2 dB at 0.1 dB an hour: ten hours; the search ends within a 512th.
  const { likelyNs } = leadTo('rxLossDb', sure, 2);
  assert.ok(Math.abs(likelyNs / hourNs - 10) < 10 / 256, String(likelyNs / hourNs));
  assert.deepEqual(leadTo('rxLossDb', sure, 1), { likelyNs: 0, soonNs: 0, lateNs: 0 });
  assert.equal(leadTo('rxLossDb', { ...sure, perHour: 0 }, 2).likelyNs, Infinity);
});

test('a lead time comes with its range: by hand for a slope that is known to a hundredth', () => {
  // Bias 1.0 to 1.3 at 0.1 +- 0.01 an hour. Soon, with a wander of 3e-4 that adds nothing in 3 h: 0.3 / (0.1 + 1.645 * 0.01) = 2.576 h; late: 0.3 / (0.1 - 0.01645) = 3.591 h.
  const { soonNs, lateNs } = leadTo('biasRatio', { level: 1, perHour: 0.1, levelVariance: 0, covariance: 0, slopeVariance: 1e-4 }, 1.3);
  assert.ok(Math.abs(soonNs / hourNs - 2.576) < 0.02, String(soonNs / hourNs));
  assert.ok(Math.abs(lateNs / hourNs - 3.591) < 0.02, String(lateNs / hourNs));
});

test('a limit is expected within a time only where the trend is sure of it', () => {
  assert.ok(isExpected('biasRatio', { ...sure, perHour: 0.3 }, { limit: 1.3, withinNs: 1.1 * hourNs }));
  assert.ok(!isExpected('biasRatio', { ...sure, perHour: 0.3 }, { limit: 1.3, withinNs: 0.9 * hourNs }));
  // The same pace known to +-0.2 an hour: a quarter of a deviation slower, 1.1 h ahead it is at 1 + 1.1 * (0.3 - 0.05) = 1.275.
  assert.ok(!isExpected('biasRatio', { ...sure, perHour: 0.3, slopeVariance: 0.04 }, { limit: 1.3, withinNs: 1.1 * hourNs }));
});

test('an error ratio is followed as decibels of light', () => {
  // Q(3) = 1.349898e-3 and Q(6) = 9.865876e-10 (tables): twice the Q is 3.01 dB.
  const [worse, better] = [followed('preFecBer', 1.349898e-3), followed('preFecBer', 9.865876e-10)];
  assert.ok(Math.abs(worse + 10 * Math.log10(3)) < 1e-5);
  assert.ok(Math.abs(worse - better - 10 * Math.log10(2)) < 1e-5);
  assert.ok(Number.isFinite(followed('preFecBer', 0)) && Number.isFinite(followed('preFecBer', 1)));
  assert.equal(followed('caseC', 55), 55);
});

test('two readings of one instant both count: equally near ones are averaged, and the second of two that are far apart starts anew', () => {
  const at = (value: number, trend: Trend): Measured => ({ value, perHour: null, atNs: 5e9, trend });
  // Level and reading have the variance of the sensor each, so that the level moves half of the way: 1 + 0.003 / 2.
  const near = trendAfter('biasRatio', at(1, trendAfter('biasRatio', undefined, 1, 5e9)), 1.003, 5e9);
  assert.ok(Math.abs(near.level - 1.0015) < 1e-12);
  // 0.3 is a hundred deviations.
  const far = trendAfter('biasRatio', at(1.3, trendAfter('biasRatio', undefined, 1.3, 5e9)), 1, 5e9);
  assert.equal(far.level, 1);
});
