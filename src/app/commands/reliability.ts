/** `heliostat reliability PART`: how a part fails by mechanism, at its temperature and age, with spares, repair and flaps. */

import { readCatalogue } from '../../adapters/parts-file.ts';
import { parseQuantity } from '../../adapters/quantity.ts';
import { absoluteZeroC, hoursPerYear } from '../../base/constants.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { Celsius } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { settledCaseC } from '../../fabric/physics.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { requirePart } from '../../optics/catalogue/catalogue.ts';
import type { PartFailureQuestion } from '../../optics/reliability/part-failures.ts';
import { partFailures } from '../../optics/reliability/part-failures.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { failuresPage } from '../failures-page.ts';
import type { Terminal } from '../terminal.ts';
import { collect } from './part.ts';

interface ReliabilityOptions {
  readonly temperature?: string;
  readonly age: string;
  readonly count: string;
  readonly lasers?: string;
  readonly spares: string;
  readonly parts: readonly string[];
  readonly json?: true;
}

const examples = `
Examples:
  heliostat reliability dr8-800g                                   at the case where it settles in a typical hall
  heliostat reliability dr8-800g --temperature 65C --age 1825d     five years old and hot
  heliostat reliability bcm-bailly --count 512000 --json           400G ports of a large cluster
  heliostat reliability els-elsfp --lasers 9 --spares 1            eight lasers must live, one spare

FIT: failures in 10^9 hours; now: among parts of this age; service: mean over five years. A rate counted in service holds at the
case where such parts serve; a vendor's prediction at its own reference, 40 °C where it states none. Exit codes: 0, 2 bad input.`;

const temperatureMaxC = 300;
const ageMaxYears = 50;
const countMax = 1e9;
const lasersMax = 4096;
const nsPerYear = hoursPerYear * 3600e9;

function whole(text: string, path: string, range: { readonly low: number; readonly high: number }): Parsed<number> {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.low && value <= range.high) return parsed(value);
  return rejected({ code: 'out-of-range', path, message: 'This is not a whole number in range', remedy: `Write a number from ${range.low} to ${range.high}`, value: text });
}

function bounded(text: string, path: string, asked: { readonly dimension: 'temperature' | 'time'; readonly low: number; readonly high: number; readonly remedy: string }): Parsed<number> {
  const read = parseQuantity(text, asked.dimension);
  if (!read.ok) return { ok: false, issues: read.issues.map((issue) => ({ ...issue, path })) };
  if (read.value >= asked.low && read.value <= asked.high) return read;
  return rejected({ code: 'out-of-range', path, message: 'This value is out of range', remedy: asked.remedy, value: text });
}

function readQuestion(id: string, options: ReliabilityOptions, catalogue: Catalogue): Parsed<PartFailureQuestion> {
  const issues: Issue[] = [];
  const take = <T>(read: Parsed<T>): T | undefined => {
    if (read.ok) return read.value;
    issues.push(...read.issues);
    return undefined;
  };
  const part = take(requirePart(catalogue, id));
  const temperatureC = options.temperature === undefined ? null : take(bounded(options.temperature, '--temperature', {
    dimension: 'temperature', low: absoluteZeroC + 1e-9, high: temperatureMaxC, remedy: `Write a case temperature above absolute zero (${absoluteZeroC}C) and up to ${temperatureMaxC}C`,
  }));
  const ageNs = take(bounded(options.age, '--age', { dimension: 'time', low: 0, high: ageMaxYears * nsPerYear, remedy: `Write a running time such as 1825d, at most ${ageMaxYears} years` }));
  const count = take(whole(options.count, '--count', { low: 0, high: countMax }));
  const lasers = options.lasers === undefined ? null : take(whole(options.lasers, '--lasers', { low: 1, high: lasersMax }));
  const spares = take(whole(options.spares, '--spares', { low: 0, high: lasersMax }));
  if (lasers === null && options.spares !== '0') {
    issues.push({ code: 'missing-value', path: '--spares', message: 'Spares are among lasers', remedy: 'Say how many lasers there are, e.g. --lasers 9 --spares 1', value: options.spares });
  }
  if (part === undefined || temperatureC === undefined || ageNs === undefined || count === undefined || lasers === undefined || spares === undefined || issues.length > 0) return { ok: false, issues };
  const serviceCaseC = quantity<Celsius>(settledCaseC(part, { catalogue, view: 'worst-case' }));
  return parsed({
    part, temperatureC: temperatureC === null ? serviceCaseC : quantity<Celsius>(temperatureC), ageYears: ageNs / nsPerYear, count, serviceCaseC,
    ...(lasers === null ? {} : { sparing: { lasers, spares } }),
  });
}

function runReliability(terminal: Terminal, id: string, options: ReliabilityOptions): ExitCode {
  const json = options.json === true;
  const catalogue = readCatalogue(options.parts);
  if (!catalogue.ok) return reportIssues(terminal, catalogue.issues, { json });
  const question = readQuestion(id, options, catalogue.value);
  if (!question.ok) return reportIssues(terminal, question.issues, { json });
  const failures = partFailures(question.value);
  if (!failures.ok) return reportIssues(terminal, failures.issues, { json });
  if (json) terminal.printJson(failures.value);
  else terminal.print(failuresPage(failures.value, terminal));
  return 0;
}

export const reliabilityCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('reliability')
      .description('how a part fails: mechanisms, rates at temperature and age, spares, repair, flaps')
      .argument('<part>', 'part id, as `heliostat parts` lists them')
      .option('--temperature <temperature>', 'case temperature; by default where the part settles in a typical hall')
      .option('--age <time>', 'running time so far, e.g. 1825d', '0')
      .option('--count <number>', 'how many of them', '1')
      .option('--lasers <number>', 'lasers in a laser source, spares included')
      .option('--spares <number>', 'lasers that may fail before the source does', '0')
      .option('--parts <file>', 'YAML file with your own parts or prices; may be repeated', collect, [])
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((id: string, options: ReliabilityOptions) => finish(runReliability(terminal, id, options)));
  },
};
