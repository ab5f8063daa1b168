/**
 * Leases by hand on the tree plant: 400 Gb/s, in four wavelengths of 100, from each rank to its leaf and from each leaf to each of
 * four spines. Ranks 0 to 3 are on leaf 0, 4 to 7 on leaf 1. Link 0 leaves rank 0 (wavelengths 0 to 3); link 3 enters rank 1 (12 to 15).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInvariants, checkWaiting } from '../../src/control/invariants.ts';
import { freeGbps } from '../../src/control/light.ts';
import { ask, hour, minute, one, play, second } from './play.ts';
import { treePlant } from './plants.ts';

test('a class that is reserved holds whole wavelengths alone, the lowest free ones', () => {
  const { state, take, log } = play(treePlant());
  take(second, ask('a', 'allReduce', 150, [0, 1]));
  take(second, ask('b', 'allReduce', 100, [0, 1]));
  assert.deepEqual([...state.wavelengths.holder.subarray(0, 4)], [0, 0, 1, -1]);
  assert.deepEqual([...state.wavelengths.holder.subarray(12, 16)], [0, 0, 1, -1]);
  // 150 Gb/s need two wavelengths of 100; one more for the other lease leaves one.
  assert.equal(freeGbps(state, 0), 100);
  assert.deepEqual(checkInvariants(state, log), []);
});

test('a shared class holds a rate, and a higher class takes what a lower one holds above its floor', () => {
  const { state, take, log } = play(treePlant());
  take(second, ask('low', 'background', 300, [0, 1]));
  const plan = one(take(second, ask('high', 'allReduce', 200, [0, 1])), 'planned').plan;
  // 400 - 300 = 100 are free, 200 are wanted: 100 of the 300 go, and the move comes before the grant that needs it.
  assert.deepEqual(plan.changes.map(({ kind }) => kind), ['move', 'add']);
  assert.equal(state.leases.get('low')?.grant?.rateGbps, 200);
  assert.match(plan.reasons[1] ?? '', /^Lease low .* yields 100 of 300 Gb\/s/);
  assert.deepEqual(checkInvariants(state, log), []);
});

test('light inside a floor is not taken', () => {
  const { state, take } = play(treePlant());
  take(second, ask('saving', 'checkpoint', 400, [0, 1]));
  // The class keeps 5 % of 400: four whole wavelengths cannot be had, three can.
  const no = one(take(second, ask('all', 'allReduce', 400, [0, 1])), 'leaseRefused');
  assert.deepEqual([no.refusal.code, no.refusal.remedy], ['no-room-in-window', 'wait']);
  take(second, ask('most', 'allReduce', 300, [0, 1]));
  assert.equal(state.leases.get('saving')?.grant?.rateGbps, 100);
});

test('a class that may not be preempted yields to nobody', () => {
  const { state, take } = play(treePlant());
  take(second, ask('users', 'inferenceFanout', 300, [0, 1]));
  assert.equal(one(take(second, ask('experts', 'allToAll', 200, [0, 1])), 'leaseRefused').refusal.code, 'no-room-in-window');
  assert.equal(state.leases.get('users')?.grant?.rateGbps, 300);
});

test('a lower rate that would hold whole wavelengths where the asked one shared is offered as what is granted when it is asked for', () => {
  // 90 of 400 Gb/s are left beside what may not be preempted. 130 Gb/s fill 65 % of two wavelengths and share; 90 Gb/s would fill 90 % of
  // one and hold it alone, and none is free: 74 Gb/s is the largest whole rate that shares. With 185 left one wavelength is free: 149 Gb/s share.
  for (const [standing, asked, offered] of [[310, 130, 74], [215, 210, 149]] as const) {
    const { take } = play(treePlant());
    take(second, ask('users', 'inferenceFanout', standing, [0, 1], { endNs: hour }));
    const { offers } = one(take(second, ask('ring', 'allReduce', asked, [0, 1], { endNs: hour, floorGbps: 0 })), 'leaseRefused');
    const now = offers.find(({ startNs }) => startNs === second);
    assert.equal(now?.rateGbps, offered);
    for (const request of offers) {
      const again = play(treePlant());
      again.take(second, ask('users', 'inferenceFanout', standing, [0, 1], { endNs: hour }));
      one(again.take(second, { kind: 'leaseAsked', request }), 'leaseAccepted');
    }
  }
});

test('a refusal offers the free rate now and the full rate later, and both are granted when asked', () => {
  const plant = treePlant();
  const first = play(plant);
  first.take(second, ask('standing', 'allReduce', 300, [0, 1], { endNs: hour }));
  const { offers } = one(first.take(second, ask('more', 'allToAll', 200, [0, 1])), 'leaseRefused');
  // 100 of 400 are free, which is just the class's floor of half of 200; the standing lease ends after an hour.
  assert.deepEqual(offers.map(({ rateGbps, startNs }) => [rateGbps, startNs]), [[200, hour], [100, second]]);
  const [later, slower] = offers;
  assert.ok(slower !== undefined && later !== undefined);
  one(first.take(2 * second, { kind: 'leaseAsked', request: slower }), 'leaseAccepted');
  first.take(hour, { kind: 'tick' });
  one(first.take(hour, { kind: 'leaseAsked', request: { ...later, id: 'later' } }), 'leaseAccepted');
});

test('an amount is moved as early as light allows and its lease ends with it', () => {
  const { state, take } = play(treePlant());
  // 1e12 bits at the 400 Gb/s of the access link take 2.5 s of the 10 s.
  take(0, ask('copy', 'checkpoint', 0, [0, 4], { rateGbps: null, bits: 1e12, startNs: 0, endNs: 10 * second }));
  assert.deepEqual([state.leases.get('copy')?.grant?.rateGbps, state.leases.get('copy')?.endNs], [400, 2.5 * second]);
  assert.equal(one(take(2.5 * second, { kind: 'tick' }), 'leaseEnded').why, 'expired');
});

test('a lease for later is promised light that others have until then, and begins on time', () => {
  const { state, take, log } = play(treePlant());
  take(0, ask('now', 'allToAll', 400, [0, 1], { endNs: hour }));
  take(0, ask('later', 'allToAll', 300, [0, 1], { startNs: hour, endNs: 2 * hour }));
  assert.deepEqual([state.leases.get('later')?.grant, state.leases.get('later')?.promised?.rateGbps, state.short.size], [null, 300, 0]);
  // Of the second hour 100 Gb/s are left.
  assert.equal(one(take(0, ask('third', 'allToAll', 101, [0, 1], { startNs: hour, endNs: 2 * hour })), 'leaseRefused').refusal.code, 'no-room-in-window');
  take(hour, { kind: 'tick' });
  assert.deepEqual([state.leases.has('now'), state.leases.get('later')?.grant?.rateGbps, state.leases.get('later')?.promised], [false, 300, null]);
  assert.deepEqual(checkInvariants(state, log), []);
});

test('whoever asks in the instant of a start finds it begun, and promised light that has failed is sought elsewhere', () => {
  const plant = treePlant();
  const { state, take, log } = play(plant);
  take(0, ask('later', 'allReduce', 200, [0, 4], { startNs: hour, endNs: 2 * hour }));
  const promised = state.leases.get('later')?.promised?.paths[0]?.links ?? [];
  const spine = plant.cluster.fabric.nodeComponent[plant.cluster.fabric.linkTarget[promised[1] ?? -1] ?? -1] ?? -1;
  take(second, { kind: 'maintenanceAsked', component: spine, action: 'drain', by: 'ada' });
  take(hour, ask('other', 'background', 10, [5, 6]));
  const links = state.leases.get('later')?.grant?.paths[0]?.links ?? [];
  assert.equal(state.leases.get('later')?.grant?.rateGbps, 200);
  assert.notDeepEqual(links, promised);
  assert.deepEqual(checkInvariants(state, log), []);
});

test('a lease that one way cannot carry is spread over several', () => {
  const { state, take, log } = play(treePlant());
  // Every uplink of leaf 0 but 100 Gb/s is taken: four ways of 100 Gb/s each are left from rank 0 to rank 4.
  for (const rank of [1, 2, 3]) take(0, ask(`taken${rank}`, 'allToAll', 400, [rank, rank + 4]));
  take(0, ask('spread', 'allToAll', 400, [0, 4]));
  assert.equal(state.leases.get('spread')?.grant?.rateGbps, 400);
  assert.deepEqual(checkInvariants(state, log), []);
});

test('a lease that is not renewed ends after the policy\'s expiry, and its light goes to who waits', () => {
  const { state, take } = play(treePlant());
  assert.equal(one(take(0, ask('gone', 'allReduce', 400, [0, 1], { endNs: 10 * hour })), 'leaseAccepted').endNs, hour);
  take(0, ask('kept', 'allReduce', 100, [2, 3], { endNs: 10 * hour }));
  // Renewed half an hour in: to an hour from then, however much more is asked.
  assert.equal(one(take(30 * minute, { kind: 'leaseRenewed', id: 'kept', endNs: 9 * hour }), 'leaseRenewed').endNs, 90 * minute);
  assert.deepEqual(take(hour - 1, { kind: 'tick' }), []);
  assert.equal(one(take(hour, { kind: 'tick' }), 'leaseEnded').id, 'gone');
  assert.deepEqual([...state.leases.keys()], ['kept']);
  assert.equal(freeGbps(state, 0), 400);
});

test('a lease that yielded grows again when light is released, highest class first', () => {
  const { state, take } = play(treePlant());
  take(0, ask('low', 'background', 400, [0, 1]));
  take(0, ask('saving', 'checkpoint', 200, [0, 2]));
  take(0, ask('high', 'allReduce', 300, [0, 3]));
  // 300 for the highest leave 100, which the checkpoint keeps; the background has nothing.
  assert.deepEqual([state.leases.get('saving')?.grant?.rateGbps, state.leases.get('low')?.grant], [100, null]);
  assert.deepEqual(checkWaiting(state), []);
  take(second, { kind: 'leaseReleased', id: 'high' });
  assert.deepEqual([state.leases.get('saving')?.grant?.rateGbps, state.leases.get('low')?.grant?.rateGbps], [200, 200]);
  assert.deepEqual(checkWaiting(state), []);
});

test('what cannot be asked is refused for good, each with its code, and nothing changes', () => {
  const { state, take } = play(treePlant());
  take(10 * second, ask('twice', 'background', 1, [0, 1]));
  const cases: readonly (readonly [string, ReturnType<typeof ask>])[] = [
    ['duplicate-lease', ask('twice', 'background', 1, [0, 1])],
    ['nameless-lease', ask('', 'background', 1, [0, 1])],
    ['unknown-rank', ask('a', 'background', 1, [0, 8])],
    ['unknown-rank', ask('a', 'background', 1, [0.5, 1])],
    ['no-distance', ask('a', 'background', 1, [1, 1])],
    ['unknown-job', ask('a', 'background', 1, [0, 1], { job: 'ghost' })],
    ['lease-in-the-past', ask('a', 'background', 1, [0, 1], { startNs: 0, endNs: 5 * second })],
    ['window-reversed', ask('a', 'background', 1, [0, 1], { startNs: 30 * second, endNs: 20 * second })],
    ['impossible-window', ask('a', 'background', 1, [0, 1], { endNs: Infinity })],
    ['window-too-long', ask('a', 'background', 1, [0, 1], { endNs: 1e6 * hour })],
    ['impossible-amount', ask('a', 'background', NaN, [0, 1])],
    ['impossible-amount', ask('a', 'background', -1, [0, 1])],
    ['impossible-amount', ask('a', 'background', 1, [0, 1], { bits: 8 })],
    ['floor-above-rate', ask('a', 'background', 1, [0, 1], { floorGbps: 2 })],
    ['rate-above-capacity', ask('a', 'background', 401, [0, 1])],
  ];
  const before = [...state.leases.keys()];
  for (const [code, reading] of cases) {
    const { refusal } = one(take(10 * second, reading), 'leaseRefused');
    assert.deepEqual([refusal.code, refusal.remedy], [code, 'never']);
  }
  assert.deepEqual([...state.leases.keys()], before);
  assert.deepEqual(take(10 * second, { kind: 'leaseReleased', id: 'ghost' }).map((fact) => fact.kind === 'setAside' && fact.refusal.code), ['unknown-lease']);
});
