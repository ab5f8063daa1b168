/**
 * Calendars: one step function of time per key (a link, a wavelength), kept as sorted breakpoints in shared typed arrays.
 *
 * The function of key k is 0 before its first breakpoint and `value[i]` from `atNs[i]` to the next one, for the `size[k]` entries
 * from `offset[k]`. A window is half open, [from, to). Neighbouring breakpoints never have equal values, so n reservations leave at
 * most 2 n breakpoints, and releasing what was reserved leaves none: values are whole numbers, which floating point adds exactly.
 *
 * Cost with n breakpoints of the key, k of them inside the window: looking up O(log n + k), changing O(log n + n) where the n is a
 * move of contiguous memory (a thousand breakpoints move in well under a microsecond, which is why there is no tree). What lies
 * before `horizonNs` is forgotten when its key changes next.
 *
 * Bounds: a block has room for 2^roomLog2 entries, `size` never exceeds it, and every index below lies inside a block.
 */

export interface StepTable {
  readonly keyCount: number;
  readonly offset: Int32Array;
  readonly size: Int32Array;
  /** Room of a key's block as a power of two; 0 where it has no block yet. */
  readonly roomLog2: Uint8Array;
  atNs: Float64Array;
  value: Float64Array;
  /** Entries of the arrays that belong to a block, free ones included. */
  used: number;
  /** Offsets of free blocks, per power of two. */
  readonly free: number[][];
  horizonNs: number;
}

/** One reservation makes two breakpoints. */
const smallestLog2 = 1;

export const createStepTable = (keyCount: number): StepTable => ({
  keyCount, offset: new Int32Array(keyCount), size: new Int32Array(keyCount), roomLog2: new Uint8Array(keyCount),
  atNs: new Float64Array(64), value: new Float64Array(64), used: 0, free: [], horizonNs: -Infinity,
});

/** An independent copy, for what-if questions. O(keys + breakpoints), as plain copies of memory. */
export const forkStepTable = (table: StepTable): StepTable => ({
  ...table, offset: table.offset.slice(), size: table.size.slice(), roomLog2: table.roomLog2.slice(),
  atNs: table.atNs.slice(0, table.used), value: table.value.slice(0, table.used), free: table.free.map((blocks) => blocks.slice()),
});

export const stepTableBytes = (table: StepTable): number => 9 * table.keyCount + 16 * table.atNs.length;

function takeBlock(table: StepTable, log2: number): number {
  const kept = table.free[log2]?.pop();
  if (kept !== undefined) return kept;
  const start = table.used;
  table.used += 2 ** log2;
  if (table.used > table.atNs.length) {
    const length = Math.max(table.used, 2 * table.atNs.length);
    const atNs = new Float64Array(length);
    atNs.set(table.atNs);
    table.atNs = atNs;
    const value = new Float64Array(length);
    value.set(table.value);
    table.value = value;
  }
  return start;
}

/** Makes room for two more breakpoints, the most that one change adds. */
function makeRoom(table: StepTable, key: number): void {
  const log2 = table.roomLog2[key]!;
  const size = table.size[key]!;
  if (log2 > 0 && size + 2 <= 2 ** log2) return;
  const wider = log2 === 0 ? smallestLog2 : log2 + 1;
  const from = table.offset[key]!;
  const to = takeBlock(table, wider);
  table.atNs.copyWithin(to, from, from + size);
  table.value.copyWithin(to, from, from + size);
  if (log2 > 0) (table.free[log2] ??= []).push(from);
  table.offset[key] = to;
  table.roomLog2[key] = wider;
}

