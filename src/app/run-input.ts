/** Reads a file of runs for the commands that predict them: JSON in the run format, or vTrain's table. */

import { readRegularText } from '../adapters/regular-file.ts';
import { parseRuns } from '../adapters/run-file.ts';
import { isVtrainTable, parseVtrainTable } from '../adapters/vtrain-table.ts';
import type { Parsed } from '../base/issue.ts';
import { rejected } from '../base/issue.ts';
import type { RunRow } from '../traffic/run-row.ts';

/** A hundred thousand rows of the run format. */
const runFileBytesMax = 128 * 1024 * 1024;

/** Issue codes: those of a regular file and those of the file's parser. */
export function readRuns(path: string): Parsed<readonly RunRow[]> {
  const read = readRegularText(path, { bytesMax: runFileBytesMax, wanted: 'a file of runs' });
  if (!('text' in read)) return rejected({ ...read, file: path });
  return isVtrainTable(read.text) ? parseVtrainTable(read.text, path) : parseRuns(read.text, path);
}
