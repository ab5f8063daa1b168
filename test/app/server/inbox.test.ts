/** What waits is taken by its importance, and the words of one device in their order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inbox, inboxMax, isUrgent } from '../../../src/app/server/inbox.ts';
import { createDice } from '../../../src/base/dice.ts';
import { createState } from '../../../src/control/create-state.ts';
import type { Quantity, Reading } from '../../../src/control/reading.ts';
import { takeReading } from '../../../src/control/run.ts';
import { treePlant } from '../../control/plants.ts';

const telemetry = (device: string, sequence: number, quantity: Quantity, value: number, component = 0): Reading =>
  ({ kind: 'telemetry', device, sequence, deviceNs: 0, quantity, components: [component], values: [value] });
const alarm = (device: string, sequence: number): Reading => ({ kind: 'alarm', device, sequence, component: 0, alarm: 'lossOfLight', raised: true });
const tick: Reading = { kind: 'tick' };

function taken(inbox: Inbox): readonly Reading[] {
  const readings: Reading[] = [];
  for (let heard = inbox.next(); heard !== undefined; heard = inbox.next()) readings.push(heard.reading);
  return readings;
}

const words = (readings: readonly Reading[]): readonly string[] => readings.map((reading) => ('sequence' in reading ? `${reading.device} ${reading.sequence}` : reading.kind));

test('lost light, alarms and answers of devices are taken before what is only noted', () => {
  const inbox = new Inbox(createState(treePlant()));
  const readings: readonly Reading[] = [telemetry('laser', 1, 'biasRatio', 1.01), tick, telemetry('receiver', 1, 'rxLossDb', 6), telemetry('laser', 2, 'biasRatio', 1.02), alarm('engine', 1),
    { kind: 'commandAnswered', command: 7, outcome: 'done', detail: '' }];
  for (const reading of readings) inbox.add({ reading, heardMs: 0 });
  assert.equal(inbox.length, 6);
  assert.ok(inbox.hasUrgent);
  assert.deepEqual(words(taken(inbox)), ['receiver 1', 'engine 1', 'commandAnswered', 'laser 1', 'tick', 'laser 2']);
  assert.equal(inbox.length, 0);
  assert.ok(!inbox.hasUrgent);
});

test('what a device said before its alarm is taken before the alarm, and what it says later after it', () => {
  const inbox = new Inbox(createState(treePlant()));
  const readings = [telemetry('other', 1, 'caseC', 40), telemetry('engine', 1, 'caseC', 45), telemetry('engine', 2, 'biasRatio', 1), alarm('engine', 3), telemetry('engine', 4, 'caseC', 46), alarm('engine', 5)];
  for (const reading of readings) inbox.add({ reading, heardMs: 0 });
  assert.deepEqual(words(taken(inbox)), ['engine 1', 'engine 2', 'engine 3', 'engine 4', 'engine 5', 'other 1']);
});

test('whatever a thousand devices say in whatever order, each is heard in the order in which it spoke', () => {
  const dice = createDice(7);
  const inbox = new Inbox(createState(treePlant()));
  const sequences = new Map<string, number>();
  const heard = new Map<string, number>();
  const take = (): void => {
    const reading = inbox.next()?.reading;
    if (reading?.kind !== 'telemetry' && reading?.kind !== 'alarm') return;
    assert.equal(reading.sequence, (heard.get(reading.device) ?? 0) + 1);
    heard.set(reading.device, reading.sequence);
  };
  for (let at = 0; at < 20_000; at++) {
    const device = `device-${dice.below(1000)}`;
    const sequence = (sequences.get(device) ?? 0) + 1;
    sequences.set(device, sequence);
    const luck = dice.uniform();
    inbox.add({ reading: luck < 0.1 ? alarm(device, sequence) : telemetry(device, sequence, luck < 0.3 ? 'rxLossDb' : 'biasRatio', luck < 0.2 ? 6 : 0), heardMs: 0 });
    if (dice.uniform() < 0.7) take();
  }
  while (inbox.length > 0) take();
  assert.deepEqual(heard, new Map([...sequences].filter(([device]) => heard.has(device))));
  assert.equal(heard.size, sequences.size);
});

test('a value is urgent when it is much worse than what was noted, not when it is as bad as before or better', () => {
  const state = createState(treePlant());
  const port = state.plant.cluster.fabric.findComponent('leaf0/module0/port0');
  assert.ok(isUrgent(state, telemetry('receiver', 1, 'rxLossDb', 0.6, port)));
  takeReading(state, 1e9, telemetry('receiver', 1, 'rxLossDb', 2, port));
  // Half a decibel more than the noted 2 dB is sudden; less is not, and neither is light that comes back.
  assert.deepEqual([2.6, 2.4, 0].map((value) => isUrgent(state, telemetry('receiver', 2, 'rxLossDb', value, port))), [true, false, false]);
  // A supply is known from its first word on; a share of nominal is 1 until something else is said.
  assert.ok(!isUrgent(state, telemetry('loop', 1, 'supplyC', 41)));
  assert.deepEqual([0, 0.94, 0.96].map((value) => isUrgent(state, telemetry('fan', 1, 'outputShare', value))), [true, true, false]);
  // A decade of errors more than a receiver usually has.
  assert.deepEqual([2e-5, 5e-6].map((value) => isUrgent(state, telemetry('receiver', 3, 'preFecBer', value, 1))), [true, false]);
  assert.ok(!isUrgent(state, telemetry('laser', 1, 'biasRatio', 2)));
});

test('when too many wait, what is only noted is given up first', () => {
  const inbox = new Inbox(createState(treePlant()));
  const alarms = 10;
  for (let at = 1; at <= alarms; at++) inbox.add({ reading: alarm('engine', at), heardMs: 0 });
  for (let at = 0; at < inboxMax; at++) inbox.add({ reading: tick, heardMs: at });
  assert.equal(inbox.dropped, alarms);
  assert.equal(inbox.length, inboxMax);
  assert.deepEqual(words(Array.from({ length: alarms }, () => inbox.next()?.reading ?? tick)), Array.from({ length: alarms }, (_, at) => `engine ${at + 1}`));
  // Of those that are only noted the oldest are gone.
  assert.equal(inbox.next()?.heardMs, alarms);
});
