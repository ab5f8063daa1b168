/** Preemption: who yields, down to which floor, who moves instead, and the checkers of the third invariant on random books. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isRefusal } from '../../../src/base/refusal.ts';
import { admit } from '../../../src/plan/admission/admit.ts';
import type { LeaseBook } from '../../../src/plan/admission/lease-book.ts';
import { applyPlan, createLeaseBook, findGrant } from '../../../src/plan/admission/lease-book.ts';
import type { OtherRoutes } from '../../../src/plan/admission/preempt.ts';
import type { Admitted, LeaseRequest } from '../../../src/plan/admission/request.ts';
import type { Grant } from '../../../src/plan/plan.ts';
import { reverse } from '../../../src/plan/plan.ts';
import type { Policy } from '../../../src/plan/policy.ts';
import { defaultPolicy } from '../../../src/plan/policy.ts';
import type { TrafficClassName } from '../../../src/traffic/classes.ts';
import { lightOf, rateRequest } from './light-fixture.ts';

function take(book: LeaseBook, request: LeaseRequest, otherRoutes?: OtherRoutes): Admitted {
  const answer = admit(book, { ...request, preemption: 'take' }, otherRoutes === undefined ? {} : { otherRoutes });
  if (isRefusal(answer)) throw new Error(answer.reasons.join(' '));
  return answer;
}

function enter(book: LeaseBook, request: LeaseRequest): void {
  assert.equal(applyPlan(book, take(book, request).plan), null);
}

const fates = ({ affected }: Admitted): readonly unknown[] => affected.map(({ before, after, lostGbps }) => [before.id, after?.rateGbps ?? null, lostGbps]);

test('a lower class yields only what is needed, and the plan is undone exactly', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 4, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('bulk', 'background', [0], 300, [0, 10]));
  const answer = take(book, rateRequest('new', 'allToAll', [0], 200, [0, 10]));
  // 300 + 200 - 400 Gb/s.
  assert.deepEqual(fates(answer), [['bulk', 200, 100]]);
  const before = [...book.load.value.slice(0, 4)];
  assert.equal(applyPlan(book, answer.plan), null);
  assert.equal(findGrant(book, 'bulk')?.rateGbps, 200);
  assert.equal(applyPlan(book, reverse(answer.plan)), null);
  assert.equal(findGrant(book, 'bulk')?.rateGbps, 300);
  assert.deepEqual([...book.load.value.slice(0, 4)], before);
});

test('light inside a floor is never taken', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  // Parameter sync keeps a fifth of what it asked for: 20 of 100 Gb/s.
  enter(book, rateRequest('sync', 'parameterSync', [0], 100, [0, 10]));
  assert.equal(admit(book, rateRequest('new', 'allToAll', [0], 81, [0, 10], { preemption: 'take' })).kind, 'refusal');
  assert.deepEqual(fates(take(book, rateRequest('new', 'allToAll', [0], 80, [0, 10]))), [['sync', 20, 80]]);
});

test('neither an equal nor a higher nor a protected class yields', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('fan', 'inferenceFanout', [0], 100, [0, 10]));
  const refusedFor = (name: TrafficClassName): boolean => admit(book, rateRequest('new', name, [0], 1, [0, 10], { preemption: 'take' })).kind === 'refusal';
  // Inference may not be preempted, not even by the highest class.
  assert.ok(refusedFor('allToAll') && refusedFor('inferenceFanout') && refusedFor('background'));
});

test('one job that can yield everything is chosen before several smaller ones, and the lighter class among equals', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('small1', 'background', [0], 20, [0, 10]));
  enter(book, rateRequest('small2', 'background', [0], 20, [0, 10]));
  enter(book, rateRequest('point', 'checkpoint', [0], 60, [0, 10], { floorGbps: 0 }));
  // 40 Gb/s: both small ones (cost 40) or the checkpoint alone (cost 2 x 40): fewer jobs first.
  assert.deepEqual(fates(take(book, rateRequest('new', 'allToAll', [0], 40, [0, 10]))), [['point', 20, 40]]);
  // 20 Gb/s, which each of them could yield alone: background weighs half of a checkpoint, and the lower row decides between the two.
  assert.deepEqual(fates(take(book, rateRequest('new', 'allToAll', [0], 20, [0, 10]))), [['small1', null, 20]]);
});

test('a reserved class takes wavelengths out of the shared pool at the expense of what shares it', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 4, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('bulk', 'background', [0], 350, [0, 10]));
  const answer = take(book, rateRequest('ring', 'allReduce', [0], 120, [0, 10]));
  // Two whole wavelengths leave 200 Gb/s for sharing.
  assert.deepEqual(answer.grant.paths[0]?.wavelengths, [[0, 1]]);
  assert.deepEqual(fates(answer), [['bulk', 200, 150]]);
});

const { background, checkpoint } = defaultPolicy.classes;
const reservedBulk: Policy = {
  ...defaultPolicy, classes: { ...defaultPolicy.classes, background: { ...background, serves: 'reserved' }, checkpoint: { ...checkpoint, serves: 'reserved', floorShare: 0.25 } },
};

test('wavelengths that a lower class holds alone are given up whole, and its floor stays lit', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 4, rateGbps: 100 }), reservedBulk);
  enter(book, rateRequest('point', 'checkpoint', [0], 400, [0, 10]));
  const answer = take(book, rateRequest('ring', 'allReduce', [0], 300, [0, 10]));
  // The floor of 100 Gb/s is the lowest wavelength; the other three go.
  assert.deepEqual(answer.grant.paths[0]?.wavelengths, [[1, 2, 3]]);
  assert.deepEqual(answer.affected[0]?.after?.paths[0]?.wavelengths, [[0]]);
  assert.equal(applyPlan(book, answer.plan), null);
  assert.equal(admit(book, rateRequest('more', 'allReduce', [0], 1, [0, 10], { preemption: 'take' })).kind, 'refusal');
});

test('a lightpath gives up the same slots on all of its links, also where one of them has wider wavelengths', () => {
  // Three slots of 10 Gb/s over link 0 and of 20 over link 1. For the 10 Gb/s that somebody wants of link 0, slot 2 goes on both links:
  // a floor of 15 Gb/s needs two slots, though one wavelength of link 1 would carry it. Link 2, where slot 0 is another's, is no part of
  // the lightpath: light is converted before it, and one of its wavelengths of 20 Gb/s is enough.
  const light = lightOf(3, { wavelengths: 4, rateGbps: 10 });
  light.wavelengthRateGbps.fill(20, 4, 12);
  const book = createLeaseBook(light, reservedBulk);
  const grant = { ...take(book, rateRequest('point', 'checkpoint', [0, 1, 2], 30, [0, 10], { floorGbps: 15 })).grant, paths: [{ links: [0, 1, 2], wavelengths: [[0, 1, 2], [4, 5, 6], [9, 10]], rateGbps: 30 }] };
  assert.equal(applyPlan(book, { changes: [{ kind: 'add', grant }], reasons: [] }), null);
  const answer = take(book, rateRequest('ring', 'allReduce', [0], 20, [0, 10]));
  assert.deepEqual(answer.affected[0]?.after?.paths[0]?.wavelengths, [[0, 1], [4, 5], [9]]);
});

test('of wavelengths that others hold alone those are taken that the fewest jobs give up', () => {
  // Wavelength 0 is small's and 1 and 2 are large's: two of the three are had from large alone, not from the lowest two of both.
  const book = createLeaseBook(lightOf(1, { wavelengths: 3, rateGbps: 100 }), reservedBulk);
  enter(book, rateRequest('small', 'background', [0], 100, [0, 10]));
  enter(book, rateRequest('large', 'background', [0], 200, [0, 10]));
  const answer = take(book, rateRequest('ring', 'allReduce', [0], 200, [0, 10]));
  assert.deepEqual(answer.grant.paths[0]?.wavelengths, [[1, 2]]);
  assert.deepEqual(fates(answer), [['large', null, 200]]);
});

test('a higher class that no single path can carry takes what lower ones hold on several, shared or in whole wavelengths', () => {
  const legs = [{ paths: [{ links: [0] }, { links: [1] }] }];
  for (const name of ['allToAll', 'allReduce'] as const) {
    const book = createLeaseBook(lightOf(2, { wavelengths: 4, rateGbps: 100 }), defaultPolicy);
    enter(book, rateRequest('first', 'background', [0], 400, [0, 10]));
    enter(book, rateRequest('second', 'background', [1], 100, [0, 10]));
    // 600 Gb/s over two paths of 400: of shared light the lower class yields what the 300 free leave open; whole wavelengths are all four of the first path, and two free ones of the second.
    const answer = take(book, rateRequest('new', name, [0], 600, [0, 10], { legs }));
    assert.equal(answer.grant.rateGbps, 600);
    assert.equal(answer.affected.reduce((sum, { lostGbps }) => sum + lostGbps, 0), name === 'allToAll' ? 300 : 400);
    assert.equal(applyPlan(book, answer.plan), null);
  }
});

test('lightpaths that are divided together at the expense of others keep their slots, also where one link has wider wavelengths', () => {
  // Links 0, 1 and 2 have two wavelengths of 10 Gb/s, link 3 two of 20. One after another, the first leg takes the free 10 of both ways
  // and the second finds slot 0 of the only way taken; together the second has its way and the first both slots of links 2 and 3.
  const light = lightOf(4, { wavelengths: 2, rateGbps: 10 });
  light.wavelengthRateGbps.fill(20, 6, 8);
  const book = createLeaseBook(light, defaultPolicy);
  for (const link of [0, 2]) enter(book, rateRequest(`bulk${link}`, 'background', [link], 5, [0, 10], { serves: 'shared' }));
  const near = { links: [0, 1], keepsSlot: true } as const;
  const answer = take(book, rateRequest('ring', 'allReduce', [0], 20, [0, 10], { serves: 'reserved', legs: [{ paths: [near, { links: [2, 3], keepsSlot: true }] }, { paths: [near] }] }));
  const held = answer.grant.paths.map(({ links, wavelengths }) => [links, wavelengths]);
  assert.deepEqual(held, [[[2, 3], [[4, 5], [6, 7]]], [[0, 1], [[0, 1], [2, 3]]]]);
});

test('a higher class that may start later does so where what fills its first hours may not yield', () => {
  // Inference may not be preempted and lasts until 10; background after it yields. A volume that needs 10 ns at 100 Gb/s waits likewise.
  for (const amount of [{ kind: 'rate', rateGbps: 100, durationNs: 10 }, { kind: 'volume', bits: 1000 }] as const) {
    const book = createLeaseBook(lightOf(1, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
    enter(book, rateRequest('fan', 'inferenceFanout', [0], 100, [0, 10]));
    enter(book, rateRequest('bulk', 'background', [0], 100, [10, 20]));
    const answer = take(book, rateRequest('new', 'allToAll', [0], 100, [0, 20], { amount }));
    assert.deepEqual([answer.grant.startNs, answer.grant.endNs], [10, 20]);
    assert.deepEqual(fates(answer), [['bulk', null, 100]]);
  }
});

test('a victim moves to another path with its full rate before it loses any', () => {
  const book = createLeaseBook(lightOf(2, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('bulk', 'background', [0], 80, [0, 10]));
  const answer = take(book, rateRequest('new', 'allToAll', [0], 100, [0, 10]), () => [{ links: [1] }]);
  assert.deepEqual(fates(answer), [['bulk', 80, 0]]);
  assert.deepEqual(answer.affected[0]?.after?.paths[0]?.links, [1]);
  assert.equal(applyPlan(book, answer.plan), null);
});

test('a chain: all-to-all moves a sync, which drops background; each link stays within its light', () => {
  // The sync has no floor, so it would be dropped; on the other link it takes what background holds.
  const book = createLeaseBook(lightOf(2, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('sync', 'parameterSync', [0], 100, [0, 10], { floorGbps: 0 }));
  enter(book, rateRequest('bulk', 'background', [1], 70, [0, 10]));
  const answer = take(book, rateRequest('new', 'allToAll', [0], 100, [0, 10]), (grant) => (grant.id === 'sync' ? [{ links: [1] }] : []));
  assert.deepEqual(fates(answer), [['sync', 100, 0], ['bulk', null, 70]]);
  assert.equal(applyPlan(book, answer.plan), null);
  assert.equal(findGrant(book, 'bulk'), null);
  assert.equal(applyPlan(book, reverse(answer.plan)), null);
  assert.deepEqual([findGrant(book, 'sync')?.paths[0]?.links, findGrant(book, 'bulk')?.rateGbps], [[0], 70]);
});

test('a chain that finds no room is taken back, and the victim is dropped after all', () => {
  const book = createLeaseBook(lightOf(2, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('sync', 'parameterSync', [0], 100, [0, 10], { floorGbps: 0 }));
  enter(book, rateRequest('fan', 'inferenceFanout', [1], 70, [0, 10]));
  const answer = take(book, rateRequest('new', 'allToAll', [0], 100, [0, 10]), () => [{ links: [1] }]);
  assert.deepEqual(fates(answer), [['sync', null, 100]]);
});

const names: readonly TrafficClassName[] = ['allReduce', 'allToAll', 'parameterSync', 'checkpoint', 'background'];
const paths: readonly (readonly number[])[] = [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2]];

interface Lease {
  readonly name: TrafficClassName;
  readonly path: readonly number[];
  readonly rate: number;
  readonly from: number;
  readonly length: number;
}

const lease: fc.Arbitrary<Lease> = fc.record({ name: fc.constantFrom(...names), path: fc.constantFrom(...paths), rate: fc.integer({ min: 1, max: 25 }), from: fc.nat(12), length: fc.integer({ min: 1, max: 10 }) });
const requestOf = (id: string, { name, path, rate, from, length }: Lease): LeaseRequest => rateRequest(id, name, path, rate, [from, from + length]);

const standingIn = (book: LeaseBook): readonly Grant[] => book.grants.filter((grant) => grant !== null);

/** Invariant 1 by brute force: at no tick is a link promised more than 30 Gb/s or a wavelength held twice. */
function checkLight(grants: readonly Grant[]): void {
  for (let tick = 0; tick < 24; tick++) {
    const load = [0, 0, 0];
    const rows: number[] = [];
    for (const grant of grants) if (grant.startNs <= tick && tick < grant.endNs) for (const path of grant.paths) path.links.forEach((link, hop) => {
      const alone = path.wavelengths[hop] ?? [];
      rows.push(...alone);
      load[link] = (load[link] ?? 0) + (alone.length > 0 ? 10 * alone.length : path.rateGbps);
    });
    assert.ok(Math.max(...load) <= 30 + 1e-9, `load ${load.join(' ')} at ${tick}`);
    assert.equal(new Set(rows).size, rows.length);
  }
}

