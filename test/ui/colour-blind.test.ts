/** Steps of every colouring can be told apart by who sees no red or no green: by their pattern, or by an ink that still differs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colourings, stepsOf } from '../../ui/src/map/inks.ts';

/** Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1, on linear light. */
const deficiencies = {
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
} as const;
/** CIE 1976: about 2.3 is just noticeable side by side; small marks apart from each other need several times that. */
const differenceLeast = 8;

/** sRGB to linear light (IEC 61966-2-1). */
const linear = (ink: string): readonly number[] => [1, 3, 5].map((at) => {
  const part = Number.parseInt(ink.slice(at, at + 2), 16) / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
});
const times = (matrix: readonly (readonly number[])[], vector: readonly number[]): readonly number[] =>
  matrix.map((row) => Math.min(1, Math.max(0, row.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0))));
const toXyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]];

/** CIE 1976 L*a*b* under D65. */
function labOf(light: readonly number[]): readonly number[] {
  const [x = 0, y = 0, z = 0] = toXyz.map((row, at) => {
    const share = row.reduce((sum, value, place) => sum + value * (light[place] ?? 0), 0) / ([0.95047, 1, 1.08883][at] ?? 1);
    return share > (6 / 29) ** 3 ? Math.cbrt(share) : share / (3 * (6 / 29) ** 2) + 4 / 29;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const difference = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((value, at) => value - (b[at] ?? 0)));

test('the scale of differences is right: white and black are 100 apart, and red and green close up without green cones', () => {
  assert.ok(Math.abs(difference(labOf(linear('#ffffff')), labOf(linear('#000000'))) - 100) < 0.1);
  const [red, green] = ['#c04040', '#707010'].map(linear);
  const seen = (matrix: readonly (readonly number[])[] | null): number => difference(labOf(matrix === null ? red ?? [] : times(matrix, red ?? [])), labOf(matrix === null ? green ?? [] : times(matrix, green ?? [])));
  assert.ok(seen(deficiencies.deuteranopia) < seen(null) / 2);
});

for (const [name, matrix] of Object.entries(deficiencies)) {
  test(`under ${name} two steps with one pattern have inks that differ`, () => {
    const alike: string[] = [];
    for (const colouring of colourings) {
      for (const theme of ['dark', 'light'] as const) {
        stepsOf[colouring].forEach((a, at) => stepsOf[colouring].slice(at + 1).forEach((b) => {
          if (a.pattern !== b.pattern) return;
          const apart = difference(labOf(times(matrix, linear(a[theme]))), labOf(times(matrix, linear(b[theme]))));
          if (apart < differenceLeast) alike.push(`${colouring}, ${theme}: ${a.name} and ${b.name} are ${apart.toFixed(1)} apart`);
        }));
      }
    }
    assert.deepEqual(alike, []);
  });
}
