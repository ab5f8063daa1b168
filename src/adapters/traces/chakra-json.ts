/** Reads Chakra traces in JSON: an object with a `workload_graph` list of nodes, in the spellings its producers use. */

import type { Parsed } from '../../base/issue.ts';
import type { ChakraDraft, ChakraTable, ChakraTableWriter } from './chakra-table.ts';
import { createChakraTable } from './chakra-table.ts';
import type { Fields } from './json-document.ts';
import { fieldOf, isFields, numberOf } from './json-document.ts';
import { TraceIssues, traceDependenciesMax, traceNodesMax } from './trace-file.ts';

export const nodeList = 'workload_graph';

const spellings = {
  id: ['id', 'Id'], name: ['name', 'Name'], type: ['type', 'NodeType'], duration: ['duration_micros', 'runtime'],
  data: ['data_deps', 'dataDeps'], control: ['ctrl_deps', 'ctrlDeps'],
} as const;

const typeNames: readonly string[] = ['INVALID_NODE', 'METADATA_NODE', 'MEM_LOAD_NODE', 'MEM_STORE_NODE', 'COMP_NODE', 'COMM_SEND_NODE', 'COMM_RECV_NODE', 'COMM_COLL_NODE'];
const collectiveNames: readonly string[] = ['ALL_REDUCE', 'REDUCE', 'ALL_GATHER', 'GATHER', 'SCATTER', 'BROADCAST', 'ALL_TO_ALL', 'REDUCE_SCATTER', 'REDUCE_SCATTER_BLOCK', 'BARRIER'];

/** A number, or the row of a name in a list of names. */
function codeOf(value: unknown, names: readonly string[]): number {
  const row = typeof value === 'string' ? names.indexOf(value) : -1;
  return row >= 0 ? row : numberOf(value);
}

function setTraffic(draft: ChakraDraft, value: (name: string) => unknown): void {
  draft.isCpu = numberOf(value('is_cpu_op'));
  draft.thread = numberOf(value('tid'));
  draft.commType = codeOf(value('comm_type'), collectiveNames);
  draft.commBytes = numberOf(value('comm_size'));
  draft.source = numberOf(value('comm_src'));
  draft.target = numberOf(value('comm_dst'));
  const tag = numberOf(value('comm_tag'));
  draft.tag = Number.isNaN(tag) ? 0 : tag;
  const group = value('pg_name') ?? value('comm_group');
  draft.group = typeof group === 'string' ? group : null;
}

/** Attributes stand beside the other fields or in a list of {name, value}. */
function attributeReader(node: Fields): (name: string) => unknown {
  const list = fieldOf(node, ['attr', 'attrs']);
  const listed = new Map<string, unknown>();
  for (const item of Array.isArray(list) ? (list as readonly unknown[]) : []) {
    if (isFields(item) && typeof item['name'] === 'string') listed.set(item['name'], fieldOf(item, ['value', 'int64Val', 'uint64Val', 'int32Val', 'boolVal', 'stringVal']));
  }
  return (name) => (Object.hasOwn(node, name) ? node[name] : listed.get(name));
}

function readNode(table: ChakraTableWriter, node: Fields, place: number, issues: TraceIssues): void {
  const draft = table.begin();
  draft.id = numberOf(fieldOf(node, spellings.id));
  draft.type = codeOf(fieldOf(node, spellings.type), typeNames);
  const name = fieldOf(node, spellings.name);
  draft.name = typeof name === 'string' ? name : '';
  const duration = fieldOf(node, spellings.duration);
  draft.durationUs = duration === undefined || duration === null ? 0 : numberOf(duration);
  if (!Number.isInteger(draft.id)) issues.add('not-whole', place, { message: 'This node has no id', remedy: 'Write id as a whole number', value: fieldOf(node, spellings.id) });
  if (!Number.isInteger(draft.type) || draft.type < 0 || draft.type > 255) issues.add('not-whole', place, {
    message: 'This node has no type', remedy: `Write its type as a number or as one of ${typeNames.slice(1).join(', ')}`, value: fieldOf(node, spellings.type),
  });
  if (!(draft.durationUs >= 0 && draft.durationUs < Infinity)) issues.add('out-of-range', place, { message: 'This duration is not a time', remedy: 'Write microseconds from 0', value: duration });
  setTraffic(draft, attributeReader(node));
  for (const [keys, add] of [[spellings.data, table.addData], [spellings.control, table.addControl]] as const) {
    const list = fieldOf(node, keys) ?? [];
    for (const item of Array.isArray(list) ? (list as readonly unknown[]) : [list]) {
      const id = numberOf(item);
      if (Number.isInteger(id)) add(id);
      else issues.add('not-whole', place, { message: `${keys[0]} holds something that is no node id`, remedy: 'Write a list of node ids', value: item });
    }
  }
  table.end(place);
}

/** `document` has a `workload_graph`. */
export function readChakraJson(document: Fields, file: string): Parsed<ChakraTable> {
  const issues = new TraceIssues(file, { kind: 'entry', list: nodeList });
  const nodes = document[nodeList];
  const table = createChakraTable(file);
  if (!Array.isArray(nodes)) issues.add('not-a-list', 0, { message: 'The nodes are not a list', remedy: `Write ${nodeList} as a list of nodes`, value: nodes });
  else if (nodes.length > traceNodesMax) issues.add('too-many-nodes', traceNodesMax, { message: `This file has more than ${traceNodesMax} nodes`, remedy: 'Cut the trace to fewer steps', value: nodes.length });
  else {
    for (const [place, node] of (nodes as readonly unknown[]).entries()) {
      if (isFields(node)) readNode(table, node, place, issues);
      else issues.add('not-a-node', place, { message: 'This is not a node', remedy: 'Write an object', value: node });
      if (table.dependencies > traceDependenciesMax) issues.add('too-many-dependencies', place, { message: `This file has more than ${traceDependenciesMax} dependencies`, remedy: 'Cut the trace to fewer steps' });
      if (issues.full) break;
    }
  }
  const ranks = numberOf(document['ngpus']);
  return issues.finish(table.finish(Number.isInteger(ranks) && ranks > 0 ? ranks : NaN));
}
