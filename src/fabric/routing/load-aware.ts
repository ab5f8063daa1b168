/** Routes that depend on load: the shorter way, or the longer one where the shorter is busy, on a snapshot that each placed flow adds to. */

import type { Fabric, NodeIx } from '../fabric.ts';

export interface LoadedFlow {
  readonly from: NodeIx;
  readonly to: NodeIx;
  readonly hash: number;
  readonly bits: number;
}

export interface LoadAwareRoutes {
  /** Writes the flow's links and adds its bits to their load. Returns hops, or -1 when there is no route. */
  place(flow: LoadedFlow, into: Int32Array): number;
  /** Queued bits over rate of every link, ns. */
  readonly queuedNs: Float64Array;
}

/**
 * The rule of UGAL (Universal Globally-Adaptive Load-balanced routing; Singh, Stanford thesis 2005): take the shorter route when
 * queue x hops of it is at most that of the longer one. The queue of a route is its busiest link's, known everywhere, with the
 * flow itself in it; flows are placed in the order of the calls, so equal inputs give equal routes. A fabric whose routing has no longer routes
 * gives its usual ones.
 */
export function createLoadAwareRoutes(fabric: Fabric, queuedNs: Float64Array = new Float64Array(fabric.linkCount)): LoadAwareRoutes {
  const { routing, linkRateGbps } = fabric;
  const other = new Int32Array(routing.hopsMax);
  const costOf = (links: Int32Array, hops: number, bits: number): number => {
    let worstNs = 0;
    for (let hop = 0; hop < hops; hop++) {
      const link = links[hop] ?? 0;
      const rateGbps = linkRateGbps[link] ?? 0;
      worstNs = Math.max(worstNs, rateGbps > 0 ? (queuedNs[link] ?? 0) + bits / rateGbps : Infinity);
    }
    return worstNs * hops;
  };
  return {
    queuedNs,
    place({ from, to, hash, bits }, into) {
      let hops = routing.route(from, to, hash, into);
      if (routing.longerRoute !== undefined && hops > 0) {
        const longer = routing.longerRoute(from, to, hash, other);
        if (longer > hops && costOf(other, longer, bits) < costOf(into, hops, bits)) {
          into.set(other.subarray(0, longer));
          hops = longer;
        }
      }
      for (let hop = 0; hop < hops; hop++) {
        const link = into[hop] ?? 0;
        const rateGbps = linkRateGbps[link] ?? 0;
        if (rateGbps > 0) queuedNs[link] = (queuedNs[link] ?? 0) + bits / rateGbps;
      }
      return hops;
    },
  };
}
