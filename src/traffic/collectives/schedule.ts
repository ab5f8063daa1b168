/** Collective algorithms step by step: every message with the messages it waits for, ready for the flow engine. */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { CollectiveAlgorithm } from './closed-form.ts';
import type { CollectiveOp } from './operation.ts';

/** Parallel arrays, one row per message; message f waits for afterFlow[afterOffset[f] .. afterOffset[f + 1]). */
export interface CollectiveSchedule {
  readonly flowCount: number;
  readonly sourceRank: Int32Array;
  readonly targetRank: Int32Array;
  readonly flowBits: Float64Array;
  readonly afterOffset: Int32Array;
  readonly afterFlow: Int32Array;
}

/** More messages than this are refused; a ring over 2,048 ranks has 8.4 million. */
export const scheduleFlowsMax = 10_000_000;

/** Collects messages step by step. A rank's message waits for everything that the rank sent or received in the step before. */
class ScheduleWriter {
  readonly sources: number[] = [];
  readonly targets: number[] = [];
  readonly bits: number[] = [];
  readonly offsets: number[] = [0];
  readonly after: number[] = [];
  private readonly touched: number[][];
  private touching: number[][];

  constructor(ranks: number) {
    this.touched = Array.from({ length: ranks }, () => []);
    this.touching = Array.from({ length: ranks }, () => []);
  }

  send(source: number, target: number, bits: number): void {
    const flow = this.sources.length;
    this.sources.push(source);
    this.targets.push(target);
    this.bits.push(bits);
    this.after.push(...(this.touched[source] ?? []));
    this.offsets.push(this.after.length);
    this.touching[source]?.push(flow);
    this.touching[target]?.push(flow);
  }

  endStep(): void {
    for (const [rank, flows] of this.touching.entries()) if (flows.length > 0) this.touched[rank] = flows;
    this.touching = Array.from({ length: this.touched.length }, () => []);
  }

  finish(): CollectiveSchedule {
    return {
      flowCount: this.sources.length, sourceRank: Int32Array.from(this.sources), targetRank: Int32Array.from(this.targets),
      flowBits: Float64Array.from(this.bits), afterOffset: Int32Array.from(this.offsets), afterFlow: Int32Array.from(this.after),
    };
  }
}

/** The ranks of one group by position, so that the same step patterns serve a whole job, a domain or a rail. */
type Members = readonly number[];

const at = (members: Members, position: number): number => members[((position % members.length) + members.length) % members.length] ?? 0;

function ringSteps(writer: ScheduleWriter, groups: readonly Members[], options: { readonly rounds: number; readonly bits: number }): void {
  const size = groups[0]?.length ?? 1;
  for (let step = 0; step < options.rounds * (size - 1); step++) {
    for (const members of groups) for (let position = 0; position < size; position++) writer.send(at(members, position), at(members, position + 1), options.bits / size);
    writer.endStep();
  }
}

/** Partners at distances 1, 2, 4 ... (doubling) or back (halving); `bitsAt` gives the message of each distance. */
function exchangeSteps(writer: ScheduleWriter, members: Members, distances: readonly number[], bitsAt: (distance: number) => number): void {
  for (const distance of distances) {
    for (let position = 0; position < members.length; position++) writer.send(at(members, position), members[position ^ distance] ?? 0, bitsAt(distance));
    writer.endStep();
  }
}

function directStep(writer: ScheduleWriter, members: Members, bits: number): void {
  for (let position = 0; position < members.length; position++) {
    for (let ahead = 1; ahead < members.length; ahead++) writer.send(at(members, position), at(members, position + ahead), bits);
  }
  writer.endStep();
}

/** Bruck et al. 1997. All-gather doubles what each rank holds; all-to-all sends in step k the blocks whose index has bit k. */
function bruckSteps(writer: ScheduleWriter, members: Members, op: 'allGather' | 'reduceScatter' | 'allToAll', bits: number): void {
  const n = members.length;
  const distances: number[] = [];
  for (let distance = 1; distance < n; distance *= 2) distances.push(distance);
  for (const distance of op === 'reduceScatter' ? distances.toReversed() : distances) {
    let blocks = 0;
    if (op !== 'allToAll') blocks = Math.min(distance, n - distance);
    else for (let block = 1; block < n; block++) if ((block & distance) !== 0) blocks++;
    for (let position = 0; position < n; position++) writer.send(at(members, position), at(members, position - distance), (blocks * bits) / n);
    writer.endStep();
  }
}

const powersBelow = (n: number): readonly number[] => Array.from({ length: Math.round(Math.log2(n)) }, (_, exponent) => 2 ** exponent);

