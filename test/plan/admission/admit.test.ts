/** Admission in windows: grants, counter-offers and the calendar's dumb twin, an array of ticks per link and wavelength. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isRefusal } from '../../../src/base/refusal.ts';
import { spanText } from '../../../src/base/number-text.ts';
import { admit } from '../../../src/plan/admission/admit.ts';
import type { LeaseBook } from '../../../src/plan/admission/lease-book.ts';
import { applyPlan, createLeaseBook, findGrant, forkLeaseBook, leaseCount, setNow } from '../../../src/plan/admission/lease-book.ts';
import type { Admitted, AdmissionRefusal, LeaseRequest } from '../../../src/plan/admission/request.ts';
import { checkRequest } from '../../../src/plan/admission/request.ts';
import type { Grant } from '../../../src/plan/plan.ts';
import { reverse } from '../../../src/plan/plan.ts';
import { defaultPolicy } from '../../../src/plan/policy.ts';
import { lightOf, rateRequest } from './light-fixture.ts';

function granted(answer: Admitted | AdmissionRefusal): Admitted {
  if (isRefusal(answer)) throw new Error(answer.reasons.join(' '));
  return answer;
}

function refused(answer: Admitted | AdmissionRefusal): AdmissionRefusal {
  assert.ok(isRefusal(answer));
  return answer;
}

function enter(book: LeaseBook, request: LeaseRequest): Grant {
  const { grant, plan } = granted(admit(book, request));
  assert.equal(applyPlan(book, plan), null);
  return grant;
}

test('a reserved class gets the lowest free wavelengths whole, and nobody gets them twice', () => {
  // 4 wavelengths of 100 Gb/s: 150 Gb/s take the two lowest, the next 100 Gb/s the third.
  const book = createLeaseBook(lightOf(2, { wavelengths: 4, rateGbps: 100 }), defaultPolicy);
  assert.deepEqual(enter(book, rateRequest('a', 'allReduce', [0, 1], 150, [0, 10])).paths, [{ links: [0, 1], wavelengths: [[0, 1], [4, 5]], rateGbps: 150 }]);
  assert.deepEqual(enter(book, rateRequest('b', 'allReduce', [0], 100, [5, 15])).paths[0]?.wavelengths, [[2]]);
  // One wavelength is left over [5, 10), so 100 Gb/s shared fit there and 101 do not.
  assert.equal(admit(book, rateRequest('c', 'background', [0], 100, [0, 20])).kind, 'admitted');
  assert.equal(admit(book, rateRequest('c', 'background', [0], 101, [0, 20])).kind, 'refusal');
  // From 10 on only lease b holds a wavelength: the lowest are free again.
  assert.deepEqual(enter(book, rateRequest('d', 'allReduce', [0], 100, [10, 20])).paths[0]?.wavelengths, [[0]]);
});

test('a lightpath keeps its slot over all links', () => {
  const book = createLeaseBook(lightOf(2, { wavelengths: 3, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('a', 'allReduce', [0], 100, [0, 10]));
  const legs = [{ paths: [{ links: [0, 1], keepsSlot: true as const }] }];
  // Slot 0 is taken on link 0, so slot 1 (rows 1 and 4) is the lowest that is free on both.
  assert.deepEqual(enter(book, rateRequest('b', 'allReduce', [0, 1], 100, [0, 10], { legs })).paths[0]?.wavelengths, [[1], [4]]);
  // Slot 2 is free on both, slot 0 only on link 1: no second pair of slots is left.
  assert.equal(admit(book, rateRequest('c', 'allReduce', [0, 1], 200, [0, 10], { legs })).kind, 'refusal');
});

test('a refusal offers a later start, a lower rate, another path and what lower classes would have to yield', () => {
  const policy = { ...defaultPolicy, lease: { ...defaultPolicy.lease, counterOffersMax: 9 } };
  const book = createLeaseBook(lightOf(2, { wavelengths: 4, rateGbps: 100 }), policy);
  enter(book, rateRequest('bulk', 'background', [0], 300, [0, 50]));
  const request = rateRequest('new', 'allToAll', [0], 200, [10, 30], { legs: [{ paths: [{ links: [0] }], otherPaths: [{ links: [1] }] }] });
  const answer = refused(admit(book, request));
  assert.equal(answer.code, 'no-room-in-window');
  assert.equal(answer.remedy, 'preempt');
  assert.deepEqual(answer.offers.map(({ kind }) => kind), ['otherPath', 'preempt', 'later', 'slower']);
  const [elsewhere, preempt, later, slower] = answer.offers;
  assert.deepEqual(elsewhere?.grant.paths[0]?.links, [1]);
  // 300 + 200 - 400 = 100 Gb/s too much.
  assert.deepEqual(preempt?.affected.map(({ before, lostGbps }) => [before.id, lostGbps]), [['bulk', 100]]);
  // The bulk lease ends at 50; the asked 20 ns follow.
  assert.deepEqual([later?.grant.startNs, later?.grant.endNs], [50, 70]);
  assert.equal(slower?.grant.rateGbps, 100);
  for (const { plan } of answer.offers) assert.equal(applyPlan(forkLeaseBook(book), plan), null);
});

test('more than the light can carry is never possible', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 4, rateGbps: 100 }), defaultPolicy);
  const answer = refused(admit(book, rateRequest('a', 'background', [0], 401, [0, 10])));
  assert.deepEqual([answer.code, answer.remedy], ['rate-above-capacity', 'never']);
  assert.deepEqual(answer.offers.map(({ kind, grant }) => [kind, grant.rateGbps]), [['slower', 400]]);
  const dark = createLeaseBook(lightOf(1, { wavelengths: 4, rateGbps: 0 }), defaultPolicy);
  assert.equal(refused(admit(dark, rateRequest('a', 'background', [0], 1, [0, 10]))).remedy, 'never');
});

test('ways that share a link count it once, and what is beyond them is offered as the most there will be, now or when it is free', () => {
  // Link 0 leads to both others: 400 Gb/s in all, however wide the ways behind it are.
  const book = createLeaseBook(lightOf(3, { wavelengths: 4, rateGbps: 100 }), defaultPolicy);
  const legs = [{ paths: [{ links: [0, 1] }, { links: [0, 2] }] }];
  const most = refused(admit(book, rateRequest('a', 'background', [0], 700, [0, 10], { legs })));
  assert.deepEqual([most.code, most.remedy], ['rate-above-capacity', 'never']);
  assert.match(most.reasons[0] ?? '', /its paths carry 400 Gb\/s even when they are empty/);
  assert.deepEqual(most.offers.map(({ kind, grant }) => [kind, grant.rateGbps, grant.startNs]), [['slower', 400, 0]]);
  // While another lease holds all of link 0 nothing is free in the window, and 400 Gb/s are from 30 on.
  enter(book, rateRequest('b', 'background', [0], 400, [0, 30]));
  const later = refused(admit(book, rateRequest('c', 'background', [0], 700, [0, 10], { legs })));
  assert.deepEqual(later.offers.map(({ kind, grant }) => [kind, grant.rateGbps, grant.startNs]), [['later', 400, 30]]);
  for (const { plan } of later.offers) assert.equal(applyPlan(forkLeaseBook(book), plan), null);
});

test('a rate shorter than its window starts as early as it fits', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('a', 'background', [0], 60, [10, 20]));
  const amount = { kind: 'rate' as const, rateGbps: 50, durationNs: 12 };
  const { grant } = granted(admit(book, rateRequest('b', 'background', [0], 50, [0, 40], { amount })));
  assert.deepEqual([grant.startNs, grant.endNs], [20, 32]);
});

test('a volume takes the constant rate that completes earliest; a tight deadline is answered with two volumes offers', () => {
  // 100 Gb/s free until 10, then 40 Gb/s until 30, then 100 again. 1,500 bits from 0: in [0, 10) only 1,000 bits fit; across 10 the
  // bottleneck is 40 Gb/s, which takes 37.5 ns and so runs past 30 at 40 Gb/s to 37.5; from 30 at 100 Gb/s it would end at 45.
  const book = createLeaseBook(lightOf(1, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('a', 'background', [0], 60, [10, 30]));
  const ask = (endNs: number): LeaseRequest => rateRequest('v', 'checkpoint', [0], 1, [0, endNs], { amount: { kind: 'volume', bits: 1500 } });
  const { grant } = granted(admit(book, ask(100)));
  assert.deepEqual([grant.startNs, grant.endNs, grant.rateGbps], [0, 37.5, 40]);
  const answer = refused(admit(book, ask(20)));
  assert.deepEqual(answer.offers.map(({ kind, grant: { startNs, endNs } }) => [kind, startNs, endNs]).filter(([kind]) => kind !== 'preempt'), [['earliestCompletion', 0, 37.5], ['shortest', 30, 45]]);
});

test('a leg too wide for one path is split over its paths', () => {
  const book = createLeaseBook(lightOf(2, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  const { grant } = granted(admit(book, rateRequest('a', 'allToAll', [0], 150, [0, 10], { legs: [{ paths: [{ links: [0] }, { links: [1] }] }] })));
  assert.deepEqual(grant.paths.map(({ links, rateGbps }) => [links[0], rateGbps]), [[0, 100], [1, 50]]);
  assert.equal(grant.rateGbps, 150);
});

test('legs that share a link add up', () => {
  const book = createLeaseBook(lightOf(3, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  const legs = [{ paths: [{ links: [0, 1] }] }, { paths: [{ links: [0, 2] }] }];
  assert.equal(admit(book, rateRequest('a', 'allToAll', [0], 50, [0, 10], { legs })).kind, 'admitted');
  const answer = refused(admit(book, rateRequest('a', 'allToAll', [0], 60, [0, 10], { legs })));
  // Half of the shared link each, found by halving to a thousandth of what each could have alone.
  const slower = answer.offers.find(({ kind }) => kind === 'slower');
  assert.ok(Math.abs((slower?.grant.rateGbps ?? 0) - 100) <= 0.2);
  assert.ok((slower?.grant.rateGbps ?? 0) <= 100);
});

test('a tenant holds no more of a link than its cap, over all its leases', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 1, rateGbps: 100 }), { ...defaultPolicy, tenants: { blue: { weight: 1, shareCap: 0.5 } } });
  enter(book, rateRequest('a', 'background', [0], 30, [0, 10]));
  enter(book, rateRequest('b', 'background', [0], 30, [10, 20]));
  // Half of 100 Gb/s less 30 at any time: the two leases do not overlap.
  assert.equal(admit(book, rateRequest('c', 'background', [0], 21, [0, 20])).kind, 'refusal');
  assert.equal(admit(book, rateRequest('c', 'background', [0], 20, [0, 20])).kind, 'admitted');
  assert.equal(admit(book, rateRequest('d', 'background', [0], 70, [0, 20], { tenant: 'red' })).kind, 'admitted');
});

test('requests with contradictions are issues with place, value and remedy', () => {
  const book = createLeaseBook(lightOf(2, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('a', 'background', [0], 30, [0, 10]));
  const codes = (request: LeaseRequest, nowNs = 0): readonly string[] => checkRequest(book, request, nowNs).map(({ code, path }) => `${code} at ${path}`);
  assert.deepEqual(codes(rateRequest('b', 'background', [0, 1], 30, [0, 10])), []);
  assert.deepEqual(codes(rateRequest('a', 'background', [0, 7], Number.NaN, [0, 10]), 5), ['duplicate-lease at id', 'lease-in-the-past at startNs', 'not-positive at amount.rateGbps', 'unknown-link at legs[0].paths']);
  assert.deepEqual(codes(rateRequest('b', 'background', [0, 0], 30, [10, 10], { floorGbps: 31 })), ['window-reversed at endNs', 'floor-above-rate at floorGbps', 'not-a-path at legs[0].paths']);
  assert.deepEqual(codes(rateRequest('b', 'background', [0], 30, [0, 10], { legs: [] })), ['no-legs at legs']);
});

test('a plan made for another state is refused and changes nothing', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  const first = granted(admit(book, rateRequest('a', 'background', [0], 80, [0, 10])));
  const second = granted(admit(book, rateRequest('b', 'background', [0], 80, [0, 10])));
  assert.equal(applyPlan(book, first.plan), null);
  assert.equal(applyPlan(book, second.plan)?.code, 'plan-does-not-fit');
  assert.equal(applyPlan(book, first.plan)?.code, 'plan-is-stale');
  assert.equal(leaseCount(book), 1);
  assert.equal(applyPlan(book, reverse(first.plan)), null);
  assert.equal(applyPlan(book, reverse(first.plan))?.code, 'plan-is-stale');
  assert.deepEqual([...book.load.size], [0]);
});

test('a derated wavelength lowers what is left, and its return restores it', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 2, rateGbps: 100 }), defaultPolicy);
  enter(book, rateRequest('a', 'allReduce', [0], 100, [0, 10]));
  const derate = { changes: [{ kind: 'setRate' as const, wavelength: 0, fromGbps: 100, toGbps: 50 }], reasons: [] };
  assert.equal(applyPlan(book, derate), null);
  // The derated wavelength is held alone, so the other one still carries 100 Gb/s.
  assert.equal(admit(book, rateRequest('b', 'background', [0], 100, [0, 10])).kind, 'admitted');
  assert.equal(admit(book, rateRequest('b', 'background', [0], 151, [10, 20])).kind, 'refusal');
  assert.equal(applyPlan(book, reverse(derate)), null);
  assert.equal(admit(book, rateRequest('b', 'background', [0], 200, [10, 20])).kind, 'admitted');
});

test('spans are written in their natural unit', () => {
  assert.deepEqual([12, 1500, 2e6, 3.5e9, 90e9, 7200e9].map(spanText), ['12 ns', '1.5 us', '2 ms', '3.5 s', '90 s', '2 h']);
});

const links = 3;
const wavelengths = 3;
const ticks = 30;

interface Step {
  readonly reserved: boolean;
  readonly path: readonly number[];
  readonly rate: number;
  readonly from: number;
  readonly window: number;
  readonly duration: number;
  readonly release: number;
}

const paths: readonly (readonly number[])[] = [[0], [1], [2], [0, 1], [1, 2], [2, 0], [0, 1, 2]];
const step: fc.Arbitrary<Step> = fc.record({
  reserved: fc.boolean(), path: fc.constantFrom(...paths),
  rate: fc.integer({ min: 1, max: 24 }), from: fc.nat(ticks - 8), window: fc.integer({ min: 1, max: 12 }), duration: fc.integer({ min: 1, max: 12 }), release: fc.nat(40),
});

/** The twin: promised rate per link and tick, holder count per wavelength and tick, all at 10 Gb/s a wavelength. */
function tickTables(grants: readonly Grant[]): { readonly load: number[][]; readonly held: number[][] } {
  const load = Array.from({ length: links }, () => Array.from({ length: 60 }, () => 0));
  const held = Array.from({ length: links * wavelengths }, () => Array.from({ length: 60 }, () => 0));
  for (const { startNs, endNs, paths: own } of grants) for (const { links: hops, wavelengths: rows, rateGbps } of own) hops.forEach((link, hop) => {
    const alone = rows[hop] ?? [];
    for (let tick = startNs; tick < endNs; tick++) {
      (load[link] ?? [])[tick] = (load[link]?.[tick] ?? 0) + (alone.length > 0 ? 10 * alone.length : rateGbps);
      for (const row of alone) (held[row] ?? [])[tick] = (held[row]?.[tick] ?? 0) + 1;
    }
  });
  return { load, held };
}

