/** Telemetry that stops: stale after the policy's time, up again with the next message, and no plan made for it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceOf } from '../../src/control/commands/stages.ts';
import { marginDoubt } from '../../src/control/devices/stale.ts';
import { checkInvariants } from '../../src/control/invariants.ts';
import type { Reading } from '../../src/control/reading.ts';
import { defaultPolicy } from '../../src/plan/policy.ts';
import { one, play, second } from './play.ts';
import { treePlant } from './plants.ts';

const staleNs = defaultPolicy.health.telemetryStaleNs;

test('a device of which nothing is heard for the policy\'s time is stale once, and up with its next message', () => {
  const plant = treePlant();
  const { state, take, log } = play(plant);
  const { fabric } = plant.cluster;
  const link = fabric.outLink[0] ?? 0;
  const device = deviceOf(plant, fabric.nodeComponent[fabric.linkTarget[link] ?? 0] ?? 0);
  const module = fabric.componentParent[fabric.linkPort[fabric.linkReverse[link] ?? 0] ?? 0] ?? 0;
  const reading = (sequence: number, atNs: number): Reading => ({ kind: 'telemetry', device, sequence, deviceNs: atNs, quantity: 'caseC', components: [module], values: [50] });
  take(0, reading(1, 0));
  assert.deepEqual(take(staleNs - second, { kind: 'tick' }), []);
  assert.equal(marginDoubt(state, [link]), null);
  const facts = take(staleNs, { kind: 'tick' });
  assert.equal(one(facts, 'deviceHeard').link, 'stale');
  assert.deepEqual(facts.filter(({ kind }) => kind === 'decided' || kind === 'planned' || kind === 'healthSet'), []);
  assert.deepEqual(take(staleNs + second, { kind: 'tick' }), [], 'it is said once');
  const doubt = marginDoubt(state, [link]);
  assert.deepEqual([doubt?.code, doubt?.remedy], ['stale-telemetry', 'wait']);
  assert.match(doubt?.reasons[0] ?? '', /has not been heard for/);
  // Its sequence goes on: nothing was lost, and the whole time has to pass again.
  const heard = one(take(staleNs + 2 * second, reading(2, staleNs + 2 * second)), 'deviceHeard');
  assert.deepEqual([heard.link, heard.missed], ['up', 0]);
  assert.equal(marginDoubt(state, [link]), null);
  assert.deepEqual(take(2 * staleNs, { kind: 'tick' }), []);
  assert.equal(one(take(2 * staleNs + 2 * second, { kind: 'tick' }), 'deviceHeard').link, 'stale');
  assert.deepEqual(checkInvariants(state, log), []);
});

test('a device that is silent by word of its watcher is not stale too', () => {
  const { take } = play(treePlant());
  take(0, { kind: 'deviceSeen', device: 'leaf', link: 'silent' });
  assert.deepEqual(take(10 * staleNs, { kind: 'tick' }), []);
});
