/**
 * Uneven expert load: how popular each expert is, how that drifts, and what the hottest rank does to the all-to-all.
 *
 * With shares p over experts, rank r holds L_r, the sum over its experts. Every rank sends B bits, of which B L_r go to rank r, so
 * rank r receives (g - 1) B L_r: the hottest rank takes g max(L) times as long as the even exchange of g ranks. The same holds
 * between scale-up domains with domain shares. No rank sends more than the hottest receives: 1 - min(L) <= (g - 1) max(L).
 */

import type { Dice } from '../base/dice.ts';
import type { NetworkCalibration } from './calibration.ts';
import { groupCollective } from './collectives/group-collective.ts';
import type { PhaseDuration } from './combine-step.ts';
import type { NetworkView } from './network-view.ts';
import { placeGroup } from './network-view.ts';
import type { CommunicationPhase } from './phases.ts';
import type { PhaseFlowOptions, RankFlows } from './phase-flows.ts';
import { memberRank } from './phase-flows.ts';

/** Share of all routed tokens by expert; sums to 1. */
export type ExpertShares = Float64Array;

/** Zipf's law: the k-th most popular of `experts` gets k^-s over the generalised harmonic number H(experts, s); s = 0 is even. */
export function zipfShares(experts: number, exponent: number): ExpertShares {
  const shares = Float64Array.from({ length: experts }, (_, at) => (at + 1) ** -exponent);
  const harmonic = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / harmonic);
}

export interface DriftingLaw {
  readonly experts: number;
  readonly exponent: number;
  /** Share of experts that change places in popularity per training step, 0 to 1. */
  readonly drift: number;
}

/**
 * Shares of one layer, step after step: which expert holds which rank of popularity is dealt at random, then pairs of experts
 * swap. A swap moves two experts, so `drift` x experts / 2 swaps a step (a share of one is tossed for) leave about
 * exp(-drift n) of the experts where they were after n steps.
 */
export function* driftingShares(law: DriftingLaw, dice: Dice): Generator<ExpertShares, never, void> {
  const { experts, drift } = law;
  const byRank = zipfShares(experts, law.exponent);
  const rankOf = Int32Array.from({ length: experts }, (_, expert) => expert);
  dice.shuffle(rankOf);
  for (;;) {
    yield Float64Array.from(rankOf, (rank) => byRank[rank] ?? 0);
    const wanted = (drift * experts) / 2;
    const swaps = Math.floor(wanted) + (dice.uniform() < wanted % 1 ? 1 : 0);
    for (let swap = 0; swap < swaps && experts > 1; swap++) {
      const one = dice.below(experts);
      const other = (one + 1 + dice.below(experts - 1)) % experts;
      const kept = rankOf[one] ?? 0;
      rankOf[one] = rankOf[other] ?? 0;
      rankOf[other] = kept;
    }
  }
}

/** Load of the ranks of an expert group and of the scale-up domains they lie in; each sums to 1. */
export interface PlacedLoad {
  readonly rankShare: Float64Array;
  readonly domainShare: Float64Array;
  readonly ranksPerDomain: number;
  /** Hottest over mean: 1 when even. */
  readonly rankImbalance: number;
  readonly domainImbalance: number;
}

/** Experts lie on ranks in order, equally many each: expert e on rank floor(e x ranks / experts). */
export function placeLoad(shares: ExpertShares, group: { readonly ranks: number; readonly ranksPerDomain: number }): PlacedLoad {
  const { ranks, ranksPerDomain } = group;
  const rankShare = new Float64Array(ranks);
  const domainShare = new Float64Array(Math.ceil(ranks / ranksPerDomain));
  for (const [expert, share] of shares.entries()) {
    const rank = Math.floor((expert * ranks) / shares.length);
    const domain = Math.floor(rank / ranksPerDomain);
    rankShare[rank] = (rankShare[rank] ?? 0) + share;
    domainShare[domain] = (domainShare[domain] ?? 0) + share;
  }
  return { rankShare, domainShare, ranksPerDomain, rankImbalance: ranks * Math.max(...rankShare), domainImbalance: domainShare.length * Math.max(...domainShare) };
}

/** Placement of a load as an expert phase has it. */
export function loadOfPhase(shares: ExpertShares, phase: CommunicationPhase, network: NetworkView): PlacedLoad {
  return placeLoad(shares, { ranks: phase.group.size, ranksPerDomain: placeGroup(phase.group, network).ranksPerDomain });
}

const crossBits = (phase: CommunicationPhase, ranksPerDomain: number): number => phase.crossDomainBits ?? (phase.bits * (phase.group.size - ranksPerDomain)) / phase.group.size;

/**
 * Closed form of the skewed exchange. Bits inside domains grow with the hottest rank, bits between domains with the hottest
 * domain; routing that limits the domains of a token is taken to keep its copies in proportion to domain load.
 */
export function skewedDuration(phase: CommunicationPhase, load: PlacedLoad, network: NetworkView, constants: NetworkCalibration): PhaseDuration {
  const skewed = { ...phase, bits: phase.bits * load.rankImbalance, crossDomainBits: crossBits(phase, load.ranksPerDomain) * load.domainImbalance };
  const { timeNs, latencyNs, placement } = groupCollective(skewed, network, constants);
  return { timeNs, latencyNs, tier: placement.tier };
}

/**
 * Wire flows of the skewed exchange, rail-aligned as `phaseFlows` writes the even one: rank s sends C D L_d / (D - 1) to its own
 * rail of domain d (C: the even rank's bits across domains), and each rail forwards B D L_r to rank r of its domain. `combine`
 * returns what `dispatch` brought, so its flows run the other way.
 */
export function skewedFlows(phase: CommunicationPhase, load: PlacedLoad, options: PhaseFlowOptions & { readonly direction: 'dispatch' | 'combine' }): RankFlows {
  const { group, bits } = phase;
  const { ranksPerDomain, domainShare, rankShare } = load;
  const domains = domainShare.length;
  const sources: number[] = [];
  const targets: number[] = [];
  const wireBits: number[] = [];
  const offset = options.rankOffset ?? 0;
  const firstGroup = options.firstGroup ?? 0;
  const lastGroup = Math.min(phase.groups, firstGroup + (options.groupCount ?? phase.groups));
  const add = (groupRow: number, source: number, target: number, amount: number): void => {
    const [from, to] = options.direction === 'dispatch' ? [source, target] : [target, source];
    sources.push(memberRank(group, groupRow, from) + offset);
    targets.push(memberRank(group, groupRow, to) + offset);
    wireBits.push(amount);
  };
  const outer = domains > 1 ? (crossBits(phase, ranksPerDomain) * domains) / (domains - 1) / options.constants.scaleOutShare : 0;
  const inner = (bits * domains) / options.constants.scaleUpShare;
  for (let row = firstGroup; row < lastGroup; row++) for (let member = 0; member < group.size; member++) {
    const domain = Math.floor(member / ranksPerDomain);
    for (let peer = domain * ranksPerDomain; peer < Math.min(group.size, (domain + 1) * ranksPerDomain); peer++) {
      if (peer !== member) add(row, member, peer, inner * (rankShare[peer] ?? 0));
    }
    for (let other = 0; other < domains; other++) {
      const peer = other * ranksPerDomain + (member % ranksPerDomain);
      if (other !== domain && peer < group.size) add(row, member, peer, outer * (domainShare[other] ?? 0));
    }
  }
  return { flowCount: sources.length, sourceRank: Int32Array.from(sources), targetRank: Int32Array.from(targets), flowBits: Float64Array.from(wireBits) };
}