function twinFits(grants: readonly Grant[], { reserved, path, rate }: Step, from: number, to: number): boolean {
  const { load, held } = tickTables(grants);
  return path.every((link) => {
    const peak = Math.max(...(load[link] ?? []).slice(from, to));
    if (!reserved) return peak + rate <= 10 * wavelengths;
    const free = [0, 1, 2].filter((slot) => (held[link * wavelengths + slot] ?? []).slice(from, to).every((count) => count === 0)).length;
    const rows = Math.ceil(rate / 10);
    return rows <= free && peak + 10 * rows <= 10 * wavelengths;
  });
}

test('admission decides and starts exactly as an array of ticks does, through random admissions and releases', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
    const book = createLeaseBook(lightOf(links, { wavelengths, rateGbps: 10 }), defaultPolicy);
    const standing: Grant[] = [];
    steps.forEach((one, at) => {
      const duration = Math.min(one.duration, one.window);
      const request = rateRequest(`lease${at}`, one.reserved ? 'allReduce' : 'allToAll', one.path, one.rate, [one.from, one.from + one.window],
        { amount: { kind: 'rate', rateGbps: one.rate, durationNs: duration } });
      const starts = Array.from({ length: one.window - duration + 1 }, (_, later) => one.from + later);
      const expected = starts.find((start) => twinFits(standing, one, start, start + duration));
      const answer = admit(book, request);
      if (expected === undefined) assert.equal(answer.kind, 'refusal');
      else {
        const { grant, plan } = granted(answer);
        assert.equal(grant.startNs, expected);
        assert.equal(applyPlan(book, plan), null);
        standing.push(grant);
        for (const row of tickTables(standing).held) assert.ok(Math.max(...row) <= 1);
      }
      const gone = standing[one.release];
      if (gone !== undefined) {
        assert.equal(applyPlan(book, { changes: [{ kind: 'drop', grant: gone }], reasons: [] }), null);
        standing.splice(one.release, 1);
      }
    });
    for (const grant of standing) assert.equal(findGrant(book, grant.id), grant);
  }), { seed: 64, numRuns: 150 });
});

