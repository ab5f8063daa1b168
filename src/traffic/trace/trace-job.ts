/**
 * A matched trace as a job: rank-to-rank flows, work on tracks and delays, each waiting for others, ready to be routed and run.
 *
 * A compute node is work on its track: nanoseconds that nodes running at the same time share. A collective is a gate that opens
 * once every rank is there and holds for the closed-form latency of the algorithm, then the streams of `phase-flows.ts`; its
 * end is the last stream. A message is a gate for its latency, then a flow; the receive ends when both it and the flow are there.
 */

import { growingFloats, growingInts } from '../../base/growing.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { NetworkCalibration } from '../calibration.ts';
import { groupCollective } from '../collectives/group-collective.ts';
import { collectiveOps } from '../collectives/operation.ts';
import type { NetworkView, RankGroup } from '../network-view.ts';
import { placeGroup } from '../network-view.ts';
import type { RankFlows } from '../phase-flows.ts';
import { phaseFlows } from '../phase-flows.ts';
import type { TraceGraph } from './trace-graph.ts';
import { nodeTitle, traceNodeKinds } from './trace-graph.ts';
import type { TraceMatches } from './trace-match.ts';
import { groupWaits } from './waits.ts';

/** More flows than this are refused. */
export const traceFlowsMax = 20_000_000;

export interface TraceJob {
  readonly flowCount: number;
  /** Ends of a transfer; -1 for work and gates that belong to no pair of ranks. */
  readonly sourceRank: Int32Array;
  readonly targetRank: Int32Array;
  /** Wire bits of a transfer; nanoseconds of work on a track; 0 for a gate. */
  readonly flowBits: Float64Array;
  /** How long a gate holds; a gate with ends holds for the latency of their route on top. */
  readonly delayNs: Float64Array;
  /** Track of work, -1 otherwise. */
  readonly flowTrack: Int32Array;
  readonly trackCount: number;
  readonly afterOffset: Int32Array;
  readonly afterFlow: Int32Array;
  /** The flow whose completion ends a node. */
  readonly nodeFlow: Int32Array;
}

export interface TraceJobOptions {
  readonly network: NetworkView;
  readonly constants: NetworkCalibration;
}

/** One execution of a collective by every group that takes part. */
export interface MeetingCost {
  readonly latencyNs: number;
  readonly streamingNs: number;
}

interface FlowDraft { readonly source?: number; readonly target?: number; readonly bits?: number; readonly delayNs?: number; readonly track?: number }

function createFlowList() {
  const sourceRank = growingInts();
  const targetRank = growingInts();
  const flowBits = growingFloats();
  const delayNs = growingFloats();
  const flowTrack = growingInts();
  const waiting = growingInts();
  const earlier = growingInts();
  return {
    get length() { return flowBits.length; },
    add(flow: FlowDraft): number {
      sourceRank.push(flow.source ?? -1);
      targetRank.push(flow.target ?? -1);
      flowBits.push(flow.bits ?? 0);
      delayNs.push(flow.delayNs ?? 0);
      flowTrack.push(flow.track ?? -1);
      return flowBits.length - 1;
    },
    after(flow: number, before: number): void {
      waiting.push(flow);
      earlier.push(before);
    },
    finish(trackCount: number, nodeFlow: Int32Array): TraceJob {
      const { beforeOffset, before } = groupWaits(flowBits.length, waiting.finish(), earlier.finish());
      return {
        flowCount: flowBits.length, sourceRank: sourceRank.finish(), targetRank: targetRank.finish(), flowBits: flowBits.finish(),
        delayNs: delayNs.finish(), flowTrack: flowTrack.finish(), trackCount, afterOffset: beforeOffset, afterFlow: before, nodeFlow,
      };
    },
  };
}

type FlowList = ReturnType<typeof createFlowList>;

/** Size and stride of ranks that are evenly spaced, or `null`. */
export function evenSpacing(ranks: Int32Array): RankGroup | null {
  const first = ranks[0] ?? 0;
  const stride = ranks.length > 1 ? (ranks[1] ?? 0) - first : 1;
  return ranks.every((rank, member) => rank === first + member * stride) ? { size: ranks.length, stride } : null;
}

/** A network without fast domains: what unevenly spaced ranks are timed on, so that no member is taken for a neighbour. */
const flatNetwork = (network: NetworkView): NetworkView => ({ ...network, scaleUp: { size: 1, rateGbps: network.scaleOut.rateGbps, latencyNs: network.scaleOut.latencyNs } });

