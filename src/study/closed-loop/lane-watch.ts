/** What hosts have their lanes set to, lit or dark, told when it changes: a host that was never told to darken a lane says nothing. */

import type { Reading } from '../../control/reading.ts';
import type { EmulatedFabric, EmulatedHost } from '../../sim/devices/emulated-fabric.ts';

const isLit = 1;
const isDue = 2;

export class LaneWatch {
  readonly #devices: EmulatedFabric;
  /** By lane: 0 dark, 1 lit, 2 to be told whatever it is. Lanes are lit by design. */
  readonly #told: Uint8Array;
  readonly #wasDark: Uint8Array;

  constructor(devices: EmulatedFabric) {
    this.#devices = devices;
    this.#told = new Uint8Array(devices.lanes.count).fill(isLit);
    this.#wasDark = new Uint8Array(devices.lanes.count);
  }

  /** What was ever dark is told again. */
  forget(host: EmulatedHost): void {
    for (const { firstLane, lanes } of host.modules) for (let lane = firstLane; lane < firstLane + lanes.length; lane++) if (this.#wasDark[lane] === 1) this.#told[lane] = isDue;
  }

  /** Lanes of a host that stand otherwise than it last told. Copper has no laser to switch. */
  news(host: EmulatedHost, next: (device: string) => number): readonly Reading[] {
    const { lanes: { txLink, position }, cluster: { fabric } } = this.#devices;
    const wavelengths: number[] = [];
    const gbps: (number | null)[] = [];
    for (const { kind, isOptical, firstLane, lanes, txEnabled } of host.modules) {
      if (kind === 'laserSource' || !isOptical) continue;
      for (let at = 0; at < lanes.length; at++) {
        const lane = firstLane + at;
        const shown = txEnabled[at] ?? isLit;
        if (shown === this.#told[lane]) continue;
        this.#told[lane] = shown;
        if (shown === 0) this.#wasDark[lane] = 1;
        wavelengths.push((fabric.linkWavelength[txLink[lane] ?? 0] ?? 0) + (position[lane] ?? 0));
        // A lane that is lit does not know what is sent on it.
        gbps.push(shown === 0 ? 0 : null);
      }
    }
    return wavelengths.length === 0 ? [] : [{ kind: 'lanesObserved', device: host.name, sequence: next(host.name), wavelengths, gbps, tunedNm: wavelengths.map(() => null) }];
  }
}
