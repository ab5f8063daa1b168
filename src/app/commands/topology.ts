/** `heliostat topology CLUSTER WORKLOAD`: how a job's parallelism dimensions use the ports of circuit-switched rails, its step against a static split. */

import type { Command as Commander } from 'commander';
import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import type { Issue } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal } from '../../base/refusal.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { RailPlan } from '../../plan/phases/rail-share.ts';
import { shareRails } from '../../plan/phases/rail-share.ts';
import { networkView } from '../../study/fabric-view.ts';
import { defaultCalibration } from '../../traffic/calibration.ts';
import { communicationPhases } from '../../traffic/phases.ts';
import { computeParts, phaseDurations } from '../../traffic/step-time.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { readJob } from '../job-input.ts';
import { numberText, percentText } from '../number-text.ts';
import { plainTable } from '../plain-table.ts';
import type { Terminal } from '../terminal.ts';
import type { Layout } from '../topology-layout.ts';
import { layOutCircuits, layoutDocument } from '../topology-layout.ts';

interface TopologyOptions { readonly ports: string; readonly switchMs: string; readonly circuits?: true; readonly json?: true }

const portsMax = 16;
const switchMsMax = 60_000;
const alternativesShown = 8;

const examples = `
Examples:
  $ heliostat topology examples/cluster-1024.yaml examples/workload-llama-405b.yaml
  $ heliostat topology examples/cluster-1024.yaml examples/workload-mixtral.yaml --ports 4 --switch-ms 25 --json
  $ heliostat topology examples/cluster-1024.yaml examples/workload-mixtral.yaml --ports 6 --circuits

The job's rails are taken as circuit switches. Every division of the ports among its parallelism dimensions is timed: each on ports of
its own (static), or several sharing ports in time, with the switch set to the next one as soon as the one before is through.
Times are in closed form; "more" is against packet rails at full rate.
--circuits also lays out circuits that stay for the whole job: some ports of every accelerator form rings for its reductions, the others
follow matchings of its pairwise traffic, and pairs without a circuit are forwarded.
Exit codes: 0 done, 1 refused, 2 bad input.`;

function parseOptions(options: TopologyOptions): { readonly ports: number; readonly switchMs: number; readonly issues: readonly Issue[] } {
  const ports = Number(options.ports);
  const switchMs = Number(options.switchMs);
  const issues: Issue[] = [];
  if (!Number.isInteger(ports) || ports < 1 || ports > portsMax) {
    issues.push({ code: 'out-of-range', path: '--ports', value: options.ports, message: `The ports must be a whole number from 1 to ${portsMax}`, remedy: 'Write a whole number in that range' });
  }
  if (options.switchMs.trim() === '' || !(switchMs >= 0 && switchMs <= switchMsMax)) {
    issues.push({ code: 'out-of-range', path: '--switch-ms', value: options.switchMs, message: `The switching time must be from 0 to ${switchMsMax} ms`, remedy: 'Write milliseconds in that range' });
  }
  return { ports, switchMs, issues };
}

const sharesText = (alternative: RailPlan['chosen']): string => alternative.shares.map(({ dimensions, ports }) => `${dimensions.join(' + ')}: ${ports}`).join(', ');

function documentOf(plan: RailPlan, names: { readonly cluster: string; readonly workload: string }, layout: Layout | null): unknown {
  const alternativeOf = ({ shares, edgesWait, kind, stepNs, exact, overhead }: RailPlan['chosen']): unknown => ({ shares, edgesWait, kind, stepS: stepNs / 1e9, isLowerBound: !exact, overhead });
  return {
    schema: 'heliostat/topology/1', ...names, packetStepS: plan.packetStepNs / 1e9, chosen: alternativeOf(plan.chosen),
    schedules: plan.schedules.map(({ share, switches, hiddenShare, lateNs, windows }) => ({
      ...share, switchesPerStep: switches, hiddenShare, lateS: lateNs / 1e9,
      windows: windows.map((window) => ({ stage: window.stage, dimension: window.dimension, armS: window.armNs / 1e9, armedS: window.armedNs / 1e9, startS: window.startNs / 1e9, endS: window.endNs / 1e9 })),
    })),
    alternatives: plan.alternatives.map(alternativeOf), reasons: plan.reasons, ...(layout === null ? {} : { layout: layoutDocument(layout) }),
  };
}

