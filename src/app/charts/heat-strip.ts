/** A grid of cells shaded by value in one hue, with the value written in each: a strip per row. */

import type { Span } from './scale.ts';
import { element, emptyChart, hover, svgFrame, textAt } from './svg.ts';
import { fitText, textWidthPx } from './text-width.ts';

export interface HeatStripSpec {
  readonly title: string;
  readonly columns: readonly string[];
  /** One value per column; a value that is not finite is shown as an empty cell with a dash. */
  readonly rows: readonly { readonly label: string; readonly values: readonly number[] }[];
  /** The values that get the palest and the darkest shade. */
  readonly low: number;
  readonly high: number;
  readonly text: (value: number) => string;
  readonly widthPx?: number;
}

const rowPx = 30;
const headPx = 26;
const labelMaxPx = 220;
const shadeCount = 9;
/** From this shade on, text needs the colour made for dark fills. */
const darkShadeFrom = 6;

/** Shade 0 to 8 of a value; values beyond the ends take the end's shade. */
export function shadeOf(value: number, span: Span): number {
  const share = span.high > span.low ? (value - span.low) / (span.high - span.low) : 0;
  return Math.round(Math.min(1, Math.max(0, share)) * (shadeCount - 1));
}

export function heatStrip(spec: HeatStripSpec): string {
  const widthPx = spec.widthPx ?? 540;
  if (spec.rows.length === 0 || spec.columns.length === 0) return emptyChart({ widthPx, heightPx: 80, label: spec.title }, 'There is nothing to draw.');
  const labelPx = Math.min(labelMaxPx, Math.max(...spec.rows.map((row) => textWidthPx(row.label, 13)))) + 16;
  const cellPx = (widthPx - labelPx) / spec.columns.length;
  const heads = spec.columns.map((name, index) =>
    textAt({ x: labelPx + (index + 0.5) * cellPx, y: headPx - 9, class: 'muted', anchor: 'middle' }, fitText(name, { widthPx: cellPx - 4, fontPx: 12 })));
  const rows = spec.rows.map((row, rowIndex) => {
    const y = headPx + rowIndex * rowPx;
    const cells = spec.columns.map((name, index) => {
      const value = row.values[index] ?? Number.NaN;
      const x = labelPx + index * cellPx;
      const shade = Number.isFinite(value) ? shadeOf(value, spec) : null;
      const text = shade === null ? '–' : spec.text(value);
      const rect = element(
        'rect', { class: shade === null ? 'track' : `cell h${shade}`, x: x + 1, y: y + 1, width: cellPx - 2, height: rowPx - 2 },
        hover(`${row.label}, ${name}: ${shade === null ? 'no value' : text}`),
      );
      return rect + textAt(
        { x: x + cellPx / 2, y: y + rowPx / 2 + 4.5, class: shade !== null && shade >= darkShadeFrom ? 'onheat small' : 'small', anchor: 'middle' },
        fitText(text, { widthPx: cellPx - 4, fontPx: 12 }),
      );
    });
    return textAt({ x: labelPx - 12, y: y + rowPx / 2 + 4.5, class: 'soft label', anchor: 'end' }, fitText(row.label, { widthPx: labelMaxPx, fontPx: 13 })) + cells.join('');
  });
  return svgFrame({ widthPx, heightPx: headPx + spec.rows.length * rowPx + 2, label: spec.title }, ...heads, ...rows);
}
