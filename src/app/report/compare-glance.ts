/** The first table of a comparison: every choice in one row, the best of each column marked. */

import type { CompareResult, OpticsChoiceResult } from '../../study/compare-result.ts';
import { bestIndexes, workloadNames } from '../compare-table.ts';
import { plainName } from '../name-text.ts';
import { areAlike, fixedText, numberText, percentText, sharedDecimals } from '../number-text.ts';
import type { Markup, TableColumn } from './html.ts';
import { dataTable, evidenceBadge, paragraph, tag, words } from './html.ts';

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

const stepOf = (choice: OpticsChoiceResult, workload: string) => choice.workloads.find((cell) => cell.workload === workload);

/** True when every choice runs the workload in the same time, so that a column of it would tell nothing apart. */
function stepIsAlike({ choices }: CompareResult, workload: string): boolean {
  const steps = choices.map((choice) => stepOf(choice, workload)?.step.stepS);
  const [first] = steps;
  return steps.length > 1 && steps.every((step) => step !== undefined && first !== undefined && areAlike(step, first));
}

function stepMeasures(result: CompareResult): readonly Measure[] {
  return workloadNames(result).filter((name) => !stepIsAlike(result, name)).map((name): Measure => ({
    title: `Step, ${name}`, unit: 's', better: 'lower', isRefused: (choice) => choice.refusedWorkloads.some((refused) => refused.workload === name),
    value: (choice) => stepOf(choice, name)?.step.stepS ?? Number.NaN,
    below: (choice) => {
      const cell = stepOf(choice, name);
      return cell === undefined ? '' : words(`${percentText(cell.mfu, 1)} MFU`);
    },
  }));
}

/** `tried and refused` is told from `left without light`, because a fallback may carry what the preferred medium could not. */
function cablesBelow({ cables }: OpticsChoiceResult): Markup {
  const refused = cables.triedAndRefused === 0 ? 'none refused' : `${fixedText(cables.triedAndRefused, 0)} refused: ${fixedText(cables.carriedByFallback, 0)} by fallback, ${fixedText(cables.withoutLight, 0)} dark`;
  return words(`of ${fixedText(cables.total, 0)}, ${refused}`);
}

function measures(result: CompareResult): readonly Measure[] {
  const years = result.choices[0]?.ownership.years ?? 0;
  return [
    ...stepMeasures(result),
    {
      title: 'Fabric power', unit: 'kW', better: 'lower', value: (choice) => choice.fabricPowerKw,
      below: (choice) => words(`${percentText(choice.fabricPowerShare, 1)} of cluster`),
    },
    {
      title: 'To buy', unit: 'M$', better: 'lower', value: (choice) => choice.cost.fabricUsd.value / 1e6,
      below: (choice) => evidenceBadge(choice.cost.fabricUsd.kind, choice.cost.fabricUsd.source),
    },
    {
      title: `And run ${numberText(years)} years`, unit: 'M$', better: 'lower', value: (choice) => choice.ownership.fabricTotalUsd / 1e6,
      below: (choice) => words(`${fixedText(choice.ownership.fabricElectricityUsd / 1e6, 2)} M$ of it`),
    },
    {
      title: 'Lasers', unit: 'per GPU', better: 'lower', value: (choice) => choice.lasersPerGpu,
      below: (choice) => words(`${numberText(choice.transceiversPerGpu)} ${choice.transceiversPerGpu === 1 ? 'module' : 'modules'}`),
    },
    {
      title: 'Failures', unit: 'per year', better: 'lower', value: (choice) => choice.failuresPerDay.value * 365,
      below: (choice) => evidenceBadge(choice.failuresPerDay.kind, choice.failuresPerDay.source),
    },
    {
      title: 'GPU time lost', unit: 'h/year', better: 'lower', value: (choice) => choice.lostGpuHours.cutPerYear,
      below: (choice) => evidenceBadge(choice.lostGpuHours.kind),
    },
    {
      title: 'Blast radius', unit: 'GPUs', better: 'lower', value: (choice) => choice.worstLightPart.gpusCut,
      below: (choice) => words(`by one ${plainName(choice.worstLightPart.kind)}`),
    },
    {
      title: 'Latency', unit: 'ns', better: 'lower', value: (choice) => Math.round(choice.latency.farthestNs),
      below: (choice) => words(`${fixedText(choice.latency.nextNodeNs, 0)} next node`),
    },
    { title: 'Cables lit', unit: 'cables', better: 'higher', value: (choice) => choice.cables.lit, below: cablesBelow },
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
  const best = bestIndexes(values, measure.better, choices.map((choice) => choice.isRanked));
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
    words(choice.name) + (choice.isRanked ? '' : tag('span', { class: 'sub warn' }, 'cannot carry the jobs')) + tag('span', { class: 'sub' }, words(choice.description)), ...cells.map((texts) => texts[index] ?? ''),
  ]);
  const alike = workloadNames(result).filter((name) => stepIsAlike(result, name)).map((name) => {
    const cell = choices[0] === undefined ? undefined : stepOf(choices[0], name);
    return cell === undefined ? name : `${name} ${numberText(cell.step.stepS)} s (${percentText(cell.mfu, 1)} MFU)`;
  });
  const speed = alike.length === 0 ? '' : paragraph(`A step takes the same time with every choice: ${alike.join(', ')}.`, 'between');
  return tag('div', { class: 'card' }, speed, dataTable('Every choice at a glance', columns, rows, 'glance'));
}
