/**
 * The light of a one-hop fabric as leases see it: ports, slots and wavelength rows on one side, requests and grants on the other.
 *
 * One optical device (a circuit switch, a wavelength router, a star) stands between links that enter it and links that leave it. A
 * wavelength keeps its slot through the device, so each wavelength of a grant is one slot on two links.
 */

import type { Fabric } from '../../fabric/fabric.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import type { Change, Grant, GrantPath, Plan } from '../plan.ts';
import type { PortLight } from './port-light.ts';
import { addUnit, createPortLight, dropUnit, setWavelength, withdraw } from './port-light.ts';

/** What a one-hop allocator needs to know of a fabric. */
export type WavelengthTable = Pick<Fabric, 'linkWavelength' | 'wavelengthLink' | 'wavelengthSlot' | 'wavelengthRateGbps'>;

/** Whole wavelengths from a port of the A side to a port of the B side, all of them or none. */
export interface WavelengthRequest {
  readonly id: string;
  readonly tenant: string;
  readonly job: string | null;
  readonly trafficClass: TrafficClassName;
  readonly startNs: number;
  readonly endNs: number;
  /** Rows of `aLinks` and `bLinks`. */
  readonly aPort: number;
  readonly bPort: number;
  readonly wavelengths: number;
  /** Of those, how many nobody may take away; below them the grant is worth nothing. */
  readonly floorWavelengths: number;
}

/** The part of a class policy that decides between requests. */
export type ClassOrder = Readonly<Record<TrafficClassName, { readonly priority: number; readonly preemptible: boolean }>>;

/** A request and its units; `shown` is the wavelength of each unit as the plans so far tell it, -1 for none. */
export interface Held {
  readonly request: WavelengthRequest;
  readonly row: number;
  readonly units: readonly number[];
  readonly shown: number[];
  grant: Grant | null;
}

export interface OneHop {
  readonly light: PortLight;
  readonly aLinks: readonly number[];
  readonly bLinks: readonly number[];
  readonly classes: ClassOrder;
  readonly rateGbps: Float64Array;
  /** Slot of each wavelength number of the light. */
  readonly slots: readonly number[];
  /** Fabric row of the wavelength at (port, wavelength number), -1 where the link has no such slot. */
  readonly wavelengthRow: Int32Array;
  /** Place (port x wavelengths + wavelength) of each fabric row of these links. */
  readonly placeOfRow: ReadonlyMap<number, number>;
  readonly held: Map<string, Held>;
  readonly ownerOfUnit: (Held | undefined)[];
  nextRow: number;
}

export interface OneHopOptions {
  /** Directed links into the device, one per port of the A side, and out of it, one per port of the B side. */
  readonly aLinks: readonly number[];
  readonly bLinks: readonly number[];
  readonly classes: ClassOrder;
}

/** An empty one-hop allocator. Wavelengths that a link does not have, or that carry nothing, are out of service at its port. */
export function createOneHop(table: WavelengthTable, { aLinks, bLinks, classes }: OneHopOptions): OneHop {
  const links = [...aLinks, ...bLinks];
  const rowsOfLink = (link: number): readonly number[] => {
    const first = table.linkWavelength[link] ?? 0;
    return Array.from({ length: (table.linkWavelength[link + 1] ?? 0) - first }, (_, at) => first + at);
  };
  const slots = [...new Set(links.flatMap((link) => rowsOfLink(link).map((row) => table.wavelengthSlot[row] ?? -1)))].filter((slot) => slot >= 0).sort((a, b) => a - b);
  const numberOfSlot = new Map(slots.map((slot, at) => [slot, at] as const));
  const light = createPortLight({ ports: links.length, wavelengths: slots.length });
  const wavelengthRow = new Int32Array(links.length * slots.length).fill(-1);
  const placeOfRow = new Map<number, number>();
  links.forEach((link, port) => {
    for (const row of rowsOfLink(link)) {
      const wavelength = numberOfSlot.get(table.wavelengthSlot[row] ?? -1);
      if (wavelength === undefined) continue;
      wavelengthRow[port * slots.length + wavelength] = row;
      placeOfRow.set(row, port * slots.length + wavelength);
    }
  });
  wavelengthRow.forEach((row, place) => {
    if (row < 0 || (table.wavelengthRateGbps[row] ?? 0) <= 0) withdraw(light, Math.floor(place / slots.length), place % slots.length);
  });
  return {
    light, aLinks, bLinks, classes, rateGbps: table.wavelengthRateGbps, slots, wavelengthRow, placeOfRow, held: new Map(), ownerOfUnit: [], nextRow: 0,
  };
}

/** Rows of a request's two ports in the light: B ports follow the A ports. */
export const portsOf = (oneHop: OneHop, request: WavelengthRequest): { readonly a: number; readonly b: number } =>
  ({ a: request.aPort, b: oneHop.aLinks.length + request.bPort });

/** Units for a request that hold nothing yet. A port that is not there is a caller's bug and throws. */
export function hold(oneHop: OneHop, request: WavelengthRequest): Held {
  if (oneHop.held.has(request.id)) throw new Error(`lease ${request.id} is held already`);
  if (oneHop.aLinks[request.aPort] === undefined || oneHop.bLinks[request.bPort] === undefined) throw new Error(`lease ${request.id} names a port that is not there`);
  const units = Array.from({ length: request.wavelengths }, () => addUnit(oneHop.light, portsOf(oneHop, request)));
  const held: Held = { request, row: oneHop.nextRow++, units, shown: units.map(() => -1), grant: null };
  for (const unit of units) oneHop.ownerOfUnit[unit] = held;
  oneHop.held.set(request.id, held);
  return held;
}

