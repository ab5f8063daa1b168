/** `heliostat lease`: lists, asks for, renews and releases light. */

import type { Command as Commander } from 'commander';
import { clusterSchema } from '../contract/cluster.ts';
import type { Renewed } from '../contract/operate.ts';
import { doneSchema, renewedSchema } from '../contract/operate.ts';
import type { LeaseRequestBody, LeaseView } from '../contract/work.ts';
import { leaseAnswerSchema, leaseSchema } from '../contract/work.ts';
import { pageOf } from '../contract/words.ts';
import type { Issue } from '../../base/issue.ts';
import type { ClientProblem } from '../client/api-client.ts';
import { OptionReader, showDone } from '../client/ask-options.ts';
import { leaseTable, leaseText, offerLines } from '../client/lease-text.ts';
import type { ServerOptions, Session } from '../client/server-options.ts';
import { reportProblem, serverHelp, show, withClient, withServer } from '../client/server-options.ts';
import { durationText, rateText } from '../client/server-text.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { countText } from '../number-text.ts';
import { cleanText } from '../text-table.ts';
import { trafficClassNames } from '../../traffic/classes.ts';

interface ListOptions extends ServerOptions {
  readonly class?: string;
  readonly job?: string;
  readonly tenant?: string;
  readonly short?: true;
  readonly limit: string;
}

interface AskOptions extends ServerOptions {
  readonly class: string;
  readonly from: string;
  readonly to: string;
  readonly tenant: string;
  readonly job?: string;
  readonly id?: string;
  readonly rate?: string;
  readonly amount?: string;
  readonly floor?: string;
  readonly for?: string;
  readonly in?: string;
  readonly dryRun?: true;
}

interface ChangeOptions extends ServerOptions {
  readonly for?: string;
  readonly dryRun?: true;
}

const rankMax = 2 ** 31 - 1;
const listMax = 100_000;

async function list(session: Session, options: ListOptions): Promise<ExitCode> {
  const read = new OptionReader();
  const most = read.whole('--limit', options.limit, { min: 1, max: listMax });
  if (options.class !== undefined && !(trafficClassNames as readonly string[]).includes(options.class)) {
    read.issues.push({ code: 'unknown-class', path: '--class', value: options.class, message: 'There is no such traffic class', remedy: `Write one of ${trafficClassNames.join(', ')}` });
  }
  if (read.issues.length > 0) return reportIssues(session.terminal, read.issues, session);
  const { job, tenant, short } = options;
  const query = { trafficClass: options.class, job, tenant, short: short === true ? 'true' : undefined };
  const asked = await session.client.pages('/api/v1/leases', pageOf(leaseSchema), { cursor: 'after', most, query });
  if (!asked.ok) return reportProblem(session.terminal, asked.problem, session);
  const { value } = asked;
  if (session.json) session.terminal.printJson({ schema: 'heliostat/lease-list/1', leases: value });
  else if (value.length === 0) session.terminal.print('There are no such leases.');
  else {
    const count = countText(value.length, 'lease');
    const foot = value.length === most ? `the first ${count}; --limit shows more` : count;
    session.terminal.print(`${leaseTable(value, session.terminal.colours)}\n${session.terminal.colours.dim(foot)}`);
  }
  return 0;
}

/** A time of an option that must be more than nothing, or what the lease would be then. */
function lasting(read: OptionReader, text: string | undefined, otherwise: Pick<Issue, 'code' | 'message' | 'remedy'>): number | undefined {
  const ns = read.quantity('--for', text, 'time');
  if (ns === undefined || ns > 0) return ns;
  read.issues.push({ ...otherwise, path: '--for', value: text ?? '' });
  return undefined;
}

/** The request in words of the API, or every issue. */
function readAsk(options: AskOptions, nowNs: number, read: OptionReader): LeaseRequestBody | null {
  const trafficClass = trafficClassNames.find((name) => name === options.class);
  if (trafficClass === undefined) read.issues.push({ code: 'unknown-class', path: '--class', value: options.class, message: 'There is no such traffic class', remedy: `Write one of ${trafficClassNames.join(', ')}` });
  const fromRank = read.whole('--from', options.from, { min: 0, max: rankMax });
  const toRank = read.whole('--to', options.to, { min: 0, max: rankMax });
  const rateGbps = read.quantity('--rate', options.rate, 'rate') ?? null;
  const bits = read.quantity('--amount', options.amount, 'data') ?? null;
  if ((options.rate === undefined) === (options.amount === undefined)) read.missing('--rate', 'A lease asks for a rate or for an amount to move, one of them', 'Write --rate 100Gbps, or --amount 10TB with --for');
  const floorGbps = read.quantity('--floor', options.floor, 'rate') ?? 0;
  const forNs = lasting(read, options.for, { code: 'window-reversed', message: 'The lease would be over before it begins', remedy: 'Write how long it stands, e.g. 10min, or leave --for out' });
  const inNs = read.quantity('--in', options.in, 'time');
  const isBygone = inNs !== undefined && inNs < 0;
  if (isBygone) read.issues.push({ code: 'lease-in-the-past', path: '--in', value: options.in ?? '', message: 'The lease would begin before now', remedy: 'Write a time from now, e.g. 10min, or leave it out' });
  if (trafficClass === undefined || read.issues.length > 0) return null;
  const window = { ...(inNs === undefined ? {} : { startNs: nowNs + inNs }), ...(forNs === undefined ? {} : { durationS: forNs / 1e9 }) };
  return { tenant: options.tenant, job: options.job ?? null, trafficClass, fromRank, toRank, rateGbps, bits, floorGbps, ...(options.id === undefined ? {} : { id: options.id }), ...window };
}

