/** The worth of a network as pictures and one HTML file: accelerators against bandwidth, cost per token, and microseconds. */

import type { QuestionsResult, WorkloadAnswers } from '../../study/questions-result.ts';
import type { CurvePoint, LineChartSpec } from '../charts/line-chart.ts';
import { lineChart } from '../charts/line-chart.ts';
import { fixedText, numberText } from '../number-text.ts';
import type { Origin, Section } from './document.ts';
import { document } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, tag, wideChartPx, words } from './html.ts';

export interface QuestionPicture {
  /** Name of its file, without folder. */
  readonly file: string;
  readonly heading: string;
  readonly caption: string;
  readonly chart: string;
}

const curvesOf = (result: QuestionsResult, pointsOf: (answers: WorkloadAnswers) => readonly CurvePoint[]): LineChartSpec['curves'] =>
  result.workloads.map((answers, index) => ({ name: answers.workload, colour: index % 7, points: pointsOf(answers) }));

/** Cost of a million tokens with the network as it stands. */
const costNow = (answers: WorkloadAnswers): number => answers.fabricSizes.find((row) => row.times === 1)?.usdPerMillionTokens ?? Number.NaN;

/** The three pictures at one width. */
export function questionPictures(result: QuestionsResult, widthPx: number): readonly QuestionPicture[] {
  const now = { name: 'as it stands', x: result.rateGbpsPerGpu };
  return [
    {
      file: 'questions-gpus.svg', heading: 'How many accelerators for the same tokens per second', caption: 'Each keeps its share of the batch and the workload’s own plan.',
      chart: lineChart({
        title: 'Accelerators for the same tokens per second against bandwidth', xTitle: 'scale-out rate per accelerator (Gb/s)', yTitle: 'accelerators', hasLogX: true, widthPx, references: [now],
        curves: curvesOf(result, (answers) => answers.fabricSizes.map((row) => ({ x: row.rateGbpsPerGpu, y: row.gpusForSameTokens }))),
      }),
    },
    {
      file: 'questions-cost.svg', heading: 'What a token costs against bandwidth per accelerator',
      caption: 'Machines and electricity, against the network as it stands; a faster network is more network, and paid for.',
      chart: lineChart({
        title: 'Cost of a token against bandwidth per accelerator', xTitle: 'scale-out rate per accelerator (Gb/s)', yTitle: 'cost of a token against as it stands (%)', hasLogX: true,
        widthPx, references: [now],
        curves: curvesOf(result, (answers) => answers.fabricSizes.map((row) => ({ x: row.rateGbpsPerGpu, y: 100 * (row.usdPerMillionTokens / costNow(answers) - 1) }))),
      }),
    },
    {
      file: 'questions-latency.svg', heading: 'What a microsecond is worth', caption: 'Accelerators that must be added to make up for a longer path between any two nodes.',
      chart: lineChart({
        title: 'Accelerators that make up for latency', xTitle: 'further latency, one way (us)', yTitle: 'accelerators to add', widthPx,
        curves: curvesOf(result, (answers) => answers.latencies.map((row) => ({ x: row.extraNs / 1000, y: row.gpusToMakeUp }))),
      }),
    },
  ];
}

function sizeTable(result: QuestionsResult): Markup {
  const columns = [
    { title: 'Workload' }, { title: 'Rate', unit: 'Gb/s per GPU', isNumeric: true }, { title: 'Step', unit: 's', isNumeric: true }, { title: 'Accelerators', unit: 'for the same tokens/s', isNumeric: true },
    { title: 'Cost', unit: '$ per million tokens', isNumeric: true }, { title: 'Site energy', unit: 'J per token', isNumeric: true },
    { title: 'Fastest plan' }, { title: 'its step', unit: 's', isNumeric: true }, { title: 'its cost', unit: '$ per million tokens', isNumeric: true },
  ];
  return dataTable('Fabric sizes', columns, result.workloads.flatMap(({ workload, fabricSizes }) => fabricSizes.map((row) => [
    words(workload), words(fixedText(row.rateGbpsPerGpu, 0)), words(numberText(row.stepS, 4)), words(fixedText(row.gpusForSameTokens, 0)), words(row.usdPerMillionTokens.toPrecision(4)),
    words(numberText(row.joulesPerToken, 4)), words(row.bestPlan.plan), words(numberText(row.bestPlan.stepS, 4)), words(row.bestPlan.usdPerMillionTokens.toPrecision(4)),
  ])));
}

function latencyTable(result: QuestionsResult): Markup {
  const columns = [
    { title: 'Workload' }, { title: 'Further latency', unit: 'us', isNumeric: true }, { title: 'Step', unit: 's', isNumeric: true }, { title: 'Accelerators to add', isNumeric: true },
  ];
  return dataTable('Latencies', columns, result.workloads.flatMap(({ workload, latencies }) =>
    latencies.map((row) => [words(workload), words(numberText(row.extraNs / 1000)), words(numberText(row.stepS, 6)), words(fixedText(row.gpusToMakeUp, 2))])));
}

export function renderQuestionsHtml(result: QuestionsResult, origin: Origin): string {
  const list = (texts: readonly string[]): Markup => tag('ul', {}, ...texts.map((text) => tag('li', {}, words(text))));
  const sections: readonly Section[] = [
    { id: 'findings', title: 'Answers', body: tag('div', { class: 'card' }, list(result.findings)) },
    ...questionPictures(result, wideChartPx).map(({ file, heading, caption, chart }): Section => ({
      id: file.replace('.svg', ''), title: heading, body: chartFigure({ caption, chart, table: file === 'questions-latency.svg' ? latencyTable(result) : sizeTable(result) }),
    })),
    { id: 'assumptions', title: 'Assumptions', body: tag('div', { class: 'card' }, list(result.assumptions)) },
  ];
  return document(`What the network of ${result.cluster} is worth`, sections, {
    ...origin, eyebrow: 'Heliostat questions',
    lead: `${fixedText(result.gpus, 0)} ${result.accelerator} with ${result.choice}, ${fixedText(result.rateGbpsPerGpu, 0)} Gb/s each; ${result.workloads.length} workloads.`,
    data: { id: 'heliostat-result', value: result },
  });
}
