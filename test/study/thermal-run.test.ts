/** Thermal studies of whole clusters: a warm loop, stopped fans, conservation, and what is refused. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCluster } from '../../src/adapters/spec/read-spec.ts';
import { makeBill } from '../../src/fabric/bill.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import { linkTiers } from '../../src/fabric/fabric.ts';
import type { MediumDesign, TerminalDesign } from '../../src/fabric/design.ts';
import { createEvaluateMedium, createFindPartFigures } from '../../src/fabric/physics.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import type { Parsed } from '../../src/base/issue.ts';
import type { PackageOutcome, ThermalEvent, ThermalResult } from '../../src/study/thermal-result.ts';
import type { ThermalQuestion } from '../../src/study/thermal-run.ts';
import { runThermal } from '../../src/study/thermal-run.ts';

const still: ThermalEvent = { coolantStepK: 0, loopRow: null, airStepK: 0, airFlow: 1, coolantFlow: 1 };

const catalogue = createCatalogue();

/** The example cluster with ring engines and external lasers at both ends of its fabric links. */
function question(): ThermalQuestion {
  const spec = readCluster(fileURLToPath(new URL('../../examples/cluster-1024.yaml', import.meta.url)));
  assert.ok(spec.ok, JSON.stringify(spec));
  const engine: TerminalDesign = { part: 'nv-quantum-x-photonics', packaging: 'engine', linksPerModule: 4, lasersPerModule: 0, externalSource: { part: 'els-elsfp', lasersPerSource: 8, linksPerSource: 16 } };
  const [access] = spec.value.design.media.access;
  const [fabric] = spec.value.design.media.fabric;
  assert.ok(access !== undefined && fabric !== undefined);
  const media: Record<'access' | 'fabric', readonly MediumDesign[]> = { access: [access], fabric: [{ ...fabric, name: 'engines', near: engine, far: engine, wavelengthsPerLink: 2 }] };
  const physics = { catalogue, view: 'typical', caseTemperatureC: 45 } as const;
  const evaluateMedium = createEvaluateMedium(physics);
  const findPartFigures = createFindPartFigures(physics);
  const feeds = { power: null, coolant: { per: 'row', mtbfH: { value: 2e5, unit: 'h', kind: 'estimate', source: 'chosen for this test' } } } as const;
  const compiled = compileFabric({ ...spec.value.design, feeds, media: { ...spec.value.design.media, ...media } }, { evaluateMedium });
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return {
    cluster: compiled.value, bill: makeBill(compiled.value, findPartFigures).bill, catalogue, findPartFigures, evaluateMedium,
    acceleratorW: 700, airC: 27, coolantC: 35, activity: 1, pue: 1.25, event: still, durationS: 600, samples: 11, followedMax: 2,
  };
}

const asked = question();

