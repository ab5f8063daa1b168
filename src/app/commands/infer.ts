/** `heliostat infer RUN.json`: throughput, time to first token and inter-token latency of serving runs, with their tails. */

import type { Command as Commander } from 'commander';
import { formatIssue } from '../../base/issue.ts';
import type { ServedRow } from '../../study/serve-rows.ts';
import { serveRow } from '../../study/serve-rows.ts';
import type { TransferNetwork } from '../../study/transfer-network.ts';
import { clusterNetwork } from '../../study/transfer-network.ts';
import { isServingRun } from '../../traffic/serve-run.ts';
import type { LatencyDistribution } from '../../traffic/serving/latency-distribution.ts';
import { compileClusterFile } from '../cluster-input.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import type { ErrorLine } from '../error-table.ts';
import { errorRows, printErrorTable } from '../error-table.ts';
import { numberText } from '../number-text.ts';
import { readRuns } from '../run-input.ts';
import type { Terminal } from '../terminal.ts';
import { cleanText } from '../text-table.ts';

interface InferOptions {
  readonly json?: true;
  readonly check?: true;
  readonly cluster?: string;
}

const examples = `
Examples:
  $ heliostat infer run.json             one serving run or a list; runs that train are left out
  $ heliostat infer run.json --json      [{id, predicted: {tokens_s, ttft_ms, itl_ms}, breakdown, distribution, error?, errors?}]
  $ heliostat infer --check runs.json    error table per quantity and source
  $ heliostat infer examples/serving.json
  $ heliostat infer examples/serving.json --cluster examples/cluster-1024.yaml   cache travels over the cluster's links

A serving run states parallel.batch (requests at once), input_len and output_len, or the role of a disaggregated service.
Under "serving" it may state request_rate (per second, Poisson; else a closed loop of batch), lengths (fixed or geometric),
prefill and decode ({replicas, tp, ep}) of a disaggregated service, pooled memory ({cache_share, weight_share, Gbps,
latency_ns, outstanding_bytes}), stages of models that call each other ({name, run, after, calls, payload_bytes}), or a
generated stream ({width, height, frames_per_s, bits_per_pixel, clip_s, film_s, denoising_steps, passes_per_step}).
tokens_s counts output tokens of all requests; times in ms; an error is predicted over measured, minus one. Percentiles come
from a simulated queue with a fixed seed: p99 is the least time that 99 % do not exceed.`;

const units: Readonly<Record<string, string>> = {
  tokens_s: 'tokens/s', ttft_ms: 'ms to first token', itl_ms: 'ms between tokens', tokens_s_per_node: 'tokens/s per node', computed_tokens_s_per_node: 'tokens/s per node computed',
  transfer_ms: 'ms to move the cache', transfer_alone_ms: 'ms on an idle network', request_ms: 'ms per request', request_p50_ms: 'ms p50', request_p90_ms: 'ms p90', request_p99_ms: 'ms p99',
  frames_s: 'frames/s', stream_Gbps: 'Gb/s per stream', streams_per_port: 'streams per port', clip_ms: 'ms per clip', speed: 'seconds made per second', startup_ms: 'ms until playback',
};

/** Everything that has a distribution, by the name it has in the document. */
function distributionsOf(outcome: ServedRow): Readonly<Record<string, LatencyDistribution>> {
  const { load, disaggregated, pipeline } = outcome;
  if (load !== null) return { ttft_ms: load.ttftMs, itl_ms: load.itlMs, request_ms: load.requestMs };
  if (disaggregated !== null) return { ttft_ms: disaggregated.ttftMs, transfer_ms: disaggregated.transferMs, admission_ms: disaggregated.admissionMs, itl_ms: disaggregated.itlMs };
  return pipeline === null ? {} : { request_ms: pipeline.totalMs };
}

const given = <T>(name: string, value: T | null): Readonly<Record<string, T>> => (value === null ? {} : { [name]: value });

function outcomeJson(outcome: ServedRow): Readonly<Record<string, unknown>> {
  const [first] = Object.values(outcome.errors);
  const part = outcome.serving?.breakdown;
  const { load, disaggregated, pipeline, refusal } = outcome;
  return {
    id: outcome.id, source: outcome.source,
    predicted: Object.keys(outcome.predicted).length === 0 ? null : outcome.predicted,
    breakdown: part === undefined ? null : {
      prefill_ms: part.prefillMs, decode_ms: part.decodeMs, weights_ms: part.weightsMs, cache_ms: part.cacheMs,
      products_ms: part.productsMs, collectives_ms: part.collectivesMs, launch_ms: part.launchMs, pooled_ms: part.pooledMs,
    },
    distribution: distributionsOf(outcome),
    ...given('simulated', load === null ? null : { tokens_s: load.tokensPerS, mean_batch: load.meanBatch }),
    ...given('disaggregated', disaggregated === null ? null : { cache_GB: disaggregated.cacheGb, accelerators: disaggregated.accelerators }),
    ...given('stages', pipeline === null ? null : pipeline.stages.map((stage) => ({ name: stage.name, ms: stage.ms, critical_share: stage.critical }))),
    ...(first === undefined ? {} : { error: first, errors: outcome.errors }),
    assumptions: outcome.assumptions,
    ...given('issues', outcome.issues.length === 0 ? null : outcome.issues),
    ...given('refusal', refusal === null ? null : { code: refusal.code, remedy: refusal.remedy, reasons: refusal.reasons }),
  };
}

