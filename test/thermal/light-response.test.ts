/** Temperature to light: drift, heater range, laser output, rollover, hazard; expected values by hand or from the facts' checks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import type { Celsius, Db } from '../../src/base/units.ts';
import { quantity } from '../../src/base/units.ts';
import { hazardFactor, heaterExhaustedC, laserChangeAtJunctionDb, laserChangeDb, laserLimitC, marginSpentC, ringStateAt, typicalLaser, typicalRingLock } from '../../src/thermal/light-response.ts';

const near = (got: number, expected: number, tolerance: number): void => assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not within ${tolerance} of ${expected}`);

test('6 K of coolant cost a locked ring three quarters of a milliwatt and no light', () => {
  // 6 K x 0.065 nm/K = 0.39 nm; / 0.52 nm/mW = 0.75 mW less than the bias of 3 mW. Drift: 6 x 11.3551132 GHz/K (check T02).
  const ring = ringStateAt(typicalRingLock(50), { ringC: 56 });
  near(ring.heaterMw, 2.25, 1e-12);
  near(ring.driftGhz, 6 * 11.355113204358721, 1e-9);
  assert.equal(ring.exhausted, 'none');
  assert.equal(ring.driftLossDb, 0);
});

test('the heater is exhausted when its bias is used up, and then every kelvin detunes', () => {
  // 3 mW x 0.52 nm/mW / 0.065 nm/K = 24 K above the reference.
  const lock = typicalRingLock(50);
  near(heaterExhaustedC(lock), 74, 1e-12);
  // 12 GHz beyond a 40 GHz filter: 10 log10(1 + (24/40)^2) = 10 log10 1.36 = 1.3353891 dB (check X07).
  const beyond = ringStateAt(lock, { ringC: 74 + 12 / 11.355113204358721 });
  assert.equal(beyond.exhausted, 'hot');
  assert.equal(beyond.heaterMw, 0);
  near(beyond.detuningGhz, 12, 1e-9);
  near(beyond.driftLossDb, 1.3353890837021753, 1e-9);
});

test('too cold a die exhausts the heater at its maximum', () => {
  // (10 - 3) mW x 0.52 / 0.065 = 56 K below the reference; 1 K further is 11.3551 GHz out.
  const ring = ringStateAt(typicalRingLock(50), { ringC: 50 - 57 });
  assert.equal(ring.exhausted, 'cold');
  assert.equal(ring.heaterMw, 10);
  near(ring.detuningGhz, 11.355113204358721, 1e-9);
});

test('a line that drifts with its ring needs less heater', () => {
  // Ring 0.065 nm/K x 10 K red, line 0.09 nm/K x 5 K red: 0.65 - 0.45 = 0.20 nm, 0.3846 mW.
  const ring = ringStateAt(typicalRingLock(50, 0.09), { ringC: 60, lineShiftK: 5 });
  near(ring.heaterMw, 3 - 0.2 / 0.52, 1e-12);
});

test('the margin is spent where the drift loss equals it', () => {
  const lock = typicalRingLock(50);
  const spentC = marginSpentC(lock, quantity<Db>(1.3353890837021753));
  near(spentC, 74 + 12 / 11.355113204358721, 1e-9);
  near(ringStateAt(lock, { ringC: spentC }).driftLossDb, 1.3353890837021753, 1e-9);
  assert.equal(marginSpentC(lock, quantity<Db>(0)), heaterExhaustedC(lock));
});

test('a laser junction at 70 C gives the light of check S05', () => {
  // 27 mW at 25 C (0.3 W/A x 90 mA) and 17.519610 mW at 70 C: 10 log10(17.519610 / 27) = -1.87839 dB.
  const change = laserChangeAtJunctionDb(typicalLaser(25), { nowC: 70, referenceC: 25 });
  assert.ok(!isRefusal(change));
  near(change, 10 * Math.log10(17.519610063981027 / 27), 1e-9);
  // Ith = 10 mA x exp((T - 25)/60) passes the drive of 100 mA at 25 + 60 ln 10 = 163.2 C: beyond it there is no light.
  const dark = laserChangeAtJunctionDb(typicalLaser(25), { nowC: 164, referenceC: 25 });
  assert.ok(isRefusal(dark) && dark.code === 'laser-below-threshold');
});

test('a warmer surface dims a self-heated laser, and a hot one rolls over as a refusal', () => {
  const laser = typicalLaser(40);
  const warm = laserChangeDb(laser, 46);
  assert.ok(!isRefusal(warm) && warm < 0);
  const atReference = laserChangeDb(laser, 40);
  assert.ok(!isRefusal(atReference) && Math.abs(atReference) < 1e-9);
  const hot = laserChangeDb(laser, 160);
  assert.ok(isRefusal(hot) && ['laser-rollover', 'laser-below-threshold'].includes(hot.code));
});

test('the warmest surface for a loss is where the loss is that much', () => {
  const laser = typicalLaser(40);
  const limitC = laserLimitC(laser, quantity<Db>(1));
  assert.ok(!isRefusal(limitC));
  const change = laserChangeDb(laser, limitC);
  assert.ok(!isRefusal(change));
  near(change, -1, 1e-6);
});

test('the hazard of a case at 70 C is 3.65 times that at 40 C', () => {
  // exp(0.4 / 8.617333e-5 x (1/313.15 - 1/343.15)) = exp(1.29589) = 3.6543 (the facts say 3.65).
  near(hazardFactor(quantity<Celsius>(70)), 3.654, 0.002);
  assert.equal(hazardFactor(quantity<Celsius>(40)), 1);
});
