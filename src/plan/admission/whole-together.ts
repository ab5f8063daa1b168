/**
 * Whole wavelengths for all legs of a request at once: an integral multicommodity flow over the links that they share.
 *
 * Every column is one wavelength on one path of one leg, on a passive path in one grid slot. The linear program of
 * `column-program.ts` bounds how many all legs can have; where its answer is not whole, the column that is furthest from it is
 * rounded up and, when that leads nowhere, held below (branch and bound; Land and Doig 1960, Econometrica 28, 497 to 520). The answer
 * is exact where the wavelengths concerned are equally wide and `nodesMax` programs suffice. Of several widths each is tried as what
 * every wavelength that is no narrower carries, which is sound and not always enough: the best mixture is a packing problem in every link.
 */

import type { GrantPath } from '../plan.ts';
import type { Column } from './column-program.ts';
import { gainOf, solveColumns } from './column-program.ts';
import type { LeaseBook } from './lease-book.ts';
import { toGbps } from './lease-book.ts';
import type { RowTerms } from './place.ts';
import type { Leg } from './request.ts';

/** Beyond these, legs are placed one after another only. */
const columnsMax = 1024;
const rowsMax = 192;
const nodesMax = 128;
/** Widths of wavelengths that are tried. */
const widthsMax = 4;
/** A part that is as near to a whole number is one. */
const leastPart = 1e-6;

interface LaneColumn extends Column {
  readonly leg: number;
  readonly path: number;
  /** The grid slot that it keeps; -1 where it may change it. */
  readonly slot: number;
}

interface Lanes {
  readonly widthKbps: number;
  readonly columns: readonly LaneColumn[];
  /** By row: how many there are; the rows of legs come first and have no limit of their own. */
  readonly room: readonly number[];
  /** Rows of wavelengths that may be taken, by link, ascending. */
  readonly usable: ReadonlyMap<number, readonly number[]>;
}

const linksOf = (legs: readonly Leg[]): readonly number[] => [...new Set(legs.flatMap(({ paths }) => paths.flatMap(({ links }) => links)))];

/** What may be taken of the links, by link; wavelengths without light are left out. */
function usableRows(book: LeaseBook, legs: readonly Leg[], { usable }: RowTerms): ReadonlyMap<number, readonly number[]> {
  const { linkWavelength } = book.light;
  return new Map(linksOf(legs).map((link) => {
    const rows: number[] = [];
    const end = linkWavelength[link + 1] ?? 0;
    for (let row = linkWavelength[link] ?? 0; row < end; row++) if ((book.wavelengthKbps[row] ?? 0) > 0 && usable(row)) rows.push(row);
    return [link, rows];
  }));
}

/** How many of some wavelengths fit into a room, whichever they are. */
function countWithin(book: LeaseBook, rows: readonly number[], roomKbps: number): number {
  const widest = rows.map((row) => book.wavelengthKbps[row] ?? 0).sort((a, b) => b - a);
  let left = roomKbps;
  for (const [count, kbps] of widest.entries()) if ((left -= kbps) < 0) return count;
  return rows.length;
}

/** Columns and rows where every wavelength carries one width, narrower ones left out; `null` where there are too many. */
function lanesOf(book: LeaseBook, legs: readonly Leg[], widthKbps: number, { all, room }: { readonly all: ReadonlyMap<number, readonly number[]>; readonly room: RowTerms['room'] }): Lanes | null {
  const { wavelengthSlot } = book.light;
  const usable = new Map([...all].map(([link, rows]) => [link, rows.filter((row) => (book.wavelengthKbps[row] ?? 0) >= widthKbps)]));
  const rooms: number[] = legs.map(() => 0);
  const rowOf = new Map<string, number>();
  const rowFor = (key: string, most: number): number => {
    const row = rowOf.get(key) ?? rooms.push(most) - 1;
    rowOf.set(key, row);
    return row;
  };
  const columns: LaneColumn[] = [];
  for (const [leg, { paths }] of legs.entries()) for (const [path, { links, keepsSlot }] of paths.entries()) {
    const free = links.map((link) => usable.get(link) ?? []);
    const shared = links.map((link, hop) => rowFor(`${link}`, countWithin(book, free[hop] ?? [], room(link))));
    if (keepsSlot !== true) columns.push({ worth: 1, leg, path, slot: -1, rows: [leg, ...shared] });
    else for (const slot of (free[0] ?? []).map((row) => wavelengthSlot[row] ?? -1)) {
      if (!free.every((rows) => rows.some((row) => wavelengthSlot[row] === slot))) continue;
      columns.push({ worth: 1, leg, path, slot, rows: [leg, ...shared, ...links.map((link) => rowFor(`${link} ${slot}`, 1))] });
    }
    if (rooms.length > rowsMax || columns.length > columnsMax) return null;
  }
  return { widthKbps, columns, room: rooms, usable };
}

