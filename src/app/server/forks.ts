/** What-if forks: a copy of the live state with its own emulated devices, perturbed at will, compared with the live one, adopted or thrown away. */

import { randomBytes } from 'node:crypto';
import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { forkState } from '../../control/create-state.ts';
import type { Entry } from '../../control/entry.ts';
import type { Reading } from '../../control/reading.ts';
import { takeReading } from '../../control/run.ts';
import type { State } from '../../control/state.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import type { Comparison, ForkView } from '../contract/work.ts';
import type { FaultWish } from './device-side.ts';
import { EmulatedWorld } from './emulated-world.ts';
import type { LiveController } from './live-controller.ts';
import { LogIndex } from './log-index.ts';
import { lightShare } from './views/component-view.ts';
import { decisionRow } from './views/decision-view.ts';
import { jobStepNs, jobView } from './views/work-view.ts';

/** Each copy takes as much memory as the live state. */
export const forksMax = 8;
/** A fork that nobody touched for this long is thrown away. */
const forkIdleMs = 3600e3;
/** Answers that follow from answers, within one reading. */
const followedMax = 10_000;
const tickNs = 1e9;
/** Time for the copied devices to settle at the faults that the live ones have. */
const settleNs = 60e9;

/** A reading that a fork was given, and how adopting it reads; `null` for what only perturbs. */
interface Given {
  readonly reading: Reading;
  readonly text: string | null;
}

export class Fork {
  readonly id = randomBytes(6).toString('hex');
  readonly state: State;
  readonly index: LogIndex;
  readonly of: number;
  readonly by: string;
  readonly createdNs: number;
  readonly given: Given[] = [];
  touchedMs = Date.now();
  facts = 0;
  #isBusy = false;
  #world: EmulatedWorld | null = null;
  readonly #live: LiveController;
  readonly #catalogue: Catalogue;

  constructor(live: LiveController, catalogue: Catalogue, by: string) {
    this.#live = live;
    this.#catalogue = catalogue;
    this.state = forkState(live.state);
    const { data } = live.index;
    this.index = new LogIndex({
      ...data, jobs: new Map(data.jobs), leases: new Map(data.leases), components: new Map(data.components), circuits: new Map(data.circuits), reasons: new Map(data.reasons),
      deviceReasons: new Map(data.deviceReasons), decisions: new Map(), commands: new Map(data.commands), requests: new Map(),
    });
    this.of = live.state.n;
    this.createdNs = live.state.nowNs;
    this.by = by;
  }

  get view(): ForkView {
    return { id: this.id, of: this.of, createdNs: this.createdNs, by: this.by, nowNs: this.state.nowNs, decisions: this.index.data.decisions.size };
  }

  /** Decides on a reading in the fork; devices answer at once, by the emulation where there is one. */
  take(reading: Reading, atNs: number): readonly Entry[] {
    this.touchedMs = Date.now();
    const taken: Entry[] = [];
    const waiting: Reading[] = [reading];
    for (const next of waiting) {
      if (waiting.length > followedMax) throw new Error(`a reading of a fork calls for more than ${followedMax} answers`);
      const entries = takeReading(this.state, atNs, next);
      for (const entry of entries) {
        this.index.note(entry);
        if (entry.kind !== 'fact') continue;
        this.facts += 1;
        if (entry.body.kind !== 'commandIssued') continue;
        const command = { n: entry.body.resends ?? entry.n, device: entry.body.device, action: entry.body.action };
        const answer = this.#world === null ? { reading: { kind: 'commandAnswered', command: command.n, outcome: 'done', detail: '' } as const } : this.#world.command(command, atNs);
        if (answer !== null) waiting.push(answer.reading);
      }
      taken.push(...entries);
    }
    return taken;
  }

  #startWorld(): EmulatedWorld {
    if (this.#world !== null) return this.#world;
    const { state } = this;
    const world = new EmulatedWorld({
      cluster: state.plant.cluster, catalogue: this.#catalogue, seed: 1, startNs: state.nowNs - settleNs, state, faults: this.#live.devices.emulation?.faults ?? [],
    });
    // What the devices say now is what the live ones have said: only what changes from here on is news.
    world.sense(state.nowNs);
    this.#world = world;
    return world;
  }

