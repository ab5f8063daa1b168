/**
 * Assigns light to many demands at once: the highest common level at which all of them fit, with the split over their paths.
 *
 * One after another, demands take what the next one cannot do without, and the last finds nothing although the light would do for
 * all: pairs share planes and ports at both ends. Here each demand must have `leastGbps` and wants `wantsGbps`, and demands are in
 * groups, the one whose want weighs most first. As the level rises from 0 to 1 the groups rise one after another, all demands of a
 * group together, from what they must have to what they want. Whether a level fits is the question of the fullest link of a split
 * (`balance.ts`): at most 1 is a plan, and a bound above 1 proves that there is none over these paths. Levels that fit are closed
 * downwards, so the highest is found by halving.
 *
 * A balance leaves every demand on many paths; in the room that is left over each is then gathered on the paths it is on already, else on
 * one path, else on few, so that little moves.
 *
 * Cost: at most 2 + `halvingsOfGroup` + log2(groups) balances. Equal questions have equal answers.
 *
 * Bounds: links are rows of `capacityGbps`; rows of trials are rows of `demands`.
 */

import type { Balance } from './balance.ts';
import { balancePaths } from './balance.ts';

export interface TogetherDemand {
  /** Candidate paths, at least one; none over a link of capacity 0. Those it is on now come first. */
  readonly paths: readonly (readonly number[])[];
  /** How many it is on now. */
  readonly presentPaths: number;
  readonly leastGbps: number;
  /** At least `leastGbps`, and more than 0. */
  readonly wantsGbps: number;
  /** Which rises first; 0 and on. */
  readonly group: number;
}

export interface TogetherQuestion {
  /** Per link, Gb/s. */
  readonly capacityGbps: Float64Array;
  /**
   * Links from this row on stand for the turn of group 0: when it streams alone, at all that it wants, they too must carry it. Its paths
   * name them beside the links that all share, and their capacity counts in proportion to what the group gets.
   */
  readonly turnLinks?: number;
  readonly demands: readonly TogetherDemand[];
}

export interface Together {
  /** Whether not even what each must have fits: then there is no plan. */
  readonly isShort: boolean;
  /** By group, how far it has risen from what its demands must have to what they want, 0 to 1. */
  readonly risen: readonly number[];
  /** By demand and candidate path, Gb/s; empty without a plan. */
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

/** How far each group has risen at a level. */
const risenAt = (groups: number, level: number): readonly number[] => Array.from({ length: groups }, (_, group) => Math.max(0, Math.min(1, level * groups - group)));

const targetOf = ({ leastGbps, wantsGbps, group }: TogetherDemand, risen: readonly number[]): number => leastGbps + (wantsGbps - leastGbps) * risen[group]!;

interface Trial {
  readonly level: number;
  readonly risen: readonly number[];
  /** Rows of the demands that ask for something at this level. */
  readonly rows: readonly number[];
  readonly targetGbps: Float64Array;
  readonly balance: Balance;
}

function capacityAt({ capacityGbps, turnLinks, demands }: TogetherQuestion, risen: readonly number[]): Float64Array {
  if (turnLinks === undefined) return capacityGbps;
  const sum = (of: (demand: TogetherDemand) => number): number => demands.reduce((total, demand) => (demand.group === 0 ? total + of(demand) : total), 0);
  const part = sum((demand) => targetOf(demand, risen)) / Math.max(sum(({ wantsGbps }) => wantsGbps), Number.MIN_VALUE);
  return capacityGbps.map((gbps, link) => (link < turnLinks ? gbps : Math.max(gbps * part, Number.MIN_VALUE)));
}

const groupsOf = ({ demands }: TogetherQuestion): number => demands.reduce((most, { group }) => Math.max(most, group + 1), 1);

function tryLevel(question: TogetherQuestion, level: number): Trial {
  const { demands } = question;
  const risen = risenAt(groupsOf(question), level);
  const rows = demands.flatMap((demand, row) => (targetOf(demand, risen) > 0 ? [row] : []));
  const targetGbps = Float64Array.from(rows, (row) => targetOf(demands[row]!, risen));
  const capacityGbps = capacityAt(question, risen);
  const balance = balancePaths({ capacityGbps, demandGbps: targetGbps, paths: rows.map((row) => demands[row]!.paths), enoughUtilisation: full });
  return { level, risen, rows, targetGbps, balance };
}

const fits = ({ balance }: Trial): boolean => balance.maxUtilisation <= fullMost;

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
  demands.forEach(({ paths }, row) => paths.forEach((links, path) => { for (const link of links) load[link]! += spread[row]![path]!; }));
  return demands.map(({ paths, presentPaths }, row) => {
    const before = spread[row]!;
    const gbps = before.reduce((sum, rate) => sum + rate, 0);
    if (gbps <= 0) return before;
    paths.forEach((links, path) => { for (const link of links) load[link]! -= before[path]!; });
    const on = { capacityGbps, load };
    const byRate = paths.map((_, path) => path).sort((a, b) => before[b]! - before[a]! || a - b);
    const single = byRate.find((path) => roomOn(paths[path]!, capacityGbps, load) >= gbps);
    const after = fill(paths, Array.from({ length: presentPaths }, (_, path) => path), gbps, on) ?? fill(paths, single === undefined ? byRate : [single], gbps, on);
    if (after !== null) return after;
    paths.forEach((links, path) => { for (const link of links) load[link]! += before[path]!; });
    return before;
  });
}

function answer(question: TogetherQuestion, { risen, rows, targetGbps, balance }: Trial, boundUtilisation: number): Together {
  const spread = question.demands.map(({ paths }) => paths.map(() => 0));
  rows.forEach((row, at) => balance.paths[at]!.forEach((path, place) => { spread[row]![question.demands[row]!.paths.indexOf(path)] = balance.share[at]![place]! * targetGbps[at]!; }));
  return { isShort: false, risen, boundUtilisation, rateGbps: gathered(question, capacityAt(question, risen), spread) };
}

/** The plan of the highest level, or why there is none. A demand that must have nothing and whose group has not risen gets nothing. */
export function assignTogether(question: TogetherQuestion): Together {
  let above = tryLevel(question, 1);
  if (fits(above)) return answer(question, above, 0);
  let best = tryLevel(question, 0);
  if (!fits(best)) return { isShort: true, risen: best.risen, rateGbps: [], boundUtilisation: best.balance.boundUtilisation };
  const halvings = halvingsOfGroup + Math.ceil(Math.log2(groupsOf(question)));
  for (let halving = 0; halving < halvings; halving++) {
    const trial = tryLevel(question, (best.level + above.level) / 2);
    if (fits(trial)) best = trial;
    else above = trial;
  }
  return answer(question, best, above.balance.boundUtilisation);
}
