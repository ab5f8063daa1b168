/** What is said aloud of new alarms: one sentence for an incident, and nothing for a nuisance. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlarmView, DecisionRow } from '../../src/app/contract/work.ts';
import { groupAlarms } from '../../src/app/words/alarm-groups.ts';
import { causeOf } from '../../ui/src/shell/names.ts';
import { keysOf, newsOf } from '../../ui/src/shell/alarm-news.ts';

const alarm = (component: string, health: string, reason: string, sinceNs = 5): AlarmView => ({ component, row: 1, health, reason, sinceNs, jobs: [], runbook: 'component-degraded' });
const warm: DecisionRow = { n: 7, atNs: 70, rung: 'derate', because: 'cdu reads supply 41.0 °C.', status: 'confirmed', lostGpuS: 0, jobs: [] };
const silent = alarm('site0/row2/rack26/leaf9', 'silent', 'It does not answer.');
const engine = (at: number): AlarmView => alarm(`site0/row0/rack8/leaf0/package0/engine${at}`, 'degraded', 'Its links do not close.', 70);
const late = alarm('site0/row0/rack0/node0/nic0', 'late', 'its values are 2.2 s old');

test('an incident is one sentence, however many parts it touches, and values that come late are no news', () => {
  const before = groupAlarms([silent], []);
  const after = groupAlarms([silent, engine(1), engine(2), late], [warm]);
  assert.equal(newsOf(keysOf(before), after), 'New alarm: cdu reads supply 41.0 °C. 2 causes in all.');
  assert.equal(newsOf(keysOf(after), after), '');
  assert.equal(newsOf(new Set(), after), '2 new alarms, the worst: leaf9: it does not answer. 2 causes in all.');
  assert.equal(newsOf(keysOf(before), groupAlarms([late], [])), 'No alarm is left: everything is sound.');
});

test('a cause that no decision answers is told with the name of the part', () => {
  const [group] = groupAlarms([alarm('site0/row0/rack8/leaf1', 'silent', 'It does not answer.'), silent], []);
  assert.ok(group !== undefined);
  assert.equal(causeOf(group), '2 leaves: it does not answer.');
});
