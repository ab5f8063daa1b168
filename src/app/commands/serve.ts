/** `heliostat serve`: the live system, with an emulated fabric and example jobs unless told otherwise. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { Issue } from '../../base/issue.ts';
import { formatIssue } from '../../base/issue.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { portDefault, startServer } from '../server/start-server.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat serve                                           the example cluster at http://127.0.0.1:${portDefault}, data in ./heliostat-data
  heliostat serve --cluster examples/cluster-1024.yaml --data /var/lib/heliostat --port 0
  heliostat serve --host 0.0.0.0 --closed --tls-cert server.pem --tls-key server.key
  heliostat serve --closed --oidc-issuer https://login.example.org --oidc-audience heliostat

The first start writes DIR/admin.token (readable by you alone) and tells its path; "heliostat token create" makes more. Reading is open
to this computer unless --closed; every write needs a token. When ready, one line on stdout: ready http://ADDRESS. Ctrl-C stops it
with the log flushed.

Exit code 0: stopped. 1: the log or the disk refuses. 2: bad input, all issues listed.`;

interface ServeOptions {
  readonly cluster?: string;
  readonly devices?: string;
  readonly port: string;
  readonly host: string;
  readonly data: string;
  readonly seed: string;
  readonly speed: string;
  readonly closed?: true;
  readonly insecure?: true;
  readonly empty?: true;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly oidcIssuer?: string;
  readonly oidcAudience?: string;
  readonly oidcJwks?: string;
  readonly oidcRoleClaim: string;
  readonly logLevel: string;
  readonly json?: true;
}

const exampleCluster = fileURLToPath(new URL('../../../examples/cluster-liquid-1024.yaml', import.meta.url));
const speedMost = 100;
const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;

/** Issues of the store and the disk: what was asked was right, but it cannot be done. */
const failures: ReadonlySet<string> = new Set(['cannot-write', 'cannot-read', 'store-in-use', 'disk-full', 'disk-read-only', 'store-full', 'store-failed', 'log-without-start', 'port-in-use', 'port-unavailable',
  'bad-token-file', 'unreadable-file', 'damaged-request-book']);

function number(text: string, path: string, bounds: { readonly min: number; readonly max: number; readonly whole: boolean }, issues: Issue[]): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= bounds.min && value <= bounds.max && (!bounds.whole || Number.isInteger(value))) return value;
  issues.push({ code: 'out-of-range', path, value: text, message: 'This is not a number in range', remedy: `Write ${bounds.whole ? 'a whole number' : 'a number'} from ${bounds.min} to ${bounds.max}` });
  return bounds.min;
}

function together(options: ServeOptions, issues: Issue[]): void {
  const { tlsCert, tlsKey, oidcIssuer, oidcAudience, logLevel } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) issues.push({ code: 'option-missing', path: tlsCert === undefined ? '--tls-cert' : '--tls-key', message: 'TLS needs a certificate and its key',
    remedy: 'Name both' });
  if ((oidcIssuer === undefined) !== (oidcAudience === undefined)) issues.push({ code: 'option-missing', path: oidcIssuer === undefined ? '--oidc-issuer' : '--oidc-audience',
    message: 'Tokens of an issuer need its URL and the audience that they are made for', remedy: 'Name both' });
  if (oidcIssuer !== undefined && !URL.canParse(oidcIssuer)) issues.push({ code: 'not-a-url', path: '--oidc-issuer', value: oidcIssuer, message: 'This is no URL', remedy: 'Write https://login.example.org' });
  if (!(logLevels as readonly string[]).includes(logLevel)) issues.push({ code: 'unknown-value', path: '--log-level', value: logLevel, message: 'There is no such level', remedy: `Write one of ${logLevels.join(', ')}` });
}

/** Resolves when somebody asks the process to stop. */
const stopAsked = (): Promise<void> => new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});

/** In a checkout the browser application is built when it is missing or older than its source; a published package carries it built. */
async function ensureBrowserApplication(terminal: Terminal): Promise<void> {
  const builder = new URL('../../../scripts/build-ui.ts', import.meta.url);
  if (!existsSync(builder)) return;
  try {
    const { ensureUi } = await import(builder.href) as { readonly ensureUi: () => Promise<string> };
    await ensureUi();
  } catch (fault) {
    terminal.complain(`The browser application could not be built (${fault instanceof Error ? fault.message : String(fault)}); the API is served without it.`);
  }
}

