/** Special functions against values computed with 40 digits by mpmath 1.3, an independent program. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binomialLowerTail, binomialProbability, binomialUpperTail, erfc, inverseQFunction, normalCdf, qFunction } from '../../src/base/special.ts';

const closeTo = (got: number, expected: number, relative: number, label: string): void =>
  assert.ok(Math.abs(got / expected - 1) <= relative, `${label}: ${got} against ${expected}`);

test('erfc keeps 14 digits from the middle to 1e-300', () => {
  const values = [
    [-30, 2.0],
    [-6, 2.0],
    [-3, 1.9999779095030014],
    [-1, 1.8427007929497149],
    [-0.46875, 1.492613473217938],
    [-0.2, 1.2227025892104785],
    [0.1, 0.8875370839817151],
    [0.3, 0.67137324054087258],
    [0.46875, 0.50738652678206201],
    [0.5, 0.47950012218695346],
    [1, 0.15729920705028513],
    [1.5, 0.033894853524689273],
    [2, 0.0046777349810472658],
    [3, 2.2090496998585441e-5],
    [3.999, 1.5544749490994992e-8],
    [4.001, 1.5290782173248732e-8],
    [5, 1.5374597944280349e-12],
    [6.5, 3.8421483271206475e-20],
    [8, 1.1224297172982927e-29],
    [10, 2.0884875837625448e-45],
    [15, 7.2129941724512067e-100],
    [20, 5.3958656116079009e-176],
    [26, 5.6631924088561428e-296],
  ] as const;
  for (const [x, expected] of values) closeTo(erfc(x), expected, 2e-14, `erfc(${x})`);
  assert.equal(erfc(0), 1);
  assert.equal(erfc(40), 0);
  assert.equal(erfc(-40), 2);
});

test('the Q function keeps 12 digits deep in its tail', () => {
  const values = [
    [0.5, 0.3085375387259869],
    [1, 0.15865525393145705],
    [2, 0.022750131948179207],
    [3.414, 0.00032008287885048984],
    [7, 1.279812543885835e-12],
    [12, 1.776482112077679e-33],
    [25, 3.0566967063825609e-138],
    [37, 5.7255712225245768e-300],
  ] as const;
  for (const [x, expected] of values) closeTo(qFunction(x), expected, 1e-12, `Q(${x})`);
  closeTo(normalCdf(-7), qFunction(7), 0, 'normal distribution function');
});

test('the inverse Q function gives the argument back to 12 digits anywhere', () => {
  const values = [
    [0.3, 0.52440051270804082],
    [0.1, 1.2815515655446004],
    [0.0032, 2.7265513165043962],
    [1e-3, 3.0902323061678135],
    [1e-8, 5.6120012441747887],
    [1e-15, 7.9413453261709968],
    [1e-100, 21.273453560965324],
    [1e-300, 37.047096299361199],
    [0.49999, 2.5066282748960009e-5],
    [0.9, -1.2815515655446006],
    [0.999, -3.0902323061678133],
  ] as const;
  for (const [probability, expected] of values) closeTo(inverseQFunction(probability), expected, probability > 0.49 && probability < 0.51 ? 1e-10 : 1e-12, `Qinv(${probability})`);
  assert.equal(inverseQFunction(0.5), 0);
  for (const outside of [0, 1, -1, 2, Number.NaN]) assert.ok(Number.isNaN(inverseQFunction(outside)));
});

test('binomial upper tails keep 12 digits, however far out', () => {
  const values = [
    [544, 0.002397409658183691, 16, 8.1515733993415249e-13],
    [544, 1e-6, 16, 2.2491772786390575e-66],
    [544, 1e-11, 16, 2.2502952535863986e-146],
    [544, 0.03, 16, 0.56661371196666106],
    [544, 0.03, 10, 0.96508459829330833],
    [9, 0.98, 8, 0.98688510619487127],
    [320, 0.15, 65, 0.0063125931655026987],
    [320, 0.15, 20, 0.99999963557168173],
    [5000, 0.5, 2600, 0.0024418248687587591],
    [100000, 1e-5, 1, 0.63212239823342776],
    [20, 0.999, 20, 0.98018886482953467],
    [3, 0.4, 0, 1.0],
    [1000, 0.3, 300, 0.51192748400714812],
    [1000, 0.3, 301, 0.48440648018587974],
  ] as const;
  for (const [trials, probability, atLeast, expected] of values) closeTo(binomialUpperTail({ trials, probability }, atLeast), expected, 1e-12, `P(K >= ${atLeast}), n = ${trials}, p = ${probability}`);
});

test('one binomial probability keeps 12 digits where factorials overflow', () => {
  const values = [
    [544, 0.002397409658183691, 16, 7.5459078472273446e-13],
    [1000000, 0.5, 500000, 0.00079788436133175009],
    [10, 0.1, 0, 0.34867844009999998],
    [10, 0.1, 10, 1.0000000000000006e-10],
  ] as const;
  for (const [trials, probability, successes, expected] of values) closeTo(binomialProbability({ trials, probability }, successes), expected, 1e-12, `P(K = ${successes}), n = ${trials}`);
});

test('binomial tails are whole at the ends and complement each other', () => {
  const binomial = { trials: 30, probability: 0.2 };
  assert.equal(binomialUpperTail(binomial, 0), 1);
  assert.equal(binomialUpperTail(binomial, 31), 0);
  assert.equal(binomialUpperTail({ trials: 5, probability: 0 }, 1), 0);
  assert.equal(binomialUpperTail({ trials: 5, probability: 1 }, 5), 1);
  for (let k = 0; k <= 30; k++) closeTo(binomialLowerTail(binomial, k) + binomialUpperTail(binomial, k + 1), 1, 1e-14, `sum at ${k}`);
});
