/** Light over time: capacity as the sum of usable wavelengths, by hand, and nothing that hangs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledCluster } from '../../src/fabric/compiled.ts';
import type { LightEvent } from '../../src/study/light-timeline.ts';
import { lightEvents } from '../../src/study/light-timeline.ts';
import { bareDesign, reachRule } from '../fabric/designs.ts';

function cluster(): CompiledCluster {
  const result = compileFabric(bareDesign(8, { kind: 'fat-tree', tiers: 2, k: 8, routing: 'ecmp' }), { evaluateMedium: reachRule });
  if (!result.ok) assert.fail(JSON.stringify(result.issues));
  return result.value;
}

function rates(events: readonly LightEvent[]): readonly (readonly [number, number])[] {
  const result = lightEvents(cluster(), { events, retransmission: 'selectiveRepeat' }, { evaluateWithLoss: () => reachRule });
  if (!result.ok) assert.fail(JSON.stringify(result.issues));
  return Array.from(result.value.eventNs, (atNs, row) => [atNs, result.value.eventRateGbps[row] ?? -1] as const);
}

test('a dead laser takes its wavelength of 100 Gb/s from a link of four, and its repair gives it back', () => {
  assert.deepEqual(rates([{ atNs: 5, target: 'leaf0/module0/laser0', event: 'fail' }, { atNs: 9, target: 'leaf0/module0/laser0', event: 'repair' }]), [[5, 300], [9, 400]]);
});

test('two faults over one wavelength hold until both are repaired', () => {
  // The module has two links of 400 Gb/s, each way. With its laser still dead, one of the four comes back with 300.
  const last = new Map(rates([
    { atNs: 1, target: 'leaf0/module0/laser0', event: 'fail' }, { atNs: 2, target: 'leaf0/module0', event: 'fail' }, { atNs: 3, target: 'leaf0/module0', event: 'repair' },
  ]).filter(([atNs]) => atNs === 3).map(([, rate], row) => [row, rate]));
  assert.deepEqual([...last.values()].sort((a, b) => a - b), [300, 400, 400, 400]);
});

test('frame loss lowers capacity by its share, from nothing to everything', () => {
  for (const ratio of [0, 0.25, 0.999, 1]) {
    const [[, rate] = [0, -1]] = rates([{ atNs: 1, target: 'leaf0 to spine1', event: 'frameLoss', ratio }]);
    assert.ok(Math.abs(rate - 400 * (1 - ratio)) < 1e-9);
  }
});

test('a circuit is dark exactly while it moves', () => {
  assert.deepEqual(rates([{ atNs: 10, target: 'leaf0 to spine1', event: 'switchCircuits', durationNs: 7 }]), [[10, 0], [10, 0], [17, 400], [17, 400]]);
});

test('an unknown target and a repair without a fault are issues with their places', () => {
  const result = lightEvents(cluster(), {
    events: [{ atNs: 1, target: 'leaf99', event: 'fail' }, { atNs: 2, target: 'leaf0', event: 'repair' }], retransmission: 'selectiveRepeat',
  }, { evaluateWithLoss: () => reachRule });
  assert.ok(!result.ok);
  assert.deepEqual(result.issues.map(({ code, path }) => [code, path]), [['unknown-component', 'events[0].target'], ['repair-before-fault', 'events[1].target']]);
});
