/** Links close where the real ones do and fail where the real ones do, each with the arithmetic that says so. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isRefusal } from '../../src/base/refusal.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import { isLinkPart } from '../../src/optics/link/askable.ts';
import { evaluateLink } from '../../src/optics/link/evaluate-link.ts';
import { coolerPowerPerHeat } from '../../src/optics/link/laser-load.ts';
import type { LinkReport, StageReport } from '../../src/optics/link/link-report.ts';
import type { LinkRequest } from '../../src/optics/link/request.ts';
import type { Part } from '../../src/optics/part.ts';

const catalogue = createCatalogue();

function part(id: string): Part {
  const found = catalogue.find(id);
  assert.ok(found, id);
  return found;
}

function report(id: string, lengthM: number, connectors: number, more: Partial<LinkRequest> = {}): LinkReport {
  const answer = evaluateLink({ part: part(id), catalogue, lengthM, connectors, caseTemperatureC: 40, ...more });
  assert.ok(!isRefusal(answer), isRefusal(answer) ? answer.reasons.join(' ') : '');
  return answer;
}

const near = (actual: number, expected: number, tolerance: number): void => assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} within ${tolerance}`);

test('DR4 keeps 0.1 dB of its worst-case budget at 3.0 dB of channel, less the reflections of its two ends', () => {
  // Budget (IEEE 802.3bs): -2.2 dBm - 3.0 dB - (-1.9 dBm - 3.4 dB) = 0.1 dB.
  // Two ends of -26 dB: r^2 = 2 (10^-2.6)^2 = 1.2619e-5. ER 3.5 dB is 2.2387, ER/(ER-1) = 1.8073. Share of the squared eye at
  // x = 3.4141: 36 x^2 r^2 1.8073^2 = 0.01730. RIN_OMA -136 dB/Hz in 26.5625 GHz: 9 x^2 6.6723e-4 = 0.06999, a part of TDECQ.
  // Together -5 log10(1 - 0.08729) = 0.1983 dB, of which 0.1576 dB is in TDECQ, so 0.0407 dB go off.
  near(report('dr4-400g', 0, 0, { extraLossDb: 3 }).marginDb, 0.1 - 0.0407, 0.0003);
  assert.equal(report('dr4-400g', 500, 4).refusal, null);
});

test('FR4 keeps 0.3 dB of its worst-case budget at 4.0 dB of channel, less the reflections of its two ends, and closes over 2 km', () => {
  // -1.7 - 4.0 - (-2.6 - 3.4) = 0.3 dB; the same 0.0407 dB go off as for DR4.
  near(report('fr4-400g', 0, 0, { extraLossDb: 4 }).marginDb, 0.3 - 0.0407, 0.0003);
  assert.equal(report('fr4-400g', 2000, 4).refusal, null);
});

test('at the limit of the budget the error ratio is KP4\'s limit and the frame loss is the standard\'s 1.7e-12', () => {
  const margin = report('dr4-400g', 0, 0).marginDb;
  const atLimit = report('dr4-400g', 0, 0, { extraLossDb: margin });
  near(atLimit.marginDb, 0, 1e-9);
  near(atLimit.preFecBer / 2.4e-4, 1, 1e-6);
  // Check F06: 1.732e-12 at 2.4e-4.
  near(atLimit.frameLossRatio / 1.7321422e-12, 1, 1e-4);
});

test('extra loss comes off the margin decibel for decibel', () => {
  for (const id of ['dr8-800g', 'lpo-800g', 'bcm-bailly', 'wdm-comb-800g']) {
    const before = report(id, 30, 4);
    const after = report(id, 30, 4, { extraLossDb: 0.5 });
    near(before.marginDb - after.marginDb, 0.5, 1e-9);
    assert.ok(after.preFecBer > before.preFecBer, id);
  }
});

/** What must close, and what must not with the stage or the reason that says why. */
const plays: readonly (readonly [id: string, lengthM: number, connectors: number, refused: RegExp | null])[] = [
  ['dac-800g-passive', 2, 0, null], ['dac-800g-passive', 3, 0, /cost most is cable/], ['aec-800g', 7, 0, null], ['aec-800g', 9, 0, /cost most is cable/],
  ['nvlink5-copper-nvl72', 1.5, 0, null], ['sr8-800g', 50, 4, null], ['sr8-800g', 100, 2, /cost most is modal dispersion/], ['aoc-800g', 30, 0, null],
  ['vcsel-1060-wide', 50, 2, null], ['mosaic-800g', 50, 2, null], ['mosaic-800g', 120, 2, /cost most is fibre/], ['avicena-ekit', 10, 2, null], ['avicena-ekit', 30, 2, /cost most is fibre/],
  ['dr8-800g', 500, 4, null], ['dr8-800g', 10_000, 2, /cost most is fibre/], ['lr4-400g', 10_000, 4, null], ['lr4-400g', 40_000, 2, /cost most/], ['dr8-1600g', 500, 4, null],
  ['tro-1600g', 500, 2, null], ['lro-800g', 500, 2, null], ['lpo-800g', 500, 2, null], ['lpo-800g', 500, 8, /cost most is connectors/], ['mesh-optical', 100, 2, null],
  ['nv-quantum-x-photonics', 500, 4, null], ['bcm-bailly', 500, 4, null], ['lightmatter-l20', 500, 4, null], ['ayar-teraphy-g3', 500, 4, null], ['oci-msa-gen1', 500, 4, null],
  ['nv-dwdm-isscc26', 100, 2, null], ['celestial-pf', 100, 2, null], ['wdm-comb-800g', 100, 4, null], ['wdm-comb-els-800g', 100, 4, null], ['sirius-awgr', 100, 2, null],
  ['fso-dc', 50, 2, null], ['fso-dc', 100, 2, /cost most is free space/], ['zr-400', 120_000, 2, null], ['zr-400', 160_000, 2, /compensates/], ['zr-800', 80_000, 2, null], ['coherent-lite', 20_000, 2, null],
  ['coherent-lite', 60_000, 2, /cost most is fibre/],
];

