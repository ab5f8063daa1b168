/** `heliostat flows CASE.json[.gz]`: runs network cases in the neutral format simcase/1 on the flow engine. */

import type { Command as Commander } from 'commander';
import type { RowColumn, RowFile } from '../../adapters/parquet-rows.ts';
import { parseQuantity } from '../../adapters/quantity.ts';
import { openRowFile } from '../../adapters/row-file.ts';
import type { SimCase } from '../../adapters/simcase.ts';
import { parseSimCases } from '../../adapters/simcase.ts';
import { readRegularFile } from '../../adapters/regular-file.ts';
import type { Issue } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { FlowSink } from '../../sim/flow-sink.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import type { CaseAnswer } from '../flow-case.ts';
import { runCase } from '../flow-case.ts';
import type { Terminal } from '../terminal.ts';

interface FlowsOptions {
  readonly json?: true;
  readonly fct?: string;
  readonly series?: string;
  readonly sample: string;
}

const examples = `
Examples:
  $ heliostat flows case.json                         a summary
  $ heliostat flows case.json.gz --json               {name, makespan_s, fct_s, events, wall_s, rss_mb}
  $ heliostat flows case.json --fct fct.jsonl         one line per flow as it completes
  $ heliostat flows case.json --series s.jsonl --sample 100us    what links and classes carried
  $ heliostat flows case.json --series s.parquet --sample 100us  the same as Parquet: a row says link or priority

Units: bytes, bit/s and seconds in files; wall_s counts from the parsed file to the last completion.
Format: simcase/1 (explicit nodes, links, flows; or a generator; or {"cases": [...]}). Beyond it, "floors":
[{"priority": 1, "share": 0.2}] gives a class a share of every link that higher classes cannot take.
Ctrl-C ends the run; what was written is complete up to that moment. Row files named .parquet are Parquet, all others JSON Lines.`;

const fctColumns: readonly RowColumn[] = [
  { name: 'case', type: 'text' }, { name: 'flow', type: 'whole' }, { name: 'release_s', type: 'number' }, { name: 'completion_s', type: 'number' }, { name: 'fct_s', type: 'number' },
];

/** A row is about a link or about the class of a priority; what the other kind says stays empty. */
const seriesColumns: readonly RowColumn[] = [
  { name: 'case', type: 'text' }, { name: 'from_s', type: 'number' }, { name: 'to_s', type: 'number' }, { name: 'link', type: 'whole' }, { name: 'priority', type: 'whole' },
  { name: 'carried_bytes', type: 'number' }, { name: 'sent_bytes', type: 'number' }, { name: 'rate_bps', type: 'number' },
  { name: 'capacity_bps', type: 'number' }, { name: 'active_flows', type: 'whole' },
];

/** The caller's row streams, opened as asked. */
interface Streams {
  readonly fct: RowFile | null;
  readonly series: RowFile | null;
}

function createSink(simCase: SimCase, streams: Streams): FlowSink | undefined {
  const { fct, series } = streams;
  if (fct === null && series === null) return undefined;
  const { name } = simCase;
  return {
    ...(fct === null ? {} : {
      flowEnded: (flow: number, releaseNs: number, completionNs: number) =>
        fct.write({ case: name, flow, release_s: releaseNs / 1e9, completion_s: completionNs / 1e9, fct_s: (completionNs - releaseNs) / 1e9 }),
    }),
    ...(series === null ? {} : {
      linkSample: (fromNs: number, toNs: number, link: number, carriedBits: number, capacityGbps: number) =>
        series.write({ case: name, from_s: fromNs / 1e9, to_s: toNs / 1e9, link, carried_bytes: carriedBits / 8, rate_bps: (carriedBits / (toNs - fromNs)) * 1e9, capacity_bps: capacityGbps * 1e9 }),
      classSample: (fromNs: number, toNs: number, priority: number, sentBits: number, activeFlows: number) =>
        series.write({ case: name, from_s: fromNs / 1e9, to_s: toNs / 1e9, priority, sent_bytes: sentBits / 8, rate_bps: (sentBits / (toNs - fromNs)) * 1e9, active_flows: activeFlows }),
    }),
  };
}

/** Completions of flows that were under way at an interrupt are null. */
function answerJson(answer: CaseAnswer): Readonly<Record<string, unknown>> {
  const fctS = answer.durationNs === null ? null : Array.from(answer.durationNs, (ns) => (Number.isFinite(ns) ? ns / 1e9 : null));
  return {
    name: answer.name, makespan_s: answer.makespanNs / 1e9, fct_s: fctS, events: answer.solves, wall_s: answer.wallS, rss_mb: answer.rssMb,
    ...(answer.ended ? {} : { stopped: true }),
  };
}

const refusalJson = (name: string, refusal: Refusal): Readonly<Record<string, unknown>> => ({ name, refusal: { code: refusal.code, remedy: refusal.remedy, reasons: refusal.reasons } });

