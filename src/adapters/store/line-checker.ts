/** Checks the lines of a plain log one by one: format, owner, hash chain, versions, and whether the end is there. */

import type { Issue } from '../../base/issue.ts';
import type { ChainEnd, Entry, LogHeader } from './entry.ts';
import { chainHash, chainStart, parseEntry, parseHeader, sha256 } from './entry.ts';
import type { LogOwner } from './find-log.ts';
import { ownershipIssues } from './find-log.ts';
import { formatVersion } from './log-database.ts';
import { logWord, splitLine } from './log-lines.ts';
import { parseMark } from './mark.ts';
import type { FactsSpan } from './walk.ts';

/** What a reader insists on; what is absent is not asked. */
export interface Expected {
  readonly owner?: LogOwner;
  /** Newest version of facts that the reader can fold. */
  readonly factsVersion?: number;
}

export interface LineChecker {
  /** Checks the next line. Returns its entry, `null` for other lines, or the issue after which nothing more can be trusted. */
  check(line: string): { readonly entry: Entry | null } | { readonly issue: Issue };
  /** The issue of a file that stops here, or `null` when its last line came. */
  finish(): Issue | null;
  readonly header: LogHeader | null;
  readonly base: ChainEnd | null;
  readonly end: ChainEnd | null;
  readonly factsSpans: readonly FactsSpan[];
}

const cutRemedy = 'Export the log again, or go on with the entries up to there';

interface HeaderText { readonly log?: unknown; readonly base?: ChainEnd }

type Problem = Pick<Issue, 'code' | 'message' | 'remedy'> & Partial<Issue>;
const isProblem = (value: object): value is Problem => 'remedy' in value;

const damaged = (path: string): Problem => ({ code: 'damaged-log', message: 'The line is not what was written: its hash does not follow from the line before', remedy: cutRemedy, path });

const noLog: Problem = { code: 'not-a-log', message: 'This is not the first line of a Heliostat log', remedy: 'Name a file made by "heliostat store export"' };

/** The header and where its chain begins, or why this log is not taken. */
function readHeaderLine(text: string, hash: string, owner: LogOwner | undefined): Problem | { readonly header: LogHeader; readonly base: ChainEnd } {
  const header = parseHeader(text);
  const { log, base } = header === null ? {} as HeaderText : (JSON.parse(text) as HeaderText);
  if (header === null || log !== logWord || typeof base !== 'object') return noLog;
  if (header.version > formatVersion) {
    const message = `The log has format version ${header.version}; this program reads up to ${formatVersion}`;
    return { code: 'unknown-log-version', message, remedy: 'Use the newer program that wrote it', path: 'version', value: String(header.version) };
  }
  if (sha256(text) !== hash || (base.n === 0 && base.hash !== chainStart(header).hash)) return damaged('header');
  return (owner === undefined ? [] : ownershipIssues('', header, owner))[0] ?? { header, base };
}

export function createLineChecker(file: string, expected: Expected = {}): LineChecker {
  let line = 0;
  let header: LogHeader | null = null;
  let base: ChainEnd | null = null;
  let end: ChainEnd | null = null;
  let isFinished = false;
  const factsSpans: FactsSpan[] = [];

  const admitFacts = (fromN: number, version: number): Problem | null => {
    factsSpans.push({ fromN, version });
    const knownVersion = expected.factsVersion ?? Infinity;
    if (version <= knownVersion) return null;
    const message = `From entry ${fromN} on facts have version ${version}; this program knows up to ${knownVersion}`;
    return { code: 'unknown-facts-version', message, remedy: 'Use the newer program that wrote them', path: `entry ${fromN}`, value: String(version) };
  };

  const checkFirst = (text: string, hash: string): Problem | null => {
    const read = readHeaderLine(text, hash, expected.owner);
    if (isProblem(read)) return read;
    header = read.header;
    base = end = read.base;
    return admitFacts(read.base.n + 1, read.base.factsVersion);
  };

  const checkLink = (from: ChainEnd, text: string, hash: string): Problem | Entry | null => {
    const path = `entry ${from.n + 1}`;
    if (text.startsWith('{"end":')) {
      isFinished = hash === from.hash && text === JSON.stringify({ end: { n: from.n, marks: from.marks } });
      return isFinished ? null : damaged('end');
    }
    if (chainHash(from.hash, text) !== hash) return damaged(path);
    const entry = parseEntry(text);
    if (entry !== null && entry.n === from.n + 1 && entry.atNs >= from.atNs) {
      end = { ...from, n: entry.n, hash, atNs: entry.atNs };
      return entry;
    }
    const mark = parseMark(text);
    if (mark === null || mark.id !== from.marks + 1 || mark.after !== from.n) return damaged(path);
    end = { ...from, marks: mark.id, hash, factsVersion: mark.mark === 'facts' ? mark.version : from.factsVersion };
    return mark.mark === 'facts' ? admitFacts(mark.after + 1, mark.version) : null;
  };

  const checkText = (text: string): Problem | Entry | null => {
    if (isFinished) return { code: 'damaged-log', message: 'A line stands behind the last line of the log', remedy: cutRemedy };
    const split = splitLine(text);
    if (end === null) return split === null ? noLog : checkFirst(split.text, split.hash);
    return split === null ? damaged(`entry ${end.n + 1}`) : checkLink(end, split.text, split.hash);
  };

  return {
    get header() { return header; },
    get base() { return base; },
    get end() { return end; },
    factsSpans,
    check(text) {
      line += 1;
      const checked = checkText(text);
      if (checked === null) return { entry: null };
      return isProblem(checked) ? { issue: { ...checked, file, line } } : { entry: checked };
    },
    finish() {
      if (isFinished) return null;
      const where = end === null ? 'before its first line' : `after entry ${end.n}`;
      const path = end === null ? {} : { path: `entry ${end.n + 1}` };
      return { code: 'truncated-log', message: `The log is cut short ${where}: its last line is missing`, remedy: cutRemedy, file, line: line + 1, ...path };
    },
  };
}
