/**
 * Paints the map for one camera: floor, coolant, trunks, racks, trays, and on approach the parts inside them down to wavelengths.
 *
 * Positions are computed in doubles and handed to the canvas as pixels, because at the closest zoom a canvas transform in single
 * precision would shake. What is outside the view or smaller than it can show is skipped.
 */

import { Batch, layPattern } from './brush.ts';
import type { Paint } from './brush.ts';
import type { Camera, Size } from './camera.ts';
import type { Floor } from './floor.ts';
import type { Paper, Step, ThemeName } from './inks.ts';
import { papers, stepsOf, textOn } from './inks.ts';
import { paintInside } from './paint-tray.ts';
import type { Scene } from './scene.ts';
import { stepsMax } from './trunks.ts';
import { wordOf } from '../shell/names.ts';

/** From this height of a tray on, in pixels, it is drawn by itself, named, and opened. */
const trayDrawnPx = 3;
const trayNamedPx = 10;
/** Height from which a tray carries its pattern itself, and the size of the flag that does it for a rack. */
const patternedPx = 8;
const flagPx = 11;
export const trayOpenPx = 84;
/** Pixels per metre from which there is room for the names of loops and sites. */
const loopNamedPx = 52;

export interface View {
  readonly scene: Scene;
  readonly camera: Camera;
  readonly size: Size;
  readonly theme: ThemeName;
  /** Straight lines of every link instead of trunks alone. */
  readonly lines: boolean;
}

/** Pixels of world places, and whether a rectangle is in view. */
export interface Lens {
  readonly scale: number;
  readonly x: (world: number) => number;
  readonly y: (world: number) => number;
  readonly sees: (x: number, y: number, w: number, h: number) => boolean;
}

export function lensOf({ camera, size }: { readonly camera: Camera; readonly size: Size }): Lens {
  const { scale } = camera;
  const left = camera.x - size.width / 2 / scale;
  const top = camera.y - size.height / 2 / scale;
  const [right, bottom] = [left + size.width / scale, top + size.height / scale];
  return {
    scale, x: (world) => (world - left) * scale, y: (world) => (world - top) * scale,
    sees: (x, y, w, h) => x < right && x + w > left && y < bottom && y + h > top,
  };
}

export const font = (px: number, weight = 400): string => `${weight} ${px}px "Inter", "Segoe UI", system-ui, "Noto Sans", "DejaVu Sans", sans-serif`;

function paintFloor(paint: Paint, { scene, size, theme }: View, lens: Lens, paper: Paper): void {
  const { floor } = scene.ground;
  paint.fillStyle = paper.ground;
  paint.fillRect(0, 0, size.width, size.height);
  for (const { component, box } of floor.sites) {
    if (!lens.sees(box.x, box.y, box.w, box.h)) continue;
    paint.fillStyle = paper.grid;
    paint.beginPath();
    paint.roundRect(lens.x(box.x), lens.y(box.y), box.w * lens.scale, box.h * lens.scale, 10);
    paint.fill();
    if (lens.scale <= loopNamedPx && floor.sites.length === 1) continue;
    paint.fillStyle = paper.dim;
    paint.font = font(11, 600);
    paint.textBaseline = 'top';
    paint.fillText(floor.nameOf(component), lens.x(box.x) + 10, lens.y(box.y) + 8);
  }
  const steps = stepsOf[scene.shades.colouring];
  for (const { component, x, y, w, h } of floor.pipes) {
    if (!lens.sees(x - 1, y, w + 1, h)) continue;
    const px = Math.max(3, h * lens.scale);
    const step = scene.shades.own[component] ?? 0;
    paint.fillStyle = step === 0 ? paper.pipe : steps[step]?.[theme] ?? paper.pipe;
    paint.beginPath();
    paint.roundRect(lens.x(x), lens.y(y), w * lens.scale, px, px / 2);
    paint.fill();
  }
}

/** Above each coolant loop its name and what it supplies. */
function nameLoops(paint: Paint, { scene: { ground: { floor }, shades } }: View, lens: Lens, paper: Paper): void {
  if (lens.scale <= loopNamedPx) return;
  paint.textBaseline = 'bottom';
  for (const { component, x, y, w, h } of floor.pipes) {
    if (!lens.sees(x - 1, y, w + 1, h)) continue;
    const suppliesC = shades.caseC[component] ?? NaN;
    const name = `coolant loop ${floor.map.components.ordinal[component] ?? 0}`;
    paint.fillStyle = paper.dim;
    paint.font = font(10);
    paint.fillText(name, lens.x(x) + 2, lens.y(y) - 2);
    if (Number.isNaN(suppliesC)) continue;
    const after = lens.x(x) + 2 + paint.measureText(`${name}  `).width;
    paint.fillStyle = paper.text;
    paint.font = font(10, 650);
    paint.fillText(`supplies ${suppliesC.toFixed(1)} °C`, after, lens.y(y) - 2);
  }
}

