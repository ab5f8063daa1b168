/** Picks the work of accelerators out of a Kineto trace: kernels, copies and collectives with their metadata, by start. */

import type { CollectiveOp } from '../../traffic/collectives/operation.ts';
import type { LossCollector } from '../../traffic/trace/loss-report.ts';
import type { Fields } from './json-document.ts';
import { isFields, numberOf } from './json-document.ts';
import type { TraceIssues } from './trace-file.ts';
import { traceNodesMax } from './trace-file.ts';

export interface KinetoTransfer {
  readonly kind: CollectiveOp | 'send' | 'receive' | 'barrier';
  /** As the operation defines its size. */
  readonly bytes: number;
  /** Ranks of the group where they are listed, else `null`; -1 is not a rank. */
  readonly ranks: readonly number[] | null;
  readonly groupSize: number;
  readonly peer: number;
}

/** One thing a stream did. */
export interface KinetoEvent {
  readonly name: string;
  /** Entry of `traceEvents`. */
  readonly entry: number;
  readonly stream: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly transfer: KinetoTransfer | null;
}

const workCategories = new Set(['kernel', 'gpu_memcpy', 'gpu_memset']);

/** c10d ScalarType names as the profiler prints them, in bytes. */
const elementBytes: Readonly<Record<string, number>> = {
  float: 4, double: 8, half: 2, bfloat16: 2, long: 8, int: 4, short: 2, char: 1, byte: 1, bool: 1, float8_e4m3fn: 1, float8_e5m2: 1, int8: 1, uint8: 1, int64: 8, int32: 4, float32: 4, float16: 2, float64: 8,
};

interface Known { readonly kind: KinetoTransfer['kind']; readonly from: 'In' | 'Out' }

