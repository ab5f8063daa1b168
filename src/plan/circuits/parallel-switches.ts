/**
 * Spreads a demand over several circuit switches to which every port is wired once, so that all switches end together.
 *
 * The outline is that of Spectra (arXiv 2603.07373): decompose the demand into few weighted matchings, give each to a switch, then equalise.
 * The decomposition is the best schedule of one switch, where each slot costs its light and one dark time. Slots go longest first to the switch
 * that ends earliest; then slots are moved and exchanged from the switch that ends last for as long as that helps. Where one slot is too long
 * for its share it is cut in two, which costs one dark time more: a cut is kept only if everything ends earlier with it.
 */

import type { CircuitDemand } from './circuit-demand.ts';
import { parallelBoundNs } from './circuit-demand.ts';
import { scheduleCircuits } from './schedule-circuits.ts';
import type { CircuitSlot } from './slots.ts';
import { makespanOf } from './slots.ts';

export interface ParallelSchedule {
  /** The slots of each switch, in order. */
  readonly switches: readonly (readonly CircuitSlot[])[];
  readonly makespanNs: number;
  /** No schedule on as many switches is shorter. */
  readonly boundNs: number;
  readonly reasons: readonly string[];
}

/** Moves and exchanges end here at the latest; each one lowers the last end. */
const movesMax = 400;
/** Gains below this share of the makespan are rounding. */
const gainShare = 1e-9;

interface Load {
  readonly slots: CircuitSlot[];
  endNs: number;
}

/** Longest first, each to the switch that ends earliest; ties to the lower switch. */
function spreadLongestFirst(slots: readonly CircuitSlot[], switches: number, darkNs: number): readonly Load[] {
  const loads: Load[] = Array.from({ length: switches }, () => ({ slots: [], endNs: 0 }));
  for (const slot of [...slots].sort((one, other) => other.durationNs - one.durationNs)) {
    const least = loads.reduce((best, load) => (load.endNs < best.endNs ? load : best));
    least.slots.push(slot);
    least.endNs += slot.durationNs + darkNs;
  }
  return loads;
}

const lastOf = (loads: readonly Load[]): Load => loads.reduce((last, load) => (load.endNs > last.endNs ? load : last));
const lastEndNs = (loads: readonly Load[]): number => loads.reduce((last, { endNs }) => Math.max(last, endNs), 0);

interface Exchange {
  readonly partner: Load;
  /** Place in the last switch's slots, and in the partner's; -1 there when the slot only moves. */
  readonly ours: number;
  readonly theirs: number;
  readonly shiftNs: number;
  /** When the later of the two switches ends afterwards. */
  readonly laterNs: number;
}

/** The move or exchange with one other switch after which the later of the two ends earliest. */
function bestExchange(loads: readonly Load[], darkNs: number): Exchange | null {
  const last = lastOf(loads);
  let best: Exchange | null = null;
  for (const partner of loads) {
    if (partner === last) continue;
    last.slots.forEach((slot, ours) => {
      for (let theirs = -1; theirs < partner.slots.length; theirs++) {
        const other = partner.slots[theirs];
        const shiftNs = other === undefined ? slot.durationNs + darkNs : slot.durationNs - other.durationNs;
        if (shiftNs <= 0) continue;
        const laterNs = Math.max(last.endNs - shiftNs, partner.endNs + shiftNs);
        if (laterNs < (best?.laterNs ?? last.endNs * (1 - gainShare))) best = { partner, ours, theirs, shiftNs, laterNs };
      }
    });
  }
  return best;
}

function improve(loads: readonly Load[], darkNs: number): void {
  for (let move = 0; move < movesMax; move++) {
    const best = bestExchange(loads, darkNs);
    if (best === null) return;
    const last = lastOf(loads);
    const [given] = last.slots.splice(best.ours, 1);
    const [taken] = best.theirs < 0 ? [] : best.partner.slots.splice(best.theirs, 1);
    if (given !== undefined) best.partner.slots.push(given);
    if (taken !== undefined) last.slots.push(taken);
    last.endNs -= best.shiftNs;
    best.partner.endNs += best.shiftNs;
  }
}

/** Slots with one of them cut so that its first part lasts `firstNs`. */
const cutSlot = (slots: readonly CircuitSlot[], slot: CircuitSlot, firstNs: number): readonly CircuitSlot[] => [
  ...slots.filter((one) => one !== slot), { ...slot, durationNs: firstNs }, { ...slot, durationNs: slot.durationNs - firstNs },
];

