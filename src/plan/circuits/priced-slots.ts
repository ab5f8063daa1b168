/**
 * Draws matchings one by one, each the one that takes most off the lower bound per time it costs.
 *
 * A slot of light t costs t plus one dark time d. What it takes off the bound of one port is the light that the port's circuit uses,
 * min(rest, t), and one dark time more when it finishes the circuit, for then the port has one circuit less to come. So a pair is worth
 * min(rest, t) + d [rest <= t], and a perfect slot earns exactly what it costs at every port. Ports are priced by how near they stand to
 * the bound, (load / largest load)^priceExponent, so that those which decide the makespan are served first. For each of several lights t,
 * quantiles of what is left, the heaviest matching is found; the best worth per cost wins. Without the second term this is the greedy of
 * Eclipse (Bojja Venkatakrishnan et al., SIGMETRICS 2016), which leaves many short rests behind.
 *
 * Bounds: tables hold ports x ports entries row by row; rows and columns run below `ports`; `matcher.output` holds a column for every row.
 */

import type { CircuitDemand } from './circuit-demand.ts';
import type { Matcher } from './matching.ts';
import { createMatcher } from './matching.ts';
import type { CircuitSlot } from './slots.ts';
import { roundingNs } from './slots.ts';

export interface PricedSlotsOptions {
  readonly darkNs: number;
  readonly priceExponent: number;
  /** Lights tried per slot; 1 holds every matching until it is done. */
  readonly lightsMax: number;
  /** What finishing a circuit is worth; `darkNs` unless told otherwise, 0 is the greedy of Eclipse. */
  readonly finishNs?: number;
}

interface Draft {
  readonly ports: number;
  readonly restNs: Float64Array;
  readonly inputPrice: Float64Array;
  readonly outputPrice: Float64Array;
  readonly worth: Float64Array;
  readonly matcher: Matcher;
  readonly roundNs: number;
}

/** Prices the ports by their rest and lists the rests. */
function takeStock(draft: Draft, { darkNs, priceExponent }: PricedSlotsOptions): Float64Array {
  const { ports, restNs, inputPrice, outputPrice } = draft;
  inputPrice.fill(0);
  outputPrice.fill(0);
  const rests = new Float64Array(restNs.length);
  let count = 0;
  for (let input = 0; input < ports; input++) {
    for (let output = 0; output < ports; output++) {
      const rest = restNs[input * ports + output]!;
      if (rest <= 0) continue;
      rests[count++] = rest;
      inputPrice[input]! += rest + darkNs;
      outputPrice[output]! += rest + darkNs;
    }
  }
  let most = 0;
  for (let port = 0; port < ports; port++) most = Math.max(most, inputPrice[port]!, outputPrice[port]!);
  for (let port = 0; port < ports; port++) {
    inputPrice[port] = (inputPrice[port]! / most) ** priceExponent;
    outputPrice[port] = (outputPrice[port]! / most) ** priceExponent;
  }
  return rests.subarray(0, count);
}

/** Fills in the worth of every pair for a light. */
function fillWorth(draft: Draft, lightNs: number, finishNs: number): void {
  const { ports, restNs, inputPrice, outputPrice, worth } = draft;
  for (let input = 0; input < ports; input++) {
    const price = inputPrice[input]!;
    for (let output = 0; output < ports; output++) {
      const at = input * ports + output;
      const rest = restNs[at]!;
      worth[at] = rest <= 0 ? 0 : (price + outputPrice[output]!) * (rest <= lightNs ? rest + finishNs : lightNs);
    }
  }
}

/**
 * Lights worth trying: rests at quantiles of what all rests sum to, closer together among the large ones, largest first. Quantiles of their
 * number would pass over the few large rests of a skewed demand, which decide how long its matchings should be lit.
 */
function lightsToTry(rests: Float64Array, lightsMax: number): readonly number[] {
  if (lightsMax === 1) return [rests.reduce((most, rest) => Math.max(most, rest), 0)];
  const lights: number[] = [];
  rests.sort().reverse();
  const total = rests.reduce((sum, rest) => sum + rest, 0);
  let at = 0;
  let passed = 0;
  for (let step = 0; step < lightsMax; step++) {
    for (const share = (step / lightsMax) ** 2; passed < share * total && at < rests.length - 1; at++) passed += rests[at]!;
    const light = rests[at]!;
    if (light !== lights.at(-1)) lights.push(light);
  }
  return lights;
}

/** Serves the matching for at most `lightNs` and clears what is left of rounding. */
function serve(draft: Draft, output: Int32Array, lightNs: number): CircuitSlot {
  const { ports, restNs, roundNs } = draft;
  let durationNs = 0;
  for (let input = 0; input < ports; input++) {
    const rest = restNs[input * ports + output[input]!]!;
    if (rest <= 0) output[input] = -1;
    else durationNs = Math.max(durationNs, Math.min(rest, lightNs));
  }
  for (let input = 0; input < ports; input++) {
    if (output[input]! < 0) continue;
    const at = input * ports + output[input]!;
    const rest = restNs[at]! - durationNs;
    restNs[at] = rest <= roundNs ? 0 : rest;
  }
  return { output, durationNs };
}

/**
 * The matching and light of most worth per cost. Lights are solved in the order of what the last prices promise of them at most, so that the
 * first whose promise falls below the best found ends the search.
 */
function bestMatching(draft: Draft, lightsNs: readonly number[], { darkNs, finishNs = darkNs }: PricedSlotsOptions): { readonly output: Int32Array; readonly lightNs: number } {
  const { matcher, worth } = draft;
  const promises = lightsNs.map((lightNs, at) => {
    fillWorth(draft, lightNs, finishNs);
    return { at, lightNs, rate: lightsNs.length === 1 ? Infinity : matcher.upperBound(worth) / (lightNs + darkNs) };
  }).sort((one, other) => other.rate - one.rate || one.at - other.at);
  let best = { output: new Int32Array(draft.ports), lightNs: 0 };
  let bestRate = -1;
  for (const { lightNs, rate: promised } of promises) {
    if (promised <= bestRate) break;
    fillWorth(draft, lightNs, finishNs);
    if (matcher.upperBound(worth) <= bestRate * (lightNs + darkNs)) continue;
    const rate = matcher.solve(worth) / (lightNs + darkNs);
    if (rate <= bestRate) continue;
    bestRate = rate;
    best = { output: matcher.output.slice(), lightNs };
  }
  return best;
}

/** Slots that serve all demand. Deterministic: ties fall to the longer light. */
export function drawPricedSlots(demand: CircuitDemand, options: PricedSlotsOptions): readonly CircuitSlot[] {
  const { ports } = demand;
  const draft: Draft = {
    ports, restNs: demand.needNs.slice(), inputPrice: new Float64Array(ports), outputPrice: new Float64Array(ports),
    worth: new Float64Array(ports * ports), matcher: createMatcher(ports), roundNs: roundingNs(demand),
  };
  const slots: CircuitSlot[] = [];
  for (let rests = takeStock(draft, options); rests.length > 0; rests = takeStock(draft, options)) {
    const { output, lightNs } = bestMatching(draft, lightsToTry(rests, options.lightsMax), options);
    slots.push(serve(draft, output, lightNs));
  }
  return slots;
}
