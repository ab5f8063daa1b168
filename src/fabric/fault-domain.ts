/**
 * Fault domains: what a component takes with it when it fails.
 *
 * Containment (a switch holds its modules, a module its lasers) and feeds (a shelf feeds a rack, a laser lights wavelengths) form
 * a hypergraph; the fault domain of a component is its closure over both. Lost ports, cables and lasers take links and
 * wavelengths; lost links are carried to GPUs level by level:
 * - a link that loses all wavelengths in one direction is lost in both, because a link that cannot answer cannot be used;
 *   one that keeps some is derated;
 * - a switch whose every link upward is lost is isolated, and so is what hangs below only isolated switches; ways to other sites
 *   do not count, because a site that loses them still works by itself;
 * - a GPU is *cut* when it is itself lost or has no network link that leads anywhere, and *slowed* when it is not cut but a link
 *   on its way up (its own, or one of a switch above it, or its scale-up domain's) is lost or derated.
 * Where two nodes stand on one level (a torus), a lost link counts at both ends. A part that is passed over by nobody
 * (a spare port) has an empty domain.
 *
 * Cost: the closure's size plus the links of the nodes it reaches; no search over the fabric.
 */

import { groupRows } from '../base/csr.ts';
import type { CompiledFabric } from './compiled.ts';
import type { ComponentKind } from './components.ts';
import { componentKinds } from './components.ts';
import type { ComponentIx, NodeKind } from './fabric.ts';
import { linkTiers, nodeKinds } from './fabric.ts';

/** Counts of one fault domain. */
export interface BlastSize {
  /** Wavelengths dark, in both directions. */
  readonly wavelengths: number;
  /** Directed links lost. */
  readonly linksLost: number;
  /** Directed links that keep some of their wavelengths. */
  readonly linksDerated: number;
  readonly gpusCut: number;
  readonly gpusSlowed: number;
}

/** What a component takes with it directly: components, light and links, not what that does to accelerators. */
export interface Reach {
  /** Components in the closure, the failed one included. */
  readonly componentRows: Int32Array;
  readonly wavelengthRows: Int32Array;
  readonly lostLinkRows: Int32Array;
  readonly deratedLinkRows: Int32Array;
}

export interface Blast extends BlastSize, Reach {
  readonly component: ComponentIx;
  readonly name: string;
  readonly kind: ComponentKind;
  /** GPU ranks in ascending order. */
  readonly cutRanks: Int32Array;
  readonly slowedRanks: Int32Array;
}

export interface FaultDomains {
  measure(component: ComponentIx): BlastSize;
  /** `beside` are components that are down as well: what is gone, is gone with all of them. */
  blast(component: ComponentIx, beside?: readonly ComponentIx[]): Blast;
  /** The rows of a blast without its accelerators: costs what the component holds, not what hangs below it. */
  reach(component: ComponentIx): Reach;
  /** What goes with these directed links when they carry nothing, without any component failing: heat or dirt, say. */
  measureLinks(links: Iterable<number>): BlastSize;
}

/** Height of each kind of node over the accelerators; lost links hurt what is below. */
const levelOfKind: Readonly<Record<NodeKind, number>> = { gpu: 0, memory: 0, scaleUpSwitch: 1, leaf: 2, spine: 3, core: 4, gateway: 5, ocs: 6, awgr: 6 };
const levels = 7;
const gatewayLevel = levelOfKind.gateway;

/** A set of rows that is emptied by raising a stamp, and remembers its members in order. */
interface Marked {
  readonly rows: Int32Array;
  count: number;
  readonly stamp: Int32Array;
}

const createMarked = (size: number): Marked => ({ rows: new Int32Array(size), count: 0, stamp: new Int32Array(size) });

function mark(set: Marked, row: number, stamp: number): boolean {
  if (set.stamp[row] === stamp) return false;
  set.stamp[row] = stamp;
  set.rows[set.count++] = row;
  return true;
}

const has = (set: Marked, row: number, stamp: number): boolean => set.stamp[row] === stamp;

