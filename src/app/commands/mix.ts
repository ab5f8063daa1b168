/** `heliostat mix [CLUSTER]`: a mix of jobs like that of a public cluster, and with a cluster its traffic by class. */

import type { Command as Commander } from 'commander';
import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import { readCluster } from '../../adapters/spec/read-spec.ts';
import type { ClusterSpec } from '../../adapters/spec/spec.ts';
import { parseQuantity } from '../../adapters/quantity.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { isRefusal } from '../../base/refusal.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { MixRun } from '../../study/job-mix.ts';
import { runMix } from '../../study/job-mix.ts';
import type { ArrivalProcess } from '../../traffic/arrivals.ts';
import { dayS } from '../../traffic/arrivals.ts';
import type { MixJob, MixMoments } from '../../traffic/job-mix.ts';
import { clusterMixes, drawMix, jobKinds, ratePerSFor } from '../../traffic/job-mix.ts';
import { classWords } from '../class-text.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { countText, fixedText, numberText, percentText } from '../number-text.ts';
import { plainTable } from '../plain-table.ts';
import type { Terminal } from '../terminal.ts';
import { timeText } from '../thermal-text.ts';

interface MixOptions {
  readonly like: string;
  readonly jobs: string;
  readonly load: string;
  readonly gpus: string;
  readonly arrivals: string;
  readonly moments: string;
  readonly window: string;
  readonly seed: string;
  readonly json?: true;
}

const arrivalNames = ['poisson', 'bursty', 'daily'] as const;

const examples = `
Examples:
  $ heliostat mix --like seren --jobs 5000                      sizes, run times and kinds of 5,000 jobs
  $ heliostat mix examples/cluster-1024.yaml --jobs 2000        and their traffic by class on a cluster
  $ heliostat mix examples/cluster-1024.yaml --like philly --arrivals bursty --load 0.9 --json

Mixes: ${Object.keys(clusterMixes).join(', ')} (mean and largest size, median and mean run time are published; that sizes are powers of two
that fall geometrically, that run times are lognormal, and what jobs of a size do, are estimates).
Arrivals: poisson; bursty (gaps with a variation of 3); daily (80 % swing, peak at 14 h). The rate follows from --load.
Exit codes: 0 done, 1 refused, 2 bad input.`;

const jobsMax = 1_000_000;
const momentsMax = 1000;
const gpusMax = 1_048_576;
const windowMaxS = 3600;

interface Asked {
  readonly mix: MixMoments;
  readonly jobs: number;
  readonly load: number;
  readonly gpus: number;
  readonly arrivals: (typeof arrivalNames)[number];
  readonly moments: number;
  readonly windowS: number;
  readonly seed: number;
}

function readOptions(options: MixOptions): Parsed<Asked> {
  const issues: Issue[] = [];
  const number = (text: string, path: string, range: { readonly least: number; readonly most: number; readonly whole?: boolean }): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value >= range.least && value <= range.most && (range.whole !== true || Number.isInteger(value))) return value;
    issues.push({ code: 'out-of-range', path, message: `This must be a ${range.whole === true ? 'whole ' : ''}number from ${range.least} to ${range.most}`, remedy: `Write a number such as ${range.least}`, value: text });
    return range.least;
  };
  const mix = Object.hasOwn(clusterMixes, options.like) ? clusterMixes[options.like] : undefined;
  if (mix === undefined) issues.push({ code: 'unknown-mix', path: '--like', message: 'No mix has this name', remedy: `Choose one of: ${Object.keys(clusterMixes).join(', ')}`, value: options.like });
  const process = arrivalNames.find((name) => name === options.arrivals);
  if (process === undefined) issues.push({ code: 'unknown-arrivals', path: '--arrivals', message: 'No arrival process has this name', remedy: `Choose one of: ${arrivalNames.join(', ')}`, value: options.arrivals });
  const window = parseQuantity(options.window, 'time');
  if (!window.ok) issues.push(...window.issues.map((issue) => ({ ...issue, path: '--window' })));
  const windowS = window.ok ? window.value / 1e9 : 1;
  const outside = !(windowS > 0 && windowS <= windowMaxS);
  if (outside) issues.push({ code: 'out-of-range', path: '--window', message: 'The window must be above 0 and at most an hour', remedy: 'Write a time such as 10s', value: options.window });
  const asked = {
    jobs: number(options.jobs, '--jobs', { least: 1, most: jobsMax, whole: true }), load: number(options.load, '--load', { least: 0.001, most: 10 }),
    gpus: number(options.gpus, '--gpus', { least: 1, most: gpusMax, whole: true }),
    moments: number(options.moments, '--moments', { least: 1, most: momentsMax, whole: true }), seed: number(options.seed, '--seed', { least: 0, most: 4294967295, whole: true }),
  };
  if (issues.length > 0 || mix === undefined || process === undefined) return { ok: false, issues };
  return parsed({ ...asked, mix, arrivals: process, windowS });
}

