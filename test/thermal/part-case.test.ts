/** Where installed parts settle: by hand through the resistances of their packages. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstalledPart } from '../../src/thermal/part-case.ts';
import { settlePart } from '../../src/thermal/part-case.ts';

const near = (got: number, expected: number, tolerance: number): void => assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not ${expected}`);
const part = (kind: string, powerW: number, capacityGbps = 800): InstalledPart => ({ kind, capacityGbps, powerWAt: () => powerW });

function caseOf(installed: InstalledPart, inlet = {}): number {
  const settled = settlePart(installed, inlet);
  if (!settled.ok) assert.fail(JSON.stringify(settled.issues));
  return settled.value.caseC;
}

test('a pluggable stands above its air by its power through case and heat sink', () => {
  // Air 27 + 8 C; 0.3 K/W from case to sink and 1.2 K/W from sink to air: 35 + 15 x 1.5 = 57.5 C.
  near(caseOf(part('pluggable-dsp', 15)), 57.5, 0.01);
  near(caseOf(part('pluggable-dsp', 15), { airC: 20, airPreheatK: 5 }), 47.5, 0.01);
  // From 18 W the taller sink of 0.7 K/W: 35 + 27.5 x 1.0.
  near(caseOf(part('pluggable-dsp', 27.5)), 62.5, 0.01);
});

test('an engine shares its lid and cold plate with the switch chip, whatever its capacity', () => {
  // All heat of 1.6T passes lid to plate and plate to coolant, 0.36 K/W: 35 + (7.003 + 22) x 0.36 = 45.44 C.
  near(caseOf(part('cpo', 7.003, 1600)), 45.44, 0.02);
  near(caseOf(part('cpo', 3.5015, 800)), 45.44, 0.02);
  near(caseOf(part('cpo', 7.003, 1600), { coolantC: 25 }), 35.44, 0.02);
});

test('power that follows the case settles with it, and a part without heat stands at its air', () => {
  // P = 10 + 0.1 (T - 35) W through 1.5 K/W: T - 35 = 15 / (1 - 0.15) = 17.647 K.
  near(caseOf({ kind: 'pluggable-dsp', capacityGbps: 800, powerWAt: (caseC) => 10 + 0.1 * (caseC - 35) }), 52.647, 0.01);
  near(caseOf(part('copper', 0)), 35, 1e-9);
});

test('power that grows faster than the package can shed is a runaway and an air below absolute zero an issue', () => {
  const runaway = settlePart({ kind: 'pluggable-dsp', capacityGbps: 800, powerWAt: (caseC) => 10 + (caseC - 35) });
  assert.ok(!runaway.ok && ['thermal-runaway', 'bad-power'].includes(runaway.issues[0]?.code ?? ''));
  const frozen = settlePart(part('pluggable-dsp', 15), { airC: -300, airPreheatK: 0 });
  assert.ok(!frozen.ok && frozen.issues[0]?.code === 'below-absolute-zero');
});
