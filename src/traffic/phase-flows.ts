/**
 * A phase as rank-to-rank flows, so that it can be routed on a fabric and run on the flow engine.
 *
 * Flows are streams: what a ring sends over one edge during a whole collective is one flow, because a pipelined ring keeps
 * every edge busy. The latency of its steps is not in the flows; `CollectiveTime.latencyNs` has it. Bits are wire bits: the
 * payload divided by the share of the link that collectives reach, so flow time on a raw link equals the closed form.
 */

import type { NetworkCalibration } from './calibration.ts';
import type { NetworkView, RankGroup } from './network-view.ts';
import { placeGroup } from './network-view.ts';
import { busFactor } from './collectives/operation.ts';
import type { CommunicationPhase } from './phases.ts';

/** Parallel arrays, one row per flow; all flows of one execution start together. */
export interface RankFlows {
  readonly flowCount: number;
  readonly sourceRank: Int32Array;
  readonly targetRank: Int32Array;
  readonly flowBits: Float64Array;
}

export interface PhaseFlowOptions {
  readonly network: NetworkView;
  readonly constants: NetworkCalibration;
  /** Rows of the groups to run, all of them when absent. Rank r of a job is rank `rankOffset` + r of the cluster. */
  readonly firstGroup?: number;
  readonly groupCount?: number;
  readonly rankOffset?: number;
}

/** Rank of a member: groups of one block interleave at the stride. */
export function memberRank(group: RankGroup, groupRow: number, member: number): number {
  const block = Math.floor(groupRow / group.stride);
  return block * group.stride * group.size + (groupRow % group.stride) + member * group.stride;
}

interface Sink { add(source: number, target: number, bits: number): void }

/**
 * One ring per rank of a domain, each with its part of the bits. Ring c enters a domain at local rank c - d, walks all local
 * ranks and leaves from the last one to the same local rank of the next domain, so every hop between domains stays on its rail.
 */
function ringFlows(phase: CommunicationPhase, groupRow: number, options: PhaseFlowOptions, sink: Sink): void {
  const { group, bits } = phase;
  const { ranksPerDomain, domains } = placeGroup(group, options.network);
  const edgeBits = (bits * busFactor(phase.op === 'broadcast' ? 'allGather' : phase.op, group.size));
  const rings = domains === 1 ? 1 : ranksPerDomain;
  const { scaleUpShare, scaleOutShare } = options.constants;
  for (let ring = 0; ring < rings; ring++) {
    let previous = -1;
    let previousDomain = -1;
    let first = -1;
    for (let step = 0; step < group.size; step++) {
      const domain = Math.floor(step / ranksPerDomain);
      const inDomain = Math.min(ranksPerDomain, group.size - domain * ranksPerDomain);
      const local = (((ring - domain + (step % ranksPerDomain)) % inDomain) + inDomain) % inDomain;
      const member = domain * ranksPerDomain + local;
      if (previous >= 0) sink.add(memberRank(group, groupRow, previous), memberRank(group, groupRow, member), edgeBits / rings / (previousDomain === domain ? scaleUpShare : scaleOutShare));
      else first = member;
      previous = member;
      previousDomain = domain;
    }
    if (group.size > 1) sink.add(memberRank(group, groupRow, previous), memberRank(group, groupRow, first), edgeBits / rings / (domains === 1 ? scaleUpShare : scaleOutShare));
  }
}

/** Inside a domain everyone sends to everyone; between domains each rank sends to its own rail, which forwards (DeepEP, rail-aligned). */
function allToAllFlows(phase: CommunicationPhase, groupRow: number, options: PhaseFlowOptions, sink: Sink): void {
  const { group, bits } = phase;
  const { ranksPerDomain, domains } = placeGroup(group, options.network);
  const innerBits = bits / ranksPerDomain / options.constants.scaleUpShare;
  const crossBits = phase.crossDomainBits ?? (bits * (group.size - ranksPerDomain)) / group.size;
  const outerBits = domains > 1 ? crossBits / (domains - 1) / options.constants.scaleOutShare : 0;
  for (let member = 0; member < group.size; member++) {
    const domain = Math.floor(member / ranksPerDomain);
    const source = memberRank(group, groupRow, member);
    for (let local = 0; local < ranksPerDomain; local++) {
      const peer = domain * ranksPerDomain + local;
      if (peer !== member && peer < group.size) sink.add(source, memberRank(group, groupRow, peer), innerBits);
    }
    for (let other = 0; other < domains; other++) {
      const peer = other * ranksPerDomain + (member % ranksPerDomain);
      if (other !== domain && peer < group.size) sink.add(source, memberRank(group, groupRow, peer), outerBits);
    }
  }
}

/** Every stage sends to the next one; the last stage has no successor. */
function pointToPointFlows(phase: CommunicationPhase, groupRow: number, options: PhaseFlowOptions, sink: Sink): void {
  const domain = options.network.scaleUp.size;
  for (let member = 0; member + 1 < phase.group.size; member++) {
    const source = memberRank(phase.group, groupRow, member);
    const target = memberRank(phase.group, groupRow, member + 1);
    const inside = Math.floor(source / domain) === Math.floor(target / domain);
    sink.add(source, target, phase.bits / (inside ? options.constants.scaleUpShare : options.constants.scaleOutShare));
  }
}

/** Flows of one execution of a phase by the groups asked for. */
export function phaseFlows(phase: CommunicationPhase, options: PhaseFlowOptions): RankFlows {
  const firstGroup = options.firstGroup ?? 0;
  const lastGroup = Math.min(phase.groups, firstGroup + (options.groupCount ?? phase.groups));
  const offset = options.rankOffset ?? 0;
  const sources: number[] = [];
  const targets: number[] = [];
  const wireBits: number[] = [];
  const sink: Sink = { add(source, target, bits) { sources.push(source + offset); targets.push(target + offset); wireBits.push(bits); } };
  const write = phase.op === 'pointToPoint' ? pointToPointFlows : phase.op === 'allToAll' ? allToAllFlows : ringFlows;
  if (phase.group.size > 1 && phase.bits > 0) for (let row = firstGroup; row < lastGroup; row++) write(phase, row, options, sink);
  return { flowCount: sources.length, sourceRank: Int32Array.from(sources), targetRank: Int32Array.from(targets), flowBits: Float64Array.from(wireBits) };
}
