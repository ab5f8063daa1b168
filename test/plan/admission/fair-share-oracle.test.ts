/** Fair parts against max-min programming (`fair-oracle.ts`) on random divisions. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dice } from '../../../src/base/dice.ts';
import { createDice } from '../../../src/base/dice.ts';
import type { Contender } from '../../../src/plan/admission/fair-share.ts';
import { fairParts } from '../../../src/plan/admission/fair-share.ts';
import type { FairCase } from './fair-oracle.ts';
import { fairestLevels, wholeShare } from './fair-oracle.ts';

const pick = <T>(dice: Dice, items: readonly T[]): T => items[dice.below(items.length)] as T;

function fairCase(seed: number): FairCase {
  const dice = createDice(seed);
  const links = 1 + dice.below(4);
  const capacityGbps = Float64Array.from({ length: links }, () => pick(dice, [0, 50, 100, 100, 400]));
  const freeGbps = capacityGbps.map((gbps) => gbps * pick(dice, [0, 0.2, 0.5, 0.75, 1, 1]));
  const contenders = Array.from({ length: 2 + dice.below(5) }, (_, at): Contender => ({
    tenant: `t${at}`, weight: pick(dice, [0.5, 1, 1, 2, 3]), capGbps: capacityGbps.map((gbps) => gbps * pick(dice, [0.1, 0.4, 1, 1, 1, 1])), heldShare: pick(dice, [0, 0, 0, 0.1, 0.25, 0.6]),
    askGbps: Float64Array.from({ length: links }, () => pick(dice, [0, 0, 3, 10, 40, 100, 250])),
  }));
  return { contenders, room: { capacityGbps, freeGbps } };
}

test('fair parts are those of max-min programming on 200 random divisions with weights, caps, light that is held and links that are full', () => {
  let short = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const one = fairCase(seed);
    const parts = fairParts(one.contenders, one.room);
    const levels = fairestLevels(one);
    one.contenders.forEach((contender, at) => {
      const whole = wholeShare(contender, one.room);
      const part = parts[at] ?? NaN;
      if (whole === 0) assert.equal(part, 1, `seed ${seed}`);
      else if (whole === Infinity) assert.equal(part, 0, `seed ${seed}`);
      else {
        if (part < 1) short += 1;
        const level = (contender.heldShare + whole * part) / contender.weight;
        assert.ok(Math.abs(level - (levels.get(at) ?? NaN)) < 1e-4, `seed ${seed}, tenant ${at}: level ${level} against ${levels.get(at)}`);
      }
    });
  }
  assert.ok(short >= 200, `${short} had less than they asked for`);
});
