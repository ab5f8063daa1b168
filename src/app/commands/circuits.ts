/** `heliostat circuits FILE`: the circuits that serve a demand between ports, how long they take, and how near that is to the least possible. */

import { parseQuantity } from '../../adapters/quantity.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { CircuitDemand } from '../../plan/circuits/circuit-demand.ts';
import { scheduleParallelCircuits } from '../../plan/circuits/parallel-switches.ts';
import { scheduleCircuits } from '../../plan/circuits/schedule-circuits.ts';
import type { CircuitSlot } from '../../plan/circuits/slots.ts';
import type { CircuitHold } from '../../plan/circuits/stay-lit.ts';
import { scheduleStayLit } from '../../plan/circuits/stay-lit.ts';
import { readCircuitDemand } from '../circuit-demand-file.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import type { Terminal } from '../terminal.ts';

interface CircuitsOptions {
  readonly dark: string;
  readonly rate: string;
  readonly switches: string;
  readonly stayLit?: true;
  readonly json?: true;
}

const examples = `
Examples:
  heliostat circuits examples/circuit-demand.csv --dark 10us             one switch, all ports dark at each change
  heliostat circuits examples/circuit-demand.csv --dark 10us --stay-lit  only the ports that change go dark
  heliostat circuits examples/circuit-demand.csv --dark 10us --switches 4
  heliostat circuits demand.json --dark 20ms --rate 800Gbps --json       one JSON document

FILE is a square of bytes, rows from input ports and columns to output ports: CSV, or a JSON list of lists.
Exit codes: 0 scheduled; 2 bad input.`;

const switchesMax = 1024;

function positive(text: string, dimension: 'time' | 'rate', path: string): Parsed<number> {
  const read = parseQuantity(text, dimension);
  if (!read.ok) return { ok: false, issues: read.issues.map((issue) => ({ ...issue, path })) };
  if (read.value > 0 || (dimension === 'time' && read.value === 0)) return read;
  return rejected({ code: 'out-of-range', path, message: 'This is below what makes sense here', remedy: dimension === 'time' ? 'Write zero or more, such as 10us' : 'Write more than zero, such as 400Gbps', value: text });
}

function switchCount(text: string, isStayLit: boolean): Parsed<number> {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= 1 && count <= switchesMax)) return rejected({ code: 'out-of-range', path: '--switches', message: 'This is no number of switches', remedy: `Write a whole number from 1 to ${switchesMax}`, value: text });
  if (isStayLit && count > 1) return rejected({ code: 'contradiction', path: '--switches', message: 'Ports that stay lit are scheduled on one switch', remedy: 'Leave out --stay-lit or --switches', value: text });
  return parsed(count);
}

/** What is printed, the same for all kinds of schedule. */
interface Answer {
  readonly makespanNs: number;
  readonly boundNs: number;
  readonly reasons: readonly string[];
  /** Slots of each switch; empty where ports stay lit. */
  readonly switches: readonly (readonly CircuitSlot[])[];
  /** Circuits with times of their own, where ports stay lit. */
  readonly holds: readonly CircuitHold[];
}

function answerOf(demand: CircuitDemand, { darkNs, switches, isStayLit }: { readonly darkNs: number; readonly switches: number; readonly isStayLit: boolean }): Answer {
  if (isStayLit) return { ...scheduleStayLit(demand, { darkNs }), switches: [] };
  if (switches > 1) return { ...scheduleParallelCircuits(demand, { darkNs, switches }), holds: [] };
  const { slots, ...schedule } = scheduleCircuits(demand, { darkNs });
  return { ...schedule, switches: [slots], holds: [] };
}

const circuitsOf = ({ output }: CircuitSlot): readonly (readonly [number, number])[] => [...output].flatMap((to, input): readonly (readonly [number, number])[] => (to < 0 ? [] : [[input, to]]));
const us = (ns: number): string => `${Number((ns / 1000).toPrecision(5))} us`;

function printAnswer(terminal: Terminal, answer: Answer): void {
  const { bold, dim } = terminal.colours;
  const gap = answer.boundNs === 0 ? 0 : answer.makespanNs / answer.boundNs - 1;
  terminal.print(`${bold(`makespan ${us(answer.makespanNs)}`)}, bound ${us(answer.boundNs)}, gap ${(100 * gap).toFixed(2)} %`);
  for (const reason of answer.reasons) terminal.print(dim(reason));
  answer.switches.forEach((slots, row) => {
    if (answer.switches.length > 1) terminal.print(bold(`switch ${row + 1}`));
    slots.forEach((slot, at) => terminal.print(`  ${String(at + 1).padStart(3)}  ${us(slot.durationNs).padStart(12)}  ${circuitsOf(slot).map(([input, output]) => `${input}>${output}`).join(' ')}`));
  });
  for (const { input, output, startNs, litNs, endNs } of answer.holds) terminal.print(`  ${`${input}>${output}`.padEnd(8)} dark from ${us(startNs)}, lit from ${us(litNs)} to ${us(endNs)}`);
}

function run(terminal: Terminal, file: string, options: CircuitsOptions): ExitCode {
  const json = options.json === true;
  const darkNs = positive(options.dark, 'time', '--dark');
  const rateGbps = positive(options.rate, 'rate', '--rate');
  const isStayLit = options.stayLit === true;
  const switches = switchCount(options.switches, isStayLit);
  const demand = readCircuitDemand(file, rateGbps.ok ? rateGbps.value : 1);
  const issues = [darkNs, rateGbps, switches, demand].flatMap((read): readonly Issue[] => (read.ok ? [] : read.issues));
  if (!darkNs.ok || !rateGbps.ok || !switches.ok || !demand.ok) return reportIssues(terminal, issues, { json });
  const answer = answerOf(demand.value, { darkNs: darkNs.value, switches: switches.value, isStayLit });
  if (json) {
    terminal.printJson({
      schema: 'heliostat/circuits/1', ports: demand.value.ports, rateGbps: rateGbps.value, darkNs: darkNs.value,
      makespanNs: answer.makespanNs, boundNs: answer.boundNs, reasons: answer.reasons,
      switches: answer.switches.map((slots) => slots.map((slot) => ({ durationNs: slot.durationNs, circuits: circuitsOf(slot) }))), holds: answer.holds,
    });
  } else printAnswer(terminal, answer);
  return 0;
}

export const circuitsCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('circuits')
      .description('schedule the circuits of optical switches for a demand between ports')
      .argument('<file>', 'bytes from each input port to each output port, CSV or JSON')
      .requiredOption('--dark <time>', 'time without light at each change, such as 10us')
      .option('--rate <rate>', 'rate of one circuit', '400Gbps')
      .option('--switches <count>', 'switches to which every port is wired once', '1')
      .option('--stay-lit', 'ports that keep their circuit stay lit while others change')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((file: string, options: CircuitsOptions) => finish(run(terminal, file, options)));
  },
};
