/** Rail-optimised two-tier fabric: one leaf per GPU index and pod, spines above; traffic on one rail of one pod stays on its leaf. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import { wholeNumber } from './family-check.ts';
import type { RailOptimisedDesign } from './family-design.ts';
import type { FamilyPlan, Network, Plot } from './plan.ts';
import { addAccess, addSwitches } from './plan.ts';
import { addUplinks, twoTierRoute } from './two-tier.ts';

interface Shape {
  readonly design: ClusterDesign;
  readonly family: RailOptimisedDesign;
  readonly rails: number;
  readonly pods: number;
  readonly nodes: number;
}

function checkPorts(shape: Shape): readonly Issue[] {
  const { design, family, rails, pods } = shape;
  const { radix, name } = design.switch;
  const issues: Issue[] = [];
  const leafPorts = family.nodesPerPod + family.uplinksPerLeaf;
  if (leafPorts > radix) {
    issues.push({
      code: 'radix-too-small', path: 'fabric.nodesPerPod', value: String(family.nodesPerPod),
      message: `A leaf needs ${family.nodesPerPod} down ports and ${family.uplinksPerLeaf} uplinks, ${leafPorts} in all, and ${name} has ${radix}`,
      remedy: `Use at most ${Math.max(1, radix - family.uplinksPerLeaf)} nodes per pod, fewer uplinks, or a switch with ${leafPorts} ports`,
    });
  }
  const leavesPerSpine = family.spinePlanes === 'shared' ? pods * rails : pods;
  const spinePorts = leavesPerSpine * Math.ceil(family.uplinksPerLeaf / Math.max(1, family.spines));
  if (family.spines > 0 && spinePorts > radix) {
    issues.push({
      code: 'radix-too-small', path: 'fabric.spines', value: String(family.spines),
      message: `A spine needs ${spinePorts} ports for ${leavesPerSpine} leaves and ${name} has ${radix}`,
      remedy: `Use at least ${Math.ceil((leavesPerSpine * family.uplinksPerLeaf) / radix)} spines, fewer pods, spine planes per rail, or a switch with ${spinePorts} ports`,
    });
  }
  return issues;
}

function checkJoined(shape: Shape): readonly Issue[] {
  const { design, family, rails, pods } = shape;
  const issues: Issue[] = [];
  const bare = family.spines === 0 && family.uplinksPerLeaf === 0;
  if (!bare && (family.spines < 1 || family.uplinksPerLeaf < 1 || family.uplinksPerLeaf % family.spines !== 0)) {
    issues.push({
      code: 'uneven-uplinks', path: 'fabric.uplinksPerLeaf', value: String(family.uplinksPerLeaf),
      message: `${family.uplinksPerLeaf} uplinks do not spread evenly over ${family.spines} spines`,
      remedy: 'Make the uplinks per leaf a multiple of the spines that a leaf sees',
    });
  }
  if (bare && pods > 1) {
    issues.push({
      code: 'pods-not-joined', path: 'fabric.spines', value: '0',
      message: `${pods} pods without spines cannot reach each other`, remedy: 'Add spines and uplinks, or make one pod hold all nodes',
    });
  }
  if (family.crossRail === 'spine' && (family.spinePlanes === 'perRail' || bare) && rails > 1) {
    issues.push({
      code: 'rails-not-joined', path: 'fabric.crossRail', value: 'spine',
      message: 'The rails have no spine in common, so traffic between rails cannot cross the network',
      remedy: 'Route it through the scale-up domain (crossRail: scaleUp) or share the spines',
    });
  }
  if (family.crossRail === 'scaleUp' && rails > 1 && design.scaleUp.size < rails) {
    issues.push({
      code: 'rails-not-joined', path: 'fabric.crossRail', value: 'scaleUp',
      message: `A scale-up domain of ${design.scaleUp.size} does not reach all ${rails} rails of a node`,
      remedy: 'Make the scale-up domain at least as large as a node, or use crossRail: spine with shared spines',
    });
  }
  if (design.gpus % rails !== 0 && rails > 1) {
    issues.push({
      code: 'uneven-nodes', path: 'gpus', value: String(design.gpus), message: `${design.gpus} GPUs do not fill nodes of ${rails}, so some rails would miss a GPU`,
      remedy: `Use ${Math.ceil(design.gpus / rails) * rails} GPUs or another node size`,
    });
  }
  return issues;
}

/**
 * Ranks run node by node, so the rail of a rank is rank % gpusPerNode and its pod is that of its node. Between rails under
 * `crossRail: scaleUp` the traffic enters at the GPU of the sender's node that is on the receiver's rail.
 */