/** Members in ascending order: a few are sorted, many are collected in one pass over all rows. */
function sorted(set: Marked, stamp: number): Int32Array {
  if (set.count < set.stamp.length / 16) return set.rows.slice(0, set.count).sort();
  const rows = new Int32Array(set.count);
  let at = 0;
  for (let row = 0; row < set.stamp.length; row++) if (set.stamp[row] === stamp) rows[at++] = row;
  return rows;
}

/** Tables and scratch that every query of one fabric shares. */
interface Scratch {
  readonly fabric: CompiledFabric;
  readonly nodeOf: Int32Array;
  readonly linkOfPort: Int32Array;
  readonly cableOf: Int32Array;
  readonly laserWavelengths: ReturnType<typeof groupRows>;
  readonly level: Uint8Array;
  readonly rankOf: Int32Array;
  readonly isScaleUp: Uint8Array;
  readonly closure: Marked;
  readonly deadNodes: Marked;
  readonly wavelengths: Marked;
  readonly lost: Marked;
  readonly derated: Marked;
  /** Dark wavelengths of each touched link. */
  readonly darkCount: Int32Array;
  readonly touchedLinks: Marked;
  readonly isolated: Marked;
  readonly touchedNodes: Marked;
  /** Touched nodes by level, chained through `nextAtLevel`. */
  readonly headAtLevel: Int32Array;
  readonly nextAtLevel: Int32Array;
  readonly cut: Marked;
  readonly slowed: Marked;
  stamp: number;
}

function createScratch(fabric: CompiledFabric): Scratch {
  const nodeOf = new Int32Array(fabric.componentCount).fill(-1);
  fabric.nodeComponent.forEach((component, node) => void (nodeOf[component] = node));
  const linkOfPort = new Int32Array(fabric.componentCount).fill(-1);
  fabric.linkPort.forEach((port, link) => void (linkOfPort[port] = link));
  const cableOf = new Int32Array(fabric.componentCount).fill(-1);
  fabric.linkCable.forEach((component, cable) => {
    if (component >= 0) cableOf[component] = cable;
  });
  const rankOf = new Int32Array(fabric.nodeCount).fill(-1);
  fabric.gpuNode.forEach((node, rank) => void (rankOf[node] = rank));
  const scaleUp = linkTiers.indexOf('scaleUp');
  const { linkCount, nodeCount, wavelengthCount, componentCount } = fabric;
  const gpuCount = fabric.gpuNode.length;
  return {
    fabric, nodeOf, linkOfPort, cableOf, rankOf,
    laserWavelengths: groupRows(fabric.wavelengthLaser, componentCount),
    level: fabric.nodeKind.map((kind) => levelOfKind[nodeKinds[kind] ?? 'gpu']),
    isScaleUp: fabric.linkTier.map((tier) => (tier === scaleUp ? 1 : 0)),
    closure: createMarked(componentCount), deadNodes: createMarked(nodeCount), wavelengths: createMarked(wavelengthCount),
    lost: createMarked(linkCount), derated: createMarked(linkCount), darkCount: new Int32Array(linkCount), touchedLinks: createMarked(linkCount),
    isolated: createMarked(nodeCount), touchedNodes: createMarked(nodeCount),
    headAtLevel: new Int32Array(levels), nextAtLevel: new Int32Array(nodeCount),
    cut: createMarked(gpuCount), slowed: createMarked(gpuCount), stamp: 0,
  };
}

function begin(scratch: Scratch): void {
  scratch.stamp++;
  for (const set of [scratch.closure, scratch.deadNodes, scratch.wavelengths, scratch.lost, scratch.derated, scratch.touchedLinks, scratch.isolated, scratch.touchedNodes, scratch.cut, scratch.slowed]) set.count = 0;
  scratch.headAtLevel.fill(-1);
}

/** Both directions go, with every wavelength in them, and so does the rest of the circuit that the cable is part of. */
function loseLink(scratch: Scratch, link: number): void {
  const { fabric, stamp } = scratch;
  for (let direction = 0; direction < 2; direction++) {
    const row = direction === 0 ? link : (fabric.linkReverse[link] ?? link);
    if (!mark(scratch.lost, row, stamp)) continue;
    const last = fabric.linkWavelength[row + 1] ?? 0;
    for (let wavelength = fabric.linkWavelength[row] ?? 0; wavelength < last; wavelength++) mark(scratch.wavelengths, wavelength, stamp);
    const onward = fabric.circuitOut[row] ?? -1;
    if (onward >= 0) loseLink(scratch, onward);
  }
}

