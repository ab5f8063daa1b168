/**
 * How well the controller foresees: gradual failures among many other changes, told to it through noisy sensors, and what it announces.
 *
 * Every component of a kind is given a fate of its own: some fail slowly, at a steady or a quickening pace; others start to and
 * settle, jump once, swing with the day, or stay as they are. The controller hears all of them together, message by message, as from
 * devices. An announcement is right when the true value, which it never sees, reaches its limit by the latest time that was stated, or
 * before twice the likely one.
 */

import type { Dice } from '../../base/dice.ts';
import { createDice } from '../../base/dice.ts';
import { createState } from '../../control/create-state.ts';
import { endOfLifeBiasRatio } from '../../control/health/belief.ts';
import { foresee } from '../../control/health/foresee.ts';
import { beliefsWith, judgeLink, linksOf } from '../../control/health/judge.ts';
import { holdMarginDb } from '../../control/light.ts';
import type { Plant } from '../../control/plant.ts';
import type { TelemetryReading } from '../../control/reading.ts';
import { takeReading } from '../../control/run.ts';
import type { State } from '../../control/state.ts';
import { kindOf } from '../../fabric/components.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { defaultPolicy } from '../../plan/policy.ts';

const foreseenQuantities = ['biasRatio', 'rxLossDb', 'preFecBer', 'caseC'] as const;
export type ForeseenQuantity = (typeof foreseenQuantities)[number];

export interface ForesightQuestion {
  readonly plant: Plant;
  readonly seed: number;
  readonly days: number;
  /** Time between two messages of a device. */
  readonly everyNs: number;
  readonly horizonsNs: readonly number[];
  readonly onProgress?: (done: number, of: number) => void;
}

export interface ForesightRow {
  readonly quantity: ForeseenQuantity;
  readonly horizonNs: number;
  readonly components: number;
  /** Components that failed within the time watched. */
  readonly failures: number;
  /** Failures that were announced at least one message before. */
  readonly foreseen: number;
  readonly announced: number;
  readonly right: number;
  /** Real time from a right announcement to the failure: the tenth and the fiftieth of a hundred; `null` without one. */
  readonly leadP10Ns: number | null;
  readonly leadMedianNs: number | null;
  /** Share of right announcements whose failure came within the range that was stated (one message either way). */
  readonly withinRange: number | null;
}

const hourNs = 3600e9;
const dayNs = 24 * hourNs;

/** Components that are watched at once, so that a study ends while somebody waits for it. */
const componentsMax = 240;

type Fate = 'fails' | 'settles' | 'jumps' | 'swings' | 'stays';
const fates: readonly (readonly [Fate, number])[] = [['fails', 0.3], ['settles', 0.5], ['jumps', 0.7], ['swings', 0.9], ['stays', 1]];

/** One component: how far it is on its way to its limit, as a share of it, at any time. */
interface Subject {
  readonly component: number;
  /** Distance from the sound value to the limit, in the unit of the trend. */
  readonly toLimit: number;
  shareAt(atNs: number): number;
}

/** Draws what becomes of a component. Failures take from a few hours to the whole time; ranges are design choices of the study. */
function drawShare(dice: Dice, spanNs: number): (atNs: number) => number {
  const draw = dice.uniform();
  const fate = fates.find(([, upTo]) => draw < upTo)?.[0] ?? 'stays';
  const between = (low: number, high: number): number => low + (high - low) * dice.uniform();
  const startNs = between(0, 0.3) * spanNs;
  if (fate === 'fails') {
    const takesNs = Math.exp(between(Math.log(6 * hourNs), Math.log(0.9 * spanNs)));
    const power = between(1, 2);
    return (atNs) => Math.max(0, (atNs - startNs) / takesNs) ** power;
  }
  if (fate === 'settles') {
    const [height, timeNs] = [between(0.3, 0.8), between(3, 24) * hourNs];
    return (atNs) => (atNs < startNs ? 0 : height * -Math.expm1(-(atNs - startNs) / timeNs));
  }
  if (fate === 'jumps') {
    const height = between(0.2, 0.7);
    return (atNs) => (atNs < startNs ? 0 : height);
  }
  if (fate === 'swings') {
    const [height, phase] = [between(0.05, 0.2), between(0, 2 * Math.PI)];
    return (atNs) => height * (1 + Math.sin((2 * Math.PI * atNs) / dayNs + phase)) * 0.5;
  }
  return () => 0;
}

