/** What leases of lower classes can yield of links: down to their floors, shared light by any part and whole wavelengths from the top. */

import type { Grant, GrantPath } from '../plan.ts';
import type { LeaseBook } from './lease-book.ts';
import { takenKbps, toGbps, toKbps } from './lease-book.ts';
import type { Ask, Span } from './place.ts';
import { capRoomKbps } from './place.ts';
import { collectRows } from './row-lists.ts';
import { maxOver, nextChange } from './step-table.ts';

/** One path of a lease that may yield, and how much it yields in the chosen set. */
export interface Yielding {
  readonly row: number;
  readonly grant: Grant;
  /** Index into the grant's paths. */
  readonly path: number;
  /** Most it can yield above its floor, kb/s of rate. */
  readonly mostKbps: number;
  yieldKbps: number;
}

export const overlaps = (left: Span, right: Span): boolean => left.startNs < right.endNs && right.startNs < left.endNs;

export const isReserved = (path: GrantPath): boolean => path.wavelengths.some((rows) => rows.length > 0);

/** The floor of a grant falls on its paths in proportion to their rates. */
const floorKbps = (grant: Grant, path: GrantPath): number => (grant.rateGbps > 0 ? Math.ceil((toKbps(grant.floorGbps) * path.rateGbps) / grant.rateGbps) : 0);

/** Whether two links of a path hold the same grid slots, place for place: where light passes from one to the other unconverted they must go on doing so. */
const sameSlots = ({ light: { wavelengthSlot } }: LeaseBook, one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((row, place) => wavelengthSlot[row] === wavelengthSlot[other[place] ?? -1]);

/** How many of the first places carry a rate over all of these links. */
function placesFor(book: LeaseBook, hops: readonly (readonly number[])[], rateKbps: number): number {
  const places = hops[0]?.length ?? 0;
  let kept = 0;
  for (let place = 0; place < places; place++) {
    if (kept >= rateKbps) return place;
    kept += hops.reduce((least, rows) => Math.min(least, book.wavelengthKbps[rows[place] ?? -1] ?? 0), Infinity);
  }
  return places;
}

/** A path at a lower rate: shared light shrinks to it; whole wavelengths are given up from the top while the rest carries it, links in a row with the same slots alike. */
export function shrunkPath(book: LeaseBook, path: GrantPath, rateKbps: number): GrantPath | null {
  if (rateKbps <= 0) return null;
  const wavelengths: (readonly number[])[] = [];
  while (wavelengths.length < path.wavelengths.length) {
    const rest = path.wavelengths.slice(wavelengths.length);
    const other = rest.findIndex((rows) => !sameSlots(book, rest[0] ?? [], rows));
    const alike = other < 0 ? rest : rest.slice(0, other);
    const count = placesFor(book, alike, rateKbps);
    wavelengths.push(...alike.map((rows) => rows.slice(0, count)));
  }
  return { links: path.links, wavelengths, rateGbps: toGbps(rateKbps) };
}

/** What a path frees on one of its links when it yields, kb/s. */
export function freedKbps(book: LeaseBook, one: Yielding, link: number, yieldKbps: number): number {
  const path = one.grant.paths[one.path];
  const hop = path?.links.indexOf(link) ?? -1;
  if (path === undefined || hop < 0 || yieldKbps <= 0) return 0;
  if (!isReserved(path)) return yieldKbps;
  const after = shrunkPath(book, path, toKbps(path.rateGbps) - yieldKbps);
  return takenKbps(book, path, hop) - (after === null ? 0 : takenKbps(book, after, hop));
}

/** Paths of preemptible leases below a priority that cross a link within a span, by lease row. */
export function yielders(book: LeaseBook, links: readonly number[], ask: Span, priority: number): readonly Yielding[] {
  const rows = new Set<number>();
  for (const link of links) collectRows(book.crossing, link, rows);
  const found: Yielding[] = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const grant = book.grants[row] ?? null;
    if (grant === null || !overlaps(grant, ask)) continue;
    const terms = book.policy.classes[grant.trafficClass];
    if (!terms.preemptible || terms.priority <= priority) continue;
    grant.paths.forEach((path, at) => {
      const mostKbps = toKbps(path.rateGbps) - floorKbps(grant, path);
      if (mostKbps > 0 && path.links.some((link) => links.includes(link))) found.push({ row, grant, path: at, mostKbps, yieldKbps: mostKbps });
    });
  }
  return found;
}

/** What a link can give a class over the ask's span when everybody below it yields to the floor, kb/s; negative where floors and equals overfill it. */
export function reachableKbps(book: LeaseBook, link: number, ask: Ask, priority: number, placed: readonly GrantPath[]): number {
  const candidates = yielders(book, [link], ask, priority);
  const yieldedOver = (span: Span): number => candidates.reduce((sum, one) => sum + (one.grant.startNs <= span.startNs && one.grant.endNs >= span.endNs ? freedKbps(book, one, link, one.mostKbps) : 0), 0);
  const fullest = stretches(book, link, ask, candidates).reduce((most, span) => Math.max(most, maxOver(book.load, link, span.startNs, span.endNs) - yieldedOver(span)), 0);
  return Math.min((book.linkKbps[link] ?? 0) - fullest, capRoomKbps(book, link, ask, placed));
}

/** The ask's span cut wherever a link's rate changes or a candidate on it begins or ends. */
export function stretches(book: LeaseBook, link: number, ask: Span, candidates: readonly Yielding[]): readonly Span[] {
  const times = new Set([ask.startNs, ask.endNs]);
  for (let at = nextChange(book.load, link, ask.startNs); at < ask.endNs; at = nextChange(book.load, link, at)) times.add(at);
  // One lease may end where another begins at the same rate, which leaves no breakpoint but changes who can help.
  for (const { grant, path } of candidates) {
    if (grant.paths[path]?.links.includes(link) !== true) continue;
    if (grant.startNs > ask.startNs) times.add(grant.startNs);
    if (grant.endNs < ask.endNs) times.add(grant.endNs);
  }
  const sorted = [...times].sort((a, b) => a - b);
  return sorted.slice(1).map((endNs, at) => ({ startNs: sorted[at] ?? 0, endNs }));
}

const noRows: ReadonlySet<number> = new Set();

/** The wavelengths a path gives up when it yields all it can. */
export function givenUp(book: LeaseBook, one: Yielding): ReadonlySet<number> {
  const path = one.grant.paths[one.path];
  if (path === undefined || !isReserved(path)) return noRows;
  const kept = new Set((shrunkPath(book, path, toKbps(path.rateGbps) - one.mostKbps)?.wavelengths ?? []).flat());
  return new Set(path.wavelengths.flat().filter((row) => !kept.has(row)));
}

export const weightOf = (book: LeaseBook, one: Yielding | undefined): number => (one === undefined ? 0 : book.policy.classes[one.grant.trafficClass].weight);

export const jobKey = (one: Yielding | undefined): string => (one === undefined ? '' : one.grant.job === null ? `lease ${one.grant.id}` : `job ${one.grant.job}`);

export const jobsOf = (yields: readonly Yielding[]): number => new Set(yields.map(jobKey)).size;

/** Candidates (by position) that belong to one job or, without one, to one lease; in the order of their first candidate. */
export function byJob(candidates: readonly Yielding[]): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  candidates.forEach((one, at) => {
    const known = groups.get(jobKey(one));
    if (known === undefined) groups.set(jobKey(one), [at]);
    else known.push(at);
  });
  return [...groups.values()];
}
