/**
 * Assigns light to many demands at once: the highest common level at which all of them fit, with the split over their paths.
 *
 * One after another, demands take what the next one cannot do without, and the last finds nothing although the light would do for
 * all: pairs share planes and ports at both ends. Here each demand must have `leastGbps` and wants `wantsGbps`, and demands are in
 * groups, the one whose want weighs most first. As the level rises from 0 to 1 the groups rise one after another, all demands of a
 * group together, from what they must have to what they want. Whether a level fits is the question of the fullest link of a split
 * (`balance.ts`): at most 1 is a plan, and prices that prove more than 1 say that there is none over these paths. Levels that fit are
 * closed downwards. What prices prove of one level they prove of all levels above the one at which they stop to do so (`cut.ts`), so
 * the next level tried is just below that: cutting planes (Kelley, J. SIAM 8, 1960), and halving where they are slow.
 *
 * Demands that stand in the way (`Bystanders`) take no part while prices prove that no level is won by moving them. Where the proof
 * needs them to stay, those come in that pay most for where they are.
 *
 * A balance leaves every demand on many paths; in the room that is left over each is then gathered on the paths it is on already, else on
 * one path, else on few, so that little moves.
 *
 * Cost: two balances where the first cut is the right one; at most `trialsMax`. Equal questions have equal answers.
 *
 * Bounds: links are rows of `capacityGbps`; rows of trials are rows of `demands`.
 */

import type { Fit } from './balance.ts';
import { fitPaths } from './balance.ts';
import type { Cut } from './cut.ts';
import { createCut, crossingOf, helpersAt, missingAt, provenAt } from './cut.ts';
import type { TogetherDemand, TogetherQuestion } from './together-question.ts';
import { groupsOf, risenAt, targetOf, turnPart } from './together-question.ts';

export interface Together {
  /** Whether not even what each must have fits: then there is no plan. */
  readonly isShort: boolean;
  /** By group, how far it has risen from what its demands must have to what they want, 0 to 1. */
  readonly risen: readonly number[];
  /** By demand and candidate path, Gb/s; empty without a plan. Bystanders that came in are behind the demands of the question. */
  readonly rateGbps: readonly (readonly number[])[];
  /** How full the fullest link is at least, whatever the split over these paths, a little above the level that was found (at what demands must have when there is no plan); 0 when all get what they want. */
  readonly boundUtilisation: number;
}

/** Within a group levels are told apart to 1 / 2^5. */
const halvingsOfGroup = 5;
/** Balances end within 0.2 % of their optimum (`balance.ts`); a link that is fuller than full by no more counts as full, and whoever lays the rates on it trims them. */
const fullMost = 1.002;
/** Room for sums of doubles. */
const full = 1 + 1e-9;
/** Balances at most; where they run out the best plan so far is the answer. */
const trialsMax = 48;
/** Cuts in a row that may fail before levels are halved. */
const cutsMax = 3;

interface Trial {
  readonly level: number;
  readonly risen: readonly number[];
  readonly question: TogetherQuestion;
  readonly capacityGbps: Float64Array;
  /** Rows of the demands that ask for something at this level. */
  readonly rows: readonly number[];
  readonly targetGbps: Float64Array;
  readonly fit: Fit;
}

function capacityAt(question: TogetherQuestion, risen: readonly number[]): Float64Array {
  const { capacityGbps, isTurn } = question;
  if (isTurn === undefined) return capacityGbps;
  const part = turnPart(question, risen);
  return capacityGbps.map((gbps, link) => (isTurn[link] === 1 ? Math.max(gbps * part, Number.MIN_VALUE) : gbps));
}

const roomOf = (path: readonly number[], capacityGbps: Float64Array): number => path.reduce((least, link) => Math.min(least, capacityGbps[link]!), Infinity);

/** Where no split is known the parts are as the paths' room. */
function partsByRoom(paths: readonly (readonly number[])[], capacityGbps: Float64Array): readonly number[] {
  const room = paths.map((path) => roomOf(path, capacityGbps));
  const sum = room.reduce((total, gbps) => total + gbps, 0);
  return room.map((gbps) => gbps / sum);
}

/** `starts` are parts by demand to begin with, and become those of the answer. */
function tryLevel(question: TogetherQuestion, groups: number, level: number, starts: (ArrayLike<number> | undefined)[]): Trial {
  const { demands } = question;
  const risen = risenAt(groups, level);
  const rows = demands.flatMap((demand, row) => (targetOf(demand, risen) > 0 ? [row] : []));
  const targetGbps = Float64Array.from(rows, (row) => targetOf(demands[row]!, risen));
  const capacityGbps = capacityAt(question, risen);
  const fit = fitPaths({
    capacityGbps, demandGbps: targetGbps, paths: rows.map((row) => demands[row]!.paths), enoughUtilisation: full,
    start: rows.map((row) => starts[row] ?? partsByRoom(demands[row]!.paths, capacityGbps)),
  });
  rows.forEach((row, at) => { starts[row] = fit.share[at]!; });
  return { level, risen, question, capacityGbps, rows, targetGbps, fit };
}

const fits = ({ fit }: Trial): boolean => fit.maxUtilisation <= fullMost && fit.boundUtilisation <= full;

/** What a path could carry more. */
const roomOn = (path: readonly number[], capacityGbps: Float64Array, load: Float64Array): number => path.reduce((least, link) => Math.min(least, capacityGbps[link]! - load[link]!), Infinity);

/** Part of a rate below which two rates are the same. */
const same = 1e-9;

