/** The batch kernel against its dumb twin: one whole link evaluation for every row. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import { evaluateLink } from '../../src/optics/link/evaluate-link.ts';
import type { LinkReport } from '../../src/optics/link/link-report.ts';
import type { LinkRequest } from '../../src/optics/link/request.ts';
import { createWavelengthAnswer, createWavelengthBatch, enterWavelength, evaluateWavelengths } from '../../src/optics/link/wavelength-kernel.ts';

const catalogue = createCatalogue();

function report(id: string, more: Partial<LinkRequest> = {}): LinkReport {
  const part = catalogue.find(id);
  assert.ok(part);
  const answer = evaluateLink({ part, catalogue, lengthM: 60, connectors: 4, caseTemperatureC: 40, ...more });
  assert.ok(!isRefusal(answer));
  return answer;
}

const alike = (got: number, expected: number, tolerance: number, what: string): void =>
  assert.ok(Math.abs(got - expected) <= tolerance * Math.max(1e-300, Math.abs(expected)), `${what}: ${got} is not ${expected}`);

test('every row answers as a whole evaluation of its link does, PAM4 and NRZ, limited and built receivers', () => {
  const dice = createDice(20261122);
  const ids = ['dr8-800g', 'fr4-400g', 'lpo-800g', 'sr8-800g', 'bcm-bailly', 'nv-quantum-x-photonics', 'wdm-comb-800g', 'wdm-comb-els-800g', 'ayar-teraphy-g3', 'mosaic-800g'];
  for (const id of ids) {
    const before = report(id);
    const count = before.wavelengths.length;
    const batch = createWavelengthBatch(count);
    before.wavelengths.forEach((wavelength, row) => assert.ok(enterWavelength(batch, row, wavelength, before.usableRateGbps / count)));
    for (let round = 0; round < 6; round++) {
      const lossDb = dice.uniform() * 5 - 0.5;
      const twin = report(id, { extraLossDb: lossDb });
      const answer = createWavelengthAnswer(count);
      evaluateWavelengths(batch, new Float64Array(count).fill(lossDb), answer);
      twin.wavelengths.forEach(({ marginDb, preFecBer, usableRateGbps, eye }, row) => {
        const what = `${id} row ${row} at ${lossDb} dB`;
        alike(answer.eyeQ[row] ?? 0, eye?.eyeQ ?? Number.NaN, 1e-10, what);
        alike(answer.preFecBer[row] ?? 0, preFecBer, 1e-7, what);
        assert.ok(Math.abs((answer.marginDb[row] ?? 0) - marginDb) < 1e-9, what);
        assert.equal(answer.usableRateGbps[row], usableRateGbps, what);
      });
    }
  }
});

test('a laser that falls short of its light in the heat costs in the batch what it costs in the link', () => {
  const hot = report('dr8-800g', { caseTemperatureC: 120 });
  const derating = hot.stages.find(({ name }) => name === 'laser derating')?.lossDb ?? 0;
  assert.ok(derating > 0.5);
  const cool = report('dr8-800g');
  const batch = createWavelengthBatch(1);
  const answer = createWavelengthAnswer(1);
  const first = cool.wavelengths[0];
  assert.ok(first);
  enterWavelength(batch, 0, first, 100);
  evaluateWavelengths(batch, Float64Array.of(derating), answer);
  alike(answer.preFecBer[0] ?? 0, hot.preFecBer, 1e-7, 'hot laser');
});

test('an electrical lane and coherent light have no eye to enter', () => {
  const batch = createWavelengthBatch(1);
  for (const id of ['dac-800g-passive', 'zr-400']) {
    const [wavelength] = report(id).wavelengths;
    assert.ok(wavelength);
    assert.equal(enterWavelength(batch, 0, wavelength, 100), false);
  }
});

test('endless loss, and a loss that is no number, are darkness and never NaN', () => {
  const wavelength = report('wdm-comb-800g').wavelengths[0];
  assert.ok(wavelength);
  const batch = createWavelengthBatch(3);
  const answer = createWavelengthAnswer(3);
  for (let row = 0; row < 3; row++) assert.ok(enterWavelength(batch, row, wavelength, 50));
  evaluateWavelengths(batch, Float64Array.of(Infinity, Number.NaN, 1000), answer);
  for (let row = 0; row < 3; row++) {
    assert.equal(answer.usableRateGbps[row], 0);
    assert.ok((answer.marginDb[row] ?? 0) < -200);
    // Without light an NRZ decision is a coin toss.
    alike(answer.preFecBer[row] ?? Number.NaN, 0.5, 1e-9, 'error ratio in the dark');
  }
});
