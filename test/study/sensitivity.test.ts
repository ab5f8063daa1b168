/** Sensitivities of a small cluster and a job whose step is affine in 1/rate, against derivatives by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { studyPhysics } from '../../src/app/study-physics.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import { makeBill } from '../../src/fabric/bill.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import type { BindPhysics, SensitivityMetric, World } from '../../src/study/sensitivity-outcome.ts';
import { createOutcomeModel, sensitivityMetrics } from '../../src/study/sensitivity-outcome.ts';
import { partParameters, scaleOf } from '../../src/study/sensitivity-parameters.ts';
import type { SensitivityEffect, SensitivityResult, SensitivityRow } from '../../src/study/sensitivity-result.ts';
import { studySensitivity } from '../../src/study/sensitivity.ts';
import { runTraining } from '../../src/study/training-run.ts';
import { smallDesign, toyJob as job, toyPathsPerStep, toyStreamS } from './toy-job.ts';

const design = smallDesign();
const bind: BindPhysics = (world) => studyPhysics({ ...world, prices: null });

function study(...parameters: readonly string[]): SensitivityResult {
  const studied = studySensitivity(
    { study: 'test', cluster: 'small', choice: { name: 'dr8', design }, workload: { name: 'toy', job }, pue: 1.25, parameters },
    { catalogue: createCatalogue(), bind },
  );
  assert.ok(studied.ok, studied.ok ? '' : JSON.stringify(studied.issues));
  return studied.value;
}

const turned = study(
  'network.rate', 'network.latency', 'network.extraLoss', 'network.caseTemperature', 'site.pue', 'accelerator.power',
  'dr8-800g.power_typ', 'dr4-400g.power', 'dr8-800g.cost_per_gbps', 'mpo-connector.il',
);

function row(name: string, result = turned): SensitivityRow {
  const found = result.rows.find((one) => one.parameter === name);
  assert.ok(found, name);
  return found;
}

function effect(name: string, metric: SensitivityMetric): SensitivityEffect {
  const found = row(name).effects.find((one) => one.metric === metric);
  assert.ok(found);
  return found;
}

const value = (metric: SensitivityMetric): number => turned.metrics.find((one) => one.name === metric)?.value ?? Number.NaN;

function assertSlope(name: string, metric: SensitivityMetric, expected: number, unit: string): void {
  const found = effect(name, metric);
  assert.equal(found.unit, unit);
  assert.ok(found.derivative !== null && Math.abs(found.derivative - expected) <= 1e-4 * Math.abs(expected), `${name} on ${metric}: ${found.derivative} against ${expected}`);
}

// step = A + B / rate, so the slope is -B / rate^2.
test('The step of a data-parallel job falls with the rate as -B / rate^2', () => {
  assertSlope('network.rate', 'step', -toyStreamS(400) / 400, 's per Gb/s');
  assert.equal(effect('network.rate', 'step').kink, null);
});

test('A nanosecond of path costs as many nanoseconds as the rings have steps', () => assertSlope('network.latency', 'step', toyPathsPerStep * 1e-9, 's per ns'));

// 64 half modules at the leaves and 2 x 64 at the uplinks are 96 whole ones. A watt more in each is 96 W, for the step's length.
test('A watt more in each module is the number of modules, and in energy that many watts for a step', () => {
  assertSlope('dr8-800g.power_typ', 'fabricPower', 0.096, 'kW per W');
  assertSlope('dr8-800g.power_typ', 'energyPerStep', (96 * value('step')) / 1e6, 'MJ per W');
  assertSlope('dr4-400g.power', 'energyPerStep', (64 * value('step')) / 1e6, 'MJ per W');
  assertSlope('accelerator.power', 'energyPerToken', (64 * value('step')) / (8 * 2048), 'J per W');
});

test('A dollar more per Gb/s is the capacity of all modules in dollars', () => assertSlope('dr8-800g.cost_per_gbps', 'fabricCost', 96 * 800, '$ per $/Gb/s'));

test('A decibel in the path is a decibel of margin, and one in each of two connectors is two', () => {
  assertSlope('network.extraLoss', 'margin', -1, 'dB per dB');
  assertSlope('mpo-connector.il', 'margin', -2, 'dB per dB');
});

test('The site pays the energy of its machines once more for each unit of PUE', () => {
  assertSlope('site.pue', 'siteEnergyPerToken', value('energyPerToken'), 'J per 1');
  const elasticity = effect('site.pue', 'siteEnergyPerToken').elasticity;
  assert.ok(elasticity !== null && Math.abs(elasticity - 1) < 1e-9);
});

// A link closes while its margin is not negative, so the weakest stops where the further loss has used up the least margin.
test('Where a link stops closing, the threshold is the least margin', () => {
  const [threshold, ...others] = row('network.extraLoss').thresholds;
  assert.ok(threshold && others.length === 0);
  assert.ok(threshold.inside <= value('margin') && threshold.outside >= value('margin') && threshold.outside - threshold.inside <= 1e-3, `${threshold.inside} ${value('margin')}`);
  assert.ok(threshold.linksClosing.after < threshold.linksClosing.before);
});

// Both modules are specified up to 70 C, so above it no link has light and nothing can be trained.
test('Where every link stops, the workload is refused and its results have no value', () => {
  const [threshold] = row('network.caseTemperature').thresholds;
  assert.ok(threshold);
  assert.ok(threshold.inside <= 70 && threshold.outside > 70 && threshold.linksClosing.after === 0 && threshold.refused.length > 0);
  assert.equal(threshold.jumps.find((jump) => jump.metric === 'step')?.after, null);
});

test('Rankings put what matters most first and leave out what moves nothing', () => {
  const energy = turned.rankings.find((ranking) => ranking.metric === 'energyPerStep')?.parameters ?? [];
  assert.equal(energy[0], 'accelerator.power');
  assert.ok(!energy.includes('dr8-800g.cost_per_gbps'));
  assert.deepEqual(turned.rankings.find((ranking) => ranking.metric === 'fabricCost')?.parameters.includes('network.latency'), false);
});

test('Without names every figure the links and the bill read is turned, and counts are named as not turned', () => {
  const result = study();
  for (const name of ['network.rate', 'dr8-800g.power_typ', 'dr8-800g.mtbf', 'smf-g652.loss', 'host-channel-pluggable.serdes_energy_long']) row(name, result);
  assert.ok(result.notTurned.includes('dr8-800g.lanes'));
  assert.ok(!result.rows.some((one) => one.parameter.startsWith('bcm-bailly')));
});

test('An unknown parameter is an issue that names its neighbours', () => {
  const studied = studySensitivity(
    { study: 'test', cluster: 'small', choice: { name: 'dr8', design }, workload: { name: 'toy', job }, pue: 1, parameters: ['dr8-800g.power_typo', 'network.rat'] },
    { catalogue: createCatalogue(), bind },
  );
  assert.ok(!studied.ok);
  assert.deepEqual(studied.issues.map((issue) => issue.value), ['dr8-800g.power_typo', 'network.rat']);
  assert.match(studied.issues[0]?.remedy ?? '', /dr8-800g\.power_typ/);
});

/** The results of a catalogue with one figure overridden, every part of it worked out from the start. */
function plainOutcome(part: string, name: string, to: number): readonly number[] {
  const known = createCatalogue().find(part);
  const param = known?.params[name];
  assert.ok(known && param);
  const { evaluateMedium, findPartFigures } = bind({ catalogue: createCatalogue([{ ...known, params: { [name]: { ...param, value: to, isRange: false } } }]), caseTemperatureC: 40, extraLossDb: 0 });
  const compiled = compileFabric(design, { evaluateMedium });
  assert.ok(compiled.ok);
  const { bill } = makeBill(compiled.value, findPartFigures);
  const run = runTraining(compiled.value, job);
  const stepS = isRefusal(run) ? Number.NaN : run.prediction.stepS;
  const energyJ = bill.clusterPowerW.value * stepS;
  const margins = compiled.value.fabric.uses.map((use) => use.answer.report?.marginDb ?? Number.NaN);
  return [stepS, energyJ / 1e6, energyJ / 16384, (1.25 * energyJ) / 16384, bill.fabricPowerW.value / 1000, bill.fabricCostUsd.value, bill.failuresPerDay.value, Math.min(...margins)];
}

