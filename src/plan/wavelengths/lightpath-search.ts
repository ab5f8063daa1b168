/**
 * Allocates lightpaths near the optimum: the best of first-fit, most-used and shortest-first, then a search that swaps.
 *
 * The search is tabu search over weighted independent sets (swaps as in Andrade, Resende and Werneck, J. Heuristics 18, 2012; tabu
 * tenure after Glover, 1989): an unserved demand is put on the route and wavelength where it pushes out the least weight, pushed-out
 * demands look for free light at once, and who came in last may not be pushed out for some moves. Equal moves are taken, so the search
 * walks along plateaus; losing moves are taken now and then to leave a dead end. The best allocation seen is the answer, so it is
 * never below any of the three it starts from. The dice are a parameter: equal dice, equal answers.
 *
 * Bounds: as in `lightpath-table.ts`; tabu entries are per demand.
 */

import type { Dice } from '../../base/dice.ts';
import type { LightpathQuestion, LightpathTable } from './lightpath-table.ts';
import { createLightpathTable, isClear, lift, place, placeFirstFit, placeInOrder, placeMostUsed } from './lightpath-table.ts';

export interface LightpathAnswer {
  /** Route row and wavelength of each demand, -1 where it is not served. */
  readonly route: Int32Array;
  readonly wavelength: Int32Array;
  /** Sum of the weights served. */
  readonly served: number;
  readonly moves: number;
}

export interface SearchLimit {
  readonly dice: Dice;
  /** Moves after which the search ends; it ends at once when all are served. */
  readonly movesMax?: number;
  /** An allocation to start from where it is better than the three rules. */
  readonly start?: Pick<LightpathAnswer, 'route' | 'wavelength'>;
}

/** Moves of a search unless the caller says otherwise, per demand; few demands are searched longer, for each is a larger part of the whole. */
const movesPerDemand = 300;
const movesPerDemandOfFew = 1_500;
const fewDemands = 64;

const movesFor = ({ demandCount }: LightpathQuestion): number => (demandCount <= fewDemands ? movesPerDemandOfFew : movesPerDemand) * demandCount;

const tenureMin = 3;
const tenureSpread = 8;
/** One move in so many may lose weight. */
const losingEvery = 12;
/** Moves without a better answer after which the search returns to the best one. */
const patiencePerDemand = 40;

const copyOf = (table: LightpathTable): LightpathAnswer => ({ route: table.route.slice(), wavelength: table.wavelength.slice(), served: table.served, moves: 0 });

function resetTo(table: LightpathTable, answer: Pick<LightpathAnswer, 'route' | 'wavelength'>): void {
  for (let demand = 0; demand < table.demandCount; demand++) if (table.route[demand]! >= 0) lift(table, demand);
  for (let demand = 0; demand < table.demandCount; demand++) if (answer.route[demand]! >= 0) place(table, demand, answer.route[demand]!, answer.wavelength[demand]!);
}

/** Demands in order of weight, then of their shortest route: short ones leave most for others. */
function placeShortestFirst(table: LightpathTable): void {
  const hops = (demand: number): number => table.linkFirst[table.routeFirst[demand]! + 1]! - table.linkFirst[table.routeFirst[demand]!]!;
  const order = Int32Array.from({ length: table.demandCount }, (_, demand) => demand)
    .filter((demand) => table.routeFirst[demand]! < table.routeFirst[demand + 1]!)
    .sort((left, right) => table.weight[right]! - table.weight[left]! || hops(left) - hops(right) || left - right);
  for (const demand of order) placeMostUsed(table, demand);
}

/** The best of the starts, the first of them on equality. */
function bestStart(question: LightpathQuestion, start: SearchLimit['start']): LightpathTable {
  const fills = [(table: LightpathTable) => placeInOrder(table, placeFirstFit), (table: LightpathTable) => placeInOrder(table, placeMostUsed), placeShortestFirst];
  if (start !== undefined) fills.unshift((table) => resetTo(table, start));
  const starts = fills.map((fill) => {
    const table = createLightpathTable(question);
    fill(table);
    return table;
  });
  return starts.reduce((best, table) => (table.served > best.served ? table : best));
}

