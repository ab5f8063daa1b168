/**
 * The floor as rectangles: racks where they stand, trays stacked in them, and, when asked for, everything inside a tray.
 *
 * World coordinates are metres of a drawing in which racks lie on their back: x along the row (stretched so that trays can be read),
 * y across the rows. Racks and trays are columns of numbers made once; what is inside a tray is laid out when it is first approached.
 */

import type { ClusterMap } from '../../../src/app/contract/cluster.ts';

/** Drawn width over real width along a row: a tray is wide and flat, and its text needs the width. */
const stretch = 1.5;
/** Share of the row pitch that a rack takes; the rest is the aisle with trunks and coolant. */
const rackDepthShare = 0.6;
const siteGapM = 6;
/** Floor around the racks: room for the names of sites and loops above them. */
const floorM = { side: 0.35, top: 0.95, bottom: 0.4 } as const;

export interface Box { readonly x: number; readonly y: number; readonly w: number; readonly h: number }

/** A component inside a tray with its rectangle. */
export interface Cell extends Box { readonly component: number; readonly depth: number }

/** A coolant loop drawn along the row it cools. */
export interface Pipe extends Box { readonly component: number }

export interface Floor {
  readonly map: ClusterMap;
  readonly kindOf: (component: number) => string;
  readonly nameOf: (component: number) => string;
  readonly childrenOf: (component: number) => readonly number[];
  /** By rack row of the map. */
  readonly rackX: Float64Array;
  readonly rackY: Float64Array;
  readonly rackW: number;
  readonly rackH: number;
  readonly rackSite: Int32Array;
  /** Grid places of racks, for the trunks: column and row within all sites. */
  readonly rackColumn: Int32Array;
  readonly rackRow: Int32Array;
  readonly columnX: Float64Array;
  /** Line of the trunk below each row. */
  readonly trunkY: Float64Array;
  /** By tray: its component, rack and rectangle; trays of rack r are [trayOffset[r], trayOffset[r + 1]). */
  readonly trayComponent: Int32Array;
  readonly trayRack: Int32Array;
  readonly trayX: Float64Array;
  readonly trayY: Float64Array;
  readonly trayH: Float64Array;
  readonly trayW: number;
  readonly trayOffset: Int32Array;
  /** Tray that holds a component, -1 for none. */
  readonly trayOf: Int32Array;
  /** Tray of each node of the map, -1 for none. */
  readonly nodeTray: Int32Array;
  /** Node of a component that is one, -1 otherwise. */
  readonly nodeOf: Int32Array;
  readonly pipes: readonly Pipe[];
  readonly sites: readonly { readonly component: number; readonly box: Box }[];
  readonly bounds: Box;
  /** Everything inside a tray, laid out on first use. */
  cellsOf(tray: number): readonly Cell[];
  /** Row of a component by its whole path, -1 where there is none. */
  rowOf(name: string): number;
  /** Rectangle of any component that has one; trays, racks, cells and pipes. */
  boxOf(component: number): Box | null;
}

const segmentOf = (kind: string, ordinal: number): string => `${kind.toLowerCase()}${ordinal}`;

interface Tree {
  readonly kindOf: (component: number) => string;
  readonly nameOf: (component: number) => string;
  readonly childrenOf: (component: number) => readonly number[];
}

function treeOf({ kinds, components }: ClusterMap): Tree {
  const count = components.kind.length;
  const offset = new Int32Array(count + 1);
  for (const parent of components.parent) if (parent >= 0) offset[parent + 1] = (offset[parent + 1] ?? 0) + 1;
  for (let at = 0; at < count; at++) offset[at + 1] = (offset[at + 1] ?? 0) + (offset[at] ?? 0);
  const fill = offset.slice();
  const child = new Int32Array(count);
  components.parent.forEach((parent, row) => {
    if (parent < 0) return;
    const place = fill[parent] ?? 0;
    child[place] = row;
    fill[parent] = place + 1;
  });
  const kindOf = (component: number): string => kinds[components.kind[component] ?? -1] ?? '';
  return {
    kindOf,
    childrenOf: (component) => Array.from(child.subarray(offset[component] ?? 0, offset[component + 1] ?? 0)),
    nameOf(component) {
      const path: string[] = [];
      for (let at = component; at >= 0; at = components.parent[at] ?? -1) path.push(segmentOf(kindOf(at), components.ordinal[at] ?? 0));
      return path.reverse().join('/');
    },
  };
}

