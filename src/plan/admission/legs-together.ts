/**
 * Shared rates for all legs of a request at once: a multicommodity flow over the links that they share.
 *
 * One after another, legs take what the next one cannot do without, though another division would serve them all. Here the division is
 * a linear program: as much of all legs as the links have room for, over ways that are made at the prices of links as they are wanted
 * (`column-program.ts`; Ford and Fulkerson 1958, Management Science 5, 97 to 101). Where less than all fits, its prices prove it: ways
 * at their cheapest cost more than all the room is worth. The same prices bound the rate that all legs can have together, and the next
 * rate tried is that bound (Newton's method for the fractional program, Dinkelbach 1967, Management Science 13, 492 to 498), which ends
 * at the highest common rate. Proofs are kept: rooms at other times are mostly short of the same links.
 *
 * Rates are whole kb/s: parts are rounded down, and what that leaves is divided over the rest by the maximum flow of each leg. So a
 * leg may be refused for the last kb/s of each of its ways.
 */

import type { Column, Optimum } from './column-program.ts';
import { solveColumns } from './column-program.ts';
import type { LinkRoom, WayGraph, WayPart } from './empty-capacity.ts';
import { cheapestWay, graphOf, splitOverWays } from './empty-capacity.ts';

/** Legs and links with too little room for all, together; beyond, legs are placed one after another only. */
const rowsMax = 192;
/** Prices kept from rates that did not fit. */
const proofsMax = 8;
/** Rates tried until one fits. */
const ratesMax = 32;
/** What light that others would have to yield costs against what a leg gains by it: little enough to change nothing else. */
const yieldCost = 1e-3;
/** Rounding of doubles: of a part of all legs, and of a part in kb/s. */
const roundingShare = 1e-9;
const roundingKbps = 1e-3;

interface Proof {
  readonly links: readonly number[];
  readonly price: readonly number[];
  /** What one kb/s of every leg costs at the prices, no leg more than 1. */
  readonly cost: number;
}

export interface LegsTogether {
  readonly ways: readonly (readonly (readonly number[])[])[];
  readonly graphs: readonly WayGraph[];
  /** Per link, how many legs may use it. */
  readonly users: ReadonlyMap<number, number>;
  readonly proofs: Proof[];
}

/** What legs may use: first what is free, then what others would yield. */
export interface Rooms {
  readonly first: LinkRoom;
  readonly second?: LinkRoom;
}

export function legsTogether(ways: readonly (readonly (readonly number[])[])[]): LegsTogether {
  const users = new Map<number, number>();
  for (const leg of ways) for (const link of new Set(leg.flat())) users.set(link, (users.get(link) ?? 0) + 1);
  return { ways, graphs: ways.map((leg) => graphOf(leg, () => 0)), users, proofs: [] };
}

/** A rate above this is proven not to fit. */
export const provenKbps = ({ proofs }: LegsTogether, room: LinkRoom): number =>
  proofs.reduce((least, { links, price, cost }) => Math.min(least, links.reduce((sum, link, at) => sum + (price[at] ?? 0) * room(link), 0) / cost), Infinity);

interface WayColumn extends Column {
  readonly leg: number;
  readonly links: readonly number[];
}

interface Rows {
  /** By row, where the legs' are first: what there is, in parts of the rate. */
  readonly room: number[];
  readonly ofLink: Map<number, number>;
  /** What others may yield of a link. */
  readonly yields: Column[];
}

/** Rows of the legs and of links that could not carry all their legs; `null` where there are too many. */
function rowsOf({ ways, users }: LegsTogether, rateKbps: number, { first, second }: Rooms): Rows | null {
  const rows: Rows = { room: ways.map(() => 1), ofLink: new Map(), yields: [] };
  for (const [link, legs] of users) {
    const free = Math.max(0, first(link)) / rateKbps;
    if (free >= legs) continue;
    rows.ofLink.set(link, rows.room.length);
    rows.room.push(free);
    const more = second === undefined ? 0 : Math.min(legs, second(link) / rateKbps) - free;
    if (more > 0) {
      rows.yields.push({ worth: -yieldCost, rows: [rows.room.length - 1, rows.room.length], takes: [-1, 1] });
      rows.room.push(more);
    }
    if (rows.room.length > rowsMax) return null;
  }
  return rows;
}

interface Divided {
  readonly optimum: Optimum;
  readonly rows: Rows;
  /** By leg, parts of the rate. */
  readonly parts: readonly (readonly WayPart[])[];
  readonly isAll: boolean;
}

const isWay = (column: Column): column is WayColumn => 'leg' in column;