test('the earliest completion and the shortest transfer are those of a search over every tick', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 15 }), fc.constantFrom(...paths), fc.integer({ min: 5, max: 300 }), (steps, path, bits) => {
    const policy = { ...defaultPolicy, lease: { ...defaultPolicy.lease, windowMaxNs: 55 } };
    const book = createLeaseBook(lightOf(links, { wavelengths, rateGbps: 10 }), policy);
    steps.forEach((one, at) => {
      const answer = admit(book, rateRequest(`lease${at}`, 'background', one.path, one.rate, [one.from, one.from + one.window]));
      if (!isRefusal(answer)) applyPlan(book, answer.plan);
    });
    const { load } = tickTables(book.grants.filter((grant) => grant !== null));
    const free = Array.from({ length: 55 }, (_, tick) => Math.min(...path.map((link) => 30 - (load[link]?.[tick] ?? 0))));
    let earliest = Infinity;
    let shortest = Infinity;
    for (let start = 0; start < 55; start++) for (let until = start + 1; until <= 55; until++) {
      const end = start + bits / Math.min(...free.slice(start, until));
      if (!(end <= until)) continue;
      earliest = Math.min(earliest, end);
      shortest = Math.min(shortest, end - start);
    }
    const answer = admit(book, rateRequest('v', 'background', path, 1, [0, 55], { amount: { kind: 'volume', bits } }));
    assert.equal(isRefusal(answer) ? Infinity : answer.grant.endNs, earliest);
    const late = refused(admit(book, rateRequest('v', 'background', path, 1, [0, 0.1], { amount: { kind: 'volume', bits } })));
    const length = late.offers.find(({ kind }) => kind === 'shortest') ?? late.offers.find(({ kind }) => kind === 'earliestCompletion');
    assert.ok(length === undefined ? shortest === Infinity : Math.abs(length.grant.endNs - length.grant.startNs - shortest) < 1e-9);
  }), { seed: 65, numRuns: 150 });
});

test('forgetting the past leaves decisions about the future as they are', () => {
  const book = createLeaseBook(lightOf(1, { wavelengths: 1, rateGbps: 100 }), defaultPolicy);
  const past = enter(book, rateRequest('a', 'background', [0], 80, [0, 10]));
  enter(book, rateRequest('b', 'background', [0], 80, [5, 30].map((ns) => ns + 10) as [number, number]));
  setNow(book, 20);
  assert.equal(applyPlan(book, { changes: [{ kind: 'drop', grant: past }], reasons: [] }), null);
  assert.equal(admit(book, rateRequest('c', 'background', [0], 21, [20, 25])).kind, 'refusal');
  assert.equal(admit(book, rateRequest('c', 'background', [0], 20, [20, 25])).kind, 'admitted');
});
