/** `heliostat simulate CLUSTER WORKLOAD`: one training step, collective by collective, on the cluster's real routes. */

import Table from 'cli-table3';
import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import type { ClusterSpec } from '../../adapters/spec/spec.ts';
import { parseQuantity } from '../../adapters/quantity.ts';
import { readTimeline } from '../../adapters/spec/timeline.ts';
import type { TimelineSpec } from '../../adapters/spec/timeline.ts';
import type { Issue } from '../../base/issue.ts';
import type { LightInterval } from '../../study/light-run.ts';
import type { SimulateOutcome } from '../../study/simulate.ts';
import { slowedFrom } from '../../study/training-run.ts';
import type { SimulateResult } from '../../study/simulate-result.ts';
import { classWords } from '../class-text.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { readJob } from '../job-input.ts';
import { countText, fixedText, numberText, percentText } from '../number-text.ts';
import { runSimulation } from '../simulate-run.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat simulate examples/cluster-1024.yaml examples/workload-llama-405b.yaml
  heliostat simulate examples/cluster-1024.yaml examples/workload-deepseek-v3.yaml --json
  heliostat simulate examples/cluster-1024.yaml examples/workload-llama-405b.yaml --timeline examples/timeline-faults.yaml
  heliostat simulate examples/cluster-1024.yaml examples/workload-llama-405b.yaml --flows flows.parquet --series series.jsonl --sample 100us

Rows: one execution of every collective, one after the other, in seconds from the start of the run (of each interval of a
timeline). A name that ends in .parquet gives Parquet, any other JSON Lines. Ctrl-C ends the run; the rows are complete up to then.

Engine ms is one execution on the fabric, closed ms the same in closed form, best ms what no algorithm beats: the bytes that
must cross the worst cut of the fabric over its rate, latency left out.

