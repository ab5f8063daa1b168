/** Paints an opened tray: its parts, the links that leave each part as pins, and the wavelengths of a link when its pin is wide enough. */

import { Batch, layPattern } from './brush.ts';
import type { Paint } from './brush.ts';
import type { Cell } from './floor.ts';
import { trayBox } from './floor.ts';
import type { Paper, Step } from './inks.ts';
import { textOn } from './inks.ts';
import type { Lens, View } from './paint-map.ts';
import { font, markPorts } from './paint-map.ts';
import { wordOf } from '../shell/names.ts';
import type { Scene } from './scene.ts';

const cellNamedPx = { w: 34, h: 15 } as const;
/** A part that holds others has room for its name above them from this height on. */
const shellNamedPx = 44;
/** Pattern at the right of a part, at most. */
const patternMaxPx = 24;
/** A pin from this width on shows its wavelengths, and from the next on says where it leads. */
const pinOpenPx = 22;
const pinNamedPx = 90;
/** A part from this size on shows what is inside it. */
const openPx = 16;
/** Smaller parts are a speck, whatever they hold. */
const cellHoldsPx = 4;

interface TrayWork { readonly tray: number; readonly steps: readonly Step[]; readonly paper: Paper }
interface Pins { readonly blocks: Batch; readonly gaps: number[]; readonly names: { readonly text: string; readonly x: number; readonly y: number; readonly w: number; readonly ink: string }[];
  readonly inkOf: (step: number) => string }

/** `leaf 3`: the kind and number of what a name is of. */
const shortName = (scene: Scene, component: number): string => `${wordOf(scene.ground.floor.kindOf(component))} ${scene.ground.floor.map.components.ordinal[component] ?? 0}`;

/** The links of a part as pins along its foot. */
function markPins(scene: Scene, component: number, box: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }, pins: Pins): void {
  const { floor, bodyOffset, bodyLink } = scene.ground;
  const { links, nodes } = floor.map;
  const first = bodyOffset[component] ?? 0;
  const count = (bodyOffset[component + 1] ?? 0) - first;
  if (count === 0) return;
  const width = box.w / count;
  const gap = Math.min(2, width * 0.15);
  for (let at = 0; at < count; at++) {
    const link = bodyLink[first + at] ?? 0;
    const x = box.x + at * width;
    pins.blocks.add(scene.shades.link[link] ?? 0, x + gap / 2, box.y, width - gap, box.h);
    if (width < pinOpenPx || box.h < 6) continue;
    const lanes = links.wavelengths[link] ?? 1;
    for (let lane = 1; lane < lanes; lane++) pins.gaps.push(x + (lane * width) / lanes, box.y, box.h);
    if (width < pinNamedPx) continue;
    const far = links.nearBody[link] === component ? links.to[link] : links.from[link];
    pins.names.push({ text: `${shortName(scene, nodes.component[far ?? -1] ?? -1)} · ${lanes} λ`, x: x + 3, y: box.y + box.h / 2, w: width - 6, ink: pins.inkOf(scene.shades.link[link] ?? 0) });
  }
}

interface Rect { readonly x: number; readonly y: number; readonly w: number; readonly h: number }

/** Whether a part holds others that are drawn inside it. */
const holdsParts = ({ ground: { floor } }: Scene, component: number): boolean => floor.childrenOf(component).some((child) => !['port', 'cable'].includes(floor.kindOf(child)));

