/** `heliostat wavelengths CLUSTER DEMANDS`: which wavelengths serve a set of demands, and what does not fit and why. */

import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import { readCluster } from '../../adapters/spec/read-spec.ts';
import { createDice } from '../../base/dice.ts';
import type { Issue } from '../../base/issue.ts';
import { rejected } from '../../base/issue.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { darkWavelengths } from '../dark-wavelengths.ts';
import { readDemands } from '../demand-file.ts';
import { numberText } from '../number-text.ts';
import type { Terminal } from '../terminal.ts';
import type { AnsweredDemand } from '../wavelength-answer.ts';
import { assignOverWays, assignSelectively } from '../wavelength-answer.ts';

interface WavelengthsOptions {
  readonly selective?: true;
  readonly failed?: readonly string[];
  readonly seed: string;
  readonly json?: true;
}

const examples = `
Examples:
  heliostat wavelengths examples/fabrics/ocs-rails.yaml examples/demands.csv
  heliostat wavelengths examples/fabrics/ocs-rails.yaml examples/demands.csv --selective
  heliostat wavelengths examples/fabrics/ocs-rails.yaml examples/demands.csv --failed node1/nic16
  heliostat wavelengths CLUSTER.yaml DEMANDS.csv --json

DEMANDS has one line per demand: from,to,Gb/s,class (ranks of accelerators; without a class allReduce). All are assigned together, higher
classes first. Light keeps its slot between nodes that convert it, accelerators and packet switches; through circuit switches it cannot
change. --selective asks instead what would fit if each circuit switch led every wavelength by itself (a wavelength-selective switch):
then all fits whose ports have room. --failed components go dark once all is assigned, and who lost light looks for other, highest class
first. Nothing is changed or reserved.
Exit code 0: all served. 1: something does not fit, each with its reason. 2: bad input, all issues listed.`;

const seedMax = 2 ** 31;

function tell(terminal: Terminal, answers: readonly AnsweredDemand[]): void {
  const { bold, dim } = terminal.colours;
  const asked = answers.reduce((sum, { wavelengths }) => sum + wavelengths, 0);
  const served = answers.reduce((sum, one) => sum + one.served, 0);
  const whole = answers.filter((one) => one.refusals.length === 0).length;
  terminal.print(bold(`${served} of ${asked} wavelengths, ${whole} of ${answers.length} demands served`));
  for (const { fromRank, toRank, trafficClass, rateGbps, wavelengths, served: held, light, refusals } of answers) {
    terminal.print(`  ${fromRank} to ${toRank}, ${trafficClass}, ${numberText(rateGbps, 4)} Gb/s: ${held} of ${wavelengths}`);
    for (const stretches of light) terminal.print(dim(`    ${stretches.map(({ slot, links }) => `slot ${slot} ${links.join(' > ')}`).join('; ')}`));
    for (const { code, remedy, reasons } of refusals.slice(0, 1)) terminal.print(`    not all (${code}, ${remedy}): ${reasons.join(' ')}`);
  }
}

function run(terminal: Terminal, files: { readonly cluster: string; readonly demands: string }, options: WavelengthsOptions): ExitCode {
  const json = options.json === true;
  const spec = readCluster(files.cluster);
  const seed = /^\d{1,10}$/.test(options.seed) && Number(options.seed) < seedMax ? Number(options.seed) : null;
  const wrongSeed = seed !== null ? [] : rejected({ code: 'out-of-range', path: '--seed', message: 'This is no seed', remedy: `Write a whole number below ${seedMax}`, value: options.seed }).issues;
  const demands = spec.ok ? readDemands(files.demands, spec.value.design.gpus) : null;
  const issues: readonly Issue[] = [...(spec.ok ? [] : spec.issues), ...wrongSeed, ...(demands === null || demands.ok ? [] : demands.issues)];
  if (!spec.ok || demands?.ok !== true || seed === null) return reportIssues(terminal, issues, { json });
  const compiled = compileWithPhysics(spec.value.design, createCatalogue());
  if (!compiled.ok) return reportIssues(terminal, placeDesignIssues(spec.value, compiled.issues), { json });
  const { fabric } = compiled.value;
  const lost = darkWavelengths(fabric, options.failed ?? []);
  if (!lost.ok) return reportIssues(terminal, lost.issues, { json });
  const assign = options.selective === true ? assignSelectively : assignOverWays;
  const answers = assign(fabric, demands.value, { dice: createDice(seed).fork('wavelengths'), lost: lost.value });
  if (json) {
    terminal.printJson({
      schema: 'heliostat/wavelengths/1', cluster: spec.value.name, selective: options.selective === true, seed,
      wavelengths: answers.reduce((sum, { wavelengths }) => sum + wavelengths, 0), served: answers.reduce((sum, one) => sum + one.served, 0),
      demands: answers.map(({ refusals, ...one }) => ({ ...one, refusals: refusals.map(({ code, remedy, reasons }) => ({ code, remedy, reasons })) })),
    });
  } else tell(terminal, answers);
  return answers.every(({ refusals }) => refusals.length === 0) ? 0 : 1;
}

export const wavelengthsCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('wavelengths')
      .description('assign wavelengths to demands between accelerators, and say what does not fit and why')
      .argument('<cluster>', 'Cluster spec')
      .argument('<demands>', 'CSV file: from,to,Gb/s,class')
      .option('--selective', 'as if circuit switches led every wavelength by itself')
      .option('--failed <components...>', 'components that go dark once all is assigned')
      .option('--seed <n>', 'seed of the search', '1')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((cluster: string, demands: string, options: WavelengthsOptions) => finish(run(terminal, { cluster, demands }, options)));
  },
};
