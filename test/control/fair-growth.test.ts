/** Light that comes back is shared between tenants by weight, on the tree plant: 400 Gb/s in four wavelengths from rank 0 to its leaf and on to rank 1. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInvariants } from '../../src/control/invariants.ts';
import { defaultPolicy } from '../../src/plan/policy.ts';
import type { TenantPolicy } from '../../src/plan/policy.ts';
import type { Play } from './play.ts';
import { ask, minute, play, second } from './play.ts';
import { treePlant } from './plants.ts';

/** Background leases of two tenants fill the way; then three of a higher class take all of it, and end one after the other. */
function twoTenants(tenants: Readonly<Record<string, TenantPolicy>>): { readonly held: () => readonly number[]; readonly end: (id: string, atNs: number) => void; readonly now: Play } {
  const now = play(treePlant());
  now.take(second, { kind: 'policySet', policy: { ...defaultPolicy, tenants } });
  now.take(second, ask('a1', 'background', 200, [0, 1], { tenant: 'a' }));
  now.take(second, ask('b1', 'background', 200, [0, 1], { tenant: 'b' }));
  now.take(second, ask('high1', 'allReduce', 100, [0, 1]));
  now.take(second, ask('high2', 'allReduce', 200, [0, 1]));
  now.take(second, ask('high3', 'allReduce', 100, [0, 1]));
  const held = (): readonly number[] => ['a1', 'b1'].map((id) => Math.round(1e6 * (now.state.leases.get(id)?.grant?.rateGbps ?? 0)) / 1e6);
  return { held, now, end: (id, atNs) => void now.take(atNs, { kind: 'leaseReleased', id }) };
}

// 100 Gb/s come back to leases that hold nothing: by weights 1 and 3 that is 25 and 75. With 200 more the tenants rise in the same
// proportion to 66.7 and 200, where the second has all it asked for; what is left of 300 goes to the first, 100. The last 100 complete it.
test('short leases of two tenants grow in proportion to their weights, and the rest goes to who misses more', () => {
  const { held, end, now } = twoTenants({ a: { weight: 1, shareCap: 1 }, b: { weight: 3, shareCap: 1 } });
  assert.deepEqual(held(), [0, 0]);
  end('high1', 2 * second);
  assert.deepEqual(held(), [25, 75]);
  end('high2', 3 * second);
  assert.deepEqual(held(), [100, 200]);
  end('high3', 4 * second);
  assert.deepEqual(held(), [200, 200]);
  assert.deepEqual(checkInvariants(now.state, now.log), []);
  now.take(minute, { kind: 'tick' });
  assert.deepEqual(held(), [200, 200]);
});

// A policy that names no tenant weighs all alike: each has half of what comes back.
test('tenants that the policy does not name share alike', () => {
  const even = twoTenants({});
  even.end('high1', 2 * second);
  assert.deepEqual(even.held(), [50, 50]);
});

// Tenant a may hold 200 of 400 Gb/s. Its background lease has 100 of the 200 that it asked for when an all-reduce of its own takes these
// 100. As all else comes back, the background lease grows to what the cap leaves beside the all-reduce: 100.
test('a lease grows no further than the cap of its tenant over leases of all classes, though nobody else wants the light', () => {
  const now = play(treePlant());
  now.take(second, { kind: 'policySet', policy: { ...defaultPolicy, tenants: { a: { weight: 1, shareCap: 0.5 } } } });
  now.take(second, ask('a1', 'background', 200, [0, 1], { tenant: 'a' }));
  now.take(second, ask('high1', 'allReduce', 100, [0, 1]));
  now.take(second, ask('high2', 'allReduce', 300, [0, 1]));
  const held = (): readonly number[] => ['a1', 'a2'].map((id) => now.state.leases.get(id)?.grant?.rateGbps ?? 0);
  assert.deepEqual(held(), [0, 0]);
  now.take(2 * second, { kind: 'leaseReleased', id: 'high1' });
  assert.deepEqual(held(), [100, 0]);
  now.take(3 * second, ask('a2', 'allReduce', 100, [0, 1], { tenant: 'a' }));
  assert.deepEqual(held(), [0, 100]);
  now.take(4 * second, { kind: 'leaseReleased', id: 'high2' });
  assert.deepEqual(held(), [100, 100]);
  now.take(minute, { kind: 'tick' });
  assert.deepEqual(held(), [100, 100]);
});
