/** The formulas as citizens: names and units of the facts, every worked check, and a clear no for bad input. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import type { Evaluated, Formula } from '../../src/optics/formulas/formula.ts';
import { findFormula, formulas } from '../../src/thermal/formulas/registry.ts';
import { sharedTest } from '../shared.ts';

interface FactFormula { readonly formula: string; readonly inputs: Readonly<Record<string, string>>; readonly result_unit: string }
interface Check {
  readonly id: string; readonly formula: string; readonly inputs: Readonly<Record<string, { readonly value: number }>>;
  readonly expected: { readonly value: number; readonly unit: string }; readonly tolerance: { readonly kind: 'rel' | 'abs'; readonly value: number };
}

function formulaNamed(name: string): Formula {
  const formula = findFormula(name);
  assert.ok(formula, `no formula ${name}`);
  return formula;
}

function evaluate(name: string, inputs: Readonly<Record<string, number>>): Evaluated {
  const outcome = formulaNamed(name).evaluate(inputs);
  assert.ok(!isRefusal(outcome) && outcome.ok, JSON.stringify(outcome));
  return outcome.value;
}

function refusalCode(name: string, inputs: Readonly<Record<string, number>>): string {
  const outcome = formulaNamed(name).evaluate(inputs);
  assert.ok(isRefusal(outcome), JSON.stringify(outcome));
  return outcome.code;
}

function issuePaths(name: string, inputs: Readonly<Record<string, number>>): readonly (string | undefined)[] {
  const outcome = formulaNamed(name).evaluate(inputs);
  assert.ok(!isRefusal(outcome) && !outcome.ok, JSON.stringify(outcome));
  return outcome.issues.map((issue) => issue.path);
}

sharedTest('every formula of the facts is a citizen with the same inputs, units and defaults, and there is no other', 'facts/formulas.json', (path) => {
  const facts: readonly FactFormula[] = JSON.parse(readFileSync(path, 'utf8'));
  assert.equal(formulas.length, facts.length);
  for (const fact of facts) {
    const formula = formulaNamed(fact.formula);
    assert.equal(formula.resultUnit, fact.result_unit, fact.formula);
    assert.deepEqual(Object.keys(formula.inputs).sort(), Object.keys(fact.inputs).sort(), fact.formula);
    for (const [key, written] of Object.entries(fact.inputs)) {
      // The facts write a default behind the unit: `mA (10)` or `count (default 8)`.
      const [, unit, value] = /^(.*?)(?: \((?:default )?([\d.]+)\))?$/.exec(written) ?? [];
      assert.equal(formula.inputs[key]?.unit, unit, `${fact.formula} ${key}`);
      assert.equal(formula.inputs[key]?.default, value === undefined ? undefined : Number(value), `${fact.formula} ${key}`);
    }
  }
});

sharedTest('every worked physics check passes within its tolerance', 'facts/physics-checks.json', (path) => {
  const checks: readonly Check[] = JSON.parse(readFileSync(path, 'utf8'));
  assert.equal(checks.length, 101);
  for (const { id, formula, inputs, expected, tolerance } of checks) {
    const { value, unit } = evaluate(formula, Object.fromEntries(Object.entries(inputs).map(([key, given]) => [key, given.value])));
    const error = tolerance.kind === 'rel' ? Math.abs(value / expected.value - 1) : Math.abs(value - expected.value);
    assert.ok(error <= tolerance.value, `${id} ${formula}: ${value} against ${expected.value}`);
    assert.equal(unit, expected.unit, id);
  }
});

test('names are unique and every formula says what it computes, how and from where', () => {
  assert.equal(new Set(formulas.map((formula) => formula.name)).size, formulas.length);
  for (const { name, computes, expression, source } of formulas) {
    assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.ok(computes.length > 3 && expression.length > 2 && source.length > 3, name);
  }
});

/** Sound values by unit, from which single inputs are then bent. */
const soundByUnit: Readonly<Record<string, number>> = {
  'dB/Hz': -145, C: 40, dB: 3, dBm: 0, GHz: 100, nm: 1310, THz: 193.4, GBd: 32, 'dB/km': 0.2, 'ps/nm/km': 16.7, '1/W/km': 1.3, mA: 80, '1-based channel number': 1,
  eV: 0.4, 'm2/W': 2.6e-20, um2: 83,
};
const soundByKey: Readonly<Record<string, number>> = {
  BER: 1e-4, BER_KP4: 2.4e-4, BER_inner: 4.8e-3, Rtx: -26, Rrx: -26, Rconn: -35, X: -38, r2: 1e-5, u: 0.9, CL: 0.95, A1: 0.99, p: 0.9, q: 0.1, eta: 0.8, PUE: 1.2, n: 4, n2: 2.6e-20,
  k: 3, in: 1, N: 8, Rth: 40, guard: 10, slot: 100, x0: 4, wavelength: 2, M: 4, WPE: 0.15, total: 9, B: 40, Q: 6, s: 2, V0: 1, Rs: 4, FWHM: 30,
};

function soundInputs(formula: Formula): Record<string, number> {
  return Object.fromEntries(Object.entries(formula.inputs).map(([key, { unit }]) => [key, soundByKey[key] ?? soundByUnit[unit] ?? 1]));
}

