/**
 * What the light really lets through: the job's step and the other classes, run on the flow engine over given ways.
 *
 * The engine knows nothing of what a controller believes. It is given the light that is left, the ways that flows take and
 * whether the network knows classes, and answers when each flow ends.
 */

import { isRefusal } from '../../base/refusal.ts';
import type { StepProfile } from '../../control/job.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import type { NodeIx } from '../../fabric/fabric.ts';
import type { ClassFloor } from '../../sim/flow-program.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import type { PhaseDuration } from '../../traffic/combine-step.ts';
import { combineStep } from '../../traffic/combine-step.ts';
import type { ClassTraffic } from '../shared-step.ts';
import { runSharedStep } from '../shared-step.ts';
import type { PacedPhase, ReferenceMix } from './reference-mix.ts';

/** One of the ways of a pair: its links and the part of the pair's bits that it takes. */
export interface Way {
  readonly links: readonly number[];
  readonly part: number;
}

/** Ways from a rank to another for a class; none where the pair has no light, `null` where nobody waits for it (a replica that was dropped). Parts sum to 1. */
export type WaysOf = (trafficClass: TrafficClassName, ends: { readonly from: number; readonly to: number }) => readonly Way[] | null;

export interface Truth {
  /** Infinity while the job stands. */
  readonly stepS: number;
  /** What each class without a job gets of what it asks while the job communicates, 0 to 1; a mean over its pairs. */
  readonly carried: Partial<Record<TrafficClassName, number>>;
  /** Streaming time of each of the job's collectives, executed once. */
  readonly streamingNs: readonly number[];
}

export interface TruthOptions {
  readonly linkRateGbps: Float64Array;
  readonly waysOf: WaysOf;
  readonly isClassBlind: boolean;
  readonly classFloors: readonly ClassFloor[];
  /** Share of its replicas that the job still has: fewer do the same batch in more passes. */
  readonly replicaShare?: number;
  /** How long the job communicates in one pass when all light is there: the other classes have as much to send as fills it. */
  readonly busyNs: number;
}

/** Rows of flows under construction. */
class Rows {
  readonly source: number[] = [];
  readonly target: number[] = [];
  readonly bits: number[] = [];
  readonly caps: number[] = [];
  readonly offset: number[] = [0];
  readonly links: number[] = [];

  add(ends: { readonly from: number; readonly to: number }, load: { readonly bits: number; readonly capGbps: number }, links: readonly number[]): void {
    this.source.push(ends.from);
    this.target.push(ends.to);
    this.bits.push(load.bits);
    this.caps.push(load.capGbps);
    this.links.push(...links);
    this.offset.push(this.links.length);
  }

  traffic(name: string, trafficClass: TrafficClassName): ClassTraffic {
    return {
      name, trafficClass, capGbps: Float64Array.from(this.caps), routes: { pathOffset: Int32Array.from(this.offset), pathLink: Int32Array.from(this.links) },
      flows: { flowCount: this.bits.length, sourceRank: Int32Array.from(this.source), targetRank: Int32Array.from(this.target), flowBits: Float64Array.from(this.bits) },
    };
  }
}

/** Links of the fabric's own route, e.g. inside a scale-up domain. */
export function ownRoute({ fabric }: CompiledCluster, ends: { readonly from: number; readonly to: number }, hash: number): readonly number[] {
  const into = new Int32Array(Math.max(1, fabric.routing.hopsMax));
  const hops = fabric.routing.route((fabric.gpuNode[ends.from] ?? 0) as NodeIx, (fabric.gpuNode[ends.to] ?? 0) as NodeIx, hash, into);
  return Array.from(into.subarray(0, Math.max(0, hops)));
}

