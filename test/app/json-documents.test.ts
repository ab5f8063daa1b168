/** The page of `--json` documents tells the truth: each table lists exactly the fields that its example prints. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(`${root}docs/json.md`, 'utf8');

interface Section {
  readonly command: string;
  readonly example: readonly string[];
  readonly fields: readonly { readonly name: string; readonly isOptional: boolean }[];
}

/** Sections with a runnable example (one that names no file of the reader's own) and a table of fields. */
function sections(): readonly Section[] {
  return page.split(/^## /m).slice(1).flatMap((text): readonly Section[] => {
    const command = text.slice(0, text.indexOf('\n')).trim();
    const example = /`heliostat ([^`]+)`/.exec(text)?.[1]?.split(' ') ?? [];
    const firstColumns = [...text.matchAll(/^\| ([^|]+) \|/gm)].map((match) => match[1] ?? '').filter((cell) => cell.includes('`'));
    const fields = firstColumns.flatMap((cell) => [...cell.matchAll(/(\*?)`([^`]+)`/g)].map((match) => ({ name: match[2] ?? '', isOptional: match[1] === '*' })));
    return fields.length === 0 || example.some((word) => /^(?:FILE|CASE|RUN)/.test(word)) ? [] : [{ command, example, fields }];
  });
}

test('every command has a section', () => {
  const main = readFileSync(`${root}src/app/main.ts`, 'utf8');
  const commands = [...main.matchAll(/^ {2}'?([a-z-]+)'?: async \(\) =>/gm)].map((match) => match[1] ?? '').sort();
  const described = [...page.matchAll(/^## (.+)$/gm)].map((match) => match[1] ?? '').sort();
  assert.ok(commands.length > 10);
  assert.deepEqual(described, commands);
});

for (const { command, example, fields } of sections()) {
  test(`the document of ${command} has the fields that the page lists`, () => {
    const run = spawnSync(process.execPath, ['src/app/main.ts', ...example], { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
    const printed = JSON.parse(run.stdout) as Record<string, unknown> | readonly Record<string, unknown>[];
    const names = Object.keys(Array.isArray(printed) ? (printed[0] as Record<string, unknown>) : printed);
    const known = new Set(fields.map((field) => field.name));
    assert.deepEqual(names.filter((name) => !known.has(name)), [], 'fields that the page lacks');
    assert.deepEqual(fields.filter((field) => !field.isOptional && !names.includes(field.name)).map((field) => field.name), [], 'fields that are not printed');
  });
}

test('every relative link and path of the documents leads somewhere', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...['architecture', 'glossary', 'json', 'links', 'spec', 'step-time', 'thermal', 'accuracy'].map((name) => `docs/${name}.md`)];
  const broken = documents.flatMap((name) => {
    const folder = name.includes('/') ? 'docs/' : '';
    const targets = [...readFileSync(`${root}${name}`, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '');
    return targets.filter((target) => !existsSync(`${root}${folder}${target}`)).map((target) => `${name}: ${target}`);
  });
  assert.deepEqual(broken, []);
});