function draw(plot: Plot, shape: Shape): Network {
  const { family, rails, pods } = shape;
  const leaf = addSwitches(plot, 'leaf', pods * rails, (index) => Math.floor(index / rails));
  const planes = family.spinePlanes === 'shared' ? 1 : rails;
  const spine = addSwitches(plot, 'spine', planes * family.spines, () => -1);
  const leafOf = (index: number): number => Math.floor(index / rails / family.nodesPerPod) * rails + (index % rails);
  const accessCable = addAccess(plot, (index) => leaf[leafOf(index)] ?? 0);
  const uplinks = addUplinks(plot, { leaf, uplinksPerLeaf: family.uplinksPerLeaf, spineOf: (leafAt, slot) => spine[(planes === 1 ? 0 : leafAt % rails) * family.spines + slot] ?? 0, spines: family.spines });
  const joined = family.crossRail === 'scaleUp';
  const network: Network = {
    hopsMax: 4, routingName: `rail ECMP, between rails through the ${joined ? 'scale-up domain' : 'spine'}`, top: spine,
    createRoute: () => twoTierRoute({ plot, accessCable, leafOf, uplinks }),
  };
  return joined ? { ...network, entryOf: (from, to) => from - (from % rails) + (to % rails) } : network;
}

export function planRailOptimised(design: ClusterDesign, family: RailOptimisedDesign): Parsed<FamilyPlan> {
  const counts = [
    ...wholeNumber({ path: 'fabric.nodesPerPod', value: family.nodesPerPod, min: 1, what: 'The nodes per pod' }),
    ...wholeNumber({ path: 'fabric.spines', value: family.spines, min: 0, what: 'The number of spines' }),
    ...wholeNumber({ path: 'fabric.uplinksPerLeaf', value: family.uplinksPerLeaf, min: 0, what: 'The uplinks per leaf' }),
  ];
  if (counts.length > 0) return { ok: false, issues: counts };
  const rails = design.gpusPerNode;
  const nodes = Math.ceil(design.gpus / rails);
  const shape: Shape = { design, family, rails, nodes, pods: Math.ceil(nodes / family.nodesPerPod) };
  const issues = [...checkPorts(shape), ...checkJoined(shape)];
  if (issues.length > 0) return { ok: false, issues };
  const spines = family.spines * (family.spinePlanes === 'shared' ? 1 : rails);
  return parsed({
    summary: `rail-optimised: ${nodes} nodes, ${shape.pods} pods, ${shape.pods * rails} leaves, ${spines} spines`,
    zoneOf: (server) => Math.floor(server / family.nodesPerPod),
    draw: (plot) => draw(plot, shape),
  });
}

/**
 * One switch per rail and no spine (Wang et al., "Rail-only", arXiv 2307.12169): traffic between rails is forwarded inside the
 * scale-up domain. The switch radix bounds the nodes.
 */
export function planRailOnly(design: ClusterDesign): Parsed<FamilyPlan> {
  const nodes = Math.ceil(design.gpus / design.gpusPerNode);
  const plan = planRailOptimised(design, { kind: 'rail-optimised', nodesPerPod: nodes, spines: 0, uplinksPerLeaf: 0, spinePlanes: 'perRail', crossRail: 'scaleUp' });
  return plan.ok ? parsed({ ...plan.value, summary: `rail-only: ${nodes} nodes, ${design.gpusPerNode} rail switches` }) : plan;
}
