/** Clock under a power cap: closed form by hand, the published daily swing, and the end of the range. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import { clockRatioUnderCap } from '../../src/thermal/power-cap.ts';
import { sharedTest } from '../shared.ts';

function clock(dieC: number): number {
  const ratio = clockRatioUnderCap(dieC);
  assert.ok(!isRefusal(ratio));
  return ratio;
}

test('the reference temperature has a clock of 1, and 40 K more cost what the closed form says', () => {
  assert.equal(clock(60), 1);
  // Leakage 0.2 x e = 0.543656; sqrt((1 - 0.543656) / 0.8) = sqrt(0.570430) = 0.755268.
  assert.ok(Math.abs(clock(100) - 0.755268) < 1e-6);
});

test('a die on which leakage takes the cap is a refusal', () => {
  // 0.2 exp((T - 60)/40) = 1 at T = 60 + 40 ln 5 = 124.4 C.
  const hot = clockRatioUnderCap(125);
  assert.ok(isRefusal(hot) && hot.code === 'leakage-takes-cap');
});

sharedTest('a 5 K daily swing costs throughput within the range that Llama 3 reports', 'facts/paper-figures.json', (path) => {
  // The figure: 1 to 2 % of throughput; its tolerance asks the model for 0.5 to 3 % on a 5 degree swing.
  const facts = JSON.parse(readFileSync(path, 'utf8')) as { readonly id: string; readonly value: { readonly throughput_swing?: readonly number[] } }[];
  const swing = facts.find(({ id }) => id === 'llama3-env')?.value.throughput_swing ?? [];
  assert.deepEqual(swing, [0.01, 0.02]);
  const lost = 1 - clock(65) / clock(60);
  assert.ok(lost > 0.005 && lost < 0.03, `${lost}`);
});
