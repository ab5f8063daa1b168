/** What each choice is made of: power and cost by part, and what it costs to own. */

import type { CompareResult, OpticsChoiceResult } from '../../study/compare-result.ts';
import { inkOf } from '../charts/palette.ts';
import { stackedBars } from '../charts/stacked-bars.ts';
import { plainName } from '../name-text.ts';
import { fixedText, numberText, percentText, sharedDecimals } from '../number-text.ts';
import type { Section } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, evidenceBadge, wideChartPx, words } from './html.ts';

export interface NamedValue {
  readonly name: string;
  readonly value: number;
}

export interface Breakdown {
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

export function breakdownChart(result: CompareResult, breakdown: Breakdown): Markup {
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
    id: 'power', title: 'Fabric power', nav: 'Power', about: 'Electrical power of the fabric by the part that draws it, and its share of the cluster’s IT power.',
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
    id: 'cost', title: 'Fabric cost', nav: 'Cost',
    about: 'What the fabric costs to buy, by part. Prices are the weakest numbers in most comparisons; each carries its grade.',
    body: chartFigure({ chart: breakdownChart(result, breakdown), table }),
  };
}

/** Purchase and electricity of the fabric on one scale, with the facility's own figures in the table. */
export function ownershipSection(result: CompareResult): Section {
  const years = result.choices[0]?.ownership.years ?? 0;
  const span = `${numberText(years)} years`;
  const breakdown: Breakdown = {
    id: 'ownership-parts', title: `Purchase and ${span} of electricity of the fabric for each choice`, axisTitle: `fabric, bought and run for ${span} (M$)`, unit: 'M$',
    parts: ({ cost, ownership }) => [{ name: 'purchase', value: cost.fabricUsd.value / 1e6 }, { name: 'electricity', value: ownership.fabricElectricityUsd / 1e6 }],
    note: ({ ownership }) => `${numberText(ownership.facilityPowerKw, 4)} kW facility`,
  };
  const table = dataTable(breakdown.title, [
    { title: 'Choice' }, { title: 'Purchase', unit: 'M$', isNumeric: true }, { title: 'Fabric electricity', unit: `M$, ${span}`, isNumeric: true }, { title: 'Both', unit: 'M$', isNumeric: true },
    { title: 'Cluster electricity', unit: `M$, ${span}`, isNumeric: true }, { title: 'Facility power', unit: 'kW', isNumeric: true }, { title: 'Facility energy', unit: 'MWh/year', isNumeric: true },
  ], result.choices.map(({ name, cost, ownership }) => [
    words(name), words(fixedText(cost.fabricUsd.value / 1e6, 2)), words(fixedText(ownership.fabricElectricityUsd / 1e6, 3)), words(fixedText(ownership.fabricTotalUsd / 1e6, 2)),
    words(fixedText(ownership.clusterElectricityUsd / 1e6, 2)), words(fixedText(ownership.facilityPowerKw, 0)), words(fixedText(ownership.facilityMwhPerYear, 0)),
  ]));
  const [first] = result.choices;
  const price = first === undefined ? '' : ` Electricity at ${numberText(first.ownership.usdPerKwh.value)} $/kWh (${first.ownership.usdPerKwh.kind}), full load all year, PUE ${numberText(first.ownership.pue)}.`;
  return { id: 'ownership', title: 'Cost of owning the fabric', nav: 'Ownership', about: `What it costs to buy and to run for ${span}.${price}`, body: chartFigure({ chart: breakdownChart(result, breakdown), table }) };
}
