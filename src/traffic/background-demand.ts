/** Traffic beside the steps of a job: checkpoints, parameter sync between sites, dataset and weight loading, background moves. */

import type { CheckpointPlan, CheckpointState } from './checkpoint.ts';
import type { TrafficClassName } from './classes.ts';
import { busFactor } from './collectives/operation.ts';

/** A recurring amount with a deadline: what the class table calls spare capacity, scheduled windows or preemptible. */
export interface PacedDemand {
  readonly name: string;
  readonly trafficClass: TrafficClassName;
  /** Bits of one occurrence, all senders together, and how many senders share them equally. */
  readonly bits: number;
  readonly senders: number;
  /** Time between occurrences; Infinity for one that happens once. */
  readonly periodS: number;
  /** From its start to when it must be over. */
  readonly deadlineS: number;
}

/** Rate that just keeps the deadline, all senders together. */
export const paceGbps = (demand: PacedDemand): number => demand.bits / demand.deadlineS / 1e9;

export const checkpointDemand = (state: CheckpointState, plan: CheckpointPlan): PacedDemand => ({
  name: 'checkpoint', trafficClass: 'checkpoint', bits: state.totalBits, senders: state.writers, periodS: plan.intervalS, deadlineS: plan.deadlineS,
});

/**
 * Asynchronous or inter-site sync: after `innerSteps` local steps the sites all-reduce what changed (DiLoCo, Douillard et al. 2023,
 * arXiv 2311.08105, with hundreds of inner steps). `overlapSteps` steps may pass until the result is used (Streaming DiLoCo, arXiv
 * 2501.18512); 0 makes the job wait, which is asked to last no longer than one step.
 */
export function siteSyncDemand(options: {
  readonly parameters: number; readonly bytesPerParameter: number; readonly sites: number; readonly innerSteps: number; readonly overlapSteps: number; readonly stepS: number;
  /** Accelerators of one site that send. */
  readonly sendersPerSite: number;
}): PacedDemand {
  const { parameters, bytesPerParameter, sites, innerSteps, overlapSteps, stepS } = options;
  return {
    name: 'site sync', trafficClass: 'parameterSync', bits: parameters * bytesPerParameter * 8 * busFactor('allReduce', sites) * sites, senders: options.sendersPerSite * sites,
    periodS: innerSteps * stepS, deadlineS: Math.max(1, overlapSteps) * stepS,
  };
}

/** Tokens of the next step, read while the present one runs. Four bytes hold a token of any vocabulary; images and video bring more. */
export const datasetDemand = (options: { readonly tokensPerStep: number; readonly bytesPerToken: number; readonly stepS: number; readonly readers: number }): PacedDemand => ({
  name: 'dataset', trafficClass: 'background', bits: options.tokensPerStep * options.bytesPerToken * 8, senders: options.readers, periodS: options.stepS, deadlineS: options.stepS,
});

/** Weights of every replica, once, before a service or a job starts or after it moved. */
export const weightLoadDemand = (options: { readonly parameters: number; readonly bytesPerParameter: number; readonly replicas: number; readonly senders: number; readonly deadlineS: number }): PacedDemand => ({
  name: 'weight load', trafficClass: 'background', bits: options.parameters * options.bytesPerParameter * 8 * options.replicas, senders: options.senders, periodS: Infinity, deadlineS: options.deadlineS,
});

/** Anything else that only has to arrive some day: replication, logs, staging of datasets. */
export const moveDemand = (options: { readonly bits: number; readonly senders: number; readonly deadlineS: number }): PacedDemand => ({
  name: 'background move', trafficClass: 'background', bits: options.bits, senders: options.senders, periodS: Infinity, deadlineS: options.deadlineS,
});
