/** Writes a file whole or not at all, so that a reader never meets half of it. */

import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import { systemCode } from './regular-file.ts';

/** Writes beside the target and renames. Issue `cannot-write` names the path and the system's reason. */
export function writeWholeFile(path: string, text: string): Parsed<string> {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    writeFileSync(beside, text, { flag: 'wx' });
    renameSync(beside, path);
    return parsed(path);
  } catch (fault) {
    rmSync(beside, { force: true });
    return rejected({ code: 'cannot-write', file: path, message: `The file cannot be written (${systemCode(fault)})`, remedy: 'Name a file in a folder that exists and may be written' });
  }
}
