/**
 * The durable log of the controller: numbered entries in a hash chain on SQLite, acknowledged only when they are on the disk.
 *
 * The caller's duties, in order: open (a bad or foreign log comes back as issues); load `newestSnapshot` and fold the `entries`
 * behind it; then append, and act only on what was acknowledged; save a snapshot now and then, which also lets old entries be
 * archived; close. Rules: numbers count from 1 without a gap; a batch is logged whole or not at all; times never decrease: a draft
 * that is older than the newest entry is logged with that entry's time. They count from the log's epoch.
 */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { AppendQueue, QueueLimits } from './append-queue.ts';
import type { Compaction, Retention } from './archive.ts';
import type { Entry, LogHeader } from './entry.ts';
import { entryCharsMax, firstFactsVersion, unixEpoch } from './entry.ts';
import { cannotWrite } from './faults.ts';
import type { LogOwner } from './find-log.ts';
import { createFirst, findExistingLog, findLog, ownershipIssues } from './find-log.ts';
import type { StorePaths } from './layout.ts';
import { createLiveStore } from './live-store.ts';
import { openForReading } from './log-database.ts';
import { scanEntries } from './read-entries.ts';
import { readSnapshot } from './snapshot-files.ts';
import type { FactsSpan, WalkedLog } from './walk.ts';
import { walkLog } from './walk.ts';
import { lockWriter } from './writer-lock.ts';

export interface StoreLimits extends QueueLimits, Retention {
  /** Greatest size of the database file; appends beyond it are refused as `store-full`. */
  readonly databaseBytesMax: number;
}

export const storeLimits: StoreLimits = {
  entryCharsMax, waitingEntriesMax: 100_000, groupEntriesMax: 4096, databaseBytesMax: 16 * 2 ** 30,
  segmentEntries: 4096, entriesKept: 100_000, archiveBytesMax: 64 * 2 ** 30,
};

export interface StoreOptions extends LogOwner {
  /** ISO 8601 instant from which the times of a new log count; 1970 where absent. A log that is there keeps its own. */
  readonly epoch?: string;
  /** Nanoseconds since 1970. */
  readonly clock: () => number;
  /** Version of the bodies that the caller writes and the newest that it can fold; 1 where absent. */
  readonly factsVersion?: number;
  readonly limits?: Partial<StoreLimits>;
}

export interface Snapshot {
  /** The state after folding entries 1 to `n`. */
  readonly n: number;
  readonly bytes: Uint8Array;
}

/** A log that can be read. */
export interface LogReader {
  readonly header: LogHeader;
  /** Number before the first entry that is still in the database; older ones are in the archive. */
  readonly baseN: number;
  /** Number of the newest durable entry; 0 for an empty log. */
  readonly headN: number;
  /** Versions of the bodies, by the first entry that has it. */
  readonly factsSpans: readonly FactsSpan[];
  /** Findings of the check on opening; for a store that is open to write they are harmless ones. */
  readonly findings: readonly Issue[];
  /** Entries from `fromN` (or the oldest) to the newest durable one, in order. Throws when `fromN` is archived. */
  entries(fromN?: number): Iterable<Entry>;
  /** The newest whole snapshot, or the newest that stands not after an entry; `null` where folding begins at entry 1. */
  newestSnapshot(untilN?: number): Snapshot | null;
}

