/** `heliostat trace FILE...`: what workload traces hold, what was made of them, and how long they take on a cluster. */

import { readRegularFile } from '../../adapters/regular-file.ts';
import type { Command as Commander } from 'commander';
import { readCluster } from '../../adapters/spec/read-spec.ts';
import { readTraces } from '../../adapters/traces/read-traces.ts';
import type { ReadTrace, TraceFile } from '../../adapters/traces/trace-file.ts';
import { traceRanksMax } from '../../adapters/traces/trace-file.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { TraceRun } from '../../study/trace-run.ts';
import { runTrace } from '../../study/trace-run.ts';
import type { LossLine } from '../../traffic/trace/loss-report.ts';
import { countTrace } from '../../traffic/trace/trace-counts.ts';
import { classWords } from '../class-text.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { countText, fixedText, numberText } from '../number-text.ts';
import type { Terminal } from '../terminal.ts';
import { cleanText } from '../text-table.ts';

interface TraceCommandOptions {
  readonly cluster?: string;
  readonly ranks?: string;
  readonly json?: true;
}

const examples = `
Examples:
  $ heliostat trace all_reduce.*.et                                  one Chakra file per rank: counts and loss report
  $ heliostat trace all_reduce.*.et --cluster examples/cluster-1024.yaml    and its time on that cluster
  $ heliostat trace rank0.json.gz --ranks 64 --cluster cluster.yaml   one rank stands for 64
  $ heliostat trace workload.txt binary_tree.goal --json

Formats, told apart by content: Chakra execution traces (.et, JSON), PyTorch profiler (Kineto) and execution traces, SimAI
workloads, GOAL schedules; plain, gzipped (.gz) or in a tar archive (.tgz). Ranks take the accelerators of the cluster in order.
Bytes are sizes as nccl-tests counts them. Exit code 1: the trace cannot run on this cluster. 2: the files have issues.`;

/** Ranks listed one by one on a terminal; the rest are summed up. */
const listedRanksMax = 8;

/** Bytes of one trace file as it lies on disk. */
const traceBytesMax = 2 * 1024 ** 3 - 1;

function readFiles(paths: readonly string[]): Parsed<readonly TraceFile[]> {
  const files: TraceFile[] = [];
  const issues: Issue[] = [];
  for (const path of paths) {
    const read = readRegularFile(path, { bytesMax: traceBytesMax, wanted: 'a trace file' });
    if ('bytes' in read) files.push({ name: path, bytes: read.bytes });
    else issues.push({ ...read, file: path });
  }
  return issues.length > 0 ? { ok: false, issues } : parsed(files);
}

function readRanks(text: string | undefined): Parsed<number | null> {
  if (text === undefined) return parsed(null);
  const ranks = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (ranks >= 1 && ranks <= traceRanksMax) return parsed(ranks);
  return { ok: false, issues: [{ code: 'out-of-range', path: '--ranks', message: 'This is not a number of ranks', remedy: `Write a whole number from 1 to ${traceRanksMax}`, value: text }] };
}

function compile(file: string): Parsed<CompiledCluster> {
  const read = readCluster(file);
  if (!read.ok) return read;
  const compiled = compileWithPhysics(read.value.design, createCatalogue());
  return compiled.ok ? compiled : { ok: false, issues: compiled.issues.map((issue) => ({ file, ...issue })) };
}

interface Answer {
  readonly trace: ReadTrace;
  readonly cluster: string | null;
  readonly run: TraceRun | Refusal | null;
}

function runJson(cluster: string, run: TraceRun | Refusal): Readonly<Record<string, unknown>> {
  if (isRefusal(run)) return { refusal: { code: run.code, remedy: run.remedy, reasons: run.reasons } };
  return {
    run: {
      cluster, total_s: run.totalNs / 1e9, bubble_s: run.bubbleNs / 1e9, folded: run.folded, wire_bytes: run.wireBits / 8, flows: run.flows, solves: run.solves,
      ranks: run.ranks.map(({ rank, endNs, computeNs }) => ({ rank, end_s: endNs / 1e9, compute_s: computeNs / 1e9 })),
    },
  };
}

function answerJson({ trace, cluster, run }: Answer): Readonly<Record<string, unknown>> {
  const counts = countTrace(trace.graph);
  return {
    name: trace.graph.name, format: trace.graph.format, ranks: counts.ranks, programs: counts.programs, folded: trace.graph.folded,
    nodes: counts.nodes, nodes_by_kind: counts.nodesByKind, dependencies: counts.dependencies, compute_s: counts.computeNs / 1e9, bytes: counts.bits / 8,
    transfers: counts.transfers.map(({ trafficClass, op, nodes, bits }) => ({ class: trafficClass, op, nodes, bytes: bits / 8 })),
    loss: trace.loss, ...(run === null || cluster === null ? {} : runJson(cluster, run)),
  };
}

const secondsText = (ns: number): string => (ns >= 1e9 ? `${numberText(ns / 1e9, 5)} s` : ns >= 1e6 ? `${numberText(ns / 1e6, 5)} ms` : `${numberText(ns / 1e3, 5)} us`);

