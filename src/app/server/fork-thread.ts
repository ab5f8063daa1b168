/**
 * The thread of what-ifs: holds all forks and a mirror of the live state that it folds from the log by itself, so that neither making a
 * fork nor deciding, pricing or comparing in one takes time of the thread that hears devices and answers.
 *
 * Orders are taken in their sequence; while time passes in a fork, orders to others have their turns between its steps.
 */

import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { openBeside } from '../../adapters/store/log-beside.ts';
import type { Issue } from '../../base/issue.ts';
import { formatIssue } from '../../base/issue.ts';
import type { DeviceFault } from '../../sim/devices/device-fault.ts';
import type { MapState } from '../contract/cluster.ts';
import type { ForkDone, ForkReading } from '../contract/operate.ts';
import type { Comparison, ForkView } from '../contract/work.ts';
import { buildPlant } from './build-plant.ts';
import type { BuiltPlant } from './build-plant.ts';
import type { FaultWish } from './device-side.ts';
import type { Adoptable } from './fork.ts';
import { compareFork, Fork } from './fork.ts';
import { LiveMirror } from './live-mirror.ts';
import type { ProblemReply } from './problem.ts';
import { stateBytes } from './state-bytes.ts';
import { mapStateView } from './views/map-view.ts';

export interface ForkThreadSetup {
  readonly clusterFile: string;
  /** The cluster that the server runs; its file may have changed since. */
  readonly fingerprint: string;
  /** The data folder. */
  readonly dir: string;
  /** Memory that all forks together may take. */
  readonly bytesMax: number;
}

/** What a thread gets when it is started for what-ifs. */
export interface ForkThreadData {
  readonly heliostatForks: ForkThreadSetup;
}

/** What the thread is asked to do, by kind. `headN` is the newest durable entry of the log. */
export interface ForkOrders {
  create: { readonly id: string; readonly by: string; readonly headN: number };
  tell: { readonly id: string; readonly readings: readonly ForkReading[]; readonly by: string };
  perturb: { readonly id: string; readonly wish: FaultWish; readonly forS: number; readonly faults: readonly DeviceFault[] };
  compare: { readonly id: string; readonly headN: number };
  map: { readonly id: string };
  delete: { readonly id: string };
}

/** How a fork stands after something was done in it. */
interface Stand {
  readonly view: ForkView;
  readonly done: ForkDone;
  /** All that adopting would send. */
  readonly adoptable: readonly Adoptable[];
}

export interface ForkAnswers {
  create: { readonly view: ForkView } | { readonly needsBytes: number; readonly heldBytes: number };
  tell: Stand & { readonly problem: ProblemReply | null };
  perturb: Stand & { readonly summary: string; readonly issues: readonly Issue[] };
  compare: Comparison;
  map: MapState;
  delete: null;
}

export type ForkKind = keyof ForkOrders;

export interface ForkOrder<K extends ForkKind = ForkKind> {
  readonly id: number;
  readonly kind: K;
  readonly order: ForkOrders[K];
}

/** `fault` is one of the program itself. */
export type ForkAnswer = { readonly id: number; readonly answer: ForkAnswers[ForkKind] } | { readonly id: number; readonly fault: string };

class ForkHost {
  readonly #setup: ForkThreadSetup;
  readonly #catalogue: BuiltPlant['catalogue'];
  readonly #mirror: LiveMirror;
  readonly #forks = new Map<string, Fork>();

  constructor(setup: ForkThreadSetup) {
    this.#setup = setup;
    const built = buildPlant(setup.clusterFile);
    if (!built.ok) throw new Error(`the cluster's file is not as it was: ${built.issues.map(formatIssue).join('; ')}`);
    const { plant, catalogue } = built.value;
    if (plant.fingerprint !== setup.fingerprint) throw new Error(`${setup.clusterFile} was changed since the server was started`);
    const log = openBeside(setup.dir);
    if (!log.ok) throw new Error(log.issues.map(formatIssue).join('; '));
    this.#catalogue = catalogue;
    this.#mirror = new LiveMirror(plant, log.value);
  }

  #fork(id: string): Fork {
    const fork = this.#forks.get(id);
    if (fork === undefined) throw new Error(`there is no fork ${id} in the thread of what-ifs`);
    return fork;
  }

  #create({ id, by, headN }: ForkOrders['create']): ForkAnswers['create'] {
    this.#mirror.advance(headN);
    const needsBytes = stateBytes(this.#mirror.state);
    const heldBytes = [...this.#forks.values()].reduce((sum, { state }) => sum + stateBytes(state), 0);
    if (heldBytes + needsBytes > this.#setup.bytesMax) return { needsBytes, heldBytes };
    const fork = new Fork(this.#mirror, { id, by, catalogue: this.#catalogue });
    this.#forks.set(id, fork);
    return { view: fork.view };
  }

  #stand(fork: Fork, before: number): Stand {
    return { view: fork.view, done: fork.doneSince(before), adoptable: fork.given };
  }

  #tell({ id, readings, by }: ForkOrders['tell']): ForkAnswers['tell'] {
    const fork = this.#fork(id);
    const before = fork.state.n;
    for (const reading of readings) {
      const problem = fork.tell(reading, by);
      if (problem !== null) return { ...this.#stand(fork, before), problem };
    }
    return { ...this.#stand(fork, before), problem: null };
  }

  async #perturb({ id, wish, forS, faults }: ForkOrders['perturb']): Promise<ForkAnswers['perturb']> {
    const fork = this.#fork(id);
    const before = fork.state.n;
    const done = await fork.perturb(wish, forS, faults);
    return { ...this.#stand(fork, before), summary: done.ok ? done.value : '', issues: done.ok ? [] : done.issues };
  }

  do({ kind, order }: ForkOrder): ForkAnswers[ForkKind] | Promise<ForkAnswers[ForkKind]> {
    switch (kind) {
      case 'create': return this.#create(order as ForkOrders['create']);
      case 'tell': return this.#tell(order as ForkOrders['tell']);
      case 'perturb': return this.#perturb(order as ForkOrders['perturb']);
      case 'compare': {
        const { id, headN } = order as ForkOrders['compare'];
        this.#mirror.advance(headN);
        return compareFork(this.#mirror, this.#fork(id));
      }
      case 'map': return mapStateView(this.#fork((order as ForkOrders['map']).id).state);
      case 'delete':
        this.#forks.delete((order as ForkOrders['delete']).id);
        return null;
    }
  }
}

async function take(host: ForkHost, port: MessagePort, order: ForkOrder): Promise<void> {
  const { id } = order;
  let answer: ForkAnswer;
  try {
    answer = { id, answer: await host.do(order) };
  } catch (fault) {
    answer = { id, fault: fault instanceof Error ? fault.stack ?? fault.message : String(fault) };
  }
  port.postMessage(answer);
}

const setupOf = (data: unknown): ForkThreadSetup | null => (typeof data === 'object' && data !== null && 'heliostatForks' in data ? (data as ForkThreadData).heliostatForks : null);

const setup = isMainThread ? null : setupOf(workerData);
if (setup !== null && parentPort !== null) {
  const port = parentPort;
  // What goes wrong here ends the thread, which is told to all that wait.
  const host = new ForkHost(setup);
  port.on('message', (order: ForkOrder) => void take(host, port, order));
}
