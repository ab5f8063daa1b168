/** Admission of one leg over several ways against linear programs over every window: what is refused cannot be had, what is offered can, and nothing better could be. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dice } from '../../../src/base/dice.ts';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { admit } from '../../../src/plan/admission/admit.ts';
import type { LeaseBook } from '../../../src/plan/admission/lease-book.ts';
import { applyPlan, createLeaseBook, forkLeaseBook } from '../../../src/plan/admission/lease-book.ts';
import type { Admitted, AdmissionRefusal, LeaseRequest, OfferKind } from '../../../src/plan/admission/request.ts';
import type { Grant } from '../../../src/plan/plan.ts';
import type { Policy } from '../../../src/plan/policy.ts';
import { defaultPolicy } from '../../../src/plan/policy.ts';
import type { TrafficClassName } from '../../../src/traffic/classes.ts';
import { highs } from '../wavelengths/solver.ts';
import { lightOf, rateRequest } from './light-fixture.ts';

/** Links s-a 0, s-b 1, a-b 2, a-t 3, b-t 4, s-t 5, of four wavelengths of 10 Gb/s each; ways between the ends that leases have. */
const links = 6;
const linkGbps = 40;
const ends: readonly (readonly (readonly number[])[])[] = [[[5], [0, 3], [1, 4], [0, 2, 4]], [[3], [2, 4]], [[1], [0, 2]], [[0]], [[4]], [[0, 3], [0, 2, 4], [1, 4], [5]]];
const windowMax = 40;
const policy: Policy = { ...defaultPolicy, lease: { ...defaultPolicy.lease, counterOffersMax: 9, windowMaxNs: windowMax }, tenants: { blue: { weight: 1, shareCap: 0.5 } } };
const asker: TrafficClassName = 'allToAll';

const standing = (book: LeaseBook): readonly Grant[] => book.grants.filter((grant) => grant !== null);

/** What a grant takes of each link; lower preemptible classes at their floors where `yields` says so. */
function addLoad(load: number[], grant: Grant, yields: boolean): void {
  const { priority, preemptible } = policy.classes[grant.trafficClass];
  const share = yields && preemptible && priority > policy.classes[asker].priority ? grant.floorGbps / grant.rateGbps : 1;
  for (const path of grant.paths) path.links.forEach((link, hop) => { load[link] = (load[link] ?? 0) + ((path.wavelengths[hop] ?? []).length > 0 ? 10 * (path.wavelengths[hop] ?? []).length : path.rateGbps * share); });
}

/** What is left of each link over a window, within the tenant's cap. */
function roomOver(book: LeaseBook, [startNs, endNs]: readonly [number, number], asked: { readonly tenant: string; readonly yields: boolean }): readonly number[] {
  const room = new Array<number>(links).fill(linkGbps);
  const instants = [startNs, ...standing(book).map((grant) => grant.startNs).filter((ns) => ns > startNs && ns < endNs)];
  for (const instant of instants) {
    const load = new Array<number>(links).fill(0);
    const own = new Array<number>(links).fill(0);
    for (const grant of standing(book)) {
      if (grant.startNs > instant || grant.endNs <= instant) continue;
      addLoad(load, grant, asked.yields);
      if (grant.tenant === asked.tenant) addLoad(own, grant, false);
    }
    room.forEach((before, link) => { room[link] = Math.max(0, Math.min(before, linkGbps - (load[link] ?? 0), asked.tenant === 'blue' ? linkGbps / 2 - (own[link] ?? 0) : Infinity)); });
  }
  return room;
}

/** The most that the ways carry together: maximise the sum of their rates within every link's room. */
function mostGbps(ways: readonly (readonly number[])[], room: readonly number[]): number {
  const rows = room.flatMap((gbps, link) => {
    const users = ways.flatMap((way, at) => (way.includes(link) ? [`x${at}`] : []));
    return users.length > 0 ? [` l${link}: ${users.join(' + ')} <= ${gbps}`] : [];
  });
  const answer = highs.solve(`Maximize\n obj: ${ways.map((_, at) => `x${at}`).join(' + ')}\nSubject To\n${rows.join('\n')}\nEnd\n`);
  assert.equal(answer.Status, 'Optimal');
  return answer.ObjectiveValue;
}

