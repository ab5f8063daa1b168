/** A what-if fork: a copy of the live state with its own emulated devices, perturbed at will and compared with the live one. It lives in the thread of what-ifs. */

import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { forkState } from '../../control/create-state.ts';
import type { Entry } from '../../control/entry.ts';
import type { Reading } from '../../control/reading.ts';
import { takeReading } from '../../control/run.ts';
import type { State } from '../../control/state.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import type { DeviceFault } from '../../sim/devices/device-fault.ts';
import type { ForkDone, ForkReading } from '../contract/operate.ts';
import type { Comparison, ForkView } from '../contract/work.ts';
import type { FaultWish } from './device-side.ts';
import { EmulatedWorld } from './emulated-world.ts';
import { LogIndex } from './log-index.ts';
import type { ProblemReply } from './problem.ts';
import { refused } from './problem.ts';
import { unknownComponent } from './unknown-component.ts';
import { componentName, lightShare } from './views/component-view.ts';
import { decisionRow } from './views/decision-view.ts';
import { jobStepNs, jobView } from './views/work-view.ts';

/** Answers that follow from answers, within one reading. */
const followedMax = 10_000;
const tickNs = 1e9;
/** Time for the copied devices to settle at the faults that the live ones have. */
const settleNs = 60e9;
/** Perturbations come from a device that does not exist, so that they never disturb the count of one that does. */
const whatIfDevice = 'what-if';

/** A reading that a fork was given and that adopting sends to the live controller, and how that reads. */
export interface Adoptable {
  readonly reading: Reading;
  readonly text: string;
}

/** A state of the log and what is remembered beside it. */
export interface StateBeside {
  readonly state: State;
  readonly index: LogIndex;
}

function refusalsOf(entries: readonly Entry[]): Refusal[] {
  return entries.flatMap(({ body }) => (body.kind === 'setAside' || body.kind === 'leaseRefused' || body.kind === 'jobRefused' ? [body.refusal] : []));
}

export class Fork {
  readonly id: string;
  readonly by: string;
  readonly state: State;
  readonly index: LogIndex;
  readonly of: number;
  readonly createdNs: number;
  readonly given: Adoptable[] = [];
  #facts = 0;
  #world: EmulatedWorld | null = null;
  readonly #catalogue: Catalogue;

  constructor({ state, index: { data } }: StateBeside, { id, by, catalogue }: { readonly id: string; readonly by: string; readonly catalogue: Catalogue }) {
    this.id = id;
    this.by = by;
    this.#catalogue = catalogue;
    this.state = forkState(state);
    this.index = new LogIndex({
      ...data, jobs: new Map(data.jobs), leases: new Map(data.leases), components: new Map(data.components), circuits: new Map(data.circuits), reasons: new Map(data.reasons),
      deviceReasons: new Map(data.deviceReasons), decisions: new Map(), commands: new Map(data.commands), requests: new Map(),
    });
    this.of = state.n;
    this.createdNs = state.nowNs;
  }

  get view(): ForkView {
    return { id: this.id, of: this.of, createdNs: this.createdNs, by: this.by, nowNs: this.state.nowNs, decisions: this.index.data.decisions.size };
  }

  /** What has happened in the fork, with the decisions behind an entry. */
  doneSince(before: number): ForkDone {
    return { version: this.state.n, nowNs: this.state.nowNs, facts: this.#facts, decisions: [...this.index.data.decisions.keys()].filter((n) => n > before) };
  }

  /** Decides on a reading in the fork; devices answer at once, by the emulation where there is one. */
  #take(reading: Reading, atNs: number): readonly Entry[] {
    const taken: Entry[] = [];
    const waiting: Reading[] = [reading];
    for (const next of waiting) {
      if (waiting.length > followedMax) throw new Error(`a reading of a fork calls for more than ${followedMax} answers`);
      const entries = takeReading(this.state, atNs, next);
      for (const entry of entries) {
        this.index.note(entry);
        if (entry.kind !== 'fact') continue;
        this.#facts += 1;
        if (entry.body.kind !== 'commandIssued') continue;
        const command = { n: entry.body.resends ?? entry.n, device: entry.body.device, action: entry.body.action };
        const answer = this.#world === null ? { reading: { kind: 'commandAnswered', command: command.n, outcome: 'done', detail: '' } as const } : this.#world.command(command, atNs);
        if (answer !== null) waiting.push(answer.reading);
      }
      taken.push(...entries);
    }
    return taken;
  }

