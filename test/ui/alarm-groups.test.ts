/** Alarms are grouped by what caused them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlarmView, DecisionRow } from '../../src/app/contract/work.ts';
import { groupAlarms } from '../../src/app/words/alarm-groups.ts';

const alarm = (component: string, sinceNs: number, more: Partial<AlarmView> = {}): AlarmView =>
  ({ component, row: 1, health: 'degraded', reason: 'Its links do not close with 0.00 dB of loss at 56.4 °C.', sinceNs, jobs: [], runbook: 'component-degraded', ...more });
const decision = (n: number, atNs: number, more: Partial<DecisionRow> = {}): DecisionRow =>
  ({ n, atNs, rung: 'derate', because: 'the loop warms', status: 'confirmed', lostGpuS: 0, jobs: [], ...more });

test('alarms that began with the reading of a decision are one group, whatever they say', () => {
  const groups = groupAlarms([alarm('leaf0/engine0', 70, { jobs: ['b'] }), alarm('leaf1/engine0', 70, { reason: 'It is dark.', jobs: ['a'] })], [decision(9, 70, { jobs: ['a'] }), decision(4, 30)]);
  assert.deepEqual(groups.map(({ decision: row, alarms, jobs, sinceNs }) => ({ n: row?.n, count: alarms.length, jobs, sinceNs })), [{ n: 9, count: 2, jobs: ['a', 'b'], sinceNs: 70 }]);
});

test('alarms that no decision answers are one group if they say the same but for figures', () => {
  const late = (component: string, age: string, sinceNs: number): AlarmView => alarm(component, sinceNs, { health: 'late', reason: `its values are ${age} s old` });
  const groups = groupAlarms([late('nic1', '2.0', 12), late('nic0', '2.1', 11), late('nic2', '10.4', 13), alarm('nic3', 14, { health: 'silent', reason: 'no answer' })], []);
  // A device that does not speak at all is worse than those whose values come late.
  assert.deepEqual(groups.map(({ alarms, sinceNs }) => [alarms.map(({ component }) => component), sinceNs]), [[['nic3'], 14], [['nic1', 'nic0', 'nic2'], 11]]);
});

test('the most concerning cause comes first, and of equals the latest', () => {
  const groups = groupAlarms([alarm('a', 10), alarm('b', 20, { health: 'failed', reason: 'It is dark.' }), alarm('c', 30)], [decision(1, 10), decision(2, 30)]);
  assert.deepEqual(groups.map(({ alarms }) => alarms[0]?.component), ['b', 'c', 'a']);
});
