/**
 * The thread that writes a log: SQLite, its syncs, archived segments and snapshot files keep a thread of their own busy, so that the
 * one that decides and answers never waits for the disk.
 *
 * Orders are taken in the sequence in which they were sent; those that only write files beside the database make room for commits.
 * A thread that ends by itself is a fault like that of a disk: everything that waits and everything later is answered with it.
 */

import { extname } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { pruneSegments, writeSegment } from './archive.ts';
import type { ChainEnd, LogHeader } from './entry.ts';
import { faultText, isDiskFault } from './faults.ts';
import { readHead } from './head-file.ts';
import type { StorePaths } from './layout.ts';
import type { LogWriter, PendingLink, WriteFault } from './log-writer.ts';
import { openWriter } from './log-writer.ts';
import type { SnapshotFile } from './snapshot-files.ts';
import { writeSnapshot } from './snapshot-files.ts';

/** What the thread is asked to do, by kind. */
interface Orders {
  commit: { readonly links: readonly PendingLink[] };
  segment: { readonly base: ChainEnd; readonly lastN: number };
  drop: { readonly base: ChainEnd };
  prune: { readonly bytesMax: number };
  snapshot: { readonly n: number; readonly bytes: Uint8Array };
  close: object;
}

/** What it answers where nothing went wrong. */
interface Answers {
  /** End of what is durable. */
  commit: ChainEnd;
  segment: ChainEnd;
  drop: null;
  prune: number;
  snapshot: SnapshotFile;
  close: null;
}

type Kind = keyof Orders;

interface Order<K extends Kind = Kind> {
  readonly id: number;
  readonly kind: K;
  readonly order: Orders[K];
}

interface Answer {
  readonly id: number;
  readonly answer: Answers[Kind] | WriteFault;
}

export interface ThreadSetup {
  readonly paths: StorePaths;
  /** The header of the migrated log. */
  readonly header: LogHeader;
  readonly end: ChainEnd;
  readonly databaseBytesMax: number;
}

interface ThreadData {
  readonly heliostatLog: ThreadSetup;
}

export const isWriteFault = (outcome: unknown): outcome is WriteFault => typeof outcome === 'object' && outcome !== null && 'state' in outcome;

/** A fault of files beside the database: nothing was half-written, since a file gets its name only when it is whole. */
function fileFault(fault: unknown): WriteFault {
  if (!isDiskFault(fault)) throw fault;
  const text = faultText(fault);
  const codes: Readonly<Record<string, WriteFault['code']>> = { ENOSPC: 'disk-full', EDQUOT: 'disk-full', EROFS: 'disk-read-only' };
  return { state: 'refused', code: codes[text] ?? 'store-failed', text };
}

export interface WriteThread {
  /** End of what is durable. */
  readonly end: ChainEnd;
  /** Makes a group durable, all or nothing. `null` when done. */
  commit(links: readonly PendingLink[]): Promise<WriteFault | null>;
  /** Archives the entries after `base` up to `lastN` in a file; answers where the chain stands behind them. */
  writeSegment(base: ChainEnd, lastN: number): Promise<ChainEnd | WriteFault>;
  /** Removes entries up to a new base from the database, and the marks before it. `null` when done. */
  dropUntil(base: ChainEnd): Promise<WriteFault | null>;
  /** Deletes the oldest segments beyond this size; answers how many. */
  pruneSegments(bytesMax: number): Promise<number | WriteFault>;
  writeSnapshot(n: number, bytes: Uint8Array): Promise<SnapshotFile | WriteFault>;
  /** Ends the thread, with the database closed. */
  close(): Promise<void>;
}

interface Started {
  readonly worker: Worker;
  readonly waiting: Map<number, (answer: Answer['answer']) => void>;
}

/** Says for what became of the thread that nothing is written any more. */
const endedFault = (why: string): WriteFault => ({ state: 'failed', code: 'store-failed', text: `the thread that writes the log ended: ${why}` });

