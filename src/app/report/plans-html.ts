/** The best parallel plans as one HTML file: what time costs in memory and traffic, and every plan that no other beats. */

import { labelledScatter } from '../charts/labelled-scatter.ts';
import { lineChart } from '../charts/line-chart.ts';
import { fixedText, numberText } from '../number-text.ts';
import type { Origin, Section } from './document.ts';
import { document } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, halfChartPx, tag, wideChartPx, words } from './html.ts';

/** What `heliostat plans --json` prints. */
export interface PlansResult {
  readonly schema: 'heliostat/plans/1';
  readonly cluster: string;
  readonly workload: string;
  readonly gpus: number;
  readonly accelerator: string;
  readonly memoryCapacityGb: number;
  readonly legal: number;
  readonly fitting: number;
  readonly timed: number;
  readonly complete: boolean;
  /** Fastest first. */
  readonly pareto: readonly {
    /** In one line, and axis by axis. */
    readonly plan: string;
    readonly degrees: Readonly<Record<string, string | number | boolean>>;
    readonly stepS: number;
    readonly memoryGb: number;
    /** Payload one accelerator sends out of its scale-up domain in a step, GB. */
    readonly scaleOutGb: number;
  }[];
}

type Point = PlansResult['pareto'][number];

/** Slower than this many times the fastest, a plan is of no interest to a picture. */
const drawnUpTo = 2;

const table = (caption: string, points: readonly Point[]): Markup => dataTable(
  caption,
  [{ title: 'Plan' }, { title: 'Step', unit: 's', isNumeric: true }, { title: 'Memory', unit: 'GB', isNumeric: true }, { title: 'Scale-out traffic', unit: 'GB per step', isNumeric: true }],
  points.map((point) => [words(point.plan), words(numberText(point.stepS, 4)), words(fixedText(point.memoryGb, 1)), words(fixedText(point.scaleOutGb, 2))]),
);

/** Of the points that share a step limit, the least a cost can be: a stair that falls to the right. */
function stair(points: readonly Point[], cost: (point: Point) => number): readonly { readonly x: number; readonly y: number }[] {
  const steps: { x: number; y: number }[] = [];
  let least = Infinity;
  for (const point of points) {
    if (cost(point) >= least) continue;
    if (steps.length > 0) steps.push({ x: point.stepS, y: least });
    least = cost(point);
    steps.push({ x: point.stepS, y: least });
  }
  return steps;
}

function tradeSection(result: PlansResult): Section {
  const fastest = result.pareto[0]?.stepS ?? 0;
  const near = result.pareto.filter((point) => point.stepS <= drawnUpTo * fastest);
  const drawing = (heading: string, yTitle: string, cost: (point: Point) => number): Markup => chartFigure({
    heading, table: table(heading, near),
    chart: lineChart({ title: heading, xTitle: 'step time (s)', yTitle, curves: [{ name: 'least', colour: 0, points: stair(near, cost) }], widthPx: halfChartPx }),
  });
  return {
    id: 'trade', title: 'What time costs', about: `The least memory and the least traffic at which a step of a given length can be had, up to ${drawnUpTo} times the fastest.`,
    body: tag('div', { class: 'pair' },
      drawing('Least memory at a step time', 'memory (GB)', (point) => point.memoryGb),
      drawing('Least scale-out traffic at a step time', 'traffic per accelerator and step (GB)', (point) => point.scaleOutGb)),
  };
}

const namedMax = 8;

function fastestSection(result: PlansResult): Section {
  const named = result.pareto.slice(0, namedMax);
  const label = ({ degrees }: Point): string => `tp${String(degrees['tensor'])} pp${String(degrees['pipeline'])} dp${String(degrees['data'])}`;
  return {
    id: 'fastest', title: 'The fastest plans', about: 'Memory against traffic of the fastest plans that no other beats.',
    body: chartFigure({
      chart: labelledScatter({
        title: 'Memory against traffic of the fastest plans', xTitle: 'memory (GB)', yTitle: 'scale-out traffic (GB per step)', widthPx: wideChartPx,
        points: named.map((point) => ({ label: label(point), x: point.memoryGb, y: point.scaleOutGb, series: 0 })),
      }),
      table: table('The fastest plans', named),
    }),
  };
}

export function renderPlansHtml(result: PlansResult, origin: Origin): string {
  const count = (value: number): string => fixedText(value, 0);
  const sections: readonly Section[] = [
    fastestSection(result), tradeSection(result),
    { id: 'plans', title: 'Every plan that no other beats', body: tag('div', { class: 'card' }, table('Every plan that no other beats', result.pareto)) },
  ];
  return document(`${result.workload} on ${result.cluster}`, sections, {
    ...origin, eyebrow: 'Heliostat plans',
    lead: `${count(result.legal)} legal plans on ${count(result.gpus)} ${result.accelerator}, ${count(result.fitting)} fit into memory, `
      + `${count(result.pareto.length)} remain that no other beats in step time, memory and scale-out traffic together.`,
    data: { id: 'heliostat-result', value: result },
  });
}
