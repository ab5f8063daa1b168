/** Preemption by a class that holds whole wavelengths, against every set of jobs: nobody yields where fewer jobs would do. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dice } from '../../../src/base/dice.ts';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { admit } from '../../../src/plan/admission/admit.ts';
import type { LeaseBook } from '../../../src/plan/admission/lease-book.ts';
import { applyPlan, createLeaseBook } from '../../../src/plan/admission/lease-book.ts';
import type { LeaseRequest } from '../../../src/plan/admission/request.ts';
import type { Grant, GrantPath } from '../../../src/plan/plan.ts';
import type { Policy } from '../../../src/plan/policy.ts';
import { defaultPolicy } from '../../../src/plan/policy.ts';
import type { TrafficClassName } from '../../../src/traffic/classes.ts';
import { lightOf, rateRequest } from './light-fixture.ts';

const { background, checkpoint } = defaultPolicy.classes;
/** Two of the lower classes hold whole wavelengths, one of them above a floor. */
const policy: Policy = { ...defaultPolicy, classes: { ...defaultPolicy.classes, background: { ...background, serves: 'reserved' }, checkpoint: { ...checkpoint, serves: 'reserved', floorShare: 0.25 } } };
const lanes = 4;
const laneGbps = 10;
const ways: readonly (readonly number[])[] = [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2]];
const names: readonly TrafficClassName[] = ['allToAll', 'parameterSync', 'parameterSync', 'checkpoint', 'background', 'background'];

const pick = <T>(dice: Dice, items: readonly T[]): T => items[dice.below(items.length)] as T;

const standing = (book: LeaseBook): readonly Grant[] => book.grants.filter((grant) => grant !== null);
const mayYield = ({ trafficClass }: Grant): boolean => policy.classes[trafficClass].preemptible;
const jobOf = ({ id, job }: Grant): string => job ?? id;

interface Question {
  readonly book: LeaseBook;
  readonly request: LeaseRequest;
  readonly way: readonly number[];
  readonly count: number;
}

function questionOf(seed: number, jobs: number): Question {
  const dice = createDice(seed);
  const book = createLeaseBook(lightOf(3, { wavelengths: lanes, rateGbps: laneGbps }), policy);
  for (let at = 0; at < 9; at++) {
    const startNs = dice.below(8);
    const job = dice.below(2) === 0 ? null : `job${dice.below(jobs)}`;
    const answer = admit(book, rateRequest(`lease${at}`, pick(dice, names), pick(dice, ways), 1 + dice.below(25), [startNs, startNs + 1 + dice.below(8)], { job }));
    if (!isRefusal(answer)) assert.equal(applyPlan(book, answer.plan), null);
  }
  const [way, rateGbps, startNs] = [pick(dice, ways), 1 + dice.below(40), dice.below(8)];
  const request = rateRequest('new', 'allReduce', way, rateGbps, [startNs, startNs + 1 + dice.below(8)], { preemption: 'take' });
  return { book, request, way, count: Math.ceil(rateGbps / laneGbps) };
}

/** What of a path stays when its lease yields all that it may: the lowest wavelengths that carry its floor. */
const keptRows = ({ floorGbps, rateGbps }: Grant, path: GrantPath, hop: number): readonly number[] =>
  (path.wavelengths[hop] ?? []).slice(0, Math.ceil((floorGbps * path.rateGbps) / rateGbps / laneGbps - 1e-9));

/** Whether the request fits when all leases of some jobs yield down to their floors, tick by tick. */
function fitsWith({ book, request, way, count }: Question, yielding: ReadonlySet<string>): boolean {
  return way.every((link) => {
    const held = new Set<number>();
    for (let tick = request.startNs; tick < request.endNs; tick++) {
      let load = 0;
      for (const grant of standing(book)) for (const path of grant.paths) {
        const hop = path.links.indexOf(link);
        if (hop < 0 || grant.startNs > tick || grant.endNs <= tick) continue;
        const isYielding = mayYield(grant) && yielding.has(jobOf(grant));
        const rows = isYielding ? keptRows(grant, path, hop) : path.wavelengths[hop] ?? [];
        for (const row of rows) held.add(row);
        load += (path.wavelengths[hop] ?? []).length > 0 ? laneGbps * rows.length : isYielding ? grant.floorGbps : grant.rateGbps;
      }
      if (load + laneGbps * count > laneGbps * lanes + 1e-9) return false;
    }
    return lanes - held.size >= count;
  });
}

test('whole wavelengths and room are taken from the fewest jobs that can give both', () => {
  let compared = 0;
  for (let seed = 1; seed <= 500; seed++) {
    const question = questionOf(seed, 5);
    const able = [...new Set(standing(question.book).filter(mayYield).map(jobOf))];
    let fewest = Infinity;
    for (let mask = 0; mask < 2 ** able.length; mask++) {
      const chosen = new Set(able.filter((_, at) => (mask >> at) & 1));
      if (chosen.size < fewest && fitsWith(question, chosen)) fewest = chosen.size;
    }
    const answer = admit(question.book, question.request);
    const found = isRefusal(answer) ? Infinity : new Set(answer.affected.map(({ before }) => jobOf(before))).size;
    if (fewest > 0 && fewest < Infinity) compared += 1;
    assert.equal(found, fewest, `seed ${seed}`);
  }
  assert.ok(compared >= 100, `${compared} sets were compared`);
});