  /** True while time passes in the fork: it takes nothing else meanwhile. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Injects a fault into the fork's own devices and lets time pass, with room for others between its steps. Issue codes: those of `injectFault`. */
  async perturb(ask: FaultWish, forS: number): Promise<Parsed<string>> {
    this.#isBusy = true;
    try {
      const world = this.#startWorld();
      const done = world.inject(ask);
      if (!done.ok) return done;
      this.given.push({ reading: { kind: 'tick' }, text: null });
      const endNs = this.state.nowNs + forS * 1e9;
      for (let atNs = this.state.nowNs + tickNs; atNs <= endNs; atNs += tickNs) {
        for (const reading of [...world.sense(atNs), { kind: 'tick' } as const]) this.take(reading, atNs);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return parsed(done.value.summary);
    } finally {
      this.#isBusy = false;
    }
  }
}

/** Whether two grants of a lease take the same way. */
function sameWay(state: State, other: State, id: string): boolean {
  const [one, two] = [state.leases.get(id)?.grant ?? null, other.leases.get(id)?.grant ?? null];
  if (one === null || two === null) return one === two;
  return JSON.stringify(one.paths.map(({ links, rateGbps }) => [links, rateGbps])) === JSON.stringify(two.paths.map(({ links, rateGbps }) => [links, rateGbps]));
}

const losing = (state: State, index: LogIndex): number => [...state.jobs.values()].reduce((sum, job) => sum + jobView(state, index, job).losingGpuS, 0);

const stepS = (state: State, id: string): number | null => {
  const job = state.jobs.get(id);
  const step = job === undefined ? Infinity : jobStepNs(state, job);
  return Number.isFinite(step) ? step / 1e9 : null;
};

export function compareFork(live: LiveController, fork: Fork): Comparison {
  const { state } = live;
  const jobs = [...new Set([...state.jobs.keys(), ...fork.state.jobs.keys()])].sort();
  let leasesMoved = 0;
  let leasesDropped = 0;
  for (const [id, { grant }] of state.leases) {
    const there = fork.state.leases.get(id);
    if (grant !== null && (there?.grant ?? null) === null) leasesDropped += 1;
    else if (there !== undefined && !sameWay(state, fork.state, id)) leasesMoved += 1;
  }
  return {
    fork: fork.id, jobs: jobs.map((id) => ({ id, stepS: stepS(state, id), forkStepS: stepS(fork.state, id) })),
    lightShare: { live: lightShare(state), fork: lightShare(fork.state) }, leasesMoved, leasesDropped,
    lostGpuSPerS: { live: losing(state, live.index), fork: losing(fork.state, fork.index) },
    decisions: [...fork.index.data.decisions.values()].map(decisionRow), adoptable: fork.given.flatMap(({ text }) => text ?? []),
  };
}

export class ForkTable {
  readonly #live: LiveController;
  readonly #catalogue: Catalogue;
  readonly #forks = new Map<string, Fork>();

  constructor(live: LiveController, catalogue: Catalogue) {
    this.#live = live;
    this.#catalogue = catalogue;
  }

  #forgetIdle(): void {
    for (const [id, { touchedMs }] of this.#forks) if (Date.now() - touchedMs > forkIdleMs) this.#forks.delete(id);
  }

  /** Refusal `too-many-forks`. */
  create(by: string): Fork | Refusal {
    this.#forgetIdle();
    if (this.#forks.size >= forksMax) return refuse('too-many-forks', 'wait', `There are ${forksMax} forks already; each takes as much memory as the live state.`, 'Delete one that is no longer needed.');
    const fork = new Fork(this.#live, this.#catalogue, by);
    this.#forks.set(fork.id, fork);
    return fork;
  }

  find(id: string): Fork | null {
    return this.#forks.get(id) ?? null;
  }

  delete(id: string): boolean {
    return this.#forks.delete(id);
  }

  get list(): readonly Fork[] {
    this.#forgetIdle();
    return [...this.#forks.values()];
  }
}
