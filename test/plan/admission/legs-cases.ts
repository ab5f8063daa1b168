/** Random requests of several legs over shared links, and what mixed-integer programs over every window say of them: the oracle of admission of legs together. */

import assert from 'node:assert/strict';
import type { Dice } from '../../../src/base/dice.ts';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { admit } from '../../../src/plan/admission/admit.ts';
import type { LeaseBook } from '../../../src/plan/admission/lease-book.ts';
import { applyPlan, createLeaseBook, forkLeaseBook } from '../../../src/plan/admission/lease-book.ts';
import type { Admitted, AdmissionRefusal, LeaseRequest, OfferKind } from '../../../src/plan/admission/request.ts';
import type { Grant } from '../../../src/plan/plan.ts';
import type { Policy } from '../../../src/plan/policy.ts';
import { defaultPolicy } from '../../../src/plan/policy.ts';
import type { TrafficClassName } from '../../../src/traffic/classes.ts';
import { highs } from '../wavelengths/solver.ts';
import { lightOf, rateRequest } from './light-fixture.ts';

/** Two ends on the left, two on the right and two nodes between them that are joined both ways; one pair of ends has a link of its own. */
const wiring = ['p a', 'p b', 'q a', 'q b', 'a b', 'b a', 'a x', 'a y', 'b x', 'b y', 'p x'].map((text) => text.split(' ') as [string, string]);
const lanes = 4;
const laneGbps = 10;
const linkGbps = lanes * laneGbps;
const windowMax = 40;
const policy: Policy = { ...defaultPolicy, lease: { ...defaultPolicy.lease, counterOffersMax: 9, windowMaxNs: windowMax }, tenants: { blue: { weight: 1, shareCap: 0.5 } } };
const asker: TrafficClassName = 'allToAll';
const tenants = ['red', 'green', 'blue'] as const;

type Ways = readonly (readonly number[])[];

export interface LegsCase {
  readonly seed: number;
  readonly book: LeaseBook;
  readonly request: LeaseRequest;
  readonly legs: readonly Ways[];
  readonly keepsSlot: boolean;
  /** Optima by what light there is: many windows see the same. */
  readonly known: Map<string, number>;
}

/** All loop-free ways between two ends over some links. */
function waysBetween(from: string, to: string, links: ReadonlySet<number>): Ways {
  const found: number[][] = [];
  const walk = (node: string, seen: readonly string[], way: readonly number[]): void => {
    if (node === to) found.push([...way]);
    else wiring.forEach(([tail, head], link) => { if (tail === node && links.has(link) && !seen.includes(head)) walk(head, [...seen, head], [...way, link]); });
  };
  walk(from, [from], []);
  return found;
}

const pick = <T>(dice: Dice, items: readonly T[]): T => items[dice.below(items.length)] as T;

function shuffled<T>(dice: Dice, items: readonly T[]): readonly T[] {
  return items.map((item) => ({ item, at: dice.uniform() })).sort((a, b) => a.at - b.at).map(({ item }) => item);
}

/** Every way over some of the links, so that changing over from one way to another where they meet gives no way that is not there. */
function someWays(dice: Dice): Ways {
  for (;;) {
    const links = new Set(wiring.flatMap((_, link) => (dice.below(5) > 0 ? [link] : [])));
    const ways = waysBetween(pick(dice, ['p', 'q']), pick(dice, ['x', 'y']), links);
    if (ways.length > 0) return shuffled(dice, ways);
  }
}

const legsOf = (legs: readonly Ways[], keepsSlot: boolean): LeaseRequest['legs'] => legs.map((ways) => ({ paths: ways.map((links) => (keepsSlot ? { links, keepsSlot: true as const } : { links })) }));

function fullBook(dice: Dice): LeaseBook {
  const book = createLeaseBook(lightOf(wiring.length, { wavelengths: lanes, rateGbps: laneGbps }), policy);
  for (let at = 0; at < 16; at++) {
    const name = pick<TrafficClassName>(dice, ['allToAll', 'inferenceFanout', 'parameterSync', 'checkpoint', 'background', 'background', 'allReduce']);
    const startNs = dice.below(22);
    const one = rateRequest(`lease${at}`, name, [0], 1 + dice.below(25), [startNs, startNs + 1 + dice.below(10)], { legs: legsOf([someWays(dice)], false), tenant: pick(dice, tenants) });
    const answer = admit(book, one);
    if (!isRefusal(answer)) assert.equal(applyPlan(book, answer.plan), null);
  }
  return book;
}

