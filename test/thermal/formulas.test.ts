/** Heat formulas: limits and balances that hold by hand, and every formula reachable by name. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Celsius } from '../../src/base/units.ts';
import { quantity } from '../../src/base/units.ts';
import { airflowM3PerS, annualEnergyKwh, coolantRiseK, coupledTemperatureC, facilityPowerW, rcStepC, seriesTemperatureC } from '../../src/thermal/formulas/heat.ts';
import { findFormula, formulas, formulaTopics } from '../../src/thermal/formulas/registry.ts';

const ambientC = quantity<Celsius>(35);

test('a power step starts at ambient, passes 1 - 1/e at one time constant and ends at the series temperature', () => {
  const node = { ambientC, powerW: 20, resistanceKPerW: 1.5, capacityJPerK: 40 };
  assert.equal(rcStepC({ ...node, timeS: 0 }), 35);
  // R C = 60 s; 30 K x (1 - 1/e) = 18.9636 K.
  assert.ok(Math.abs(rcStepC({ ...node, timeS: 60 }) - 53.9636) < 1e-4);
  assert.equal(rcStepC({ ...node, timeS: 1e9 }), seriesTemperatureC({ ambientC, powerW: 20, resistancesKPerW: [0.6, 0.9] }));
});

test('a step of a microsecond warms by P t/C, without losing its digits', () => {
  const warmed = rcStepC({ ambientC: quantity(0), powerW: 20, resistanceKPerW: 1.5, capacityJPerK: 40, timeS: 1e-6 });
  // 20 W x 1 us / 40 J/K = 0.5 uK, less a part in 1e8.
  assert.ok(Math.abs(warmed / 5e-7 - 1) < 1e-7);
});

test('neighbours warm a node in proportion to their power', () => {
  const warm = coupledTemperatureC(ambientC, [{ powerW: 10, resistanceKPerW: 1 }, { powerW: 20, resistanceKPerW: 0.2 }, { powerW: 5, resistanceKPerW: 0.1 }]);
  assert.ok(Math.abs(warm - 49.5) < 1e-12);
});

test('coolant and air carry exactly the heat that is put in', () => {
  // 60 L/min of water at 1 kg/L is 1 kg/s; 41.86 kW / 4.186 kJ/kg/K = 10 K.
  assert.ok(Math.abs(coolantRiseK({ heatKw: 41.86, flowLitresPerMinute: 60, densityKgPerLitre: 1, specificHeatKjPerKgK: 4.186 }) - 10) < 1e-12);
  // 12,060 W over 1.2 x 1005 x 10 W/(m3/s) is 1 m3/s.
  assert.ok(Math.abs(airflowM3PerS({ heatW: 12_060, densityKgPerM3: 1.2, specificHeatJPerKgK: 1005, riseK: 10 }) - 1) < 1e-12);
});

test('a megawatt of IT at a PUE of 1.2 uses 10.512 GWh a year', () => {
  assert.ok(Math.abs(annualEnergyKwh(facilityPowerW({ itPowerW: 1e6, pue: 1.2 })) - 10_512_000) < 1e-3);
});

test('every formula of every topic is found by its name', () => {
  assert.equal(formulas.length, formulaTopics.reduce((sum, topic) => sum + topic.formulas.length, 0));
  for (const formula of formulas) assert.equal(findFormula(formula.name), formula);
  assert.equal(findFormula('no-such-formula'), undefined);
});
