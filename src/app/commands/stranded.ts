/** `heliostat stranded TRACE`: replays a record of server faults on machines of one size and says what stays healthy and yet of no use. */

import { readServerFaults } from '../../adapters/traces/server-faults.ts';
import { createDice } from '../../base/dice.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuseGroupSize, usableOnFabric } from '../../plan/placement/fabric-groups.ts';
import type { CountUsable, ReplayResult, ServerFaults } from '../../plan/placement/fault-replay.ts';
import { replayFaults } from '../../plan/placement/fault-replay.ts';
import { usableGpus } from '../../plan/placement/group-cut.ts';
import type { ClusterView } from '../../plan/placement/cluster-view.ts';
import { readPlacementCluster, viewOf } from '../fit-cluster.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { fixedText, percentText } from '../number-text.ts';
import { plainTable } from '../plain-table.ts';
import type { AskedMachines, MachineOptions } from '../stranded-machines.ts';
import { parseMachines } from '../stranded-machines.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat stranded examples/server-faults.json --servers 64
  heliostat stranded fault_trace.json                              400 servers of 8; groups of 16 and of 32
  heliostat stranded fault_trace.json --group 64 --domain 72,144 --cube none --ring 2,3,4 --json
  heliostat stranded fault_trace.json --cluster CLUSTER.yaml       your own fabric, cut by placement itself

TRACE is a JSON list of {"node_id", "event_time" in days, "event_type": "fault_start" | "fault_end"}, as the InfiniteHBD trace
(stepfun-ai/InfiniteHBD-Trace, SIGCOMM 2025) is written. It says which servers were down and when, not where they stood, so each
draw deals them onto the machine at random; the table gives the mean over draws and their standard deviation.

Stranded: healthy, and in no whole group, as a share of all accelerators, mean over time. In a domain any healthy accelerators
form a group; in a cube groups are aligned blocks; a ring of K hops passes by K - 1 dead servers in a row.

