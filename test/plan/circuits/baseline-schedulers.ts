/** The four simple schedulers of the `ocs-baseline` rows, re-implemented to be beaten: BvN, Solstice-like, Eclipse-like greedy, hold until done. */

import type { CircuitDemand } from '../../../src/plan/circuits/circuit-demand.ts';
import { portLoads } from '../../../src/plan/circuits/circuit-demand.ts';
import { createMatcher } from '../../../src/plan/circuits/matching.ts';
import type { CircuitSlot } from '../../../src/plan/circuits/slots.ts';

export type Baseline = (demand: CircuitDemand, darkNs: number) => readonly CircuitSlot[];

/** Raises entries until all rows and columns have the largest sum; entries already in use first (QuickStuff of Solstice). */
function stuffed(demand: CircuitDemand, options: { readonly usedFirst: boolean }): Float64Array {
  const { ports } = demand;
  const full = demand.needNs.slice();
  const loads = portLoads(demand).needNs;
  const most = loads.reduce((largest, load) => Math.max(largest, load), 0);
  for (const used of options.usedFirst ? [true, false] : [false]) {
    for (let at = 0; at < full.length; at++) {
      if (used && full[at] === 0) continue;
      const input = Math.floor(at / ports);
      const output = ports + (at % ports);
      const add = most - Math.max(loads[input] ?? 0, loads[output] ?? 0);
      if (add <= 0) continue;
      full[at] = (full[at] ?? 0) + add;
      loads[input] = (loads[input] ?? 0) + add;
      loads[output] = (loads[output] ?? 0) + add;
    }
  }
  return full;
}

/** Any perfect matching over entries of at least `least` (Kuhn's augmenting paths), or null. */
function perfectMatching(ports: number, rest: Float64Array, least: number): Int32Array | null {
  const inputOf = new Int32Array(ports).fill(-1);
  const seen = new Int32Array(ports).fill(-1);
  const place = (input: number, round: number): boolean => {
    for (let output = 0; output < ports; output++) {
      if (seen[output] === round || (rest[input * ports + output] ?? 0) < least) continue;
      seen[output] = round;
      const holder = inputOf[output] ?? -1;
      if (holder >= 0 && !place(holder, round)) continue;
      inputOf[output] = input;
      return true;
    }
    return false;
  };
  for (let input = 0; input < ports; input++) if (!place(input, input)) return null;
  const output = new Int32Array(ports);
  inputOf.forEach((input, to) => void (output[input] = to));
  return output;
}

/** Takes the matching out of the rest for as long as its smallest entry lasts. */
function takeWhole(ports: number, rest: Float64Array, output: Int32Array, round: number): CircuitSlot {
  let durationNs = Infinity;
  output.forEach((to, input) => void (durationNs = Math.min(durationNs, rest[input * ports + to] ?? 0)));
  output.forEach((to, input) => {
    const left = (rest[input * ports + to] ?? 0) - durationNs;
    rest[input * ports + to] = left <= round ? 0 : left;
  });
  return { output, durationNs };
}

/** Takes perfect matchings above a threshold until all real demand is served; matchings that carry stuffing alone are not set. */
function decompose(demand: CircuitDemand, options: { readonly halving: boolean }): readonly CircuitSlot[] {
  const { ports } = demand;
  const rest = stuffed(demand, { usedFirst: options.halving });
  const real = demand.needNs.slice();
  const largest = rest.reduce((most, need) => Math.max(most, need), 0);
  const round = largest * 1e-9;
  const slots: CircuitSlot[] = [];
  let least = options.halving ? 2 ** Math.floor(Math.log2(largest)) : round;
  while (real.some((need) => need > round)) {
    const output = perfectMatching(ports, rest, least);
    if (output === null) {
      if (least <= round) break;
      least = Math.max(round, least / 2);
      continue;
    }
    const slot = takeWhole(ports, rest, output, round);
    if (output.some((to, input) => (real[input * ports + to] ?? 0) > round)) slots.push(slot);
    output.forEach((to, input) => void (real[input * ports + to] = Math.max(0, (real[input * ports + to] ?? 0) - slot.durationNs)));
  }
  return slots;
}

/** Birkhoff and von Neumann: stuff to equal sums, take any perfect matching for its smallest entry. */
export const birkhoff: Baseline = (demand) => decompose(demand, { halving: false });

/** Solstice: stuff used entries first, take perfect matchings above a halving threshold. */
export const solsticeLike: Baseline = (demand) => decompose(demand, { halving: true });

/** Serves the rest by matchings that `choose` names until nothing is left. */
function serveBy(demand: CircuitDemand, choose: (rest: Float64Array) => CircuitSlot): readonly CircuitSlot[] {
  const { ports } = demand;
  const rest = demand.needNs.slice();
  const round = rest.reduce((most, need) => Math.max(most, need), 0) * 1e-9;
  const slots: CircuitSlot[] = [];
  while (rest.some((need) => need > 0)) {
    const slot = choose(rest);
    slots.push(slot);
    slot.output.forEach((to, input) => {
      const left = (rest[input * ports + to] ?? 0) - slot.durationNs;
      rest[input * ports + to] = left <= round ? 0 : left;
    });
  }
  return slots;
}

/** Eclipse-like: the matching and duration that serve most per time, dark time included. */
export const greedyEclipseLike: Baseline = (demand, darkNs) => {
  const matcher = createMatcher(demand.ports);
  return serveBy(demand, (rest) => {
    const sorted = rest.filter((need) => need > 0).sort();
    let best: CircuitSlot = { output: new Int32Array(demand.ports), durationNs: 0 };
    let bestRate = -1;
    for (let at = 1; at <= 16; at++) {
      const durationNs = sorted[Math.ceil((at / 16) * sorted.length) - 1] ?? 0;
      const rate = matcher.solve(rest.map((need) => Math.min(need, durationNs))) / (durationNs + darkNs);
      if (rate <= bestRate) continue;
      bestRate = rate;
      best = { output: matcher.output.slice(), durationNs };
    }
    return best;
  });
};

/** The heaviest matching, held until its longest circuit is done. */
export const maxWeightHold: Baseline = (demand) => {
  const matcher = createMatcher(demand.ports);
  return serveBy(demand, (rest) => {
    matcher.solve(rest);
    const output = matcher.output.slice();
    return { output, durationNs: output.reduce((most, to, input) => Math.max(most, rest[input * demand.ports + to] ?? 0), 0) };
  });
};