export interface SavedSnapshot {
  readonly n: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Store extends LogReader, Pick<AppendQueue, 'append' | 'nowNs' | 'nextN' | 'waitingEntries'> {
  /**
   * Saves the state after folding entries 1 to `n`, which must be durable and not before the newest snapshot; then archives in the
   * background what it covers. Refused as an append is. Throws RangeError on any other `n`.
   */
  saveSnapshot(snapshot: Snapshot): Promise<SavedSnapshot | Refusal>;
  /** Entries behind which the kept snapshots stand, ascending. */
  readonly snapshotNs: readonly number[];
  /** One entry of the archive, or `null` where the archive no longer holds it or is damaged there. A segment is read and checked whole. */
  archivedEntry(n: number): Entry | null;
  /** Archives what the retention rule allows and waits for it. */
  compact(): Promise<Compaction | Refusal>;
  /** Writes what waits and frees the store for another process. */
  close(): Promise<void>;
}

export interface ReadOnlyStore extends LogReader {
  close(): void;
}

/** Issue when facts were written by a newer program than this one. */
function newerFacts(file: string, spans: readonly FactsSpan[], knownVersion: number): readonly Issue[] {
  const newer = spans.find(({ version }) => version > knownVersion);
  if (newer === undefined) return [];
  return [{
    code: 'unknown-facts-version', file, path: `entry ${newer.fromN}`, message: `From entry ${newer.fromN} on facts have version ${newer.version}; this program knows up to ${knownVersion}`,
    remedy: 'Use the newer program that wrote them, or restore a backup from before', value: String(newer.version),
  }];
}

function openWalked(paths: StorePaths, walked: WalkedLog, options: StoreOptions, release: () => void): Parsed<Store> {
  const { header, base, end, acknowledged, issues, notes } = walked;
  const foreign = header === null ? [] : ownershipIssues(paths.folder, header, options);
  if (foreign.length > 0) return rejected(...foreign);
  if (issues.length > 0 || header === null || base === null || end === null || acknowledged === null) return rejected(...issues);
  const factsVersion = options.factsVersion ?? firstFactsVersion;
  const newer = newerFacts(paths.database, walked.factsSpans, factsVersion);
  if (newer.length > 0) return rejected(...newer);
  const limits = { ...storeLimits, ...options.limits };
  const store = createLiveStore({ paths, walked: { ...walked, header, base, end, acknowledged }, clock: () => options.clock() - epochNs(header.epoch), factsVersion, limits, findings: notes, release });
  return parsed(store);
}

const epochNs = (epoch: string): number => Date.parse(epoch) * 1e6;

function newHeader({ cluster, fingerprint, epoch = unixEpoch, clock }: StoreOptions): Omit<LogHeader, 'version'> {
  const createdNs = clock() - epochNs(epoch);
  if (!(createdNs >= 0)) throw new RangeError(`"${epoch}" is not an instant before now`);
  return { cluster, fingerprint, epoch, createdNs };
}

/**
 * Opens the store of a folder to write, and makes it where there is none. The whole log is checked first, and nothing is written to
 * a bad one. Issues: `store-in-use`, `cannot-write`, `foreign-log`, `unknown-log-version`, `unknown-facts-version`, and for damage
 * those of `walkLog`, each with place and remedy.
 */
export function openStore(dir: string, options: StoreOptions): Parsed<Store> {
  const lock = lockWriter(dir);
  if (!lock.ok) return lock;
  const { release } = lock.value;
  let opened: Parsed<Store>;
  try {
    const found = findLog(dir);
    if (found.ok) {
      const paths = found.value ?? createFirst(dir, newHeader(options));
      opened = openWalked(paths, walkLog({ dir, paths }), options, release);
    } else opened = found;
  } catch (fault) {
    release();
    return rejected(cannotWrite(dir, fault));
  }
  if (!opened.ok) release();
  return opened;
}

/**
 * Opens what is good of a log, up to its first damage, and writes nothing. `findings` tell what is wrong; issues come back only where
 * nothing can be read. Works beside a running writer; close it soon, since it keeps the write-ahead log from shrinking.
 */
export function openReadOnly(dir: string): Parsed<ReadOnlyStore> {
  const found = findExistingLog(dir);
  if (!found.ok) return found;
  const paths = found.value;
  const { header, base, end, factsSpans, snapshots, issues, notes } = walkLog({ dir, paths });
  if (header === null || base === null || end === null) return rejected(...issues);
  const reading = openForReading(paths.database);
  return parsed({
    header, factsSpans, baseN: base.n, headN: end.n, findings: [...issues, ...notes],
    entries: (fromN = base.n + 1) => scanEntries(reading.database, { fromN, baseN: base.n, toN: end.n }),
    newestSnapshot(untilN = Infinity) {
      const mark = snapshots.findLast(({ n }) => n <= untilN);
      const bytes = mark === undefined ? null : readSnapshot(paths.snapshots, mark);
      return mark === undefined || bytes === null || typeof bytes === 'string' ? null : { n: mark.n, bytes };
    },
    close: reading.close,
  });
}
