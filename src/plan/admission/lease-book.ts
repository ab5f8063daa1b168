/**
 * The lease book: standing leases, with one calendar per directed link (promised rate) and one per wavelength (held alone or not).
 *
 * A wavelength that one lease holds alone leaves the pool of its link; all others of a link carry the shared rates together. So the
 * promised rate of a link is the sum of shared rates and of held wavelengths, and may never exceed what the link's wavelengths
 * carry. Rates are kept in whole kb/s, which floating point adds and subtracts exactly. Bounds: link and wavelength rows come from
 * the light table that sizes every array here.
 *
 * Cost: applying one lease is O(links x breakpoints of a link); a fork is O(links + wavelengths + leases) copies of memory.
 */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Fabric } from '../../fabric/fabric.ts';
import type { Change, Grant, GrantPath, Plan } from '../plan.ts';
import { keptAhead, keptBehind } from '../paths/kept-hops.ts';
import type { Policy } from '../policy.ts';
import type { RowLists } from './row-lists.ts';
import { addRow, createRowLists, forkRowLists, removeRow, rowListsBytes } from './row-lists.ts';
import type { StepTable } from './step-table.ts';
import { addOver, createStepTable, forkStepTable, maxOver, nextChange, stepTableBytes } from './step-table.ts';

/** What of a compiled fabric admission needs: which wavelengths each directed link has, and what they carry. */
export type LightTable = Pick<Fabric, 'linkCount' | 'wavelengthCount' | 'linkWavelength' | 'wavelengthLink' | 'wavelengthSlot' | 'wavelengthRateGbps'>;

export interface LeaseBook {
  readonly light: LightTable;
  policy: Policy;
  /** What each wavelength carries now, kb/s; 0 out of service. */
  readonly wavelengthKbps: Float64Array;
  /** Sum over each link's wavelengths, kb/s. */
  readonly linkKbps: Float64Array;
  /** Promised rate per link over time, kb/s. */
  readonly load: StepTable;
  /** 1 where a lease holds a wavelength alone. */
  readonly held: StepTable;
  /** Lease rows per link. */
  readonly crossing: RowLists;
  /** Leases by row; `null` where a row is free. */
  readonly grants: (Grant | null)[];
  readonly freeRows: number[];
  readonly rowOf: Map<string, number>;
}

const kbpsPerGbps = 1e6;
export const toKbps = (rateGbps: number): number => Math.round(rateGbps * kbpsPerGbps);
export const toGbps = (rateKbps: number): number => rateKbps / kbpsPerGbps;

/** An empty book over the light of a fabric. */
export function createLeaseBook(light: LightTable, policy: Policy): LeaseBook {
  const wavelengthKbps = Float64Array.from(light.wavelengthRateGbps, toKbps);
  const linkKbps = new Float64Array(light.linkCount);
  for (let wavelength = 0; wavelength < light.wavelengthCount; wavelength++) linkKbps[light.wavelengthLink[wavelength]!]! += wavelengthKbps[wavelength]!;
  return {
    light, policy, wavelengthKbps, linkKbps, load: createStepTable(light.linkCount), held: createStepTable(light.wavelengthCount),
    crossing: createRowLists(light.linkCount), grants: [], freeRows: [], rowOf: new Map(),
  };
}

/** An independent copy for what-if questions; fabric, policy and grants are shared because nobody changes them. */
export const forkLeaseBook = (book: LeaseBook): LeaseBook => ({
  ...book, wavelengthKbps: book.wavelengthKbps.slice(), linkKbps: book.linkKbps.slice(), load: forkStepTable(book.load), held: forkStepTable(book.held),
  crossing: forkRowLists(book.crossing), grants: book.grants.slice(), freeRows: book.freeRows.slice(), rowOf: new Map(book.rowOf),
});

/** Bytes of the calendars; the grants themselves belong to the caller's state. */
export const leaseBookBytes = (book: LeaseBook): number =>
  8 * (book.wavelengthKbps.length + book.linkKbps.length) + stepTableBytes(book.load) + stepTableBytes(book.held) + rowListsBytes(book.crossing);

export const leaseCount = (book: LeaseBook): number => book.rowOf.size;

export const findGrant = (book: LeaseBook, id: string): Grant | null => book.grants[book.rowOf.get(id) ?? -1] ?? null;

/** Tells the calendars that the past may be forgotten. */
export function setNow(book: LeaseBook, nowNs: number): void {
  book.load.horizonNs = nowNs;
  book.held.horizonNs = nowNs;
}

