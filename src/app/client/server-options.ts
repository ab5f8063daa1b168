/** Options that every command against a server has: where it is, whose token it gets, and how a problem ends the command. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command as Commander } from 'commander';
import type { Issue, Parsed } from '../../base/issue.ts';
import { formatIssue, parsed, rejected } from '../../base/issue.ts';
import { parseQuantity } from '../../adapters/quantity.ts';
import { systemCode } from '../../adapters/regular-file.ts';
import type { ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import type { Terminal } from '../terminal.ts';
import { isServerOf } from '../server-record.ts';
import { ApiClient } from './api-client.ts';
import type { Asked, ClientProblem } from './api-client.ts';

const serverDefault = 'http://127.0.0.1:7420';
const dataDefault = 'heliostat-data';
const timeoutDefault = '10s';

export interface ServerOptions {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly data: string;
  readonly timeout: string;
  readonly json?: true;
}

/** Adds the options to a command; one whose answer takes long says for how long it waits. */
export function withServer(command: Commander, { timeout = timeoutDefault }: { readonly timeout?: string } = {}): Commander {
  return command
    .option('--server <url>', `where the server is (HELIOSTAT_SERVER, else ${serverDefault})`)
    .option('--token-file <file>', 'file with the token to show (HELIOSTAT_TOKEN_FILE, else DIR/admin.token where it is there)')
    .option('--data <dir>', 'data folder of a server on this computer', dataDefault)
    .option('--timeout <time>', 'how long to wait for an answer', timeout)
    .option('--json', 'print one JSON document');
}

export const serverHelp = `
The server is asked for at --server, HELIOSTAT_SERVER or ${serverDefault}. Its token is read from --token-file,
HELIOSTAT_TOKEN_FILE or, for the server of DIR, DIR/admin.token; reads on the server's own computer need none.
Exit code 1: refused, or no server answers. 2: wrong input.`;

function readServer(text: string): Parsed<string> {
  const remedy = 'Write scheme, host and port, e.g. http://127.0.0.1:7420';
  if (!URL.canParse(text)) return rejected({ code: 'bad-server', path: '--server', value: text, message: 'This is not the address of a server', remedy });
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return rejected({ code: 'bad-server', path: '--server', value: text, message: 'A server is spoken to over http or https', remedy });
  if (url.username !== '' || url.password !== '') {
    return rejected({ code: 'bad-server', path: '--server', value: url.host, message: 'A server\'s address holds no name or password', remedy: 'Give a token with --token-file' });
  }
  return parsed(url.origin);
}

function readTokenFile(file: string): Parsed<string> {
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (/^[\w.~+/=-]{1,8192}$/.test(token)) return parsed(token);
    return rejected({ code: 'bad-token-file', file, message: 'The file does not hold a token', remedy: 'Make one with "heliostat token create", and keep only it in the file' });
  } catch (fault) {
    return rejected({ code: 'unreadable-file', file, message: `The token cannot be read (${systemCode(fault)})`, remedy: 'Name a file that you may read with --token-file' });
  }
}

