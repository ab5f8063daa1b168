/**
 * The two regular families of schema simcase/1, written out from their parameters by the text of `generator.rule`.
 *
 * Bounds: hosts >= 1 and every row is computed from hosts.
 */

import type { FlowProgram } from '../sim/flow-program.ts';
import type { LockstepProgram } from '../sim/lockstep.ts';

/** Every ordered pair of N hosts on one switch; link 2i leads from host i to the switch, link 2i + 1 back. */
export interface StarFamily {
  readonly kind: 'star-all-to-all';
  readonly hosts: number;
  readonly latencyNs: number;
  readonly nicGbps: number;
  readonly altNicGbps: number;
  /** Every how many hosts the other NIC rate holds; 0 for never. */
  readonly altEvery: number;
  /** Size in bytes = size0 + ((i a + j b) mod m) step. */
  readonly size0: number;
  readonly a: number;
  readonly b: number;
  readonly m: number;
  readonly step: number;
}

export interface RingFamily {
  readonly kind: 'ring-all-reduce';
  readonly hosts: number;
  readonly messageBytes: number;
  readonly linkGbps: number;
  readonly latencyNs: number;
  /** -1 for none. */
  readonly slowLink: number;
  readonly slowFactor: number;
}

export function expandStar(family: StarFamily): FlowProgram {
  const { hosts, a, b, m } = family;
  const linkCount = 2 * hosts;
  const flowCount = hosts * (hosts - 1);
  const linkRateGbps = new Float64Array(linkCount);
  for (let host = 0; host < hosts; host++) {
    linkRateGbps.fill(family.altEvery > 0 && host % family.altEvery === 0 ? family.altNicGbps : family.nicGbps, 2 * host, 2 * host + 2);
  }
  const flowBits = new Float64Array(flowCount);
  const pathOffset = new Int32Array(flowCount + 1);
  const pathLink = new Int32Array(2 * flowCount);
  let flow = 0;
  for (let from = 0; from < hosts; from++) {
    for (let to = 0; to < hosts; to++) {
      if (to === from) continue;
      flowBits[flow] = (family.size0 + ((from * a + to * b) % m) * family.step) * 8;
      pathLink[2 * flow] = 2 * from;
      pathLink[2 * flow + 1] = 2 * to + 1;
      pathOffset[++flow] = 2 * flow;
    }
  }
  const none = new Float64Array(0);
  return {
    linkCount, linkRateGbps, linkLatencyNs: new Float64Array(linkCount).fill(family.latencyNs),
    flowCount, flowBits, flowStartNs: new Float64Array(flowCount), flowWeight: null, flowCapGbps: null, flowPriority: null,
    pathOffset, pathLink, afterOffset: null, afterFlow: null, eventNs: none, eventLink: new Int32Array(0), eventRateGbps: none,
  };
}

/** Link i leads from host i to host i + 1; 2(N - 1) steps of floor(bytes / N). */
export function describeRing(family: RingFamily): LockstepProgram {
  const laneRateGbps = new Float64Array(family.hosts).fill(family.linkGbps);
  if (family.slowLink >= 0) laneRateGbps[family.slowLink]! *= family.slowFactor;
  return {
    laneCount: family.hosts,
    stepCount: 2 * (family.hosts - 1),
    bits: Math.floor(family.messageBytes / family.hosts) * 8,
    laneLink: Int32Array.from({ length: family.hosts }, (_, lane) => lane),
    laneRateGbps,
    laneLatencyNs: new Float64Array(family.hosts).fill(family.latencyNs),
  };
}