/** Stands for the thread of a log that nobody else has open; it begins with the first order. */
export function createWriteThread(setup: ThreadSetup): WriteThread {
  let { end } = setup;
  let started: Started | null = null;
  let ended: WriteFault | null = null;
  let lastId = 0;

  const start = (): Started => {
    const data: ThreadData = { heliostatLog: setup };
    // The same file is TypeScript in the checkout and JavaScript in the package.
    const worker = new Worker(new URL(`./write-thread${extname(import.meta.url)}`, import.meta.url), { workerData: data });
    const waiting: Started['waiting'] = new Map();
    const fail = (why: string): void => {
      ended ??= endedFault(why);
      for (const answer of waiting.values()) answer(ended);
      waiting.clear();
    };
    worker.on('message', ({ id, answer }: Answer) => {
      const told = waiting.get(id);
      waiting.delete(id);
      // An idle thread keeps no process alive.
      if (waiting.size === 0) worker.unref();
      told?.(answer);
    });
    worker.on('error', (fault) => fail(fault instanceof Error ? fault.message : String(fault)));
    worker.on('exit', () => fail('it was stopped'));
    return { worker, waiting };
  };

  const ask = <K extends Kind>(kind: K, order: Orders[K]): Promise<Answers[K] | WriteFault> => {
    if (ended !== null) return Promise.resolve(ended);
    const { worker, waiting } = (started ??= start());
    const asked: Order<K> = { id: ++lastId, kind, order };
    if (waiting.size === 0) worker.ref();
    return new Promise((resolve) => {
      waiting.set(asked.id, (answer) => resolve(answer as Answers[K] | WriteFault));
      worker.postMessage(asked);
    });
  };

  return {
    get end() { return end; },
    async commit(links) {
      const answer = await ask('commit', { links });
      if (isWriteFault(answer)) return answer;
      end = answer;
      return null;
    },
    writeSegment: (base, lastN) => ask('segment', { base, lastN }),
    dropUntil: (base) => ask('drop', { base }),
    pruneSegments: (bytesMax) => ask('prune', { bytesMax }),
    writeSnapshot: (n, bytes) => ask('snapshot', { n, bytes }),
    async close() {
      if (started === null) return;
      await ask('close', {});
      await started.worker.terminate();
    },
  };
}

/** Runs in the thread: takes orders until it is told to close. */
class Scribe {
  readonly #port: MessagePort;
  readonly #setup: ThreadSetup;
  readonly #writer: LogWriter | WriteFault;

  constructor(port: MessagePort, setup: ThreadSetup) {
    this.#port = port;
    this.#setup = setup;
    this.#writer = this.#open();
  }

  #open(): LogWriter | WriteFault {
    const { paths, header, end, databaseBytesMax } = this.#setup;
    try {
      const { record } = readHead(paths.head);
      if (record === null) return { state: 'failed', code: 'store-failed', text: 'the acknowledged head cannot be read' };
      return openWriter({ paths, header, end, acknowledged: record, databaseBytesMax });
    } catch (fault) {
      return { ...fileFault(fault), state: 'failed', code: 'store-failed' };
    }
  }

  #commit(writer: LogWriter, { links }: Orders['commit']): ChainEnd | WriteFault {
    return writer.commit(links) ?? writer.end;
  }

  async #file<T>(work: () => Promise<T> | T): Promise<T | WriteFault> {
    try {
      return await work();
    } catch (fault) {
      return fileFault(fault);
    }
  }

  #do(writer: LogWriter, { kind, order }: Order): Promise<Answer['answer']> | Answer['answer'] {
    const { paths } = this.#setup;
    switch (kind) {
      case 'commit': return this.#commit(writer, order as Orders['commit']);
      case 'drop': return writer.dropUntil((order as Orders['drop']).base);
      case 'segment': return this.#file(() => writeSegment({ writer, folder: paths.archive, ...(order as Orders['segment']) }));
      case 'prune': return this.#file(() => pruneSegments(paths.archive, (order as Orders['prune']).bytesMax));
      case 'snapshot': {
        const { n, bytes } = order as Orders['snapshot'];
        return this.#file(() => writeSnapshot(paths.snapshots, n, bytes));
      }
      case 'close':
        writer.close();
        return null;
    }
  }

  take(order: Order): void {
    const answer = isWriteFault(this.#writer) ? this.#writer : this.#do(this.#writer, order);
    if (answer instanceof Promise) void answer.then((done) => this.#answer(order.id, done));
    else this.#answer(order.id, answer);
  }

  #answer(id: number, answer: Answer['answer']): void {
    this.#port.postMessage({ id, answer } satisfies Answer);
  }
}

const setupOf = (data: unknown): ThreadSetup | null => (typeof data === 'object' && data !== null && 'heliostatLog' in data ? (data as ThreadData).heliostatLog : null);

const setup = isMainThread ? null : setupOf(workerData);
if (setup !== null && parentPort !== null) {
  const scribe = new Scribe(parentPort, setup);
  parentPort.on('message', (order: Order) => scribe.take(order));
}