function darken(scratch: Scratch, wavelength: number): void {
  if (!mark(scratch.wavelengths, wavelength, scratch.stamp)) return;
  const link = scratch.fabric.wavelengthLink[wavelength] ?? 0;
  if (mark(scratch.touchedLinks, link, scratch.stamp)) scratch.darkCount[link] = 0;
  scratch.darkCount[link] = (scratch.darkCount[link] ?? 0) + 1;
  // A circuit switch makes no light: what does not enter does not leave.
  const onward = scratch.fabric.circuitOut[link] ?? -1;
  if (onward >= 0) darken(scratch, (scratch.fabric.linkWavelength[onward] ?? 0) + wavelength - (scratch.fabric.linkWavelength[link] ?? 0));
}

/** Walks containment and feeds, and collects dead nodes, lost links and dark wavelengths. */
function closeOver(scratch: Scratch, component: number, beside: readonly ComponentIx[] = []): void {
  const { fabric, closure, stamp, laserWavelengths } = scratch;
  const { children, feeds } = fabric.components;
  mark(closure, component, stamp);
  for (const other of beside) mark(closure, other, stamp);
  for (let at = 0; at < closure.count; at++) {
    const row = closure.rows[at] ?? 0;
    for (let edge = children.offset[row] ?? 0; edge < (children.offset[row + 1] ?? 0); edge++) mark(closure, children.row[edge] ?? 0, stamp);
    for (let edge = feeds.offset[row] ?? 0; edge < (feeds.offset[row + 1] ?? 0); edge++) mark(closure, feeds.row[edge] ?? 0, stamp);
    for (let edge = laserWavelengths.offset[row] ?? 0; edge < (laserWavelengths.offset[row + 1] ?? 0); edge++) darken(scratch, laserWavelengths.row[edge] ?? 0);
    const node = scratch.nodeOf[row] ?? -1;
    if (node >= 0) mark(scratch.deadNodes, node, stamp);
    const link = scratch.linkOfPort[row] ?? -1;
    if (link >= 0) loseLink(scratch, link);
    const cable = scratch.cableOf[row] ?? -1;
    if (cable >= 0) loseLink(scratch, 2 * cable);
  }
  for (let at = 0; at < scratch.deadNodes.count; at++) {
    const node = scratch.deadNodes.rows[at] ?? 0;
    for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) loseLink(scratch, fabric.outLink[edge] ?? 0);
  }
  for (let at = 0; at < scratch.touchedLinks.count; at++) {
    const link = scratch.touchedLinks.rows[at] ?? 0;
    if (has(scratch.lost, link, stamp)) continue;
    const all = (fabric.linkWavelength[link + 1] ?? 0) - (fabric.linkWavelength[link] ?? 0);
    if ((scratch.darkCount[link] ?? 0) >= all) loseLink(scratch, link);
    else mark(scratch.derated, link, stamp);
  }
}

function touchNode(scratch: Scratch, node: number): void {
  if (has(scratch.deadNodes, node, scratch.stamp) || !mark(scratch.touchedNodes, node, scratch.stamp)) return;
  const level = scratch.level[node] ?? 0;
  scratch.nextAtLevel[node] = scratch.headAtLevel[level] ?? -1;
  scratch.headAtLevel[level] = node;
}

/** The lower end of a hurt link, or both ends when they stand level. */
function touchEnds(scratch: Scratch, link: number): void {
  const source = scratch.fabric.linkSource[link] ?? 0;
  const target = scratch.fabric.linkTarget[link] ?? 0;
  const difference = (scratch.level[source] ?? 0) - (scratch.level[target] ?? 0);
  if (difference <= 0) touchNode(scratch, source);
  if (difference >= 0) touchNode(scratch, target);
}

