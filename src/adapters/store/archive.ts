/**
 * Archives old entries under load: a segment of them goes to a plain file of its own, durably, and only then leaves the database.
 *
 * Retention rule: of the entries that the older of the two kept snapshots covers, except the newest `entriesKept`, all whole
 * segments are archived; the oldest segments are deleted when all together exceed `archiveBytesMax`.
 */

import { readdirSync, rmSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChainEnd } from './entry.ts';
import { entryTime } from './entry.ts';
import { syncFolder } from './layout.ts';
import { endLine, headerLine, lineOf } from './log-lines.ts';
import type { LogWriter, WriteFault } from './log-writer.ts';
import { parseMark } from './mark.ts';
import type { WriteThread } from './write-thread.ts';

/** Rows read between two looks at other work. */
const pageRows = 512;

export interface Segment {
  readonly name: string;
  readonly firstN: number;
  readonly lastN: number;
  readonly bytes: number;
}

/** Archived segments, oldest first. */
export function segmentsIn(folder: string): readonly Segment[] {
  return readdirSync(folder).flatMap((name) => {
    const [, first, last] = /^entries-(\d+)-(\d+)\.jsonl$/.exec(name) ?? [];
    return first === undefined || last === undefined ? [] : [{ name, firstN: Number(first), lastN: Number(last), bytes: statSync(join(folder, name)).size }];
  }).toSorted((a, b) => a.firstN - b.firstN);
}

export interface SegmentSource {
  readonly writer: LogWriter;
  readonly folder: string;
  readonly base: ChainEnd;
  readonly lastN: number;
}

interface Row { readonly n: number; readonly text: string; readonly hash: string }
interface MarkRow { readonly after: number; readonly text: string; readonly hash: string }

/** Writes entries after the base up to `lastN`, with the marks between them. Returns where the chain stands behind entry `lastN`. Throws the system's error. */
export async function writeSegment({ writer, folder, base, lastN }: SegmentSource): Promise<ChainEnd> {
  const { database, header } = writer;
  const marks = database.prepare('SELECT after, text, hash FROM mark WHERE after < ? ORDER BY id').all(lastN) as unknown as readonly MarkRow[];
  const page = database.prepare('SELECT n, text, hash FROM entry WHERE n > ? AND n <= ? ORDER BY n LIMIT ?');
  // A crash between the segment and the deletion leaves a segment that begins at the same entry; this one takes its place.
  for (const stale of segmentsIn(folder).filter(({ firstN }) => firstN > base.n)) rmSync(join(folder, stale.name));
  const path = join(folder, `entries-${base.n + 1}-${lastN}.jsonl`);
  const file = await open(`${path}.new`, 'w');
  let end = base;
  try {
    let lines = [headerLine(header, base)];
    let nextMark = 0;
    const takeMarks = (): void => {
      for (let row = marks[nextMark]; row !== undefined && row.after === end.n; row = marks[++nextMark]) {
        const mark = parseMark(row.text);
        end = { ...end, marks: end.marks + 1, hash: row.hash, factsVersion: mark?.mark === 'facts' ? mark.version : end.factsVersion };
        lines.push(lineOf(row.text, row.hash));
      }
    };
    takeMarks();
    while (end.n < lastN) {
      const rows = page.all(end.n, lastN, pageRows) as unknown as readonly Row[];
      if (rows.length === 0) throw new Error(`entry ${end.n + 1} vanished while it was archived`);
      for (const { n, text, hash } of rows) {
        lines.push(lineOf(text, hash));
        end = { ...end, n, hash, atNs: entryTime(text, n) };
        takeMarks();
      }
      await file.writeFile(`${lines.join('\n')}\n`);
      lines = [];
      await nextTurn();
    }
    await file.writeFile(`${endLine(end)}\n`);
    await file.sync();
    await rename(`${path}.new`, path);
  } finally {
    await file.close();
    // Gone already when it got its name.
    rmSync(`${path}.new`, { force: true });
  }
  syncFolder(folder);
  return end;
}

export interface Retention {
  /** Entries of a segment. They leave the database in one transaction, which is what an append may have to wait for. */
  readonly segmentEntries: number;
  /** Newest entries that stay in the database even when snapshots cover them. */
  readonly entriesKept: number;
  /** Greatest size of all archived segments together; 0 keeps none. */
  readonly archiveBytesMax: number;
}

export interface Compaction {
  readonly archivedEntries: number;
  /** Segments deleted because of `archiveBytesMax`. */
  readonly droppedSegments: number;
}

/** Deletes the oldest segments when all together exceed a size; returns how many. Throws the system's error. */
export function pruneSegments(folder: string, bytesMax: number): number {
  const segments = [...segmentsIn(folder)];
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  let dropped = 0;
  for (let oldest = segments.shift(); oldest !== undefined && bytes > bytesMax; oldest = segments.shift()) {
    rmSync(join(folder, oldest.name));
    bytes -= oldest.bytes;
    dropped += 1;
  }
  return dropped;
}

export interface CompactionSetup {
  readonly thread: Pick<WriteThread, 'end' | 'writeSegment' | 'dropUntil' | 'pruneSegments'>;
  /** Newest entry that no recovery needs any more. */
  readonly coveredN: number;
  readonly retention: Retention;
  base(): ChainEnd;
  setBase(base: ChainEnd): void;
  /** Asked between segments. */
  shouldStop(): boolean;
}

/** Archives what the retention rule allows, one bounded transaction at a time. What was archived before a fault stays so. */
export async function compact({ thread, coveredN, retention, base, setBase, shouldStop }: CompactionSetup): Promise<Compaction | WriteFault> {
  const untilN = Math.min(coveredN, thread.end.n - retention.entriesKept);
  let archivedEntries = 0;
  for (;;) {
    const from = base();
    const lastN = from.n + retention.segmentEntries;
    if (lastN > untilN || shouldStop()) break;
    const next = await thread.writeSegment(from, lastN);
    if ('state' in next) return next;
    // Nobody reads them any more from here on, so nobody finds them gone.
    setBase(next);
    const fault = await thread.dropUntil(next);
    if (fault !== null) {
      setBase(from);
      return fault;
    }
    archivedEntries += retention.segmentEntries;
  }
  const droppedSegments = await thread.pruneSegments(retention.archiveBytesMax);
  return typeof droppedSegments === 'number' ? { archivedEntries, droppedSegments } : droppedSegments;
}
