/**
 * A job as the controller sees it: where it runs, which light it asks for, and what its step costs when it gets less.
 *
 * The step is the closed form of the traffic room. Its durations at full rate are part of the request, so that a log folds and
 * prices the same for ever: a class that gets the share s of what it asked streams 1 / s times longer, latency unchanged.
 */

import type { ComputeParts, PhaseDuration } from '../traffic/combine-step.ts';
import { combineStep } from '../traffic/combine-step.ts';
import type { TrafficClassName } from '../traffic/classes.ts';
import type { CommunicationPhase } from '../traffic/phases.ts';

/** Light between two ranks in the busy phase of a class. */
export interface JobDemand {
  readonly trafficClass: TrafficClassName;
  readonly fromRank: number;
  readonly toRank: number;
  readonly rateGbps: number;
}

/** Everything `combineStep` needs, at the rates asked for. */
export interface StepProfile {
  readonly compute: ComputeParts;
  readonly phases: readonly CommunicationPhase[];
  readonly durations: readonly PhaseDuration[];
  readonly contention: number;
}

export interface JobRequest {
  readonly id: string;
  readonly tenant: string;
  /** Accelerator ranks of the cluster, in the job's own rank order. */
  readonly ranks: readonly number[];
  readonly profile: StepProfile;
  readonly demands: readonly JobDemand[];
  /** Data-parallel replicas; a job shrinks by whole ones. Place p of `ranks` belongs to replica floor(p / replicaBlock) mod replicas. */
  readonly replicas: number;
  /** Consecutive places of one replica: tensor x context ranks in Megatron's order. */
  readonly replicaBlock: number;
  readonly replicasMin: number;
  /** Steps to do in all. */
  readonly steps: number;
  /** Time to write a checkpoint, and to start again from one. */
  readonly checkpointNs: number;
  readonly restartNs: number;
  /** Steps between checkpoints. */
  readonly checkpointEverySteps: number;
}

/** Shares of what each class asked for, 0 to 1; a class that is missing gets all of it. */
export type ClassShares = Partial<Record<TrafficClassName, number>>;

/** Time of one step; Infinity when a class that the step waits for gets nothing. */
export function stepNs(profile: StepProfile, shares: ClassShares): number {
  const durations = profile.durations.map((duration, at): PhaseDuration => {
    const phase = profile.phases[at];
    const share = phase === undefined ? 1 : shares[phase.trafficClass] ?? 1;
    return { ...duration, timeNs: duration.latencyNs + (duration.timeNs - duration.latencyNs) / share };
  });
  if (durations.some(({ timeNs }) => timeNs === Infinity)) return Infinity;
  return combineStep(profile.compute, profile.phases, durations, { contention: profile.contention }).stepS * 1e9;
}
