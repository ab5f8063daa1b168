/** Phases on a time line: one lane per actor, one bar per span, named where the name fits. */

import { numberText } from '../number-text.ts';
import { bottomAxis } from './axis.ts';
import { legend } from './legend.ts';
import type { Ink } from './palette.ts';
import { hatchDefs, inkRect, safeId } from './palette.ts';
import { linearScale, spanOf } from './scale.ts';
import { element, emptyChart, hover, svgFrame, textAt } from './svg.ts';
import { fitText, textWidthPx } from './text-width.ts';

export interface GanttSpan {
  readonly lane: string;
  readonly name: string;
  /** Name of one of the series. */
  readonly series: string;
  readonly start: number;
  readonly end: number;
}

export interface GanttSpec {
  /** Unique in the document. */
  readonly id: string;
  readonly title: string;
  readonly axisTitle: string;
  readonly unit: string;
  /** From top to bottom; a lane without spans stays visible as an empty track. */
  readonly lanes: readonly string[];
  readonly series: readonly { readonly name: string; readonly ink: Ink }[];
  readonly spans: readonly GanttSpan[];
  readonly widthPx?: number;
}

const lanePx = 32;
const barPx = 20;
const labelMaxPx = 200;

const isDrawable = (span: GanttSpan): boolean => Number.isFinite(span.start) && Number.isFinite(span.end) && span.end >= span.start;

/** Spans that end before they start, or have no finite times, are left out and named below the axis. */
export function gantt(spec: GanttSpec): string {
  const widthPx = spec.widthPx ?? 1120;
  const inks = new Map(spec.series.map((series) => [series.name, series.ink]));
  const shown = spec.spans.filter(isDrawable);
  const extent = spanOf(shown.flatMap((span) => [span.start, span.end]));
  if (spec.lanes.length === 0 || extent === null) return emptyChart({ widthPx, heightPx: 80, label: spec.title }, 'There is nothing to draw.');
  const hatchId = `${safeId(spec.id)}-hatch`;
  const labelPx = Math.min(labelMaxPx, Math.max(...spec.lanes.map((lane) => textWidthPx(lane, 13)))) + 16;
  const key = legend(spec.series, { x: labelPx, y: 0, widthPx: widthPx - labelPx, hatchId });
  const plot = { leftPx: labelPx, rightPx: widthPx - 16, topPx: key.heightPx + 8, bottomPx: key.heightPx + 8 + spec.lanes.length * lanePx };
  const scale = linearScale(extent, { startPx: plot.leftPx, endPx: plot.rightPx }, 8);
  const tracks = spec.lanes.map((lane, index) => {
    const y = plot.topPx + index * lanePx + (lanePx - barPx) / 2;
    const label = textAt({ x: labelPx - 12, y: y + 14.5, class: 'soft label', anchor: 'end' }, fitText(lane, { widthPx: labelMaxPx, fontPx: 13 }));
    return label + element('rect', { class: 'track', x: plot.leftPx, y, width: plot.rightPx - plot.leftPx, height: barPx });
  });
  const bars = shown.map((span) => {
    const ink = inks.get(span.series);
    const lane = spec.lanes.indexOf(span.lane);
    if (ink === undefined || lane < 0) throw new RangeError(`Span ${span.name} names lane ${span.lane} and series ${span.series}, which are not both listed`);
    const x = scale.at(span.start);
    const width = Math.max(1, scale.at(span.end) - x);
    const y = plot.topPx + lane * lanePx + (lanePx - barPx) / 2;
    const title = hover(`${span.lane}: ${span.name}, ${numberText(span.start, 6)} to ${numberText(span.end, 6)} ${spec.unit}`);
    const fits = ink.hatched !== true && textWidthPx(span.name, 12) + 8 < width;
    const name = fits ? textAt({ x: x + width / 2, y: y + 14.5, class: ink.colour === 0 ? 'on0' : 'on', anchor: 'middle' }, span.name) : '';
    return inkRect({ x, y, width, height: barPx }, ink, { hatchId, title }) + name;
  });
  const leftOut = spec.spans.filter((span) => !isDrawable(span)).map((span) => span.name);
  const note = leftOut.length === 0 ? '' : textAt({ x: 0, y: plot.bottomPx + 35, class: 'warn small' }, `no valid times: ${leftOut.join(', ')}`);
  return svgFrame(
    { widthPx, heightPx: plot.bottomPx + 44, label: spec.title }, hatchDefs(hatchId), key.markup, ...tracks,
    bottomAxis(plot, scale, { title: spec.axisTitle }), ...bars, note,
  );
}
