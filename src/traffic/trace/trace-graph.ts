/**
 * A workload trace as one graph: what every rank computes, sends and waits for, whatever file format it came from.
 *
 * A *program* is the list of nodes that a rank runs. Either every rank has a program of its own (`rankProgram[r] = r`), and
 * groups name their ranks; or one program stands for all ranks (a *folded* trace), and groups are families: all groups of
 * that size and stride run the node at the same time. Node n waits for nodes afterNode[afterOffset[n] .. afterOffset[n + 1])
 * of the same program. Nodes of a program are consecutive rows, in the order in which the rank issues them.
 */

import type { Issue } from '../../base/issue.ts';
import type { TrafficClassName } from '../classes.ts';
import type { CollectiveOp } from '../collectives/operation.ts';
import type { RankGroup } from '../network-view.ts';

export const traceNodeKinds = ['compute', 'collective', 'send', 'receive'] as const;
export type TraceNodeKind = (typeof traceNodeKinds)[number];

export const traceFormats = ['chakra', 'chakra-json', 'pytorch-et', 'simai', 'goal', 'kineto'] as const;
export type TraceFormat = (typeof traceFormats)[number];

/** Who takes part in a collective: named ranks in ascending order, or every group of a size and stride at once. */
export type TraceGroup =
  | { readonly kind: 'ranks'; readonly ranks: Int32Array }
  | { readonly kind: 'family'; readonly family: RankGroup };

/** Microbatches that a folded program runs one after another while the stages before and behind it fill and drain. */
export interface TracePipeline {
  readonly stages: number;
  readonly microbatches: number;
  /** Virtual stages per rank; 1 without interleaving. */
  readonly chunks: number;
  /** The node that ends the chain of microbatches; what is still under way then is not repeated per stage. */
  readonly lastNode: number;
}

/** How a place in a file is told: a line from 1, a byte offset from 0, or an entry of a list in a document. */
export type TracePlaces = { readonly kind: 'line' } | { readonly kind: 'byte' } | { readonly kind: 'entry'; readonly list: string };

export interface TraceGraph {
  readonly name: string;
  readonly format: TraceFormat;
  readonly rankCount: number;
  readonly programCount: number;
  /** One program stands for all ranks. */
  readonly folded: boolean;
  readonly rankProgram: Int32Array;
  /** Nodes of program p are the rows [programNode[p], programNode[p + 1]). */
  readonly programNode: Int32Array;

  readonly nodeCount: number;
  /** Index into `traceNodeKinds`. */
  readonly nodeKind: Uint8Array;
  /** Index into `names`. */
  readonly nodeName: Int32Array;
  /** Time of a compute node; 0 for others. */
  readonly nodeDurationNs: Float64Array;
  /** Idle time between the end of the last node waited for and the start, as recorded. */
  readonly nodeLeadNs: Float64Array;
  /** Thread, stream or engine a compute node occupies: nodes of one track share it. Rows of one numbering per program. */
  readonly nodeTrack: Int32Array;
  /** Index into `collectiveOps`; -1 for compute. */
  readonly nodeOp: Int16Array;
  /** Size as `collectives/operation.ts` defines it; the message of a send or receive. */
  readonly nodeBits: Float64Array;
  /** Index into `trafficClassNames`; meaningless for compute. */
  readonly nodeClass: Uint8Array;
  /** Row of `groups` for a collective, -1 otherwise. */
  readonly nodeGroup: Int32Array;
  /** The other rank of a send or receive, -1 otherwise. */
  readonly nodePeer: Int32Array;
  readonly nodeTag: Float64Array;

  readonly afterOffset: Int32Array;
  readonly afterNode: Int32Array;

  /** Where a node stands in its program's file, in the unit of `places`. */
  readonly nodePlace: Float64Array;
  readonly places: TracePlaces;
  readonly programFile: readonly string[];

  readonly groups: readonly TraceGroup[];
  readonly names: readonly string[];
  readonly pipeline: TracePipeline | null;
}

/** The program that holds a node. */
export function programOf(graph: TraceGraph, node: number): number {
  let low = 0;
  let high = graph.programCount - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((graph.programNode[middle] ?? 0) <= node) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A node's name, for people. */
export const nodeTitle = (graph: TraceGraph, node: number): string => graph.names[graph.nodeName[node] ?? 0] ?? '';

/** A place as an issue names it. */
export function placeText(places: TracePlaces, place: number): Pick<Issue, 'line' | 'path'> {
  if (places.kind === 'line') return { line: place };
  return { path: places.kind === 'byte' ? `byte ${place}` : `${places.list}[${place}]` };
}

/** Where a node stands, for an issue. */
export function nodePlace(graph: TraceGraph, node: number): Pick<Issue, 'file' | 'line' | 'path'> {
  const file = graph.programFile[programOf(graph, node)];
  return { ...(file === undefined ? {} : { file }), ...placeText(graph.places, graph.nodePlace[node] ?? 0) };
}

/** Ranks in one group. */
export const groupSize = (group: TraceGroup): number => (group.kind === 'ranks' ? group.ranks.length : group.family.size);

/**
 * The class an operation belongs to where the trace does not say what it is for. Sends are pipeline activations; gathers and
 * broadcasts carry parameters (DDP, FSDP), reductions gradients.
 */
export function assumedClass(op: CollectiveOp): TrafficClassName {
  switch (op) {
    case 'allToAll': return 'allToAll';
    case 'allGather': case 'broadcast': return 'parameterSync';
    case 'allReduce': case 'reduceScatter': case 'pointToPoint': return 'allReduce';
  }
}
