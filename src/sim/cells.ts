/**
 * Lays a flow program out as cells: one layer of links for each class, one for each floor, and a private cell for each rate cap.
 *
 * Layers stand in the order in which they are solved: first the floors (stage 0, when there are any; classes do not meet
 * there), then the classes from the lowest priority number up. Cell = layer x links + link. A class with a floor has a shadow of each of its
 * flows in the floor layer: flow rows from `program.flowCount` on. The shadow's rate is what the floor holds for its class.
 *
 * Bounds: links, flows and layers are rows that the program and the layout below size together.
 */

import { createHeap } from '../base/heap.ts';
import type { FlowProgram } from './flow-program.ts';
import { cellLoaded, cellRelieved } from './members.ts';
import type { Water } from './water.ts';

/** Distinct priorities in one program; a file with more is refused where it is read. */
export const prioritiesMax = 64;

export interface Cells {
  readonly water: Water;
  readonly linkCount: number;
  /** Floor layers come first. */
  readonly floorLayerCount: number;
  readonly layerCount: number;
  /** Stage of each layer. */
  readonly layerStage: Int32Array;
  /** Class (rank of the priority number) of each layer. */
  readonly layerClass: Int32Array;
  /** Floor share of each floor layer. */
  readonly layerShare: Float64Array;
  /** Distinct priority numbers in rising order; class = rank here. */
  readonly priorities: readonly number[];
  readonly flowClass: Uint8Array | null;
  /** Row of a flow's shadow, -1 for none; `null` without floors. */
  readonly flowShadow: Int32Array | null;
  /** Present rate of each link, all classes together. */
  readonly linkRateGbps: Float64Array;
  /** What the members of each layered cell use; kept only when there is more than one layer. */
  readonly cellUsedGbps: Float64Array;
  /** Paths of flows that were moved from the one in the program. */
  readonly movedPath: Map<number, readonly number[]>;
  /** Weight of a flow or shadow row. */
  rowWeight(row: number): number;
}

interface Layout {
  readonly priorities: readonly number[];
  readonly flowClass: Uint8Array | null;
  readonly layerStage: Int32Array;
  readonly layerClass: Int32Array;
  readonly layerShare: Float64Array;
  readonly floorLayerCount: number;
  /** Floor layer of each class, -1 for none. */
  readonly classFloorLayer: readonly number[];
}

function layOutLayers(program: FlowProgram): Layout {
  const { flowPriority } = program;
  const priorities = flowPriority === null ? [0] : [...new Set(flowPriority)].sort((a, b) => a - b);
  if (priorities.length === 0) priorities.push(0);
  if (priorities.length > prioritiesMax) throw new Error(`A program has at most ${prioritiesMax} distinct priorities, not ${priorities.length}`);
  const rank = new Map(priorities.map((priority, index) => [priority, index]));
  const flowClass = priorities.length === 1 || flowPriority === null ? null : Uint8Array.from(flowPriority, (priority) => rank.get(priority) ?? 0);
  const floors = (program.classFloors ?? []).filter((floor) => floor.share > 0 && rank.has(floor.priority) && priorities.length > 1);
  const floorClass = floors.map((floor) => rank.get(floor.priority) ?? 0);
  const firstClassStage = floors.length > 0 ? 1 : 0;
  return {
    priorities,
    flowClass,
    layerStage: Int32Array.from([...floors.map(() => 0), ...priorities.map((_, index) => firstClassStage + index)]),
    layerClass: Int32Array.from([...floorClass, ...priorities.map((_, index) => index)]),
    layerShare: Float64Array.from(floors, (floor) => floor.share),
    floorLayerCount: floors.length,
    classFloorLayer: priorities.map((_, index) => floorClass.indexOf(index)),
  };
}

interface Paths {
  readonly flowShadow: Int32Array | null;
  readonly flowHopFirst: Int32Array;
  readonly flowHopEnd: Int32Array;
  readonly hopCell: Int32Array;
  readonly hopFlow: Int32Array;
  readonly hopWeight: Float64Array;
  readonly capCellRateGbps: Float64Array;
  readonly capCellStage: Uint8Array;
}

const isCapped = (program: FlowProgram, flow: number): boolean => program.flowCapGbps !== null && program.flowCapGbps[flow]! < Infinity;

