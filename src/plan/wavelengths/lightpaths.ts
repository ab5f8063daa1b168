/**
 * Live lightpaths over passive hops: the light of a set of links, who holds which slot along which route, and grants as plans tell them.
 *
 * Bounds: `holder` has an entry per link of the set and slot; places and rows are handed out here.
 */

import type { TrafficClassName } from '../../traffic/classes.ts';
import type { Grant } from '../plan.ts';
import type { ClassOrder, WavelengthTable } from './one-hop.ts';

/** One wavelength, kept from end to end on one of these routes (directed fabric link rows), the best liked first. */
export interface LightpathRequest {
  readonly id: string;
  readonly tenant: string;
  readonly job: string | null;
  readonly trafficClass: TrafficClassName;
  readonly startNs: number;
  readonly endNs: number;
  readonly floorGbps: number;
  readonly routes: readonly (readonly number[])[];
}

export interface Lightpath {
  readonly request: LightpathRequest;
  /** Entry of `byRow`; used again after the lease has ended. */
  readonly row: number;
  /** Counts up with every request: earlier ones come first among equals. */
  readonly order: number;
  /** Routes as rows of the link set. */
  readonly routes: readonly (readonly number[])[];
  /** Route and slot number held, -1 for none. */
  route: number;
  slot: number;
}

export interface Lightpaths {
  readonly classes: ClassOrder;
  readonly links: readonly number[];
  readonly slots: readonly number[];
  /** Lightpath row at link * slots + slot number; -1 free, -2 out of service. */
  readonly holder: Int32Array;
  /** Fabric row of the wavelength at a place, -1 where the link has no such slot. */
  readonly wavelengthRow: Int32Array;
  readonly placeOfRow: ReadonlyMap<number, number>;
  readonly rateGbps: Float64Array;
  readonly linkRow: ReadonlyMap<number, number>;
  readonly byId: Map<string, Lightpath>;
  readonly byRow: (Lightpath | undefined)[];
  readonly spareRows: number[];
  /** Links of the set on which each slot is held. */
  readonly slotUse: Int32Array;
  nextOrder: number;
}

/** An empty allocator over these directed links. Slots that a link does not have, or that carry nothing, are out of service on it. */
export function createLightpaths(table: WavelengthTable, { links, classes }: { readonly links: readonly number[]; readonly classes: ClassOrder }): Lightpaths {
  const rowsOfLink = (link: number): readonly number[] => {
    const first = table.linkWavelength[link]!;
    return Array.from({ length: table.linkWavelength[link + 1]! - first }, (_, at) => first + at);
  };
  const slots = [...new Set(links.flatMap((link) => rowsOfLink(link).map((row) => table.wavelengthSlot[row]!)))].filter((slot) => slot >= 0).sort((a, b) => a - b);
  const numberOf = new Map(slots.map((slot, at) => [slot, at] as const));
  const holder = new Int32Array(links.length * slots.length).fill(-2);
  const wavelengthRow = new Int32Array(holder.length).fill(-1);
  const placeOfRow = new Map<number, number>();
  links.forEach((link, at) => {
    for (const row of rowsOfLink(link)) {
      const slot = numberOf.get(table.wavelengthSlot[row]!);
      if (slot === undefined) continue;
      const place = at * slots.length + slot;
      wavelengthRow[place] = row;
      placeOfRow.set(row, place);
      if (table.wavelengthRateGbps[row]! > 0) holder[place] = -1;
    }
  });
  return {
    classes, links, slots, holder, wavelengthRow, placeOfRow, rateGbps: table.wavelengthRateGbps, linkRow: new Map(links.map((link, at) => [link, at] as const)),
    byId: new Map(), byRow: [], spareRows: [], slotUse: new Int32Array(slots.length), nextOrder: 0,
  };
}

