/** Comparisons on a small real cluster: totals by hand, and no crown for a choice that carries nothing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { studyPhysics } from '../../src/app/study-physics.ts';
import type { FindPartFigures } from '../../src/fabric/part-figures.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import type { CompareQuestion } from '../../src/study/compare.ts';
import { compareOptics } from '../../src/study/compare.ts';
import type { CompareResult } from '../../src/study/compare-result.ts';
import { optics, smallDesign, toyJob } from './toy-job.ts';

// 8 nodes of 8 in one pod: 64 access cables, and 8 leaves x 8 uplinks to one spine, so 128 cables and 9 switches.
const linear = 'access: [{near: {part: lpo-800g, linksPerModule: 1, lasersPerModule: 4}, far: lpo-800g}]\n  fabric: [lpo-800g]';
const copper = 'access: [dac-800g-passive]\n  fabric: [dac-800g-passive]';
const copperFirst = 'access: [dac-800g-passive, {near: dr4-400g, far: dr8-800g}]\n  fabric: [dac-800g-passive, dr8-800g]';

// Every optical module draws 10 W, costs 500 $, fails once in a million hours and is exchanged in 2 h; copper costs nothing at all.
const figure = (value: number, unit: string) => ({ value, unit, kind: 'published', source: 'made up for this test' } as const);
const findPartFigures: FindPartFigures = (part) => {
  const ratedGbps = part.includes('400') ? 400 : 800;
  const isCopper = part.includes('dac');
  return {
    ratedGbps, powerW: figure(isCopper ? 0 : 10, 'W'), powerShares: [{ name: 'module', share: 1 }], costUsd: figure(isCopper ? 0 : 500, '$'), mtbfH: figure(isCopper ? 1e12 : 1e6, 'h'),
    mtbfGbps: ratedGbps, laserFailureShare: 0.5, repairH: figure(2, 'h'), hostSerdesPjPerBit: figure(0, 'pJ/bit'),
  };
};

function compare(choices: Readonly<Record<string, string>>, changes: Partial<CompareQuestion> = {}): CompareResult {
  const { evaluateMedium } = studyPhysics({ catalogue: createCatalogue(), caseTemperatureC: 40, prices: null });
  const compared = compareOptics({
    name: 'test', clusterName: 'small', accelerator: toyJob.accelerator, pue: 1.25, workloads: [{ name: 'toy', model: toyJob.model, plan: toyJob.plan }],
    choices: Object.entries(choices).map(([name, media]) => ({ name, description: '', design: smallDesign(media) })), ...changes,
  }, { evaluateMedium, findPartFigures });
  assert.ok(compared.ok, compared.ok ? '' : JSON.stringify(compared.issues));
  return compared.value;
}

const near = (actual: number | undefined, expected: number): void => assert.ok(actual !== undefined && Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `${actual} against ${expected}`);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const single = compare({ dsp: optics });
const [dsp] = single.choices;
assert.ok(dsp);
const small = smallDesign();

// One DR4 at each of 64 adapters. Twin-port DR8: 64 access ends and 64 uplink ends at leaves and 64 at the spine make 96 modules.
const modules = 64 + 96;

test('Modules are counted by hand, and every breakdown sums to its total', () => {
  near(dsp.transceiversPerGpu, modules / 64);
  const deviceW = 64 * small.nic.powerW.value + 9 * small.switch.powerW.value;
  near(dsp.fabricPowerKw, (modules * 10 + deviceW) / 1000);
  near(sum(dsp.powerParts.map((part) => part.kw)), dsp.fabricPowerKw);
  near(dsp.cost.fabricUsd.value, modules * 500 + 64 * small.nic.costUsd.value + 9 * small.switch.costUsd.value);
  near(sum(dsp.cost.parts.map((part) => part.usd)), dsp.cost.fabricUsd.value);
  near(dsp.failuresPerDay.value, 24 * (modules / 1e6 + 64 / small.nic.mtbfH.value + 9 / small.switch.mtbfH.value));
  near(sum(dsp.failureParts.map((part) => part.perDay)), dsp.failuresPerDay.value);
  assert.ok(dsp.failureParts.every((part) => ['field', 'predicted', 'estimate', 'mixed'].includes(part.basis)));
});

// Four years of 8,760 h at 0.08 $/kWh and a PUE of 1.25 are 3,504 $ per kilowatt.
test('Running the fabric is paid at the meter of the site', () => {
  near(dsp.ownership.fabricElectricityUsd, dsp.fabricPowerKw * 3504);
  near(dsp.ownership.fabricTotalUsd, dsp.cost.fabricUsd.value + dsp.fabricPowerKw * 3504);
  near(dsp.ownership.facilityPowerKw, dsp.clusterPowerKw * 1.25);
  near(dsp.ownership.facilityMwhPerYear, dsp.clusterPowerKw * 1.25 * 8.76);
  const twice = compare({ dsp: optics }, { running: { years: 8, usdPerKwh: figure(0.08, '$/kWh') } });
  near(twice.choices[0]?.ownership.fabricElectricityUsd, dsp.fabricPowerKw * 7008);
});

// 64 DR4 fail 64 x 8,760 / 1e6 times a year and cut off one accelerator for 2 h. Of 96 DR8, the 32 below the leaves cut off two each.
test('Lost accelerator hours are failures times fault domain times repair', () => {
  const lost = (name: string): number | undefined => dsp.lostGpuHours.parts.find((part) => part.name === name)?.cutPerYear;
  near(lost('module dr4-400g'), (64 * 8760 / 1e6) * 1 * 2);
  near(lost('module dr8-800g'), (96 * 8760 / 1e6) * ((32 * 2) / 96) * 2);
  near(sum(dsp.lostGpuHours.parts.map((part) => part.cutPerYear)), dsp.lostGpuHours.cutPerYear);
});

test('Evidence names the heaviest figure of each sum with its share', () => {
  const cost = dsp.evidence.find((one) => one.conclusion === 'cost');
  const largest = [...dsp.cost.parts].sort((a, b) => b.usd - a.usd)[0];
  assert.equal(cost?.heaviest.name, largest?.name);
  near(cost?.heaviest.share, (largest?.usd ?? 0) / dsp.cost.fabricUsd.value);
  assert.deepEqual(dsp.evidence.map((one) => one.conclusion), ['power', 'cost', 'failures']);
});

test('A study of one choice compares it with nothing', () => {
  assert.ok(dsp.isRanked);
  for (const finding of single.findings) assert.doesNotMatch(finding, /least|against|whatever|each of the|every choice/);
  assert.ok(single.findings.some((finding) => finding.startsWith('toy: the step takes ')));
});

test('A choice whose links stay dark is named first and wins nothing, however cheap', () => {
  const result = compare({ 'all-copper': copper, dsp: optics });
  const [dead, alive] = result.choices;
  assert.ok(dead && alive);
  assert.ok(!dead.isRanked && alive.isRanked && dead.cost.fabricUsd.value < alive.cost.fabricUsd.value && dead.fabricPowerKw < alive.fabricPowerKw);
  assert.deepEqual(dead.refusedWorkloads.map((row) => row.workload), ['toy']);
  assert.equal(dead.cables.total, 128);
  assert.equal(dead.cables.lit + dead.cables.withoutLight, 128);
  assert.equal(sum(dead.refused.map((group) => group.count)), dead.cables.withoutLight);
  assert.equal(result.findings[0], `all-copper cannot carry the jobs: ${dead.cables.withoutLight} of 128 cables stay without light, so toy cannot run. It is left out of every comparison below.`);
  const others = result.findings.slice(1).filter((finding) => finding.includes('all-copper'));
  assert.ok(others.every((finding) => finding.startsWith('all-copper: of 128 cables')), others.join('\n'));
  for (const finding of result.findings) assert.doesNotMatch(finding, /each of the|every choice/);
});

test('Where no choice carries the jobs, none is ranked', () => {
  const result = compare({ 'all-copper': copper });
  assert.equal(result.findings[1], 'No choice carries every job, so none is ranked.');
  assert.equal(result.findings.length, 3);
});

test('A fallback carries what the preferred medium could not, and both are counted in cables', () => {
  const [choice] = compare({ mixed: copperFirst }).choices;
  assert.ok(choice?.isRanked);
  const { total, lit, triedAndRefused, carriedByFallback, withoutLight } = choice.cables;
  assert.deepEqual([total, lit, withoutLight], [128, 128, 0]);
  assert.ok(triedAndRefused > 0 && triedAndRefused === carriedByFallback);
  assert.ok(choice.refused.every((group) => group.replacedBy !== null && group.remedy.startsWith('None needed')));
});

test('Choices that tie share a finding', () => {
  const result = compare({ one: optics, two: optics, three: linear });
  const blast = result.findings.find((finding) => finding.startsWith('Of the parts')) ?? '';
  assert.match(blast, /alike with every choice|one and two|one, two and three/);
  assert.ok(result.findings.some((finding) => finding.startsWith('toy: the step takes') && finding.includes('with each of the 3 choices that run it')));
});

// The toy's gradients go from node to node on their own rail, so they climb to the leaf and no further; its tensor traffic stays inside.
test('A phase is named after the highest tier its flows cross', () => {
  const tiers = new Map(dsp.workloads[0]?.step.exposed.map((part) => [part.name, part.tier]));
  assert.equal(tiers.get('gradients'), 'access');
  assert.equal(tiers.get('tensor all-reduce'), 'scaleUp');
});
