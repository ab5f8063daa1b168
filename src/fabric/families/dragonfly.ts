/** Dragonfly: fully meshed groups joined by global links, with minimal and Valiant routes. */

import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { chooseOf } from '../routing/hash.ts';
import { enoughPorts, enoughSeats, fewEnoughSwitches, wholeNumber } from './family-check.ts';
import type { DragonflyDesign } from './family-design.ts';
import type { FamilyPlan, Network, Plot, RankRoute } from './plan.ts';
import { addAccess, addSwitches } from './plan.ts';

/**
 * Global port q of group x (on switch q div h) serves, in copy floor(q / (g-1)), the group q mod (g-1) counted without x itself.
 * Ports beyond the last full copy stay free, so every pair of groups has the same number of links.
 */
export interface GlobalLinks {
  readonly groups: number;
  readonly copies: number;
  /** Cable of port q of group x at x * ports + q. */
  readonly cable: Int32Array;
  readonly ports: number;
}

export const peerOf = (group: number, port: number, groups: number): number => {
  const index = port % (groups - 1);
  return index < group ? index : index + 1;
};

export const portTo = (group: number, peer: number, copy: number, groups: number): number => (peer < group ? peer : peer - 1) + copy * (groups - 1);

/** Joins all groups; `switchOf(group, port)` is the switch that holds a global port. */
export function addGlobalLinks(plot: Plot, wiring: { readonly groups: number; readonly portsPerGroup: number; switchOf(group: number, port: number): number }): GlobalLinks {
  const { groups, portsPerGroup } = wiring;
  const copies = groups > 1 ? Math.floor(portsPerGroup / (groups - 1)) : 0;
  const ports = copies * Math.max(0, groups - 1);
  const cable = new Int32Array(groups * ports);
  for (let group = 0; group < groups; group++) {
    for (let port = 0; port < ports; port++) {
      const peer = peerOf(group, port, groups);
      if (peer < group) continue;
      const peerPort = portTo(peer, group, Math.floor(port / (groups - 1)), groups);
      const row = plot.draft.addCable({ near: wiring.switchOf(group, port) as NodeIx, far: wiring.switchOf(peer, peerPort) as NodeIx, tier: 'core' });
      cable[group * ports + port] = row;
      cable[peer * ports + peerPort] = row;
    }
  }
  return { groups, copies, cable, ports };
}

/** Directed link over a global cable: the lower group is its near end. */
export const globalLink = (links: GlobalLinks, group: number, port: number, peer: number): number =>
  2 * (links.cable[group * links.ports + port] ?? 0) + (group < peer ? 0 : 1);

interface Tables {
  readonly plot: Plot;
  readonly family: DragonflyDesign;
  readonly access: Int32Array;
  readonly global: GlobalLinks;
  /** Cable between switches i < j of a group at group * pairs + pair(i, j). */
  readonly local: Int32Array;
}

const pairOf = (low: number, high: number): number => (high * (high - 1)) / 2 + low;

/** Appends local-global-local hops between two switches, at most three. */
function minimalHops(tables: Tables, from: number, to: number, flowHash: number, into: Int32Array, at: number): number {
  const { family, global, local } = tables;
  const size = family.switchesPerGroup;
  const pairs = (size * (size - 1)) / 2;
  const step = (group: number, source: number, target: number, next: number): number => {
    if (source === target) return next;
    into[next] = 2 * (local[group * pairs + pairOf(Math.min(source, target), Math.max(source, target))] ?? 0) + (source < target ? 0 : 1);
    return next + 1;
  };
  const fromGroup = Math.floor(from / size);
  const toGroup = Math.floor(to / size);
  if (fromGroup === toGroup) return step(fromGroup, from % size, to % size, at);
  const copy = chooseOf(global.copies, flowHash, 2);
  const port = portTo(fromGroup, toGroup, copy, global.groups);
  const peerPort = portTo(toGroup, fromGroup, copy, global.groups);
  let next = step(fromGroup, from % size, Math.floor(port / family.globalLinksPerSwitch), at);
  into[next++] = globalLink(global, fromGroup, port, toGroup);
  next = step(toGroup, Math.floor(peerPort / family.globalLinksPerSwitch), to % size, next);
  return next;
}