/** A request that holds nothing yet. A link outside the set is a caller's bug and throws. */
export function enter(light: Lightpaths, request: LightpathRequest): Lightpath {
  if (light.byId.has(request.id)) throw new Error(`lease ${request.id} is held already`);
  const routes = request.routes.map((links) => links.map((link) => {
    const row = light.linkRow.get(link);
    if (row === undefined) throw new Error(`lease ${request.id} names link ${link}, which this allocator does not own`);
    return row;
  }));
  const lightpath: Lightpath = { request, row: light.spareRows.pop() ?? light.byRow.length, order: light.nextOrder++, routes, route: -1, slot: -1 };
  light.byRow[lightpath.row] = lightpath;
  light.byId.set(request.id, lightpath);
  return lightpath;
}

const placesOf = (light: Lightpaths, lightpath: Lightpath, route: number, slot: number): readonly number[] => lightpath.routes[route]!.map((link) => link * light.slots.length + slot);

export function setLight(light: Lightpaths, lightpath: Lightpath, to: { readonly route: number; readonly slot: number }): void {
  const next = to.route < 0 ? [] : placesOf(light, lightpath, to.route, to.slot);
  for (const place of next) {
    if (light.holder[place]! !== -1) throw new Error(`lease ${lightpath.request.id} would take a slot that is not free`);
  }
  for (const place of next) light.holder[place] = lightpath.row;
  if (lightpath.route >= 0) {
    for (const place of placesOf(light, lightpath, lightpath.route, lightpath.slot)) if (light.holder[place] === lightpath.row) light.holder[place] = -1;
    light.slotUse[lightpath.slot]! -= lightpath.routes[lightpath.route]!.length;
  }
  if (to.route >= 0) light.slotUse[to.slot]! += next.length;
  lightpath.route = to.route;
  lightpath.slot = to.slot;
}

export const noLight: { readonly route: number; readonly slot: number } = { route: -1, slot: -1 };

export function leave(light: Lightpaths, lightpath: Lightpath): void {
  setLight(light, lightpath, noLight);
  light.byId.delete(lightpath.request.id);
  light.byRow[lightpath.row] = undefined;
  light.spareRows.push(lightpath.row);
}

/** Who is in the way on a route and slot, or `null` where a place of it is out of service. */
export function rivalsOn(light: Lightpaths, lightpath: Lightpath, route: number, slot: number): readonly Lightpath[] | null {
  const rivals = new Set<Lightpath>();
  for (const link of lightpath.routes[route]!) {
    const holder = light.holder[link * light.slots.length + slot]!;
    if (holder === -2) return null;
    const rival = light.byRow[holder];
    if (rival !== undefined) rivals.add(rival);
  }
  return [...rivals];
}

/** The first route with a free slot, and of its free slots the one that most links of the set use already; `isBarred` closes places. */
export function freeLight(light: Lightpaths, lightpath: Lightpath, isBarred: (place: number) => boolean = () => false): { readonly route: number; readonly slot: number } {
  for (let route = 0; route < lightpath.routes.length; route++) {
    let best = -1;
    let bestUse = -1;
    for (let slot = 0; slot < light.slots.length; slot++) {
      if (placesOf(light, lightpath, route, slot).some((place) => light.holder[place]! !== -1 || isBarred(place))) continue;
      if (light.slotUse[slot]! > bestUse) [best, bestUse] = [slot, light.slotUse[slot]!];
    }
    if (best >= 0) return { route, slot: best };
  }
  return noLight;
}

/** What a lightpath holds, as a grant of one path; `null` for nothing. */
export function grantOf(light: Lightpaths, { request, route, slot, routes }: Lightpath): Grant | null {
  if (route < 0) return null;
  const rows = routes[route]!.map((link) => light.wavelengthRow[link * light.slots.length + slot]!);
  const rateGbps = Math.min(...rows.map((row) => light.rateGbps[row]!));
  return {
    id: request.id, tenant: request.tenant, job: request.job, trafficClass: request.trafficClass, rateGbps, floorGbps: Math.min(request.floorGbps, rateGbps),
    startNs: request.startNs, endNs: request.endNs, paths: [{ links: request.routes[route]!, wavelengths: rows.map((row) => [row]), rateGbps }],
  };
}
