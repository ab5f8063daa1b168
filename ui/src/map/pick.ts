/** What lies under a point of the map, and where to step from it with the arrow keys: the deepest part that is large enough to be seen. */

import type { Camera, Point, Size } from './camera.ts';
import { toWorld } from './camera.ts';
import type { Box, Floor } from './floor.ts';
import { trayBox } from './floor.ts';

/** Parts smaller than this on screen cannot be meant. */
const pickPx = 6;
const trayPickPx = 7;

const holds = (box: Box, at: Point): boolean => at.x >= box.x && at.x <= box.x + box.w && at.y >= box.y && at.y <= box.y + box.h;

/** The component at a point of the canvas, -1 where there is only floor. */
export function pickComponent(floor: Floor, camera: Camera, size: Size, screen: Point): number {
  const at = toWorld(camera, size, screen);
  for (const pipe of floor.pipes) if (holds({ ...pipe, y: pipe.y - 4 / camera.scale, h: pipe.h + 8 / camera.scale }, at)) return pipe.component;
  for (let rack = 0; rack < floor.rackX.length; rack++) {
    if (!holds({ x: floor.rackX[rack] ?? 0, y: floor.rackY[rack] ?? 0, w: floor.rackW, h: floor.rackH }, at)) continue;
    for (let tray = floor.trayOffset[rack] ?? 0; tray < (floor.trayOffset[rack + 1] ?? 0); tray++) {
      const box = trayBox(floor, tray);
      if (box.h * camera.scale < trayPickPx || !holds(box, at)) continue;
      const inside = floor.cellsOf(tray).filter((cell) => Math.min(cell.w, cell.h) * camera.scale >= pickPx && holds(cell, at));
      return inside.reduce((best, cell) => (cell.depth >= best.depth ? cell : best), { depth: -1, component: floor.trayComponent[tray] ?? -1 }).component;
    }
    return floor.map.racks.component[rack] ?? -1;
  }
  return -1;
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** Things of the same rank as `component`: racks with racks, trays with trays of all racks, parts with parts of their tray. */
function peersOf(floor: Floor, component: number): readonly number[] {
  if (floor.map.racks.component.includes(component)) return floor.map.racks.component;
  const tray = floor.trayOf[component] ?? -1;
  if (tray < 0) return floor.pipes.map((pipe) => pipe.component);
  if (floor.trayComponent[tray] === component) return Array.from(floor.trayComponent);
  const cells = floor.cellsOf(tray);
  const depth = cells.find((cell) => cell.component === component)?.depth ?? 0;
  return cells.filter((cell) => cell.depth === depth).map((cell) => cell.component);
}

/** The nearest peer in a direction; the component itself where there is none. */
export function stepFrom(floor: Floor, component: number, direction: Direction): number {
  const here = floor.boxOf(component);
  if (here === null) return component;
  const middle = (box: Box): Point => ({ x: box.x + box.w / 2, y: box.y + box.h / 2 });
  const from = middle(here);
  const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[direction] as [number, number];
  let best = component;
  let least = Infinity;
  for (const peer of peersOf(floor, component)) {
    const box = peer === component ? null : floor.boxOf(peer);
    if (box === null) continue;
    const to = middle(box);
    const ahead = (to.x - from.x) * dx + (to.y - from.y) * dy;
    const aside = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
    if (ahead <= 1e-9) continue;
    const distance = ahead + 2.5 * aside;
    if (distance < least) [best, least] = [peer, distance];
  }
  return best;
}

/** Into the first part inside, or out to what holds it. */
export function stepInto(floor: Floor, component: number): number {
  const rack = floor.map.racks.component.indexOf(component);
  if (rack >= 0) return floor.trayComponent[floor.trayOffset[rack] ?? -1] ?? component;
  const tray = floor.trayOf[component] ?? -1;
  if (tray < 0) return component;
  const cells = floor.cellsOf(tray);
  return cells.find((cell) => floor.map.components.parent[cell.component] === component)?.component ?? component;
}

export function stepOut(floor: Floor, component: number): number {
  let parent = floor.map.components.parent[component] ?? -1;
  while (parent >= 0 && floor.boxOf(parent) === null) parent = floor.map.components.parent[parent] ?? -1;
  return parent >= 0 && floor.kindOf(parent) !== 'site' ? parent : component;
}
