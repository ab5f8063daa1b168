/** Time to threshold: closed forms by hand, overshoot, touching, and a dense scan as the dumb twin. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { firstCrossingS } from '../../src/thermal/crossing.ts';
import type { ExponentialSum } from '../../src/thermal/response.ts';
import { evaluateSum } from '../../src/thermal/response.ts';

const course = (offsetC: number, terms: readonly (readonly [amplitudeK: number, ratePerS: number])[]): ExponentialSum =>
  ({ offsetC, amplitudeK: Float64Array.from(terms, ([amplitude]) => amplitude), ratePerS: Float64Array.from(terms, ([, rate]) => rate) });

const rising = (limitC: number, horizonS = Infinity) => ({ limitC, direction: 'rising', horizonS }) as const;

test('a module that warms towards 80 C reaches 70 C at the logarithm of its drop', () => {
  // T(t) = 80 - 40 exp(-t/60) = 70 at t = 60 ln 4 = 83.17766166719343 s.
  const found = firstCrossingS(course(80, [[-40, 1 / 60]]), rising(70));
  assert.ok(found !== null && Math.abs(found - 60 * Math.log(4)) < 1e-9);
});

test('a course that settles below its limit, or meets it after the horizon, never crosses', () => {
  assert.equal(firstCrossingS(course(69.9, [[-40, 1 / 60]]), rising(70)), null);
  assert.equal(firstCrossingS(course(80, [[-40, 1 / 60]]), rising(70, 83)), null);
  assert.equal(firstCrossingS(course(70, [[-40, 1 / 60]]), rising(70, 1e4)), null);
});

test('a course that starts at or above its limit crosses at once, and a constant one never changes its mind', () => {
  assert.equal(firstCrossingS(course(60, [[20, 1]]), rising(70)), 0);
  assert.equal(firstCrossingS(course(71, []), rising(70)), 0);
  assert.equal(firstCrossingS(course(69, []), rising(70)), null);
});

test('an overshoot above the limit is found though both ends lie below', () => {
  // T = 50 + 100 (exp(-t) - exp(-2t)) has its peak 50 + 25 at t = ln 2; with u = exp(-t), 100 (u - u^2) = 20 gives
  // u = (1 + sqrt(0.2)) / 2 = 0.7236067977 first, t = -ln u = 0.32351...
  const overshoot = course(50, [[100, 1], [-100, 2]]);
  const found = firstCrossingS(overshoot, rising(70));
  assert.ok(found !== null && Math.abs(found + Math.log((1 + Math.sqrt(0.2)) / 2)) < 1e-9);
  assert.equal(firstCrossingS(overshoot, rising(75.000001)), null);
});

test('a falling crossing is the mirror of a rising one', () => {
  // 30 + 40 exp(-t/60) = 40 at t = 60 ln 4.
  const found = firstCrossingS(course(30, [[40, 1 / 60]]), { limitC: 40, direction: 'falling', horizonS: 1000 });
  assert.ok(found !== null && Math.abs(found - 60 * Math.log(4)) < 1e-9);
});

test('time constants nine decades apart do not hide a crossing of microseconds', () => {
  // The ring alone: 60 - 10 exp(-t/30us) passes 55 at 30 us x ln 2, while its package moves by minutes.
  const found = firstCrossingS(course(80, [[-20, 1 / 60], [-10, 1 / 30e-6]]), rising(55));
  assert.ok(found !== null && Math.abs(found - 30e-6 * Math.log(2)) < 1e-9);
});

test('random sums cross where a dense scan first sees them cross', () => {
  const dice = createDice(77);
  for (let round = 0; round < 300; round++) {
    const terms = Array.from({ length: 1 + dice.below(7) }, () => [60 * (dice.uniform() - 0.5), 10 ** (4 * dice.uniform() - 3)] as const);
    const sum = course(50 + 20 * dice.uniform(), terms);
    const found = firstCrossingS(sum, rising(65, 5000));
    let scanned: number | null = null;
    let before = 0;
    for (let at = 0; at <= 4000 && scanned === null; at++) {
      const timeS = at === 0 ? 0 : 5000 ** (at / 4000) * 1e-4 ** (1 - at / 4000);
      if (evaluateSum(sum, timeS) >= 65) scanned = timeS;
      else before = timeS;
    }
    // The scan may step over a short overshoot that the search finds; the search must never be later than the scan.
    if (scanned === null) assert.ok(found === null || evaluateSum(sum, found) >= 65 - 1e-9, `round ${round}`);
    else assert.ok(found !== null && found <= scanned && (found >= before - 1e-12 || Math.abs(evaluateSum(sum, found) - 65) < 1e-6), `round ${round}: ${found} against ${scanned}`);
  }
});