/** A program in the search: what is left after what is taken, and columns of which no more than so many may be taken. */
interface Node {
  readonly room: Float64Array;
  readonly taken: Float64Array;
  readonly most: ReadonlyMap<number, number>;
}

function solveNode(columns: readonly Column[], { room, most }: Node): { readonly worth: number; readonly amount: Float64Array; readonly isProven: boolean } {
  const limited = [...most].filter(([, limit]) => limit > 0);
  const rows = new Float64Array(room.length + limited.length);
  rows.set(room);
  const at = new Map<Column, number>();
  const open = columns.flatMap((column, index) => {
    if (most.get(index) === 0) return [];
    const limit = limited.findIndex(([of]) => of === index);
    if (limit >= 0) rows[room.length + limit] = limited[limit]?.[1] ?? 0;
    const own = limit < 0 ? column : { ...column, rows: [...column.rows, room.length + limit] };
    at.set(own, index);
    return [own];
  });
  const { worth, parts, isProven } = solveColumns({
    room: rows,
    enter: (price) => {
      let best: Column | null = null;
      let gain = 0;
      for (const column of open) {
        const own = gainOf(column, price);
        if (own > gain) [best, gain] = [column, own];
      }
      return best;
    },
  });
  const amount = new Float64Array(columns.length);
  for (const part of parts) amount[at.get(part.column) ?? 0] = part.amount;
  return { worth, amount, isProven };
}

function roundedUp(columns: readonly Column[], { room, taken, most }: Node, index: number, count: number): Node | null {
  const left = room.slice();
  for (const row of columns[index]?.rows ?? []) {
    left[row] = (left[row] ?? 0) - count;
    if ((left[row] ?? 0) < 0) return null;
  }
  const more = taken.slice();
  more[index] = (more[index] ?? 0) + count;
  const limit = most.get(index);
  return { room: left, taken: more, most: limit === undefined ? most : new Map(most).set(index, limit - count) };
}

interface Choice {
  /** By column; `null` where there is no such choice, or none was found. */
  readonly taken: Float64Array | null;
  /** How many all legs together can have at most. */
  readonly bound: number;
  /** False where the search ended before all was tried. */
  readonly isProven: boolean;
}

/** So many of every leg. */
function chooseLanes({ columns, room }: Lanes, legs: number, count: number): Choice {
  const first: Node = { room: Float64Array.from(room, (most, row) => (row < legs ? count : most)), taken: new Float64Array(columns.length), most: new Map() };
  const waiting = [first];
  let bound = Infinity;
  let isSure = true;
  for (let nodes = 0; nodes < nodesMax; nodes++) {
    const node = waiting.pop();
    if (node === undefined) break;
    const { worth, amount, isProven } = solveNode(columns, node);
    isSure &&= isProven;
    if (node === first && isProven) bound = Math.floor(worth + leastPart);
    const wanted = node.room.reduce((sum, left, row) => (row < legs ? sum + left : sum), 0);
    if (worth < wanted - leastPart) continue;
    const partOf = (value: number): number => (Math.abs(value - Math.round(value)) <= leastPart ? 0 : value - Math.floor(value));
    let split = -1;
    amount.forEach((value, index) => { if (partOf(value) > (split < 0 ? 0 : partOf(amount[split] ?? 0))) split = index; });
    if (split < 0) return { taken: node.taken.map((value, index) => value + Math.round(amount[index] ?? 0)), bound, isProven: true };
    const below = Math.floor(amount[split] ?? 0);
    waiting.push({ ...node, most: new Map(node.most).set(split, below) });
    const up = roundedUp(columns, node, split, below + 1);
    if (up !== null) waiting.push(up);
  }
  return { taken: null, bound, isProven: isSure && waiting.length === 0 };
}

