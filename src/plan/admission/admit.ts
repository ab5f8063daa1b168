/**
 * Admission: a lease in its window as a reversible plan, or a refusal with counter-offers that can be taken as they stand.
 *
 * The order of trials is the order of what they cost others: free light in the asked window, then (when told to take) light of
 * lower classes above their floors. A higher class therefore never waits for a lower one while a preemptible wavelength exists.
 */

import { numberText, spanText } from '../../base/number-text.ts';
import type { RefusalRemedy } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Grant, GrantPath } from '../plan.ts';
import { tenantPolicy } from '../policy.ts';
import { emptyCapacity } from './empty-capacity.ts';
import type { LeaseBook } from './lease-book.ts';
import { toGbps, toKbps } from './lease-book.ts';
import { commonKbps, placeLegs, togetherOf } from './legs.ts';
import type { Ask } from './place.ts';
import type { OtherRoutes } from './preempt.ts';
import { makeRoom, planOf } from './preempt.ts';
import type { Admitted, AdmissionRefusal, AffectedLease, CounterOffer, Leg, LeaseRequest, OfferKind } from './request.ts';
import { rateOf } from './request.ts';
import type { Placed } from './windows.ts';
import { completion, earliestStart, leaseTimes, rateFor } from './windows.ts';

export interface AdmissionOptions {
  /** Where preempted leases may go instead; without it they shrink or are dropped. */
  readonly otherRoutes?: OtherRoutes;
}

const noOtherRoutes: OtherRoutes = () => [];

const gbpsText = (kbps: number): string => `${numberText(toGbps(kbps), 4)} Gb/s`;

/** The ask of a request at a rate over its window; a volume without a limit asks for all there is. */
function askOf(request: LeaseRequest, book: LeaseBook): Ask {
  const { amount, startNs, endNs, tenant, trafficClass } = request;
  const durationNs = amount.kind === 'rate' ? (amount.durationNs ?? endNs - startNs) : endNs - startNs;
  const rateGbps = rateOf(amount);
  const rateKbps = rateGbps === Infinity ? Infinity : Math.max(1, toKbps(rateGbps));
  return { serves: request.serves ?? book.policy.classes[trafficClass].serves, rateKbps, tenant, shareCap: tenantPolicy(book.policy, tenant).shareCap, startNs, endNs: startNs + durationNs };
}

function grantOf(book: LeaseBook, request: LeaseRequest, placed: Placed): Grant {
  const { id, tenant, job, trafficClass, floorGbps, legs } = request;
  const rateGbps = toGbps(placed.paths.reduce((sum, path) => sum + toKbps(path.rateGbps), 0));
  const asked = floorGbps === null ? rateGbps * book.policy.classes[trafficClass].floorShare : floorGbps * legs.length;
  return { id, tenant, job, trafficClass, rateGbps, floorGbps: Math.min(asked, rateGbps), startNs: placed.startNs, endNs: placed.endNs, paths: placed.paths };
}

/** Free light inside the window of the request. */
function placeFree(book: LeaseBook, request: LeaseRequest, legs: readonly Leg[], latestEndNs: number): Placed | null {
  const ask = askOf(request, book);
  if (request.amount.kind === 'rate') return earliestStart(book, legs, ask, latestEndNs - (ask.endNs - ask.startNs));
  const found = completion(book, legs, { ...ask, endNs: latestEndNs }, { bits: request.amount.bits, best: 'earliest' });
  const paths = found === null ? null : placeLegs(book, legs, { ...ask, ...found });
  return found === null || paths === null ? null : { ...found, paths };
}

/** What preemption has to make room for: the asked rate from the start, or the slowest rate that still meets the deadline. */
function urgentAsk(book: LeaseBook, request: LeaseRequest): Ask {
  const ask = askOf(request, book);
  return request.amount.kind === 'rate' ? ask : { ...ask, rateKbps: rateFor(request.amount.bits, ask.endNs - ask.startNs) };
}

interface Taken extends Placed {
  readonly affected: readonly AffectedLease[];
}

/** Spans that are tried at the expense of others, beyond the asked one. */
const takingTriesMax = 128;

/** What may be asked of others, in the order of trial: at once; then a rate shorter than its window as early, a volume as soon done as may be, from and to times at which leases begin or end. */
function* takingAsks(book: LeaseBook, request: LeaseRequest): Generator<Ask> {
  const urgent = urgentAsk(book, request);
  yield urgent;
  const { amount, startNs, endNs, legs } = request;
  const times = leaseTimes(book, legs, { startNs, endNs });
  const durationNs = urgent.endNs - urgent.startNs;
  if (amount.kind === 'rate') {
    for (const timeNs of times.slice(1)) if (timeNs + durationNs <= endNs) yield { ...urgent, startNs: timeNs, endNs: timeNs + durationNs };
    return;
  }
  for (const [at, untilNs] of [...times.slice(1), endNs].entries()) {
    for (const fromNs of times.slice(0, at + 1)) if (fromNs > startNs || untilNs < endNs) yield { ...urgent, startNs: fromNs, endNs: untilNs, rateKbps: rateFor(amount.bits, untilNs - fromNs) };
  }
}

