/** What ways carry together when nobody else is there: derived by hand, and against the smallest of all cuts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyCapacity } from '../../../src/plan/admission/empty-capacity.ts';

const from = (rates: readonly number[]) => (link: number): number => rates[link] ?? 0;

test('ways that share their first link carry what it carries, once', () => {
  // An adapter of 400 (link 0), then four ways of 400 each over spines (links 1 to 4 and 5 to 8), and one last link of 300.
  const ways = [1, 2, 3, 4].map((up) => [0, up, up + 4, 9]);
  assert.equal(emptyCapacity(ways, from([400, 400, 400, 400, 400, 400, 400, 400, 400, 1000])), 400);
  assert.equal(emptyCapacity(ways, from([400, 400, 400, 400, 400, 400, 400, 400, 400, 300])), 300);
  // Of the four one is dark and the others carry 90, 80 and 70: 240 is less than both ends.
  assert.equal(emptyCapacity(ways, from([400, 90, 80, 70, 0, 400, 400, 400, 400, 300])), 240);
});

test('two ways that have nothing in common carry both, and what is dark or not there carries nothing', () => {
  assert.equal(emptyCapacity([[0, 1], [2, 3]], from([100, 60, 50, 80])), 110);
  assert.equal(emptyCapacity([[0, 1], [2, 3]], from([100, 0, 50, -5])), 0);
  assert.equal(emptyCapacity([], from([])), 0);
});

test('a flow that took the wrong way first is taken back', () => {
  // The shortest way 0-2-4 alone takes 1 and blocks both others; the maximum sends 1 over 0-3 (links 0, 3) and 1 over 1-4 (links 1, 4).
  assert.equal(emptyCapacity([[0, 2, 4], [0, 3], [1, 4]], from([1, 1, 1, 1, 1])), 2);
});

/** The least rate of any set of links that every way crosses: each of the sets is tried. */
function leastCut(ways: readonly (readonly number[])[], rates: readonly number[]): number {
  let least = Infinity;
  for (let set = 0; set < 2 ** rates.length; set++) {
    if (!ways.every((links) => links.some((link) => (set >> link) % 2 === 1))) continue;
    least = Math.min(least, rates.reduce((sum, rate, link) => sum + ((set >> link) % 2 === 1 ? rate : 0), 0));
  }
  return least;
}

test('it is the least cut of every small network of two tiers', () => {
  // Links 0 to 2 lead from the source to three switches, 3 to 8 from those to two others, 9 and 10 from there to the sink.
  const ways = [0, 1, 2].flatMap((leaf) => [0, 1].map((spine) => [leaf, 3 + 2 * leaf + spine, 9 + spine]));
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 11, maxLength: 11 }), (rates) => {
    assert.equal(emptyCapacity(ways, from(rates)), leastCut(ways, rates));
  }), { seed: 7, numRuns: 60 });
});
