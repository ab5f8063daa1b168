/** A store that is open to write: the append queue, snapshots, and archiving in the background. */

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Issue } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { AppendQueue } from './append-queue.ts';
import { createAppendQueue, refusalOf } from './append-queue.ts';
import type { Compaction } from './archive.ts';
import { compact } from './archive.ts';
import type { ChainEnd, LogHeader } from './entry.ts';
import { DiskFault, faultText, isDiskFault } from './faults.ts';
import type { HeadRecord } from './head-file.ts';
import type { StorePaths } from './layout.ts';
import type { LogWriter, WriteFault } from './log-writer.ts';
import { openWriter } from './log-writer.ts';
import type { FactsMark, SnapshotMark } from './mark.ts';
import { pageEntries } from './read-entries.ts';
import { readSnapshot, removeOtherSnapshots, snapshotsKept, writeSnapshot } from './snapshot-files.ts';
import type { SavedSnapshot, Snapshot, Store, StoreLimits } from './store.ts';
import type { FactsSpan, WalkedLog } from './walk.ts';

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

/** A fault of files beside the database: nothing was half-written, since a file gets its name only when it is whole. */
function fileRefusal(fault: unknown): Refusal {
  if (!isDiskFault(fault)) throw fault;
  const text = faultText(fault);
  const codes: Readonly<Record<string, WriteFault['code']>> = { ENOSPC: 'disk-full', EDQUOT: 'disk-full', EROFS: 'disk-read-only' };
  return refusalOf({ state: 'refused', code: codes[text] ?? 'store-failed', text });
}

const isFault = (outcome: Compaction | WriteFault): outcome is WriteFault => 'state' in outcome;

/** Saves snapshots and archives what they cover, one job after another and beside the appends. */
interface Keeper {
  readonly baseN: number;
  save(snapshot: Snapshot): Promise<SavedSnapshot | Refusal>;
  archive(): Promise<Compaction | Refusal>;
  newest(): Snapshot | null;
  /** Lets the present step end and begins no other. */
  stop(): Promise<void>;
}

function createKeeper({ paths, walked, limits }: LiveSetup, writer: LogWriter, queue: AppendQueue): Keeper {
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
    try {
      const outcome = await compact({
        writer, folder: paths.archive, coveredN, retention: limits, base: () => base, setBase: (next) => { base = next; }, shouldStop: () => isStopping,
      });
      return isFault(outcome) ? refusalOf(outcome) : outcome;
    } catch (fault) {
      return fileRefusal(fault);
    }
  };

  const save = async ({ n, bytes }: Snapshot): Promise<SavedSnapshot | Refusal> => {
    const newest = snapshots.at(-1);
    if (newest?.n === n) return { n, bytes: newest.bytes, sha256: newest.sha256 };
    if (!Number.isSafeInteger(n) || n < 1 || n > writer.end.n || n < (newest?.n ?? 0)) {
      throw new RangeError(`a snapshot after entry ${n} does not fit between the newest snapshot, ${newest?.n ?? 0}, and the newest entry, ${writer.end.n}`);
    }
    try {
      const file = await writeSnapshot(paths.snapshots, n, bytes);
      const atNs = queue.nowNs();
      const refusal = await queue.mark({ mark: 'snapshot', atNs, n, ...file });
      if (refusal !== null) return refusal;
      snapshots = [...snapshots, { mark: 'snapshot' as const, id: writer.end.marks, after: writer.end.n, atNs, n, ...file }].slice(-snapshotsKept);
      removeOtherSnapshots(paths.snapshots, snapshots);
      return { n, ...file };
    } catch (fault) {
      return fileRefusal(fault);
    }
  };

  return {
    get baseN() { return base.n; },
    async save(snapshot) {
      const saved = await afterOthers(() => save(snapshot));
      // A disk that refuses the archive will refuse the next append or snapshot too, and say so there.
      if (!isRefusal(saved) && !isStopping) void afterOthers(archive);
      return saved;
    },
    archive: () => afterOthers(archive),
    newest() {
      for (const mark of snapshots.toReversed()) {
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
  if (fault === null) return;
  writer.close();
  throw new DiskFault(fault.text);
}

/** Takes a checked log over. Throws the system's error when it cannot be written. */
export function createLiveStore(setup: LiveSetup): Store {
  const { paths, walked, clock, factsVersion, limits, findings, release } = setup;
  const writer = openWriter({ paths, header: walked.header, end: walked.end, acknowledged: walked.acknowledged, databaseBytesMax: limits.databaseBytesMax });
  const queue = createAppendQueue(writer, clock, limits);
  const keeper = createKeeper(setup, writer, queue);
  const factsSpans: FactsSpan[] = [...walked.factsSpans];
  // What a crash left half-made beside the database.
  removeOtherSnapshots(paths.snapshots, walked.namedSnapshots);
  for (const name of readdirSync(paths.archive)) if (name.endsWith('.new')) rmSync(join(paths.archive, name));
  if (factsVersion > writer.end.factsVersion) {
    raiseFactsVersion(writer, { mark: 'facts', atNs: queue.nowNs(), version: factsVersion });
    factsSpans.push({ fromN: writer.end.n + 1, version: factsVersion });
  }
  return {
    findings, factsSpans,
    header: writer.header,
    get baseN() { return keeper.baseN; },
    get headN() { return writer.end.n; },
    append: queue.append,
    nowNs: queue.nowNs,
    get nextN() { return queue.nextN; },
    get waitingEntries() { return queue.waitingEntries; },
    entries: (fromN = keeper.baseN + 1) => pageEntries(writer.database, { fromN, baseN: keeper.baseN, toN: writer.end.n }),
    newestSnapshot: keeper.newest,
    saveSnapshot: keeper.save,
    compact: keeper.archive,
    async close() {
      await keeper.stop();
      await queue.drain();
      writer.close();
      release();
    },
  };
}
