/** Relief of links that promise more than they carry since they lost light. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../../src/base/refusal.ts';
import { admit } from '../../../src/plan/admission/admit.ts';
import type { LeaseBook } from '../../../src/plan/admission/lease-book.ts';
import { applyPlan, createLeaseBook } from '../../../src/plan/admission/lease-book.ts';
import { overloadGbps, relieve } from '../../../src/plan/admission/relieve.ts';
import type { LeaseRequest } from '../../../src/plan/admission/request.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { defaultPolicy } from '../../../src/plan/policy.ts';
import { lightOf, rateRequest } from './light-fixture.ts';

const enter = (book: LeaseBook, request: LeaseRequest): void => {
  const answer = admit(book, request);
  assert.ok(!isRefusal(answer) && applyPlan(book, answer.plan) === null);
};
const dark = (wavelength: number): Plan => ({ changes: [{ kind: 'setRate', wavelength, fromGbps: 100, toGbps: 0 }], reasons: [] });
const span = { startNs: 0, endNs: 10 };

test('a lost wavelength is made up for by the lower class, and the protected ones keep their rate', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 2, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('moe', 'allToAll', [0], 90, [0, 10]));
  enter(book, rateRequest('bulk', 'background', [0], 100, [0, 10]));
  assert.equal(applyPlan(book, dark(1)), null);
  // 190 promised of 100.
  assert.equal(overloadGbps(book, 0, span), 90);
  const relief = relieve(book, [0], span, { protects: 'allToAll' });
  assert.ok(!isRefusal(relief));
  assert.deepEqual(relief.affected.map(({ before, after, lostGbps }) => [before.id, after?.rateGbps, lostGbps]), [['bulk', 10, 90]]);
  assert.equal(applyPlan(book, relief.plan), null);
  assert.equal(overloadGbps(book, 0, span), 0);
});

test('links without trouble need no change, and two overfull links may share one victim', () => {
  const book = createLeaseBook(lightOf(3, { wavelengths: 2, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('moe', 'allToAll', [0, 1], 100, [0, 10]));
  enter(book, rateRequest('bulk', 'background', [0, 1, 2], 100, [0, 10]));
  assert.deepEqual(relieve(book, [0, 1, 2], span, { protects: 'allToAll' }), { plan: { changes: [], reasons: [] }, affected: [] });
  for (const wavelength of [0, 2]) assert.equal(applyPlan(book, dark(wavelength)), null);
  const relief = relieve(book, [0, 1, 2], span, { protects: 'allToAll' });
  assert.ok(!isRefusal(relief));
  assert.deepEqual(relief.affected.map(({ before, after }) => [before.id, after]), [['bulk', null]]);
  assert.equal(applyPlan(book, relief.plan), null);
});

test('where only protected classes are left, relief is refused with the figure', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('moe', 'allToAll', [0], 90, [0, 10]));
  assert.equal(applyPlan(book, dark(0)), null);
  const relief = relieve(book, [0], span, { protects: 'allToAll' });
  assert.ok(isRefusal(relief));
  assert.equal(relief.code, 'still-overfull');
  assert.match(relief.reasons[0] ?? '', /90 Gb\/s more than it carries/);
});
