/** Every part with every other, at any length, temperature, age and loss: the link model answers, and what it answers can be read. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dice } from '../../src/base/dice.ts';
import { createDice } from '../../src/base/dice.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import { evaluateLink } from '../../src/optics/link/evaluate-link.ts';
import type { LinkRequest } from '../../src/optics/link/request.ts';
import type { Part } from '../../src/optics/part.ts';

const catalogue = createCatalogue();
const ofKind = (pattern: RegExp): readonly Part[] => catalogue.parts.filter(({ kind }) => pattern.test(kind));
const [lasers, fibres, switches] = [ofKind(/laser/), ofKind(/^fibre$/), ofKind(/^ocs$/)];

function pick<T>(dice: Dice, from: readonly T[]): T {
  const picked = from[Math.floor(dice.uniform() * from.length)];
  assert.ok(picked !== undefined);
  return picked;
}

const lengthsM = [0, 1e-6, 0.5, 2, 7, 30, 500, 2000, 80_000, 1e6];
const casesC = [-273.149, -40, 0, 20, 56.44437528360314, 70, 105, 300];

function draw(dice: Dice): LinkRequest {
  const maybe = <T>(value: () => T): T | undefined => (dice.uniform() < 0.2 ? value() : undefined);
  const farPart = maybe(() => pick(dice, catalogue.parts));
  const laserPart = maybe(() => pick(dice, lasers));
  const fibrePart = maybe(() => pick(dice, fibres));
  const switchPart = maybe(() => pick(dice, switches));
  return {
    part: pick(dice, catalogue.parts), catalogue, lengthM: pick(dice, lengthsM), connectors: pick(dice, [0, 1, 4, 100]), caseTemperatureC: pick(dice, casesC),
    view: pick(dice, ['worst-case', 'typical'] as const), extraLossDb: pick(dice, [0, 0.1 + 0.2, 100]), failedChannels: pick(dice, [0, 1, 10_000]), ageYears: pick(dice, [0, 5, 50]),
    ...(farPart === undefined ? {} : { farPart }), ...(laserPart === undefined ? {} : { laserPart }), ...(fibrePart === undefined ? {} : { fibrePart }),
    ...(switchPart === undefined ? {} : { circuit: { switchPart, bidirectional: dice.uniform() < 0.5 } }),
  };
}

/** Paths in an answer that hold a number that is none, or a text nobody can read. */
function unreadable(value: unknown, path: string): readonly string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} = ${value}`];
  if (typeof value === 'string') return /NaN|Infinity|undefined|\d\.\d{8,}/.test(value) ? [`${path}: ${value}`] : [];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => unreadable(inner, `${path}.${key}`)) : [];
}

test('no request makes the link model throw, answer with a number that is none, or print the noise of binary fractions', () => {
  const dice = createDice(20261122);
  const codes = new Set<string>();
  for (let round = 0; round < 6000; round++) {
    const request = draw(dice);
    const answer = evaluateLink(request);
    assert.deepEqual(unreadable(answer, ''), [], `${request.part.id} ${request.lengthM} m ${request.caseTemperatureC} C`);
    codes.add(isRefusal(answer) ? answer.code : answer.refusal?.code ?? 'closes');
  }
  // The draws are wide enough to meet every way to end.
  const met = ['closes', 'not-a-link', 'incompatible-ends', 'link-does-not-close', 'outside-temperature-range', 'laser-beyond-rollover', 'line-outside-window', 'wrong-fibre', 'beyond-reach'];
  for (const code of met) assert.ok(codes.has(code), code);
});