/** Noise of a sensor in the unit of its trend (SFF-8472 monitors resolve finer than they are accurate; estimates). */
const noise: Readonly<Record<ForeseenQuantity, number>> = { biasRatio: 0.003, rxLossDb: 0.05, preFecBer: 0.05, caseC: 0.2 };

/** Loss, at the port of a link, that leaves what is held; infinite where light has no such limit. */
const lossLimitDb = (state: State, link: number): number => state.plant.lightAt(link, { caseC: null, lossDb: 0 }).marginDb - holdMarginDb(state, link);

/** How far a body may warm before some link of it has less than its hold, rings and lasers counted; infinite up to the boiling point. */
function warmthLimitK(state: State, body: number, settledC: number): number {
  const links = linksOf(state, [body]);
  const holds = (riseK: number): boolean => {
    const beliefs = beliefsWith(state, new Map([[body, { caseC: settledC + riseK, lossDb: 0, isDead: false }]]));
    return links.every((link) => judgeLink(state, beliefs, link).marginDb >= holdMarginDb(state, link));
  };
  let [low, high] = [0, 100 - settledC];
  if (links.length === 0 || !holds(low) || holds(high)) return Infinity;
  while (high - low > 0.01) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return high;
}

interface Candidate {
  readonly component: number;
  readonly toLimit: number;
  readonly link: number;
}

/** Bodies none of which shares a link with another: a link fails with the hotter of its two ends, and then the other end has nothing to announce. */
function farApart(state: State, bodies: readonly Candidate[]): readonly Candidate[] {
  const taken = new Set<number>();
  return bodies.filter(({ component }) => {
    const links = linksOf(state, [component]);
    if (links.some((link) => taken.has(link))) return false;
    for (const link of links) taken.add(link);
    return true;
  });
}

/** Components that the quantity is measured at and that a limit of it can fail. */
function candidatesOf(state: State, quantity: ForeseenQuantity): readonly Candidate[] {
  const { fabric } = state.plant.cluster;
  const found: Candidate[] = [];
  for (let component = 0; component < fabric.componentCount; component++) {
    const kind = kindOf(fabric.components, component as ComponentIx);
    if (quantity === 'biasRatio') {
      if (kind === 'laser') found.push({ component, toLimit: endOfLifeBiasRatio - 1, link: -1 });
    } else if (quantity === 'caseC') {
      const settledC = state.plant.settledCaseC[component] ?? NaN;
      const toLimit = Number.isNaN(settledC) || state.plant.bodyOf(component) === null ? Infinity : warmthLimitK(state, component, settledC);
      if (Number.isFinite(toLimit)) found.push({ component, toLimit, link: -1 });
    } else {
      const link = state.plant.linkOfPort[component] ?? -1;
      // Both ports of a cable read the same way; one of them is enough.
      const toLimit = kind !== 'port' || link < 0 || link % 2 === 1 ? Infinity : lossLimitDb(state, link);
      if (Number.isFinite(toLimit) && toLimit > 0) found.push({ component, toLimit, link });
    }
  }
  return quantity === 'caseC' ? farApart(state, found) : found;
}

/** What the sensor shows of a component at a share of its way. */
function shown(state: State, quantity: ForeseenQuantity, { candidate, share, error }: { readonly candidate: Candidate; readonly share: number; readonly error: number }): number {
  const moved = share * candidate.toLimit + error;
  if (quantity === 'biasRatio') return 1 + moved;
  if (quantity === 'caseC') return (state.plant.settledCaseC[candidate.component] ?? 0) + moved;
  if (quantity === 'rxLossDb') return moved;
  return state.plant.lightAt(candidate.link, { caseC: null, lossDb: Math.max(0, moved) }).preFecBer;
}

