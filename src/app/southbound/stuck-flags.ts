/**
 * Loss of light that its own receiver's power contradicts: flags of modules are latched, and one that is never cleared would keep a
 * lane dark for ever that has its light again.
 *
 * A flag is taken for stuck when the received power, read after the flag was raised, was above the module's own low alarm several times
 * in a row and moved each time: a sensor that is itself stuck repeats its value. Power below the alarm gives the flag its word back.
 */

import type { EmulatedModule } from '../../sim/devices/emulated-fabric.ts';

/** Readings of power that outweigh a flag (design choice: as many as make a silent device silent). */
const readingsNeeded = 3;
/** Power follows the flag within this (design choice: what a busy device takes from one look at its sensors to the next). */
const followsNs = 1e9;

export class StuckFlags {
  readonly #isRaised: Uint8Array;
  readonly #raisedNs: Float64Array;
  readonly #litReadings: Uint8Array;
  readonly #lastDbm: Float64Array;

  constructor(laneCount: number) {
    this.#isRaised = new Uint8Array(laneCount);
    this.#raisedNs = new Float64Array(laneCount);
    this.#litReadings = new Uint8Array(laneCount);
    this.#lastDbm = new Float64Array(laneCount).fill(NaN);
  }

  /** A receiving lane's flag as its device tells it. */
  flag(lane: number, isRaised: boolean, atNs: number): void {
    if (isRaised === (this.#isRaised[lane] === 1)) return;
    this.#isRaised[lane] = Number(isRaised);
    this.#raisedNs[lane] = atNs;
    this.#litReadings[lane] = 0;
  }

  /** What a receiving lane hears; NaN for nothing. */
  power(lane: number, { thresholds }: EmulatedModule, dbm: number, atNs: number): void {
    const isMoved = dbm !== this.#lastDbm[lane];
    this.#lastDbm[lane] = dbm;
    if (this.#isRaised[lane] !== 1 || atNs < (this.#raisedNs[lane] ?? 0) + followsNs) return;
    if (!(dbm > (thresholds?.rxLowAlarmDbm ?? Infinity))) this.#litReadings[lane] = 0;
    else if (isMoved) this.#litReadings[lane] = Math.min(readingsNeeded, (this.#litReadings[lane] ?? 0) + 1);
  }

  isStuck(lane: number): boolean {
    return this.#isRaised[lane] === 1 && (this.#litReadings[lane] ?? 0) >= readingsNeeded;
  }

  /** Whether the lane is dark, by its flag where that can be believed. */
  isDark(lane: number): boolean {
    return this.#isRaised[lane] === 1 && !this.isStuck(lane);
  }
}
