/**
 * Finds room in the calendars for one leg: which wavelengths or rate its paths can give over a window.
 *
 * Cost with h links on a path, w wavelengths of a link and n breakpoints of a calendar, k of them in the window: one window on one
 * path O(h (log n + k)), for whole wavelengths O(h w (log n + k)). Nothing here changes the book for good.
 */

import type { ServeKind } from '../policy.ts';
import type { GrantPath } from '../plan.ts';
import type { LinkRoom } from './empty-capacity.ts';
import { splitOverWays } from './empty-capacity.ts';
import type { LeaseBook } from './lease-book.ts';
import { markPath, takenKbps, toGbps } from './lease-book.ts';
import type { CandidatePath, Leg } from './request.ts';
import { rowsAt } from './row-lists.ts';
import { maxOver } from './step-table.ts';

export interface Span {
  readonly startNs: number;
  readonly endNs: number;
}

/** One constant rate per leg over one span, for one tenant. */
export interface Ask extends Span {
  readonly serves: ServeKind;
  readonly rateKbps: number;
  readonly tenant: string;
  /** Largest share of a link for all of the tenant's leases together. */
  readonly shareCap: number;
}

/** Largest sum over time of what the tenant's leases hold of a link within a span; `placed` are paths that are not yet in the book. */
function tenantPeakKbps(book: LeaseBook, link: number, tenant: string, span: Span, placed: readonly GrantPath[]): number {
  const own = rowsAt(book.crossing, link).flatMap((row) => {
    const grant = book.grants[row] ?? null;
    if (grant === null || grant.tenant !== tenant || grant.endNs <= span.startNs || grant.startNs >= span.endNs) return [];
    const kbps = grant.paths.reduce((sum, path) => sum + (path.links.includes(link) ? takenKbps(book, path, path.links.indexOf(link)) : 0), 0);
    return [{ startNs: grant.startNs, endNs: grant.endNs, kbps }];
  });
  const pending = placed.reduce((sum, path) => sum + (path.links.includes(link) ? takenKbps(book, path, path.links.indexOf(link)) : 0), 0);
  const at = (timeNs: number): number => own.reduce((sum, lease) => sum + (lease.startNs <= timeNs && timeNs < lease.endNs ? lease.kbps : 0), 0);
  return pending + Math.max(at(span.startNs), ...own.map(({ startNs }) => (startNs > span.startNs ? at(startNs) : 0)));
}

/** What the tenant's cap leaves of a link, kb/s; Infinity without a cap. */
export function capRoomKbps(book: LeaseBook, link: number, ask: Span & Pick<Ask, 'tenant' | 'shareCap'>, placed: readonly GrantPath[]): number {
  const { shareCap } = ask;
  if (shareCap >= 1) return Infinity;
  return Math.floor((book.linkKbps[link] ?? 0) * shareCap) - tenantPeakKbps(book, link, ask.tenant, ask, placed);
}

/** What a link can still promise over the ask's span, kb/s; negative where a fault has left it overfull. */
export const roomKbps = (book: LeaseBook, link: number, ask: Ask, placed: readonly GrantPath[]): number =>
  Math.min((book.linkKbps[link] ?? 0) - maxOver(book.load, link, ask.startNs, ask.endNs), capRoomKbps(book, link, ask, placed));

export const isFree = (book: LeaseBook, wavelength: number, span: Span): boolean => maxOver(book.held, wavelength, span.startNs, span.endNs) === 0;

/** Which wavelengths may be taken and how much of each link. */
export interface RowTerms {
  readonly usable: (wavelength: number) => boolean;
  readonly room: (link: number) => number;
}

interface Filling {
  /** One list per link, ascending. */
  readonly wavelengths: number[][];
  /** What all links together carry end to end, kb/s. */
  readonly rateKbps: number;
}

