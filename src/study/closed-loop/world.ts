/**
 * The controller in its simulated world: emulated devices sense and obey, time passes, jobs progress as the light really is.
 *
 * The controller is the one that runs in production. Time moves in events ordered by (time, sequence): devices are read every
 * `telemetryNs`, the controller ticks every `tickNs`, commands and answers take the time of the management network. A fabric at
 * rest is not read anew: its sensors scatter by less than what they report.
 */

import type { Dice } from '../../base/dice.ts';
import { createDice } from '../../base/dice.ts';
import type { Parsed } from '../../base/issue.ts';
import type { Entry, LogHeader } from '../../control/entry.ts';
import type { Plant } from '../../control/plant.ts';
import type { Reading } from '../../control/reading.ts';
import { logHeader, recover, takeReading } from '../../control/run.ts';
import { createState } from '../../control/create-state.ts';
import type { State } from '../../control/state.ts';
import { advanceFabric } from '../../sim/devices/advance-fabric.ts';
import type { EmulatedFabric } from '../../sim/devices/emulated-fabric.ts';
import { guardShare } from '../../plan/phases/interleave.ts';
import { phaseOf } from '../../control/jobs/interleaving.ts';
import type { JobPhase } from '../../control/jobs/interleaving.ts';
import type { InjectedFault } from '../../sim/devices/inject-fault.ts';
import { injectFault } from '../../sim/devices/inject-fault.ts';
import { act } from './act.ts';
import type { Mischief } from './mischief.ts';
import { Channel } from './mischief.ts';
import { Senses } from './sense.ts';
import { SwitchWatch } from './switch-watch.ts';
import { TrueLight, receivingLanes } from './truth.ts';

export interface WorldTimes {
  /** How often devices are read. */
  readonly telemetryNs: number;
  readonly tickNs: number;
  /** One way over the management network. */
  readonly managementNs: number;
  /** How often devices say everything, news or not. */
  readonly heartbeatNs: number;
}

export interface WorldOptions extends WorldTimes {
  readonly plant: Plant;
  readonly devices: EmulatedFabric;
  readonly seed: number;
}

/** Usual times of a management network: a second between reports of a streaming device, milliseconds on the way, everything once a minute (design choices). */
export const usualTimes: WorldTimes = { telemetryNs: 1e9, tickNs: 1e9, managementNs: 2e6, heartbeatNs: 60e9 };

/** Epoch of simulated logs. */
const simulatedEpoch = '2026-01-01T00:00:00.000Z';

/** Reports that a device misses before it counts as silent. */
const silentAfter = 3;

/** A device is asked for all of its values no more often than this. */
const askAgainNs = 10e9;

interface Event {
  readonly atNs: number;
  readonly sequence: number;
  readonly run: () => void;
}

/** What a job has really done. */
export interface Progress {
  steps: number;
  /** When it may go on after a pause. */
  pausedUntilNs: number;
  /** Time in which no step was possible, pauses included. */
  stoodNs: number;
}

/** A controller that dies while it writes the facts of its next decision. */
export interface Crash {
  /** Entries of that reading that reach the log. */
  readonly keeps: number;
  /** Until it is back. */
  readonly downNs: number;
}

const isPlan = ({ kind, body }: Entry): boolean => kind === 'fact' && (body.kind === 'decided' || body.kind === 'planned');

export class World {
  readonly devices: EmulatedFabric;
  readonly progress = new Map<string, Progress>();
  readonly header: LogHeader;
  readonly log: Entry[] = [];
  nowNs = 0;
  #state: State;
  readonly #options: WorldOptions;
  readonly #dice: Dice;
  readonly #senses: Senses;
  readonly #channel = new Channel();
  readonly #laneOf: Int32Array;
  readonly #circuits: SwitchWatch;
  readonly #events: Event[] = [];
  readonly #onEntries: (entries: readonly Entry[]) => void;
  /** Reports in a row that each silent host has missed. */
  readonly #missed = new Map<string, number>();
  /** When each device was last asked for all of its values. */
  readonly #askedAgainNs = new Map<string, number>();
  #times: WorldTimes;
  #sequence = 0;
  #steps: Map<string, number> | null = null;
  /** False while nothing has changed since the last reading and nothing moves. */
  #isRestless = true;
  #heartbeatAtNs: number;
  #crash: Crash | null = null;
  #downUntilNs = 0;