function printLayout(terminal: Terminal, { places, portGbps, topology }: Layout): void {
  const { bold, dim } = terminal.colours;
  terminal.print('');
  terminal.print(`${bold('circuits for the whole job')}: ${places} scale-up domains, ${topology.graph.ports} ports of ${numberText(portGbps, 4)} Gb/s for each accelerator on its rail`);
  for (const reason of topology.reasons) terminal.print(`  ${reason}`);
  terminal.print('');
  terminal.print(plainTable(
    ['rings', 'matchings', 'communication s'], 3,
    topology.alternatives.slice(0, alternativesShown).map(({ rings, matchings, totalNs }) => [rings.join(' + ') || '0', String(matchings), numberText(totalNs / 1e9, 4)]), dim,
  ));
}

function tellRefusal(terminal: Terminal, { code, remedy, reasons }: Refusal, json: boolean): ExitCode {
  if (json) terminal.printJson({ refusal: { code, remedy, reasons } });
  else terminal.complain(`Refused (${code}, ${remedy}): ${reasons.join(' ')}`);
  return 1;
}

function runTopology(terminal: Terminal, files: { readonly cluster: string; readonly workload: string }, options: TopologyOptions): ExitCode {
  const json = options.json === true;
  const asked = parseOptions(options);
  if (asked.issues.length > 0) return reportIssues(terminal, asked.issues, { json });
  const read = readJob(files.cluster, files.workload);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const { cluster, workload, plan } = read.value;
  const compiled = compileWithPhysics(cluster.design, createCatalogue());
  if (!compiled.ok) return reportIssues(terminal, placeDesignIssues(cluster, compiled.issues), { json });
  const network = networkView(compiled.value);
  const phases = communicationPhases(workload.model, plan, network, defaultCalibration);
  const rails = shareRails({
    step: {
      plan, phases, durations: phaseDurations(phases, network, defaultCalibration), contention: defaultCalibration.network.contention,
      compute: computeParts(workload.model, plan, cluster.accelerator, { scaleUpSize: network.scaleUp.size }),
    },
    scaleUpSize: network.scaleUp.size, portsPerRail: asked.ports, switchNs: asked.switchMs * 1e6,
  });
  const layout = options.circuits === true ? layOutCircuits({ plan, network, phases, ports: asked.ports }) : null;
  if (isRefusal(rails)) return tellRefusal(terminal, rails, json);
  if (isRefusal(layout)) return tellRefusal(terminal, layout, json);
  if (json) {
    terminal.printJson(documentOf(rails, { cluster: cluster.name, workload: workload.name }, layout));
    return 0;
  }
  const { bold, dim } = terminal.colours;
  terminal.print(`${bold(workload.name)} on ${bold(cluster.name)}`);
  for (const reason of rails.reasons) terminal.print(`  ${reason}`);
  terminal.print('');
  terminal.print(plainTable(
    ['ports', 'kind', 'edge traffic', 'step s', 'more'], 3,
    rails.alternatives.slice(0, alternativesShown).map((one) => [
      sharesText(one), one.kind, one.edgesWait ? 'waits' : 'overlaps', `${one.exact ? '' : 'at least '}${numberText(one.stepNs / 1e9, 4)}`, percentText(one.overhead, 2),
    ]), dim,
  ));
  if (layout !== null) printLayout(terminal, layout);
  return 0;
}

export const topologyCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('topology')
      .description("divide or time-share the ports of circuit-switched rails among a job's parallelism dimensions")
      .argument('<cluster>', 'Cluster spec')
      .argument('<workload>', 'Workload spec')
      .option('--ports <count>', 'ports of an accelerator on its rail', '4')
      .option('--switch-ms <time>', 'from the command until light is settled, in milliseconds', '10')
      .option('--circuits', "also lay out circuits for the whole job: rings and matchings from its demand")
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((cluster: string, workload: string, options: TopologyOptions) => finish(runTopology(terminal, { cluster, workload }, options)));
  },
};