/** Number of breakpoints at or before a time. */
function countUpTo(table: StepTable, key: number, timeNs: number): number {
  const { atNs } = table;
  const start = table.offset[key]!;
  let low = 0;
  let high = table.size[key]!;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (atNs[start + middle]! <= timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function removeEntries(table: StepTable, key: number, range: { readonly first: number; readonly count: number }): void {
  const start = table.offset[key]! + range.first;
  const end = table.offset[key]! + table.size[key]!;
  table.atNs.copyWithin(start, start + range.count, end);
  table.value.copyWithin(start, start + range.count, end);
  table.size[key] = table.size[key]! - range.count;
}

/** Forgets what lies before the horizon of a key that has breakpoints. */
function trim(table: StepTable, key: number): void {
  if (table.atNs[table.offset[key]!]! > table.horizonNs) return;
  const before = countUpTo(table, key, table.horizonNs) - 1;
  if (before < 0) return;
  const count = table.value[table.offset[key]! + before] === 0 ? before + 1 : before;
  if (count > 0) removeEntries(table, key, { first: 0, count });
}

/** Index of the breakpoint at a time, which is made where there is none. */
function breakAt(table: StepTable, key: number, timeNs: number): number {
  const { atNs, value } = table;
  const after = countUpTo(table, key, timeNs);
  const start = table.offset[key]!;
  if (after > 0 && atNs[start + after - 1] === timeNs) return after - 1;
  const end = start + table.size[key]!;
  if (start + after < end) {
    atNs.copyWithin(start + after + 1, start + after, end);
    value.copyWithin(start + after + 1, start + after, end);
  }
  atNs[start + after] = timeNs;
  value[start + after] = after > 0 ? value[start + after - 1]! : 0;
  table.size[key] = table.size[key]! + 1;
  return after;
}

function dropIfLevel(table: StepTable, key: number, at: number): void {
  const { value } = table;
  const start = table.offset[key]!;
  if (value[start + at] === (at > 0 ? value[start + at - 1]! : 0)) removeEntries(table, key, { first: at, count: 1 });
}

/** The first reservation of a key. */
function begin(table: StepTable, key: number, span: { readonly fromNs: number; readonly toNs: number }, delta: number): void {
  makeRoom(table, key);
  const { atNs, value } = table;
  const start = table.offset[key]!;
  atNs[start] = span.fromNs;
  value[start] = delta;
  if (span.toNs !== Infinity) {
    atNs[start + 1] = span.toNs;
    value[start + 1] = 0;
  }
  table.size[key] = span.toNs === Infinity ? 1 : 2;
}

/** True where a key holds one reservation, begun by then, and this takes all that is left of it. */
function endsAll({ atNs, value, offset, size }: StepTable, key: number, span: { readonly fromNs: number; readonly toNs: number }, delta: number): boolean {
  const start = offset[key]!;
  return size[key] === 2 && atNs[start + 1] === span.toNs && value[start + 1] === 0 && value[start]! + delta === 0 && atNs[start]! <= span.fromNs;
}

/** Adds a whole number over [fromNs, toNs); `toNs` may be Infinity. What lies before the horizon is left alone. */
export function addOver(table: StepTable, key: number, fromNs: number, toNs: number, delta: number): void {
  const from = Math.max(fromNs, table.horizonNs);
  if (!(from < toNs) || delta === 0) return;
  const size = table.size[key]!;
  if (size === 0) return begin(table, key, { fromNs: from, toNs }, delta);
  if (size === 2 && from === table.horizonNs && endsAll(table, key, { fromNs: from, toNs }, delta)) {
    table.size[key] = 0;
    return;
  }
  trim(table, key);
  makeRoom(table, key);
  const first = breakAt(table, key, from);
  const last = toNs === Infinity ? table.size[key]! : breakAt(table, key, toNs);
  const { value } = table;
  const start = table.offset[key]!;
  for (let at = first; at < last; at++) value[start + at] = value[start + at]! + delta;
  if (toNs !== Infinity) dropIfLevel(table, key, last);
  dropIfLevel(table, key, first);
}

/** Largest value within [fromNs, toNs). */
export function maxOver(table: StepTable, key: number, fromNs: number, toNs: number): number {
  const { atNs, value } = table;
  const before = countUpTo(table, key, fromNs) - 1;
  const start = table.offset[key]!;
  const end = start + table.size[key]!;
  let most = before < 0 ? 0 : value[start + before]!;
  for (let at = start + before + 1; at < end && atNs[at]! < toNs; at++) if (value[at]! > most) most = value[at]!;
  return most;
}

/** The first breakpoint after a time, or Infinity. */
export function nextChange(table: StepTable, key: number, afterNs: number): number {
  const at = countUpTo(table, key, afterNs);
  return at < table.size[key]! ? table.atNs[table.offset[key]! + at]! : Infinity;
}

/** Earliest time at or after `fromNs` from which the value stays at or below `limit` for `durationNs`; Infinity when there is none. */
export function earliestBelow(table: StepTable, key: number, limit: number, fromNs: number, durationNs: number): number {
  const { atNs, value } = table;
  const start = table.offset[key]!;
  const end = start + table.size[key]!;
  const before = countUpTo(table, key, fromNs) - 1;
  let time = fromNs;
  if (before < 0 && limit < 0) time = start < end ? atNs[start]! : Infinity;
  for (let at = start + Math.max(before, 0); at < end; at++) {
    if (atNs[at]! >= time + durationNs) return time;
    if (value[at]! > limit) time = at + 1 < end ? atNs[at + 1]! : Infinity;
  }
  return time;
}
