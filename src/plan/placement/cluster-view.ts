/**
 * A cluster as placement finds it at one moment: which accelerators are free, failed, without light, hot or held, and what each
 * link still carries. A view is made from a condition and never changed; asking where a job fits reads it and nothing else.
 */

import type { ComponentIx } from '../../fabric/fabric.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import type { Hazards } from './hazards.ts';
import type { PlacementIndex } from './placement-index.ts';

/** In the order of precedence: a failed accelerator that a job holds counts as failed. */
export const gpuStates = ['free', 'failed', 'dark', 'hot', 'held'] as const;
export type GpuState = (typeof gpuStates)[number];

export interface RunningJob {
  readonly name: string;
  readonly ranks: Iterable<number>;
  /** Hours until it is expected to end; `null` where nobody knows. */
  readonly endsInH: number | null;
}

export interface ClusterCondition {
  /** Components that are down, with all that depends on them. */
  readonly failed: Iterable<ComponentIx>;
  /** Components too hot to be given work: a coolant loop, a rack, an accelerator. */
  readonly hot: Iterable<ComponentIx>;
  readonly jobs: readonly RunningJob[];
  /** By directed link, above 0 where a device at an end says nothing any more; `null` or absent where that decides nothing. */
  readonly unheardLinks?: Uint8Array | null;
  /** What may fail next (`hazardsBeside`); that of the sound cluster where absent. */
  readonly hazards?: Hazards;
}

export interface ClusterView {
  readonly index: PlacementIndex;
  /** Index into `gpuStates`, by rank. */
  readonly state: Uint8Array;
  /** Row of `jobs` that holds each rank, -1 for nobody. */
  readonly holder: Int32Array;
  readonly jobs: readonly { readonly name: string; readonly gpus: number; readonly endsInH: number | null }[];
  /** What each directed link carries now. */
  readonly linkRateGbps: Float64Array;
  /** What each accelerator can send into the network, by rank. */
  readonly accessGbps: Float64Array;
  /** And into its scale-up domain. */
  readonly scaleUpGbps: Float64Array;
  /** Links by which each accelerator sends into the network and of whose state nothing is heard, by rank; `null` where that decides nothing. */
  readonly unheard: Uint16Array | null;
  readonly hazards: Hazards;
}

export const freeState = gpuStates.indexOf('free');
const failedState = gpuStates.indexOf('failed');
export const darkState = gpuStates.indexOf('dark');
const hotState = gpuStates.indexOf('hot');
export const heldState = gpuStates.indexOf('held');

const scaleUpTier = linkTiers.indexOf('scaleUp');
const accessTier = linkTiers.indexOf('access');
const fabricTier = linkTiers.indexOf('fabric');

/** Rates after the failures: lost links carry nothing, derated ones what their other wavelengths carry. */
function rateUnder(index: PlacementIndex, failed: Iterable<ComponentIx>, isCut: Uint8Array): Float64Array {
  const { fabric } = index.cluster;
  const darkWavelengths = new Uint8Array(fabric.wavelengthCount);
  const rates = fabric.linkRateGbps.slice();
  const touched = new Set<number>();
  for (const component of failed) {
    const blast = index.faultDomains.blast(component);
    for (const rank of blast.cutRanks) isCut[rank] = 1;
    for (const wavelength of blast.wavelengthRows) {
      darkWavelengths[wavelength] = 1;
      touched.add(fabric.wavelengthLink[wavelength] ?? 0);
    }
    for (const link of blast.lostLinkRows) rates[link] = 0;
  }
  for (const link of touched) {
    if (rates[link] === 0) continue;
    let left = 0;
    for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) left += darkWavelengths[row] === 1 ? 0 : (fabric.wavelengthRateGbps[row] ?? 0);
    rates[link] = left;
  }
  return rates;
}

