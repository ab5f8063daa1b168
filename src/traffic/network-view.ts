/** What the step model needs to know of a fabric: rates and latencies by tier, as one accelerator sees them. */

/** Tiers a collective can cross, named as the fabric's link tiers are. */
export const networkTiers = ['scaleUp', 'fabric', 'core'] as const;
export type NetworkTier = (typeof networkTiers)[number];

/** All rates are usable payload rates per accelerator, one direction. */
export interface NetworkView {
  readonly scaleUp: { /** Accelerators in one domain. */ readonly size: number; readonly rateGbps: number; readonly latencyNs: number };
  readonly scaleOut: {
    readonly rateGbps: number;
    /** Propagation and switching between two accelerators of a pod, software excluded. */
    readonly latencyNs: number;
    /** Accelerators that reach each other at `rateGbps`. */
    readonly podSize: number;
    /** How many times less each accelerator gets once a group leaves the pod; 1 for a non-blocking core. */
    readonly oversubscription: number;
    readonly coreLatencyNs: number;
  };
}

/** A communicator: `size` ranks, neighbours `stride` apart in the global rank order. */
export interface RankGroup {
  readonly size: number;
  readonly stride: number;
}

/** Where a group lies: ranks that share a scale-up domain, and the slowest tier it crosses. */
export interface GroupPlacement {
  readonly tier: NetworkTier;
  readonly ranksPerDomain: number;
  readonly domains: number;
}

export function placeGroup(group: RankGroup, network: NetworkView): GroupPlacement {
  const span = group.size * group.stride;
  const domain = network.scaleUp.size;
  if (group.size <= 1 || span <= domain) return { tier: 'scaleUp', ranksPerDomain: group.size, domains: 1 };
  const ranksPerDomain = Math.max(1, Math.min(group.size, Math.floor(domain / group.stride)));
  const domains = Math.ceil(group.size / ranksPerDomain);
  return { tier: span <= network.scaleOut.podSize ? 'fabric' : 'core', ranksPerDomain, domains };
}

/** Rate one accelerator gets when it leaves its domain, Gb/s. */
export const scaleOutRateGbps = (network: NetworkView, tier: NetworkTier): number =>
  tier === 'core' ? network.scaleOut.rateGbps / network.scaleOut.oversubscription : network.scaleOut.rateGbps;

export const tierLatencyNs = (network: NetworkView, tier: NetworkTier): number =>
  tier === 'scaleUp' ? network.scaleUp.latencyNs : tier === 'fabric' ? network.scaleOut.latencyNs : network.scaleOut.coreLatencyNs;