function placeTaking(book: LeaseBook, request: LeaseRequest, options: AdmissionOptions): Taken | null {
  const { priority } = book.policy.classes[request.trafficClass];
  const mostKbps = request.amount.kind === 'rate' ? Infinity : toKbps(Math.min(rateOf(request.amount), Number.MAX_SAFE_INTEGER / 1e6));
  const emptiest = emptyKbps(book, request, askOf(request, book));
  const asking = { legs: request.legs, together: togetherOf(request.legs) };
  let tries = 0;
  for (const ask of takingAsks(book, request)) {
    if (ask.rateKbps > Math.min(mostKbps, emptiest)) continue;
    if (tries++ > takingTriesMax) break;
    const made = makeRoom(book, asking, ask, { priority, otherRoutes: options.otherRoutes ?? noOtherRoutes });
    if (made !== null) return { startNs: ask.startNs, endNs: ask.endNs, rateKbps: ask.rateKbps, ...made };
  }
  return null;
}

const grantText = (placed: Placed): string => `${gbpsText(placed.rateKbps)} on ${placed.paths.length === 1 ? 'one path' : `${placed.paths.length} paths`} for ${spanText(placed.endNs - placed.startNs)}`;

const heldText = (paths: readonly GrantPath[]): string => {
  const alone = paths.reduce((sum, path) => sum + path.wavelengths.reduce((most, rows) => most + rows.length, 0), 0);
  return alone === 0 ? 'shared light' : `${alone} wavelength${alone === 1 ? '' : 's'} held alone`;
};

/** One sentence per lease that has to bear something. */
const affectedText = ({ before, after, lostGbps }: AffectedLease): string => {
  const who = `Lease ${before.id} (${before.trafficClass}, tenant ${before.tenant})`;
  if (after === null) return `${who} is dropped and loses ${numberText(lostGbps, 4)} Gb/s.`;
  return lostGbps > 0 ? `${who} yields ${numberText(lostGbps, 4)} of ${numberText(before.rateGbps, 4)} Gb/s and keeps at least its floor of ${numberText(before.floorGbps, 4)} Gb/s.`
    : `${who} moves to another path and keeps its ${numberText(before.rateGbps, 4)} Gb/s.`;
};

function admitted(book: LeaseBook, request: LeaseRequest, placed: Placed, affected: readonly AffectedLease[] = []): Admitted {
  const grant = grantOf(book, request, placed);
  const reasons = [`Lease ${request.id} (${request.trafficClass}) gets ${grantText(placed)}: ${heldText(placed.paths)}.`, ...affected.map(affectedText)];
  return { kind: 'admitted', grant, plan: planOf(grant, affected, reasons), affected };
}

function offer(book: LeaseBook, request: LeaseRequest, kind: OfferKind, summary: string, placed: Placed, affected: readonly AffectedLease[] = []): CounterOffer {
  const { grant, plan } = admitted(book, request, placed, affected);
  return { kind, summary, grant, plan, affected };
}

/** The most that each leg's paths could carry if nobody else were there, of the leg that has least, kb/s: within the tenant's cap. */
function emptyKbps(book: LeaseBook, { legs }: LeaseRequest, { shareCap }: Ask): number {
  const capacity = (link: number): number => Math.floor((book.linkKbps[link] ?? 0) * Math.min(1, shareCap));
  return Math.min(...legs.map(({ paths }) => emptyCapacity(paths.map(({ links }) => links), capacity)));
}

/** Each kind of offer on its own, so that none is computed that the policy will not show. What no light will ever carry is offered as the most that it does. */
function* rateOffers(book: LeaseBook, request: LeaseRequest): Generator<CounterOffer> {
  const asked = askOf(request, book);
  const { windowMaxNs } = book.policy.lease;
  const mostKbps = emptyKbps(book, request, asked);
  const ask = { ...asked, rateKbps: Math.min(asked.rateKbps, mostKbps) };
  const later = ask.rateKbps > 0 ? earliestStart(book, request.legs, ask, request.startNs + windowMaxNs) : null;
  if (ask.rateKbps < asked.rateKbps) {
    if (later === null) yield* slowerOffer(book, request, asked);
    else {
      if (later.startNs > asked.startNs) yield* slowerOffer(book, request, asked);
      const when = later.startNs > asked.startNs ? `from ${spanText(later.startNs - request.startNs)} later` : 'in the asked window';
      yield offer(book, request, later.startNs > asked.startNs ? 'later' : 'slower', `${gbpsText(ask.rateKbps)} instead of ${gbpsText(asked.rateKbps)} ${when}.`, later);
    }
    return;
  }
  if (later !== null) yield offer(book, request, 'later', `The full ${gbpsText(ask.rateKbps)} from ${spanText(later.startNs - request.startNs)} later.`, later);
  yield* slowerOffer(book, request, ask);
}