/** Sums the links that leave each accelerator: into its scale-up domain, and its access links, or those to neighbours where it is a node of a direct network. */
function sendingRates({ cluster: { fabric } }: PlacementIndex, rates: Float64Array, hasNetwork: Uint8Array): Pick<ClusterView, 'accessGbps' | 'scaleUpGbps'> {
  const scaleUpGbps = new Float64Array(fabric.gpuNode.length);
  const gbps = new Float64Array(fabric.gpuNode.length);
  fabric.gpuNode.forEach((node, rank) => {
    let access = 0;
    let direct = 0;
    let hasAccess = false;
    for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
      const link = fabric.outLink[edge] ?? 0;
      const tier = fabric.linkTier[link] ?? 0;
      if (tier === scaleUpTier) {
        scaleUpGbps[rank] = (scaleUpGbps[rank] ?? 0) + (rates[link] ?? 0);
        continue;
      }
      hasNetwork[rank] = 1;
      if (tier === accessTier) {
        hasAccess = true;
        access += rates[link] ?? 0;
      } else if (tier === fabricTier) direct += rates[link] ?? 0;
    }
    gbps[rank] = hasAccess ? access : direct;
  });
  return { accessGbps: gbps, scaleUpGbps };
}

/** Unheard network links that leave each accelerator. */
function unheardOf({ cluster: { fabric } }: PlacementIndex, unheardLinks: Uint8Array): Uint16Array {
  return Uint16Array.from(fabric.gpuNode, (node) => {
    let unheard = 0;
    for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
      const link = fabric.outLink[edge] ?? 0;
      if (fabric.linkTier[link] !== scaleUpTier && (unheardLinks[link] ?? 0) > 0) unheard++;
    }
    return unheard;
  });
}

/** Makes the view of one moment. Ranks of running jobs must be ranks of the cluster; two jobs on one rank are the caller's mistake. */
export function createClusterView(index: PlacementIndex, condition: ClusterCondition): ClusterView {
  const gpus = index.cluster.fabric.gpuNode.length;
  const isCut = new Uint8Array(gpus);
  const linkRateGbps = rateUnder(index, condition.failed, isCut);
  const hasNetwork = new Uint8Array(gpus);
  const { accessGbps, scaleUpGbps } = sendingRates(index, linkRateGbps, hasNetwork);
  const isHot = new Uint8Array(gpus);
  for (const component of condition.hot) for (const rank of index.faultDomains.blast(component).cutRanks) isHot[rank] = 1;
  const holder = new Int32Array(gpus).fill(-1);
  const jobs = condition.jobs.map(({ name, ranks, endsInH }, row) => {
    let held = 0;
    for (const rank of ranks) {
      if (rank < 0 || rank >= gpus || (holder[rank] ?? -1) >= 0) throw new Error(`Job ${name} holds rank ${rank}, which another job holds or which is not there.`);
      holder[rank] = row;
      held++;
    }
    return { name, gpus: held, endsInH };
  });
  const state = new Uint8Array(gpus);
  for (let rank = 0; rank < gpus; rank++) {
    if (isCut[rank] === 1) state[rank] = failedState;
    else if (hasNetwork[rank] === 1 && accessGbps[rank] === 0) state[rank] = darkState;
    else if (isHot[rank] === 1) state[rank] = hotState;
    else if ((holder[rank] ?? -1) >= 0) state[rank] = heldState;
  }
  const unheard = condition.unheardLinks == null ? null : unheardOf(index, condition.unheardLinks);
  return { index, state, holder, jobs, linkRateGbps, accessGbps, scaleUpGbps, unheard, hazards: condition.hazards ?? index.hazards };
}

/** States once one cause is gone everywhere: what is repaired, cooled or lit goes back to the job that holds it, and ended jobs leave theirs. */
export function statesWithout({ state, holder }: ClusterView, cause: GpuState): Uint8Array {
  const wanted = gpuStates.indexOf(cause);
  return state.map((own, rank) => (own !== wanted ? own : wanted !== heldState && (holder[rank] ?? -1) >= 0 ? heldState : freeState));
}

/** The same moment with other states of the accelerators: what-ifs of a counter-offer. */
export const withStates = (view: ClusterView, state: Uint8Array): ClusterView => ({ ...view, state });
