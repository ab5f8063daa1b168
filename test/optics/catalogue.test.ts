/** The catalogue states what its sources state, and every added figure says that it is an estimate. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { builtInParts, createCatalogue, figureOf, requirePart, sourcedParts, textOf } from '../../src/optics/catalogue/catalogue.ts';
import { completions } from '../../src/optics/catalogue/completions.ts';
import type { Param, Part } from '../../src/optics/part.ts';
import { sharedTest } from '../shared.ts';

interface Fact {
  readonly value?: unknown;
  readonly range?: readonly [number, number];
  readonly unit: string;
  readonly basis: 'published' | 'estimate';
  readonly seen: boolean;
  readonly source: string;
  readonly note?: string;
}
interface FactPart {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly year: number;
  readonly vendor?: string;
  readonly params: Readonly<Record<string, Fact>>;
}

sharedTest('every part and every figure of the facts is in the catalogue with its value, unit, evidence and source', 'facts/parts.json', (path) => {
  const facts = JSON.parse(readFileSync(path, 'utf8')) as readonly FactPart[];
  const catalogue = createCatalogue();
  assert.equal(sourcedParts.length, facts.length);
  for (const fact of facts) {
    const part = catalogue.find(fact.id);
    assert.ok(part, fact.id);
    assert.deepEqual([part.kind, part.name, part.year, part.vendor], [fact.kind, fact.name, fact.year, fact.vendor]);
    for (const [name, stated] of Object.entries(fact.params)) {
      const param: Param | undefined = part.params[name];
      const place = `${fact.id}.${name}`;
      assert.ok(param, place);
      assert.deepEqual(param.value, stated.range ?? stated.value, place);
      assert.equal(param.isRange === true, stated.range !== undefined, place);
      assert.equal(param.unit, stated.unit, place);
      assert.equal(param.kind, stated.basis, place);
      // "same" in the facts points at the line above it; the catalogue spells it out.
      if (stated.source !== 'same') assert.equal(param.source, stated.source, place);
      if (stated.basis === 'published' && !stated.seen) assert.match(param.note ?? '', /^recalled/, place);
      if (stated.note !== undefined) assert.ok(param.note?.endsWith(stated.note), place);
    }
  }
});

test('a completion never hides a sourced figure, names a part that exists and is marked as estimate or recalled', () => {
  for (const [id, params] of Object.entries(completions)) {
    const part = sourcedParts.find((candidate) => candidate.id === id);
    assert.ok(part, id);
    const complete = builtInParts.find((candidate) => candidate.id === id);
    for (const [name, param] of Object.entries(params)) {
      assert.ok(param.kind === 'estimate' || param.note?.startsWith('recalled'), `${id}.${name}`);
      assert.notEqual(param.source, '', `${id}.${name}`);
      assert.deepEqual(complete?.params[name], part.params[name] ?? param, `${id}.${name}`);
    }
  }
});

test('every figure of every part has a source, and part ids are unique', () => {
  assert.equal(new Set(builtInParts.map((part) => part.id)).size, builtInParts.length);
  for (const part of builtInParts) {
    for (const [name, param] of Object.entries(part.params)) assert.ok(param.source.length > 2, `${part.id}.${name}`);
  }
});

test('a range gives its midpoint and both ends, a number gives itself, text gives no figure', () => {
  const part = createCatalogue().find('dr8-800g');
  assert.ok(part);
  // 800G DR8: 14 to 16 W typical, so 15 W in the middle.
  const typical = figureOf(part, 'power_typ');
  assert.deepEqual([typical?.value, typical?.low, typical?.high, typical?.unit, typical?.kind], [15, 14, 16, 'W', 'published']);
  assert.deepEqual([figureOf(part, 'power')?.value, figureOf(part, 'power')?.low], [17, 17]);
  assert.equal(figureOf(part, 'fru'), null);
  assert.equal(figureOf(part, 'constructor'), null);
  assert.equal(textOf(part, 'fru'), 'module');
});

test('an override changes the named parameter only, and a new id adds a part', () => {
  const price = { value: 0.3, unit: '$/Gb/s (2027)', kind: 'measured', source: 'our purchase orders' } as const;
  const overrides: readonly Part[] = [
    { id: 'dr8-800g', kind: 'pluggable-dsp', name: '800G DR8, our contract', year: 2027, params: { cost_per_gbps: price } },
    { id: 'house-optic', kind: 'lpo', name: 'House optic', year: 2027, params: {} },
  ];
  const catalogue = createCatalogue(overrides);
  const part = catalogue.find('dr8-800g');
  assert.ok(part);
  assert.equal(figureOf(part, 'cost_per_gbps')?.value, 0.3);
  assert.equal(figureOf(part, 'power')?.value, 17);
  assert.equal(catalogue.parts.length, builtInParts.length + 1);
  assert.ok(catalogue.find('house-optic'));
});

test('an unknown part is an issue that suggests the nearest ids', () => {
  const asked = requirePart(createCatalogue(), 'dr8-80g');
  assert.ok(!asked.ok);
  assert.equal(asked.issues[0]?.code, 'unknown-part');
  // One letter is missing from dr8-800g, so it is the nearest by edit distance.
  assert.match(asked.issues[0]?.remedy ?? '', /^Did you mean dr8-800g/);
  assert.match(requirePart(createCatalogue(), 'bailly').ok === false ? 'issue' : '', /issue/);
});