/** What a path of a grant takes of its link at `hop`, kb/s: whole wavelengths where it holds any, its rate otherwise. */
export function takenKbps(book: LeaseBook, path: GrantPath, hop: number): number {
  const wavelengths = path.wavelengths[hop];
  if (wavelengths === undefined || wavelengths.length === 0) return toKbps(path.rateGbps);
  let sum = 0;
  for (const wavelength of wavelengths) sum += book.wavelengthKbps[wavelength]!;
  return sum;
}

interface Span {
  readonly startNs: number;
  readonly endNs: number;
}

/** Hops of a path, from the first one up to and without the end. */
interface Hops {
  readonly first: number;
  readonly end: number;
}

/** Enters (`sign` 1) or clears (`sign` -1) what a path holds over a span, in the calendars only. */
export const markPath = (book: LeaseBook, path: GrantPath, span: Span, sign: 1 | -1): void => markHops(book, path, { first: 0, end: path.links.length }, span, sign);

/** The same for some of its hops. */
function markHops(book: LeaseBook, path: GrantPath, { first, end }: Hops, { startNs, endNs }: Span, sign: 1 | -1): void {
  const { links, wavelengths } = path;
  for (let hop = first; hop < end; hop++) {
    addOver(book.load, links[hop]!, startNs, endNs, sign * takenKbps(book, path, hop));
    const rows = wavelengths[hop];
    if (rows !== undefined) for (let at = 0; at < rows.length; at++) addOver(book.held, rows[at]!, startNs, endNs, sign);
  }
}

function enter(book: LeaseBook, grant: Grant): void {
  if (book.rowOf.has(grant.id)) throw new Error(`lease ${grant.id} stands already`);
  const row = book.freeRows.pop() ?? book.grants.length;
  book.grants[row] = grant;
  book.rowOf.set(grant.id, row);
  for (const path of grant.paths) {
    markPath(book, path, grant, 1);
    for (const link of path.links) addRow(book.crossing, link, row);
  }
}

function clear(book: LeaseBook, id: string): Grant {
  const row = book.rowOf.get(id);
  const grant = row === undefined ? null : (book.grants[row] ?? null);
  if (row === undefined || grant === null) throw new Error(`lease ${id} does not stand`);
  for (const path of grant.paths) {
    markPath(book, path, grant, -1);
    for (const link of path.links) removeRow(book.crossing, link, row);
  }
  book.grants[row] = null;
  book.rowOf.delete(id);
  book.freeRows.push(row);
  return grant;
}

/** One grant in the place of another of the same lease and time: where both have a path on the same hops, nothing is written. */
function replace(book: LeaseBook, from: Grant, to: Grant): void {
  const row = book.rowOf.get(from.id);
  const held = row === undefined ? null : (book.grants[row] ?? null);
  if (row === undefined || held === null || to.id !== held.id || to.startNs !== held.startNs || to.endNs !== held.endNs || to.paths.length !== held.paths.length) {
    clear(book, from.id);
    return enter(book, to);
  }
  for (let at = 0; at < to.paths.length; at++) replacePath(book, row, { before: held.paths[at]!, after: to.paths[at]! }, to);
  book.grants[row] = to;
}

function replacePath(book: LeaseBook, row: number, { before, after }: { readonly before: GrantPath; readonly after: GrantPath }, span: Span): void {
  const first = keptAhead(before, after);
  const behind = keptBehind(before, after, first);
  const left = { first, end: before.links.length - behind };
  const taken = { first, end: after.links.length - behind };
  markHops(book, before, left, span, -1);
  for (let hop = first; hop < left.end; hop++) removeRow(book.crossing, before.links[hop]!, row);
  markHops(book, after, taken, span, 1);
  for (let hop = first; hop < taken.end; hop++) addRow(book.crossing, after.links[hop]!, row);
}

/** A derated or repaired wavelength: capacity changes at once, and what holds it alone takes as much as it now carries. */
export function setWavelengthRate(book: LeaseBook, wavelength: number, rateGbps: number): void {
  const after = toKbps(rateGbps);
  const delta = after - book.wavelengthKbps[wavelength]!;
  if (delta === 0) return;
  const link = book.light.wavelengthLink[wavelength]!;
  for (let at = book.held.horizonNs; at < Infinity;) {
    const until = nextChange(book.held, wavelength, at);
    if (maxOver(book.held, wavelength, at, until) > 0) addOver(book.load, link, at, until, delta);
    at = until;
  }
  book.wavelengthKbps[wavelength] = after;
  book.linkKbps[link]! += delta;
}

