/** `heliostat collective`: time, algorithm bandwidth and bus bandwidth of one collective, the way nccl-tests prints them. */

import type { Command as Commander } from 'commander';
import { isRefusal } from '../../base/refusal.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import { networkView } from '../../study/fabric-view.ts';
import { runPhase } from '../../study/phase-run.ts';
import { defaultCalibration } from '../../traffic/calibration.ts';
import type { CollectiveAlgorithm, CollectiveCost, CollectiveRequest, PortNetwork } from '../../traffic/collectives/closed-form.ts';
import { collectiveAlgorithms, collectiveCost, fastestAlgorithm, lowerBound } from '../../traffic/collectives/closed-form.ts';
import type { FabricBound } from '../../traffic/collectives/fabric-bound.ts';
import { fabricBound } from '../../traffic/collectives/fabric-bound.ts';
import type { NcclChoice } from '../../traffic/collectives/nccl-choice.ts';
import { ncclCandidates } from '../../traffic/collectives/nccl-choice.ts';
import { busFactor } from '../../traffic/collectives/operation.ts';
import { skewedExchange } from '../../traffic/collectives/skewed-exchange.ts';
import { zipfShares } from '../../traffic/expert-load.ts';
import { phaseFlows } from '../../traffic/phase-flows.ts';
import { compileClusterFile } from '../cluster-input.ts';
import type { CollectiveOptions, CollectiveQuestion } from '../collective-question.ts';
import { optionName, parseCollective } from '../collective-question.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { numberText, percentText } from '../number-text.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  $ heliostat collective --op all-reduce --algorithm ring --ranks 64 --size 1GiB --bandwidth 400Gbps --latency 500ns
  $ heliostat collective --op all-to-all --ranks 64 --size 64MiB --bandwidth 400Gbps --latency 3us --domain 8 --domain-bandwidth 3600Gbps
  $ heliostat collective --op all-to-all --ranks 64 --size 64MiB --bandwidth 400Gbps --zipf 1.2
  $ heliostat collective --op all-reduce --ranks 1024 --size 1GiB --cluster examples/cluster-1024.yaml
  $ heliostat collective --op all-reduce --algorithm ring --ranks 64 --size 1GiB --bandwidth 400Gbps --latency 500ns --cluster examples/cluster-1024.yaml