/** Issues with the body's fields named as the options that gave them. */
function inOptions(problem: ClientProblem): ClientProblem {
  const options: Readonly<Record<string, string>> = {
    fromRank: '--from', toRank: '--to', floorGbps: '--floor', rateGbps: '--rate', bits: '--amount', job: '--job', tenant: '--tenant', id: '--id', startNs: '--in', durationS: '--for',
  };
  return { ...problem, issues: problem.issues?.map((issue) => ({ ...issue, ...(issue.path === undefined ? {} : { path: options[issue.path.replace(/^body\./, '')] ?? issue.path }) })) };
}

async function ask(session: Session, options: AskOptions): Promise<ExitCode> {
  const { client, terminal, json } = session;
  const read = new OptionReader();
  const cluster = await client.get('/api/v1/cluster', clusterSchema);
  const request = readAsk(options, cluster.ok ? cluster.value.nowNs : 0, read);
  if (request === null) return reportIssues(terminal, read.issues, session);
  if (!cluster.ok) return reportProblem(terminal, cluster.problem, session);
  const asked = await client.write({ method: 'POST', path: '/api/v1/leases', answer: leaseAnswerSchema, body: request, isDry: options.dryRun === true });
  const { colours } = terminal;
  if (!asked.ok) {
    const code = reportProblem(terminal, inOptions(asked.problem), session);
    if (!json) for (const line of offerLines(asked.problem.offers ?? [], cluster.value.nowNs)) terminal.complain(line);
    return code;
  }
  const { granted, refusal, offers, preempts, lease } = asked.value;
  if (json) terminal.printJson({ schema: 'heliostat/lease-ask/1', ...asked.value });
  else if (!granted || lease === null) {
    terminal.complain(`It would be refused: ${refusal?.reasons.join(' ') ?? ''} [${refusal?.code ?? 'refused'}]`);
    for (const line of offerLines(offers, cluster.value.nowNs)) terminal.complain(line);
  } else {
    const yields = preempts.length === 0 ? '' : `; ${countText(preempts.length, 'lease')} of lower classes ${options.dryRun === true ? 'would yield' : 'yield'}: ${preempts.slice(0, 5).join(', ')}`;
    terminal.print(`${options.dryRun === true ? 'It would be granted' : colours.green('Granted')}: ${lease.id}, ${rateText(lease.grantedGbps)} for ${durationText((lease.endNs - lease.startNs) / 1e9)}${yields}`);
  }
  return granted ? 0 : 1;
}

async function showOne(session: Session, id: string): Promise<ExitCode> {
  const cluster = await session.client.get('/api/v1/cluster', clusterSchema);
  if (!cluster.ok) return reportProblem(session.terminal, cluster.problem, session);
  return show(session, await session.client.get(`/api/v1/leases/${encodeURIComponent(id)}`, leaseSchema), {
    schema: 'heliostat/lease/1', text: (lease: LeaseView) => leaseText(lease, cluster.value, session.terminal.colours),
  });
}

function renewedText(id: string, { endNs, dryRun }: Renewed, { askedNs, nowNs }: { readonly askedNs: number; readonly nowNs: number }): string {
  const standsNs = endNs - nowNs;
  const less = standsNs < askedNs * 0.999 ? ', the longest that the policy gives at once' : '';
  return `Lease ${cleanText(id)} ${dryRun ? 'would stand' : 'stands'} for another ${durationText(standsNs / 1e9)}${less}.`;
}