/** Forgets a request and all it holds. */
export function letGo(oneHop: OneHop, held: Held): void {
  for (const unit of held.units) {
    dropUnit(oneHop.light, unit);
    oneHop.ownerOfUnit[unit] = undefined;
  }
  oneHop.held.delete(held.request.id);
}

function pathOf(oneHop: OneHop, request: WavelengthRequest, wavelength: number): GrantPath {
  const { a, b } = portsOf(oneHop, request);
  const rows = [a, b].map((port) => oneHop.wavelengthRow[port * oneHop.slots.length + wavelength] ?? -1);
  return {
    links: [oneHop.aLinks[request.aPort] ?? -1, oneHop.bLinks[request.bPort] ?? -1], wavelengths: rows.map((row) => [row]),
    rateGbps: Math.min(...rows.map((row) => oneHop.rateGbps[row] ?? 0)),
  };
}

/** The grant that the shown wavelengths make, or `null` for none. One path per wavelength. */
function shownGrant(oneHop: OneHop, held: Held): Grant | null {
  const { request } = held;
  const paths = held.shown.filter((wavelength) => wavelength >= 0).map((wavelength) => pathOf(oneHop, request, wavelength));
  if (paths.length === 0) return null;
  const floorGbps = paths.slice(0, request.floorWavelengths).reduce((sum, { rateGbps }) => sum + rateGbps, 0);
  const rateGbps = paths.reduce((sum, path) => sum + path.rateGbps, 0);
  return { id: request.id, tenant: request.tenant, job: request.job, trafficClass: request.trafficClass, rateGbps, floorGbps, startNs: request.startNs, endNs: request.endNs, paths };
}

function pushChange(oneHop: OneHop, held: Held, changes: Change[]): void {
  const next = shownGrant(oneHop, held);
  const before = held.grant;
  held.grant = next;
  if (before === null && next !== null) changes.push({ kind: 'add', grant: next });
  if (before !== null && next === null) changes.push({ kind: 'drop', grant: before });
  if (before !== null && next !== null) changes.push({ kind: 'move', from: before, to: next });
}

/**
 * Turns the journal into changes and empties it: others step by step in the order in which they moved, so that each step finds its
 * light free, and then the subject in one change. Returns the ids of the others, and those that go dark in between.
 */
export function tellMoves(oneHop: OneHop, subject: Held | null, changes: Change[]): { readonly moved: readonly string[]; readonly dark: readonly string[] } {
  const { light } = oneHop;
  const moved = new Set<string>();
  const dark = new Set<string>();
  for (let at = 0; at < light.journal.length; at += 3) {
    const unit = light.journal[at] ?? -1;
    const after = light.journal[at + 2] ?? -1;
    const held = oneHop.ownerOfUnit[unit];
    if (held === undefined || held === subject) continue;
    held.shown[held.units.indexOf(unit)] = after;
    pushChange(oneHop, held, changes);
    moved.add(held.request.id);
    if (after < 0) dark.add(held.request.id);
  }
  light.journal.length = 0;
  if (subject !== null) tellNow(oneHop, subject, changes);
  return { moved: [...moved], dark: [...dark] };
}

/** Brings what is shown of a request up to what its units hold, in one change if there is any. */
export function tellNow(oneHop: OneHop, held: Held, changes: Change[]): void {
  const now = held.units.map((unit) => oneHop.light.unitWavelength[unit] ?? -1);
  if (now.every((wavelength, at) => wavelength === held.shown[at])) return;
  held.shown.splice(0, held.shown.length, ...now);
  pushChange(oneHop, held, changes);
}

/** The request that a grant of this fabric answers: its ports from its links, one wavelength per path. */
function requestOf(oneHop: OneHop, grant: Grant): WavelengthRequest {
  const [aLink = -1, bLink = -1] = grant.paths[0]?.links ?? [];
  let floorWavelengths = 0;
  for (let sumGbps = 0; sumGbps < grant.floorGbps && floorWavelengths < grant.paths.length; floorWavelengths++) sumGbps += grant.paths[floorWavelengths]?.rateGbps ?? 0;
  return {
    id: grant.id, tenant: grant.tenant, job: grant.job, trafficClass: grant.trafficClass, startNs: grant.startNs, endNs: grant.endNs,
    aPort: oneHop.aLinks.indexOf(aLink), bPort: oneHop.bLinks.indexOf(bLink), wavelengths: grant.paths.length, floorWavelengths,
  };
}

/**
 * Brings the allocator to where a plan leads, e.g. a logged one or the reverse of its own. What a plan changes is taken out first and
 * then put where it ends, so the order of its steps does not matter. A plan that does not fit what is held is a bug and throws.
 */
export function applyPlan(oneHop: OneHop, plan: Plan): void {
  const last = new Map<string, Grant | null>();
  for (const change of plan.changes) {
    if (change.kind === 'add') last.set(change.grant.id, change.grant);
    else if (change.kind === 'drop') last.set(change.grant.id, null);
    else if (change.kind === 'move') last.set(change.to.id, change.to);
  }
  const requests = new Map<string, WavelengthRequest>();
  for (const id of last.keys()) {
    const held = oneHop.held.get(id);
    if (held === undefined) continue;
    requests.set(id, held.request);
    letGo(oneHop, held);
  }
  for (const [id, grant] of last) {
    if (grant === null) continue;
    const held = hold(oneHop, requests.get(id) ?? requestOf(oneHop, grant));
    grant.paths.forEach((path, at) => {
      const place = oneHop.placeOfRow.get(path.wavelengths[0]?.[0] ?? -1);
      if (place === undefined) throw new Error(`lease ${id} holds a wavelength that this fabric does not have`);
      setWavelength(oneHop.light, held.units[at] ?? -1, place % oneHop.slots.length);
    });
    tellNow(oneHop, held, []);
  }
  oneHop.light.journal.length = 0;
}
