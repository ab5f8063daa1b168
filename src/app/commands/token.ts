/** `heliostat token`: makes, lists and revokes the tokens of a server; only their hashes are kept. */

import type { Command as Commander } from 'commander';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { roleSchema, roles } from '../contract/words.ts';
import { createToken, readTokens, revokeToken } from '../server/access.ts';
import type { TokenRow } from '../server/access.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat token create --role scheduler --name slurm      prints the token once; only its hash is kept
  heliostat token list --data /var/lib/heliostat --json
  heliostat token revoke 5f0c2a9e81d4

A running server takes new tokens and revocations at once. Roles: viewer reads; scheduler also asks for light and forks; operator also sets
policies, maintains components and injects faults; admin also makes tokens and reads the audit.

Exit code 0: done. 2: bad input.`;

interface TokenOptions {
  readonly data: string;
  readonly role?: string;
  readonly name?: string;
  readonly json?: true;
}

/** A row without its hash. */
const shown = ({ id, name, role, createdAt, revokedAt }: TokenRow): Omit<TokenRow, 'sha256'> => ({ id, name, role, createdAt, revokedAt });

function runCreate(terminal: Terminal, { data, role, name = 'unnamed', json }: TokenOptions): ExitCode {
  const found = roleSchema.safeParse(role);
  if (!found.success) {
    return reportIssues(terminal, [{ code: 'unknown-role', path: '--role', message: 'There is no such role', remedy: `Write one of ${roles.join(', ')}`, ...(role === undefined ? {} : { value: role }) }],
      { json: json === true });
  }
  const made = createToken(data, { role: found.data, name: name.slice(0, 200) });
  if (!made.ok) return reportIssues(terminal, made.issues, { json: json === true });
  if (json === true) terminal.printJson({ schema: 'heliostat/token/1', ...shown(made.value.row), token: made.value.token });
  else {
    terminal.print(made.value.token);
    terminal.complain(`Token ${made.value.row.id} of role ${made.value.row.role}; it is shown only now.`);
  }
  return 0;
}

function runList(terminal: Terminal, { data, json }: TokenOptions): ExitCode {
  const tokens = readTokens(data);
  if (!tokens.ok) return reportIssues(terminal, tokens.issues, { json: json === true });
  if (json === true) terminal.printJson({ schema: 'heliostat/token-list/1', tokens: tokens.value.map(shown) });
  else for (const { id, role, name, createdAt, revokedAt } of tokens.value) terminal.print(`${id}  ${role.padEnd(9)}  ${createdAt}  ${revokedAt === null ? '' : `revoked ${revokedAt}  `}${name}`);
  return 0;
}

function runRevoke(terminal: Terminal, id: string, { data, json }: TokenOptions): ExitCode {
  const revoked = revokeToken(data, id);
  if (!revoked.ok) return reportIssues(terminal, revoked.issues, { json: json === true });
  if (json === true) terminal.printJson({ schema: 'heliostat/token/1', ...shown(revoked.value) });
  else terminal.print(`Token ${id} is revoked.`);
  return 0;
}

function addCommands(token: Commander, terminal: Terminal, finish: (code: ExitCode) => void): void {
  const json = ['--json', 'print one JSON document'] as const;
  const data = ['--data <dir>', 'data folder of the server', './heliostat-data'] as const;
  token.command('create').description('make a token and print it once').option('--role <role>', `one of ${roles.join(', ')}`).option('--name <name>',
    'whose it is').option(...data).option(...json).addHelpText('after', examples)
    .action((options: TokenOptions) => finish(runCreate(terminal, options)));
  token.command('list').description('tokens without their secrets').option(...data).option(...json).addHelpText('after', examples).action((options: TokenOptions) => finish(runList(terminal, options)));
  token.command('revoke').description('make a token worthless').argument('<id>', 'id of the token').option(...data).option(...json).addHelpText('after', examples)
    .action((id: string, options: TokenOptions) => finish(runRevoke(terminal, id, options)));
}

export const tokenCommand: CommandModule = {
  register(program, terminal, finish) {
    const token = program.command('token').description('make, list or revoke the tokens of a server').addHelpText('after', examples);
    addCommands(token, terminal, finish);
  },
};