test('Sharing compiled fabrics between worlds changes no result', () => {
  const catalogue = createCatalogue();
  const world: World = { design, catalogue, caseTemperatureC: 40, extraLossDb: 0, rateScale: 1, pue: 1.25 };
  const created = createOutcomeModel(world, job, bind);
  assert.ok(created.ok);
  const changes = [
    ['dr8-800g', 'latency', 200], ['dr8-800g', 'power_typ', 20], ['mpo-connector', 'il', 0.7], ['mpo-connector', 'il', 3], ['dr4-400g', 'lane_rate', 90],
    ['dr8-800g', 'latency', 200], ['dr8-800g', 'mtbf', 4e5],
  ] as const;
  for (const [part, name, to] of changes) {
    const parameter = partParameters(catalogue, [`${part}.${name}`])[0]?.parameter;
    assert.ok(parameter);
    const { values } = created.value.at(parameter.apply(world, to));
    plainOutcome(part, name, to).forEach((expected, at) => {
      const same = Object.is(values[at], expected) || Math.abs((values[at] ?? Number.NaN) - expected) <= 1e-12 * Math.abs(expected);
      assert.ok(same, `${part}.${name} = ${to}, ${sensitivityMetrics[at]?.name}: ${values[at]} against ${expected}`);
    });
  }
});

test('Everyday changes are a tenth on a ratio scale and a unit on a scale without a zero; no loss falls below none', () => {
  assert.deepEqual(scaleOf(15, 'W'), { probe: 1.5, probeText: '+10 %', low: 7.5, high: 30 });
  assert.deepEqual(scaleOf(0.375, 'dB'), { probe: 1, probeText: '+1 dB', low: 0, high: 10.375 });
  assert.deepEqual(scaleOf(-2.2, 'dBm').probeText, '+1 dBm');
  assert.deepEqual(scaleOf(1311, 'nm'), { probe: 1, probeText: '+1 nm', low: 1291, high: 1331 });
});
