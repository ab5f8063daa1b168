/**
 * Closed-form time of collective algorithms in the latency-bandwidth model (Hockney 1994; Thakur, Rabenseifner, Gropp 2005).
 *
 * Every rank has one full-duplex port of rate B and a message takes `latencyNs` plus its bits over B. With M the size
 * (see `operation.ts`), n ranks and a the latency, a ring all-reduce takes 2 (n - 1) a + 2 (n - 1)/n M/B. Reduction itself
 * costs nothing. Two-level algorithms see a faster inner network of `domain.size` ranks as well.
 */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { CollectiveOp } from './operation.ts';
import { busFactor } from './operation.ts';

export const collectiveAlgorithms = ['ring', 'doubleBinaryTree', 'halvingDoubling', 'recursiveDoubling', 'direct', 'bruck', 'hierarchical', 'railAligned'] as const;
export type CollectiveAlgorithm = (typeof collectiveAlgorithms)[number];

export interface PortNetwork {
  readonly rateGbps: number;
  readonly latencyNs: number;
  /** A faster network among each `size` consecutive ranks; null for a flat one. */
  readonly domain: { readonly size: number; readonly rateGbps: number; readonly latencyNs: number } | null;
}

export interface CollectiveRequest {
  readonly op: CollectiveOp;
  readonly ranks: number;
  readonly bits: number;
  readonly network: PortNetwork;
}

export interface CollectiveCost {
  readonly timeNs: number;
  /** Steps that follow one another, and the latency they add up to. */
  readonly steps: number;
  readonly latencyNs: number;
  readonly streamingNs: number;
}

const log2Ceil = (n: number): number => Math.ceil(Math.log2(n));
const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));

const cost = (steps: number, latencyNs: number, streamingNs: number): CollectiveCost => ({ timeNs: latencyNs + streamingNs, steps, latencyNs, streamingNs });

/** Parts that follow one another. */
const inSequence = (...parts: readonly CollectiveCost[]): CollectiveCost =>
  cost(parts.reduce((sum, part) => sum + part.steps, 0), parts.reduce((sum, part) => sum + part.latencyNs, 0), parts.reduce((sum, part) => sum + part.streamingNs, 0));

/** Share of the send buffer that Bruck's all-to-all moves: block j travels once per set bit of j. */
function bruckTraffic(ranks: number): number {
  let moves = 0;
  for (let block = 1; block < ranks; block++) for (let bits = block; bits > 0; bits &= bits - 1) moves++;
  return moves / ranks;
}

/** Steps and traffic (in sizes M) of a flat algorithm; null where the algorithm does not do this operation. */
function flatShape(op: CollectiveOp, algorithm: CollectiveAlgorithm, n: number): { readonly steps: number; readonly traffic: number } | null {
  const depth = log2Ceil(n);
  const full = busFactor(op, n);
  switch (`${op} ${algorithm}`) {
    case 'allReduce ring': return { steps: 2 * (n - 1), traffic: full };
    case 'allReduce doubleBinaryTree': return { steps: 2 * depth, traffic: 2 };
    case 'allReduce halvingDoubling': return { steps: 2 * Math.floor(Math.log2(n)) + (isPowerOfTwo(n) ? 0 : 2), traffic: foldedTraffic(n) };
    case 'allReduce recursiveDoubling': return { steps: Math.floor(Math.log2(n)) + (isPowerOfTwo(n) ? 0 : 2), traffic: Math.floor(Math.log2(n)) + (isPowerOfTwo(n) ? 0 : 2) };
    case 'allReduce direct': return { steps: 2, traffic: full };
    case 'allGather ring': case 'reduceScatter ring': case 'allToAll ring': return { steps: n - 1, traffic: full };
    case 'allGather direct': case 'reduceScatter direct': case 'allToAll direct': return { steps: 1, traffic: full };
    case 'allGather bruck': case 'reduceScatter bruck': return { steps: depth, traffic: full };
    case 'allGather recursiveDoubling': case 'reduceScatter halvingDoubling': return isPowerOfTwo(n) ? { steps: depth, traffic: full } : null;
    case 'allToAll bruck': return { steps: depth, traffic: bruckTraffic(n) };
    case 'broadcast ring': return { steps: n - 1, traffic: 1 };
    case 'broadcast doubleBinaryTree': return { steps: depth, traffic: 1 };
    case 'broadcast recursiveDoubling': return { steps: depth, traffic: depth };
    case 'broadcast halvingDoubling': return isPowerOfTwo(n) ? { steps: 2 * depth, traffic: (2 * (n - 1)) / n } : null;
    case 'broadcast direct': return { steps: 1, traffic: n - 1 };
    case 'pointToPoint direct': return { steps: 1, traffic: 1 };
    default: return null;
  }
}

/** Rabenseifner's all-reduce: other rank counts fold the surplus into the next lower power of two and unfold at the end. */
function foldedTraffic(n: number): number {
  const power = 2 ** Math.floor(Math.log2(n));
  return (2 * (power - 1)) / power + (power === n ? 0 : 2);
}

function flatCost(op: CollectiveOp, algorithm: CollectiveAlgorithm, n: number, bits: number, port: { readonly rateGbps: number; readonly latencyNs: number }): CollectiveCost | null {
  if (n <= 1) return cost(0, 0, 0);
  const shape = flatShape(op, algorithm, n);
  return shape === null ? null : cost(shape.steps, shape.steps * port.latencyNs, (shape.traffic * bits) / port.rateGbps);
}

