/** `heliostat schema` as a user meets it: one JSON Schema per kind, which the examples satisfy. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { JsonSchema } from '../../src/adapters/spec/fields.ts';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

function run(...args: readonly string[]): { readonly code: number | null; readonly out: string; readonly complaints: string } {
  const ran = spawnSync(process.execPath, [file('src/app/main.ts'), 'schema', ...args], { encoding: 'utf8' });
  return { code: ran.status, out: ran.stdout, complaints: ran.stderr };
}

const typeOf = (value: unknown): readonly string[] => {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['number', 'integer'] : ['number'];
  return [typeof value];
};

/** Where a value breaks a schema: the keywords that our schemas use, by their definition in draft 2020-12. */
function breaks(schema: JsonSchema, value: unknown, path: string): readonly string[] {
  const found: string[] = [];
  const types = schema.type === undefined ? null : typeof schema.type === 'string' ? [schema.type] : schema.type;
  if (types !== null && !types.some((type) => typeOf(value).includes(type))) found.push(`${path}: is no ${types.join(' or ')}`);
  if (schema.const !== undefined && value !== schema.const) found.push(`${path}: is not ${String(schema.const)}`);
  if (schema.enum !== undefined && !schema.enum.includes(value)) found.push(`${path}: is none of ${schema.enum.join()}`);
  if (typeof value === 'string' && schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) found.push(`${path}: does not match`);
  if (typeof value === 'number' && (value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity))) found.push(`${path}: is out of bounds`);
  if (schema.anyOf !== undefined && !schema.anyOf.some((option) => breaks(option, value, path).length === 0)) found.push(`${path}: fits no alternative`);
  if (schema.oneOf !== undefined && schema.oneOf.filter((option) => breaks(option, value, path).length === 0).length !== 1) found.push(`${path}: does not fit one alternative`);
  if (Array.isArray(value)) value.forEach((item, index) => found.push(...breaks(schema.items ?? {}, item, `${path}[${index}]`)));
  else if (typeof value === 'object' && value !== null) {
    for (const key of schema.required ?? []) if (!Object.hasOwn(value, key)) found.push(`${path}.${key}: is missing`);
    for (const [key, inner] of Object.entries(value)) {
      const property = schema.properties?.[key];
      if (property !== undefined) found.push(...breaks(property, inner, `${path}.${key}`));
      else if (schema.additionalProperties === false) found.push(`${path}.${key}: is not allowed`);
      else if (typeof schema.additionalProperties === 'object') found.push(...breaks(schema.additionalProperties, inner, `${path}.${key}`));
    }
  }
  return found;
}

const schemaOf = (kind: string): JsonSchema => {
  const { code, out } = run(kind);
  assert.equal(code, 0);
  return JSON.parse(out) as JsonSchema;
};

const examples: Readonly<Record<string, readonly string[]>> = {
  cluster: ['cluster-1024.yaml'],
  workload: ['workload-llama-405b.yaml', 'workload-mixtral.yaml', 'workload-deepseek-v3.yaml'],
  study: ['optics-choice.yaml'],
  timeline: ['timeline-faults.yaml'],
  policy: ['policy.yaml'],
};

for (const [kind, names] of Object.entries(examples)) {
  test(`the schema of a ${kind} is draft 2020-12 and accepts the examples`, () => {
    const schema = schemaOf(kind);
    assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
    for (const name of names) assert.deepEqual(breaks(schema, parse(readFileSync(file(`examples/${name}`), 'utf8')), name), []);
  });
}

test('the schema refuses what the reader refuses', () => {
  const schema = schemaOf('cluster');
  const good = { kind: 'Cluster', version: 1, name: 'x', gpus: 8, accelerator: 'h100', fabric: { kind: 'rail-optimised' } };
  assert.deepEqual(breaks(schema, good, ''), []);
  assert.deepEqual(breaks(schema, { ...good, gpus: 0 }, ''), ['.gpus: is out of bounds']);
  assert.deepEqual(breaks(schema, { ...good, gpus: 1e9 }, ''), ['.gpus: is out of bounds']);
  assert.deepEqual(breaks(schema, { ...good, rate: 400 }, ''), ['.rate: is out of bounds']);
  assert.deepEqual(breaks(schema, { ...good, rate: '400m' }, ''), ['.rate: does not match']);
  assert.deepEqual(breaks(schema, { ...good, floor: { slack: 0, rackPitch: '600mm' } }, ''), []);
  assert.deepEqual(breaks(schema, { ...good, gpuPerNode: 8 }, ''), ['.gpuPerNode: is not allowed']);
  assert.deepEqual(breaks(schema, { ...good, switch: { preset: 'switch-51t-64x800g', power: { value: '1kW', kind: 'measured', source: 'us' } } }, ''), []);
});

test('an unknown kind is an issue with exit code 2, and help shows examples', () => {
  const { code, out, complaints } = run('clutser');
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.match(complaints, /There is no such kind of spec \(got clutser\)\. Did you mean `cluster`\?/);
  assert.equal(run().code, 2);
  assert.match(run('--help').out, /yaml-language-server/);
});
