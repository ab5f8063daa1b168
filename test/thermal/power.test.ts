/** Power sums: up a tree, to megawatts, and nothing lost. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { airConductanceWPerK, conductanceAtShareWPerK, coolantConductanceWPerK } from '../../src/thermal/fluid.ts';
import { sitePower, sumPowerUpW } from '../../src/thermal/power.ts';

test('module, tray, rack, row and site each carry what lies below them', () => {
  // site 0 (10 W) - row 1 - rack 2 (100 W) - trays 3 and 4 - modules of 15, 15 and 7 W.
  const parent = Int32Array.of(-1, 0, 1, 2, 2, 3, 3, 4);
  const own = Float64Array.of(10, 0, 100, 0, 0, 15, 15, 7);
  assert.deepEqual([...sumPowerUpW(parent, own)], [147, 137, 137, 30, 7, 15, 15, 7]);
});

test('a random tree keeps every watt', () => {
  const dice = createDice(3);
  const parent = Int32Array.from({ length: 5000 }, (_, row) => (row === 0 ? -1 : dice.below(row)));
  const own = Float64Array.from({ length: 5000 }, () => dice.below(1000));
  assert.equal(sumPowerUpW(parent, own)[0], own.reduce((sum, value) => sum + value, 0));
});

test('a parent behind its child is a bug', () => {
  assert.throws(() => sumPowerUpW(Int32Array.of(1, -1), Float64Array.of(1, 1)));
});

test('400,000 modules of 15 W at a PUE of 1.2 draw 7.2 MW', () => {
  // 400,000 x 15 W = 6 MW of IT, x 1.2 = 7.2 MW; the overhead is 1.2 MW (the annual energy of check E03 is 7.2 MW x 8760 h).
  const site = sitePower([{ name: 'module', count: 400_000, perUnitW: 15 }], 1.2);
  assert.ok(site.ok);
  assert.equal(site.value.itW, 6e6);
  assert.ok(Math.abs(site.value.facilityMw - 7.2) < 1e-12);
  assert.ok(Math.abs(site.value.overheadW + site.value.itW - site.value.facilityW) < 1e-6);
});

test('a PUE below 1 and negative powers are issues', () => {
  for (const pue of [0.9, Number.NaN, Infinity]) {
    const site = sitePower([], pue);
    assert.ok(!site.ok && site.issues[0]?.code === 'bad-pue');
  }
  const negative = sitePower([{ name: 'module', count: 1, perUnitW: -1 }], 1.2);
  assert.ok(!negative.ok && negative.issues[0]?.code === 'bad-power');
});

test('a flow carries m cp watts per kelvin, and a stopped pump leaves natural convection', () => {
  // 60 L/min x 1.02 kg/L / 60 s x 3900 J/kg/K = 3978 W/K; 0.1 m3/s x 1.14 kg/m3 x 1006 J/kg/K = 114.684 W/K.
  assert.ok(Math.abs(coolantConductanceWPerK(60) - 3978) < 1e-9);
  assert.ok(Math.abs(airConductanceWPerK(0.1) - 114.684) < 1e-9);
  assert.equal(conductanceAtShareWPerK({ designWPerK: 100, flowShare: 0.5 }), 50);
  assert.equal(conductanceAtShareWPerK({ designWPerK: 100, flowShare: 0 }), 4);
});
