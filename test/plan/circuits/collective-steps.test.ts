/** Steps on standing or changed circuits: the derived crossover, the dynamic programme against every choice, never worse than standing still. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import type { CollectiveQuestion } from '../../../src/plan/circuits/collective-steps.ts';
import { doublingGather, planCollectiveSteps, reduceThenGather, ringGather, standingNs } from '../../../src/plan/circuits/collective-steps.ts';
import { randomRegular, rotations } from '../../../src/plan/circuits/rank-topology.ts';

const onRing = (darkNs: number): CollectiveQuestion => ({ standing: rotations(64, [1]), rateGbps: 400, alphaNs: 5_000, darkNs });
const variants = [ringGather(64, 64), doublingGather(64, 64)];

test('reconfigurable doubling beats the ring below a delay of alpha ((n - 1) - log2 n) / log2 n: 47.5 us for 64 ranks and 5 us', () => {
  // Ring: 63 alpha. Doubling: 6 (alpha + delta). Both carry 63/64 of the bits. Equal at delta = 5 us x (63 - 6) / 6 = 47.5 us.
  const below = planCollectiveSteps(variants, onRing(47_400));
  assert.equal(below.variant.name, 'recursive doubling');
  assert.equal(below.changes, 6);
  assert.ok(Math.abs(below.durationNs - (6 * (5_000 + 47_400) + 63 / 400)) < 1e-6);
  const above = planCollectiveSteps(variants, onRing(47_600));
  assert.equal(above.variant.name, 'ring');
  assert.equal(above.changes, 0);
  assert.ok(Math.abs(above.durationNs - (63 * 5_000 + 63 / 400)) < 1e-6);
});

test('an all-reduce runs the steps of its gather twice and carries twice the bits', () => {
  const plan = planCollectiveSteps([reduceThenGather(ringGather(8, 8_000))], { standing: rotations(8, [1]), rateGbps: 100, alphaNs: 10, darkNs: 1 });
  // 14 steps of 1000 bits at 100 Gb/s: 14 x (10 + 10) ns.
  assert.equal(plan.durationNs, 280);
});

test('the middle of a doubling all-reduce needs no change, since the same partners meet twice', () => {
  // Reduce-scatter ends and all-gather begins with distance 1: 6 steps of 3 distances need 5 topologies in a row, 5 changes.
  const plan = planCollectiveSteps([reduceThenGather(doublingGather(8, 8))], { standing: rotations(8, [1]), rateGbps: 100, alphaNs: 1_000_000, darkNs: 1 });
  assert.equal(plan.changes, 5);
});

test('no choice of topologies per step ends sooner, and none is worse than the standing circuits', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const dice = createDice(seed);
    const standing = randomRegular(8, 3, dice);
    assert.ok(standing !== null);
    const question: CollectiveQuestion = { standing, rateGbps: 100, alphaNs: 1 + dice.below(1000), darkNs: dice.below(3000) };
    const variant = doublingGather(8, 8 * dice.below(100_000));
    const { durationNs } = planCollectiveSteps([variant], question);
    assert.ok(durationNs <= standingNs(variant, question) + 1e-6);
    // Dumb twin: each of the three steps either keeps what stands or takes its own direct circuits; another step's never lead to the partner.
    const ownNs = variant.steps.map((step) => question.alphaNs + step.bits / 3 / question.rateGbps);
    const stillNs = variant.steps.map((step) => standingNs({ name: 'one step', steps: [step] }, question));
    const all = Array.from({ length: 8 }, (_, choice) => {
      const own = [0, 1, 2].map((step) => ((choice >> step) & 1) === 1);
      return own.reduce((sum, isOwn, step) => {
        const changes = isOwn || (step > 0 && own[step - 1] === true) ? question.darkNs : 0;
        return sum + changes + ((isOwn ? ownNs[step] : stillNs[step]) ?? 0);
      }, 0);
    });
    assert.ok(Math.abs(durationNs - Math.min(...all)) < 1e-6, `seed ${seed}: ${durationNs} against ${Math.min(...all)}`);
  }
});
