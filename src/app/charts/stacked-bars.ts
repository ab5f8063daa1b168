/** Horizontal stacked bars on one scale: parts of a whole, compared between rows. */

import { fixedText, numberText, sharedDecimals } from '../number-text.ts';
import { bottomAxis } from './axis.ts';
import { legend } from './legend.ts';
import type { Ink } from './palette.ts';
import { hatchDefs, inkRect, safeId } from './palette.ts';
import type { Scale } from './scale.ts';
import { linearScale } from './scale.ts';
import { element, emptyChart, hover, svgFrame, textAt } from './svg.ts';
import { fitText, textWidthPx } from './text-width.ts';

export interface BarPart {
  readonly series: string;
  /** Zero or more; anything else is left out and the row says so. */
  readonly value: number;
  /** Added to what the mouse shows. */
  readonly note?: string;
}

export interface BarRow {
  readonly label: string;
  readonly parts: readonly BarPart[];
  /** Small print behind the total; a row without parts has only this. */
  readonly note?: string;
}

export interface StackedBarsSpec {
  /** Unique in the document. */
  readonly id: string;
  readonly title: string;
  /** Unit and what is measured, e.g. `fabric power (kW)`. */
  readonly axisTitle: string;
  readonly unit: string;
  /** Series in stacking order; a part of a series that is not listed is a bug. */
  readonly series: readonly { readonly name: string; readonly ink: Ink }[];
  readonly rows: readonly BarRow[];
  readonly widthPx?: number;
}

const rowPx = 38;
const barPx = 24;
const labelFontPx = 13;
const labelMaxPx = 250;
const axisPx = 44;
/** White between two parts, so that neighbours are told apart without an outline. */
const seamPx = 1.5;
/** Between a bar and its total, and between the words behind it. */
const tailGapPx = 9;
const tailMaxPx = 320;

const isDrawable = (value: number): boolean => Number.isFinite(value) && value >= 0;
const sumOf = (row: BarRow): number => row.parts.reduce((sum, part) => sum + (isDrawable(part.value) ? part.value : 0), 0);

/** The value inside its part, where it fits; on hatching it gets a plain plate to stand on. */
function partText(text: string, ink: Ink, part: { readonly x: number; readonly widthPx: number; readonly topPx: number }): string {
  const textPx = textWidthPx(text, 12);
  if (textPx + 10 > part.widthPx || !/[1-9]/.test(text)) return '';
  const x = part.x + part.widthPx / 2;
  const plate = ink.hatched === true ? element('rect', { class: `f${ink.colour}`, x: x - textPx / 2 - 3, y: part.topPx + 4, width: textPx + 6, height: barPx - 8 }) : '';
  return plate + textAt({ x, y: part.topPx + 16.5, class: ink.colour === 0 ? 'on0' : 'on', anchor: 'middle' }, text);
}

/** What stands behind a bar: its total, what it lacks, and its note. */
function tail(row: BarRow, spec: StackedBarsSpec, decimals: number): readonly { readonly text: string; readonly class: string; readonly widthPx: number }[] {
  const missing = row.parts.filter((part) => !isDrawable(part.value)).map((part) => part.series);
  const words = [
    { text: missing.length === row.parts.length ? '' : `${fixedText(sumOf(row), decimals)} ${spec.unit}`, class: 'strong total', fontPx: 14 },
    { text: missing.length > 0 ? `no value: ${missing.join(', ')}` : '', class: 'warn small', fontPx: 12 },
    { text: row.note ?? '', class: 'muted note', fontPx: 12 },
  ];
  return words.filter((word) => word.text !== '').map((word) => {
    const text = fitText(word.text, { widthPx: tailMaxPx, fontPx: word.fontPx });
    return { text, class: word.class, widthPx: textWidthPx(text, word.fontPx) + tailGapPx };
  });
}

