/**
 * An all-to-all whose receivers are not alike: ranks that hold popular experts get more.
 *
 * Every rank sends its buffer of M bits in the same shares, share j to rank j. The fullest port sets the time of a direct
 * exchange, and no exchange is faster (Birkhoff 1946: every traffic matrix can be sent in its largest row or column sum).
 */

import type { CollectiveCost, PortNetwork } from './closed-form.ts';

export interface SkewedCost extends CollectiveCost {
  /** Streaming over that of the even exchange. */
  readonly slowdown: number;
  /** The rank whose port is fullest. */
  readonly busiestRank: number;
}

/** `shares` sum to 1, one per rank; flat networks only. */
export function skewedExchange(shares: Float64Array, bits: number, network: Pick<PortNetwork, 'rateGbps' | 'latencyNs'>): SkewedCost {
  const ranks = shares.length;
  if (ranks <= 1) return { timeNs: 0, steps: 0, latencyNs: 0, streamingNs: 0, slowdown: 1, busiestRank: 0 };
  let busiestRank = 0;
  let fullest = 0;
  for (const [rank, share] of shares.entries()) {
    const load = Math.max((ranks - 1) * share, 1 - share);
    if (load <= fullest) continue;
    fullest = load;
    busiestRank = rank;
  }
  const streamingNs = (fullest * bits) / network.rateGbps;
  return { timeNs: network.latencyNs + streamingNs, steps: 1, latencyNs: network.latencyNs, streamingNs, slowdown: fullest / ((ranks - 1) / ranks), busiestRank };
}