const percentiles = (one: LatencyDistribution): string => `p50 ${numberText(one.p50)}, p90 ${numberText(one.p90)}, p99 ${numberText(one.p99)}, most ${numberText(one.max)} ms`;

function printOutcome(terminal: Terminal, outcome: ServedRow): void {
  const { bold, dim, yellow } = terminal.colours;
  if (outcome.issues.length > 0 || outcome.refusal !== null) {
    const reasons = [...outcome.issues.map(formatIssue), ...(outcome.refusal?.reasons ?? [])];
    terminal.print(`${bold(cleanText(outcome.id))}: ${yellow('no prediction')}\n  ${reasons.map(cleanText).join('\n  ')}`);
    return;
  }
  const quantities = Object.entries(outcome.predicted).map(([name, value]) => {
    const error = outcome.errors[name];
    return `${numberText(value, 4)} ${units[name] ?? name}${error === undefined ? '' : ` (${error >= 0 ? '+' : ''}${(100 * error).toFixed(1)} %)`}`;
  });
  terminal.print(`${bold(cleanText(outcome.id))}: ${quantities.join(', ')}`);
  const part = outcome.serving?.breakdown;
  if (part !== undefined) {
    const pooled = part.pooledMs > 0 ? `, waiting for pooled memory ${numberText(part.pooledMs)}` : '';
    const parts = [['weights', part.weightsMs], ['cache', part.cacheMs], ['products', part.productsMs], ['collectives', part.collectivesMs], ['launch', part.launchMs]] as const;
    const decode = `${parts.map(([name, ms]) => `${name} ${numberText(ms)}`).join(', ')}${pooled}`;
    terminal.print(`  prefill ${numberText(part.prefillMs)} ms; decode step ${numberText(part.decodeMs)} ms (${decode})`);
  }
  for (const [name, one] of Object.entries(distributionsOf(outcome))) terminal.print(`  ${name.replace('_ms', '')}: ${percentiles(one)}`);
  for (const stage of outcome.pipeline?.stages ?? []) terminal.print(`  stage ${cleanText(stage.name)}: ${percentiles(stage.ms)}; on the critical path of ${numberText(100 * stage.critical)} % of requests`);
  terminal.print(dim(`  assumed: ${outcome.assumptions.map(cleanText).join('; ')}`));
}

/** Every measured quantity over all runs, then the quantities of each source, both in the order of the file. */
function checkLines(outcomes: readonly ServedRow[]): readonly ErrorLine[] {
  const quantities = [...new Set(outcomes.flatMap((one) => Object.keys(one.errors)))];
  const lines = (title: string, rows: readonly ServedRow[]): readonly ErrorLine[] =>
    quantities.map((quantity) => ({ name: `${quantity}, ${title}`, relative: rows.flatMap((one) => one.errors[quantity] ?? []) }));
  const sources = [...new Set(outcomes.map((one) => one.source))];
  return [...lines('all', outcomes), ...sources.flatMap((source) => lines(cleanText(source), outcomes.filter((one) => one.source === source)))];
}

function printCheck(terminal: Terminal, outcomes: readonly ServedRow[]): void {
  printErrorTable(terminal, errorRows(checkLines(outcomes)));
  const without = outcomes.filter((one) => Object.keys(one.errors).length === 0).length;
  terminal.print(terminal.colours.dim(`Absolute errors relative to the measurement; tokens_s in tokens/s, times in ms. ${without} of ${outcomes.length} rows cannot be compared.`));
}

function runInfer(terminal: Terminal, path: string, options: InferOptions): ExitCode {
  const json = options.json === true;
  const runs = readRuns(path);
  if (!runs.ok) return reportIssues(terminal, runs.issues, { json });
  const serving = runs.value.filter(isServingRun);
  if (serving.length === 0) {
    const remedy = 'Give parallel.input_len and parallel.output_len, or use heliostat train';
    return reportIssues(terminal, [{ code: 'no-serving-run', file: path, message: 'None of the runs serves requests', remedy }], { json });
  }
  let network: TransferNetwork | null = null;
  if (options.cluster !== undefined) {
    const cluster = compileClusterFile(options.cluster);
    if (!cluster.ok) return reportIssues(terminal, cluster.issues, { json });
    network = clusterNetwork(cluster.value);
  }
  const outcomes = serving.map((row) => serveRow(row, serving, network));
  if (options.check === true) {
    if (json) terminal.printJson({ table: errorRows(checkLines(outcomes)), rows: outcomes.map((one) => ({ id: one.id, source: one.source, relative: one.errors })) });
    else printCheck(terminal, outcomes);
    return 0;
  }
  if (json) terminal.printJson(outcomes.map(outcomeJson));
  else for (const outcome of outcomes) printOutcome(terminal, outcome);
  if (outcomes.every((one) => one.issues.length > 0)) return 2;
  return outcomes.every((one) => one.issues.length > 0 || one.refusal !== null) ? 1 : 0;
}

export const inferCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('infer')
      .description('predict throughput and latency of serving runs')
      .argument('<runs>', 'file of runs, one or a list, in the format of train')
      .option('--json', 'print one JSON document')
      .option('--check', 'print the error table per quantity and source instead of the runs')
      .option('--cluster <file>', 'run disaggregated services on the links of a cluster')
      .addHelpText('after', examples)
      .action((path: string, options: InferOptions) => finish(runInfer(terminal, path, options)));
  },
};
