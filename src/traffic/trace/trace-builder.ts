/** Builds a trace graph node by node: names and groups are interned, dependencies may name nodes that come later. */

import { growingBytes, growingFloats, growingInts } from '../../base/growing.ts';
import type { TrafficClassName } from '../classes.ts';
import { trafficClassNames } from '../classes.ts';
import type { CollectiveOp } from '../collectives/operation.ts';
import { collectiveOps } from '../collectives/operation.ts';
import type { RankGroup } from '../network-view.ts';
import { groupWaits } from './waits.ts';
import type { TraceFormat, TraceGraph, TraceGroup, TraceNodeKind, TracePipeline, TracePlaces } from './trace-graph.ts';
import { assumedClass, traceNodeKinds } from './trace-graph.ts';

interface NodeDraft {
  readonly name: string;
  /** Where the node stands in the program's file. */
  readonly place: number;
  /** Track of a compute node; 0 when the rank has only one. */
  readonly track?: number;
  readonly leadNs?: number;
}

interface TransferDraft extends NodeDraft {
  readonly bits: number;
  /** Absent: what the operation is usually for (`assumedClass`). */
  readonly trafficClass?: TrafficClassName;
}

export interface TraceTitle {
  readonly name: string;
  readonly format: TraceFormat;
  readonly rankCount: number;
  /** One program stands for all ranks; otherwise there is one per rank. */
  readonly folded: boolean;
  readonly places: TracePlaces;
  readonly pipeline: TracePipeline | null;
}

/** Every method that adds a node returns its row. */
export interface TraceBuilder {
  readonly nodeCount: number;
  /** Starts the next program, read from `file`; nodes added from here belong to it. */
  startProgram(file: string): void;
  addCompute(node: NodeDraft & { readonly durationNs: number }): number;
  addCollective(node: TransferDraft & { readonly op: CollectiveOp; readonly group: number }): number;
  addSend(node: TransferDraft & { readonly peer: number; readonly tag: number }): number;
  addReceive(node: TransferDraft & { readonly peer: number; readonly tag: number }): number;
  /** Node `node` waits for node `earlier`. */
  addAfter(node: number, earlier: number): void;
  /** Row of a group of named ranks; equal groups share a row. */
  groupOfRanks(ranks: readonly number[]): number;
  /** Row of all groups of a size and stride. */
  groupFamily(family: RankGroup): number;
  finish(trace: TraceTitle): TraceGraph;
}

/** What a node has beside its draft. */
interface NodeRest {
  readonly durationNs?: number;
  readonly op?: CollectiveOp;
  readonly bits?: number;
  readonly trafficClass?: TrafficClassName | undefined;
  readonly group?: number;
  readonly peer?: number;
  readonly tag?: number;
}

/** One growing column per field of a node. */
function createColumns() {
  const kind = growingBytes();
  const nameRow = growingInts();
  const place = growingFloats();
  const durationNs = growingFloats();
  const leadNs = growingFloats();
  const track = growingInts();
  const op = growingInts();
  const bits = growingFloats();
  const classRow = growingBytes();
  const groupRow = growingInts();
  const peer = growingInts();
  const tag = growingFloats();
  return {
    get length() { return kind.length; },
    add(nodeKind: TraceNodeKind, node: NodeDraft, name: number, rest: NodeRest): number {
      kind.push(traceNodeKinds.indexOf(nodeKind));
      nameRow.push(name);
      place.push(node.place);
      durationNs.push(rest.durationNs ?? 0);
      leadNs.push(node.leadNs ?? 0);
      track.push(node.track ?? 0);
      op.push(rest.op === undefined ? -1 : collectiveOps.indexOf(rest.op));
      bits.push(rest.bits ?? 0);
      classRow.push(rest.op === undefined ? 0 : trafficClassNames.indexOf(rest.trafficClass ?? assumedClass(rest.op)));
      groupRow.push(rest.group ?? -1);
      peer.push(rest.peer ?? -1);
      tag.push(rest.tag ?? 0);
      return kind.length - 1;
    },
    finish: () => ({
      nodeCount: kind.length, nodeKind: kind.finish(), nodeName: nameRow.finish(), nodeDurationNs: durationNs.finish(), nodeLeadNs: leadNs.finish(), nodeTrack: track.finish(),
      nodeOp: Int16Array.from(op.finish()), nodeBits: bits.finish(), nodeClass: classRow.finish(), nodeGroup: groupRow.finish(), nodePeer: peer.finish(), nodeTag: tag.finish(),
      nodePlace: place.finish(),
    }),
  };
}

export function createTraceBuilder(): TraceBuilder {
  const columns = createColumns();
  const waiting = growingInts();
  const earlier = growingInts();
  const programNode: number[] = [];
  const programFile: string[] = [];
  const names: string[] = [];
  const nameRows = new Map<string, number>();
  const groups: TraceGroup[] = [];
  const groupRows = new Map<string, number>();

  function intern(name: string): number {
    const known = nameRows.get(name);
    if (known !== undefined) return known;
    names.push(name);
    nameRows.set(name, names.length - 1);
    return names.length - 1;
  }
  function internGroup(key: string, make: () => TraceGroup): number {
    const known = groupRows.get(key);
    if (known !== undefined) return known;
    groups.push(make());
    groupRows.set(key, groups.length - 1);
    return groups.length - 1;
  }
  const add = (kind: TraceNodeKind, node: NodeDraft, rest: NodeRest): number => columns.add(kind, node, intern(node.name), rest);
  return {
    get nodeCount() { return columns.length; },
    startProgram(file) {
      programNode.push(columns.length);
      programFile.push(file);
    },
    addCompute: (node) => add('compute', node, { durationNs: node.durationNs }),
    addCollective: (node) => add('collective', node, { op: node.op, bits: node.bits, trafficClass: node.trafficClass, group: node.group }),
    addSend: (node) => add('send', node, { op: 'pointToPoint', bits: node.bits, trafficClass: node.trafficClass, peer: node.peer, tag: node.tag }),
    addReceive: (node) => add('receive', node, { op: 'pointToPoint', bits: node.bits, trafficClass: node.trafficClass, peer: node.peer, tag: node.tag }),
    addAfter(node, before) {
      waiting.push(node);
      earlier.push(before);
    },
    groupOfRanks(ranks) {
      const sorted = Int32Array.from(new Set(ranks)).sort();
      return internGroup(sorted.join(','), () => ({ kind: 'ranks', ranks: sorted }));
    },
    groupFamily: (family) => internGroup(`${family.size} by ${family.stride}`, () => ({ kind: 'family', family })),
    finish({ name, format, rankCount, folded, places, pipeline }) {
      const programCount = programNode.length;
      const { beforeOffset, before } = groupWaits(columns.length, waiting.finish(), earlier.finish());
      return {
        name, format, rankCount, programCount, folded, places, pipeline, names, groups, programFile,
        rankProgram: Int32Array.from({ length: rankCount }, (_, rank) => (folded ? 0 : rank)),
        programNode: Int32Array.from([...programNode, columns.length]),
        ...columns.finish(), afterOffset: beforeOffset, afterNode: before,
      };
    },
  };
}
