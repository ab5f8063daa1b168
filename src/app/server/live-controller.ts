/**
 * The controller with its durable log: readings are taken one by one, their entries are appended together, and nothing is
 * acknowledged, published or sent to a device before they are on the disk.
 *
 * The state runs ahead of the disk by what waits for the next group commit. When the disk refuses, what was taken is kept and
 * appended again until it succeeds; meanwhile nothing new is taken. What no log can take is forgotten, with what was decided on top of it.
 */

import type { Entry as StoredEntry } from '../../adapters/store/entry.ts';
import type { Store } from '../../adapters/store/store.ts';
import type { Refusal } from '../../base/refusal.ts';
import { formatIssue } from '../../base/issue.ts';
import { isRefusal, refuse } from '../../base/refusal.ts';
import type { Entry } from '../../control/entry.ts';
import type { Reading } from '../../control/reading.ts';
import { takeReading } from '../../control/run.ts';
import type { State } from '../../control/state.ts';
import type { EntryLatencies } from '../metrics/observe-entries.ts';
import type { DeviceSide } from './device-side.ts';
import type { Heard } from './inbox.ts';
import { Inbox } from './inbox.ts';
import type { Origin } from './log-index.ts';
import { forkIndex, LogIndex } from './log-index.ts';
import { recoverState } from './open-controller.ts';
import type { ServerClock } from './server-clock.ts';
import { encodeSnapshot } from './state-snapshot.ts';

/** Entries behind the newest snapshot from which another is made. */
const snapshotEveryEntries = 50_000;
/** Making a snapshot copies the state, so two are this far apart however much is written. */
const snapshotEveryMs = 60_000;
/** The process does other work after readings were taken for this long. */
const sliceMs = 12;
const retryMs = 1000;
/** Readings that are only noted are not taken while so many entries wait for the disk: some tens of milliseconds of its work (design choice). */
const waitingEntriesMax = 2048;

export interface Told {
  readonly entries: readonly Entry[];
  /** Resolves when the entries are on the disk, or with the reason why they are not yet. */
  readonly durable: Promise<Refusal | null>;
}

interface Batch {
  readonly entries: readonly Entry[];
  readonly decideS: number;
  readonly decidedMs: number;
  isWaiting: boolean;
}

/** Told of the entries of one reading once they are durable, and how long that took. */
export type EntryListener = (entries: readonly Entry[], took: EntryLatencies) => void;

export interface LiveSetup {
  readonly state: State;
  readonly store: Store;
  readonly index: LogIndex;
  readonly clock: ServerClock;
  readonly devices: DeviceSide;
  /** What went wrong with the disk, or `null` when it is well again. */
  onTrouble(trouble: Refusal | null): void;
  /** A fault of the program itself, for the log of the process. */
  onFault?(fault: unknown): void;
}

