/**
 * The shortest step that any plan could reach on the light that is left: the cut bound.
 *
 * The bits that a collective moves out of a scale-up domain need at least as long as all ports that leave it take for them, and those
 * that enter it likewise; and no collective is faster than with all light. Collectives of a job stream one after another and each
 * counts as if it had the network to itself, so no plan beats this; whether one reaches it is not said.
 */

import type { CompiledCluster } from '../../fabric/compiled.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import type { PacedPhase } from './reference-mix.ts';

/** Least streaming time of a collective, ns; Infinity where a domain that must send or receive has no light. */
export function leastStreamingNs({ fabric }: CompiledCluster, linkRateGbps: Float64Array, { flows, senderRank }: Pick<PacedPhase, 'flows' | 'senderRank'>): number {
  const size = Math.max(1, fabric.gpusPerScaleUpDomain);
  const scaleUp = linkTiers.indexOf('scaleUp');
  const domains = Math.ceil(fabric.gpuNode.length / size);
  const [outGbps, inGbps, outBits, inBits] = [new Float64Array(domains), new Float64Array(domains), new Float64Array(domains), new Float64Array(domains)];
  fabric.gpuNode.forEach((node, rank) => {
    const domain = Math.floor(rank / size);
    for (const link of fabric.outLink.subarray(fabric.outOffset[node], fabric.outOffset[node + 1])) {
      if (fabric.linkTier[link] === scaleUp) continue;
      outGbps[domain] = (outGbps[domain] ?? 0) + (linkRateGbps[link] ?? 0);
      inGbps[domain] = (inGbps[domain] ?? 0) + (linkRateGbps[fabric.linkReverse[link] ?? link] ?? 0);
    }
  });
  for (let flow = 0; flow < flows.flowCount; flow++) {
    const [from, to] = [Math.floor((senderRank[flow] ?? 0) / size), Math.floor((flows.targetRank[flow] ?? 0) / size)];
    if (from === to) continue;
    outBits[from] = (outBits[from] ?? 0) + (flows.flowBits[flow] ?? 0);
    inBits[to] = (inBits[to] ?? 0) + (flows.flowBits[flow] ?? 0);
  }
  let leastNs = 0;
  for (let domain = 0; domain < domains; domain++) {
    if ((outBits[domain] ?? 0) > 0) leastNs = Math.max(leastNs, (outBits[domain] ?? 0) / (outGbps[domain] ?? 0));
    if ((inBits[domain] ?? 0) > 0) leastNs = Math.max(leastNs, (inBits[domain] ?? 0) / (inGbps[domain] ?? 0));
  }
  return leastNs;
}