/** The collective of a meeting as a phase of one group, and where its first rank stands. */
export function meetingPhase(graph: TraceGraph, node: number, network: NetworkView) {
  const op = collectiveOps[graph.nodeOp[node] ?? 0] ?? 'allReduce';
  const group = graph.groups[graph.nodeGroup[node] ?? 0];
  const even = group === undefined ? null : group.kind === 'family' ? group.family : evenSpacing(group.ranks);
  const size = group?.kind === 'ranks' ? group.ranks.length : (group?.family.size ?? 1);
  const spacing = even ?? { size, stride: 1 };
  const groups = group?.kind === 'family' ? Math.max(1, Math.floor(graph.rankCount / size)) : 1;
  return {
    phase: {
      name: nodeTitle(graph, node), trafficClass: 'allReduce', op, group: spacing, groups, bits: graph.nodeBits[node] ?? 0,
      crossDomainBits: null, perMicrobatch: 0, perStep: 1, window: 'none', hiddenShare: 0,
    } as const,
    network: even === null ? flatNetwork(network) : network,
    firstRank: even !== null && group?.kind === 'ranks' ? (group.ranks[0] ?? 0) : 0,
    /** Rank of each member where they are unevenly spaced. */
    ranks: even === null && group?.kind === 'ranks' ? group.ranks : null,
  };
}

/** Streams of one execution, with the ranks of the trace at their ends. */
export function meetingFlows(graph: TraceGraph, node: number, options: TraceJobOptions): RankFlows {
  const { phase, network, firstRank, ranks } = meetingPhase(graph, node, options.network);
  const flows = phaseFlows(phase, { network, constants: options.constants, rankOffset: firstRank });
  if (ranks === null) return flows;
  return { ...flows, sourceRank: flows.sourceRank.map((member) => ranks[member] ?? 0), targetRank: flows.targetRank.map((member) => ranks[member] ?? 0) };
}

/** Latency of one execution: start, steps and propagation of the algorithm in closed form. */
export function meetingLatencyNs(graph: TraceGraph, node: number, options: TraceJobOptions): number {
  const { phase, network } = meetingPhase(graph, node, options.network);
  return groupCollective(phase, network, options.constants).latencyNs;
}

/** Flows that the streams of a meeting can be at most, known before they are made (see `phase-flows.ts`). */
function streamsAtMost(graph: TraceGraph, node: number, network: NetworkView): number {
  const { phase, network: seen } = meetingPhase(graph, node, network);
  const { ranksPerDomain, domains } = placeGroup(phase.group, seen);
  return phase.groups * phase.group.size * (phase.op === 'allToAll' ? ranksPerDomain + domains : ranksPerDomain);
}

/** Refuses a job whose collectives have more streams than can be run: all together, or in a folded trace any one. */
function refuseSize(graph: TraceGraph, matches: TraceMatches, network: NetworkView): Refusal | null {
  let flows = 3 * graph.nodeCount;
  for (const node of matches.meetingNode) {
    const streams = streamsAtMost(graph, node, network);
    flows += graph.folded ? 3 : streams;
    if (flows <= traceFlowsMax && streams <= traceFlowsMax) continue;
    return refuse(
      'trace-too-large', 'never', `The collectives of this trace have more than ${traceFlowsMax} flows.`,
      'Cut the trace to fewer steps or ranks, or give the trace of one rank alone: it then stands for all and each distinct collective is run once.',
    );
  }
  return null;
}

const kindOf = (graph: TraceGraph, node: number): string => traceNodeKinds[graph.nodeKind[node] ?? 0] ?? 'compute';

/** The flow that opens a node and the one that ends it. */
interface Ends { readonly first: number; readonly last: number }

function addMeeting(list: FlowList, graph: TraceGraph, node: number, options: TraceJobOptions): Ends {
  const gate = list.add({ delayNs: meetingLatencyNs(graph, node, options) });
  const flows = meetingFlows(graph, node, options);
  if (flows.flowCount === 0) return { first: gate, last: gate };
  const streams = Array.from({ length: flows.flowCount }, (_, flow) => list.add({ source: flows.sourceRank[flow] ?? 0, target: flows.targetRank[flow] ?? 0, bits: flows.flowBits[flow] ?? 0 }));
  const end = list.add({});
  for (const stream of streams) {
    list.after(stream, gate);
    list.after(end, stream);
  }
  return { first: gate, last: end };
}