/** At no instant is a link promised more than it carries. */
function assertFeasible(book: LeaseBook): void {
  for (const at of standing(book).map((grant) => grant.startNs)) {
    const load = new Array<number>(links).fill(0);
    for (const grant of standing(book)) if (grant.startNs <= at && at < grant.endNs) addLoad(load, grant, false);
    assert.ok(Math.max(...load) <= linkGbps + 1e-9, `${load.join(' ')} at ${at}`);
  }
}

const pick = <T>(dice: Dice, items: readonly T[]): T => items[dice.below(items.length)] as T;

function someWays(dice: Dice): readonly (readonly number[])[] {
  const all = pick(dice, ends);
  return [...new Set(Array.from({ length: 1 + dice.below(4) }, () => pick(dice, all)))];
}

const legsOf = (ways: readonly (readonly number[])[]): LeaseRequest['legs'] => [{ paths: ways.map((way) => ({ links: way })) }];

function fullBook(dice: Dice): LeaseBook {
  const book = createLeaseBook(lightOf(links, { wavelengths: 4, rateGbps: 10 }), policy);
  for (let at = 0; at < 18; at++) {
    const name = pick<TrafficClassName>(dice, ['allToAll', 'inferenceFanout', 'parameterSync', 'checkpoint', 'background', 'background', 'allReduce']);
    const startNs = dice.below(22);
    const answer = admit(book, rateRequest(`lease${at}`, name, [0], 1 + dice.below(25), [startNs, startNs + 1 + dice.below(10)], { legs: legsOf(someWays(dice)), tenant: pick(dice, ['red', 'green', 'blue']) }));
    if (!isRefusal(answer)) assert.equal(applyPlan(book, answer.plan), null);
  }
  assertFeasible(book);
  return book;
}

/** Takes an answer on a copy of the book, where it must fit and keep every floor. */
function assertTakes(book: LeaseBook, { plan, affected }: Pick<Admitted, 'plan' | 'affected'>): void {
  const copy = forkLeaseBook(book);
  assert.equal(applyPlan(copy, plan), null);
  assertFeasible(copy);
  for (const { before, after } of affected) {
    assert.ok(policy.classes[before.trafficClass].preemptible && policy.classes[before.trafficClass].priority > policy.classes[asker].priority);
    assert.ok((after?.rateGbps ?? 0) >= before.floorGbps - 1e-6);
  }
}

/** Offers that are refused when they are asked for as they stand. */
function assertOffersHold(book: LeaseBook, request: LeaseRequest, { offers }: AdmissionRefusal): void {
  for (const { kind, grant, plan, affected } of offers) {
    assertTakes(book, { plan, affected });
    if (kind === 'preempt') continue;
    const amount = request.amount.kind === 'rate' ? { kind: 'rate' as const, rateGbps: grant.rateGbps } : request.amount;
    assert.equal(admit(book, { ...request, startNs: grant.startNs, endNs: grant.endNs, amount }).kind, 'admitted', kind);
  }
}

/** A book that holds leases, ways through it, and who asks, all from one seed; `dice` goes on after them. */
function drawn(seed: number) {
  const dice = createDice(seed);
  const book = fullBook(dice);
  return { dice, book, ways: someWays(dice), tenant: pick(dice, ['red', 'green', 'blue']) };
}

/** Whether the request is admitted when it may take from others; what it then takes must be theirs to give. */
function isTaken(book: LeaseBook, request: LeaseRequest): boolean {
  const taken = admit(book, { ...request, preemption: 'take' });
  if (!isRefusal(taken)) assertTakes(book, taken);
  return !isRefusal(taken);
}

const offerOf = ({ offers }: AdmissionRefusal, kind: OfferKind): Grant | undefined => offers.find((one) => one.kind === kind)?.grant;

