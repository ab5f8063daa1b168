/**
 * All legs of a request at once in one window: paths for a rate, and the highest rate that all can have.
 *
 * Legs are placed one after another in order of preference. Where one finds no room, all are divided together: shared rates by
 * `legs-together.ts`, whole wavelengths, also those of a single leg with several paths, by `whole-together.ts`. Where that cannot tell,
 * because of the sizes that are named there or of wavelengths of several widths, legs are placed in a few other orders. The book is
 * left as it was.
 */

import type { GrantPath } from '../plan.ts';
import { emptyCapacity } from './empty-capacity.ts';
import type { LeaseBook } from './lease-book.ts';
import { markPath, toGbps } from './lease-book.ts';
import type { LegsTogether } from './legs-together.ts';
import { divideLegs, legsTogether, mostTogether, provenKbps } from './legs-together.ts';
import type { Ask } from './place.ts';
import { endsKbps, freeTerms, placeLeg, placePath, roomsOf, sharing, splitReserved, waysOf, widestKbps } from './place.ts';
import type { CandidatePath, Leg } from './request.ts';
import { mostWholes, wholesTogether } from './whole-together.ts';

/** Orders in which legs are placed one after another. */
const ordersMax = 16;

/** Several legs as one problem, made once for all windows that are tried; `null` for one leg. */
export const togetherOf = (legs: readonly Leg[]): LegsTogether | null => (legs.length > 1 ? legsTogether(legs.map(waysOf)) : null);

/** True where one leg after another finds all that there is: on a single path, and where a single leg shares light. */
export const isAllInTurn = (legs: readonly Leg[], { serves }: Ask): boolean => legs.length === 1 && (serves === 'shared' || legs[0]?.paths.length === 1);

/** One leg after another; the first that finds no room, -1 where all do. */
function firstStuck(book: LeaseBook, legs: readonly Leg[], ask: Ask, placed: GrantPath[]): number {
  const stuck = legs.findIndex((leg) => !placeLeg(book, leg, ask, placed));
  for (const path of placed.toReversed()) markPath(book, path, ask, -1);
  return stuck;
}

/** Legs again and again, each time with the one before all others that found no room (Joslin and Clements 1999, Journal of Artificial Intelligence Research 10, 353 to 373). */
function stuckFirst(book: LeaseBook, legs: readonly Leg[], ask: Ask): readonly GrantPath[] | null {
  let order = legs;
  for (let tries = 0; tries < Math.min(ordersMax, 2 * legs.length); tries++) {
    const placed: GrantPath[] = [];
    const stuck = firstStuck(book, order, ask, placed);
    if (stuck < 0) return placed;
    if (stuck === 0) return null;
    order = [...order.slice(stuck, stuck + 1), ...order.slice(0, stuck), ...order.slice(stuck + 1)];
  }
  return null;
}

/** Paths of all legs that one after another did not find. */
function placeTogether(book: LeaseBook, legs: readonly Leg[], ask: Ask, together: LegsTogether | null): readonly GrantPath[] | null {
  const room = roomsOf(book, ask, []);
  if (legs.some((leg) => endsKbps(leg, room) < ask.rateKbps)) return null;
  if (ask.serves === 'reserved') {
    const { paths, isExact } = wholesTogether(book, legs, ask.rateKbps, freeTerms(book, ask, []));
    return paths?.flat() ?? (isExact ? null : stuckFirst(book, legs, ask));
  }
  if (together === null) return null;
  return divideLegs(together, ask.rateKbps, { first: room })?.flatMap((parts) => parts.map(({ links, amount }) => ({ links, wavelengths: sharing({ links }), rateGbps: toGbps(amount) }))) ?? null;
}

/** Paths for all legs at once, or `null`. */
export function placeLegs(book: LeaseBook, legs: readonly Leg[], ask: Ask, together: LegsTogether | null = togetherOf(legs)): readonly GrantPath[] | null {
  if (legs.length === 1) for (const path of legs[0]?.paths ?? []) {
    const found = placePath(book, path, ask);
    if (found !== null) return [found];
  }
  if (together !== null && ask.serves === 'shared' && together.proofs.length > 0 && provenKbps(together, roomsOf(book, ask, [])) < ask.rateKbps) return null;
  const placed: GrantPath[] = [];
  if (firstStuck(book, legs, ask, placed) < 0) return placed;
  return isAllInTurn(legs, ask) ? null : placeTogether(book, legs, ask, together);
}

/** The most that the paths of a leg can give over the ask's span, one alone or several together, kb/s; at most the ask's rate. Of whole wavelengths as much as one path after another finds. */
function legKbps(book: LeaseBook, leg: Leg, ask: Ask): number {
  const room = roomsOf(book, ask, []);
  const alone = (path: CandidatePath): number => (ask.serves === 'reserved' ? widestKbps(book, path, ask) : path.links.reduce((least, link) => Math.min(least, room(link)), Infinity));
  const most = Math.min(ask.rateKbps, leg.paths.reduce((widest, path) => Math.max(widest, alone(path)), 0));
  if (leg.paths.length === 1 || most === ask.rateKbps || most >= endsKbps(leg, room)) return most;
  if (ask.serves === 'shared') return Math.min(ask.rateKbps, emptyCapacity(waysOf(leg), room));
  const placed: GrantPath[] = [];
  // The ends bound a rate without a limit, so that what is left of it can be told.
  const together = splitReserved(book, leg, { ...ask, rateKbps: Math.min(ask.rateKbps, endsKbps(leg, room)) }, placed);
  for (const path of placed.toReversed()) markPath(book, path, ask, -1);
  return Math.max(most, together);
}

/** The highest rate between one that fits and one that does not, one leg after another: the gap is halved until it is below a thousandth. */
function halve(book: LeaseBook, legs: readonly Leg[], ask: Ask, { fitsKbps, tooMuchKbps, together }: { readonly fitsKbps: number; readonly tooMuchKbps: number; readonly together: LegsTogether | null }): number {
  let [fits, most] = [fitsKbps, tooMuchKbps];
  for (const limit = most / 1000; most - fits > Math.max(1, limit);) {
    const middle = Math.floor((fits + most) / 2);
    if (placeLegs(book, legs, { ...ask, rateKbps: middle }, together) === null) most = middle;
    else fits = middle;
  }
  return fits;
}

/** The highest common rate of all legs over the ask's span that is at most the ask's rate, kb/s; 0 when nothing is free. */
export function commonKbps(book: LeaseBook, legs: readonly Leg[], ask: Ask, together: LegsTogether | null = togetherOf(legs)): number {
  const most = Math.max(0, Math.min(ask.rateKbps, ...legs.map((leg) => legKbps(book, leg, ask))));
  const fits = legs.length === 1 || (most > 0 && placeLegs(book, legs, { ...ask, rateKbps: most }, together) !== null) ? most : 0;
  const room = roomsOf(book, ask, []);
  if (ask.serves === 'shared') {
    if (together === null || fits === most) return fits;
    return mostTogether(together, most, room) ?? halve(book, legs, ask, { fitsKbps: 0, tooMuchKbps: most, together });
  }
  // What one path after another finds of whole wavelengths is no bound; the ends are.
  const ends = Math.min(ask.rateKbps, ...legs.map((leg) => endsKbps(leg, room)));
  if (fits >= ends || isAllInTurn(legs, ask)) return fits;
  const wholes = mostWholes(book, legs, ends, freeTerms(book, ask, []));
  const found = Math.max(fits, wholes.kbps);
  return wholes.isExact || found >= most ? found : halve(book, legs, ask, { fitsKbps: found, tooMuchKbps: most, together });
}
