/**
 * What-if forks as the server knows them: who made them, what adopting one sends, and the thread in which they live (`fork-thread.ts`).
 *
 * The thread begins with the first fork and ends when nobody has had one for a while. When it ends by itself, every fork is lost and all
 * that wait are told so; the server goes on, and the next fork begins another thread.
 */

import { randomBytes } from 'node:crypto';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal, refuse } from '../../base/refusal.ts';
import type { DeviceFault } from '../../sim/devices/device-fault.ts';
import type { MapState } from '../contract/cluster.ts';
import type { ForkReading } from '../contract/operate.ts';
import type { Comparison, ForkView } from '../contract/work.ts';
import type { FaultWish } from './device-side.ts';
import type { Adoptable } from './fork.ts';
import type { ForkAnswer, ForkAnswers, ForkKind, ForkOrder, ForkOrders, ForkThreadData, ForkThreadSetup } from './fork-thread.ts';

/** Each copy takes as much memory as the live state. */
export const forksMax = 8;
/** Memory for the tables of all forks, and for the objects of their thread. */
export const forkBytesMax = 2 ** 30;
const threadHeapMbMax = 4096;
/** Questions to the thread that may wait. */
export const forkAsksMax = 32;
/** A question that takes longer than ten emulated minutes ever should is given up, and the thread with it. */
const answerMsMax = 900_000;
/** A fork that nobody touched for this long is thrown away. */
const forkIdleMs = 3600e3;
/** The thread ends when there was no fork for this long. */
const threadIdleMs = 60_000;

export interface ForkTableSetup extends Pick<ForkThreadSetup, 'clusterFile' | 'fingerprint' | 'dir'> {
  /** The newest durable entry of the log. */
  headN(): number;
  /** Faults that the emulated fabric has. */
  faults(): readonly DeviceFault[];
  /** What went wrong in the thread, for the log of the process. */
  onFault(fault: string): void;
  readonly bytesMax?: number;
  readonly heapMbMax?: number;
}

/** A fork as the server knows it: what it is and what adopting it would send. */
export interface ForkHandle {
  readonly id: string;
  view: ForkView;
  /** Number of the last entry that is in it. */
  version: number;
  adoptable: readonly Adoptable[];
  /** True while something is done in it: it takes nothing else meanwhile. */
  isBusy: boolean;
  touchedMs: number;
}

interface Started {
  readonly worker: Worker;
  readonly waiting: Map<number, (answer: ForkAnswer | null) => void>;
}

const failed = (...reasons: readonly string[]): Refusal => refuse('what-if-failed', 'wait', ...reasons);

export class ForkTable {
  readonly #setup: ForkTableSetup;
  readonly #forks = new Map<string, ForkHandle>();
  /** Forks that are being made. */
  #making = 0;
  #started: Started | null = null;
  #lastAsk = 0;
  #idle: NodeJS.Timeout | null = null;

  constructor(setup: ForkTableSetup) {
    this.#setup = setup;
  }

  #start(): Started {
    if (this.#started !== null) return this.#started;
    const { clusterFile, fingerprint, dir, bytesMax = forkBytesMax, heapMbMax = threadHeapMbMax } = this.#setup;
    const data: ForkThreadData = { heliostatForks: { clusterFile, fingerprint, dir, bytesMax } };
    // The same file is TypeScript in the checkout and JavaScript in the package.
    const worker = new Worker(new URL(`./fork-thread${extname(import.meta.url)}`, import.meta.url), { workerData: data, resourceLimits: { maxOldGenerationSizeMb: heapMbMax } });
    const started: Started = { worker, waiting: new Map() };
    worker.on('message', (answer: ForkAnswer) => {
      const told = started.waiting.get(answer.id);
      started.waiting.delete(answer.id);
      told?.(answer);
    });
    worker.on('error', (fault) => this.#ended(started, fault instanceof Error ? fault.stack ?? fault.message : String(fault)));
    worker.on('exit', () => this.#ended(started, 'it was stopped'));
    // What-ifs keep no process alive.
    worker.unref();
    this.#started = started;
    return started;
  }

  /** Forgets a thread that is gone, with every fork that lived in it. */
  #ended(started: Started, why: string): void {
    if (this.#started !== started) return;
    this.#started = null;
    if (this.#forks.size > 0 || started.waiting.size > 0) this.#setup.onFault(`the thread of what-ifs ended: ${why}`);
    this.#forks.clear();
    for (const answer of started.waiting.values()) answer(null);
    started.waiting.clear();
  }

  /** Refusals: `what-ifs-busy` when too many wait, `what-if-failed` when the thread ends or the program fails in it. */
  async #ask<K extends ForkKind>(kind: K, order: ForkOrders[K]): Promise<ForkAnswers[K] | Refusal> {
    const started = this.#start();
    if (started.waiting.size >= forkAsksMax && kind !== 'delete') return refuse('what-ifs-busy', 'wait', `${forkAsksMax} questions about what-ifs wait already.`, 'Ask again in a moment.');
    const asked: ForkOrder<K> = { id: ++this.#lastAsk, kind, order };
    const answer = await new Promise<ForkAnswer | null>((resolve) => {
      const tooLate = setTimeout(() => {
        this.#ended(started, `it did not answer for ${answerMsMax / 60_000} minutes`);
        void started.worker.terminate();
      }, answerMsMax).unref();
      started.waiting.set(asked.id, (told) => {
        clearTimeout(tooLate);
        resolve(told);
      });
      started.worker.postMessage(asked);
    });
    if (answer === null) return failed('The thread of what-ifs ended, and every fork is lost. The live state is as it was.', 'Make another fork; the log of the server says why.');
    if ('answer' in answer) return answer.answer as ForkAnswers[K];
    this.#setup.onFault(answer.fault);
    return failed('The what-if failed. The live state is as it was.', 'Make another fork; the log of the server says why.');
  }

  #forgetIdle(): void {
    for (const [id, { touchedMs, isBusy }] of this.#forks) if (!isBusy && Date.now() - touchedMs > forkIdleMs) this.delete(id);
  }

  #endThreadLater(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#forks.size === 0 && this.#making === 0) this.stop();
    }, threadIdleMs).unref();
  }

