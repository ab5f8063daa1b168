/** Reads single entries of the archive, for whoever asks about what happened long ago: a decision of last week, and what it answered. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './entry.ts';
import { readLog } from './read-log.ts';

/** Segments kept after they were read: what belongs together lies in one, or in two where it crosses their border. */
const segmentsHeld = 2;

interface HeldSegment { readonly firstN: number; readonly lastN: number; readonly entries: readonly Entry[] }

/** The segment with an entry, checked line by line as the chain of the log demands; `null` where it was deleted or is damaged. */
function readSegment(folder: string, n: number): HeldSegment | null {
  for (const name of readdirSync(folder)) {
    const [, first, last] = /^entries-(\d+)-(\d+)\.jsonl$/.exec(name) ?? [];
    const [firstN, lastN] = [Number(first), Number(last)];
    if (!(firstN <= n && n <= lastN)) continue;
    const { entries, issues } = readLog(join(folder, name));
    return issues.length === 0 ? { firstN, lastN, entries } : null;
  }
  return null;
}

/** Answers an archived entry, or `null` where the archive does not hold it whole. */
export function createArchiveReader(folder: string): (n: number) => Entry | null {
  /** Read last stands last. */
  let held: readonly HeldSegment[] = [];
  return (n) => {
    const segment = held.find(({ firstN, lastN }) => firstN <= n && n <= lastN) ?? readSegment(folder, n);
    if (segment === null) return null;
    held = [...held.filter((other) => other !== segment), segment].slice(-segmentsHeld);
    return segment.entries[n - segment.firstN] ?? null;
  };
}