/** Trunks: width by the number of links, and within it a strand for each step, the most concerning in the middle, so that strands meet where trunks do. */
function paintTrunks(paint: Paint, { scene, theme }: View, lens: Lens, paper: Paper): void {
  const { trunks } = scene.ground;
  const steps = stepsOf[scene.shades.colouring];
  const batch = new Batch(steps.length);
  paint.fillStyle = paper.trunk;
  const zoom = Math.max(0.7, Math.min(2.2, lens.scale / 90));
  for (let row = 0; row < trunks.count; row++) {
    const [x0, y0, x1, y1] = [trunks.x0[row] ?? 0, trunks.y0[row] ?? 0, trunks.x1[row] ?? 0, trunks.y1[row] ?? 0];
    if (!lens.sees(Math.min(x0, x1) - 0.1, Math.min(y0, y1) - 0.1, Math.abs(x1 - x0) + 0.2, Math.abs(y1 - y0) + 0.2)) continue;
    const total = trunks.links[row] ?? 0;
    const width = Math.min(11, 1.2 + 0.95 * Math.log2(1 + total)) * zoom;
    const along = Math.abs(x1 - x0) > Math.abs(y1 - y0);
    const [x, y] = [Math.min(lens.x(x0), lens.x(x1)), Math.min(lens.y(y0), lens.y(y1))];
    const length = (along ? Math.abs(x1 - x0) : Math.abs(y1 - y0)) * lens.scale;
    if (along) paint.fillRect(x, y - width / 2 - 1, length, width + 2);
    else paint.fillRect(x - width / 2 - 1, y, width + 2, length);
    // Strands share the width by their numbers, but none is too thin to be seen.
    let used = 0;
    for (let step = steps.length - 1; step >= 0; step--) {
      const links = scene.trunkSteps[row * stepsMax + step] ?? 0;
      if (links === 0 || used >= width) continue;
      used = step === 0 ? width : Math.min(width, used + Math.max(1.6, (width * links) / total));
      // Half a width further at each end, so that corners are whole.
      if (along) batch.add(step, x - used / 2, y - used / 2, length + used, used);
      else batch.add(step, x - used / 2, y - used / 2, used, length + used);
    }
  }
  batch.fill(paint, steps, theme, { solid: true });
}

/** Every link as a straight line between its trays, colour by colour, the quiet ones first. */
function paintLines(paint: Paint, { scene, theme }: View, lens: Lens): void {
  const { floor } = scene.ground;
  const { from, to } = floor.map.links;
  const steps = stepsOf[scene.shades.colouring];
  const paths = steps.map(() => new Path2D());
  const seen = new Set<number>();
  const trays = floor.trayComponent.length;
  for (let link = 0; link < from.length; link++) {
    const a = floor.nodeTray[from[link] ?? -1] ?? -1;
    const b = floor.nodeTray[to[link] ?? -1] ?? -1;
    if (a < 0 || b < 0 || a === b) continue;
    const step = scene.shades.link[link] ?? 0;
    // Parallel links of one step between the same trays are one line.
    const key = (Math.min(a, b) * trays + Math.max(a, b)) * stepsMax + step;
    if (seen.has(key)) continue;
    seen.add(key);
    const [x0, y0] = [(floor.trayX[a] ?? 0) + floor.trayW, (floor.trayY[a] ?? 0) + (floor.trayH[a] ?? 0) / 2];
    const [x1, y1] = [(floor.trayX[b] ?? 0) + floor.trayW, (floor.trayY[b] ?? 0) + (floor.trayH[b] ?? 0) / 2];
    if (!lens.sees(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0) + 1e-6, Math.abs(y1 - y0) + 1e-6)) continue;
    paths[step]?.moveTo(lens.x(x0), lens.y(y0));
    paths[step]?.lineTo(lens.x(x1), lens.y(y1));
  }
  paths.forEach((path, step) => {
    paint.strokeStyle = steps[step]?.[theme] ?? '#888';
    paint.globalAlpha = steps[step]?.quiet === true ? 0.35 : 0.9;
    paint.lineWidth = steps[step]?.quiet === true ? 0.7 : 1.4;
    paint.stroke(path);
  });
  paint.globalAlpha = 1;
}

interface RackMarks { readonly blocks: Batch; readonly flags: Batch; readonly patterned: { readonly pattern: Step['pattern']; readonly x: number; readonly y: number; readonly w: number;
  readonly h: number }[]; readonly open: number[] }