/** Names of c10d collectives (torch/csrc/distributed/c10d); `from` says which message is the operation's size. */
function collectiveOf(name: string): Known | null {
  const plain = name.toLowerCase().replace(/^[_#]+/, '').replace(/_(?:coalesced|oop|base|into_tensor|tensor)/g, '').replaceAll('_', '');
  switch (plain) {
    case 'allreduce': return { kind: 'allReduce', from: 'In' };
    case 'allgather': case 'gather': return { kind: 'allGather', from: 'Out' };
    case 'reducescatter': case 'scatter': return { kind: 'reduceScatter', from: 'In' };
    case 'alltoall': case 'alltoallv': case 'alltoallbase': return { kind: 'allToAll', from: 'In' };
    case 'broadcast': case 'reduce': return { kind: 'broadcast', from: 'In' };
    case 'send': return { kind: 'send', from: 'In' };
    case 'recv': return { kind: 'receive', from: 'Out' };
    case 'barrier': return { kind: 'barrier', from: 'In' };
    default: return null;
  }
}

/** Ranks in a text such as `[0, 1]`; `null` where some are left out (`...`). */
function rankList(value: unknown): readonly number[] | null {
  const list: unknown = Array.isArray(value) ? value : typeof value === 'string' ? value.replace(/^\s*\[|\]\s*$/g, '').split(',').map((word) => word.trim()).filter((word) => word !== '') : null;
  if (!Array.isArray(list) || list.length === 0) return null;
  const ranks = (list as readonly unknown[]).map(numberOf);
  return ranks.every((rank) => Number.isInteger(rank) && rank >= 0) ? ranks : null;
}

/** Ranks of each process group, from `distributedInfo.pg_config`. */
function groupsOf(document: Fields): ReadonlyMap<string, readonly number[]> {
  const info = document['distributedInfo'];
  const configs = isFields(info) ? info['pg_config'] : undefined;
  const groups = new Map<string, readonly number[]>();
  for (const config of Array.isArray(configs) ? (configs as readonly unknown[]) : []) {
    if (!isFields(config)) continue;
    const ranks = rankList(config['ranks']);
    if (ranks !== null) groups.set(String(config['pg_name']), ranks);
  }
  return groups;
}

/** The transfer of a communication kernel, or `null` where its metadata does not say enough. */
function transferOf(args: Fields, groups: ReadonlyMap<string, readonly number[]>): KinetoTransfer | null {
  const name = args['Collective name'];
  const known = typeof name === 'string' ? collectiveOf(name) : null;
  if (known === null) return null;
  const groupName = args['Process Group Name'];
  const ranks = rankList(args['Process Group Ranks']) ?? (groupName === undefined ? null : (groups.get(String(groupName)) ?? null));
  const groupSize = ranks?.length ?? numberOf(args['Group size']);
  const elements = numberOf(args[`${known.from} msg nelems`]);
  const width = elementBytes[String(args['dtype']).toLowerCase()] ?? NaN;
  const bytes = known.kind === 'barrier' ? 0 : elements * width;
  const peer = numberOf(known.kind === 'send' ? args['Dst Rank'] : args['Src Rank']);
  if (!(bytes >= 0 && bytes * 8 <= Number.MAX_SAFE_INTEGER) || !(groupSize >= 1)) return null;
  if ((known.kind === 'send' || known.kind === 'receive') && !(Number.isInteger(peer) && peer >= 0)) return null;
  return { kind: known.kind, bytes, ranks, groupSize, peer };
}

const isCommunication = (name: string): boolean => /^(?:nccl|rccl|mscclpp?)/i.test(name) || /nccl(?:Dev)?Kernel/i.test(name);

/** Work in order of start, then of entry. Everything else a profiler writes is counted as dropped. */
export function acceleratorWork(document: Fields, issues: TraceIssues, loss: LossCollector): readonly KinetoEvent[] {
  const list = document['traceEvents'];
  if (!Array.isArray(list)) {
    issues.add('not-a-list', 0, { message: 'The events are not a list', remedy: 'Write traceEvents as a list', value: list });
    return [];
  }
  const groups = groupsOf(document);
  const events: KinetoEvent[] = [];
  const passedOver = new Map<string, number>();
  for (const [entry, event] of (list as readonly unknown[]).entries()) {
    if (!isFields(event)) {
      issues.add('not-an-event', entry, { message: 'This is not an event', remedy: 'Write an object', value: event });
      if (issues.full) break;
      continue;
    }
    const category = typeof event['cat'] === 'string' ? event['cat'] : 'without category';
    if (event['ph'] !== 'X' || !workCategories.has(category)) {
      const what = event['ph'] === 'X' ? category : 'markers and arrows';
      passedOver.set(what, (passedOver.get(what) ?? 0) + 1);
      continue;
    }
    const startUs = numberOf(event['ts']);
    const durationUs = numberOf(event['dur']);
    if (!Number.isFinite(startUs) || !(durationUs >= 0 && durationUs < Infinity)) {
      issues.add('out-of-range', entry, { message: 'This event has no start or no duration', remedy: 'Write ts and dur in microseconds', value: Number.isFinite(startUs) ? event['dur'] : event['ts'] });
      if (issues.full) break;
      continue;
    }
    const args = isFields(event['args']) ? event['args'] : {};
    const name = typeof event['name'] === 'string' ? event['name'] : '';
    const transfer = category === 'kernel' ? transferOf(args, groups) : null;
    if (transfer === null && category === 'kernel' && isCommunication(name)) loss.dropped('communication kernels without size or group', 'the profiler wrote no collective metadata; the recorded time is kept as compute');
    else if (transfer === null) loss.understood(category === 'kernel' ? 'kernels' : category === 'gpu_memcpy' ? 'copies' : 'fills', 'recorded time on their stream');
    events.push({ name, entry, stream: `device ${String(args['device'] ?? event['pid'])} stream ${String(args['stream'] ?? event['tid'])}`, startUs, durationUs, transfer });
    if (events.length > traceNodesMax) {
      issues.add('too-many-nodes', entry, { message: `This file has more than ${traceNodesMax} kernels`, remedy: 'Record fewer steps' });
      break;
    }
  }
  for (const [what, count] of passedOver) loss.dropped(what, 'host side or annotation: its effect on the accelerator is in the recorded starts', count);
  return events.sort((a, b) => a.startUs - b.startUs || a.entry - b.entry);
}