Operations: all-reduce, all-gather, reduce-scatter, all-to-all, broadcast, point-to-point.
Algorithms: ${[...collectiveAlgorithms.map(optionName), 'auto'].join(', ')}.
Size as nccl-tests counts it: the whole vector of an all-reduce or broadcast, the gathered output of an all-gather, the input
of a reduce-scatter, the send buffer of one rank of an all-to-all. GB/s are 1e9 bytes per second. --bandwidth is the rate of a
rank in one direction, --latency the time of an empty message; --domain gives ranks that share a faster network. --cluster
gives all of these and runs the bytes on its routes; with --bandwidth beside it the closed form keeps to the options.`;

/** GB/s of `bits` in `ns`. */
const gigabytesPerS = (bits: number, ns: number): number => (ns > 0 ? bits / 8 / ns : 0);

/** What the compiled fabric adds: streaming of the ring or rail-aligned exchange on its real links and routes. */
interface FabricRun {
  readonly cluster: CompiledCluster;
  readonly streamingNs: number;
  readonly flows: number;
  /** The worst cut: no algorithm streams faster. */
  readonly bound: FabricBound;
}

/** Usable payload rates of a cluster, raw: no protocol share, so that the answer is comparable with the closed form above it. */
function portsOf(cluster: CompiledCluster): PortNetwork {
  const { scaleUp, scaleOut } = networkView(cluster);
  const domain = scaleUp.size > 1 ? { size: scaleUp.size, rateGbps: scaleUp.rateGbps, latencyNs: scaleUp.latencyNs } : null;
  return { rateGbps: scaleOut.rateGbps, latencyNs: scaleOut.coreLatencyNs, domain };
}

/** Streams the collective over the fabric; null for operations without streams or more ranks than the cluster has. */
function runOnFabric(cluster: CompiledCluster, question: CollectiveQuestion): FabricRun | null {
  if (question.op === 'broadcast' || question.zipf > 0 || question.ranks > cluster.fabric.gpuNode.length) return null;
  const phase = {
    name: question.op, trafficClass: 'allReduce', op: question.op, group: { size: question.ranks, stride: 1 }, groups: 1, bits: question.bits,
    crossDomainBits: null, perMicrobatch: 0, perStep: 1, window: 'none', hiddenShare: 0,
  } as const;
  // Shares of 1 leave the wire bits as the payload, comparable with the closed form.
  const constants = { ...defaultCalibration.network, scaleUpShare: 1, scaleOutShare: 1 };
  const run = runPhase(cluster, phaseFlows(phase, { network: networkView(cluster), constants }));
  if (isRefusal(run)) return null;
  const everyone = Array.from({ length: question.ranks }, (_, rank) => rank);
  return { cluster, streamingNs: run.streamingNs, flows: run.flows, bound: fabricBound(cluster.fabric, { op: question.op, bits: question.bits, groups: [everyone] }) };
}

interface Answer {
  readonly question: CollectiveQuestion;
  readonly algorithm: CollectiveAlgorithm;
  readonly cost: CollectiveCost;
  readonly bound: CollectiveCost;
  readonly others: readonly { readonly algorithm: CollectiveAlgorithm; readonly timeNs: number }[];
  /** What NCCL's tuner would take with its own latencies; null for operations it has no ring for. */
  readonly nccl: NcclChoice | null;
  readonly fabric: FabricRun | null;
}

function fabricJson({ cluster, streamingNs, flows, bound }: FabricRun): Readonly<Record<string, unknown>> {
  return {
    cluster: cluster.design.name, streaming_s: streamingNs / 1e9, flows,
    optimal_s: bound.boundNs / 1e9, optimal_cut: bound.cut, share_of_optimum: streamingNs > 0 ? bound.boundNs / streamingNs : 1,
  };
}

function answerJson({ question, algorithm, cost, bound, others, nccl, fabric }: Answer): Readonly<Record<string, unknown>> {
  const { op, ranks, bits } = question;
  const algbw = gigabytesPerS(bits, cost.timeNs);
  return {
    op: optionName(op), algorithm: optionName(algorithm), ranks, size_bytes: bits / 8,
    time_s: cost.timeNs / 1e9, latency_s: cost.latencyNs / 1e9, streaming_s: cost.streamingNs / 1e9, steps: cost.steps,
    algbw_GBps: algbw, busbw_GBps: algbw * busFactor(op, ranks),
    lower_bound_s: bound.timeNs / 1e9,
    ...(nccl === null ? {} : { nccl: { algorithm: nccl.algorithm, protocol: nccl.protocol, time_s: nccl.timeNs / 1e9 } }),
    candidates: others.map((other) => ({ algorithm: optionName(other.algorithm), time_s: other.timeNs / 1e9 })),
    ...(fabric === null ? {} : { fabric: fabricJson(fabric) }),
  };
}

const timeText = (ns: number): string => (ns >= 1e6 ? `${numberText(ns / 1e6, 6)} ms` : ns >= 1e3 ? `${numberText(ns / 1e3, 6)} us` : `${numberText(ns, 6)} ns`);

function printAnswer(terminal: Terminal, { question, algorithm, cost, bound, others, nccl, fabric }: Answer): void {
  const { bold, dim } = terminal.colours;
  const { op, ranks, bits } = question;
  const algbw = gigabytesPerS(bits, cost.timeNs);
  terminal.print(`${bold(`${optionName(op)} ${optionName(algorithm)}`)} over ${ranks} ranks, ${numberText(bits / 8, 10)} bytes`);
  terminal.print(bold(`${'time'.padStart(16)}${'algbw GB/s'.padStart(14)}${'busbw GB/s'.padStart(14)}`));
  terminal.print(`${timeText(cost.timeNs).padStart(16)}${numberText(algbw, 4).padStart(14)}${numberText(algbw * busFactor(op, ranks), 4).padStart(14)}`);
  terminal.print(`  ${cost.steps} steps take ${timeText(cost.latencyNs)}, the bytes ${timeText(cost.streamingNs)}`);
  if (cost.timeNs > 0) terminal.print(`  no algorithm is faster than ${timeText(bound.timeNs)}: ${percentText(bound.timeNs / cost.timeNs, 1)} of the optimum is reached`);
  if (fabric !== null) terminal.print(`  on ${fabric.cluster.design.name} the bytes of a rail-aligned exchange stream in ${timeText(fabric.streamingNs)} (${fabric.flows} flows on the flow engine)`);
  if (fabric !== null && fabric.bound.cut !== null) {
    const { cut, cutGbps, boundNs } = fabric.bound;
    terminal.print(`  its worst cut is ${cut} at ${numberText(cutGbps)} Gb/s: no algorithm streams faster than ${timeText(boundNs)}, ${percentText(boundNs / fabric.streamingNs, 1)} of the optimum is reached`);
  }
  if (nccl !== null) terminal.print(`  NCCL's tuner, with its own latencies, would take ${nccl.algorithm} ${nccl.protocol} and expect ${timeText(nccl.timeNs)}`);
  terminal.print(dim(`  ${others.map((other) => `${optionName(other.algorithm)} ${timeText(other.timeNs)}`).join(', ')}`));
}

