/**
 * Rings of any shape through what is free of a graph: a closed walk through a given number of places, each joined to the next.
 *
 * Whether a graph holds a ring of n places is NP-complete (Hamiltonian cycle, even on grids: Itai, Papadimitriou and Szwarcfiter,
 * SIAM J. Comput. 11, 1982), so the search is bounded. First a short ring is grown: an edge gives way to a detour over one or two free
 * places beside it, each edge looked at once, which fills grids and tori in linear time. Then a depth-first search, which goes where
 * the fewest free neighbours are left (Warnsdorff's rule) and never farther from its start than it can come back, for as long as
 * `stepsMax` allows. What is found is a ring; what is not found within the bound may still exist, and the answer says so.
 *
 * Bounds: places are below `graph.offset.length - 1` and edges below the offsets of their place, by construction of the rows.
 */

import type { Csr } from '../../base/csr.ts';

export interface RingQuestion {
  /** Neighbours of each place, both ways; those that are better to use come first. */
  readonly graph: Csr;
  /** 1 where a place may be used. */
  readonly isFree: Uint8Array;
  /** At least 3. */
  readonly length: number;
  /** A place that the ring must pass, -1 for none. */
  readonly through: number;
  /** Places that the search may enter. */
  readonly stepsMax: number;
}

export type RingAnswer =
  | { readonly kind: 'ring'; readonly places: Int32Array }
  /** `exhausted`: no ring exists; else the search ended at its bound. */
  | { readonly kind: 'none'; readonly exhausted: boolean };

/** Seeds that are grown, at most. */
const seedsMax = 64;

/** Steps from a place to every other over free places at or above `lowest`; -1 where there is no way. */
function distances({ graph: { offset, row }, isFree }: RingQuestion, from: number, lowest: number): Int32Array {
  const far = new Int32Array(isFree.length).fill(-1);
  const queue = [from];
  far[from] = 0;
  for (let at = 0; at < queue.length; at++) {
    const place = queue[at]!;
    for (let edge = offset[place]!; edge < offset[place + 1]!; edge++) {
      const next = row[edge]!;
      if (next < lowest || isFree[next] === 0 || far[next]! >= 0) continue;
      far[next] = far[place]! + 1;
      queue.push(next);
    }
  }
  return far;
}

/** A shortest ring through a place, by the tree of shortest ways from it: two of its branches that an edge joins. Of even length (`parity` 0) or odd. */
function shortRing(question: RingQuestion, from: number, parity: 0 | 1): readonly number[] | null {
  const { graph: { offset, row }, isFree } = question;
  const parent = new Int32Array(isFree.length).fill(-1);
  const branch = new Int32Array(isFree.length).fill(-1);
  const far = new Int32Array(isFree.length).fill(-1);
  const queue = [from];
  far[from] = 0;
  let best: readonly [number, number] | null = null;
  let least = Infinity;
  for (let at = 0; at < queue.length; at++) {
    const place = queue[at]!;
    if (2 * far[place]! + 1 >= least) break;
    for (let edge = offset[place]!; edge < offset[place + 1]!; edge++) {
      const next = row[edge]!;
      if (isFree[next] === 0) continue;
      if (far[next] === -1) {
        far[next] = far[place]! + 1;
        parent[next] = place;
        branch[next] = place === from ? next : branch[place]!;
        queue.push(next);
        continue;
      }
      const around = far[place]! + far[next]! + 1;
      if (place === from || next === from || branch[place] === branch[next] || around >= least || around % 2 !== parity) continue;
      least = around;
      best = [place, next];
    }
  }
  if (best === null) return null;
  const ring: number[] = [];
  for (let place = best[0]; place !== -1; place = parent[place]!) ring.unshift(place);
  for (let place = best[1]; place !== from; place = parent[place]!) ring.push(place);
  return ring;
}

