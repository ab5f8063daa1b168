/** Who grows when light comes free, and what a release does not cost, on the tree plant: 400 Gb/s from each rank to its leaf and back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regrowTriesMax } from '../../src/control/decide/regrow.ts';
import { evolve } from '../../src/control/evolve/evolve.ts';
import { checkInvariants } from '../../src/control/invariants.ts';
import { ask, job, minute, play, second } from './play.ts';
import { treePlant } from './plants.ts';

// 80 leases of 5 Gb/s fill 400 Gb/s from rank 0 and lose all of it to a higher class; one more from rank 2 loses its own way likewise. They
// hold nothing alike, so the last comes last in every turn: with the first 64 stuck it would wait for ever. Of 81, 32 are always tried
// and 49 are others of which 32 have a turn: that 16 turns all pass the last one by happens once in (49/17)^16, some twenty million, times.
test('leases for which nothing comes free do not keep others from growing', () => {
  const { state, take, log } = play(treePlant());
  const stuck = 80;
  assert.ok(stuck > regrowTriesMax);
  for (let at = 0; at < stuck; at++) take(0, ask(`stuck${at}`, 'background', 5, [0, 1]));
  take(0, ask('far', 'background', 400, [2, 3]));
  take(0, ask('high', 'allReduce', 400, [0, 1]));
  take(0, ask('brief', 'allReduce', 400, [2, 3], { endNs: minute }));
  assert.equal(state.short.size, stuck + 1);
  for (let turn = 1; turn <= 16; turn++) take(minute + turn * second, { kind: 'tick' });
  assert.equal(state.leases.get('far')?.grant?.rateGbps, 400);
  assert.equal(state.short.size, stuck);
  assert.deepEqual(checkInvariants(state, log), []);
});

// 96 leases are short: 32 are tried at every tick and 64 are others, in two halves. What stands in the way of the last of them has gone
// before the first tick; that 24 draws of one half of 64 all pass it by happens once in 2^24 times.
for (const everyS of [0.25, 1, 2, 3, 4, 64]) {
  test(`leases in rotation have their turn with a tick every ${everyS} s`, () => {
    const { state, take } = play(treePlant());
    for (let at = 0; at < 95; at++) take(0, ask(`stuck${at}`, 'background', 4, [0, 1]));
    take(0, ask('far', 'background', 400, [2, 3]));
    take(0, ask('high', 'allReduce', 400, [0, 1]));
    take(0, ask('brief', 'allReduce', 400, [2, 3], { endNs: minute }));
    assert.equal(state.short.size, 96);
    let turns = 0;
    for (; turns < 24 && state.leases.get('far')?.grant?.rateGbps !== 400; turns++) take(2 * minute + turns * everyS * second, { kind: 'tick' });
    assert.ok(turns < 24);
  });
}

// What others release says nothing of a job's own leases, however many it has and whether it has dropped replicas or not.
test('a release is followed to the job of the lease and to no other', () => {
  const { state, take } = play(treePlant());
  take(0, { kind: 'jobAsked', job: job('shrunk', [0, 1], [{ trafficClass: 'allReduce', fromRank: 0, toRank: 1, rateGbps: 100 }]) });
  evolve(state, { n: state.n + 1, kind: 'fact', atNs: state.nowNs, cause: state.n, body: { kind: 'jobResized', id: 'shrunk', replicas: 1 } });
  take(0, ask('other', 'background', 5, [2, 3]));
  const leases = state.jobs.get('shrunk')?.leases ?? assert.fail('the job runs');
  Object.defineProperty(leases, Symbol.iterator, { value: () => assert.fail('the leases of the job were walked') });
  take(second, { kind: 'leaseReleased', id: 'other' });
  assert.equal(state.leases.has('other'), false);
});
