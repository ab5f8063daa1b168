/** Users' parts files: units must fit the catalogue's, names must be known, and an empty file says what to begin with. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitUnit, leadingUnit } from '../../src/adapters/figure-unit.ts';
import { parseParts } from '../../src/adapters/parts-file.ts';
import { createCatalogue, figureOf } from '../../src/optics/catalogue/catalogue.ts';
import type { Part } from '../../src/optics/part.ts';

const catalogue = createCatalogue();
const file = (params: string, head = 'dr8-800g:'): string => `kind: Parts\nparts:\n  ${head}\n    params:\n      ${params}\n`;
const read = (params: string, head?: string): ReturnType<typeof parseParts> => parseParts(file(params, head), 'mine.yaml', catalogue);

function figure(params: string, name: string): { readonly value: number; readonly unit: string } {
  const parts = read(params);
  assert.ok(parts.ok, JSON.stringify(parts));
  const found = figureOf(parts.value[0] as Part, name);
  assert.ok(found !== null);
  return { value: found.value, unit: found.unit };
}

function issue(params: string, head?: string): { readonly code: string; readonly text: string } {
  const parts = read(params, head);
  assert.ok(!parts.ok, params);
  assert.equal(parts.issues.length, 1, JSON.stringify(parts.issues));
  const { code = '', message = '', remedy = '' } = parts.issues[0] ?? {};
  return { code, text: `${message} | ${remedy}` };
}

test('a unit of the same dimension is converted into the catalogue\'s', () => {
  // 14 kW are 14,000 W; 5 d are 120 h; 343.15 K are 70 C; 20 % of a pure number are 0.2.
  assert.deepEqual(figure('power_typ: { value: 14, unit: kW }', 'power_typ'), { value: 14_000, unit: 'W' });
  assert.deepEqual(figure('power_typ: { value: 14.2, unit: W (max) }', 'power_typ'), { value: 14.2, unit: 'W (max)' });
  assert.equal(fitUnit('d per 800G port', ['h per 400G port'])?.unit, 'h per 800G port');
  assert.equal(5 * (fitUnit('d', ['h'])?.factor ?? 0), 120);
  assert.ok(Math.abs(343.15 + (fitUnit('K', ['C'])?.offset ?? 0) - 70) < 1e-9);
  assert.equal(fitUnit('%', [''])?.factor, 0.01);
  // A difference of 3 C is one of 3 K.
  assert.deepEqual(fitUnit('C', ['K (typical)']), { factor: 1, offset: 0, unit: 'K' });
});

test('the leading word of the catalogue\'s unit counts, and words that count things are alike', () => {
  assert.equal(leadingUnit('W (max, single-port OSFP)'), 'W');
  assert.equal(leadingUnit('device-h'), 'h');
  assert.notEqual(fitUnit('$/Gb/s (2027)', ['$/Gb/s (2025)']), null);
  assert.notEqual(fitUnit('lanes', ['']), null);
  assert.equal(fitUnit('W', ['lanes']), null);
  assert.equal(fitUnit('', ['W']), null);
  assert.equal(fitUnit('dB', ['dBm']), null);
});

test('a unit of another dimension is an issue that names both units', () => {
  const wrong = issue('tdecq_max: { value: 3.4, unit: mW }');
  assert.equal(wrong.code, 'wrong-unit');
  assert.match(wrong.text, /"mW".*"dB/);
  assert.equal(issue('mtbf: { value: 5, unit: kg }').code, 'wrong-unit');
  assert.equal(issue('power_typ: { range: [14, 15], unit: dBm }').code, 'wrong-unit');
  // A new part has no figures of its own: those of its kind tell the unit.
  assert.equal(issue('power: { value: 5, unit: ns }', 'house-optic:\n    kind: lpo').code, 'wrong-unit');
});

test('a figure of an unknown name is an issue with the name that was meant', () => {
  for (const written of ['powr_typ: 14', 'powr_typ: { value: 14, unit: W }']) {
    const unknown = issue(written);
    assert.equal(unknown.code, 'unknown-parameter');
    assert.match(unknown.text, /Did you mean power_typ/);
  }
});

test('an empty parts file is asked to begin with its kind', () => {
  for (const text of ['', '# a remark only\n']) {
    const parts = parseParts(text, 'mine.yaml', catalogue);
    assert.ok(!parts.ok);
    assert.match(parts.issues[0]?.remedy ?? '', /kind: Parts/);
  }
});

test('a word that no model reads is an issue, never taken for the default', () => {
  const { code, text } = issue('fec_scheme: { value: kp5, unit: "" }');
  assert.equal(code, 'out-of-range');
  assert.match(text, /"kp5" must be one of kp4/);
  assert.match(issue('laser_cooling: { value: frozen, unit: "" }').text, /held, semi-cooled/);
});