/** A message takes the share of the raw rate that its tier's transport reaches, and its software start, as collectives do. */
function addMessage(list: FlowList, ends: { readonly source: number; readonly target: number }, bits: number, { network, constants }: TraceJobOptions): Ends {
  const { source, target } = ends;
  const inside = Math.floor(source / network.scaleUp.size) === Math.floor(target / network.scaleUp.size);
  const gate = list.add({ source, target, delayNs: inside ? constants.scaleUpStepNs : constants.scaleOutStepNs });
  if (bits <= 0) return { first: gate, last: gate };
  const flow = list.add({ source, target, bits: bits / (inside ? constants.scaleUpShare : constants.scaleOutShare) });
  list.after(flow, gate);
  return { first: gate, last: flow };
}

/** Tracks of each program numbered over all programs. */
function layOutTracks(graph: TraceGraph): { readonly nodeTrack: Int32Array; readonly trackCount: number } {
  const rows = new Map<string, number>();
  const nodeTrack = new Int32Array(graph.nodeCount);
  for (let program = 0; program < graph.programCount; program++) {
    for (let node = graph.programNode[program] ?? 0; node < (graph.programNode[program + 1] ?? 0); node++) {
      const key = `${program} ${graph.nodeTrack[node] ?? 0}`;
      let row = rows.get(key);
      if (row === undefined) rows.set(key, row = rows.size);
      nodeTrack[node] = row;
    }
  }
  return { nodeTrack, trackCount: rows.size };
}

/**
 * The job of a matched trace. A folded trace runs one program; each of its collectives is work on one shared network track that
 * takes as long as `costOf` says one execution by all groups takes, so `costOf` decides how it is timed.
 */
export function traceJob(graph: TraceGraph, matches: TraceMatches, options: TraceJobOptions & { readonly costOf: (node: number) => MeetingCost }): TraceJob | Refusal {
  const tooLarge = refuseSize(graph, matches, options.network);
  if (tooLarge !== null) return tooLarge;
  const list = createFlowList();
  const { nodeTrack, trackCount } = layOutTracks(graph);
  const networkTrack = trackCount;
  const meetings: Ends[] = [];
  for (const node of matches.meetingNode) {
    if (!graph.folded) {
      meetings.push(addMeeting(list, graph, node, options));
      continue;
    }
    const { latencyNs, streamingNs } = options.costOf(node);
    const gate = list.add({ delayNs: latencyNs });
    const work = list.add({ track: networkTrack, bits: streamingNs });
    list.after(work, gate);
    meetings.push({ first: gate, last: work });
  }
  const nodeFirst = new Int32Array(graph.nodeCount);
  const nodeFlow = new Int32Array(graph.nodeCount);
  for (let program = 0; program < graph.programCount; program++) {
    for (let node = graph.programNode[program] ?? 0; node < (graph.programNode[program + 1] ?? 0); node++) {
      const ends = openNode(list, graph, node, { program, track: nodeTrack[node] ?? 0, meeting: meetings[matches.nodeMeeting[node] ?? -1], options });
      const leadNs = graph.nodeLeadNs[node] ?? 0;
      nodeFlow[node] = ends.last;
      nodeFirst[node] = ends.first;
      if (leadNs <= 0) continue;
      const lead = list.add({ delayNs: leadNs });
      list.after(ends.first, lead);
      nodeFirst[node] = lead;
    }
  }
  for (let node = 0; node < graph.nodeCount; node++) {
    const first = nodeFirst[node] ?? 0;
    for (let at = graph.afterOffset[node] ?? 0; at < (graph.afterOffset[node + 1] ?? 0); at++) list.after(first, nodeFlow[graph.afterNode[at] ?? 0] ?? 0);
    const send = matches.receiveSend[node] ?? -1;
    if (send >= 0) list.after(nodeFlow[node] ?? 0, nodeFlow[send] ?? 0);
  }
  return list.finish(trackCount + 1, nodeFlow);
}

function openNode(list: FlowList, graph: TraceGraph, node: number, at: { readonly program: number; readonly track: number; readonly meeting: Ends | undefined; readonly options: TraceJobOptions }): Ends {
  if (at.meeting !== undefined) return at.meeting;
  if (kindOf(graph, node) === 'send') return addMessage(list, { source: at.program, target: graph.nodePeer[node] ?? 0 }, graph.nodeBits[node] ?? 0, at.options);
  const durationNs = graph.nodeDurationNs[node] ?? 0;
  const flow = list.add(durationNs > 0 ? { track: at.track, bits: durationNs } : {});
  return { first: flow, last: flow };
}
