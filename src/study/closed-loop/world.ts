/**
 * The controller in its simulated world: emulated devices sense and obey, time passes, jobs progress as the light really is.
 *
 * The controller is the one that runs in production. Time moves in events ordered by (time, sequence): devices are read every
 * `telemetryNs`, the controller ticks every `tickNs`, commands and answers take the time of the management network.
 */

import type { Dice } from '../../base/dice.ts';
import { createDice } from '../../base/dice.ts';
import type { Entry } from '../../control/entry.ts';
import type { Plant } from '../../control/plant.ts';
import type { Reading } from '../../control/reading.ts';
import { takeReading } from '../../control/run.ts';
import { createState } from '../../control/create-state.ts';
import type { State } from '../../control/state.ts';
import type { Policy } from '../../plan/policy.ts';
import { advanceFabric } from '../../sim/devices/advance-fabric.ts';
import type { EmulatedFabric } from '../../sim/devices/emulated-fabric.ts';
import { act } from './act.ts';
import { Senses } from './sense.ts';
import { TrueLight, receivingLanes } from './truth.ts';

export interface WorldOptions {
  readonly plant: Plant;
  readonly policy: Policy;
  readonly devices: EmulatedFabric;
  readonly seed: number;
  /** How often devices are read. */
  readonly telemetryNs: number;
  readonly tickNs: number;
  /** One way over the management network. */
  readonly managementNs: number;
}

/** Usual times of a management network: a second between reports of a streaming device, milliseconds on the way (design choices). */
export const usualTimes = { telemetryNs: 1e9, tickNs: 1e9, managementNs: 2e6 } as const;

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

export class World {
  readonly state: State;
  readonly devices: EmulatedFabric;
  readonly progress = new Map<string, Progress>();
  nowNs = 0;
  readonly #options: WorldOptions;
  readonly #dice: Dice;
  readonly #senses: Senses;
  readonly #laneOf: Int32Array;
  readonly #events: Event[] = [];
  readonly #onEntries: (entries: readonly Entry[]) => void;
  #sequence = 0;
  #steps: Map<string, number> | null = null;

  constructor(options: WorldOptions, onEntries: (entries: readonly Entry[]) => void) {
    this.#options = options;
    this.#onEntries = onEntries;
    this.devices = options.devices;
    this.state = createState(options.plant, options.policy);
    this.#dice = createDice(options.seed).fork('sensors');
    advanceFabric(this.devices, 0, this.#dice);
    this.#senses = new Senses(this.devices);
    this.#laneOf = receivingLanes(this.devices);
    this.#at(options.telemetryNs, () => this.#sense());
    this.#at(options.tickNs, () => this.#tick());
  }

  #at(atNs: number, run: () => void): void {
    const event = { atNs, sequence: this.#sequence++, run };
    let place = this.#events.length;
    while (place > 0 && (this.#events[place - 1]?.atNs ?? 0) > atNs) place--;
    this.#events.splice(place, 0, event);
  }

  #sense(): void {
    advanceFabric(this.devices, this.nowNs, this.#dice);
    for (const reading of this.#senses.read(this.nowNs)) this.tellLater(reading, this.#options.managementNs);
    this.#steps = null;
    this.#at(this.nowNs + this.#options.telemetryNs, () => this.#sense());
  }

  #tick(): void {
    this.tell({ kind: 'tick' });
    this.#at(this.nowNs + this.#options.tickNs, () => this.#tick());
  }

  /** A reading that arrives after a delay. */
  tellLater(reading: Reading, afterNs: number): void {
    this.#at(this.nowNs + afterNs, () => void this.tell(reading));
  }

  /** A reading that arrives now: decided on, and what it commands is sent. */
  tell(reading: Reading): readonly Entry[] {
    const entries = takeReading(this.state, this.nowNs, reading);
    this.#onEntries(entries);
    for (const entry of entries) if (entry.kind === 'fact') this.#follow(entry);
    this.#steps = null;
    return entries;
  }

  #follow({ n, body }: Extract<Entry, { kind: 'fact' }>): void {
    if (body.kind === 'commandIssued') this.#command(body.resends ?? n, body.device, body.action);
    if (body.kind === 'jobAdmitted') this.progress.set(body.job.id, { steps: 0, pausedUntilNs: this.nowNs, stoodNs: 0 });
    if (body.kind === 'jobEnded') this.progress.delete(body.id);
    if (body.kind === 'decided') for (const { job, pauseNs } of body.decision.price.effects) this.#pause(job, pauseNs);
  }

  #pause(job: string, pauseNs: number): void {
    const progress = this.progress.get(job);
    if (progress !== undefined && pauseNs > 0) progress.pausedUntilNs = Math.max(progress.pausedUntilNs, this.nowNs) + pauseNs;
  }

  #command(n: number, device: string, action: Parameters<typeof act>[1]['action']): void {
    this.#at(this.nowNs + this.#options.managementNs, () => {
      const answer = act(this.devices, { n, device, action }, this.nowNs);
      advanceFabric(this.devices, this.nowNs, this.#dice);
      this.#steps = null;
      if (answer !== null) this.tellLater(answer.reading, answer.afterNs + this.#options.managementNs);
    });
  }

  /** Light is measured once between two changes, and only when time passes. */
  #stepTimes(): ReadonlyMap<string, number> {
    if (this.#steps === null) {
      const light = new TrueLight(this.state, this.devices, this.#laneOf);
      this.#steps = new Map([...this.state.jobs].map(([id, job]) => [id, light.stepNs(job)]));
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
