/**
 * All-to-all inside one collective: keep the circuits, or change them between rounds, whichever ends first.
 *
 * Model (alpha-beta, after "To Reconfigure or Not", arXiv 2602.10468, and PCCL, arXiv 2509.15450). Each of n ranks sends bits / n to every other
 * over `degree` circuits of `rateGbps`. A round holds one topology; messages may take several circuits, in the order of the rounds, and stream
 * through ranks in between, so a round lasts alpha for each circuit of its longest way plus the bits of its most loaded circuit. Between rounds
 * every circuit is dark for `darkNs`; nothing is sent meanwhile. The first topology is free only if it stands already or is set beforehand.
 *
 * One round needs many hops and no change; direct rounds need one hop and ceil((n - 1) / degree) topologies; sequences of a few topologies lie
 * between. Sequences are rotations around the ring of ranks, so every rank sees the same network and only the offsets have to be searched.
 */

import type { Dice } from '../../base/dice.ts';
import { exchangeLoads } from './exchange-loads.ts';
import type { ExchangeLoads } from './exchange-loads.ts';
import type { RankTopology } from './rank-topology.ts';
import { rotations } from './rank-topology.ts';

/** Topologies to hold one after another, and what an all-to-all puts on them. */
export interface ExchangeSequence {
  readonly topologies: readonly RankTopology[];
  readonly loads: ExchangeLoads;
}

export interface ExchangeQuestion {
  readonly rateGbps: number;
  readonly alphaNs: number;
  readonly darkNs: number;
  /** What each rank sends in all, its own part included: bits / ranks to each rank. */
  readonly bitsPerRank: number;
  /** Whether the first topology may be set before the collective starts, its dark time hidden. */
  readonly isSetBefore: boolean;
}

export interface ExchangePlan {
  readonly sequence: ExchangeSequence;
  readonly durationNs: number;
  /** Topology changes paid for. */
  readonly changes: number;
  readonly reasons: readonly string[];
}

const messagesOf = ({ mostMessages }: ExchangeLoads): number => mostMessages.reduce((sum, messages) => sum + messages, 0);

/** Rounds, latency and dark time of a sequence; `changes` is how many of its topologies must be set while everything waits. */
export function sequenceNs({ topologies, loads }: ExchangeSequence, question: ExchangeQuestion, changes: number): number {
  const messageNs = question.bitsPerRank / (topologies[0]?.ranks ?? 1) / question.rateGbps;
  const hops = loads.mostHops.reduce((sum, most) => sum + most, 0);
  return messagesOf(loads) * messageNs + hops * question.alphaNs + changes * question.darkNs;
}

/** Numbers of topologies to search sequences for, and how many neighbours each search looks at. */
const lengths: readonly number[] = [1, 2, 3, 4, 6];
const triesMax = 240;

/** Hill climbing over offsets, one changed at a time. */
function searchRotations(shape: { readonly ranks: number; readonly degree: number }, length: number, dice: Dice): ExchangeSequence | null {
  const { ranks, degree } = shape;
  const offset = (): number => 1 + dice.below(ranks - 1);
  const sequenceOf = (offsets: readonly number[]): ExchangeSequence | null => {
    const topologies = Array.from({ length }, (_, round) => rotations(ranks, offsets.slice(round * degree, (round + 1) * degree)));
    const loads = exchangeLoads(topologies);
    return loads === null ? null : { topologies, loads };
  };
  let offsets = Array.from({ length: length * degree }, offset);
  let best: ExchangeSequence | null = null;
  for (let trial = 0; trial < triesMax; trial++) {
    const changed = dice.below(offsets.length);
    const next = best === null ? Array.from({ length: length * degree }, offset) : offsets.map((old, at) => (at === changed ? offset() : old));
    const found = sequenceOf(next);
    if (found === null || (best !== null && messagesOf(found.loads) > messagesOf(best.loads))) continue;
    best = found;
    offsets = next;
  }
  return best;
}

