/** Counts of a trace graph: nodes by kind, dependencies, compute time, and bytes by class and operation. */

import type { TrafficClassName } from '../classes.ts';
import { trafficClassNames } from '../classes.ts';
import type { CollectiveOp } from '../collectives/operation.ts';
import { collectiveOps } from '../collectives/operation.ts';
import type { TraceGraph, TraceNodeKind } from './trace-graph.ts';
import { traceNodeKinds } from './trace-graph.ts';

export interface TransferCount {
  readonly trafficClass: TrafficClassName;
  readonly op: CollectiveOp;
  /** Nodes of one program each: a collective counts once per program that takes part; receives are not counted. */
  readonly nodes: number;
  /** Sum of the sizes of those nodes, as the operation defines its size. */
  readonly bits: number;
}

export interface TraceCounts {
  readonly ranks: number;
  readonly programs: number;
  readonly nodes: number;
  readonly nodesByKind: Readonly<Record<TraceNodeKind, number>>;
  readonly dependencies: number;
  readonly computeNs: number;
  readonly transfers: readonly TransferCount[];
  readonly bits: number;
}

/** Counts what the programs hold: a folded trace is counted once, not once per rank. */
export function countTrace(graph: TraceGraph): TraceCounts {
  const nodesByKind: Record<TraceNodeKind, number> = { compute: 0, collective: 0, send: 0, receive: 0 };
  const rows = trafficClassNames.flatMap((trafficClass) => collectiveOps.map((op) => ({ trafficClass, op, nodes: 0, bits: 0 })));
  let computeNs = 0;
  for (let node = 0; node < graph.nodeCount; node++) {
    const kind = traceNodeKinds[graph.nodeKind[node] ?? 0] ?? 'compute';
    nodesByKind[kind] += 1;
    computeNs += graph.nodeDurationNs[node] ?? 0;
    const row = rows[(graph.nodeClass[node] ?? 0) * collectiveOps.length + (graph.nodeOp[node] ?? 0)];
    if (kind === 'compute' || kind === 'receive' || row === undefined) continue;
    row.nodes += 1;
    row.bits += graph.nodeBits[node] ?? 0;
  }
  const transfers = rows.filter((row) => row.nodes > 0);
  return {
    ranks: graph.rankCount, programs: graph.programCount, nodes: graph.nodeCount, nodesByKind, dependencies: graph.afterNode.length, computeNs,
    transfers, bits: transfers.reduce((sum, row) => sum + row.bits, 0),
  };
}