  constructor(options: WorldOptions, onEntries: (entries: readonly Entry[]) => void) {
    this.#options = options;
    this.#times = options;
    this.#onEntries = onEntries;
    this.devices = options.devices;
    this.header = logHeader(options.plant, simulatedEpoch);
    this.#state = createState(options.plant);
    this.#dice = createDice(options.seed).fork('sensors');
    advanceFabric(this.devices, 0, this.#dice);
    this.#senses = new Senses(this.devices);
    this.#laneOf = receivingLanes(this.devices);
    this.#circuits = new SwitchWatch(this.devices);
    this.#heartbeatAtNs = options.heartbeatNs;
    this.#at(options.telemetryNs, () => this.#sense());
    this.#at(options.tickNs, () => this.#tick());
  }

  get state(): State {
    return this.#state;
  }

  /** True while a crashed controller is not back. */
  get isDown(): boolean {
    return this.nowNs < this.#downUntilNs;
  }

  /** Other times from the next event of each kind on. */
  setTimes(times: Partial<WorldTimes>): void {
    this.#times = { ...this.#times, ...times };
  }

  /** The number of a device's next message, for one that speaks from outside the emulation. */
  nextMessage(device: string): number {
    return this.#senses.next(device);
  }

  trouble(mischief: Mischief): void {
    this.#channel.trouble(mischief);
  }

  /** Gives a fault to the devices, or takes faults away (`clear`). */
  inject(ask: Parameters<typeof injectFault>[1]): Parsed<InjectedFault> {
    const injected = injectFault(this.devices, ask);
    this.#stir();
    return injected;
  }

  /** Somebody changed a device by hand: light is looked at anew. */
  #stir(): void {
    this.#isRestless = true;
    advanceFabric(this.devices, this.nowNs, this.#dice);
    this.#steps = null;
  }

  /** Takes a circuit out of a switch, or puts it in, as somebody at its console would. */
  handSet(change: Parameters<SwitchWatch['handSet']>[0]): boolean {
    const isDone = this.#circuits.handSet(change, this.nowNs);
    this.#stir();
    return isDone;
  }

  /** The controller dies at its next plan. */
  crashAtNextPlan(crash: Crash): void {
    this.#crash = crash;
  }

  #at(atNs: number, run: () => void): void {
    const event = { atNs, sequence: this.#sequence++, run };
    let place = this.#events.length;
    while (place > 0 && (this.#events[place - 1]?.atNs ?? 0) > atNs) place--;
    this.#events.splice(place, 0, event);
  }

  #isMoving(): boolean {
    const { modules, switches, flapMs, hosts, faults } = this.devices;
    return modules.some(({ heat }) => heat !== null && !heat.settled) || switches.some(({ tunedAtNs }) => tunedAtNs.some((dueNs) => dueNs > 0))
      || (faults.some(({ name }) => name === 'flapping') && flapMs.some((ms) => ms > 0)) || hosts.some(({ dead, upAtNs }) => dead || upAtNs > this.nowNs - this.#times.telemetryNs);
  }

  #sense(): void {
    const isHeartbeat = this.nowNs >= this.#heartbeatAtNs;
    if (isHeartbeat) {
      this.#heartbeatAtNs = this.nowNs + this.#times.heartbeatNs;
      this.#senses.forget();
    }
    this.#reportJobs(isHeartbeat);
    if (this.#isRestless || isHeartbeat) {
      if (this.#isRestless) advanceFabric(this.devices, this.nowNs, this.#dice);
      this.#lookForSilence();
      for (const reading of [...this.#senses.read(this.nowNs), ...this.#circuits.news((device) => this.#senses.next(device))]) this.tellLater(reading, this.#times.managementNs);
      this.#isRestless = this.#isMoving();
      this.#steps = null;
    }
    this.#at(this.nowNs + this.#times.telemetryNs, () => this.#sense());
  }

  /** Jobs say how far they are, and that they are done. */
  #reportJobs(isHeartbeat: boolean): void {
    for (const [id, { steps }] of this.progress) {
      const request = this.#state.jobs.get(id)?.request;
      const step = this.stepNs(id);
      if (request !== undefined && steps >= request.steps) this.tellLater({ kind: 'jobEnded', id }, this.#times.managementNs);
      else if (isHeartbeat && Number.isFinite(step)) this.tellLater({ kind: 'jobReported', id, steps: Math.floor(steps), stepNs: step }, this.#times.managementNs);
    }
  }

  #lookForSilence(): void {
    for (const { name, dead, upAtNs } of this.devices.hosts) {
      const before = this.#missed.get(name) ?? 0;
      if (dead || upAtNs > this.nowNs) {
        this.#missed.set(name, before + 1);
        if (before + 1 === silentAfter) this.tellLater({ kind: 'deviceSeen', device: name, link: 'silent' }, this.#times.managementNs);
      } else if (before > 0) {
        this.#missed.delete(name);
        if (before >= silentAfter) this.tellLater({ kind: 'deviceSeen', device: name, link: 'up' }, this.#times.managementNs);
        this.#senses.forget(name);
      }
    }
  }

  #tick(): void {
    this.tell({ kind: 'tick' });
    this.#at(this.nowNs + this.#times.tickNs, () => this.#tick());
  }

  /** A reading that arrives after a delay, unless its way spoils it. */
  tellLater(reading: Reading, afterNs: number): void {
    for (const arrivesNs of this.#channel.arrivals(reading, this.nowNs, { usualNs: afterNs, periodNs: this.#times.telemetryNs })) {
      this.#at(this.nowNs + arrivesNs, () => void this.tell(reading));
    }
  }

  /** A reading that arrives now: decided on, and what it commands is sent. Nobody hears it while the controller is down. */
  tell(reading: Reading): readonly Entry[] {
    if (this.isDown) return [];
    const entries = takeReading(this.#state, this.nowNs, reading);
    if (this.#crash !== null && entries.some(isPlan)) return this.#die(entries, this.#crash);
    this.#take(entries);
    return entries;
  }

  #take(entries: readonly Entry[]): void {
    for (const entry of entries) this.log.push(entry);
    this.#onEntries(entries);
    for (const entry of entries) if (entry.kind === 'fact') this.#follow(entry);
    if (entries.length > 1) this.#steps = null;
  }

  /** Only what reached the log is left; nothing of it has been told to anybody. */
  #die(entries: readonly Entry[], { keeps, downNs }: Crash): readonly Entry[] {
    this.#crash = null;
    const kept = entries.slice(0, keeps);
    for (const entry of kept) this.log.push(entry);
    this.#downUntilNs = this.nowNs + downNs;
    this.#at(this.#downUntilNs, () => this.#recover(kept));
    this.#onEntries(kept);
    return kept;
  }

  /** Folds the log, completes its last reading, and tells devices what that reading calls for. */
  #recover(kept: readonly Entry[]): void {
    const { state, issue, missing } = recover(this.#options.plant, this.header, this.log);
    if (issue !== null) throw new Error(`the log does not fold: ${issue.message}`);
    this.#state = state;
    this.#steps = null;
    for (const entry of kept) if (entry.kind === 'fact') this.#follow(entry);
    this.#take(missing);
    // Whoever comes back subscribes anew: counts start again and every device says all it has.
    for (const device of [...state.devices.keys()]) this.tell({ kind: 'deviceSeen', device, link: 'up' });
    this.#senses.missed();
    this.#isRestless = true;
  }

  #follow({ n, body }: Extract<Entry, { kind: 'fact' }>): void {
    if (body.kind === 'commandIssued') this.#command(body.resends ?? n, body.device, body.action);
    if (body.kind === 'jobAdmitted') this.progress.set(body.job.id, { steps: 0, pausedUntilNs: this.nowNs, stoodNs: 0 });
    if (body.kind === 'jobEnded') this.progress.delete(body.id);
    // Holding prices the risk of a loss without warning; nothing stops for it.
    if (body.kind === 'interleaved') for (const phase of body.interleaving.jobs) this.#align(phase);
    // A job that takes turns waits as long as it has to, not as long as was foreseen.
    if (body.kind === 'decided' && body.decision.rung !== 'hold' && body.decision.rung !== 'shift') for (const { job, pauseNs } of body.decision.price.effects) this.#pause(job, pauseNs);
    // What was wrong with a returned part is forgotten: its device is asked anew, and those that its light reaches.
    if (body.kind === 'maintenanceSet' && body.stage === 'returned') {
      this.#senses.forget();
      this.#isRestless = true;
    }
    // Whoever feeds the controller asks a device for all of its values again when messages of it were lost.
    if (body.kind === 'deviceHeard' && body.missed > 0 && !(this.nowNs < (this.#askedAgainNs.get(body.device) ?? -Infinity) + askAgainNs)) {
      this.#askedAgainNs.set(body.device, this.nowNs);
      this.#senses.missed(body.device);
      this.#isRestless = true;
    }
  }

  /** A job finishes its step and waits until the next one of its place begins. */
  #align({ job, startNs, stepNs }: JobPhase): void {
    const progress = this.progress.get(job);
    if (progress === undefined) return;
    const endNs = Math.max(this.nowNs, progress.pausedUntilNs) + (1 - (progress.steps % 1)) * stepNs;
    this.#pause(job, (((startNs - endNs) % stepNs) + stepNs) % stepNs);
  }

  /** Whether the steps of a job that takes turns really begin when they should; while it waits it sends nothing. */
  #isInPlace(id: string): boolean {
    const job = this.#state.jobs.get(id);
    const progress = this.progress.get(id);
    const phase = job === undefined ? null : phaseOf(this.#state, job);
    if (progress === undefined || phase === null) return false;
    if (progress.pausedUntilNs > this.nowNs) return true;
    const apart = Math.abs((progress.steps - (this.nowNs - phase.startNs) / phase.stepNs) % 1);
    return Math.min(apart, 1 - apart) <= guardShare;
  }

  #pause(job: string, pauseNs: number): void {
    const progress = this.progress.get(job);
    if (progress !== undefined && pauseNs > 0) progress.pausedUntilNs = Math.max(progress.pausedUntilNs, this.nowNs) + pauseNs;
  }

  #command(n: number, device: string, action: Parameters<typeof act>[1]['action']): void {
    this.#at(this.nowNs + this.#times.managementNs, () => {
      const answer = act(this.devices, { n, device, action }, this.nowNs);
      this.#stir();
      if (answer === null) return;
      // Mirrors have turned by then, and light goes on before anybody reads it.
      if (action.kind === 'crossConnect') this.#at(this.nowNs + answer.afterNs, () => this.#stir());
      this.tellLater(answer.reading, answer.afterNs + this.#times.managementNs);
    });
  }

  /** Light is measured once between two changes, and only when time passes. */
  #stepTimes(): ReadonlyMap<string, number> {
    if (this.#steps === null) {
      const light = new TrueLight(this.#state, this.devices, this.#laneOf);
      this.#steps = new Map([...this.#state.jobs].map(([id, job]) => [id, light.stepNs(job, (partner) => this.#isInPlace(partner))]));
    }
    return this.#steps;
  }

  /** True time of a job's step now, ns; Infinity while it stands. */
  stepNs(job: string): number {
    return this.#stepTimes().get(job) ?? Infinity;
  }

  /** Jobs work at their true pace until `toNs`. */
  #work(toNs: number): void {
    if (toNs <= this.nowNs || this.progress.size === 0) return;
    const steps = this.#stepTimes();
    for (const [id, progress] of this.progress) {
      const step = steps.get(id) ?? Infinity;
      const fromNs = Math.min(toNs, Math.max(this.nowNs, progress.pausedUntilNs));
      progress.stoodNs += fromNs - this.nowNs + (Number.isFinite(step) ? 0 : toNs - fromNs);
      if (Number.isFinite(step)) progress.steps += (toNs - fromNs) / step;
    }
  }

  /** Lets time pass, with everything that happens in it. */
  advance(toNs: number): void {
    for (let next = this.#events[0]; next !== undefined && next.atNs <= toNs; next = this.#events[0]) {
      this.#events.shift();
      this.#work(next.atNs);
      this.nowNs = next.atNs;
      next.run();
    }
    this.#work(toNs);
    this.nowNs = toNs;
  }
}
