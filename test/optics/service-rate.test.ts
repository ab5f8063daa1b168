/** Mean failure rates in service: what the source states at the reference, Arrhenius beside it, wear-out and spares by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Celsius } from '../../src/base/units.ts';
import { quantity } from '../../src/base/units.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import type { FailureModel } from '../../src/optics/reliability/failure-model.ts';
import { failureModelOf } from '../../src/optics/reliability/failure-model.ts';
import type { Mechanism } from '../../src/optics/reliability/mechanism.ts';
import { generalAcceleration, meanRatePerH, rateRatio, serviceRateOf } from '../../src/optics/reliability/service-rate.ts';

const catalogue = createCatalogue();
const near = (got: number, expected: number, relative: number): void => assert.ok(Math.abs(got / expected - 1) <= relative, `${got} is not ${expected}`);
const at = (value: number): Celsius => quantity<Celsius>(value);

function model(id: string): FailureModel {
  const part = catalogue.find(id);
  assert.ok(part);
  const read = failureModelOf(part);
  if (!read.ok) assert.fail(JSON.stringify(read.issues));
  return read.value;
}

test('at the reference case temperature a part fails as often as its source states, half of it by lasers', () => {
  // Bailly: 2.6e6 h of a 400G port, Meta's field figure; shares of laser 0.5, electronics 0.4, solder 0.1. Cleaning is not a failure.
  const rate = serviceRateOf(model('bcm-bailly'), at(40));
  near(rate.mtbfH.value, 2.6e6, 1e-9);
  near(rate.laserShare, 0.5, 1e-9);
  assert.equal(rate.basis, 'field');
  assert.match(rate.mtbfH.source, /ECOC 2025.*40 °C over 5 years/);
  // Contamination is 0.37/0.63 of the hard failures, and stays out of the MTBF.
  near((rate.mechanisms.find(({ name }) => name === 'contamination')?.perH ?? 0) * 2.6e6, 0.37 / 0.63, 1e-9);
  assert.equal(serviceRateOf(model('dac-800g-passive'), at(40)).laserShare, 0);
});

test('a warm part fails more often by each mechanism at its own activation energy', () => {
  // 40 to 70 C: exp(0.4 eV/k (1/313.15 - 1/343.15)) = 3.654 (the facts say 3.65) for electronics, random laser failures at
  // 0.525 eV 5.479, and joints, which follow cycles and not heat, unchanged.
  near(generalAcceleration(at(70)), 3.654, 5e-4);
  assert.equal(generalAcceleration(at(40)), 1);
  near(rateRatio(null, { nowC: at(40), endC: at(70) }), 3.654, 5e-4);
  const cool = serviceRateOf(model('dr8-800g'), at(40));
  const warm = serviceRateOf(model('dr8-800g'), at(70));
  const ratio = (name: string): number => (warm.mechanisms.find((rate) => rate.name === name)?.perH ?? 0) / (cool.mechanisms.find((rate) => rate.name === name)?.perH ?? 1);
  near(ratio('electronics'), 3.654, 5e-4);
  near(ratio('laserRandom'), 5.479, 5e-4);
  near(ratio('solder'), 1, 1e-12);
  // Wear-out of a population that is far from its median grows faster than its clock.
  assert.ok(ratio('laserWearOut') > 5.479);
  assert.ok(warm.laserShare > cool.laserShare);
  near(rateRatio(model('dr8-800g'), { nowC: at(40), endC: at(70) }), cool.mtbfH.value / warm.mtbfH.value, 1e-12);
});

test('spares are counted over the whole service life', () => {
  // Two lasers of a mean life of 100 h, one spare, 100 h of service: survival is 2 p - p^2 with p = exp(-1), rate -ln(0.60042)/100 h.
  const mechanism: Mechanism = {
    name: 'laser', units: 2, spares: 1, life: { kind: 'exponential', meanH: 100 }, activationEnergyEv: 0, referenceC: at(40), replaces: 'laserModule',
    repairH: quantity(1), basis: 'predicted', kind: 'estimate', source: 'test',
  };
  near(meanRatePerH(mechanism, at(40), 100), -Math.log(2 * Math.exp(-1) - Math.exp(-2)) / 100, 1e-12);
});

test('a rate counted in service holds where such parts serve, a vendor prediction at its own reference', () => {
  const part = (id: string) => {
    const found = catalogue.find(id);
    assert.ok(found);
    return found;
  };
  const served = failureModelOf(part('dr8-800g'), { serviceCaseC: at(58) });
  const predicted = failureModelOf(part('aoc-800g'), { serviceCaseC: at(58) });
  assert.ok(served.ok && predicted.ok);
  // Meta's 0.5 to 1.0e6 h stand at their midpoint where the fleet ran; cooler than that they last longer.
  near(serviceRateOf(served.value, at(58)).mtbfH.value, 0.75e6, 1e-9);
  assert.ok(serviceRateOf(served.value, at(45)).mtbfH.value > 0.75e6);
  // 4.68e5 h of the active cable is a parts-count prediction at 40 C.
  near(serviceRateOf(predicted.value, at(40)).mtbfH.value, 4.68e5, 1e-9);
  assert.equal(serviceRateOf(predicted.value, at(40)).basis, 'predicted');
});
