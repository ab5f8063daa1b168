/** What devices say is heard before it is believed: order, gaps, lies, and values that cannot be. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../src/control/state-digest.ts';
import type { TelemetryReading } from '../../src/control/reading.ts';
import { hour, one, play, second } from './play.ts';
import { treePlant } from './plants.ts';

const plant = treePlant();
const module0 = plant.cluster.fabric.findComponent('leaf0/module0');

const telemetry = (sequence: number, more: Partial<TelemetryReading> = {}): TelemetryReading =>
  ({ kind: 'telemetry', device: 'leaf0', sequence, deviceNs: 0, quantity: 'caseC', components: [module0], values: [45], ...more });

test('a repeated and a late message change nothing; a gap is counted', () => {
  const { state, take } = play(plant);
  assert.deepEqual([one(take(0, telemetry(7)), 'deviceHeard').missed, one(take(0, telemetry(10)), 'deviceHeard').missed], [0, 2]);
  for (const [sequence, code] of [[10, 'repeated-message'], [9, 'stale-message']] as const) {
    assert.equal(one(take(0, telemetry(sequence, { values: [80] })), 'setAside').refusal.code, code);
  }
  assert.equal(state.measured.get('caseC')?.get(module0)?.value, 45);
});

test('a device that was away counts from anywhere again', () => {
  const { take } = play(plant);
  take(0, telemetry(100));
  take(0, { kind: 'deviceSeen', device: 'leaf0', link: 'silent' });
  take(0, { kind: 'deviceSeen', device: 'leaf0', link: 'up' });
  assert.equal(one(take(0, telemetry(0)), 'deviceHeard').missed, 0);
});

test('impossible messages are set aside with their reason and leave every belief as it was', () => {
  const cases: readonly (readonly [string, Partial<TelemetryReading>])[] = [
    ['impossible-value', { values: [-274] }],
    ['impossible-value', { values: [NaN] }],
    ['impossible-value', { values: [Infinity] }],
    ['impossible-value', { quantity: 'preFecBer', values: [1.01] }],
    ['impossible-value', { quantity: 'biasRatio', values: [-0.1] }],
    ['impossible-value', { quantity: 'outputShare', values: [-0.1] }],
    ['foreign-quantity', { quantity: 'biasRatio', components: [plant.cluster.fabric.findComponent('leaf0')], values: [50] }],
    ['foreign-quantity', { quantity: 'rxLossDb', components: [plant.cluster.fabric.findComponent('row0')], values: [50] }],
    ['foreign-quantity', { quantity: 'txLossDb', components: [plant.cluster.fabric.findComponent('row0')], values: [50] }],
    ['unknown-component', { components: [1e9] }],
    ['unknown-component', { components: [-1] }],
    ['impossible-shape', { values: [] }],
    ['impossible-shape', { values: [40, 41] }],
    ['clock-off', { deviceNs: hour }],
    ['clock-off', { deviceNs: NaN }],
    ['unknown-quantity', { quantity: 'mood' as TelemetryReading['quantity'] }],
  ];
  for (const [code, more] of cases) {
    const { state, take } = play(plant);
    const facts = take(0, telemetry(1, more));
    assert.equal(one(facts, 'setAside').refusal.code, code);
    // Clocks that differ are nobody's lie: such a message counts no strike.
    assert.deepEqual(facts.map(({ kind }) => kind), code === 'clock-off' ? ['setAside'] : ['setAside', 'deviceHeard']);
    assert.equal(state.measured.size, 0);
  }
  const { take } = play(plant);
  assert.equal(one(take(0, { kind: 'alarm', device: 'leaf0', sequence: 1, component: -5, alarm: 'lossOfLight', raised: true }), 'setAside').refusal.code, 'unknown-component');
});

test('a device that says three impossible things in a row lies, and counts again when it has come back', () => {
  const { state, take } = play(plant);
  for (const sequence of [1, 2, 3]) take(second, telemetry(sequence, { values: [-300], deviceNs: second }));
  assert.equal(state.devices.get('leaf0')?.link, 'lying');
  assert.equal(one(take(second, telemetry(4, { deviceNs: second })), 'setAside').refusal.code, 'device-lies');
  assert.equal(state.measured.size, 0);
  take(second, { kind: 'deviceSeen', device: 'leaf0', link: 'up' });
  one(take(second, telemetry(5, { deviceNs: second })), 'measured');
});

test('a liar whose connection is lost is a liar until it has come back', () => {
  const { take } = play(plant);
  for (const sequence of [1, 2, 3]) take(second, telemetry(sequence, { values: [-300], deviceNs: second }));
  take(second, { kind: 'deviceSeen', device: 'leaf0', link: 'silent' });
  assert.equal(one(take(second, telemetry(4, { deviceNs: second })), 'setAside').refusal.code, 'device-lies');
});

test('a sound message between two impossible ones starts the count anew', () => {
  const { state, take } = play(plant);
  for (const [sequence, value] of [[1, -300], [2, -300], [3, 45], [4, -300], [5, -300]] as const) take(0, telemetry(sequence, { values: [value] }));
  assert.deepEqual([state.devices.get('leaf0')?.link, state.devices.get('leaf0')?.strikes], ['up', 2]);
});

test('a refused message changes the state by the note of its device only', () => {
  const { state, take } = play(plant);
  take(0, telemetry(1));
  const { state: twin, take: takeTwin } = play(plant);
  takeTwin(0, telemetry(1));
  take(0, telemetry(1));
  takeTwin(0, telemetry(0));
  assert.equal(digestOf(state), digestOf(twin));
});
