/** Settled temperatures of the package types: hand-derived cases, time constants in their published ranges, bad input. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPackageType, packageForPart, packageTypes } from '../../src/thermal/package-catalogue.ts';
import type { PackageType } from '../../src/thermal/package-type.ts';
import { nodePowersW, nominalPowerW, packageNetwork, remainingFlowShare } from '../../src/thermal/package-type.ts';
import { steadyCaseTemperature, typicalInlet } from '../../src/thermal/steady.ts';
import { portHeatW, steadyTemperaturesC } from '../../src/thermal/response.ts';

function typeOf(id: string): PackageType {
  const type = findPackageType(id);
  assert.ok(type !== null);
  return type;
}

test('an 800G DSP module settles at inlet plus preheat plus power times resistance', () => {
  // 27 + 8 + 15 W x (0.3 + 1.2) K/W = 57.5 C at the shell; the laser adds 0.2 x 15 W x 6.25 K/W = 18.75 K.
  const answer = steadyCaseTemperature({ package: typeOf('osfp-dsp-800g') });
  assert.ok(answer.ok);
  assert.ok(Math.abs(answer.value.caseC - 57.5) < 1e-9);
  assert.ok(Math.abs((answer.value.laserC ?? 0) - 76.25) < 1e-9);
  assert.ok(Math.abs(answer.value.marginK - 12.5) < 1e-9);
  assert.equal(answer.value.kind, 'estimate');
});

test('a stated power scales every source and a linear module runs cooler than a DSP one', () => {
  // 30 + 0 + 8 W x 1.5 K/W = 42 C.
  const linear = steadyCaseTemperature({ package: typeOf('osfp-lpo-800g'), powerW: 8, airC: 30, airPreheatK: 0 });
  assert.ok(linear.ok);
  assert.ok(Math.abs(linear.value.caseC - 42) < 1e-9);
});

test('half the airflow raises the convective drop by the square root of two', () => {
  // 35 + 15 x (0.3 + 1.2 x sqrt 2) = 35 + 15 x 1.99705627 = 64.95584412 C.
  const answer = steadyCaseTemperature({ package: typeOf('osfp-dsp-800g'), flow: { air: 0.5, coolant: 1 } });
  assert.ok(answer.ok);
  assert.ok(Math.abs(answer.value.caseC - 64.95584412271572) < 1e-9);
});

test('stopped fans leave natural convection, not a vacuum', () => {
  assert.equal(remainingFlowShare({ total: 6, stopped: 1 }), 5 / 6);
  assert.equal(remainingFlowShare({ total: 6, stopped: 6 }), 0.04);
  const answer = steadyCaseTemperature({ package: typeOf('osfp-dsp-800g'), flow: { air: 0, coolant: 1 } });
  assert.ok(answer.ok && answer.value.marginK < 0);
});

test('the engine feels its switch ASIC: 22 W next door warm the rings though the engine does nothing', () => {
  // With the engine off, only the ASIC heats: the lid alone rises by 22 W x (0.18 + 0.18) K/W = 7.92 K over the coolant,
  // and every node between ASIC and lid lies above the lid.
  const answer = steadyCaseTemperature({ package: typeOf('cpo-engine-liquid'), powerW: 0, coolantC: 30 });
  assert.ok(answer.ok);
  assert.ok(Math.abs(answer.value.caseC - 37.92) < 1e-9);
  assert.ok((answer.value.ringC ?? 0) > answer.value.caseC);
});

test('every package type compiles, has its nodes, and keeps the time constants of its kind', () => {
  for (const type of packageTypes) {
    const network = packageNetwork(type);
    assert.ok(network.ok, type.id);
    assert.ok(type.nodes.length >= 3 && type.nodes.length <= 12, type.id);
    assert.ok(nominalPowerW(type) > 0, type.id);
    const constantsS = [...network.value.ratePerS].map((rate) => 1 / rate);
    if (type.id.startsWith('osfp')) {
      // Module case 30 to 120 s; laser junction of milliseconds.
      assert.ok(Math.max(...constantsS) > 30 && Math.max(...constantsS) < 120, type.id);
      if (type.laserNode !== null) assert.ok(Math.min(...constantsS) > 1e-4 && Math.min(...constantsS) < 1e-2, type.id);
    }
    // Rings answer in 10 to 100 microseconds.
    if (type.ringNode !== null) assert.ok(Math.min(...constantsS) >= 1e-5 && Math.min(...constantsS) <= 1e-4, type.id);
  }
});

test('every package type gives out in steady state what it takes in', () => {
  for (const type of packageTypes) {
    const network = packageNetwork(type);
    assert.ok(network.ok);
    const portC = Float64Array.from(type.ports, () => 30);
    const powerW = nodePowersW(type, { activity: 0.6 });
    const out = portHeatW(network.value, steadyTemperaturesC(network.value, { powerW, portC }), portC).reduce((sum, value) => sum + value, 0);
    const sum = powerW.reduce((total, value) => total + value, 0);
    assert.ok(Math.abs(out - sum) < 1e-7 * sum, `${type.id}: ${sum} W in, ${out} W out`);
  }
});

test('parts map to the package they sit in', () => {
  assert.equal(packageForPart({ kind: 'pluggable-dsp', powerW: 15 })?.id, 'osfp-dsp-800g');
  assert.equal(packageForPart({ kind: 'pluggable-dsp', powerW: 27 })?.id, 'osfp-dsp-1600g');
  assert.equal(packageForPart({ kind: 'lpo', powerW: 7 })?.id, 'osfp-lpo-800g');
  assert.equal(packageForPart({ kind: 'cpo', powerW: 11 })?.id, 'cpo-engine-liquid');
  assert.equal(packageForPart({ kind: 'copper', powerW: 0 }), null);
});

test('bad questions are issues, all at once, and never NaN', () => {
  const answer = steadyCaseTemperature({ package: typeOf('osfp-dsp-800g'), airC: -400, powerW: -3, activity: 2 });
  assert.ok(!answer.ok);
  assert.deepEqual(answer.issues.map((issue) => issue.code), ['below-absolute-zero', 'below-absolute-zero', 'bad-power', 'bad-activity']);
  const stuck = steadyCaseTemperature({ package: typeOf('osfp-dsp-800g'), flow: { air: Number.NaN, coolant: 1 } });
  assert.ok(!stuck.ok && stuck.issues[0]?.code === 'bad-flow');
});

test('the typical inlet stays inside the recommended envelope', () => {
  // ASHRAE TC 9.9: recommended air 18 to 27 C.
  assert.ok(typicalInlet.airC.value >= 18 && typicalInlet.airC.value <= 27);
});
