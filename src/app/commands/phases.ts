/** `heliostat phases CLUSTER WORKLOAD`: when each class of a job talks within a step, how late it may be, and what light is worth to it. */

import { writeWholeFile } from '../../adapters/whole-file.ts';
import type { Command as Commander } from 'commander';
import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { isRefusal } from '../../base/refusal.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { SkewSource } from '../../study/skew.ts';
import { runTimeline } from '../../study/timeline.ts';
import type { PhasesResult } from '../../study/timeline-result.ts';
import { phasesResult } from '../../study/timeline-result.ts';
import type { BesideOptions } from '../beside-question.ts';
import { parseBeside } from '../beside-question.ts';
import { readExpertLoads } from '../expert-loads-file.ts';
import { classWords } from '../class-text.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { readJob } from '../job-input.ts';
import { fixedText, numberText, percentText } from '../number-text.ts';
import { packageVersion } from '../package-version.ts';
import { plainTable } from '../plain-table.ts';
import { renderPhasesHtml } from '../report/phases-html.ts';
import type { Terminal } from '../terminal.ts';

interface PhasesOptions extends BesideOptions {
  readonly closedForm?: true;
  readonly skew?: string;
  readonly drift: string;
  readonly steps: string;
  readonly seed: string;
  readonly expertLoads?: string;
  readonly json?: true;
  readonly html?: string;
}

const examples = `
Examples:
  $ heliostat phases examples/cluster-1024.yaml examples/workload-llama-405b.yaml
  $ heliostat phases examples/cluster-1024.yaml examples/workload-deepseek-v3.yaml --html phases.html
  $ heliostat phases examples/cluster-1024.yaml examples/workload-deepseek-v3.yaml --skew 0.8 --drift 0.02
  $ heliostat phases examples/cluster-1024.yaml examples/workload-llama-405b.yaml --sites 2 --inner-steps 100 --overlap-steps 5 --move 500TB --move-within 12h
  $ heliostat phases cluster.yaml workload.yaml --closed-form --json

Slack is how much later a burst may end before the step grows, least and greatest over stages. "ms per %" is step time won by
one per cent more bandwidth for this traffic alone, "ms per us" step time lost by one microsecond more latency in each execution.
--skew is the exponent of Zipf's law over each layer's experts (0 even, about 1 strongly skewed); --expert-loads takes a JSON
file instead: a list of rows, one per step, with the tokens of each expert.
--sites says how many sites, each of them this cluster with this plan, add up what they learnt every --inner-steps steps; GB and
Gb/s of the sync are those of all sites. --move adds data that only has to arrive in time.
Exit codes: 0 done, 1 refused, 2 bad input.`;

const stepsMax = 10_000;
const exponentMax = 10;

function parseNumber(text: string, path: string, range: { readonly least: number; readonly most: number; readonly whole: boolean }): Parsed<number> {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= range.least && value <= range.most && (!range.whole || Number.isInteger(value))) return parsed(value);
  const kind = range.whole ? 'whole number' : 'number';
  return rejected({ code: 'out-of-range', path, message: `This must be a ${kind} from ${range.least} to ${range.most}`, remedy: `Write a ${kind} in that range`, value: text });
}

/** Null when load is even. */
function readSkew(options: PhasesOptions, experts: number): Parsed<SkewSource | null> {
  if (options.expertLoads !== undefined && options.skew !== undefined) {
    return rejected({ code: 'contradicting-options', path: '--skew', message: 'Loads come from a law or from a file, not both', remedy: 'Leave out --skew or --expert-loads' });
  }
  if (options.expertLoads !== undefined) {
    const shares = readExpertLoads(options.expertLoads, experts);
    return shares.ok ? parsed({ kind: 'trace', shares: shares.value }) : shares;
  }
  if (options.skew === undefined) return parsed(null);
  const issues: Issue[] = [];
  const take = (read: Parsed<number>): number => {
    if (read.ok) return read.value;
    issues.push(...read.issues);
    return 0;
  };
  const source: SkewSource = {
    kind: 'zipf', exponent: take(parseNumber(options.skew, '--skew', { least: 0, most: exponentMax, whole: false })), drift: take(parseNumber(options.drift, '--drift', { least: 0, most: 1, whole: false })),
    steps: take(parseNumber(options.steps, '--steps', { least: 1, most: stepsMax, whole: true })), seed: take(parseNumber(options.seed, '--seed', { least: 0, most: 4294967295, whole: true })),
  };
  return issues.length > 0 ? { ok: false, issues } : parsed(source);
}

function printSkew(skew: NonNullable<PhasesResult['skew']>, line: (label: string, text: string) => void): void {
  const [first] = skew.steps;
  const average = (pick: (step: NonNullable<typeof first>) => number): number => skew.steps.reduce((sum, step) => sum + pick(step), 0) / skew.steps.length;
  line('expert bottleneck', `hottest rank ${numberText(average((step) => step.rankImbalance))} times the mean load, all-to-all ${numberText(average((step) => step.exchangeSlowdown))} times as long`);
  const more = percentText(skew.meanStepS / skew.evenStepS - 1, 1);
  line('  step', `${numberText(skew.meanStepS, 4)} s, worst of ${skew.steps.length}: ${numberText(skew.worstStepS, 4)} s; even load ${numberText(skew.evenStepS, 4)} s (${more} more)`);
  line('  of which', `exchange alone ${percentText(skew.exchangeOnlyStepS / skew.evenStepS - 1, 1)}, experts' compute alone ${percentText(skew.computeOnlyStepS / skew.evenStepS - 1, 1)}`);
  line('  hottest exchange', `${numberText(skew.exchangeClosedFormMs)} ms in closed form, ${numberText(skew.exchangeEngineMs)} ms on the flow engine`);
}

