/** Group commit: appends of many callers wait for one transaction and one sync, and each is answered when its entries are durable. */

import type { Refusal } from '../../base/refusal.ts';
import { isRefusal, refuse } from '../../base/refusal.ts';
import type { Entry, EntryDraft } from './entry.ts';
import { entryText } from './entry.ts';
import type { PendingLink, WriteFault } from './log-writer.ts';
import type { MarkDraft } from './mark.ts';
import type { WriteThread } from './write-thread.ts';

export interface Appended {
  /** The entries as they were logged, with their numbers and times: fold these, not the drafts. */
  readonly entries: readonly Entry[];
}

export interface QueueLimits {
  /** Greatest text of one entry, in characters. */
  readonly entryCharsMax: number;
  /** Entries that may wait for a commit; beyond it appends are refused, except one that finds nothing waiting. */
  readonly waitingEntriesMax: number;
  /** Entries of one transaction; a longer batch has one for itself. */
  readonly groupEntriesMax: number;
}

export interface AppendOptions {
  /**
   * The number that the caller gave its first entry; refused as `wrong-number` where it is not the next. After a refused append the
   * numbers go on from the newest durable entry, so a caller that numbers appends what was refused again before anything else.
   */
  readonly firstN?: number;
}

export interface AppendQueue {
  /**
   * Logs a batch, all or nothing; resolves when it is on the disk. Refusals: `store-busy`, `wrong-number`, `entry-too-large`,
   * `store-full`, `disk-full`, `disk-read-only` (nothing was written) and `store-failed` (reopen the store). Throws on bodies that
   * JSON cannot keep.
   */
  append(drafts: readonly EntryDraft[], options?: AppendOptions): Promise<Appended | Refusal>;
  /** Puts a mark behind what waits; resolves with `null` when it is durable. */
  mark(draft: MarkDraft): Promise<Refusal | null>;
  /** The time that an entry made now would have: the clock, but never before the newest entry. */
  nowNs(): number;
  /** Number of the next entry if everything that waits is written. */
  readonly nextN: number;
  readonly waitingEntries: number;
  /** Resolves when nothing waits. */
  drain(): Promise<void>;
}

interface WaitingBatch {
  readonly links: readonly PendingLink[];
  /** `null`: the links are durable. */
  answer(refusal: Refusal | null): void;
}

export function refusalOf(fault: WriteFault): Refusal {
  switch (fault.code) {
    case 'store-full':
      return refuse('store-full', 'wait', 'The log has reached its greatest size; nothing was written.', 'Save a snapshot, so that older entries can be archived, or raise the limit.');
    case 'disk-full':
      return refuse('disk-full', 'wait', `The disk is full (${fault.text}); nothing was written.`, 'Free some space; the next append tries again.');
    case 'disk-read-only':
      return refuse('disk-read-only', 'wait', `The disk takes no writes (${fault.text}); nothing was written.`, 'Make it writable; the next append tries again.');
    case 'store-failed':
      return refuse('store-failed', 'never', `Writing the log failed (${fault.text}); whether these entries are found later is unknown.`, 'Mend the disk and start again: the log is checked when it is opened.');
  }
}

interface Promised {
  readonly n: number;
  readonly atNs: number;
}

/** Gives drafts their numbers and times behind what was promised last. */
function numberDrafts(drafts: readonly EntryDraft[], last: Promised, clock: () => number): readonly Entry[] {
  let { n, atNs } = last;
  return drafts.map((draft): Entry => {
    n += 1;
    atNs = Math.max(draft.atNs ?? clock(), atNs);
    if (Number.isNaN(atNs)) throw new TypeError('the time of an entry must be a number of nanoseconds');
    const body = draft.body as Entry['body'];
    return draft.cause === undefined ? { n, kind: draft.kind, atNs, body } : { n, kind: draft.kind, atNs, cause: draft.cause, body };
  });
}

interface BatchQuestion {
  readonly drafts: readonly EntryDraft[];
  readonly firstN: number | undefined;
  readonly last: Promised;
  readonly waitingEntries: number;
  readonly limits: QueueLimits;
  readonly clock: () => number;
}

