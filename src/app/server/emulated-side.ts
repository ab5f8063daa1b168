/** The device side in which an emulated fabric in this process stands for the devices. */

import { usualTimes } from '../../study/closed-loop/world.ts';
import type { Reading } from '../../control/reading.ts';
import type { DeviceCommand, DeviceSide } from './device-side.ts';
import type { EmulatedWorld } from './emulated-world.ts';
import type { ServerClock } from './server-clock.ts';

/** Time between reports of a job, ns (design choice: slower than telemetry, faster than anybody looks). */
const jobReportNs = 5e9;
/** Sensing never takes more than this share of real time, whatever the speed. */
const restShare = 1;

export class EmulatedSide implements DeviceSide {
  readonly emulation: EmulatedWorld;
  readonly #clock: ServerClock;
  readonly #timers = new Set<NodeJS.Timeout>();
  #tell: (readings: readonly Reading[]) => void = () => undefined;
  #reportedNs = -Infinity;
  #isStopped = false;

  constructor(world: EmulatedWorld, clock: ServerClock) {
    this.emulation = world;
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
    this.#tell(this.emulation.sense(atNs));
    if (atNs - this.#reportedNs >= jobReportNs) {
      this.#reportedNs = atNs;
      this.#tell(this.emulation.jobReports(atNs));
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
      const answer = this.emulation.command(command, this.#clock.nowNs());
      if (answer !== null) this.#after(answer.afterNs + usualTimes.managementNs, () => this.#tell([answer.reading]));
    });
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    return Promise.resolve();
  }
}