function printPhases(result: PhasesResult, terminal: Terminal): void {
  const { bold, dim } = terminal.colours;
  const line = (label: string, text: string): void => terminal.print(`  ${label.padEnd(20)} ${text}`);
  terminal.print(`${bold(result.workload)} on ${bold(result.cluster)} ${dim(result.plan)}`);
  line('step time', `${numberText(result.stepS, 4)} s, ${result.microbatches} microbatches on ${result.stages.length} stages`);
  for (const section of result.sections) if (section.endS > section.startS) line(`  ${section.name}`, `from ${numberText(section.startS, 4)} s, ${numberText(section.endS - section.startS)} s`);
  if (result.skew !== null) printSkew(result.skew, line);
  terminal.print('');
  terminal.print(plainTable(
    ['burst', 'class', 'tier', 'ranks', 'MB', 'times', 'start s', 'ms each', 'exposed s', 'slack ms', 'ms per %', 'ms per us'], 3,
    result.phases.map((phase) => [
      phase.name, classWords(phase.trafficClass), phase.tier, `${phase.group.ranks} x ${fixedText(phase.group.groups, 0)}`, numberText(phase.bytes / 1e6), fixedText(phase.executionsPerStep, 0),
      numberText(phase.firstStartS), numberText(phase.durationMs), numberText(phase.exposedS), `${numberText(phase.slackMinMs, 2)}-${numberText(phase.slackMaxMs, 2)}`,
      numberText(phase.stepMsPerBandwidthPercent), numberText(phase.stepMsPerLatencyUs),
    ]), dim,
  ));
  terminal.print('');
  terminal.print(plainTable(
    ['class', 'ms per %', 'ms per us'], 1,
    result.classes.map((one) => [classWords(one.trafficClass), numberText(one.stepMsPerBandwidthPercent), numberText(one.stepMsPerMicrosecond)]), dim,
  ));
  terminal.print('');
  terminal.print(plainTable(
    ['beside the step', 'class', 'GB', 'senders', 'every s', 'within s', 'Gb/s in all'], 2,
    result.beside.map((row) => [
      row.name, classWords(row.trafficClass), numberText(row.bytes / 1e9), fixedText(row.senders, 0), row.periodS === null ? 'once' : numberText(row.periodS), numberText(row.deadlineS), numberText(row.paceGbps),
    ]), dim,
  ));
}

function runPhases(terminal: Terminal, files: { readonly cluster: string; readonly workload: string }, options: PhasesOptions): ExitCode {
  const json = options.json === true;
  const read = readJob(files.cluster, files.workload);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const { cluster, workload, plan } = read.value;
  const skew = readSkew(options, workload.model.moe?.experts ?? 0);
  if (!skew.ok) return reportIssues(terminal, skew.issues, { json });
  const asked = parseBeside(options);
  if (!asked.ok) return reportIssues(terminal, asked.issues, { json });
  const compiled = compileWithPhysics(cluster.design, createCatalogue());
  if (!compiled.ok) return reportIssues(terminal, placeDesignIssues(cluster, compiled.issues), { json });
  const timing = options.closedForm === true ? 'closedForm' : 'engine';
  const run = runTimeline(compiled.value, { job: { model: workload.model, plan, accelerator: cluster.accelerator }, timing, skew: skew.value, asked: asked.value });
  if (isRefusal(run)) {
    const { code, remedy, reasons } = run;
    if (json) terminal.printJson({ refusal: { code, remedy, reasons } });
    else terminal.complain(`Refused (${code}, ${remedy}): ${reasons.join(' ')}`);
    return 1;
  }
  const result = phasesResult(run, { cluster: cluster.name, workload: workload.name, timing, plan });
  if (options.html !== undefined) {
    const changed = [options.closedForm === true ? ' --closed-form' : '', options.skew === undefined ? '' : ` --skew ${options.skew} --drift ${options.drift} --steps ${options.steps} --seed ${options.seed}`];
    const command = `heliostat phases ${files.cluster} ${files.workload}${changed.join('')}`;
    const written = writeWholeFile(options.html, renderPhasesHtml(result, { command, version: packageVersion, generatedAt: new Date().toISOString() }));
    if (!written.ok) return reportIssues(terminal, written.issues, { json });
  }
  if (json) terminal.printJson(result);
  else printPhases(result, terminal);
  if (options.html !== undefined) terminal.complain(`Wrote ${options.html}`);
  return 0;
}

export const phasesCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('phases')
      .description('unroll one training step: when each class talks, its slack, and what bandwidth and latency are worth')
      .argument('<cluster>', 'Cluster spec')
      .argument('<workload>', 'Workload spec')
      .option('--closed-form', 'time collectives in closed form instead of on the flow engine')
      .option('--skew <exponent>', "uneven expert load by Zipf's law")
      .option('--drift <share>', 'share of experts that change places in popularity per step', '0.01')
      .option('--steps <count>', 'training steps of drifting load', '20')
      .option('--seed <number>', 'dice of the expert load', '1')
      .option('--expert-loads <file>', 'uneven expert load from a trace')
      .option('--sites <count>', 'sites that train the job together and sync their weights')
      .option('--inner-steps <count>', 'training steps of a site between two syncs', '500')
      .option('--overlap-steps <count>', 'steps that may pass until a sync is used; 0 waits for it', '0')
      .option('--move <data>', 'data to move in the background, for example 500TB')
      .option('--move-within <time>', 'when it must have arrived', '24h')
      .option('--json', 'print one JSON document')
      .option('--html <file>', 'write the timeline as one HTML file')
      .addHelpText('after', examples)
      .action((cluster: string, workload: string, options: PhasesOptions) => finish(runPhases(terminal, { cluster, workload }, options)));
  },
};
