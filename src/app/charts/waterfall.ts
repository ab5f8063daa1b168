/** A budget as a waterfall: each stage starts where the one before it ended, down to the limit and the margin above it. */

import { fixedText } from '../number-text.ts';
import { bottomAxis } from './axis.ts';
import { hatchDefs, inkRect, safeId } from './palette.ts';
import type { Scale } from './scale.ts';
import { linearScale } from './scale.ts';
import { element, emptyChart, hover, svgFrame, textAt } from './svg.ts';
import { fitText, textWidthPx } from './text-width.ts';

export interface WaterfallStage {
  readonly name: string;
  /** Positive goes down. */
  readonly drop: number;
  /** The level measured or computed behind the stage, where there is one. */
  readonly level: number | null;
  readonly note: string;
}

export interface WaterfallSpec {
  /** Unique in the document. */
  readonly id: string;
  readonly title: string;
  readonly axisTitle: string;
  /** Unit of the levels and of the drops, e.g. `dBm` and `dB`. */
  readonly levelUnit: string;
  readonly dropUnit: string;
  readonly stages: readonly WaterfallStage[];
  /** What is left above the limit behind the last stage; negative when the budget does not close. */
  readonly margin: number;
  readonly widthPx?: number;
}

interface Step {
  readonly stage: WaterfallStage;
  readonly from: number;
  readonly to: number;
}

const rowPx = 26;
const barPx = 14;
const fontPx = 13;
const labelMaxPx = 210;
const headPx = 24;
const footPx = 32;
/** A drop smaller than this, in the drop's unit, is drawn as a tick because it has no visible length. */
const visibleDropMin = 0.005;

/**
 * The running level: starts at the level in front of the first stage that states one (zero where none does) and falls by
 * each stage's drop, so penalties, which lower no light, are drawn like losses. The limit is where the margin ends.
 */
export function waterfallSteps(stages: readonly WaterfallStage[]): readonly Step[] {
  const anchorIndex = stages.findIndex((stage) => stage.level !== null);
  const anchor = stages[anchorIndex];
  const before = stages.slice(0, Math.max(0, anchorIndex + 1)).reduce((sum, stage) => sum + (Number.isFinite(stage.drop) ? stage.drop : 0), 0);
  let level = (anchor?.level ?? 0) + (anchor === undefined ? 0 : before);
  return stages.map((stage) => {
    const from = level;
    if (Number.isFinite(stage.drop)) level -= stage.drop;
    return { stage, from, to: level };
  });
}

function drawStep(
  step: Step, spec: WaterfallSpec,
  place: { readonly scale: Scale; readonly topPx: number; readonly labelPx: number; readonly widthPx: number; readonly dropPx: number; readonly hatchId: string },
): string {
  const { stage } = step;
  const title = hover(`${stage.name}: ${fixedText(stage.drop, 2)} ${spec.dropUnit}. ${stage.note}`);
  const label = textAt({ x: place.labelPx - 12, y: place.topPx + 12, class: 'soft label', anchor: 'end' }, fitText(stage.name, { widthPx: labelMaxPx, fontPx }));
  const level = stage.level === null ? '' : textAt({ x: place.widthPx, y: place.topPx + 12, class: 'muted level', anchor: 'end' }, fixedText(stage.level, 1));
  const dropX = place.dropPx;
  if (!Number.isFinite(stage.drop)) return label + level + textAt({ x: dropX, y: place.topPx + 12, class: 'warn small', anchor: 'end' }, 'no value');
  const drop = stage.drop === 0 ? '0' : fixedText(-stage.drop, 2);
  const text = textAt({ x: dropX, y: place.topPx + 12, class: 'small drop', anchor: 'end' }, stage.drop < 0 ? `+${drop}` : drop);
  const x1 = place.scale.at(Math.min(step.from, step.to));
  const x2 = place.scale.at(Math.max(step.from, step.to));
  const ink = { colour: stage.drop > 0 ? 1 : 2, hatched: stage.drop < 0 };
  const mark =
    Math.abs(stage.drop) < visibleDropMin
      ? element('line', { class: 'rule', x1: x2, x2, y1: place.topPx, y2: place.topPx + barPx }, title)
      : inkRect({ x: x1, y: place.topPx, width: Math.max(1, x2 - x1), height: barPx }, ink, { hatchId: place.hatchId, title });
  const connector = element('line', { class: 'leader', x1: place.scale.at(step.to), x2: place.scale.at(step.to), y1: place.topPx + barPx, y2: place.topPx + rowPx });
  return label + text + level + mark + connector;
}

