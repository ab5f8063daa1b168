/** Rooms cut down: to parts that no light joins with others, and to what is left without servers that would slow a job. */

import { rowsOf } from '../../base/csr.ts';
import { planGpus } from '../../traffic/parallel-plan.ts';
import type { ClusterView } from './cluster-view.ts';
import { darkState, freeState, withStates } from './cluster-view.ts';
import { createSets } from './placement-index.ts';
import type { Room } from './sequences.ts';

/** Lead domain of the region of each domain. A link counts where both its directions carry something. O(links). */
function regionOfDomains({ index, state, linkRateGbps }: ClusterView): Int32Array {
  const { fabric } = index.cluster;
  const sets = createSets(fabric.nodeCount);
  for (let link = 0; link < fabric.linkCount; link++) {
    if ((linkRateGbps[link] ?? 0) > 0 && (linkRateGbps[fabric.linkReverse[link] ?? link] ?? 0) > 0) sets.join(fabric.linkSource[link] ?? 0, fabric.linkTarget[link] ?? 0);
  }
  const firstDomain = new Map<number, number>();
  const region = new Int32Array(index.domainCount);
  for (let domain = 0; domain < index.domainCount; domain++) {
    // A dead accelerator has no light, and says nothing about the others of its domain.
    const rank = rowsOf(index.domains, domain).find((one) => state[one] === freeState) ?? domain * index.domainSize;
    const lead = sets.find(fabric.gpuNode[rank] ?? 0);
    if (!firstDomain.has(lead)) firstDomain.set(lead, domain);
    region[domain] = firstDomain.get(lead) ?? domain;
  }
  return region;
}

/** The room cut into parts without light between them, the roomiest first; ties to the lower domain. */
function partsOf(room: Room): readonly { readonly part: Room; readonly gpus: number }[] {
  const regionOf = regionOfDomains(room.view);
  const sums = new Map<number, number>();
  room.quota.forEach((own, domain) => void sums.set(regionOf[domain] ?? 0, (sums.get(regionOf[domain] ?? 0) ?? 0) + own));
  const parts = [...sums].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return parts.map(([region, gpus]) => ({ part: { ...room, quota: room.quota.map((own, domain) => (regionOf[domain] === region ? own : 0)) }, gpus }));
}

/** Parts of the room that hold the job by number. */
export const roomByRegion = (room: Room): readonly Room[] => partsOf(room).filter(({ gpus }) => gpus >= planGpus(room.plan)).map(({ part }) => part);

/** The view as it would be if there were nothing but the roomiest part that light joins. */
export function largestPart(room: Room): ClusterView {
  const { view } = room;
  const [largest] = partsOf(room);
  return withStates(view, view.state.map((own, rank) => ((largest?.part.quota[view.index.domainOf[rank] ?? 0] ?? 0) > 0 ? own : darkState)));
}

type Wanted = (domain: number) => boolean;

/** The room with some of its domains alone; `null` where that leaves out nothing, or too much for the job. */
function roomOf(room: Room, isWanted: Wanted): Room | null {
  const quota = room.quota.map((own, domain) => (own > 0 && isWanted(domain) ? own : 0));
  const left = quota.reduce((sum, own) => sum + own, 0);
  return left < planGpus(room.plan) || quota.every((own, domain) => own === room.quota[domain]) ? null : { ...room, quota };
}

/** Domains of which every free accelerator has as much light as the best of the room has. */
function withMost({ view: { index, state } }: Room, gbps: Float64Array): Wanted {
  let most = 0;
  for (let rank = 0; rank < state.length; rank++) if (state[rank] === freeState) most = Math.max(most, gbps[rank] ?? 0);
  const isWeak = new Uint8Array(index.domainCount);
  for (let rank = 0; rank < state.length; rank++) if (state[rank] === freeState && (gbps[rank] ?? 0) < most) isWeak[index.domainOf[rank] ?? 0] = 1;
  return (domain) => isWeak[domain] === 0;
}

/**
 * Rooms without what may slow a job more than it is worth: domains with less light than others inside or into the network, domains of
 * which a part is taken, and all of these.
 */
export function strictRooms(room: Room): readonly Room[] {
  const { view } = room;
  const inside = withMost(room, view.scaleUpGbps);
  const outside = withMost(room, view.accessGbps);
  const isBroken = new Uint8Array(view.index.domainCount);
  view.state.forEach((own, rank) => { if (own !== freeState) isBroken[view.index.domainOf[rank] ?? 0] = 1; });
  const isWhole: Wanted = (domain) => isBroken[domain] === 0;
  const lit: Wanted = (domain) => inside(domain) && outside(domain);
  return [inside, outside, lit, isWhole, (domain: number) => lit(domain) && isWhole(domain)].flatMap((isWanted) => roomOf(room, isWanted) ?? []);
}
