/** Times, lengths of time and lanes as the pages write them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, clock, gpuSeconds, longClock, setLogTime, span } from '../../ui/src/shell/format.ts';
import { keptUnits } from '../../ui/src/shell/names.ts';
import { carries, isOff, laneStep } from '../../ui/src/views/lanes.ts';

const minuteNs = 60e9;

test('a time of the log is told on the wall, in UTC with its zone, and with its date on another day', () => {
  // The log began at 02:58:00; twelve minutes and nine seconds later it is 03:10:09.
  setLogTime({ epoch: '2026-11-22T02:58:00.000Z', nowNs: 20 * minuteNs });
  assert.equal(clock(12 * minuteNs + 9e9), '03:10:09Z');
  assert.equal(longClock(12 * minuteNs + 9e9), '2026-11-22 03:10:09 UTC');
  // 24 h on, the day is the next.
  assert.equal(clock(24 * 60 * minuteNs), '2026-11-23 02:58:00Z');
  assert.equal(ago(8 * minuteNs), '12 min ago');
  assert.equal(ago(20 * minuteNs - 5e8), 'just now');
  assert.equal(ago(20 * minuteNs + 8 * 3600e9), 'in 8 h');
});

test('a length of time has three digits that matter and one unit', () => {
  assert.deepEqual([636.1e6, 38.2537e9, 256.4e9, 3 * 3600e9, 443.2 * 86_400e9, 2968 * 86_400e9].map(span), ['636 ms', '38.3 s', '4.3 min', '3 h', '443 d', '8.1 years']);
  assert.equal(gpuSeconds(7_372_800), '2,048\u00a0GPU\u00a0h');
});

test('a number stays on its line with its unit, and words that only begin like one do not', () => {
  assert.equal(keptUnits('supply 41.0 °C after 35.0 °C; 32 parts in 8 spines'), 'supply 41.0\u00a0°C after 35.0\u00a0°C; 32 parts in 8 spines');
});

test('a wavelength that orders keep dark is off by plan, not failed; one that physics darkens has failed', () => {
  const lane = { row: 1, slot: 0, designGbps: 200, physicsGbps: 200, toldGbps: 0, holder: null, trafficClass: null, tunedNm: 0, isDark: true };
  // Steps of the health colouring: 3 is degraded and derated, 4 is failed and dark.
  assert.deepEqual([isOff(lane), laneStep(lane, 3), carries(lane)], [true, 3, 'off by plan; physics allows 200 Gb/s']);
  const failed = { ...lane, physicsGbps: 0, toldGbps: 200 };
  assert.deepEqual([isOff(failed), laneStep(failed, 3), carries(failed)], [false, 4, 'dark: it does not close']);
});
