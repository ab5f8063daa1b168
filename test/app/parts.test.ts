/** The catalogue commands: every figure with its birth certificate, and an audit that finds what is wrong on purpose. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { audit } from '../../src/optics/catalogue/audit.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import type { Param, Part } from '../../src/optics/part.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

function heliostat(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const run = spawnSync(process.execPath, ['src/app/main.ts', ...words], { cwd: root, encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

test('the list names every part by kind and a kind can be chosen', () => {
  const all = JSON.parse(heliostat('parts', '--json').out) as readonly { id: string; kind: string; figures: { published: number } }[];
  assert.ok(all.length >= 63);
  assert.ok((all.find(({ id }) => id === 'dr4-400g')?.figures.published ?? 0) > 10);
  const cpo = JSON.parse(heliostat('parts', '--kind', 'cpo', '--json').out) as readonly { kind: string }[];
  assert.ok(cpo.length >= 4 && cpo.every(({ kind }) => kind === 'cpo'));
  const unknown = heliostat('parts', '--kind', 'cop');
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /Did you mean .*cpo/);
});

test('a part shows value, range, unit, evidence, source and note of every figure', () => {
  const { code, out } = heliostat('part', 'dr8-800g');
  assert.equal(code, 0);
  for (const line of [/power_typ +14 to 16 W/, /published: /, /estimate: /, /mtbf +500,000 to 1,000,000 h|mtbf +500000 to 1000000 h/]) assert.match(out, line);
  const { params } = JSON.parse(heliostat('part', 'dr8-800g', '--json').out) as { params: Record<string, { low?: number; high?: number; unit: string; source: string }> };
  assert.deepEqual([params['power_typ']?.low, params['power_typ']?.high, params['power_typ']?.unit], [14, 16, 'W']);
  const unknown = heliostat('part', 'dr8', '--json');
  assert.equal(unknown.code, 2);
  assert.match(unknown.out, /dr8-800g/);
});

const stated = (value: Param['value'], unit: string): Param => ({ value, unit, kind: 'estimate', source: 'a test' });

test('the audit finds a range upside down, energy that power denies, lanes that do not add up and shares that do not either', () => {
  const wrong: Part = {
    id: 'wrong', kind: 'modulator', name: 'Wrong', year: 2026,
    params: {
      ea: { ...stated([0.7, 0.3], 'eV'), isRange: true }, lanes: stated(8, ''), lane_rate: stated(100, 'Gb/s'),
      // 16 W over 800 Gb/s is 20 pJ/bit.
      power: stated(16, 'W'), pj_bit: stated(5, 'pJ/bit'), per_fibre: stated(1.6, 'Tb/s'), power_split: stated({ dsp: 0.5, laser: 0.6 }, ''),
    },
  };
  const found = audit(createCatalogue([wrong])).filter(({ partId, kind }) => partId === 'wrong' && kind === 'contradiction');
  assert.deepEqual(found.map(({ parameters }) => parameters[0]).sort(), ['ea', 'lanes', 'power', 'power_split']);
});

test('the audit of the built-in catalogue finds the contradictions that its sources hold', () => {
  const { code, out } = heliostat('parts', '--audit', '--json');
  assert.equal(code, 0);
  const { findings } = JSON.parse(out) as { findings: readonly { kind: string; partId: string; parameters: readonly string[] }[] };
  const contradictions = findings.filter(({ kind }) => kind === 'contradiction').map(({ partId }) => partId);
  // OCI lanes are KP4 coded (50 x 257/256 x 544/514 = 53.125) though its FEC is said to be none; 18 x 8 lasers feed 576 lanes, 4 each and not 8.
  for (const id of ['oci-msa-gen1', 'nv-quantum-x-photonics', 'mpo-connector']) assert.ok(contradictions.includes(id), id);
  assert.ok(findings.some(({ kind, partId }) => kind === 'gap' && partId === 'dr8-1600g'));
});

test('every link part of the catalogue has what the link model needs', () => {
  const incomplete = audit(createCatalogue()).filter(({ kind, parameters }) => kind === 'gap' && parameters.length === 0);
  assert.deepEqual(incomplete, []);
});
