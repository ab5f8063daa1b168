/** Reads spec files and the files they refer to; whatever goes wrong is an issue with a place. */

import { dirname, isAbsolute, join } from 'node:path';
import type { Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { FileProblem } from '../regular-file.ts';
import { readRegularText } from '../regular-file.ts';
import type { Checked } from './shape-issues.ts';
import { issueAt } from './shape-issues.ts';
import type { DocumentPath } from './source-tree.ts';
import { shorten, specCharactersMax } from './source-tree.ts';

export interface FileText {
  readonly file: string;
  readonly text: string;
}

/** A UTF-8 character takes at most four bytes; a larger file is refused before it is read. */
const specBytesMax = 4 * specCharactersMax;

/** The file's name goes into the message, because a problem may be reported in the file that refers to it. */
function readText(file: string): { readonly text: string } | FileProblem {
  const read = readRegularText(file, { bytesMax: specBytesMax, wanted: 'a YAML spec file' });
  if ('text' in read) return read;
  const message = `\`${shorten(file)}\`: ${read.message.charAt(0).toLowerCase()}${read.message.slice(1)}`;
  return { ...read, message, ...(read.code === 'missing-file' ? { remedy: 'Check the name; relative names start at the file that refers to them' } : {}) };
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