for (const [id, lengthM, connectors, refused] of plays) {
  test(`${id} over ${lengthM} m with ${connectors} connections ${refused === null ? 'closes' : 'does not close'}`, () => {
    const { refusal, marginDb, preFecBer } = report(id, lengthM, connectors);
    if (refused === null) assert.equal(refusal, null, `${marginDb} dB, ${preFecBer}`);
    else assert.match(refusal?.reasons.join(' ') ?? 'closes', refused);
  });
}

test('FR4 does not pass a MEMS switch with two circulators, and a pluggable passes the switch alone', () => {
  const switchPart = part('google-palomar');
  // -1.7 - (0.07 fibre + 2 x 0.375) - 2 - 2 x 0.8 - (-6.0) = -0.12 dB before any reflection.
  const both = report('fr4-400g', 200, 2, { circuit: { switchPart, bidirectional: true } });
  assert.ok(both.marginDb < -0.12);
  assert.match(both.refusal?.reasons[0] ?? '', /cost most is circuit switch with 2\.\d\d dB/);
  assert.equal(report('fr4-400g', 200, 2, { circuit: { switchPart, bidirectional: false } }).refusal, null);
});

test('the time until a circuit is usable counts drain, programming, switching, receiver and FEC', () => {
  // UCSD prototype: 68.5 us programming, 2.8 us switching, 8.7 us receiver, and the estimated 1 us drain.
  near(report('fr4-400g', 50, 2, { circuit: { switchPart: part('ucsd-24x24'), bidirectional: false } }).circuit?.totalNs ?? 0, 81_000, 1);
  // Sirius: 3.84 ns end to end.
  near(report('sirius-awgr', 50, 2).circuit?.totalNs ?? 0, 3.84, 1e-9);
});

