/**
 * Reads traces of the PyTorch profiler (Kineto): what each stream of an accelerator did, in order, with the gaps between.
 *
 * The profiler records when things ran, not why. A kernel waits for the one before it on its stream and for the last one of
 * every other stream that had ended when it started; what is left until its start is a gap of the host, which is kept. So the
 * recorded order holds, and a collective that takes longer here than there delays what came after it there.
 */

import type { Parsed } from '../../base/issue.ts';
import type { LossCollector } from '../../traffic/trace/loss-report.ts';
import { createLossCollector } from '../../traffic/trace/loss-report.ts';
import type { TraceBuilder } from '../../traffic/trace/trace-builder.ts';
import { createTraceBuilder } from '../../traffic/trace/trace-builder.ts';
import { evenSpacing } from '../../traffic/trace/trace-job.ts';
import type { Fields } from './json-document.ts';
import { isFields, numberOf } from './json-document.ts';
import type { KinetoEvent, KinetoTransfer } from './kineto-events.ts';
import { acceleratorWork } from './kineto-events.ts';
import type { ConvertedTrace, TraceReadOptions } from './trace-file.ts';
import { TraceIssues, classAssumption, traceRanksMax } from './trace-file.ts';

export interface KinetoDocument {
  readonly file: string;
  readonly document: Fields;
}

/** Rank and world size as the profiler states them, NaN where it does not. */
export function statedRank({ document }: KinetoDocument): { readonly rank: number; readonly worldSize: number } {
  const info = document['distributedInfo'];
  return isFields(info) ? { rank: numberOf(info['rank']), worldSize: numberOf(info['world_size']) } : { rank: NaN, worldSize: NaN };
}

interface Conversion {
  readonly builder: TraceBuilder;
  readonly loss: LossCollector;
  readonly folded: boolean;
  readonly rankCount: number;
}

/** Row of a collective's group: the listed ranks, or in a folded trace all groups like it. */
function groupRow({ builder, loss, folded, rankCount }: Conversion, transfer: KinetoTransfer, event: KinetoEvent, issues: TraceIssues): number {
  const { ranks, groupSize } = transfer;
  if (!folded) {
    const members = ranks ?? Array.from({ length: Math.min(groupSize, rankCount + 1) }, (_, rank) => rank);
    if (ranks === null) loss.assumed('groups whose ranks are not listed', 'the first ranks of the job');
    const beyond = members.find((rank) => rank >= rankCount);
    if (beyond !== undefined) issues.add('missing-ranks', event.entry, {
      message: `This collective has a rank whose trace is not given: there are ${rankCount}`,
      remedy: 'Give the traces of all ranks, or of one rank alone, which then stands for all', value: beyond,
    });
    return builder.groupOfRanks(beyond === undefined ? members : [0]);
  }
  const even = ranks === null ? null : evenSpacing(Int32Array.from(new Set(ranks)).sort());
  const family = even ?? { size: groupSize, stride: 1 };
  if (even === null) loss.assumed('groups whose ranks are not listed or not evenly spaced', 'neighbouring ranks');
  if (rankCount % (family.size * family.stride) === 0) return builder.groupFamily(family);
  loss.assumed('groups that do not divide the ranks', 'all ranks take part');
  return builder.groupFamily({ size: rankCount, stride: 1 });
}

function addEvent(conversion: Conversion, event: KinetoEvent, at: { readonly track: number; readonly leadNs: number }, issues: TraceIssues): number {
  const { builder, loss, folded } = conversion;
  const { name, entry, transfer } = event;
  const draft = { name, place: entry, ...at };
  if (transfer === null) return builder.addCompute({ ...draft, durationNs: event.durationUs * 1000 });
  const { kind, peer } = transfer;
  const bits = transfer.bytes * 8;
  loss.assumed('traffic classes', classAssumption);
  if (kind === 'send' || kind === 'receive') {
    if (folded || peer >= conversion.rankCount) {
      loss.dropped(`${kind}s`, 'the trace of the other rank is not given; the recorded time is kept as compute');
      return builder.addCompute({ ...draft, durationNs: event.durationUs * 1000 });
    }
    loss.understood(`${kind}s`, 'messages on the routes between their ranks');
    return kind === 'send' ? builder.addSend({ ...draft, bits, peer, tag: 0 }) : builder.addReceive({ ...draft, bits, peer, tag: 0 });
  }
  loss.understood(`${kind} kernels`, 'collectives, timed on the fabric; recorded durations are not used');
  if (kind === 'allToAll') loss.assumed('all-to-all sizes', 'every rank sends the same to every other; split sizes are not read');
  return builder.addCollective({ ...draft, op: kind === 'barrier' ? 'allReduce' : kind, bits, group: groupRow(conversion, transfer, event, issues) });
}

