/**
 * The step of a job on the very accelerators it would hold: the closed form of the traffic room, fed with what those accelerators,
 * their leaves and their routes offer, and with which of the plan's groups really cross domains and pods.
 *
 * A job that fills a sound cluster in rank order gets exactly the closed form that `heliostat simulate` prints.
 */

import type { NodeIx } from '../../fabric/fabric.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import type { Accelerator } from '../../traffic/accelerators.ts';
import { defaultCalibration } from '../../traffic/calibration.ts';
import { combineStep } from '../../traffic/combine-step.ts';
import type { ModelSpec } from '../../traffic/model.ts';
import type { NetworkView, RankGroup } from '../../traffic/network-view.ts';
import type { ParallelPlan } from '../../traffic/parallel-plan.ts';
import { memberRank } from '../../traffic/phase-flows.ts';
import { communicationPhases } from '../../traffic/phases.ts';
import type { StepPrediction } from '../../traffic/step-time.ts';
import { computeParts, describeStep, phaseDurations } from '../../traffic/step-time.ts';
import type { ClusterView } from './cluster-view.ts';
import { heldState } from './cluster-view.ts';

export interface PlacedJob {
  readonly model: ModelSpec;
  readonly plan: ParallelPlan;
  readonly accelerator: Accelerator;
}

export interface PlacedStep {
  readonly prediction: StepPrediction;
  readonly network: NetworkView;
  /** Edges of the plan's rings, all groups together, and how many of them leave a domain and a pod. */
  readonly edges: { readonly all: number; readonly betweenDomains: number; readonly betweenPods: number };
}

const accessTier = linkTiers.indexOf('access');
const fabricTier = linkTiers.indexOf('fabric');

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Longest stretch of ranks such that every aligned stretch stays in one region; 0 when nothing leaves the first. */
function alignedStretch(ranks: Int32Array, regionOf: (rank: number) => number): number {
  let stretch = 0;
  let last = regionOf(ranks[0] ?? 0);
  for (let at = 1; at < ranks.length; at++) {
    const region = regionOf(ranks[at] ?? 0);
    if (region !== last) stretch = gcd(at, stretch);
    last = region;
  }
  return stretch;
}

/** Latency of the route between two ranks of the cluster over links that carry something; `null` where there is none. */
export function routeLatencyNs(view: ClusterView, ends: { readonly from: number; readonly to: number }, scratch: Int32Array): number | null {
  const { fabric } = view.index.cluster;
  for (let flowHash = 0; flowHash < routeTriesMax; flowHash++) {
    const hops = fabric.routing.route((fabric.gpuNode[ends.from] ?? 0) as NodeIx, (fabric.gpuNode[ends.to] ?? 0) as NodeIx, flowHash, scratch);
    if (hops < 0) return null;
    let latencyNs = 0;
    let isLit = true;
    for (let hop = 0; hop < hops; hop++) {
      const link = scratch[hop] ?? 0;
      latencyNs += fabric.linkLatencyNs[link] ?? 0;
      isLit &&= (view.linkRateGbps[link] ?? 0) > 0;
    }
    if (isLit) return latencyNs;
  }
  return null;
}

/** Ways that a pair of accelerators tries before it counts as without light. */
const routeTriesMax = 16;

/** How many times more enters the worst leaf of the job from below, idle accelerators left out, than can leave it upward. */
export function oversubscription(view: ClusterView, ranks: Int32Array): number {
  const { fabric } = view.index.cluster;
  const { rankOfNode } = view.index;
  const isOwn = new Uint8Array(fabric.gpuNode.length);
  for (const rank of ranks) isOwn[rank] = 1;
  const isSeen = new Uint8Array(fabric.nodeCount);
  let worst = 1;
  for (const rank of ranks) {
    const node = fabric.gpuNode[rank] ?? 0;
    for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
      const leaf = fabric.linkTarget[fabric.outLink[edge] ?? 0] ?? 0;
      if (fabric.linkTier[fabric.outLink[edge] ?? 0] !== accessTier || isSeen[leaf] === 1) continue;
      isSeen[leaf] = 1;
      let down = 0;
      let up = 0;
      for (let out = fabric.outOffset[leaf] ?? 0; out < (fabric.outOffset[leaf + 1] ?? 0); out++) {
        const link = fabric.outLink[out] ?? 0;
        const below = rankOfNode[fabric.linkTarget[link] ?? 0] ?? -1;
        const tier = fabric.linkTier[link] ?? 0;
        if (tier === fabricTier) up += view.linkRateGbps[link] ?? 0;
        else if (tier === accessTier && (below < 0 || isOwn[below] === 1 || view.state[below] === heldState)) down += view.linkRateGbps[link] ?? 0;
      }
      if (down > 0 && up > 0) worst = Math.max(worst, down / up);
    }
  }
  return worst;
}

