/** Rail-optimised two-tier fabric: one leaf per GPU index and pod, spines above; traffic on one rail of one pod stays on its leaf. */

import type { Issue } from '../../base/issue.ts';
import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { Wiring } from '../draft.ts';
import { createDraft } from '../draft.ts';
import type { NodeIx } from '../fabric.ts';
import { railRouting } from '../routing/rail-routing.ts';
import { drawServers } from '../servers.ts';
import type { RailOptimisedDesign } from './family-design.ts';

function check(design: ClusterDesign, family: RailOptimisedDesign): readonly Issue[] {
  const issues: Issue[] = [];
  const { radix } = design.switch;
  const nodes = Math.ceil(design.gpus / design.gpusPerNode);
  const pods = Math.ceil(nodes / family.nodesPerPod);
  const leafPorts = family.nodesPerPod + family.uplinksPerLeaf;
  if (leafPorts > radix) {
    issues.push({
      code: 'radix-too-small', path: 'family.nodesPerPod', value: String(family.nodesPerPod),
      message: `A leaf needs ${family.nodesPerPod} down ports and ${family.uplinksPerLeaf} uplinks, ${leafPorts} in all, and ${design.switch.name} has ${radix}`,
      remedy: `Use at most ${radix - family.uplinksPerLeaf} nodes per pod, fewer uplinks, or a switch with ${leafPorts} ports`,
    });
  }
  if (family.spines < 1 || family.uplinksPerLeaf % family.spines !== 0) {
    issues.push({
      code: 'uneven-uplinks', path: 'family.uplinksPerLeaf', value: String(family.uplinksPerLeaf),
      message: `${family.uplinksPerLeaf} uplinks do not spread evenly over ${family.spines} spines`,
      remedy: 'Make the uplinks per leaf a multiple of the spines that a leaf sees',
    });
  }
  const leavesPerSpine = family.spinePlanes === 'shared' ? pods * design.gpusPerNode : pods;
  const spinePorts = leavesPerSpine * Math.ceil(family.uplinksPerLeaf / Math.max(1, family.spines));
  if (spinePorts > radix) {
    issues.push({
      code: 'radix-too-small', path: 'family.spines', value: String(family.spines),
      message: `A spine needs ${spinePorts} ports for ${leavesPerSpine} leaves and ${design.switch.name} has ${radix}`,
      remedy: `Use at least ${Math.ceil((leavesPerSpine * family.uplinksPerLeaf) / radix)} spines, fewer pods, spine planes per rail, or a switch with ${spinePorts} ports`,
    });
  }
  if (family.crossRail === 'spine' && family.spinePlanes === 'perRail' && design.gpusPerNode > 1) {
    issues.push({
      code: 'rails-not-joined', path: 'family.crossRail', value: 'spine',
      message: 'Rail planes have no spine in common, so traffic between rails cannot cross the network',
      remedy: 'Route it through the scale-up domain (crossRail: scaleUp) or share the spines',
    });
  }
  if (family.crossRail === 'scaleUp' && design.gpusPerNode > 1 && design.scaleUp.size < design.gpusPerNode) {
    issues.push({
      code: 'rails-not-joined', path: 'family.crossRail', value: 'scaleUp',
      message: `A scale-up domain of ${design.scaleUp.size} does not reach all ${design.gpusPerNode} rails of a node`,
      remedy: 'Make the scale-up domain at least as large as a node, or use crossRail: spine with shared spines',
    });
  }
  return issues;
}

/**
 * Ranks run node by node, so the rail of a rank is rank % gpusPerNode and its pod is that of its node. Uplink u of a leaf goes
 * to spine u % spines, so every leaf has uplinks / spines parallel links to each spine that it sees.
 */
export function wireRailOptimised(design: ClusterDesign, family: RailOptimisedDesign): Parsed<Wiring> {
  const issues = check(design, family);
  if (issues.length > 0) return { ok: false, issues };
  const rails = design.gpusPerNode;
  const nodes = Math.ceil(design.gpus / rails);
  const pods = Math.ceil(nodes / family.nodesPerPod);
  const draft = createDraft();
  const servers = drawServers(draft, design, (server) => Math.floor(server / family.nodesPerPod));
  const leaf = new Int32Array(pods * rails);
  for (let at = 0; at < leaf.length; at++) {
    leaf[at] = draft.addNode('leaf', draft.addUnit({ isServer: false, zone: Math.floor(at / rails), site: 0 }));
  }
  const planes = family.spinePlanes === 'shared' ? 1 : rails;
  const spine = new Int32Array(planes * family.spines);
  for (let at = 0; at < spine.length; at++) {
    spine[at] = draft.addNode('spine', draft.addUnit({ isServer: false, zone: -1, site: 0 }));
  }
  const accessCable = Int32Array.from(servers.gpu, (gpu, rank) => {
    const pod = Math.floor(rank / rails / family.nodesPerPod);
    return draft.addCable({ near: gpu as NodeIx, far: (leaf[pod * rails + (rank % rails)] ?? 0) as NodeIx, tier: 'access' });
  });
  const uplinkCable = new Int32Array(leaf.length * family.uplinksPerLeaf);
  for (let at = 0; at < uplinkCable.length; at++) {
    const leafAt = Math.floor(at / family.uplinksPerLeaf);
    const plane = planes === 1 ? 0 : leafAt % rails;
    const target = spine[plane * family.spines + (at % family.uplinksPerLeaf) % family.spines] ?? 0;
    uplinkCable[at] = draft.addCable({ near: (leaf[leafAt] ?? 0) as NodeIx, far: target as NodeIx, tier: 'fabric' });
  }
  return parsed({
    draft,
    summary: `rail-optimised: ${nodes} nodes, ${pods} pods, ${leaf.length} leaves, ${spine.length} spines`,
    createRouting: (graph) => railRouting(graph, { design, family, servers, accessCable, uplinkCable }),
  });
}