Exit code 0: done; 1: a group is larger than the fabric can hold together; 2: bad input.`;

interface Options extends MachineOptions {
  readonly cluster?: string;
  readonly json?: true;
}

export interface StrandedResult {
  readonly schema: 'heliostat/stranded/1';
  readonly trace: string;
  readonly servers: number;
  readonly gpusPerServer: number;
  readonly spanDays: number;
  readonly faultyServers: number;
  readonly downPct: number;
  readonly downServersMax: number;
  readonly draws: number;
  readonly seed: number;
  readonly machines: readonly { readonly name: string; readonly gpusPerGroup: number; readonly strandedPct: number; readonly spreadPct: number }[];
}

interface Question {
  readonly faults: ServerFaults;
  readonly asked: AskedMachines;
  readonly own: { readonly name: string; readonly view: ClusterView } | null;
}

function readQuestion(trace: string, options: Options): Parsed<Question> {
  const faults = readServerFaults(trace);
  const own = options.cluster === undefined ? null : readPlacementCluster(options.cluster);
  const design = own?.ok === true ? own.value.cluster.design : null;
  const asked = parseMachines(design === null ? options : { ...options, servers: String(design.gpus / design.gpusPerNode), gpusPerServer: String(design.gpusPerNode) });
  const issues: Issue[] = [...(faults.ok ? [] : faults.issues), ...(own === null || own.ok ? [] : own.issues), ...(asked.ok ? [] : asked.issues)];
  if (faults.ok && asked.ok && faults.value.serverNames.length > asked.value.servers) {
    issues.push({
      code: 'too-few-servers', path: options.cluster === undefined ? '--servers' : '--cluster', value: String(asked.value.servers),
      message: `The record names ${faults.value.serverNames.length} servers that failed`, remedy: 'Ask about at least as many servers',
    });
  }
  if (!faults.ok || own?.ok === false || !asked.ok || issues.length > 0) return { ok: false, issues };
  return parsed({ faults: faults.value, asked: asked.value, own: own === null ? null : { name: own.value.cluster.design.name, view: viewOf(own.value) } });
}

interface Arm { readonly name: string; readonly count: CountUsable }

/** The known machines, and the fabric of one's own behind them. */
function armsOf({ asked, own }: Question, gpusPerGroup: number): readonly Arm[] | Refusal {
  const { gpusPerServer } = asked;
  const known = asked.machines.map(({ name, machine }): Arm => ({ name, count: (isUp) => usableGpus(machine, isUp, { gpusPerServer, gpusPerGroup }) }));
  if (own === null) return known;
  const refused = refuseGroupSize(own.view.index, gpusPerGroup);
  return refused ?? [...known, { name: own.name, count: usableOnFabric(own.view, gpusPerServer, gpusPerGroup) }];
}

function runStranded(terminal: Terminal, trace: string, options: Options): ExitCode {
  const json = options.json === true;
  const read = readQuestion(trace, options);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const { faults, asked } = read.value;
  const machines: StrandedResult['machines'][number][] = [];
  let whole: ReplayResult | null = null;
  for (const gpusPerGroup of asked.groups) {
    const arms = armsOf(read.value, gpusPerGroup);
    if ('code' in arms) {
      if (json) terminal.printJson({ refusal: { code: arms.code, remedy: arms.remedy, reasons: arms.reasons } });
      else terminal.complain(`Refused (${arms.code}, ${arms.remedy}): ${arms.reasons.join(' ')}`);
      return 1;
    }
    whole = replayFaults({ faults, servers: asked.servers, gpusPerServer: asked.gpusPerServer, machines: arms.map(({ count }) => count), draws: asked.draws, dice: createDice(asked.seed) });
    arms.forEach(({ name }, row) => {
      const share = whole?.machines[row];
      machines.push({ name, gpusPerGroup, strandedPct: 100 * (share?.stranded ?? 0), spreadPct: 100 * (share?.spread ?? 0) });
    });
  }
  const result: StrandedResult = {
    schema: 'heliostat/stranded/1', trace, servers: asked.servers, gpusPerServer: asked.gpusPerServer, spanDays: faults.spanDays, faultyServers: faults.serverNames.length,
    downPct: 100 * (whole?.downShare ?? 0), downServersMax: whole?.downServersMax ?? 0, draws: asked.draws, seed: asked.seed, machines,
  };
  if (json) terminal.printJson(result);
  else printResult(result, terminal);
  return 0;
}

function printResult(result: StrandedResult, terminal: Terminal): void {
  const { bold, dim } = terminal.colours;
  const { servers, gpusPerServer, spanDays, faultyServers, downPct, downServersMax, draws, seed } = result;
  terminal.print(`${bold(result.trace)} ${dim(`on ${fixedText(servers, 0)} servers of ${gpusPerServer}, ${fixedText(spanDays, 1)} days, ${draws} draws from seed ${seed}`)}`);
  terminal.print(`${faultyServers} servers failed at some time; ${percentText(downPct / 100, 2)} of servers are down on average, at most ${downServersMax} at once.\n`);
  terminal.print(plainTable(
    ['machine', 'group GPUs', 'stranded %', 'between draws %'], 1,
    result.machines.map(({ name, gpusPerGroup, strandedPct, spreadPct }) => [name, fixedText(gpusPerGroup, 0), fixedText(strandedPct, 3), fixedText(spreadPct, 3)]), dim,
  ));
}

export const strandedCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('stranded')
      .description('replay a record of server faults: accelerators that are healthy and yet in no whole group, by architecture')
      .argument('<trace>', 'JSON list of fault starts and ends by server, times in days')
      .option('--cluster <file>', 'Cluster spec whose fabric is compared with the others, groups cut as `heliostat fit` cuts them')
      .option('--group <sizes>', 'accelerators that must stand together (tensor groups), a comma between sizes', '16,32')
      .option('--domain <sizes>', 'switched domains, accelerators each; none to leave them out', '72')
      .option('--cube <sizes>', 'cubes with aligned groups, accelerators each; none to leave them out', '64')
      .option('--ring <hops>', 'rings whose links reach so many servers ahead; none to leave them out', '2,3')
      .option('--servers <count>', 'servers of the machine, where no cluster is given', '400')
      .option('--gpus-per-server <count>', 'accelerators of a server, where no cluster is given', '8')
      .option('--draws <count>', 'random dealings of the servers onto the machine', '12')
      .option('--seed <number>', 'seed of the dealings', '1')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((trace: string, options: Options) => finish(runStranded(terminal, trace, options)));
  },
};
