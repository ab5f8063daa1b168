/**
 * From a sequence of accelerators that stand close to each other to the rank order of a job.
 *
 * Ranks are numbered tensor first, then context, data and pipeline (`traffic/phases.ts`). `byStage` takes the sequence as it is, so
 * that the data-parallel rings of a stage stand together; `byReplica` gives each replica a stretch of the sequence, so that its
 * stages stand together and replicas fail apart.
 */

import type { ParallelPlan } from '../../traffic/parallel-plan.ts';

export const rankOrders = ['byStage', 'byReplica'] as const;
export type RankOrder = (typeof rankOrders)[number];

/** Accelerators of one replica of a plan: what is lost when any of them is. */
export const replicaGpus = (plan: ParallelPlan): number => plan.tensor * plan.context * plan.pipeline;

/** Cluster ranks in the job's own rank order. The sequence holds exactly the plan's accelerators. */
export function orderRanks(sequence: Int32Array, plan: ParallelPlan, order: RankOrder): Int32Array {
  if (order === 'byStage') return sequence.slice();
  const inner = plan.tensor * plan.context;
  const ranks = new Int32Array(sequence.length);
  for (let stage = 0; stage < plan.pipeline; stage++) {
    for (let replica = 0; replica < plan.data; replica++) {
      const from = (replica * plan.pipeline + stage) * inner;
      ranks.set(sequence.subarray(from, from + inner), (stage * plan.data + replica) * inner);
    }
  }
  return ranks;
}

/** The same ranks replica by replica: the form in which a controller shrinks a job. */
export function ranksByReplica(ranks: Int32Array, plan: ParallelPlan): readonly Int32Array[] {
  const inner = plan.tensor * plan.context;
  return Array.from({ length: plan.data }, (_, replica) => {
    const own = new Int32Array(inner * plan.pipeline);
    for (let stage = 0; stage < plan.pipeline; stage++) {
      const from = (stage * plan.data + replica) * inner;
      own.set(ranks.subarray(from, from + inner), stage * inner);
    }
    return own;
  });
}
