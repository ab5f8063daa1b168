/** `heliostat whatif`: forks the live state, perturbs the copy, compares, and adopts or discards it. */

import type { Command as Commander } from 'commander';
import { OptionReader } from '../client/ask-options.ts';
import type { ServerOptions, Session } from '../client/server-options.ts';
import { reportProblem, serverHelp, show, withClient, withServer } from '../client/server-options.ts';
import { cleanTable, instantText } from '../client/server-text.ts';
import type { FaultAsk, Perturbation } from '../client/what-if.ts';
import { adopt, adoptedText, compare, comparisonText, createFork, discard, perturb } from '../client/what-if.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { clusterSchema } from '../contract/cluster.ts';
import type { ForkReading } from '../contract/operate.ts';
import { forkSchema } from '../contract/work.ts';
import { pageOf } from '../contract/words.ts';
import { countText, fixedText } from '../number-text.ts';
import { findFaultKind } from '../../sim/devices/device-fault.ts';

interface PerturbOptions extends ServerOptions {
  readonly drain: readonly string[];
  readonly release: readonly string[];
  readonly fault: readonly string[];
  readonly for: string;
}

interface TryOptions extends PerturbOptions {
  readonly keep?: true;
  readonly adopt?: true;
}

const secondsMax = 600;
const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** `coolantloop0=warm:6`: component, fault, and how much in the unit of the fault. */
function readFault(text: string, read: OptionReader): FaultAsk | null {
  const match = /^(.+)=([a-z-]+)(?::(\d+(?:\.\d+)?))?$/.exec(text);
  const [, component = '', fault = '', by] = match ?? [];
  if (match !== null && (fault === 'clear' || findFaultKind(fault) !== undefined)) return { component, fault, ...(by === undefined ? {} : { by: Number(by) }) };
  read.issues.push({
    code: 'bad-fault', path: '--fault', value: text, message: 'This is not a fault of a component',
    remedy: 'Write COMPONENT=FAULT or COMPONENT=FAULT:AMOUNT, e.g. coolantloop0=warm:6; "heliostat twin inject --help" lists the faults',
  });
  return null;
}

function readPerturbation(options: PerturbOptions, read: OptionReader): Perturbation {
  const faults = options.fault.flatMap((text) => readFault(text, read) ?? []);
  const readings: readonly ForkReading[] = [...options.drain.map((component) => ({ kind: 'drain' as const, component })), ...options.release.map((lease) => ({ kind: 'release' as const, lease }))];
  const forS = (read.quantity('--for', options.for, 'time') ?? 30e9) / 1e9;
  if (forS < 1 || forS > secondsMax) read.issues.push({ code: 'out-of-range', path: '--for', value: options.for, message: 'A fork lets 1 s to 600 s pass after a fault', remedy: 'Write e.g. --for 60s' });
  if (options.drain.length + options.release.length + options.fault.length === 0) read.missing('--fault', 'Nothing is asked of the fork', 'Write --fault coolantloop0=warm:6, --drain leaf3 or --release LEASE');
  return { readings, faults, forS };
}

/** Compares a perturbed fork, adopts it where that is asked, and shows both as one. */
async function conclude(session: Session, id: string, isAdopting: boolean): Promise<ExitCode> {
  const { client, terminal, json } = session;
  const [cluster, comparison] = await Promise.all([client.get('/api/v1/cluster', clusterSchema), compare(session, id)]);
  if (!cluster.ok) return reportProblem(terminal, cluster.problem, session);
  if (!comparison.ok) return reportProblem(terminal, comparison.problem, session);
  const adopted = isAdopting ? await adopt(session, id) : null;
  if (adopted?.ok === false) return reportProblem(terminal, adopted.problem, session);
  if (json) terminal.printJson({ schema: 'heliostat/whatif/1', ...comparison.value, ...(adopted === null ? {} : { adopted: adopted.value }) });
  else terminal.print([comparisonText(comparison.value, cluster.value.epoch, terminal.colours), ...(adopted === null ? [] : [adoptedText(adopted.value)])].join('\n'));
  return adopted !== null && adopted.value.refusals.length > 0 ? 1 : 0;
}

async function tryOut(session: Session, options: TryOptions): Promise<ExitCode> {
  const read = new OptionReader();
  const perturbation = readPerturbation(options, read);
  if (options.keep === true && options.adopt === true) read.issues.push({ code: 'contradicting-options', path: '--keep', message: 'A fork that is adopted is not kept', remedy: 'Leave one of --keep and --adopt out' });
  if (read.issues.length > 0) return reportIssues(session.terminal, read.issues, session);
  const fork = await createFork(session);
  if (!fork.ok) return reportProblem(session.terminal, fork.problem, session);
  const { id } = fork.value;
  const done = await perturb(session, id, perturbation);
  const code = done.ok ? await conclude(session, id, options.adopt === true) : reportProblem(session.terminal, done.problem, session);
  if (options.keep === true && done.ok) session.terminal.complain(`The fork is kept: heliostat whatif compare ${id}`);
  // Adopting ends a fork; where that went wrong, throwing it away does.
  else await discard(session, id);
  return code;
}

/** Decisions told by number; "heliostat whatif compare" tells all. */
const decisionsTold = 20;

