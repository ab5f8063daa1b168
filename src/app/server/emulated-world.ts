/** Emulated devices and the jobs on them, moved by whoever holds the clock: the live server by the hour, a what-if as fast as it can. */

import { createDice } from '../../base/dice.ts';
import type { Dice } from '../../base/dice.ts';
import type { Parsed } from '../../base/issue.ts';
import type { Reading } from '../../control/reading.ts';
import type { State } from '../../control/state.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { advanceFabric } from '../../sim/devices/advance-fabric.ts';
import { createDevices } from '../../sim/devices/create-devices.ts';
import type { EmulatedFabric } from '../../sim/devices/emulated-fabric.ts';
import type { InjectedFault } from '../../sim/devices/inject-fault.ts';
import { injectFault } from '../../sim/devices/inject-fault.ts';
import type { DeviceFault } from '../../sim/devices/device-fault.ts';
import { act } from '../../study/closed-loop/act.ts';
import { Senses } from '../../study/closed-loop/sense.ts';
import { TrueLight, receivingLanes } from '../../study/closed-loop/truth.ts';
import type { DeviceCommand, FaultSwitch, FaultWish } from './device-side.ts';
import { JobProgress } from './job-progress.ts';

export interface EmulatedWorldOptions {
  readonly cluster: CompiledCluster;
  readonly catalogue: Catalogue;
  readonly seed: number;
  /** Time of the log at which the emulation begins. */
  readonly startNs: number;
  /** The controller's state: what devices were last heard with, and what jobs hold. It is only read. */
  readonly state: State;
  readonly faults?: readonly DeviceFault[];
}

export class EmulatedWorld implements FaultSwitch {
  readonly #devices: EmulatedFabric;
  readonly #dice: Dice;
  readonly #senses: Senses;
  readonly #laneOf: Int32Array;
  readonly #startNs: number;
  readonly #state: State;
  /** Messages of each device before the emulation began: it counts on from there. */
  readonly #heard: ReadonlyMap<string, number>;
  readonly #progress: JobProgress;
  /** Hosts that do not answer at present. */
  readonly #silent = new Set<string>();

  constructor({ cluster, catalogue, seed, startNs, state, faults = [] }: EmulatedWorldOptions) {
    this.#devices = createDevices(cluster, catalogue);
    this.#dice = createDice(seed).fork('sensors');
    this.#startNs = startNs;
    this.#state = state;
    this.#progress = new JobProgress(state);
    this.#heard = new Map([...state.devices].map(([device, { sequence }]) => [device, Math.max(0, sequence)]));
    for (const { component, name, by } of faults) injectFault(this.#devices, { device: cluster.fabric.componentName(component as ComponentIx), fault: name, by });
    advanceFabric(this.#devices, 0, this.#dice);
    this.#senses = new Senses(this.#devices);
    this.#laneOf = receivingLanes(this.#devices);
  }

  get faults(): readonly DeviceFault[] {
    return this.#devices.faults;
  }

  inject(ask: FaultWish): Parsed<InjectedFault> {
    return injectFault(this.#devices, ask);
  }

  #own(atNs: number): number {
    return Math.max(0, atNs - this.#startNs);
  }

  /** Whoever polls the devices sees which of them went silent and which answer again. */
  #seen(ownNs: number): readonly Reading[] {
    const readings: Reading[] = [];
    for (const { name, dead, upAtNs } of this.#devices.hosts) {
      const isSilent = dead || upAtNs > ownNs;
      if (isSilent === this.#silent.has(name)) continue;
      if (isSilent) this.#silent.add(name);
      else this.#silent.delete(name);
      readings.push({ kind: 'deviceSeen', device: name, link: isSilent ? 'silent' : 'up' });
    }
    return readings;
  }

  /** Every device tells all that it has at the next reading. */
  askAll(): void {
    this.#senses.forget();
  }

  /** Lets time pass and reads every device. */
  sense(atNs: number): readonly Reading[] {
    const ownNs = this.#own(atNs);
    advanceFabric(this.#devices, ownNs, this.#dice);
    const seen = this.#seen(ownNs);
    return [...seen, ...this.#senses.read(ownNs).map((reading): Reading => {
      if (reading.kind !== 'telemetry' && reading.kind !== 'alarm' && reading.kind !== 'lanesObserved') return reading;
      const sequence = reading.sequence + (this.#heard.get(reading.device) ?? 0);
      return reading.kind === 'telemetry' ? { ...reading, sequence, deviceNs: atNs } : { ...reading, sequence };
    })];
  }

  /** Does a command; the answer, after as long as the device takes, or `null` when it says nothing. */
  command(command: DeviceCommand, atNs: number): { readonly reading: Reading; readonly afterNs: number } | null {
    const answer = act(this.#devices, command, this.#own(atNs));
    advanceFabric(this.#devices, this.#own(atNs), this.#dice);
    return answer;
  }

  /** What running jobs report. */
  jobReports(atNs: number): readonly Reading[] {
    return this.#progress.reports(new TrueLight(this.#state, this.#devices, this.#laneOf), atNs);
  }
}
