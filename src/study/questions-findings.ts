/** Says in one sentence for each question and workload what the figures answer. */

import type { FabricSizeRow, QuestionsResult, WorkloadAnswers } from './questions-result.ts';

const whole = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
/** Two digits that count: `9.5 %`, `0.0073 %`. */
const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
const dollars = (value: number): string => (value >= 1e6 ? `${(value / 1e6).toFixed(1)} M$` : `${whole(value)} $`);

type Result = Omit<QuestionsResult, 'findings'>;

const sizeOf = (answers: WorkloadAnswers, times: number): FabricSizeRow | undefined => answers.fabricSizes.find((row) => row.times === times);

function doubledFinding(answers: WorkloadAnswers, { gpus }: Result): readonly string[] {
  const doubled = sizeOf(answers, 2);
  if (doubled === undefined) return [];
  const saved = (needed: number): string => {
    const fewer = gpus - needed;
    return Math.round(fewer) === 0 ? 'no fewer' : `${whole(fewer)} fewer (${percent(fewer / gpus)})`;
  };
  return [
    `${answers.workload}: with twice the fabric ${whole(doubled.gpusForSameTokens)} accelerators train as many tokens per second as ${whole(gpus)} do now, ${saved(doubled.gpusForSameTokens)}; ` +
    `with the fastest plan for each fabric, ${saved(doubled.bestPlan.gpusForSameTokens)}.`,
  ];
}

function microsecondFinding(answers: WorkloadAnswers, { gpus, clusterCostUsd }: Result): readonly string[] {
  const base = answers.latencies.find((row) => row.extraNs === 0);
  const later = answers.latencies.find((row) => row.extraNs === 1000);
  if (base === undefined || later === undefined) return [];
  const slower = later.stepS / base.stepS - 1;
  return [
    `${answers.workload}: 1 us more on every path costs ${percent(slower)} of the step, ${((later.stepS - base.stepS) * 1e3).toFixed(2)} ms, ` +
    `the work of ${later.gpusToMakeUp.toFixed(2)} accelerators or ${dollars((later.gpusToMakeUp / gpus) * clusterCostUsd)} of cluster.`,
  ];
}

/** The size at which a token costs least; ties go to the smaller network. */
function costFinding(answers: WorkloadAnswers): readonly string[] {
  const now = sizeOf(answers, 1);
  const [first] = answers.fabricSizes;
  if (now === undefined || first === undefined) return [];
  const least = answers.fabricSizes.reduce((best, row) => (row.usdPerMillionTokens < best.usdPerMillionTokens ? row : best), first);
  const text = (row: FabricSizeRow): string => `${row.usdPerMillionTokens.toPrecision(4)} $ per million tokens at ${whole(row.rateGbpsPerGpu)} Gb/s per accelerator`;
  if (least === now) return [`${answers.workload}: a token costs least with the network as it stands, ${text(now)}, of the sizes tried.`];
  return [`${answers.workload}: a token costs least with ${least.times} times the network, ${text(least)}, against ${now.usdPerMillionTokens.toPrecision(4)} $ as it stands.`];
}

export function questionFindings(result: Result): readonly string[] {
  const { workloads } = result;
  return [
    ...workloads.flatMap((answers) => doubledFinding(answers, result)), ...workloads.flatMap((answers) => microsecondFinding(answers, result)), ...workloads.flatMap(costFinding),
    ...result.refused.map(({ workload, reasons }) => `${workload} cannot run: ${reasons.join(' ')}`),
  ];
}
