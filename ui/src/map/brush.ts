/** Batches of rectangles and patterns by colour: the canvas is told each colour once, however many marks share it. */

import type { Pattern, Step, ThemeName } from './inks.ts';
import { inkOf, papers } from './inks.ts';

export type Paint = CanvasRenderingContext2D;

/** Quiet steps are mixed into the ground so that the others stand out. */
const quietAlpha = 0.5;

/** An ink of which the quiet share is laid on the ground; both are `#rrggbb`. */
function mixed(ink: string, ground: string): string {
  const part = (text: string, at: number): number => Number.parseInt(text.slice(at, at + 2), 16);
  return `rgb(${[1, 3, 5].map((at) => Math.round(part(ink, at) * quietAlpha + part(ground, at) * (1 - quietAlpha))).join(' ')})`;
}

/** Collects rectangles by step, then fills them colour by colour. */
export class Batch {
  readonly count: number;
  readonly rects: readonly number[][];

  constructor(count: number) {
    this.count = count;
    this.rects = Array.from({ length: count }, () => []);
  }

  add(step: number, x: number, y: number, w: number, h: number): void {
    this.rects[step]?.push(x, y, w, h);
  }

  /** `solid` mixes quiet inks with the ground beforehand, so that marks that overlap do not add up. */
  fill(paint: Paint, steps: readonly Step[], theme: ThemeName, { solid = false }: { readonly solid?: boolean } = {}): void {
    for (let step = 0; step < this.count; step++) {
      const rects = this.rects[step] ?? [];
      if (rects.length === 0) continue;
      const isQuiet = steps[step]?.quiet === true;
      paint.fillStyle = isQuiet && solid ? mixed(inkOf(steps[step], theme), papers[theme].ground) : inkOf(steps[step], theme);
      paint.globalAlpha = isQuiet && !solid ? quietAlpha : 1;
      for (let at = 0; at < rects.length; at += 4) paint.fillRect(rects[at] ?? 0, rects[at + 1] ?? 0, rects[at + 2] ?? 0, rects[at + 3] ?? 0);
    }
    paint.globalAlpha = 1;
  }
}

/** Lays a step's pattern over a rectangle that is large enough to carry it, in the colour of the ground. */
export function layPattern(paint: Paint, pattern: Pattern, box: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }): void {
  const { x, y, w, h } = box;
  const size = Math.min(w, h);
  if (pattern === 'none' || size < 5) return;
  paint.save();
  paint.beginPath();
  paint.rect(x, y, w, h);
  paint.clip();
  paint.beginPath();
  paint.lineWidth = Math.max(1, Math.min(2, size / 8));
  if (pattern === 'dot') {
    paint.arc(x + w / 2, y + h / 2, Math.min(7, size * 0.24), 0, 2 * Math.PI);
    paint.fill();
  } else if (pattern === 'cross') {
    const reach = Math.min(11, size * 0.34);
    paint.moveTo(x + w / 2 - reach, y + h / 2 - reach);
    paint.lineTo(x + w / 2 + reach, y + h / 2 + reach);
    paint.moveTo(x + w / 2 + reach, y + h / 2 - reach);
    paint.lineTo(x + w / 2 - reach, y + h / 2 + reach);
    paint.stroke();
  } else {
    // Half: only the left part is hatched; stripes: all of it.
    const right = pattern === 'half' ? x + Math.min(w * 0.5, h * 1.2) : x + w;
    const gap = Math.max(4, Math.min(9, size / 3));
    paint.rect(x, y, right - x, h);
    paint.clip();
    paint.beginPath();
    for (let at = x - h; at < right; at += gap) {
      paint.moveTo(at, y + h);
      paint.lineTo(at + h, y);
    }
    paint.stroke();
  }
  paint.restore();
}
