/** `heliostat infer RUN.json`: throughput, time to first token and inter-token latency of serving runs. */

import type { Command as Commander } from 'commander';
import type { ServingOutcome } from '../../traffic/serve-run.ts';
import { isServingRun, predictServingRun } from '../../traffic/serve-run.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { numberText } from '../number-text.ts';
import { readRuns } from '../run-input.ts';
import type { Terminal } from '../terminal.ts';
import { cleanText } from '../text-table.ts';

const examples = `
Examples:
  $ heliostat infer run.json             one serving run or a list; runs that train are left out
  $ heliostat infer run.json --json      [{id, predicted: {tokens_s, ttft_ms, itl_ms}, breakdown, error?, errors?}]

A serving run states parallel.batch (requests at once), input_len and output_len, or the role of a disaggregated service.
tokens_s counts output tokens of all requests over whole requests; times in ms; an error is predicted over measured, minus one.`;

const units: Readonly<Record<string, string>> = {
  tokens_s: 'tokens/s', ttft_ms: 'ms to first token', itl_ms: 'ms between tokens',
  tokens_s_per_node: 'tokens/s per node', computed_tokens_s_per_node: 'tokens/s per node computed',
};

function outcomeJson(outcome: ServingOutcome): Readonly<Record<string, unknown>> {
  const [first] = Object.values(outcome.errors);
  const part = outcome.serving?.breakdown;
  return {
    id: outcome.id, source: outcome.source,
    predicted: outcome.issues.length > 0 ? null : outcome.predicted,
    breakdown: part === undefined ? null : {
      prefill_ms: part.prefillMs, decode_ms: part.decodeMs, weights_ms: part.weightsMs, cache_ms: part.cacheMs,
      products_ms: part.productsMs, collectives_ms: part.collectivesMs, launch_ms: part.launchMs,
    },
    ...(first === undefined ? {} : { error: first, errors: outcome.errors }),
    assumptions: outcome.assumptions,
    ...(outcome.issues.length === 0 ? {} : { issues: outcome.issues }),
  };
}

function printOutcome(terminal: Terminal, outcome: ServingOutcome): void {
  const { bold, dim, yellow } = terminal.colours;
  if (outcome.issues.length > 0) {
    terminal.print(`${bold(cleanText(outcome.id))}: ${yellow('no prediction')}\n  ${outcome.issues.map((issue) => cleanText(`${issue.message}. ${issue.remedy}`)).join('\n  ')}`);
    return;
  }
  const quantities = Object.entries(outcome.predicted).map(([name, value]) => {
    const error = outcome.errors[name];
    return `${numberText(value, 4)} ${units[name] ?? name}${error === undefined ? '' : ` (${error >= 0 ? '+' : ''}${(100 * error).toFixed(1)} %)`}`;
  });
  terminal.print(`${bold(cleanText(outcome.id))}: ${quantities.join(', ')}`);
  const part = outcome.serving?.breakdown;
  if (part !== undefined) {
    const decode = `weights ${numberText(part.weightsMs)}, cache ${numberText(part.cacheMs)}, products ${numberText(part.productsMs)}, collectives ${numberText(part.collectivesMs)}, launch ${numberText(part.launchMs)}`;
    terminal.print(`  prefill ${numberText(part.prefillMs)} ms; decode step ${numberText(part.decodeMs)} ms (${decode})`);
  }
  terminal.print(dim(`  assumed: ${outcome.assumptions.map(cleanText).join('; ')}`));
}

function runInfer(terminal: Terminal, path: string, options: { readonly json?: true }): ExitCode {
  const json = options.json === true;
  const runs = readRuns(path);
  if (!runs.ok) return reportIssues(terminal, runs.issues, { json });
  const serving = runs.value.filter(isServingRun);
  if (serving.length === 0) {
    const remedy = 'Give parallel.input_len and parallel.output_len, or use heliostat train';
    return reportIssues(terminal, [{ code: 'no-serving-run', file: path, message: 'None of the runs serves requests', remedy }], { json });
  }
  const outcomes = serving.map(predictServingRun);
  if (json) terminal.printJson(outcomes.map(outcomeJson));
  else for (const outcome of outcomes) printOutcome(terminal, outcome);
  return outcomes.every((one) => one.issues.length > 0) ? 2 : 0;
}

export const inferCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('infer')
      .description('predict throughput and latency of serving runs')
      .argument('<runs>', 'file of runs, one or a list, in the format of train')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((path: string, options: { readonly json?: true }) => finish(runInfer(terminal, path, options)));
  },
};