export function legsCase(seed: number, kind: 'rate' | 'volume'): LegsCase {
  const dice = createDice(seed);
  const book = fullBook(dice);
  const legs = Array.from({ length: 2 + dice.below(3) }, () => someWays(dice));
  const serves = dice.below(2) === 0 ? 'shared' as const : 'reserved' as const;
  const keepsSlot = serves === 'reserved' && dice.below(2) === 0;
  const [rateGbps, startNs, window] = [1 + dice.below(40), dice.below(20), 2 + dice.below(12)];
  const durationNs = dice.below(2) === 0 ? window : 1 + dice.below(window);
  const amount: LeaseRequest['amount'] = kind === 'rate' ? { kind, rateGbps, durationNs } : { kind, bits: 1 + dice.below(250) };
  const request = rateRequest('new', asker, [0], 1, [startNs, startNs + window], { legs: legsOf(legs, keepsSlot), tenant: pick(dice, tenants), serves, amount });
  return { seed, book, legs, keepsSlot, known: new Map(), request };
}

const standing = (book: LeaseBook): readonly Grant[] => book.grants.filter((grant) => grant !== null);

/** What a grant takes of each link; lower preemptible classes at their floors where `yields` says so. */
function addLoad(load: number[], grant: Grant, yields: boolean): void {
  const { priority, preemptible } = policy.classes[grant.trafficClass];
  const share = yields && preemptible && priority > policy.classes[asker].priority ? grant.floorGbps / grant.rateGbps : 1;
  for (const { links, wavelengths, rateGbps } of grant.paths) links.forEach((link, hop) => {
    const alone = (wavelengths[hop] ?? []).length;
    load[link] = (load[link] ?? 0) + (alone > 0 ? laneGbps * alone : rateGbps * share);
  });
}

type Window = readonly [number, number];

interface Light {
  /** By link, Gb/s that are left all over a window within the tenant's cap. */
  readonly room: readonly number[];
  /** By link, the places of wavelengths that nobody holds alone in it. */
  readonly free: readonly (readonly number[])[];
}

function lightOver({ book, request }: LegsCase, [startNs, endNs]: Window, yields: boolean): Light {
  const room = new Array<number>(wiring.length).fill(linkGbps);
  const overlapping = standing(book).filter((grant) => grant.startNs < endNs && grant.endNs > startNs);
  for (const instant of [startNs, ...overlapping.map((grant) => grant.startNs).filter((ns) => ns > startNs)]) {
    const load = new Array<number>(wiring.length).fill(0);
    const own = new Array<number>(wiring.length).fill(0);
    for (const grant of overlapping) {
      if (grant.startNs > instant || grant.endNs <= instant) continue;
      addLoad(load, grant, yields);
      if (grant.tenant === request.tenant) addLoad(own, grant, false);
    }
    room.forEach((before, link) => { room[link] = Math.max(0, Math.min(before, linkGbps - (load[link] ?? 0), request.tenant === 'blue' ? linkGbps / 2 - (own[link] ?? 0) : Infinity)); });
  }
  const held = new Set(overlapping.flatMap(({ paths }) => paths.flatMap(({ wavelengths }) => wavelengths.flat())));
  return { room, free: wiring.map((_, link) => Array.from({ length: lanes }, (__, lane) => lane).filter((lane) => !held.has(link * lanes + lane))) };
}

interface Variable {
  readonly leg: number;
  readonly way: readonly number[];
  /** The place that a lightpath keeps; -1 for one that may change it. */
  readonly lane: number;
}

/** The highest common rate of all legs in Gb/s, shared by every possible division or in whole wavelengths: a linear or an integer program. */
function mostGbps(one: LegsCase, light: Light): number {
  const key = JSON.stringify(light);
  const gbps = one.known.get(key) ?? solveLegs(one, light);
  one.known.set(key, gbps);
  return gbps;
}

