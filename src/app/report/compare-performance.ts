/** What a step costs and what it leaves idle: cost against energy, and how busy each tier is. */

import type { CompareResult } from '../../study/compare-result.ts';
import { bulletBars } from '../charts/bullet-bars.ts';
import { labelledScatter } from '../charts/labelled-scatter.ts';
import { workloadNames } from '../compare-table.ts';
import { plainName } from '../name-text.ts';
import { fixedText, numberText, percentText } from '../number-text.ts';
import { cellsOf } from './compare-cells.ts';
import type { Section } from './document.ts';
import { chartFigure, dataTable, evidenceBadge, pairChartPx, tag, words } from './html.ts';

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
