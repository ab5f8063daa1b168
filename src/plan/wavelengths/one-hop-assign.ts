/**
 * What a controller asks of a one-hop fabric: serve a demand set, one more, one less, and what is left after wavelengths went out.
 *
 * Every answer is a plan that has been carried out on the allocator (`applyPlan(oneHop, reverse(plan))` takes it back), or a refusal
 * that changed nothing. Higher classes come first, equals in the order of their requests. Applied step by step a plan never has a
 * wavelength held twice: a lease that goes dark for a moment is dropped and added again in the same plan, and has ended only when the plan leaves it dropped.
 */

import type { Dice } from '../../base/dice.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Change, Plan } from '../plan.ts';
import { classWeight } from './lightpath-table.ts';
import { admitByRoom, improveServed, serveFromEmpty, serveTogether } from './one-hop-batch.ts';
import type { Held, OneHop, WavelengthRequest } from './one-hop.ts';
import { hold, letGo, portsOf, tellMoves, tellNow } from './one-hop.ts';
import { lowestCommon, portRoom, restore, serve, setWavelength, undoTo, withdraw } from './port-light.ts';

export interface RefusedRequest {
  readonly request: WavelengthRequest;
  readonly refusal: Refusal;
}

export interface WavelengthAnswer {
  readonly plan: Plan;
  readonly refused: readonly RefusedRequest[];
}

/** Others that one request may retune unless the caller says otherwise. */
export const retunesMaxDefault = 4;

export interface RetuneLimit {
  readonly retunesMax?: number;
}

const priorityOf = (oneHop: OneHop, request: WavelengthRequest): number => oneHop.classes[request.trafficClass].priority;

/** A unit of a strictly lower, preemptible class at a port that its lease can lose without going below its floor: lowest class first, latest first. */
function victimAt(oneHop: OneHop, port: number, priority: number): Held | null {
  const { light, ownerOfUnit } = oneHop;
  let victim: Held | null = null;
  for (let wavelength = 0; wavelength < light.wavelengthCount; wavelength++) {
    const held = ownerOfUnit[light.holder[port * light.wavelengthCount + wavelength] ?? -1];
    if (held === undefined || !oneHop.classes[held.request.trafficClass].preemptible) continue;
    const lit = held.units.filter((unit) => (light.unitWavelength[unit] ?? -1) >= 0).length;
    const theirs = priorityOf(oneHop, held.request);
    if (theirs <= priority || lit <= held.request.floorWavelengths) continue;
    const best = victim === null ? -1 : priorityOf(oneHop, victim.request);
    if (theirs > best || (theirs === best && held.row > (victim?.row ?? -1))) victim = held;
  }
  return victim;
}

const portName = (oneHop: OneHop, port: number): string => (port < oneHop.aLinks.length ? `A port ${port}` : `B port ${port - oneHop.aLinks.length}`);

/** Why a request that asks for this many more wavelengths cannot be served now. */
function explain(oneHop: OneHop, request: WavelengthRequest, wanted: { readonly more: number; readonly retunesMax: number }): Refusal {
  const { a, b } = portsOf(oneHop, request);
  const priority = priorityOf(oneHop, request);
  for (const port of [a, b]) {
    const { alive, free } = portRoom(oneHop.light, port);
    if (alive < request.wavelengths) {
      const built = oneHop.wavelengthRow.subarray(port * oneHop.slots.length, (port + 1) * oneHop.slots.length).reduce((sum, row) => sum + (row >= 0 ? 1 : 0), 0);
      const reason = `Lease ${request.id} asks for ${request.wavelengths} wavelengths and ${portName(oneHop, port)} has ${alive} of ${oneHop.slots.length} in service.`;
      return refuse('port-too-small', built < request.wavelengths ? 'never' : 'wait', reason);
    }
    if (free >= wanted.more) continue;
    const victim = victimAt(oneHop, port, priority);
    const who = victim === null ? 'Nothing there yields to this class; it is served when a lease ends.'
      : `Lease ${victim.request.id} of the lower class ${victim.request.trafficClass} may be preempted there.`;
    return refuse('port-full', victim === null ? 'wait' : 'preempt', `Lease ${request.id} needs ${wanted.more} more wavelengths and ${portName(oneHop, port)} has ${free} of ${alive} free.`, who);
  }
  const reason = `Lease ${request.id} finds ${wanted.more} free at both ${portName(oneHop, a)} and ${portName(oneHop, b)}, but never the same slots, even after retuning up to ${wanted.retunesMax} others.`;
  return refuse('no-common-wavelength', 'wait', reason, 'It is served when a lease ends, when a wavelength returns to service, or with more retunings allowed.');
}

