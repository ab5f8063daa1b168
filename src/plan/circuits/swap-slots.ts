/**
 * Shortens a drawn schedule by exchanging circuits between two slots at a time.
 *
 * The circuits of two slots form paths and cycles whose circuits alternate between the slots (Kempe chains), and each chain may exchange its
 * two sides freely: ports stay matched once per slot. With a and b the longest circuit on either side of a chain, the two durations are
 * least when every chain gives its longer side to the same slot: then one slot lasts max over all, the other max over the chains' min(a, b).
 * That is the best any exchange between these two slots can do; pairs are visited in order until none gets shorter.
 *
 * Bounds: `to` and `lit` hold slots x ports entries, `from` the inverse of `to`; ports and slots run below their counts.
 */

import type { CircuitDemand } from './circuit-demand.ts';
import type { CircuitSlot } from './slots.ts';

/** Sweeps over all pairs of slots end here at the latest; a handful is usual. */
const sweepsMax = 8;
/** Above this many slots the pairs are too many for what they give. */
const slotsMax = 96;

interface Pieces {
  readonly ports: number;
  /** Output of each input per slot, -1 without circuit. */
  readonly to: Int32Array;
  readonly from: Int32Array;
  /** What each circuit of a slot has to serve, ns. */
  readonly lit: Float64Array;
  readonly durationNs: Float64Array;
}

/** Shares the demand among the slots, the longest first, and drops circuits that have nothing left to do. */
function cutPieces({ ports, needNs }: CircuitDemand, slots: readonly CircuitSlot[]): Pieces {
  const sorted = [...slots].sort((one, other) => other.durationNs - one.durationNs);
  const rest = needNs.slice();
  const size = slots.length * ports;
  const pieces: Pieces = { ports, to: new Int32Array(size).fill(-1), from: new Int32Array(size).fill(-1), lit: new Float64Array(size), durationNs: new Float64Array(slots.length) };
  sorted.forEach((slot, row) => {
    for (let input = 0; input < ports; input++) {
      const output = slot.output[input]!;
      if (output < 0) continue;
      const at = input * ports + output;
      const lit = Math.min(rest[at]!, slot.durationNs);
      if (lit <= 0) continue;
      rest[at]! -= lit;
      pieces.to[row * ports + input] = output;
      pieces.from[row * ports + output] = input;
      pieces.lit[row * ports + input] = lit;
      pieces.durationNs[row] = Math.max(pieces.durationNs[row]!, lit);
    }
  });
  return pieces;
}

interface Chains {
  /** Chain of each input, -1 where both slots leave it dark. */
  readonly chainOf: Int32Array;
  /** Longest circuit of each chain on either side. */
  readonly ours: Float64Array;
  readonly theirs: Float64Array;
  readonly stack: Int32Array;
}

/** Finds the chains of two slots, given by their first rows in the tables; returns how many. */
function findChains({ ports, to, from, lit }: Pieces, ourRow: number, theirRow: number, { chainOf, ours, theirs, stack }: Chains): number {
  chainOf.fill(-1);
  let count = 0;
  for (let first = 0; first < ports; first++) {
    if (chainOf[first]! >= 0 || (to[ourRow + first]! < 0 && to[theirRow + first]! < 0)) continue;
    ours[count] = 0;
    theirs[count] = 0;
    chainOf[first] = count;
    stack[0] = first;
    let depth = 1;
    while (depth > 0) {
      const input = stack[--depth]!;
      ours[count] = Math.max(ours[count]!, lit[ourRow + input]!);
      theirs[count] = Math.max(theirs[count]!, lit[theirRow + input]!);
      const ourOutput = to[ourRow + input]!;
      const theirOutput = to[theirRow + input]!;
      const afterOurs = ourOutput < 0 ? -1 : from[theirRow + ourOutput]!;
      const afterTheirs = theirOutput < 0 ? -1 : from[ourRow + theirOutput]!;
      for (let side = 0; side < 2; side++) {
        const next = side === 0 ? afterOurs : afterTheirs;
        if (next < 0 || chainOf[next]! >= 0) continue;
        chainOf[next] = count;
        stack[depth++] = next;
      }
    }
    count += 1;
  }
  return count;
}

/** Exchanges what one input does in two slots. */
function exchange({ to, lit }: Pieces, ourAt: number, theirAt: number): void {
  const output = to[ourAt]!;
  to[ourAt] = to[theirAt]!;
  to[theirAt] = output;
  const duration = lit[ourAt]!;
  lit[ourAt] = lit[theirAt]!;
  lit[theirAt] = duration;
}

function remakeInverse({ ports, to, from }: Pieces, row: number): void {
  from.fill(-1, row, row + ports);
  for (let input = 0; input < ports; input++) if (to[row + input]! >= 0) from[row + to[row + input]!] = input;
}

/** Gives the longer sides of all chains to the slot of `ourRow`. Returns by how much the two durations together got shorter. */
function sortPair(pieces: Pieces, our: number, their: number, chains: Chains): number {
  const { ports, durationNs } = pieces;
  const ourRow = our * ports;
  const theirRow = their * ports;
  const count = findChains(pieces, ourRow, theirRow, chains);
  let long = 0;
  let short = 0;
  for (let chain = 0; chain < count; chain++) {
    long = Math.max(long, chains.ours[chain]!, chains.theirs[chain]!);
    short = Math.max(short, Math.min(chains.ours[chain]!, chains.theirs[chain]!));
  }
  const gainNs = durationNs[our]! + durationNs[their]! - long - short;
  for (let input = 0; input < ports; input++) {
    const chain = chains.chainOf[input]!;
    if (chain >= 0 && chains.ours[chain]! < chains.theirs[chain]!) exchange(pieces, ourRow + input, theirRow + input);
  }
  remakeInverse(pieces, ourRow);
  remakeInverse(pieces, theirRow);
  durationNs[our] = long;
  durationNs[their] = short;
  return gainNs;
}

/** The same demand in slots whose durations sum to no more. Slots that became empty are gone; the longest comes first. */
export function swapSlots(demand: CircuitDemand, slots: readonly CircuitSlot[]): readonly CircuitSlot[] {
  if (slots.length > slotsMax) return slots;
  const { ports } = demand;
  const pieces = cutPieces(demand, slots);
  const chains: Chains = { chainOf: new Int32Array(ports), ours: new Float64Array(ports), theirs: new Float64Array(ports), stack: new Int32Array(ports) };
  for (let sweep = 0; sweep < sweepsMax; sweep++) {
    let gainNs = 0;
    for (let our = 0; our < slots.length; our++) {
      for (let their = our + 1; their < slots.length; their++) gainNs += sortPair(pieces, our, their, chains);
    }
    if (gainNs <= 0) break;
  }
  return slots
    .map((_, row) => ({ output: pieces.to.slice(row * ports, (row + 1) * ports), durationNs: pieces.durationNs[row]! }))
    .filter(({ durationNs }) => durationNs > 0);
}