test('energy states its boundary: published totals come out unchanged and the host SerDes is added by name', () => {
  const without = (id: string): number => report(id, 30, 4).energy.filter(({ name }) => name !== 'hostSerdes').reduce((sum, { pjPerBit }) => sum + pjPerBit, 0);
  // 15 W over 800 Gb/s, 9 W over 1.6 Tb/s, 5.5 W over 800 Gb/s, 7 W (middle of 5 to 9 W) over 800 Gb/s.
  near(without('dr8-800g'), 18.75, 1e-9);
  near(without('nv-quantum-x-photonics'), 5.625, 1e-9);
  near(without('bcm-bailly'), 6.875, 1e-9);
  near(without('lpo-800g'), 8.75, 1e-9);
  near(report('nv-quantum-x-photonics', 30, 4).powerPerEndW, 4.5, 1e-9);
  const host = (id: string): number => report(id, 30, 4).energy.find(({ name }) => name === 'hostSerdes')?.pjPerBit ?? 0;
  // Host SerDes: 1.5 pJ/bit at 4 dB and 5 pJ/bit at 22 dB, linear between; a 12 dB linear host adds 1 pJ/bit of equalisation.
  near(host('nv-quantum-x-photonics'), 1.5, 1e-9);
  near(host('dr8-1600g'), 5, 1e-9);
  near(host('lpo-800g'), 1.5 + (3.5 * 8) / 18 + 1, 1e-9);
  assert.match(report('lpo-800g', 30, 4).energyBoundary, /host SerDes of both ends added \(12 dB/);
});

test('co-packaged optics draws a third of what pluggables do at 1.6 Tb/s, inside NVIDIA\'s published claim', () => {
  // Published: 30 W pluggable path against 9 W; accepted 25 to 35 W, 8 to 11 W, ratio 3 to 3.7. Two 800G ports make 1.6 Tb/s.
  const pluggableW = report('dr8-1600g', 30, 4).powerPerEndW;
  const coPackagedW = 2 * report('nv-quantum-x-photonics', 30, 4).powerPerEndW;
  assert.ok(pluggableW >= 25 && pluggableW <= 35 && coPackagedW >= 8 && coPackagedW <= 11, `${pluggableW} W, ${coPackagedW} W`);
  assert.ok(pluggableW / coPackagedW >= 3 && pluggableW / coPackagedW <= 3.7);
});

test('latency is flight, electronics of both ends and FEC', () => {
  // 30 m at group index 1.468: 146.90 ns; 2 x 85 ns; KP4 at 850 Gb/s: 3 + 3 + 31 + 25.6 = 62.6 ns (check F12).
  near(report('dr8-800g', 30, 4).latencyNs, 146.9 + 170 + 62.6, 0.01);
  // 2 m of twinax at 5 ns/m and the same FEC.
  near(report('dac-800g-passive', 2, 0).latencyNs, 10 + 62.6, 1e-6);
});

test('an integrated comb keeps the decibels that an external one loses on its way, and pays for the engine\'s heat', () => {
  const integrated = report('wdm-comb-800g', 30, 4, { laserPart: part('scintil-leaf') });
  const external = report('wdm-comb-els-800g', 30, 4, { laserPart: part('scintil-leaf') });
  // External: 1 dB connections, 1.5 - 0.5 dB more excess, 1.5 dB coupling in.
  near(integrated.marginDb - external.marginDb, 3.5, 1e-9);
  const laser = ({ energy }: LinkReport): number => energy.find(({ name }) => name === 'laser')?.pjPerBit ?? 0;
  assert.ok(laser(integrated) > laser(external));
});

test('a hotter laser draws more until it falls short of its light, and beyond rollover the link is refused', () => {
  const laserAt = (caseTemperatureC: number): number => report('dr8-800g', 30, 4, { caseTemperatureC }).energy.find(({ name }) => name === 'laser')?.pjPerBit ?? 0;
  assert.ok(laserAt(25) < laserAt(40) && laserAt(40) < laserAt(70));
  assert.ok(report('dr8-800g', 30, 4, { caseTemperatureC: 130 }).stages.some(({ name }) => name === 'laser derating'));
  const hot = createCatalogue([{ ...part('dfb-cw'), params: { rth: { value: 600, unit: 'K/W', kind: 'estimate', source: 'a laser without a heat path' } } }]);
  const answer = evaluateLink({ part: part('dr8-800g'), catalogue: hot, lengthM: 30, connectors: 4, caseTemperatureC: 70 });
  assert.ok(!isRefusal(answer));
  assert.equal(answer.refusal?.code, 'laser-beyond-rollover');
});

test('an aged laser draws more for the same light, more so in the heat, until its current runs out', () => {
  const laserAfter = (ageYears: number, caseTemperatureC: number): number => report('dr8-800g', 30, 4, { ageYears, caseTemperatureC }).energy.find(({ name }) => name === 'laser')?.pjPerBit ?? 0;
  const added = (caseTemperatureC: number): number => laserAfter(10, caseTemperatureC) / laserAfter(0, caseTemperatureC);
  assert.ok(added(40) > 1 && added(70) > added(40));
  assert.equal(report('dr8-800g', 30, 4, { ageYears: 10 }).marginDb, report('dr8-800g', 30, 4).marginDb);
  assert.ok(report('dr8-800g', 30, 4, { ageYears: 50, caseTemperatureC: 70 }).marginDb < report('dr8-800g', 30, 4).marginDb);
});

test('a case outside its range is refused with the range, and the physics is still reported', () => {
  const { refusal, marginDb } = report('dr8-800g', 30, 4, { caseTemperatureC: 80 });
  assert.equal(refusal?.code, 'outside-temperature-range');
  assert.match(refusal?.reasons[0] ?? '', /0 to 70 °C/);
  assert.ok(marginDb > 1);
});

test('a single-wavelength ring that must wait for its next resonance runs out of heater, unless its laser drifts with it', () => {
  // Rings sit on a held line at 85 C; at 90 C they are 5 K x 0.085 nm/K past it and would need 13 - 0.425 nm of heat, beyond 8 nm.
  const engine = part('nv-quantum-x-photonics');
  const held: Part = { ...engine, params: { ...engine.params, laser_set_point: { value: 50, unit: 'C', kind: 'estimate', source: 'test' } } };
  const lockOf = (wanted: Part): StageReport | undefined => {
    const answer = evaluateLink({ part: wanted, catalogue, lengthM: 30, connectors: 4, caseTemperatureC: 90 });
    assert.ok(!isRefusal(answer));
    return answer.stages.find(({ name }) => name === 'modulator ring lock');
  };
  assert.ok((lockOf(held)?.lossDb ?? 0) > 20);
  assert.match(lockOf(held)?.note ?? '', /all it can/);
  // The uncooled laser of the part itself has drifted 50 K x 0.09 nm/K = 4.5 nm to the red: 4.5 - 0.425 nm of heat reach it.
  assert.ok((lockOf(engine)?.lossDb ?? 99) < 0.1);
  assert.match(lockOf(engine)?.note ?? '', /heater shifts 4\.08 nm/);
});

test('a cooler holds the lines of a comb and shows as a share of its own; without one they drift', () => {
  // Without the cooler the submount would stand at 55 + 10 C: 15 K over its set point of 50 C. Heat q then takes
  // 15 K/(0.1 x 323.15 K) = 0.4642 q, q being what the lasers do not give as light.
  near(coolerPowerPerHeat({ setPointC: 50, liftK: 15, riseK: 10 }), 15 / 32.315, 1e-12);
  // Warming by 20 K against q/10 K takes 2 q, the heat pump's part of it 1/(1 + 32.315/20).
  near(coolerPowerPerHeat({ setPointC: 50, liftK: -20, riseK: 10 }), 2 / (1 + 32.315 / 20), 1e-12);
  const shareAt = (caseTemperatureC: number): number => report('wdm-comb-els-800g', 30, 4, { caseTemperatureC }).energy.find(({ name }) => name === 'tec')?.pjPerBit ?? -1;
  near(shareAt(40), 0, 1e-12);
  assert.ok(shareAt(55) > 0.05 && shareAt(10) > 0.05);
  assert.ok(report('wdm-comb-800g', 30, 4).energy.every(({ name }) => name !== 'tec'));
  const held = report('wdm-comb-els-800g', 30, 4, { caseTemperatureC: 50 }).wavelengths[0]?.eye?.wavelengthNm ?? 0;
  near(held, report('wdm-comb-els-800g', 30, 4, { caseTemperatureC: 30 }).wavelengths[0]?.eye?.wavelengthNm ?? 0, 1e-9);
  // CWDM lasers of FR4 have no cooler: 0.09 nm/K over 25 K.
  const warm = report('fr4-400g', 500, 4, { caseTemperatureC: 65 }).wavelengths[0]?.eye?.wavelengthNm ?? 0;
  near(warm, 1271 + 25 * 0.09, 1e-9);
});

test('a CWDM line that drifts out of its window is refused by name', () => {
  // +-6.5 nm less 2 nm of selection leave 4.5 nm, that is 50 K at 0.09 nm/K: beyond a case of 90 C.
  const codes = (caseTemperatureC: number): string => report('fr4-400g', 500, 4, { caseTemperatureC }).refusal?.reasons.join(' ') ?? '';
  assert.doesNotMatch(codes(89), /window/);
  assert.match(codes(91), /stray up to 6\.6 nm/);
});

test('the typical view credits shipped parts and lets physics decide the reach', () => {
  assert.equal(report('dr8-800g', 1500, 2).refusal?.code, 'beyond-reach');
  const typical = report('dr8-800g', 1500, 2, { view: 'typical' });
  assert.equal(typical.refusal, null);
  // Middle of 0 to 2 dB at each end.
  near(typical.marginDb - report('dr8-800g', 1500, 2).marginDb, 2, 1e-9);
});

test('ends of different make meet when they send and expect the same light', () => {
  const mixed = report('dr8-800g', 50, 4, { farPart: part('bcm-bailly') });
  assert.equal(mixed.refusal, null);
  const answer = evaluateLink({ part: part('dr8-800g'), farPart: part('nv-quantum-x-photonics'), catalogue, lengthM: 50, connectors: 4, caseTemperatureC: 40 });
  assert.ok(isRefusal(answer) && answer.code === 'incompatible-ends');
  const colours = evaluateLink({ part: part('dr4-400g'), farPart: part('fr4-400g'), catalogue, lengthM: 50, connectors: 4, caseTemperatureC: 40 });
  assert.ok(isRefusal(colours) && colours.code === 'incompatible-ends');
  // Lanes of 100 and 200 Gb/s meet through a gearbox only, and the refusal says so.
  assert.match(isRefusal(answer) ? answer.reasons.join(' ') : '', /gearbox/);
});

test('spare channels cover failures until they run out, and a part without spares loses its lanes', () => {
  // Avicena: 256 active of 3.5 Gb/s and 64 spare.
  assert.equal(report('avicena-ekit', 5, 2, { failedChannels: 64 }).usableRateGbps, 896);
  assert.equal(report('avicena-ekit', 5, 2, { failedChannels: 66 }).usableRateGbps, 896 - 7);
  assert.deepEqual(report('avicena-ekit', 5, 2).spares, { active: 256, spare: 64, failed: 0 });
  assert.equal(report('dr8-800g', 30, 4, { failedChannels: 1 }).usableRateGbps, 700);
  assert.equal(report('dr8-800g', 30, 4).spares, undefined);
});

test('a row of DFB lasers can take the place of the comb, with its own noise and without the comb\'s unevenness', () => {
  const comb = report('wdm-comb-els-800g', 30, 4);
  const row = report('wdm-comb-els-800g', 30, 4, { laserPart: part('els-elsfp') });
  assert.ok(comb.stages.some(({ name }) => name === 'comb flatness'));
  assert.ok(!row.stages.some(({ name }) => name === 'comb flatness'));
  // Margins of comb lines differ by its flatness of 3 dB; those of a row are all alike but for the neighbours at the edges.
  const spreadOf = ({ wavelengths }: LinkReport): number => Math.max(...wavelengths.map(({ marginDb }) => marginDb)) - Math.min(...wavelengths.map(({ marginDb }) => marginDb));
  assert.ok(spreadOf(comb) > 2.5 && spreadOf(row) < 0.5);
});

test('the stages add up: level at the start less every stage and the margin is the sensitivity', () => {
  // DR4: SRS -1.9 dBm less SECQ 3.4 dB is -5.3 dBm, at eye Q 3.414 against the 3.41407 of a BER of 2.4e-4.
  const { stages, marginDb } = report('dr4-400g', 500, 4);
  const start = stages[0]?.levelDbm ?? Number.NaN;
  near(start - stages.reduce((sum, { lossDb }) => sum + lossDb, 0) - marginDb, -5.3, 2e-4);
});

test('a figure that no part can have is refused by name, whatever the physics would make of it', () => {
  const withFigure = (id: string, name: string, value: number): ReturnType<typeof evaluateLink> => {
    const wrong = createCatalogue([{ ...part(id), params: { [name]: { value, unit: '', kind: 'estimate', source: 'a slip of the pen' } } }]);
    const asked = wrong.find(id);
    assert.ok(asked);
    return evaluateLink({ part: asked, catalogue: wrong, lengthM: 30, connectors: 4, caseTemperatureC: 40 });
  };
  const slips: readonly (readonly [string, string, number])[] = [
    ['dr8-800g', 'rin_oma_max', 136], ['dr8-800g', 'er_min', 0], ['dr8-800g', 'lanes', 1e9], ['dr8-800g', 'lanes', 7.5], ['ayar-teraphy-g3', 'ber_limit', 0], ['ayar-teraphy-g3', 'line_spacing', 0],
    ['wdm-comb-800g', 'heater_range', 0], ['zr-400', 'ber_prefec', 1], ['bcm-bailly', 'responsivity', 8],
  ];
  for (const [id, name, value] of slips) {
    const answer = withFigure(id, name, value);
    assert.ok(isRefusal(answer) && answer.code === 'figure-out-of-range', `${id}.${name}`);
    assert.match(answer.reasons[0] ?? '', new RegExp(`${id}: ${name}`));
  }
});

test('requests that make no sense are refused before any physics', () => {
  const codes: readonly (readonly [string, Partial<LinkRequest>, string])[] = [
    ['dr8-800g', { caseTemperatureC: -300 }, 'impossible-request'], ['dr8-800g', { lengthM: -1 }, 'impossible-request'], ['dr8-800g', { lengthM: Number.NaN }, 'impossible-request'],
    ['dr8-800g', { connectors: 1.5 }, 'impossible-request'], ['dr8-800g', { laserPart: part('circulator') }, 'wrong-kind-of-part'], ['dr8-800g', { fibrePart: part('els-elsfp') }, 'wrong-kind-of-part'],
    ['dr8-800g', { circuit: { switchPart: part('circulator'), bidirectional: false } }, 'wrong-kind-of-part'],
    ['dac-800g-passive', { circuit: { switchPart: part('polatis'), bidirectional: false } }, 'no-light-to-switch'],
    ['dac-800g-passive', { farPart: part('dr8-800g') }, 'incompatible-ends'], ['dr8-800g', { farPart: part('zr-400') }, 'incompatible-ends'], ['dr8-800g', { farPart: part('mrm') }, 'not-a-link'],
  ];
  for (const [id, change, code] of codes) {
    const answer = evaluateLink({ part: part(id), catalogue, lengthM: 10, connectors: 2, caseTemperatureC: 40, ...change });
    assert.ok(isRefusal(answer) && answer.code === code, `${id} ${code}`);
  }
});

test('light meets only the fibre it is made for, and hollow core saves a third of the flight', () => {
  assert.equal(report('sr8-800g', 30, 2, { fibrePart: part('smf-g652') }).refusal?.code, 'wrong-fibre');
  assert.equal(report('mosaic-800g', 30, 2, { fibrePart: part('imaging-fibre') }).refusal, null);
  assert.deepEqual(report('dr8-800g', 30, 4, { fibrePart: part('smf-g652') }), report('dr8-800g', 30, 4));
  // 1000 m x (1.468 - 1.003)/c = 1551 ns (check D03).
  near(report('fr4-400g', 1000, 4).latencyNs - report('fr4-400g', 1000, 4, { fibrePart: part('hcf') }).latencyNs, 1551.07, 0.01);
});

test('what is no link is refused, and a part without its figures names what is missing', () => {
  const laser = evaluateLink({ part: part('els-elsfp'), catalogue, lengthM: 1, connectors: 0, caseTemperatureC: 40 });
  assert.ok(isRefusal(laser) && laser.code === 'not-a-link');
  const bare = evaluateLink({ part: { id: 'bare', kind: 'lpo', name: 'bare', year: 2026, params: {} }, catalogue, lengthM: 1, connectors: 0, caseTemperatureC: 40 });
  assert.ok(isRefusal(bare) && bare.code === 'part-incomplete');
  assert.match(bare.reasons[0] ?? '', /bare\.lanes/);
});

test('no request within bounds gives a number that is not finite, and more length never gives more margin', () => {
  const links = catalogue.parts.filter(isLinkPart);
  const request = fc.record({
    at: fc.nat(links.length - 1), lengthM: fc.double({ min: 0, max: 1e5, noNaN: true }), connectors: fc.nat(12), caseTemperatureC: fc.integer({ min: -40, max: 150 }),
  });
  const numbersOf = (value: unknown): readonly number[] => {
    if (typeof value === 'number') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : [];
  };
  fc.assert(fc.property(request, ({ at, ...conditions }) => {
    const chosen = links[at];
    assert.ok(chosen);
    const answer = evaluateLink({ part: chosen, catalogue, ...conditions });
    assert.ok(!isRefusal(answer), isRefusal(answer) ? answer.reasons.join(' ') : '');
    for (const number of numbersOf(answer)) assert.ok(Number.isFinite(number), `${chosen.id} ${JSON.stringify(conditions)}`);
    const longer = evaluateLink({ part: chosen, catalogue, ...conditions, lengthM: conditions.lengthM * 1.5 + 1 });
    // A coherent link changes from the unamplified budget to an amplified span on its way.
    if (chosen.kind !== 'coherent') assert.ok(!isRefusal(longer) && longer.marginDb <= answer.marginDb + 1e-9);
  }), { seed: 20261122, numRuns: 300 });
});
