/** `heliostat scenario FILE`: performs a play with the controller inside the simulated world and compares its transcript. */

import { InvalidArgumentError } from 'commander';
import { readRegularText } from '../../adapters/regular-file.ts';
import { writeWholeFile } from '../../adapters/whole-file.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { decisionsIn } from '../../control/explain/explain-decision.ts';
import type { Performed } from '../../study/play/perform.ts';
import { performPlay } from '../../study/play/perform.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { writeLogFile } from '../log-file.ts';
import { countText } from '../number-text.ts';
import { createPlayHost } from '../scenario-host.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat scenario test/scenarios/loop-warms.play
  heliostat scenario my.play --update
  heliostat scenario my.play --log incident.jsonl

A play is commands, a line ----, and the transcript that follows from them up to an empty line. --update writes the transcripts
anew; review the difference. Invariants are checked after every reading, and at the end the log is folded and decided again.

Commands:
  cluster FILE                       policy FILE | policy health.holdDown=10s ladder.migrate=off
  job NAME ranks 0-7 compute 80ms phase allReduce 20ms 100Gbps ring|all|pair 0 4 [replicas 8] [min 4] [block 1] [steps N]
  job NAME workload FILE ranks 0-1023 share 60%           end NAME
  lease NAME CLASS 200Gbps|move 40GB from 0 to 4 [floor 100Gbps] [start 10s] [for 1h] [tenant T]
  renew NAME until 2h                release NAME
  inject PART FAULT [AMOUNT]         clear PART               drift PART dirty 0.1dB every 1h for 2d
  messages lost|duplicated|delayed 5s|reordered from DEVICE for 30s
  report DEVICE QUANTITY PART VALUE  report DEVICE alarm|clear ALARM PART
  drain|repair|verify|return|cancel PART [by WHO]         passed|failed PART WHAT WAS FOUND
  switch OCS connect|disconnect 1A 2B                     crash after N entries for 5s
  times telemetry 10min tick 1min    run 10s | run to 1h   at 10s COMMAND
  show job NAME|jobs|leases [of job NAME|on PORT]|link PORT|health|devices|circuits OCS|log
  explain last|N                     check                digest

Exit code 0: the transcript is as written. 1: it differs, or an invariant broke. 2: bad input, all issues listed.`;

interface ScenarioOptions {
  readonly update?: true;
  readonly json?: true;
  readonly log?: string;
  readonly seed: number;
}

/** Longest play. */
const playBytesMax = 16 << 20;
const seedMax = 2 ** 31 - 1;

function readPlay(file: string): Parsed<string> {
  const read = readRegularText(file, { bytesMax: playBytesMax, wanted: 'the text of a play' });
  return 'text' in read ? parsed(read.text) : rejected({ ...read, file });
}

function wholeSeed(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > seedMax) throw new InvalidArgumentError(`Write a whole number from 0 to ${seedMax}.`);
  return value;
}

function printDifferences(terminal: Terminal, file: string, { differences }: Performed): void {
  for (const { line, expected, found } of differences) {
    terminal.complain(`${file}:${line}: the transcript differs`);
    terminal.complain(`  written: ${expected ?? '(nothing more)'}`);
    terminal.complain(`  now:     ${found ?? '(nothing more)'}`);
  }
}

function document(file: string, { differences, violations, commands, log, text }: Performed, options: ScenarioOptions): object {
  return {
    schema: 'heliostat/scenario/1', play: file, seed: options.seed, passed: violations.length === 0 && (differences.length === 0 || options.update === true), commands,
    entries: log.length, decisions: decisionsIn(log), differences, violations, text,
  };
}

function runScenario(terminal: Terminal, file: string, options: ScenarioOptions): ExitCode {
  const json = options.json === true;
  const read = readPlay(file);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const performed = performPlay({ text: read.value, file }, createPlayHost(file), options.seed);
  if (performed.issues.length > 0) return reportIssues(terminal, performed.issues, { json });
  const issues: Issue[] = [];
  if (options.update === true && performed.text !== read.value) {
    const written = writeWholeFile(file, performed.text);
    if (!written.ok) issues.push(...written.issues);
  }
  if (options.log !== undefined && performed.header !== null) {
    const written = writeLogFile(options.log, performed.header, performed.log);
    if (!written.ok) issues.push(...written.issues);
  }
  if (issues.length > 0) return reportIssues(terminal, issues, { json });
  const passed = performed.violations.length === 0 && (performed.differences.length === 0 || options.update === true);
  if (json) terminal.printJson(document(file, performed, options));
  else {
    if (options.update !== true) printDifferences(terminal, file, performed);
    for (const { invariant, message } of performed.violations) terminal.complain(`invariant ${invariant} is broken: ${message}`);
    const changed = options.update === true && performed.text !== read.value ? ', written anew' : '';
    const counts = [countText(performed.commands, 'command'), countText(decisionsIn(performed.log).length, 'decision'), `${performed.log.length} entries`].join(', ');
    terminal.print(`${file}: ${counts}${changed}: ${passed ? 'as written' : 'not as written'}`);
  }
  return passed ? 0 : 1;
}

export const scenarioCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('scenario')
      .summary('perform a play: faults and requests in, transcript out')
      .description('Performs a play with the controller inside the simulated world, and compares its transcript with the one in the file.')
      .argument('<file>', 'the play')
      .option('--update', 'write the transcripts into the file')
      .option('--log <file>', 'write the controller\'s log, for `explain` and `replay`')
      .option('--seed <n>', 'seed of the sensors\' noise', wholeSeed, 1)
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((file: string, options: ScenarioOptions) => finish(runScenario(terminal, file, options)));
  },
};
