/** `heliostat simulate CLUSTER WORKLOAD`: one training step, collective by collective, on the cluster's real routes. */

import Table from 'cli-table3';
import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import type { ClusterSpec } from '../../adapters/spec/spec.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { SimulateOutcome } from '../../study/simulate.ts';
import { simulateStep } from '../../study/simulate.ts';
import { slowedFrom } from '../../study/training-run.ts';
import type { SimulateResult } from '../../study/simulate-result.ts';
import { classWords } from '../class-text.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { readJob } from '../job-input.ts';
import { countText, fixedText, numberText, percentText } from '../number-text.ts';
import { studyPhysics } from '../study-physics.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat simulate examples/cluster-1024.yaml examples/workload-llama-405b.yaml
  heliostat simulate examples/cluster-1024.yaml examples/workload-deepseek-v3.yaml --json

Engine ms is one execution on the fabric, closed ms the same in closed form, best ms what no algorithm beats: the bytes that
must cross the worst cut of the fabric over its rate, latency left out.

Exit code 0: done. 1: refused, because the job does not fit or accelerators that must talk have no route with light.
2: the files have issues, all listed.`;

/** A table of columns and blanks. */
const borderless = {
  ...Object.fromEntries(['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, '']))),
  middle: ' ',
};

const milliseconds = (ns: number): string => numberText(ns / 1e6);

function phaseTable(result: SimulateResult, terminal: Terminal): string {
  const table = new Table({
    head: ['collective', 'class', 'tier', 'ranks', 'MB', 'times', 'engine ms', 'closed ms', 'best ms', 'exposed s'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
    chars: borderless,
  });
  for (const phase of result.phases) {
    table.push([
      phase.name, classWords(phase.trafficClass), phase.tier, `${phase.ranksPerGroup} x ${fixedText(phase.groups, 0)}`, numberText(phase.bits / 8e6), fixedText(phase.executionsPerStep, 0),
      milliseconds(phase.latencyNs + phase.streamingNs), milliseconds(phase.closedFormNs), milliseconds(phase.optimalNs), numberText(phase.exposedS),
    ]);
  }
  const [head = '', ...rows] = table.toString().split('\n');
  return [terminal.colours.dim(head), ...rows].join('\n');
}

/** Phases that share links the closed form believes free, longest exposed first. */
function slowdownLines(result: SimulateResult): readonly string[] {
  return result.phases.filter((phase) => phase.slowedBy > slowedFrom && phase.busiestLink !== null).sort((a, b) => b.exposedS - a.exposedS).map((phase) => {
    const { name, flows } = phase.busiestLink ?? { name: '', flows: 0 };
    return `${phase.name}: ${numberText(phase.slowedBy, 2)} times the closed form, because flows share links; busiest ${name} with ${countText(flows, 'flow')}`;
  });
}

function printResult(result: SimulateResult, terminal: Terminal): void {
  const { bold, dim } = terminal.colours;
  const { step, power, network } = result;
  const line = (label: string, text: string): void => terminal.print(`  ${label.padEnd(20)} ${text}`);
  terminal.print(`${bold(result.workload)} on ${bold(result.cluster)} ${dim(`${result.fabric}; ${result.plan}`)}`);
  const exposedS = step.exposed.reduce((sum, one) => sum + one.seconds, 0);
  line('step time', `${numberText(step.stepS, 4)} s (closed form ${numberText(result.closedFormStepS, 4)} s)`);
  for (const [label, seconds] of [['compute', step.computeS], ['pipeline bubble', step.bubbleS], ['exposed traffic', exposedS], ['other', step.otherS]] as const) {
    line(`  ${label}`, `${numberText(seconds)} s, ${percentText(seconds / step.stepS, 1)}`);
  }
  line('MFU', `${percentText(result.mfu, 1)}, ${numberText(result.tflopsPerGpu)} TFLOP/s per accelerator`);
  line('throughput', `${fixedText(result.tokensPerS, 0)} tokens/s`);
  line('memory', `${numberText(result.memoryGb.needed)} of ${numberText(result.memoryGb.capacity)} GB`);
  line('energy', `${numberText(power.energyPerStepMj)} MJ per step, ${numberText(power.energyPerTokenJ)} J per token`);
  line('IT power', `${numberText(power.clusterKw, 4)} kW, fabric ${numberText(power.fabricKw)} kW of it (${power.kind})`);
  line('scale-up', `${numberText(network.scaleUpGbps)} Gb/s, ${fixedText(network.scaleUpLatencyNs, 0)} ns`);
  line('scale-out', `${numberText(network.scaleOutGbps)} Gb/s, ${fixedText(network.scaleOutLatencyNs, 0)} ns to the next node, ${fixedText(network.coreLatencyNs, 0)} ns to the farthest`);
  for (const tier of result.tiers) line(`${tier.tier} links`, `${percentText(tier.meanUtilisation, 1)} used on average over the step, busiest ${percentText(tier.peakUtilisation, 1)}`);
  terminal.print(`\n${phaseTable(result, terminal)}`);
  const slowdowns = slowdownLines(result);
  if (slowdowns.length > 0) terminal.print(['', ...slowdowns].join('\n'));
  for (const refused of result.refused) {
    const after = refused.replacedBy === null ? 'left without light' : `served by ${refused.replacedBy}`;
    terminal.print(`\n${refused.count} ${refused.tier} cables of ${refused.lengthM} to ${refused.longestM} m do not close with ${refused.medium} and are ${after}: ${refused.reasons.join(' ')}`);
  }
}

function report(outcome: SimulateOutcome, terminal: Terminal, options: { readonly json: boolean; readonly cluster: ClusterSpec }): ExitCode {
  const { json, cluster } = options;
  if (outcome.kind === 'issues') return reportIssues(terminal, placeDesignIssues(cluster, outcome.issues), { json });
  if (outcome.kind === 'refused') {
    const { code, remedy, reasons } = outcome.refusal;
    if (json) terminal.printJson({ refusal: { code, remedy, reasons } });
    else terminal.complain(`Refused (${code}, ${remedy}): ${reasons.join(' ')}`);
    return 1;
  }
  if (json) terminal.printJson(outcome.result);
  else printResult(outcome.result, terminal);
  return 0;
}

export const simulateCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('simulate')
      .description('simulate one training step of a workload on a cluster')
      .argument('<cluster>', 'Cluster spec')
      .argument('<workload>', 'Workload spec')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((clusterFile: string, workloadFile: string, options: { readonly json?: true }) => {
        const json = options.json === true;
        const read = readJob(clusterFile, workloadFile);
        if (!read.ok) return finish(reportIssues(terminal, read.issues, { json }));
        const { cluster, workload, plan } = read.value;
        const question = { design: cluster.design, workload: workload.name, job: { model: workload.model, plan, accelerator: cluster.accelerator } };
        const deps = studyPhysics({ catalogue: createCatalogue(), caseTemperatureC: cluster.design.caseTemperatureC, prices: null });
        finish(report(simulateStep(question, deps), terminal, { json, cluster }));
      });
  },
};
