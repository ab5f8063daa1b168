/**
 * Makes room for a higher class: lower classes move to other paths, shrink towards their floors, or are dropped, as one reversible plan.
 *
 * Everything is tried out on the book itself under one undo stack and taken back before the answer leaves, so that a victim's new
 * path sees the room that all earlier steps left. A moved victim may in turn take light from a class below its own, at most
 * `chainMax` deep and only when it would otherwise be dropped; the chain ends because every step goes to a lower priority.
 */

import type { Change, Grant, GrantPath, Plan } from '../plan.ts';
import { tenantPolicy } from '../policy.ts';
import type { LinkRoom } from './empty-capacity.ts';
import { splitOverWays } from './empty-capacity.ts';
import type { LeaseBook } from './lease-book.ts';
import { applyChange, findGrant, markPath, toGbps, toKbps, undoChange } from './lease-book.ts';
import { isAllInTurn } from './legs.ts';
import type { LegsTogether } from './legs-together.ts';
import { divideLegs } from './legs-together.ts';
import type { Ask } from './place.ts';
import { endsKbps, isFree, placeLeg, roomsOf, waysOf } from './place.ts';
import type { AffectedLease, CandidatePath, Leg } from './request.ts';
import { maxOver } from './step-table.ts';
import type { VictimSet } from './victims.ts';
import { takeableRows, victimsFor } from './victims.ts';
import { wholesTogether } from './whole-together.ts';
import type { Yielding } from './yielding.ts';
import { reachableKbps, shrunkPath } from './yielding.ts';

const chainMax = 3;

/** Other ways for a path of a standing lease, in order of preference; none where the fabric has no other. */
export type OtherRoutes = (grant: Grant, path: GrantPath) => readonly CandidatePath[];

/** A book under trial: what was done to it, to be undone last to first, and what became of each lease. */
interface Trial {
  readonly book: LeaseBook;
  readonly otherRoutes: OtherRoutes;
  readonly undo: (() => void)[];
  readonly fate: Map<string, { readonly before: Grant; readonly after: Grant | null }>;
}

function change(trial: Trial, one: Change): void {
  const { book, fate } = trial;
  applyChange(book, one);
  trial.undo.push(() => undoChange(book, one));
  if (one.kind !== 'move' && one.kind !== 'drop') return;
  const before = one.kind === 'move' ? one.from : one.grant;
  const known = fate.get(before.id);
  fate.set(before.id, { before: known?.before ?? before, after: one.kind === 'move' ? one.to : null });
  trial.undo.push(() => (known === undefined ? fate.delete(before.id) : fate.set(before.id, known)));
}

function mark(trial: Trial, path: GrantPath, ask: Ask, sign: 1 | -1): void {
  markPath(trial.book, path, ask, sign);
  trial.undo.push(() => markPath(trial.book, path, ask, sign === 1 ? -1 : 1));
}

/** Marks a free way for a leg, if there is one. */
function markFree(trial: Trial, leg: Leg, ask: Ask, placed: GrantPath[]): boolean {
  const before = placed.length;
  const fits = placeLeg(trial.book, leg, ask, placed);
  for (const path of placed.slice(before)) trial.undo.push(() => markPath(trial.book, path, ask, -1));
  return fits;
}

function rollBack(trial: Trial, depth: number): void {
  while (trial.undo.length > depth) trial.undo.pop()?.();
}

/** By how much a path's links are promised too much over the ask's span, kb/s. */
const overloadKbps = ({ book }: Trial, path: GrantPath, ask: Ask): number =>
  path.links.reduce((most, link) => Math.max(most, maxOver(book.load, link, ask.startNs, ask.endNs) - (book.linkKbps[link] ?? 0)), 0);

/** Two leases on a wavelength that one of them holds alone. */
const clashes = ({ book }: Trial, path: GrantPath, ask: Ask): boolean =>
  path.wavelengths.some((rows) => rows.some((row) => maxOver(book.held, row, ask.startNs, ask.endNs) > 1));

const withPaths = (grant: Grant, paths: readonly GrantPath[]): Grant => ({ ...grant, paths, rateGbps: toGbps(paths.reduce((sum, { rateGbps }) => sum + toKbps(rateGbps), 0)) });

