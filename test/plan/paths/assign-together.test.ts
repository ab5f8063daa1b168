/** Light assigned to several demands at once: cases derived by hand where lease after lease fails, and the linear program as oracle. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { assignTogether } from '../../../src/plan/paths/assign-together.ts';
import type { TogetherDemand, TogetherQuestion } from '../../../src/plan/paths/together-question.ts';
import { highs } from '../wavelengths/solver.ts';

const wants = (paths: TogetherDemand['paths'], wantsGbps: number, more: Partial<TogetherDemand> = {}): TogetherDemand => ({ paths, presentPaths: 0, leastGbps: 0, wantsGbps, group: 0, ...more });

const sum = (rates: readonly number[] | undefined): number => (rates ?? []).reduce((total, rate) => total + rate, 0);

/** No link carries more than it can, but for the 0.2 % within which a balance counts as full. */
function checkLoad({ capacityGbps, demands, isTurn }: TogetherQuestion, rateGbps: readonly (readonly number[])[]): void {
  const load = new Float64Array(capacityGbps.length);
  demands.forEach(({ paths }, row) => paths.forEach((links, path) => { for (const link of links) load[link] = (load[link] ?? 0) + (rateGbps[row]?.[path] ?? 0); }));
  load.forEach((gbps, link) => assert.ok(isTurn?.[link] === 1 || gbps <= (capacityGbps[link] ?? 0) * 1.002 + 1e-9, `link ${link} carries ${gbps}`));
}

test('two demands of which the first would take the only path of the second both get theirs', () => {
  // Links 0 and 1 of 100 Gb/s. The first demand may go by either, the second by link 0 alone. Whoever comes first and takes link 0 (the
  // first path) leaves the second without light; together they fit: 0 to the second, 1 to the first.
  const question = { capacityGbps: Float64Array.of(100, 100), demands: [wants([[0], [1]], 100), wants([[0]], 100)] };
  const { risen, rateGbps, boundUtilisation } = assignTogether(question);
  assert.deepEqual(risen, [1]);
  assert.equal(boundUtilisation, 0);
  assert.deepEqual(rateGbps.map((rates) => rates.map((rate) => Math.round(rate))), [[0, 100], [100]]);
});

test('a chain of moves is found: each demand makes way for the next', () => {
  // Demand k may go by link k or k + 1 and sits on k; the last has link 0 alone. All must shift by one.
  const chain = Array.from({ length: 5 }, (_, at) => wants([[at], [at + 1]], 100, { presentPaths: 1 }));
  const { risen, rateGbps } = assignTogether({ capacityGbps: new Float64Array(6).fill(100), demands: [...chain, wants([[0]], 100)] });
  assert.deepEqual(risen, [1]);
  for (const rates of rateGbps.slice(0, 5)) assert.ok((rates[1] ?? 0) > 99.5, `${rates}`);
  assert.ok(sum(rateGbps[5]) > 99.5);
});

test('where there is less light than is wanted, demands of a group get the same share of it', () => {
  // Three demands of 100 Gb/s over one link of 200 Gb/s must have 50 each: they rise by (200 - 150) / (300 - 150) = 1/3 of the way.
  const { risen, rateGbps } = assignTogether({ capacityGbps: Float64Array.of(200), demands: [1, 2, 3].map(() => wants([[0]], 100, { leastGbps: 50 })) });
  // Told apart to 1 / 32.
  assert.ok((risen[0] ?? 0) <= 1 / 3 && (risen[0] ?? 0) > 1 / 3 - 1 / 32, `${risen[0]}`);
  for (const rates of rateGbps) assert.ok(Math.abs(sum(rates) - 50 * (1 + (risen[0] ?? 0))) < 1e-6);
});

test('a group rises only when the one before it has all that it wants', () => {
  // 150 Gb/s: both must have 50; the first group takes the other 50, the second none.
  const { risen, rateGbps } = assignTogether({ capacityGbps: Float64Array.of(150), demands: [wants([[0]], 100, { leastGbps: 50, group: 1 }), wants([[0]], 100, { leastGbps: 50 })] });
  assert.ok((risen[0] ?? 0) > 0.96 && (risen[1] ?? 1) < 0.04, `${risen}`);
  assert.ok(sum(rateGbps[1]) > 98 && sum(rateGbps[0]) < 52);
});

