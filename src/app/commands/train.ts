/** `heliostat train RUN.json`: predicts the step time of published or planned training runs; `--check` compares with measurements. */

import type { Command as Commander } from 'commander';
import { formatIssue } from '../../base/issue.ts';
import { describePlan } from '../../traffic/parallel-plan.ts';
import type { RunOutcome } from '../../traffic/run-outcome.ts';
import { predictRun } from '../../traffic/run-outcome.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import type { ErrorLine } from '../error-table.ts';
import { errorRows, percentText, printErrorTable } from '../error-table.ts';
import { numberText } from '../number-text.ts';
import { readRuns } from '../run-input.ts';
import type { Terminal } from '../terminal.ts';
import { cleanText } from '../text-table.ts';

interface TrainOptions {
  readonly json?: true;
  readonly check?: true;
}

const examples = `
Examples:
  $ heliostat train run.json                       one run, a list or {"runs": [...]}, as a table
  $ heliostat train run.json --json                [{id, predicted: {step_s, ...}, plan, breakdown, error?, measured?}]
  $ heliostat train --check measured-runs.json     error table per source
  $ heliostat train --check ground_truth_multi.csv vTrain's table works as well

A run states model, system and parallel split; a field left out takes the fastest legal choice that fits, which is printed.
Times in s, memory in GB, TFLOP/s per accelerator in the run's own FLOP convention, mfu against the run's own peak.
An error is the predicted over the measured step time, minus one.`;

/** The row a program reads; missing parts are null, never left out. */
function outcomeJson(outcome: RunOutcome): Readonly<Record<string, unknown>> {
  const { prediction: step, plan, error } = outcome;
  return {
    id: outcome.id,
    source: outcome.source,
    group: outcome.group,
    predicted: step === null ? null : {
      step_s: step.stepS, tokens_s: step.tokensPerS, tflops_per_gpu: outcome.tflopsPerGpu, mfu: outcome.mfu,
      model_flops_per_step: step.flopsPerStep, memory_gb: step.memory.totalGb, memory_capacity_gb: step.memory.capacityGb,
    },
    plan: plan === null ? null : { ...plan, software: plan.software.name, text: describePlan(plan) },
    breakdown: step === null ? null : {
      compute_s: step.computeS, bubble_s: step.bubbleS, other_s: step.otherS,
      exposed: step.exposed.map((one) => ({ name: one.name, class: one.trafficClass, tier: one.tier, seconds: one.seconds })),
    },
    ...(error === null ? {} : { error: error.relative, measured: { step_s: error.measuredStepS, from: error.from } }),
    assumptions: outcome.assumptions,
    ...(outcome.issues.length === 0 ? {} : { issues: outcome.issues }),
    ...(outcome.refusal === null ? {} : { refusal: { code: outcome.refusal.code, remedy: outcome.refusal.remedy, reasons: outcome.refusal.reasons } }),
  };
}

function printOutcome(terminal: Terminal, outcome: RunOutcome): void {
  const { bold, dim, yellow } = terminal.colours;
  const { prediction: step, plan, error } = outcome;
  if (step === null || plan === null) {
    const reasons = [...outcome.issues.map(formatIssue), ...(outcome.refusal?.reasons ?? [])];
    terminal.print(`${bold(cleanText(outcome.id))}: ${yellow('no prediction')}\n  ${reasons.map(cleanText).join('\n  ')}`);
    return;
  }
  const measured = error === null ? '' : `, measured ${numberText(error.measuredStepS)} s (${error.relative >= 0 ? '+' : ''}${percentText(error.relative)})`;
  terminal.print(`${bold(cleanText(outcome.id))}: step ${numberText(step.stepS)} s${measured}, ${numberText(outcome.tflopsPerGpu ?? 0)} TFLOP/s per accelerator, mfu ${percentText(outcome.mfu ?? 0)}`);
  const parts = [['compute', step.computeS], ['bubble', step.bubbleS], ...step.exposed.map((one) => [`${one.name} (${one.tier})`, one.seconds] as const), ['other', step.otherS]] as const;
  terminal.print(`  ${parts.map(([name, seconds]) => `${name} ${numberText(seconds)} s`).join(', ')}`);
  terminal.print(dim(`  ${describePlan(plan)}; memory ${numberText(step.memory.totalGb)} of ${step.memory.capacityGb} GB`));
  for (const assumption of outcome.assumptions) terminal.print(dim(`  assumed: ${cleanText(assumption)}`));
}

/** Targets first, then every source by itself; one-sided rows and rows without a measurement are counted, not averaged. */
function checkLines(outcomes: readonly RunOutcome[]): readonly ErrorLine[] {
  const graded = outcomes.filter((one) => one.error !== null && one.group !== 'oneSided' && one.error.from !== 'step_s_upper_bound');
  const line = (name: string, rows: readonly RunOutcome[]): ErrorLine => ({ name, relative: rows.flatMap((one) => (one.error === null ? [] : [one.error.relative])) });
  const groups = (['dense', 'moe', 'tpu', 'ungraded'] as const).map((group) => line(`all ${group}`, graded.filter((one) => one.group === group)));
  const sources = [...new Set(graded.map((one) => one.source))];
  return [...groups, ...sources.map((source) => line(cleanText(source), graded.filter((one) => one.source === source)))];
}

function checkJson(outcomes: readonly RunOutcome[]): Readonly<Record<string, unknown>> {
  return {
    table: errorRows(checkLines(outcomes)),
    rows: outcomes.map((one) => ({ id: one.id, group: one.group, relative: one.error?.relative ?? null })),
  };
}

function printCheck(terminal: Terminal, outcomes: readonly RunOutcome[]): void {
  const { dim } = terminal.colours;
  printErrorTable(terminal, errorRows(checkLines(outcomes)));
  const oneSided = outcomes.filter((one) => one.error?.from === 'step_s_upper_bound');
  const above = oneSided.filter((one) => (one.error?.relative ?? 0) > 0).length;
  const without = outcomes.filter((one) => one.error === null).length;
  terminal.print(dim(`Absolute errors of the step time. ${oneSided.length} rows only bound the step from above (${above} predicted above the bound); ${without} rows cannot be compared.`));
}

function runTrain(terminal: Terminal, path: string, options: TrainOptions): ExitCode {
  const json = options.json === true;
  const runs = readRuns(path);
  if (!runs.ok) return reportIssues(terminal, runs.issues, { json });
  const progress = terminal.startProgress('predicting', runs.value.length);
  const outcomes = runs.value.map((row, at) => {
    progress.update(at, row.id);
    return predictRun(row);
  });
  progress.finish();
  if (options.check === true) {
    if (json) terminal.printJson(checkJson(outcomes));
    else printCheck(terminal, outcomes);
    return 0;
  }
  if (json) terminal.printJson(outcomes.map(outcomeJson));
  else for (const outcome of outcomes) printOutcome(terminal, outcome);
  if (outcomes.length > 0 && outcomes.every((one) => one.prediction === null)) return outcomes.some((one) => one.refusal !== null) ? 1 : 2;
  return 0;
}

export const trainCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('train')
      .description('predict the step time of training runs, or check predictions against measurements')
      .argument('<runs>', 'file of runs: one or a list as JSON, or vTrain\'s table as CSV')
      .option('--json', 'print one JSON document')
      .option('--check', 'print the error table per source instead of the runs')
      .addHelpText('after', examples)
      .action((path: string, options: TrainOptions) => finish(runTrain(terminal, path, options)));
  },
};
