/** Changing circuits inside an all-to-all: loads counted by hand, never slower than standing still, never faster than the bound, and the grid of the goal. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { exchangeLoads } from '../../../src/plan/circuits/exchange-loads.ts';
import type { ExchangeQuestion, ExchangeSequence } from '../../../src/plan/circuits/exchange-plan.ts';
import { exchangeBoundNs, exchangeMenu, planExchange, sequenceNs } from '../../../src/plan/circuits/exchange-plan.ts';
import type { RankTopology } from '../../../src/plan/circuits/rank-topology.ts';
import { randomRegular, rotations } from '../../../src/plan/circuits/rank-topology.ts';

const shape = { ranks: 64, degree: 4 };
const menu = exchangeMenu(shape, createDice(1));

function standingOn(topology: RankTopology | null): ExchangeSequence {
  assert.ok(topology !== null);
  const loads = exchangeLoads([topology]);
  assert.ok(loads !== null);
  return { topologies: [topology], loads };
}

test('a one-way ring of five carries 1 + 2 + 3 + 4 messages on each circuit', () => {
  // Rank i's message to i + d crosses d circuits; of the messages at distance d each circuit carries d: 10 in all, 4 hops at most, 2.5 on average.
  assert.deepEqual(exchangeLoads([rotations(5, [1])]), { mostMessages: [10], mostHops: [4], meanHops: 2.5 });
});

test('circuits of a later topology follow those of an earlier one, not the other way round', () => {
  // Four ranks, +1 then +2: offset 1 takes the first ring, 2 the second, 3 = 1 + 2 both; each circuit carries two messages.
  assert.deepEqual(exchangeLoads([rotations(4, [1]), rotations(4, [2])]), { mostMessages: [2, 2], mostHops: [1, 1], meanHops: 4 / 3 });
  // A ring once around leads to every rank, even steps alone do not.
  assert.equal(exchangeLoads([rotations(4, [2])]), null);
});

test('one rank speaks for all where every rank sees the same network', () => {
  const dice = createDice(9);
  for (let trial = 0; trial < 20; trial++) {
    const sequence = [0, 1].map(() => rotations(16, Array.from({ length: 3 }, () => 1 + dice.below(15))));
    const fast = exchangeLoads(sequence);
    const slow = exchangeLoads(sequence.map((topology) => ({ ...topology, isRotation: false })));
    assert.equal(fast === null, slow === null);
    if (fast === null || slow === null) continue;
    for (const [at, most] of fast.mostMessages.entries()) assert.ok(Math.abs(most - (slow.mostMessages[at] ?? 0)) < 1e-9);
    assert.deepEqual({ ...fast, mostMessages: [] }, { ...slow, mostMessages: [] });
  }
});

test('a random regular graph is simple, symmetric and regular', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const graph = randomRegular(20, 3, createDice(seed));
    assert.ok(graph !== null);
    const { target } = graph;
    for (let rank = 0; rank < 20; rank++) {
      const neighbours: readonly number[] = [...target.subarray(3 * rank, 3 * rank + 3)];
      assert.equal(new Set(neighbours).size, 3);
      assert.ok(neighbours.every((other) => other !== rank && target.subarray(3 * other, 3 * other + 3).includes(rank)));
    }
  }
  assert.equal(randomRegular(5, 3, createDice(1)), null);
});

/** Sizes 1 MiB to 1 GiB and delays 1 us to 1 ms, seven of each in equal ratios. */
const grid = (isSetBefore: boolean): readonly ExchangeQuestion[] => Array.from({ length: 49 }, (_, at) => ({
  rateGbps: 400, alphaNs: 1000, isSetBefore, bitsPerRank: 8 * 2 ** 20 * 2 ** ((10 * Math.floor(at / 7)) / 6), darkNs: 1000 * 10 ** ((at % 7) / 2),
}));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The same graph under the best routing over shortest paths that could exist: every circuit equally loaded. */
const evenlyLoaded = ({ topologies, loads }: ExchangeSequence): ExchangeSequence => ({ topologies, loads: { ...loads, mostMessages: [(loads.meanHops * 63) / 4] } });

/** Mean cuts over three random graphs, and the most that any sequence could cut. */
function meanCuts(isSetBefore: boolean, route: (standing: ExchangeSequence) => ExchangeSequence = (standing) => standing): { readonly ours: number; readonly bound: number } {
  const cuts = [1, 2, 3].flatMap((seed) => {
    const standing = route(standingOn(randomRegular(64, 4, createDice(seed))));
    return grid(isSetBefore).map((question) => {
      const stillNs = sequenceNs(standing, question, 0);
      const { durationNs } = planExchange(standing, menu, question);
      const boundNs = exchangeBoundNs(standing, question);
      assert.ok(durationNs <= stillNs);
      assert.ok(durationNs >= boundNs * (1 - 1e-9), `${durationNs} below ${boundNs}`);
      // Each rank sends 63/64 of its bits over four circuits of 400 Gb/s.
      assert.ok(boundNs >= ((63 / 64) * question.bitsPerRank) / 1600);
      return { ours: 1 - durationNs / stillNs, bound: Math.max(0, 1 - boundNs / stillNs) };
    });
  });
  return { ours: mean(cuts.map(({ ours }) => ours)), bound: mean(cuts.map(({ bound }) => bound)) };
}

test('with the first topology set before the collective, the mean cut of all-to-all time over the grid is at least 40 %', () => {
  const { ours, bound } = meanCuts(true);
  assert.ok(ours >= 0.4 && ours <= bound, `${ours}, bound ${bound}`);
});

test('starting from the random graph with every change paid, the mean cut is at least 35 %', () => {
  const { ours, bound } = meanCuts(false);
  assert.ok(ours >= 0.35 && ours <= bound, `${ours}, bound ${bound}`);
});

test('even against a standing graph whose circuits were all equally loaded, the mean cut is at least 25 %, of at most 45 % that any sequence could reach', () => {
  const { ours, bound } = meanCuts(true, evenlyLoaded);
  assert.ok(ours >= 0.25 && ours <= bound && bound <= 0.45, `${ours}, bound ${bound}`);
});

test('direct rounds of 64 ranks last 16 alphas and 16 messages, and are chosen when changes cost nothing', () => {
  const question: ExchangeQuestion = { rateGbps: 400, alphaNs: 0, darkNs: 0, bitsPerRank: 64 * 400_000, isSetBefore: false };
  // A message of 400,000 bits lasts 1000 ns at 400 Gb/s.
  const { durationNs, changes } = planExchange(standingOn(randomRegular(64, 4, createDice(1))), menu, question);
  assert.equal(durationNs, 16_000);
  assert.equal(changes, 16);
});
