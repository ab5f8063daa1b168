/** `heliostat replay LOG --cluster FILE`: decides the recorded readings again and shows where this version decides otherwise. */

import { readPolicy } from '../../adapters/spec/policy.ts';
import { formatIssue } from '../../base/issue.ts';
import { gpuTimeText } from '../../base/number-text.ts';
import { candidateLines } from '../../control/explain/explain-text.ts';
import type { Fact } from '../../control/fact.ts';
import { factText } from '../../control/explain/fact-text.ts';
import { readingText } from '../../control/explain/reading-text.ts';
import type { FactDifference, Redecided } from '../../control/run.ts';
import { redecide } from '../../control/run.ts';
import type { RungName } from '../../plan/policy.ts';
import { checkPolicy, defaultPolicy, unnamedTenant } from '../../plan/policy.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import type { LogOnPlant } from '../explain-log.ts';
import { readLogOnPlant } from '../explain-log.ts';
import { countText } from '../number-text.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat replay incident.jsonl --cluster examples/cluster-liquid-1024.yaml
  heliostat replay heliostat-data --cluster examples/cluster-liquid-1024.yaml                     what a server has decided so far
  heliostat replay incident.jsonl --cluster examples/cluster-liquid-1024.yaml --policy mine.yaml   what another policy would have decided
  heliostat replay incident.jsonl --cluster examples/cluster-liquid-1024.yaml --json

Every reading is decided again on the state that the record led to, so one difference does not shift those after it. A log that is
cut short is replayed as far as it goes, and says so; one of another cluster, or damaged in its first line, is refused. --policy puts a
Policy file in force from the first reading on, in place of those that the log records.

Exit code 0: everything is decided as recorded. 1: something is decided otherwise. 2: bad input, all issues listed.`;

interface ReplayOptions {
  readonly cluster: string;
  readonly policy?: string;
  readonly json?: true;
}

type Decided = Extract<Fact, { kind: 'decided' }>;

interface Shown {
  readonly reading: number;
  readonly fact: number;
  readonly readingText: string;
  readonly recorded: { readonly kind: string; readonly text: string } | null;
  readonly decided: { readonly kind: string; readonly text: string } | null;
  /** What the new decision says of the rung that was taken then; `null` where no rung was weighed, or the same one is taken. */
  readonly why: string | null;
}

/** A rung as a decision weighed it: its price, or why it cannot serve. */
function weighedText({ decision: { candidates, rung: taken } }: Decided, rung: RungName): string | null {
  return candidateLines(candidates, taken).find((_, at) => candidates[at]?.rung === rung)?.replace(/^. (\S+) +/, '$1 ') ?? null;
}

function whyOtherwise(recorded: Fact | null, decided: Fact | null): string | null {
  return recorded?.kind !== 'decided' || decided?.kind !== 'decided' || recorded.decision.rung === decided.decision.rung ? null : weighedText(decided, recorded.decision.rung);
}

function shown({ plant, entries }: LogOnPlant, { reading, fact, recorded, decided }: FactDifference): Shown {
  const entry = entries.find(({ n }) => n === reading);
  const priceOf = (body: Fact): string => (body.kind === 'decided' ? `${gpuTimeText(body.decision.price.lostGpuS)} by ` : '');
  const inWords = (body: Fact | null): Shown['recorded'] => (body === null ? null : { kind: body.kind, text: `${priceOf(body)}${factText(plant, body, fact)}` });
  return { reading, fact, readingText: entry?.kind === 'reading' ? readingText(plant, entry.body) : '', recorded: inWords(recorded), decided: inWords(decided), why: whyOtherwise(recorded, decided) };
}

/** Differences told one by one. */
const shownMax = 20;

function printReplay(terminal: Terminal, log: LogOnPlant, { readings, differences }: Redecided): void {
  const side = (name: string, one: Shown['recorded']): string => `  ${name} ${one === null ? 'nothing more' : `${one.kind}: ${one.text}`}`;
  for (const difference of differences.slice(0, shownMax)) {
    const { reading, fact, readingText: said, recorded, decided, why } = shown(log, difference);
    terminal.print(`reading ${reading} (${said}) is decided otherwise from fact ${fact} on`);
    terminal.print(side('recorded:', recorded));
    terminal.print(side('now:     ', decided));
    if (why !== null) terminal.print(`  because   ${why}`);
  }
  if (differences.length > shownMax) terminal.print(`and ${differences.length - shownMax} more`);
  terminal.print(`${countText(readings, 'reading')} decided again, ${differences.length === 0 ? 'all as recorded' : `${differences.length} otherwise`}`);
}

function runReplay(terminal: Terminal, file: string, options: ReplayOptions): ExitCode {
  const json = options.json === true;
  const read = readLogOnPlant({ log: file, cluster: options.cluster });
  const policy = options.policy === undefined ? null : readPolicy(options.policy, { base: defaultPolicy, unnamedTenant, check: checkPolicy });
  const wrong = [...(read.ok ? [] : read.issues), ...(policy === null || policy.ok ? [] : policy.issues)];
  if (!read.ok || policy?.ok === false) return reportIssues(terminal, wrong, { json });
  const log = read.value;
  const whole = redecide(log.plant, log.header, log.entries, policy === null ? {} : { policy: policy.value });
  const last = log.entries.findLast(({ kind }) => kind === 'reading')?.n ?? 0;
  // Where the log was cut, the last reading's facts are missing because they were cut off, not because they were decided otherwise.
  const replayed = log.issues.length === 0 ? whole : { ...whole, differences: whole.differences.filter(({ reading, recorded }) => reading !== last || recorded !== null) };
  // What stands before a fact that cannot be folded was replayed; the log as a whole was not.
  const issues = [...log.issues, ...(replayed.issue === null ? [] : [{ ...replayed.issue, file }])];
  if (json) {
    terminal.printJson({
      schema: 'heliostat/replay/1', log: file, cluster: log.plant.name, fingerprint: log.plant.fingerprint, policy: policy === null ? null : policy.value.name, entries: log.entries.length, readings: replayed.readings,
      differences: replayed.differences.map((difference) => shown(log, difference)), issues,
    });
  } else {
    for (const issue of issues) terminal.complain(formatIssue(issue));
    printReplay(terminal, log, replayed);
  }
  return issues.length > 0 ? 2 : replayed.differences.length > 0 ? 1 : 0;
}

export const replayCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('replay')
      .summary('decide the readings of a log again and show what differs')
      .description('Decides every recorded reading again with this version, this cluster and, where one is named, another policy, and shows where the decisions differ: an incident log is a test.')
      .argument('<log>', 'a plain log, or the data folder of a server, which may be running')
      .requiredOption('--cluster <file>', 'the Cluster spec of the log')
      .option('--policy <file>', 'a Policy file to decide by, in place of the recorded policies')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((file: string, options: ReplayOptions) => finish(runReplay(terminal, file, options)));
  },
};