function fillLink(book: LeaseBook, link: number, targetKbps: number, { usable, room }: RowTerms): { readonly rows: number[]; readonly kbps: number } {
  const rows: number[] = [];
  const limit = room(link);
  let kbps = 0;
  const end = book.light.linkWavelength[link + 1] ?? 0;
  for (let wavelength = book.light.linkWavelength[link] ?? 0; wavelength < end && kbps < targetKbps; wavelength++) {
    const width = book.wavelengthKbps[wavelength] ?? 0;
    if (width === 0 || kbps + width > limit || !usable(wavelength)) continue;
    rows.push(wavelength);
    kbps += width;
  }
  return { rows, kbps };
}

/** The wavelength of a link in a grid slot, -1 where it has none. */
function rowInSlot(book: LeaseBook, link: number, slot: number): number {
  const end = book.light.linkWavelength[link + 1] ?? 0;
  for (let wavelength = book.light.linkWavelength[link] ?? 0; wavelength < end; wavelength++) if (book.light.wavelengthSlot[wavelength] === slot) return wavelength;
  return -1;
}

/** The same slots on all links, lowest first: a lightpath. */
function fillSlots(book: LeaseBook, links: readonly number[], targetKbps: number, { usable, room }: RowTerms): Filling {
  const wavelengths: number[][] = links.map(() => []);
  const limits = links.map(room);
  const taken = links.map(() => 0);
  let rateKbps = 0;
  const first = links[0] ?? 0;
  const end = book.light.linkWavelength[first + 1] ?? 0;
  for (let lead = book.light.linkWavelength[first] ?? 0; lead < end && rateKbps < targetKbps; lead++) {
    const rows = links.map((link) => rowInSlot(book, link, book.light.wavelengthSlot[lead] ?? -1));
    const widths = rows.map((row) => book.wavelengthKbps[row] ?? 0);
    const fits = rows.every((row, hop) => (widths[hop] ?? 0) > 0 && (taken[hop] ?? 0) + (widths[hop] ?? 0) <= (limits[hop] ?? 0) && usable(row));
    if (!fits) continue;
    rows.forEach((row, hop) => {
      wavelengths[hop]?.push(row);
      taken[hop] = (taken[hop] ?? 0) + (widths[hop] ?? 0);
    });
    rateKbps += Math.min(...widths);
  }
  return { wavelengths, rateKbps };
}

/** Lowest usable wavelengths until the target is reached; a target of Infinity takes all that the terms allow. */
export function fillRows(book: LeaseBook, path: CandidatePath, targetKbps: number, terms: RowTerms): Filling {
  if (path.keepsSlot === true) return fillSlots(book, path.links, targetKbps, terms);
  const perLink = path.links.map((link) => fillLink(book, link, targetKbps, terms));
  return { wavelengths: perLink.map(({ rows }) => rows), rateKbps: Math.min(...perLink.map(({ kbps }) => kbps)) };
}

export const freeTerms = (book: LeaseBook, ask: Ask, placed: readonly GrantPath[]): RowTerms =>
  ({ usable: (wavelength) => isFree(book, wavelength, ask), room: (link) => roomKbps(book, link, ask, placed) });

/** No wavelength of its own on any link. */
export const sharing = ({ links }: CandidatePath): readonly (readonly number[])[] => links.map(() => []);

/** The grant of one path at the asked rate, or `null`. Whole wavelengths may carry more than was asked. */
export function placePath(book: LeaseBook, path: CandidatePath, ask: Ask, placed: readonly GrantPath[] = []): GrantPath | null {
  if (ask.serves === 'shared') {
    for (const link of path.links) if (roomKbps(book, link, ask, placed) < ask.rateKbps) return null;
    return { links: path.links, wavelengths: sharing(path), rateGbps: toGbps(ask.rateKbps) };
  }
  const { wavelengths, rateKbps } = fillRows(book, path, ask.rateKbps, freeTerms(book, ask, placed));
  return rateKbps >= ask.rateKbps ? { links: path.links, wavelengths, rateGbps: toGbps(ask.rateKbps) } : null;
}

/** The most that a path can give over the ask's span, kb/s, never negative. */
export function widestKbps(book: LeaseBook, path: CandidatePath, ask: Ask, placed: readonly GrantPath[] = []): number {
  if (ask.serves === 'reserved') return fillRows(book, path, Infinity, freeTerms(book, ask, placed)).rateKbps;
  let least = Infinity;
  for (const link of path.links) {
    least = Math.min(least, roomKbps(book, link, ask, placed));
    if (least <= 0) return 0;
  }
  return least;
}