/** Renews to a time from now, or releases. What is changed is the version that was just read. */
async function change(session: Session, id: string, options: ChangeOptions): Promise<ExitCode> {
  const { client, terminal } = session;
  const read = new OptionReader();
  const forNs = lasting(read, options.for, { code: 'lease-in-the-past', message: 'The lease would end before now', remedy: 'Write how long it is to stand from now, e.g. 1h, or release it' });
  if (read.issues.length > 0) return reportIssues(terminal, read.issues, session);
  const path = `/api/v1/leases/${encodeURIComponent(id)}`;
  const [cluster, lease] = await Promise.all([client.get('/api/v1/cluster', clusterSchema), client.get(path, leaseSchema)]);
  if (!cluster.ok) return reportProblem(terminal, cluster.problem, session);
  if (!lease.ok) return reportProblem(terminal, lease.problem, session);
  const isDry = options.dryRun === true;
  const { version } = lease.value;
  return forNs === undefined
    ? showDone(session, 'heliostat/lease-release/1', await client.write({ method: 'DELETE', path, answer: doneSchema, version, isDry }))
    : show(session, await client.write({ method: 'PATCH', path, answer: renewedSchema, body: { endNs: cluster.value.nowNs + forNs }, version, isDry }), {
      schema: 'heliostat/lease-renew/1', text: (renewed: Renewed) => renewedText(id, renewed, { askedNs: forNs, nowNs: cluster.value.nowNs }),
    });
}

const dryRun = ['--dry-run', 'say what would happen and change nothing'] as const;

function registerChanges(lease: Commander, run: (options: ServerOptions, work: (session: Session) => Promise<ExitCode>) => Promise<void>): void {
  withServer(lease.command('renew').summary('let a lease stand longer').description('Lets a lease stand until a time from now.').argument('<id>', 'lease'))
    .requiredOption('--for <time>', 'from now, e.g. 1h').option(...dryRun).addHelpText('after', '\nExamples:\n  heliostat lease renew backup-1 --for 2h')
    .action((id: string, options: ChangeOptions) => run(options, (session) => change(session, id, options)));
  withServer(lease.command('release').summary('give a lease back').description('Ends a lease; its light is free at once.').argument('<id>', 'lease'))
    .option(...dryRun).addHelpText('after', '\nExamples:\n  heliostat lease release backup-1 --dry-run')
    .action((id: string, options: ServerOptions & { readonly dryRun?: true }) => run(options, (session) => change(session, id, options)));
}

export const leaseCommand: CommandModule = {
  register(program, terminal, finish) {
    const run = async (options: ServerOptions, work: (session: Session) => Promise<ExitCode>): Promise<void> => finish(await withClient(options, terminal, work));
    const lease = program.command('lease').summary('list, ask for, renew and release light')
      .description('Light that is granted for a time: lists, asks (with counter-offers where it is refused), renews and releases leases of a running server.').addHelpText('after', `
Examples:
  heliostat lease list --short
  heliostat lease ask --class checkpoint --from 0 --to 512 --rate 50Gbps --for 10min --tenant research --dry-run
  heliostat lease ask --class background --from 0 --to 512 --amount 10TB --for 1h --tenant research
${serverHelp}`);
    withServer(lease.command('list', { isDefault: true }).summary('leases that stand').description('Leases that stand, by id.'))
      .option('--class <class>', 'only of a traffic class').option('--job <id>', 'only of a job').option('--tenant <name>', 'only of a tenant')
        .option('--short', 'only those that hold less than they asked for').option('--limit <n>', 'how many at most', '50')
      .addHelpText('after', '\nExamples:\n  heliostat lease list --class allReduce --limit 10\n  heliostat lease list --short --json')
      .action((options: ListOptions) => run(options, (session) => list(session, options)));
    withServer(lease.command('show').summary('one lease with its paths').description('One lease with the links and wavelengths that it holds.').argument('<id>', 'lease'))
      .addHelpText('after', '\nExamples:\n  heliostat lease show backup-1').action((id: string, options: ServerOptions) => run(options, (session) => showOne(session, id)));
    withServer(lease.command('ask').summary('ask for light').description('Asks for light between two accelerators. A refusal gives reasons and what would be granted instead; exit code 1 then.'))
      .requiredOption('--class <class>', trafficClassNames.join(', ')).requiredOption('--from <rank>', 'accelerator that sends').requiredOption('--to <rank>', 'accelerator that receives')
        .requiredOption('--tenant <name>', 'who pays')
      .option('--rate <rate>', 'e.g. 100Gbps').option('--amount <data>', 'instead of a rate: what to move within the time').option('--floor <rate>', 'what it may not fall below')
        .option('--for <time>', 'how long; the usual time of its class where absent')
      .option('--in <time>', 'starts this long from now').option('--job <id>', 'job that it belongs to').option('--id <id>', 'name; the server chooses one where absent').option(...dryRun)
      .addHelpText('after', '\nExamples:\n  heliostat lease ask --class checkpoint --from 0 --to 512 --rate 50Gbps --for 10min --tenant research --id backup-1')
      .action((options: AskOptions) => run(options, (session) => ask(session, options)));
    registerChanges(lease, run);
  },
};
