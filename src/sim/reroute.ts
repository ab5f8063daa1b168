/**
 * Moves a flow that is not on the network to another path: new hop rows, and room for one more member where it is needed.
 *
 * Bounds: `row` is a flow or shadow of the cells, `links` are links of the program.
 */

import type { Cells } from './cells.ts';
import { growFloats, growInts } from './room.ts';

/** Cap cells are kept; the layered cells before them are replaced. */
function setRowPath(cells: Cells, row: number, layer: number, links: readonly number[]): void {
  const { water, linkCount, layerCount } = cells;
  const first = water.flowHopFirst[row]!;
  const end = water.flowHopEnd[row]!;
  const capCells: number[] = [];
  for (let hop = first; hop < end; hop++) if (water.hopCell[hop]! >= layerCount * linkCount) capCells.push(water.hopCell[hop]!);
  const weight = cells.rowWeight(row);
  const path = [...links.map((link) => layer * linkCount + link), ...capCells];
  let hop = first;
  if (path.length > end - first) {
    hop = water.hopCell.length;
    const length = hop + path.length + 1;
    water.hopCell = growInts(water.hopCell, length);
    water.hopFlow = growInts(water.hopFlow, length);
    water.hopPlace = growInts(water.hopPlace, length);
    water.hopWeight = growFloats(water.hopWeight, length);
    water.flowHopFirst[row] = hop;
  }
  for (const cell of path) {
    water.hopCell[hop] = cell;
    water.hopFlow[hop] = row;
    water.hopWeight[hop++] = weight;
  }
  water.hopCell[hop] = -1;
  water.flowHopEnd[row] = hop;
}

/** Gives a flow that is not on the network the path `links`. */
export function setPath(cells: Cells, flow: number, links: readonly number[]): void {
  const rank = cells.flowClass === null ? 0 : cells.flowClass[flow]!;
  setRowPath(cells, flow, cells.floorLayerCount + rank, links);
  cells.movedPath.set(flow, links);
  const shadow = cells.flowShadow === null ? -1 : cells.flowShadow[flow]!;
  if (shadow < 0) return;
  for (let layer = 0; layer < cells.floorLayerCount; layer++) {
    if (cells.layerClass[layer] === rank) setRowPath(cells, shadow, layer, links);
  }
}
