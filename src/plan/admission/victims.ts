/**
 * Who yields: the cheapest set of leases of lower classes that frees a path over a span, none of them below its floor.
 *
 * The shortfall of the path is cut into cells (one link, one stretch of time without a change); a set is enough when its yields cover
 * every cell. Fewest jobs come first, then the least sum of class weight x Gb/s lost, then the lower lease rows. Up to `exactMax`
 * candidates all sets are tried; beyond, the set grows by the lease that covers most and is pruned again, which is minimal but not
 * always smallest (covering is NP-hard).
 */

import type { Grant, GrantPath } from '../plan.ts';
import type { LeaseBook } from './lease-book.ts';
import { takenKbps, toGbps, toKbps } from './lease-book.ts';
import type { Ask, Span } from './place.ts';
import { capRoomKbps, fillRows, isFree } from './place.ts';
import type { CandidatePath } from './request.ts';
import { rowsAt } from './row-lists.ts';
import { maxOver, nextChange } from './step-table.ts';

/** With so many candidates or fewer, the set of victims is the best one. */
export const exactMax = 10;

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

export interface VictimSet {
  readonly path: GrantPath;
  readonly yields: readonly Yielding[];
  readonly jobs: number;
  /** Sum of class weight x Gb/s lost. */
  readonly cost: number;
}

interface Cell {
  readonly link: number;
  readonly span: Span;
  readonly shortKbps: number;
}

const overlaps = (left: Span, right: Span): boolean => left.startNs < right.endNs && right.startNs < left.endNs;

const isReserved = (path: GrantPath): boolean => path.wavelengths.some((rows) => rows.length > 0);

/** The floor of a grant falls on its paths in proportion to their rates. */
export const floorKbps = (grant: Grant, path: GrantPath): number => (grant.rateGbps > 0 ? Math.ceil((toKbps(grant.floorGbps) * path.rateGbps) / grant.rateGbps) : 0);

/** A path at a lower rate: shared light shrinks to it; whole wavelengths are given up from the top while the rest carries it. */
export function shrunkPath(book: LeaseBook, path: GrantPath, rateKbps: number): GrantPath | null {
  if (rateKbps <= 0) return null;
  const wavelengths = path.wavelengths.map((rows) => {
    let kept = 0;
    return rows.filter((row) => {
      if (kept >= rateKbps) return false;
      kept += book.wavelengthKbps[row] ?? 0;
      return true;
    });
  });
  return { links: path.links, wavelengths, rateGbps: toGbps(rateKbps) };
}

/** What a path frees on one of its links when it yields, kb/s. */
function freedKbps(book: LeaseBook, one: Yielding, link: number, yieldKbps: number): number {
  const path = one.grant.paths[one.path];
  const hop = path?.links.indexOf(link) ?? -1;
  if (path === undefined || hop < 0 || yieldKbps <= 0) return 0;
  if (!isReserved(path)) return yieldKbps;
  const after = shrunkPath(book, path, toKbps(path.rateGbps) - yieldKbps);
  return takenKbps(book, path, hop) - (after === null ? 0 : takenKbps(book, after, hop));
}