const inOrder = (oneHop: OneHop, requests: readonly WavelengthRequest[]): readonly WavelengthRequest[] =>
  requests.toSorted((left, right) => priorityOf(oneHop, left) - priorityOf(oneHop, right));

/** Serves those admitted one after the other, in order; what finds no room stays out. */
function serveOneByOne(oneHop: OneHop, admitted: readonly Held[]): readonly Held[] {
  return admitted.filter((held) => !serveTogether(oneHop.light, held.units, Infinity));
}

/** All units at once when nobody holds anything, else one by one; then, where some stay out for lists too short, Galvin's way over all. */
function serveAdmitted(oneHop: OneHop, admitted: readonly Held[]): readonly Held[] {
  const { light } = oneHop;
  const others = [...oneHop.held.values()].filter((held) => held.grant !== null);
  if (others.length === 0 && serveFromEmpty(light, admitted.flatMap(({ units }) => units))) return [];
  const left = serveOneByOne(oneHop, admitted);
  if (left.length === 0) return left;
  const mark = light.journal.length;
  const everyone = [...others, ...admitted].flatMap(({ units }) => units);
  for (const unit of everyone) if ((light.unitWavelength[unit] ?? -1) >= 0) setWavelength(light, unit, -1);
  if (serveFromEmpty(light, everyone)) return [];
  undoTo(light, mark);
  return left;
}

/** Where lists were too short: those admitted in vain left room for others, and with dice a search looks for a better allocation of single wavelengths. */
function serveMore(oneHop: OneHop, { ordered, out, dice }: { readonly ordered: readonly WavelengthRequest[]; readonly out: Set<WavelengthRequest>; readonly dice: Dice | undefined }): void {
  const { light } = oneHop;
  const outside = ordered.filter((request) => out.has(request)).map((request) => hold(oneHop, request));
  for (const held of outside) serveTogether(light, held.units, Infinity);
  if (dice !== undefined && ordered.every(({ wavelengths }) => wavelengths === 1)) {
    const asked = ordered.flatMap(({ id }) => oneHop.held.get(id) ?? []);
    improveServed(light, asked.map(({ request, units }) => ({ unit: units[0] ?? -1, weight: classWeight(priorityOf(oneHop, request)) })), dice);
  }
  out.clear();
  for (const request of ordered) {
    const held = oneHop.held.get(request.id);
    if (held === undefined || held.units.every((unit) => (light.unitWavelength[unit] ?? -1) >= 0)) continue;
    out.add(request);
    letGo(oneHop, held);
  }
}

/**
 * Serves as many of these requests as fit, beside what is held, by class priority and then row. With every wavelength in service a
 * request is refused only when one of its ports is full (Koenig), at O(E log W). With wavelengths out at some ports the same holds as
 * long as each request's live wavelengths are as many as the largest port degree (Galvin); below that it is a search, and a refusal
 * says so; dice allow a longer search there. No wavelength out of service is ever used.
 */