function arrivalProcess(asked: Asked, gpus: number): ArrivalProcess {
  const ratePerS = ratePerSFor(asked.mix, { load: asked.load, gpus });
  if (asked.arrivals === 'poisson') return { kind: 'poisson', ratePerS };
  if (asked.arrivals === 'bursty') return { kind: 'gamma', ratePerS, variation: 3 };
  return { kind: 'diurnal', ratePerS, swing: 0.8, periodS: dayS, peakS: 14 * 3600 };
}

interface Summary {
  readonly jobs: number;
  readonly spanS: number;
  readonly meanGpus: number;
  readonly medianRuntimeS: number;
  readonly meanRuntimeS: number;
  readonly sizes: readonly { readonly gpus: number; readonly jobs: number; readonly gpuTimeShare: number }[];
  readonly kinds: readonly { readonly kind: string; readonly jobs: number; readonly gpuTimeShare: number }[];
}

function summarise(jobs: readonly MixJob[]): Summary {
  const gpuTime = (of: readonly MixJob[]): number => of.reduce((sum, job) => sum + job.gpus * job.runtimeS, 0);
  const all = gpuTime(jobs);
  const sizes = [...new Set(jobs.map((job) => job.gpus))].sort((a, b) => a - b);
  const runtimes = Float64Array.from(jobs, (job) => job.runtimeS).sort();
  const mean = (pick: (job: MixJob) => number): number => jobs.reduce((sum, job) => sum + pick(job), 0) / jobs.length;
  const group = (of: readonly MixJob[]): { readonly jobs: number; readonly gpuTimeShare: number } => ({ jobs: of.length, gpuTimeShare: gpuTime(of) / all });
  return {
    jobs: jobs.length, spanS: jobs.at(-1)?.arrivalS ?? 0, meanGpus: mean((job) => job.gpus), medianRuntimeS: runtimes[runtimes.length >> 1] ?? 0, meanRuntimeS: mean((job) => job.runtimeS),
    sizes: sizes.map((gpus) => ({ gpus, ...group(jobs.filter((job) => job.gpus === gpus)) })), kinds: jobKinds.map((kind) => ({ kind, ...group(jobs.filter((job) => job.kind === kind)) })),
  };
}

function printSummary(summary: Summary, asked: Asked, terminal: Terminal): void {
  const { bold, dim } = terminal.colours;
  const { mix } = asked;
  terminal.print(`${bold(countText(summary.jobs, 'job'))} like ${mix.name}, arriving over ${timeText(summary.spanS)} (${asked.arrivals})`);
  terminal.print(`  mean size ${numberText(summary.meanGpus)} GPUs, run time median ${timeText(summary.medianRuntimeS)}, mean ${timeText(summary.meanRuntimeS)}`);
  terminal.print(dim(`  ${mix.kind}: ${numberText(mix.meanGpus)} GPUs, ${timeText(mix.medianRuntimeS)}, ${timeText(mix.meanRuntimeS)} (${mix.source})`));
  terminal.print('');
  const shares = (row: { readonly jobs: number; readonly gpuTimeShare: number }): readonly string[] => [fixedText(row.jobs, 0), percentText(row.jobs / summary.jobs, 1), percentText(row.gpuTimeShare, 1)];
  terminal.print(plainTable(['GPUs', 'jobs', 'share', 'GPU time'], 0, summary.sizes.map((row) => [fixedText(row.gpus, 0), ...shares(row)]), dim));
  terminal.print('');
  terminal.print(plainTable(['kind', 'jobs', 'share', 'GPU time'], 1, summary.kinds.map((row) => [row.kind, ...shares(row)]), dim));
}

