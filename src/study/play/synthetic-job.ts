/**
 * A job whose step can be worked out by hand: compute, then phases one after another that show in full.
 *
 * Step = compute + sum over phases of time / share, where the share is what the phase's class gets of the light it asked for. That
 * is `combineStep` with one microbatch, no windows and no latency.
 */

import type { JobDemand, JobRequest } from '../../control/job.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import type { CommunicationPhase } from '../../traffic/phases.ts';

export interface SyntheticPhase {
  readonly trafficClass: TrafficClassName;
  readonly timeNs: number;
  readonly rateGbps: number;
  /** Who sends to whom, as places in the job's ranks. */
  readonly pairs: readonly (readonly [number, number])[];
}

export interface SyntheticJob {
  readonly id: string;
  readonly tenant: string;
  readonly ranks: readonly number[];
  readonly computeNs: number;
  readonly phases: readonly SyntheticPhase[];
  readonly replicas: number;
  readonly replicaBlock: number;
  readonly replicasMin: number;
  readonly steps: number;
  readonly checkpointNs: number;
  readonly restartNs: number;
}

/** Every place sends to the next one, the last to the first. */
export const ringPairs = (count: number): readonly (readonly [number, number])[] => Array.from({ length: count }, (_, at) => [at, (at + 1) % count] as const);

/** Every place sends to every other. */
export const allPairs = (count: number): readonly (readonly [number, number])[] =>
  Array.from({ length: count }, (_, from) => Array.from({ length: count }, (_unused, to) => [from, to] as const).filter(([one, other]) => one !== other)).flat();

/** Share of compute that is the forward pass: one of three equal parts, the backward pass being two. */
const forwardShare = 1 / 3;

function phaseOf({ trafficClass, timeNs, rateGbps }: SyntheticPhase, ranks: number): CommunicationPhase {
  return {
    name: trafficClass, trafficClass, op: trafficClass === 'allToAll' ? 'allToAll' : 'allReduce', group: { size: ranks, stride: 1 }, groups: 1, bits: timeNs * rateGbps, crossDomainBits: null,
    perMicrobatch: 0, perStep: 1, window: 'none', hiddenShare: 0,
  };
}

export function syntheticRequest(job: SyntheticJob): JobRequest {
  const { id, tenant, ranks, computeNs, phases, replicas, replicaBlock, replicasMin, steps, checkpointNs, restartNs } = job;
  const demands = phases.flatMap(({ trafficClass, rateGbps, pairs }) => pairs.map(([from, to]): JobDemand => ({ trafficClass, fromRank: ranks[from] ?? -1, toRank: ranks[to] ?? -1, rateGbps })));
  return {
    id, tenant, ranks, demands, replicas, replicaBlock, replicasMin, steps, checkpointNs, restartNs, checkpointEverySteps: 100,
    profile: {
      compute: {
        microbatches: 1, meanStageNs: computeNs, busiestStageNs: computeNs, forwardNs: computeNs * forwardShare, backwardNs: computeNs * (1 - forwardShare), edgeMicrobatches: 1, bubbleMicrobatches: 0, otherNs: 0,
      },
      phases: phases.map((phase) => phaseOf(phase, ranks.length)), durations: phases.map(({ timeNs }) => ({ timeNs, latencyNs: 0, tier: 'fabric' })), contention: 1,
    },
  };
}
