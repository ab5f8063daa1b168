/** A store that is open to write: the append queue, snapshots, and archiving in the background. */

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Issue } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { AppendQueue } from './append-queue.ts';
import { createAppendQueue, refusalOf } from './append-queue.ts';
import type { Compaction } from './archive.ts';
import { compact } from './archive.ts';
import type { ChainEnd, LogHeader } from './entry.ts';
import { DiskFault } from './faults.ts';
import type { HeadRecord } from './head-file.ts';
import type { StorePaths } from './layout.ts';
import type { LogWriter } from './log-writer.ts';
import { openWriter } from './log-writer.ts';
import type { FactsMark, SnapshotMark } from './mark.ts';
import { createArchiveReader } from './read-archive.ts';
import { pageEntries } from './read-entries.ts';
import { readSnapshot, removeOtherSnapshots, snapshotsKept } from './snapshot-files.ts';
import type { SavedSnapshot, Snapshot, Store, StoreLimits } from './store.ts';
import type { FactsSpan, WalkedLog } from './walk.ts';
import type { WriteThread } from './write-thread.ts';
import { createWriteThread, isWriteFault } from './write-thread.ts';

/** A walked log without damage. */
interface GoodLog extends WalkedLog {
  readonly header: LogHeader;
  readonly base: ChainEnd;
  readonly end: ChainEnd;
  readonly acknowledged: HeadRecord;
}

export interface LiveSetup {
  readonly paths: StorePaths;
  readonly walked: GoodLog;
  readonly clock: () => number;
  readonly factsVersion: number;
  readonly limits: StoreLimits;
  readonly findings: readonly Issue[];
  /** Frees the writer's lock. */
  release(): void;
}

/** Saves snapshots and archives what they cover, one job after another and beside the appends. */
interface Keeper {
  readonly baseN: number;
  save(snapshot: Snapshot): Promise<SavedSnapshot | Refusal>;
  archive(): Promise<Compaction | Refusal>;
  newest(untilN?: number): Snapshot | null;
  readonly snapshotNs: readonly number[];
  /** Lets the present step end and begins no other. */
  stop(): Promise<void>;
}

function createKeeper({ paths, walked, limits }: LiveSetup, thread: WriteThread, queue: AppendQueue): Keeper {
  let { base } = walked;
  let snapshots: readonly SnapshotMark[] = walked.snapshots;
  let isStopping = false;
  let jobs: Promise<unknown> = Promise.resolve();

  const afterOthers = <T>(work: () => Promise<T>): Promise<T> => {
    const result = jobs.then(work);
    // A failure belongs to whoever awaits the result; the next in line begins all the same.
    jobs = result.catch(() => undefined);
    return result;
  };

  const archive = async (): Promise<Compaction | Refusal> => {
    // Until there are two snapshots, one damaged file could make archived entries necessary again.
    const coveredN = snapshots.length < snapshotsKept ? 0 : snapshots[0]?.n ?? 0;
    const outcome = await compact({ thread, coveredN, retention: limits, base: () => base, setBase: (next) => { base = next; }, shouldStop: () => isStopping });
    return isWriteFault(outcome) ? refusalOf(outcome) : outcome;
  };

  const save = async ({ n, bytes }: Snapshot): Promise<SavedSnapshot | Refusal> => {
    const newest = snapshots.at(-1);
    if (newest?.n === n) return { n, bytes: newest.bytes, sha256: newest.sha256 };
    if (!Number.isSafeInteger(n) || n < 1 || n > thread.end.n || n < (newest?.n ?? 0)) {
      throw new RangeError(`a snapshot after entry ${n} does not fit between the newest snapshot, ${newest?.n ?? 0}, and the newest entry, ${thread.end.n}`);
    }
    const file = await thread.writeSnapshot(n, bytes);
    if (isWriteFault(file)) return refusalOf(file);
    const atNs = queue.nowNs();
    const refusal = await queue.mark({ mark: 'snapshot', atNs, n, ...file });
    if (refusal !== null) return refusal;
    snapshots = [...snapshots, { mark: 'snapshot' as const, id: thread.end.marks, after: thread.end.n, atNs, n, ...file }].slice(-snapshotsKept);
    removeOtherSnapshots(paths.snapshots, snapshots);
    return { n, ...file };
  };

  return {
    get baseN() { return base.n; },
    get snapshotNs() { return snapshots.map(({ n }) => n); },
    async save(snapshot) {
      const saved = await afterOthers(() => save(snapshot));
      // A disk that refuses the archive will refuse the next append or snapshot too, and say so there.
      if (!isRefusal(saved) && !isStopping) void afterOthers(archive);
      return saved;
    },
    archive: () => afterOthers(archive),
    newest(untilN = Infinity) {
      for (const mark of snapshots.toReversed()) {
        if (mark.n > untilN) continue;
        const bytes = readSnapshot(paths.snapshots, mark);
        if (typeof bytes !== 'string') return { n: mark.n, bytes };
      }
      return null;
    },
    async stop() {
      isStopping = true;
      await jobs;
    },
  };
}

