#!/usr/bin/env node
/** The command line: one program, one module per command. */

import { CommanderError } from 'commander';
import type { CommandModule, ExitCode } from './command.ts';
import { packageVersion } from './package-version.ts';
import { didYouMean, ProgramCommand } from './program-command.ts';
import { createTerminal } from './terminal.ts';

/** Commands by name, in the order of the help page; only the one that was asked for is loaded. */
const commands: Readonly<Record<string, () => Promise<CommandModule>>> = {
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  token: async () => (await import('./commands/token.ts')).tokenCommand,
  compare: async () => (await import('./commands/compare.ts')).compareCommand,
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand,
  phases: async () => (await import('./commands/phases.ts')).phasesCommand,
  checkpoint: async () => (await import('./commands/checkpoint.ts')).checkpointCommand,
  mix: async () => (await import('./commands/mix.ts')).mixCommand,
  schema: async () => (await import('./commands/schema.ts')).schemaCommand,
  'explain-spec': async () => (await import('./commands/explain-spec.ts')).explainSpecCommand,
  formula: async () => (await import('./commands/formula.ts')).formulaCommand,
  flows: async () => (await import('./commands/flows.ts')).flowsCommand,
  link: async () => (await import('./commands/link.ts')).linkCommand,
  parts: async () => (await import('./commands/parts.ts')).partsCommand,
  part: async () => (await import('./commands/part.ts')).partCommand,
  reliability: async () => (await import('./commands/reliability.ts')).reliabilityCommand,
  wdm: async () => (await import('./commands/wdm.ts')).wdmCommand,
  blast: async () => (await import('./commands/blast.ts')).blastCommand,
  bom: async () => (await import('./commands/bom.ts')).bomCommand,
  train: async () => (await import('./commands/train.ts')).trainCommand,
  trace: async () => (await import('./commands/trace.ts')).traceCommand,
  collective: async () => (await import('./commands/collective.ts')).collectiveCommand,
  infer: async () => (await import('./commands/infer.ts')).inferCommand,
  thermal: async () => (await import('./commands/thermal.ts')).thermalCommand,
  plans: async () => (await import('./commands/plans.ts')).plansCommand,
  fit: async () => (await import('./commands/fit.ts')).fitCommand,
  stranded: async () => (await import('./commands/stranded.ts')).strandedCommand,
  circuits: async () => (await import('./commands/circuits.ts')).circuitsCommand,
  slice: async () => (await import('./commands/slice.ts')).sliceCommand,
  wavelengths: async () => (await import('./commands/wavelengths.ts')).wavelengthsCommand,
  paths: async () => (await import('./commands/paths.ts')).pathsCommand,
  shift: async () => (await import('./commands/shift.ts')).shiftCommand,
  sensitivity: async () => (await import('./commands/sensitivity.ts')).sensitivityCommand,
  twin: async () => (await import('./commands/twin.ts')).twinCommand,
  cmis: async () => (await import('./commands/cmis.ts')).cmisCommand,
  store: async () => (await import('./commands/store.ts')).storeCommand,
  topology: async () => (await import('./commands/topology.ts')).topologyCommand,
  questions: async () => (await import('./commands/questions.ts')).questionsCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  top: async () => (await import('./commands/top.ts')).topCommand,
  lease: async () => (await import('./commands/lease.ts')).leaseCommand,
  jobs: async () => (await import('./commands/jobs.ts')).jobsCommand,
  drain: async () => (await import('./commands/drain.ts')).drainCommand,
  repair: async () => (await import('./commands/repair.ts')).repairCommand,
  whatif: async () => (await import('./commands/whatif.ts')).whatifCommand,
  events: async () => (await import('./commands/events.ts')).eventsCommand,
  policy: async () => (await import('./commands/policy.ts')).policyCommand,
  completion: async () => (await import('./commands/completion.ts')).completionCommand,
  worth: async () => (await import('./commands/worth.ts')).worthCommand,
  scenario: async () => (await import('./commands/scenario.ts')).scenarioCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  replay: async () => (await import('./commands/replay.ts')).replayCommand,
};

/** A reader that stops early (`| head`) is not a fault of ours. */
process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
  if (fault.code === 'EPIPE') process.exit(0);
  throw fault;
});

const program = new ProgramCommand('heliostat')
  .description('Makes light a schedulable resource in AI clusters: one model from laser physics to training step time.')
  .version(packageVersion, '-V, --version', 'print the version')
  .showHelpAfterError('Run with --help for examples.')
  .enablePositionalOptions()
  .addHelpText('after', `
Examples:
  heliostat serve                                   a running server with an example cluster, for the browser
  heliostat status                                  how that server's cluster stands
  heliostat compare examples/optics-choice.yaml     the same job on several designs, side by side
  heliostat lease ask --class background --from 0 --to 8 --amount 1TB --for 1h --tenant research --dry-run
  heliostat twin examples/fabrics/ocs-rails.yaml    emulated devices that speak gNMI
Every command has its own: heliostat COMMAND --help.`)
  .exitOverride();
const terminal = createTerminal(process.stdout, process.stderr);
const finish = (code: ExitCode): void => { process.exitCode = code; };
const [asked = '', topic = ''] = process.argv.slice(2);
/** The command that is asked for, or asked about. */
const named = asked === 'help' ? topic : asked;
// Completion completes every command, so it needs them all.
const wanted = Object.hasOwn(commands, asked) && asked !== 'completion' ? [asked] : Object.keys(commands);
for (const name of wanted) (await commands[name]?.())?.register(program, terminal, finish);
for (const command of program.commands) command.exitOverride().showHelpAfterError('Run with --help for examples.');

try {
  if (process.argv.length <= 2) program.help();
  // Commander would answer `--help` behind an unknown command with the page of the program.
  if (named !== '' && !named.startsWith('-') && !Object.hasOwn(commands, named)) {
    program.error(`error: unknown command '${named}'${didYouMean(named, Object.keys(commands)) || '\nheliostat --help lists the commands.'}`, { code: 'commander.unknownCommand' });
  }
  await program.parseAsync(process.argv);
} catch (thrown) {
  // Commander reports wrong usage and shown help alike by throwing; help and version end with 0, wrong usage is bad input.
  if (!(thrown instanceof CommanderError)) throw thrown;
  process.exitCode = thrown.exitCode === 0 ? 0 : 2;
}