async function runServe(terminal: Terminal, options: ServeOptions): Promise<ExitCode> {
  const issues: Issue[] = [];
  const port = number(options.port, '--port', { min: 0, max: 65_535, whole: true }, issues);
  const seed = number(options.seed, '--seed', { min: 0, max: 2 ** 31, whole: true }, issues);
  const speed = number(options.speed, '--speed', { min: 0.1, max: speedMost, whole: false }, issues);
  if (options.data.trim() === '') issues.push({ code: 'not-a-folder', path: '--data', value: options.data, message: 'This names no folder', remedy: 'Name the folder for the log and the tokens, or leave --data away' });
  together(options, issues);
  const json = options.json === true;
  if (issues.length > 0) return reportIssues(terminal, issues, { json });
  const stopping = stopAsked();
  await ensureBrowserApplication(terminal);
  const { tlsCert, tlsKey, oidcIssuer, oidcAudience } = options;
  const started = await startServer({
    clusterFile: options.cluster ?? exampleCluster, devices: options.devices ?? (speed === 1 ? 'twin' : 'inProcess'), host: options.host, port, dir: options.data, isClosed: options.closed === true,
      isInsecure: options.insecure === true, seed, speed, hasExamples: options.empty !== true,
    tls: tlsCert === undefined || tlsKey === undefined ? null : { certFile: tlsCert, keyFile: tlsKey },
    oidc: oidcIssuer === undefined || oidcAudience === undefined ? null : { issuer: oidcIssuer, audience: oidcAudience, jwksUrl: options.oidcJwks ?? null, roleClaim: options.oidcRoleClaim },
    log: pino({ level: options.logLevel, redact: { paths: ['*.authorization', '*.token', '*.key', 'headers', '*.headers'], censor: '[secret]' } }, pino.destination({ dest: 2, sync: true })),
    complain: terminal.complain,
  });
  if (!started.ok) {
    const code = reportIssues(terminal, started.issues, { json });
    return started.issues.every((issue) => failures.has(issue.code)) ? 1 : code;
  }
  const { url, rehearsed, notes, stop } = started.value;
  for (const note of notes) terminal.complain(formatIssue(note));
  if (json) terminal.printJson({ schema: 'heliostat/serve/1', url, pid: process.pid, rehearsed });
  else terminal.print(`ready ${url}`);
  await stopping;
  await stop();
  return 0;
}

export const serveCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('serve')
      .description('the live system: controller, HTTP API, events and browser application over a cluster')
      .option('--cluster <file>', 'Cluster spec; the liquid-cooled example with 1,024 accelerators by default')
      .option('--devices <which>', 'twin (a process of its own, spoken to over gNMI), inProcess, or a file that lists where devices answer; twin at speed 1')
      .option('--port <number>', 'port; 0 picks a free one', String(portDefault))
      .option('--host <address>', 'address to listen at', '127.0.0.1')
      .option('--data <dir>', 'folder for the log, tokens and certificates', './heliostat-data')
      .option('--closed', 'reading needs a token too')
      .option('--insecure', 'let strangers reach it without TLS or tokens for reading')
      .option('--empty', 'start a new log without example jobs')
      .option('--seed <number>', 'of the sensors\' noise', '1')
      .option('--speed <factor>', 'emulated time over real time', '1')
      .option('--tls-cert <file>', 'certificate chain, PEM')
      .option('--tls-key <file>', 'private key, PEM')
      .option('--oidc-issuer <url>', 'issuer whose tokens are taken too')
      .option('--oidc-audience <name>', 'audience that they must name')
      .option('--oidc-jwks <url>', 'keys of the issuer, where its discovery document is not to be asked')
      .option('--oidc-role-claim <name>', 'claim that holds viewer, scheduler, operator or admin', 'heliostat_role')
      .option('--log-level <level>', `structured log on stderr: ${logLevels.join(', ')}`, 'warn')
      .option('--json', 'print one JSON document instead of the ready line')
      .addHelpText('after', examples)
      .action(async (options: ServeOptions) => finish(await runServe(terminal, options)));
  },
};