function solveLegs(one: LegsCase, light: Light): number {
  const isWhole = one.request.serves === 'reserved';
  const unit = isWhole ? laneGbps : 1;
  const all = one.legs.flatMap((ways, leg) => ways.flatMap((way): readonly Variable[] => {
    if (!one.keepsSlot) return [{ leg, way, lane: -1 }];
    return Array.from({ length: lanes }, (_, lane) => ({ leg, way, lane })).filter(({ lane }) => way.every((link) => light.free[link]?.includes(lane) === true));
  }));
  const sumOf = (wanted: (variable: Variable) => boolean): string => all.flatMap((variable, at) => (wanted(variable) ? [`x${at}`] : [])).join(' + ');
  const rows: string[] = [];
  for (const leg of one.legs.keys()) rows.push(` ${sumOf((variable) => variable.leg === leg) || '0 z'} - r = 0`);
  light.room.forEach((gbps, link) => {
    const users = sumOf(({ way }) => way.includes(link));
    const most = isWhole ? Math.min(Math.floor(gbps / unit + 1e-9), light.free[link]?.length ?? 0) : gbps;
    if (users !== '') rows.push(` ${users} <= ${most}`);
    for (let lane = 0; lane < lanes && one.keepsSlot; lane++) {
      const keepers = sumOf((variable) => variable.way.includes(link) && variable.lane === lane);
      if (keepers !== '') rows.push(` ${keepers} <= 1`);
    }
  });
  const whole = isWhole ? `General\n r ${all.map((_, at) => `x${at}`).join(' ')}\n` : '';
  const answer = highs.solve(`Maximize\n obj: r\nSubject To\n${rows.map((row, at) => ` c${at}:${row}`).join('\n')}\n${whole}End\n`);
  assert.equal(answer.Status, 'Optimal');
  return answer.ObjectiveValue * unit;
}

/** At no instant is a link promised more than it carries, or a wavelength held twice. */
function faultOf(book: LeaseBook): string | null {
  for (const at of standing(book).map((grant) => grant.startNs)) {
    const now = standing(book).filter((grant) => grant.startNs <= at && at < grant.endNs);
    const load = new Array<number>(wiring.length).fill(0);
    for (const grant of now) addLoad(load, grant, false);
    if (Math.max(...load) > linkGbps + 1e-9) return `${load.join(' ')} Gb/s at ${at}`;
    const rows = now.flatMap(({ paths }) => paths.flatMap(({ wavelengths }) => wavelengths.flat()));
    if (new Set(rows).size < rows.length) return `a wavelength is held twice at ${at}`;
  }
  return null;
}

/** What is wrong with an answer that is taken on a copy of the book, where it must fit, serve each leg in full and keep every floor. */
function faultOfTaking(one: LegsCase, { plan, affected, grant }: Pick<Admitted, 'plan' | 'affected' | 'grant'>): string | null {
  const copy = forkLeaseBook(one.book);
  if (applyPlan(copy, plan) !== null) return 'the plan does not fit';
  for (const { before, after } of affected) {
    const { preemptible, priority } = policy.classes[before.trafficClass];
    if (!preemptible || priority <= policy.classes[asker].priority) return `${before.id} may not be preempted`;
    if ((after?.rateGbps ?? 0) < before.floorGbps - 1e-6) return `${before.id} falls below its floor`;
  }
  // Legs with equal ends can exchange paths: together they must carry what they are owed.
  const ends = (links: readonly number[]): string => `${wiring[links[0] ?? 0]?.[0]}${wiring[links.at(-1) ?? 0]?.[1]}`;
  const owed = new Map<string, number>();
  for (const [way = []] of one.legs) owed.set(ends(way), (owed.get(ends(way)) ?? 0) + grant.rateGbps / one.legs.length);
  for (const path of grant.paths) owed.set(ends(path.links), (owed.get(ends(path.links)) ?? 0) - path.rateGbps);
  if ([...owed.values()].some((gbps) => Math.abs(gbps) > 1e-6)) return 'a leg has another rate';
  for (const { links, wavelengths, rateGbps } of grant.paths) {
    if (one.request.serves === 'reserved' && wavelengths.some((rows) => rows.length * laneGbps < rateGbps - 1e-6)) return 'too few wavelengths are held';
    if (one.keepsSlot && new Set(wavelengths.map((rows) => rows.map((row) => row % lanes).join(' '))).size > 1) return 'a lightpath changes its slot';
    if (links.some((link, hop) => hop > 0 && wiring[links[hop - 1] ?? 0]?.[1] !== wiring[link]?.[0])) return 'a path is broken';
  }
  return faultOf(copy);
}

