/** Group commit: appends of many callers wait for one transaction and one sync, and each is answered when its entries are durable. */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Entry, EntryDraft } from './entry.ts';
import { entryText } from './entry.ts';
import type { LogWriter, PendingEntry, WriteFault } from './log-writer.ts';

export interface Appended {
  /** The entries as they were logged, with their numbers and times: fold these, not the drafts. */
  readonly entries: readonly Entry[];
}

export interface QueueLimits {
  /** Greatest text of one entry. */
  readonly entryBytesMax: number;
  /** Entries that may wait for a commit; beyond it appends are refused. */
  readonly waitingEntriesMax: number;
  /** Entries of one transaction; a longer batch has one for itself. */
  readonly groupEntriesMax: number;
}

export interface AppendQueue {
  append(drafts: readonly EntryDraft[], options?: AppendOptions): Promise<Appended | Refusal>;
  /** The time that an entry made now would have: the clock, but never before the newest entry. */
  nowNs(): number;
  /** Number of the next entry if everything that waits is written. */
  readonly nextN: number;
  readonly waitingEntries: number;
  /** Resolves when nothing waits. */
  drain(): Promise<void>;
}

export interface AppendOptions {
  /** The number that the caller counts on for its first entry; refused as `number-taken` where another append came before. */
  readonly firstN?: number;
}

interface WaitingBatch {
  readonly pending: readonly PendingEntry[];
  readonly entries: readonly Entry[];
  answer(outcome: Appended | Refusal): void;
}

/** A commit that took longer than this holds the next one back for as long, so that the process can do other work half of the time. */
const quickCommitMs = 4;

export function refusalOf(fault: WriteFault): Refusal {
  switch (fault.code) {
    case 'store-full': return refuse('store-full', 'wait', 'The log has reached the greatest size that it may have; nothing was written.', 'Save a snapshot, so that older entries can be archived, or raise the limit.');
    case 'disk-full': return refuse('disk-full', 'wait', `The disk is full (${fault.text}); nothing was written.`, 'Free some space; the next append tries again.');
    case 'disk-read-only': return refuse('disk-read-only', 'wait', `The disk takes no writes (${fault.text}); nothing was written.`, 'Make it writable; the next append tries again.');
    case 'store-failed': return refuse('store-failed', 'never', `The disk failed (${fault.text}); these entries are not acknowledged and may or may not be found later.`, 'Mend the disk and start again: the log is checked when it is opened.');
  }
}

export function createAppendQueue(writer: LogWriter, clock: () => number, limits: QueueLimits): AppendQueue {
  let waiting: WaitingBatch[] = [];
  let waitingEntries = 0;
  let newestNs = writer.end.atNs;
  let isScheduled = false;
  let idle: (() => void)[] = [];
  const nowNs = (): number => Math.max(clock(), newestNs);

  /** As many whole batches from the front as fit one transaction, one at least. */
  const takeGroup = (): WaitingBatch[] => {
    let entries = 0;
    let batches = 0;
    for (const { pending } of waiting) {
      if (batches > 0 && entries + pending.length > limits.groupEntriesMax) break;
      entries += pending.length;
      batches += 1;
    }
    waitingEntries -= entries;
    return waiting.splice(0, batches);
  };

  const flush = (): void => {
    isScheduled = false;
    const startedMs = performance.now();
    const group = takeGroup();
    const fault = writer.commit(group.flatMap(({ pending }) => pending));
    if (fault === null) for (const { answer, entries } of group) answer({ entries });
    else {
      // Numbers were promised on top of this group, so what waits behind it cannot be written either.
      const refusal = refusalOf(fault);
      const all = [...group, ...waiting];
      waiting = [];
      waitingEntries = 0;
      newestNs = writer.end.atNs;
      for (const { answer } of all) answer(refusal);
    }
    if (waiting.length > 0) schedule(performance.now() - startedMs);
    else for (const resolve of idle.splice(0)) resolve();
  };

  function schedule(lastCommitMs: number): void {
    isScheduled = true;
    if (lastCommitMs > quickCommitMs) setTimeout(flush, lastCommitMs);
    else setImmediate(flush);
  }

  return {
    nowNs,
    get nextN() { return writer.end.n + waitingEntries + 1; },
    get waitingEntries() { return waitingEntries; },
    append(drafts, { firstN } = {}) {
      if (drafts.length === 0) throw new RangeError('an append needs at least one entry');
      const nextN = writer.end.n + waitingEntries + 1;
      if (firstN !== undefined && firstN !== nextN) return Promise.resolve(refuse('number-taken', 'wait', `The next entry has number ${nextN}, not ${firstN}.`, 'Fold the entries that came before and decide again.'));
      if (waitingEntries + drafts.length > limits.waitingEntriesMax) {
        return Promise.resolve(refuse('store-busy', 'wait', `${waitingEntries} entries wait for the disk; ${limits.waitingEntriesMax} may.`, 'Try again when some are written.'));
      }
      let lastNs = newestNs;
      const entries = drafts.map(({ kind, atNs, body }, at): Entry => {
        lastNs = Math.max(atNs ?? clock(), lastNs);
        return { n: nextN + at, kind, atNs: lastNs, body: body as Entry['body'] };
      });
      const pending = entries.map((entry): PendingEntry => ({ n: entry.n, atNs: entry.atNs, text: entryText(entry) }));
      const tooLong = pending.find(({ text }) => text.length > limits.entryBytesMax);
      if (tooLong !== undefined) return Promise.resolve(refuse('entry-too-large', 'never', `An entry has ${tooLong.text.length} characters; ${limits.entryBytesMax} are the most.`));
      newestNs = lastNs;
      waitingEntries += entries.length;
      const answered = new Promise<Appended | Refusal>((answer) => waiting.push({ pending, entries, answer }));
      if (!isScheduled) schedule(0);
      return answered;
    },
    drain: () => (waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  };
}
