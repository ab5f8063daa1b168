/** `heliostat checkpoint [CLUSTER WORKLOAD]`: size of the state, interval, overhead, and the bandwidth the copies need. */

import type { Command as Commander } from 'commander';
import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import type { DimensionName } from '../../adapters/quantity.ts';
import { parseQuantity } from '../../adapters/quantity.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import { networkView } from '../../study/fabric-view.ts';
import type { CheckpointPlan, CheckpointState } from '../../traffic/checkpoint.ts';
import { acceleratorMtbfH, checkpointState, dalyIntervalS, goodput, hostCopyGbps, planCheckpoints, restartS, storageRateGbps, youngIntervalS } from '../../traffic/checkpoint.ts';
import { planGpus } from '../../traffic/parallel-plan.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { readJob } from '../job-input.ts';
import { fixedText, numberText, percentText } from '../number-text.ts';
import type { Terminal } from '../terminal.ts';
import { timeText } from '../thermal-text.ts';

interface CheckpointOptions {
  readonly cost?: string;
  readonly mtbf?: string;
  readonly restart?: string;
  readonly storage?: string;
  readonly hostCopy?: string;
  readonly interval?: string;
  readonly async?: true;
  readonly json?: true;
}

const examples = `
Examples:
  $ heliostat checkpoint examples/cluster-1024.yaml examples/workload-llama-405b.yaml
  $ heliostat checkpoint examples/cluster-1024.yaml examples/workload-llama-405b.yaml --async --storage 500GB/s
  $ heliostat checkpoint --cost 60s --mtbf 3h --restart 10min     intervals and goodput of any job

Left out, the time between failures is that of Llama 3 405B's run (one per 3.09 h on 16,384 accelerators) on the cluster's
accelerators, storage takes 2 TB/s, and a restart takes 10 min without reading the state. --async copies to host memory and drains
to storage beside the steps, until the next copy begins. Goodput by Daly's closed form for failures at random times.
Exit codes: 0 done, 2 bad input.`;

interface Asked {
  readonly costS: number | null;
  readonly mtbfS: number | null;
  readonly restartS: number;
  readonly storageGbps: number;
  readonly hostCopyGbps: number | null;
  readonly intervalS: number | null;
}

/** A positive quantity in its inner unit over `scale`, or null where the option is absent. */
function option(text: string | undefined, path: string, dimension: DimensionName, scale: number, issues: Issue[]): number | null {
  if (text === undefined) return null;
  const read = parseQuantity(text, dimension);
  if (!read.ok) issues.push(...read.issues.map((issue) => ({ ...issue, path })));
  else if (read.value <= 0) issues.push({ code: 'out-of-range', path, message: 'This must be above zero', remedy: 'Write a positive value', value: text });
  else return read.value / scale;
  return null;
}

function readOptions(options: CheckpointOptions): Parsed<Asked> {
  const issues: Issue[] = [];
  const seconds = (text: string | undefined, path: string): number | null => option(text, path, 'time', 1e9, issues);
  const asked: Asked = {
    costS: seconds(options.cost, '--cost'), mtbfS: seconds(options.mtbf, '--mtbf'), restartS: seconds(options.restart, '--restart') ?? restartS.value, intervalS: seconds(options.interval, '--interval'),
    storageGbps: option(options.storage, '--storage', 'rate', 1, issues) ?? storageRateGbps.value,
    hostCopyGbps: options.async === true ? option(options.hostCopy, '--host-copy', 'rate', 1, issues) ?? hostCopyGbps.value : null,
  };
  return issues.length > 0 ? { ok: false, issues } : parsed(asked);
}

interface Answer { readonly name: string; readonly state: CheckpointState; readonly plan: CheckpointPlan; readonly assumed: readonly string[] }

type Times = Pick<CheckpointPlan, 'failures' | 'youngS' | 'dalyS' | 'intervalS' | 'goodput' | 'overhead'>;

/** From a cost and a time between failures alone: no size, no bandwidth. */
function answerFormula(asked: Asked): Parsed<Times> {
  if (asked.costS === null || asked.mtbfS === null) {
    return rejected({
      code: 'missing-value', path: asked.costS === null ? '--cost' : '--mtbf',
      message: 'Without a cluster and a workload, the cost of a checkpoint and the time between failures must be stated',
      remedy: 'Write --cost 60s --mtbf 3h, or name a cluster and a workload',
    });
  }
  const failures = { costS: asked.costS, mtbfS: asked.mtbfS, restartS: asked.restartS };
  const intervalS = asked.intervalS ?? dalyIntervalS(failures);
  return parsed({ failures, youngS: youngIntervalS(failures), dalyS: dalyIntervalS(failures), intervalS, goodput: goodput(failures, intervalS), overhead: failures.costS / (intervalS + failures.costS) });
}

