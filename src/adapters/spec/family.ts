/** From a fabric document to a fabric family: names without units become names with them, open knobs are derived. */

import type { FamilyDesign } from '../../fabric/families/family-design.ts';
import type { ClusterDocument } from './cluster-shape.ts';
import type { DerivationNotes } from './derivations.ts';
import type { FabricDocument, RailOptimisedDocument } from './fabric-shape.ts';

/** The fewest spines over which the uplinks spread evenly and whose ports suffice; the uplinks themselves when none do. */
export function fewestSpines(fabric: { readonly uplinksPerLeaf: number; readonly leavesPerSpine: number; readonly radix: number }): number {
  const { uplinksPerLeaf, leavesPerSpine, radix } = fabric;
  for (let spines = 1; spines < uplinksPerLeaf; spines++) {
    if (uplinksPerLeaf % spines === 0 && leavesPerSpine * (uplinksPerLeaf / spines) <= radix) return spines;
  }
  return uplinksPerLeaf;
}

/** What a fabric's open knobs follow from. */
type Sized = Pick<ClusterDocument, 'gpus' | 'gpusPerNode'> & { readonly radix: number };

function railOptimised(fabric: RailOptimisedDocument, { gpus, gpusPerNode, radix }: Sized, notes: DerivationNotes): FamilyDesign {
  const nodes = gpus / gpusPerNode;
  const nodesPerPod = fabric.nodesPerPod ?? Math.max(1, Math.min(nodes, Math.floor(radix / 2)));
  const uplinksPerLeaf = fabric.uplinksPerLeaf ?? Math.max(1, Math.min(nodesPerPod, radix - nodesPerPod));
  const pods = Math.ceil(nodes / nodesPerPod);
  const leavesPerSpine = fabric.spinePlanes === 'shared' ? pods * gpusPerNode : pods;
  const spines = fabric.spines ?? fewestSpines({ uplinksPerLeaf, leavesPerSpine, radix });
  if (fabric.nodesPerPod === undefined) notes.derived('fabric.nodesPerPod', nodesPerPod, `half of ${radix} switch ports, at most all ${nodes} nodes`);
  if (fabric.uplinksPerLeaf === undefined) notes.derived('fabric.uplinksPerLeaf', uplinksPerLeaf, `as many as down links (${nodesPerPod}), within ${radix} ports`);
  if (fabric.spines === undefined) notes.derived('fabric.spines', spines, `fewest that take ${leavesPerSpine} leaves of ${uplinksPerLeaf} uplinks with ${radix} ports, spread evenly`);
  return { kind: 'rail-optimised', nodesPerPod, uplinksPerLeaf, spines, spinePlanes: fabric.spinePlanes, crossRail: fabric.crossRail };
}

/** Maps a fabric document; a fabric inside another one states every knob, so nothing is derived for it. */
export function familyFrom(fabric: FabricDocument, sized: Sized, notes: DerivationNotes): FamilyDesign {
  switch (fabric.kind) {
    case 'rail-optimised':
      return railOptimised(fabric, sized, notes);
    case 'custom':
      return { kind: 'custom', nodes: fabric.nodes ?? [], links: (fabric.links ?? []).map(({ length, ...link }) => ({ ...link, lengthM: length ?? null })) };
    case 'rotor': {
      const { slotTime, reconfigureTime, ...rotor } = fabric;
      return { ...rotor, slotNs: slotTime, reconfigureNs: reconfigureTime };
    }
    case 'planes':
      return { ...fabric, plane: familyFrom(fabric.plane, sized, notes) };
    case 'sites': {
      const { distance, site, ...sites } = fabric;
      return { ...sites, site: familyFrom(site, sized, notes), distanceM: distance };
    }
    default:
      return fabric;
  }
}
