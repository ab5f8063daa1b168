/** Leaves under spines with parallel uplinks: the wiring and the closed-form ECMP routes that leaf-spine and rail fabrics share. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { chooseOf } from '../routing/hash.ts';
import { enoughPorts, wholeNumber } from './family-check.ts';
import type { LeafSpineDesign, PooledMemoryDesign } from './family-design.ts';
import type { FamilyPlan, Plot, RankRoute } from './plan.ts';
import { addAccess, addSwitches } from './plan.ts';

/** Uplink u of leaf l is cable[l * perLeaf + u] and goes to the leaf's spine u % spines. */
export interface Uplinks {
  readonly cable: Int32Array;
  readonly perLeaf: number;
  readonly spines: number;
}

export function addUplinks(plot: Plot, wiring: {
  readonly leaf: Int32Array; readonly uplinksPerLeaf: number; readonly spines: number; spineOf(leafAt: number, slot: number): number;
}): Uplinks {
  const { leaf, uplinksPerLeaf, spines } = wiring;
  const cable = new Int32Array(leaf.length * uplinksPerLeaf);
  for (let at = 0; at < cable.length; at++) {
    const leafAt = Math.floor(at / uplinksPerLeaf);
    const far = wiring.spineOf(leafAt, (at % uplinksPerLeaf) % spines);
    cable[at] = plot.draft.addCable({ near: (leaf[leafAt] ?? 0) as NodeIx, far: far as NodeIx, tier: 'fabric' });
  }
  return { cable, perLeaf: uplinksPerLeaf, spines };
}

/**
 * GPU to leaf; between leaves up the uplink that the flow's hash picks and down one of the parallel links from that spine.
 * `leafOf` takes the rank within the plot.
 */
export function twoTierRoute(tables: { readonly plot: Plot; readonly accessCable: Int32Array; readonly uplinks: Uplinks; leafOf(index: number): number }): RankRoute {
  const { plot, accessCable, uplinks, leafOf } = tables;
  const { cable, perLeaf, spines } = uplinks;
  const parallel = perLeaf / Math.max(1, spines);
  return (from, to, flowHash, into, at) => {
    const source = from - plot.firstRank;
    const target = to - plot.firstRank;
    const fromLeaf = leafOf(source);
    const toLeaf = leafOf(target);
    let next = at;
    into[next++] = 2 * (accessCable[source] ?? 0);
    if (fromLeaf !== toLeaf) {
      if (perLeaf === 0) return -1;
      const up = chooseOf(perLeaf, flowHash, 0);
      const down = (up % spines) + spines * chooseOf(parallel, flowHash, 1);
      into[next++] = 2 * (cable[fromLeaf * perLeaf + up] ?? 0);
      into[next++] = 2 * (cable[toLeaf * perLeaf + down] ?? 0) + 1;
    }
    into[next++] = 2 * (accessCable[target] ?? 0) + 1;
    return next;
  };
}

/** A leaf-spine fabric with memory nodes on its leaves, one after another; each takes one port. */
export function planPooledMemory(design: ClusterDesign, family: PooledMemoryDesign): Parsed<FamilyPlan> {
  const { network, memoryNodes } = family;
  const gpusPerLeaf = network.nodesPerLeaf * design.gpusPerNode;
  const leaves = Math.ceil(design.gpus / gpusPerLeaf);
  const issues = [
    ...wholeNumber({ path: 'fabric.memoryNodes', value: memoryNodes, min: 1, what: 'The number of memory nodes' }),
    ...enoughPorts(design, {
      count: gpusPerLeaf + network.uplinksPerLeaf + Math.ceil(memoryNodes / leaves), path: 'fabric.memoryNodes', value: memoryNodes,
      formula: 'GPUs + uplinks + memory nodes per leaf',
    }),
  ];
  const base = issues.length > 0 ? { ok: false as const, issues } : planLeafSpine(design, network);
  if (!base.ok) return base;
  return parsed({
    ...base.value, summary: `${base.value.summary}, ${memoryNodes} memory nodes`,
    draw(plot) {
      const firstLeaf = plot.draft.nodeKind.length;
      const drawn = base.value.draw(plot);
      for (let at = 0; at < memoryNodes; at++) {
        const unit = plot.draft.addUnit({ isServer: true, zone: at % leaves, site: plot.site });
        plot.draft.addCable({ near: plot.draft.addNode('memory', unit), far: (firstLeaf + (at % leaves)) as NodeIx, tier: 'access' });
      }
      return drawn;
    },
  });
}

