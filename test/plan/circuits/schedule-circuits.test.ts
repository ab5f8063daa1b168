/** Schedules of one circuit switch: all demand is served, never shorter than the optimum, close to the bound, never worse than the known simple schedulers. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDice } from '../../../src/base/dice.ts';
import type { CircuitDemand } from '../../../src/plan/circuits/circuit-demand.ts';
import { allStopBoundNs, circuitDemand } from '../../../src/plan/circuits/circuit-demand.ts';
import { drawPricedSlots } from '../../../src/plan/circuits/priced-slots.ts';
import { scheduleCircuits } from '../../../src/plan/circuits/schedule-circuits.ts';
import { makespanOf, unservedNs } from '../../../src/plan/circuits/slots.ts';
import type { CircuitSlot } from '../../../src/plan/circuits/slots.ts';
import { swapSlots } from '../../../src/plan/circuits/swap-slots.ts';
import { sharedTest } from '../../shared.ts';
import type { Baseline } from './baseline-schedulers.ts';
import { birkhoff, greedyEclipseLike, maxWeightHold, solsticeLike } from './baseline-schedulers.ts';
import { expertDemand, otherShapes, sparseMixedDemand, unitNs } from './workloads.ts';

type Solve = (problem: string) => { readonly Status: string; readonly ObjectiveValue: number };
const loadHighs = createRequire(import.meta.url)('highs') as () => Promise<{ readonly solve: Solve }>;

/** A slot sends each input to at most one output and each output gets at most one input. */
function assertMatchings(slots: readonly CircuitSlot[]): void {
  for (const { output, durationNs } of slots) {
    const used = [...output].filter((to) => to >= 0);
    assert.equal(new Set(used).size, used.length);
    assert.ok(durationNs > 0);
  }
}

function assertServes(demand: CircuitDemand, slots: readonly CircuitSlot[]): void {
  assertMatchings(slots);
  const total = demand.needNs.reduce((sum, need) => sum + need, 0);
  assert.ok(unservedNs(demand, slots) <= 1e-9 * total, `${unservedNs(demand, slots)} ns of ${total} unserved`);
}

const demands = fc.integer({ min: 1, max: 7 }).chain((ports) => fc
  .array(fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1000, noNaN: true })), { minLength: ports * ports, maxLength: ports * ports })
  .map((needs) => circuitDemand(ports, Float64Array.from(needs))));

test('every schedule serves all demand with one circuit per port and stands between the bound and the sum of all entries', () => {
  fc.assert(fc.property(demands, fc.double({ min: 0, max: 100, noNaN: true }), (demand, darkNs) => {
    const { slots, makespanNs, boundNs } = scheduleCircuits(demand, { darkNs });
    assertServes(demand, slots);
    assert.ok(Math.abs(makespanNs - makespanOf(slots, darkNs)) <= 1e-9 * makespanNs);
    assert.ok(makespanNs >= boundNs * (1 - 1e-9));
    assert.ok(makespanNs <= demand.needNs.reduce((sum, need) => sum + (need > 0 ? need + darkNs : 0), 0) * (1 + 1e-9));
  }), { seed: 61, numRuns: 200 });
});

test('swapping circuits between slots never makes a schedule longer and serves the same demand', () => {
  fc.assert(fc.property(demands, fc.double({ min: 0.01, max: 100, noNaN: true }), (demand, darkNs) => {
    const drawn = drawPricedSlots(demand, { darkNs, priceExponent: 4, lightsMax: 4 });
    const swapped = swapSlots(demand, drawn);
    assertServes(demand, swapped);
    assert.ok(makespanOf(swapped, darkNs) <= makespanOf(drawn, darkNs) * (1 + 1e-9));
  }), { seed: 62, numRuns: 200 });
});