/** Walks a path such as `site0/row1/rack3` down from the roots. */
function rowOfName({ components }: ClusterMap, tree: Tree, name: string): number {
  const [first = '', ...rest] = name.trim().toLowerCase().split('/');
  const segment = (row: number): string => segmentOf(tree.kindOf(row), components.ordinal[row] ?? 0);
  let at = components.parent.findIndex((parent, row) => parent < 0 && segment(row) === first);
  for (const wanted of rest) at = at < 0 ? -1 : tree.childrenOf(at).find((child) => segment(child) === wanted) ?? -1;
  return at;
}

/** Kinds inside a tray in the order in which their bands are stacked, with the share of height that one row of them wants. */
const bands: Readonly<Record<string, number>> = { scaleUpSwitch: 0.7, gpu: 1.5, package: 2.4, engine: 1, laserSource: 1, laser: 0.8, nic: 1.2, module: 1, memory: 1 };
const bandOrder = Object.keys(bands);

/** Columns so that cells of a band come out near `aspect` (width over height). */
function columnsFor(count: number, place: { readonly w: number; readonly h: number }, aspect: number): number {
  let best = 1;
  let cost = Infinity;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const shape = place.w / columns / (place.h / rows);
    const off = Math.abs(Math.log(shape / aspect)) + (rows * columns - count) / count;
    if (off < cost) [best, cost] = [columns, off];
  }
  return best;
}

/** Lays the children of `parent` out in bands by kind, and theirs inside them. */
function layInside(tree: Tree, parent: number, box: Box, depth: number, into: Cell[]): void {
  const groups = new Map<string, number[]>();
  for (const child of tree.childrenOf(parent)) {
    const kind = tree.kindOf(child);
    if (kind in bands) (groups.get(kind) ?? groups.set(kind, []).get(kind) ?? []).push(child);
  }
  const kinds = [...groups.keys()].sort((a, b) => bandOrder.indexOf(a) - bandOrder.indexOf(b));
  if (kinds.length === 0) return;
  const wantOf = (kind: string): number => (bands[kind] ?? 1) * Math.max(1, Math.sqrt((groups.get(kind)?.length ?? 1) / 8));
  const want = kinds.reduce((sum, kind) => sum + wantOf(kind), 0);
  // Above what a part contains stands its own name, which takes a share of its height.
  const head = depth === 0 ? 0.11 : 0.26;
  // Along the foot of a part that ends links and holds others stand its pins.
  const foot = tree.kindOf(parent) === 'module' ? 0.2 : 0;
  const pad = Math.min(box.w, box.h) * 0.05;
  let y = box.y + box.h * head;
  const height = box.h * (1 - head - foot) - pad;
  for (const kind of kinds) {
    const members = groups.get(kind) ?? [];
    const h = (height * wantOf(kind)) / want;
    const columns = columnsFor(members.length, { w: box.w - 2 * pad, h }, kind === 'laser' ? 1 : 1.5);
    const rows = Math.ceil(members.length / columns);
    const cellW = (box.w - 2 * pad) / columns;
    const cellH = h / rows;
    members.forEach((component, index) => {
      const gap = Math.min(cellW, cellH) * 0.08;
      const cell: Cell = {
        component, depth, x: box.x + pad + (index % columns) * cellW + gap / 2, y: y + Math.floor(index / columns) * cellH + gap / 2, w: cellW - gap, h: cellH - gap,
      };
      into.push(cell);
      layInside(tree, component, cell, depth + 1, into);
    });
    y += h;
  }
}

interface Racks { readonly x: Float64Array; readonly y: Float64Array; readonly site: Int32Array; readonly column: Int32Array; readonly row: Int32Array; readonly columnX: Float64Array;
  readonly trunkY: Float64Array; readonly pitch: { readonly x: number; readonly y: number } }

/** Smallest distance between different places, or `otherwise` where there is only one. */
function pitchOf(places: readonly number[], otherwise: number): number {
  const sorted = [...new Set(places.map((place) => Math.round(place * 1000) / 1000))].sort((a, b) => a - b);
  return sorted.slice(1).reduce((least, place, at) => Math.min(least, place - (sorted[at] ?? 0)), sorted.length > 1 ? Infinity : otherwise);
}