const replaced = (grant: Grant, at: number, ...paths: readonly GrantPath[]): Grant => withPaths(grant, [...grant.paths.slice(0, at), ...paths, ...grant.paths.slice(at + 1)]);

const askOf = (trial: Trial, grant: Grant, path: GrantPath): Ask => ({
  serves: path.wavelengths.some((rows) => rows.length > 0) ? 'reserved' : 'shared', rateKbps: toKbps(path.rateGbps),
  tenant: grant.tenant, shareCap: tenantPolicy(trial.book.policy, grant.tenant).shareCap,
  // What lies in the past needs no room.
  startNs: Math.max(grant.startNs, trial.book.load.horizonNs), endNs: grant.endNs,
});

/** Where a path of a lease stands now that earlier steps may have moved others of its paths. */
function current(trial: Trial, one: Yielding): { readonly grant: Grant; readonly path: GrantPath; readonly at: number } | null {
  const grant = findGrant(trial.book, one.grant.id);
  const original = one.grant.paths[one.path];
  const at = grant?.paths.findIndex((path) => path === original) ?? -1;
  const path = grant?.paths[at];
  return grant === null || path === undefined ? null : { grant, path, at };
}

/** Moves a victim's path elsewhere at its full rate; with `depth`, at the expense of still lower classes. */
function moveAway(trial: Trial, one: Yielding, depth: number | null): boolean {
  const now = current(trial, one);
  if (now === null) return true;
  const { grant, path, at } = now;
  const paths = trial.otherRoutes(grant, path);
  if (paths.length === 0) return false;
  const before = trial.undo.length;
  const ask = askOf(trial, grant, path);
  change(trial, { kind: 'move', from: grant, to: replaced(grant, at) });
  const placed: GrantPath[] = [];
  // A victim moves as a whole: splitting it would spread the trouble over more links.
  const isPlaced = paths.some((way) => markFree(trial, { paths: [way] }, ask, placed)) ||
    (depth !== null && depth < chainMax && takeRoom(trial, { paths }, ask, { priority: trial.book.policy.classes[grant.trafficClass].priority, depth: depth + 1, placed, maySplit: false }));
  if (!isPlaced) {
    rollBack(trial, before);
    return false;
  }
  for (const entry of placed) mark(trial, entry, ask, -1);
  const rest = findGrant(trial.book, grant.id);
  if (rest === null) throw new Error(`lease ${grant.id} was lost on its way`);
  change(trial, { kind: 'move', from: rest, to: withPaths(grant, [...grant.paths.slice(0, at), ...placed, ...grant.paths.slice(at + 1)]) });
  return true;
}

/** Rates to which a path may fall, highest first: just below the trouble where it shares light, one wavelength less each time where it holds some. */
function* lowerRates(trial: Trial, path: GrantPath, ask: Ask, yieldKbps: number): Generator<number> {
  const leastKbps = toKbps(path.rateGbps) - yieldKbps;
  if (path.wavelengths.every((rows) => rows.length === 0)) {
    yield toKbps(path.rateGbps) - Math.min(yieldKbps, overloadKbps(trial, path, ask));
    return;
  }
  const width = (rows: readonly number[]): number => rows.reduce((sum, row) => sum + (trial.book.wavelengthKbps[row] ?? 0), 0);
  for (let rows = path.wavelengths; ;) {
    rows = rows.map((own) => own.slice(0, -1));
    const kbps = Math.min(...rows.map(width));
    yield Math.max(kbps, leastKbps);
    if (kbps <= leastKbps) return;
  }
}

/** Takes from a victim what its path still overfills, never below its floor; drops it when nothing is left. */
function shrink(trial: Trial, one: Yielding, ask: Ask, depth: number): void {
  const now = current(trial, one);
  if (now === null) return;
  const { grant, path, at } = now;
  const isInTheWay = (): boolean => clashes(trial, path, ask) || overloadKbps(trial, path, ask) > 0;
  if (!isInTheWay()) return;
  const before = trial.undo.length;
  for (const rateKbps of lowerRates(trial, path, ask, one.yieldKbps)) {
    rollBack(trial, before);
    const after = shrunkPath(trial.book, path, Math.min(rateKbps, toKbps(path.rateGbps)));
    const to = after === null ? replaced(grant, at) : replaced(grant, at, after);
    if (to.paths.length > 0) change(trial, { kind: 'move', from: grant, to });
    else if (!moveAway(trial, one, depth)) change(trial, { kind: 'drop', grant });
    if (!isInTheWay()) return;
  }
}

