/** docs/spec.md keeps step with the schema: `node test/adapters/spec-reference.test.ts --update` rewrites its tables. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { JsonSchema } from '../../src/adapters/spec/fields.ts';
import { specReferenceMarkdown } from '../../src/adapters/spec/reference.ts';
import { schemaFor } from '../../src/adapters/spec/schemas.ts';
import { schemaKinds } from '../../src/adapters/spec/spec.ts';

const page = fileURLToPath(new URL('../../docs/spec.md', import.meta.url));
const marker = '<!-- The tables below are made from the schema. -->\n';

const [introduction = ''] = readFileSync(page, 'utf8').split(marker);
const expected = `${introduction}${marker}\n${specReferenceMarkdown()}`;
if (process.argv.includes('--update')) writeFileSync(page, expected);

test('the reference page lists every field as the schema states it', () => {
  assert.equal(readFileSync(page, 'utf8'), expected);
});

/** Every schema below a schema, with its path. */
function below(schema: JsonSchema, path: string): readonly (readonly [string, JsonSchema])[] {
  const inner: (readonly [string, JsonSchema])[] = [[path, schema]];
  for (const [key, property] of Object.entries(schema.properties ?? {})) inner.push(...below(property, `${path}.${key}`));
  for (const option of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) inner.push(...below(option, path));
  if (schema.items !== undefined) inner.push(...below(schema.items, `${path}[]`));
  if (typeof schema.additionalProperties === 'object') inner.push(...below(schema.additionalProperties, `${path}.*`));
  return inner;
}

test('every field has a description, and every example of a quantity matches its own pattern', () => {
  for (const kind of schemaKinds) {
    for (const [path, schema] of below(schemaFor(kind), kind)) {
      for (const [key, property] of Object.entries(schema.properties ?? {})) assert.ok((property.description ?? '') !== '', `${path}.${key} has no description`);
      const { pattern, examples, default: fallback } = schema;
      if (pattern === undefined) continue;
      for (const written of [...(examples ?? []), ...(fallback === undefined ? [] : [fallback])]) assert.match(String(written), new RegExp(pattern), path);
    }
  }
});

test('no map takes fields that the schema does not list', () => {
  for (const kind of schemaKinds) {
    for (const [path, schema] of below(schemaFor(kind), kind)) {
      if (schema.properties !== undefined) assert.equal(schema.additionalProperties, false, path);
    }
  }
});
