/** `heliostat plans CLUSTER WORKLOAD`: every legal parallel plan judged, and those that no other beats in time, memory and traffic. */

import { readCluster, readWorkload } from '../../adapters/spec/read-spec.ts';
import type { ClusterSpec, WorkloadSpec } from '../../adapters/spec/spec.ts';
import { checkPrecision } from '../../adapters/spec/workload.ts';
import { writeWholeFile } from '../../adapters/whole-file.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import { networkView } from '../../study/fabric-view.ts';
import { describePlan } from '../../traffic/parallel-plan.ts';
import type { PlanPoint, PlanSearch } from '../../traffic/plan-search.ts';
import { searchPlans } from '../../traffic/plan-search.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { fixedText, numberText } from '../number-text.ts';
import { packageVersion } from '../package-version.ts';
import type { PlansResult } from '../report/plans-html.ts';
import { renderPlansHtml } from '../report/plans-html.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat plans examples/cluster-1024.yaml examples/workload-llama-405b.yaml
  heliostat plans examples/cluster-1024.yaml examples/workload-mixtral.yaml --top 5
  heliostat plans examples/cluster-1024.yaml examples/workload-llama-405b.yaml --json --html plans.html

The workload's model, batch, precision and software stay; its parallel section is left open: tensor, pipeline, context, expert,
ZeRO, microbatch, interleave, schedule and recomputation take every legal value. Step times are closed form. Traffic is what one
accelerator sends out of its scale-up domain in a step, payload, mean over accelerators. ZeRO 2 and 3 are tried without a
pipeline only. Exit code 0: done; 1: no plan fits into memory; 2: bad input.`;

const topDefault = 15;

interface Options { readonly json?: true; readonly top: string; readonly html?: string }

interface Question { readonly cluster: ClusterSpec; readonly workload: WorkloadSpec; readonly top: number }

function readQuestion(clusterFile: string, workloadFile: string, options: Options): Parsed<Question> {
  const cluster = readCluster(clusterFile);
  const workload = readWorkload(workloadFile);
  const top = /^\d+$/.test(options.top) ? Number(options.top) : Number.NaN;
  const issues: Issue[] = [...(cluster.ok ? [] : cluster.issues), ...(workload.ok ? [] : workload.issues)];
  if (!(top >= 1 && top <= 1e6)) issues.push({ code: 'out-of-range', message: 'This is not a whole number in range', remedy: 'Write a number from 1 to 1000000', path: '--top', value: options.top });
  if (cluster.ok && workload.ok) issues.push(...checkPrecision(workload.value, cluster.value.accelerator));
  return cluster.ok && workload.ok && issues.length === 0 ? parsed({ cluster: cluster.value, workload: workload.value, top }) : { ok: false, issues };
}

const planJson = (point: PlanPoint): PlansResult['pareto'][number] => ({
  plan: describePlan(point.plan), degrees: { ...point.plan, software: point.plan.software.name }, stepS: point.stepS, memoryGb: point.memoryGb, scaleOutGb: point.scaleOutBits / 8e9,
});

function resultOf({ cluster, workload }: Question, search: PlanSearch): PlansResult {
  return {
    schema: 'heliostat/plans/1', cluster: cluster.name, workload: workload.name, gpus: cluster.design.gpus, accelerator: cluster.accelerator.name, memoryCapacityGb: cluster.accelerator.hbmGb,
    legal: search.legal, fitting: search.fitting, timed: search.timed, complete: search.complete, pareto: search.pareto.map(planJson),
  };
}

function printResult(result: PlansResult, terminal: Terminal, top: number): void {
  const { bold, dim } = terminal.colours;
  const count = (value: number): string => fixedText(value, 0);
  terminal.print(`${bold(result.workload)} on ${bold(result.cluster)} ${dim(`${count(result.gpus)} x ${result.accelerator}, ${numberText(result.memoryCapacityGb)} GB each`)}`);
  const { legal, fitting, timed, pareto } = result;
  terminal.print(`${count(legal)} legal plans, ${count(fitting)} fit into memory, ${count(timed)} timed, ${count(pareto.length)} that no other beats in all three costs:\n`);
  terminal.print(dim(`${'step s'.padStart(9)}${'memory GB'.padStart(11)}${'traffic GB'.padStart(12)}  plan`));
  for (const point of pareto.slice(0, top)) {
    terminal.print(`${numberText(point.stepS, 4).padStart(9)}${fixedText(point.memoryGb, 1).padStart(11)}${fixedText(point.scaleOutGb, 2).padStart(12)}  ${point.plan}`);
  }
  if (pareto.length > top) terminal.print(dim(`${count(pareto.length - top)} more, slower but leaner; --top ${pareto.length} or --json shows them.`));
  if (!result.complete) terminal.print(`The space holds more than ${count(legal)} legal plans; the rest was not looked at.`);
}

function runPlans(terminal: Terminal, files: { readonly cluster: string; readonly workload: string }, options: Options): ExitCode {
  const json = options.json === true;
  const read = readQuestion(files.cluster, files.workload, options);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const { cluster, workload, top } = read.value;
  const compiled = compileWithPhysics(cluster.design, createCatalogue());
  if (!compiled.ok) return reportIssues(terminal, compiled.issues.map((issue) => ({ file: files.cluster, ...issue })), { json });
  const progress = terminal.startProgress('searching plans', 0);
  const { plan: { globalBatch, precision, software }, model } = workload;
  const search = searchPlans({
    model, accelerator: cluster.accelerator, network: networkView(compiled.value), space: { gpus: cluster.design.gpus, globalBatch, precision, software },
    onProgress: (legal) => progress.update(0, `${fixedText(legal, 0)} plans`),
  });
  progress.finish();
  if (search.pareto.length === 0) return refuse(terminal, search, { json, capacityGb: cluster.accelerator.hbmGb });
  const result = resultOf(read.value, search);
  if (options.html !== undefined) {
    const origin = { generatedAt: new Date().toISOString(), command: `heliostat plans ${files.cluster} ${files.workload} --html ${options.html}`, version: packageVersion };
    const written = writeWholeFile(options.html, renderPlansHtml(result, origin));
    if (!written.ok) return reportIssues(terminal, written.issues, { json });
  }
  if (json) terminal.printJson(result);
  else printResult(result, terminal, top);
  return 0;
}

function refuse(terminal: Terminal, search: PlanSearch, options: { readonly json: boolean; readonly capacityGb: number }): ExitCode {
  const least = search.leastMemory;
  const reasons = least === null
    ? ['No parallel plan is legal: degrees must multiply out, divide heads and experts, and leave enough microbatches to fill the pipeline.']
    : [
        `None of ${fixedText(search.legal, 0)} legal plans fits into ${numberText(options.capacityGb)} GB.`,
        `The least any of them needs is ${fixedText(least.memoryGb, 1)} GB: ${describePlan(least.plan)}.`, 'Use more accelerators, or accelerators with more memory.',
      ];
  const code = least === null ? 'no-legal-plan' : 'no-plan-fits';
  if (options.json) terminal.printJson({ refusal: { code, remedy: 'never', reasons } });
  else terminal.complain(`Refused (${code}, never): ${reasons.join(' ')}`);
  return 1;
}

export const plansCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('plans')
      .description('search every legal parallel plan of a workload on a cluster for the best in time, memory and traffic')
      .argument('<cluster>', 'Cluster spec')
      .argument('<workload>', 'Workload spec; its parallel section is left open')
      .option('--top <count>', 'plans to print', String(topDefault))
      .option('--html <file>', 'write the plans and their pictures as one HTML file')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((cluster: string, workload: string, options: Options) => finish(runPlans(terminal, { cluster, workload }, options)));
  },
};
