/**
 * Schedules the circuits of one switch whose ports all go dark at each change: the best of a few drawn schedules, polished.
 *
 * No single method wins: dense skewed demand wants few long matchings held until they are done, sparse mixed demand wants matchings cut to the
 * sizes of its flows, and switches with few ports want no light unused. Holding is drawn first because it is cheap; where it comes within
 * `nearEnough` of the bound, nothing else is tried. Where everything is cheap, everything is tried, the simple schedulers that others are
 * measured against included: the greedy of Eclipse and the fill of Solstice.
 */

import type { CircuitDemand } from './circuit-demand.ts';
import { allStopBoundNs, portLoads } from './circuit-demand.ts';
import { drawPricedSlots } from './priced-slots.ts';
import type { CircuitSlot } from './slots.ts';
import { makespanOf } from './slots.ts';
import { drawStuffedSlots } from './stuffed-slots.ts';
import { swapSlots } from './swap-slots.ts';

export interface SlotSchedule {
  readonly slots: readonly CircuitSlot[];
  /** Dark time and light of all slots. */
  readonly makespanNs: number;
  /** No schedule with these dark times is shorter. */
  readonly boundNs: number;
  /** Full sentences with figures, most important first. */
  readonly reasons: readonly string[];
}

/** A schedule this close to its bound is not improved further, on more than a few ports. */
const nearEnough = 1.002;
/** On ports with many circuits every drawing is dear, and one this close is only polished. */
const nearEnoughDense = 1.03;
/** Demands with at least this many dark times per mean light are served in few slots, so that one more drawing is affordable, or two. */
const quickDarkShare = 0.1;
const quickestDarkShare = 0.4;
/** Solved matchings per port degree are kept near this: ports with many circuits need many slots, each of which tries fewer lights. */
const lightsPerDegree = 128;
const lightsMin = 2;
const lightsUsual = 8;
/** Ports with at most this many circuits are worth further drawings. */
const fewCircuits = 24;
/** Ports with at most this many circuits are served in so few slots that every drawing is cheap. */
const fewestCircuits = 6;
/** On switches of at most this many ports a drawing takes a millisecond or two. */
const fewPorts = 16;

interface Drawing {
  readonly name: string;
  readonly draw: (demand: CircuitDemand, darkNs: number) => readonly CircuitSlot[];
}

const priced = (name: string, options: { readonly priceExponent: number; readonly lightsMax: number; readonly finishNs?: number }): Drawing =>
  ({ name, draw: (demand, darkNs) => drawPricedSlots(demand, { ...options, darkNs }) });

const held = priced('matchings held until done', { priceExponent: 0, lightsMax: 1 });
const most = priced('matchings that serve most per time', { priceExponent: 0, lightsMax: 2 * lightsUsual, finishNs: 0 });
const largestFirst: Drawing = { name: 'matchings of a demand filled up to equal ports, largest entries first', draw: (demand) => drawStuffedSlots(demand, 'largestFirst') };
const asTheyCome: Drawing = { name: 'matchings of a demand filled up to equal ports, as they come', draw: (demand) => drawStuffedSlots(demand, 'asTheyCome') };
const cutName = 'matchings cut to the flows, ports priced by load';

/** Most circuits of a port. */
const degreeOf = (demand: CircuitDemand): number => portLoads(demand).degree.reduce((largest, count) => Math.max(largest, count), 1);

/** The drawings to try after `held`, the most promising first. */
function cutDrawings(demand: CircuitDemand, degree: number, darkNs: number): readonly Drawing[] {
  const lit = demand.needNs.filter((need) => need > 0);
  const lights = Math.max(lightsMin, Math.min(lightsUsual, Math.floor(lightsPerDegree / degree)));
  const darkShare = degree > fewCircuits ? 0 : (darkNs * lit.length) / lit.reduce((sum, need) => sum + need, 0);
  const isCheap = demand.ports <= fewPorts || degree <= fewestCircuits;
  // More draws of other lights and flatter prices: which of them wins changes from demand to demand.
  return [
    priced(cutName, { priceExponent: 4, lightsMax: lights }),
    ...(isCheap || darkShare >= quickDarkShare ? [priced(cutName, { priceExponent: 4, lightsMax: lightsUsual - 2 })] : []),
    ...(isCheap || darkShare >= quickestDarkShare ? [priced(cutName, { priceExponent: 2, lightsMax: lightsUsual - 2 })] : []),
    ...(isCheap ? [most, largestFirst, asTheyCome] : []),
  ];
}

interface Drawn {
  readonly drawing: Drawing;
  readonly slots: readonly CircuitSlot[];
}

/** Drawings one after another, until one is near enough. Of many circuits per port only the best drawing is polished, of fewer all are. */
function drawBest(demand: CircuitDemand, darkNs: number, boundNs: number): Drawn {
  const degree = degreeOf(demand);
  const isDense = degree > fewCircuits && demand.ports > fewPorts;
  const enoughNs = (demand.ports > fewPorts ? nearEnough : 1) * boundNs;
  const lengthNs = ({ slots }: Drawn): number => makespanOf(slots, darkNs);
  const polish = (one: Drawn): Drawn => (lengthNs(one) <= enoughNs ? one : { ...one, slots: swapSlots(demand, one.slots) });
  const draw = (drawing: Drawing): Drawn => {
    const drawn = { drawing, slots: drawing.draw(demand, darkNs) };
    return isDense ? drawn : polish(drawn);
  };
  let best = draw(held);
  for (const drawing of cutDrawings(demand, degree, darkNs)) {
    if (lengthNs(best) <= (isDense ? nearEnoughDense * boundNs : enoughNs)) break;
    const next = draw(drawing);
    if (lengthNs(next) < lengthNs(best)) best = next;
  }
  return isDense ? polish(best) : best;
}

const us = (ns: number): string => `${Number((ns / 1000).toPrecision(4))} us`;

/**
 * Slots that serve all demand, each after `darkNs` in which no port carries light. Deterministic; an empty demand needs no slot.
 * 64 ports take some 20 to 50 ms.
 */
export function scheduleCircuits(demand: CircuitDemand, { darkNs }: { readonly darkNs: number }): SlotSchedule {
  const boundNs = allStopBoundNs(demand, darkNs);
  const { drawing, slots } = drawBest(demand, darkNs, boundNs);
  const makespanNs = makespanOf(slots, darkNs);
  const gap = boundNs === 0 ? 0 : makespanNs / boundNs - 1;
  return {
    slots, makespanNs, boundNs,
    reasons: [
      `${slots.length} matchings serve the demand in ${us(makespanNs)}, ${(100 * gap).toFixed(2)} % above the bound of ${us(boundNs)}, ${us(slots.length * darkNs)} of it dark.`,
      `Drawn as ${drawing.name}.`,
    ],
  };
}
