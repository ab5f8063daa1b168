/** Exports a store as a plain log: archived segments first, then what is in the database, one chain from end to end. */

import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { Segment } from './archive.ts';
import { segmentsIn } from './archive.ts';
import type { LogHeader } from './entry.ts';
import { findExistingLog } from './find-log.ts';
import { openForReading } from './log-database.ts';
import { endLine, headerLine, lineOf } from './log-lines.ts';
import { scanLinks } from './read-entries.ts';
import { linesOf } from './read-log.ts';
import { walkLog } from './walk.ts';

export interface LogExport {
  readonly header: LogHeader;
  /** Number before the first exported entry. */
  readonly baseN: number;
  readonly headN: number;
  /** What is damaged; the export ends before it and lacks the last line then, so that it cannot pass for a whole log. */
  readonly issues: readonly Issue[];
  /** Lines without their ends. Frees the files when it is read to the end or returned. */
  lines(): Generator<string>;
}

/** Segments that lead up to the base without a gap, oldest first. */
export function segmentsBefore(folder: string, baseN: number): readonly Segment[] {
  const leading: Segment[] = [];
  let wantedN = baseN;
  for (const segment of segmentsIn(folder).toReversed()) {
    if (segment.lastN !== wantedN) continue;
    leading.unshift(segment);
    wantedN = segment.firstN - 1;
  }
  return leading;
}

/** Lines of a segment that belong into the joined log: the first of the first segment only, and the last of none. A segment may be longer than a string can be. */
function* segmentLines(path: string, { isFirst }: { readonly isFirst: boolean }): Generator<string> {
  const file = openSync(path, 'r');
  try {
    let before: string | null = null;
    let count = 0;
    for (const line of linesOf(file)) {
      if (before !== null && (isFirst || count > 1)) yield before;
      before = line;
      count += 1;
    }
  } finally {
    closeSync(file);
  }
}

/** Opens a store for export; works beside a running writer. Issues only where nothing can be read. */
export function exportLog(dir: string): Parsed<LogExport> {
  const found = findExistingLog(dir);
  if (!found.ok) return found;
  const paths = found.value;
  const reading = openForReading(paths.database);
  const { header, base, end, issues } = walkLog({ dir, paths });
  if (header === null || base === null || end === null) {
    reading.close();
    return rejected(...issues);
  }
  const segments = base.n === 0 ? [] : segmentsBefore(paths.archive, base.n);
  return parsed({
    header, issues,
    baseN: (segments[0]?.firstN ?? base.n + 1) - 1,
    headN: end.n,
    *lines() {
      try {
        for (const [at, { name }] of segments.entries()) {
          yield* segmentLines(join(paths.archive, name), { isFirst: at === 0 });
        }
        if (segments.length === 0) yield headerLine(header, base);
        for (const { text, hash } of scanLinks(reading.database, { baseN: base.n, toN: end.n, version: header.version })) yield lineOf(text, hash);
        if (issues.length === 0) yield endLine(end);
      } finally {
        reading.close();
      }
    },
  });
}