const snapshot = (book: LeaseBook): string => JSON.stringify(standingIn(book).toSorted((a, b) => (a.id < b.id ? -1 : 1)));

test('whatever is preempted, floors hold, only lower preemptible classes bear it, no light is used twice, and undoing restores all', () => {
  let preempted = 0;
  fc.assert(fc.property(fc.array(lease, { minLength: 4, maxLength: 18 }), fc.boolean(), (leases, canMove) => {
    const book = createLeaseBook(lightOf(3, { wavelengths: 3, rateGbps: 10 }), reservedBulk);
    const otherRoutes: OtherRoutes = (_, { links }) => (canMove ? paths.filter((way) => way.length === links.length && way !== links).map((way) => ({ links: way })) : []);
    leases.forEach((one, at) => {
      const before = snapshot(book);
      const answer = admit(book, { ...requestOf(`lease${at}`, one), preemption: 'take' }, { otherRoutes });
      assert.equal(snapshot(book), before);
      if (isRefusal(answer)) return;
      if (answer.affected.length > 0) preempted += 1;
      for (const { before: was, after } of answer.affected) {
        const { priority, preemptible } = book.policy.classes[was.trafficClass];
        assert.ok(preemptible && priority > book.policy.classes[one.name].priority);
        assert.ok((after?.rateGbps ?? 0) >= was.floorGbps - 1e-9);
      }
      assert.equal(applyPlan(book, answer.plan), null);
      checkLight(standingIn(book));
      assert.equal(applyPlan(book, reverse(answer.plan)), null);
      assert.equal(snapshot(book), before);
      assert.equal(applyPlan(book, answer.plan), null);
    });
    const load = [...book.load.size];
    for (const grant of standingIn(book)) assert.equal(applyPlan(book, { changes: [{ kind: 'drop', grant }], reasons: [] }), null);
    assert.ok(load.length === 3 && [...book.load.size, ...book.held.size].every((size) => size === 0));
  }), { seed: 66, numRuns: 200 });
  assert.ok(preempted > 100, `${preempted} preemptions were tried`);
});

