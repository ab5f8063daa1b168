/** Dragonfly+: groups are leaf-spine fabrics whose spines carry the global links. */

import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { chooseOf } from '../routing/hash.ts';
import type { GlobalLinks } from './dragonfly.ts';
import { addGlobalLinks, globalLink, portTo } from './dragonfly.ts';
import { enoughPorts, enoughSeats, fewEnoughSwitches, wholeNumber } from './family-check.ts';
import type { DragonflyPlusDesign } from './family-design.ts';
import type { FamilyPlan, Network, Plot, RankRoute } from './plan.ts';
import { addAccess, addSwitches } from './plan.ts';

interface Tables {
  readonly plot: Plot;
  readonly family: DragonflyPlusDesign;
  readonly access: Int32Array;
  readonly global: GlobalLinks;
  /** Leaf l (through the fabric) to spine s of its group at l * spinesPerGroup + s. */
  readonly up: Int32Array;
}

/**
 * Minimal: leaf, spine with a global link to the other group, spine there, leaf. Valiant crosses a middle group, whose two
 * spines meet at one of its leaves.
 */
function dragonflyPlusRoute(tables: Tables, by: 'minimal' | 'valiant'): RankRoute {
  const { plot, family, access, global, up } = tables;
  const { leavesPerGroup, spinesPerGroup, globalLinksPerSpine } = family;
  const upLink = (leaf: number, spine: number): number => 2 * (up[leaf * spinesPerGroup + spine] ?? 0);
  const spineOf = (port: number): number => Math.floor(port / globalLinksPerSpine);
  return (from, to, flowHash, into, at) => {
    const source = from - plot.firstRank;
    const target = to - plot.firstRank;
    const fromLeaf = Math.floor(source / family.gpusPerLeaf);
    const toLeaf = Math.floor(target / family.gpusPerLeaf);
    const fromGroup = Math.floor(fromLeaf / leavesPerGroup);
    const toGroup = Math.floor(toLeaf / leavesPerGroup);
    let next = at;
    /** From a leaf to the far spine of another group; returns that spine within its group. */
    const cross = (leaf: number, group: number, peer: number, stage: number): number => {
      const copy = chooseOf(global.copies, flowHash, stage);
      const port = portTo(group, peer, copy, global.groups);
      into[next++] = upLink(leaf, spineOf(port));
      into[next++] = globalLink(global, group, port, peer);
      return spineOf(portTo(peer, group, copy, global.groups));
    };
    into[next++] = 2 * (access[source] ?? 0);
    if (fromLeaf !== toLeaf) {
      let spine: number;
      if (fromGroup === toGroup) {
        spine = chooseOf(spinesPerGroup, flowHash, 0);
        into[next++] = upLink(fromLeaf, spine);
      } else if (by === 'valiant' && family.groups > 2) {
        let middle = chooseOf(family.groups - 2, flowHash, 1);
        if (middle >= Math.min(fromGroup, toGroup)) middle++;
        if (middle >= Math.max(fromGroup, toGroup)) middle++;
        const turn = middle * leavesPerGroup + chooseOf(leavesPerGroup, flowHash, 2);
        const arrived = cross(fromLeaf, fromGroup, middle, 3);
        into[next++] = upLink(turn, arrived) + 1;
        spine = cross(turn, middle, toGroup, 4);
      } else {
        spine = cross(fromLeaf, fromGroup, toGroup, 3);
      }
      into[next++] = upLink(toLeaf, spine) + 1;
    }
    into[next++] = 2 * (access[target] ?? 0) + 1;
    return next;
  };
}

function draw(plot: Plot, family: DragonflyPlusDesign): Network {
  const { groups, leavesPerGroup, spinesPerGroup, globalLinksPerSpine } = family;
  const leaf = addSwitches(plot, 'leaf', groups * leavesPerGroup, (index) => Math.floor(index / leavesPerGroup));
  const spine = addSwitches(plot, 'spine', groups * spinesPerGroup, (index) => Math.floor(index / spinesPerGroup));
  const access = addAccess(plot, (index) => leaf[Math.floor(index / family.gpusPerLeaf)] ?? 0);
  const up = new Int32Array(leaf.length * spinesPerGroup);
  for (let at = 0; at < up.length; at++) {
    const leafAt = Math.floor(at / spinesPerGroup);
    const far = (spine[Math.floor(leafAt / leavesPerGroup) * spinesPerGroup + (at % spinesPerGroup)] ?? 0) as NodeIx;
    up[at] = plot.draft.addCable({ near: (leaf[leafAt] ?? 0) as NodeIx, far, tier: 'fabric' });
  }
  const global = addGlobalLinks(plot, {
    groups, portsPerGroup: spinesPerGroup * globalLinksPerSpine, switchOf: (group, port) => spine[group * spinesPerGroup + Math.floor(port / globalLinksPerSpine)] ?? 0,
  });
  const tables: Tables = { plot, family, access, global, up };
  return {
    hopsMax: family.routing === 'minimal' ? 5 : 8, routingName: `dragonfly+ ${family.routing}`, top: spine,
    createRoute: () => dragonflyPlusRoute(tables, family.routing === 'valiant' ? 'valiant' : 'minimal'),
    ...(family.routing === 'adaptive' ? { createLongerRoute: () => dragonflyPlusRoute(tables, 'valiant') } : {}),
  };
}

export function planDragonflyPlus(design: ClusterDesign, family: DragonflyPlusDesign): Parsed<FamilyPlan> {
  const { groups, leavesPerGroup, spinesPerGroup, gpusPerLeaf, globalLinksPerSpine } = family;
  const whole = (name: keyof DragonflyPlusDesign, value: number, what: string) => wholeNumber({ path: `fabric.${name}`, value, min: 1, what });
  const ports = { path: 'switch.radix', value: design.switch.radix };
  const issues = [
    ...whole('groups', groups, 'The number of groups'), ...whole('leavesPerGroup', leavesPerGroup, 'The leaves per group'), ...whole('spinesPerGroup', spinesPerGroup, 'The spines per group'),
    ...whole('gpusPerLeaf', gpusPerLeaf, 'The GPUs per leaf'), ...whole('globalLinksPerSpine', globalLinksPerSpine, 'The global links per spine'),
    ...fewEnoughSwitches(groups * (leavesPerGroup + spinesPerGroup), 'fabric.groups'),
    ...enoughPorts(design, { ...ports, count: gpusPerLeaf + spinesPerGroup, formula: 'gpusPerLeaf + spinesPerGroup' }),
    ...enoughPorts(design, { ...ports, count: leavesPerGroup + globalLinksPerSpine, formula: 'leavesPerGroup + globalLinksPerSpine' }),
    ...enoughSeats(design, { count: groups * leavesPerGroup * gpusPerLeaf, path: 'fabric.groups', formula: 'groups x leavesPerGroup x gpusPerLeaf' }),
  ];
  if (groups - 1 > spinesPerGroup * globalLinksPerSpine) {
    issues.push({
      code: 'groups-not-joined', path: 'fabric.groups', value: String(groups),
      message: `${groups} groups need ${groups - 1} global links each and a group has ${spinesPerGroup * globalLinksPerSpine}`, remedy: 'Use fewer groups or more global links per spine',
    });
  }
  if (issues.length > 0) return { ok: false, issues };
  return parsed({
    summary: `dragonfly+: ${groups} groups of ${leavesPerGroup} leaves and ${spinesPerGroup} spines`,
    zoneOf: (server) => Math.floor((server * design.gpusPerNode) / (leavesPerGroup * gpusPerLeaf)),
    draw: (plot) => draw(plot, family),
  });
}