interface Taker {
  readonly priority: number;
  readonly depth: number;
  /** Paths of the taker so far; what it gets is added, and marked in the calendars. */
  readonly placed: GrantPath[];
  readonly maySplit: boolean;
}

function cheapest(trial: Trial, leg: Leg, ask: Ask, { priority, placed }: Taker): VictimSet | null {
  let best: VictimSet | null = null;
  for (const path of leg.paths) {
    const found = victimsFor(trial.book, path, ask, priority, { placed });
    if (found !== null && (best === null || found.jobs < best.jobs || (found.jobs === best.jobs && found.cost < best.cost))) best = found;
  }
  return best;
}

/** Enters a path, and has its victims move or shrink. */
function yieldTo(trial: Trial, victims: VictimSet, ask: Ask, taker: Taker): true {
  mark(trial, victims.path, ask, 1);
  taker.placed.push(victims.path);
  const { classes } = trial.book.policy;
  const order = victims.yields.toSorted((a, b) => classes[a.grant.trafficClass].priority - classes[b.grant.trafficClass].priority || a.row - b.row || a.path - b.path);
  for (const one of order) moveAway(trial, one, null);
  for (const one of order) shrink(trial, one, ask, taker.depth);
  return true;
}

/** What links can give a class when everybody below it yields, each worked out once. */
function reachOf({ book }: Trial, ask: Ask, priority: number, placed: readonly GrantPath[]): LinkRoom {
  const known = new Map<number, number>();
  return (link) => {
    const kbps = known.get(link) ?? Math.max(0, reachableKbps(book, link, ask, priority, placed));
    known.set(link, kbps);
    return kbps;
  };
}

/** Shared rates on several paths: free light first, then what lower classes hold above their floors. */
function takeParts(trial: Trial, leg: Leg, ask: Ask, { taker, reach }: { readonly taker: Taker; readonly reach: LinkRoom }): boolean {
  const parts = splitOverWays(waysOf(leg), ask.rateKbps, { first: roomsOf(trial.book, ask, taker.placed), second: reach });
  return parts !== null && parts.every(({ links, amount }) => {
    const part = { ...ask, rateKbps: amount };
    const victims = victimsFor(trial.book, { links }, part, taker.priority, taker);
    return victims !== null && yieldTo(trial, victims, part, taker);
  });
}

/** Whole wavelengths on several paths, each as wide as lower classes make it, in order of preference. */
function takeWholes(trial: Trial, leg: Leg, ask: Ask, taker: Taker): boolean {
  const { light, wavelengthKbps } = trial.book;
  let left = ask.rateKbps;
  for (const path of leg.paths) {
    const [first = 0] = path.links;
    const widths = wavelengthKbps.subarray(light.linkWavelength[first], light.linkWavelength[first + 1]).filter((kbps) => kbps > 0);
    const width = widths.reduce((most, kbps) => Math.max(most, kbps), 0);
    for (let count = Math.min(widths.length, Math.ceil(left / Math.max(1, width))); count > 0; count--) {
      const part = { ...ask, rateKbps: Math.min(left, count * width) };
      const victims = victimsFor(trial.book, path, part, taker.priority, taker);
      if (victims === null) continue;
      yieldTo(trial, victims, part, taker);
      left -= part.rateKbps;
      break;
    }
    if (left <= 0) return true;
  }
  return false;
}

/** One leg at the expense of lower classes: on one path, or on several together where no single one can be made wide enough. */
function takeRoom(trial: Trial, leg: Leg, ask: Ask, taker: Taker): boolean {
  const reach = reachOf(trial, ask, taker.priority, taker.placed);
  // Vain attempts are many where light is short, and mostly end here.
  if (ask.serves === 'shared' && endsKbps(leg, reach) < ask.rateKbps) return false;
  const victims = cheapest(trial, leg, ask, taker);
  if (victims !== null) return yieldTo(trial, victims, ask, taker);
  if (!taker.maySplit || leg.paths.length === 1) return false;
  return ask.serves === 'shared' ? takeParts(trial, leg, ask, { taker, reach }) : takeWholes(trial, leg, ask, taker);
}

