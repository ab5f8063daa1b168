/**
 * What a collective must carry across a cut, whatever its algorithm: the demand side of every lower bound.
 *
 * Switches forward and may copy, but do not add up, unless `inNetworkReduction` says so. With a of n ranks inside the cut and
 * M the size of `operation.ts`, the data of the inside must leave once and that of the outside must enter once. An all-reduce
 * needs the sum of each side on the other, M both ways; over a partition into k parts it also takes 2 (k - 1) M in all, k - 1
 * messages to combine and k - 1 to spread (Patarasuk and Yuan 2009, lemma 2).
 */

import type { CollectiveOp } from './operation.ts';

export interface CutDemand {
  readonly outBits: number;
  readonly inBits: number;
}

const none: CutDemand = { outBits: 0, inBits: 0 };

/** Demand across a cut with `inside` of `ranks` ranks; `hasRoot` says on which side the root of a broadcast is. */
export function cutDemand(op: Exclude<CollectiveOp, 'pointToPoint'>, bits: number, cut: { readonly ranks: number; readonly inside: number; readonly hasRoot: boolean }): CutDemand {
  const { ranks, inside } = cut;
  if (inside <= 0 || inside >= ranks) return none;
  const outside = ranks - inside;
  switch (op) {
    case 'allGather': return { outBits: (bits * inside) / ranks, inBits: (bits * outside) / ranks };
    case 'reduceScatter': return { outBits: (bits * outside) / ranks, inBits: (bits * inside) / ranks };
    case 'allReduce': return { outBits: bits, inBits: bits };
    case 'allToAll': { const across = (bits * inside * outside) / ranks; return { outBits: across, inBits: across }; }
    case 'broadcast': return cut.hasRoot ? { outBits: bits, inBits: 0 } : { outBits: 0, inBits: bits };
  }
}

/** Bits that leave the parts of a partition in all, beyond what single cuts say; 0 where that adds nothing. */
export const partitionDemand = (op: CollectiveOp, bits: number, parts: number): number => (op === 'allReduce' && parts > 1 ? 2 * (parts - 1) * bits : 0);
