/**
 * Schedules one circuit switch whose other ports stay lit while some change: only the two ports of a new circuit go dark.
 *
 * Real switches move one mirror pair without touching the others, so each circuit is a job that holds its input and its output for one dark
 * time and its light: an open shop (Gonzalez and Sahni, J. ACM 23, 1976; Sunflow, CoNEXT 2016, is its greedy and at most twice the bound).
 * Three greedy orders are tried: idle pairs by the busier port's rest, idle pairs by both ports' rest, and the order of the all-stop
 * schedule with every circuit moved as early as its ports allow, which is never longer than that schedule.
 *
 * Bounds: ports run below `ports`, tables hold ports x ports or ports entries, and every index below is a port or input x ports + output.
 */

import type { CircuitDemand } from './circuit-demand.ts';
import { portLoads, stayLitBoundNs } from './circuit-demand.ts';
import { scheduleCircuits } from './schedule-circuits.ts';

/** One circuit: its ports go dark at `startNs`, carry light from `litNs` and are given back at `endNs`. */
export interface CircuitHold {
  readonly input: number;
  readonly output: number;
  readonly startNs: number;
  readonly litNs: number;
  readonly endNs: number;
}

export interface HoldSchedule {
  /** By start, then input. */
  readonly holds: readonly CircuitHold[];
  readonly makespanNs: number;
  readonly boundNs: number;
  readonly reasons: readonly string[];
}

const endOf = (holds: readonly CircuitHold[]): number => holds.reduce((last, { endNs }) => Math.max(last, endNs), 0);

/** Ports with the time from which each is free, and what is left for it to do. */
interface Shop {
  readonly ports: number;
  readonly inputFreeNs: Float64Array;
  readonly outputFreeNs: Float64Array;
}

const openShop = (ports: number): Shop => ({ ports, inputFreeNs: new Float64Array(ports), outputFreeNs: new Float64Array(ports) });

/** The pair of idle ports most worth starting, as input x ports + output, or -1. */
function mostUrgent(shop: Shop, open: Float64Array, restNs: Float64Array, nowNs: number, weigh: 'busier' | 'both'): number {
  const { ports, inputFreeNs, outputFreeNs } = shop;
  let best = -1;
  let bestWeight = -1;
  for (let input = 0; input < ports; input++) {
    if (inputFreeNs[input]! > nowNs || restNs[input]! <= 0) continue;
    for (let output = 0; output < ports; output++) {
      const at = input * ports + output;
      if (open[at]! <= 0 || outputFreeNs[output]! > nowNs) continue;
      const one = restNs[input]!;
      const other = restNs[ports + output]!;
      const weight = weigh === 'both' ? one + other : Math.max(one, other);
      if (weight <= bestWeight) continue;
      bestWeight = weight;
      best = at;
    }
  }
  return best;
}

/** Starts circuits whenever two idle ports still want each other; a circuit once started is held until it is done. */
function startUrgent(demand: CircuitDemand, darkNs: number, weigh: 'busier' | 'both'): readonly CircuitHold[] {
  const { ports } = demand;
  const shop = openShop(ports);
  const open = demand.needNs.slice();
  const loads = portLoads(demand);
  const restNs = loads.needNs.map((needNs, port) => needNs + loads.degree[port]! * darkNs);
  const holds: CircuitHold[] = [];
  const left = open.reduce((count, need) => (need > 0 ? count + 1 : count), 0);
  let nowNs = 0;
  while (holds.length < left) {
    const at = mostUrgent(shop, open, restNs, nowNs, weigh);
    if (at < 0) {
      let nextNs = Infinity;
      for (const freeNs of [...shop.inputFreeNs, ...shop.outputFreeNs]) if (freeNs > nowNs && freeNs < nextNs) nextNs = freeNs;
      nowNs = nextNs;
      continue;
    }
    const input = Math.floor(at / ports);
    const output = at % ports;
    const lastNs = darkNs + open[at]!;
    open[at] = 0;
    restNs[input]! -= lastNs;
    restNs[ports + output]! -= lastNs;
    shop.inputFreeNs[input] = nowNs + lastNs;
    shop.outputFreeNs[output] = nowNs + lastNs;
    holds.push({ input, output, startNs: nowNs, litNs: nowNs + darkNs, endNs: nowNs + lastNs });
  }
  return holds;
}

/** The circuits of an all-stop schedule, each as early as its two ports allow; a circuit that both ports keep stays lit. */
function pullForward(demand: CircuitDemand, darkNs: number): readonly CircuitHold[] {
  const { ports } = demand;
  const shop = openShop(ports);
  const rest = demand.needNs.slice();
  const lastOfInput = new Int32Array(ports).fill(-1);
  const lastOfOutput = new Int32Array(ports).fill(-1);
  const holds: CircuitHold[] = [];
  for (const { output: outputs, durationNs } of scheduleCircuits(demand, { darkNs }).slots) {
    for (let input = 0; input < ports; input++) {
      const output = outputs[input]!;
      if (output < 0) continue;
      const lightNs = Math.min(rest[input * ports + output]!, durationNs);
      if (lightNs <= 0) continue;
      rest[input * ports + output]! -= lightNs;
      const last = lastOfInput[input]!;
      const held = last >= 0 && last === lastOfOutput[output]! ? holds[last] : undefined;
      const startNs = Math.max(shop.inputFreeNs[input]!, shop.outputFreeNs[output]!);
      const endNs = held === undefined ? startNs + darkNs + lightNs : held.endNs + lightNs;
      if (held === undefined) {
        lastOfInput[input] = holds.length;
        lastOfOutput[output] = holds.length;
        holds.push({ input, output, startNs, litNs: startNs + darkNs, endNs });
      } else holds[last] = { ...held, endNs };
      shop.inputFreeNs[input] = endNs;
      shop.outputFreeNs[output] = endNs;
    }
  }
  return holds;
}

/** Circuits that serve all demand where ports that do not change stay lit. Never longer than the all-stop schedule. Deterministic. */
export function scheduleStayLit(demand: CircuitDemand, { darkNs }: { readonly darkNs: number }): HoldSchedule {
  const tries = [
    { name: 'the busier port first', holds: startUrgent(demand, darkNs, 'busier') },
    { name: 'the pair with most left first', holds: startUrgent(demand, darkNs, 'both') },
    { name: 'the order of the all-stop matchings', holds: pullForward(demand, darkNs) },
  ];
  const best = tries.reduce((first, next) => (endOf(next.holds) < endOf(first.holds) ? next : first));
  const makespanNs = endOf(best.holds);
  const boundNs = stayLitBoundNs(demand, darkNs);
  const gap = boundNs === 0 ? 0 : makespanNs / boundNs - 1;
  return {
    holds: [...best.holds].sort((one, other) => one.startNs - other.startNs || one.input - other.input), makespanNs, boundNs,
    reasons: [`${best.holds.length} circuits, ${best.name}, end after ${Number((makespanNs / 1000).toPrecision(4))} us, ${(100 * gap).toFixed(2)} % above the bound; ports that keep their circuit stay lit.`],
  };
}
