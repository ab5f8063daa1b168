/** `heliostat events`: the log in words, the newest or as it grows. */

import { clusterSchema } from '../contract/cluster.ts';
import { streamKinds } from '../contract/operate.ts';
import { eventSchema } from '../contract/work.ts';
import { pageOf } from '../contract/words.ts';
import { OptionReader } from '../client/ask-options.ts';
import { followEvents } from '../client/event-stream.ts';
import type { ServerOptions, Session } from '../client/server-options.ts';
import { reportProblem, serverHelp, withClient, withServer } from '../client/server-options.ts';
import { durationText, eventLine } from '../client/server-text.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';

interface EventsOptions extends ServerOptions {
  readonly follow?: true;
  readonly after?: string;
  readonly limit: string;
  readonly level: string;
  readonly component?: string;
  readonly job?: string;
  readonly kinds?: string;
}

const levels = ['info', 'notice', 'warning', 'alarm'] as const;
const limitMax = 100_000;
const pageItems = 500;

async function list(session: Session, options: EventsOptions, { afterN, limit }: { readonly afterN: number | undefined; readonly limit: number }): Promise<ExitCode> {
  const { client, terminal, json } = session;
  const { level, component, job } = options;
  const query = { level, component, job, limit: Math.min(limit, pageItems), ...(afterN === undefined ? {} : { after: afterN }) };
  const cursor = afterN === undefined ? 'before' : 'after';
  const [cluster, events] = await Promise.all([client.get('/api/v1/cluster', clusterSchema), client.pages('/api/v1/events', pageOf(eventSchema), { cursor, most: limit, query })]);
  if (!cluster.ok) return reportProblem(terminal, cluster.problem, { json });
  if (!events.ok) return reportProblem(terminal, events.problem, { json });
  // The newest are asked for first and read last.
  const rows = afterN === undefined ? events.value.toReversed() : events.value;
  if (json) terminal.printJson({ schema: 'heliostat/events/1', epoch: cluster.value.epoch, events: rows });
  else terminal.print(rows.length === 0 ? 'Nothing of the kind has happened.' : rows.map((event) => eventLine(event, cluster.value.epoch, terminal.colours)).join('\n'));
  return 0;
}

async function follow(session: Session, options: EventsOptions, kinds: readonly string[], afterN: number | undefined): Promise<ExitCode> {
  const { client, terminal, json } = session;
  const cluster = await client.get('/api/v1/cluster', clusterSchema);
  if (!cluster.ok) return reportProblem(terminal, cluster.problem, { json });
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const least = levels.findIndex((name) => name === options.level);
  const problem = await followEvents(client, {
    kinds, afterN: afterN ?? null, signal: ending.signal,
    onEvent(event) {
      if (levels.indexOf(event.level) < least || (options.job !== undefined && event.job !== options.job) || (options.component !== undefined && event.component?.includes(options.component) !== true)) return;
      terminal.print(json ? JSON.stringify({ schema: 'heliostat/event/1', ...event }) : eventLine(event, cluster.value.epoch, terminal.colours));
    },
    onReset: (detail) => terminal.complain(`Some events before these are not shown: ${detail}`),
    onBreak: ({ detail }, waitMs) => terminal.complain(`${detail}; asking again in ${durationText(waitMs / 1000)}.`),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  return problem === null ? 0 : reportProblem(terminal, problem, { json });
}

async function run(session: Session, options: EventsOptions): Promise<ExitCode> {
  const read = new OptionReader();
  const limit = read.whole('--limit', options.limit, { min: 1, max: limitMax });
  const afterN = options.after === undefined ? undefined : read.whole('--after', options.after, { min: 0, max: Number.MAX_SAFE_INTEGER });
  if (!(levels as readonly string[]).includes(options.level)) {
    read.issues.push({ code: 'unknown-level', path: '--level', value: options.level, message: 'There is no such level', remedy: `Write one of ${levels.join(', ')}` });
  }
  const usual = streamKinds.filter((kind) => kind !== 'state');
  const kinds = options.kinds?.split(',').map((kind) => kind.trim()) ?? usual;
  const strange = kinds.find((kind) => !(usual as readonly string[]).includes(kind));
  if (strange !== undefined) read.issues.push({ code: 'unknown-stream', path: '--kinds', value: strange, message: 'There is no such class of events', remedy: `Write some of ${usual.join(',')}` });
  if (read.issues.length > 0) return reportIssues(session.terminal, read.issues, session);
  return options.follow === true ? follow(session, options, kinds, afterN) : list(session, options, { afterN, limit });
}

export const eventsCommand: CommandModule = {
  register(program, terminal, finish) {
    withServer(program.command('events').summary('what has happened, or what happens')
      .description('The log of a running server in words: the newest events, or with --follow each as it becomes durable, going on after a break where it stopped.'))
      .option('-f, --follow', 'go on as events come, until Ctrl-C; with --json one document per line')
      .option('--after <n>', 'from behind this entry of the log on').option('--limit <n>', 'how many at most, without --follow', '30').option('--level <level>', `this and above: ${levels.join(', ')}`, 'info')
      .option('--component <text>', 'only of components whose name holds this').option('--job <id>', 'only of a job').option('--kinds <list>', 'with --follow, of decision, alarm, job, lease, other', undefined)
      .addHelpText('after', `
Examples:
  heliostat events --level warning
  heliostat events --follow --kinds decision,alarm
  heliostat events --follow --json --after 12000 > events.jsonl
${serverHelp}`)
      .action(async (options: EventsOptions) => finish(await withClient(options, terminal, (session) => run(session, options))));
  },
};
