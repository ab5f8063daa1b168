/**
 * Chooses one way for each of many wavelengths whose light may change its slot on the way, so that no link carries more than it has slots.
 *
 * Where nodes convert light, each stretch between two of them takes any slot that is free there: on the whole only the number of
 * wavelengths on a link counts, and the choice is an unsplittable flow of units. The search is the tabu search of `lightpath-search.ts`
 * with links that hold several: an unserved demand goes where it pushes out the least weight, who was pushed out looks for a free way at
 * once, and who came in last stays for some moves. The best choice seen is the answer. The dice are a parameter: equal dice, equal answers.
 *
 * Bounds: ways of demand d are rows wayFirst[d] to wayFirst[d + 1], links of way w are link[linkFirst[w]] to link[linkFirst[w + 1] - 1];
 * all rows lie inside their tables.
 */

import type { Dice } from '../../base/dice.ts';

export interface WaysQuestion {
  readonly demandCount: number;
  readonly wayFirst: Int32Array;
  readonly linkFirst: Int32Array;
  readonly link: Int32Array;
  /** Wavelengths that each link can carry. */
  readonly capacity: Int32Array;
  /** Worth of serving each demand; see `classWeight`. */
  readonly weight: Float64Array;
}

/** Moves of a search: so many for each demand, and so many in all. */
const movesPerDemand = 300;
const movesMax = 300_000;
const tenureMin = 3;
const tenureSpread = 8;
/** One move in so many may lose weight. */
const losingEvery = 12;
/** Moves without a better answer, for each demand, after which the search returns to the best one. */
const patiencePerDemand = 40;

class Choice {
  readonly way: Int32Array;
  readonly #question: WaysQuestion;
  /** Demands on each link. */
  readonly #on: number[][];
  served = 0;

  constructor(question: WaysQuestion) {
    this.#question = question;
    this.way = new Int32Array(question.demandCount).fill(-1);
    this.#on = Array.from(question.capacity, () => []);
  }

  place(demand: number, way: number): void {
    const { link, linkFirst, weight } = this.#question;
    for (let at = linkFirst[way]!; at < linkFirst[way + 1]!; at++) this.#on[link[at]!]!.push(demand);
    this.way[demand] = way;
    this.served += weight[demand]!;
  }

  lift(demand: number): void {
    const { link, linkFirst, weight } = this.#question;
    const way = this.way[demand]!;
    for (let at = linkFirst[way]!; at < linkFirst[way + 1]!; at++) {
      const on = this.#on[link[at]!]!;
      on[on.indexOf(demand)] = on[on.length - 1]!;
      on.pop();
    }
    this.way[demand] = -1;
    this.served -= weight[demand]!;
  }

  /** The free way whose fullest link is the emptiest, the first of them on equality; -1 for none. */
  freeWay(demand: number): number {
    const { wayFirst, link, linkFirst, capacity } = this.#question;
    let best = -1;
    let bestFill = 1;
    for (let way = wayFirst[demand]!; way < wayFirst[demand + 1]!; way++) {
      let fill = 0;
      for (let at = linkFirst[way]!; at < linkFirst[way + 1]!; at++) fill = Math.max(fill, capacity[link[at]!]! === 0 ? 1 : this.#on[link[at]!]!.length / capacity[link[at]!]!);
      if (fill < bestFill) [best, bestFill] = [way, fill];
    }
    return best;
  }

  /** Who would have to go for a demand on a way: of each full link the one of least weight, equals drawn evenly; `null` where nobody there may. */
  rivals(way: number, mayGo: (demand: number) => boolean, dice: Dice): readonly number[] | null {
    const { link, linkFirst, capacity, weight } = this.#question;
    const out: number[] = [];
    for (let at = linkFirst[way]!; at < linkFirst[way + 1]!; at++) {
      const on = this.#on[link[at]!]!;
      if (on.length < capacity[link[at]!]! || out.some((demand) => on.includes(demand))) continue;
      let least = -1;
      let equals = 0;
      for (const demand of on) {
        if (!mayGo(demand) || (least >= 0 && weight[demand]! > weight[least]!)) continue;
        equals = least >= 0 && weight[demand] === weight[least] ? equals + 1 : 1;
        if (equals === 1 || dice.below(equals) === 0) least = demand;
      }
      if (least < 0) return null;
      out.push(least);
    }
    return out;
  }
}

function fillUp(question: WaysQuestion): Choice {
  const choice = new Choice(question);
  const order = Int32Array.from({ length: question.demandCount }, (_, demand) => demand).sort((left, right) => question.weight[right]! - question.weight[left]! || left - right);
  for (const demand of order) {
    const way = choice.freeWay(demand);
    if (way >= 0) choice.place(demand, way);
  }
  return choice;
}

/** Ways that exist at all: no link of theirs is without a slot. */
function canBeServed({ wayFirst, linkFirst, link, capacity }: WaysQuestion, demand: number): boolean {
  for (let way = wayFirst[demand]!; way < wayFirst[demand + 1]!; way++) if (link.subarray(linkFirst[way], linkFirst[way + 1]).every((one) => capacity[one]! > 0)) return true;
  return false;
}

/** The way row of each demand, -1 where it is not served. */
export function chooseWays(question: WaysQuestion, { dice }: { readonly dice: Dice }): Int32Array {
  const { demandCount, wayFirst, weight } = question;
  const choice = fillUp(question);
  let [best, bestServed] = [choice.way.slice(), choice.served];
  const servable = Int32Array.from({ length: demandCount }, (_, demand) => demand).filter((demand) => canBeServed(question, demand));
  const most = servable.reduce((sum, demand) => sum + weight[demand]!, 0);
  const until = new Int32Array(demandCount);
  const moves = Math.min(movesMax, movesPerDemand * demandCount);
  for (let move = 0, sinceBest = 0; move < moves && bestServed < most; move++, sinceBest++) {
    const waiting = servable.filter((demand) => choice.way[demand] === -1);
    const demand = waiting[dice.below(waiting.length)]!;
    let found: { readonly way: number; readonly out: readonly number[] } | null = null;
    let [foundLost, equals] = [Infinity, 0];
    for (let way = wayFirst[demand]!; way < wayFirst[demand + 1]!; way++) {
      const out = choice.rivals(way, (rival) => until[rival]! <= move, dice);
      const lost = out === null ? Infinity : out.reduce((sum, rival) => sum + weight[rival]!, 0);
      if (out === null || lost > foundLost) continue;
      equals = lost < foundLost ? 1 : equals + 1;
      if (equals === 1 || dice.below(equals) === 0) [found, foundLost] = [{ way, out }, lost];
    }
    if (found === null || (foundLost > weight[demand]! && dice.below(losingEvery) > 0)) continue;
    for (const rival of found.out) choice.lift(rival);
    choice.place(demand, found.way);
    for (const rival of found.out) {
      const way = choice.freeWay(rival);
      if (way >= 0) choice.place(rival, way);
    }
    until[demand] = move + tenureMin + dice.below(tenureSpread);
    if (choice.served > bestServed) [best, bestServed, sinceBest] = [choice.way.slice(), choice.served, 0];
    else if (sinceBest > patiencePerDemand * demandCount) {
      for (let one = 0; one < demandCount; one++) if (choice.way[one]! >= 0) choice.lift(one);
      for (let one = 0; one < demandCount; one++) if (best[one]! >= 0) choice.place(one, best[one]!);
      sinceBest = 0;
    }
  }
  return best;
}
