/** A scatter whose points are named beside the mark, with labels placed where they cover nothing. */

import { numberText } from '../number-text.ts';
import { bottomAxis, leftAxis } from './axis.ts';
import type { Span } from './scale.ts';
import { linearScale, spanOf } from './scale.ts';
import { element, emptyChart, hover, svgFrame, textAt } from './svg.ts';
import { fitText, textWidthPx } from './text-width.ts';

export interface ScatterPoint {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  /** Picks colour and shape; points of one series look alike. */
  readonly series: number;
}

export interface LabelledScatterSpec {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly points: readonly ScatterPoint[];
  /** Words in the corner that is better, e.g. `cheaper and leaner`; the lower left one. */
  readonly betterText?: string;
  readonly widthPx?: number;
  readonly heightPx?: number;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const fontPx = 13;
const radiusPx = 7;
const labelHeightPx = 16;
const labelMaxPx = 240;
/** Kept free around a label. */
const clearPx = 3;
const lineStepPx = 20;
/** Covering a mark is worse than touching a label, and leaving the plane is worse still. */
const markCost = 4;
const outsideCost = 10;

const overlap = (a: Box, b: Box): number => {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
};

const inflate = (box: Box): Box => ({ x: box.x - clearPx, y: box.y - clearPx, width: box.width + 2 * clearPx, height: box.height + 2 * clearPx });

/** Five shapes, so that a reader needs no colour. */
function shape(series: number, place: { readonly x: number; readonly y: number }, title: string): string {
  const { x, y } = place;
  const attributes = { class: `dot f${series % 8}` };
  const r = radiusPx;
  const path = (d: string): string => element('path', { ...attributes, d }, title);
  const at = (dx: number, dy: number): string => `${(x + dx).toFixed(2)} ${(y + dy).toFixed(2)}`;
  switch (series % 5) {
    case 0: return element('circle', { ...attributes, cx: x, cy: y, r }, title);
    case 1: return element('rect', { ...attributes, x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8 }, title);
    case 2: return path(`M${at(0, -r * 1.15)}L${at(r * 1.1, r * 0.8)}L${at(-r * 1.1, r * 0.8)}Z`);
    case 3: return path(`M${at(0, -r * 1.2)}L${at(r * 1.2, 0)}L${at(0, r * 1.2)}L${at(-r * 1.2, 0)}Z`);
    default: return path(`M${at(-r * 1.1, -r * 0.8)}L${at(r * 1.1, -r * 0.8)}L${at(0, r * 1.15)}Z`);
  }
}

/** Places tried for a label, in order of preference; of equally bad ones the first wins. */
function candidates(place: { readonly x: number; readonly y: number }, widthPx: number): readonly Box[] {
  const { x, y } = place;
  const box = (left: number, top: number): Box => ({ x: left, y: top, width: widthPx, height: labelHeightPx });
  const gap = radiusPx + 5;
  const right = x + gap;
  const left = x - gap - widthPx;
  const centre = x - widthPx / 2;
  const level = y - labelHeightPx / 2;
  const above = y - gap - labelHeightPx;
  const below = y + gap;
  const alignments = [centre, x - radiusPx, x + radiusPx - widthPx];
  const far = [0, 1, 2, 3, 4].flatMap((line) => alignments.flatMap((start) => [box(start, above - line * lineStepPx), box(start, below + line * lineStepPx)]));
  return [box(right, level), box(left, level), ...far];
}

/** Greedy placement in the order given: the candidate that covers least of what stands already or is reserved, and stays inside. */
function placeLabels(points: readonly { readonly x: number; readonly y: number; readonly label: string }[], bounds: Box, reserved: readonly Box[]): readonly Box[] {
  const marks: readonly Box[] = points.map((point) => ({ x: point.x - radiusPx, y: point.y - radiusPx, width: 2 * radiusPx, height: 2 * radiusPx }));
  const taken: Box[] = [...reserved];
  return points.map((point) => {
    let best: Box | null = null;
    let bestCost = Infinity;
    for (const candidate of candidates(point, textWidthPx(point.label, fontPx))) {
      const outside = candidate.width * candidate.height - overlap(candidate, bounds);
      const onMarks = marks.reduce((sum, box) => sum + overlap(inflate(candidate), box), 0);
      const cost = taken.reduce((sum, box) => sum + overlap(inflate(candidate), box), outsideCost * outside + markCost * onMarks);
      // A hair of cost is what rounding leaves of none.
      if (cost < bestCost - 1e-6) [best, bestCost] = [candidate, cost];
    }
    const box = best ?? { x: point.x, y: point.y, width: 0, height: 0 };
    taken.push(box);
    return box;
  });
}

function leader(point: { readonly x: number; readonly y: number }, box: Box): string {
  const nearX = Math.min(Math.max(point.x, box.x), box.x + box.width);
  const nearY = Math.min(Math.max(point.y, box.y), box.y + box.height);
  return Math.hypot(nearX - point.x, nearY - point.y) > radiusPx + 8 ? element('line', { class: 'leader', x1: point.x, y1: point.y, x2: nearX, y2: nearY }) : '';
}

/** Room around the points, as a share of their span, so that none sits on an axis. */
const paddingShare = 0.12;

/** The span with room around it; equal values get a tenth of their size, and room never crosses zero. */
function padded(span: Span): Span {
  const room = span.high > span.low ? (span.high - span.low) * paddingShare : Math.max(Math.abs(span.high) * 0.1, 1e-9);
  return { low: span.low >= 0 ? Math.max(0, span.low - room) : span.low - room, high: span.high + room };
}

/** Axes cover the points and need not start at zero; points without both values are listed below the plot. */
export function labelledScatter(spec: LabelledScatterSpec): string {
  const widthPx = spec.widthPx ?? 540;
  const heightPx = spec.heightPx ?? 380;
  const shown = spec.points.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y));
  const missing = spec.points.filter((point) => !shown.includes(point)).map((point) => point.label);
  const note = missing.length === 0 ? '' : textAt({ x: 0, y: heightPx - 4, class: 'warn small' }, fitText(`no value: ${missing.join(', ')}`, { widthPx, fontPx: 12 }));
  const xs = spanOf(shown.map((point) => point.x));
  const ys = spanOf(shown.map((point) => point.y));
  if (xs === null || ys === null) {
    return emptyChart({ widthPx, heightPx: 80, label: spec.title }, missing.length === 0 ? 'There is nothing to draw.' : `No value: ${missing.join(', ')}`);
  }
  const plot = { leftPx: 58, rightPx: widthPx - 14, topPx: 30, bottomPx: heightPx - 52 };
  const xScale = linearScale(padded(xs), { startPx: plot.leftPx, endPx: plot.rightPx });
  const yScale = linearScale(padded(ys), { startPx: plot.bottomPx, endPx: plot.topPx });
  const placed = shown.map((point) => ({ ...point, label: fitText(point.label, { widthPx: labelMaxPx, fontPx }), x: xScale.at(point.x), y: yScale.at(point.y) }));
  const betterText = spec.betterText === undefined ? '' : `↙ ${spec.betterText}`;
  const corner: Box = { x: plot.leftPx + 10, y: plot.bottomPx - 22, width: textWidthPx(betterText, 12), height: labelHeightPx };
  const bounds: Box = { x: plot.leftPx, y: plot.topPx - 8, width: plot.rightPx - plot.leftPx, height: plot.bottomPx - plot.topPx + 8 };
  const boxes = placeLabels(placed, bounds, betterText === '' ? [] : [corner]);
  const marks = placed.map((point, index) => {
    const box = boxes[index];
    const value = shown[index];
    if (box === undefined || value === undefined) return '';
    const title = hover(`${value.label}: ${spec.xTitle} ${numberText(value.x)}, ${spec.yTitle} ${numberText(value.y)}`);
    return leader(point, box) + shape(point.series, point, title) + textAt({ x: box.x, y: box.y + 12.5, class: 'point-label' }, point.label);
  });
  const better = betterText === '' ? '' : textAt({ x: corner.x, y: plot.bottomPx - 10, class: 'muted' }, betterText);
  return svgFrame(
    { widthPx, heightPx, label: spec.title }, bottomAxis(plot, xScale, { title: spec.xTitle }), leftAxis(plot, yScale, { title: spec.yTitle }),
    better, ...marks, note,
  );
}
