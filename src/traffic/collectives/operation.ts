/** Collective operations, their size convention and the bus bandwidth factor that nccl-tests reports. */

/**
 * The size of an operation follows nccl-tests: the whole vector of an all-reduce or broadcast, the gathered output of an
 * all-gather, the input of a reduce-scatter, the send buffer of one rank of an all-to-all, the message of a send.
 */
export const collectiveOps = ['allReduce', 'allGather', 'reduceScatter', 'allToAll', 'broadcast', 'pointToPoint'] as const;
export type CollectiveOp = (typeof collectiveOps)[number];

/** Bus bandwidth over algorithm bandwidth (nccl-tests, doc/PERFORMANCE.md). */
export function busFactor(op: CollectiveOp, ranks: number): number {
  if (ranks <= 1) return op === 'broadcast' || op === 'pointToPoint' ? 1 : 0;
  switch (op) {
    case 'allReduce': return (2 * (ranks - 1)) / ranks;
    case 'allGather': case 'reduceScatter': case 'allToAll': return (ranks - 1) / ranks;
    case 'broadcast': case 'pointToPoint': return 1;
  }
}