function answerJob(files: { readonly cluster: string; readonly workload: string }, asked: Asked): Parsed<Answer> {
  const read = readJob(files.cluster, files.workload);
  if (!read.ok) return read;
  const { cluster, workload, plan } = read.value;
  const compiled = compileWithPhysics(cluster.design, createCatalogue());
  if (!compiled.ok) return { ok: false, issues: placeDesignIssues(cluster, compiled.issues) };
  const state = checkpointState(workload.model, plan);
  const mtbfS = asked.mtbfS ?? (acceleratorMtbfH.value / planGpus(plan)) * 3600;
  const planned = planCheckpoints({
    state, mtbfS, restartS: asked.restartS, storageGbps: asked.storageGbps, writerGbps: networkView(compiled.value).scaleOut.rateGbps, hostCopyGbps: asked.hostCopyGbps, intervalS: asked.intervalS,
  });
  const assumed = [
    ...(asked.mtbfS === null ? [`time between failures: ${acceleratorMtbfH.kind}, ${acceleratorMtbfH.source}`] : []),
    ...(asked.storageGbps === storageRateGbps.value ? [`storage rate: ${storageRateGbps.kind}, ${storageRateGbps.source}`] : []),
    ...(asked.restartS === restartS.value ? [`restart: ${restartS.kind}, ${restartS.source}`] : []),
    ...(asked.hostCopyGbps === hostCopyGbps.value ? [`host copy: ${hostCopyGbps.kind}, ${hostCopyGbps.source}`] : []),
  ];
  return parsed({ name: `${workload.name} on ${cluster.name}`, state, plan: planned, assumed });
}

function printTimes(times: Times, line: (label: string, text: string) => void): void {
  line('between failures', timeText(times.failures.mtbfS));
  line('cost of one', `${timeText(times.failures.costS)} of standstill; a failure costs ${timeText(times.failures.restartS)} and the work since the last one`);
  line('Young', `every ${timeText(times.youngS)} (${fixedText(times.youngS, 0)} s)`);
  line('Daly', `every ${timeText(times.dalyS)} (${fixedText(times.dalyS, 0)} s)`);
  line('interval', `every ${timeText(times.intervalS)}: ${percentText(times.overhead, 2)} of the time stands still`);
  line('goodput', percentText(times.goodput, 2));
}

const terabytes = (bits: number): string => `${numberText(bits / 8e12)} TB`;
const rate = (gbps: number): string => (gbps >= 8000 ? `${numberText(gbps / 8000)} TB/s` : `${numberText(gbps / 8)} GB/s`);

function printAnswer({ name, state, plan, assumed }: Answer, terminal: Terminal): void {
  const line = (label: string, text: string): void => terminal.print(`  ${label.padEnd(18)} ${text}`);
  terminal.print(terminal.colours.bold(name));
  line('state', `${terabytes(state.totalBits)}: ${numberText(state.parameters / 1e9, 4)} billion parameters of ${state.bytesPerParameter} B`);
  line('', `${numberText(state.bitsPerWriter / 8e9)} GB from each of ${fixedText(state.writers, 0)} writers`);
  line('to storage', timeText(plan.drainS));
  printTimes(plan, line);
  line('bandwidth', `${rate(plan.neededGbps)} in all, ${numberText(plan.neededPerWriterGbps)} Gb/s from each writer, to keep the deadline of ${timeText(plan.deadlineS)}`);
  for (const text of assumed) terminal.print(terminal.colours.dim(`  assumed ${text}`));
}

function runCheckpoint(terminal: Terminal, files: { readonly cluster: string | undefined; readonly workload: string | undefined }, options: CheckpointOptions): ExitCode {
  const json = options.json === true;
  const asked = readOptions(options);
  if (!asked.ok) return reportIssues(terminal, asked.issues, { json });
  if (files.cluster === undefined || files.workload === undefined) {
    const alone: Issue = { code: 'missing-value', path: 'workload', message: 'A cluster needs a workload beside it', remedy: 'Name a Workload file after the Cluster file' };
    if (files.cluster !== undefined) return reportIssues(terminal, [alone], { json });
    const times = answerFormula(asked.value);
    if (!times.ok) return reportIssues(terminal, times.issues, { json });
    if (json) terminal.printJson({ schema: 'heliostat/checkpoint/1', ...times.value });
    else printTimes(times.value, (label, text) => terminal.print(`${label.padEnd(18)} ${text}`));
    return 0;
  }
  if (asked.value.costS !== null) {
    const message = 'The cost follows from the state and the rates when a workload is named';
    return reportIssues(terminal, [{ code: 'contradicting-options', path: '--cost', message, remedy: 'Leave --cost out, or state --storage instead' }], { json });
  }
  const answer = answerJob({ cluster: files.cluster, workload: files.workload }, asked.value);
  if (!answer.ok) return reportIssues(terminal, answer.issues, { json });
  if (json) terminal.printJson({ schema: 'heliostat/checkpoint/1', ...answer.value.plan, state: answer.value.state, assumed: answer.value.assumed });
  else printAnswer(answer.value, terminal);
  return 0;
}

export const checkpointCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('checkpoint')
      .description('size, interval, overhead and bandwidth of checkpoints')
      .argument('[cluster]', 'Cluster spec')
      .argument('[workload]', 'Workload spec')
      .option('--mtbf <time>', 'mean time between failures of the job')
      .option('--restart <time>', 'from a failure until the job reads its state, 10min by default')
      .option('--storage <rate>', 'rate of the storage, all writers together, 2TB/s by default')
      .option('--async', 'copy to host memory and drain beside the steps')
      .option('--host-copy <rate>', 'rate of an accelerator to its host memory, 50GB/s by default')
      .option('--interval <time>', "another interval than Daly's")
      .option('--cost <time>', 'standstill of one checkpoint, where no workload is named')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((cluster: string | undefined, workload: string | undefined, options: CheckpointOptions) => finish(runCheckpoint(terminal, { cluster, workload }, options)));
  },
};
