/** `heliostat worth EXPERIMENT`: what the controller is worth, measured against networks without it. */

import { writeWholeFile } from '../../adapters/whole-file.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { packageVersion } from '../package-version.ts';
import { renderWorthHtml } from '../report/worth-html.ts';
import type { Terminal } from '../terminal.ts';
import { printWorth } from '../worth/page.ts';
import type { WorthOptions } from '../worth/question.ts';
import { readWorth } from '../worth/question.ts';
import { runWorth } from '../worth/run.ts';

const examples = `
Experiments:
  light      light lost at random or by whole engines: the step of the critical job, minutes of work
  failures   a published failure mix on 16,384 accelerators: effective training time, about a minute
  faults     every engine, laser source and circuit port of two small clusters broken by itself
  phases     circuits, rails and steps moved in time against everything standing still
  heat       a coolant loop warms by 6 K: what is decided within a second
  foresight  slow failures among other changes: how many are announced, how long before, how many wrongly

Examples:
  heliostat worth phases
  heliostat worth light --seeds 3 --html light.html
  heliostat worth failures --seed 7 --json
  heliostat worth heat --cluster examples/cluster-liquid-1024.yaml --workload examples/workload-llama-405b.yaml

Every arm of an experiment sees the same light, faults and seed. docs/worth.md says what each arm is and how far the figures go.
Exit code 0: done. 2: bad input, all issues listed.`;

function run(terminal: Terminal, experiment: string, options: WorthOptions): ExitCode {
  const json = options.json === true;
  const read = readWorth(experiment, options);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const progress = terminal.startProgress(`worth ${experiment}`, 1);
  const answer = runWorth(read.value, (done, of) => progress.update(done / of, `${done} of ${of}`));
  progress.finish();
  const grounds = read.value.grounds.map(({ names }) => names);
  if (options.html !== undefined) {
    const command = `heliostat worth ${experiment} --seed ${options.seed} --seeds ${options.seeds} --html ${options.html}`;
    const written = writeWholeFile(options.html, renderWorthHtml(answer, { generatedAt: new Date().toISOString(), command, version: packageVersion }));
    if (!written.ok) return reportIssues(terminal, written.issues, { json });
  }
  if (json) terminal.printJson({ schema: 'heliostat/worth/1', experiment: answer.experiment, seed: read.value.seed, grounds, result: answer.result });
  else printWorth(answer, terminal);
  return 0;
}

export const worthCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('worth')
      .description('measure what the controller is worth: light lost, failures, single faults, phases, heat, foresight')
      .argument('<experiment>', 'light, failures, faults, phases, heat or foresight')
      .option('--seed <number>', 'seed of everything drawn', '1')
      .option('--seeds <count>', 'light: seeds to run, from --seed on', '2')
      .option('--cluster <file>', 'Cluster spec; by default the reference of the experiment')
      .option('--workload <file>', 'Workload spec; by default the reference of the experiment')
      .option('--html <file>', 'write the result and its pictures as one HTML file')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((experiment: string, options: WorthOptions) => finish(run(terminal, experiment, options)));
  },
};