  /** A reading of the fork from words of the edge, and how adopting it reads; `null` for what only perturbs. */
  #readingOf(given: ForkReading, by: string): { readonly reading: Reading; readonly text: string | null } | ProblemReply {
    const { plant, nowNs, devices, policy } = this.state;
    const sequence = (devices.get(whatIfDevice)?.sequence ?? -1) + 1;
    if (given.kind === 'release') return { reading: { kind: 'leaseReleased', id: given.lease }, text: `release lease ${given.lease}` };
    if (given.kind === 'lease') {
      const { request } = given;
      const startNs = request.startNs ?? nowNs;
      const endNs = request.endNs ?? startNs + (request.durationS === undefined ? policy.classes[request.trafficClass].windowNs : request.durationS * 1e9);
      const lease = { id: request.id ?? `${this.id}-${this.given.length}`, tenant: request.tenant, job: request.job, trafficClass: request.trafficClass, fromRank: request.fromRank, toRank: request.toRank };
      return { reading: { kind: 'leaseAsked', request: { ...lease, rateGbps: request.rateGbps, bits: request.bits, floorGbps: request.floorGbps, startNs, endNs } }, text: `ask for lease ${lease.id}` };
    }
    const component = plant.cluster.fabric.findComponent(given.component);
    if (component < 0) return unknownComponent(plant, given.component);
    switch (given.kind) {
      case 'drain': return { reading: { kind: 'maintenanceAsked', component, action: 'drain', by }, text: `drain ${componentName(plant, component)}` };
      case 'telemetry': return { reading: { kind: 'telemetry', device: whatIfDevice, sequence, deviceNs: nowNs, quantity: given.quantity, components: [component], values: [given.value] }, text: null };
      case 'alarm': return { reading: { kind: 'alarm', device: whatIfDevice, sequence, component, alarm: given.alarm, raised: given.raised }, text: null };
    }
  }

  /** Tells the fork something; a problem where it is refused, with nothing of it kept. */
  tell(given: ForkReading, by: string): ProblemReply | null {
    const one = this.#readingOf(given, by);
    if ('problem' in one) return one;
    const [refusal] = refusalsOf(this.#take(one.reading, this.state.nowNs));
    if (refusal !== undefined) return refused(refusal);
    if (one.text !== null) this.given.push({ reading: one.reading, text: one.text });
    return null;
  }

  #startWorld(faults: readonly DeviceFault[]): EmulatedWorld {
    if (this.#world !== null) return this.#world;
    const { state } = this;
    const world = new EmulatedWorld({ cluster: state.plant.cluster, catalogue: this.#catalogue, seed: 1, startNs: state.nowNs - settleNs, state, faults });
    // What the devices say now is what the live ones have said: only what changes from here on is news.
    world.sense(state.nowNs);
    this.#world = world;
    return world;
  }

  /** Injects a fault into the fork's own devices, which have the live ones' faults, and lets time pass, with room for others between its steps. Issue codes: those of `injectFault`. */
  async perturb(ask: FaultWish, forS: number, faults: readonly DeviceFault[]): Promise<Parsed<string>> {
    const world = this.#startWorld(faults);
    const done = world.inject(ask);
    if (!done.ok) return done;
    const endNs = this.state.nowNs + forS * 1e9;
    for (let atNs = this.state.nowNs + tickNs; atNs <= endNs; atNs += tickNs) {
      for (const reading of [...world.sense(atNs), { kind: 'tick' } as const]) this.#take(reading, atNs);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return parsed(done.value.summary);
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

export function compareFork(live: StateBeside, fork: Fork): Comparison {
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
    decisions: [...fork.index.data.decisions.values()].map(decisionRow), adoptable: fork.given.map(({ text }) => text),
  };
}