const isNear = (server: string): boolean => /^(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(new URL(server).hostname);

/** The token to show. One that was only found in the data folder is shown to the server of that folder alone, and none goes in the clear to another computer. */
function readToken(options: ServerOptions, server: string): Parsed<string | null> {
  const named = options.tokenFile ?? process.env['HELIOSTAT_TOKEN_FILE'];
  if (named !== undefined) {
    if (isNear(server) || server.startsWith('https:')) return readTokenFile(named);
    return rejected({ code: 'token-in-the-clear', path: '--server', value: server, message: 'A token would go over the network in the clear', remedy: 'Speak to the server over https, or on its own computer' });
  }
  const own = join(options.data, 'admin.token');
  return isNear(server) && isServerOf(options.data, server) && existsSync(own) ? readTokenFile(own) : parsed(null);
}

/** Says why a token that lies in the data folder was not shown: whoever listens at a port of this computer could be anybody. */
function withheldRemedy(options: ServerOptions): string | null {
  const own = join(options.data, 'admin.token');
  if (options.tokenFile !== undefined || process.env['HELIOSTAT_TOKEN_FILE'] !== undefined || !existsSync(own)) return null;
  return `${own} was not shown, because what answers is not known as the server of ${options.data}; show it all the same with --token-file ${own}`;
}

/** A client by the options and the environment. Issue codes: `bad-server`, `bad-token-file`, `unreadable-file`, `token-in-the-clear`, those of quantities. */
function openClient(options: ServerOptions): Parsed<ApiClient> {
  const server = readServer(options.server ?? process.env['HELIOSTAT_SERVER'] ?? serverDefault);
  if (!server.ok) return server;
  const timeout = parseQuantity(options.timeout, 'time');
  if (!timeout.ok) return rejected(...timeout.issues.map((issue) => ({ ...issue, path: '--timeout' })));
  const timeoutMs = Math.round(timeout.value / 1e6);
  if (timeoutMs < 1 || timeoutMs > timeoutMaxMs) {
    return rejected({ code: 'out-of-range', path: '--timeout', value: options.timeout, message: 'An answer is waited for between 1 ms and 10 min', remedy: 'Write e.g. --timeout 10s' });
  }
  const token = readToken(options, server.value);
  return token.ok ? parsed(new ApiClient({ server: server.value, token: token.value, timeoutMs, withheld: token.value === null ? withheldRemedy(options) : null })) : token;
}
const timeoutMaxMs = 600_000;

/** Statuses that say that the request was wrong, not that it was refused. */
const wrongInput: ReadonlySet<number> = new Set([400, 404, 405, 413, 415, 422]);

/** Tells why there is no answer, all reasons at once; 2 for wrong input, 1 for a refusal or a server that is not there. */
export function reportProblem(terminal: Terminal, problem: ClientProblem, { json }: { readonly json: boolean }): ExitCode {
  const { status, code, detail, doNext, reasons, issues = [], offers } = problem;
  // The server tells programs of a header; who types commands names a file.
  const remedy = code === 'no-token' && problem.remedy.startsWith('Send "Authorization')
    ? 'Name a file with a token by --token-file or HELIOSTAT_TOKEN_FILE; the server\'s data folder holds the first one, admin.token' : problem.remedy;
  const exit = wrongInput.has(status) ? 2 : 1;
  if (issues.length > 0 && exit === 2) return reportIssues(terminal, issues as readonly Issue[], { json });
  if (exit === 2) return reportIssues(terminal, [{ code, message: detail.replace(/\.$/, ''), remedy }], { json });
  if (json) {
    terminal.printJson({ refusal: { code, detail, remedy, ...(doNext === undefined ? {} : { doNext }), reasons, ...(offers === undefined ? {} : { offers }) } });
    return exit;
  }
  terminal.complain(formatIssue({ code, message: detail.replace(/\.$/, ''), remedy }));
  for (const reason of reasons) if (reason !== detail) terminal.complain(`  ${reason}`);
  return exit;
}

/** What a command does with a server. */
export interface Session {
  readonly client: ApiClient;
  readonly terminal: Terminal;
  readonly json: boolean;
}

/** Opens the client and does the work; wrong options end the command. */
export async function withClient(options: ServerOptions, terminal: Terminal, work: (session: Session) => Promise<ExitCode>): Promise<ExitCode> {
  const json = options.json === true;
  const client = openClient(options);
  return client.ok ? work({ client: client.value, terminal, json }) : reportIssues(terminal, client.issues, { json });
}

/** Prints what was answered: as JSON under its schema's name, or as text. */
export function show<T extends object>({ terminal, json }: Session, asked: Asked<T>, { schema, text }: { readonly schema: string; readonly text: (value: T) => string }): ExitCode {
  if (!asked.ok) return reportProblem(terminal, asked.problem, { json });
  if (json) terminal.printJson({ schema, ...asked.value });
  else terminal.print(text(asked.value));
  return 0;
}