Exit code 0: done. 1: refused, because the job does not fit or accelerators that must talk have no route with light.
2: the files have issues, all listed.`;

/** A table of columns and blanks. */
const borderless = {
  ...Object.fromEntries(['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, '']))),
  middle: ' ',
};

const milliseconds = (ns: number): string => numberText(ns / 1e6);

function phaseTable(result: SimulateResult, terminal: Terminal): string {
  const table = new Table({
    head: ['collective', 'class', 'tier', 'ranks', 'MB', 'times', 'engine ms', 'closed ms', 'best ms', 'exposed s'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
    chars: borderless,
  });
  for (const phase of result.phases) {
    table.push([
      phase.name, classWords(phase.trafficClass), phase.tier, `${phase.ranksPerGroup} x ${fixedText(phase.groups, 0)}`, numberText(phase.bits / 8e6), fixedText(phase.executionsPerStep, 0),
      milliseconds(phase.latencyNs + phase.streamingNs), milliseconds(phase.closedFormNs), milliseconds(phase.optimalNs), numberText(phase.exposedS),
    ]);
  }
  const [head = '', ...rows] = table.toString().split('\n');
  return [terminal.colours.dim(head), ...rows].join('\n');
}

/** Phases that share links the closed form believes free, longest exposed first. */
function slowdownLines(result: SimulateResult): readonly string[] {
  return result.phases.filter((phase) => phase.slowedBy > slowedFrom && phase.busiestLink !== null).sort((a, b) => b.exposedS - a.exposedS).map((phase) => {
    const { name, flows } = phase.busiestLink ?? { name: '', flows: 0 };
    return `${phase.name}: ${numberText(phase.slowedBy, 2)} times the closed form, because flows share links; busiest ${name} with ${countText(flows, 'flow')}`;
  });
}

function printResult(result: SimulateResult, terminal: Terminal): void {
  const { bold, dim } = terminal.colours;
  const { step, power, network } = result;
  const line = (label: string, text: string): void => terminal.print(`  ${label.padEnd(20)} ${text}`);
  terminal.print(`${bold(result.workload)} on ${bold(result.cluster)} ${dim(`${result.fabric}; ${result.plan}`)}`);
  const exposedS = step.exposed.reduce((sum, one) => sum + one.seconds, 0);
  line('step time', `${numberText(step.stepS, 4)} s (closed form ${numberText(result.closedFormStepS, 4)} s)`);
  for (const [label, seconds] of [['compute', step.computeS], ['pipeline bubble', step.bubbleS], ['exposed traffic', exposedS], ['other', step.otherS]] as const) {
    line(`  ${label}`, `${numberText(seconds)} s, ${percentText(seconds / step.stepS, 1)}`);
  }
  line('MFU', `${percentText(result.mfu, 1)}, ${numberText(result.tflopsPerGpu)} TFLOP/s per accelerator`);
  line('throughput', `${fixedText(result.tokensPerS, 0)} tokens/s`);
  line('memory', `${numberText(result.memoryGb.needed)} of ${numberText(result.memoryGb.capacity)} GB`);
  line('energy', `${numberText(power.energyPerStepMj)} MJ per step, ${numberText(power.energyPerTokenJ)} J per token`);
  line('IT power', `${numberText(power.clusterKw, 4)} kW, fabric ${numberText(power.fabricKw)} kW of it (${power.kind})`);
  line('scale-up', `${numberText(network.scaleUpGbps)} Gb/s, ${fixedText(network.scaleUpLatencyNs, 0)} ns`);
  line('scale-out', `${numberText(network.scaleOutGbps)} Gb/s, ${fixedText(network.scaleOutLatencyNs, 0)} ns to the next node, ${fixedText(network.coreLatencyNs, 0)} ns to the farthest`);
  for (const tier of result.tiers) line(`${tier.tier} links`, `${percentText(tier.meanUtilisation, 1)} used on average over the step, busiest ${percentText(tier.peakUtilisation, 1)}`);
  terminal.print(`\n${phaseTable(result, terminal)}`);
  const slowdowns = slowdownLines(result);
  if (slowdowns.length > 0) terminal.print(['', ...slowdowns].join('\n'));
  for (const refused of result.refused) {
    const after = refused.replacedBy === null ? 'left without light' : `served by ${refused.replacedBy}`;
    terminal.print(`\n${refused.count} ${refused.tier} cables of ${refused.lengthM} to ${refused.longestM} m do not close with ${refused.medium} and are ${after}: ${refused.reasons.join(' ')}`);
  }
}

const intervalLine = (interval: LightInterval): string => {
  const { fromS, toS, stepS, stepsDone, linksDerated, linksDark, capacityShare } = interval;
  const cells = [`${fromS.toFixed(3)} s`, `${toS.toFixed(3)} s`, stepS === null ? 'waits' : `${numberText(stepS, 4)} s`, numberText(stepsDone, 4), String(linksDerated), String(linksDark), percentText(capacityShare, 2)];
  return cells.map((cell) => cell.padStart(12)).join('');
};

function printLight({ light }: SimulateResult, terminal: Terminal): void {
  if (light === undefined) return;
  const { bold, dim } = terminal.colours;
  const lost = light.totalS - light.nominalTotalS;
  const total = light.ended
    ? `${numberText(light.totalS, 5)} s, ${numberText(lost, 3)} s (${percentText(lost / light.nominalTotalS, 1)}) more than with sound light`
    : `stopped after ${numberText(light.stepsDone, 4)} steps and ${numberText(light.totalS, 5)} s`;
  terminal.print(`\n${bold(`${light.steps} steps through the timeline`)}: ${total}`);
  terminal.print(dim(['from', 'to', 'step', 'steps', 'derated', 'dark links', 'capacity'].map((cell) => cell.padStart(12)).join('')));
  for (const interval of light.intervals) {
    terminal.print(intervalLine(interval));
    if (interval.waitsFor.length > 0) terminal.print(`      ${interval.waitsFor[0] ?? ''}`);
  }
}

interface ReportOptions { readonly json: boolean; readonly cluster: ClusterSpec; readonly timeline: TimelineSpec | null }

function report(outcome: SimulateOutcome, terminal: Terminal, { json, cluster, timeline }: ReportOptions): ExitCode {
  if (outcome.kind === 'issues') return reportIssues(terminal, placeDesignIssues(cluster, outcome.issues), { json });
  if (outcome.kind === 'timelineIssues') return reportIssues(terminal, timeline?.place(outcome.issues) ?? outcome.issues, { json });
  if (outcome.kind === 'stopped') {
    const { phase, simulatedNs } = outcome;
    if (json) terminal.printJson({ stopped: true, phase, simulatedS: simulatedNs / 1e9 });
    else terminal.complain(`Stopped in ${phase}, ${(simulatedNs / 1e6).toFixed(3)} ms simulated; rows are complete up to there.`);
    return 1;
  }
  if (outcome.kind === 'refused') {
    const { code, remedy, reasons } = outcome.refusal;
    if (json) terminal.printJson({ refusal: { code, remedy, reasons } });
    else terminal.complain(`Refused (${code}, ${remedy}): ${reasons.join(' ')}`);
    return 1;
  }
  if (json) terminal.printJson(outcome.result);
  else {
    printResult(outcome.result, terminal);
    printLight(outcome.result, terminal);
  }
  return outcome.result.light?.ended === false ? 1 : 0;
}

interface SimulateCommandOptions {
  readonly timeline?: string;
  readonly detours?: true;
  readonly flows?: string;
  readonly series?: string;
  readonly sample: string;
  readonly json?: true;
}

async function runSimulateCommand(terminal: Terminal, files: { readonly cluster: string; readonly workload: string }, options: SimulateCommandOptions): Promise<ExitCode> {
  const json = options.json === true;
  const sample = parseQuantity(options.sample, 'time');
  const read = readJob(files.cluster, files.workload);
  const timeline = options.timeline === undefined ? null : readTimeline(options.timeline);
  const issues: Issue[] = [...(read.ok ? [] : read.issues), ...(timeline === null || timeline.ok ? [] : timeline.issues), ...(sample.ok ? [] : sample.issues.map((issue) => ({ ...issue, path: '--sample' })))];
  if (sample.ok && !(sample.value > 0)) issues.push({ code: 'out-of-range', message: 'The sampling interval must be above 0', remedy: 'Write a time such as 100us', path: '--sample', value: options.sample });
  if (!read.ok || !sample.ok || timeline?.ok === false || issues.length > 0) return reportIssues(terminal, issues, { json });
  const { cluster, workload, plan } = read.value;
  const spec = timeline === null ? null : timeline.value;
  try {
    const outcome = await runSimulation(terminal, {
      question: { design: cluster.design, workload: workload.name, job: { model: workload.model, plan, accelerator: cluster.accelerator } },
      timeline: spec, detours: options.detours === true, flowsFile: options.flows ?? null, seriesFile: options.series ?? null, sampleNs: sample.value,
    });
    return report(outcome, terminal, { json, cluster, timeline: spec });
  } catch (fault) {
    const system = fault as NodeJS.ErrnoException;
    if (system.syscall === undefined) throw fault;
    terminal.complain(`The rows cannot be written: ${system.message}. Choose a path in an existing, writable folder. [unwritable-file]`);
    return 1;
  }
}

export const simulateCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('simulate')
      .description('simulate one training step of a workload on a cluster, or a run through faults and heat')
      .argument('<cluster>', 'Cluster spec')
      .argument('<workload>', 'Workload spec')
      .option('--timeline <file>', 'Timeline spec: faults, repairs, heat, lost light and moving circuits during a run')
      .option('--detours', 'where no route of the fabric has light, search a way round through other accelerators')
      .option('--flows <file>', 'stream one row per flow as it completes, JSON Lines or .parquet')
      .option('--series <file>', 'stream what links and classes carried, JSON Lines or .parquet')
      .option('--sample <time>', 'interval of --series', '1ms')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action(async (cluster: string, workload: string, options: SimulateCommandOptions) => finish(await runSimulateCommand(terminal, { cluster, workload }, options)));
  },
};
