/** Holds the direction of the house: rooms import only what the table allows, and pure rooms touch nothing outside. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { directionAsMarkdown, rooms } from './direction.ts';
import type { SourceFile } from './source-tree.ts';
import { importsOf, projectRoot, sourceFiles } from './source-tree.ts';

/** Rooms live in `src/`, but for the browser application, which is built. */
const roomOf = (path: string): string => (path.startsWith('ui/') ? 'ui' : path.split('/')[1] ?? '');
/** A folder of a room that the table may name by itself. */
const folderOf = (path: string): string => path.split('/').slice(1, 3).join('/');

/** Everything the direction table forbids in one file, as readable lines. */
function violations(file: SourceFile): readonly string[] {
  const room = rooms.find((candidate) => candidate.name === roomOf(file.path));
  if (room === undefined) return [`${file.path}: no room of that name in the direction table`];
  return importsOf(file).flatMap(({ specifier, typeOnly, line }) => {
    const place = `${file.path}:${line}`;
    if (!specifier.startsWith('.')) return room.pure ? [`${place}: a pure room imports the package "${specifier}"`] : [];
    const path = posix.join(posix.dirname(file.path), specifier);
    const target = roomOf(path);
    if (target === room.name) return [];
    const reach = room.mayImport[target] ?? room.mayImport[folderOf(path)];
    if (reach === undefined) return [`${place}: ${room.name} may not import ${target}`];
    return reach === 'types' && !typeOnly ? [`${place}: ${room.name} may import only types from ${target}`] : [];
  });
}

test('rooms import only in the direction of the house', () => {
  assert.deepEqual(sourceFiles('src', 'ui/src').flatMap(violations), []);
});

test('every folder of src is a room of the direction table', () => {
  const folders = readdirSync(`${projectRoot}src`).sort();
  const unknown = folders.filter((folder) => !rooms.some((room) => room.name === folder));
  assert.deepEqual(unknown, []);
});

test('a wrong import is caught', () => {
  const wrong = (path: string, text: string): number => violations({ path, text }).length;
  assert.equal(wrong('src/base/x.ts', "import { a } from '../optics/part.ts';"), 1);
  assert.equal(wrong('src/sim/x.ts', "import { readFileSync } from 'node:fs';"), 1);
  assert.equal(wrong('src/plan/x.ts', "import type { A } from '../sim/flow-program.ts';"), 1);
  assert.equal(wrong('src/adapters/x.ts', "import { runFlows } from '../sim/engine.ts';"), 1);
  assert.equal(wrong('src/adapters/x.ts', "import type { FlowProgram } from '../sim/flow-program.ts';"), 0);
  assert.equal(wrong('src/study/x.ts', "export * from '../adapters/quantity.ts';"), 1);
  assert.equal(wrong('ui/src/x.tsx', "import type { A } from '../../src/app/main.ts';"), 1);
  assert.equal(wrong('ui/src/x.tsx', "import { b } from '../../src/control/fact.ts';"), 1);
  assert.equal(wrong('ui/src/x.tsx', "import type { A } from '../../src/app/contract/work.ts';"), 0);
  assert.equal(wrong('src/fabric/x.ts', "const late = await import('../traffic/classes.ts');"), 1);
});

test('pure rooms are compiled without Node and DOM types', () => {
  const config = JSON.parse(readFileSync(`${projectRoot}tsconfig.pure.json`, 'utf8')) as { include: string[]; compilerOptions: { types: string[]; lib: string[] } };
  assert.deepEqual([...config.include].sort(), rooms.filter((room) => room.pure).map((room) => `src/${room.name}`).sort());
  assert.deepEqual(config.compilerOptions.types, []);
  assert.ok(!config.compilerOptions.lib.some((name) => name.toLowerCase().startsWith('dom')));
});

test('the architecture page prints the direction table as it is', () => {
  const page = readFileSync(`${projectRoot}docs/architecture.md`, 'utf8');
  assert.ok(page.includes(directionAsMarkdown()), `docs/architecture.md should contain:\n${directionAsMarkdown()}`);
});
