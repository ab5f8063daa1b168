/** Reads the log of a store that another thread of this process has open: pages of entries and snapshots, without the check that opening made. */

import { DatabaseSync } from 'node:sqlite';
import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { Entry } from './entry.ts';
import { findExistingLog } from './find-log.ts';
import type { SnapshotMark } from './mark.ts';
import { parseMark } from './mark.ts';
import { pageEntries } from './read-entries.ts';
import { readSnapshot } from './snapshot-files.ts';
import type { Snapshot } from './store.ts';

/** Milliseconds for which a read waits while the write-ahead log begins anew. */
const readTimeoutMs = 5000;

export interface LogBeside {
  /** Entries of a range that is durable, as the store's owner says. Throws when the first of them is archived. */
  entries(fromN: number, toN: number): Iterable<Entry>;
  /** The newest whole snapshot that stands not after an entry; `null` where folding begins at entry 1. */
  newestSnapshot(untilN: number): Snapshot | null;
  close(): void;
}

/** Issues: those of a folder without a log. */
export function openBeside(dir: string): Parsed<LogBeside> {
  const found = findExistingLog(dir);
  if (!found.ok) return found;
  const paths = found.value;
  const database = new DatabaseSync(paths.database, { readOnly: true, timeout: readTimeoutMs });
  return parsed({
    entries: (fromN, toN) => pageEntries(database, { fromN, baseN: fromN - 1, toN }),
    newestSnapshot(untilN) {
      const texts = database.prepare('SELECT text FROM mark ORDER BY id DESC').all() as unknown as readonly { readonly text: string }[];
      const marks = texts.map(({ text }) => parseMark(text)).filter((mark): mark is SnapshotMark => mark?.mark === 'snapshot' && mark.n <= untilN);
      for (const mark of marks) {
        const bytes = readSnapshot(paths.snapshots, mark);
        if (typeof bytes !== 'string') return { n: mark.n, bytes };
      }
      return null;
    },
    close: () => database.close(),
  });
}