test('whatever single input is bent, the answer is a finite number, named issues or a refusal: never NaN, never a throw', () => {
  const bends = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, 2, 1e-12, -1e-12, 1e-300, 1e300, -1e300, -273.15, -300, 374.999, 10_001, 1.5];
  for (const formula of formulas) {
    const sound = soundInputs(formula);
    for (const key of Object.keys(sound)) {
      for (const bend of bends) {
        const outcome = formula.evaluate({ ...sound, [key]: bend });
        if (isRefusal(outcome)) assert.ok(outcome.reasons.length > 0, formula.name);
        else if (outcome.ok) assert.ok(Number.isFinite(outcome.value.value), `${formula.name} ${key}=${bend} gives ${outcome.value.value}`);
        else for (const issue of outcome.issues) assert.ok(issue.path !== undefined && issue.path !== '', formula.name);
        if (!Number.isFinite(bend)) assert.ok(!isRefusal(outcome) && !outcome.ok && outcome.issues.some((issue) => issue.path === key), `${formula.name} ${key}`);
      }
    }
  }
});

test('missing and unknown inputs are all named at once', () => {
  assert.deepEqual(issuePaths('pam4-rin-penalty', { RIN_OMA: -136, B: 27, ER: 5 }), ['RIN_OMA', 'RIN', 'x']);
  assert.deepEqual(issuePaths('nrz-ber', {}), ['Q']);
});

test('a bit error ratio of 0 or 1, a temperature below absolute zero and a negative power are named, not computed', () => {
  for (const ber of [0, 1, -0.1]) for (const name of ['pam4-eye-q', 'kp4-codeword-loss', 'margin-from-ber', 'rs-symbol-error']) assert.deepEqual(issuePaths(name, { BER: ber }), ['BER']);
  assert.deepEqual(issuePaths('arrhenius', { Ea: 0.4, T1: -273.15, T2: 70 }), ['T1']);
  assert.deepEqual(issuePaths('rc-step', { Ta: -300, P: -1, R: 1, C: 1, t: 1 }), ['Ta', 'P']);
});

test('at or above a RIN floor the penalty is refused and the floor test says so', () => {
  // q = 36 * 3.414^2 * 10^-13.5 * 100e9 * (3.1623/2.1623)^2 = 2.838: above 1, so no power reaches the target.
  const setting = { RIN: -135, B: 100, x: 3.414, ER: 5 };
  assert.equal(refusalCode('pam4-rin-penalty', setting), 'error-floor');
  const floor = evaluate('pam4-rin-floor', setting);
  assert.ok(Math.abs(floor.value - 2.838) < 1e-3, String(floor.value));
  assert.match(floor.remark ?? '', /error floor above/);
  assert.match(evaluate('pam4-rin-floor', { ...setting, RIN: -145 }).remark ?? '', /no error floor/);
});

test('a laser past rollover is refused by name, and one within it satisfies its own heat balance', () => {
  // I V = 200 * 1.8 = 360 mW; at most P(85 C) = 0.3 exp(-60/150) (200 - 10 exp(1)) = 34.7 mW leaves as light, so the junction is at
  // least at 85 + 0.4 (360 - 34.7) = 215 C, where the threshold 10 exp(190/60) = 237 mA exceeds the drive: no lasing solution.
  assert.equal(refusalCode('laser-junction-temperature', { Ta: 85, I: 200, Rth: 400 }), 'laser-rollover');
  assert.equal(refusalCode('laser-self-heated-output', { Ta: 150, I: 20, Rth: 10 }), 'laser-below-threshold');
  const setting = { Ta: 55, I: 100, Rth: 40 };
  const junctionC = evaluate('laser-junction-temperature', setting).value;
  const outputMw = evaluate('laser-self-heated-output', setting).value;
  // The defining equation itself: I V = 100 mA * (1 V + 0.1 A * 4 ohm) = 140 mW.
  assert.ok(Math.abs(junctionC - (55 + 40 * (140 - outputMw) * 1e-3)) < 1e-9);
  assert.ok(Math.abs(outputMw - evaluate('laser-output', { I: 100, T: junctionC, Ith0: 10, T0: 60, eta0: 0.3, T1: 150, Tref: 25 }).value) < 1e-9);
});

test('crosstalk counts neighbours in pairs for any number of channels', () => {
  // Spacing 100 GHz, FWHM 20 GHz: T(m) = 1/(1 + (10 m)^2). Three channels: one pair, e = 2/101; five: plus 2/401.
  const penalty = (channels: number): number => evaluate('wdm-crosstalk-penalty', { spacing: 100, FWHM: 20, channels }).value;
  assert.ok(Math.abs(penalty(3) - -10 * Math.log10(1 - 2 / 101)) < 1e-12);
  assert.ok(Math.abs(penalty(5) - -10 * Math.log10(1 - 2 / 101 - 2 / 401)) < 1e-12);
  assert.equal(penalty(8), evaluate('wdm-crosstalk-penalty', { spacing: 100, FWHM: 20 }).value);
  assert.equal(refusalCode('wdm-crosstalk-penalty', { spacing: 1, FWHM: 1000, channels: 8 }), 'error-floor');
});
