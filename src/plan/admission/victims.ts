/**
 * Who yields: the cheapest set of leases of lower classes that frees a path over a span, none of them below its floor.
 *
 * The shortfall of the path is cut into cells, and a set is enough when its yields cover every cell (`cover.ts`). Whole wavelengths that
 * the path takes from others force their holders into the set. Up to `exactMax` jobs, sets are tried with the wavelengths that each
 * gives up, so that nobody is asked for wavelengths and another for room where one can give both.
 */

import type { GrantPath } from '../plan.ts';
import type { Cell } from './cover.ts';
import { chooseSet, coverOf, covers, exactMax, hardest, nextOfSize, trimmed } from './cover.ts';
import type { LeaseBook } from './lease-book.ts';
import { takenKbps, toGbps } from './lease-book.ts';
import type { Ask } from './place.ts';
import { capRoomKbps, fillRows, isFree, sharing } from './place.ts';
import type { CandidatePath } from './request.ts';
import { rowsAt } from './row-lists.ts';
import { maxOver } from './step-table.ts';
import type { Yielding } from './yielding.ts';
import { byJob, freedKbps, givenUp, jobsOf, overlaps, stretches, weightOf, yielders } from './yielding.ts';

export interface VictimSet {
  readonly path: GrantPath;
  readonly yields: readonly Yielding[];
  readonly jobs: number;
  /** Sum of class weight x Gb/s lost. */
  readonly cost: number;
}

/** What else bears on the choice. */
export interface VictimTerms {
  /** Paths of the asker that the calendars have and the leases have not. */
  readonly placed: readonly GrantPath[];
  /** The only wavelengths that may be taken. */
  readonly within?: ReadonlySet<number>;
}

interface Rows {
  readonly path: GrantPath;
  /** Who must give up a wavelength that the path takes. */
  readonly forced: ReadonlySet<Yielding>;
}

/** Per wavelength of a path that is not free: who has to give it up, all of whom can. */
function givers(book: LeaseBook, ask: Ask, giving: readonly { readonly one: Yielding; readonly rows: ReadonlySet<number> }[], placed: readonly GrantPath[]): ReadonlyMap<number, readonly Yielding[]> {
  const holds = (paths: readonly GrantPath[], wavelength: number): boolean => paths.some(({ wavelengths }) => wavelengths.some((rows) => rows.includes(wavelength)));
  const found = new Map<number, readonly Yielding[]>();
  for (const wavelength of new Set(giving.flatMap(({ rows }) => [...rows]))) {
    const link = book.light.wavelengthLink[wavelength] ?? 0;
    const all = giving.filter(({ rows }) => rows.has(wavelength)).map(({ one }) => one);
    const isGiven = rowsAt(book.crossing, link).every((row) => {
      const grant = book.grants[row] ?? null;
      return grant === null || !overlaps(grant, ask) || !holds(grant.paths, wavelength) || all.some((one) => one.row === row);
    });
    if (isGiven && !holds(placed, wavelength)) found.set(wavelength, all);
  }
  return found;
}

/** Wavelengths that a path may take of its links: free ones first, then such as every holder within the span can give up. */
interface Filler {
  /** Those whose wavelengths may be taken. */
  readonly giving: readonly Yielding[];
  /** The path's wavelengths when some give up theirs; `null` where these are too few. */
  readonly fill: (chosen: ReadonlySet<Yielding>) => Rows | null;
}

const nobody: ReadonlySet<Yielding> = new Set();

function fillerOf(book: LeaseBook, path: CandidatePath, ask: Ask, candidates: readonly Yielding[], { placed, within }: VictimTerms): Filler {
  const room = (link: number): number => Math.min(book.linkKbps[link] ?? 0, capRoomKbps(book, link, ask, placed));
  const free = new Map<number, boolean>();
  const isOpen = (wavelength: number): boolean => {
    const known = free.get(wavelength) ?? isFree(book, wavelength, ask);
    free.set(wavelength, known);
    return known;
  };
  const giving = candidates.map((one) => ({ one, rows: givenUp(book, one) })).filter(({ rows }) => rows.size > 0);
  const given = giving.length === 0 ? new Map<number, readonly Yielding[]>() : givers(book, ask, giving, placed);
  const fill = (chosen: ReadonlySet<Yielding>): Rows | null => {
    const isUsable = (wavelength: number): boolean => within?.has(wavelength) !== false && (isOpen(wavelength) || given.get(wavelength)?.every((one) => chosen.has(one)) === true);
    const { wavelengths, rateKbps } = fillRows(book, path, ask.rateKbps, { usable: isUsable, room });
    if (rateKbps < ask.rateKbps) return null;
    const forced = new Set(wavelengths.flat().flatMap((wavelength) => (isOpen(wavelength) ? [] : given.get(wavelength) ?? [])));
    return { path: { links: path.links, wavelengths, rateGbps: toGbps(ask.rateKbps) }, forced };
  };
  return { giving: giving.map(({ one }) => one), fill };
}

/** Wavelengths of links that every holder within the span can give up. */
export function takeableRows(book: LeaseBook, links: readonly number[], ask: Ask, priority: number): ReadonlySet<number> {
  const giving = yielders(book, links, ask, priority).map((one) => ({ one, rows: givenUp(book, one) })).filter(({ rows }) => rows.size > 0);
  return new Set(givers(book, ask, giving, []).keys());
}

