/** What a step costs and what it leaves idle: cost against energy, and how busy each tier is. */

import { linkTiers } from '../../fabric/fabric.ts';
import type { CompareResult, TierUse } from '../../study/compare-result.ts';
import { bulletBars } from '../charts/bullet-bars.ts';
import { labelledScatter } from '../charts/labelled-scatter.ts';
import { workloadNames } from '../compare-table.ts';
import { plainName } from '../name-text.ts';
import { fixedText, numberText, percentText } from '../number-text.ts';
import { agreeingWords, cellsOf, isSameShare } from './compare-cells.ts';
import type { Section } from './document.ts';
import { chartFigure, chartGroup, dataTable, evidenceBadge, groupedChartPx, perRow, wideChartPx, words } from './html.ts';

export function costEnergySection(result: CompareResult): Section {
  const workloads = workloadNames(result);
  const figures = workloads.map((workload) => {
    const cells = cellsOf(result, workload);
    const chart = labelledScatter({
      title: `Fabric cost against energy per token of ${workload}`, xTitle: 'fabric cost (M$)', yTitle: 'energy per token (J)',
      betterText: 'cheaper and leaner', widthPx: groupedChartPx(perRow(workloads.length)), heightPx: 390,
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
    id: 'cost-energy', title: 'Cost against energy', nav: 'Energy',
    about: 'What the fabric costs to buy and what the cluster burns for each token. Energy counts the whole cluster, not only the fabric. Axes do not start at zero.',
    body: chartGroup(figures, perRow(figures.length)),
  };
}

/** Small shares need a decimal to be told from zero. */
const utilisationText = (share: number): string => percentText(share, share > 0 && share < 0.095 ? 1 : 0);

interface TierRow {
  readonly tier: string;
  readonly label: string;
  readonly mean: number;
  readonly peak: number;
}

/** Rows of one workload: one for all choices where they agree, otherwise one for each. */
function tierRows(result: CompareResult, workload: string): readonly TierRow[] {
  const cells = cellsOf(result, workload);
  const tiers = [...new Set(cells.flatMap((cell) => cell.result.tiers.map((use) => use.tier)))];
  return tiers.flatMap((tier): readonly TierRow[] => {
    const uses = cells.flatMap(({ choice, result: cell }) => cell.tiers.filter((use) => use.tier === tier).map((use) => ({ choice, use })));
    const [first] = uses;
    if (first === undefined) return [];
    const agree = uses.length > 1 && uses.every(({ use }) => isSameShare(use.meanUtilisation, first.use.meanUtilisation) && isSameShare(use.peakUtilisation, first.use.peakUtilisation));
    const row = (label: string, { meanUtilisation, peakUtilisation }: TierUse): TierRow => ({ tier, label, mean: meanUtilisation, peak: peakUtilisation });
    return agree ? [row(`${workload}, ${agreeingWords(result, uses.length)}`, first.use)] : uses.map(({ choice, use }) => row(`${workload}, ${choice.name}`, use));
  });
}

/** One picture of all workloads by tier; choices that agree share a row, so that the page is left to what differs. */
export function utilisationSection(result: CompareResult): Section {
  const rows = workloadNames(result).flatMap((workload) => tierRows(result, workload));
  const tiers = linkTiers.filter((tier) => rows.some((row) => row.tier === tier));
  const groups = [...new Set([...tiers, ...rows.map((row) => row.tier)])].map((tier) => ({
    name: `${plainName(tier)} links`, rows: rows.filter((row) => row.tier === tier).map((row) => ({ label: row.label, bar: row.mean, tick: row.peak })),
  }));
  const chart = bulletBars({
    title: 'Utilisation by tier', axisTitle: 'share of capacity', barName: 'mean', tickName: 'busiest link', groups, high: 1, text: utilisationText, widthPx: wideChartPx,
  });
  const columns = [{ title: 'Tier' }, { title: 'Workload and choice' }, { title: 'Mean', unit: '%', isNumeric: true }, { title: 'Busiest link', unit: '%', isNumeric: true }];
  const table = dataTable('Utilisation by tier', columns,
    rows.map((row) => [words(plainName(row.tier)), words(row.label), words(fixedText(row.mean * 100, 1)), words(fixedText(row.peak * 100, 1))]));
  return {
    id: 'utilisation', title: 'Utilisation by tier', nav: 'Utilisation',
    about: 'How much of each tier’s capacity a step uses: the bar is the mean of the tier, the tick its busiest link. Scale-up is inside a node, access is accelerator to leaf, fabric is leaf to spine.',
    body: chartFigure({ chart, table }),
  };
}
