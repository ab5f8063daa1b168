/**
 * Searches windows in the calendars: how early a rate fits, and how soon a volume is done.
 *
 * Cost: one try of a window per change of the calendars along the ways, each as in `legs.ts`. Nothing here changes the book for good.
 */

import type { GrantPath } from '../plan.ts';
import type { LeaseBook } from './lease-book.ts';
import { toGbps } from './lease-book.ts';
import { commonKbps, placeLegs, togetherOf } from './legs.ts';
import type { Ask, Span } from './place.ts';
import type { Leg } from './request.ts';
import { collectRows, rowsAt } from './row-lists.ts';
import { earliestBelow, nextChange } from './step-table.ts';

/** Trials of later starts before the search gives up. */
const startTriesMax = 256;
/** Breakpoints of the calendars along one candidate that the search for the earliest completion looks at. */
const breakpointsMax = 512;

/** When a lease of a tenant on a link begins or ends next. What it holds may then pass to another without a change of the link's rate. */
function nextOfTenant(book: LeaseBook, link: number, afterNs: number, tenant: string): number {
  return rowsAt(book.crossing, link).reduce((next, row) => {
    const grant = book.grants[row] ?? null;
    if (grant === null || grant.tenant !== tenant) return next;
    return [grant.startNs, grant.endNs].reduce((least, timeNs) => (timeNs > afterNs ? Math.min(least, timeNs) : least), next);
  }, Infinity);
}

/** When anything on a link changes next: its rate, what a capped tenant holds of it, or who holds its wavelengths. */
function nextLinkChange(book: LeaseBook, link: number, afterNs: number, { serves, shareCap, tenant }: Ask): number {
  let next = nextChange(book.load, link, afterNs);
  if (shareCap < 1) next = Math.min(next, nextOfTenant(book, link, afterNs, tenant));
  if (serves === 'shared') return next;
  const end = book.light.linkWavelength[link + 1] ?? 0;
  for (let wavelength = book.light.linkWavelength[link] ?? 0; wavelength < end; wavelength++) next = Math.min(next, nextChange(book.held, wavelength, afterNs));
  return next;
}

const linksOf = (legs: readonly Leg[]): readonly number[] => [...new Set(legs.flatMap((leg) => leg.paths.flatMap(({ links }) => links)))];

/** Links that every way of a leg uses: one link of these that is full makes all ways wait. */
const commonLinks = ({ paths }: Leg): readonly number[] => (paths[0]?.links ?? []).filter((link) => paths.every(({ links }) => links.includes(link)));

/** Earliest start at which the rate alone fits on some links; whole wavelengths and caps are looked at afterwards. */
function earliestRate(book: LeaseBook, links: readonly number[], ask: Ask, fromNs: number): number {
  const durationNs = ask.endNs - ask.startNs;
  let startNs = fromNs;
  for (let settled = false; !settled && startNs < Infinity;) {
    settled = true;
    for (const link of links) {
      const later = earliestBelow(book.load, link, (book.linkKbps[link] ?? 0) - ask.rateKbps, startNs, durationNs);
      if (later > startNs) {
        startNs = later;
        settled = false;
      }
    }
  }
  return startNs;
}

/** Times within a span, its start included, at which a lease begins or ends on any path of the legs, ascending. */
export function leaseTimes(book: LeaseBook, legs: readonly Leg[], { startNs, endNs }: Span): readonly number[] {
  const rows = new Set<number>();
  for (const link of linksOf(legs)) collectRows(book.crossing, link, rows);
  const times = new Set([startNs]);
  for (const row of rows) for (const timeNs of [book.grants[row]?.startNs ?? startNs, book.grants[row]?.endNs ?? startNs]) if (timeNs > startNs && timeNs < endNs) times.add(timeNs);
  return [...times].sort((a, b) => a - b);
}

export interface Placed extends Span {
  readonly rateKbps: number;
  readonly paths: readonly GrantPath[];
}

/** The same ask as early as all legs fit, no later than `latestStartNs`; `null` when there is no such start. */
export function earliestStart(book: LeaseBook, legs: readonly Leg[], ask: Ask, latestStartNs: number): Placed | null {
  const durationNs = ask.endNs - ask.startNs;
  const links = linksOf(legs);
  const needed = legs.map(commonLinks);
  const together = togetherOf(legs);
  let { startNs } = ask;
  for (let tries = 0; tries < startTriesMax && startNs <= latestStartNs; tries++) {
    for (const common of needed) startNs = earliestRate(book, common, ask, startNs);
    if (startNs > latestStartNs) return null;
    const span = { startNs, endNs: startNs + durationNs };
    const paths = placeLegs(book, legs, { ...ask, ...span }, together);
    if (paths !== null) return { ...span, rateKbps: ask.rateKbps, paths };
    startNs = links.reduce((next, link) => Math.min(next, nextLinkChange(book, link, startNs, ask)), Infinity);
  }
  return null;
}

/** Times within a span at which what the legs can have may change, the start included. */
function changesWithin(book: LeaseBook, legs: readonly Leg[], ask: Ask): readonly number[] {
  const links = linksOf(legs);
  const times = [ask.startNs];
  for (let at = ask.startNs; times.length < breakpointsMax;) {
    at = links.reduce((next, link) => Math.min(next, nextLinkChange(book, link, at, ask)), Infinity);
    if (at >= ask.endNs) break;
    times.push(at);
  }
  return times;
}

export interface Completion extends Span {
  readonly rateKbps: number;
}

/**
 * The constant rate that carries a volume inside the ask's span and completes earliest, or takes the shortest time; `null` for none.
 *
 * The search of Balman et al. ("A flexible reservation algorithm for advance network provisioning", SC 2010) over the time-expanded
 * calendar: between two changes nothing changes, so an optimal lease starts at one; from each start the end moves right over the
 * changes, the bottleneck only falls, and the first end at which the volume fits is the best of that start. O(n^2) windows for n
 * changes on a path; for the earliest completion, starts after the best end so far are skipped.
 */
export function completion(book: LeaseBook, legs: readonly Leg[], ask: Ask, goal: { readonly bits: number; readonly best: 'earliest' | 'shortest' }): Completion | null {
  const times = changesWithin(book, legs, ask);
  const together = togetherOf(legs);
  const costOf = ({ startNs, endNs }: Span): number => (goal.best === 'earliest' ? endNs : endNs - startNs);
  let found: Completion | null = null;
  for (let first = 0; first < times.length; first++) {
    const startNs = times[first] ?? ask.startNs;
    if (found !== null && goal.best === 'earliest' && startNs >= found.endNs) break;
    for (let last = first; last < times.length; last++) {
      const untilNs = times[last + 1] ?? ask.endNs;
      const rateKbps = commonKbps(book, legs, { ...ask, startNs, endNs: untilNs }, together);
      if (rateKbps <= 0) break;
      const endNs = startNs + goal.bits / toGbps(rateKbps);
      if (endNs > untilNs) continue;
      const one = { startNs, endNs, rateKbps };
      if (found === null || costOf(one) < costOf(found)) found = one;
      break;
    }
  }
  return found;
}

/** Smallest whole rate that carries a volume within a time, kb/s. */
export const rateFor = (bits: number, durationNs: number): number => Math.max(1, Math.ceil((bits / durationNs) * 1e6));
