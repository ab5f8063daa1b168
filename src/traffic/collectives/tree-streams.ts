/**
 * The double binary tree as streams: two trees over the same ranks, each with half of the data, so that (almost) every rank is
 * inside one tree and a leaf of the other and both directions of its port stay busy (Sanders, Speck and Traeff 2009; NCCL trees.cc).
 */

import type { CollectiveSchedule } from './schedule.ts';

/** The parent of a rank in the in-order binary tree of n ranks; -1 for the root, which is rank 0 (ncclGetBtree). */
export function treeParent(rank: number, ranks: number): number {
  if (rank === 0) return -1;
  const bit = rank & -rank;
  const up = (rank ^ bit) | (bit << 1);
  return up < ranks ? up : rank ^ bit;
}

/** The second tree: ranks mirrored where their number is even, shifted by one where it is odd, so that leaves become inner ranks. */
const second = (rank: number, ranks: number): number => (ranks % 2 === 0 ? ranks - 1 - rank : (rank + 1) % ranks);

/** What the edges of both trees carry in one pipelined collective: half of the bits up and, for an all-reduce, half down; a broadcast goes down only, from the roots. */
export function doubleBinaryTreeStreams(op: 'allReduce' | 'broadcast', ranks: number, bits: number): CollectiveSchedule {
  const sources: number[] = [];
  const targets: number[] = [];
  for (let rank = 1; rank < ranks; rank++) {
    const parent = treeParent(rank, ranks);
    for (const [child, above] of [[rank, parent], [second(rank, ranks), second(parent, ranks)]] as const) {
      if (op === 'allReduce') {
        sources.push(child);
        targets.push(above);
      }
      sources.push(above);
      targets.push(child);
    }
  }
  const flowCount = sources.length;
  return {
    flowCount, sourceRank: Int32Array.from(sources), targetRank: Int32Array.from(targets), flowBits: new Float64Array(flowCount).fill(bits / 2),
    afterOffset: new Int32Array(flowCount + 1), afterFlow: new Int32Array(0),
  };
}
