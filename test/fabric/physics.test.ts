/** The compiler bound to the optics room: published reaches decide media, published powers reach the bill. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBill } from '../../src/fabric/bill.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import { createEvaluateMedium, createFindPartFigures } from '../../src/fabric/physics.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import { copper, opticalAccess, railDesign } from './designs.ts';

const options = { catalogue: createCatalogue(), view: 'worst-case', caseTemperatureC: 45 } as const;
const evaluateMedium = createEvaluateMedium(options);

test('800G DR8 closes over the floor plan at the full 400 Gb/s and passive copper only to 2 m', () => {
  const ask = (medium: typeof copper, lengthM: number) => evaluateMedium({ medium, lengthM, caseTemperatureC: 45, throughPart: null });
  const optical = ask(opticalAccess, 30);
  assert.equal(optical.refusal, null);
  assert.deepEqual(optical.rateGbps, [100, 100, 100, 100]);
  // The catalogue's passive DAC reaches 2 m (published); 5 m of twinax at 8 dB/m is far beyond a KP4 host.
  assert.equal(ask(copper, 2).refusal, null);
  const far = ask(copper, 5);
  assert.equal(far.refusal?.code !== undefined && (far.refusal?.reasons.length ?? 0) > 0, true);
  assert.deepEqual(far.rateGbps, [0, 0, 0, 0]);
});

test('an unknown part is refused by name', () => {
  const answer = evaluateMedium({ medium: { ...opticalAccess, far: { ...opticalAccess.far, part: 'no-such-part' } }, lengthM: 10, caseTemperatureC: 45, throughPart: null });
  assert.match(answer.refusal?.reasons[0] ?? '', /no-such-part/);
});

test('parts bring their published power: a DR8 of 14 to 17 W, a passive cable without any', () => {
  const find = createFindPartFigures(options);
  const dr8 = find('dr8-800g');
  // 14 to 16 W typical, 17 W at most (published).
  assert.ok(dr8 !== null && dr8.powerW.value >= 14 && dr8.powerW.value <= 17, `${dr8?.powerW.value} W`);
  assert.ok(Math.abs((dr8?.powerShares.reduce((sum, part) => sum + part.share, 0) ?? 0) - 1) < 1e-12);
  assert.equal(find('dac-800g-passive')?.powerW.value, 0);
  // Meta counts device hours of 400G ports of co-packaged optics.
  assert.equal(find('bcm-bailly')?.mtbfGbps, 400);
  assert.equal(find('no-such-part'), null);
});

test('a bill of 1,024 GPUs over real parts holds together', () => {
  const compiled = compileFabric({ ...railDesign, media: { ...railDesign.media, access: [copper, opticalAccess] } }, { evaluateMedium });
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
  const { bill, issues } = makeBill(compiled.value, createFindPartFigures(options));
  assert.deepEqual([issues, compiled.value.findings, compiled.value.refused], [[], [], []]);
  // 1,024 modules of about 9 W, 1,536 of about 15 W, 48 switches, 1,024 NICs and the SerDes of 4,096 ends at 3.8 pJ/bit: some 112 kW of 1.14 MW.
  assert.ok(bill.fabricPowerW.value > 100_000 && bill.fabricPowerW.value < 125_000, `${bill.fabricPowerW.value} W`);
  assert.ok(Math.abs(bill.powerParts.reduce((sum, part) => sum + part.powerW, 0) - bill.fabricPowerW.value) < 1e-6);
  // Our reference cluster lies in the 4 to 15 % that networks take of an AI cluster's power.
  assert.ok(bill.fabricPowerShare > 0.04 && bill.fabricPowerShare < 0.15);
});

test('without a stated case temperature each end settles in its package and the hotter end judges the link', () => {
  const settled = createEvaluateMedium({ ...options, caseTemperatureC: null });
  const find = createFindPartFigures({ ...options, caseTemperatureC: null });
  const caseC = (near: string, far: string): number => settled({
    medium: { ...opticalAccess, near: { ...opticalAccess.near, part: near }, far: { ...opticalAccess.far, part: far } }, lengthM: 30, caseTemperatureC: null, throughPart: null,
  }).report?.caseTemperatureC ?? Number.NaN;
  // About 15.7 W through 1.5 K/W over air of 35 C; an engine on coolant stays near 46 C, so the pluggable judges the mixed link.
  assert.ok(Math.abs(caseC('dr8-800g', 'dr8-800g') - (35 + 1.5 * (find('dr8-800g')?.powerW.value ?? 0))) < 0.05);
  assert.equal(caseC('dr8-800g', 'bcm-bailly'), caseC('dr8-800g', 'dr8-800g'));
  assert.ok(caseC('bcm-bailly', 'bcm-bailly') < 50);
  // A rate counted in service holds at the case where such parts serve: Meta's 0.5 to 1.0e6 h, 2.6e6 h for Bailly.
  assert.ok(Math.abs((find('dr8-800g')?.mtbfH.value ?? 0) / 0.75e6 - 1) < 1e-6);
  assert.equal(find('dr8-800g')?.failureBasis, 'field');
  assert.equal(find('dac-800g-passive')?.failureBasis, 'predicted');
  assert.equal(find('dr8-800g')?.laserFailureShare.toFixed(6), '0.500000');
});

test('a bill says how much of its failures was seen in the field and how much is predicted', () => {
  const compiled = compileFabric({ ...railDesign, media: { ...railDesign.media, access: [opticalAccess] } }, { evaluateMedium });
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
  const { bill } = makeBill(compiled.value, createFindPartFigures(options));
  assert.match(bill.failuresPerDay.source, /\d+ % rate seen in the field, \d+ % rate estimated/);
  assert.match(bill.rows.find(({ part }) => part === 'dr8-800g')?.failuresPerDay.source ?? '', /rate seen in the field/);
});

test('a maker\'s prediction stands in the bill as one, beside field figures and estimates', () => {
  // The 1e8 h of an active copper cable are its maker's; those of switches in this design are estimates.
  const end = { ...opticalAccess.near, part: 'aec-800g', packaging: 'cableEnd', lasersPerModule: 0 } as const;
  const compiled = compileFabric({ ...railDesign, media: { ...railDesign.media, access: [{ ...opticalAccess, name: 'aec', near: end, far: end, cablePart: 'aec-800g' }] } }, { evaluateMedium });
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
  const { bill } = makeBill(compiled.value, createFindPartFigures(options));
  const basis = (part: string): string | undefined => bill.rows.find((row) => row.part === part)?.failureBasis;
  assert.deepEqual([basis('aec-800g'), basis('dr8-800g'), basis(railDesign.switch.name)], ['predicted', 'field', 'estimate']);
  assert.match(bill.failuresPerDay.source, /rate seen in the field.*rate predicted.*rate estimated/);
});
