/** A row of swatches with names that wraps to the width it is given. */

import type { Ink } from './palette.ts';
import { inkRect } from './palette.ts';
import { textAt } from './svg.ts';
import { fitText, textWidthPx } from './text-width.ts';

export interface LegendEntry {
  readonly name: string;
  readonly ink: Ink;
}

export interface Legend {
  readonly markup: string;
  readonly heightPx: number;
}

const rowPx = 22;
const swatchPx = 12;
const gapPx = 20;
const fontPx = 12;

/** Lays the entries out from the top left corner at (`x`, `y`). */
export function legend(entries: readonly LegendEntry[], place: { readonly x: number; readonly y: number; readonly widthPx: number; readonly hatchId: string }): Legend {
  let x = place.x;
  let y = place.y;
  let markup = '';
  for (const entry of entries) {
    const name = fitText(entry.name, { widthPx: place.widthPx - swatchPx - 6, fontPx });
    const widthPx = swatchPx + 6 + textWidthPx(name, fontPx);
    if (x > place.x && x + widthPx > place.x + place.widthPx) {
      x = place.x;
      y += rowPx;
    }
    markup += inkRect({ x, y: y + 3, width: swatchPx, height: swatchPx }, entry.ink, { hatchId: place.hatchId });
    markup += textAt({ x: x + swatchPx + 6, y: y + 13, class: 'small soft' }, name);
    x += widthPx + gapPx;
  }
  return { markup, heightPx: entries.length === 0 ? 0 : y - place.y + rowPx };
}