/** Sets of so many, or fewer where there are not as many, in the order of their first members. */
function* setsOf(jobs: readonly (readonly number[])[], from: readonly Yielding[], size: number): Generator<ReadonlySet<Yielding>> {
  for (let mask = 2 ** size - 1; mask < 2 ** jobs.length; mask = nextOfSize(mask)) {
    yield new Set(jobs.flatMap((members, at) => ((mask >> at) & 1 ? members.flatMap((member) => from[member] ?? []) : [])));
  }
}

/** The wavelengths that the fewest jobs can give, the lightest of equally many, whoever then makes room; where there are too many to try, those of all. */
function fewestGivers(book: LeaseBook, { giving, fill }: Filler): Rows | null {
  const jobs = byJob(giving);
  const costOf = (rows: Rows): number => [...rows.forced].reduce((sum, one) => sum + weightOf(book, one) * toGbps(one.mostKbps), 0);
  for (let size = 1; size <= jobs.length && jobs.length <= exactMax; size++) {
    let best: Rows | null = null;
    for (const chosen of setsOf(jobs, giving, size)) {
      const rows = fill(chosen);
      if (rows !== null && (best === null || costOf(rows) < costOf(best))) best = rows;
    }
    if (best !== null) return best;
  }
  return fill(new Set(giving));
}

/** The fewest jobs that give both the wavelengths and the room, the lightest of equally many. */
function fewestJobs(book: LeaseBook, ask: Ask, candidates: readonly Yielding[], { fill }: Filler): VictimSet | null {
  const jobs = byJob(candidates);
  for (let size = 1; size <= jobs.length; size++) {
    let best: VictimSet | null = null;
    for (const chosen of setsOf(jobs, candidates, size)) {
      const rows = fill(chosen);
      const found = rows === null ? null : coverRows(book, ask, [...chosen], rows);
      if (found !== null && (best === null || found.cost < best.cost)) best = found;
    }
    if (best !== null) return best;
  }
  return null;
}

/** Where and when the path would overfill its links. */
function shortfall(book: LeaseBook, path: GrantPath, ask: Ask, candidates: readonly Yielding[]): readonly Cell[] {
  const cells: Cell[] = [];
  path.links.forEach((link, hop) => {
    const need = takenKbps(book, path, hop) - (book.linkKbps[link] ?? 0);
    if (maxOver(book.load, link, ask.startNs, ask.endNs) + need <= 0) return;
    for (const span of stretches(book, link, ask, candidates)) {
      const shortKbps = maxOver(book.load, link, span.startNs, span.endNs) + need;
      if (shortKbps > 0) cells.push({ link, span, shortKbps });
    }
  });
  return cells;
}

/** Who of some candidates makes room for a path whose wavelengths are chosen; those who are forced are among them. */
function coverRows(book: LeaseBook, ask: Ask, candidates: readonly Yielding[], { path, forced }: Rows): VictimSet | null {
  const found = shortfall(book, path, ask, candidates);
  if (candidates.length === 0 && found.length > 0) return null;
  // Only who helps somewhere stands for choice.
  const useful = candidates.filter((one) => forced.has(one) || found.some(({ link, span }) => overlaps(one.grant, span) && freedKbps(book, one, link, one.mostKbps) > 0));
  const all = coverOf(book, useful, found);
  if (!covers(useful.map((_, at) => at), all, found)) return null;
  const kept = hardest(found, all);
  const shortage = { candidates: useful, cells: kept.flatMap((cell) => found[cell] ?? []), cover: all.map((row) => Float64Array.from(kept, (cell) => row[cell] ?? 0)), forced };
  const chosen = chooseSet(book, shortage);
  if (chosen === null) return null;
  const { yields, cost } = trimmed(book, chosen, shortage);
  return { path, yields, jobs: jobsOf(yields), cost };
}

/** The victims that let one path carry the ask, or `null` when all that may yield is not enough. `priority` is the asker's. */
export function victimsFor(book: LeaseBook, path: CandidatePath, ask: Ask, priority: number, terms: VictimTerms): VictimSet | null {
  for (const link of path.links) if (Math.min(book.linkKbps[link] ?? 0, capRoomKbps(book, link, ask, terms.placed)) < ask.rateKbps) return null;
  // A shared rate needs nobody where it fits; whole wavelengths may also be held where the rate would fit.
  const isTight = (link: number): boolean => ask.serves === 'reserved' || maxOver(book.load, link, ask.startNs, ask.endNs) + ask.rateKbps > (book.linkKbps[link] ?? 0);
  const candidates = yielders(book, path.links.filter(isTight), ask, priority);
  if (ask.serves === 'shared') return coverRows(book, ask, candidates, { path: { links: path.links, wavelengths: sharing(path), rateGbps: toGbps(ask.rateKbps) }, forced: nobody });
  const filler = fillerOf(book, path, ask, candidates, terms);
  const rows = filler.fill(nobody) ?? fewestGivers(book, filler);
  if (rows === null) return null;
  if (rows.forced.size > 0 && byJob(candidates).length <= exactMax) return fewestJobs(book, ask, candidates, filler);
  return coverRows(book, ask, candidates, rows);
}
