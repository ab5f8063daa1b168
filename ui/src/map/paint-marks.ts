/** Paints what follows the pointer, the keyboard and the story above the map: focus, selection, and the cables of what is selected. */

import type { Paint } from './brush.ts';
import type { Box } from './floor.ts';
import type { ThemeName } from './inks.ts';
import type { Lens, View } from './paint-map.ts';
import { trayOpenPx } from './paint-map.ts';
import type { Scene } from './scene.ts';

/** Trays flatter than this have no room for a frame of their own. */
const framedPx = 24;

export interface Marks {
  readonly hovered: number;
  readonly selected: number;
  /** Where the keyboard stands, -1 while the canvas is not focused. */
  readonly focused: number;
  /** Components that a decision names. */
  readonly named: readonly number[];
}

const accents: Readonly<Record<ThemeName, { readonly select: string; readonly focus: string; readonly cable: string; readonly halo: string }>> = {
  dark: { select: '#ffffff', focus: '#ffd166', cable: '#f7c04a', halo: 'rgba(11,16,22,.75)' },
  light: { select: '#0c1520', focus: '#b35900', cable: '#a34f00', halo: 'rgba(255,255,255,.8)' },
};

function frame(paint: Paint, lens: Lens, box: Box, ink: { readonly colour: string; readonly halo: string; readonly width: number; readonly dash: readonly number[] }): void {
  const grow = ink.width + 1;
  const [x, y, w, h] = [lens.x(box.x) - grow, lens.y(box.y) - grow, box.w * lens.scale + 2 * grow, box.h * lens.scale + 2 * grow];
  paint.lineWidth = ink.width + 2.5;
  paint.strokeStyle = ink.halo;
  paint.setLineDash([]);
  paint.strokeRect(x, y, w, h);
  paint.lineWidth = ink.width;
  paint.strokeStyle = ink.colour;
  paint.setLineDash([...ink.dash]);
  paint.strokeRect(x, y, w, h);
  paint.setLineDash([]);
}

/** Bundles whose links leave a component or what it holds. */
function bundlesOf(scene: Scene, component: number): ReadonlySet<number> {
  const { floor, trunks, bodyOffset, bodyLink } = scene.ground;
  const found = new Set<number>();
  const visit = (row: number): void => {
    for (let at = bodyOffset[row] ?? 0; at < (bodyOffset[row + 1] ?? 0); at++) {
      const bundle = trunks.bundleOfLink[bodyLink[at] ?? -1] ?? -1;
      if (bundle >= 0) found.add(bundle);
    }
    for (const child of floor.childrenOf(row)) visit(child);
  };
  if (floor.boxOf(component) !== null && floor.kindOf(component) !== 'site') visit(component);
  return found;
}

let known: { readonly scene: Scene; readonly component: number; readonly bundles: ReadonlySet<number> } | null = null;

function paintCables(paint: Paint, { scene, theme }: View, lens: Lens, component: number): void {
  if (known?.scene.ground !== scene.ground || known.component !== component) known = { scene, component, bundles: bundlesOf(scene, component) };
  const { trunks } = scene.ground;
  paint.strokeStyle = accents[theme].cable;
  paint.lineWidth = 2;
  paint.beginPath();
  const drawn = new Set<number>();
  for (const bundle of known.bundles) {
    for (let at = trunks.stretchOffset[bundle] ?? 0; at < (trunks.stretchOffset[bundle + 1] ?? 0); at++) {
      const row = trunks.stretch[at] ?? 0;
      if (drawn.has(row)) continue;
      drawn.add(row);
      paint.moveTo(lens.x(trunks.x0[row] ?? 0), lens.y(trunks.y0[row] ?? 0));
      paint.lineTo(lens.x(trunks.x1[row] ?? 0), lens.y(trunks.y1[row] ?? 0));
    }
  }
  paint.stroke();
}

export function paintMarks(paint: Paint, view: View, lens: Lens, { hovered, selected, focused, named }: Marks): void {
  const { floor } = view.scene.ground;
  const { select, focus, halo, cable } = accents[view.theme];
  const mark = (component: number, ink: { readonly colour: string; readonly width: number; readonly dash: readonly number[] }): void => {
    const box = component < 0 ? null : floor.boxOf(component);
    if (box !== null) frame(paint, lens, box, { ...ink, halo });
  };
  const traced = selected >= 0 ? selected : hovered;
  if (traced >= 0) paintCables(paint, view, lens, traced);
  const framed = new Set<number>();
  for (const component of named) {
    // Many parts of one tray are one frame until the tray is opened, and many flat trays of one rack are one.
    const tray = floor.trayOf[component] ?? -1;
    const hPx = (floor.trayH[tray] ?? 0) * lens.scale;
    const shown = tray < 0 || hPx >= trayOpenPx ? component : (hPx >= framedPx ? floor.trayComponent[tray] : floor.map.racks.component[floor.trayRack[tray] ?? -1]) ?? component;
    if (framed.has(shown)) continue;
    framed.add(shown);
    mark(shown, { colour: cable, width: 1.5, dash: [4, 3] });
  }
  if (hovered !== selected) mark(hovered, { colour: select, width: 1, dash: [] });
  mark(selected, { colour: select, width: 2, dash: [] });
  mark(focused, { colour: focus, width: 2, dash: [6, 3] });
}