/** The ring of NCCL over these ports: inside a domain at its rate, between domains through all its ports at once. */
function ncclAnswer({ op, ranks, bits, network }: CollectiveRequest): NcclChoice | null {
  if (ranks <= 1 || op === 'allToAll' || op === 'pointToPoint') return null;
  const ranksPerNode = Math.min(network.domain?.size ?? 1, ranks);
  const nodes = Math.ceil(ranks / ranksPerNode);
  const outer = network.rateGbps * ranksPerNode;
  const busGbps = nodes === 1 ? network.domain?.rateGbps ?? network.rateGbps : Math.min(network.domain?.rateGbps ?? outer, outer);
  return ncclCandidates({ op, nodes, ranksPerNode, bits, busGbps })[0] ?? null;
}

/** A direct all-to-all whose receivers are not alike, over the ports that every rank has by itself; no exchange is faster. */
function skewedAnswer(question: CollectiveQuestion, network: PortNetwork, fabric: FabricRun | null): Answer {
  const cost = skewedExchange(zipfShares(question.ranks, question.zipf), question.bits, network);
  return { question, algorithm: 'direct', cost, bound: cost, others: [{ algorithm: 'direct', timeNs: cost.timeNs }], nccl: null, fabric };
}

function answer(question: CollectiveQuestion, network: PortNetwork, fabric: FabricRun | null): Answer | { readonly refused: readonly string[] } {
  if (question.zipf > 0) return skewedAnswer(question, network, fabric);
  const request: CollectiveRequest = { op: question.op, ranks: question.ranks, bits: question.bits, network };
  const others: { algorithm: CollectiveAlgorithm; timeNs: number }[] = [];
  for (const algorithm of collectiveAlgorithms) {
    const found = collectiveCost(request, algorithm);
    if (!isRefusal(found)) others.push({ algorithm, timeNs: found.timeNs });
  }
  others.sort((a, b) => a.timeNs - b.timeNs || collectiveAlgorithms.indexOf(a.algorithm) - collectiveAlgorithms.indexOf(b.algorithm));
  const algorithm = question.algorithm === 'auto' ? fastestAlgorithm(request)?.algorithm : question.algorithm;
  if (algorithm === undefined) return { refused: [`No algorithm serves ${question.op} here.`] };
  const cost = collectiveCost(request, algorithm);
  return isRefusal(cost) ? { refused: cost.reasons } : { question, algorithm, cost, bound: lowerBound(request), others, nccl: ncclAnswer(request), fabric };
}

function runCollective(terminal: Terminal, options: CollectiveOptions): ExitCode {
  const json = options.json === true;
  const question = parseCollective(options);
  if (!question.ok) return reportIssues(terminal, question.issues, { json });
  let network = question.value.network;
  let fabric: FabricRun | null = null;
  if (options.cluster !== undefined) {
    const compiled = compileClusterFile(options.cluster);
    if (!compiled.ok) return reportIssues(terminal, compiled.issues, { json });
    network ??= portsOf(compiled.value);
    fabric = runOnFabric(compiled.value, question.value);
  }
  if (network === null) return 2;
  const found = answer(question.value, network, fabric);
  if ('refused' in found) {
    if (json) terminal.printJson({ refusal: { code: 'algorithm-not-applicable', remedy: 'never', reasons: found.refused } });
    else terminal.complain(`${found.refused.join(' ')} Choose another algorithm, or auto. [algorithm-not-applicable]`);
    return 1;
  }
  if (json) terminal.printJson(answerJson(found));
  else printAnswer(terminal, found);
  return 0;
}

export const collectiveCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('collective')
      .description('time one collective and print its algorithm and bus bandwidth')
      .requiredOption('--op <operation>', 'what is done')
      .option('--algorithm <name>', 'how it is done', 'auto')
      .requiredOption('--ranks <count>', 'ranks that take part')
      .requiredOption('--size <data>', 'size, for example 1GiB')
      .option('--bandwidth <rate>', 'rate of a rank, one direction')
      .option('--latency <time>', 'time of an empty message; 0 when left out')
      .option('--domain <ranks>', 'ranks that share a scale-up network')
      .option('--domain-bandwidth <rate>', 'rate of a rank inside its domain')
      .option('--domain-latency <time>', 'latency inside a domain; that of --latency when left out')
      .option('--zipf <exponent>', 'share the traffic of an all-to-all among its receivers by this law')
      .option('--cluster <file>', 'run on the routes of a cluster, and take rates and latencies from it where not given')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((options: CollectiveOptions) => finish(runCollective(terminal, options)));
  },
};
