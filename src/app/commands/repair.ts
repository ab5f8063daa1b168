/** `heliostat repair`: leads a drained component through repair and test back into service. */

import type { Command as Commander } from 'commander';
import { OptionReader } from '../client/ask-options.ts';
import type { MaintenanceAction } from '../client/maintenance.ts';
import { askMaintenance, listMaintenance, tellResult } from '../client/maintenance.ts';
import type { ServerOptions, Session } from '../client/server-options.ts';
import { serverHelp, withClient, withServer } from '../client/server-options.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';

interface StepOptions extends ServerOptions {
  readonly note?: string;
  readonly dryRun?: true;
}

interface ResultOptions extends ServerOptions {
  readonly passed?: true;
  readonly failed?: string;
  readonly dryRun?: true;
}

async function result(session: Session, component: string, options: ResultOptions): Promise<ExitCode> {
  const read = new OptionReader();
  if ((options.passed === undefined) === (options.failed === undefined)) read.missing('--passed', 'A test passed or failed, one of them', 'Write --passed, or --failed "what was found"');
  if (read.issues.length > 0) return reportIssues(session.terminal, read.issues, session);
  return tellResult(session, { component, passed: options.passed === true, detail: options.failed ?? '', isDry: options.dryRun === true });
}

const steps: readonly (readonly [name: string, action: MaintenanceAction, summary: string])[] = [
  ['start', 'repair', 'begin to work on a drained component'],
  ['verify', 'verify', 'begin to test a repaired component'],
  ['return', 'return', 'bring a drained component back that nobody worked on'],
];

export const repairCommand: CommandModule = {
  register(program, terminal, finish) {
    const run = async (options: ServerOptions, work: (session: Session) => Promise<ExitCode>): Promise<void> => finish(await withClient(options, terminal, work));
    const repair: Commander = program.command('repair').summary('lead a component through repair back into service')
      .description('Maintenance after "heliostat drain": start, verify, result. What passes returns by itself, and its light with it.').addHelpText('after', `
Examples:
  heliostat drain leaf3/module12
  heliostat repair start leaf3/module12
  heliostat repair verify leaf3/module12
  heliostat repair result leaf3/module12 --passed
${serverHelp}`);
    withServer(repair.command('list', { isDefault: true }).summary('components in maintenance').description('Components in maintenance, with their stage.'))
      .addHelpText('after', '\nExamples:\n  heliostat repair list').action((options: ServerOptions) => run(options, listMaintenance));
    for (const [name, action, summary] of steps) {
      withServer(repair.command(name).summary(summary).description(`${summary[0]?.toUpperCase() ?? ''}${summary.slice(1)}.`).argument('<component>', 'e.g. leaf3/module12'))
        .option('--note <text>', 'for the audit').option('--dry-run', 'say what would happen and change nothing').addHelpText('after', `\nExamples:\n  heliostat repair ${name} leaf3/module12`)
        .action((component: string, options: StepOptions) => run(options, (session) => askMaintenance(session, { component, action, note: options.note ?? '', isDry: options.dryRun === true })));
    }
    withServer(repair.command('result').summary('say what the test found')
      .description('Says what the test of a repaired component found. Where it passed, the component returns into service; where it failed, repair starts again.')
      .argument('<component>', 'e.g. leaf3/module12'))
      .option('--passed', 'the test passed').option('--failed <finding>', 'the test failed, and what was found').option('--dry-run', 'say what would happen and change nothing')
      .addHelpText('after', '\nExamples:\n  heliostat repair result leaf3/module12 --passed\n  heliostat repair result leaf3/module12 --failed "3 dB over budget"')
      .action((component: string, options: ResultOptions) => run(options, (session) => result(session, component, options)));
  },
};