function printAnswer(terminal: Terminal, answer: CaseAnswer): void {
  const { bold, dim } = terminal.colours;
  const flows = answer.flowCount.toLocaleString('en');
  const ended = answer.ended ? '' : terminal.colours.yellow(' (stopped before the end)');
  terminal.print(`${bold(answer.name)}: the last of ${flows} flows ends at ${Number((answer.makespanNs / 1e6).toPrecision(9))} ms${ended}`);
  if (answer.durationNs !== null && answer.durationNs.length > 0) {
    const sorted = answer.durationNs.filter(Number.isFinite).sort();
    const at = (share: number): string => `${Number(((sorted[Math.floor(share * (sorted.length - 1))] ?? NaN) / 1e6).toPrecision(5))} ms`;
    if (sorted.length > 0) terminal.print(`  completion time per flow: p50 ${at(0.5)}, p99 ${at(0.99)}, slowest ${at(1)}`);
  }
  terminal.print(dim(`  ${answer.solves.toLocaleString('en')} allocations solved in ${answer.wallS.toFixed(3)} s, ${Math.round(answer.rssMb)} MB at most`));
}

/** Listens for the first interrupt; a second one ends the process as usual. */
function listenForInterrupt(): { readonly stopped: () => boolean; readonly release: () => void } {
  let stopped = false;
  const onInterrupt = (): void => { stopped = true; };
  process.once('SIGINT', onInterrupt);
  return { stopped: () => stopped, release: () => void process.off('SIGINT', onInterrupt) };
}

interface RunAllOptions {
  readonly sampleNs: number;
  readonly json: boolean;
}

interface Rows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly code: ExitCode;
}

async function runAll(terminal: Terminal, cases: readonly SimCase[], streams: Streams, options: RunAllOptions): Promise<Rows> {
  const interrupt = listenForInterrupt();
  const rows: Readonly<Record<string, unknown>>[] = [];
  let code: ExitCode = 0;
  for (const simCase of cases) {
    const total = simCase.work.kind === 'explicit' ? simCase.work.program.flowCount : 0;
    const progress = terminal.startProgress(simCase.name, Math.max(1, total));
    const sink = createSink(simCase, streams);
    const answer = await runCase(simCase, {
      ...(sink === undefined ? {} : { sink }),
      ...(streams.series === null ? {} : { sampleNs: options.sampleNs }),
      shouldStop: interrupt.stopped,
      breathe: async ({ nowNs, unfinished }) => {
        progress.update(Math.max(0, total - unfinished), `${(nowNs / 1e6).toFixed(3)} ms simulated, ${unfinished} flows left`);
        await new Promise<void>((resume) => void setImmediate(resume));
      },
    });
    progress.finish();
    if (isRefusal(answer)) {
      code = 1;
      rows.push(refusalJson(simCase.name, answer));
      if (!options.json) terminal.complain(`${simCase.name}: ${answer.reasons.join('\n  ')}\nGive the links named capacity at some time, or cancel these flows. [${answer.code}]`);
      continue;
    }
    rows.push(answerJson(answer));
    if (!options.json) printAnswer(terminal, answer);
    if (!answer.ended) {
      code = 1;
      break;
    }
  }
  interrupt.release();
  return { rows, code };
}

/** The largest public case has 1.4 MB compressed; a case of millions of explicit flows has some hundreds. */
const caseBytesMax = 2 ** 30;

async function runFlowsCommand(terminal: Terminal, path: string, options: FlowsOptions): Promise<ExitCode> {
  const json = options.json === true;
  const sample = parseQuantity(options.sample, 'time');
  const issues: Issue[] = sample.ok ? [] : sample.issues.map((issue) => ({ ...issue, path: '--sample' }));
  if (sample.ok && !(sample.value > 0)) issues.push({ code: 'out-of-range', message: 'The sampling interval must be above 0', remedy: 'Write a time such as 100us', path: '--sample', value: options.sample });
  const file = readRegularFile(path, { bytesMax: caseBytesMax, wanted: 'a simcase/1 file' });
  if (!('bytes' in file)) issues.push({ ...file, file: path });
  if (issues.length > 0 || !sample.ok || !('bytes' in file)) return reportIssues(terminal, issues, { json });
  const read = parseSimCases(file.bytes, path);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  let fct: RowFile | null = null;
  let series: RowFile | null = null;
  try {
    fct = options.fct === undefined ? null : openRowFile(options.fct, fctColumns);
    series = options.series === undefined ? null : openRowFile(options.series, seriesColumns);
    const { rows, code } = await runAll(terminal, read.value.cases, { fct, series }, { sampleNs: sample.value, json });
    if (json) terminal.printJson(read.value.isList ? rows : rows[0]);
    return code;
  } catch (fault) {
    const system = fault as NodeJS.ErrnoException;
    if (system.syscall === undefined) throw fault;
    terminal.complain(`The rows cannot be written: ${system.message}. Choose a path in an existing, writable folder. [unwritable-file]`);
    return 1;
  } finally {
    fct?.close();
    series?.close();
  }
}

export const flowsCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('flows')
      .description('run a network case (simcase/1) on the flow engine')
      .argument('<case>', 'case file, .json or .json.gz')
      .option('--json', 'print one JSON document')
      .option('--fct <file>', 'stream one row per completed flow, as JSON Lines or Parquet')
      .option('--series <file>', 'stream what links and classes carried, as JSON Lines or Parquet')
      .option('--sample <time>', 'interval of --series', '1ms')
      .addHelpText('after', examples)
      .action(async (path: string, options: FlowsOptions) => finish(await runFlowsCommand(terminal, path, options)));
  },
};
