/** The phase timeline of a job as one HTML file: the step by section and class, its start and its end by stage, and the table of bursts. */

import type { PhasesResult, StageSlots } from '../../study/timeline-result.ts';
import type { GanttSpan } from '../charts/gantt.ts';
import { gantt } from '../charts/gantt.ts';
import type { CurvePoint } from '../charts/line-chart.ts';
import { lineChart } from '../charts/line-chart.ts';
import type { Ink } from '../charts/palette.ts';
import { classInk, classOrder, classWords } from '../class-text.ts';
import { fixedText, numberText, percentText } from '../number-text.ts';
import type { Origin, Section } from './document.ts';
import { document } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, tag, wideChartPx, words } from './html.ts';

/** Spans drawn in one picture; its window shrinks until they fit. */
const spansMax = 2500;
/** Bursts of a class closer than this share of the window are drawn as one. */
const mergedShare = 1 / 400;

const kindInks: readonly { readonly name: string; readonly ink: Ink }[] = [
  { name: 'forward', ink: { colour: 0 } }, { name: 'backward', ink: { colour: 7 } }, { name: 'weights', ink: { colour: 3 } },
];

interface Window { readonly fromS: number; readonly toS: number }

const inside = (window: Window, span: { readonly start: number; readonly end: number }): boolean => span.end > window.fromS && span.start < window.toS;
const clip = (window: Window, span: GanttSpan): GanttSpan => ({ ...span, start: Math.max(window.fromS, span.start), end: Math.min(window.toS, span.end) });

/** Bursts of the busiest stage, one lane for each class, neighbours joined. */
function classSpans(result: PhasesResult, window: Window): readonly GanttSpan[] {
  const spans: GanttSpan[] = [];
  const last = new Map<string, GanttSpan>();
  const gapS = (window.toS - window.fromS) * mergedShare;
  for (const burst of result.bursts) {
    if (burst.stage !== 0) continue;
    const span = { lane: classWords(burst.trafficClass), name: burst.phase, series: classWords(burst.trafficClass), start: burst.startS, end: burst.endS };
    if (!inside(window, span)) continue;
    const before = last.get(span.lane);
    if (before !== undefined && span.start - before.end < gapS) {
      const joined = { ...before, name: before.name === span.name ? span.name : classWords(burst.trafficClass), end: Math.max(before.end, span.end) };
      spans[spans.indexOf(before)] = joined;
      last.set(span.lane, joined);
    } else {
      spans.push(span);
      last.set(span.lane, span);
    }
  }
  return spans.map((span) => clip(window, span));
}

const stageName = (slots: StageSlots): string => `stage ${slots.stage}`;

function stageSpans(result: PhasesResult, window: Window): readonly GanttSpan[] {
  return result.stages.flatMap((slots) => slots.kind.flatMap((kind, at): readonly GanttSpan[] => {
    const span = { lane: stageName(slots), name: `${kind.charAt(0)}${slots.microbatch[at] ?? 0}`, series: kind, start: slots.startS[at] ?? 0, end: slots.endS[at] ?? 0 };
    return inside(window, span) ? [clip(window, span)] : [];
  }));
}

/** Halves the window from its far side until its slots can be drawn. */
function fitting(result: PhasesResult, window: Window, keep: 'start' | 'end'): Window {
  let fitted = window;
  while (stageSpans(result, fitted).length > spansMax) {
    const half = (fitted.toS - fitted.fromS) / 2;
    fitted = keep === 'start' ? { ...fitted, toS: fitted.fromS + half } : { ...fitted, fromS: fitted.toS - half };
  }
  return fitted;
}

const usedSeries = (spans: readonly GanttSpan[], classes: readonly string[]): readonly { readonly name: string; readonly ink: Ink }[] => {
  const present = new Set(spans.map((span) => span.series));
  return [...kindInks, { name: 'section', ink: { colour: 7 } }, ...classes.map((name) => ({ name: classWords(name), ink: classInk(name) }))].filter(({ name }) => present.has(name));
};

function spanTable(caption: string, spans: readonly GanttSpan[]): Markup {
  const shown = spans.slice(0, 400).map((span) => [words(span.lane), words(span.name), words(numberText(span.start, 6)), words(numberText(span.end, 6))]);
  return dataTable(caption, [{ title: 'Lane' }, { title: 'What' }, { title: 'Start', unit: 's', isNumeric: true }, { title: 'End', unit: 's', isNumeric: true }], shown);
}

interface Picture { readonly id: string; readonly heading: string; readonly caption: string; readonly lanes: readonly string[]; readonly spans: readonly GanttSpan[] }

function picture(result: PhasesResult, { id, heading, caption, lanes, spans }: Picture): Markup {
  const chart = gantt({
    id, title: heading, axisTitle: 'time in the step (s)', unit: 's', lanes, spans, widthPx: wideChartPx, series: usedSeries(spans, classOrder(result.phases.map((phase) => phase.trafficClass))),
  });
  return chartFigure({ heading, caption, chart, table: spanTable(heading, spans) });
}