interface Batch {
  readonly entries: readonly Entry[];
  readonly links: readonly (Promised & { readonly text: string })[];
}

/** A batch with numbers, times and texts, or why it may not be logged. Throws on what is the caller's bug. */
function prepareBatch({ drafts, firstN, last, waitingEntries, limits, clock }: BatchQuestion): Batch | Refusal {
  if (drafts.length === 0) throw new RangeError('an append needs at least one entry');
  if (firstN !== undefined && firstN !== last.n + 1) return refuse('wrong-number', 'wait', `The next entry has number ${last.n + 1}, not ${firstN}.`, 'Fold the entries that came before and decide again.');
  // A long batch that finds nothing waiting is taken: refused, it could never be logged.
  if (waitingEntries > 0 && waitingEntries + drafts.length > limits.waitingEntriesMax) {
    return refuse('store-busy', 'wait', `${waitingEntries} entries wait for the disk and ${drafts.length} would join them; ${limits.waitingEntriesMax} may.`, 'Try again when some are written.');
  }
  const entries = numberDrafts(drafts, last, clock);
  const links = entries.map((entry) => ({ n: entry.n, atNs: entry.atNs, text: entryText(entry) }));
  const tooLong = links.find(({ text }) => text.length > limits.entryCharsMax);
  if (tooLong === undefined) return { entries, links };
  return refuse('entry-too-large', 'never', `An entry has ${tooLong.text.length} characters; ${limits.entryCharsMax} are the most.`, 'Split it into several entries.');
}

export function createAppendQueue(writer: Pick<WriteThread, 'end' | 'commit'>, clock: () => number, limits: QueueLimits): AppendQueue {
  let waiting: WaitingBatch[] = [];
  let last: Promised = writer.end;
  /** A group is on its way to the disk, or about to be: what comes meanwhile makes up the next one. */
  let isBusy = false;
  let idle: (() => void)[] = [];

  /** As many whole batches from the front as fit one transaction, one at least. */
  const takeGroup = (): readonly WaitingBatch[] => {
    let links = 0;
    let batches = 0;
    for (const batch of waiting) {
      if (batches > 0 && links + batch.links.length > limits.groupEntriesMax) break;
      links += batch.links.length;
      batches += 1;
    }
    return waiting.splice(0, batches);
  };

  const flush = async (): Promise<void> => {
    const group = takeGroup();
    const fault = await writer.commit(group.flatMap(({ links }) => links));
    // Numbers were promised on top of this group, so what waits behind a group that failed cannot be written either.
    const answered = fault === null ? group : [...group, ...waiting];
    if (fault !== null) {
      waiting = [];
      last = writer.end;
    }
    // The disk goes on with what waits while the callers hear of this group.
    if (waiting.length > 0) void flush();
    else isBusy = false;
    const refusal = fault === null ? null : refusalOf(fault);
    for (const { answer } of answered) answer(refusal);
    if (isBusy) return;
    for (const resolve of idle) resolve();
    idle = [];
  };

  const enqueue = (links: readonly PendingLink[]): Promise<Refusal | null> => {
    // Everybody who appends in the same turn shares the commit.
    if (!isBusy) setImmediate(() => void flush());
    isBusy = true;
    return new Promise((answer) => waiting.push({ links, answer }));
  };

  return {
    append(drafts, { firstN } = {}) {
      const waitingEntries = last.n - writer.end.n;
      const batch = prepareBatch({ drafts, firstN, last, waitingEntries, limits, clock });
      if (isRefusal(batch)) return Promise.resolve(batch);
      const { links, entries } = batch;
      last = links.at(-1) ?? last;
      return enqueue(links).then((refusal) => refusal ?? { entries });
    },
    mark: (draft) => enqueue([{ mark: draft }]),
    nowNs: () => Math.max(clock(), last.atNs),
    get nextN() { return last.n + 1; },
    get waitingEntries() { return last.n - writer.end.n; },
    drain: () => (isBusy ? new Promise((resolve) => idle.push(resolve)) : Promise.resolve()),
  };
}
