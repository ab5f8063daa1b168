/** What goes wrong between a device and the controller: messages that are lost, come twice, come late, or overtake each other. */

import type { Reading } from '../../control/reading.ts';

export const mischiefNames = ['lost', 'duplicated', 'delayed', 'reordered'] as const;
export type MischiefName = (typeof mischiefNames)[number];

export interface Mischief {
  /** Messages of this device, or of every device whose name begins with it and a slash. */
  readonly device: string;
  readonly name: MischiefName;
  /** How late delayed messages are. */
  readonly byNs: number;
  readonly untilNs: number;
}

/** A repeat follows its message this closely. */
const repeatNs = 1e6;

const speaker = (reading: Reading): string | null => (reading.kind === 'telemetry' || reading.kind === 'alarm' || reading.kind === 'circuitsObserved' || reading.kind === 'lanesObserved' ? reading.device : null);

export class Channel {
  readonly #mischief: Mischief[] = [];
  /** Messages so far, by device that is reordered. */
  readonly #count = new Map<string, number>();

  trouble(mischief: Mischief): void {
    this.#mischief.push(mischief);
  }

  /** When the copies of a message arrive, after `usualNs` when all is well. `periodNs` is the time to the device's next message. */
  arrivals(reading: Reading, nowNs: number, times: { readonly usualNs: number; readonly periodNs: number }): readonly number[] {
    const device = speaker(reading);
    if (device === null) return [times.usualNs];
    const found = this.#mischief.filter((one) => nowNs < one.untilNs && (device === one.device || device.startsWith(`${one.device}/`)));
    let arrivals: readonly number[] = [times.usualNs];
    for (const { name, byNs } of found) {
      if (name === 'lost') return [];
      if (name === 'duplicated') arrivals = arrivals.flatMap((atNs) => [atNs, atNs + repeatNs]);
      if (name === 'delayed') arrivals = arrivals.map((atNs) => atNs + byNs);
      if (name === 'reordered') {
        // Every second message is overtaken by the next.
        const count = this.#count.get(device) ?? 0;
        this.#count.set(device, count + 1);
        if (count % 2 === 0) arrivals = arrivals.map((atNs) => atNs + 1.5 * times.periodNs);
      }
    }
    return arrivals;
  }
}