function timelineSection(result: PhasesResult): Section {
  const whole: Window = { fromS: 0, toS: result.stepS };
  const classes = classOrder(result.phases.map((phase) => phase.trafficClass)).map(classWords);
  const sections = result.sections.map((section) => ({ lane: 'step', name: section.name, series: 'section', start: section.startS, end: section.endS }));
  const steadyS = result.sections.find((section) => section.name === 'steady');
  const microbatchS = result.stepS / result.microbatches;
  const start = fitting(result, { fromS: 0, toS: Math.min(result.stepS, (steadyS?.startS ?? 0) + 4 * microbatchS) }, 'start');
  const end = fitting(result, { fromS: Math.max(0, (steadyS?.endS ?? result.stepS) - 2 * microbatchS), toS: result.stepS }, 'end');
  const stages = result.stages.map(stageName);
  const zoom = (id: string, heading: string, window: Window): Markup => picture(result, {
    id, heading, caption: 'Letters: f forward, b backward, w weight gradient, with the microbatch. Lower lanes: bursts of stage 0 by class.',
    lanes: [...stages, ...classes], spans: [...stageSpans(result, window), ...classSpans(result, window)],
  });
  const body = picture(result, {
    id: 'whole', heading: 'The whole step', caption: 'Sections, and bursts of the busiest stage by class; neighbours are joined.', lanes: ['step', ...classes], spans: [...sections, ...classSpans(result, whole)],
  })
    + zoom('start', 'Warm-up and the first steady microbatches', start) + zoom('end', 'The last microbatches and the cool-down', end);
  const about = 'When each stage computes and when each class talks. Bursts run under compute; only what compute does not hide lengthens a slot.';
  return { id: 'timeline', title: 'Timeline', about, body: tag('div', { class: 'card' }, body) };
}

function burstSection(result: PhasesResult): Section {
  const rows = result.phases.map((phase) => [
    words(phase.name), words(classWords(phase.trafficClass)), words(phase.tier), words(`${phase.group.ranks} × ${fixedText(phase.group.groups, 0)}`), words(numberText(phase.bytes / 1e6)),
    words(fixedText(phase.executionsPerStep, 0)), words(numberText(phase.firstStartS)), words(numberText(phase.durationMs)), words(numberText(phase.exposedS)),
    words(`${numberText(phase.slackMinMs)} to ${numberText(phase.slackMaxMs)}`), words(numberText(phase.stepMsPerBandwidthPercent)), words(numberText(phase.stepMsPerLatencyUs)),
  ]);
  const number = (title: string, unit?: string): { readonly title: string; readonly unit?: string; readonly isNumeric: true } => ({ title, isNumeric: true, ...(unit === undefined ? {} : { unit }) });
  const columns = [
    { title: 'Collective' }, { title: 'Class' }, { title: 'Tier' }, number('Ranks × groups'), number('Size', 'MB'), number('Times per step'), number('First start', 's'), number('Duration', 'ms'),
    number('Exposed', 's'), number('Slack', 'ms'), number('Bandwidth is worth', 'ms per %'), number('Latency costs', 'ms per us'),
  ];
  const about = 'Slack: how much later a burst may end before the step grows, least and greatest over all stages. Worth: step time per change of this traffic alone.';
  return { id: 'bursts', title: 'Bursts', about, body: tag('div', { class: 'card' }, dataTable('Bursts', columns, rows)) };
}

function skewSection(skew: NonNullable<PhasesResult['skew']>): Section {
  const points = (pick: (step: (typeof skew.steps)[number]) => number): readonly CurvePoint[] => skew.steps.map((step, x) => ({ x, y: pick(step) }));
  const chart = lineChart({
    title: 'Imbalance over steps', xTitle: 'training step', yTitle: 'over even load', widthPx: wideChartPx,
    curves: [
      { name: 'hottest rank', colour: 5, points: points((step) => step.rankImbalance) }, { name: 'exchange time', colour: 1, points: points((step) => step.exchangeSlowdown) },
      { name: 'step time', colour: 0, points: points((step) => step.stepS / skew.evenStepS) },
    ],
    references: [{ name: 'even', y: 1 }],
  });
  const columns = [{ title: 'Step', isNumeric: true }, { title: 'Hottest rank', isNumeric: true }, { title: 'Exchange', isNumeric: true }, { title: 'Step time', unit: 's', isNumeric: true }];
  const table = dataTable('Imbalance over steps', columns,
    skew.steps.slice(0, 400).map((step, at) => [words(`${at}`), words(numberText(step.rankImbalance)), words(numberText(step.exchangeSlowdown)), words(numberText(step.stepS, 5))]));
  const more = (stepS: number): string => percentText(stepS / skew.evenStepS - 1, 1);
  const about = `Even load: ${numberText(skew.evenStepS, 4)} s. Uneven load: ${numberText(skew.meanStepS, 4)} s on average; `
    + `skew of the exchange alone gives ${more(skew.exchangeOnlyStepS)} more, of the experts' compute alone ${more(skew.computeOnlyStepS)}.`;
  return { id: 'skew', title: 'Expert bottleneck', about, body: tag('div', { class: 'card' }, chartFigure({ chart, table })) };
}

export function renderPhasesHtml(result: PhasesResult, origin: Origin): string {
  const sections = [timelineSection(result), burstSection(result), ...(result.skew === null ? [] : [skewSection(result.skew)])];
  return document(`${result.workload} on ${result.cluster}`, sections, {
    ...origin, eyebrow: 'Phase timeline', lead: `One step takes ${numberText(result.stepS, 4)} s: ${result.plan}.`,
  });
}
