/** Where time and energy go: step time by cause, cost against energy, and how busy each tier is. */

import type { CompareResult, OpticsChoiceResult, WorkloadResult } from '../../study/compare-result.ts';
import { bulletBars } from '../charts/bullet-bars.ts';
import { labelledScatter } from '../charts/labelled-scatter.ts';
import type { Ink } from '../charts/palette.ts';
import type { BarPart } from '../charts/stacked-bars.ts';
import { stackedBars } from '../charts/stacked-bars.ts';
import { classInk, classOrder, classWords } from '../class-text.ts';
import { workloadNames } from '../compare-table.ts';
import { plainName } from '../name-text.ts';
import { fixedText, numberText, percentText, sharedDecimals } from '../number-text.ts';
import type { Section } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, evidenceBadge, pairChartPx, tag, wideChartPx, words } from './html.ts';

interface Cell {
  readonly choice: OpticsChoiceResult;
  readonly result: WorkloadResult;
}

const cellsOf = (result: CompareResult, workload: string): readonly Cell[] =>
  result.choices.flatMap((choice) => choice.workloads.filter((cell) => cell.workload === workload).map((cell) => ({ choice, result: cell })));

const computeInk: Ink = { colour: 0 };
const bubbleInk: Ink = { colour: 7 };
const otherInk: Ink = { colour: 7, hatched: true };

function stepParts(cell: WorkloadResult): readonly BarPart[] {
  return [
    { series: 'compute', value: cell.step.computeS },
    { series: 'pipeline bubble', value: cell.step.bubbleS },
    ...classOrder(cell.step.exposed.map((part) => part.trafficClass)).map((name): BarPart => {
      const parts = cell.step.exposed.filter((part) => part.trafficClass === name);
      const note = parts.map((part) => `${part.name}, ${plainName(part.tier)}: ${numberText(part.seconds)} s`).join('; ');
      return { series: `exposed ${classWords(name)}`, value: parts.reduce((sum, part) => sum + part.seconds, 0), note };
    }),
    { series: 'other', value: cell.step.otherS },
  ];
}

function stepTable(workload: string, cells: readonly Cell[], classes: readonly string[]): Markup {
  const decimals = sharedDecimals(cells.map((cell) => cell.result.step.stepS)) + 1;
  const seconds = (value: number): Markup => words(fixedText(value, decimals));
  const columns = ['Step', 'Compute', 'Bubble', ...classes.map((name) => `Exposed ${classWords(name)}`), 'Other'].map((title) => ({ title, unit: 's', isNumeric: true }));
  const more = [
    { title: 'MFU', unit: '%', isNumeric: true }, { title: 'Throughput', unit: 'tokens/s', isNumeric: true },
    { title: 'Energy', unit: 'MJ/step', isNumeric: true }, { title: 'Energy', unit: 'J/token', isNumeric: true },
  ];
  const energyDecimals = sharedDecimals(cells.map((cell) => cell.result.energyPerStepMj));
  const tokenDecimals = sharedDecimals(cells.map((cell) => cell.result.energyPerTokenJ));
  const rows = cells.map(({ choice, result }) => [
    words(choice.name), seconds(result.step.stepS), seconds(result.step.computeS), seconds(result.step.bubbleS),
    ...classes.map((name) => seconds(result.step.exposed.reduce((sum, part) => sum + (part.trafficClass === name ? part.seconds : 0), 0))),
    seconds(result.step.otherS), words(fixedText(result.mfu * 100, 1)), words(fixedText(result.tokensPerS, 0)),
    words(fixedText(result.energyPerStepMj, energyDecimals)), words(fixedText(result.energyPerTokenJ, tokenDecimals)),
  ]);
  return dataTable(`Step time of ${workload}`, [{ title: 'Choice' }, ...columns, ...more], rows);
}