/** Applies one change without asking whether it fits; for trials that are undone or checked as a whole. */
export function applyChange(book: LeaseBook, change: Change): void {
  switch (change.kind) {
    case 'add': return enter(book, change.grant);
    case 'drop': return void clear(book, change.grant.id);
    case 'move': return replace(book, change.from, change.to);
    case 'setRate': return setWavelengthRate(book, change.wavelength, change.toGbps);
    // Circuits and tuning change no calendar by themselves.
    case 'connect': case 'disconnect': case 'tune': return;
  }
}

/** Takes back what `applyChange` did. */
export function undoChange(book: LeaseBook, change: Change): void {
  switch (change.kind) {
    case 'add': return void clear(book, change.grant.id);
    case 'drop': return enter(book, change.grant);
    case 'move': return replace(book, change.to, change.from);
    case 'setRate': return setWavelengthRate(book, change.wavelength, change.fromGbps);
    case 'connect': case 'disconnect': case 'tune': return;
  }
}

const sameGrant = (left: Grant, right: Grant): boolean => left === right || JSON.stringify(left) === JSON.stringify(right);

/** Why a plan made for another state cannot be applied to this one; `null` when each change finds what it expects. */
function stale(book: LeaseBook, plan: Plan): string | null {
  const standing = new Map<string, Grant | null>();
  const now = (id: string): Grant | null => (standing.has(id) ? (standing.get(id) ?? null) : findGrant(book, id));
  for (const change of plan.changes) {
    if (change.kind === 'add') {
      if (now(change.grant.id) !== null) return `Lease ${change.grant.id} stands already.`;
      standing.set(change.grant.id, change.grant);
    } else if (change.kind === 'drop' || change.kind === 'move') {
      const expected = change.kind === 'drop' ? change.grant : change.from;
      const found = now(expected.id);
      if (found === null) return `Lease ${expected.id} no longer stands.`;
      if (!sameGrant(found, expected)) return `Lease ${expected.id} has changed since the plan was made.`;
      standing.set(expected.id, null);
      if (change.kind === 'move') {
        if (now(change.to.id) !== null) return `Lease ${change.to.id} stands already.`;
        standing.set(change.to.id, change.to);
      }
    }
  }
  return null;
}

/** Peaks of everything that the grants of a plan touch, so that the same question can be asked before and after. */
function peaks(book: LeaseBook, grants: readonly Grant[]): readonly { readonly overKbps: number; readonly holders: number; readonly link: number }[] {
  return grants.flatMap((grant) => grant.paths.flatMap((path) => path.links.map((link, hop) => ({
    link, overKbps: maxOver(book.load, link, grant.startNs, grant.endNs) - book.linkKbps[link]!,
    holders: (path.wavelengths[hop] ?? []).reduce((most, wavelength) => Math.max(most, maxOver(book.held, wavelength, grant.startNs, grant.endNs)), 0),
  }))));
}

/**
 * Applies a plan as a whole or not at all. Refusals: `plan-is-stale` when leases have changed since it was made, `plan-does-not-fit`
 * when it would overfill a link or give a wavelength to two leases. A link that was overfull before (after a fault) may stay so,
 * never get worse.
 */
export function applyPlan(book: LeaseBook, plan: Plan): Refusal | null {
  const reason = stale(book, plan);
  if (reason !== null) return refuse('plan-is-stale', 'wait', reason, 'Ask again for a plan against the present state.');
  const entered = plan.changes.flatMap((change) => (change.kind === 'add' ? [change.grant] : change.kind === 'move' ? [change.to] : []));
  const before = peaks(book, entered);
  for (const change of plan.changes) applyChange(book, change);
  const wrong = peaks(book, entered).find((peak, at) => peak.overKbps > Math.max(0, before[at]?.overKbps ?? 0) || peak.holders > Math.max(1, before[at]?.holders ?? 0));
  if (wrong === undefined) return null;
  for (const change of plan.changes.toReversed()) undoChange(book, change);
  return refuse('plan-does-not-fit', 'wait', wrong.overKbps > 0
    ? `Link ${wrong.link} would be promised ${toGbps(wrong.overKbps)} Gb/s more than its wavelengths carry.`
    : `A wavelength of link ${wrong.link} would be held twice.`);
}
