/** `heliostat jobs`: what runs, how far it is, and what each job loses to missing light. */

import type { JobView } from '../contract/work.ts';
import { jobSchema } from '../contract/work.ts';
import { pageOf } from '../contract/words.ts';
import type { ServerOptions } from '../client/server-options.ts';
import { serverHelp, show, withClient, withServer } from '../client/server-options.ts';
import { cleanTable, durationText, jobTable, paintWords } from '../client/server-text.ts';
import type { CommandModule } from '../command.ts';
import { countText, fixedText, percentText } from '../number-text.ts';
import type { Colours } from '../terminal.ts';
import { cleanText } from '../text-table.ts';

function turnText({ with: partners, startNs, stepS, holdS }: NonNullable<JobView['turn']>): string {
  const waits = holdS > 0 ? `, ${durationText(holdS)} of it waited` : '';
  return `takes turns with ${partners.map(cleanText).join(', ')}: a step begins every ${durationText(stepS)} from ${durationText(startNs / 1e9)} of the log on${waits}`;
}

function jobText(job: JobView, colours: Colours): string {
  const { stepS, stepAskedS, held, phases } = job;
  const state = held !== null ? 'held' : job.shortLeases > 0 ? 'short' : 'running';
  const slower = stepS === null || stepS <= stepAskedS * (1 + 1e-9) ? '' : `, ${percentText(stepS / stepAskedS - 1, 1)} slower than with all its light`;
  const rows = phases.map(({ name, trafficClass, exposedS, share }) => [name, trafficClass, durationText(exposedS), stepS === null ? 'stands' : percentText(exposedS / stepS, 1), percentText(share)]);
  return [
    `${colours.bold(cleanText(job.id))} of ${cleanText(job.tenant)}: ${paintWords(state, colours)}`,
    ...(held === null ? [] : held.reasons.map((reason) => `  ${cleanText(reason)}`)),
    `  ${countText(job.gpus, 'GPU')}, ${fixedText(job.replicas, 0)} of ${countText(job.replicasAsked, 'replica')}, ${countText(job.restarts, 'restart')}`,
    `  step ${fixedText(job.steps, 0)} of ${fixedText(job.stepsAsked, 0)}; a step takes ${stepS === null ? 'for ever' : durationText(stepS)}${slower}`,
    `  losing ${fixedText(job.losingGpuS, 1)} of ${countText(job.gpus, 'GPU')}; ${fixedText(job.shortLeases, 0)} of ${countText(job.leases, 'lease')} short of light`,
    ...(job.turn === null ? [] : [`  ${turnText(job.turn)}`]),
    ...(job.shiftS > 0 ? [`  a phase is put off by ${durationText(job.shiftS)}`] : []),
    '', cleanTable(['phase', 'class', 'shows in the step', 'of the step', 'light of what it asked'], 2, rows, colours),
  ].join('\n');
}

const jobsSchema = pageOf(jobSchema).transform(({ items }) => ({ jobs: items.toSorted((a, b) => b.losingGpuS - a.losingGpuS || (a.id < b.id ? -1 : 1)) }));

export const jobsCommand: CommandModule = {
  register(program, terminal, finish) {
    const jobs = program.command('jobs').summary('running jobs, progress, and what each is losing').description('Jobs of a running server.').addHelpText('after', `
Examples:
  heliostat jobs list
  heliostat jobs show mixtral-pretrain
${serverHelp}`);
    withServer(jobs.command('list', { isDefault: true }).summary('all jobs, whoever loses most first').description('All jobs, whoever loses most first.'))
      .addHelpText('after', '\nExamples:\n  heliostat jobs list\n  heliostat jobs list --json')
      .action(async (options: ServerOptions) => finish(await withClient(options, terminal, async (session) => show(session, await session.client.get('/api/v1/jobs', jobsSchema), {
        schema: 'heliostat/jobs/1', text: ({ jobs: rows }) => (rows.length === 0 ? 'No job runs.' : jobTable(rows, terminal.colours)),
      }))));
    withServer(jobs.command('show').summary('one job with its phases').description('One job: progress, phases, and the light that each phase has of what it asked for.').argument('<id>', 'job'))
      .addHelpText('after', '\nExamples:\n  heliostat jobs show mixtral-pretrain')
      .action(async (id: string, options: ServerOptions) => finish(await withClient(options, terminal, async (session) => show(session, await session.client.get(`/api/v1/jobs/${encodeURIComponent(id)}`, jobSchema), {
        schema: 'heliostat/job/1', text: (job) => jobText(job, terminal.colours),
      }))));
  },
};