export function assignAll(oneHop: OneHop, requests: readonly WavelengthRequest[], { dice }: { readonly dice?: Dice } = {}): WavelengthAnswer {
  const ordered = inOrder(oneHop, requests);
  const admit = admitByRoom(oneHop.light, {
    a: Int32Array.from(ordered, (request) => portsOf(oneHop, request).a), b: Int32Array.from(ordered, (request) => portsOf(oneHop, request).b),
    count: Int32Array.from(ordered, ({ wavelengths }) => wavelengths),
  });
  const admitted = ordered.filter((_, at) => admit[at] === 1).map((request) => hold(oneHop, request));
  const left = serveAdmitted(oneHop, admitted);
  const out = new Set([...left.map(({ request }) => request), ...ordered.filter((_, at) => admit[at] === 0)]);
  for (const held of left) letGo(oneHop, held);
  if (left.length > 0) serveMore(oneHop, { ordered, out, dice });
  const changes: Change[] = [];
  for (const held of oneHop.held.values()) tellNow(oneHop, held, changes);
  oneHop.light.journal.length = 0;
  const refused = ordered.filter((request) => out.has(request)).map((request) => ({ request, refusal: explain(oneHop, request, { more: request.wavelengths, retunesMax: Infinity }) }));
  const moved = changes.filter(({ kind }) => kind === 'move').length;
  const reasons = [`${changes.length - moved} of ${requests.length} leases hold ${oneHop.slots.length} slots without a clash.`];
  if (moved > 0) reasons.push(`${moved} leases that were there retune for them, all at once: their light breaks for the change.`);
  return { plan: { changes, reasons }, refused };
}

/** Serves one more request and retunes at most `retunesMax` others for it, each onto light that is free before it leaves its own wherever that is possible. */
export function assignOne(oneHop: OneHop, request: WavelengthRequest, { retunesMax = retunesMaxDefault }: RetuneLimit = {}): Plan | Refusal {
  const held = hold(oneHop, request);
  if (!serveTogether(oneHop.light, held.units, retunesMax)) {
    letGo(oneHop, held);
    oneHop.light.journal.length = 0;
    return explain(oneHop, request, { more: request.wavelengths, retunesMax });
  }
  const changes: Change[] = [];
  const { moved, dark } = tellMoves(oneHop, held, changes);
  const slots = held.shown.map((wavelength) => oneHop.slots[wavelength] ?? -1);
  const { a, b } = portsOf(oneHop, request);
  const reasons = [`Lease ${request.id} holds slot ${slots.join(', ')} from ${portName(oneHop, a)} to ${portName(oneHop, b)}.`];
  if (moved.length > 0) reasons.push(`${moved.length} others retune for it: ${moved.join(', ')}.`);
  if (dark.length > 0) reasons.push(`No order keeps all of them lit: ${dark.join(', ')} go dark while wavelengths are swapped.`);
  return { changes, reasons };
}

/** Ends a lease. Nobody else moves. */
export function releaseOne(oneHop: OneHop, id: string): Plan | Refusal {
  const held = oneHop.held.get(id);
  if (held === undefined) return refuse('unknown-lease', 'never', `No lease ${id} is held on this fabric.`);
  const changes: Change[] = held.grant === null ? [] : [{ kind: 'drop', grant: held.grant }];
  letGo(oneHop, held);
  oneHop.light.journal.length = 0;
  return { changes, reasons: [`Lease ${id} ends and frees ${held.units.length} wavelengths at two ports.`] };
}

/** Serves one missing unit; where a port is full, a lower class yields there. Units taken from others go to `losers`. */
function serveOrPreempt(oneHop: OneHop, unit: number, held: Held, search: { readonly retunesMax: number; readonly losers: Set<Held> }): boolean {
  const { light } = oneHop;
  if (serve(light, unit, search.retunesMax)) return true;
  const mark = light.journal.length;
  const { a, b } = portsOf(oneHop, held.request);
  const losers: Held[] = [];
  for (const port of [a, b]) {
    if (portRoom(light, port).free > 0) continue;
    const victim = victimAt(oneHop, port, priorityOf(oneHop, held.request));
    const lost = victim?.units.find((theirs) => (light.unitWavelength[theirs] ?? -1) >= 0 && (light.unitA[theirs] === port || light.unitB[theirs] === port));
    if (victim === null || lost === undefined) break;
    setWavelength(light, lost, -1);
    losers.push(victim);
  }
  if (losers.length > 0 && serve(light, unit, search.retunesMax)) {
    for (const loser of losers) search.losers.add(loser);
    return true;
  }
  undoTo(light, mark);
  return false;
}