/**
 * True when no link of the node leads up (or, for a node at the top, across) to a node that is not isolated. Scale-up links do
 * not count for a node that also has network links: a GPU without its NIC is cut from the fabric.
 */
function isIsolated(scratch: Scratch, node: number): boolean {
  const { fabric, level, stamp } = scratch;
  const own = level[node] ?? 0;
  let hasWay = false;
  let hasNetwork = false;
  let networkWay = false;
  for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
    const link = fabric.outLink[edge] ?? 0;
    const target = fabric.linkTarget[link] ?? 0;
    if ((level[target] ?? 0) < own) continue;
    // A gateway leads to other sites; without it a site still stands.
    if (level[target] === gatewayLevel && own !== gatewayLevel) continue;
    const leads = !has(scratch.lost, link, stamp) && !has(scratch.isolated, target, stamp) && !has(scratch.deadNodes, target, stamp);
    hasWay ||= leads;
    if (scratch.isScaleUp[link] === 1) continue;
    hasNetwork = true;
    networkWay ||= leads;
  }
  return hasNetwork ? !networkWay : !hasWay && own === 0;
}

/** Top level first: what an isolated or impaired switch does to everything below it. */
function carryDown(scratch: Scratch): void {
  const { fabric, level, stamp } = scratch;
  for (let at = 0; at < scratch.lost.count; at++) touchEnds(scratch, scratch.lost.rows[at] ?? 0);
  for (let at = 0; at < scratch.derated.count; at++) touchEnds(scratch, scratch.derated.rows[at] ?? 0);
  for (let own = levels - 1; own >= 0; own--) {
    for (let node = scratch.headAtLevel[own] ?? -1; node >= 0; node = scratch.nextAtLevel[node] ?? -1) {
      const rank = scratch.rankOf[node] ?? -1;
      const isolated = isIsolated(scratch, node);
      if (isolated) mark(scratch.isolated, node, stamp);
      if (rank >= 0) mark(isolated ? scratch.cut : scratch.slowed, rank, stamp);
      if (own === 0) continue;
      for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
        const target = fabric.linkTarget[fabric.outLink[edge] ?? 0] ?? 0;
        if ((level[target] ?? 0) < own) touchNode(scratch, target);
      }
    }
  }
  for (let at = 0; at < scratch.deadNodes.count; at++) {
    const rank = scratch.rankOf[scratch.deadNodes.rows[at] ?? 0] ?? -1;
    if (rank >= 0) mark(scratch.cut, rank, stamp);
  }
}

/** Builds the index of one fabric; queries share its scratch, so they must not be interleaved. */
export function createFaultDomains(fabric: CompiledFabric): FaultDomains {
  const scratch = createScratch(fabric);
  function run(component: ComponentIx, beside: readonly ComponentIx[] = []): BlastSize {
    begin(scratch);
    closeOver(scratch, component, beside);
    return sizeOf();
  }
  function sizeOf(): BlastSize {
    carryDown(scratch);
    return {
      wavelengths: scratch.wavelengths.count, linksLost: scratch.lost.count, linksDerated: scratch.derated.count,
      gpusCut: scratch.cut.count, gpusSlowed: scratch.slowed.count,
    };
  }
  const reached = (): Reach => ({
    componentRows: sorted(scratch.closure, scratch.stamp), wavelengthRows: sorted(scratch.wavelengths, scratch.stamp),
    lostLinkRows: sorted(scratch.lost, scratch.stamp), deratedLinkRows: sorted(scratch.derated, scratch.stamp),
  });
  return {
    measure: (component) => run(component),
    reach(component) {
      begin(scratch);
      closeOver(scratch, component);
      return reached();
    },
    measureLinks(links) {
      begin(scratch);
      for (const link of links) loseLink(scratch, link);
      return sizeOf();
    },
    blast(component, beside) {
      const size = run(component, beside);
      return {
        ...size, ...reached(), component, name: fabric.componentName(component), kind: componentKinds[fabric.componentKind[component] ?? 0] ?? 'site',
        cutRanks: sorted(scratch.cut, scratch.stamp), slowedRanks: sorted(scratch.slowed, scratch.stamp),
      };
    },
  };
}