function spread(slots: readonly CircuitSlot[], switches: number, darkNs: number): readonly Load[] {
  const loads = spreadLongestFirst(slots, switches, darkNs);
  improve(loads, darkNs);
  return loads;
}

/** Cuts a slot of the switch that ends last, so that it and the switch that ends first share what they have, dark time of the cut included. */
function cutOnce(loads: readonly Load[], darkNs: number): readonly CircuitSlot[] | null {
  const last = lastOf(loads);
  const first = loads.reduce((least, load) => (load.endNs < least.endNs ? load : least));
  const moveNs = (last.endNs - first.endNs - darkNs) / 2;
  const longest = last.slots.reduce((most, slot) => (slot.durationNs > most.durationNs ? slot : most));
  if (!(moveNs > 0 && moveNs < longest.durationNs)) return null;
  return cutSlot(loads.flatMap(({ slots }) => slots), longest, longest.durationNs - moveNs);
}

/**
 * Equalises by cutting, as long as the last end comes no later, for of several switches that end last only one is relieved at a time; at
 * most one cut per switch and slot. Cuts that have led to nothing are left out.
 */
function equalise(start: readonly Load[], darkNs: number): readonly Load[] {
  let best = start;
  let latest = start;
  const cutsMax = start.length + start.reduce((sum, { slots }) => sum + slots.length, 0);
  for (let cut = 0; cut < cutsMax; cut++) {
    const slots = cutOnce(latest, darkNs);
    if (slots === null) break;
    const next = spread(slots, start.length, darkNs);
    if (lastEndNs(next) > lastEndNs(latest) * (1 + gainShare)) break;
    latest = next;
    if (lastEndNs(next) < lastEndNs(best) * (1 - gainShare)) best = next;
  }
  return best;
}

/**
 * Cuts the slots, laid end to end, into equal shares (McNaughton's wrap-around rule, Management Science 6, 1959): each cut costs one dark
 * time, the makespan is at most (sum + (switches - 1) x dark time) / switches, and a short sum leaves switches idle.
 */
function wrapAround(slots: readonly CircuitSlot[], switches: number, darkNs: number): readonly Load[] {
  const shareNs = (makespanOf(slots, darkNs) + (switches - 1) * darkNs) / switches;
  const loads: Load[] = Array.from({ length: switches }, () => ({ slots: [], endNs: 0 }));
  let row = 0;
  for (const slot of slots) {
    for (let restNs = slot.durationNs; restNs > 0;) {
      const load = loads[row];
      if (load === undefined) break;
      const roomNs = row === switches - 1 ? Infinity : shareNs - load.endNs - darkNs;
      const durationNs = Math.min(restNs, roomNs);
      if (durationNs > 0) {
        load.slots.push({ ...slot, durationNs });
        load.endNs += durationNs + darkNs;
        restNs -= durationNs;
      }
      if (restNs > 0) row += 1;
    }
  }
  return loads;
}

/** Slots on each switch that serve all demand together, every port of a switch dark before each of its slots. Deterministic. */
export function scheduleParallelCircuits(demand: CircuitDemand, options: { readonly darkNs: number; readonly switches: number }): ParallelSchedule {
  const { darkNs, switches } = options;
  if (!(Number.isInteger(switches) && switches > 0)) throw new RangeError(`${switches} switches carry nothing`);
  const { slots } = scheduleCircuits(demand, { darkNs });
  const spreadLoads = slots.length === 0 ? spreadLongestFirst(slots, switches, darkNs) : equalise(spread(slots, switches, darkNs), darkNs);
  const wrapped = wrapAround(slots, switches, darkNs);
  const loads = lastEndNs(wrapped) < lastEndNs(spreadLoads) ? wrapped : spreadLoads;
  const makespanNs = lastEndNs(loads);
  const boundNs = parallelBoundNs(demand, options);
  const gap = boundNs === 0 ? 0 : makespanNs / boundNs - 1;
  const cuts = loads.reduce((sum, load) => sum + load.slots.length, 0) - slots.length;
  return {
    switches: loads.map((load) => load.slots), makespanNs, boundNs,
    reasons: [`${slots.length} matchings on ${switches} switches end after ${Number((makespanNs / 1000).toPrecision(4))} us, ${(100 * gap).toFixed(2)} % above the bound; ${cuts} were cut to end together.`],
  };
}