test('no higher class waits while enough preemptible light exists, and no set of fewer jobs would do', () => {
  let compared = 0;
  fc.assert(fc.property(fc.array(lease, { minLength: 3, maxLength: 8 }), lease, (leases, asked) => {
    const book = createLeaseBook(lightOf(3, { wavelengths: 3, rateGbps: 10 }), { ...defaultPolicy });
    leases.forEach((one, at) => {
      const answer = admit(book, requestOf(`lease${at}`, one));
      if (!isRefusal(answer)) applyPlan(book, answer.plan);
    });
    const request = { ...requestOf('new', { ...asked, name: 'allToAll' }), preemption: 'take' as const };
    const able = standingIn(book).filter((grant) => ['parameterSync', 'checkpoint', 'background'].includes(grant.trafficClass));
    // The twin: every set of victims, each shrunk to its floor at every tick.
    let fewest = Infinity;
    for (let mask = 0; mask < 2 ** able.length; mask++) {
      const chosen = new Set(able.filter((_, at) => (mask >> at) & 1));
      let fits = true;
      for (let tick = request.startNs; tick < request.endNs && fits; tick++) for (const link of asked.path) {
        const load = standingIn(book).reduce((sum, grant) => {
          const path = grant.paths[0];
          const hop = path?.links.indexOf(link) ?? -1;
          if (path === undefined || hop < 0 || grant.startNs > tick || grant.endNs <= tick) return sum;
          const alone = path.wavelengths[hop]?.length ?? 0;
          return sum + (alone > 0 ? 10 * alone : chosen.has(grant) ? Math.ceil(grant.floorGbps * 1e6) / 1e6 : grant.rateGbps);
        }, 0);
        if (load + asked.rate > 30 + 1e-9) fits = false;
      }
      if (fits) fewest = Math.min(fewest, chosen.size);
    }
    const answer = admit(book, request);
    if (fewest > 0 && fewest < Infinity) compared += 1;
    assert.equal(isRefusal(answer) ? Infinity : answer.affected.length, fewest);
  }), { seed: 67, numRuns: 300 });
  assert.ok(compared > 50, `${compared} sets were compared`);
});

test('beyond the exact limit the set is still enough and nobody in it is idle', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 3, rateGbps: 100 }), defaultPolicy);
  for (let at = 0; at < 30; at++) enter(book, rateRequest(`bulk${at}`, 'background', [0], 5 + (at % 6), [0, 10]));
  // 30 leases of 5 to 10 Gb/s fill 225 of 300 Gb/s; 175 Gb/s want 100 more, which the ten largest (five of 10, five of 9) nearly give: 95.
  const answer = take(book, rateRequest('new', 'allToAll', [0], 175, [0, 10]));
  assert.equal(answer.affected.length, 11);
  assert.equal(answer.affected.reduce((sum, { lostGbps }) => sum + lostGbps, 0), 100);
});