/** The most that is free in the asked window. */
function* slowerOffer(book: LeaseBook, request: LeaseRequest, ask: Ask): Generator<CounterOffer> {
  const slowerKbps = commonKbps(book, request.legs, { ...ask, rateKbps: ask.rateKbps - 1 });
  const paths = slowerKbps > 0 ? placeLegs(book, request.legs, { ...ask, rateKbps: slowerKbps }) : null;
  if (paths === null) return;
  const { startNs, endNs } = ask;
  yield offer(book, request, 'slower', `${gbpsText(slowerKbps)} instead of ${gbpsText(ask.rateKbps)} in the asked window.`, { startNs, endNs, rateKbps: slowerKbps, paths });
}

function* volumeOffers(book: LeaseBook, request: LeaseRequest, bits: number): Generator<CounterOffer> {
  const ask = { ...askOf(request, book), endNs: request.startNs + book.policy.lease.windowMaxNs };
  let earliestEndNs = NaN;
  for (const best of ['earliest', 'shortest'] as const) {
    const found = completion(book, request.legs, ask, { bits, best });
    const paths = found === null ? null : placeLegs(book, request.legs, { ...ask, ...found });
    if (found === null || paths === null || found.endNs === earliestEndNs) continue;
    earliestEndNs = found.endNs;
    const late = spanText(Math.max(0, found.endNs - request.endNs));
    const summary = best === 'earliest' ? `Completes ${late} after the deadline, the earliest possible.`
      : `Takes ${spanText(found.endNs - found.startNs)}, the shortest possible, and completes ${late} after the deadline.`;
    yield offer(book, request, best === 'earliest' ? 'earliestCompletion' : 'shortest', summary, { ...found, paths });
  }
}

function* offersFor(book: LeaseBook, request: LeaseRequest, options: AdmissionOptions): Generator<CounterOffer> {
  const others = request.legs.map((leg): Leg => ({ paths: leg.otherPaths?.length ? leg.otherPaths : leg.paths }));
  if (request.legs.some((leg) => (leg.otherPaths ?? []).length > 0)) {
    const elsewhere = placeFree(book, request, others, request.endNs);
    if (elsewhere !== null) yield offer(book, request, 'otherPath', `All that was asked, on paths that were not preferred: ${grantText(elsewhere)}.`, elsewhere);
  }
  if (request.preemption === 'offer') {
    const taken = placeTaking(book, request, options);
    if (taken !== null) {
      const lost = taken.affected.reduce((sum, one) => sum + one.lostGbps, 0);
      yield offer(book, request, 'preempt', `All that was asked if ${taken.affected.map(({ before }) => before.id).join(', ')} yield ${numberText(lost, 4)} Gb/s in all.`, taken, taken.affected);
    }
  }
  if (request.amount.kind === 'rate') yield* rateOffers(book, request);
  else yield* volumeOffers(book, request, request.amount.bits);
}

function refusalOf(book: LeaseBook, request: LeaseRequest, offers: readonly CounterOffer[]): AdmissionRefusal {
  const ask = urgentAsk(book, request);
  const empty = emptyKbps(book, request, ask);
  const isTooMuch = empty < ask.rateKbps;
  const free = commonKbps(book, request.legs, ask);
  const asked = `${request.trafficClass} asks for ${gbpsText(ask.rateKbps)}${request.legs.length > 1 ? ` on each of ${request.legs.length} legs` : ''} over ${spanText(ask.endNs - ask.startNs)}`;
  const remedy: RefusalRemedy = offers.some(({ kind }) => kind === 'preempt') ? 'preempt' : isTooMuch ? 'never' : 'wait';
  const why = isTooMuch ? `its paths carry ${gbpsText(empty)} even when they are empty` : `${gbpsText(free)} of at most ${gbpsText(empty)} are free`;
  const taking = request.preemption === 'take' && !isTooMuch ? ['What lower classes hold above their floors does not make up for it.'] : [];
  const reasons = [`${asked}, but ${why}.`, ...taking, ...offers.map(({ summary }) => summary)];
  return { ...refuse(isTooMuch ? 'rate-above-capacity' : 'no-room-in-window', remedy, ...reasons), offers };
}

/**
 * Decides about one request that `checkRequest` found sound. The book is not changed: `applyPlan` enters the plan.
 *
 * Refusals: `no-room-in-window` and `rate-above-capacity`, with up to `lease.counterOffersMax` offers, each with a plan of its own.
 */
export function admit(book: LeaseBook, request: LeaseRequest, options: AdmissionOptions = {}): Admitted | AdmissionRefusal {
  const free = placeFree(book, request, request.legs, request.endNs);
  if (free !== null) return admitted(book, request, free);
  if (request.preemption === 'take') {
    const taken = placeTaking(book, request, options);
    if (taken !== null) return admitted(book, request, taken, taken.affected);
  }
  const { counterOffersMax } = book.policy.lease;
  const offers: CounterOffer[] = [];
  for (const one of offersFor(book, request, options)) {
    if (offers.length >= counterOffersMax) break;
    offers.push(one);
  }
  return refusalOf(book, request, offers);
}
