/** Admits several requests at once: higher classes first, and within a class a fair part for each tenant when light is short. */

import { percentText } from '../../base/number-text.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import type { Plan } from '../plan.ts';
import { joinPlans, reverse } from '../plan.ts';
import { tenantPolicy } from '../policy.ts';
import type { AdmissionOptions } from './admit.ts';
import { admit } from './admit.ts';
import type { Contender, LinkRoom } from './fair-share.ts';
import { fairParts } from './fair-share.ts';
import type { LeaseBook } from './lease-book.ts';
import { heldShare } from './held-share.ts';
import { applyPlan, toGbps, toKbps } from './lease-book.ts';
import type { Span } from './place.ts';
import { rateFor } from './place.ts';
import type { Admitted, AdmissionRefusal, LeaseRequest } from './request.ts';
import { rowsAt } from './row-lists.ts';
import { maxOver } from './step-table.ts';
import { yielders } from './victims.ts';

export interface TogetherAnswer {
  readonly request: LeaseRequest;
  /** The part of the asked rate that was fair to give, 0 to 1. */
  readonly fairPart: number;
  readonly answer: Admitted | AdmissionRefusal;
}

export interface Together {
  /** Everything granted, in order; nothing has been applied. */
  readonly plan: Plan;
  /** In the order of the requests. */
  readonly answers: readonly TogetherAnswer[];
}

const askedGbps = ({ amount, startNs, endNs }: LeaseRequest): number => (amount.kind === 'rate' ? amount.rateGbps : toGbps(rateFor(amount.bits, endNs - startNs)));

/** Links of the preferred paths of some requests. */
const preferredLinks = (requests: readonly LeaseRequest[]): readonly number[] => [...new Set(requests.flatMap(({ legs }) => legs.flatMap(({ paths }) => paths[0]?.links ?? [])))];

const hullOf = (requests: readonly LeaseRequest[]): Span => ({ startNs: Math.min(...requests.map(({ startNs }) => startNs)), endNs: Math.max(...requests.map(({ endNs }) => endNs)) });

/** Light that a class may claim on a link over a whole span: what is free and, when it may take, what lower classes hold above their floors. */
function claimableKbps(book: LeaseBook, link: number, span: Span, terms: { readonly priority: number; readonly mayTake: boolean }): number {
  const capacity = book.linkKbps[link] ?? 0;
  if (!terms.mayTake) return capacity - maxOver(book.load, link, span.startNs, span.endNs);
  const lower = yielders(book, [link], span, terms.priority);
  const times = new Set([span.startNs, ...rowsAt(book.crossing, link).flatMap((row) => book.grants[row]?.startNs ?? []).filter((at) => at > span.startNs && at < span.endNs)]);
  for (const { grant } of lower) if (grant.endNs < span.endNs) times.add(grant.endNs);
  return [...times].reduce((least, at) => {
    const yielded = lower.reduce((sum, { grant, mostKbps }) => sum + (grant.startNs <= at && at < grant.endNs ? mostKbps : 0), 0);
    return Math.min(least, capacity - maxOver(book.load, link, at, at + 1) + yielded);
  }, Infinity);
}

/** Fair part per tenant of one class, over the preferred paths. */
function partsOf(book: LeaseBook, trafficClass: TrafficClassName, requests: readonly LeaseRequest[]): ReadonlyMap<string, number> {
  const links = preferredLinks(requests);
  const span = hullOf(requests);
  const { priority } = book.policy.classes[trafficClass];
  const mayTake = requests.every(({ preemption }) => preemption === 'take');
  const room: LinkRoom = {
    capacityGbps: Float64Array.from(links, (link) => toGbps(book.linkKbps[link] ?? 0)),
    freeGbps: Float64Array.from(links, (link) => toGbps(claimableKbps(book, link, span, { priority, mayTake }))),
  };
  const tenants = [...new Set(requests.map(({ tenant }) => tenant))].sort();
  const contenders = tenants.map((tenant): Contender => {
    const askGbps = new Float64Array(links.length);
    for (const request of requests) if (request.tenant === tenant) for (const leg of request.legs) for (const link of leg.paths[0]?.links ?? []) {
      const at = links.indexOf(link);
      askGbps[at] = (askGbps[at] ?? 0) + askedGbps(request);
    }
    const { weight, shareCap } = tenantPolicy(book.policy, tenant);
    return { tenant, weight, shareCap, heldShare: heldShare(book, { tenant, trafficClass }, links, span), askGbps };
  });
  const parts = fairParts(contenders, room);
  return new Map(tenants.map((tenant, at) => [tenant, parts[at] ?? 0]));
}

/** The request at its fair part of the rate, or as it is when nothing has to be shared or the part is below its floor. */
function atPart(book: LeaseBook, request: LeaseRequest, part: number): LeaseRequest {
  if (part >= 1 || request.amount.kind !== 'rate') return request;
  const rateGbps = toGbps(Math.floor(toKbps(request.amount.rateGbps) * part));
  const floorGbps = request.floorGbps ?? request.amount.rateGbps * book.policy.classes[request.trafficClass].floorShare;
  return rateGbps <= 0 || rateGbps < floorGbps ? request : { ...request, amount: { ...request.amount, rateGbps }, floorGbps };
}

/**
 * Decides about requests that compete, as one plan; the book is left as it was. Where a class is short of light each tenant gets its
 * weighted max-min part of what it asked, never below the floor of a request: such a request is decided as it stands, after the others.
 * A volume keeps its deadline and is decided as it stands. Ties go to the request listed first.
 */
export function admitTogether(book: LeaseBook, requests: readonly LeaseRequest[], options: AdmissionOptions = {}): Together {
  const answers = new Map<LeaseRequest, TogetherAnswer>();
  const applied: Plan[] = [];
  const { classes } = book.policy;
  for (const trafficClass of trafficClassNames.toSorted((a, b) => classes[a].priority - classes[b].priority)) {
    const own = requests.filter((request) => request.trafficClass === trafficClass);
    const parts = own.length > 1 ? partsOf(book, trafficClass, own) : new Map<string, number>();
    const shared = own.map((request) => ({ request, fairPart: parts.get(request.tenant) ?? 1 })).map((one) => ({ ...one, asked: atPart(book, one.request, one.fairPart) }));
    const isWhole = ({ request, fairPart, asked }: (typeof shared)[number]): number => (fairPart < 1 && asked === request ? 1 : 0);
    for (const { request, fairPart, asked } of shared.toSorted((a, b) => isWhole(a) - isWhole(b))) {
      const answer = admit(book, asked, options);
      answers.set(request, { request, fairPart, answer });
      if (isRefusal(answer)) continue;
      const note = asked === request ? [] : [`Tenant ${request.tenant} gets ${percentText(fairPart, 1)} of what it asked of ${trafficClass}, its fair part by weight.`];
      const plan = { changes: answer.plan.changes, reasons: [...answer.plan.reasons, ...note] };
      const refused = applyPlan(book, plan);
      if (refused !== null) throw new Error(`a fresh plan does not fit: ${refused.reasons.join(' ')}`);
      applied.push(plan);
    }
  }
  for (const plan of applied.toReversed()) applyPlan(book, reverse(plan));
  return { plan: joinPlans(...applied), answers: requests.flatMap((request) => answers.get(request) ?? []) };
}
