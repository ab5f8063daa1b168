/**
 * Covers a shortage by the fewest jobs: the cells of links and stretches of time where light is missing, and who can yield how much in each.
 *
 * Fewest jobs come first, then the least sum of class weight x Gb/s lost, then the lower lease rows. Up to `exactMax` jobs all sets are
 * tried; beyond, the set grows by the lease that covers most and is pruned again, which is minimal but not always smallest (covering is
 * NP-hard).
 */

import type { LeaseBook } from './lease-book.ts';
import { toGbps } from './lease-book.ts';
import type { Span } from './place.ts';
import type { Yielding } from './yielding.ts';
import { byJob, freedKbps, isReserved, jobKey, jobsOf, weightOf } from './yielding.ts';

/** With so many jobs that may yield or fewer, no set of fewer jobs would do. */
export const exactMax = 10;

export interface Cell {
  readonly link: number;
  readonly span: Span;
  readonly shortKbps: number;
}

interface Price {
  readonly jobs: number;
  readonly cost: number;
}

/** Yield of each candidate (rows) in each cell (columns) when it gives all it can. */
type Cover = readonly Float64Array[];

export const coverOf = (book: LeaseBook, candidates: readonly Yielding[], cells: readonly Cell[]): Cover => candidates.map((one) => Float64Array.from(cells, ({ link, span }) =>
  (one.grant.startNs <= span.startNs && one.grant.endNs >= span.endNs ? freedKbps(book, one, link, one.mostKbps) : 0)));

export function covers(chosen: readonly number[], cover: Cover, cells: readonly Cell[]): boolean {
  return cells.every(({ shortKbps }, cell) => chosen.reduce((sum, at) => sum + (cover[at]?.[cell] ?? 0), 0) >= shortKbps);
}

/** A path's shortfall and everybody who may help; `forced` must give up a wavelength that the path takes. */
export interface Shortage {
  readonly candidates: readonly Yielding[];
  readonly cover: Cover;
  readonly cells: readonly Cell[];
  readonly forced: ReadonlySet<Yielding>;
}

/** Gives back what the set yields too much, the heaviest class first, and returns the yields with their cost. */
export function trimmed(book: LeaseBook, chosen: readonly number[], { candidates, cover, cells, forced }: Shortage): { readonly yields: readonly Yielding[]; readonly cost: number } {
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

/** The next larger number with as many bits set (Gosper, HAKMEM item 175). */
export function nextOfSize(mask: number): number {
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
export function hardest(cells: readonly Cell[], cover: Cover): readonly number[] {
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

/** The cheapest set that makes up for a shortage; those who are forced are in it anyway, and what else their jobs hold adds no job. */
export function chooseSet(book: LeaseBook, shortage: Shortage): readonly number[] | null {
  const { candidates, cover, cells, forced } = shortage;
  const forcedJobs = new Set([...forced].map(jobKey));
  const forcedAt = candidates.flatMap((one, at) => (forcedJobs.has(jobKey(one)) ? [at] : []));
  const openAt = candidates.flatMap((one, at) => (forcedJobs.has(jobKey(one)) ? [] : [at]));
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