function printRun(run: MixRun, cluster: ClusterSpec, asked: Asked, terminal: Terminal): void {
  const { bold, dim } = terminal.colours;
  const seconds = run.moments.length * asked.windowS;
  const busy = run.moments.reduce((sum, moment) => sum + moment.busyGpus, 0) / run.moments.length;
  terminal.print(`\n${bold(`On ${cluster.name}`)}: ${countText(run.jobsPlaced, 'job')} placed, mean wait ${run.meanWaitS > 0 ? timeText(run.meanWaitS) : 'none'}`);
  terminal.print(`  ${countText(run.moments.length, 'moment')} of ${timeText(asked.windowS)}: ${countText(run.jobsSeen, 'different job')}, on average ${percentText(busy / cluster.design.gpus)} of accelerators busy`);
  terminal.print(`  accelerators' links: median ${percentText(run.accessUse.p50, 2)} used, 95th percentile ${percentText(run.accessUse.p95, 1)}, busiest ${percentText(run.accessUse.max, 1)}`);
  terminal.print(`  inside scale-up domains: ${numberText(run.scaleUpBits / seconds / 1e12)} Tb/s on average`);
  terminal.print('');
  terminal.print(plainTable(
    ['class', 'flows', 'Gb/s', 'slowdown', 'p99', 'over 2x'], 1,
    run.classes.map((row) => [
      classWords(row.trafficClass), fixedText(row.flows, 0), numberText(row.bits / seconds / 1e9), numberText(row.slowdownMean, 4), numberText(row.slowdownP99, 4), percentText(row.heldUpShare, 1),
    ]), dim,
  ));
  terminal.print(dim('  slowdown: time taken over time alone on an empty fabric'));
}

function runMixCommand(terminal: Terminal, file: string | undefined, options: MixOptions): ExitCode {
  const json = options.json === true;
  const read = readOptions(options);
  const spec = file === undefined ? null : readCluster(file);
  if (!read.ok || spec?.ok === false) return reportIssues(terminal, [...(read.ok ? [] : read.issues), ...(spec?.ok === false ? spec.issues : [])], { json });
  const asked = read.value;
  const cluster = spec?.value ?? null;
  const gpus = cluster?.design.gpus ?? asked.gpus;
  const jobs = drawMix({ mix: asked.mix, arrival: arrivalProcess(asked, gpus), jobs: asked.jobs, gpusMax: gpus, seed: asked.seed });
  const summary = summarise(jobs);
  let run: MixRun | null = null;
  if (cluster !== null) {
    const compiled = compileWithPhysics(cluster.design, createCatalogue());
    if (!compiled.ok) return reportIssues(terminal, placeDesignIssues(cluster, compiled.issues), { json });
    const outcome = runMix(compiled.value, { jobs, accelerator: cluster.accelerator, moments: asked.moments, windowS: asked.windowS, seed: asked.seed });
    if (isRefusal(outcome)) {
      const { code, remedy, reasons } = outcome;
      if (json) terminal.printJson({ refusal: { code, remedy, reasons } });
      else terminal.complain(`Refused (${code}, ${remedy}): ${reasons.join(' ')}`);
      return 1;
    }
    run = outcome;
  }
  if (json) terminal.printJson({ schema: 'heliostat/mix/1', mix: asked.mix, summary, run, jobs });
  else {
    printSummary(summary, asked, terminal);
    if (run !== null && cluster !== null) printRun(run, cluster, asked, terminal);
  }
  return 0;
}

export const mixCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('mix')
      .description('draw a mix of jobs like that of a public cluster, and run its traffic by class')
      .argument('[cluster]', 'Cluster spec')
      .option('--like <name>', 'whose jobs', 'seren')
      .option('--jobs <count>', 'how many', '2000')
      .option('--load <share>', 'accelerators kept busy by arrivals, 1 for all', '0.8')
      .option('--gpus <count>', 'accelerators, where no cluster is named', '1024')
      .option('--arrivals <process>', 'when jobs arrive', 'poisson')
      .option('--moments <count>', 'moments at which all running jobs are streamed together', '5')
      .option('--window <time>', 'how long each moment is followed', '10s')
      .option('--seed <number>', 'dice', '1')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((file: string | undefined, options: MixOptions) => finish(runMixCommand(terminal, file, options)));
  },
};
