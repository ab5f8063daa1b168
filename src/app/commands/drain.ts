/** `heliostat drain`: moves all light off a component, so that it can be taken out. */

import { askMaintenance } from '../client/maintenance.ts';
import type { ServerOptions } from '../client/server-options.ts';
import { serverHelp, withClient, withServer } from '../client/server-options.ts';
import type { CommandModule } from '../command.ts';

interface DrainOptions extends ServerOptions {
  readonly cancel?: true;
  readonly note?: string;
  readonly dryRun?: true;
}

export const drainCommand: CommandModule = {
  register(program, terminal, finish) {
    withServer(program.command('drain').summary('move all light off a component')
      .description('Moves the light of a component and of all that depends on it to elsewhere, so that it can be taken out. Refused where a job would stand.')
      .argument('<component>', 'e.g. leaf3/module12'))
      .option('--cancel', 'take it back into service without a repair').option('--note <text>', 'why, for the audit').option('--dry-run', 'say what would happen and change nothing')
      .addHelpText('after', `
Examples:
  heliostat drain leaf3/module12 --dry-run
  heliostat drain leaf3/module12 --note "fibre to be cleaned"
  heliostat drain leaf3/module12 --cancel
${serverHelp}`)
      .action(async (component: string, options: DrainOptions) => finish(await withClient(options, terminal, (session) => askMaintenance(session, {
        component, action: options.cancel === true ? 'cancel' : 'drain', note: options.note ?? '', isDry: options.dryRun === true,
      }))));
  },
};
