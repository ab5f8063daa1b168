/** Places for jobs that take turns: by hand where two windows just fit, refused where they cannot, and never above capacity by a twin that looks at every instant. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { interleave } from '../../../src/plan/phases/interleave.ts';
import type { Interleaved, PeriodicJob, SharedLight } from '../../../src/plan/phases/interleave.ts';

const ms = 1e6;

const jobOf = (id: string, periodMs: number, fromMs: number, forMs: number, accelerators = 8): PeriodicJob =>
  ({ id, accelerators, periodNs: periodMs * ms, windows: [{ trafficClass: 'allToAll', startNs: fromMs * ms, durationNs: forMs * ms }] });

const linkOf = (capacityGbps: number, ...gbps: readonly number[]): SharedLight => ({ name: 'link', capacityGbps, users: gbps.map((rate, job) => ({ job, gbpsOf: { allToAll: rate } })) });

const placesOf = (answer: Interleaved) => (answer.ok ? answer : assert.fail(answer.reason));

/** What all jobs send over a link at an instant, by their plain windows. */
function sentGbps(jobs: readonly PeriodicJob[], link: SharedLight, { places }: Extract<Interleaved, { ok: true }>, atNs: number): number {
  return link.users.reduce((sum, { job, gbpsOf }) => {
    const [own, place] = [jobs[job] ?? assert.fail(), places[job] ?? assert.fail()];
    const inStep = (((atNs - place.startNs) % place.stepNs) + place.stepNs) % place.stepNs;
    return sum + own.windows.reduce((rate, { trafficClass, startNs, durationNs }) => {
      const isOpen = [inStep, inStep + place.stepNs].some((at) => at > startNs + 1 && at < startNs + durationNs - 1);
      return rate + (isOpen ? gbpsOf[trafficClass] ?? 0 : 0);
    }, 0);
  }, 0);
}

test('two windows of 40 of 100 ms take turns on a link that carries one of them', () => {
  const found = placesOf(interleave([jobOf('a', 100, 60, 40), jobOf('b', 100, 60, 40)], [linkOf(300, 200, 200)]));
  assert.deepEqual(found.peakGbps, [200]);
  // One begins 41 to 59 ms after the other: 40 ms of window and a guard of 0.5 ms on each side of both.
  const apart = Math.abs((found.places[0]?.startNs ?? 0) - (found.places[1]?.startNs ?? 0)) / ms;
  assert.ok(apart >= 41 && apart <= 59, `${apart} ms apart`);
});

test('windows that fill more than the step cannot take turns', () => {
  // 2 x (50 + 1) ms with guards in a step of 100 ms.
  const answer = interleave([jobOf('a', 100, 50, 50), jobOf('b', 100, 50, 50)], [linkOf(300, 200, 200)]);
  assert.ok(!answer.ok && answer.reason.includes('would ask for 400 Gb/s at once'));
});

test('a link that carries all at once binds nobody, and its peak is what all send', () => {
  const found = placesOf(interleave([jobOf('a', 100, 60, 40), jobOf('b', 161.8, 120, 40)], [linkOf(400, 200, 200)]));
  assert.deepEqual([found.peakGbps, found.places.map(({ holdNs }) => holdNs)], [[400], [0, 0]]);
});

test('step times without a common circle are refused, whatever their windows', () => {
  const answer = interleave([jobOf('a', 100, 90, 10), jobOf('b', 161.8, 150, 10)], [linkOf(300, 200, 200)]);
  assert.ok(!answer.ok && answer.reason.includes('agree on no common circle'));
});

test('a job that almost fits a circle holds a little in every step', () => {
  // 100 and 199.8 ms: two steps of 100 ms are 200 ms, so the other holds 0.2 ms, 0.1 % of its step.
  const found = placesOf(interleave([jobOf('a', 100, 80, 20), jobOf('b', 199.8, 179.8, 20)], [linkOf(300, 200, 200)]));
  assert.ok(Math.abs((found.places[1]?.holdNs ?? 0) - 0.2 * ms) < 1);
});

test('at no instant of 300 drawn cases is more sent than a link carries, and what is refused has a reason', () => {
  const dice = createDice(6101);
  let served = 0;
  for (let turn = 0; turn < 300; turn++) {
    const count = 2 + dice.below(3);
    const baseMs = 60 + 20 * dice.below(5);
    const jobs = Array.from({ length: count }, (_, row) => {
      const periodMs = baseMs * (1 + dice.below(3));
      const forMs = (0.05 + (0.8 * dice.uniform()) / count) * baseMs;
      return jobOf(`j${row}`, periodMs, dice.uniform() * (periodMs - forMs), forMs, 8 * (1 + dice.below(4)));
    });
    const links = [0, 1].map((at): SharedLight => {
      const users = jobs.flatMap((_, job) => (at === 0 || dice.below(2) === 0 ? [{ job, gbpsOf: { allToAll: 100 * (1 + dice.below(2)) } }] : []));
      return { name: `link${at}`, capacityGbps: 200 + 100 * dice.below(3), users };
    });
    const answer = interleave(jobs, links);
    if (!answer.ok) {
      assert.ok(answer.reason.length > 20);
      continue;
    }
    served += 1;
    for (const [at, link] of links.entries()) for (let instant = 0; instant < 997; instant++) {
      const sent = sentGbps(jobs, link, answer, (instant * 6 * baseMs * ms) / 997);
      assert.ok(sent <= Math.max(link.capacityGbps, 0) + 1e-6 && sent <= (answer.peakGbps[at] ?? 0) + 1e-6, `case ${turn}: ${sent} Gb/s over ${link.name}`);
    }
  }
  assert.ok(served >= 100, `${served} served`);
});
