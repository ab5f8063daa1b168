/**
 * Draws matchings from a demand that was filled up until every port has the same sum: as they come, or largest entries first.
 *
 * With equal sums a perfect matching always exists over the entries left (Birkhoff, "Tres observaciones sobre el algebra lineal", 1946), so
 * no port that others wait for ever stands idle. Largest first is Solstice (Liu et al., "Scheduling techniques for hybrid circuit/packet
 * networks", CoNEXT 2015, section 4): entries in use are filled up first, and matchings are taken over entries of at least a threshold that
 * halves whenever none is left. Light is nearly all used, at the price of many dark times, which is what small switches with short dark
 * times want.
 *
 * Bounds: tables hold ports x ports entries row by row; rows and columns run below `ports`; loads hold inputs first, then outputs.
 */

import type { CircuitDemand } from './circuit-demand.ts';
import { portLoads } from './circuit-demand.ts';
import type { CircuitSlot } from './slots.ts';
import { roundingNs } from './slots.ts';

export type MatchingOrder = 'asTheyCome' | 'largestFirst';

/** Raises entries until all rows and columns have the largest sum. */
function stuffed(demand: CircuitDemand, order: MatchingOrder): Float64Array {
  const { ports, needNs } = demand;
  const full = needNs.slice();
  const loads = portLoads(demand).needNs;
  const most = loads.reduce((largest, load) => Math.max(largest, load), 0);
  for (const usedFirst of order === 'largestFirst' ? [true, false] : [false]) {
    for (let at = 0; at < full.length; at++) {
      if (usedFirst && needNs[at] === 0) continue;
      const input = Math.floor(at / ports);
      const output = ports + (at % ports);
      const add = most - Math.max(loads[input]!, loads[output]!);
      if (add <= 0) continue;
      full[at]! += add;
      loads[input]! += add;
      loads[output]! += add;
    }
  }
  return full;
}

/** A perfect matching over entries of at least `least` by augmenting paths (Kuhn 1955), or `null`. */
function perfectMatching(ports: number, rest: Float64Array, least: number): Int32Array | null {
  const inputOf = new Int32Array(ports).fill(-1);
  const seenBy = new Int32Array(ports).fill(-1);
  const place = (input: number, asker: number): boolean => {
    for (let output = 0; output < ports; output++) {
      if (seenBy[output] === asker || rest[input * ports + output]! < least) continue;
      seenBy[output] = asker;
      const holder = inputOf[output]!;
      if (holder >= 0 && !place(holder, asker)) continue;
      inputOf[output] = input;
      return true;
    }
    return false;
  };
  for (let input = 0; input < ports; input++) if (!place(input, input)) return null;
  const output = new Int32Array(ports);
  inputOf.forEach((input, to) => { output[input] = to; });
  return output;
}

/** Takes the matching off a table for a time; what is left of rounding goes. */
function take(ports: number, rest: Float64Array, slot: CircuitSlot, roundNs: number): void {
  slot.output.forEach((to, input) => {
    const left = rest[input * ports + to]! - slot.durationNs;
    rest[input * ports + to] = left <= roundNs ? 0 : left;
  });
}

/** Slots that serve all demand; matchings that carry filling alone are not set. Deterministic. */
export function drawStuffedSlots(demand: CircuitDemand, order: MatchingOrder): readonly CircuitSlot[] {
  const { ports } = demand;
  const rest = stuffed(demand, order);
  const wanted = demand.needNs.slice();
  const largest = rest.reduce((most, need) => Math.max(most, need), 0);
  const roundNs = roundingNs({ ports, needNs: rest });
  const slots: CircuitSlot[] = [];
  for (let least = order === 'largestFirst' ? 2 ** Math.floor(Math.log2(largest)) : roundNs; wanted.some((need) => need > 0);) {
    const output = perfectMatching(ports, rest, Math.max(least, roundNs));
    if (output === null) {
      // Equal sums lose their equality only by rounding, of which a demand may leave a trace: each is served by itself.
      if (least <= roundNs) return [...slots, ...singles(ports, wanted)];
      least /= 2;
      continue;
    }
    const durationNs = output.reduce((shortest, to, input) => Math.min(shortest, rest[input * ports + to]!), Infinity);
    const slot = { output, durationNs };
    const isUseful = output.some((to, input) => wanted[input * ports + to]! > 0);
    take(ports, rest, slot, roundNs);
    take(ports, wanted, slot, roundNs);
    if (isUseful) slots.push(slot);
  }
  return slots;
}

/** One slot per entry. */
function singles(ports: number, wanted: Float64Array): readonly CircuitSlot[] {
  return [...wanted].flatMap((durationNs, at) => {
    if (durationNs <= 0) return [];
    const output = new Int32Array(ports).fill(-1);
    output[Math.floor(at / ports)] = at % ports;
    return [{ output, durationNs }];
  });
}