/** Paths of preemptible leases below a priority that cross a link within a span, by lease row. */
function yielders(book: LeaseBook, links: readonly number[], ask: Ask, priority: number): readonly Yielding[] {
  const rows = new Set(links.flatMap((link) => rowsAt(book.crossing, link)));
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

/** The wavelengths a path gives up when it yields all it can. */
function givenUp(book: LeaseBook, one: Yielding): ReadonlySet<number> {
  const path = one.grant.paths[one.path];
  if (path === undefined) return new Set();
  const kept = new Set((shrunkPath(book, path, toKbps(path.rateGbps) - one.mostKbps)?.wavelengths ?? []).flat());
  return new Set(path.wavelengths.flat().filter((row) => !kept.has(row)));
}

interface Rows {
  readonly path: GrantPath;
  /** Who must give up a wavelength that the path takes. */
  readonly forced: ReadonlySet<Yielding>;
}

/** Whole wavelengths for a reserved class: free ones first, then such as every holder within the span can give up. */
function takeRows(book: LeaseBook, path: CandidatePath, ask: Ask, candidates: readonly Yielding[], placed: readonly GrantPath[]): Rows | null {
  const giving = candidates.map((one) => ({ one, rows: givenUp(book, one) }));
  const room = (link: number): number => Math.min(book.linkKbps[link] ?? 0, capRoomKbps(book, link, ask, placed));
  const canGive = (wavelength: number): boolean => {
    const link = book.light.wavelengthLink[wavelength] ?? 0;
    return rowsAt(book.crossing, link).every((row) => {
      const grant = book.grants[row] ?? null;
      const holds = grant !== null && overlaps(grant, ask) && grant.paths.some(({ wavelengths }) => wavelengths.some((rows) => rows.includes(wavelength)));
      return !holds || giving.some(({ one, rows }) => one.row === row && rows.has(wavelength));
    }) && !placed.some(({ wavelengths }) => wavelengths.some((rows) => rows.includes(wavelength)));
  };
  const free = fillRows(book, path, ask.rateKbps, { usable: (wavelength) => isFree(book, wavelength, ask), room });
  const filled = free.rateKbps >= ask.rateKbps ? free : fillRows(book, path, ask.rateKbps, { usable: (wavelength) => isFree(book, wavelength, ask) || canGive(wavelength), room });
  if (filled.rateKbps < ask.rateKbps) return null;
  const taken = filled.wavelengths.flat();
  const forced = new Set(giving.filter(({ rows }) => taken.some((wavelength) => rows.has(wavelength))).map(({ one }) => one));
  return { path: { links: path.links, wavelengths: filled.wavelengths, rateGbps: toGbps(ask.rateKbps) }, forced };
}

/** Where and when the path would overfill its links. */
function shortfall(book: LeaseBook, path: GrantPath, ask: Ask, candidates: readonly Yielding[]): readonly Cell[] {
  const cells: Cell[] = [];
  path.links.forEach((link, hop) => {
    const need = takenKbps(book, path, hop) - (book.linkKbps[link] ?? 0);
    if (maxOver(book.load, link, ask.startNs, ask.endNs) + need <= 0) return;
    const times = new Set([ask.startNs, ask.endNs]);
    for (let at = nextChange(book.load, link, ask.startNs); at < ask.endNs; at = nextChange(book.load, link, at)) times.add(at);
    for (const { grant } of candidates) for (const at of [grant.startNs, grant.endNs]) if (at > ask.startNs && at < ask.endNs) times.add(at);
    const sorted = [...times].sort((a, b) => a - b);
    for (let at = 0; at + 1 < sorted.length; at++) {
      const span = { startNs: sorted[at] ?? 0, endNs: sorted[at + 1] ?? 0 };
      const shortKbps = maxOver(book.load, link, span.startNs, span.endNs) + need;
      if (shortKbps > 0) cells.push({ link, span, shortKbps });
    }
  });
  return cells;
}

const weightOf = (book: LeaseBook, one: Yielding | undefined): number => (one === undefined ? 0 : book.policy.classes[one.grant.trafficClass].weight);

const jobOf = ({ grant }: Yielding): string => (grant.job === null ? `lease ${grant.id}` : `job ${grant.job}`);

/** Yield of each candidate (rows) in each cell (columns) when it gives all it can. */
type Cover = readonly Float64Array[];

const coverOf = (book: LeaseBook, candidates: readonly Yielding[], cells: readonly Cell[]): Cover => candidates.map((one) => Float64Array.from(cells, ({ link, span }) =>
  (one.grant.startNs <= span.startNs && one.grant.endNs >= span.endNs ? freedKbps(book, one, link, one.mostKbps) : 0)));

function covers(chosen: readonly number[], cover: Cover, cells: readonly Cell[]): boolean {
  return cells.every(({ shortKbps }, cell) => chosen.reduce((sum, at) => sum + (cover[at]?.[cell] ?? 0), 0) >= shortKbps);
}

/** A path's shortfall and everybody who may help; `forced` must give up a wavelength that the path takes. */
interface Shortage {
  readonly candidates: readonly Yielding[];
  readonly cover: Cover;
  readonly cells: readonly Cell[];
  readonly forced: ReadonlySet<Yielding>;
}

/** Gives back what the set yields too much, the heaviest class first, and returns the yields with their cost. */
function trimmed(book: LeaseBook, chosen: readonly number[], { candidates, cover, cells, forced }: Shortage): { readonly yields: readonly Yielding[]; readonly cost: number } {
  const weight = (at: number): number => weightOf(book, candidates[at]);
  const spare = cells.map(({ shortKbps }, cell) => chosen.reduce((sum, at) => sum + (cover[at]?.[cell] ?? 0), 0) - shortKbps);
  const yields: Yielding[] = [];
  let cost = 0;
  for (const at of chosen.toSorted((a, b) => weight(b) - weight(a) || a - b)) {
    const one = candidates[at];
    if (one === undefined) continue;
    const path = one.grant.paths[one.path];
    const touched = cells.flatMap((_, cell) => ((cover[at]?.[cell] ?? 0) > 0 ? [cell] : []));
    let back = touched.reduce((least, cell) => Math.min(least, spare[cell] ?? 0), one.mostKbps);
    // Whole wavelengths count here all at once or not at all; the plan later gives up no more of them than it must.
    const isWhole = path === undefined || isReserved(path);
    if (isWhole) back = !forced.has(one) && touched.every((cell) => (spare[cell] ?? 0) >= (cover[at]?.[cell] ?? 0)) ? one.mostKbps : 0;
    for (const cell of touched) spare[cell] = (spare[cell] ?? 0) - (isWhole && back > 0 ? (cover[at]?.[cell] ?? 0) : back);
    const yieldKbps = one.mostKbps - back;
    if (yieldKbps <= 0) continue;
    yields.push({ ...one, yieldKbps });
    cost += weight(at) * toGbps(yieldKbps);
  }
  return { yields: yields.sort((a, b) => a.row - b.row || a.path - b.path), cost };
}

const jobsOf = (yields: readonly Yielding[]): number => new Set(yields.map(jobOf)).size;

/** All sets of a few candidates. */
function exactSet(candidates: readonly Yielding[], cover: Cover, cells: readonly Cell[], price: (chosen: readonly number[]) => { readonly jobs: number; readonly cost: number }): readonly number[] | null {
  let best: readonly number[] | null = null;
  let bestPrice = { jobs: Infinity, cost: Infinity };
  for (let mask = 0; mask < 2 ** candidates.length; mask++) {
    const chosen = candidates.flatMap((_, at) => ((mask >> at) & 1 ? [at] : []));
    if (!covers(chosen, cover, cells)) continue;
    const own = price(chosen);
    if (own.jobs < bestPrice.jobs || (own.jobs === bestPrice.jobs && own.cost < bestPrice.cost)) {
      best = chosen;
      bestPrice = own;
    }
  }
  return best;
}

/** Grows by the candidate that covers most of what is left (per weight on a tie), then drops whoever is not needed, dearest first. */
function greedySet(candidates: readonly Yielding[], cover: Cover, cells: readonly Cell[], weightAt: (at: number) => number): readonly number[] | null {
  const left = cells.map(({ shortKbps }) => shortKbps);
  const chosen: number[] = [];
  while (left.some((kbps) => kbps > 0)) {
    let pick = -1;
    let pickGain = 0;
    candidates.forEach((_, at) => {
      if (chosen.includes(at)) return;
      const gain = left.reduce((sum, kbps, cell) => sum + Math.min(Math.max(0, kbps), cover[at]?.[cell] ?? 0), 0);
      if (gain > pickGain || (gain === pickGain && gain > 0 && weightAt(at) < weightAt(pick))) {
        pick = at;
        pickGain = gain;
      }
    });
    if (pick < 0) return null;
    chosen.push(pick);
    left.forEach((kbps, cell) => { left[cell] = kbps - (cover[pick]?.[cell] ?? 0); });
  }
  let kept: readonly number[] = chosen;
  for (const at of chosen.toSorted((a, b) => weightAt(b) - weightAt(a) || b - a)) {
    const without = kept.filter((other) => other !== at);
    if (covers(without, cover, cells)) kept = without;
  }
  return kept;
}

/** The victims that let one path carry the ask, or `null` when all that may yield is not enough. `priority` is the asker's. */
export function victimsFor(book: LeaseBook, path: CandidatePath, ask: Ask, priority: number, placed: readonly GrantPath[] = []): VictimSet | null {
  for (const link of path.links) if (Math.min(book.linkKbps[link] ?? 0, capRoomKbps(book, link, ask, placed)) < ask.rateKbps) return null;
  const candidates = yielders(book, path.links, ask, priority);
  const rows = ask.serves === 'reserved' ? takeRows(book, path, ask, candidates, placed)
    : { path: { links: path.links, wavelengths: path.links.map(() => []), rateGbps: toGbps(ask.rateKbps) }, forced: new Set<Yielding>() };
  if (rows === null) return null;
  const cells = shortfall(book, rows.path, ask, candidates);
  // Only who helps somewhere stands for choice; who must give up a wavelength is in every set.
  const useful = candidates.filter((one) => rows.forced.has(one) || cells.some(({ link, span }) => overlaps(one.grant, span) && freedKbps(book, one, link, one.mostKbps) > 0));
  const forcedAt = useful.flatMap((one, at) => (rows.forced.has(one) ? [at] : []));
  const open = useful.filter((one) => !rows.forced.has(one));
  const cover = coverOf(book, useful, cells);
  const all = useful.map((_, at) => at);
  if (!covers(all, cover, cells)) return null;
  const finish = (chosen: readonly number[]): ReturnType<typeof trimmed> => trimmed(book, chosen, { candidates: useful, cover, cells, forced: rows.forced });
  const priced = (chosen: readonly number[]): { readonly jobs: number; readonly cost: number } => {
    const { yields, cost } = finish(chosen);
    return { jobs: jobsOf(yields), cost };
  };
  const remaining = cells.map((cell, at) => ({ ...cell, shortKbps: cell.shortKbps - forcedAt.reduce((sum, one) => sum + (cover[one]?.[at] ?? 0), 0) }));
  const openAt = useful.flatMap((one, at) => (rows.forced.has(one) ? [] : [at]));
  const openCover = openAt.map((at) => cover[at] ?? new Float64Array(0));
  const whole = (chosen: readonly number[]): readonly number[] => [...forcedAt, ...chosen.map((at) => openAt[at] ?? 0)];
  const picked = open.length <= exactMax ? exactSet(open, openCover, remaining, (chosen) => priced(whole(chosen))) : greedySet(open, openCover, remaining, (at) => weightOf(book, open[at]));
  if (picked === null) return null;
  const { yields, cost } = finish(whole(picked));
  return { path: rows.path, yields, jobs: jobsOf(yields), cost };
}
