/** Reads a file of runs for the commands that predict them: JSON in the run format, or vTrain's table. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseRuns } from '../adapters/run-file.ts';
import { isVtrainTable, parseVtrainTable } from '../adapters/vtrain-table.ts';
import type { Parsed } from '../base/issue.ts';
import { rejected } from '../base/issue.ts';
import type { RunRow } from '../traffic/run-row.ts';

/** Issue codes: `unreadable-file` and those of the file's parser. */
export function readRuns(path: string): Parsed<readonly RunRow[]> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (fault) {
    const code = (fault as NodeJS.ErrnoException).code ?? 'unknown';
    return rejected({ code: 'unreadable-file', message: `This file cannot be read (${code})`, remedy: 'Name an existing file of runs', file: path });
  }
  const name = basename(path);
  return isVtrainTable(text) ? parseVtrainTable(text, name) : parseRuns(text, name);
}
