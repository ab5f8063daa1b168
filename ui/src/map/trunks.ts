/**
 * Links as cables run: out of the rack, along the trunk below its row, across the rows, and along to the other rack.
 *
 * Ten thousand straight lines are a hairball; ten thousand cables in their trays are a drawing. Links between two racks are one bundle,
 * and bundles that share a stretch of tray are one trunk, which knows how many links of each step of the colouring it carries.
 */

import type { Floor } from './floor.ts';

/** Steps of a colouring, at most: columns of the counts. */
export const stepsMax = 9;

/** A stretch of tray between two points, with what runs in it. */
export interface Trunks {
  readonly count: number;
  readonly x0: Float64Array; readonly y0: Float64Array; readonly x1: Float64Array; readonly y1: Float64Array;
  /** Links in the stretch. */
  readonly links: Uint32Array;
  /** Bundle of each link of the map, -1 within a rack. */
  readonly bundleOfLink: Int32Array;
  /** Racks at the ends of each bundle. */
  readonly bundleFrom: Int32Array; readonly bundleTo: Int32Array;
  /** Stretches of bundle b are stretch[stretchOffset[b] .. stretchOffset[b + 1]). */
  readonly stretchOffset: Int32Array; readonly stretch: Int32Array;
}

interface Draft { readonly ends: number[]; readonly byKey: Map<string, number> }

function stretchOf(draft: Draft, from: { readonly x: number; readonly y: number }, to: { readonly x: number; readonly y: number }): number {
  const [a, b] = from.x < to.x || (from.x === to.x && from.y < to.y) ? [from, to] : [to, from];
  const key = `${a.x.toFixed(3)},${a.y.toFixed(3)},${b.x.toFixed(3)},${b.y.toFixed(3)}`;
  let row = draft.byKey.get(key);
  if (row === undefined) {
    row = draft.ends.length / 4;
    draft.byKey.set(key, row);
    draft.ends.push(a.x, a.y, b.x, b.y);
  }
  return row;
}

/** Stretches that a cable between two racks runs through, in their order: across the rows beside the first, then along the row of the second. */
function runBetween(floor: Floor, draft: Draft, fromRack: number, toRack: number): number[] {
  const run: number[] = [];
  // The riser beside the rack; trunks run between risers.
  const riserX = (column: number): number => (floor.columnX[column] ?? 0) + floor.rackW + 0.02;
  const at = (rack: number): { column: number; row: number } => ({ column: floor.rackColumn[rack] ?? 0, row: floor.rackRow[rack] ?? 0 });
  const [start, end] = [at(fromRack), at(toRack)];
  const point = (column: number, row: number): { x: number; y: number } => ({ x: riserX(column), y: floor.trunkY[row] ?? 0 });
  const foot = (rack: number, place: { column: number; row: number }): { x: number; y: number } => ({ x: riserX(place.column), y: (floor.rackY[rack] ?? 0) + floor.rackH });
  run.push(stretchOf(draft, foot(fromRack, start), point(start.column, start.row)));
  const down = Math.sign(end.row - start.row);
  for (let row = start.row; row !== end.row; row += down) run.push(stretchOf(draft, point(start.column, row), point(start.column, row + down)));
  const towards = Math.sign(end.column - start.column);
  for (let column = start.column; column !== end.column; column += towards) run.push(stretchOf(draft, point(column, end.row), point(column + towards, end.row)));
  run.push(stretchOf(draft, point(end.column, end.row), foot(toRack, end)));
  return run;
}

/** Cables that end in each rack and come from another. */
function linksOfRacks({ map: { links, nodes }, rackX }: Floor): Uint32Array {
  const held = new Uint32Array(rackX.length);
  for (let link = 0; link < links.from.length; link++) {
    const [a, b] = [nodes.rack[links.from[link] ?? -1] ?? -1, nodes.rack[links.to[link] ?? -1] ?? -1];
    if (a < 0 || b < 0 || a === b) continue;
    held[a] = (held[a] ?? 0) + 1;
    held[b] = (held[b] ?? 0) + 1;
  }
  return held;
}

/** Bundles links by the racks they join and runs the bundles through the trays. */
export function layTrunks(floor: Floor): Trunks {
  const { links, nodes } = floor.map;
  const racks = floor.rackX.length;
  const draft: Draft = { ends: [], byKey: new Map() };
  const held = linksOfRacks(floor);
  const bundleOfLink = new Int32Array(links.from.length).fill(-1);
  const byRacks = new Map<number, number>();
  const bundleFrom: number[] = [];
  const bundleTo: number[] = [];
  const stretch: number[] = [];
  const stretchOffset: number[] = [0];
  for (let link = 0; link < bundleOfLink.length; link++) {
    const a = nodes.rack[links.from[link] ?? -1] ?? -1;
    const b = nodes.rack[links.to[link] ?? -1] ?? -1;
    if (a < 0 || b < 0 || a === b) continue;
    const [from, to] = a < b ? [a, b] : [b, a];
    const key = from * racks + to;
    let bundle = byRacks.get(key);
    if (bundle === undefined) {
      bundle = bundleFrom.length;
      byRacks.set(key, bundle);
      bundleFrom.push(from);
      bundleTo.push(to);
      // Cross beside the rack where most cables meet, so that few crossings carry many.
      stretch.push(...((held[from] ?? 0) >= (held[to] ?? 0) ? runBetween(floor, draft, from, to) : runBetween(floor, draft, to, from)));
      stretchOffset.push(stretch.length);
    }
    bundleOfLink[link] = bundle;
  }
  const count = draft.ends.length / 4;
  const column = (offset: number): Float64Array => Float64Array.from({ length: count }, (_, row) => draft.ends[row * 4 + offset] ?? 0);
  const trunks: Trunks = {
    count, x0: column(0), y0: column(1), x1: column(2), y1: column(3), links: new Uint32Array(count), bundleOfLink,
    bundleFrom: Int32Array.from(bundleFrom), bundleTo: Int32Array.from(bundleTo), stretchOffset: Int32Array.from(stretchOffset), stretch: Int32Array.from(stretch),
  };
  const total = countTrunks(trunks, new Uint8Array(bundleOfLink.length));
  for (let row = 0; row < count; row++) trunks.links[row] = total[row * stepsMax] ?? 0;
  return trunks;
}

/** How many links of each step run in each stretch: [stretch * stepsMax + step]. */
export function countTrunks(trunks: Trunks, linkStep: Uint8Array): Uint32Array {
  const bundles = trunks.bundleFrom.length;
  const byBundle = new Uint32Array(bundles * stepsMax);
  for (let link = 0; link < linkStep.length; link++) {
    const bundle = trunks.bundleOfLink[link] ?? -1;
    if (bundle >= 0) {
      const place = bundle * stepsMax + (linkStep[link] ?? 0);
      byBundle[place] = (byBundle[place] ?? 0) + 1;
    }
  }
  const byStretch = new Uint32Array(trunks.count * stepsMax);
  for (let bundle = 0; bundle < bundles; bundle++) {
    for (let at = trunks.stretchOffset[bundle] ?? 0; at < (trunks.stretchOffset[bundle + 1] ?? 0); at++) {
      const place = (trunks.stretch[at] ?? 0) * stepsMax;
      for (let step = 0; step < stepsMax; step++) byStretch[place + step] = (byStretch[place + step] ?? 0) + (byBundle[bundle * stepsMax + step] ?? 0);
    }
  }
  return byStretch;
}