function layOutPaths(program: FlowProgram, layout: Layout): Paths {
  const { flowCount, linkCount, pathOffset, pathLink, flowWeight, pathLoad } = program;
  const { flowClass, classFloorLayer, floorLayerCount, layerStage } = layout;
  let rows = flowCount;
  let hops = 0;
  const flowShadow = floorLayerCount > 0 ? new Int32Array(flowCount).fill(-1) : null;
  let caps = 0;
  for (let flow = 0; flow < flowCount; flow++) {
    const shadowed = flowShadow !== null && classFloorLayer[flowClass === null ? 0 : flowClass[flow]!]! >= 0;
    if (shadowed) flowShadow[flow] = rows++;
    const cap = isCapped(program, flow) ? 1 : 0;
    hops += (pathOffset[flow + 1]! - pathOffset[flow]! + cap + 1) * (shadowed ? 2 : 1);
    caps += shadowed ? 2 * cap : cap;
  }
  const flowHopFirst = new Int32Array(rows);
  const flowHopEnd = new Int32Array(rows);
  const hopCell = new Int32Array(hops);
  const hopFlow = new Int32Array(hops);
  const hopWeight = new Float64Array(hops).fill(1);
  const capCellRateGbps = new Float64Array(caps);
  const capCellStage = new Uint8Array(caps);
  const firstCapCell = layerStage.length * linkCount;
  let hop = 0;
  let capCell = 0;
  const layPath = (row: number, flow: number, layer: number): void => {
    const weight = flowWeight === null ? 1 : flowWeight[flow]!;
    flowHopFirst[row] = hop;
    for (let at = pathOffset[flow]!; at < pathOffset[flow + 1]!; at++) {
      hopCell[hop] = layer * linkCount + pathLink[at]!;
      hopWeight[hop++] = pathLoad === undefined ? weight : weight * pathLoad[at]!;
    }
    if (isCapped(program, flow)) {
      capCellRateGbps[capCell] = program.flowCapGbps![flow]!;
      capCellStage[capCell] = layerStage[layer]!;
      hopCell[hop] = firstCapCell + capCell++;
      hopWeight[hop++] = weight;
    }
    flowHopEnd[row] = hop;
    hopFlow.fill(row, flowHopFirst[row]!, hop);
    hopCell[hop++] = -1;
  };
  for (let flow = 0; flow < flowCount; flow++) {
    const rank = flowClass === null ? 0 : flowClass[flow]!;
    layPath(flow, flow, floorLayerCount + rank);
    if (flowShadow !== null && flowShadow[flow]! >= 0) layPath(flowShadow[flow]!, flow, classFloorLayer[rank]!);
  }
  return { flowShadow, flowHopFirst, flowHopEnd, hopCell, hopFlow, hopWeight, capCellRateGbps, capCellStage };
}

