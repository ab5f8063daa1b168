/** Reads a trace of expert load: a JSON list of rows, one per training step, each with the tokens of every expert. */

import { readRegularText } from '../adapters/regular-file.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import type { ExpertShares } from '../traffic/expert-load.ts';

/** Rows beyond this are refused. */
export const loadRowsMax = 100_000;

const loadBytesMax = 256 * 1024 * 1024;

/** Issue codes: those of a regular file, `not-json`, `not-a-load`, `wrong-length`. Each row comes back as shares that sum to 1. */
export function readExpertLoads(file: string, experts: number): Parsed<readonly ExpertShares[]> {
  const read = readRegularText(file, { bytesMax: loadBytesMax, wanted: 'a JSON file of expert loads' });
  if (!('text' in read)) return rejected({ ...read, file });
  let value: unknown;
  try {
    value = JSON.parse(read.text);
  } catch (fault) {
    return rejected({ code: 'not-json', file, message: `This is not JSON: ${(fault as Error).message}`, remedy: 'Write a list of rows such as [[120, 80, 40, 10]]' });
  }
  const notALoad = (path: string, message: string): Issue => ({ code: 'not-a-load', file, path, message, remedy: 'Write a list of rows, one per step, of token counts that are zero or more and not all zero' });
  if (!Array.isArray(value) || value.length === 0 || value.length > loadRowsMax) return rejected(notALoad('', `A load trace is a list of 1 to ${loadRowsMax} rows`));
  const issues: Issue[] = [];
  const rows: ExpertShares[] = [];
  for (const [at, row] of (value as readonly unknown[]).entries()) {
    if (!Array.isArray(row) || !row.every((count) => typeof count === 'number' && Number.isFinite(count) && count >= 0)) issues.push(notALoad(`[${at}]`, 'This row is not a list of token counts'));
    else if (row.length !== experts) issues.push({ code: 'wrong-length', file, path: `[${at}]`, message: `This row has ${row.length} experts and the model has ${experts}`, remedy: `Write ${experts} counts per row` });
    else {
      const counts = row as readonly number[];
      const total = counts.reduce((sum, count) => sum + count, 0);
      if (total > 0 && Number.isFinite(total)) rows.push(Float64Array.from(counts, (count) => count / total));
      else issues.push(notALoad(`[${at}]`, 'The counts of this row do not add up to a positive number'));
    }
  }
  return issues.length > 0 ? { ok: false, issues } : parsed(rows);
}
