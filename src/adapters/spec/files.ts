/** Reads spec files and the files they refer to; whatever goes wrong is an issue with a place. */

import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { Checked } from './shape-issues.ts';
import { issueAt } from './shape-issues.ts';
import type { DocumentPath } from './source-tree.ts';
import { shorten, specCharactersMax } from './source-tree.ts';

export interface FileText {
  readonly file: string;
  readonly text: string;
}

type FileProblem = Pick<Issue, 'code' | 'message' | 'remedy'>;

/** A UTF-8 character takes at most four bytes; a larger file is refused before it is read. */
const specBytesMax = 4 * specCharactersMax;

function problemOf(error: unknown, file: string): FileProblem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const name = shorten(file);
  if (code === 'ENOENT' || code === 'ENOTDIR') return { code: 'missing-file', message: `There is no file \`${name}\``, remedy: 'Check the name; relative names start at the file that refers to them' };
  if (code === 'EACCES' || code === 'EPERM') return { code: 'unreadable-file', message: `The file \`${name}\` may not be read`, remedy: 'Give yourself permission to read it' };
  return { code: 'unreadable-file', message: `The file \`${name}\` cannot be read${code === '' ? '' : ` (${code})`}`, remedy: 'Check the name and the disk' };
}

const notText = (file: string): FileProblem => ({ code: 'not-text', message: `\`${shorten(file)}\` is not UTF-8 text`, remedy: 'Save it as UTF-8, or name a YAML file' });

function readText(file: string): { readonly text: string } | FileProblem {
  let bytes: Uint8Array;
  try {
    const found = statSync(file);
    if (!found.isFile()) return { code: 'not-a-file', message: `\`${shorten(file)}\` is not a regular file`, remedy: 'Name a YAML file' };
    if (found.size > specBytesMax) return {
      code: 'file-too-large',
      message: `\`${shorten(file)}\` has ${found.size} bytes, and a spec file may hold at most ${specCharactersMax} characters`,
      remedy: 'Split it, or check that this is a spec file',
    };
    bytes = readFileSync(file);
  } catch (error) {
    return problemOf(error, file);
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return notText(file);
  }
}

/** The text of a file named on the command line. */
export function readFileText(file: string): Parsed<FileText> {
  const read = readText(file);
  return 'text' in read ? parsed({ file, text: read.text }) : rejected({ ...read, file, line: 1, column: 1 });
}

/** A name as written in a file, seen from that file. */
export const resolveFrom = (file: string, name: string): string => (isAbsolute(name) ? name : join(dirname(file), name));

/** The text of a file that another file refers to; a problem is reported where the reference stands. */
export function readReferenced(from: string, name: string, checked: Pick<Checked, 'tree' | 'prefix'>, path: DocumentPath): Parsed<FileText> {
  const file = resolveFrom(from, name);
  const read = readText(file);
  return 'text' in read ? parsed({ file, text: read.text }) : rejected(issueAt(checked, path, read));
}
