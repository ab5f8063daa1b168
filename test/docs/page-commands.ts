/** The commands that a page of the documentation prints in its blocks, and a way to run each as it stands there. */

import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CommandModule } from '../../src/app/command.ts';
import { runCommand } from '../app/run-command.ts';
import type { Ran } from '../app/run-command.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const readPage = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Lines of `sh` blocks, and of other blocks those behind a prompt `$ `, without comments; each command once. */
export function blockCommands(page: string): readonly string[] {
  const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  const lines = blocks.flatMap(([, language, text = '']) => {
    const own = text.trimEnd().replaceAll(/\\\n\s*/g, ' ').split('\n');
    return language === 'sh' ? own : own.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
  });
  return [...new Set(lines.map((line) => line.replace(/\s+# .*$/, '').trim()).filter((line) => line !== '' && !line.startsWith('#')))];
}

/** Words of a command line as a shell parts them, without what it redirects. */
const wordsOf = (line: string): readonly string[] => [...line.replace(/ > \S+$/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? '');

/** The module of a command, by the house's naming of files and exports. */
export async function commandModule(name: string): Promise<CommandModule> {
  const exported = `${name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}Command`;
  const file = (await import(new URL(`../../src/app/commands/${name}.ts`, import.meta.url).href)) as Readonly<Record<string, CommandModule>>;
  const module = file[exported];
  if (module === undefined) throw new Error(`src/app/commands/${name}.ts exports no ${exported}`);
  return module;
}

/** Gives a folder the project's own files under the names that the pages use. */
export function linkProject(folder: string): void {
  for (const name of ['examples', 'test', 'ops']) symlinkSync(join(root, name), join(folder, name));
}

/** Runs one line in the folder that the process stands in: `heliostat` in this process, whatever else in a shell. */
export async function runLine(line: string, { extra = [] }: { readonly extra?: readonly string[] } = {}): Promise<Ran> {
  const [program, ...words] = wordsOf(line);
  if (program === 'heliostat') return runCommand([await commandModule(words[0] ?? '')], ...words, ...extra);
  const run = spawnSync('/bin/sh', ['-c', line], { encoding: 'utf8', timeout: 120_000 });
  return { code: run.status === 0 ? 0 : 1, stdout: run.stdout, stderr: run.stderr };
}
