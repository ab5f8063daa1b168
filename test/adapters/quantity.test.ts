/** Values with units: what they mean inside, and how a wrong one is told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatIssue } from '../../src/base/issue.ts';
import type { DimensionName } from '../../src/adapters/quantity.ts';
import { dimensionOf, dimensions, parseQuantity } from '../../src/adapters/quantity.ts';
import { quantityPattern } from '../../src/adapters/spec/fields.ts';

function inner(text: string | number, dimension: DimensionName): number | string {
  const result = parseQuantity(text, dimension);
  return result.ok ? result.value : (result.issues[0]?.code ?? '');
}

// By definition: 1 GB/s = 8 Gb/s; 1 MiB = 1,048,576 bytes of 8 bits; 0 C = 273.15 K; 1 min = 60e9 ns.
test('units convert to ns, bit, Gb/s, m, C, dB, W, pJ/bit, $ and TFLOP/s', () => {
  assert.equal(inner('400Gbps', 'rate'), 400);
  assert.equal(inner('450 GB/s', 'rate'), 3600);
  assert.equal(inner('1.6Tb/s', 'rate'), 1600);
  assert.equal(inner('35m', 'length'), 35);
  assert.equal(inner('600mm', 'length'), 0.6);
  assert.equal(inner('64MiB', 'data'), 64 * 1048576 * 8);
  assert.equal(inner('27C', 'temperature'), 27);
  assert.equal(inner('300.15K', 'temperature'), 27);
  assert.equal(inner('3.5dB', 'ratio'), 3.5);
  assert.equal(inner('-2.2dBm', 'level'), -2.2);
  assert.equal(inner('2min', 'time'), 120e9);
  assert.equal(inner('1.2kW', 'power'), 1200);
  assert.equal(inner('640$', 'money'), 640);
  assert.equal(inner('1PFLOP/s', 'flops'), 1000);
  assert.equal(inner('1_000m', 'length'), 1000);
  assert.equal(inner('.5e3m', 'length'), 500);
});

test('a fraction may be bare or a percentage', () => {
  assert.equal(inner('40%', 'fraction'), 0.4);
  assert.equal(inner(0.4, 'fraction'), 0.4);
});

test('only 0 may go without unit, and no temperature may', () => {
  assert.equal(inner(0, 'length'), 0);
  assert.equal(inner('0', 'rate'), 0);
  assert.equal(inner(0, 'temperature'), 'missing-unit');
  assert.equal(inner(400, 'rate'), 'missing-unit');
});

test('what is not a quantity of the dimension has its own code', () => {
  assert.equal(inner('fast', 'rate'), 'not-a-quantity');
  assert.equal(inner('', 'rate'), 'not-a-quantity');
  assert.equal(inner('35 dB', 'length'), 'unknown-unit');
  assert.equal(inner('1e400m', 'length'), 'not-finite');
  assert.equal(inner(Number.NaN, 'length'), 'not-a-quantity');
  assert.equal(inner(Number.POSITIVE_INFINITY, 'length'), 'not-a-quantity');
  assert.equal(inner('1constructor', 'length'), 'unknown-unit');
});

test('wrong capitals are pointed out, because mW and MW differ in nothing else', () => {
  const result = parseQuantity('400gbps', 'rate');
  assert.match(result.ok ? '' : result.issues.map(formatIssue).join(), /"gbps" is not a unit of rate \(did you mean "Gbps"\?\) \(got 400gbps\)/);
});

const names = Object.keys(dimensions) as DimensionName[];

test('every unit of every dimension reads back at its own factor, and the JSON Schema pattern accepts it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.nat(), (name, value, pick) => {
      const { units, offsets } = dimensionOf(name);
      const unit = Object.keys(units)[pick % Object.keys(units).length] ?? '';
      const text = `${value}${unit}`;
      const result = parseQuantity(text, name);
      assert.ok(result.ok, text);
      assert.equal(result.value, value * (units[unit] ?? Number.NaN) + (offsets?.[unit] ?? 0));
      assert.match(text, new RegExp(quantityPattern(name)));
    }),
    { seed: 35, numRuns: 500 },
  );
});

test('no text makes the quantity reader throw', () => {
  fc.assert(fc.property(fc.constantFrom(...names), fc.string({ unit: 'binary' }), (name, text) => {
    const result = parseQuantity(text, name);
    return result.ok ? Number.isFinite(result.value) : result.issues.length === 1;
  }), { seed: 400, numRuns: 1000 });
});
