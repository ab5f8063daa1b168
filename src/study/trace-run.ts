/** Runs a trace on the flow engine: ranks on the accelerators of a compiled fabric in order, every message on its real route. */

import { growingInts } from '../base/growing.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { FlowProgram } from '../sim/flow-program.ts';
import { runFlows } from '../sim/run-flows.ts';
import { defaultCalibration } from '../traffic/calibration.ts';
import type { RankFlows } from '../traffic/phase-flows.ts';
import type { TraceGraph } from '../traffic/trace/trace-graph.ts';
import type { MeetingCost, TraceJob, TraceJobOptions } from '../traffic/trace/trace-job.ts';
import { meetingFlows, meetingLatencyNs, traceJob } from '../traffic/trace/trace-job.ts';
import type { TraceMatches } from '../traffic/trace/trace-match.ts';
import { networkView } from './fabric-view.ts';
import { routeFlows, runPhase } from './phase-run.ts';

/** One rank, or one program that stands for all ranks. */
export interface RankOutcome {
  readonly rank: number;
  /** End of its last node. */
  readonly endNs: number;
  /** Recorded compute, each track by itself, summed. */
  readonly computeNs: number;
}

export interface TraceRun {
  readonly totalNs: number;
  /** Part of the total that a folded pipeline adds for filling and draining. */
  readonly bubbleNs: number;
  readonly ranks: readonly RankOutcome[];
  /** One program ran for all ranks; each distinct collective was run once, by all its groups together. */
  readonly folded: boolean;
  readonly flows: number;
  readonly solves: number;
  /** Bits that left accelerators, wire bits, one execution of every collective by every group. */
  readonly wireBits: number;
}

/** The transfers of a job, with the row of each among all its flows. */
function transfersOf(job: TraceJob): { readonly flows: RankFlows; readonly row: Int32Array } {
  const row = Int32Array.from({ length: job.flowCount }, (_, flow) => flow).filter((flow) => (job.sourceRank[flow] ?? -1) >= 0);
  return {
    row,
    flows: {
      flowCount: row.length, sourceRank: row.map((flow) => job.sourceRank[flow] ?? 0), targetRank: row.map((flow) => job.targetRank[flow] ?? 0),
      flowBits: Float64Array.from(row, (flow) => job.flowBits[flow] ?? 0),
    },
  };
}

/**
 * The job as a flow program. Fabric links come first, without latency, because a gate holds for it before the flow starts; then
 * one link of 1 Gb/s per track, on which a nanosecond of work is a bit; then one link per distinct delay of a gate.
 */
function layOutProgram(cluster: CompiledCluster, job: TraceJob): FlowProgram | Refusal {
  const { fabric } = cluster;
  const { flows, row } = transfersOf(job);
  const routes = routeFlows(cluster, flows);
  if (isRefusal(routes)) return routes;
  const transferOf = new Int32Array(job.flowCount).fill(-1);
  row.forEach((flow, transfer) => { transferOf[flow] = transfer; });
  const firstDelay = fabric.linkCount + job.trackCount;
  const delays = new Map<number, number>();
  const pathOffset = new Int32Array(job.flowCount + 1);
  const pathLink = growingInts();
  for (let flow = 0; flow < job.flowCount; flow++) {
    const transfer = transferOf[flow] ?? -1;
    let delayNs = job.delayNs[flow] ?? 0;
    for (let at = routes.pathOffset[transfer] ?? 0; transfer >= 0 && at < (routes.pathOffset[transfer + 1] ?? 0); at++) {
      const link = routes.pathLink[at] ?? 0;
      if ((job.flowBits[flow] ?? 0) > 0) pathLink.push(link);
      else delayNs += fabric.linkLatencyNs[link] ?? 0;
    }
    const track = job.flowTrack[flow] ?? -1;
    if (track >= 0) pathLink.push(fabric.linkCount + track);
    if (delayNs > 0) {
      let delay = delays.get(delayNs);
      if (delay === undefined) delays.set(delayNs, delay = firstDelay + delays.size);
      pathLink.push(delay);
    }
    pathOffset[flow + 1] = pathLink.length;
  }
  const linkCount = firstDelay + delays.size;
  const linkRateGbps = new Float64Array(linkCount).fill(1);
  linkRateGbps.set(fabric.linkRateGbps);
  const linkLatencyNs = new Float64Array(linkCount);
  for (const [delayNs, link] of delays) linkLatencyNs[link] = delayNs;
  return {
    linkCount, linkRateGbps, linkLatencyNs,
    flowCount: job.flowCount, flowBits: job.flowBits, flowStartNs: new Float64Array(job.flowCount), flowWeight: null, flowCapGbps: null, flowPriority: null,
    pathOffset, pathLink: pathLink.finish(), afterOffset: job.afterOffset, afterFlow: job.afterFlow,
    eventNs: new Float64Array(0), eventLink: new Int32Array(0), eventRateGbps: new Float64Array(0),
  };
}