function run(event: Partial<ThermalEvent>, others: Partial<ThermalQuestion> = {}): ThermalResult {
  const result: Parsed<ThermalResult> = runThermal({ ...asked, ...others, event: { ...still, ...event } });
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

const ofType = (result: ThermalResult, type: string): PackageOutcome => {
  const found = result.packages.find((outcome) => outcome.packageType === type);
  assert.ok(found !== undefined, type);
  return found;
};

test('6 K more in every loop are 6 K more at every engine once settled, and nothing at air-cooled modules', () => {
  const result = run({ coolantStepK: 6 });
  const engine = ofType(result, 'cpo-engine-liquid');
  assert.ok(Math.abs(engine.caseSettledC - engine.caseNowC - 6) < 1e-6);
  assert.ok(engine.caseC.every((value, at) => at === 0 || value >= (engine.caseC[at - 1] ?? Infinity) - 1e-9), 'it only warms');
  // 6 K warmer, the accelerator's die leaks more and its clock falls by 1 to 4 % under the cap.
  const accelerator = ofType(result, 'accelerator-liquid');
  assert.ok(accelerator.clock?.ratio != null && accelerator.clock.ratio < 0.99 && accelerator.clock.ratio > 0.96);
  const module = ofType(result, 'osfp-dsp-800g');
  assert.ok(Math.abs(module.caseEndC - module.caseNowC) < 1e-6);
  // The heater answers for the drift: ring die up by almost 6 K x 0.085 nm/K, at 30 mW per 13 nm.
  assert.ok(engine.ring !== null && engine.ring.heaterEndMw < engine.ring.heaterNowMw && engine.ring.exhausted === 'none');
  assert.ok(Math.abs(engine.ring.heaterNowMw - engine.ring.heaterEndMw - ((engine.ring.endC - engine.ring.nowC) * 0.085 * 30) / 13) < 1e-9);
});

test('only the row whose loop warms feels it', () => {
  const result = run({ coolantStepK: 6, loopRow: 0 }, { followedMax: 50 });
  const engines = result.packages.filter((outcome) => outcome.packageType === 'cpo-engine-liquid');
  const warmed = engines.filter((outcome) => outcome.caseSettledC - outcome.caseNowC > 5.9);
  const same = engines.filter((outcome) => Math.abs(outcome.caseSettledC - outcome.caseNowC) < 1e-6);
  assert.ok(warmed.length > 0 && same.length > 0 && warmed.length + same.length === engines.length);
  assert.ok(warmed.every((outcome) => outcome.name.startsWith('site0/row0/')));
});

test('a case limit is met when the course says so', () => {
  const result = run({ coolantFlow: 0 });
  const engine = ofType(result, 'cpo-engine-liquid');
  const limit = engine.limits.find(({ name }) => name === 'case limit');
  assert.ok(limit?.timeS !== undefined && limit.timeS !== null && limit.timeS > 0);
  // Followed up to that very time, the case stands at its limit.
  const then = ofType(run({ coolantFlow: 0 }, { durationS: limit.timeS }), 'cpo-engine-liquid');
  assert.ok(Math.abs(then.caseEndC - limit.limitC) < 1e-6);
  assert.ok(result.overLimit > 0 && result.firstLimit !== null);
});

test('without pumps every ring engine detunes beyond its heater, and pluggable light stays', () => {
  const { wavelengths } = run({ coolantFlow: 0 });
  assert.equal(wavelengths.now.losingLight, 0);
  // Fabric links, both directions, on engines of 2 wavelengths: all of them lose light; access links over modules do not.
  const { fabric } = asked.cluster;
  let onEngines = 0;
  for (let wavelength = 0; wavelength < fabric.wavelengthCount; wavelength++) {
    if (linkTiers[fabric.linkTier[fabric.wavelengthLink[wavelength] ?? 0] ?? 0] === 'fabric') onEngines++;
  }
  assert.equal(wavelengths.end.losingLight, onEngines);
  assert.ok(wavelengths.end.heaterW < wavelengths.now.heaterW && wavelengths.end.optical > onEngines);
});

test('power adds up by level, becomes heat, and the site pays its PUE on top', () => {
  const { power } = run({});
  const level = (name: string): number => power.levels.find((one) => one.level === name)?.totalKw ?? 0;
  assert.ok(Math.abs(level('site') - level('row')) < 1e-6 && Math.abs(level('site') - level('rack')) < 1e-6);
  assert.ok(Math.abs(level('site') / 1e3 - asked.bill.clusterPowerW.value / 1e6) < 1e-6);
  // The heaters' own milliwatts come on top of the engines' powers.
  assert.ok(Math.abs(power.heatToAirMw + power.heatToCoolantMw - power.itMw) < 1e-5 * power.itMw);
  assert.ok(Math.abs(power.facilityMw - 1.25 * power.itMw) < 1e-12);
});

test('nothing changes when nothing changes', () => {
  for (const outcome of run({}).packages) {
    assert.ok(Math.abs(outcome.caseEndC - outcome.caseNowC) < 1e-6, outcome.name);
    assert.ok(Math.abs((outcome.hazardRatio ?? Infinity) - 1) < 1e-6);
  }
});

test('temperatures below absolute zero and a PUE below 1 are issues', () => {
  const cold = runThermal({ ...asked, event: { ...still, coolantStepK: -400 } });
  assert.ok(!cold.ok && cold.issues[0]?.code === 'below-absolute-zero');
  const pue = runThermal({ ...asked, pue: 0.5 });
  assert.ok(!pue.ok && pue.issues[0]?.code === 'bad-pue');
});

test('links whose engines leave their range carry nothing, and their GPUs are counted', () => {
  const warm = run({ coolantStepK: 45 }).wavelengths;
  // 50 C and 45 K more are far outside the engines' 10 to 55 C: every link between switches is refused, both its wavelengths in
  // both directions, and with no way up from any leaf every GPU is cut off. Modules at the accelerators feel no coolant.
  const { fabric } = asked.cluster;
  const tier = linkTiers.indexOf('fabric');
  const links = fabric.linkTier.reduce((count, at) => count + (at === tier ? 1 : 0), 0);
  assert.deepEqual([warm.now.stopped, warm.now.linksStopped, warm.now.gpusCut, warm.now.gpusSlowed], [0, 0, 0, 0]);
  assert.deepEqual([warm.end.stopped, warm.end.linksStopped], [2 * links, links / 2]);
  assert.deepEqual([warm.end.gpusCut, warm.end.gpusSlowed], [fabric.gpuNode.length, 0]);
  assert.equal(warm.end.dark, 0);
});

test('a part far beyond its case limit would have shut down, and no failure rate is given', () => {
  // The engine's limit is 55 C and shutdown 15 K above it; with 45 K more it settles near 95 C.
  const engine = ofType(run({ coolantStepK: 45 }), 'cpo-engine-liquid');
  assert.equal(engine.hazardRatio, null);
  assert.equal(engine.shutdown?.caseC, 70);
  const { timeS } = engine.shutdown ?? {};
  assert.ok(typeof timeS === 'number' && timeS > 0);
  assert.ok(Math.abs(ofType(run({ coolantStepK: 45 }, { durationS: timeS }), 'cpo-engine-liquid').caseEndC - 70) < 1e-6);
  // 6 K more are 56 C: beyond the limit, and still running.
  assert.equal(ofType(run({ coolantStepK: 6 }), 'cpo-engine-liquid').shutdown, null);
});

test('coolant and air that no cooling system delivers are issues', () => {
  for (const event of [{ coolantStepK: 900 }, { coolantStepK: -60 }, { airStepK: 80 }, { airStepK: -70 }]) {
    const result = runThermal({ ...asked, event: { ...still, ...event } });
    assert.ok(!result.ok);
    assert.deepEqual(result.issues.map(({ code }) => code), ['out-of-range']);
    assert.match(result.issues[0]?.path ?? '', /after the event/);
  }
});
