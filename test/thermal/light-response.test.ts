/** Temperature to light: drift, heater range, laser output, rollover; expected values by hand or from the facts' checks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import type { Db } from '../../src/base/units.ts';
import { quantity } from '../../src/base/units.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import type { UnitEmitter } from '../../src/optics/link/emitter.ts';
import type { Part } from '../../src/optics/part.ts';
import type { RingLock } from '../../src/thermal/light-response.ts';
import { emitterOf, laserChangeDb, laserLimitC, laserPowerRatio, marginSpentC, ringDriftGhz, ringLockOf, ringStateAt } from '../../src/thermal/light-response.ts';

const near = (got: number, expected: number, tolerance: number): void => assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not within ${tolerance} of ${expected}`);

/** 0.065 nm/K, 25 mW per FSR of 13 nm (checks T02, T03, T05), a range of 8 nm below 85 C, a filter of 40 GHz (check X07). */
const lock: RingLock = { wavelengthNm: 1310, hotC: 85, ringDriftNmPerK: 0.065, lineDriftNmPerK: 0, heaterRangeNm: 8, heaterMwPerNm: 25 / 13, fwhmGhz: 40 };

const catalogue = createCatalogue();

function partOf(id: string): Part {
  const part = catalogue.find(id);
  assert.ok(part !== undefined);
  return part;
}

test('6 K of coolant cost a locked ring three quarters of a milliwatt of heater and no light', () => {
  // 6 K x 0.065 nm/K = 0.39 nm x 25/13 mW/nm = 0.75 mW less heat. Unheated it would drift 6 x 11.3551132 GHz (check T02).
  const cool = ringStateAt(lock, { ringC: 50 });
  const warm = ringStateAt(lock, { ringC: 56 });
  near(cool.heaterMw - warm.heaterMw, 0.75, 1e-12);
  near(ringDriftGhz(lock, 6), 6 * 11.355113204358721, 1e-9);
  near(ringDriftGhz(lock, -1), -11.355113204358721, 1e-9);
  assert.equal(warm.exhausted, 'none');
  assert.equal(warm.driftLossDb, 0);
});

test('above its hot end the heater is off and every kelvin detunes the ring', () => {
  // 12 GHz beyond a 40 GHz filter: 10 log10(1 + (24/40)^2) = 10 log10 1.36 = 1.3353891 dB (check X07).
  const beyond = ringStateAt(lock, { ringC: 85 + 12 / 11.355113204358721 });
  assert.equal(beyond.exhausted, 'hot');
  assert.equal(beyond.heaterMw, 0);
  near(beyond.detuningGhz, 12, 1e-9);
  near(beyond.driftLossDb, 1.3353890837021753, 1e-9);
});

test('too cold a die exhausts the heater at the end of its range', () => {
  // 8 nm / 0.065 nm/K = 123.08 K below 85 C; 1 K further is 11.3551 GHz out, at 8 x 25/13 = 15.3846 mW.
  const ring = ringStateAt(lock, { ringC: 85 - 8 / 0.065 - 1 });
  assert.equal(ring.exhausted, 'cold');
  near(ring.heaterMw, 200 / 13, 1e-9);
  near(ring.detuningGhz, 11.355113204358721, 1e-6);
});

test('a line that drifts to the red asks its ring for more heat', () => {
  // Ring 10 K below the hot end wants 0.65 nm; a line 5 K x 0.09 nm/K further red adds 0.45 nm.
  near(ringStateAt({ ...lock, lineDriftNmPerK: 0.09 }, { ringC: 75, lineShiftK: 5 }).heaterMw, (1.1 * 25) / 13, 1e-12);
});

test('the margin is spent where the drift loss equals it', () => {
  const spentC = marginSpentC(lock, quantity<Db>(1.3353890837021753));
  near(spentC, 85 + 12 / 11.355113204358721, 1e-9);
  near(ringStateAt(lock, { ringC: spentC }).driftLossDb, 1.3353890837021753, 1e-9);
  assert.equal(marginSpentC(lock, quantity<Db>(0)), 85);
});

test('a lock and a laser are read from the catalogue, and a part without them is an issue', () => {
  const read = ringLockOf({ engine: partOf('nv-quantum-x-photonics'), ring: partOf('mrm') });
  assert.ok(read.ok);
  // mrm: 0.06 to 0.11 nm/K, Q 4000 to 10000: midpoints 0.085 nm/K and 7000, so FWHM = 1310/7000 nm = 32.69 GHz.
  near(read.value.ringDriftNmPerK, 0.085, 1e-12);
  // The engine's own linewidth, as the link model takes it.
  assert.equal(read.value.fwhmGhz, 45);
  const missing = ringLockOf({ engine: partOf('dr8-800g'), ring: partOf('mrm') });
  assert.ok(!missing.ok && missing.issues.every((issue) => issue.code === 'missing-figure'));
  assert.ok(!emitterOf(partOf('mpo-connector')).ok);
});

/** Check S05's device: 10 mA and 0.3 W/A at 25 C, T0 60 K, T1 150 K, 1 V + 4 ohm; without thermal resistance its junction is its surface. */
const emitter: UnitEmitter = {
  laser: { thresholdMa: 10, t0K: 60, slopeWPerA: 0.3, t1K: 150, referenceC: 25, turnOnV: 1, seriesOhm: 4 },
  thermalResistanceKPerW: 0, nominalOutputMw: 20, currentMaxMa: 100, kind: 'estimate',
};

test('a laser at its largest current on a 70 C surface gives the light of check S05', () => {
  // 17.519610 mW of the 20 mW it must give: 10 log10(0.8759805) = -0.57506 dB; at 25 C it can give 27 mW, so 0 dB.
  const hot = laserChangeDb(emitter, 70);
  assert.ok(!isRefusal(hot));
  near(hot, 10 * Math.log10(17.519610063981027 / 20), 1e-9);
  assert.equal(laserChangeDb(emitter, 25), 0);
});

test('the control loop pays for warmth with current', () => {
  // 20 mW at 25 C: I = 10 + 20/0.3 = 76.667 mA, 76.667 x (1 + 0.30667) = 100.178 mW. At 40 C: Ith = 10 e^0.25 = 12.8403 mA,
  // eta = 0.3 e^-0.1 = 0.271451 W/A, I = 12.8403 + 73.6781 = 86.5184 mA, 86.5184 x 1.346073 = 116.4602 mW: 1.16253 times.
  const ratio = laserPowerRatio(emitter, { nowC: 40, referenceC: 25 });
  assert.ok(!isRefusal(ratio));
  near(ratio, 1.16253, 1e-4);
});

test('a self-heated laser beyond rollover is a refusal, and its limit lies below', () => {
  const warm = { ...emitter, thermalResistanceKPerW: 100, currentMaxMa: 400 };
  const limitC = laserLimitC(warm, quantity<Db>(1));
  assert.ok(limitC > 0 && limitC < 200);
  const hot = laserChangeDb(warm, limitC + 40);
  assert.ok(isRefusal(hot));
  assert.equal(hot.code, 'laser-beyond-rollover');
  // Where the largest current still lases alone, the limit is where the loss is that much.
  const alone = laserLimitC(emitter, quantity<Db>(0.5750585));
  near(alone, 70, 1e-3);
});
