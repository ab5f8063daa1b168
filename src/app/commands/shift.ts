/** `heliostat shift CLUSTER WORKLOAD WORKLOAD ...`: which jobs that share light should start their next step later, and what that wins. */

import type { Refusal } from '../../base/refusal.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { ShiftPlan } from '../../plan/phases/phase-shift.ts';
import { shiftPhases } from '../../plan/phases/phase-shift.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { numberText } from '../number-text.ts';
import { plainTable } from '../plain-table.ts';
import type { AskedShift, ShiftOptions } from '../shift-question.ts';
import { readShift } from '../shift-question.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat shift examples/cluster-1024.yaml examples/workload-mixtral.yaml examples/workload-mixtral.yaml --senders 8 --capacity 800Gbps
  heliostat shift CLUSTER.yaml A.yaml B.yaml --gpus 512 --senders 16 --capacity 6400Gbps --later 0ms 40ms --jitter 1ms
  heliostat shift CLUSTER.yaml A.yaml B.yaml --senders 8 --capacity 1600Gbps --fixed 1 --json

Each job runs on --gpus accelerators; of each, --senders have their traffic out of their domains on the shared light (e.g. those under one leaf).
--later says when each job's present step began, in their order; --fixed names jobs by number that may not move. Steps are unrolled in
closed form. A shift is paid once; holding is paid in every step so that the jobs stay in phase.
Exit codes: 0 done, 1 refused, 2 bad input.`;

function documentOf({ cluster, question }: AskedShift, { shifts, groups, reasons }: ShiftPlan): unknown {
  const s = (ns: number): number => ns / 1e9;
  return {
    schema: 'heliostat/shift/1', cluster, capacityGbps: question.links[0]?.capacityGbps ?? 0, senders: question.links[0]?.users[0]?.scale ?? 0,
    jobs: question.jobs.map(({ id, accelerators, periodNs, movable }) => ({ id, accelerators, stepS: s(periodNs), movable })),
    shifts: shifts.map(({ job, shiftNs, holdNs, stepBeforeNs, stepAfterNs, realignSteps }) => ({ job, shiftS: s(shiftNs), holdS: s(holdNs), stepBeforeS: s(stepBeforeNs), stepAfterS: s(stepAfterNs), realignSteps })),
    groups: groups.map(({ circleNs, resolutionNs, ...group }) => ({ ...group, circleS: circleNs === null ? null : s(circleNs), resolutionS: s(resolutionNs) })), reasons,
  };
}

function print(terminal: Terminal, { cluster, question }: AskedShift, { shifts, reasons }: ShiftPlan): void {
  const { bold, dim } = terminal.colours;
  terminal.print(`${bold(question.jobs.map(({ id }) => id).join(', '))} on ${bold(cluster)}`);
  for (const reason of reasons) terminal.print(`  ${reason}`);
  terminal.print('');
  const ms = (ns: number): string => numberText(ns / 1e6, 4);
  terminal.print(plainTable(
    ['job', 'alone ms', 'now ms', 'shift ms', 'hold ms', 'then ms'], 1,
    shifts.map((one) => [one.job, ms(question.jobs.find(({ id }) => id === one.job)?.periodNs ?? 0), ms(one.stepBeforeNs), ms(one.shiftNs), ms(one.holdNs), ms(one.stepAfterNs)]), dim,
  ));
}

function refused(terminal: Terminal, { code, remedy, reasons }: Refusal, json: boolean): ExitCode {
  if (json) terminal.printJson({ refusal: { code, remedy, reasons } });
  else terminal.complain(`Refused (${code}, ${remedy}): ${reasons.join(' ')}`);
  return 1;
}

function run(terminal: Terminal, files: { readonly cluster: string; readonly workloads: readonly string[] }, options: ShiftOptions): ExitCode {
  const json = options.json === true;
  const asked = readShift(files, options);
  if (!asked.ok) return reportIssues(terminal, asked.issues, { json });
  if (isRefusal(asked.value)) return refused(terminal, asked.value, json);
  const plan = shiftPhases(asked.value.question);
  if (json) terminal.printJson(documentOf(asked.value, plan));
  else print(terminal, asked.value, plan);
  return 0;
}

export const shiftCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('shift')
      .description('shift the steps of jobs that share light, so that their bursts interleave')
      .argument('<cluster>', 'Cluster spec')
      .argument('<workloads...>', 'Workload specs, two or more')
      .option('--gpus <count>', 'accelerators of each job; all of the cluster otherwise')
      .requiredOption('--senders <count>', 'accelerators of each job that send over the shared light')
      .requiredOption('--capacity <rate>', 'what the shared light carries')
      .option('--later <times...>', 'when the present step of each job began, in their order')
      .option('--fixed <numbers...>', 'jobs that may not move, by number from 1')
      .option('--jitter <time>', 'how much steps vary (standard deviation)', '0ms')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((cluster: string, workloads: readonly string[], options: ShiftOptions) => finish(run(terminal, { cluster, workloads }, options)));
  },
};