function dragonflyRoute(tables: Tables, by: 'minimal' | 'valiant'): RankRoute {
  const { plot, family, access } = tables;
  const size = family.switchesPerGroup;
  return (from, to, flowHash, into, at) => {
    const source = from - plot.firstRank;
    const target = to - plot.firstRank;
    const fromSwitch = Math.floor(source / family.gpusPerSwitch);
    const toSwitch = Math.floor(target / family.gpusPerSwitch);
    const fromGroup = Math.floor(fromSwitch / size);
    const toGroup = Math.floor(toSwitch / size);
    let next = at;
    into[next++] = 2 * (access[source] ?? 0);
    if (by === 'valiant' && fromGroup !== toGroup && family.groups > 2) {
      // A middle group other than both ends, and any switch of it.
      let middle = chooseOf(family.groups - 2, flowHash, 0);
      if (middle >= Math.min(fromGroup, toGroup)) middle++;
      if (middle >= Math.max(fromGroup, toGroup)) middle++;
      const middleSwitch = middle * size + chooseOf(size, flowHash, 1);
      next = minimalHops(tables, fromSwitch, middleSwitch, flowHash, into, next);
      next = minimalHops(tables, middleSwitch, toSwitch, flowHash, into, next);
    } else {
      next = minimalHops(tables, fromSwitch, toSwitch, flowHash, into, next);
    }
    into[next++] = 2 * (access[target] ?? 0) + 1;
    return next;
  };
}

function draw(plot: Plot, family: DragonflyDesign): Network {
  const { groups, switchesPerGroup: size, globalLinksPerSwitch, gpusPerSwitch } = family;
  const routers = addSwitches(plot, 'leaf', groups * size, (index) => Math.floor(index / size));
  const access = addAccess(plot, (index) => routers[Math.floor(index / gpusPerSwitch)] ?? 0);
  const pairs = (size * (size - 1)) / 2;
  const local = new Int32Array(groups * pairs);
  for (let group = 0; group < groups; group++) {
    for (let high = 1; high < size; high++) {
      for (let low = 0; low < high; low++) {
        const near = (routers[group * size + low] ?? 0) as NodeIx;
        local[group * pairs + pairOf(low, high)] = plot.draft.addCable({ near, far: (routers[group * size + high] ?? 0) as NodeIx, tier: 'fabric' });
      }
    }
  }
  const global = addGlobalLinks(plot, { groups, portsPerGroup: size * globalLinksPerSwitch, switchOf: (group, port) => routers[group * size + Math.floor(port / globalLinksPerSwitch)] ?? 0 });
  const tables: Tables = { plot, family, access, global, local };
  return {
    hopsMax: family.routing === 'minimal' ? 5 : 8, routingName: `dragonfly ${family.routing}`, top: routers,
    createRoute: () => dragonflyRoute(tables, family.routing === 'valiant' ? 'valiant' : 'minimal'),
    ...(family.routing === 'adaptive' ? { createLongerRoute: () => dragonflyRoute(tables, 'valiant') } : {}),
  };
}

export function planDragonfly(design: ClusterDesign, family: DragonflyDesign): Parsed<FamilyPlan> {
  const { groups, switchesPerGroup: size, gpusPerSwitch, globalLinksPerSwitch } = family;
  const whole = (name: keyof DragonflyDesign, value: number, what: string, min = 1) => wholeNumber({ path: `fabric.${name}`, value, min, what });
  const issues = [
    ...whole('groups', groups, 'The number of groups'), ...whole('switchesPerGroup', size, 'The switches per group'),
    ...whole('gpusPerSwitch', gpusPerSwitch, 'The GPUs per switch'), ...whole('globalLinksPerSwitch', globalLinksPerSwitch, 'The global links per switch', 0),
    ...fewEnoughSwitches(groups * size, 'fabric.groups'),
    ...enoughPorts(design, { count: gpusPerSwitch + size - 1 + globalLinksPerSwitch, path: 'switch.radix', value: design.switch.radix, formula: 'gpusPerSwitch + switchesPerGroup - 1 + globalLinksPerSwitch' }),
    ...enoughSeats(design, { count: groups * size * gpusPerSwitch, path: 'fabric.groups', formula: 'groups x switchesPerGroup x gpusPerSwitch' }),
  ];
  if (groups - 1 > size * globalLinksPerSwitch) {
    issues.push({
      code: 'groups-not-joined', path: 'fabric.groups', value: String(groups), message: `${groups} groups need ${groups - 1} global links each and a group has ${size * globalLinksPerSwitch}`,
      remedy: `Use at most ${size * globalLinksPerSwitch + 1} groups or more global links per switch`,
    });
  }
  if (issues.length > 0) return { ok: false, issues };
  return parsed({
    summary: `dragonfly: ${groups} groups of ${size} switches, ${gpusPerSwitch} GPUs and ${globalLinksPerSwitch} global links each`,
    zoneOf: (server) => Math.floor((server * design.gpusPerNode) / (size * gpusPerSwitch)),
    draw: (plot) => draw(plot, family),
  });
}