/** Every rank sends to each other rank directly, `degree` of them per round; the last round leaves spare ports unused. */
function directRounds({ ranks, degree }: { readonly ranks: number; readonly degree: number }): ExchangeSequence {
  const topologies: RankTopology[] = [];
  for (let first = 1; first < ranks; first += degree) {
    topologies.push(rotations(ranks, Array.from({ length: degree }, (_, port) => (first + port < ranks ? first + port : 0))));
  }
  return { topologies, loads: { mostMessages: topologies.map(() => 1), mostHops: topologies.map(() => 1), meanHops: 1 } };
}

/** Sequences worth choosing from, the same for all sizes and dark times: searched once per number of ranks and degree. Needs two ranks at least. */
export function exchangeMenu(shape: { readonly ranks: number; readonly degree: number }, dice: Dice): readonly ExchangeSequence[] {
  const direct = directRounds(shape);
  const searched = lengths.filter((length) => length < direct.topologies.length).map((length) => searchRotations(shape, length, dice.fork(`${length} topologies`)));
  return [...searched.filter((sequence) => sequence !== null), direct];
}

/**
 * The fastest way: the circuits as they stand, or a sequence of the menu. Never slower than standing still, whose sequence is `standing`;
 * ties keep what stands.
 */
export function planExchange(standing: ExchangeSequence, menu: readonly ExchangeSequence[], question: ExchangeQuestion): ExchangePlan {
  const stillNs = sequenceNs(standing, question, 0);
  let best = { sequence: standing, durationNs: stillNs, changes: 0 };
  for (const sequence of menu) {
    const changes = sequence.topologies.length - (question.isSetBefore ? 1 : 0);
    const durationNs = sequenceNs(sequence, question, changes);
    if (durationNs < best.durationNs) best = { sequence, durationNs, changes };
  }
  const us = (ns: number): string => `${Number((ns / 1000).toPrecision(4))} us`;
  const cut = (100 * (1 - best.durationNs / stillNs)).toFixed(1);
  const reason = best.sequence === standing
    ? `Keeping the circuits ends first, after ${us(stillNs)}: no sequence of the menu pays for its changes of ${us(question.darkNs)} each.`
    : `${best.sequence.topologies.length} topologies with ${best.changes} changes of ${us(question.darkNs)} end after ${us(best.durationNs)}, ${cut} % sooner than the standing circuits (${us(stillNs)}).`;
  return { ...best, reasons: [reason] };
}

/**
 * No sequence of topologies ends sooner. With r topologies of degree k a rank reaches at most k r others over one circuit, k^2 r (r + 1) / 2
 * over two (the second not before the first), and so on; every message at its least number of circuits, all circuits equally loaded, gives the
 * light; the first of r topologies costs no change, alpha is paid once. Where no topology is set before, the first is the standing one, and
 * without a change its own mean number of circuits counts.
 */
export function exchangeBoundNs(standing: ExchangeSequence, question: ExchangeQuestion): number {
  const { ranks, degree } = standing.topologies[0] ?? { ranks: 1, degree: 1 };
  const perHopNs = question.bitsPerRank / ranks / question.rateGbps / degree;
  let boundNs = Infinity;
  for (let rounds = 1; rounds <= Math.ceil((ranks - 1) / degree); rounds++) {
    let left = ranks - 1;
    let hopsSum = 0;
    // Ways of h circuits through r rounds in order: degree^h x (r + h - 1 choose h).
    let ways = 1;
    for (let hops = 1; left > 0; hops++) {
      ways *= (degree * (rounds + hops - 1)) / hops;
      const reached = Math.min(left, ways);
      hopsSum += reached * hops;
      left -= reached;
    }
    const isStanding = rounds === 1 && !question.isSetBefore;
    const lightNs = perHopNs * (isStanding ? standing.loads.meanHops * (ranks - 1) : hopsSum);
    boundNs = Math.min(boundNs, lightNs + question.alphaNs + (rounds - 1) * question.darkNs);
  }
  return boundNs;
}