/** Fills paths in an order; the rates, or `null` where they do not hold all of it. The load is written only then. */
function fill(paths: readonly (readonly number[])[], order: readonly number[], gbps: number, on: { readonly capacityGbps: Float64Array; readonly load: Float64Array }): readonly number[] | null {
  const rates = paths.map(() => 0);
  let left = gbps;
  const put = (path: number, rate: number): void => {
    for (const link of paths[path]!) on.load[link]! += rate;
    rates[path] = rates[path]! + rate;
  };
  for (const path of order) {
    if (left <= gbps * same) break;
    const rate = Math.min(left, roomOn(paths[path]!, on.capacityGbps, on.load));
    if (rate <= gbps * same) continue;
    put(path, rate);
    left -= rate;
  }
  if (left <= gbps * same) return rates;
  rates.forEach((rate, path) => { if (rate > 0) put(path, -rate); });
  return null;
}

/** Rates by demand and candidate, gathered on few paths; a demand whose paths have no room for that stays as it is spread. */
function gathered({ demands }: TogetherQuestion, capacityGbps: Float64Array, spread: readonly number[][]): readonly (readonly number[])[] {
  const load = new Float64Array(capacityGbps.length);
  const put = ({ paths }: TogetherDemand, rates: readonly number[], sign: 1 | -1): void =>
    paths.forEach((links, path) => { if (rates[path]! > 0) for (const link of links) load[link]! += sign * rates[path]!; });
  demands.forEach((demand, row) => put(demand, spread[row]!, 1));
  return demands.map((demand, row) => {
    const { paths, presentPaths } = demand;
    const before = spread[row]!;
    const gbps = before.reduce((sum, rate) => sum + rate, 0);
    if (gbps <= 0) return before;
    put(demand, before, -1);
    const on = { capacityGbps, load };
    const byRate = paths.map((_, path) => path).sort((a, b) => before[b]! - before[a]! || a - b);
    const stay = fill(paths, Array.from({ length: presentPaths }, (_, path) => path), gbps, on);
    if (stay !== null) return stay;
    const single = byRate.find((path) => roomOn(paths[path]!, capacityGbps, load) >= gbps);
    const after = fill(paths, single === undefined ? byRate : [single], gbps, on);
    if (after !== null) return after;
    put(demand, before, 1);
    return before;
  });
}

function answer({ question, risen, rows, targetGbps, capacityGbps, fit }: Trial, boundUtilisation: number): Together {
  const spread = question.demands.map(({ paths }) => paths.map(() => 0));
  // What is a little too much everybody goes without: whoever lays the rates would trim the last one by all of it.
  const trim = Math.max(1, fit.maxUtilisation);
  rows.forEach((row, at) => {
    const gbps = Math.max(question.demands[row]!.leastGbps, targetGbps[at]! / trim);
    fit.share[at]!.forEach((part, path) => { spread[row]![path] = part * gbps; });
  });
  return { isShort: false, risen, boundUtilisation, rateGbps: gathered(question, capacityGbps, spread) };
}

/** The search for a level: the best that fits, the least that does not, and what was proven last. */
interface Search {
  question: TogetherQuestion;
  readonly groups: number;
  readonly step: number;
  readonly starts: (ArrayLike<number> | undefined)[];
  best: Trial | null;
  above: number;
  cut: Cut | null;
  /** Cuts since the best was found. */
  failed: number;
}

/** Where the next trial is: just below the level at which the last proof stops, or half way. */
function nextLevel({ best, above, cut, failed, step }: Search): number {
  const low = best?.level ?? 0;
  if (best === null && failed >= cutsMax) return 0;
  if (cut === null || failed > cutsMax) return (low + above) / 2;
  const crossing = crossingOf(cut, { low, high: above });
  return Math.max(low, crossing - (failed * step) / 32, 0);
}

/** What a level that does not fit teaches: who has to come in, or how low the next one has to be. True when it is to be tried again. */
function learn(search: Search, trial: Trial): boolean {
  const { question, groups } = search;
  const cut = createCut(question, groups, trial.fit.price);
  if (missingAt(cut, trial.level) <= 0 && question.bystanders !== undefined) {
    const helpers = helpersAt(cut, trial.level, trial.fit.maxUtilisation);
    const wider = helpers.length === 0 ? null : question.bystanders.join(question, helpers);
    if (wider !== null) {
      search.question = wider;
      return true;
    }
  }
  search.above = trial.level;
  search.failed += 1;
  search.cut = missingAt(cut, trial.level) > 0 ? cut : null;
  return false;
}

/** The plan of the highest level, or why there is none. A demand that must have nothing and whose group has not risen gets nothing. */
export function assignTogether(first: TogetherQuestion): Together {
  const groups = groupsOf(first);
  const search: Search = { question: first, groups, step: 2 ** -(halvingsOfGroup + Math.ceil(Math.log2(groups))), starts: [], best: null, above: Infinity, cut: null, failed: 0 };
  let level = 1;
  let bound = 0;
  for (let trials = 0; trials < trialsMax; trials++) {
    const trial = tryLevel(search.question, groups, level, search.starts);
    if (fits(trial)) {
      if (level === 1) return answer(trial, 0);
      [search.best, search.failed] = [trial, 0];
    } else {
      if (learn(search, trial)) continue;
      bound = trial.fit.boundUtilisation;
      if (level === 0) break;
    }
    if (search.best !== null && search.above - search.best.level <= search.step / 8) break;
    level = nextLevel(search);
    if (search.best !== null && level <= search.best.level) break;
  }
  const { best, cut, step } = search;
  if (best === null) return { isShort: true, risen: risenAt(groups, 0), rateGbps: [], boundUtilisation: bound };
  return answer(best, cut === null ? bound : provenAt(cut, Math.min(1, best.level + step)));
}