/** Serves what leases miss, highest class first; those preempted on the way come after. Gives up a lease below its floor. */
function serveMissing(oneHop: OneHop, missing: Set<Held>, retunesMax: number, changes: Change[]): { readonly refused: readonly RefusedRequest[]; readonly served: number } {
  const { light } = oneHop;
  const refused: RefusedRequest[] = [];
  let served = 0;
  while (missing.size > 0) {
    const [held] = [...missing].sort((left, right) => priorityOf(oneHop, left.request) - priorityOf(oneHop, right.request) || left.row - right.row);
    if (held === undefined) break;
    missing.delete(held);
    const dark = held.units.filter((unit) => (light.unitWavelength[unit] ?? -1) < 0);
    const stillDark = dark.filter((unit) => !serveOrPreempt(oneHop, unit, held, { retunesMax, losers: missing }));
    const lit = held.units.length - stillDark.length;
    if (stillDark.length === 0) served += 1;
    else {
      const why = explain(oneHop, held.request, { more: stillDark.length, retunesMax });
      const keeps = lit > 0 && lit >= held.request.floorWavelengths;
      const outcome = keeps ? `It keeps ${lit} of ${held.units.length} wavelengths.` : `With ${lit} of ${held.units.length} wavelengths it is below its floor of ${held.request.floorWavelengths} and ends.`;
      refused.push({ request: held.request, refusal: { ...why, reasons: [...why.reasons, outcome] } });
      if (!keeps) for (const unit of held.units) if ((light.unitWavelength[unit] ?? -1) >= 0) setWavelength(light, unit, -1);
    }
    tellMoves(oneHop, held, changes);
    if (held.grant === null) {
      letGo(oneHop, held);
      light.journal.length = 0;
    }
  }
  return { refused, served };
}

/**
 * Re-plans after wavelengths (fabric rows; rows of other links are skipped) went out of service: highest class first, each lost
 * wavelength is replaced by a free one, by retuning others, or by taking light above its floor from a lower, preemptible class.
 */
export function withdrawWavelengths(oneHop: OneHop, rows: Iterable<number>, { retunesMax = retunesMaxDefault }: RetuneLimit = {}): WavelengthAnswer {
  const { light } = oneHop;
  const missing = new Set<Held>();
  let withdrawn = 0;
  for (const row of rows) {
    const place = oneHop.placeOfRow.get(row);
    if (place === undefined) continue;
    withdrawn += 1;
    const held = oneHop.ownerOfUnit[withdraw(light, Math.floor(place / oneHop.slots.length), place % oneHop.slots.length)];
    if (held !== undefined) missing.add(held);
  }
  light.journal.length = 0;
  const hit = missing.size;
  const changes: Change[] = [];
  // What was lost is told first, so that no later step finds the other end of it still taken.
  for (const held of missing) tellNow(oneHop, held, changes);
  const { refused, served } = serveMissing(oneHop, missing, retunesMax, changes);
  const reasons = [`${withdrawn} wavelengths went out of service and ${hit} leases lost light; ${served} hold as much as before, ${refused.length} less or nothing.`];
  return { plan: { changes, reasons }, refused };
}

/** Returns wavelengths to service and gives leases back what they miss, highest class first. Nobody is preempted for it: all that is missing fits or waits. */
export function returnWavelengths(oneHop: OneHop, rows: Iterable<number>): Plan {
  const { light } = oneHop;
  for (const row of rows) {
    const place = oneHop.placeOfRow.get(row);
    if (place !== undefined && (oneHop.rateGbps[row] ?? 0) > 0) restore(light, Math.floor(place / oneHop.slots.length), place % oneHop.slots.length);
  }
  const changes: Change[] = [];
  let back = 0;
  for (const held of [...oneHop.held.values()].sort((left, right) => priorityOf(oneHop, left.request) - priorityOf(oneHop, right.request) || left.row - right.row)) {
    const { a, b } = portsOf(oneHop, held.request);
    for (const unit of held.units) {
      if ((light.unitWavelength[unit] ?? -1) >= 0) continue;
      const wavelength = lowestCommon(light, a, b);
      if (wavelength < 0) break;
      setWavelength(light, unit, wavelength);
      back += 1;
    }
    tellNow(oneHop, held, changes);
  }
  light.journal.length = 0;
  return { changes, reasons: [`${back} wavelengths return to ${changes.length} leases.`] };
}
