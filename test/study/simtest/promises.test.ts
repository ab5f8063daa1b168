/** Simulated play on seeds that once broke a promise, and a play that is the same every time. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawEvents, playEvents, Stages } from '../../../src/study/simtest/simulate-play.ts';
import { eventsPerPlay } from './keep-promises.ts';
import { pinnedPlays } from './pinned-plays.ts';

const stages = new Stages();

/** Seeds that once broke a promise, with what it was; each is played on the cluster that it draws. */
const pinned = [
  [8, 'news of a supply hid a body\'s own warmth'], [14, 'news of fans hid a body\'s own warmth'],
  [113, 'orders outlived the maintenance of what they were for'],
  [136, 'air was judged at full power for lanes that were off'], [156, 'a number that no log holds was decided on'],
  [209, 'a silent liar was believed'], [214, 'clocks that differ counted as lies'],
  [1011, 'a plan was confirmed twice'],
  [1006, 'an order was never lifted from a device that was silent once'],
  [2004, 'leases stayed on light that its device never lit'], [4003, 'leases stayed on light that its device never lit'],
  [50_006, 'a renewed promise was given away'], [50_062, 'light came back sooner than the cold did'], [50_083, 'a promise began on light that others had been driven to'],
  [50_118, 'an order that was overtaken was sent again'], [1_111_514, 'a lease was dropped and granted anew in one plan'],
  [81_000_222, 'a ledger counted shared rates finer than the state does'],
  [87_001_096, 'a lie stayed the level of a trend because the truth came at the same instant'],
  [86_000_104, 'a port that a switch joined with itself was joined twice'],
  [84_000_669, 'leases that pass light on to each other, tick after tick, counted as waiting for ever'],
] as const;

for (const [seed, what] of pinned) {
  test(`seed ${seed} stays mended: ${what}`, () => {
    const stage = stages.drawn(seed);
    assert.equal(playEvents(stage, drawEvents(stage, seed, eventsPerPlay)).broken, null);
  });
}

for (const { what, cluster, events } of pinnedPlays) {
  test(`a play that once broke a promise keeps it: ${what}`, () => assert.equal(playEvents(stages.of(cluster), events).broken, null));
}

test('a play is the same every time, byte for byte', () => {
  for (let seed = 60_000; seed < 60_008; seed++) {
    const stage = stages.drawn(seed);
    const [first, second] = [playEvents(stage, drawEvents(stage, seed, 150)), playEvents(new Stages().drawn(seed), drawEvents(stage, seed, 150))];
    assert.deepEqual(first, second);
  }
});
