/** Runs of events of a kind are one line; what stands alone stays. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventView } from '../../src/app/contract/work.ts';
import { foldEvents } from '../../ui/src/views/fold-events.ts';

const event = (n: number, kind: string, level: EventView['level'] = 'info'): EventView => ({ n, atNs: n, kind, level, component: null, job: null, text: kind });

test('two dozen commands and their ends are two lines, and the decision before them stays in sight', () => {
  const ends = Array.from({ length: 24 }, (_, at) => event(100 - at, 'commandEnded'));
  const told = Array.from({ length: 24 }, (_, at) => event(60 - at, 'commandIssued'));
  const runs = foldEvents([event(101, 'confirmed', 'notice'), ...ends, ...told, event(30, 'decided', 'warning')]);
  assert.deepEqual(runs.map(({ title, events }) => [title, events.length]), [[null, 1], ['24 commands have ended', 24], ['24 devices are told what to do', 24], [null, 1]]);
});

test('two of a kind stay two lines, and a failure is not hidden among successes', () => {
  const runs = foldEvents([event(9, 'commandEnded'), event(8, 'commandEnded', 'warning'), event(7, 'commandEnded'), event(6, 'commandEnded')]);
  assert.deepEqual(runs.map(({ events: [first] }) => first?.n), [9, 8, 7, 6]);
});

test('leases and the plans that grant them come in turns and are counted as leases', () => {
  const runs = foldEvents([event(6, 'planned'), event(5, 'leaseAccepted'), event(4, 'planned'), event(3, 'leaseAccepted')]);
  assert.deepEqual(runs.map(({ title }) => title), ['2 leases are accepted']);
});