/** Every node's GPUs on one leaf, leaves under spines. Oversubscription is down ports over uplinks. */
export function planLeafSpine(design: ClusterDesign, family: LeafSpineDesign): Parsed<FamilyPlan> {
  const counts = [
    ...wholeNumber({ path: 'fabric.nodesPerLeaf', value: family.nodesPerLeaf, min: 1, what: 'The nodes per leaf' }),
    ...wholeNumber({ path: 'fabric.spines', value: family.spines, min: 0, what: 'The number of spines' }),
    ...wholeNumber({ path: 'fabric.uplinksPerLeaf', value: family.uplinksPerLeaf, min: 0, what: 'The uplinks per leaf' }),
  ];
  if (counts.length > 0) return { ok: false, issues: counts };
  const { radix, name } = design.switch;
  const perLeaf = family.nodesPerLeaf * design.gpusPerNode;
  const leaves = Math.ceil(design.gpus / perLeaf);
  const issues: Issue[] = [];
  if (perLeaf + family.uplinksPerLeaf > radix) {
    issues.push({
      code: 'radix-too-small', path: 'fabric.nodesPerLeaf', value: String(family.nodesPerLeaf),
      message: `A leaf needs ${perLeaf} down ports and ${family.uplinksPerLeaf} uplinks and ${name} has ${radix}`, remedy: 'Use fewer nodes per leaf, fewer uplinks, or a larger switch',
    });
  }
  if (leaves > 1 && (family.spines < 1 || family.uplinksPerLeaf < 1 || family.uplinksPerLeaf % family.spines !== 0)) {
    issues.push({
      code: 'uneven-uplinks', path: 'fabric.uplinksPerLeaf', value: String(family.uplinksPerLeaf),
      message: `${family.uplinksPerLeaf} uplinks do not spread evenly over ${family.spines} spines`, remedy: 'Make the uplinks per leaf a multiple of the spines',
    });
  }
  const spinePorts = leaves * Math.ceil(family.uplinksPerLeaf / Math.max(1, family.spines));
  if (issues.length === 0 && spinePorts > radix) {
    issues.push({
      code: 'radix-too-small', path: 'fabric.spines', value: String(family.spines), message: `A spine needs ${spinePorts} ports for ${leaves} leaves and ${name} has ${radix}`,
      remedy: `Use at least ${Math.ceil((leaves * family.uplinksPerLeaf) / radix)} spines`,
    });
  }
  if (issues.length > 0) return { ok: false, issues };
  return parsed({
    summary: `leaf-spine: ${leaves} leaves, ${family.spines} spines`,
    zoneOf: (server) => Math.floor(server / family.nodesPerLeaf),
    draw(plot) {
      const leaf = addSwitches(plot, 'leaf', leaves, (index) => index);
      const spine = addSwitches(plot, 'spine', family.spines, () => -1);
      const leafOf = (index: number): number => Math.floor(index / perLeaf);
      const accessCable = addAccess(plot, (index) => leaf[leafOf(index)] ?? 0);
      const uplinks = addUplinks(plot, { leaf, uplinksPerLeaf: family.uplinksPerLeaf, spines: family.spines, spineOf: (_, slot) => spine[slot] ?? 0 });
      return { hopsMax: 4, routingName: 'leaf-spine ECMP', top: spine.length > 0 ? spine : leaf, createRoute: () => twoTierRoute({ plot, accessCable, leafOf, uplinks }) };
    },
  });
}