/** Where trays are too small for a pattern, a flag at the corner of the rack carries that of its most concerning part. */
function flagRack(scene: Scene, rack: number, at: { readonly x: number; readonly y: number }, steps: readonly Step[], marks: RackMarks): void {
  const step = scene.shades.worst[scene.ground.floor.map.racks.component[rack] ?? -1] ?? 0;
  const pattern = steps[step]?.pattern ?? 'none';
  if (pattern === 'none' || steps[step]?.quiet === true) return;
  marks.flags.add(step, at.x, at.y, flagPx, flagPx);
  marks.patterned.push({ pattern, ...at, w: flagPx, h: flagPx });
}

function markTrays(scene: Scene, lens: Lens, rack: number, steps: readonly Step[], marks: RackMarks): void {
  const { floor } = scene.ground;
  for (let tray = floor.trayOffset[rack] ?? 0; tray < (floor.trayOffset[rack + 1] ?? 0); tray++) {
    const [x, y, h] = [floor.trayX[tray] ?? 0, floor.trayY[tray] ?? 0, floor.trayH[tray] ?? 0];
    if (!lens.sees(x, y, floor.trayW, h)) continue;
    const hPx = h * lens.scale;
    const box = { x: lens.x(x), y: lens.y(y), w: floor.trayW * lens.scale, h: hPx };
    const step = scene.shades.worst[floor.trayComponent[tray] ?? -1] ?? 0;
    if (hPx >= trayOpenPx) {
      marks.open.push(tray);
      continue;
    }
    marks.blocks.add(step, box.x, box.y, box.w * 0.9, box.h);
    const pattern = steps[step]?.pattern ?? 'none';
    if (pattern !== 'none' && hPx >= patternedPx) marks.patterned.push({ pattern, x: box.x + box.w * 0.76, y: box.y, w: box.w * 0.14, h: box.h });
    if (hPx >= 5) markPorts(scene, tray, { x: box.x + box.w * 0.92, y: box.y, w: Math.max(1.5, box.w * 0.08), h: box.h }, marks.blocks);
  }
}

/** The ports of a tray as one strip: its links by step, stacked. */
export function markPorts(scene: Scene, tray: number, box: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }, blocks: Batch): void {
  let total = 0;
  for (let step = 0; step < blocks.count; step++) total += scene.traySteps[tray * stepsMax + step] ?? 0;
  let used = 0;
  for (let step = blocks.count - 1; step >= 0 && total > 0; step--) {
    const links = scene.traySteps[tray * stepsMax + step] ?? 0;
    if (links === 0) continue;
    const share = step === 0 ? box.h - used : Math.min(box.h - used, Math.max(1.5, (box.h * links) / total));
    blocks.add(step, box.x, box.y + used, box.w, share);
    used += share;
  }
}

interface Label { readonly tray: number; readonly kind: string; readonly ordinal: string; readonly hPx: number }

const labelPx = (hPx: number): number => (hPx < 14 ? 8 : 10);

/** Trays in view that are tall enough for a name but not opened. */
function labelsOf({ scene: { ground: { floor } } }: View, lens: Lens, racks: readonly number[]): readonly Label[] {
  const labels: Label[] = [];
  for (const rack of racks) {
    for (let tray = floor.trayOffset[rack] ?? 0; tray < (floor.trayOffset[rack + 1] ?? 0); tray++) {
      const hPx = (floor.trayH[tray] ?? 0) * lens.scale;
      const component = floor.trayComponent[tray] ?? -1;
      if (hPx >= trayNamedPx && hPx < trayOpenPx) labels.push({ tray, kind: wordOf(floor.kindOf(component)), ordinal: String(floor.map.components.ordinal[component] ?? 0), hPx });
    }
  }
  return labels.sort((a, b) => labelPx(a.hPx) - labelPx(b.hPx) || a.tray - b.tray);
}