/** The newest event of each stream that has ended, as starts go by. */
interface StreamHistory {
  /** Nodes in order of start, with their ends. */
  readonly node: number[];
  readonly endUs: number[];
  /** Entries before this one have ended. */
  ended: number;
  /** For each stream row, the newest entry of it that this stream's last node is behind of. */
  readonly known: Map<number, number>;
}

function convertRank(conversion: Conversion, { file, document }: KinetoDocument): TraceIssues {
  const { builder, loss } = conversion;
  const issues = new TraceIssues(file, { kind: 'entry', list: 'traceEvents' });
  builder.startProgram(file);
  const events = acceleratorWork(document, issues, loss);
  const firstUs = events[0]?.startUs ?? 0;
  const rows = new Map<string, number>();
  const streams: StreamHistory[] = [];
  let gaps = 0;
  let order = 0;
  for (const event of events) {
    let track = rows.get(event.stream);
    if (track === undefined) {
      rows.set(event.stream, track = streams.length);
      streams.push({ node: [], endUs: [], ended: 0, known: new Map() });
    }
    const own = streams[track];
    if (own === undefined) continue;
    const before: number[] = [];
    let readyUs = firstUs;
    for (const [row, other] of streams.entries()) {
      while (other.ended < other.node.length && (other.endUs[other.ended] ?? 0) <= event.startUs) other.ended += 1;
      // On its own stream a kernel follows the last one even where the clock says that they overlap.
      const newest = row === track ? other.node.length - 1 : other.ended - 1;
      const node = other.node[newest];
      if (node === undefined || newest <= (own.known.get(row) ?? -1)) continue;
      own.known.set(row, newest);
      before.push(node);
      readyUs = Math.max(readyUs, other.endUs[newest] ?? 0);
    }
    const last = own.endUs[own.endUs.length - 1];
    if (last !== undefined) readyUs = Math.max(readyUs, last);
    const leadNs = Math.max(0, (event.startUs - readyUs) * 1000);
    if (leadNs > 0) gaps += 1;
    const node = addEvent(conversion, event, { track, leadNs }, issues);
    for (const earlier of before) builder.addAfter(node, earlier);
    order += before.length;
    own.node.push(node);
    own.endUs.push(event.startUs + event.durationUs);
    if (issues.full) break;
  }
  loss.assumed('order between kernels', 'a kernel waits for the last one of each stream that had ended when it started', order);
  loss.assumed('gaps before kernels', 'time of the host that would pass on any fabric', gaps);
  return issues;
}

/** `documents[r]` is what rank r recorded. One alone stands for all ranks of its job. */
export function convertKineto(documents: readonly KinetoDocument[], name: string, options: TraceReadOptions): Parsed<ConvertedTrace> {
  const loss = createLossCollector();
  const builder = createTraceBuilder();
  const folded = documents.length === 1;
  const worldSize = Math.max(...documents.map((one) => statedRank(one).worldSize).filter((size) => Number.isInteger(size)), 0);
  const rankCount = folded ? (options.ranks ?? (worldSize > 0 ? worldSize : (options.ranksIfUnknown ?? 1))) : documents.length;
  if (!(rankCount >= 1 && rankCount <= traceRanksMax)) return { ok: false, issues: [{
    code: 'out-of-range', file: documents[0]?.file ?? name, message: 'A trace cannot have this many ranks', remedy: `Give 1 to ${traceRanksMax} ranks`,
    value: String(rankCount),
  }] };
  const conversion: Conversion = { builder, loss, folded, rankCount };
  const issues = documents.flatMap((document) => convertRank(conversion, document).issues);
  if (issues.length > 0) return { ok: false, issues };
  if (folded && rankCount > 1) loss.assumed('ranks', 'one rank is given and stands for all: they run the same program in step', rankCount);
  if (!folded && worldSize > rankCount) loss.dropped('ranks', 'the job had more ranks than traces are given; they are left out', worldSize - rankCount);
  if (folded && options.ranks === null && worldSize === 0) loss.assumed('number of ranks', 'the trace does not say how many took part; --ranks does', rankCount);
  return { ok: true, value: { graph: builder.finish({ name, format: 'kineto', rankCount, folded, places: { kind: 'entry', list: 'traceEvents' }, pipeline: null }), loss: loss.finish() } };
}
