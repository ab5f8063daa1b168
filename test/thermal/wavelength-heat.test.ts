/** The wavelength kernel against the one-at-a-time functions, its dumb twin. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import { laserChangeAtJunctionDb, ringStateAt, typicalLaser, typicalRingLock } from '../../src/thermal/light-response.ts';
import { createWavelengthHeat, laserTable, writeWavelengthHeat } from '../../src/thermal/wavelength-heat.ts';

test('the kernel agrees with the one-at-a-time functions at 20,000 random temperatures', () => {
  const count = 20_000;
  const dice = createDice(41);
  const nodeTemperatureC = Float64Array.from({ length: count }, () => -20 + 150 * dice.uniform());
  const rows = { ringRow: Int32Array.from({ length: count }, (_, w) => (w % 5 === 0 ? -1 : dice.below(count))), laserRow: Int32Array.from({ length: count }, (_, w) => (w % 7 === 0 ? -1 : dice.below(count))) };
  const lock = typicalRingLock(50);
  const laser = typicalLaser(40);
  const heat = createWavelengthHeat(count);
  writeWavelengthHeat(rows, nodeTemperatureC, lock, laserTable(laser, 60), heat);
  let worstDb = 0;
  for (let w = 0; w < count; w++) {
    const ring = rows.ringRow[w] ?? -1;
    const expected = ring < 0 ? { heaterMw: 0, driftLossDb: 0 } : ringStateAt(lock, { ringC: nodeTemperatureC[ring] ?? 0 });
    assert.ok(Math.abs((heat.heaterMw[w] ?? NaN) - expected.heaterMw) < 1e-6);
    assert.ok(Math.abs((heat.driftLossDb[w] ?? NaN) - expected.driftLossDb) < 1e-5);
    const junction = rows.laserRow[w] ?? -1;
    const change = junction < 0 ? 0 : laserChangeAtJunctionDb(laser, { nowC: nodeTemperatureC[junction] ?? 0, referenceC: 60 });
    assert.ok(!isRefusal(change));
    worstDb = Math.max(worstDb, Math.abs((heat.laserChangeDb[w] ?? NaN) - change));
  }
  assert.ok(worstDb < 1e-5, `${worstDb} dB`);
});

test('a junction too hot to lase has no light, and temperatures outside the table keep its end', () => {
  const laser = { ...typicalLaser(40), currentMa: 50 };
  const table = laserTable(laser, 60);
  const heat = createWavelengthHeat(3);
  // 10 mA x exp((T - 25)/60) passes 50 mA at 25 + 60 ln 5 = 121.6 C.
  writeWavelengthHeat({ ringRow: Int32Array.of(-1, -1, -1), laserRow: Int32Array.of(0, 1, 2) }, Float64Array.of(121.4, 130, 300), typicalRingLock(50), table, heat);
  assert.ok(Number.isFinite(heat.laserChangeDb[0] ?? NaN));
  assert.equal(heat.laserChangeDb[1], -Infinity);
  assert.equal(heat.laserChangeDb[2], -Infinity);
});
