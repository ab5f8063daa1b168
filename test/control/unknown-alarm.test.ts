/** An alarm of an unknown kind, as a newer device may raise it, is set aside and moves no light. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlarmReading } from '../../src/control/reading.ts';
import { treePlant } from './plants.ts';
import { one, play } from './play.ts';

test('an alarm that nobody knows is refused by name and nothing is believed of it', () => {
  const { take } = play(treePlant());
  const reading = { kind: 'alarm', device: 'leaf0', sequence: 0, component: 3, alarm: 'cosmicRay', raised: true } as unknown as AlarmReading;
  const facts = take(0, reading);
  const { refusal } = one(facts, 'setAside');
  assert.equal(refusal.code, 'unknown-alarm');
  assert.match(refusal.reasons.join(' '), /leaf0 raises cosmicRay; there are lossOfLight, /);
  assert.deepEqual(facts.filter(({ kind }) => kind === 'believed' || kind === 'healthSet'), []);
});
