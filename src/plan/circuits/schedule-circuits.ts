/**
 * Schedules the circuits of one switch whose ports all go dark at each change: the best of a few drawn schedules, polished.
 *
 * No single method wins: dense skewed demand wants few long matchings held until they are done, sparse mixed demand wants matchings cut to the
 * sizes of its flows. Holding is drawn first because it is cheap; where it comes within `nearEnough` of the bound, nothing else is tried.
 */

import type { CircuitDemand } from './circuit-demand.ts';
import { allStopBoundNs, portLoads } from './circuit-demand.ts';
import { drawPricedSlots } from './priced-slots.ts';
import type { CircuitSlot } from './slots.ts';
import { makespanOf } from './slots.ts';
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

/** A schedule this close to its bound is not improved further. */
const nearEnough = 1.002;
/** Demands with at least this many dark times per mean light are served in few slots, so that one more drawing is affordable, or two. */
const quickDarkShare = 0.1;
const quickestDarkShare = 0.4;
/** Solved matchings per port degree are kept near this: ports with many circuits need many slots, each of which tries fewer lights. */
const lightsPerDegree = 128;
const lightsMin = 2;
const lightsUsual = 8;
/** Ports with at most this many circuits are worth further drawings. */
const fewCircuits = 24;

interface Drawing {
  readonly name: string;
  readonly priceExponent: number;
  readonly lightsMax: number;
}

const held: Drawing = { name: 'matchings held until done', priceExponent: 0, lightsMax: 1 };
const cutName = 'matchings cut to the flows, ports priced by load';

/** The drawings to try after `held`, the most promising first. */
function cutDrawings(demand: CircuitDemand, darkNs: number): readonly Drawing[] {
  const lit = demand.needNs.filter((need) => need > 0);
  const degree = portLoads(demand).degree.reduce((most, count) => Math.max(most, count), 1);
  const lights = Math.max(lightsMin, Math.min(lightsUsual, Math.floor(lightsPerDegree / degree)));
  const darkShare = degree > fewCircuits ? 0 : (darkNs * lit.length) / lit.reduce((sum, need) => sum + need, 0);
  const usual: Drawing = { name: cutName, priceExponent: 4, lightsMax: lights };
  // More draws of other lights and flatter prices: which of them wins changes from demand to demand.
  return [
    usual,
    ...(darkShare >= quickDarkShare ? [{ ...usual, lightsMax: lightsUsual - 2 }] : []),
    ...(darkShare >= quickestDarkShare ? [{ ...usual, priceExponent: 2, lightsMax: lightsUsual - 2 }] : []),
  ];
}

/** Drawings one after another, until one is near enough. */
function drawBest(demand: CircuitDemand, darkNs: number, boundNs: number): { readonly drawing: Drawing; readonly slots: readonly CircuitSlot[] } {
  const isNear = (slots: readonly CircuitSlot[]): boolean => makespanOf(slots, darkNs) <= nearEnough * boundNs;
  const draw = (drawing: Drawing): { readonly drawing: Drawing; readonly slots: readonly CircuitSlot[] } => {
    const slots = drawPricedSlots(demand, { ...drawing, darkNs });
    return { drawing, slots: isNear(slots) ? slots : swapSlots(demand, slots) };
  };
  let best = draw(held);
  for (const drawing of cutDrawings(demand, darkNs)) {
    if (isNear(best.slots)) break;
    const next = draw(drawing);
    if (makespanOf(next.slots, darkNs) < makespanOf(best.slots, darkNs)) best = next;
  }
  return best;
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
