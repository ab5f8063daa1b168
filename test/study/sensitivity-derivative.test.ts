/** Derivatives of functions whose derivatives are known, and thresholds of functions whose jumps are known. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample, Slope } from '../../src/study/sensitivity-derivative.ts';
import { findThreshold, slopesAt } from '../../src/study/sensitivity-derivative.ts';

const near = (actual: number, expected: number, share: number): void => assert.ok(Math.abs(actual - expected) <= share * Math.abs(expected), `${actual} against ${expected}`);
const smooth = (slope: Slope | undefined): number => {
  assert.equal(slope?.kind, 'smooth');
  return slope?.kind === 'smooth' ? slope.derivative : Number.NaN;
};
const plain = (of: (x: number) => readonly number[]) => (x: number): Sample => ({ values: of(x), state: '' });

// d/dx of x^2, 3 + 5/x, 7 and e^x at 2 is 4, -5/4, 0 and e^2; all four are asked for at once.
test('Smooth results give their derivatives, a constant exactly zero', () => {
  const slopes = slopesAt(plain((x) => [x * x, 3 + 5 / x, 7, Math.exp(x)]), 2, 0.2).map(smooth);
  assert.equal(slopes[2], 0);
  [4, -1.25, 0, Math.exp(2)].forEach((expected, row) => near(slopes[row] ?? Number.NaN, expected, 1e-4));
});

// max(0, x - 1) has slope 0 below 1 and 1 above it.
test('Where two regimes meet, both slopes are told', () => {
  const [slope] = slopesAt(plain((x) => [Math.max(0, x - 1)]), 1, 0.1);
  assert.ok(slope?.kind === 'kink');
  assert.ok(Math.abs(slope.below) < 1e-9);
  near(slope.above, 1, 1e-9);
});

test('A jump that no state announces still gives no derivative', () => {
  const [jump, beside] = slopesAt(plain((x) => [x >= 3 ? 10 : 0, 2 * x]), 3, 0.1);
  assert.equal(jump?.kind, 'none');
  near(smooth(beside), 2, 1e-9);
});

// The state changes at 5.01: a step of 1 would straddle it, so the step shrinks and the derivative of x^3 at 5, 75, comes out.
test('A threshold inside the first step does not leak into the derivative', () => {
  const sample = (x: number): Sample => ({ values: [x ** 3 + (x > 5.01 ? 1000 : 0)], state: x > 5.01 ? 'dark' : 'lit' });
  near(smooth(slopesAt(sample, 5, 1)[0]), 75, 1e-4);
});

test('At a threshold there is no derivative', () => {
  const sample = (x: number): Sample => ({ values: [x], state: x >= 5 ? 'dark' : 'lit' });
  assert.deepEqual(slopesAt(sample, 5, 1), [{ kind: 'none' }]);
});

test('A result without value has no derivative, and its neighbours keep theirs', () => {
  const [missing, there] = slopesAt(plain((x) => [Number.NaN, 4 * x]), 1, 0.1);
  assert.equal(missing?.kind, 'none');
  near(smooth(there), 4, 1e-9);
});

test('Bisection finds the value at which the state changes, on either side, within its tolerance', () => {
  const stateAt = (x: number): string => (x < Math.E ? 'a' : x < 8 ? 'b' : 'c');
  const up = findThreshold(stateAt, { from: 0, to: 10, tolerance: 1e-9 });
  assert.ok(up !== null && up.inside < Math.E && up.outside >= Math.E && up.outside - up.inside <= 1e-9);
  const down = findThreshold(stateAt, { from: 10, to: 0, tolerance: 1e-9 });
  assert.ok(down !== null && down.inside >= 8 && down.outside < 8);
  assert.equal(findThreshold(stateAt, { from: 3, to: 7, tolerance: 1e-9 }), null);
});
