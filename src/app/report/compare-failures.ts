/** How each choice fails: how often and by which part, how far the worst fault reaches, and what a year of failures takes. */

import type { CompareResult } from '../../study/compare-result.ts';
import { stackedBars } from '../charts/stacked-bars.ts';
import { plainName } from '../name-text.ts';
import { fixedText, numberText } from '../number-text.ts';
import type { Breakdown } from './compare-hardware.ts';
import { breakdownChart } from './compare-hardware.ts';
import type { Section } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, evidenceBadge, tag, wideChartPx, words } from './html.ts';

const reachSeries = [{ name: 'cut off', ink: { colour: 5 } }, { name: 'slowed', ink: { colour: 1, hatched: true } }] as const;

function lostChart(result: CompareResult): Markup {
  return stackedBars({
    id: 'lost', title: 'Accelerator hours that failures of the fabric take in a year for each choice', axisTitle: 'accelerator hours (h/year)', unit: 'h/year', widthPx: wideChartPx,
    series: reachSeries,
    rows: result.choices.map(({ name, lostGpuHours }) => ({
      label: name, parts: [{ series: 'cut off', value: lostGpuHours.cutPerYear }, { series: 'slowed', value: lostGpuHours.slowedPerYear }], note: lostGpuHours.kind,
    })),
  });
}

function lostTable(result: CompareResult): Markup {
  const columns = [
    { title: 'Choice' }, { title: 'Part' }, { title: 'Cut off', unit: 'h/year', isNumeric: true }, { title: 'Slowed', unit: 'h/year', isNumeric: true },
    { title: 'Repair', unit: 'h', isNumeric: true }, { title: 'Evidence of repair' },
  ];
  return dataTable('Accelerator hours lost by part', columns, result.choices.flatMap(({ name, lostGpuHours }) => lostGpuHours.parts.map((part) => [
    words(name), words(plainName(part.name)), words(numberText(part.cutPerYear)), words(numberText(part.slowedPerYear)), words(numberText(part.repairH.value)),
    evidenceBadge(part.repairH.kind, part.repairH.source) + tag('span', { class: 'sub' }, words(part.repairH.source)),
  ])));
}

/** The bases that a fabric's failures mix, in the order of its parts. */
const basesOf = ({ failureParts }: CompareResult['choices'][number]): readonly string[] => [...new Set(failureParts.map(({ basis }) => basis))];

export function failureSection(result: CompareResult): Section {
  const breakdown: Breakdown = {
    id: 'failure-parts', title: 'Expected failures per day by part for each choice', axisTitle: 'expected failures (per day)', unit: 'per day',
    parts: (choice) => choice.failureParts.map((part) => ({ name: part.name, value: part.perDay })), note: (choice) => choice.failuresPerDay.kind,
  };
  const columns = [{ title: 'Choice' }, { title: 'Part' }, { title: 'Failures', unit: 'per day', isNumeric: true }, { title: 'Basis' }, { title: 'Evidence' }, { title: 'Source' }];
  const table = dataTable(breakdown.title, columns,
    result.choices.flatMap((choice) => [
      [
        words(choice.name), words('whole fabric'), words(numberText(choice.failuresPerDay.value)), words(basesOf(choice).join(' + ')),
        evidenceBadge(choice.failuresPerDay.kind, choice.failuresPerDay.source), words(choice.failuresPerDay.source),
      ],
      ...choice.failureParts.map((part) => [words(choice.name), words(plainName(part.name)), words(numberText(part.perDay)), words(part.basis), evidenceBadge(part.kind), '']),
    ]));
  const failures = chartFigure({ heading: 'How often', chart: breakdownChart(result, breakdown), table });
  const reach = stackedBars({
    id: 'blast', title: 'GPUs cut off and slowed by the worst part with light of each choice',
    axisTitle: `accelerators of ${fixedText(result.cluster.gpus, 0)} (GPUs)`, unit: 'GPUs', widthPx: wideChartPx,
    series: reachSeries,
    rows: result.choices.map((choice) => ({
      label: choice.name, parts: [{ series: 'cut off', value: choice.worstLightPart.gpusCut }, { series: 'slowed', value: choice.worstLightPart.gpusSlowed }],
      note: `${plainName(choice.worstLightPart.kind)}, ${choice.worstLightPart.name}`,
    })),
  });
  const reachColumns = [
    { title: 'Choice' }, { title: 'Worst part' }, { title: 'Kind' }, { title: 'Cut off', unit: 'GPUs', isNumeric: true },
    { title: 'Slowed', unit: 'GPUs', isNumeric: true }, { title: 'Links lost', unit: 'links', isNumeric: true },
  ];
  const reachTable = dataTable('Worst part with light, and worst part of all, for each choice', reachColumns,
    result.choices.flatMap(({ name, worstPart, worstLightPart }) => [worstLightPart, worstPart].map((part) => [
      words(name), words(part.name), words(plainName(part.kind)), words(fixedText(part.gpusCut, 0)), words(fixedText(part.gpusSlowed, 0)), words(fixedText(part.linksLost, 0)),
    ])));
  const blast = chartFigure({ heading: 'How far the worst one reaches', chart: reach, table: reachTable });
  const lost = chartFigure({ heading: 'What they take in a year', chart: lostChart(result), table: lostTable(result) });
  return {
    id: 'failures', title: 'Failures and blast radius', nav: 'Failures',
    about:
      'How often something in the fabric is expected to fail, and how many accelerators the worst part that makes or carries light takes with it ' +
      '(feeds and switches follow in the table), and what all failures together take until they are repaired.',
    body: tag('div', { class: 'stack' }, failures, blast, lost),
  };
}
