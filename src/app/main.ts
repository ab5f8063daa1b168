#!/usr/bin/env node
/** The command line: one program, one module per command. */

import { Command, CommanderError } from 'commander';
import type { CommandModule, ExitCode } from './command.ts';
import { blastCommand } from './commands/blast.ts';
import { bomCommand } from './commands/bom.ts';
import { compareCommand } from './commands/compare.ts';
import { explainSpecCommand } from './commands/explain-spec.ts';
import { flowsCommand } from './commands/flows.ts';
import { formulaCommand } from './commands/formula.ts';
import { linkCommand } from './commands/link.ts';
import { phasesCommand } from './commands/phases.ts';
import { partCommand } from './commands/part.ts';
import { partsCommand } from './commands/parts.ts';
import { thermalCommand } from './commands/thermal.ts';
import { plansCommand } from './commands/plans.ts';
import { sensitivityCommand } from './commands/sensitivity.ts';
import { simulateCommand } from './commands/simulate.ts';
import { collectiveCommand } from './commands/collective.ts';
import { inferCommand } from './commands/infer.ts';
import { traceCommand } from './commands/trace.ts';
import { trainCommand } from './commands/train.ts';
import { schemaCommand } from './commands/schema.ts';
import { packageVersion } from './package-version.ts';
import { createTerminal } from './terminal.ts';

const modules: readonly CommandModule[] = [
  compareCommand,
  simulateCommand,
  phasesCommand,
  schemaCommand,
  explainSpecCommand,
  formulaCommand,
  flowsCommand,
  linkCommand,
  partsCommand,
  partCommand,
  blastCommand,
  bomCommand,
  trainCommand,
  traceCommand,
  collectiveCommand,
  inferCommand,
  thermalCommand,
  plansCommand,
  sensitivityCommand,
];

/** A reader that stops early (`| head`) is not a fault of ours. */
process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
  if (fault.code === 'EPIPE') process.exit(0);
  throw fault;
});

const program = new Command('heliostat')
  .description('Makes light a schedulable resource in AI clusters: one model from laser physics to training step time.')
  .version(packageVersion, '-V, --version', 'print the version')
  .showHelpAfterError('Run with --help for examples.')
  .enablePositionalOptions()
  .exitOverride();
const terminal = createTerminal(process.stdout, process.stderr);
const finish = (code: ExitCode): void => { process.exitCode = code; };
for (const module of modules) module.register(program, terminal, finish);
for (const command of program.commands) command.exitOverride().showHelpAfterError('Run with --help for examples.');

try {
  if (process.argv.length <= 2) program.help();
  await program.parseAsync(process.argv);
} catch (thrown) {
  // Commander reports wrong usage and shown help alike by throwing; help and version end with 0, wrong usage is bad input.
  if (!(thrown instanceof CommanderError)) throw thrown;
  process.exitCode = thrown.exitCode === 0 ? 0 : 2;
}
