/** Logs of the controller on disk: plain ones written with their hash chain, and these or the store of a server read back as entries that it can fold. */

import { statSync } from 'node:fs';
import type { Entry, LogHeader } from '../control/entry.ts';
import { logFormat } from '../control/run.ts';
import { chainHash, chainStart, entryText, firstFactsVersion } from '../adapters/store/entry.ts';
import { exportLog } from '../adapters/store/export-log.ts';
import { createLineChecker } from '../adapters/store/line-checker.ts';
import { endLine, headerLine, lineOf } from '../adapters/store/log-lines.ts';
import type { ReadLog } from '../adapters/store/read-log.ts';
import { readLog } from '../adapters/store/read-log.ts';
import { writeWholeFile } from '../adapters/whole-file.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { bodyIssue } from './log-body.ts';

export function writeLogFile(path: string, header: LogHeader, entries: readonly Entry[]): Parsed<string> {
  const stored = { version: header.format, cluster: header.cluster, fingerprint: header.fingerprint, epoch: header.epoch, createdNs: 0 };
  const start = chainStart(stored);
  let { hash } = start;
  const lines = [headerLine(stored, start)];
  for (const entry of entries) {
    const text = entryText({ ...entry, body: entry.body });
    hash = chainHash(hash, text);
    lines.push(lineOf(text, hash));
  }
  lines.push(endLine({ ...start, n: entries.at(-1)?.n ?? 0, hash, atNs: entries.at(-1)?.atNs ?? 0 }));
  return writeWholeFile(path, `${lines.join('\n')}\n`);
}

export interface ControllerLog {
  readonly header: LogHeader;
  readonly entries: readonly Entry[];
  /** A log that is cut short or damaged can be read up to there. */
  readonly issues: readonly Issue[];
}

/** The newest facts that this program can fold. */
const expected = { factsVersion: firstFactsVersion } as const;

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** A store as if it had been exported, up to what stood in it when this began; a server may go on writing. */
function readStore(dir: string): Omit<ReadLog, 'end' | 'factsSpans'> {
  const opened = exportLog(dir);
  if (!opened.ok) return { header: null, base: null, entries: [], issues: opened.issues };
  const checker = createLineChecker(dir, expected);
  const entries: ReadLog['entries'][number][] = [];
  const answer = (issues: readonly Issue[]): Omit<ReadLog, 'end' | 'factsSpans'> => ({ header: checker.header, base: checker.base, entries, issues });
  for (const line of opened.value.lines()) {
    const checked = checker.check(line);
    if ('issue' in checked) return answer([checked.issue]);
    if (checked.entry !== null) entries.push(checked.entry);
  }
  const cut = checker.finish();
  return answer(opened.value.issues.length > 0 || cut === null ? opened.value.issues : [cut]);
}

/**
 * Reads a plain log, or the folder of a server's store. What stands before a damage or a cut comes with its issue; a log that cannot be begun, that lacks its first
 * entries, or in which a body is not what its kind has (`malformed-entry`), is `ok: false`.
 */
export function readControllerLog(path: string): Parsed<ControllerLog> {
  const { header, base, entries, issues } = isFolder(path) ? readStore(path) : readLog(path, expected);
  if (header === null || base === null) return { ok: false, issues };
  if (base.n > 0) {
    return { ok: false, issues: [{ code: 'log-without-beginning', file: path, message: `The log begins behind entry ${base.n}`, remedy: 'Export the whole log: state is the fold of all of its facts' }] };
  }
  const { cluster, fingerprint, epoch } = header;
  // The hash chain holds what was logged, not who logged it.
  for (const entry of entries) {
    const issue = bodyIssue(entry);
    if (issue !== null) return { ok: false, issues: [{ ...issue, file: path }] };
  }
  return { ok: true, value: { header: { format: logFormat, cluster, fingerprint, epoch }, entries: entries as unknown as readonly Entry[], issues } };
}