/** Says in the chain that bodies have a newer version from here on. Throws the system's error. */
function raiseFactsVersion(writer: LogWriter, mark: Omit<FactsMark, 'id' | 'after'>): void {
  const fault = writer.commit([{ mark }]);
  if (fault !== null) throw new DiskFault(fault.text);
}

/** Migrates a checked log, acknowledges what a crash left unacknowledged, and raises the version of its facts. Throws the system's error. */
function takeOver({ paths, walked, clock, factsVersion, limits }: LiveSetup): Pick<LogWriter, 'header' | 'end'> {
  const writer = openWriter({ paths, header: walked.header, end: walked.end, acknowledged: walked.acknowledged, databaseBytesMax: limits.databaseBytesMax });
  try {
    if (factsVersion > writer.end.factsVersion) raiseFactsVersion(writer, { mark: 'facts', atNs: Math.max(clock(), writer.end.atNs), version: factsVersion });
    const { header, end } = writer;
    return { header, end };
  } finally {
    writer.close();
  }
}

/** Milliseconds for which a read waits while the write-ahead log begins anew. */
const readTimeoutMs = 5000;

/** Takes a checked log over. Throws the system's error when it cannot be written. */
export function createLiveStore(setup: LiveSetup): Store {
  const { paths, walked, clock, limits, findings, release } = setup;
  const { header, end } = takeOver(setup);
  const thread = createWriteThread({ paths, header, end, databaseBytesMax: limits.databaseBytesMax });
  const reading = new DatabaseSync(paths.database, { readOnly: true, timeout: readTimeoutMs });
  const queue = createAppendQueue(thread, clock, limits);
  const keeper = createKeeper(setup, thread, queue);
  const factsSpans: FactsSpan[] = [...walked.factsSpans];
  if (end.factsVersion > walked.end.factsVersion) factsSpans.push({ fromN: end.n + 1, version: end.factsVersion });
  // What a crash left half-made beside the database.
  removeOtherSnapshots(paths.snapshots, walked.namedSnapshots);
  for (const name of readdirSync(paths.archive)) if (name.endsWith('.new')) rmSync(join(paths.archive, name));
  return {
    findings, factsSpans, header,
    get baseN() { return keeper.baseN; },
    get headN() { return thread.end.n; },
    append: queue.append,
    nowNs: queue.nowNs,
    get nextN() { return queue.nextN; },
    get waitingEntries() { return queue.waitingEntries; },
    entries: (fromN = keeper.baseN + 1) => pageEntries(reading, { fromN, baseN: keeper.baseN, toN: thread.end.n }),
    archivedEntry: createArchiveReader(paths.archive),
    newestSnapshot: keeper.newest,
    get snapshotNs() { return keeper.snapshotNs; },
    saveSnapshot: keeper.save,
    compact: keeper.archive,
    async close() {
      await keeper.stop();
      await queue.drain();
      // The last connection folds the write-ahead log into the database, which only the writer's can.
      reading.close();
      await thread.close();
      release();
    },
  };
}
