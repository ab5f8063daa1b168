/** How fast the best algorithm could run a phase on a compiled fabric, so that every plan can say how far from optimal it is. */

import type { CompiledCluster } from '../fabric/compiled.ts';
import type { FabricBound } from '../traffic/collectives/fabric-bound.ts';
import { fabricBound } from '../traffic/collectives/fabric-bound.ts';
import type { NetworkView } from '../traffic/network-view.ts';
import { placeGroup } from '../traffic/network-view.ts';
import { memberRank } from '../traffic/phase-flows.ts';
import type { CommunicationPhase } from '../traffic/phases.ts';

/** The worst cut of all groups of a phase at once. Experts that share a copy per domain ask less of the cuts than a plain exchange. */
export function phaseBound(cluster: CompiledCluster, phase: CommunicationPhase, network: NetworkView): FabricBound {
  const { group } = phase;
  const groups = Array.from({ length: phase.groups }, (_, row) => Array.from({ length: group.size }, (_unused, member) => memberRank(group, row, member)));
  const local = placeGroup(group, network).ranksPerDomain;
  const plainBits = (phase.bits * (group.size - local)) / group.size;
  const share = phase.crossDomainBits === null || plainBits <= 0 ? 1 : Math.min(1, phase.crossDomainBits / plainBits);
  return fabricBound(cluster.fabric, { op: phase.op, bits: phase.bits * share, groups });
}
