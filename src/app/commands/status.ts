/** `heliostat status`: the cluster on one page: light, leases by class, jobs, and what is not sound. */

import { readOverview, overviewText } from '../client/overview.ts';
import type { ServerOptions } from '../client/server-options.ts';
import { serverHelp, show, withClient, withServer } from '../client/server-options.ts';
import type { CommandModule } from '../command.ts';

const causesMax = 20;
const componentsMax = 2000;

interface StatusOptions extends ServerOptions {
  readonly components?: true;
}

export const statusCommand: CommandModule = {
  register(program, terminal, finish) {
    withServer(program.command('status').summary('the running cluster on one page')
      .description('Shows what the server knows of the cluster: light, leases by class, jobs, and what is not sound, by cause, with what was done about it.'))
      .option('--components', 'every component and device that is not sound, instead of causes')
      .addHelpText('after', `
Examples:
  heliostat status
  heliostat status --server https://heliostat.example:7420 --token-file viewer.token
  heliostat status --components | grep leaf3
  heliostat status --json
${serverHelp}`)
      .action(async (options: StatusOptions) => finish(await withClient(options, terminal, async (session) => show(session, await readOverview(session.client), {
        schema: 'heliostat/status/1',
        text: (overview) => overviewText(overview, options.components === true ? { rows: componentsMax, withDecisions: false, withComponents: true } : { rows: causesMax, withDecisions: false }, terminal.colours),
      }))));
  },
};
