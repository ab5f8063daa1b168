/** What is asked of admission and what it answers: requests with candidate paths, grants as plans, refusals with counter-offers. */

import type { Issue } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import type { ServeKind } from '../policy.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import type { Grant, Plan } from '../plan.ts';
import type { LeaseBook } from './lease-book.ts';

/** One way from end to end: ordered directed link rows. */
export interface CandidatePath {
  readonly links: readonly number[];
  /** On a passive path nothing converts: a wavelength held alone keeps its grid slot over all links. */
  readonly keepsSlot?: true;
}

/** One pair of endpoints. A request over many ranks has one leg per pair, all granted together. */
export interface Leg {
  /** In order of preference. */
  readonly paths: readonly CandidatePath[];
  /** Paths that the asker would take only when told so: they give the counter-offer `otherPath`. */
  readonly otherPaths?: readonly CandidatePath[];
}

/** A constant rate on each leg, or a volume on each leg by the deadline. */
export type Amount =
  | { readonly kind: 'rate'; readonly rateGbps: number; /** Shorter than the window: the lease may start anywhere inside it. */ readonly durationNs?: number }
  | { readonly kind: 'volume'; readonly bits: number; /** No faster than this, e.g. a disk or an adapter. */ readonly rateMaxGbps?: number };

export interface LeaseRequest {
  readonly id: string;
  readonly tenant: string;
  readonly job: string | null;
  readonly trafficClass: TrafficClassName;
  readonly legs: readonly Leg[];
  readonly amount: Amount;
  readonly startNs: number;
  /** The end of a rate, the deadline of a volume. */
  readonly endNs: number;
  /** How it holds light, where that is not as its class does: a demand too small for whole wavelengths shares. */
  readonly serves?: ServeKind;
  /** Per leg; `null` takes the class's share of the asked rate. */
  readonly floorGbps: number | null;
  /** `offer` never takes light from others but says what it would take; `take` does it. */
  readonly preemption: 'offer' | 'take';
}

/** What one standing lease has to bear. */
export interface AffectedLease {
  readonly before: Grant;
  /** `null` when the lease is dropped. */
  readonly after: Grant | null;
  readonly lostGbps: number;
}

export interface Admitted {
  readonly kind: 'admitted';
  readonly grant: Grant;
  /** Drops and moves of others first, then the grant. */
  readonly plan: Plan;
  readonly affected: readonly AffectedLease[];
}

export type OfferKind = 'later' | 'slower' | 'earliestCompletion' | 'shortest' | 'otherPath' | 'preempt';

/** Something the asker can have instead; its plan holds for the state it was made in. */
export interface CounterOffer extends Omit<Admitted, 'kind'> {
  readonly kind: OfferKind;
  /** One sentence with figures and units. */
  readonly summary: string;
}

/** A no with what can be had instead, best first. */
export interface AdmissionRefusal extends Refusal {
  readonly offers: readonly CounterOffer[];
}

export const rateOf = (amount: Amount): number => (amount.kind === 'rate' ? amount.rateGbps : (amount.rateMaxGbps ?? Infinity));

const legsMax = 4096;
const pathsPerLegMax = 64;

interface Place {
  readonly path: string;
  readonly value: string | number;
}

const problem = (code: string, { path, value }: Place, message: string, remedy: string): Issue => ({ code, message, remedy, path, value: String(value) });

function amountIssues({ amount, startNs, endNs, floorGbps }: LeaseRequest): readonly Issue[] {
  const issues: Issue[] = [];
  const positive = (path: string, value: number, unit: string): void => {
    if (!(value > 0 && value < Infinity)) issues.push(problem('not-positive', { path, value }, `This must be a positive number of ${unit}`, `Write more than 0 ${unit}`));
  };
  if (amount.kind === 'rate') {
    positive('amount.rateGbps', amount.rateGbps, 'Gb/s');
    if (amount.durationNs !== undefined) positive('amount.durationNs', amount.durationNs, 'ns');
    if ((amount.durationNs ?? 0) > endNs - startNs) {
      issues.push(problem('longer-than-window', { path: 'amount.durationNs', value: amount.durationNs ?? 0 }, 'The lease is longer than its window', `Write at most ${endNs - startNs} ns`));
    }
    if (floorGbps !== null && floorGbps > amount.rateGbps) issues.push(problem('floor-above-rate', { path: 'floorGbps', value: floorGbps }, 'The floor is above the asked rate', `Write at most ${amount.rateGbps} Gb/s`));
  } else {
    positive('amount.bits', amount.bits, 'bits');
    if (amount.rateMaxGbps !== undefined) positive('amount.rateMaxGbps', amount.rateMaxGbps, 'Gb/s');
  }
  if (floorGbps !== null && !(floorGbps >= 0)) issues.push(problem('negative-value', { path: 'floorGbps', value: floorGbps }, 'The floor must not be negative', 'Write 0 Gb/s or more'));
  return issues;
}

function legIssues(book: LeaseBook, legs: readonly Leg[]): readonly Issue[] {
  if (legs.length === 0 || legs.length > legsMax) return [problem('no-legs', { path: 'legs', value: legs.length }, `A request has 1 to ${legsMax} legs`, 'Name at least one pair of endpoints')];
  const { linkCount } = book.light;
  return legs.flatMap((leg, at) => {
    const ways = [...leg.paths, ...(leg.otherPaths ?? [])];
    const path = `legs[${at}].paths`;
    if (leg.paths.length === 0 || ways.length > pathsPerLegMax) return [problem('no-paths', { path, value: ways.length }, `A leg has 1 to ${pathsPerLegMax} candidate paths`, 'Give its routes on the fabric')];
    const strange = ways.flatMap(({ links }) => links).find((link) => !Number.isInteger(link) || link < 0 || link >= linkCount);
    if (strange !== undefined) return [problem('unknown-link', { path, value: strange }, `The fabric has links 0 to ${linkCount - 1}`, 'Give link rows of this fabric')];
    if (ways.some(({ links }) => links.length === 0 || new Set(links).size < links.length)) return [problem('not-a-path', { path, value: at }, 'A path is empty or uses a link twice', 'Give loop-free paths')];
    return [];
  });
}

/** Everything wrong with a request, before anybody decides about it. */
export function checkRequest(book: LeaseBook, request: LeaseRequest, nowNs: number): readonly Issue[] {
  const { id, trafficClass, startNs, endNs } = request;
  const issues: Issue[] = [];
  if (book.rowOf.has(id)) issues.push(problem('duplicate-lease', { path: 'id', value: id }, 'A lease of this name stands already', 'Choose another name, or change the standing lease'));
  if (!trafficClassNames.includes(trafficClass)) issues.push(problem('unknown-class', { path: 'trafficClass', value: trafficClass }, 'There is no such traffic class', `Choose one of: ${trafficClassNames.join(', ')}`));
  if (!(startNs >= nowNs)) issues.push(problem('lease-in-the-past', { path: 'startNs', value: startNs }, `The lease would start before now, ${nowNs} ns`, 'Start it now or later'));
  const { windowMaxNs } = book.policy.lease;
  if (!(endNs > startNs)) issues.push(problem('window-reversed', { path: 'endNs', value: endNs }, 'The window ends before it begins', `Write an end after ${startNs} ns`));
  else if (endNs - startNs > windowMaxNs) issues.push(problem('window-too-long', { path: 'endNs', value: endNs }, `The window is longer than ${windowMaxNs} ns`, 'Ask for a shorter window and renew it'));
  return [...issues, ...amountIssues(request), ...legIssues(book, request.legs)];
}
