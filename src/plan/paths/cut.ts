/**
 * What prices of links prove of levels (`assign-together.ts`): at a level that fits, the demands' targets at their cheapest prices cost
 * no more than all the capacity is worth (linear programming duality), whatever the split.
 *
 * Bystanders are in no demand and their light is in no capacity. Each may change the account by what its light costs where it is less
 * what its target would cost on its cheapest path, if that is a gain; so a proof with all these gains holds whoever comes in.
 *
 * Bounds: prices are by link of the question, targets by group of its levels.
 */

import type { Bystander, TogetherDemand, TogetherQuestion } from './together-question.ts';
import { risenAt, targetOf, turnPart } from './together-question.ts';

export interface Cut {
  readonly question: TogetherQuestion;
  readonly groups: number;
  /** What a Gb/s costs each demand on its cheapest path. */
  readonly cheapest: Float64Array;
  /** What all capacity is worth, that of turns by itself. */
  readonly worth: number;
  readonly worthTurn: number;
  readonly bystanders: readonly Bystander[];
}

/** Links whose capacity is worth less than this part of the most worth have no price: a proof needs none of them, and everybody stands somewhere. */
const leastWorth = 1e-4;
/** Gains that come in are this many times what is missing: not everybody who pays finds what he is promised. */
const helpWanted = 2;
/** Halvings that find a crossing. */
const crossingHalvings = 24;

const costOf = (path: readonly number[], price: Float64Array): number => path.reduce((sum, link) => sum + price[link]!, 0);

const cheapestOf = ({ paths }: TogetherDemand, price: Float64Array): number => paths.reduce((least, path) => Math.min(least, costOf(path, price)), Infinity);

export function createCut(question: TogetherQuestion, groups: number, all: Float64Array): Cut {
  const { capacityGbps, isTurn, demands, bystanders } = question;
  const most = all.reduce((best, price, link) => Math.max(best, price * capacityGbps[link]!), 0);
  const price = all.map((own, link) => (own * capacityGbps[link]! >= leastWorth * most ? own : 0));
  let [worth, worthTurn] = [0, 0];
  for (let link = 0; link < price.length; link++) {
    if (isTurn?.[link] === 1) worthTurn += price[link]! * capacityGbps[link]!;
    else worth += price[link]! * capacityGbps[link]!;
  }
  return { question, groups, cheapest: Float64Array.from(demands, (demand) => cheapestOf(demand, price)), worth, worthTurn, bystanders: bystanders?.at(price) ?? [] };
}

/** What a bystander would gain the others by coming in. */
const gainOf = (one: Bystander, risen: readonly number[], part: number): number => one.pays + part * one.paysTurn - one.cheapest * targetOf(one, risen);

interface Account {
  readonly paid: number;
  readonly worth: number;
  /** What bystanders could gain in all. */
  readonly gain: number;
}

function accountAt({ question, groups, cheapest, worth, worthTurn, bystanders }: Cut, level: number): Account {
  const risen = risenAt(groups, level);
  const part = worthTurn > 0 ? turnPart(question, risen) : 0;
  const { demands } = question;
  let [paid, gain] = [0, 0];
  for (let row = 0; row < demands.length; row++) paid += targetOf(demands[row]!, risen) * cheapest[row]!;
  for (const one of bystanders) gain += Math.max(0, gainOf(one, risen, part));
  return { paid, worth: worth + part * worthTurn, gain };
}

/** By how much the targets cost more than there is, even if all bystanders helped: above 0 the level does not fit. */
export function missingAt(cut: Cut, level: number): number {
  const { paid, worth, gain } = accountAt(cut, level);
  return paid - worth - gain;
}

/** How full the fullest link is at least at a level, were bystanders to help. */
export function provenAt(cut: Cut, level: number): number {
  const { paid, worth, gain } = accountAt(cut, level);
  return paid / (worth + gain);
}

/** The highest level that may fit, between two of which the higher one does not. */
export function crossingOf(cut: Cut, { low, high }: { readonly low: number; readonly high: number }): number {
  let [fits, misses] = [low, high];
  for (let halving = 0; halving < crossingHalvings; halving++) {
    const level = (fits + misses) / 2;
    if (missingAt(cut, level) > 0) misses = level;
    else fits = level;
  }
  return fits;
}

/** Rows of the bystanders that should come in, those with the most to gain first, until there is enough. */
export function helpersAt(cut: Cut, level: number, maxUtilisation: number): readonly number[] {
  const risen = risenAt(cut.groups, level);
  const part = turnPart(cut.question, risen);
  const { paid, worth } = accountAt(cut, level);
  const gains = cut.bystanders.map((one) => ({ row: one.row, gain: gainOf(one, risen, part) })).filter(({ gain }) => gain > 0).sort((a, b) => b.gain - a.gain || a.row - b.row);
  const wanted = helpWanted * Math.max(paid - worth, (maxUtilisation - 1) * worth);
  const found: number[] = [];
  let sum = 0;
  for (const { row, gain } of gains) {
    if (sum >= wanted) break;
    found.push(row);
    sum += gain;
  }
  return found;
}
