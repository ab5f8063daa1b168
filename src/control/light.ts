/**
 * What light there is: what each wavelength and link can carry by physics and by order, who holds it, and what is left.
 *
 * Bounds: links are rows of the plant's tables, and wavelengths the rows that its table of links gives them.
 */

import type { JudgedGroup } from './fact.ts';
import type { Plant } from './plant.ts';
import type { State } from './state.ts';

/** What a wavelength can carry now: the lesser of what physics lets it and what it is told to. */
export const wavelengthGbps = ({ wavelengths }: State, wavelength: number): number =>
  Math.min(wavelengths.physicsGbps[wavelength] ?? 0, wavelengths.rateGbps[wavelength] ?? 0);

/** Sum over a directed link's wavelengths. */
export function linkGbps(state: State, link: number): number {
  const { linkWavelength } = state.plant.cluster.fabric;
  let sum = 0;
  for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) sum += wavelengthGbps(state, row);
  return sum;
}

/** What a directed link carries on wavelengths that nobody holds alone, added up in their order. */
export function sharedCapacityGbps(state: State, link: number): number {
  const { linkWavelength } = state.plant.cluster.fabric;
  let sum = 0;
  for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) {
    if ((state.wavelengths.holder[row] ?? -1) < 0) sum += wavelengthGbps(state, row);
  }
  return sum;
}

/** Keeps that sum after a wavelength of a link has changed its holder or what it carries. */
export const notePool = (state: State, link: number): void => void (state.links.poolGbps[link] = sharedCapacityGbps(state, link));

/** What could still be granted on a directed link without taking from anybody. */
export const freeGbps = (state: State, link: number): number => Math.max(0, sharedCapacityGbps(state, link) - (state.links.sharedGbps[link] ?? 0) - (state.heldBackGbps.get(link) ?? 0));

/** Keeps the tables of dark links and of pools after the light of a link has changed: both in one look at its wavelengths. */
export function noteLight({ plant: { cluster: { fabric: { linkWavelength } } }, wavelengths: { physicsGbps, rateGbps, holder }, links, darkLinks }: State, link: number): void {
  const end = linkWavelength[link + 1]!;
  let poolGbps = 0;
  let isLit = false;
  for (let row = linkWavelength[link]!; row < end; row++) {
    const gbps = Math.min(physicsGbps[row]!, rateGbps[row]!);
    if (gbps > 0) isLit = true;
    if (holder[row]! < 0) poolGbps += gbps;
  }
  links.poolGbps[link] = poolGbps;
  if (isLit) darkLinks.delete(link);
  else darkLinks.add(link);
}

/** The margin that a link has by design, kept by the plant once it has been asked for. */
function designMarginDb(plant: Plant, link: number): number {
  const known = plant.designMarginDb[link] ?? NaN;
  return Number.isNaN(known) ? (plant.designMarginDb[link] = plant.lightAt(link, { caseC: null, lossDb: 0 }).marginDb) : known;
}

/** A link that is built with less margin than the policy holds is well while it keeps that within this: sensors and factory tables are no better (OCS design: 0.1 dB; a few steps of a case). */
const designSlackDb = 0.2;

/** The margin below which the controller acts on a link: the policy's, or what the design leaves where that is less. */
export const holdMarginDb = ({ plant, policy }: State, link: number): number => Math.min(policy.health.marginHoldDb, designMarginDb(plant, link) - designSlackDb);

/** Whether a margin is below what is held on a link, as it is where there is no light. What the design leaves is asked only where that and the policy's own figure do not settle it. */
export const isThin = (state: State, link: number, marginDb: number): boolean => marginDb === -Infinity || (marginDb < state.policy.health.marginHoldDb && marginDb < holdMarginDb(state, link));

/** The margin at which a link returns to service. */
export const returnMarginDb = ({ plant, policy }: State, link: number): number => Math.min(policy.health.marginReturnDb, designMarginDb(plant, link) - designSlackDb / 2);

/** Visits the directed links of a judged group. */
export function forEachJudgedLink({ ranges }: JudgedGroup, visit: (link: number) => void): void {
  for (let at = 0; at < ranges.length; at += 2) {
    const first = ranges[at] ?? 0;
    const end = first + (ranges[at + 1] ?? 0);
    for (let link = first; link < end; link++) visit(link);
  }
}
