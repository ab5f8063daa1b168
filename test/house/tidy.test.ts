/** The tidy test: counts of untidy places may fall, never rise. `node test/house/tidy.test.ts --update` lowers the ratchet. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Mess } from './tidy-rules.ts';
import { messesOf } from './tidy-rules.ts';
import { projectRoot, sourceFiles } from './source-tree.ts';

const ratchetPath = `${projectRoot}test/house/ratchet.json`;

/** Allowed places, as `rule` -> `path` -> count. */
type Ratchet = Record<string, Record<string, number>>;

const messes: readonly Mess[] = sourceFiles('src', 'ui/src', 'bench', 'scripts', 'test').flatMap(messesOf);

function count(places: readonly Mess[]): Ratchet {
  const counts: Ratchet = {};
  for (const { rule, path } of places) {
    const perPath = (counts[rule] ??= {});
    perPath[path] = (perPath[path] ?? 0) + 1;
  }
  return counts;
}

const allowed = JSON.parse(readFileSync(ratchetPath, 'utf8')) as Ratchet;
const found = count(messes);

/** The ratchet after an update: what is there now, but never more than was allowed before. */
function lowered(): Ratchet {
  const next: Ratchet = {};
  for (const [rule, paths] of Object.entries(found)) {
    for (const [path, places] of Object.entries(paths)) {
      const before = allowed[rule]?.[path] ?? 0;
      if (before > 0) (next[rule] ??= {})[path] = Math.min(before, places);
    }
  }
  return next;
}

if (process.argv.includes('--update')) writeFileSync(ratchetPath, `${JSON.stringify(lowered(), null, 2)}\n`);

test('no file is untidier than the ratchet allows', () => {
  const over = messes.filter(({ rule, path }) => (found[rule]?.[path] ?? 0) > (allowed[rule]?.[path] ?? 0));
  assert.deepEqual(over.map(({ rule, path, line, what }) => `${path}:${line}: ${rule}: ${what}`), []);
});

test('the ratchet is as low as the tree allows', () => {
  const loose = Object.entries(allowed).flatMap(([rule, paths]) => Object.entries(paths)
    .filter(([path, places]) => places > (found[rule]?.[path] ?? 0))
    .map(([path]) => `${rule}: ${path}: lower the ratchet with "node test/house/tidy.test.ts --update"`));
  assert.deepEqual(loose, []);
});

test('each rule catches what it forbids', () => {
  const rulesBrokenBy = (text: string): readonly string[] => [...new Set(messesOf({ path: 'src/base/x.ts', text }).map((mess) => mess.rule))];
  const purpose = '/** Purpose. */\n';
  assert.deepEqual(rulesBrokenBy(`${purpose}export const a = 1;\n`), []);
  assert.deepEqual(rulesBrokenBy('export const a = 1;\n'), ['no purpose']);
  assert.deepEqual(rulesBrokenBy(`${purpose}export default 1;\n`), ['default export']);
  assert.deepEqual(rulesBrokenBy(`${purpose}const a: number[] = []; export const b = a[0]!;\n`), ['non-null assertion']);
  assert.deepEqual(rulesBrokenBy('/** Purpose. Bounds hold because a has one item. */\nconst a = [0]; export const b = a[0]!;\n'), []);
  assert.deepEqual(rulesBrokenBy(`${purpose}export const a = 1 as any;\n`), ['any']);
  assert.deepEqual(rulesBrokenBy(`${purpose}try { JSON.parse(''); } catch {}\n`), ['empty catch']);
  assert.deepEqual(rulesBrokenBy(`${purpose}export function f(): void {\n${'  f();\n'.repeat(70)}}\n`), ['long function']);
  const inElements = 'export const B = ({ a }: { a: number[] }) => <b>{a[0]!}</b>;\n';
  assert.deepEqual(messesOf({ path: 'ui/src/b.tsx', text: purpose + inElements }).map((mess) => mess.rule), ['non-null assertion']);
  assert.deepEqual(messesOf({ path: 'src/base/utils.ts', text: purpose }).map((mess) => mess.rule), ['vague name']);
});