/** The network as these ranks see it, in the terms of `networkView` of the whole cluster. */
function placedNetwork(view: ClusterView, ranks: Int32Array, oversubscribed: number): NetworkView {
  const { index } = view;
  const { design, fabric } = index.cluster;
  const { gpusPerNode } = design;
  const scratch = new Int32Array(fabric.routing.hopsMax);
  const first = ranks[0] ?? 0;
  const latencyTo = (at: number): number | null => (at > 0 && at < ranks.length ? routeLatencyNs(view, { from: first, to: ranks[at] ?? 0 }, scratch) : null);
  /** Where the first accelerators of two servers have no way, another pair on one rail has. */
  const latencyToServer = (at: number): number | null => {
    for (let local = 0; at > 0 && local < gpusPerNode && at + local < ranks.length; local++) {
      const latencyNs = routeLatencyNs(view, { from: ranks[local] ?? 0, to: ranks[at + local] ?? 0 }, scratch);
      if (latencyNs !== null) return latencyNs;
    }
    return null;
  };
  const podAt = (at: number): number => index.podOf[index.domainOf[ranks[at] ?? 0] ?? 0] ?? 0;
  /** The server wanted where it stands as it should, inside the first one's pod or outside; else the first that does. */
  const serverAt = (wanted: number, side: 'inside' | 'outside'): number => {
    const fits = (at: number): boolean => at < ranks.length && (podAt(at) !== podAt(0)) === (side === 'outside');
    if (fits(wanted)) return wanted;
    for (let at = gpusPerNode; at < ranks.length; at += gpusPerNode) if (fits(at)) return at;
    return wanted;
  };
  const near = latencyToServer(serverAt(gpusPerNode, 'inside'));
  const far = latencyToServer(serverAt((Math.ceil(ranks.length / gpusPerNode) - 1) * gpusPerNode, 'outside'));
  let slowest = Infinity;
  let slowestScaleUp = design.scaleUp.size > 1 ? Infinity : 0;
  for (const rank of ranks) {
    slowest = Math.min(slowest, view.accessGbps[rank] ?? 0);
    if (slowestScaleUp > 0) slowestScaleUp = Math.min(slowestScaleUp, view.scaleUpGbps[rank] ?? 0);
  }
  // Where a scale-up switch is down, its accelerators reach each other through the network alone, as if each stood by itself.
  const isJoined = slowestScaleUp > 0;
  const domainStretch = alignedStretch(ranks, (rank) => index.domainOf[rank] ?? 0);
  const podStretch = alignedStretch(ranks, (rank) => index.podOf[index.domainOf[rank] ?? 0] ?? 0);
  return {
    scaleUp: { size: !isJoined ? 1 : domainStretch > 0 ? domainStretch : design.scaleUp.size, rateGbps: isJoined ? slowestScaleUp : slowest, latencyNs: (isJoined ? latencyTo(1) : null) ?? near ?? 0 },
    scaleOut: {
      rateGbps: slowest, latencyNs: near ?? 0, podSize: podStretch > 0 ? podStretch : ranks.length,
      oversubscription: oversubscribed, coreLatencyNs: far ?? near ?? 0,
    },
  };
}

interface GroupReach {
  /** Members in a row that share a domain in every group, 0 when no group leaves its domain. */
  readonly perDomain: number;
  readonly edges: number;
  readonly betweenDomains: number;
  readonly betweenPods: number;
}

/** Walks every group of one kind once round. O(ranks). */
function reachOf({ index }: ClusterView, ranks: Int32Array, group: RankGroup): GroupReach {
  const groups = ranks.length / group.size;
  let perDomain = 0;
  let betweenDomains = 0;
  let betweenPods = 0;
  for (let row = 0; row < groups; row++) {
    let last = index.domainOf[ranks[memberRank(group, row, group.size - 1)] ?? 0] ?? 0;
    for (let member = 0; member < group.size; member++) {
      const domain = index.domainOf[ranks[memberRank(group, row, member)] ?? 0] ?? 0;
      if (domain !== last) {
        betweenDomains++;
        if (index.podOf[domain] !== index.podOf[last]) betweenPods++;
        if (member > 0) perDomain = gcd(member, perDomain);
      }
      last = domain;
    }
  }
  return { perDomain, edges: groups * group.size, betweenDomains, betweenPods };
}

/** The network for one kind of group: what it crosses is counted, not guessed from its span. */
function networkFor(network: NetworkView, group: RankGroup, reach: GroupReach): NetworkView {
  // Without a scale-up domain every accelerator stands alone.
  const size = network.scaleUp.size <= 1 ? 1 : reach.betweenDomains === 0 ? Math.max(network.scaleUp.size, group.size * group.stride) : Math.max(1, reach.perDomain) * group.stride;
  return {
    scaleUp: { ...network.scaleUp, size },
    scaleOut: { ...network.scaleOut, podSize: reach.betweenPods > 0 ? 0 : Infinity },
  };
}

/**
 * One step in closed form. The plan must be legal for the ranks' count (`checkPlan`). `oversubscribed` is that of the ranks' leaves,
 * which every order of the same ranks shares.
 */
export function placedStep(view: ClusterView, job: PlacedJob, ranks: Int32Array, oversubscribed: number = oversubscription(view, ranks)): PlacedStep {
  const { model, plan, accelerator } = job;
  const calibration = defaultCalibration;
  const network = placedNetwork(view, ranks, oversubscribed);
  const compute = computeParts(model, plan, accelerator, { scaleUpSize: network.scaleUp.size });
  const phases = communicationPhases(model, plan, network, calibration);
  const reaches = new Map<string, GroupReach>();
  const durations = phases.flatMap((phase) => {
    const key = `${phase.group.size} ${phase.group.stride}`;
    let reach = reaches.get(key);
    if (reach === undefined) reaches.set(key, (reach = reachOf(view, ranks, phase.group)));
    return phaseDurations([phase], networkFor(network, phase.group, reach), calibration);
  });
  const edges = { all: 0, betweenDomains: 0, betweenPods: 0 };
  for (const reach of reaches.values()) {
    edges.all += reach.edges;
    edges.betweenDomains += reach.betweenDomains;
    edges.betweenPods += reach.betweenPods;
  }
  const times = combineStep(compute, phases, durations, { contention: calibration.network.contention });
  return { prediction: describeStep(model, plan, accelerator, times), network, edges };
}