/** As much of a rate on every leg as fits; `null` where that cannot be told. */
function divide(together: LegsTogether, rateKbps: number, rooms: Rooms): Divided | null {
  const rows = rowsOf(together, rateKbps, rooms);
  if (rows === null) return null;
  const { graphs } = together;
  const enter = (price: Float64Array): Column | null => {
    let best: Column | null = null;
    let most = 0;
    const priceOf = (link: number): number => Math.max(0, price[rows.ofLink.get(link) ?? -1] ?? 0);
    graphs.forEach((graph, leg) => {
      const gain = 1 - (price[leg] ?? 0);
      if (gain <= most) return;
      const { links, cost } = cheapestWay(graph, priceOf);
      if (gain - cost <= most) return;
      most = gain - cost;
      const column: WayColumn = { worth: 1, leg, links, rows: [leg, ...links.flatMap((link) => rows.ofLink.get(link) ?? [])] };
      best = column;
    });
    for (const column of rows.yields) {
      const [row = 0, limit = 0] = column.rows;
      const gain = column.worth + (price[row] ?? 0) - (price[limit] ?? 0);
      if (gain > most) [most, best] = [gain, column];
    }
    return best;
  };
  const optimum = solveColumns({ room: Float64Array.from(rows.room), enter });
  const parts: WayPart[][] = graphs.map(() => []);
  let served = 0;
  for (const { column, amount } of optimum.parts) if (isWay(column)) {
    parts[column.leg]?.push({ links: column.links, amount });
    served += amount;
  }
  return optimum.isProven ? { optimum, rows, parts, isAll: served >= graphs.length * (1 - roundingShare) } : null;
}

/** Keeps why a rate does not fit. */
function remember({ graphs, proofs }: LegsTogether, { optimum, rows }: Divided): void {
  const priced = [...rows.ofLink].filter(([, row]) => (optimum.price[row] ?? 0) > 0);
  const price = new Map(priced.map(([link, row]) => [link, optimum.price[row] ?? 0]));
  const cost = graphs.reduce((sum, graph) => sum + Math.min(1, cheapestWay(graph, (link) => price.get(link) ?? 0).cost), 0);
  if (!(cost > 0)) return;
  proofs.unshift({ links: [...price.keys()], price: [...price.values()], cost });
  if (proofs.length > proofsMax) proofs.pop();
}

/** Parts in whole kb/s, rounded down. */
const wholeParts = (parts: readonly (readonly WayPart[])[], rateKbps: number): readonly WayPart[][] =>
  parts.map((own) => own.flatMap(({ links, amount }) => {
    const kbps = Math.floor(amount * rateKbps + roundingKbps);
    return kbps > 0 ? [{ links, amount: kbps }] : [];
  }));

const sumOf = (parts: readonly WayPart[]): number => parts.reduce((sum, { amount }) => sum + amount, 0);

/** Gives up what is beyond a rate, or seeks what is missing of it in the room that is left. */
function evenOut(together: LegsTogether, parts: readonly WayPart[][], rateKbps: number, room: LinkRoom): readonly (readonly WayPart[])[] | null {
  const load = new Map<number, number>();
  const carry = ({ links, amount }: WayPart, sign: 1 | -1): void => { for (const link of links) load.set(link, (load.get(link) ?? 0) + sign * amount); };
  const even = parts.map((own) => {
    let left = rateKbps;
    return own.flatMap(({ links, amount }) => {
      const part = { links, amount: Math.min(left, amount) };
      left -= part.amount;
      carry(part, 1);
      return part.amount > 0 ? [part] : [];
    });
  });
  for (const [leg, own] of even.entries()) {
    const missing = rateKbps - sumOf(own);
    if (missing === 0) continue;
    const more = splitOverWays(together.ways[leg] ?? [], missing, { first: (link) => room(link) - (load.get(link) ?? 0) });
    if (more === null) return null;
    for (const part of more) {
      carry(part, 1);
      const same = own.findIndex(({ links }) => links.length === part.links.length && links.every((link, hop) => link === part.links[hop]));
      const before = own[same];
      if (before === undefined) own.push(part);
      else own[same] = { links: before.links, amount: before.amount + part.amount };
    }
  }
  return [...load].every(([link, kbps]) => kbps <= room(link)) ? even : null;
}

/** A rate on every leg, by leg as parts over ways in kb/s; as much as possible of it in the first rooms. `null` where it does not fit or cannot be told. */
export function divideLegs(together: LegsTogether, rateKbps: number, rooms: Rooms): readonly (readonly WayPart[])[] | null {
  const room = rooms.second ?? rooms.first;
  if (provenKbps(together, room) < rateKbps * (1 - roundingShare)) return null;
  let found = divide(together, rateKbps, rooms);
  // The cost of what others yield may outweigh a leg's last part: then nothing is spared.
  if (found?.isAll === false && rooms.second !== undefined) found = divide(together, rateKbps, { first: rooms.second });
  if (found === null) return null;
  if (found.isAll) return evenOut(together, wholeParts(found.parts, rateKbps), rateKbps, room);
  remember(together, found);
  return null;
}

/** The highest rate, up to a limit, that every leg can have at once, kb/s; `null` where that cannot be told. */
export function mostTogether(together: LegsTogether, limitKbps: number, room: LinkRoom): number | null {
  let rateKbps = limitKbps;
  for (let tries = 0; tries < ratesMax; tries++) {
    rateKbps = Math.min(rateKbps, provenKbps(together, room));
    if (rateKbps < 1) return 0;
    const found = divide(together, rateKbps, { first: room });
    if (found === null) return null;
    if (found.isAll) {
      const whole = Math.min(...wholeParts(found.parts, rateKbps).map(sumOf));
      // Room that rounding has left may carry a little more.
      const more = Math.floor(rateKbps + roundingKbps);
      return more > whole && divideLegs(together, more, { first: room }) !== null ? more : whole;
    }
    remember(together, found);
    // Where rounding of doubles hides the gain, a hair less.
    if (provenKbps(together, room) >= rateKbps) rateKbps *= 1 - roundingShare;
  }
  return null;
}
