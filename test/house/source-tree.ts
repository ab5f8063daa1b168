/** Reads the source tree once for the house tests: files, their imports, and a syntax tree with types stripped. */

import { readFileSync, readdirSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Program } from 'acorn';
import { parse } from 'acorn';

export const projectRoot: string = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceFile {
  /** Path from the project root with forward slashes, e.g. `src/base/dice.ts`. */
  readonly path: string;
  readonly text: string;
}

/** Declarations that a generator wrote beside its JavaScript; nobody tidies those by hand. */
const isGenerated = (path: string): boolean => path.includes('/generated/');

/** Every TypeScript file below the given folders that a person wrote, in path order. */
export function sourceFiles(...folders: readonly string[]): readonly SourceFile[] {
  return folders
    .flatMap((folder) => readdirSync(`${projectRoot}${folder}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(projectRoot.length).replaceAll('\\', '/').replace(/^\/+/, '').replaceAll('//', '/')))
    .filter((path) => !isGenerated(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(`${projectRoot}${path}`, 'utf8') }));
}

export interface ImportLine {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

const importPattern = /^[ \t]*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

/** Static and dynamic imports and re-exports of a file. */
export function importsOf(file: SourceFile): readonly ImportLine[] {
  return [...file.text.matchAll(importPattern)].map((match) => ({
    specifier: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
    line: file.text.slice(0, match.index).split('\n').length,
  }));
}

export interface Stripped {
  readonly javascript: string;
  readonly tree: Program;
}

/** The file as JavaScript with every type blanked out, so that positions stay those of the source. */
export function strip(file: SourceFile): Stripped {
  const javascript = stripTypeScriptTypes(file.text, { mode: 'strip' });
  return { javascript, tree: parse(javascript, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true, locations: true }) };
}