export function stepTimeSection(result: CompareResult): Section {
  const figures = workloadNames(result).map((workload, index) => {
    const cells = cellsOf(result, workload);
    const classes = classOrder(cells.flatMap((cell) => cell.result.step.exposed.map((part) => part.trafficClass)));
    const series = [
      { name: 'compute', ink: computeInk }, { name: 'pipeline bubble', ink: bubbleInk },
      ...classes.map((name) => ({ name: `exposed ${classWords(name)}`, ink: classInk(name) })), { name: 'other', ink: otherInk },
    ];
    const chart = stackedBars({
      id: `step-${index}`, title: `Step time of ${workload} by cause for each choice`, axisTitle: 'seconds per step (s)', unit: 's', series, widthPx: wideChartPx,
      rows: result.choices.map((choice) => {
        const cell = cells.find((candidate) => candidate.choice === choice);
        return cell === undefined ? { label: choice.name, parts: [], note: 'cannot run' } : { label: choice.name, parts: stepParts(cell.result) };
      }),
    });
    return chartFigure({ heading: workload, caption: 'Hatched parts are communication that compute does not hide.', chart, table: stepTable(workload, cells, classes) });
  });
  return {
    id: 'step-time', title: 'Step time', about: 'One training step of each workload, split by what the accelerators are doing or waiting for.',
    body: tag('div', { class: 'stack' }, ...figures),
  };
}

export function costEnergySection(result: CompareResult): Section {
  const workloads = workloadNames(result);
  const figures = workloads.map((workload, index) => {
    const cells = cellsOf(result, workload);
    const chart = labelledScatter({
      title: `Fabric cost against energy per token of ${workload}`, xTitle: 'fabric cost (M$)', yTitle: 'energy per token (J)',
      betterText: 'cheaper and leaner', widthPx: pairChartPx(index, workloads.length), heightPx: 390,
      points: cells.map(({ choice, result: cell }) => ({
        label: choice.name, x: choice.cost.fabricUsd.value / 1e6, y: cell.energyPerTokenJ, series: result.choices.indexOf(choice),
      })),
    });
    const columns = [
      { title: 'Choice' }, { title: 'Fabric cost', unit: 'M$', isNumeric: true }, { title: 'Evidence of cost' },
      { title: 'Energy', unit: 'J/token', isNumeric: true }, { title: 'Energy', unit: 'MJ/step', isNumeric: true },
    ];
    const rows = cells.map(({ choice: { name, cost }, result: cell }) => [
      words(name), words(numberText(cost.fabricUsd.value / 1e6)), evidenceBadge(cost.fabricUsd.kind, cost.fabricUsd.source),
      words(numberText(cell.energyPerTokenJ, 4)), words(numberText(cell.energyPerStepMj, 4)),
    ]);
    const table = dataTable(`Cost and energy of ${workload}`, columns, rows);
    return chartFigure({ heading: workload, chart, table });
  });
  return {
    id: 'cost-energy', title: 'Cost against energy',
    about: 'What the fabric costs to buy and what the cluster burns for each token. Energy counts the whole cluster, not only the fabric. Axes do not start at zero.',
    body: tag('div', { class: 'pair' }, ...figures),
  };
}

/** Small shares need a decimal to be told from zero. */
const utilisationText = (share: number): string => percentText(share, share > 0 && share < 0.095 ? 1 : 0);

export function utilisationSection(result: CompareResult): Section {
  const workloads = workloadNames(result);
  const figures = workloads.map((workload, index) => {
    const cells = cellsOf(result, workload);
    const tiers = [...new Set(cells.flatMap((cell) => cell.result.tiers.map((use) => use.tier)))];
    const groups = tiers.map((tier) => ({
      name: plainName(tier),
      rows: cells.flatMap(({ choice, result: cell }) => cell.tiers.filter((use) => use.tier === tier).map((use) => ({
        label: choice.name, bar: use.meanUtilisation, tick: use.peakUtilisation,
      }))),
    }));
    const chart = bulletBars({
      title: `Utilisation by tier for ${workload}`, axisTitle: 'share of capacity', barName: 'mean', tickName: 'busiest link', groups, high: 1,
      text: utilisationText, widthPx: pairChartPx(index, workloads.length),
    });
    const columns = [{ title: 'Tier' }, { title: 'Choice' }, { title: 'Mean', unit: '%', isNumeric: true }, { title: 'Busiest link', unit: '%', isNumeric: true }];
    const table = dataTable(`Utilisation of ${workload}`, columns,
      groups.flatMap((group) => group.rows.map((row) => [words(group.name), words(row.label), words(fixedText(row.bar * 100, 1)), words(fixedText(row.tick * 100, 1))])));
    return chartFigure({ heading: workload, chart, table });
  });
  return {
    id: 'utilisation', title: 'Utilisation by tier',
    about: 'How much of each tier’s capacity a step uses: the bar is the mean of the tier, the tick its busiest link.',
    body: tag('div', { class: 'pair' }, ...figures),
  };
}
