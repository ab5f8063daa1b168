/** Fairness between tenants: hand-made cases and the properties of weighted max-min. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Contender, LinkRoom } from '../../../src/plan/admission/fair-share.ts';
import { fairParts } from '../../../src/plan/admission/fair-share.ts';

const contender = (tenant: string, askGbps: readonly number[], change: Partial<Contender> = {}): Contender => ({ tenant, weight: 1, heldShare: 0, askGbps: Float64Array.from(askGbps), ...change });
const roomOf = (...gbps: readonly number[]): LinkRoom => ({ capacityGbps: Float64Array.from(gbps), freeGbps: Float64Array.from(gbps) });
const close = (found: readonly number[], expected: readonly number[]): void => {
  assert.equal(found.length, expected.length);
  expected.forEach((value, at) => assert.ok(Math.abs((found[at] ?? NaN) - value) < 1e-9, `${found.join(' ')} against ${expected.join(' ')}`));
};

test('one link is shared by weight, and what one does not need goes to the others', () => {
  // 100 Gb/s, all ask 100 with weights 1 and 3: 25 and 75.
  close(fairParts([contender('a', [100]), contender('b', [100], { weight: 3 })], roomOf(100)), [0.25, 0.75]);
  // The first wants only 10, so the second has 90.
  close(fairParts([contender('a', [10]), contender('b', [100])], roomOf(100)), [1, 0.9]);
  // A cap of 0.3 leaves 70 for the other.
  close(fairParts([contender('a', [100], { capGbps: Float64Array.of(30) }), contender('b', [100])], roomOf(100)), [0.3, 0.7]);
});

test('the dominant share counts, as in the first example of Ghodsi et al.', () => {
  // 9 CPUs and 18 GB; tasks of (1, 4) and (3, 1). DRF gives 3 and 2 tasks: dominant shares 12/18 and 6/9 are equal. Asking for 9 tasks each.
  close(fairParts([contender('a', [9, 36]), contender('b', [27, 9])], roomOf(9, 18)), [3 / 9, 2 / 9]);
});

test('what a tenant holds already counts: it waits until the others have come up to it', () => {
  // 50 of 100 Gb/s are held by a; the free 50 go to b.
  close(fairParts([contender('a', [50], { heldShare: 0.5 }), contender('b', [50])], { capacityGbps: Float64Array.of(100), freeGbps: Float64Array.of(50) }), [0, 1]);
  // 20 held by a, 80 free: b rises to 20, then both to 50.
  close(fairParts([contender('a', [100], { heldShare: 0.2 }), contender('b', [100])], { capacityGbps: Float64Array.of(100), freeGbps: Float64Array.of(80) }), [0.3, 0.5]);
});

test('no light and no wish are no trouble', () => {
  close(fairParts([contender('a', [10]), contender('b', [0])], roomOf(0)), [0, 1]);
  assert.deepEqual(fairParts([], roomOf(1)), []);
});

const linkCount = 4;
const someContender = fc.record({
  ask: fc.array(fc.constantFrom(0, 0, 3, 10, 40, 100), { minLength: linkCount, maxLength: linkCount }),
  weight: fc.constantFrom(0.5, 1, 2, 5), capGbps: fc.constantFrom(Float64Array.of(2, 5, 20, 50), Float64Array.of(0, 40, 5, 10), undefined), heldShare: fc.constantFrom(0, 0, 0.1, 0.4),
});

test('parts are feasible, within caps, and nobody can have more without taking from one who is no better off', () => {
  fc.assert(fc.property(fc.array(someContender, { minLength: 1, maxLength: 7 }), fc.array(fc.constantFrom(10, 50, 100), { minLength: linkCount, maxLength: linkCount }), (wishes, capacities) => {
    const contenders = wishes.map(({ ask, capGbps, ...rest }, at) => contender(`t${at}`, ask, capGbps === undefined ? rest : { ...rest, capGbps }));
    const room = roomOf(...capacities);
    const parts = fairParts(contenders, room);
    const load = capacities.map((_, link) => contenders.reduce((sum, { askGbps }, at) => sum + (askGbps[link] ?? 0) * (parts[at] ?? 0), 0));
    const shareOf = (at: number): number => {
      const one = contenders[at];
      return one === undefined ? 0 : one.heldShare + (parts[at] ?? 0) * Math.max(...capacities.map((gbps, link) => (one.askGbps[link] ?? 0) / gbps));
    };
    load.forEach((gbps, link) => assert.ok(gbps <= (capacities[link] ?? 0) * (1 + 1e-9)));
    contenders.forEach((one, at) => {
      const part = parts[at] ?? 0;
      assert.ok(part >= 0 && part <= 1);
      const capLeft = one.askGbps.map((gbps, link) => (gbps > 0 ? (one.capGbps?.[link] ?? Infinity) - gbps * part : Infinity));
      assert.ok(capLeft.every((gbps) => gbps >= -1e-9));
      if (one.askGbps.every((gbps) => gbps === 0) || part > 1 - 1e-9 || capLeft.some((gbps) => gbps <= 1e-9)) return;
      // Bottleneck argument (Bertsekas and Gallager): on some full link of its own, nobody who rose has a higher level.
      const isBottlenecked = capacities.some((gbps, link) => (one.askGbps[link] ?? 0) > 0 && (load[link] ?? 0) >= gbps * (1 - 1e-6) &&
        contenders.every((other, of) => (other.askGbps[link] ?? 0) * (parts[of] ?? 0) === 0 || shareOf(of) / other.weight <= shareOf(at) / one.weight + 1e-6));
      assert.ok(isBottlenecked, `tenant ${at} has part ${part} and no reason`);
    });
  }), { seed: 68, numRuns: 500 });
});