const offerOf = ({ offers }: AdmissionRefusal, kind: OfferKind): Grant | undefined => offers.find((offer) => offer.kind === kind)?.grant;

/** Parts of kb/s are not promised: at most one for each path of a leg. */
const sameGbps = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-5;

/** The earliest start of a rate; Infinity where it never fits. */
function firstStart(one: LegsCase, rateGbps: number, latestNs: number, yields: boolean): number {
  const { request: { startNs, endNs, amount } } = one;
  const durationNs = (amount.kind === 'rate' ? amount.durationNs : undefined) ?? endNs - startNs;
  for (let at = startNs; at <= latestNs; at++) if (mostGbps(one, lightOver(one, [at, at + durationNs], yields)) >= rateGbps - 1e-7) return at;
  return Infinity;
}

/** The earliest completion of a volume: from each start the end moves right, and the first window into which it fits is the best of that start. */
function firstEnd(one: LegsCase, bits: number, untilNs: number, yields: boolean): number {
  let best = Infinity;
  for (let from = one.request.startNs; from < untilNs; from++) for (let to = from + 1; to <= untilNs; to++) {
    const gbps = mostGbps(one, lightOver(one, [from, to], yields));
    const endNs = from + bits / gbps;
    if (gbps <= 0) break;
    if (endNs > to + 1e-9) continue;
    best = Math.min(best, endNs);
    break;
  }
  return best;
}

function offersDiffer(one: LegsCase, answer: AdmissionRefusal, rateGbps: number, durationNs: number): readonly string[] {
  const found: string[] = [];
  const { startNs } = one.request;
  const free = mostGbps(one, lightOver(one, [startNs, startNs + durationNs], false));
  const slower = offerOf(answer, 'slower');
  const offered = (slower?.startNs === startNs ? slower.rateGbps / one.legs.length : 0);
  if (free > 0.01 && !sameGbps(offered, free) && answer.code !== 'rate-above-capacity') found.push(`slower ${offered} of ${free} Gb/s`);
  const later = offerOf(answer, 'later');
  const expected = firstStart(one, rateGbps, startNs + windowMax, false);
  if (later === undefined ? expected < Infinity : sameGbps(later.rateGbps / one.legs.length, rateGbps) && later.startNs !== expected) found.push(`later ${later?.startNs} for ${expected}`);
  for (const offer of answer.offers) {
    const fault = faultOfTaking(one, offer);
    if (fault !== null) found.push(`${offer.kind} ${fault}`);
  }
  return found;
}

export interface Comparison {
  readonly outcome: 'admitted' | 'taken' | 'refused';
  readonly differences: readonly string[];
}

/** Where admission of a case differs from the programs. */
export function compareLegs(one: LegsCase): Comparison {
  const { book, request } = one;
  const { startNs, endNs, amount } = request;
  const isRate = amount.kind === 'rate';
  const durationNs = (isRate ? amount.durationNs : undefined) ?? endNs - startNs;
  const optimum = (yields: boolean): number => (isRate ? firstStart(one, amount.rateGbps, endNs - durationNs, yields) : firstEnd(one, amount.bits, endNs, yields));
  const answer = admit(book, request);
  const expected = optimum(false);
  if (!isRefusal(answer)) {
    const fault = faultOfTaking(one, answer);
    const found = isRate ? answer.grant.startNs : answer.grant.endNs;
    return { outcome: 'admitted', differences: [...(Math.abs(found - expected) > 1e-2 ? [`${isRate ? 'starts' : 'ends'} ${found} for ${expected}`] : []), ...(fault === null ? [] : [fault])] };
  }
  const differences = expected < Infinity ? [`refused, ${expected} expected`] : isRate ? [...offersDiffer(one, answer, amount.rateGbps, durationNs)] : [];
  const taken = admit(book, { ...request, preemption: 'take' });
  if (isRefusal(taken)) return { outcome: 'refused', differences: optimum(true) < Infinity ? [...differences, 'not taken'] : differences };
  const fault = faultOfTaking(one, taken);
  return { outcome: 'taken', differences: fault === null ? differences : [...differences, `taken: ${fault}`] };
}