test('when not even what each must have fits, it says so with a bound that proves it', () => {
  // 3 x 50 over 100 Gb/s fill the link to 150 %.
  const { isShort, boundUtilisation } = assignTogether({ capacityGbps: Float64Array.of(100), demands: [1, 2, 3].map(() => wants([[0]], 100, { leastGbps: 50 })) });
  assert.equal(isShort, true);
  assert.ok(boundUtilisation > 1 && boundUtilisation <= 1.5 + 1e-9, `${boundUtilisation}`);
});

test('a demand stays where it is while that leaves room for the others', () => {
  const { rateGbps } = assignTogether({ capacityGbps: Float64Array.of(100, 100, 100), demands: [wants([[1], [0], [2]], 60, { presentPaths: 1 }), wants([[0], [1], [2]], 60)] });
  assert.deepEqual(rateGbps[0]?.map((rate) => Math.round(rate)), [60, 0, 0]);
  // The newcomer is kept on one path too.
  assert.equal(rateGbps[1]?.filter((rate) => rate > 1e-6).length, 1);
});

test('what is left to the turn of the first group is enough for all that it wants when it streams alone', () => {
  // Links 0 and 1 of 100 Gb/s, links 2 and 3 their turns. Group 0 is one demand of 200 Gb/s that must have 100; alone it fills both links,
  // 100 on each, so whatever it gets is to be half on each. With 60 taken on link 0 it gets at most 2 x 40, less than it must have; with
  // 40 taken at most 2 x 60. Without turns 40 + 100 would do in the first case too.
  const question = (taken: number): TogetherQuestion => ({
    capacityGbps: Float64Array.of(100, 100, 100, 100), isTurn: Uint8Array.of(0, 0, 1, 1),
    demands: [wants([[0, 2], [1, 3]], 200, { leastGbps: 100 }), wants([[0]], taken, { leastGbps: taken, group: 1 })],
  });
  assert.equal(assignTogether(question(60)).isShort, true);
  const { isShort, rateGbps } = assignTogether(question(40));
  assert.equal(isShort, false);
  const [one, other] = [rateGbps[0]?.[0] ?? 0, rateGbps[0]?.[1] ?? 0];
  assert.ok(Math.abs(one - other) < 0.01 * (one + other) && one <= 60.2, `${one} ${other}`);
});

/** The highest level at which all demands fit, all in one group: path formulation. */
function highestLevel({ capacityGbps, demands }: TogetherQuestion): number {
  const rows = demands.map(({ paths, leastGbps, wantsGbps }, row) => ` d${row}: ${paths.map((_, path) => `f${row}_${path}`).join(' + ')} - ${wantsGbps - leastGbps} level = ${leastGbps}`);
  capacityGbps.forEach((gbps, link) => {
    const terms = demands.flatMap(({ paths }, row) => paths.flatMap((links, path) => (links.includes(link) ? [`f${row}_${path}`] : [])));
    if (terms.length > 0) rows.push(` c${link}: ${terms.join(' + ')} <= ${gbps}`);
  });
  const solution = highs.solve(`Maximize\n obj: level\nSubject To\n${rows.join('\n')}\nBounds\n 0 <= level <= 1\nEnd\n`);
  return solution.Status === 'Optimal' ? solution.ObjectiveValue : -1;
}

test('on 60 random cases it rises as far as the linear program allows, to a step of its levels and 2 % of the way', () => {
  const dice = createDice(17);
  let partly = 0;
  for (let round = 0; round < 60; round++) {
    const links = 12;
    const capacityGbps = Float64Array.from({ length: links }, () => 100 * dice.below(5));
    const lit = Array.from(capacityGbps.keys()).filter((link) => (capacityGbps[link] ?? 0) > 0);
    const path = (): readonly number[] => [...new Set([0, 1].map(() => lit[dice.below(lit.length)] ?? 0))];
    const demands = Array.from({ length: 14 }, () => wants(Array.from({ length: 1 + dice.below(4) }, path), 100 + dice.below(80), { leastGbps: 40 }));
    const question = { capacityGbps, demands };
    const best = highestLevel(question);
    const { isShort, risen, rateGbps } = assignTogether(question);
    if (best < 0) {
      assert.equal(isShort, true, `round ${round}`);
      continue;
    }
    assert.equal(isShort, false, `round ${round}`);
    checkLoad(question, rateGbps);
    const [level] = risen;
    // Full counts up to 0.2 % over: of demands of up to 180 Gb/s that must have 40 that is less than half a percent of the way.
    assert.ok((level ?? 0) <= best + 0.005, `round ${round}: ${level} of ${best}`);
    assert.ok((level ?? 0) >= best - 1 / 32 - 0.02, `round ${round}: ${level} of ${best}`);
    if (best < 1) partly += 1;
  }
  assert.ok(partly >= 10, `${partly}`);
});