/** Compiles a program; its bounds must hold (paths name links, offsets rise), which the place where it was read has seen to. */
export function createCells(program: FlowProgram): Cells {
  const { linkCount } = program;
  const layout = layOutLayers(program);
  const layerCount = layout.layerStage.length;
  const paths = layOutPaths(program, layout);
  const { hopCell } = paths;
  const layeredCount = layerCount * linkCount;
  const cellCount = layeredCount + paths.capCellRateGbps.length;
  const rows = paths.flowHopFirst.length;

  const cellRoom = new Int32Array(cellCount);
  for (let hop = 0; hop < hopCell.length; hop++) if (hopCell[hop]! >= 0) cellRoom[hopCell[hop]!]!++;
  const cellFirst = new Int32Array(cellCount);
  for (let cell = 1; cell < cellCount; cell++) cellFirst[cell] = cellFirst[cell - 1]! + cellRoom[cell - 1]!;

  const cellStage = new Uint8Array(cellCount);
  for (let layer = 0; layer < layerCount; layer++) cellStage.fill(layout.layerStage[layer]!, layer * linkCount, (layer + 1) * linkCount);
  cellStage.set(paths.capCellStage, layeredCount);
  const cellRateGbps = new Float64Array(cellCount);
  cellRateGbps.set(paths.capCellRateGbps, layeredCount);

  const shared = createHeap(cellCount);
  const stageCount = (layout.layerStage[layerCount - 1] ?? 0) + 1;
  const due = Array.from({ length: stageCount }, () => ({ ...shared, order: stageCount === 1 ? shared.order : new Int32Array(cellCount) }));
  const water: Water = {
    isEven: program.pathLoad === undefined, isUnweighted: program.flowWeight === null && program.pathLoad === undefined, stageCount, cellStage, cellRateGbps,
    cellLevel: new Float64Array(cellCount + 1).fill(Infinity), cellWake: new Float64Array(cellCount).fill(-1),
    cellFirst, cellRoom, cellSize: new Int32Array(cellCount), cellHeld: new Int32Array(cellCount),
    memberHop: new Int32Array(hopCell.length), memberStart: new Int32Array(hopCell.length), memberWeight: new Float64Array(hopCell.length), memberHolder: new Int32Array(hopCell.length),
    flowHopFirst: paths.flowHopFirst, flowHopEnd: paths.flowHopEnd, hopCell, hopFlow: paths.hopFlow, hopWeight: paths.hopWeight, hopPlace: new Int32Array(hopCell.length),
    flowCell: new Int32Array(rows).fill(cellCount), nowhere: cellCount,
    due, cellAt: new Float64Array(cellCount).fill(Infinity), cellFrozenGbps: new Float64Array(cellCount), cellRising: new Float64Array(cellCount),
    slack: new Int32Array(cellCount), isSlack: new Uint8Array(cellCount), slackCount: 0, slackMin: Infinity,
    touched: new Int32Array(cellCount), isTouched: new Uint8Array(cellCount), touchedCount: 0,
    notBelow: new Int32Array(64), notBelowCount: 0, changed: new Int32Array(64), changedCount: 0, moved: new Int32Array(Math.max(64, rows)), movedCount: 0,
  };
  const cells: Cells = {
    water, linkCount, layerCount, layerStage: layout.layerStage, layerClass: layout.layerClass, layerShare: layout.layerShare,
    floorLayerCount: layout.floorLayerCount, priorities: layout.priorities, flowClass: layout.flowClass, flowShadow: paths.flowShadow,
    linkRateGbps: program.linkRateGbps.slice(),
    cellUsedGbps: new Float64Array(layerCount > 1 ? layeredCount : 0),
    movedPath: new Map(),
    rowWeight: (row) => (program.flowWeight === null ? 1 : program.flowWeight[row < program.flowCount ? row : (paths.flowShadow?.indexOf(row) ?? 0)]!),
  };
  for (let link = 0; link < linkCount; link++) shareOut(cells, link);
  return cells;
}

/** Gives each layer of a link the capacity that the layers before it (and floors below it) leave, and makes changed cells due. */
export function shareOut(cells: Cells, link: number): void {
  const { water, linkCount, floorLayerCount, layerCount, layerClass, cellUsedGbps } = cells;
  const rateGbps = cells.linkRateGbps[link]!;
  if (layerCount === 1) {
    setCellRate(water, link, rateGbps);
    return;
  }
  let heldGbps = 0;
  for (let layer = 0; layer < floorLayerCount; layer++) {
    setCellRate(water, layer * linkCount + link, rateGbps * cells.layerShare[layer]!);
    heldGbps += cellUsedGbps[layer * linkCount + link]!;
  }
  let usedAboveGbps = 0;
  for (let layer = floorLayerCount; layer < layerCount; layer++) {
    for (let floor = 0; floor < floorLayerCount; floor++) {
      if (layerClass[floor] === layerClass[layer]) heldGbps -= cellUsedGbps[floor * linkCount + link]!;
    }
    const leftGbps = rateGbps - usedAboveGbps - heldGbps;
    // A remainder of rounding is no capacity: a lower class must stall, not crawl.
    setCellRate(water, layer * linkCount + link, leftGbps > rateGbps * roundingShare ? leftGbps : 0);
    usedAboveGbps += cellUsedGbps[layer * linkCount + link]!;
  }
}

const roundingShare = 1e-12;

function setCellRate(water: Water, cell: number, rateGbps: number): void {
  const before = water.cellRateGbps[cell]!;
  if (rateGbps === before) return;
  water.cellRateGbps[cell] = rateGbps;
  if (rateGbps < before) cellLoaded(water, cell);
  else cellRelieved(water, cell);
}

/** Sums what the members of a layered cell use now; false when that is what they used before. */
export function sumUse(cells: Cells, cell: number): boolean {
  const { water } = cells;
  let usedGbps = 0;
  const end = water.cellFirst[cell]! + water.cellSize[cell]!;
  for (let at = water.cellFirst[cell]!; at < end; at++) usedGbps += water.memberWeight[at]! * water.cellLevel[water.memberHolder[at]!]!;
  if (usedGbps === cells.cellUsedGbps[cell]) return false;
  cells.cellUsedGbps[cell] = usedGbps;
  return true;
}