async function tell(session: Session, id: string, options: PerturbOptions): Promise<ExitCode> {
  const read = new OptionReader();
  const perturbation = readPerturbation(options, read);
  if (read.issues.length > 0) return reportIssues(session.terminal, read.issues, session);
  return show(session, await perturb(session, id, perturbation), {
    schema: 'heliostat/whatif-perturb/1',
    text: ({ facts, decisions }) => `${countText(facts, 'fact')} in the fork by now; ${[countText(decisions.length, 'decision'), ...decisions.slice(0, decisionsTold)].join(' ')}.`,
  });
}

async function list(session: Session): Promise<ExitCode> {
  const { client, terminal } = session;
  const [cluster, forks] = await Promise.all([client.get('/api/v1/cluster', clusterSchema), client.get('/api/v1/forks', pageOf(forkSchema).transform(({ items }) => ({ forks: items })))]);
  if (!cluster.ok) return reportProblem(terminal, cluster.problem, session);
  const { epoch } = cluster.value;
  return show(session, forks, {
    schema: 'heliostat/whatif-list/1',
    text({ forks: items }) {
      const rows = items.map(({ id, of, createdNs, by, decisions }) => [id, by, instantText(epoch, createdNs), fixedText(of, 0), fixedText(decisions, 0)]);
      return rows.length === 0 ? 'There are no forks.' : cleanTable(['fork', 'by', 'made', 'at entry', 'decisions'], 3, rows, terminal.colours);
    },
  });
}

const withPerturbation = (command: Commander): Commander => withServer(command, { timeout: '2min' })
  .option('--fault <component=fault:amount>', 'a fault of the copied devices, e.g. coolantloop0=warm:6; may be repeated', collect, [])
  .option('--drain <component>', 'move all light off a component; may be repeated', collect, [])
  .option('--release <lease>', 'give a lease back; may be repeated', collect, [])
  .option('--for <time>', 'emulated time that passes after each fault', '30s');

export const whatifCommand: CommandModule = {
  register(program, terminal, finish) {
    const run = async (options: ServerOptions, work: (session: Session) => Promise<ExitCode>): Promise<void> => finish(await withClient(options, terminal, work));
    const whatif = program.command('whatif').summary('fork the live state, perturb, compare, adopt')
      .description('A fork is a copy of the live state with its own emulated devices: nothing that happens in it reaches a device.').addHelpText('after', `
Examples:
  heliostat whatif try --fault coolantloop0=warm:6 --for 60s
  heliostat whatif try --drain leaf3/module12 --adopt
  heliostat whatif fork
${serverHelp}`);
    withPerturbation(whatif.command('try').summary('fork, perturb, compare, throw away').description('Forks, perturbs, shows the fork beside the live state, and throws it away unless it is kept or adopted.'))
      .option('--keep', 'keep the fork').option('--adopt', 'send what was asked (drains, releases) to the live controller when the fork took it')
      .addHelpText('after', '\nExamples:\n  heliostat whatif try --fault coolantloop0=warm:6\n  heliostat whatif try --drain leaf3/module12 --keep')
      .action((options: TryOptions) => run(options, (session) => tryOut(session, options)));
    withServer(whatif.command('list', { isDefault: true }).summary('forks that are kept').description('Forks that are kept. One that nobody touches for an hour is thrown away.'))
      .addHelpText('after', '\nExamples:\n  heliostat whatif list').action((options: ServerOptions) => run(options, list));
    withServer(whatif.command('fork').summary('make a fork').description('Makes a fork of the live state and prints its id.'))
      .addHelpText('after', '\nExamples:\n  heliostat whatif fork')
        .action((options: ServerOptions) => run(options, async (session) => show(session, await createFork(session), { schema: 'heliostat/whatif-fork/1', text: ({ id }) => id })));
    withPerturbation(whatif.command('perturb').summary('do something to a fork').description('Does something to a fork and lets time pass in it.').argument('<fork>', 'id'))
      .addHelpText('after', '\nExamples:\n  heliostat whatif perturb 3f2a90c1d4e5 --fault leaf3/module12=dirty:3').action((id: string, options: PerturbOptions) => run(options, (session) => tell(session, id, options)));
    withServer(whatif.command('compare').summary('a fork beside the live state').description('Shows a fork beside the live state: jobs, light, leases, decisions.').argument('<fork>', 'id'))
      .addHelpText('after', '\nExamples:\n  heliostat whatif compare 3f2a90c1d4e5').action((id: string, options: ServerOptions) => run(options, (session) => conclude(session, id, false)));
    withServer(whatif.command('adopt').summary('send what was asked in a fork to the live controller')
      .description('Sends what was asked in a fork (drains, releases) to the live controller, which decides anew.').argument('<fork>', 'id'))
      .addHelpText('after', '\nExamples:\n  heliostat whatif adopt 3f2a90c1d4e5').action((id: string, options: ServerOptions) => run(options, async (session) => {
        const adopted = await adopt(session, id);
        const code = show(session, adopted, { schema: 'heliostat/whatif-adopt/1', text: adoptedText });
        return adopted.ok && adopted.value.refusals.length > 0 ? 1 : code;
      }));
    withServer(whatif.command('discard').summary('throw a fork away').description('Throws a fork away.').argument('<fork>', 'id'))
      .addHelpText('after', '\nExamples:\n  heliostat whatif discard 3f2a90c1d4e5')
        .action((id: string, options: ServerOptions) => run(options, async (session) => show(session, await discard(session, id), {
          schema: 'heliostat/whatif-discard/1', text: ({ deleted }) => `Fork ${deleted} is gone.`,
        })));
  },
};
