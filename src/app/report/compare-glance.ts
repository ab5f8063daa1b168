/** The first table of a comparison: every choice in one row, the best of each column marked. */

import type { CompareResult, OpticsChoiceResult } from '../../study/compare-result.ts';
import { bestIndexes, workloadNames } from '../compare-table.ts';
import { fixedText, numberText, percentText, sharedDecimals } from '../number-text.ts';
import type { Markup, TableColumn } from './html.ts';
import { dataTable, evidenceBadge, tag, words } from './html.ts';

interface Measure {
  readonly title: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  readonly value: (choice: OpticsChoiceResult) => number;
  /** True where the choice cannot run what is measured. */
  readonly isRefused?: (choice: OpticsChoiceResult) => boolean;
  /** Small print under the number. */
  readonly below?: (choice: OpticsChoiceResult) => Markup;
}

function measures(result: CompareResult): readonly Measure[] {
  const steps = workloadNames(result).map((name): Measure => ({
    title: `Step, ${name}`, unit: 's', better: 'lower', isRefused: (choice) => choice.refusedWorkloads.some((refused) => refused.workload === name),
    value: (choice) => choice.workloads.find((cell) => cell.workload === name)?.step.stepS ?? Number.NaN,
    below: (choice) => {
      const cell = choice.workloads.find((candidate) => candidate.workload === name);
      return cell === undefined ? '' : words(`${percentText(cell.mfu, 1)} MFU`);
    },
  }));
  return [
    ...steps,
    {
      title: 'Fabric power', unit: 'kW', better: 'lower', value: (choice) => choice.fabricPowerKw,
      below: (choice) => words(`${percentText(choice.fabricPowerShare, 1)} of cluster`),
    },
    {
      title: 'Fabric cost', unit: 'M$', better: 'lower', value: (choice) => choice.cost.fabricUsd.value / 1e6,
      below: (choice) => evidenceBadge(choice.cost.fabricUsd.kind, choice.cost.fabricUsd.source),
    },
    {
      title: 'Lasers', unit: 'per GPU', better: 'lower', value: (choice) => choice.lasersPerGpu,
      below: (choice) => words(`${numberText(choice.transceiversPerGpu)} ${choice.transceiversPerGpu === 1 ? 'transceiver' : 'transceivers'}`),
    },
    {
      title: 'Failures', unit: 'per day', better: 'lower', value: (choice) => choice.failuresPerDay.value,
      below: (choice) => evidenceBadge(choice.failuresPerDay.kind, choice.failuresPerDay.source),
    },
    {
      title: 'Links refused', unit: 'links', better: 'lower', value: (choice) => choice.links.total - choice.links.closing,
      below: (choice) => words(`of ${fixedText(choice.links.total, 0)}`),
    },
  ];
}

/** A thin bar under a number, as long as its share of the column's largest. */
function sparkBar(share: number): Markup {
  const width = `${(Math.min(1, Math.max(0, share)) * 100).toFixed(1)}%`;
  return tag(
    'svg', { class: 'spark', 'aria-hidden': 'true' }, tag('rect', { class: 'back', width: '100%', height: 3 }),
    tag('rect', { class: 'front', width, height: 3 }),
  );
}

function column(measure: Measure, choices: readonly OpticsChoiceResult[]): readonly Markup[] {
  const values = choices.map(measure.value);
  const best = bestIndexes(values, measure.better);
  const largest = Math.max(...values.filter(Number.isFinite).map(Math.abs));
  const decimals = sharedDecimals(values);
  return choices.map((choice, index) => {
    const value = values[index] ?? Number.NaN;
    const isBest = best.has(index);
    const number = tag(
      'span', { class: isBest ? 'best' : undefined }, words(measure.isRefused?.(choice) === true ? 'refused' : fixedText(value, decimals)),
      isBest ? tag('span', { class: 'hidden' }, ' (best)') : '',
    );
    const bar = Number.isFinite(value) && largest > 0 ? sparkBar(Math.abs(value) / largest) : '';
    return number + bar + (measure.below === undefined ? '' : tag('span', { class: 'sub' }, measure.below(choice)));
  });
}

export function glanceTable(result: CompareResult): Markup {
  const { choices } = result;
  const shown = measures(result);
  const columns: readonly TableColumn[] = [{ title: 'Choice' }, ...shown.map((measure) => ({ title: measure.title, unit: measure.unit, isNumeric: true }))];
  const cells = shown.map((measure) => column(measure, choices));
  const rows = choices.map((choice, index) => [
    words(choice.name) + tag('span', { class: 'sub' }, words(choice.description)), ...cells.map((texts) => texts[index] ?? ''),
  ]);
  return tag('div', { class: 'card' }, dataTable('Every choice at a glance', columns, rows, 'glance'));
}
