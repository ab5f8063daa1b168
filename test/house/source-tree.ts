/** Reads the source tree once for the house tests: files, their imports, and a syntax tree with types stripped. */

import { readFileSync, readdirSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';
import { parseSync } from 'vite';

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
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
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

/** A node of either parser's tree; `start` is its offset in the source. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Stripped {
  readonly javascript: string;
  readonly tree: SyntaxNode;
}

/**
 * The file as JavaScript with every type blanked out, so that positions stay those of the source. Node strips no types from files
 * with elements in them: the bundler's parser reads those as they are, and only their non-null assertions are blanked.
 */
export function strip(file: SourceFile): Stripped {
  if (!file.path.endsWith('.tsx')) {
    const javascript = stripTypeScriptTypes(file.text, { mode: 'strip' });
    return { javascript, tree: parse(javascript, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true }) as unknown as SyntaxNode };
  }
  const { program, errors } = parseSync(file.path, file.text, { lang: 'tsx', sourceType: 'module' });
  if (errors.length > 0) throw new Error(`${file.path}: ${errors[0]?.message ?? 'unreadable'}`);
  const tree = program as unknown as SyntaxNode;
  let javascript = file.text;
  everyNode(tree, ({ type, end }) => {
    if (type === 'TSNonNullExpression') javascript = `${javascript.slice(0, end - 1)} ${javascript.slice(end)}`;
  });
  return { javascript, tree };
}

/** Visits a node and everything below it. */
export function everyNode(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value as unknown[] : [value]) {
      if (typeof child === 'object' && child !== null && typeof (child as SyntaxNode).type === 'string') everyNode(child as SyntaxNode, visit);
    }
  }
}
