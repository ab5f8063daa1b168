/** Curves over a linear or logarithmic plane, named at their ends, with reference lines for limits and the operating point. */

import type { Plot } from './axis.ts';
import { bottomAxis, leftAxis } from './axis.ts';
import type { Scale } from './scale.ts';
import { linearScale, logScale, spanOf } from './scale.ts';
import { element, emptyChart, svgFrame, textAt } from './svg.ts';
import { fitText, textWidthPx } from './text-width.ts';

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

export interface LineChartSpec {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly curves: readonly { readonly name: string; readonly colour: number; readonly points: readonly CurvePoint[] }[];
  /** Level lines (`y`) and upright lines (`x`) with their names; they widen the plane so that they are always seen. */
  readonly references?: readonly ({ readonly name: string } & ({ readonly x: number } | { readonly y: number }))[];
  readonly hasLogX?: boolean;
  readonly hasLogY?: boolean;
  readonly widthPx?: number;
  readonly heightPx?: number;
}

const nameMaxPx = 160;
/** Room that a name needs above its level line. */
const nameAbovePx = 18;
const dashes: readonly (string | undefined)[] = [undefined, '7 4', '2 4', '10 3 2 3'];

/** A gap in the points is a gap in the curve: the pen lifts over values that cannot be drawn. */
function curvePath(points: readonly CurvePoint[], drawable: (point: CurvePoint) => boolean, scales: { readonly x: Scale; readonly y: Scale }): string {
  let d = '';
  let isPenDown = false;
  for (const point of points) {
    if (!drawable(point)) {
      isPenDown = false;
      continue;
    }
    d += `${isPenDown ? 'L' : 'M'}${scales.x.at(point.x).toFixed(2)} ${scales.y.at(point.y).toFixed(2)}`;
    isPenDown = true;
  }
  return d;
}

/** End labels pushed apart so that none covers another; kept in the order of their curves' ends. */
function spreadLabels(ends: readonly { readonly name: string; readonly y: number }[], stepPx: number): ReadonlyMap<string, number> {
  const sorted = ends.map((end, index) => ({ ...end, index })).sort((a, b) => a.y - b.y || a.index - b.index);
  const placed = new Map<string, number>();
  let floor = -Infinity;
  for (const end of sorted) {
    floor = Math.max(end.y, floor + stepPx);
    placed.set(end.name, floor);
  }
  return placed;
}

function references(spec: LineChartSpec, plot: Plot, scales: { readonly x: Scale; readonly y: Scale }): string {
  return (spec.references ?? []).map((reference) => {
    if ('y' in reference) {
      const y = scales.y.at(reference.y);
      // At the top of the plot the name stands below its line, or it would cover the title of the axis.
      const isHigh = y - plot.topPx < nameAbovePx;
      const line = element('line', { class: 'warnrule', x1: plot.leftPx, x2: plot.rightPx, y1: y, y2: y });
      return line + textAt({ x: plot.leftPx + 6, y: isHigh ? y + 15 : y - 6, class: 'warn small note' }, reference.name);
    }
    const x = scales.x.at(reference.x);
    const isLate = x > (plot.leftPx + plot.rightPx) / 2;
    const line = element('line', { class: 'dash', x1: x, x2: x, y1: plot.topPx, y2: plot.bottomPx });
    return line + textAt({ x: x + (isLate ? -6 : 6), y: plot.bottomPx - 8, class: 'muted note', anchor: isLate ? 'end' : 'start' }, reference.name);
  }).join('');
}


const nameOf = (curve: { readonly name: string }): string => fitText(curve.name, { widthPx: nameMaxPx, fontPx: 13 });

/** Points that are not finite, or not positive on a logarithmic axis, are left out and counted below the plot. */
export function lineChart(spec: LineChartSpec): string {
  const widthPx = spec.widthPx ?? 540;
  const heightPx = spec.heightPx ?? 340;
  const isLogX = spec.hasLogX === true;
  const isLogY = spec.hasLogY === true;
  const drawable = (point: CurvePoint): boolean => Number.isFinite(point.x) && Number.isFinite(point.y) && (!isLogX || point.x > 0) && (!isLogY || point.y > 0);
  const points = spec.curves.flatMap((curve) => curve.points);
  const shown = points.filter(drawable);
  const refX = (spec.references ?? []).flatMap((reference) => ('x' in reference ? [reference.x] : []));
  const refY = (spec.references ?? []).flatMap((reference) => ('y' in reference ? [reference.y] : []));
  const xs = spanOf([...shown.map((point) => point.x), ...refX]);
  const ys = spanOf([...shown.map((point) => point.y), ...refY]);
  if (shown.length === 0 || xs === null || ys === null) return emptyChart({ widthPx, heightPx: 80, label: spec.title }, 'No point has a value.');
  const namePx = Math.max(...spec.curves.map((curve) => textWidthPx(nameOf(curve), 13))) + 14;
  const plot = { leftPx: 62, rightPx: widthPx - namePx, topPx: 30, bottomPx: heightPx - 52 };
  const scales = {
    x: (isLogX ? logScale : linearScale)(xs, { startPx: plot.leftPx, endPx: plot.rightPx }),
    y: (isLogY ? logScale : linearScale)(ys, { startPx: plot.bottomPx, endPx: plot.topPx }),
  };
  const ends = spec.curves.flatMap((curve) => {
    const last = curve.points.filter(drawable).at(-1);
    return last === undefined ? [] : [{ name: curve.name, x: scales.x.at(last.x), y: scales.y.at(last.y) }];
  });
  const labelY = spreadLabels(ends, 16);
  const curves = spec.curves.map((curve, index) => {
    const end = ends.find((candidate) => candidate.name === curve.name);
    const path = element('path', { class: `curve s${curve.colour}`, d: curvePath(curve.points, drawable, scales), 'stroke-dasharray': dashes[index % dashes.length] });
    return end === undefined ? path : path + textAt({ x: end.x + 8, y: (labelY.get(curve.name) ?? end.y) + 4, class: 'curve-label' }, nameOf(curve));
  });
  const leftOut = points.length - shown.length;
  const note = leftOut === 0 ? '' : textAt(
    { x: 0, y: heightPx - 4, class: 'warn small' }, `${leftOut} of ${points.length} points have no value on this plane and are left out.`,
  );
  return svgFrame(
    { widthPx, heightPx, label: spec.title },
    bottomAxis(plot, scales.x, { title: spec.xTitle, isLog: isLogX }), leftAxis(plot, scales.y, { title: spec.yTitle, isLog: isLogY }),
    references(spec, plot, scales), ...curves, note,
  );
}