function hierarchicalSteps(writer: ScheduleWriter, op: CollectiveOp, ranks: number, bits: number, domainSize: number): boolean {
  const local = Math.min(domainSize, ranks);
  const domains = ranks / local;
  const inner = Array.from({ length: domains }, (_, domain) => Array.from({ length: local }, (_unused, position) => domain * local + position));
  const rails = Array.from({ length: local }, (_, position) => Array.from({ length: domains }, (_unused, domain) => domain * local + position));
  if (op === 'allToAll') {
    // First to the rank of the own domain that shares the receiver's place, one part of 1 / local each; then along the rails.
    for (const members of inner) for (let from = 0; from < local; from++) for (let ahead = 1; ahead < local; ahead++) writer.send(at(members, from), at(members, from + ahead), bits / local);
    writer.endStep();
    for (const members of rails) for (let from = 0; from < domains; from++) for (let ahead = 1; ahead < domains; ahead++) writer.send(at(members, from), at(members, from + ahead), bits / domains);
    writer.endStep();
    return true;
  }
  if (op !== 'allReduce' && op !== 'allGather' && op !== 'reduceScatter') return false;
  if (op !== 'allGather') ringSteps(writer, inner, { rounds: 1, bits });
  ringSteps(writer, rails, { rounds: op === 'allReduce' ? 2 : 1, bits: bits / local });
  if (op !== 'reduceScatter') ringSteps(writer, inner, { rounds: 1, bits });
  return true;
}

/** Writes the steps; false where the algorithm has no step-by-step form here. */
function writeSteps(writer: ScheduleWriter, op: CollectiveOp, algorithm: CollectiveAlgorithm, ranks: number, bits: number): boolean {
  const everyone = Array.from({ length: ranks }, (_, rank) => rank);
  const distances = powersBelow(ranks);
  const halving = distances.toReversed();
  switch (`${op} ${algorithm}`) {
    case 'allReduce ring': ringSteps(writer, [everyone], { rounds: 2, bits }); return true;
    case 'allGather ring': case 'reduceScatter ring': ringSteps(writer, [everyone], { rounds: 1, bits }); return true;
    case 'allReduce direct': directStep(writer, everyone, bits / ranks); directStep(writer, everyone, bits / ranks); return true;
    case 'allGather direct': case 'reduceScatter direct': case 'allToAll direct': directStep(writer, everyone, bits / ranks); return true;
    case 'allReduce recursiveDoubling': exchangeSteps(writer, everyone, distances, () => bits); return true;
    case 'allReduce halvingDoubling':
      exchangeSteps(writer, everyone, halving, (distance) => (bits * distance) / ranks);
      exchangeSteps(writer, everyone, distances, (distance) => (bits * distance) / ranks);
      return true;
    case 'reduceScatter halvingDoubling': exchangeSteps(writer, everyone, halving, (distance) => (bits * distance) / ranks); return true;
    case 'allGather recursiveDoubling': exchangeSteps(writer, everyone, distances, (distance) => (bits * distance) / ranks); return true;
    case 'allGather bruck': bruckSteps(writer, everyone, 'allGather', bits); return true;
    // The all-gather backwards: what grew by doubling shrinks by halving.
    case 'reduceScatter bruck': bruckSteps(writer, everyone, 'reduceScatter', bits); return true;
    case 'allToAll bruck': bruckSteps(writer, everyone, 'allToAll', bits); return true;
    case 'broadcast direct':
      for (let rank = 1; rank < ranks; rank++) writer.send(0, rank, bits);
      return true;
    case 'broadcast recursiveDoubling':
      for (const distance of distances) {
        for (let rank = 0; rank < distance; rank++) writer.send(rank, rank + distance, bits);
        writer.endStep();
      }
      return true;
    case 'pointToPoint direct': writer.send(0, 1, bits); return true;
    default: return false;
  }
}

export interface ScheduleRequest {
  readonly op: CollectiveOp;
  readonly algorithm: CollectiveAlgorithm;
  readonly ranks: number;
  readonly bits: number;
  /** Ranks per domain, for hierarchical algorithms. */
  readonly domainSize?: number;
}

/** Messages of one collective over ranks 0 .. ranks - 1. Algorithms that exchange with a partner need a power of two. */
export function scheduleCollective(request: ScheduleRequest): CollectiveSchedule | Refusal {
  const { op, algorithm, ranks, bits } = request;
  const pairs = algorithm === 'halvingDoubling' || algorithm === 'recursiveDoubling';
  if (pairs && !Number.isInteger(Math.log2(ranks))) return refuse('algorithm-not-applicable', 'never', `${algorithm} needs a power of two, not ${ranks} ranks.`);
  if (algorithm === 'ring' && 2 * ranks * (ranks - 1) > scheduleFlowsMax || algorithm === 'direct' && 2 * ranks * (ranks - 1) > scheduleFlowsMax) {
    return refuse('schedule-too-large', 'never', `A ${algorithm} over ${ranks} ranks has more than ${scheduleFlowsMax} messages.`);
  }
  const writer = new ScheduleWriter(ranks);
  const done = algorithm === 'hierarchical' && request.domainSize !== undefined
    ? hierarchicalSteps(writer, op, ranks, bits, request.domainSize) : writeSteps(writer, op, algorithm, ranks, bits);
  return done ? writer.finish() : refuse('algorithm-not-applicable', 'never', `${algorithm} has no step-by-step form for ${op}.`);
}
