/** Turns Chakra node tables, one per rank, into one trace graph with a loss report. */

import type { Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { CollectiveOp } from '../../traffic/collectives/operation.ts';
import type { LossCollector } from '../../traffic/trace/loss-report.ts';
import { createLossCollector } from '../../traffic/trace/loss-report.ts';
import type { TraceBuilder } from '../../traffic/trace/trace-builder.ts';
import { createTraceBuilder } from '../../traffic/trace/trace-builder.ts';
import type { TracePlaces } from '../../traffic/trace/trace-graph.ts';
import { findCycle, groupWaits } from '../../traffic/trace/waits.ts';
import type { ChakraTable } from './chakra-table.ts';
import { chakraTypes } from './chakra-table.ts';
import type { ConvertedTrace, TraceReadOptions } from './trace-file.ts';
import { TraceIssues, classAssumption, traceRanksMax } from './trace-file.ts';

interface Mapped { readonly op: CollectiveOp; readonly assumption: string | null }

/** CollectiveCommType of et_def.proto, by number. */
const collectives: readonly Mapped[] = [
  { op: 'allReduce', assumption: null },
  { op: 'broadcast', assumption: 'a reduce to one rank is timed as a broadcast, which moves the same bytes the other way' },
  { op: 'allGather', assumption: null },
  { op: 'allGather', assumption: 'a gather is timed as an all-gather, whose ports carry what the root receives' },
  { op: 'reduceScatter', assumption: 'a scatter is timed as a reduce-scatter, whose ports carry what the root sends' },
  { op: 'broadcast', assumption: null },
  { op: 'allToAll', assumption: null },
  { op: 'reduceScatter', assumption: null },
  { op: 'reduceScatter', assumption: null },
  { op: 'allReduce', assumption: 'a barrier makes ranks wait for one another and takes no time itself' },
];
const gatherTypes = new Set([2, 3]);
const barrierType = 9;

/** Rows in ascending order of their ids: the order in which a rank issues them. */
function issueOrder(table: ChakraTable): Int32Array {
  const rows = Int32Array.from({ length: table.nodeCount }, (_, row) => row);
  let sorted = true;
  for (let row = 1; row < table.nodeCount; row++) sorted &&= (table.id[row - 1] ?? 0) <= (table.id[row] ?? 0);
  return sorted ? rows : rows.sort((a, b) => (table.id[a] ?? 0) - (table.id[b] ?? 0) || a - b);
}

/** Row of each id; ids that stand twice are issues. */
function indexIds(table: ChakraTable, issues: TraceIssues): Map<number, number> {
  const rowOf = new Map<number, number>();
  for (let row = 0; row < table.nodeCount; row++) {
    const id = table.id[row] ?? 0;
    const place = table.place[row] ?? 0;
    if (!Number.isSafeInteger(id) || id < 0) issues.add('id-out-of-range', place, { message: 'This node id cannot be told apart from its neighbours', remedy: 'Number nodes from 0 up to 2^53', value: id });
    else if (rowOf.has(id)) issues.add('duplicate-id', place, { message: 'Two nodes have this id', remedy: 'Give every node of a rank an id of its own', value: id });
    else rowOf.set(id, row);
    if (issues.full) break;
  }
  return rowOf;
}

interface Edges { readonly waiting: Int32Array; readonly earlier: Int32Array; /** Ids that no node of the file has. */ readonly unknown: number }

function resolve(offset: Int32Array, ids: Float64Array, rowOf: Map<number, number>, onUnknown: (row: number, id: number) => void): Edges {
  const waiting = new Int32Array(ids.length);
  const earlier = new Int32Array(ids.length);
  let found = 0;
  let unknown = 0;
  for (let row = 0; row + 1 < offset.length; row++) {
    for (let at = offset[row] ?? 0; at < (offset[row + 1] ?? 0); at++) {
      const before = rowOf.get(ids[at] ?? 0);
      if (before === undefined) {
        unknown += 1;
        onUnknown(row, ids[at] ?? 0);
        continue;
      }
      waiting[found] = row;
      earlier[found] = before;
      found += 1;
    }
  }
  return { waiting: waiting.subarray(0, found), earlier: earlier.subarray(0, found), unknown };
}

function joinInts(a: Int32Array, b: Int32Array): Int32Array {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/**
 * What a node waits for. Data dependencies always hold; an unknown one is an issue. Control dependencies are order in some
 * traces and the calling operator in others, so a file's are followed only when all resolve and leave no cycle.
 */
function dependenciesOf(table: ChakraTable, issues: TraceIssues, loss: LossCollector): Edges {
  const rowOf = indexIds(table, issues);
  const data = resolve(table.dataOffset, table.dataId, rowOf, (row, id) => {
    issues.add('unknown-dependency', table.place[row] ?? 0, { message: `Node ${table.id[row] ?? 0} waits for a node that this file does not have`, remedy: 'Give the whole file, or remove the dependency', value: id });
  });
  loss.understood('data dependencies', 'order of nodes on their rank', data.waiting.length);
  const control = resolve(table.controlOffset, table.controlId, rowOf, () => {});
  const total = table.controlId.length;
  if (total === 0) return data;
  if (control.unknown > 0) {
    loss.dropped('control dependencies', `${control.unknown} of them name nodes that are not in the file, so they are the call tree of the host, not an order`, total);
    return data;
  }
  const both = { waiting: joinInts(data.waiting, control.waiting), earlier: joinInts(data.earlier, control.earlier), unknown: 0 };
  if (findCycle(groupWaits(table.nodeCount, both.waiting, both.earlier)) !== null && findCycle(groupWaits(table.nodeCount, data.waiting, data.earlier)) === null) {
    loss.dropped('control dependencies', 'with the data dependencies they form cycles, so they are the call tree of the host, not an order', total);
    return data;
  }
  loss.understood('control dependencies', 'order of nodes on their rank', total);
  return both;
}

/** What all ranks of a trace share while they are converted. */
interface Conversion {
  readonly builder: TraceBuilder;
  readonly loss: LossCollector;
  readonly rankCount: number;
  readonly folded: boolean;
  /** Members of each named process group. */
  readonly groups: ReadonlyMap<string, readonly number[]>;
  /** Rows of groups in the builder, by name; the group of all ranks has none. */
  readonly groupRows: Map<string | null, number>;
}

/** Who takes part in a collective: the ranks that name its group, or all. */
function groupRowOf(conversion: Conversion, groupName: string | null): number {
  const { builder, rankCount, folded, groups, groupRows } = conversion;
  let row = groupRows.get(groupName);
  if (row === undefined) {
    const members = (groupName === null ? null : groups.get(groupName)) ?? Array.from({ length: folded ? 0 : rankCount }, (_, rank) => rank);
    groupRows.set(groupName, row = folded ? builder.groupFamily({ size: rankCount, stride: 1 }) : builder.groupOfRanks(members));
  }
  return row;
}

/** Threads of the host and streams of the accelerator are tracks of their own. */
function trackOf(tracks: Map<string, number>, table: ChakraTable, row: number): number {
  const key = `${table.isCpu[row]} ${table.thread[row]}`;
  let track = tracks.get(key);
  if (track === undefined) tracks.set(key, track = tracks.size);
  return track;
}

function addCollective(conversion: Conversion, table: ChakraTable, row: number, name: string): number {
  const { builder, loss, rankCount, folded, groups } = conversion;
  const type = table.commType[row] ?? 0;
  const mapped = collectives[type] ?? { op: 'allReduce', assumption: null };
  const groupName = table.names[table.group[row] ?? -1] ?? null;
  if (groupName !== null) {
    if (folded) loss.assumed('collectives of a named group', 'one file does not say who else is in the group: all ranks take part');
    else loss.assumed('collectives of a named group', 'its members are the ranks whose files name the group');
  }
  const size = (folded || groupName === null ? null : groups.get(groupName)?.length) ?? rankCount;
  const group = groupRowOf(conversion, groupName);
  if (mapped.assumption !== null) loss.assumed('collectives without an algorithm of their own', mapped.assumption);
  if (gatherTypes.has(type)) loss.assumed('sizes of all-gathers', 'comm_size is the part one rank gives, as ASTRA-sim takes it; the gathered whole is that times the ranks');
  const bits = type === barrierType ? 0 : (table.commBytes[row] ?? 0) * 8 * (gatherTypes.has(type) ? size : 1);
  loss.assumed('traffic classes', classAssumption);
  loss.understood(`${mapped.op} nodes`, 'collectives, timed on the fabric; recorded durations are not used');
  return builder.addCollective({ name, place: table.place[row] ?? 0, op: mapped.op, bits, group });
}

/** Adds one node; sizes or peers that are missing leave a transfer as the time it took when it was recorded. */
function addNode(conversion: Conversion, table: ChakraTable, row: number, track: number): number {
  const { builder, loss, folded } = conversion;
  const type = table.type[row] ?? 0;
  const name = table.names[table.name[row] ?? 0] ?? '';
  const place = table.place[row] ?? 0;
  const bytes = table.commBytes[row] ?? NaN;
  const durationNs = (table.durationUs[row] ?? 0) * 1000;
  const compute = (): number => builder.addCompute({ name, place, durationNs, track });
  if (type === chakraTypes.collective) {
    if (bytes >= 0 && table.commType[row] !== undefined && !Number.isNaN(table.commType[row])) return addCollective(conversion, table, row, name);
    if (table.isCpu[row] === 1) loss.assumed('collective calls on the host', 'they launch the collective and take their recorded time; the kernel is the collective');
    else loss.dropped('collectives without a size', 'the trace gives no comm_size, so the recorded time is kept as compute');
    return compute();
  }
  if (type === chakraTypes.send || type === chakraTypes.receive) {
    const peer = (type === chakraTypes.send ? table.target[row] : table.source[row]) ?? NaN;
    const what = type === chakraTypes.send ? 'sends' : 'receives';
    if (!folded && bytes >= 0 && Number.isInteger(peer)) {
      loss.assumed('traffic classes', classAssumption);
      loss.understood(what, 'messages on the routes between their ranks');
      const node = { name, place, bits: bytes * 8, peer, tag: table.tag[row] ?? 0 };
      return type === chakraTypes.send ? builder.addSend(node) : builder.addReceive(node);
    }
    loss.dropped(what, folded ? 'one rank alone is given, so the other end of the message is unknown; the recorded time is kept' : 'the trace gives no size or peer, so the recorded time is kept as compute');
    return compute();
  }
  if (type === chakraTypes.compute) loss.understood('compute nodes', 'recorded time on their thread or stream');
  else if (type === chakraTypes.memoryLoad || type === chakraTypes.memoryStore) loss.assumed('memory loads and stores', 'they take their recorded time; memory over the fabric is not modelled');
  else if (type === chakraTypes.metadata) loss.understood('metadata nodes', 'points in the order, without work');
  else loss.dropped('nodes of an unknown type', 'their recorded time and their dependencies are kept');
  return compute();
}

function convertRank(conversion: Conversion, table: ChakraTable, issues: TraceIssues): void {
  const { builder, loss } = conversion;
  builder.startProgram(table.file);
  const edges = dependenciesOf(table, issues, loss);
  if (issues.issues.length > 0) return;
  const nodeOf = new Int32Array(table.nodeCount);
  const tracks = new Map<string, number>();
  for (const row of issueOrder(table)) {
    const type = table.type[row] ?? 0;
    const commType = table.commType[row] ?? NaN;
    const place = table.place[row] ?? 0;
    if (type === chakraTypes.collective && !Number.isNaN(commType) && collectives[commType] === undefined) issues.add('unknown-collective', place, {
      message: 'There is no collective of this type', remedy: 'Write comm_type as a number from 0 (all-reduce) to 9 (barrier)', value: commType,
    });
    const bytes = table.commBytes[row] ?? NaN;
    if (bytes < 0 || bytes * 8 > Number.MAX_SAFE_INTEGER) issues.add('out-of-range', place, { message: 'This transfer has no possible size', remedy: 'Write comm_size in bytes, from 0 to 2^50', value: bytes });
    const peer = type === chakraTypes.send ? table.target[row] : type === chakraTypes.receive ? table.source[row] : NaN;
    if (!conversion.folded && peer !== undefined && !Number.isNaN(peer) && (peer < 0 || peer >= conversion.rankCount)) {
      issues.add('unknown-rank', place, { message: `This message names a rank that the trace does not have: it has ranks 0 to ${conversion.rankCount - 1}`, remedy: 'Give the files of all ranks', value: peer });
    }
    if (issues.full) return;
    nodeOf[row] = addNode(conversion, table, row, trackOf(tracks, table, row));
  }
  edges.waiting.forEach((row, at) => builder.addAfter(nodeOf[row] ?? 0, nodeOf[edges.earlier[at] ?? 0] ?? 0));
  if (table.partialDimensions > 0) loss.assumed('collectives over some dimensions of a logical topology', 'the trace does not describe that topology: all ranks take part', table.partialDimensions);
}

function namedGroups(tables: readonly ChakraTable[]): ReadonlyMap<string, readonly number[]> {
  const members = new Map<string, number[]>();
  tables.forEach((table, rank) => {
    const named = new Set<string>();
    table.group.forEach((row, node) => {
      const name = table.names[row];
      if (name !== undefined && table.type[node] === chakraTypes.collective) named.add(name);
    });
    for (const name of named) {
      const ranks = members.get(name);
      if (ranks === undefined) members.set(name, [rank]);
      else ranks.push(rank);
    }
  });
  return members;
}

export interface ChakraTraceTitle {
  readonly name: string;
  readonly format: 'chakra' | 'chakra-json' | 'pytorch-et';
  readonly places: TracePlaces;
}

function checkRanks(rankCount: number, file: string): Parsed<number> {
  return rankCount >= 1 && rankCount <= traceRanksMax ? parsed(rankCount) : rejected({
    code: 'out-of-range', file, message: 'A trace cannot have this many ranks', remedy: `Give 1 to ${traceRanksMax} ranks`, value: String(rankCount),
  });
}

/** `tables[r]` is what rank r ran. One table alone stands for all ranks. */
export function convertChakra(tables: readonly ChakraTable[], title: ChakraTraceTitle, options: TraceReadOptions, loss: LossCollector = createLossCollector()): Parsed<ConvertedTrace> {
  const builder = createTraceBuilder();
  const stated = tables.find((table) => !Number.isNaN(table.statedRanks))?.statedRanks ?? null;
  const folded = tables.length === 1;
  const rankCount = folded ? (options.ranks ?? stated ?? options.ranksIfUnknown ?? 1) : tables.length;
  const ranks = checkRanks(rankCount, tables[0]?.file ?? title.name);
  if (!ranks.ok) return ranks;
  const conversion: Conversion = { builder, loss, rankCount, folded, groups: namedGroups(tables), groupRows: new Map() };
  const issues: TraceIssues[] = [];
  for (const table of tables) {
    const ofFile = new TraceIssues(table.file, title.places);
    issues.push(ofFile);
    convertRank(conversion, table, ofFile);
  }
  const found = issues.flatMap((ofFile) => ofFile.issues);
  if (found.length > 0) return { ok: false, issues: found };
  if (folded && rankCount > 1) loss.assumed('ranks', 'one rank is given and stands for all: they run the same program in step', rankCount);
  if (folded && options.ranks === null && stated === null) loss.assumed('number of ranks', 'the trace does not say how many took part; --ranks does', rankCount);
  return { ok: true, value: { graph: builder.finish({ ...title, rankCount, folded, pipeline: null }), loss: loss.finish() } };
}
