/** The formula command as a user meets it: one document per answer, exit codes, named keys, and a page that is current. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formulaMarkdown } from '../../src/app/formula-page.ts';
import { parseFormulaInputs } from '../../src/app/formula-input.ts';
import { findFormula } from '../../src/thermal/formulas/registry.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

function heliostat(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'formula', ...words], { cwd: root, encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

test('one formula is evaluated to one JSON document, negative levels included', () => {
  const { code, out } = heliostat('dbm-to-mw', 'P=-10', '--json');
  assert.equal(code, 0);
  const answer = JSON.parse(out) as { formula: string; value: number; unit: string };
  assert.deepEqual([answer.formula, answer.value, answer.unit], ['dbm-to-mw', 0.1, 'mW']);
});

test('for people the answer has value, unit, expression, inputs and source', () => {
  const { code, out } = heliostat('energy-per-bit', 'P=15', 'R=0.8Tb/s');
  assert.equal(code, 0);
  assert.match(out, /^18\.75 pJ\/bit/);
  for (const line of [/expression {2}e = P\/R/, /inputs {6}P = 15 W, R = 800 Gb\/s/, /source {6}definition/]) assert.match(out, line);
});

test('bad and missing inputs end with 2 and are all named; a floor ends with 1', () => {
  const bad = heliostat('rc-step', 'Ta=-300', 'P=x', 'R=1', 'Q=3');
  assert.equal(bad.code, 2);
  for (const key of ['Ta', 'P', 'Q', 'C', 't']) assert.match(bad.err, new RegExp(`^${key}: `, 'm'));
  assert.equal(bad.out, '');
  const wrongNormalisation = heliostat('pam4-rin-penalty', 'RIN_OMA=-136', 'B=27', 'x=3.4', 'ER=5', '--json');
  assert.equal(wrongNormalisation.code, 2);
  assert.match(wrongNormalisation.out, /pam4-rin-oma-penalty/);
  const floor = heliostat('pam4-rin-penalty', 'RIN=-130', 'B=50', 'x=3.4', 'ER=5', '--json');
  assert.equal(floor.code, 1);
  assert.equal((JSON.parse(floor.out) as { refusal: { code: string } }).refusal.code, 'error-floor');
});

test('an unknown formula suggests the nearest names', () => {
  const { code, err } = heliostat('pam4-bre', 'x=1');
  assert.equal(code, 2);
  assert.match(err, /Did you mean pam4-ber/);
});

test('units convert within their dimension and nowhere else', () => {
  const inputsOf = (name: string, ...words: readonly string[]): unknown => {
    const formula = findFormula(name);
    assert.ok(formula);
    const inputs = parseFormulaInputs(formula, words);
    return inputs.ok ? inputs.value : inputs.issues.map((issue) => [issue.code, issue.path]);
  };
  assert.deepEqual(inputsOf('fibre-delay', 'L=2km', 'n=1.468'), { L: 2000, n: 1.468 });
  assert.deepEqual(inputsOf('serialisation-delay', 'B=4KiB', 'R=800'), { B: 4096, R: 800 });
  assert.deepEqual(inputsOf('shot-noise', 'I=0.5mA', 'B=4e10Hz'), { I: 0.5, B: 40 });
  assert.deepEqual(inputsOf('laser-threshold', 'Ith0=0.01A', 'T=343.15K', 'Tref=25°C', 'T0=60K'), { Ith0: 10, T: 70, Tref: 25, T0: 60 });
  assert.deepEqual(inputsOf('dbm-to-mw', 'P=3mW'), [['wrong-unit', 'P']]);
  // A characteristic temperature is a difference: 60 C is not 60 K.
  assert.deepEqual(inputsOf('laser-threshold', 'Ith0=10', 'T=70', 'Tref=298.15K', 'T0=60C'), [['wrong-unit', 'T0']]);
  assert.deepEqual(inputsOf('nrz-ber', 'Q=7', 'Q=8', 'seven'), [['repeated-input', 'Q'], ['not-an-assignment', 'seven']]);
});

test('the formulas page is what the command prints', () => {
  assert.equal(readFileSync(`${root}docs/formulas.md`, 'utf8'), `${formulaMarkdown().trimEnd()}\n`, 'run: heliostat formula --markdown > docs/formulas.md');
});
