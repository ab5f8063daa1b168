/**
 * Reads execution traces of PyTorch itself (ExecutionTraceObserver, schema 1.0.x-chakra.0.0.4): host operators without times.
 *
 * What reaches the network is in the `record_param_comms` nodes (torch/csrc/distributed/c10d/ParamCommsUtils.hpp): the tensors,
 * then the name of the collective among the other arguments. They run in the order of their ids.
 */

import type { Parsed } from '../../base/issue.ts';
import { createLossCollector } from '../../traffic/trace/loss-report.ts';
import { convertChakra } from './chakra-graph.ts';
import { chakraTypes, createChakraTable } from './chakra-table.ts';
import type { Fields } from './json-document.ts';
import { isFields, numberOf } from './json-document.ts';
import type { ConvertedTrace, TraceReadOptions } from './trace-file.ts';
import { TraceIssues, traceNodesMax } from './trace-file.ts';

export const nodeList = 'nodes';

const communicationNode = 'record_param_comms';
const groupNode = /process_group:init/;

/** CollectiveCommType by the name c10d records. */
const collectiveTypes: Readonly<Record<string, number>> = {
  all_reduce: 0, allreduce: 0, reduce: 1, all_gather: 2, allgather: 2, gather: 3, scatter: 4, broadcast: 5, all_to_all: 6, alltoall: 6, reduce_scatter: 7, barrier: 9,
};

const collectiveName = (name: string): string => name.replace(/^_+/, '').replace(/_base$|_coalesced$|v$/g, '');

/** Values of a node's inputs or outputs. */
function valuesOf(node: Fields, side: 'inputs'): readonly unknown[] {
  const given = node[side];
  const values = isFields(given) ? given['values'] : undefined;
  return Array.isArray(values) ? values : [];
}

/** A tensor is [tensor, storage, offset, elements, bytes per element, device]; lists of tensors nest at most this deep. */
const nestingMax = 4;

function tensorBytes(value: unknown, depth = 0): number {
  if (!Array.isArray(value) || depth > nestingMax) return 0;
  const [, , , elements, width, device] = value as readonly unknown[];
  if (value.length === 6 && typeof elements === 'number' && typeof width === 'number' && typeof device === 'string') return elements * width;
  return (value as readonly unknown[]).reduce((sum: number, item) => sum + tensorBytes(item, depth + 1), 0);
}

/** Largest process group that the trace sets up, NaN without one. */
function largestGroup(nodes: readonly unknown[]): number {
  let largest = NaN;
  for (const node of nodes) {
    if (!isFields(node) || typeof node['name'] !== 'string' || !groupNode.test(node['name'])) continue;
    const [text] = valuesOf(node, 'inputs');
    for (const match of typeof text === 'string' ? text.matchAll(/"group_size"\s*:\s*(\d{1,9})\b/g) : []) {
      const size = Number(match[1]);
      if (!(size <= largest)) largest = size;
    }
  }
  return largest;
}

/** One file is one rank, which stands for all. */
export function readPytorchTrace(document: Fields, file: string, options: TraceReadOptions): Parsed<ConvertedTrace> {
  const places = { kind: 'entry', list: nodeList } as const;
  const issues = new TraceIssues(file, places);
  const loss = createLossCollector();
  const given = document[nodeList];
  const nodes: readonly unknown[] = Array.isArray(given) ? given : [];
  if (!Array.isArray(given)) issues.add('not-a-list', 0, { message: 'The nodes are not a list', remedy: 'Write nodes as a list', value: given });
  if (nodes.length > traceNodesMax) issues.add('too-many-nodes', traceNodesMax, { message: `This file has more than ${traceNodesMax} nodes`, remedy: 'Record fewer steps', value: nodes.length });
  const table = createChakraTable(file);
  const order: { readonly id: number; readonly place: number }[] = [];
  for (const [place, node] of nodes.entries()) {
    const id = isFields(node) ? numberOf(node['id']) : NaN;
    if (Number.isInteger(id)) order.push({ id, place });
    else issues.add('not-whole', place, { message: 'This node has no id', remedy: 'Write an object with a whole number as id', value: node });
    if (issues.full) break;
  }
  if (issues.issues.length > 0) return { ok: false, issues: issues.issues };
  order.sort((a, b) => a.id - b.id || a.place - b.place);
  let previous = NaN;
  for (const { id, place } of order) {
    const node = nodes[place];
    if (!isFields(node)) continue;
    const draft = table.begin();
    Object.assign(draft, { id, type: chakraTypes.metadata, name: typeof node['name'] === 'string' ? node['name'] : '' });
    const parent = numberOf(node['ctrl_deps']);
    if (Number.isInteger(parent)) table.addControl(parent);
    if (draft.name === communicationNode) {
      const values = valuesOf(node, 'inputs');
      const name = values.find((value) => typeof value === 'string');
      const type = typeof name === 'string' ? collectiveTypes[collectiveName(name)] : undefined;
      if (type === undefined) loss.dropped('communication calls that send nothing', 'waits and groups order the host only');
      else Object.assign(draft, { type: chakraTypes.collective, commType: type, commBytes: tensorBytes(values[0]) });
    }
    if (draft.type === chakraTypes.collective) {
      if (!Number.isNaN(previous)) table.addData(previous);
      previous = id;
    }
    table.end(place);
  }
  loss.assumed('compute', 'PyTorch writes no times into this kind of trace, so only communication takes time', nodes.length);
  loss.assumed('order of collectives', 'one after another, as their ids rise');
  return convertChakra([table.finish(largestGroup(nodes))], { name: file, format: 'pytorch-et', places }, options, loss);
}
