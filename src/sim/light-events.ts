/**
 * Light in the loop: what happens to wavelengths and circuits during a run, as the capacity events of the flow engine.
 *
 * A link's capacity is the sum of its wavelengths' usable rates; a wavelength that warms up loses frames, one that fails goes dark. A
 * circuit carries nothing while its switch moves.
 */

import type { Gbps } from '../base/units.ts';
import { quantity } from '../base/units.ts';
import type { Retransmission } from './goodput.ts';
import { usableRateGbps } from './goodput.ts';

/** The event columns of a flow program. */
export interface CapacityEvents {
  readonly eventNs: Float64Array;
  readonly eventLink: Int32Array;
  readonly eventRateGbps: Float64Array;
}

/** From `atNs` on, a wavelength runs at `rateGbps` (0: dark) and loses this share of its frames. */
export interface WavelengthChange {
  readonly atNs: number;
  readonly wavelength: number;
  readonly rateGbps: number;
  readonly frameLossRatio: number;
}

interface CapacityEvent {
  readonly atNs: number;
  readonly link: number;
  readonly rateGbps: number;
}

/** Events in time order; of events at one time, those of later lists and later entries hold. */
export function mergeEvents(...lists: readonly CapacityEvents[]): CapacityEvents {
  const all: CapacityEvent[] = [];
  for (const list of lists) list.eventNs.forEach((atNs, event) => all.push({ atNs, link: list.eventLink[event] ?? 0, rateGbps: list.eventRateGbps[event] ?? 0 }));
  return toColumns(all);
}

function toColumns(events: CapacityEvent[]): CapacityEvents {
  events.sort((before, after) => before.atNs - after.atNs);
  return {
    eventNs: Float64Array.from(events, (event) => event.atNs),
    eventLink: Int32Array.from(events, (event) => event.link),
    eventRateGbps: Float64Array.from(events, (event) => event.rateGbps),
  };
}

/** Rows of a compiled fabric's wavelengths: which link each belongs to and the line rate it starts with. */
export interface WavelengthRows {
  readonly wavelengthLink: Int32Array;
  readonly wavelengthRateGbps: Float64Array;
}

/**
 * Capacity events that follow from changes of wavelengths. Changes of one link at one instant give one event. A link's sum is formed anew for
 * each event, so that rounding never adds up.
 */
export function wavelengthEvents(rows: WavelengthRows, changes: readonly WavelengthChange[], retransmission: Retransmission): CapacityEvents {
  const usable = Float64Array.from(rows.wavelengthRateGbps);
  const touchedLinks = new Set(changes.map((change) => rows.wavelengthLink[change.wavelength] ?? -1));
  const members = new Map<number, number[]>();
  rows.wavelengthLink.forEach((link, wavelength) => {
    if (touchedLinks.has(link)) members.set(link, [...(members.get(link) ?? []), wavelength]);
  });
  const ordered = changes.map((change, order) => ({ ...change, order })).sort((a, b) => a.atNs - b.atNs || a.order - b.order);
  const events = new Map<string, CapacityEvent>();
  for (const change of ordered) {
    const link = rows.wavelengthLink[change.wavelength];
    if (link === undefined) throw new Error(`Wavelength ${change.wavelength} is not a row of this fabric`);
    usable[change.wavelength] = usableRateGbps(quantity<Gbps>(change.rateGbps), change.frameLossRatio, retransmission);
    let rateGbps = 0;
    for (const wavelength of members.get(link) ?? []) rateGbps += usable[wavelength] ?? 0;
    events.set(`${change.atNs} ${link}`, { atNs: change.atNs, link, rateGbps });
  }
  return toColumns([...events.values()]);
}

/** At `atNs` a switch starts to move: `drop` links go dark at once, `add` links carry `rateGbps` when it has moved, `switchNs` later. */
export interface CircuitChange {
  readonly atNs: number;
  readonly switchNs: number;
  readonly drop: readonly number[];
  readonly add: readonly { readonly link: number; readonly rateGbps: number }[];
}

/** Capacity events of circuits that are unusable while they switch; an added link that was in use before is dark meanwhile. */
export function circuitEvents(changes: readonly CircuitChange[]): CapacityEvents {
  const events: CapacityEvent[] = [];
  for (const change of changes) {
    for (const link of change.drop) events.push({ atNs: change.atNs, link, rateGbps: 0 });
    for (const { link, rateGbps } of change.add) events.push({ atNs: change.atNs, link, rateGbps: 0 }, { atNs: change.atNs + change.switchNs, link, rateGbps });
  }
  return toColumns(events);
}