/** What each link has room for over the ask's span, looked up once. */
export function roomsOf(book: LeaseBook, ask: Ask, placed: readonly GrantPath[]): LinkRoom {
  const known = new Map<number, number>();
  return (link) => {
    const before = known.get(link);
    if (before !== undefined) return before;
    const room = Math.max(0, roomKbps(book, link, ask, placed));
    known.set(link, room);
    return room;
  };
}

/** What the first and the last links of all paths can give together: no split gives more. */
export function endsKbps({ paths }: Leg, room: LinkRoom): number {
  const ends = (hop: 0 | -1): number => [...new Set(paths.map(({ links }) => links.at(hop) ?? 0))].reduce((sum, link) => sum + room(link), 0);
  return Math.min(ends(0), ends(-1));
}

export const waysOf = ({ paths }: Leg): readonly (readonly number[])[] => paths.map(({ links }) => links);

/** Shared rates on paths that carry a leg together: each as wide as it is in order of preference or, where that is not enough, as the maximum flow divides it. */
function splitShared(leg: Leg, rateKbps: number, room: LinkRoom): readonly GrantPath[] | null {
  if (endsKbps(leg, room) < rateKbps) return null;
  const taken = new Map<number, number>();
  const parts: { readonly links: readonly number[]; readonly amount: number }[] = [];
  let left = rateKbps;
  for (const { links } of leg.paths) {
    const amount = links.reduce((least, link) => Math.min(least, room(link) - (taken.get(link) ?? 0)), left);
    if (amount <= 0) continue;
    for (const link of links) taken.set(link, (taken.get(link) ?? 0) + amount);
    parts.push({ links, amount });
    left -= amount;
    if (left === 0) break;
  }
  const found = left === 0 ? parts : splitOverWays(waysOf(leg), rateKbps, { first: room });
  return found === null ? null : found.map(({ links, amount }) => ({ links, wavelengths: sharing({ links }), rateGbps: toGbps(amount) }));
}

/** Whole wavelengths on paths that carry a leg together, each as wide as it is, in order of preference; how much that is, up to the asked rate. Marks what it adds. */
export function splitReserved(book: LeaseBook, leg: Leg, ask: Ask, placed: GrantPath[]): number {
  let left = ask.rateKbps;
  for (const path of leg.paths) {
    const rateKbps = Math.min(left, widestKbps(book, path, ask, placed));
    const found = rateKbps > 0 ? placePath(book, path, { ...ask, rateKbps }, placed) : null;
    if (found === null) continue;
    markPath(book, found, ask, 1);
    placed.push(found);
    left -= rateKbps;
    if (left === 0) break;
  }
  return ask.rateKbps - left;
}

/** Several paths that carry a leg together; marks what it adds to `placed`, also where it does not reach the rate. */
function splitLeg(book: LeaseBook, leg: Leg, ask: Ask, placed: GrantPath[]): boolean {
  if (ask.serves === 'reserved') return endsKbps(leg, roomsOf(book, ask, placed)) >= ask.rateKbps && splitReserved(book, leg, ask, placed) === ask.rateKbps;
  const parts = splitShared(leg, ask.rateKbps, roomsOf(book, ask, placed));
  for (const path of parts ?? []) markPath(book, path, ask, 1);
  placed.push(...parts ?? []);
  return parts !== null;
}

/** The first path that carries a leg alone; else, where allowed, several that carry it together. Marks what it adds to `placed`. */
export function placeLeg(book: LeaseBook, leg: Leg, ask: Ask, placed: GrantPath[]): boolean {
  for (const path of leg.paths) {
    const found = placePath(book, path, ask, placed);
    if (found === null) continue;
    markPath(book, found, ask, 1);
    placed.push(found);
    return true;
  }
  return leg.paths.length > 1 && splitLeg(book, leg, ask, placed);
}