interface Announcement {
  readonly atNs: number;
  readonly likelyNs: number;
  readonly soonNs: number;
  readonly lateNs: number;
}

const percentile = (sorted: readonly number[], share: number): number | null => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;

function measure(question: ForesightQuestion, quantity: ForeseenQuantity, horizonNs: number): ForesightRow {
  const { plant, seed, days, everyNs } = question;
  const state = createState(plant, { ...defaultPolicy, health: { ...defaultPolicy.health, predictHorizonNs: horizonNs } });
  const dice = createDice(seed).fork(quantity);
  const all = candidatesOf(state, quantity);
  const stride = Math.max(1, Math.ceil(all.length / componentsMax));
  const candidates = all.filter((_, at) => at % stride === 0);
  const spanNs = days * dayNs;
  const subjects = candidates.map((candidate): Subject => ({ ...candidate, shareAt: drawShare(dice.fork(`fate ${candidate.component}`), spanNs) }));
  const errors = dice.fork('noise');
  const failedNs = new Map<number, number>();
  const announced = new Map<number, Announcement>();
  let sequence = 0;
  for (let atNs = everyNs; atNs <= spanNs; atNs += everyNs) {
    const shares = subjects.map((subject) => subject.shareAt(atNs));
    subjects.forEach(({ component }, at) => { if ((shares[at] ?? 0) >= 1 && !failedNs.has(component)) failedNs.set(component, atNs); });
    const reading: TelemetryReading = {
      kind: 'telemetry', device: 'monitor', sequence: sequence++, deviceNs: atNs, quantity, components: subjects.map(({ component }) => component),
      values: candidates.map((candidate, at) => shown(state, quantity, { candidate, share: shares[at] ?? 0, error: noise[quantity] * errors.normal() })),
    };
    for (const { component, lead } of foresee(state, atNs, reading)) if (!announced.has(component)) announced.set(component, { atNs, ...lead });
    takeReading(state, atNs, reading);
  }
  return rowOf({ quantity, horizonNs, components: subjects.length, failedNs, announced, everyNs });
}

interface Watched {
  readonly quantity: ForeseenQuantity;
  readonly horizonNs: number;
  readonly components: number;
  readonly failedNs: ReadonlyMap<number, number>;
  readonly announced: ReadonlyMap<number, Announcement>;
  readonly everyNs: number;
}

function rowOf({ quantity, horizonNs, components, failedNs, announced, everyNs }: Watched): ForesightRow {
  const leads: number[] = [];
  let [foreseen, inRange] = [0, 0];
  for (const [component, { atNs, likelyNs, soonNs, lateNs }] of announced) {
    const lead = (failedNs.get(component) ?? Infinity) - atNs;
    if (!Number.isFinite(lead)) continue;
    if (lead >= everyNs) foreseen += 1;
    if (lead > Math.max(2 * likelyNs, lateNs) + everyNs) continue;
    leads.push(lead);
    if (lead >= soonNs - everyNs && lead <= lateNs + everyNs) inRange += 1;
  }
  leads.sort((a, b) => a - b);
  return {
    quantity, horizonNs, components, failures: failedNs.size, foreseen, announced: announced.size, right: leads.length,
    leadP10Ns: percentile(leads, 0.1), leadMedianNs: percentile(leads, 0.5), withinRange: leads.length === 0 ? null : inRange / leads.length,
  };
}

/** One row per quantity and horizon. Every row sees the same fates and the same noise for its quantity. */
export function foresightStudy(question: ForesightQuestion): readonly ForesightRow[] {
  const rows: ForesightRow[] = [];
  const total = foreseenQuantities.length * question.horizonsNs.length;
  for (const quantity of foreseenQuantities) {
    for (const horizonNs of question.horizonsNs) {
      rows.push(measure(question, quantity, horizonNs));
      question.onProgress?.(rows.length, total);
    }
  }
  return rows;
}
