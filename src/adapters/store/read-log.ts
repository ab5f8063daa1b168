/** Reads a plain log (`heliostat store export`, an archived segment) without a store, and checks every line. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Issue } from '../../base/issue.ts';
import { systemCode } from '../regular-file.ts';
import type { ChainEnd, Entry, LogHeader } from './entry.ts';
import { entryCharsMax } from './entry.ts';
import { isDiskFault } from './faults.ts';
import type { Expected } from './line-checker.ts';
import { createLineChecker } from './line-checker.ts';
import type { FactsSpan } from './walk.ts';

export interface ReadLog {
  /** `null` where not even the first line can be read, or the log is not the expected one. */
  readonly header: LogHeader | null;
  /** Where the entries begin: entry 1 unless older ones were left out. */
  readonly base: ChainEnd | null;
  readonly end: ChainEnd | null;
  /** All entries up to the first problem. */
  readonly entries: readonly Entry[];
  readonly factsSpans: readonly FactsSpan[];
  /** At most one: behind the first problem nothing can be trusted. Empty for a whole log. */
  readonly issues: readonly Issue[];
}

const chunkBytes = 1 << 20;
/** A line without an end would fill the memory. No character takes more than three bytes of UTF-8, and a hash stands behind the entry. */
const lineBytesMax = 3 * entryCharsMax + 1024;

/** Whole lines of an open file; what stands behind the last line end comes out only when it is not empty. */
export function* linesOf(file: number): Generator<string> {
  const chunk = Buffer.alloc(chunkBytes);
  /** What was read of a line whose end was not, joined when it is. */
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for (let bytes = readSync(file, chunk); bytes > 0 && begunBytes <= lineBytesMax; bytes = readSync(file, chunk)) {
    const read = chunk.subarray(0, bytes);
    let from = 0;
    for (let to = read.indexOf(10); to !== -1; to = read.indexOf(10, from)) {
      const end = read.subarray(from, to);
      yield begunBytes === 0 ? end.toString('utf8') : Buffer.concat([...begun, end]).toString('utf8');
      begun = [];
      begunBytes = 0;
      from = to + 1;
    }
    if (from === bytes) continue;
    // The chunk is read over.
    begun.push(Buffer.from(read.subarray(from)));
    begunBytes += bytes - from;
  }
  // A line that was cut off; no whole line of a log lacks its end, so it is given out as something that none can be.
  if (begunBytes > 0) yield '';
}

/** Gives the entries of a plain log to `visit`, in order, until the first problem. */
export function checkLog(path: string, expected: Expected, visit: (entry: Entry, line: string) => void): Omit<ReadLog, 'entries'> {
  const checker = createLineChecker(path, expected);
  const answer = (issue: Issue | null): Omit<ReadLog, 'entries'> => ({
    header: checker.header, base: checker.base, end: checker.end, factsSpans: checker.factsSpans, issues: issue === null ? [] : [issue],
  });
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    if (!fstatSync(file).isFile()) return answer({ code: 'not-a-file', file: path, message: 'This is not a regular file', remedy: 'Name a file made by "heliostat store export"' });
    for (const line of linesOf(file)) {
      if (line === '') return answer(checker.finish() ?? { code: 'damaged-log', file: path, message: 'Something stands behind the last line of the log', remedy: 'Export the log again' });
      const checked = checker.check(line);
      if ('issue' in checked) return answer(checked.issue);
      if (checked.entry !== null) visit(checked.entry, line);
    }
    return answer(checker.finish());
  } catch (fault) {
    if (!isDiskFault(fault)) throw fault;
    const code = systemCode(fault);
    if (code === 'ENOENT') return answer({ code: 'missing-file', file: path, message: 'There is no such file', remedy: 'Check the name' });
    return answer({ code: 'unreadable-file', file: path, message: `The file cannot be read (${code})`, remedy: 'Check the name and the permissions' });
  } finally {
    if (file !== null) closeSync(file);
  }
}

/**
 * Reads a plain log into memory. Stated outcomes, each an issue with file, line and remedy: `missing-file`, `not-a-log`,
 * `unknown-log-version`, `foreign-log`, `unknown-facts-version`, `damaged-log` (broken chain) and `truncated-log`.
 */
export function readLog(path: string, expected: Expected = {}): ReadLog {
  const entries: Entry[] = [];
  const read = checkLog(path, expected, (entry) => entries.push(entry));
  return { ...read, entries };
}