interface Move {
  route: number;
  wavelength: number;
  lost: number;
}

/** Where a demand pushes out the least weight; places of demands that came in lately are closed. Equals are drawn evenly. */
function cheapestMove(table: LightpathTable, demand: number, tabu: { readonly until: Int32Array; readonly now: number; readonly dice: Dice }): Move {
  const { holder, link, linkFirst, wavelengthCount, weight } = table;
  const best: Move = { route: -1, wavelength: -1, lost: Infinity };
  let equals = 0;
  for (let route = table.routeFirst[demand]!; route < table.routeFirst[demand + 1]!; route++) {
    for (let wavelength = 0; wavelength < wavelengthCount; wavelength++) {
      let lost = 0;
      const first = linkFirst[route]!;
      for (let at = first; at < linkFirst[route + 1]! && lost <= best.lost; at++) {
        const held = holder[link[at]! * wavelengthCount + wavelength]!;
        if (held === -1) continue;
        if (held === -2 || tabu.until[held]! > tabu.now) lost = Infinity;
        else {
          let isCounted = false;
          for (let earlier = first; earlier < at; earlier++) if (holder[link[earlier]! * wavelengthCount + wavelength] === held) isCounted = true;
          if (!isCounted) lost += weight[held]!;
        }
      }
      if (lost > best.lost || lost === Infinity) continue;
      equals = lost < best.lost ? 1 : equals + 1;
      if (lost < best.lost || tabu.dice.below(equals) === 0) Object.assign(best, { route, wavelength, lost });
    }
  }
  return best;
}

/** Puts a demand in, pushes out who is in the way and lets those look for free light. */
function carryOut(table: LightpathTable, demand: number, move: Move): void {
  const { holder, link, linkFirst, wavelengthCount } = table;
  const out: number[] = [];
  for (let at = linkFirst[move.route]!; at < linkFirst[move.route + 1]!; at++) {
    const held = holder[link[at]! * wavelengthCount + move.wavelength]!;
    if (held < 0) continue;
    out.push(held);
    lift(table, held);
  }
  place(table, demand, move.route, move.wavelength);
  out.sort((left, right) => table.weight[right]! - table.weight[left]! || left - right);
  for (const lost of out) placeMostUsed(table, lost);
}

/** Allocates light to as much weight as the search finds. About movesMax x routes x wavelengths x hops steps. */
export function allocateLightpaths(question: LightpathQuestion, { dice, movesMax = movesFor(question), start }: SearchLimit): LightpathAnswer {
  const table = bestStart(question, start);
  let best = copyOf(table);
  const empty = createLightpathTable(question);
  const servable = Int32Array.from({ length: question.demandCount }, (_, demand) => demand).filter((demand) => canBeServed(question, empty, demand));
  const most = servable.reduce((sum, demand) => sum + question.weight[demand]!, 0);
  const until = new Int32Array(question.demandCount);
  let moves = 0;
  for (let sinceBest = 0; moves < movesMax && best.served < most; moves++, sinceBest++) {
    const waiting = servable.filter((demand) => table.route[demand] === -1);
    const demand = waiting[dice.below(waiting.length)]!;
    const move = cheapestMove(table, demand, { until, now: moves, dice });
    if (move.route < 0 || (move.lost > question.weight[demand]! && dice.below(losingEvery) > 0)) continue;
    carryOut(table, demand, move);
    until[demand] = moves + tenureMin + dice.below(tenureSpread);
    if (table.served > best.served) {
      best = copyOf(table);
      sinceBest = 0;
    } else if (sinceBest > patiencePerDemand * question.demandCount) {
      resetTo(table, best);
      sinceBest = 0;
    }
  }
  return { ...best, moves };
}

/** Whether a demand has a route with a wavelength that is in service all along. */
function canBeServed(question: LightpathQuestion, empty: LightpathTable, demand: number): boolean {
  for (let route = question.routeFirst[demand]!; route < question.routeFirst[demand + 1]!; route++) {
    for (let wavelength = 0; wavelength < question.wavelengthCount; wavelength++) if (isClear(empty, route, wavelength)) return true;
  }
  return false;
}