test('two ports with all four entries need both matchings: the longer of each, and two dark times', () => {
  // The only matchings of two ports are straight and crossed, so the optimum is max(a, d) + max(b, c) + 2 dark times.
  fc.assert(fc.property(fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 1, max: 1000 }))), fc.integer({ min: 0, max: 50 }), ([a, b, c, d], darkNs) => {
    const demand = circuitDemand(2, Float64Array.of(a ?? 0, b ?? 0, c ?? 0, d ?? 0));
    const optimumNs = Math.max(a ?? 0, d ?? 0) + Math.max(b ?? 0, c ?? 0) + 2 * darkNs;
    assert.ok(Math.abs(scheduleCircuits(demand, { darkNs }).makespanNs - optimumNs) < 1e-6);
  }), { seed: 63, numRuns: 200 });
});

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}

/** The optimum over all matchings at once: duration t and use y of each, t <= largest entry x y, every entry covered; min sum of t + dark time x y. */
function optimumNs({ ports, needNs }: CircuitDemand, darkNs: number, solve: Solve): number {
  const all = permutations(Array.from({ length: ports }, (_, port) => port));
  const most = needNs.reduce((largest, need) => Math.max(largest, need), 0);
  const covers = [...needNs].flatMap((need, at) => (need > 0
    ? [` c${at}: ${all.flatMap((permutation, k) => (permutation[Math.floor(at / ports)] === at % ports ? [`t${k}`] : [])).join(' + ')} >= ${need}`] : []));
  const uses = all.map((_, k) => ` u${k}: t${k} - ${most} y${k} <= 0`);
  const problem = `Minimize\n obj: ${all.map((_, k) => `t${k} + ${darkNs} y${k}`).join(' + ')}\nSubject To\n${[...covers, ...uses].join('\n')}\nBinary\n ${all.map((_, k) => `y${k}`).join(' ')}\nEnd\n`;
  const answer = solve(problem);
  assert.equal(answer.Status, 'Optimal');
  return answer.ObjectiveValue;
}

test('on 30 small demands the makespan is never below the optimum of an independent solver and within 5 % of it on average', async () => {
  const { solve } = await loadHighs();
  let ratios = 0;
  for (let seed = 1; seed <= 30; seed++) {
    const dice = createDice(seed);
    const ports = 3 + (seed % 2);
    const demand = circuitDemand(ports, Float64Array.from({ length: ports * ports }, () => (dice.uniform() < 0.3 ? 0 : 1 + dice.below(100))));
    const darkNs = 1 + dice.below(20);
    const { makespanNs } = scheduleCircuits(demand, { darkNs });
    const optimum = optimumNs(demand, darkNs, solve);
    assert.ok(makespanNs >= optimum * (1 - 1e-6), `seed ${seed}: ${makespanNs} below ${optimum}`);
    ratios += makespanNs / optimum / 30;
  }
  assert.ok(ratios <= 1.05, `${ratios}`);
});

test('no demand needs no slot, and equal calls give equal schedules', () => {
  assert.deepEqual(scheduleCircuits(circuitDemand(3, new Float64Array(9)), { darkNs: 5 }).slots, []);
  const demand = sparseMixedDemand(16, 4);
  assert.deepEqual(scheduleCircuits(demand, { darkNs: 10 }), scheduleCircuits(demand, { darkNs: 10 }));
});

test('on sizes and shapes that no row names our mean is at most the best baseline mean', () => {
  const shapes = { ...otherShapes, sparseMixed: sparseMixedDemand, experts: (ports: number, seed: number) => expertDemand(ports, seed) };
  const draws = [1, 2, 3, 4];
  for (const [shape, draw] of Object.entries(shapes)) for (const ports of [3, 4, 6, 16]) for (const dark of [0.001, 0.01, 0.1]) {
    const demandsOf = draws.map((seed) => draw(ports, seed));
    const mean = (scheduler: Baseline): number => demandsOf.reduce((sum, demand) => sum + makespanOf(scheduler(demand, dark * unitNs), dark * unitNs) / allStopBoundNs(demand, dark * unitNs) / draws.length, 0);
    const ours = mean((demand, darkNs) => {
      const { slots } = scheduleCircuits(demand, { darkNs });
      assertServes(demand, slots);
      return slots;
    });
    for (const baseline of [birkhoff, solsticeLike, greedyEclipseLike, maxWeightHold]) assert.ok(ours <= mean(baseline) + 1e-9, `${shape} on ${ports} ports, dark ${dark}: ours ${ours}, a baseline ${mean(baseline)}`);
  }
});

