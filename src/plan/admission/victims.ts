/**
 * Who yields: the cheapest set of leases of lower classes that frees a path over a span, none of them below its floor.
 *
 * The shortfall of the path is cut into cells (one link, one stretch of time without a change); a set is enough when its yields cover
 * every cell. Fewest jobs come first, then the least sum of class weight x Gb/s lost, then the lower lease rows. Up to `exactMax`
 * jobs all sets are tried; beyond, the set grows by the lease that covers most and is pruned again, which is minimal but not
 * always smallest (covering is NP-hard).
 */

import type { Grant, GrantPath } from '../plan.ts';
import type { LeaseBook } from './lease-book.ts';
import { takenKbps, toGbps, toKbps } from './lease-book.ts';
import type { Ask, Span } from './place.ts';
import { capRoomKbps, fillRows, isFree } from './place.ts';
import type { CandidatePath } from './request.ts';
import { collectRows, rowsAt } from './row-lists.ts';
import { maxOver, nextChange } from './step-table.ts';

/** With so many jobs that may yield or fewer, no set of fewer jobs would do. */
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

const noRows: ReadonlySet<number> = new Set();

/** The wavelengths a path gives up when it yields all it can. */
function givenUp(book: LeaseBook, one: Yielding): ReadonlySet<number> {
  const path = one.grant.paths[one.path];
  if (path === undefined || !isReserved(path)) return noRows;
  const kept = new Set((shrunkPath(book, path, toKbps(path.rateGbps) - one.mostKbps)?.wavelengths ?? []).flat());
  return new Set(path.wavelengths.flat().filter((row) => !kept.has(row)));
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

/** Whole wavelengths for a reserved class: free ones first, then such as every holder within the span can give up, of as few jobs as may be. */
function takeRows(book: LeaseBook, path: CandidatePath, ask: Ask, candidates: readonly Yielding[], placed: readonly GrantPath[]): Rows | null {
  const room = (link: number): number => Math.min(book.linkKbps[link] ?? 0, capRoomKbps(book, link, ask, placed));
  const free = new Map<number, boolean>();
  const isOpen = (wavelength: number): boolean => {
    const known = free.get(wavelength) ?? isFree(book, wavelength, ask);
    free.set(wavelength, known);
    return known;
  };
  const rowsOf = (wavelengths: readonly (readonly number[])[]): Rows['path'] => ({ links: path.links, wavelengths, rateGbps: toGbps(ask.rateKbps) });
  const alone = fillRows(book, path, ask.rateKbps, { usable: isOpen, room });
  if (alone.rateKbps >= ask.rateKbps) return { path: rowsOf(alone.wavelengths), forced: new Set() };
  const giving = candidates.map((one) => ({ one, rows: givenUp(book, one) })).filter(({ rows }) => rows.size > 0);
  if (giving.length === 0) return null;
  const given = givers(book, ask, giving, placed);
  const fillFrom = (chosen: ReadonlySet<Yielding>): Rows | null => {
    const filled = fillRows(book, path, ask.rateKbps, { usable: (wavelength) => isOpen(wavelength) || given.get(wavelength)?.every((one) => chosen.has(one)) === true, room });
    if (filled.rateKbps < ask.rateKbps) return null;
    return { path: rowsOf(filled.wavelengths), forced: new Set(filled.wavelengths.flat().flatMap((wavelength) => (isOpen(wavelength) ? [] : given.get(wavelength) ?? []))) };
  };
  const all = giving.map(({ one }) => one);
  return fewestJobs(book, all, fillFrom) ?? fillFrom(new Set(all));
}

/** What the fewest jobs can give, the lightest of equally many; `null` where there are too many to try, or all of them are not enough. */
function fewestJobs(book: LeaseBook, giving: readonly Yielding[], fillFrom: (chosen: ReadonlySet<Yielding>) => Rows | null): Rows | null {
  const jobs = byJob(giving);
  if (jobs.length > exactMax) return null;
  const costOf = (rows: Rows): number => [...rows.forced].reduce((sum, one) => sum + weightOf(book, one) * toGbps(one.mostKbps), 0);
  for (let size = 1; size <= jobs.length; size++) {
    let best: Rows | null = null;
    for (let mask = 2 ** size - 1; mask < 2 ** jobs.length; mask = nextOfSize(mask)) {
      const rows = fillFrom(new Set(jobs.flatMap((members, at) => ((mask >> at) & 1 ? members.flatMap((member) => giving[member] ?? []) : []))));
      if (rows !== null && (best === null || costOf(rows) < costOf(best))) best = rows;
    }
    if (best !== null) return best;
  }
  return null;
}

/** The ask's span cut wherever a link's rate changes or a candidate on it begins or ends. */
function stretches(book: LeaseBook, link: number, ask: Span, candidates: readonly Yielding[]): readonly Span[] {
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

const weightOf = (book: LeaseBook, one: Yielding | undefined): number => (one === undefined ? 0 : book.policy.classes[one.grant.trafficClass].weight);

const jobKey = (one: Yielding | undefined): string => (one === undefined ? '' : one.grant.job === null ? `lease ${one.grant.id}` : `job ${one.grant.job}`);

interface Price {
  readonly jobs: number;
  readonly cost: number;
}

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

const jobsOf = (yields: readonly Yielding[]): number => new Set(yields.map(jobKey)).size;

/** The next larger number with as many bits set (Gosper, HAKMEM item 175). */
function nextOfSize(mask: number): number {
  const low = mask & -mask;
  const high = mask + low;
  return high | (((high ^ mask) / low) >>> 2);
}

/** All sets of few jobs, smallest first: among those of the first size that is enough, the cheapest; ties to the earlier candidates. */
function exactSet(jobs: readonly (readonly number[])[], cover: Cover, cells: readonly Cell[], price: (chosen: readonly number[]) => Price): readonly number[] | null {
  const sums = jobs.map((members) => Float64Array.from(cells, (_, cell) => members.reduce((sum, at) => sum + (cover[at]?.[cell] ?? 0), 0)));
  const isEnough = (mask: number): boolean => {
    for (let cell = 0; cell < cells.length; cell++) {
      let left = cells[cell]?.shortKbps ?? 0;
      for (let rest = mask; rest !== 0 && left > 0; rest &= rest - 1) left -= sums[31 - Math.clz32(rest & -rest)]?.[cell] ?? 0;
      if (left > 0) return false;
    }
    return true;
  };
  if (isEnough(0)) return [];
  for (let size = 1; size <= jobs.length; size++) {
    let best: readonly number[] | null = null;
    let bestCost = Infinity;
    for (let mask = 2 ** size - 1; mask < 2 ** jobs.length; mask = nextOfSize(mask)) {
      if (!isEnough(mask)) continue;
      const chosen = jobs.flatMap((members, at) => ((mask >> at) & 1 ? members : []));
      const { cost } = price(chosen);
      if (cost >= bestCost) continue;
      best = chosen;
      bestCost = cost;
    }
    if (best !== null) return best;
  }
  return null;
}

/** Cells that ask more than another that the same leases cover equally; the others follow from them. */
function hardest(cells: readonly Cell[], cover: Cover): readonly number[] {
  const worst = new Map<string, number>();
  cells.forEach(({ shortKbps }, cell) => {
    const key = cover.map((row) => row[cell] ?? 0).join(' ');
    const known = worst.get(key);
    if (known === undefined || shortKbps > (cells[known]?.shortKbps ?? 0)) worst.set(key, cell);
  });
  return [...worst.values()];
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

/** Candidates (by position) that belong to one job or, without one, to one lease; in the order of their first candidate. */
function byJob(candidates: readonly Yielding[]): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  candidates.forEach((one, at) => {
    const known = groups.get(jobKey(one));
    if (known === undefined) groups.set(jobKey(one), [at]);
    else known.push(at);
  });
  return [...groups.values()];
}

/** The cheapest set that makes up for a shortage; those who are forced are in it anyway. */
function chooseSet(book: LeaseBook, shortage: Shortage): readonly number[] | null {
  const { candidates, cover, cells, forced } = shortage;
  const forcedAt = candidates.flatMap((one, at) => (forced.has(one) ? [at] : []));
  const openAt = candidates.flatMap((one, at) => (forced.has(one) ? [] : [at]));
  const open = openAt.flatMap((at) => candidates[at] ?? []);
  const openCover = openAt.map((at) => cover[at] ?? new Float64Array(0));
  const left = cells.map((cell, at) => ({ ...cell, shortKbps: cell.shortKbps - forcedAt.reduce((sum, one) => sum + (cover[one]?.[at] ?? 0), 0) }));
  const whole = (chosen: readonly number[]): readonly number[] => [...forcedAt, ...chosen.map((at) => openAt[at] ?? 0)];
  const jobs = byJob(open);
  const price = (chosen: readonly number[]): Price => {
    const { yields, cost } = trimmed(book, whole(chosen), shortage);
    return { jobs: jobsOf(yields), cost };
  };
  const picked = jobs.length <= exactMax ? exactSet(jobs, openCover, left, price) : greedySet(open, openCover, left, (at) => weightOf(book, open[at]));
  return picked === null ? null : whole(picked);
}

/** The victims that let one path carry the ask, or `null` when all that may yield is not enough. `priority` is the asker's. */
export function victimsFor(book: LeaseBook, path: CandidatePath, ask: Ask, priority: number, placed: readonly GrantPath[] = []): VictimSet | null {
  for (const link of path.links) if (Math.min(book.linkKbps[link] ?? 0, capRoomKbps(book, link, ask, placed)) < ask.rateKbps) return null;
  // A shared rate needs nobody where it fits; whole wavelengths may also be held where the rate would fit.
  const isTight = (link: number): boolean => ask.serves === 'reserved' || maxOver(book.load, link, ask.startNs, ask.endNs) + ask.rateKbps > (book.linkKbps[link] ?? 0);
  const candidates = yielders(book, path.links.filter(isTight), ask, priority);
  const rows = ask.serves === 'reserved' ? takeRows(book, path, ask, candidates, placed)
    : { path: { links: path.links, wavelengths: path.links.map(() => []), rateGbps: toGbps(ask.rateKbps) }, forced: new Set<Yielding>() };
  if (rows === null) return null;
  const found = shortfall(book, rows.path, ask, candidates);
  if (candidates.length === 0 && found.length > 0) return null;
  // Only who helps somewhere stands for choice.
  const useful = candidates.filter((one) => rows.forced.has(one) || found.some(({ link, span }) => overlaps(one.grant, span) && freedKbps(book, one, link, one.mostKbps) > 0));
  const all = coverOf(book, useful, found);
  if (!covers(useful.map((_, at) => at), all, found)) return null;
  const kept = hardest(found, all);
  const shortage = { candidates: useful, cells: kept.flatMap((cell) => found[cell] ?? []), cover: all.map((row) => Float64Array.from(kept, (cell) => row[cell] ?? 0)), forced: rows.forced };
  const chosen = chooseSet(book, shortage);
  if (chosen === null) return null;
  const { yields, cost } = trimmed(book, chosen, shortage);
  return { path: rows.path, yields, jobs: jobsOf(yields), cost };
}
