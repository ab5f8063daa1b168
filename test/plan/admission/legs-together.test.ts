/** Admission of several legs together: cases worked out by hand, and random ones against linear and integer programs over every window. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../../src/base/refusal.ts';
import { admit } from '../../../src/plan/admission/admit.ts';
import { applyPlan, createLeaseBook, findGrant } from '../../../src/plan/admission/lease-book.ts';
import type { CandidatePath, LeaseRequest } from '../../../src/plan/admission/request.ts';
import { defaultPolicy } from '../../../src/plan/policy.ts';
import { compareLegs, legsCase } from './legs-cases.ts';
import { lightOf, rateRequest } from './light-fixture.ts';

const legOf = (...ways: readonly (readonly number[])[]): { readonly paths: readonly CandidatePath[] } => ({ paths: ways.map((links) => ({ links })) });

/** Rates on links as a plan takes them, Gb/s. */
function loadOf(request: LeaseRequest, links: number, lanes: { readonly wavelengths: number; readonly rateGbps: number }): readonly number[] | string {
  const book = createLeaseBook(lightOf(links, lanes), defaultPolicy);
  const answer = admit(book, request);
  if (isRefusal(answer)) return answer.reasons.join(' ');
  assert.equal(applyPlan(book, answer.plan), null);
  const load = new Array<number>(links).fill(0);
  for (const path of answer.grant.paths) for (const link of path.links) load[link] = (load[link] ?? 0) + path.rateGbps;
  return load;
}

test('a leg that could go elsewhere leaves its first path to one that could not, shared or in whole wavelengths', () => {
  // The first leg prefers link 0, which is all that the second leg has; both are as wide as a link.
  const legs = [legOf([0], [1]), legOf([0])];
  for (const name of ['allToAll', 'allReduce'] as const) assert.deepEqual(loadOf(rateRequest('new', name, [0], 20, [0, 10], { legs }), 2, { wavelengths: 2, rateGbps: 10 }), [20, 20]);
});

test('three legs over three links fit only when each is halved over two of them', () => {
  // Leg i may use links i and i + 1. At 20 Gb/s each, 60 Gb/s fill the three links of 20 Gb/s; with 15 Gb/s of light on the first, 55 Gb/s are 18.333 each.
  const legs = [legOf([0], [1]), legOf([1], [2]), legOf([2], [0])];
  assert.deepEqual(loadOf(rateRequest('new', 'allToAll', [0], 20, [0, 10], { legs }), 3, { wavelengths: 2, rateGbps: 10 }), [20, 20, 20]);
  const book = createLeaseBook(lightOf(3, { wavelengths: 2, rateGbps: 10 }), defaultPolicy);
  const small = admit(book, rateRequest('small', 'allToAll', [0], 5, [0, 1e9]));
  assert.ok(!isRefusal(small) && applyPlan(book, small.plan) === null);
  const answer = admit(book, rateRequest('new', 'allToAll', [0], 20, [0, 10], { legs }));
  // Rates are whole kb/s: 3 x 18.333333 Gb/s.
  assert.equal(isRefusal(answer) ? answer.offers.find(({ kind }) => kind === 'slower')?.grant.rateGbps : null, 54.999999);
});

test('a lightpath leaves the slot that another cannot do without', () => {
  // Two links of two slots. Slot 1 of link 1 is held, so the leg over both keeps slot 0; the leg on link 0 alone, which comes first and would take the lowest, takes slot 1.
  const book = createLeaseBook(lightOf(2, { wavelengths: 2, rateGbps: 10 }), defaultPolicy);
  for (const id of ['first', 'second']) {
    const answer = admit(book, rateRequest(id, 'allReduce', [1], 10, [0, 10]));
    assert.ok(!isRefusal(answer) && applyPlan(book, answer.plan) === null);
  }
  const first = findGrant(book, 'first');
  assert.ok(first !== null && applyPlan(book, { changes: [{ kind: 'drop', grant: first }], reasons: [] }) === null);
  const legs = [{ paths: [{ links: [0], keepsSlot: true as const }] }, { paths: [{ links: [0, 1], keepsSlot: true as const }] }];
  const answer = admit(book, rateRequest('new', 'allReduce', [0], 10, [0, 10], { legs }));
  assert.deepEqual(isRefusal(answer) ? null : answer.grant.paths.map(({ wavelengths }) => wavelengths), [[[1]], [[0], [2]]]);
});

test('wavelengths of several widths are left to the leg that has no others', () => {
  // Link 0 has wavelengths of 10 and 5 Gb/s, link 1 two of 10. At 10 Gb/s the second leg needs the wider one of link 0, at 12 Gb/s both.
  for (const rateGbps of [10, 12]) {
    const light = { ...lightOf(2, { wavelengths: 2, rateGbps: 10 }), wavelengthRateGbps: Float64Array.of(10, 5, 10, 10) };
    const answer = admit(createLeaseBook(light, defaultPolicy), rateRequest('new', 'allReduce', [0], rateGbps, [0, 10], { legs: [legOf([0], [1]), legOf([0])] }));
    assert.deepEqual(isRefusal(answer) ? null : answer.grant.paths.map(({ links }) => links[0]).sort(), [0, 1]);
  }
});

test('whole wavelengths of one leg over several paths are found where one path after another finds fewer', () => {
  // The longest way comes first and takes a link of each of the two others: 0-2-4 blocks 0-3 and 1-4.
  const legs = [legOf([0, 2, 4], [0, 3], [1, 4])];
  assert.deepEqual(loadOf(rateRequest('new', 'allReduce', [0], 20, [0, 10], { legs }), 5, { wavelengths: 1, rateGbps: 10 }), [10, 10, 0, 10, 10]);
});

function compareAll(kind: 'rate' | 'volume', seeds: { readonly first: number; readonly count: number }): Readonly<Record<'admitted' | 'taken' | 'refused', number>> {
  const seen = { admitted: 0, taken: 0, refused: 0 };
  for (let seed = seeds.first; seed < seeds.first + seeds.count; seed++) {
    const { outcome, differences } = compareLegs(legsCase(seed, kind));
    assert.deepEqual(differences, [], `seed ${seed}`);
    seen[outcome] += 1;
  }
  return seen;
}

test('two to four legs start when they first fit by some division; refusals, offers and what others give up agree with linear and integer programs', () => {
  const seen = compareAll('rate', { first: 1, count: 120 });
  assert.ok(seen.admitted >= 20 && seen.taken >= 10 && seen.refused >= 30, JSON.stringify(seen));
});

test('volumes on several legs complete as early as some window and division allow', () => {
  const seen = compareAll('volume', { first: 5001, count: 30 });
  assert.ok(seen.admitted >= 8 && seen.taken >= 1 && seen.refused >= 8, JSON.stringify(seen));
});
