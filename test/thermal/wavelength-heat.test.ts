/** The wavelength kernel against the one-at-a-time functions, its dumb twin. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import type { UnitEmitter } from '../../src/optics/link/emitter.ts';
import type { RingLock } from '../../src/thermal/light-response.ts';
import { laserChangeDb, ringStateAt } from '../../src/thermal/light-response.ts';
import { createWavelengthHeat, darkLossDb, laserTable, writeWavelengthHeat } from '../../src/thermal/wavelength-heat.ts';

const lock: RingLock = { wavelengthNm: 1310, hotC: 85, ringDriftNmPerK: 0.065, lineDriftNmPerK: 0, heaterRangeNm: 5, heaterMwPerNm: 25 / 13, fwhmGhz: 40 };

const emitter: UnitEmitter = {
  laser: { thresholdMa: 10, t0K: 60, slopeWPerA: 0.3, t1K: 150, referenceC: 25, turnOnV: 1, seriesOhm: 4 },
  thermalResistanceKPerW: 60, nominalOutputMw: 20, currentMaxMa: 180, kind: 'estimate',
};

test('the kernel agrees with the one-at-a-time functions at 2,000 random temperatures', () => {
  const count = 2000;
  const dice = createDice(41);
  const nodeTemperatureC = Float64Array.from({ length: count }, () => -10 + 130 * dice.uniform());
  const rows = { ringRow: Int32Array.from({ length: count }, (_, w) => (w % 5 === 0 ? -1 : dice.below(count))), laserRow: Int32Array.from({ length: count }, (_, w) => (w % 7 === 0 ? -1 : dice.below(count))) };
  const heat = createWavelengthHeat(count);
  writeWavelengthHeat(rows, nodeTemperatureC, lock, laserTable(emitter), heat);
  for (let w = 0; w < count; w++) {
    const ring = rows.ringRow[w] ?? -1;
    const expected = ring < 0 ? { heaterMw: 0, driftLossDb: 0 } : ringStateAt(lock, { ringC: nodeTemperatureC[ring] ?? 0 });
    assert.ok(Math.abs((heat.heaterMw[w] ?? NaN) - expected.heaterMw) < 1e-5);
    assert.ok(Math.abs((heat.driftLossDb[w] ?? NaN) - expected.driftLossDb) < 1e-5);
    const taken = (heat.driftLossDb[w] ?? NaN) - (heat.laserChangeDb[w] ?? NaN);
    assert.equal(heat.lossDb[w], Math.min(darkLossDb, taken));
    const row = rows.laserRow[w] ?? -1;
    const surfaceC = Math.max(0, nodeTemperatureC[row] ?? 0);
    const change = row < 0 ? 0 : laserChangeDb(emitter, surfaceC);
    const got = heat.laserChangeDb[w] ?? NaN;
    // Within one table step of rollover the kernel may say dark where the function still finds light.
    if (got === -Infinity) assert.ok(isRefusal(change) || isRefusal(laserChangeDb(emitter, surfaceC + 0.25)));
    else assert.ok(!isRefusal(change) && Math.abs(got - change) < 0.01, `${got} against ${JSON.stringify(change)} at ${surfaceC} C`);
  }
});

test('temperatures outside the table keep its end, and no light is minus infinity', () => {
  const heat = createWavelengthHeat(2);
  writeWavelengthHeat({ ringRow: Int32Array.of(-1, -1), laserRow: Int32Array.of(0, 1) }, Float64Array.of(-40, 300), lock, laserTable({ ...emitter, currentMaxMa: 90 }), heat);
  // At the table's end of 160 C the threshold, 10 mA x exp(135/60) = 94.9 mA, is above the largest current of 90 mA.
  assert.equal(heat.laserChangeDb[0], 0);
  assert.equal(heat.laserChangeDb[1], -Infinity);
  assert.equal(heat.lossDb[1], darkLossDb);
});