/** Demands that stand each on one of its paths, as much as it has room for; they come in when they are asked. */
function standing({ capacityGbps, demands }: TogetherQuestion, all: readonly TogetherDemand[]): { readonly question: TogetherQuestion; readonly joined: Set<number> } {
  const free = capacityGbps.slice();
  const joined = new Set<number>();
  const costOf = (path: readonly number[] | undefined, price: Float64Array): number => (path ?? []).reduce((total, link) => total + (price[link] ?? 0), 0);
  const put = ({ paths, wantsGbps }: TogetherDemand, sign: 1 | -1): void => (paths[0] ?? []).forEach((link) => { free[link] = (free[link] ?? 0) - sign * wantsGbps; });
  all.forEach((demand) => put(demand, 1));
  const asked = (taken: readonly TogetherDemand[]): TogetherQuestion => ({
    capacityGbps: free.map((gbps) => Math.max(gbps, 1e-3)), demands: taken, groups: 1,
    bystanders: {
      at: (price) => all.flatMap((demand, row) => (joined.has(row) ? [] : [{
        row, pays: demand.wantsGbps * costOf(demand.paths[0], price), paysTurn: 0, cheapest: Math.min(...demand.paths.map((path) => costOf(path, price))),
        leastGbps: demand.leastGbps, wantsGbps: demand.wantsGbps, group: demand.group,
      }])),
      join: (question, rows) => {
        for (const row of rows) {
          joined.add(row);
          put(all[row] ?? wants([], 0), -1);
        }
        return asked([...question.demands, ...rows.flatMap((row) => all[row] ?? [])]);
      },
    },
  });
  return { question: asked(demands), joined };
}

test('whoever stands in the way comes in only where that wins something, and the level is that of all of them together', () => {
  const dice = createDice(23);
  let [stayed, came] = [0, 0];
  for (let round = 0; round < 60; round++) {
    const capacityGbps = Float64Array.from({ length: 12 }, () => 300);
    const link = (): number => dice.below(12);
    // Whoever stands must have all that he has; twelve of 20 to 44 Gb/s on links of 300 Gb/s fit wherever they are.
    const others = Array.from({ length: 12 }, () => wants([[link()], [link()]], 20 + dice.below(25), { presentPaths: 1 })).map((demand) => ({ ...demand, leastGbps: demand.wantsGbps }));
    const demands = Array.from({ length: 6 }, () => wants([[link()], [link()]], 250 + dice.below(100), { leastGbps: 10 }));
    const { question, joined } = standing({ capacityGbps, demands }, others);
    const best = highestLevel({ capacityGbps, demands: [...demands, ...others] });
    const { isShort, risen, rateGbps } = assignTogether(question);
    assert.equal(isShort, false, `round ${round}`);
    const rows = [...joined];
    const stay = others.flatMap((demand, row) => (joined.has(row) ? [] : [demand]));
    checkLoad({ capacityGbps, demands: [...demands, ...rows.flatMap((row) => others[row] ?? []), ...stay] }, [...rateGbps, ...stay.map(({ wantsGbps }) => [wantsGbps, 0])]);
    assert.ok((risen[0] ?? 0) <= best + 0.005 && (risen[0] ?? 0) >= best - 0.01, `round ${round}: ${risen[0]} of ${best}`);
    stayed += stay.length;
    came += rows.length;
  }
  assert.ok(came > 0 && stayed > 4 * came, `${came} came in, ${stayed} stayed`);
});
