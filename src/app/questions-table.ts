/** The worth of a network as text: what it answers in sentences, then the figures of every workload. */

import type { QuestionsResult, WorkloadAnswers } from '../study/questions-result.ts';
import { fixedText, numberText } from './number-text.ts';
import type { Colours } from './terminal.ts';
import { wrapText } from './text-table.ts';

type Row = readonly string[];

/** Columns as wide as their longest text, numbers to the right; words in the last column stay left. */
function columns(rows: readonly Row[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((text, column) => text.padStart(widths[column] ?? 0)).join('   ')}`);
}

const cents = (usd: number): string => usd.toPrecision(4);

function sizeRows(answers: WorkloadAnswers): readonly Row[] {
  return [
    ['Gb/s per GPU', 'fabric', 'step s', 'GPUs for same tokens/s', '$ per M tokens', 'J per token', 'fastest plan: step s', 'GPUs', '$ per M tokens'],
    ...answers.fabricSizes.map((row): Row => [
      fixedText(row.rateGbpsPerGpu, 0), `${row.times} x`, numberText(row.stepS, 4), fixedText(row.gpusForSameTokens, 0), cents(row.usdPerMillionTokens), numberText(row.joulesPerToken, 4),
      numberText(row.bestPlan.stepS, 4), fixedText(row.bestPlan.gpusForSameTokens, 0), cents(row.bestPlan.usdPerMillionTokens),
    ]),
  ];
}

function latencyRows(answers: WorkloadAnswers): readonly Row[] {
  return [
    ['us more one way', 'step s', 'tokens/s', 'GPUs to make up'],
    ...answers.latencies.map((row): Row => [numberText(row.extraNs / 1000), numberText(row.stepS, 6), fixedText(row.tokensPerS, 0), fixedText(row.gpusToMakeUp, 2)]),
  ];
}

/** The fastest plan at each size, where it differs from the one before. */
function planLines(answers: WorkloadAnswers): readonly string[] {
  return answers.fabricSizes.flatMap((row, at) => (at > 0 && answers.fabricSizes[at - 1]?.bestPlan.plan === row.bestPlan.plan ? [] : [`  from ${fixedText(row.rateGbpsPerGpu, 0)} Gb/s: ${row.bestPlan.plan}`]));
}

const usd = (value: number): string => `${(value / 1e6).toFixed(1)} M$`;
const kw = (watts: number): string => `${fixedText(watts / 1000, 0)} kW`;

export function renderQuestions(result: QuestionsResult, style: { readonly colours: Colours; readonly columns: number }): string {
  const { bold, dim } = style.colours;
  const wrapped = (text: string): readonly string[] => wrapText(text, Math.max(40, style.columns - 2)).map((line, at) => (at === 0 ? `- ${line}` : `  ${line}`));
  const lines: string[] = [
    `${bold(result.study)} ${dim(`${result.cluster}: ${fixedText(result.gpus, 0)} x ${result.accelerator}, ${result.choice}, ${fixedText(result.rateGbpsPerGpu, 0)} Gb/s each`)}`,
    dim(`cluster ${usd(result.clusterCostUsd)} and ${kw(result.clusterPowerW)}, of it fabric ${usd(result.fabricCostUsd)} and ${kw(result.fabricPowerW)}`),
    '', ...result.findings.flatMap(wrapped),
  ];
  for (const answers of result.workloads) {
    const [sizeHead = '', ...sizes] = columns(sizeRows(answers));
    const [latencyHead = '', ...latencies] = columns(latencyRows(answers));
    lines.push('', `${bold(answers.workload)} ${dim(answers.plan)}`, dim(sizeHead), ...sizes, dim('  Fastest plans:'), ...planLines(answers), '', dim(latencyHead), ...latencies);
  }
  return [...lines, '', ...result.assumptions.flatMap(wrapped).map(dim)].join('\n');
}