/** What one execution of a meeting's collective is, for meetings that are alike. */
const meetingKey = (graph: TraceGraph, node: number): string => `${graph.nodeOp[node] ?? 0} ${graph.nodeGroup[node] ?? 0} ${graph.nodeBits[node] ?? 0}`;

interface MeasuredCosts {
  costOf(node: number): MeetingCost;
  /** The first refusal met while measuring, and the effort so far. */
  readonly refusal: Refusal | null;
  readonly flows: number;
  readonly solves: number;
}

/** Runs each distinct collective of a folded trace once, when it is first asked for: all groups at the same time, on the fabric. */
function measureCosts(cluster: CompiledCluster, graph: TraceGraph, options: TraceJobOptions): MeasuredCosts {
  const known = new Map<string, MeetingCost>();
  let refusal: Refusal | null = null;
  let flows = 0;
  let solves = 0;
  return {
    costOf(node) {
      const key = meetingKey(graph, node);
      let cost = known.get(key);
      if (cost !== undefined) return cost;
      const run = runPhase(cluster, meetingFlows(graph, node, options));
      if (isRefusal(run)) refusal ??= run;
      else {
        flows += run.flows;
        solves += run.solves;
      }
      cost = { latencyNs: meetingLatencyNs(graph, node, options), streamingNs: isRefusal(run) ? 0 : run.streamingNs };
      known.set(key, cost);
      return cost;
    },
    get refusal() { return refusal; },
    get flows() { return flows; },
    get solves() { return solves; },
  };
}

/** Wire bits of everything a trace sends, as the routed flows carry them. */
function wireBitsOf(graph: TraceGraph, matches: TraceMatches, job: TraceJob, options: TraceJobOptions): number {
  let bits = 0;
  if (!graph.folded) {
    for (let flow = 0; flow < job.flowCount; flow++) if ((job.sourceRank[flow] ?? -1) >= 0) bits += job.flowBits[flow] ?? 0;
    return bits;
  }
  const perMeeting = new Map<string, number>();
  for (const node of matches.meetingNode) {
    const key = meetingKey(graph, node);
    let one = perMeeting.get(key);
    if (one === undefined) perMeeting.set(key, one = meetingFlows(graph, node, options).flowBits.reduce((sum, flowBits) => sum + flowBits, 0));
    bits += one;
  }
  return bits;
}

function rankOutcome(graph: TraceGraph, job: TraceJob, completionNs: Float64Array, program: number): RankOutcome {
  let endNs = 0;
  let computeNs = 0;
  for (let node = graph.programNode[program] ?? 0; node < (graph.programNode[program + 1] ?? 0); node++) {
    endNs = Math.max(endNs, completionNs[job.nodeFlow[node] ?? 0] ?? 0);
    computeNs += graph.nodeDurationNs[node] ?? 0;
  }
  return { rank: program, endNs, computeNs };
}

/**
 * Time that pipeline stages stand idle: microbatches run one after another on every stage, and (stages - 1) / (microbatches x
 * chunks) of their time passes before the last stage has work (Narayanan et al., SC'21, section 2.2).
 */
function bubbleOf(graph: TraceGraph, job: TraceJob, completionNs: Float64Array): number {
  const { pipeline } = graph;
  if (pipeline === null || pipeline.stages <= 1) return 0;
  const chainNs = completionNs[job.nodeFlow[pipeline.lastNode] ?? 0] ?? 0;
  return (chainNs * (pipeline.stages - 1)) / (pipeline.microbatches * pipeline.chunks);
}

/** Refused when the cluster has fewer accelerators than the trace has ranks, a pair has no route with light, or the job is too large. */
export function runTrace(cluster: CompiledCluster, graph: TraceGraph, matches: TraceMatches): TraceRun | Refusal {
  const gpus = cluster.fabric.gpuNode.length;
  if (graph.rankCount > gpus) return refuse('too-few-accelerators', 'never', `The trace has ${graph.rankCount} ranks and the cluster ${gpus} accelerators.`, 'Give a cluster with at least one accelerator per rank.');
  const options = { network: networkView(cluster), constants: defaultCalibration.network };
  const measured = measureCosts(cluster, graph, options);
  const job = traceJob(graph, matches, { ...options, costOf: (node) => measured.costOf(node) });
  if (isRefusal(job)) return job;
  if (measured.refusal !== null) return measured.refusal;
  const program = layOutProgram(cluster, job);
  if (isRefusal(program)) return program;
  const outcome = runFlows(program);
  if (isRefusal(outcome)) return outcome;
  const bubbleNs = bubbleOf(graph, job, outcome.completionNs);
  return {
    totalNs: outcome.makespanNs + bubbleNs, bubbleNs, folded: graph.folded, flows: measured.flows + job.flowCount, solves: measured.solves + outcome.solves,
    ranks: Array.from({ length: graph.programCount }, (_, at) => rankOutcome(graph, job, outcome.completionNs, at)),
    wireBits: wireBitsOf(graph, matches, job, options),
  };
}