/** A collective over the ways of its pairs; `null` when a pair has none. */
function phaseTraffic(cluster: CompiledCluster, phase: PacedPhase, waysOf: WaysOf): ClassTraffic | null {
  const rows = new Rows();
  const domain = cluster.fabric.gpusPerScaleUpDomain;
  for (let flow = 0; flow < phase.flows.flowCount; flow++) {
    const [from, sender, to] = [phase.flows.sourceRank[flow] ?? 0, phase.senderRank[flow] ?? 0, phase.flows.targetRank[flow] ?? 0];
    const [bits, capGbps] = [phase.flows.flowBits[flow] ?? 0, phase.capGbps[flow] ?? Infinity];
    if (Math.floor(sender / domain) === Math.floor(to / domain)) {
      rows.add({ from, to }, { bits, capGbps }, ownRoute(cluster, { from, to }, 0));
      continue;
    }
    const prefix = from === sender ? [] : ownRoute(cluster, { from, to: sender }, 0);
    const ways = waysOf(phase.trafficClass, { from: sender, to });
    if (ways === null) continue;
    if (ways.length === 0) return null;
    for (const { links, part } of ways) rows.add({ from, to }, { bits: bits * part, capGbps: capGbps * part }, [...prefix, ...links]);
  }
  return rows.traffic(phase.name, phase.trafficClass);
}

/** Pairs of one class; `asked` counts those without a way too. */
function otherTraffic(mix: ReferenceMix, options: TruthOptions): readonly { readonly traffic: ClassTraffic; readonly askedBits: number }[] {
  const byClass = new Map<TrafficClassName, { readonly rows: Rows; askedBits: number }>();
  for (const { trafficClass, fromRank, toRank, rateGbps } of mix.others) {
    const own = byClass.get(trafficClass) ?? { rows: new Rows(), askedBits: 0 };
    byClass.set(trafficClass, own);
    const rate = rateGbps ?? 0;
    own.askedBits += rate * options.busyNs;
    for (const { links, part } of options.waysOf(trafficClass, { from: fromRank, to: toRank }) ?? []) own.rows.add({ from: fromRank, to: toRank }, { bits: rate * part * options.busyNs, capGbps: rate * part }, links);
  }
  return [...byClass].map(([name, { rows, askedBits }]) => ({ traffic: rows.traffic(name, name), askedBits }));
}

/** The step whose collectives stream as long as they did on the engine; latency is that of the profile. */
export function stepOf(profile: StepProfile, streamingNs: readonly number[]): { readonly stepS: number; readonly durations: readonly PhaseDuration[] } {
  const durations = profile.durations.map((duration, row): PhaseDuration => ({ ...duration, timeNs: duration.latencyNs + (streamingNs[row] ?? 0) }));
  if (durations.some(({ timeNs }) => !Number.isFinite(timeNs))) return { stepS: Infinity, durations };
  return { stepS: combineStep(profile.compute, profile.phases, durations, { contention: profile.contention }).stepS, durations };
}

/** One pass of the job's collectives beside the other classes. */
export function runMix(cluster: CompiledCluster, mix: ReferenceMix, options: TruthOptions): Truth {
  const { linkRateGbps, isClassBlind, classFloors } = options;
  const others = otherTraffic(mix, options).filter(({ traffic }) => traffic.flows.flowCount > 0);
  const stands: Truth = { stepS: Infinity, carried: {}, streamingNs: mix.phases.map(() => Infinity) };
  const job: ClassTraffic[] = [];
  for (const phase of mix.phases) {
    const traffic = phaseTraffic(cluster, phase, options.waysOf);
    if (traffic === null) return stands;
    job.push(traffic);
  }
  const step = runSharedStep(cluster, { job, others: others.map(({ traffic }) => traffic) }, { linkRateGbps, isClassBlind, ...(isClassBlind ? {} : { classFloors }) });
  if (isRefusal(step)) return stands;
  let beforeNs = 0;
  const streamingNs = job.map((_, row) => {
    const endNs = step.parts[row]?.endNs ?? 0;
    const tookNs = endNs - beforeNs;
    beforeNs = endNs;
    return tookNs;
  });
  const carried: Partial<Record<TrafficClassName, number>> = {};
  others.forEach(({ traffic, askedBits }, row) => {
    const ends = step.parts[job.length + row]?.completionNs ?? new Float64Array(0);
    carried[traffic.trafficClass] = traffic.flows.flowBits.reduce((sum, bits, flow) => sum + bits * Math.min(1, options.busyNs / (ends[flow] ?? Infinity)), 0) / askedBits;
  });
  return { stepS: stepOf(mix.request.profile, streamingNs).stepS / (options.replicaShare ?? 1), carried, streamingNs };
}
