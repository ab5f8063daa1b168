/** Wear and failure: laws against closed forms and numeric twins, totals against catalogue and field figures, evidence kept apart. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import type { Parsed } from '../../src/base/issue.ts';
import { formatIssue } from '../../src/base/issue.ts';
import type { Celsius } from '../../src/base/units.ts';
import { quantity } from '../../src/base/units.ts';
import { builtInParts } from '../../src/optics/catalogue/catalogue.ts';
import type { LifeDistribution } from '../../src/optics/reliability/distribution.ts';
import { cumulativeHazard, fitLife, hazardPerH } from '../../src/optics/reliability/distribution.ts';
import { basisOf, fieldFlapInterval, serviceLifeH } from '../../src/optics/reliability/evidence.ts';
import type { FailureModel, LaserSparing } from '../../src/optics/reliability/failure-model.ts';
import { failureModelOf, fieldLinkModel } from '../../src/optics/reliability/failure-model.ts';
import { drawFlapRatePerH, expectedFlapRatePerH, flapProbability, flapProcess, flapVariance } from '../../src/optics/reliability/flap.ts';
import { fleetFailures, partHazardPerH } from '../../src/optics/reliability/fleet.ts';
import type { Mechanism } from '../../src/optics/reliability/mechanism.ts';
import { drawFailureH, effectiveAgeH, mechanismHazardPerH, survivalOf } from '../../src/optics/reliability/mechanism.ts';
import { sharedTest } from '../shared.ts';

const at = (temperatureC: number): Celsius => quantity(temperatureC);

function valueOf<T>(outcome: Parsed<T>): T {
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.issues.map(formatIssue).join('\n'));
  return outcome.value;
}

function modelOf(id: string, sparing?: LaserSparing): FailureModel {
  const part = builtInParts.find((candidate) => candidate.id === id);
  assert.ok(part, id);
  return valueOf(sparing === undefined ? failureModelOf(part) : failureModelOf(part, { sparing }));
}

const laser = (units: number, spares: number): Mechanism => ({
  name: 'laserWearOut', units, spares, life: { kind: 'lognormal', medianH: 200_000, sigma: 0.7 }, activationEnergyEv: 0.5, referenceC: at(40),
  replaces: 'laserModule', repairH: quantity(0.5), basis: 'predicted', kind: 'estimate', source: 'test',
});

const close = (got: number, expected: number, relative: number): void => assert.ok(Math.abs(got / expected - 1) <= relative, `${got} against ${expected}`);

test('cumulative hazards are -ln of the survival that the textbook laws give', () => {
  // Weibull: (5/20)^2.5 = 0.03125. Lognormal: F = Phi(ln(5/25)/0.7) = 0.010746877, so -ln(1 - F) = 0.010805040.
  close(cumulativeHazard({ kind: 'weibull', scaleH: 20, shape: 2.5 }, 5), 0.03125, 1e-14);
  close(cumulativeHazard({ kind: 'lognormal', medianH: 25, sigma: 0.7 }, 5), -Math.log1p(-0.01074687714472699), 1e-12);
  close(cumulativeHazard({ kind: 'exponential', meanH: 1e6 }, 8760), 0.00876, 1e-14);
});

test('every hazard is the slope of its cumulative hazard, for young and for old parts', () => {
  const laws: readonly LifeDistribution[] = [
    { kind: 'competing', causes: [{ kind: 'exponential', meanH: 1e6 }, { kind: 'lognormal', medianH: 2e5, sigma: 0.7 }] },
    { kind: 'exponential', meanH: 3e5 }, { kind: 'weibull', scaleH: 2e5, shape: 2.5 }, { kind: 'lognormal', medianH: 2e5, sigma: 0.7 }, { kind: 'lognormal', medianH: 2e5, sigma: 0.3 },
    // So narrow that an age of three medians lies 37 standard deviations out, where Q underflows.
    { kind: 'lognormal', medianH: 2e5, sigma: 0.03 },
  ];
  for (const law of laws) {
    for (const ageH of [1.5e5, 1e5, 2e5, 6e5, 2e6]) {
      const step = ageH * 1e-6;
      const slope = (cumulativeHazard(law, ageH + step) - cumulativeHazard(law, ageH - step)) / (2 * step);
      close(hazardPerH(law, ageH), slope, 1e-5);
    }
  }
});

test('a wear-out law can be fitted to any total of failures, from one in a billion to many per life', () => {
  for (const hazard of [1e-9, 1e-3, 0.5, 1, 5]) {
    for (const family of [{ kind: 'exponential' }, { kind: 'weibull', shape: 2.5 }, { kind: 'lognormal', sigma: 0.7 }] as const) close(cumulativeHazard(fitLife(family, { hazard, ageH: 43_800 }), 43_800), hazard, 1e-9);
  }
});

test('over a service life at reference temperature a module fails as often as its MTBF says', () => {
  const { mechanisms } = modelOf('dr8-800g');
  const hazard = mechanisms.filter((mechanism) => mechanism.name !== 'contamination').reduce((sum, mechanism) => sum - Math.log(survivalOf(mechanism, serviceLifeH.value)), 0);
  // Midpoint of 0.5 to 1.0 million hours.
  close(hazard, serviceLifeH.value / 750_000, 1e-9);
});

test('heat speeds up lasers and electronics, each by its own activation energy, and leaves dirt alone', () => {
  const { mechanisms } = modelOf('dr8-800g');
  const ratio = (name: string): number => {
    const mechanism = mechanisms.find((candidate) => candidate.name === name);
    assert.ok(mechanism);
    return mechanismHazardPerH(mechanism, { effectiveAgeH: 20_000, temperatureC: at(70) }) / mechanismHazardPerH(mechanism, { effectiveAgeH: 20_000, temperatureC: at(40) });
  };
  // exp(0.4/8.617e-5 (1/313.15 - 1/343.15)) = 3.654.
  close(ratio('electronics'), 3.6543, 1e-4);
  close(ratio('laserWearOut'), 3.6543 ** (0.525 / 0.4), 1e-4);
  assert.equal(ratio('contamination'), 1);
});

test('a history of temperatures adds up to an effective age', () => {
  const mechanism = { ...laser(1, 0), activationEnergyEv: 0.4 };
  close(effectiveAgeH(mechanism, [{ hours: 1000, temperatureC: at(40) }, { hours: 1000, temperatureC: at(70) }]), 1000 + 3654.288, 1e-6);
});

test('with spares the hazard is the slope of -ln survival, starts near zero and ends like that of the critical units', () => {
  for (const [units, spares] of [[9, 1], [8, 0], [320, 64], [4, 3]] as const) {
    const mechanism = laser(units, spares);
    for (const ageH of [3e4, 1e5, 2.5e5]) {
      const step = ageH * 1e-5;
      const slope = (Math.log(survivalOf(mechanism, ageH - step)) - Math.log(survivalOf(mechanism, ageH + step))) / (2 * step);
      const hazard = mechanismHazardPerH(mechanism, { effectiveAgeH: ageH, temperatureC: at(40) });
      if (slope > 1e-12) close(hazard, slope, 1e-4);
      else assert.ok(hazard < 1e-11);
    }
  }
  const early = { effectiveAgeH: 20_000, temperatureC: at(40) };
  assert.ok(mechanismHazardPerH(laser(9, 1), early) < 0.01 * mechanismHazardPerH(laser(8, 0), early));
});

test('drawn lives follow the survival, spares and temperature included', () => {
  const mechanism = laser(9, 1);
  const dice = createDice(3);
  const draws = 4000;
  let survived = 0;
  for (let draw = 0; draw < draws; draw++) if (drawFailureH(mechanism, at(55), dice) > 30_000) survived++;
  const expected = survivalOf(mechanism, effectiveAgeH(mechanism, [{ hours: 30_000, temperatureC: at(55) }]));
  // Four standard errors of a proportion.
  assert.ok(Math.abs(survived / draws - expected) < 4 * Math.sqrt((expected * (1 - expected)) / draws), `${survived / draws} against ${expected}`);
});

test('flaps are over-dispersed, and what was seen tells a bad link from an unlucky one', () => {
  const process = flapProcess({ value: 100_000, unit: 'h', kind: 'estimate', source: 'test' }, 'predicted');
  // m = 0.5 in 50,000 h: variance 0.5 (1 + 0.5/0.2) = 1.75; P(at least one) = 1 - 3.5^-0.2 = 0.2216.
  close(flapVariance(process, 50_000), 1.75, 1e-12);
  close(flapProbability(process, 50_000), 1 - 3.5 ** -0.2, 1e-12);
  // (0.2 + 5)/(0.2 * 100,000 + 1,000) per hour after five flaps in 1,000 h; 0.2/21,000 after none.
  close(expectedFlapRatePerH(process, { seen: 5, hours: 1000 }), 5.2 / 21_000, 1e-12);
  close(expectedFlapRatePerH(process, { seen: 0, hours: 1000 }), 0.2 / 21_000, 1e-12);
});

test('drawn flap rates have the fleet mean, and a tenth of the links makes about 64 % of all flaps', () => {
  const process = flapProcess(fieldFlapInterval, 'field');
  const dice = createDice(11);
  const ratesPerH = Float64Array.from({ length: 60_000 }, () => drawFlapRatePerH(process, dice)).sort();
  const total = ratesPerH.reduce((sum, rate) => sum + rate, 0);
  close(total / ratesPerH.length, 1 / fieldFlapInterval.value, 0.05);
  const worst = ratesPerH.subarray(ratesPerH.length * 0.9).reduce((sum, rate) => sum + rate, 0);
  // Gamma of shape 0.2: the upper tenth holds the share Q(1.2, x90) = 0.6379 of the mean (SciPy 1.17).
  close(worst / total, 0.6379, 0.03);
});

sharedTest('the default link reproduces the field\'s failures per month and flaps of ten million links', 'facts/paper-figures.json', (path) => {
  const figures = JSON.parse(readFileSync(path, 'utf8')) as readonly { readonly id: string; readonly value: { readonly fail_per_month: number; readonly flap_interval_s_at_10M_links: number } }[];
  const figure = figures.find((candidate) => candidate.id === 'linkflap');
  assert.ok(figure);
  const links = 10_000_000;
  const fleet = valueOf(fleetFailures([{ model: fieldLinkModel, count: links, exposure: { ageH: 10_000, temperatureC: at(40) } }], 'refuse'));
  close((fleet.failuresPerDay * 365) / 12 / links, figure.value.fail_per_month, 1e-9);
  close(86_400 / fleet.flapsPerDay, figure.value.flap_interval_s_at_10M_links, 1e-9);
  assert.deepEqual([fleet.basis, fleet.flapBasis], ['field', 'field']);
});

test('half a million modules of a million hours lose about twelve a day, and the repair work follows', () => {
  // 500,000 x 24 h / 1e6 h = 12 a day, at half an hour each.
  const part = { id: 'plain', kind: 'pluggable-dsp', name: 'plain', year: 2025, params: { mtbf: { value: 1e6, unit: 'h with spares', kind: 'measured', source: 'test' } } } as const;
  const fleet = valueOf(fleetFailures([{ model: valueOf(failureModelOf(part)), count: 500_000, exposure: { ageH: 0, temperatureC: at(40) } }], 'refuse'));
  close(fleet.failuresPerDay, 12, 1e-9);
  close(fleet.repairHoursPerDay, 6, 1e-9);
  close(fleet.partsDown, 0.25, 1e-9);
  assert.equal(fleet.flapBasis, null);
});

test('field data and predictions are never added silently', () => {
  const exposure = { ageH: 10_000, temperatureC: at(45) };
  const entries = [{ model: modelOf('dr8-800g'), count: 1000, exposure }, { model: modelOf('aoc-800g'), count: 1000, exposure }];
  const refused = fleetFailures(entries, 'refuse');
  assert.ok(!refused.ok);
  assert.equal(refused.issues[0]?.code, 'mixed-evidence');
  assert.match(refused.issues[0]?.message ?? '', /field: dr8-800g; predicted: aoc-800g/);
  const labelled = valueOf(fleetFailures(entries, 'label'));
  assert.equal(labelled.basis, 'mixed');
  assert.equal(labelled.weakestKind, 'estimate');
  // A part that is listed but not installed mixes nothing.
  const [field, predicted] = entries;
  assert.ok(field && predicted);
  assert.equal(valueOf(fleetFailures([field, { ...predicted, count: 0 }], 'refuse')).basis, 'field');
});

test('an estimate is a prediction, a field report is not, whatever it estimates', () => {
  assert.equal(basisOf({ value: 1, unit: 'h', kind: 'published', source: 'Meta CPO reliability paper, ECOC 2025' }), 'field');
  assert.equal(basisOf({ value: 1, unit: 'h', kind: 'published', source: 'Extreme Networks QSFP28 MTBF figures' }), 'predicted');
  assert.equal(basisOf({ value: 1, unit: 'h', kind: 'estimate', source: 'Meta CPO reliability paper, ECOC 2025' }), 'predicted');
});

test('every part with failure figures has a finite hazard at any sane exposure, and its laser is exchanged where it can be', () => {
  let models = 0;
  for (const part of builtInParts) {
    const outcome = failureModelOf(part);
    if (!outcome.ok) {
      assert.equal(outcome.issues[0]?.code, 'no-failure-data', part.id);
      continue;
    }
    models++;
    for (const ageH of [0, 1, 8760, 87_600, 876_000]) {
      for (const temperatureC of [-40, 25, 85, 150]) {
        const perH: number = valueOf(partHazardPerH(outcome.value, { ageH, temperatureC: at(temperatureC) }, 'refuse')).perH;
        assert.ok(Number.isFinite(perH) && perH >= 0, `${part.id} ${ageH} h ${temperatureC} C: ${perH}`);
      }
    }
  }
  assert.ok(models >= 40, String(models));
  const repairs = (id: string): readonly string[] => modelOf(id).mechanisms.map((mechanism) => `${mechanism.name} ${mechanism.replaces} ${mechanism.repairH} h`);
  assert.deepEqual(repairs('bcm-bailly'), ['laserRandom laserModule 0.5 h', 'laserWearOut laserModule 0.5 h', 'electronics switch 8 h', 'solder switch 8 h', 'contamination connector 0.5 h']);
  assert.deepEqual(repairs('aec-800g'), ['hardware cable 0.5 h']);
  assert.deepEqual(['bcm-bailly', 'dr8-800g', 'google-palomar', 'els-elsfp', 'dfb-cw'].map((id) => modelOf(id).per), ['400G port', 'module', 'chassis', 'laser module', 'laser']);
});

test('a spare laser in the source module postpones its failures', () => {
  const exposure = { ageH: 20_000, temperatureC: at(55) };
  const bare = valueOf(partHazardPerH(modelOf('els-elsfp'), exposure, 'refuse')).perH;
  const spared = valueOf(partHazardPerH(modelOf('els-elsfp', { lasers: 9, spares: 1 }), exposure, 'refuse')).perH;
  assert.ok(spared < bare / 20, `${spared} against ${bare}`);
});

test('impossible exposures, spares and figures are issues that name their place', () => {
  const model = modelOf('dr8-800g');
  const outcome = fleetFailures([{ model, count: -1, exposure: { ageH: Number.NaN, temperatureC: at(-300) } }], 'label');
  assert.ok(!outcome.ok);
  assert.deepEqual(outcome.issues.map((issue) => issue.path), ['entries[0].count', 'entries[0].exposure.ageH', 'entries[0].exposure.temperatureC']);
  const part = builtInParts.find((candidate) => candidate.id === 'els-elsfp');
  assert.ok(part);
  const spares = failureModelOf(part, { sparing: { lasers: 4, spares: 4 } });
  assert.equal(spares.ok ? '' : spares.issues[0]?.code, 'bad-sparing');
  const zero = failureModelOf({ ...part, params: { mtbf: { value: 0, unit: 'h', kind: 'estimate', source: 'test' } } });
  assert.equal(zero.ok ? '' : zero.issues[0]?.code, 'bad-failure-data');
});