/** The paths of a choice, leg after leg: those that keep their slot take their wavelengths first, the others the lowest that are left. */
function pathsOf(book: LeaseBook, legs: readonly Leg[], { columns, usable, widthKbps }: Lanes, taken: Float64Array, rateKbps: number): readonly (readonly GrantPath[])[] {
  const { wavelengthSlot } = book.light;
  const used = new Set<number>();
  const take = (link: number, wanted: (row: number) => boolean): number => {
    const row = (usable.get(link) ?? []).find((one) => !used.has(one) && wanted(one)) ?? -1;
    used.add(row);
    return row;
  };
  const held = legs.map(({ paths }) => paths.map(({ links }) => links.map((): number[] => [])));
  const order = [...columns.keys()].sort((a, b) => Number((columns[a]?.slot ?? 0) < 0) - Number((columns[b]?.slot ?? 0) < 0) || a - b);
  for (const index of order) for (let count = 0; count < (taken[index] ?? 0); count++) {
    const { leg = 0, path = 0, slot = -1 } = columns[index] ?? {};
    legs[leg]?.paths[path]?.links.forEach((link, hop) => held[leg]?.[path]?.[hop]?.push(take(link, (row) => slot < 0 || wavelengthSlot[row] === slot)));
  }
  return legs.map(({ paths }, leg) => {
    let left = rateKbps;
    return paths.flatMap(({ links }, path) => {
      const wavelengths = held[leg]?.[path] ?? [];
      const kbps = Math.min(left, widthKbps * (wavelengths[0]?.length ?? 0));
      left -= kbps;
      return kbps > 0 ? [{ links, wavelengths, rateGbps: toGbps(kbps) }] : [];
    });
  });
}

/** Widths of what may be taken, of which there are most first. */
function widthsOf(book: LeaseBook, all: ReadonlyMap<number, readonly number[]>): readonly number[] {
  const count = new Map<number, number>();
  for (const rows of all.values()) for (const row of rows) count.set(book.wavelengthKbps[row] ?? 0, (count.get(book.wavelengthKbps[row] ?? 0) ?? 0) + 1);
  return [...count].sort(([a, many], [b, more]) => more - many || b - a).slice(0, widthsMax).map(([width]) => width);
}

export interface Wholes {
  /** By leg; `null` where there are none, or none were found. */
  readonly paths: readonly (readonly GrantPath[])[] | null;
  /** True where no size or mixture of widths stood in the way. */
  readonly isExact: boolean;
}

/** Whole wavelengths that carry a rate on every leg. */
export function wholesTogether(book: LeaseBook, legs: readonly Leg[], rateKbps: number, terms: RowTerms): Wholes {
  const all = usableRows(book, legs, terms);
  const widths = widthsOf(book, all);
  let isExact = widths.length <= 1;
  for (const width of widths) {
    const lanes = lanesOf(book, legs, width, { all, room: terms.room });
    const { taken, isProven } = lanes === null ? { taken: null, isProven: false } : chooseLanes(lanes, legs.length, Math.ceil(rateKbps / width));
    if (lanes !== null && taken !== null) return { paths: pathsOf(book, legs, lanes, taken, rateKbps), isExact: true };
    isExact &&= isProven;
  }
  return { paths: null, isExact };
}

/** The highest rate up to a limit that whole wavelengths carry on every leg at once, as far as it was found; `isExact` where no size stood in the way. */
export function mostWholes(book: LeaseBook, legs: readonly Leg[], limitKbps: number, terms: RowTerms): { readonly kbps: number; readonly isExact: boolean } {
  const all = usableRows(book, legs, terms);
  const widths = widthsOf(book, all);
  let most = 0;
  let isExact = widths.length <= 1;
  for (const width of widths) {
    const lanes = lanesOf(book, legs, width, { all, room: terms.room });
    if (lanes === null) {
      isExact = false;
      continue;
    }
    const enough = Math.min(Math.ceil(limitKbps / width), ...legs.map(({ paths }) => paths.reduce((sum, { links }) => sum + (all.get(links[0] ?? 0)?.length ?? 0), 0)));
    let [fits, upTo] = [0, enough];
    for (let count = enough; fits < upTo;) {
      const { taken, bound, isProven } = chooseLanes(lanes, legs.length, count);
      isExact &&= isProven;
      const proven = Math.floor(bound / legs.length);
      if (taken !== null) fits = count;
      else upTo = Math.min(count - 1, proven);
      // What is proven is mostly there; else halve.
      count = taken === null && proven < count ? upTo : Math.ceil((fits + upTo) / 2);
    }
    most = Math.max(most, Math.min(limitKbps, fits * width));
  }
  return { kbps: most, isExact };
}