/** Sites side by side; every rack has a column and a row of one grid over all of them. */
function placeRacks({ racks, components }: ClusterMap): Racks {
  const count = racks.component.length;
  const pitch = { x: pitchOf(racks.xM, 0.6) * stretch, y: pitchOf(racks.yM, 2.4) };
  const rootOf = (component: number): number => {
    let at = component;
    while ((components.parent[at] ?? -1) >= 0) at = components.parent[at] ?? -1;
    return at;
  };
  const site = Int32Array.from(racks.component, rootOf);
  const siteRows = [...new Set(site)].sort((a, b) => a - b);
  const left = new Map<number, number>();
  let edge = 0;
  for (const row of siteRows) {
    left.set(row, edge);
    let widest = 0;
    for (let rack = 0; rack < count; rack++) if (site[rack] === row) widest = Math.max(widest, (racks.xM[rack] ?? 0) * stretch);
    edge += widest + pitch.x + siteGapM;
  }
  const x = Float64Array.from(racks.xM, (place, rack) => (left.get(site[rack] ?? 0) ?? 0) + place * stretch);
  const y = Float64Array.from(racks.yM);
  const columnX = Float64Array.from(new Set(Array.from(x, (place) => Math.round(place * 1000) / 1000))).sort();
  const rowY = Float64Array.from(new Set(Array.from(y, (place) => Math.round(place * 1000) / 1000))).sort();
  const nearest = (sorted: Float64Array, place: number): number => sorted.findIndex((other) => Math.abs(other - place) < 0.01);
  return {
    x, y, site, columnX, column: Int32Array.from(x, (place) => nearest(columnX, place)), row: Int32Array.from(y, (place) => nearest(rowY, place)),
    trunkY: rowY.map((place) => place + pitch.y * (rackDepthShare + 0.16)), pitch,
  };
}

interface Trays { readonly component: number[]; readonly rack: number[]; readonly x: number[]; readonly y: number[]; readonly h: number[]; readonly offset: Int32Array }

/** Stacks what each rack holds; parts without a place of their own (power shelves) go to the bottom, half as high. */
function stackTrays(map: ClusterMap, tree: Tree, racks: Racks, size: { readonly h: number; readonly inset: number; readonly slotOf: ReadonlyMap<number, number> }): Trays {
  const trays: Trays = { component: [], rack: [], x: [], y: [], h: [], offset: new Int32Array(map.racks.component.length + 1) };
  map.racks.component.forEach((component, rack) => {
    const held = tree.childrenOf(component).filter((child) => !['coolantLoop', 'cable'].includes(tree.kindOf(child)));
    held.sort((a, b) => (size.slotOf.get(b) ?? -1) - (size.slotOf.get(a) ?? -1) || a - b);
    const weightOf = (child: number): number => (tree.kindOf(child) === 'powerShelf' ? 0.35 : 1);
    const weight = Math.max(1, held.reduce((sum, child) => sum + weightOf(child), 0));
    const room = size.h - 2 * size.inset;
    let y = (racks.y[rack] ?? 0) + size.inset;
    for (const child of held) {
      const h = (room * weightOf(child)) / weight;
      trays.component.push(child);
      trays.rack.push(rack);
      trays.x.push((racks.x[rack] ?? 0) + size.inset);
      trays.y.push(y);
      trays.h.push(h * 0.94);
      y += h;
    }
    trays.offset[rack + 1] = trays.component.length;
  });
  return trays;
}

function pipesOf(map: ClusterMap, racks: Racks, rackW: number): readonly Pipe[] {
  const loops: number[] = [];
  map.components.kind.forEach((kind, row) => {
    if (map.kinds[kind] === 'coolantLoop') loops.push(row);
  });
  const rowsSeen = [...new Set(map.racks.row)].sort((a, b) => a - b);
  const alongRow = loops.length === rowsSeen.length;
  return loops.flatMap((component, at) => {
    const members = map.racks.row.flatMap((row, rack) => (alongRow ? (row === rowsSeen[at] ? [rack] : []) : loops.length === map.racks.row.length ? (rack === at ? [rack] : []) : [rack]));
    if (members.length === 0) return [];
    const x0 = Math.min(...members.map((rack) => racks.x[rack] ?? 0));
    const x1 = Math.max(...members.map((rack) => racks.x[rack] ?? 0)) + rackW;
    return [{ component, x: x0, y: (racks.y[members[0] ?? 0] ?? 0) - racks.pitch.y * 0.14, w: x1 - x0, h: racks.pitch.y * 0.04 }];
  });
}