function printLoss(terminal: Terminal, title: string, lines: readonly LossLine[]): void {
  const { bold, dim } = terminal.colours;
  if (lines.length === 0) return;
  terminal.print(`  ${bold(title)}`);
  for (const { what, count, reason } of lines) terminal.print(`    ${fixedText(count, 0).padStart(9)} ${what} ${dim(`- ${reason}`)}`);
}

function printRun(terminal: Terminal, cluster: string, run: TraceRun): void {
  const { bold } = terminal.colours;
  terminal.print(`  ${bold(secondsText(run.totalNs))} on ${bold(cluster)}: ${countText(run.flows, 'flow')}, ${numberText(run.wireBits / 8e9)} GB on the wire`);
  if (run.bubbleNs > 0) terminal.print(`    of it pipeline bubble ${secondsText(run.bubbleNs)}`);
  if (run.folded) {
    for (const { endNs, computeNs } of run.ranks) terminal.print(`    every rank ends after ${secondsText(endNs)}; compute ${secondsText(computeNs)}`);
    return;
  }
  for (const { rank, endNs, computeNs } of run.ranks.slice(0, listedRanksMax)) terminal.print(`    rank ${String(rank).padStart(4)} ends after ${secondsText(endNs)}; compute ${secondsText(computeNs)}`);
  const rest = run.ranks.slice(listedRanksMax);
  if (rest.length === 0) return;
  const firstNs = rest.reduce((least, rank) => Math.min(least, rank.endNs), Infinity);
  const lastNs = rest.reduce((most, rank) => Math.max(most, rank.endNs), 0);
  terminal.print(`    ${countText(rest.length, 'more rank')} between ${secondsText(firstNs)} and ${secondsText(lastNs)} (--json lists all)`);
}

function printAnswer(terminal: Terminal, { trace, cluster, run }: Answer): void {
  const { bold, dim } = terminal.colours;
  const { graph, loss } = trace;
  const { nodesByKind: kinds, ...counts } = countTrace(graph);
  const who = graph.folded ? `one program for ${countText(counts.ranks, 'rank')}` : countText(counts.ranks, 'rank');
  terminal.print(`${bold(cleanText(graph.name))} ${dim(`(${graph.format}, ${who})`)}`);
  terminal.print(`  ${countText(counts.nodes, 'node')}: ${fixedText(kinds.compute, 0)} compute, ${fixedText(kinds.collective, 0)} collective, ${fixedText(kinds.send, 0)} send, ${fixedText(kinds.receive, 0)} receive`);
  terminal.print(`  ${fixedText(counts.dependencies, 0)} dependencies, ${secondsText(counts.computeNs)} of compute, ${fixedText(counts.bits / 8, 0)} bytes`);
  for (const { trafficClass, op, nodes, bits } of counts.transfers) terminal.print(`    ${classWords(trafficClass)}: ${fixedText(nodes, 0)} ${op}, ${fixedText(bits / 8, 0)} bytes`);
  printLoss(terminal, 'understood', loss.understood);
  printLoss(terminal, 'assumed', loss.assumed);
  printLoss(terminal, 'dropped', loss.dropped);
  if (run === null || cluster === null) return;
  if (isRefusal(run)) terminal.complain(`${graph.name}: ${run.reasons.join(' ')} [${run.code}]`);
  else printRun(terminal, cluster, run);
}

function runTraceCommand(terminal: Terminal, paths: readonly string[], options: TraceCommandOptions): ExitCode {
  const json = options.json === true;
  const ranks = readRanks(options.ranks);
  const files = readFiles(paths);
  const cluster = options.cluster === undefined ? parsed(null) : compile(options.cluster);
  const issues = [ranks, files, cluster].flatMap((read) => (read.ok ? [] : read.issues));
  if (!ranks.ok || !files.ok || !cluster.ok) return reportIssues(terminal, issues, { json });
  const compiled = cluster.value;
  const traces = readTraces(files.value, { ranks: ranks.value, ranksIfUnknown: compiled?.fabric.gpuNode.length ?? null });
  if (!traces.ok) return reportIssues(terminal, traces.issues, { json });
  const answers = traces.value.map((trace): Answer => ({ trace, cluster: compiled?.design.name ?? null, run: compiled === null ? null : runTrace(compiled, trace.graph, trace.matches) }));
  if (json) terminal.printJson({ schema: 'heliostat/trace/1', traces: answers.map(answerJson) });
  else for (const answer of answers) printAnswer(terminal, answer);
  return answers.some(({ run }) => isRefusal(run)) ? 1 : 0;
}

export const traceCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('trace')
      .description('read workload traces, report what was made of them, and run them on a cluster')
      .argument('<file...>', 'trace files; those of one trace together, in any order')
      .option('--cluster <file>', 'run the trace on this cluster')
      .option('--ranks <count>', 'ranks that a trace of one rank stands for')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((paths: readonly string[], options: TraceCommandOptions) => finish(runTraceCommand(terminal, paths, options)));
  },
};