  /** Refusals: `too-many-forks`, and those of the thread. */
  async create(by: string): Promise<ForkHandle | Refusal> {
    this.#forgetIdle();
    if (this.#forks.size + this.#making >= forksMax) return refuse('too-many-forks', 'wait', `There are ${forksMax} forks already; each takes as much memory as the live state.`, 'Delete one that is no longer needed.');
    const id = randomBytes(6).toString('hex');
    this.#making += 1;
    const made = await this.#ask('create', { id, by, headN: this.#setup.headN() }).finally(() => { this.#making -= 1; });
    this.#endThreadLater();
    if (isRefusal(made)) return made;
    if ('needsBytes' in made) {
      const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
      return refuse('too-many-forks', 'wait', `A fork takes ${mib(made.needsBytes)}, and those that there are take ${mib(made.heldBytes)} of ${mib(this.#setup.bytesMax ?? forkBytesMax)}.`,
        'Delete one that is no longer needed.');
    }
    const handle: ForkHandle = { id, view: made.view, version: made.view.of, adoptable: [], isBusy: false, touchedMs: Date.now() };
    this.#forks.set(id, handle);
    return handle;
  }

  /** Does something in a fork, which is busy meanwhile, and notes how it stands afterwards. */
  async #do<K extends 'tell' | 'perturb'>(fork: ForkHandle, kind: K, order: ForkOrders[K]): Promise<ForkAnswers[K] | Refusal> {
    fork.isBusy = true;
    fork.touchedMs = Date.now();
    const done = await this.#ask(kind, order).finally(() => { fork.isBusy = false; });
    if (isRefusal(done)) {
      // What failed half-way may have left anything; a fork that only had to wait is whole.
      if (done.code === 'what-if-failed') this.delete(fork.id);
      return done;
    }
    fork.view = done.view;
    fork.version = done.done?.version ?? fork.version;
    fork.adoptable = done.adoptable;
    return done;
  }

  tell(fork: ForkHandle, readings: readonly ForkReading[], by: string): Promise<ForkAnswers['tell'] | Refusal> {
    return this.#do(fork, 'tell', { id: fork.id, readings, by });
  }

  perturb(fork: ForkHandle, wish: FaultWish, forS: number): Promise<ForkAnswers['perturb'] | Refusal> {
    return this.#do(fork, 'perturb', { id: fork.id, wish, forS, faults: this.#setup.faults() });
  }

  compare({ id }: ForkHandle): Promise<Comparison | Refusal> {
    return this.#ask('compare', { id, headN: this.#setup.headN() });
  }

  map({ id }: ForkHandle): Promise<MapState | Refusal> {
    return this.#ask('map', { id });
  }

  find(id: string): ForkHandle | null {
    return this.#forks.get(id) ?? null;
  }

  delete(id: string): boolean {
    const isThere = this.#forks.delete(id);
    if (isThere && this.#started !== null) void this.#ask('delete', { id });
    this.#endThreadLater();
    return isThere;
  }

  get list(): readonly ForkView[] {
    this.#forgetIdle();
    return [...this.#forks.values()].map(({ view }) => view);
  }

  /** Ends the thread and forgets every fork. */
  stop(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    const started = this.#started;
    if (started === null) return;
    this.#forks.clear();
    this.#ended(started, 'the server stops');
    void started.worker.terminate();
  }
}