function drawRow(
  row: BarRow, spec: StackedBarsSpec, place: { readonly scale: Scale; readonly topPx: number; readonly decimals: number; readonly hatchId: string },
): string {
  let markup = '';
  let start = 0;
  for (const series of spec.series) {
    for (const part of row.parts) {
      if (part.series !== series.name || !isDrawable(part.value) || part.value === 0) continue;
      const x = place.scale.at(start);
      const width = place.scale.at(start + part.value) - x;
      const title = hover(`${row.label}: ${part.series} ${numberText(part.value)} ${spec.unit}${part.note === undefined ? '' : ` (${part.note})`}`);
      markup += inkRect({ x, y: place.topPx, width: Math.max(0.5, width), height: barPx }, series.ink, { hatchId: place.hatchId, title });
      if (start > 0) markup += element('rect', { class: 'seam', x: x - seamPx / 2, y: place.topPx, width: seamPx, height: barPx });
      start += part.value;
      markup += partText(fixedText(part.value, place.decimals), series.ink, { x, widthPx: width, topPx: place.topPx });
    }
  }
  let x = place.scale.at(start) + tailGapPx;
  for (const word of tail(row, spec, place.decimals)) {
    markup += textAt({ x, y: place.topPx + 17, class: word.class }, word.text);
    x += word.widthPx;
  }
  return markup;
}

/** The right end of the plot: as far out as the words behind every bar allow. */
function plotEnd(spec: StackedBarsSpec, space: { readonly leftPx: number; readonly widthPx: number; readonly high: number; readonly decimals: number }): number {
  return spec.rows.reduce((end, row) => {
    const total = sumOf(row);
    const wordsPx = tail(row, spec, space.decimals).reduce((sum, word) => sum + word.widthPx, tailGapPx);
    return total > 0 ? Math.min(end, space.leftPx + ((space.widthPx - space.leftPx - wordsPx) * space.high) / total) : end;
  }, space.widthPx - 14);
}

/** Bar lengths are proportional to values from a zero base; the total stands at the end of each row. */
export function stackedBars(spec: StackedBarsSpec): string {
  const widthPx = spec.widthPx ?? 1120;
  const known = new Set(spec.series.map((series) => series.name));
  for (const row of spec.rows) for (const part of row.parts) if (!known.has(part.series)) throw new RangeError(`Part ${part.series} belongs to no series`);
  if (spec.rows.length === 0) return emptyChart({ widthPx, heightPx: 80, label: spec.title }, 'There is nothing to draw.');
  const totals = spec.rows.map(sumOf);
  const decimals = sharedDecimals(totals);
  const leftPx = Math.min(labelMaxPx, Math.max(...spec.rows.map((row) => textWidthPx(row.label, labelFontPx)))) + 16;
  const hatchId = `${safeId(spec.id)}-hatch`;
  const key = legend(spec.series, { x: leftPx, y: 0, widthPx: widthPx - leftPx, hatchId });
  const span = { low: 0, high: Math.max(...totals) };
  const { high } = linearScale(span, { startPx: 0, endPx: 1 });
  const plot = { leftPx, rightPx: plotEnd(spec, { leftPx, widthPx, high, decimals }), topPx: key.heightPx + 10, bottomPx: key.heightPx + 10 + spec.rows.length * rowPx };
  const scale = linearScale(span, { startPx: plot.leftPx, endPx: plot.rightPx });
  const rows = spec.rows.map((row, index) => {
    const topPx = plot.topPx + index * rowPx + (rowPx - barPx) / 2;
    const label = textAt({ x: leftPx - 12, y: topPx + 17, class: 'soft label', anchor: 'end' }, fitText(row.label, { widthPx: labelMaxPx, fontPx: labelFontPx }));
    return label + drawRow(row, spec, { scale, topPx, decimals, hatchId });
  });
  return svgFrame(
    { widthPx, heightPx: plot.bottomPx + axisPx, label: spec.title }, hatchDefs(hatchId), key.markup,
    bottomAxis(plot, scale, { title: spec.axisTitle }), ...rows,
  );
}