/** The parts of a two-level collective: rings inside domains, and among the ranks with the same place in each domain. */
function twoLevelParts(request: CollectiveRequest, domain: NonNullable<PortNetwork['domain']>): { readonly inner: readonly CollectiveCost[]; readonly outer: CollectiveCost } | null {
  const { op, ranks, bits, network } = request;
  const local = Math.min(domain.size, ranks);
  const domains = ranks / local;
  const none = cost(0, 0, 0);
  const inner = (which: CollectiveOp, algorithm: CollectiveAlgorithm): CollectiveCost => flatCost(which, algorithm, local, bits, domain) ?? none;
  const outer = (which: CollectiveOp, algorithm: CollectiveAlgorithm, size: number): CollectiveCost => flatCost(which, algorithm, domains, size, network) ?? none;
  switch (op) {
    case 'allReduce': return { inner: [inner('reduceScatter', 'ring'), inner('allGather', 'ring')], outer: outer('allReduce', 'ring', bits / local) };
    case 'allGather': case 'reduceScatter': return { inner: [inner(op, 'ring')], outer: outer(op, 'ring', bits / local) };
    case 'allToAll': return { inner: [inner('allToAll', 'direct')], outer: outer('allToAll', 'direct', bits) };
    case 'broadcast': return { inner: [inner('broadcast', 'doubleBinaryTree')], outer: outer('broadcast', 'doubleBinaryTree', bits) };
    case 'pointToPoint': return null;
  }
}

/**
 * Two levels; between domains, rank i talks only to rank i of the others. Hierarchical: every phase waits for the one before
 * it. Rail-aligned: data moves in chunks, so both levels work at once and the slower one counts (NCCL's rings over several
 * rails, DeepEP's forwarding).
 */
function twoLevelCost(request: CollectiveRequest, domain: NonNullable<PortNetwork['domain']>, options: { readonly pipelined: boolean }): CollectiveCost | null {
  const parts = twoLevelParts(request, domain);
  if (parts === null) return null;
  const inner = inSequence(...parts.inner);
  const whole = inSequence(inner, parts.outer);
  return options.pipelined ? cost(whole.steps, whole.latencyNs, Math.max(inner.streamingNs, parts.outer.streamingNs)) : whole;
}

/** Time of one collective, or why the algorithm cannot do it. */
export function collectiveCost(request: CollectiveRequest, algorithm: CollectiveAlgorithm): CollectiveCost | Refusal {
  const { op, ranks, bits, network } = request;
  const found = algorithm === 'hierarchical' || algorithm === 'railAligned' ? 'two levels' : flatCost(op, algorithm, ranks, bits, network);
  if (found === null) {
    const why = !isPowerOfTwo(ranks) && flatShape(op, algorithm, 2) !== null ? `needs a power of two, not ${ranks} ranks` : 'is not an algorithm for this operation';
    return refuse('algorithm-not-applicable', 'never', `${algorithm} ${why} (${op}).`);
  }
  if (found !== 'two levels') return found;
  const { domain } = network;
  if (domain === null) return refuse('algorithm-not-applicable', 'never', `${algorithm} needs two levels: a domain size, rate and latency.`);
  if (ranks % Math.min(domain.size, ranks) !== 0) return refuse('algorithm-not-applicable', 'never', `${ranks} ranks do not fill domains of ${domain.size}.`);
  return twoLevelCost(request, domain, { pipelined: algorithm === 'railAligned' })
    ?? refuse('algorithm-not-applicable', 'never', `${algorithm} is not an algorithm for ${op}.`);
}

/** The fastest applicable algorithm; the earlier one in `collectiveAlgorithms` on a tie. Null when none applies. */
export function fastestAlgorithm(request: CollectiveRequest): { readonly algorithm: CollectiveAlgorithm; readonly cost: CollectiveCost } | null {
  let best: { readonly algorithm: CollectiveAlgorithm; readonly cost: CollectiveCost } | null = null;
  for (const algorithm of collectiveAlgorithms) {
    const found = collectiveCost(request, algorithm);
    if ('kind' in found) continue;
    if (best === null || found.timeNs < best.cost.timeNs) best = { algorithm, cost: found };
  }
  return best;
}

/**
 * No algorithm on these ports is faster: one message must travel, and every rank must send or receive busFactor x M (Chan
 * et al. 2007). With an inner network the ports that leave a domain must carry what the domain exchanges with the others.
 * A rank may send to many at once, so depth adds no latency to the bound.
 */
export function lowerBound(request: CollectiveRequest): CollectiveCost {
  const { op, ranks, bits, network } = request;
  if (ranks <= 1) return cost(0, 0, 0);
  const { domain } = network;
  const flat = (busFactor(op, ranks) * bits) / (domain === null ? network.rateGbps : network.rateGbps + domain.rateGbps);
  const local = domain === null ? 1 : Math.min(domain.size, ranks);
  const domains = ranks / local;
  // A whole domain must exchange what the others hold through `local` ports.
  const perDomain = op === 'allToAll' ? (bits * (domains - 1)) / domains / network.rateGbps : ((op === 'allReduce' ? 2 : 1) * bits * (domains - 1)) / domains / (local * network.rateGbps);
  const cut = domain === null || domains <= 1 || op === 'broadcast' || op === 'pointToPoint' ? 0 : perDomain;
  const hopNs = domain === null ? network.latencyNs : Math.min(network.latencyNs, domain.latencyNs);
  return cost(1, hopNs, Math.max(flat, cut));
}