export interface Made {
  readonly paths: readonly GrantPath[];
  readonly affected: readonly AffectedLease[];
}

/** One leg after another: free light, or what lower classes yield. */
const takeInTurn = (trial: Trial, legs: readonly Leg[], ask: Ask, taker: Taker): boolean => legs.every((leg) => {
  const { placed } = taker;
  const before = { placed: placed.length, undo: trial.undo.length };
  if (markFree(trial, leg, ask, placed)) return true;
  rollBack(trial, before.undo);
  placed.length = before.placed;
  return takeRoom(trial, leg, ask, taker);
});

/** All legs divided together over what is free and what lower classes can yield; whole wavelengths are those that the division chose. */
function takeTogether(trial: Trial, { legs, together }: Asking, ask: Ask, taker: Taker): boolean {
  const { book } = trial;
  const reach = reachOf(trial, ask, taker.priority, []);
  if (legs.some((leg) => endsKbps(leg, reach) < ask.rateKbps)) return false;
  const take = (path: CandidatePath, rateKbps: number, within?: ReadonlySet<number>): boolean => {
    const part = { ...ask, rateKbps };
    const victims = victimsFor(book, path, part, taker.priority, { placed: taker.placed, ...(within === undefined ? {} : { within }) });
    return victims !== null && yieldTo(trial, victims, part, taker);
  };
  if (ask.serves === 'shared') {
    const parts = together === null ? null : divideLegs(together, ask.rateKbps, { first: roomsOf(book, ask, []), second: reach });
    return parts?.flat().every(({ links, amount }) => take({ links }, amount)) === true;
  }
  const takeable = takeableRows(book, legs.flatMap(({ paths }) => paths.flatMap(({ links }) => links)), ask, taker.priority);
  const { paths } = wholesTogether(book, legs, ask.rateKbps, { usable: (row) => isFree(book, row, ask) || takeable.has(row), room: reach });
  const passive = new Set(legs.flatMap((leg) => leg.paths.flatMap(({ links, keepsSlot }) => (keepsSlot === true ? [links] : []))));
  return paths?.flat().every(({ links, rateGbps, wavelengths }) => take({ links, ...(passive.has(links) ? { keepsSlot: true } : {}) }, toKbps(rateGbps), new Set(wavelengths.flat()))) === true;
}

/** The legs of a request, and the problem that several of them are together. */
interface Asking {
  readonly legs: readonly Leg[];
  readonly together: LegsTogether | null;
}

/** Room for all legs at once at the expense of classes below `priority`, or `null`; the book is left as it was. */
export function makeRoom(book: LeaseBook, asking: Asking, ask: Ask, options: { readonly priority: number; readonly otherRoutes: OtherRoutes }): Made | null {
  const { legs } = asking;
  const attempt = (otherRoutes: OtherRoutes, take: (trial: Trial, taker: Taker) => boolean): Made | null => {
    const trial: Trial = { book, otherRoutes, undo: [], fate: new Map() };
    const placed: GrantPath[] = [];
    const fits = take(trial, { priority: options.priority, depth: 0, placed, maySplit: true });
    const affected = [...trial.fate.values()].filter(({ before, after }) => before !== after)
      .map(({ before, after }) => ({ before, after, lostGbps: before.rateGbps - (after?.rateGbps ?? 0) }));
    rollBack(trial, 0);
    return fits ? { paths: placed, affected } : null;
  };
  const inTurn = attempt(options.otherRoutes, (trial, taker) => takeInTurn(trial, legs, ask, taker));
  if (inTurn !== null || isAllInTurn(legs, ask)) return inTurn;
  const divided = (trial: Trial, taker: Taker): boolean => takeTogether(trial, asking, ask, taker);
  // Who moves may come to stand where the next leg has its part; then all stay.
  return attempt(options.otherRoutes, divided) ?? attempt(() => [], divided);
}

/** What others bear, as changes. */
const changesOf = (affected: readonly AffectedLease[]): readonly Change[] =>
  affected.map(({ before, after }) => (after === null ? { kind: 'drop', grant: before } : { kind: 'move', from: before, to: after }));

/** What others bear first, then the grant that takes their place. */
export const planOf = (grant: Grant, affected: readonly AffectedLease[], reasons: readonly string[]): Plan => ({ changes: [...changesOf(affected), { kind: 'add', grant }], reasons });
