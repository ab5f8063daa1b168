/** The device side in which an emulated fabric in this process stands for the devices. */

import { usualTimes } from '../../study/closed-loop/world.ts';
import type { Reading } from '../../control/reading.ts';
import type { DeviceFault } from '../../sim/devices/device-fault.ts';
import type { DeviceCommand, DeviceSide, FaultSwitch } from './device-side.ts';
import type { EmulatedWorld } from './emulated-world.ts';
import type { ServerClock } from './server-clock.ts';

/** Time between reports of a job, ns (design choice: slower than telemetry, faster than anybody looks). */
const jobReportNs = 5e9;
/** Sensing never takes more than this share of real time, whatever the speed. */
const restShare = 1;

export class EmulatedSide implements DeviceSide {
  readonly emulation: FaultSwitch;
  readonly #world: EmulatedWorld;
  readonly #clock: ServerClock;
  readonly #timers = new Set<NodeJS.Timeout>();
  #tell: (readings: readonly Reading[]) => void = () => undefined;
  #reportedNs = -Infinity;
  #isStopped = false;

  /** `onFaults` is told when the faults of the emulation have changed. */
  constructor(world: EmulatedWorld, clock: ServerClock, onFaults: (faults: readonly DeviceFault[]) => void) {
    this.#world = world;
    this.emulation = {
      get faults() { return world.faults; },
      inject(ask) {
        const done = world.inject(ask);
        if (done.ok) onFaults(world.faults);
        return done;
      },
    };
    this.#clock = clock;
  }

  #after(ns: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#isStopped) work();
    }, ns / this.#clock.speed / 1e6);
    this.#timers.add(timer);
  }

  #sense(): void {
    const fromMs = performance.now();
    const atNs = this.#clock.nowNs();
    this.#tell(this.#world.sense(atNs));
    if (atNs - this.#reportedNs >= jobReportNs) {
      this.#reportedNs = atNs;
      this.#tell(this.#world.jobReports(atNs));
    }
    const tookMs = performance.now() - fromMs;
    this.#after(Math.max(usualTimes.telemetryNs, tookMs * restShare * this.#clock.speed * 1e6), () => this.#sense());
  }

  start(tell: (readings: readonly Reading[]) => void): void {
    this.#tell = tell;
    this.#after(0, () => this.#sense());
  }

  send(command: DeviceCommand): void {
    this.#after(usualTimes.managementNs, () => {
      const answer = this.#world.command(command, this.#clock.nowNs());
      if (answer !== null) this.#after(answer.afterNs + usualTimes.managementNs, () => this.#tell([answer.reading]));
    });
  }

  askAll(): void {
    this.#world.askAll();
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    return Promise.resolve();
  }
}
