/** Closed-form time of one collective on a placed group: ring or tree over two levels, chosen the way NCCL chooses. */

import type { NetworkCalibration } from '../calibration.ts';
import type { GroupPlacement, NetworkView, RankGroup } from '../network-view.ts';
import { placeGroup, scaleOutRateGbps, tierLatencyNs } from '../network-view.ts';
import type { CollectiveOp } from './operation.ts';
import { busFactor } from './operation.ts';

export interface GroupCollective {
  readonly op: CollectiveOp;
  /** Size as `operation.ts` defines it. */
  readonly bits: number;
  readonly group: RankGroup;
  /** All-to-all only: bits one rank sends out of its scale-up domain; null for a uniform exchange. */
  readonly crossDomainBits: number | null;
}

export interface CollectiveTime {
  readonly timeNs: number;
  /** The part of `timeNs` that does not depend on the size: start and steps. */
  readonly latencyNs: number;
  readonly algorithm: 'ring' | 'tree' | 'direct';
  readonly placement: GroupPlacement;
}

interface Path { readonly rateGbps: number; readonly innerStepNs: number; readonly outerStepNs: number }

/** Rings of NCCL use every NIC of a domain in turn, so a domain with r ranks of the group leaves it at r times the NIC rate. */
function ringPath(place: GroupPlacement, network: NetworkView, constants: NetworkCalibration): Path {
  const inner = network.scaleUp.rateGbps * constants.scaleUpShare;
  const innerStepNs = constants.scaleUpStepNs + network.scaleUp.latencyNs;
  if (place.domains === 1) return { rateGbps: inner, innerStepNs, outerStepNs: 0 };
  const outer = scaleOutRateGbps(network, place.tier) * constants.scaleOutShare;
  const outerStepNs = constants.scaleOutStepNs + tierLatencyNs(network, place.tier);
  const local = place.ranksPerDomain;
  // Of every ring's edges that a rank feeds, one in `local` leaves the domain and spares the scale-up port.
  return { rateGbps: Math.min(local > 1 ? (inner * local) / (local - 1) : Infinity, outer * local), innerStepNs, outerStepNs };
}

function allToAllTime(collective: GroupCollective, place: GroupPlacement, network: NetworkView, constants: NetworkCalibration): { readonly latencyNs: number; readonly streamingNs: number } {
  const { size } = collective.group;
  const local = place.ranksPerDomain;
  const inner = network.scaleUp.rateGbps * constants.scaleUpShare;
  const innerNs = (collective.bits * (local - 1)) / local / inner;
  if (place.domains === 1) return { latencyNs: constants.baseNs + constants.scaleUpStepNs + network.scaleUp.latencyNs, streamingNs: innerNs };
  const outer = scaleOutRateGbps(network, place.tier) * constants.scaleOutShare;
  const cross = collective.crossDomainBits ?? (collective.bits * (size - local)) / size;
  // Both levels work at once (DeepEP forwards over NVLink while the NIC receives); the slower one sets the time.
  return { latencyNs: constants.baseNs + constants.scaleOutStepNs + tierLatencyNs(network, place.tier), streamingNs: Math.max(innerNs, cross / outer) };
}

const timed = (latencyNs: number, streamingNs: number, algorithm: 'ring' | 'tree' | 'direct', placement: GroupPlacement): CollectiveTime => ({ timeNs: latencyNs + streamingNs, latencyNs, algorithm, placement });

function pointToPointTime(collective: GroupCollective, placement: GroupPlacement, network: NetworkView, constants: NetworkCalibration): CollectiveTime {
  // Neighbours all send at once and the slowest pair sets the pace, so the tier is the highest one the whole chain crosses.
  const { tier } = placement;
  const inside = tier === 'scaleUp';
  const rate = inside ? network.scaleUp.rateGbps * constants.scaleUpShare : scaleOutRateGbps(network, tier) * constants.scaleOutShare;
  const step = inside ? constants.scaleUpStepNs : constants.scaleOutStepNs;
  return timed(step + tierLatencyNs(network, tier), collective.bits / rate, 'direct', placement);
}

/**
 * Ring: busFactor x bits / rate plus one step per neighbour. Tree (all-reduce only): log-depth latency, the same inner
 * chain, at 0.92 of the ring's rate inside a domain and equal between domains (NCCL src/graph/tuning.cc).
 */
export function groupCollective(collective: GroupCollective, network: NetworkView, constants: NetworkCalibration): CollectiveTime {
  const { op, bits, group } = collective;
  const placement = placeGroup(group, network);
  if (group.size <= 1 || bits <= 0) return timed(0, 0, 'direct', placement);
  if (op === 'pointToPoint') return pointToPointTime(collective, placement, network, constants);
  if (op === 'allToAll') {
    const { latencyNs, streamingNs } = allToAllTime(collective, placement, network, constants);
    return timed(latencyNs, streamingNs, 'direct', placement);
  }
  const path = ringPath(placement, network, constants);
  const rounds = op === 'allReduce' ? 2 : 1;
  const outerSteps = placement.domains - 1;
  const innerSteps = group.size - 1 - outerSteps;
  const ring = timed(
    constants.baseNs + rounds * (innerSteps * path.innerStepNs + outerSteps * path.outerStepNs),
    (bits * busFactor(op, group.size)) / path.rateGbps, 'ring', placement,
  );
  if (op !== 'allReduce') return ring;
  const depth = Math.ceil(Math.log2(placement.domains));
  const tree = timed(
    constants.baseNs + 2 * ((placement.ranksPerDomain - 1) * path.innerStepNs + depth * path.outerStepNs),
    (2 * bits) / path.rateGbps / (placement.domains === 1 ? 0.92 : 1), 'tree', placement,
  );
  return ring.timeNs <= tree.timeNs ? ring : tree;
}