/** Lays out the whole floor. */
export function layFloor(map: ClusterMap): Floor {
  const tree = treeOf(map);
  const racks = placeRacks(map);
  const rackW = racks.pitch.x * 0.9;
  const rackH = racks.pitch.y * rackDepthShare;
  const slotOf = new Map<number, number>();
  const climb = (component: number): number => {
    let at = component;
    for (let parent = map.components.parent[at] ?? -1; parent >= 0 && tree.kindOf(parent) !== 'rack'; parent = map.components.parent[at] ?? -1) at = parent;
    return at;
  };
  map.nodes.component.forEach((component, node) => slotOf.set(climb(component), map.nodes.slot[node] ?? 0));
  const inset = Math.min(rackW, rackH) * 0.035;
  const trays = stackTrays(map, tree, racks, { h: rackH, inset, slotOf });
  const trayOf = new Int32Array(map.components.kind.length).fill(-1);
  trays.component.forEach((component, tray) => { trayOf[component] = tray; });
  // Parents come before their children, so one pass hands each component the tray above it.
  map.components.parent.forEach((parent, row) => { if (parent >= 0 && (trayOf[row] ?? -1) < 0) trayOf[row] = trayOf[parent] ?? -1; });
  const nodeOf = new Int32Array(map.components.kind.length).fill(-1);
  map.nodes.component.forEach((component, node) => { nodeOf[component] = node; });
  const pipes = pipesOf(map, racks, rackW);
  const right = racks.x.reduce((most, x) => Math.max(most, x + rackW), 1);
  const bottom = racks.trunkY.reduce((most, y) => Math.max(most, y), 1);
  const sites = [...new Set(racks.site)].map((component) => {
    const members = Array.from(racks.site.keys()).filter((rack) => racks.site[rack] === component);
    const x0 = members.reduce((least, rack) => Math.min(least, racks.x[rack] ?? 0), Infinity);
    const x1 = members.reduce((most, rack) => Math.max(most, (racks.x[rack] ?? 0) + rackW), 0);
    return { component, box: { x: x0 - floorM.side, y: -floorM.top, w: x1 - x0 + 2 * floorM.side, h: bottom + floorM.top + floorM.bottom } };
  });
  const laid = new Map<number, readonly Cell[]>();
  const floor: Floor = {
    map, ...tree, rackX: racks.x, rackY: racks.y, rackW, rackH, rackSite: racks.site, rackColumn: racks.column, rackRow: racks.row, columnX: racks.columnX, trunkY: racks.trunkY,
    trayComponent: Int32Array.from(trays.component), trayRack: Int32Array.from(trays.rack), trayX: Float64Array.from(trays.x), trayY: Float64Array.from(trays.y), trayH: Float64Array.from(trays.h),
    trayW: rackW - 2 * inset, trayOffset: trays.offset, trayOf, nodeTray: Int32Array.from(map.nodes.component, (component) => trayOf[component] ?? -1), nodeOf, pipes, sites,
    bounds: { x: -floorM.side, y: -floorM.top, w: right + 2 * floorM.side, h: bottom + floorM.top + floorM.bottom },
    cellsOf(tray) {
      const known = laid.get(tray);
      if (known !== undefined) return known;
      const cells: Cell[] = [];
      const box = trayBox(floor, tray);
      layInside(tree, floor.trayComponent[tray] ?? -1, { x: box.x + box.w * 0.015, y: box.y, w: box.w * 0.93, h: box.h }, 0, cells);
      laid.set(tray, cells);
      return cells;
    },
    rowOf: (name) => rowOfName(map, tree, name),
    boxOf(component) {
      const tray = trayOf[component] ?? -1;
      if (tray >= 0) return floor.trayComponent[tray] === component ? trayBox(floor, tray) : floor.cellsOf(tray).find((cell) => cell.component === component) ?? null;
      const rack = map.racks.component.indexOf(component);
      if (rack >= 0) return { x: racks.x[rack] ?? 0, y: racks.y[rack] ?? 0, w: rackW, h: rackH };
      return pipes.find((pipe) => pipe.component === component) ?? sites.find((site) => site.component === component)?.box ?? null;
    },
  };
  return floor;
}

export const trayBox = (floor: Floor, tray: number): Box => ({ x: floor.trayX[tray] ?? 0, y: floor.trayY[tray] ?? 0, w: floor.trayW, h: floor.trayH[tray] ?? 0 });
