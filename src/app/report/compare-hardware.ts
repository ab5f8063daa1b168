/** What each choice is made of and how it fails: power, cost and failures by part, and the reach of the worst fault. */

import type { CompareResult, OpticsChoiceResult } from '../../study/compare-result.ts';
import { inkOf } from '../charts/palette.ts';
import { stackedBars } from '../charts/stacked-bars.ts';
import { plainName } from '../name-text.ts';
import { fixedText, numberText, percentText, sharedDecimals } from '../number-text.ts';
import type { Section } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, evidenceBadge, tag, wideChartPx, words } from './html.ts';

interface NamedValue {
  readonly name: string;
  readonly value: number;
}

interface Breakdown {
  readonly id: string;
  readonly title: string;
  readonly axisTitle: string;
  readonly unit: string;
  readonly parts: (choice: OpticsChoiceResult) => readonly NamedValue[];
  /** Small print behind the total of a choice. */
  readonly note: (choice: OpticsChoiceResult) => string;
}

/** Names by falling sum over all choices; equal sums keep the order in which they appear. */
function namesBySize(choices: readonly OpticsChoiceResult[], parts: (choice: OpticsChoiceResult) => readonly NamedValue[]): readonly string[] {
  const sums = new Map<string, number>();
  for (const part of choices.flatMap(parts)) sums.set(part.name, (sums.get(part.name) ?? 0) + (Number.isFinite(part.value) ? part.value : 0));
  return [...sums].map(([name, sum], order) => ({ name, sum, order })).sort((a, b) => b.sum - a.sum || a.order - b.order).map((entry) => entry.name);
}

function breakdownChart(result: CompareResult, breakdown: Breakdown): Markup {
  const names = namesBySize(result.choices, breakdown.parts);
  return stackedBars({
    id: breakdown.id, title: breakdown.title, axisTitle: breakdown.axisTitle, unit: breakdown.unit, widthPx: wideChartPx,
    series: names.map((name, index) => ({ name: plainName(name), ink: inkOf(index) })),
    rows: result.choices.map((choice) => ({
      label: choice.name, parts: breakdown.parts(choice).map((part) => ({ series: plainName(part.name), value: part.value })), note: breakdown.note(choice),
    })),
  });
}

function breakdownTable(
  result: CompareResult, breakdown: Breakdown,
  extra: { readonly title: string; readonly unit: string; readonly cell: (choice: OpticsChoiceResult) => Markup },
): Markup {
  const names = namesBySize(result.choices, breakdown.parts);
  const valueOf = (choice: OpticsChoiceResult, name: string): number => breakdown.parts(choice).reduce((sum, part) => sum + (part.name === name ? part.value : 0), 0);
  const decimals = sharedDecimals(result.choices.map((choice) => breakdown.parts(choice).reduce((sum, part) => sum + part.value, 0)));
  const parts = names.map((name) => ({ title: plainName(name), unit: breakdown.unit, isNumeric: true }));
  return dataTable(breakdown.title, [{ title: 'Choice' }, ...parts, { title: extra.title, unit: extra.unit, isNumeric: true }],
    result.choices.map((choice) => [words(choice.name), ...names.map((name) => words(fixedText(valueOf(choice, name), decimals))), extra.cell(choice)]));
}

export function powerSection(result: CompareResult): Section {
  const breakdown: Breakdown = {
    id: 'power-parts', title: 'Fabric power by part for each choice', axisTitle: 'fabric power (kW)', unit: 'kW',
    parts: (choice) => choice.powerParts.map((part) => ({ name: part.name, value: part.kw })),
    note: (choice) => `${percentText(choice.fabricPowerShare, 1)} of the cluster`,
  };
  const table = breakdownTable(result, breakdown, { title: 'Share of cluster', unit: '%', cell: (choice) => words(fixedText(choice.fabricPowerShare * 100, 2)) });
  return {
    id: 'power', title: 'Fabric power', about: 'Electrical power of the fabric by the part that draws it, and its share of the cluster’s IT power.',
    body: chartFigure({ chart: breakdownChart(result, breakdown), table }),
  };
}

export function costSection(result: CompareResult): Section {
  const breakdown: Breakdown = {
    id: 'cost-parts', title: 'Fabric cost by part for each choice', axisTitle: 'fabric cost (M$)', unit: 'M$',
    parts: (choice) => choice.cost.parts.map((part) => ({ name: part.name, value: part.usd / 1e6 })),
    note: (choice) => `${fixedText(choice.cost.perGpuUsd, 0)} $ per GPU, ${choice.cost.fabricUsd.kind}`,
  };
  const rows = result.choices.flatMap((choice) => [
    [
      words(choice.name), words('whole fabric'), words(numberText(choice.cost.fabricUsd.value / 1e6)),
      evidenceBadge(choice.cost.fabricUsd.kind, choice.cost.fabricUsd.source), words(choice.cost.fabricUsd.source),
    ],
    ...choice.cost.parts.map((part) => [words(choice.name), words(plainName(part.name)), words(numberText(part.usd / 1e6)), evidenceBadge(part.kind), '']),
  ]);
  const table = dataTable(
    breakdown.title,
    [{ title: 'Choice' }, { title: 'Part' }, { title: 'Cost', unit: 'M$', isNumeric: true }, { title: 'Evidence' }, { title: 'Source' }], rows,
  );
  return {
    id: 'cost', title: 'Fabric cost',
    about: 'What the fabric costs to buy, by part. Prices are the weakest numbers in most comparisons; each carries its grade.',
    body: chartFigure({ chart: breakdownChart(result, breakdown), table }),
  };
}

export function failureSection(result: CompareResult): Section {
  const breakdown: Breakdown = {
    id: 'failure-parts', title: 'Expected failures per day by part for each choice', axisTitle: 'expected failures (per day)', unit: 'per day',
    parts: (choice) => choice.failureParts.map((part) => ({ name: part.name, value: part.perDay })), note: (choice) => choice.failuresPerDay.kind,
  };
  const columns = [{ title: 'Choice' }, { title: 'Part' }, { title: 'Failures', unit: 'per day', isNumeric: true }, { title: 'Evidence' }, { title: 'Source' }];
  const table = dataTable(breakdown.title, columns,
    result.choices.flatMap((choice) => [
      [
        words(choice.name), words('whole fabric'), words(numberText(choice.failuresPerDay.value)),
        evidenceBadge(choice.failuresPerDay.kind, choice.failuresPerDay.source), words(choice.failuresPerDay.source),
      ],
      ...choice.failureParts.map((part) => [words(choice.name), words(plainName(part.name)), words(numberText(part.perDay)), evidenceBadge(part.kind), '']),
    ]));
  const failures = chartFigure({ heading: 'How often', chart: breakdownChart(result, breakdown), table });
  const reach = stackedBars({
    id: 'blast', title: 'GPUs cut off and slowed by the worst part with light of each choice',
    axisTitle: `accelerators of ${fixedText(result.cluster.gpus, 0)} (GPUs)`, unit: 'GPUs', widthPx: wideChartPx,
    series: [{ name: 'cut off', ink: { colour: 5 } }, { name: 'slowed', ink: { colour: 1, hatched: true } }],
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
  return {
    id: 'failures', title: 'Failures and blast radius',
    about:
      'How often something in the fabric is expected to fail, and how many accelerators the worst part that makes or carries light takes with it; ' +
      'feeds and switches follow in the table.',
    body: tag('div', { class: 'stack' }, failures, blast),
  };
}