function drawMargin(
  spec: WaterfallSpec,
  place: { readonly scale: Scale; readonly end: number; readonly limit: number; readonly topPx: number; readonly bottomPx: number; readonly labelPx: number },
): string {
  const closes = spec.margin >= 0;
  const y = place.bottomPx - footPx / 2;
  const x1 = place.scale.at(place.limit);
  const x2 = place.scale.at(place.end);
  const line = element('line', { class: closes ? 'dash limit' : 'warnrule limit', x1, x2: x1, y1: place.topPx - 4, y2: place.bottomPx });
  const bracket = element('path', {
    class: closes ? 'bracket' : 'bracket bad', d: `M${x1.toFixed(2)} ${y - 5}v10M${x1.toFixed(2)} ${y}H${x2.toFixed(2)}M${x2.toFixed(2)} ${y - 5}v10`,
  });
  const words = closes ? 'margin' : 'short by';
  const label = textAt(
    { x: place.labelPx - 12, y: y + 4, class: closes ? 'good strong' : 'warn strong', anchor: 'end' },
    `${words} ${fixedText(Math.abs(spec.margin), 1)} ${spec.dropUnit}`,
  );
  return line + bracket + label + textAt({ x: x1, y: place.topPx - 9, class: 'muted', anchor: 'middle' }, 'limit');
}

/** One row per stage with its drop and level, then the margin as a bracket between the end and the limit. */
export function waterfall(spec: WaterfallSpec): string {
  const widthPx = spec.widthPx ?? 540;
  if (spec.stages.length === 0) return emptyChart({ widthPx, heightPx: 80, label: spec.title }, 'This budget has no stages.');
  const steps = waterfallSteps(spec.stages);
  const end = steps.at(-1)?.to ?? 0;
  const hasMargin = Number.isFinite(spec.margin);
  const limit = hasMargin ? end - spec.margin : end;
  const hatchId = `${safeId(spec.id)}-hatch`;
  const labelPx = Math.min(labelMaxPx, Math.max(...spec.stages.map((stage) => textWidthPx(stage.name, fontPx)), textWidthPx('short by 00.0 dB', fontPx) + 8)) + 16;
  const hasLevels = spec.stages.some((stage) => stage.level !== null);
  const dropPx = hasLevels ? widthPx - 56 : widthPx;
  const plot = { leftPx: labelPx, rightPx: dropPx - 56, topPx: headPx, bottomPx: headPx + steps.length * rowPx + footPx };
  const levels = [limit, ...steps.flatMap((step) => [step.from, step.to])];
  const scale = linearScale({ low: Math.min(...levels), high: Math.max(...levels) }, { startPx: plot.leftPx, endPx: plot.rightPx }, 5);
  const rows = steps.map((step, index) => drawStep(step, spec, { scale, topPx: plot.topPx + index * rowPx + (rowPx - barPx) / 2, labelPx, widthPx, dropPx, hatchId }));
  const heads = textAt({ x: dropPx, y: headPx - 9, class: 'muted', anchor: 'end' }, spec.dropUnit) +
    (hasLevels ? textAt({ x: widthPx, y: headPx - 9, class: 'muted', anchor: 'end' }, spec.levelUnit) : '');
  const margin = hasMargin
    ? drawMargin(spec, { scale, end, limit, topPx: plot.topPx, bottomPx: plot.bottomPx, labelPx })
    : textAt({ x: labelPx - 12, y: plot.bottomPx - footPx / 2 + 4, class: 'warn strong', anchor: 'end' }, 'margin: no value');
  return svgFrame(
    { widthPx, heightPx: plot.bottomPx + 44, label: spec.title }, hatchDefs(hatchId), bottomAxis(plot, scale, { title: spec.axisTitle }), heads,
    ...rows, margin,
  );
}
