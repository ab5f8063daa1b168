/**
 * Light that nobody reads: links with a device at an end that is stale or silent. New leases and placements prefer ways that are heard.
 *
 * It is a preference and never a refusal: the light of a device that says nothing is most often fine, and whoever finds no other room
 * gets it, with a word about it. When half of the devices or more say nothing, what collects their words has failed and not their
 * light; preferring the rest would crowd all new light on it and tell nobody anything, so that nothing is preferred then.
 */

import { countText } from '../../base/number-text.ts';
import type { Csr } from '../../base/csr.ts';
import { groupRows, rowsOf } from '../../base/csr.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { speakerOf } from '../commands/stages.ts';
import { deviceName, listText, spanText } from '../explain/name-parts.ts';
import { candidateRoutes, takeRoute } from '../leases/routes.ts';
import type { Plant } from '../plant.ts';
import type { DeviceState, State } from '../state.ts';

interface Unheard {
  readonly devices: Set<string>;
  /** Of how many unheard devices a directed link hears, at its two ends. */
  readonly links: Uint8Array;
}

/** Links by the component that answers for their sending end, by plant: they follow from it alone. */
const sentBy = new WeakMap<Plant, Csr>();

function linksOfSpeaker(plant: Plant, speaker: number): Int32Array {
  let links = sentBy.get(plant);
  if (links === undefined) {
    const { linkCount, componentCount } = plant.cluster.fabric;
    sentBy.set(plant, (links = groupRows(Int32Array.from({ length: linkCount }, (_, link) => speakerOf(plant, link)), componentCount)));
  }
  return rowsOf(links, speaker);
}

function count(plant: Plant, links: Uint8Array, device: string, by: 1 | -1): void {
  const { fabric } = plant.cluster;
  const speaker = fabric.findComponent(device);
  if (speaker < 0) return;
  for (const link of linksOfSpeaker(plant, speaker)) for (const end of [link, fabric.linkReverse[link] ?? link]) links[end] = (links[end] ?? 0) + by;
}

const isUnheard = (link: DeviceState['link']): boolean => link === 'stale' || link === 'silent';

/** By table of devices: filled by one look over it when it is first asked for, and kept from then on. */
const known = new WeakMap<State['devices'], Unheard>();

function unheardOf({ plant, devices }: State): Unheard {
  let unheard = known.get(devices);
  if (unheard === undefined) {
    known.set(devices, (unheard = { devices: new Set(), links: new Uint8Array(plant.cluster.fabric.linkCount) }));
    for (const [device, { link }] of devices) if (isUnheard(link)) note(plant, unheard, device, true);
  }
  return unheard;
}

function note(plant: Plant, { devices, links }: Unheard, device: string, isQuiet: boolean): void {
  if (devices.has(device) === isQuiet) return;
  if (isQuiet) devices.add(device);
  else devices.delete(device);
  count(plant, links, device, isQuiet ? 1 : -1);
}

/** To be told by whoever writes what is known of a device's talk. */
export function noteTalk({ plant, devices }: State, device: string, link: DeviceState['link']): void {
  const unheard = known.get(devices);
  if (unheard !== undefined) note(plant, unheard, device, isUnheard(link));
}

/** From this share of all devices on, silence says nothing about any one of them (design choice: no fault of light or power takes half of a cluster's devices, and a lost collector takes all). */
const silentShareMost = 0.5;

const isDeaf = ({ devices }: State, unheard: Unheard): boolean => unheard.devices.size >= silentShareMost * devices.size;

/** How many ends of each directed link are not heard; `null` where all are, or so few that none is preferred. */
export function unheardLinks(state: State): Uint8Array | null {
  const unheard = unheardOf(state);
  return unheard.devices.size === 0 || isDeaf(state, unheard) ? null : unheard.links;
}

const endsOn = (links: Uint8Array, way: readonly number[]): number => way.reduce((sum, link) => sum + (links[link] ?? 0), 0);

/** Ways with the fewest unheard ends first, in their order otherwise. */
function heardFirst(state: State, ways: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const links = unheardLinks(state);
  return links === null || ways.length < 2 ? ways : ways.toSorted((one, other) => endsOn(links, one) - endsOn(links, other));
}

/** What `take` makes of the first of a pair's routes of which it makes anything, those with the fewest unheard ends first; `null` where that is none. */
export function takeHeardRoute<T>(state: State, ends: { readonly fromRank: number; readonly toRank: number }, take: (links: readonly number[]) => T | null): T | null {
  if (unheardLinks(state) === null) return takeRoute(state, ends, take);
  for (const links of heardFirst(state, candidateRoutes(state, ends))) {
    const taken = take(links);
    if (taken !== null) return taken;
  }
  return null;
}

/** Unheard devices at the ends of some links, each once, in the order of the links. */
export function unheardAt(state: State, links: readonly number[]): readonly string[] {
  const { devices } = unheardOf(state);
  const found = new Set<string>();
  if (devices.size === 0) return [];
  const { plant, plant: { cluster: { fabric } } } = state;
  for (const link of links) for (const end of [link, fabric.linkReverse[link] ?? link]) {
    const speaker = speakerOf(plant, end);
    const device = speaker < 0 ? '' : fabric.componentName(speaker as ComponentIx);
    if (devices.has(device)) found.add(device);
  }
  return [...found];
}

/** For how long nothing was heard of a device that is stale or silent. */
export function quietForNs({ nowNs, policy, devices }: State, device: string): number {
  const talk = devices.get(device);
  return talk === undefined ? 0 : nowNs - talk.atNs + (talk.link === 'stale' ? policy.health.telemetryStaleNs : 0);
}

/** What is to be said of light that is granted although nobody reads it: one sentence, or none. */
export function unheardReasons(state: State, links: readonly number[]): readonly string[] {
  const at = unheardAt(state, links);
  const [first] = at;
  if (first === undefined) return [];
  const who = `${listText(at.map(deviceName))}, not heard for ${spanText(quietForNs(state, first))}`;
  const unheard = unheardOf(state);
  const why = isDeaf(state, unheard) ? `${countText(unheard.devices.size, 'device')} of ${state.devices.size} say nothing, so that no light was preferred` : 'no heard way has the room';
  return [`It uses light that nobody reads at ${who}: ${why}.`];
}
