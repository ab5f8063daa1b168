/** Policies: the default is sound, and each contradiction is an issue with place, value and remedy. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClassPolicy, Policy } from '../../src/plan/policy.ts';
import { checkPolicy, defaultPolicy, rungNames, tenantPolicy } from '../../src/plan/policy.ts';
import { policyFigures, repairFigures } from '../../src/plan/policy-figures.ts';
import type { TrafficClassName } from '../../src/traffic/classes.ts';

const withClass = (name: TrafficClassName, change: Partial<ClassPolicy>): Policy => ({ ...defaultPolicy, classes: { ...defaultPolicy.classes, [name]: { ...defaultPolicy.classes[name], ...change } } });
const found = (policy: Policy): readonly string[] => checkPolicy(policy).map(({ code, path, value }) => `${code} at ${path} (${value})`);

test('the default policy has no contradiction', () => {
  assert.deepEqual(checkPolicy(defaultPolicy), []);
});

test('the default keeps the table of traffic classes: six priorities in order, and only the last three classes yield', () => {
  // The class table of the design: all-reduce first, background last; the floors are those of the traffic room.
  assert.deepEqual(Object.values(defaultPolicy.classes).map(({ priority }) => priority), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(Object.entries(defaultPolicy.classes).filter(([, { preemptible }]) => preemptible).map(([name]) => name), ['parameterSync', 'checkpoint', 'background']);
  assert.equal(defaultPolicy.classes.allReduce.serves, 'reserved');
});

test('two classes of one priority are a tie', () => {
  assert.deepEqual(found(withClass('background', { priority: 5 })), ['priority-tie at classes.background.priority (5)']);
});

test('a protected class below a preemptible one is a contradiction', () => {
  assert.deepEqual(found(withClass('background', { preemptible: false })), ['protected-below-preemptible at classes.background.preemptible (false)']);
});

test('shares, weights and windows out of range are issues', () => {
  assert.deepEqual(found(withClass('allToAll', { floorShare: 1.2, weight: 0, windowNs: -1 })), [
    'out-of-range at classes.allToAll.floorShare (1.2)', 'out-of-range at classes.allToAll.windowNs (-1)', 'out-of-range at classes.allToAll.weight (0)',
  ]);
  assert.deepEqual(found(withClass('allToAll', { floorShare: Number.NaN })), ['out-of-range at classes.allToAll.floorShare (NaN)']);
});

test('a deadline inside the default window is a contradiction', () => {
  assert.deepEqual(found(withClass('checkpoint', { deadlineNs: 1e9 })), ['deadline-before-window-ends at classes.checkpoint.deadlineNs (1000000000)']);
});

test('returning at or below the margin at which the controller acts would oscillate', () => {
  assert.deepEqual(found({ ...defaultPolicy, health: { ...defaultPolicy.health, marginReturnDb: 0.5 } }), ['no-hysteresis at health.marginReturnDb (0.5)']);
});

test('the ladder names every rung once, and one of them is open', () => {
  const ladder = defaultPolicy.ladder;
  const first = ladder.slice(0, 1);
  assert.deepEqual(found({ ...defaultPolicy, ladder: [...ladder, ...first] }), ['duplicate-rung at ladder[9].rung (hold)']);
  assert.deepEqual(found({ ...defaultPolicy, ladder: ladder.slice(0, -1) }), [`missing-rung at ladder (${rungNames.slice(0, -1).join(', ')})`]);
  assert.deepEqual(found({ ...defaultPolicy, ladder: ladder.map(({ rung }) => ({ rung, enabled: false })) }), ['no-rung at ladder (all disabled)']);
  const strange = { rung: 'pray', enabled: true } as unknown as Policy['ladder'][number];
  assert.deepEqual(found({ ...defaultPolicy, ladder: [...ladder, strange] }), ['unknown-rung at ladder[9].rung (pray)']);
});

test('resends that outlast the confirm timeout are a contradiction', () => {
  // 60 resends at 2 s are 120 s, the timeout itself.
  assert.deepEqual(found({ ...defaultPolicy, commands: { ...defaultPolicy.commands, retriesMax: 60 } }), ['retries-outlast-confirm at commands.retriesMax (60)']);
});

test('a tenant without light and a default window beyond the longest are issues', () => {
  assert.deepEqual(found({ ...defaultPolicy, tenants: { blue: { weight: 1, shareCap: 0 } } }), ['tenant-without-light at tenants.blue.shareCap (0)']);
  assert.deepEqual(found({ ...defaultPolicy, lease: { ...defaultPolicy.lease, windowMaxNs: 3600e9 } }).map((text) => text.split(' ')[0]), ['window-too-long', 'window-too-long', 'window-too-long']);
});

test('an expiry beyond the longest window is a contradiction, and times are told as times', () => {
  const policy = { ...defaultPolicy, lease: { ...defaultPolicy.lease, expiryNs: 100 * 86400e9 }, health: { ...defaultPolicy.health, telemetryStaleNs: 0 } };
  assert.deepEqual(found(policy), ['out-of-range at health.telemetryStaleNs (0)', 'expiry-beyond-window at lease.expiryNs (8640000000000000)']);
  assert.deepEqual(checkPolicy(policy).map(({ message }) => message), ['This must be more than 0 s', 'A lease would expire after 100 d, and none may last longer than 90 d']);
});

test('a tenant that is not named has weight 1 and no cap, even when its name is one of an object', () => {
  const policy: Policy = { ...defaultPolicy, tenants: { blue: { weight: 3, shareCap: 0.5 } } };
  assert.deepEqual(tenantPolicy(policy, 'blue'), { weight: 3, shareCap: 0.5 });
  assert.deepEqual(tenantPolicy(policy, 'constructor'), { weight: 1, shareCap: 1 });
});

test('every issue says what to do about it, and every number of the default says where it comes from', () => {
  for (const { remedy, message } of checkPolicy(withClass('background', { priority: 9, preemptible: false, weight: -1 }))) assert.ok(remedy.length > 0 && message.length > 0);
  for (const { source } of [...Object.values(policyFigures), ...Object.values(repairFigures)]) assert.ok(source.length > 0);
  // 8 h to exchange a switch, from the reliability room.
  assert.equal(defaultPolicy.costs.expectedRepairNs.leaf, 8 * 3600e9);
});