test('a rate starts when it first fits on any division over its ways; refusals, offers and what others give up agree with linear programs', () => {
  const seen = { admitted: 0, refused: 0, taken: 0 };
  for (let seed = 1; seed <= 140; seed++) {
    const { dice, book, ways, tenant } = drawn(seed);
    const [rateGbps, startNs, window] = [1 + dice.below(50), dice.below(20), 2 + dice.below(12)];
    const durationNs = dice.below(2) === 0 ? window : 1 + dice.below(window);
    const request = rateRequest('new', asker, [0], rateGbps, [startNs, startNs + window], { legs: legsOf(ways), tenant, amount: { kind: 'rate', rateGbps, durationNs } });
    const most = (at: number, yields: boolean): number => mostGbps(ways, roomOver(book, [at, at + durationNs], { tenant, yields }));
    const firstUntil = (latest: number, yields: boolean): number => Array.from({ length: latest - startNs + 1 }, (_, later) => startNs + later).find((at) => most(at, yields) >= rateGbps - 1e-7) ?? Infinity;
    const answer = admit(book, request);
    const first = firstUntil(startNs + window - durationNs, false);
    if (!isRefusal(answer)) {
      seen.admitted += 1;
      assert.equal(answer.grant.startNs, first, `seed ${seed}`);
      assertTakes(book, answer);
      continue;
    }
    seen.refused += 1;
    assert.equal(first, Infinity, `seed ${seed}: refused, and fits at ${first}`);
    assertOffersHold(book, request, answer);
    const free = most(startNs, false);
    if (free > 0.01) assert.ok(Math.abs((offerOf(answer, 'slower')?.rateGbps ?? 0) - free) < 1e-5, `seed ${seed}: ${offerOf(answer, 'slower')?.rateGbps} of ${free} Gb/s offered`);
    const later = offerOf(answer, 'later');
    if (later?.rateGbps === rateGbps) assert.equal(later.startNs, firstUntil(startNs + windowMax, false), `seed ${seed}`);
    const fitsTaking = firstUntil(startNs + window - durationNs, true) < Infinity;
    assert.equal(isTaken(book, request), fitsTaking, `seed ${seed}: taking`);
    seen.taken += Number(fitsTaking);
  }
  assert.ok(seen.admitted >= 30 && seen.refused >= 30 && seen.taken >= 10, JSON.stringify(seen));
});

test('a volume completes as early as some window and division over its ways allow, and is refused where none meets the deadline even if others yield', () => {
  const seen = { admitted: 0, refused: 0, taken: 0 };
  for (let seed = 301; seed <= 360; seed++) {
    const { dice, book, ways, tenant } = drawn(seed);
    const [bits, startNs, window] = [1 + dice.below(400), dice.below(20), 2 + dice.below(12)];
    const request = rateRequest('new', asker, [0], 1, [startNs, startNs + window], { legs: legsOf(ways), tenant, amount: { kind: 'volume', bits } });
    /** From each start the end moves right; the first window into which the volume fits is the best of that start. */
    const earliest = (until: number, yields: boolean): number => {
      let best = Infinity;
      for (let from = startNs; from < until; from++) for (let to = from + 1; to <= until; to++) {
        const endNs = from + bits / mostGbps(ways, roomOver(book, [from, to], { tenant, yields }));
        if (endNs > to + 1e-9) continue;
        best = Math.min(best, endNs);
        break;
      }
      return best;
    };
    const answer = admit(book, request);
    const expected = earliest(startNs + window, false);
    if (!isRefusal(answer)) {
      seen.admitted += 1;
      assert.ok(Math.abs(answer.grant.endNs - expected) < 1e-2, `seed ${seed}: ${answer.grant.endNs} against ${expected}`);
      assertTakes(book, answer);
      continue;
    }
    seen.refused += 1;
    assert.equal(expected, Infinity, `seed ${seed}`);
    assertOffersHold(book, request, answer);
    const fitsTaking = earliest(startNs + window, true) < Infinity;
    assert.equal(isTaken(book, request), fitsTaking, `seed ${seed}: taking`);
    seen.taken += Number(fitsTaking);
  }
  assert.ok(seen.admitted >= 10 && seen.refused >= 10 && seen.taken >= 2, JSON.stringify(seen));
});

test('what one lease of a capped tenant gives back to another tenant is seen, though the link stays as full', () => {
  // Blue may hold 20 of 40 Gb/s. It holds them until 10; then red takes as much until 30: the link carries 20 Gb/s all along.
  const book = createLeaseBook(lightOf(1, { wavelengths: 4, rateGbps: 10 }), policy);
  for (const [id, tenant, from, to] of [['a', 'blue', 0, 10], ['b', 'red', 10, 30]] as const) {
    const answer = admit(book, rateRequest(id, 'background', [0], 20, [from, to], { tenant }));
    if (!isRefusal(answer)) applyPlan(book, answer.plan);
  }
  const answer = admit(book, rateRequest('c', 'background', [0], 20, [0, 20], { amount: { kind: 'rate', rateGbps: 20, durationNs: 10 } }));
  assert.equal(isRefusal(answer) ? null : answer.grant.startNs, 10);
});