/** Makes a ring longer by detours until it has the length, or `null`. */
function grow({ graph: { offset, row }, isFree, length }: RingQuestion, seed: readonly number[]): Int32Array | null {
  if (seed.length > length) return null;
  const after = new Int32Array(isFree.length).fill(-1);
  seed.forEach((place, at) => void (after[place] = seed[(at + 1) % seed.length]!));
  const isJoined = (from: number, to: number): boolean => {
    for (let edge = offset[from]!; edge < offset[from + 1]!; edge++) if (row[edge] === to) return true;
    return false;
  };
  const isOpen = (place: number): boolean => isFree[place] === 1 && after[place] === -1;
  let count = seed.length;
  /** Places whose edge to the next has not been looked at. An edge without a detour never gets one, because free places only become fewer. */
  const open = [...seed];
  const take = (from: number, ...detour: readonly number[]): void => {
    const to = after[from]!;
    [from, ...detour].forEach((place, at) => { after[place] = detour[at] ?? to; });
    count += detour.length;
    open.push(from, ...detour);
  };
  for (let at = 0; at < open.length && count < length; at++) {
    const from = open[at]!;
    const to = after[from]!;
    let one = -1;
    let two: readonly [number, number] | null = null;
    for (let edge = offset[from]!; edge < offset[from + 1]! && (two === null || one < 0); edge++) {
      const beside = row[edge]!;
      if (!isOpen(beside)) continue;
      if (one < 0 && isJoined(beside, to)) one = beside;
      for (let onward = offset[beside]!; onward < offset[beside + 1]! && two === null; onward++) {
        const next = row[onward]!;
        if (next !== from && next !== to && isOpen(next) && isJoined(next, to)) two = [beside, next];
      }
    }
    if (two !== null && length - count >= 2) take(from, ...two);
    else if (one >= 0) take(from, one);
  }
  if (count < length) return null;
  const ring = new Int32Array(length);
  for (let at = 0, place = seed[0]!; at < length; at++, place = after[place]!) ring[at] = place;
  return ring;
}

interface Search { readonly used: Uint8Array; readonly path: number[]; readonly far: Int32Array; readonly lowest: number; stepsLeft: number }

/** Neighbours that the walk may enter next, those with the fewest free neighbours of their own first. */
function onward({ graph: { offset, row }, isFree, length }: RingQuestion, { used, path, far, lowest }: Search): number[] {
  const place = path[path.length - 1]!;
  const left = length - path.length;
  const freeAround = (next: number): number => {
    let free = 0;
    for (let edge = offset[next]!; edge < offset[next + 1]!; edge++) if (isFree[row[edge]!] === 1 && used[row[edge]!] === 0) free++;
    return free;
  };
  const found: (readonly [place: number, free: number])[] = [];
  for (let edge = offset[place]!; edge < offset[place + 1]!; edge++) {
    const next = row[edge]!;
    if (next < lowest || isFree[next] === 0 || used[next] === 1 || far[next]! > left || found.some(([other]) => other === next)) continue;
    found.push([next, freeAround(next)]);
  }
  return found.sort((a, b) => b[1] - a[1]).map(([next]) => next);
}

/** Depth first from one start over places at or above it. The first way that comes back in `length` steps, `null` without one or without steps. */
function searchFrom(question: RingQuestion, start: number, search: Search): Int32Array | null {
  const { used, path, far } = search;
  const stacks: number[][] = [onward(question, search)];
  while (stacks.length > 0) {
    const next = stacks[stacks.length - 1]!.pop();
    if (next === undefined) {
      stacks.pop();
      if (stacks.length > 0) used[path.pop()!] = 0;
      continue;
    }
    if (search.stepsLeft-- <= 0) return null;
    path.push(next);
    used[next] = 1;
    if (path.length === question.length) {
      if (far[next] === 1) return Int32Array.from(path);
      path.pop();
      used[next] = 0;
      continue;
    }
    stacks.push(onward(question, search));
  }
  used[start] = 0;
  return null;
}

/** Finds a ring, or says whether none exists. Ties go to lower places and earlier neighbours. O(places x edges) and `stepsMax` steps. */
export function findRing(question: RingQuestion): RingAnswer {
  const { isFree, length, through, stepsMax } = question;
  const free = [...isFree.keys()].filter((place) => isFree[place] === 1);
  if (length < 3 || free.length < length || (through >= 0 && isFree[through] !== 1)) return { kind: 'none', exhausted: true };
  const starts = through >= 0 ? [through] : free;
  for (const start of starts.slice(0, seedsMax)) for (const parity of [length % 2, 1 - (length % 2)] as const) {
    const seed = shortRing(question, start, parity === 0 ? 0 : 1);
    const places = seed === null ? null : grow(question, seed);
    if (places !== null) return { kind: 'ring', places };
  }
  let exhausted = true;
  let stepsLeft = stepsMax;
  for (const [at, start] of starts.entries()) {
    // A ring is looked for from its lowest place, with an even share of the steps that are left.
    const lowest = through >= 0 ? 0 : start;
    const share = Math.ceil(stepsLeft / (starts.length - at));
    const search: Search = { used: new Uint8Array(isFree.length), path: [start], far: distances(question, start, lowest), lowest, stepsLeft: share };
    if (search.far.reduce((sum, steps) => sum + (steps >= 0 ? 1 : 0), 0) < length) continue;
    search.used[start] = 1;
    const places = searchFrom(question, start, search);
    if (places !== null) return { kind: 'ring', places };
    if (search.stepsLeft < 0) exhausted = false;
    stepsLeft -= share - Math.max(0, search.stepsLeft);
  }
  return { kind: 'none', exhausted };
}