export class LiveController {
  readonly state: State;
  readonly store: Store;
  readonly index: LogIndex;
  readonly clock: ServerClock;
  readonly devices: DeviceSide;
  readonly #listeners = new Set<EntryListener>();
  readonly #onTrouble: LiveSetup['onTrouble'];
  readonly #onFault: (fault: unknown) => void;
  #inbox: Inbox;
  /** In the order of their numbers. */
  readonly #undurable = new Set<Batch>();
  /** Durable, their commands sent, and not yet told to listeners. */
  #untold: Batch[] = [];
  #isPumping = false;
  #trouble: Refusal | null = null;
  #snapshotN: number;
  #isSaving = false;
  #savedMs = performance.now();
  #tick: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(setup: LiveSetup) {
    this.state = setup.state;
    this.store = setup.store;
    this.index = setup.index;
    this.clock = setup.clock;
    this.devices = setup.devices;
    this.#inbox = new Inbox(setup.state);
    this.#onTrouble = setup.onTrouble;
    this.#onFault = setup.onFault ?? (() => undefined);
    this.#snapshotN = setup.state.n;
  }

  /** Why nothing is taken at present; `null` while all is well. */
  get trouble(): Refusal | null {
    return this.#trouble;
  }

  get waitingReadings(): number {
    return this.#inbox.length;
  }

  /** Readings that were given up because too many waited. */
  get droppedReadings(): number {
    return this.#inbox.dropped;
  }

  /** Begins to hear devices and to let time pass. */
  start(tickMs: number): void {
    this.devices.start((readings) => this.offer(readings));
    this.#tick = setInterval(() => this.offer([{ kind: 'tick' }]), tickMs);
  }

  /** Is told of entries once they are durable, in their order. */
  listen(listener: EntryListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Readings of devices: taken between other work, what others wait for first, those of one device in their order. */
  offer(readings: readonly Reading[]): void {
    const heardMs = performance.now();
    for (const reading of readings) this.#inbox.add({ reading, heardMs });
    this.#schedulePump();
  }

  /** True while lost light waits for an answer, or a plan for its next step: new wishes are decided after them. */
  get isUrged(): boolean {
    return this.#trouble === null && this.#inbox.hasUrgent;
  }

  /** Resolves when nothing urgent waits; whoever goes on at once decides on the state without it. */
  async afterUrgent(): Promise<void> {
    while (this.isUrged) await new Promise((resolve) => setImmediate(resolve));
  }

  /** The log keeps the order in which readings were taken, so what is only noted waits here, where what is urgent passes it, and not there. */
  get #mayNote(): boolean {
    return this.store.waitingEntries < waitingEntriesMax;
  }

  #schedulePump(): void {
    if (this.#isPumping || this.#inbox.length === 0 || !(this.#mayNote || this.#inbox.hasUrgent)) return;
    this.#isPumping = true;
    setImmediate(() => this.#pump());
  }

  #pump(): void {
    this.#isPumping = false;
    const untilMs = performance.now() + sliceMs;
    while (this.#trouble === null && performance.now() < untilMs) {
      const heard = this.#mayNote ? this.#inbox.next() : this.#inbox.nextUrgent();
      if (heard === undefined) break;
      this.#take(heard, null);
    }
    if (this.#trouble === null) this.#schedulePump();
  }

  /** Takes a reading at once. Refused while the disk is in trouble. */
  tell(reading: Reading, origin: Origin | null): Told | Refusal {
    return this.#trouble ?? this.#take({ reading, heardMs: performance.now() }, origin);
  }

  /** Decides and appends. A fault of the controller on the way costs this reading and nothing else: the state is read from the log again. */
  #take(heard: Heard, origin: Origin | null): Told | Refusal {
    try {
      return this.#decide(heard, origin);
    } catch (fault) {
      return this.#reread(fault);
    }
  }

  #decide({ reading, heardMs }: Heard, origin: Origin | null): Told {
    const [first, ...facts] = takeReading(this.state, this.clock.nowNs(), reading);
    if (first?.kind !== 'reading') throw new Error('a reading was not logged first');
    const logged = origin === null ? first : { ...first, body: { ...first.body, origin } };
    const entries = [logged, ...facts];
    for (const entry of entries) this.index.note(entry);
    const decidedMs = performance.now();
    const batch: Batch = { entries, decideS: (decidedMs - heardMs) / 1000, decidedMs, isWaiting: false };
    const durable = this.#append(batch);
    if (this.state.n - this.#snapshotN >= snapshotEveryEntries && !this.#isSaving && decidedMs - this.#savedMs >= snapshotEveryMs) void this.#saveSnapshot(durable);
    return { entries, durable };
  }

  /** Throws at once, and appends nothing, when the entries are none that a log can keep. */
  #append(batch: Batch): Promise<Refusal | null> {
    const drafts = batch.entries.map((entry) => {
      const { kind, atNs, body } = entry;
      return entry.kind === 'fact' ? { kind, atNs, cause: entry.cause, body } : { kind, atNs, body };
    });
    const appending = this.store.append(drafts, { firstN: batch.entries[0]?.n ?? 0 });
    batch.isWaiting = true;
    this.#undurable.add(batch);
    return this.#appended(batch, appending);
  }

  async #appended(batch: Batch, appending: ReturnType<Store['append']>): Promise<Refusal | null> {
    const answer = await appending;
    batch.isWaiting = false;
    if (isRefusal(answer)) {
      this.#fail(answer);
      // What was decided on top of what is forgotten is asked again once the log is read.
      return answer.code === 'wrong-number' ? this.#trouble ?? answer : answer;
    }
    this.#undurable.delete(batch);
    this.#publish(batch);
    if (this.#trouble === null) this.#schedulePump();
    return null;
  }

  /** What was decided and not logged is forgotten: once all that was logged is safe, the state is folded from the log anew. */
  #reread(fault: unknown): Refusal {
    const reason = fault instanceof Error ? fault.message : String(fault);
    this.#onFault(fault);
    return this.#forget('The controller failed on this reading, which is not taken; it reads its log again.', `The fault: ${reason}`);
  }

  #forget(...reasons: readonly [string, ...string[]]): Refusal {
    const refusal = refuse('controller-failed', 'wait', ...reasons);
    this.#trouble = refusal;
    this.#onTrouble(refusal);
    void this.#foldAgain();
    return refusal;
  }

  async #foldAgain(): Promise<void> {
    await this.#settled();
    // What the disk refused meanwhile is lost with the state that it belonged to; nobody was told that it was safe.
    this.#undurable.clear();
    if (this.#isStopped) return;
    const recovered = await recoverState(this.store, this.state.plant);
    if (!recovered.ok) {
      this.#trouble = refuse('controller-failed', 'never', ...recovered.issues.map(formatIssue));
      this.#onTrouble(this.#trouble);
      return;
    }
    Object.assign(this.state, recovered.value.state);
    Object.assign(this.index.data, recovered.value.index.data);
    this.#trouble = null;
    this.#onTrouble(null);
    this.#schedulePump();
  }

  /** Resolves when no append is under way. */
  async #settled(): Promise<void> {
    while ([...this.#undurable].some(({ isWaiting }) => isWaiting)) await new Promise((resolve) => setImmediate(resolve));
  }

  #fail(refusal: Refusal): void {
    // While the log is read again, what is refused is forgotten with the rest.
    if (this.#trouble?.code === 'controller-failed') return;
    // No disk that is mended would take it: asked again, it would stand before everything else for ever.
    if (refusal.code === 'entry-too-large') return void this.#forget('What was decided on a reading is more than the log takes; it is forgotten, and the log is read again.', ...refusal.reasons);
    const isNew = this.#trouble === null;
    this.#trouble = refusal.code === 'store-failed' || isNew ? refusal : this.#trouble;
    if (!isNew) return;
    this.#onTrouble(this.#trouble);
    if (this.#trouble?.code !== 'store-failed') setTimeout(() => void this.#retry(), retryMs).unref();
  }

  /** Appends again what the disk refused, first to last, and goes on when all of it is safe. */
  async #retry(): Promise<void> {
    if (this.#isStopped) return;
    for (const batch of [...this.#undurable]) {
      if (this.#isStopped || batch.isWaiting || this.#trouble?.code === 'store-failed') return;
      const refusal = await this.#append(batch);
      if (refusal !== null) {
        setTimeout(() => void this.#retry(), retryMs).unref();
        return;
      }
    }
    this.#trouble = null;
    this.#onTrouble(null);
    this.#schedulePump();
  }

  /** Sends the commands of a durable batch. Listeners hear of it when those of all batches that became durable with it are sent, and before anybody is answered. */
  #publish(batch: Batch): void {
    for (const entry of batch.entries) {
      if (entry.kind !== 'fact') continue;
      if (entry.body.kind === 'maintenanceSet' && entry.body.stage === 'returned') this.devices.askAll?.();
      if (entry.body.kind === 'commandIssued') this.devices.send({ n: entry.body.resends ?? entry.n, device: entry.body.device, action: entry.body.action });
    }
    this.#untold.push(batch);
    if (this.#untold.length === 1) queueMicrotask(() => this.#tellListeners());
  }

  #tellListeners(): void {
    const batches = this.#untold;
    this.#untold = [];
    const nowMs = performance.now();
    for (const { entries, decideS, decidedMs } of batches) {
      const took = { decideS, commitS: (nowMs - decidedMs) / 1000 };
      for (const listener of this.#listeners) listener(entries, took);
    }
  }

  async #saveSnapshot(durable: Promise<Refusal | null>): Promise<void> {
    this.#isSaving = true;
    this.#savedMs = performance.now();
    const { n } = this.state;
    const encoding = encodeSnapshot(this.state, forkIndex(this.index.data));
    const refusal = await durable;
    const bytes = await encoding;
    const saved = refusal ?? await this.store.saveSnapshot({ n, bytes });
    this.#isSaving = false;
    // A snapshot that could not be saved costs recovery time only; the next one tries again.
    if (!isRefusal(saved)) this.#snapshotN = n;
  }

  /** Entries from `fromN` to the newest durable one. */
  *entries(fromN: number): Generator<Entry> {
    for (const entry of this.store.entries(Math.max(fromN, this.store.baseN + 1)) as Iterable<StoredEntry>) yield entry as unknown as Entry;
  }

  /** One durable entry, or `null` when it is still to come or no longer even in the archive. */
  entry(n: number): Entry | null {
    if (n < 1 || n > this.store.headN) return null;
    if (n <= this.store.baseN) return this.store.archivedEntry(n) as Entry | null;
    for (const entry of this.entries(n)) return entry;
    return null;
  }

  /** Stops hearing, writes what waits, and leaves a snapshot for a quick start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#tick !== null) clearInterval(this.#tick);
    await this.devices.stop();
    this.#inbox = new Inbox(this.state);
    await this.#settled();
    const { n } = this.state;
    if (this.#trouble === null && n > 0 && n === this.store.headN && !this.#isSaving) await this.store.saveSnapshot({ n, bytes: await encodeSnapshot(this.state, this.index.data) });
    await this.store.close();
  }
}

/** Refusal of everything that must be written while the disk is in trouble; what no log takes is refused for itself. */
export const notTaken = (trouble: Refusal): Refusal => trouble.code === 'entry-too-large' ? trouble : refuse(trouble.code, trouble.remedy, 'Nothing can be written at present.', ...trouble.reasons);
