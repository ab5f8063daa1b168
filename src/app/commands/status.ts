/** `heliostat status`: the cluster on one page: light, leases by class, jobs, and what is not sound. */

import { readOverview, overviewText } from '../client/overview.ts';
import type { ServerOptions } from '../client/server-options.ts';
import { serverHelp, show, withClient, withServer } from '../client/server-options.ts';
import type { CommandModule } from '../command.ts';

const rowsMax = 20;

export const statusCommand: CommandModule = {
  register(program, terminal, finish) {
    withServer(program.command('status').summary('the running cluster on one page').description('Shows what the server knows of the cluster: light, leases by class, jobs, and components and devices that are not sound.'))
      .addHelpText('after', `
Examples:
  heliostat status
  heliostat status --server https://heliostat.example:7420 --token-file viewer.token
  heliostat status --json
${serverHelp}`)
      .action(async (options: ServerOptions) => finish(await withClient(options, terminal, async (session) => show(session, await readOverview(session.client), {
        schema: 'heliostat/status/1', text: (overview) => overviewText(overview, { rows: rowsMax, withDecisions: false }, terminal.colours),
      }))));
  },
};