test('on 64 ports of a demand with few large entries among many small our schedule is within 5 % of the bound', () => {
  // Lights at quantiles of the number of rests passed over the large ones, and ended 20 to 40 % above it.
  for (const dark of [0.001, 0.01]) {
    const { makespanNs, boundNs } = scheduleCircuits(otherShapes.skewed(64, 1), { darkNs: dark * unitNs });
    assert.ok(makespanNs <= 1.05 * boundNs, `${makespanNs / boundNs}`);
  }
});

interface Row {
  readonly id: string;
  readonly value: Readonly<Record<string, number>>;
}

const seeds = Array.from({ length: 10 }, (_, seed) => seed + 1);

/** How far the re-implementations may stand from the published three-seed means; the rows' tie-breaking and stuffing order are not stated. */
const baselines: readonly { readonly name: string; readonly draw: Baseline; readonly seeds: readonly number[]; readonly within: number }[] = [
  { name: 'greedy_eclipse_like', draw: greedyEclipseLike, seeds: seeds, within: 0.1 },
  { name: 'max_weight_hold', draw: maxWeightHold, seeds: seeds, within: 0.1 },
  // Far from the best on every row, so one matrix is enough to see that; they cost a second each.
  { name: 'bvn', draw: birkhoff, seeds: [1], within: 0.2 },
  { name: 'solstice_like', draw: solsticeLike, seeds: [1], within: 0.4 },
];

sharedTest('on each ocs-baseline row our mean over ten matrices is at most the best baseline mean, and the goals of 1 % hold', 'facts/paper-figures.json', (path) => {
  const rows = (JSON.parse(readFileSync(path, 'utf8')) as readonly Row[]).filter(({ id }) => id.startsWith('ocs-baseline-'));
  assert.equal(rows.length, 4);
  for (const { id, value } of rows) {
    const [, workload, ports, dark] = /^ocs-baseline-(.+)-(\d+)-([\d.]+)$/.exec(id) ?? [];
    const draw = workload === 'solstice-workload' ? sparseMixedDemand : expertDemand;
    const darkNs = Number(dark) * unitNs;
    const mean = (chosen: readonly number[], scheduler: Baseline): number => chosen.reduce((sum, seed) => {
      const demand = draw(Number(ports), seed);
      return sum + makespanOf(scheduler(demand, darkNs), darkNs) / allStopBoundNs(demand, darkNs) / chosen.length;
    }, 0);
    const ours = mean(seeds, (demand) => scheduleCircuits(demand, { darkNs }).slots);
    for (const baseline of baselines) {
      const theirs = mean(baseline.seeds, baseline.draw);
      const published = value[baseline.name] ?? Number.NaN;
      assert.ok(Math.abs(theirs / published - 1) <= baseline.within, `${id}: ${baseline.name} gives ${theirs}, published ${published}`);
      assert.ok(ours <= theirs + 1e-12, `${id}: ours ${ours}, ${baseline.name} ${theirs}`);
    }
    // Never above the published best either; the goals of the issue are 1.10 and 1.15 at a dark time of 1 %.
    assert.ok(ours <= Math.min(...Object.values(value)), `${id}: ${ours}`);
    if (dark === '0.01') assert.ok(ours <= (workload === 'solstice-workload' ? 1.15 : 1.1), `${id}: ${ours}`);
  }
});