/** Parts of one depth: filled by what they show, with a frame where more is inside. */
function paintCells(paint: Paint, view: View, lens: Lens, work: TrayWork, cells: readonly Cell[]): void {
  const { scene, theme } = view;
  const { bodyOffset } = scene.ground;
  const blocks = new Batch(work.steps.length);
  const strips = new Batch(work.steps.length);
  const shells: Rect[] = [];
  const pins: Pins = { blocks: new Batch(work.steps.length), gaps: [], names: [], inkOf: (step) => textOn(work.steps[step], theme) };
  const patterned: { pattern: Step['pattern']; x: number; y: number; w: number; h: number }[] = [];
  const named: { text: string; x: number; y: number; w: number; ink: string }[] = [];
  for (const { component, x, y, w, h } of cells) {
    const [wPx, hPx] = [w * lens.scale, h * lens.scale];
    if (Math.min(wPx, hPx) < 1.2 || !lens.sees(x, y, w, h)) continue;
    const box = { x: lens.x(x), y: lens.y(y), w: wPx, h: hPx };
    const holds = Math.min(wPx, hPx) > cellHoldsPx && holdsParts(scene, component);
    const opens = holds && Math.min(wPx, hPx) > openPx;
    const own = scene.shades.own[component] ?? 0;
    // A part that is drawn open shows what it is itself; what is inside shows for itself, and a strip along the top says the worst of it.
    const step = opens && own === 0 ? 0 : scene.shades.worst[component] ?? 0;
    if (opens && own === 0) shells.push(box);
    else blocks.add(step, box.x, box.y, box.w, box.h);
    if (opens && own === 0) strips.add(scene.shades.worst[component] ?? 0, box.x, box.y, box.w, Math.max(2, Math.min(4, box.h * 0.03)));
    const pattern = work.steps[step]?.pattern ?? 'none';
    const markPx = pattern === 'none' || hPx <= 8 ? 0 : Math.min(box.w * 0.3, patternMaxPx);
    if (markPx > 0) patterned.push({ pattern, x: box.x + box.w - markPx, y: box.y, w: markPx, h: Math.min(box.h, 18) });
    const hasPins = (bodyOffset[component + 1] ?? 0) > (bodyOffset[component] ?? 0);
    if (hasPins && hPx > 12) markPins(scene, component, { x: box.x + 1, y: box.y + box.h * 0.82, w: box.w - 2, h: box.h * 0.16 }, pins);
    if (wPx > cellNamedPx.w && hPx > cellNamedPx.h && !(holds && hPx < shellNamedPx)) {
      const caseC = scene.shades.caseC[component] ?? NaN;
      const heat = Number.isNaN(caseC) || wPx < 84 + markPx ? '' : `  ${caseC.toFixed(1)} °C`;
      named.push({ text: `${shortName(scene, component)}${heat}`, x: box.x + 4, y: box.y + Math.min(10, hPx / 2), w: wPx - 6 - markPx, ink: pins.inkOf(step) });
    }
  }
  paint.fillStyle = work.paper.cell;
  for (const shell of shells) paint.fillRect(shell.x, shell.y, shell.w, shell.h);
  blocks.fill(paint, work.steps, theme, { solid: true });
  strips.fill(paint, work.steps, theme);
  paint.strokeStyle = work.paper.rackEdge;
  paint.lineWidth = 1;
  for (const { x, y, w, h } of cells) if (w * lens.scale > 12 && lens.sees(x, y, w, h)) paint.strokeRect(lens.x(x), lens.y(y), w * lens.scale, h * lens.scale);
  pins.blocks.fill(paint, work.steps.map((step) => ({ ...step, quiet: false })), theme);
  paint.fillStyle = work.paper.cell;
  for (let at = 0; at < pins.gaps.length; at += 3) paint.fillRect((pins.gaps[at] ?? 0) - 0.5, pins.gaps[at + 1] ?? 0, 1, pins.gaps[at + 2] ?? 0);
  paint.strokeStyle = paint.fillStyle = work.paper.mark;
  for (const { pattern, ...box } of patterned) layPattern(paint, pattern, box);
  paint.font = font(10, 500);
  paint.textBaseline = 'middle';
  for (const { text, x, y, w, ink } of [...named, ...pins.names]) {
    // What follows two spaces, the heat, is left out where there is no room for it.
    const fitting = [text, text.split('  ')[0] ?? text].find((words) => paint.measureText(words).width <= w);
    if (fitting === undefined) continue;
    paint.fillStyle = ink;
    paint.fillText(fitting, x, y);
  }
}

export function paintInside(paint: Paint, view: View, lens: Lens, work: TrayWork): void {
  const { scene, theme } = view;
  const { floor } = scene.ground;
  const box = trayBox(floor, work.tray);
  const component = floor.trayComponent[work.tray] ?? -1;
  const [x, y, w, h] = [lens.x(box.x), lens.y(box.y), box.w * lens.scale, box.h * lens.scale];
  paint.fillStyle = work.paper.tray;
  paint.fillRect(x, y, w, h);
  // A band at the left carries the tray's own name and step; at the right stand its ports.
  const band = new Batch(work.steps.length);
  const step = scene.shades.worst[component] ?? 0;
  band.add(step, x, y, Math.max(4, w * 0.012), h);
  markPorts(scene, work.tray, { x: x + w * 0.95, y: y + h * 0.04, w: w * 0.035, h: h * 0.92 }, band);
  band.fill(paint, work.steps, theme);
  const head = h * 0.11;
  paint.fillStyle = work.paper.text;
  paint.font = font(Math.max(8, Math.min(12, head - 1)), 600);
  paint.textBaseline = 'middle';
  paint.fillText(shortName(scene, component), x + Math.max(4, w * 0.012) + 5, y + head / 2 + 1);
  const cells = floor.cellsOf(work.tray);
  for (let depth = 0; cells.some((cell) => cell.depth === depth); depth++) paintCells(paint, view, lens, work, cells.filter((cell) => cell.depth === depth));
}