/** Names trays; a kind whose longest name is too wide for its trays is named by numbers alone, all of them, so that none runs over. */
function nameTrays(paint: Paint, view: View, lens: Lens, racks: readonly number[]): void {
  const { scene, theme } = view;
  const { floor } = scene.ground;
  const steps = stepsOf[scene.shades.colouring];
  const roomPx = floor.trayW * lens.scale * 0.9 - 9;
  const labels = labelsOf(view, lens, racks);
  paint.textBaseline = 'middle';
  let px = 0;
  const ink = (wanted: number): void => {
    if (wanted !== px) paint.font = font(px = wanted, 500);
  };
  const numbered = new Set<string>();
  for (const { kind, ordinal, hPx } of labels) {
    if (numbered.has(kind)) continue;
    ink(labelPx(hPx));
    if (paint.measureText(`${kind} ${ordinal}`).width > roomPx) numbered.add(kind);
  }
  for (const { tray, kind, ordinal, hPx } of labels) {
    ink(labelPx(hPx));
    const component = floor.trayComponent[tray] ?? -1;
    const caseC = scene.shades.caseC[component] ?? NaN;
    const name = numbered.has(kind) ? ordinal : `${kind} ${ordinal}`;
    const warm = Number.isNaN(caseC) ? name : `${name}  ${caseC.toFixed(0)} °C`;
    paint.fillStyle = textOn(steps[scene.shades.worst[component] ?? 0], theme);
    paint.fillText(warm === name || paint.measureText(warm).width > roomPx ? name : warm, lens.x(floor.trayX[tray] ?? 0) + 5, lens.y(floor.trayY[tray] ?? 0) + hPx / 2);
  }
}

/** Names racks above them; by number alone where `rack 34` would touch its neighbour. */
function nameRacks(paint: Paint, floor: Floor, lens: Lens, paper: Paper, racks: readonly number[]): void {
  const ordinalOf = (rack: number): string => String(floor.map.components.ordinal[floor.map.racks.component[rack] ?? -1] ?? rack);
  paint.font = font(10, 600);
  paint.fillStyle = paper.dim;
  paint.textBaseline = 'bottom';
  const isTight = racks.some((rack) => paint.measureText(`rack ${ordinalOf(rack)}`).width > floor.rackW * lens.scale - 2);
  for (const rack of racks) paint.fillText(isTight ? ordinalOf(rack) : `rack ${ordinalOf(rack)}`, lens.x(floor.rackX[rack] ?? 0) + 1, lens.y(floor.rackY[rack] ?? 0) - 3);
}

function paintRacks(paint: Paint, view: View, lens: Lens, paper: Paper): void {
  const { scene, theme } = view;
  const { floor } = scene.ground;
  const steps = stepsOf[scene.shades.colouring];
  const marks: RackMarks = { blocks: new Batch(steps.length), flags: new Batch(steps.length), patterned: [], open: [] };
  const [wPx, hPx] = [floor.rackW * lens.scale, floor.rackH * lens.scale];
  const visible: number[] = [];
  for (let rack = 0; rack < floor.rackX.length; rack++) if (lens.sees(floor.rackX[rack] ?? 0, floor.rackY[rack] ?? 0, floor.rackW, floor.rackH)) visible.push(rack);
  paint.fillStyle = paper.rack;
  paint.strokeStyle = paper.rackEdge;
  paint.lineWidth = 1;
  for (const rack of visible) {
    const [x, y] = [lens.x(floor.rackX[rack] ?? 0), lens.y(floor.rackY[rack] ?? 0)];
    paint.fillRect(x, y, wPx, hPx);
    if (wPx > 14) paint.strokeRect(Math.round(x) + 0.5, Math.round(y) + 0.5, Math.round(wPx) - 1, Math.round(hPx) - 1);
    const trays = (floor.trayOffset[rack + 1] ?? 0) - (floor.trayOffset[rack] ?? 0);
    if (hPx / Math.max(1, trays) < patternedPx) flagRack(scene, rack, { x: x + wPx - 8, y: y - 7 }, steps, marks);
    if (trays > 0 && hPx / trays >= trayDrawnPx) markTrays(scene, lens, rack, steps, marks);
    else marks.blocks.add(scene.shades.worst[floor.map.racks.component[rack] ?? -1] ?? 0, x + wPx * 0.08, y + hPx * 0.05, wPx * 0.84, hPx * 0.9);
  }
  marks.blocks.fill(paint, steps, theme, { solid: true });
  if (wPx > 12) marks.flags.fill(paint, steps, theme);
  else marks.patterned.length = 0;
  paint.strokeStyle = paint.fillStyle = paper.mark;
  for (const { pattern, ...box } of marks.patterned) layPattern(paint, pattern, box);
  if (wPx > 30) nameTrays(paint, view, lens, visible);
  if (wPx > 22) nameRacks(paint, floor, lens, paper, visible);
  for (const tray of marks.open) paintInside(paint, view, lens, { tray, steps, paper });
}

/** Paints everything that changes only with the camera or the state; pointers and selections are painted above. */
export function paintMap(paint: Paint, view: View): void {
  const lens = lensOf(view);
  const paper = papers[view.theme];
  paintFloor(paint, view, lens, paper);
  paintTrunks(paint, view, lens, paper);
  nameLoops(paint, view, lens, paper);
  paintRacks(paint, view, lens, paper);
  if (view.lines) paintLines(paint, view, lens);
}
