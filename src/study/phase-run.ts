/** Runs one communication phase of a job on the flow engine, over the routes of a compiled fabric. */

import type { Refusal } from '../base/refusal.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { Fabric, LinkIx, LinkTier, NodeIx, Routing } from '../fabric/fabric.ts';
import { linkTiers } from '../fabric/fabric.ts';
import { routeAround } from '../fabric/routing/detour.ts';
import { createLoadAwareRoutes } from '../fabric/routing/load-aware.ts';
import type { FlowProgram } from '../sim/flow-program.ts';
import type { SinkOptions } from '../sim/flow-sink.ts';
import { runFlowSlices } from '../sim/run-flows.ts';
import type { RankFlows } from '../traffic/phase-flows.ts';

/** The link that is busy longest during one execution of a phase. */
export interface BusiestLink {
  readonly link: number;
  /** Flows of the phase that cross it. */
  readonly flows: number;
  /** Its bits at its full rate. */
  readonly busyNs: number;
}

/** What one execution of a phase took and where its bits went. */
export interface PhaseRun {
  /** From start to the last bit; software and propagation latency not included. */
  readonly streamingNs: number;
  /** Bits each link was asked to carry. */
  readonly linkBits: Float64Array;
  /** The highest tier that any of its flows crosses: `access` when they stay on their leaves. */
  readonly tier: LinkTier;
  /** Ties go to the lower row; `null` without flows. */
  readonly busiestLink: BusiestLink | null;
  readonly flows: number;
  readonly solves: number;
  /** False when the run was stopped before the last bit. */
  readonly ended: boolean;
}

/** Hashes tried for a flow whose first route crosses a link without light. */
const routeTriesMax = 64;

export interface Routes { readonly pathOffset: Int32Array; readonly pathLink: Int32Array }

/** How routes may avoid links without light. */
export interface RouteOptions {
  /** Where no route of the fabric's own routing has light: the shortest way round, through other accelerators if need be. */
  readonly detours?: boolean;
}

const isDark = (fabric: Fabric, links: Int32Array, hops: number): boolean => {
  for (let hop = 0; hop < hops; hop++) if ((fabric.linkRateGbps[links[hop] ?? 0] ?? 0) <= 0) return true;
  return false;
};

interface Ends { readonly from: NodeIx; readonly to: NodeIx; readonly hash: number; readonly bits: number }

/**
 * Writes a route on links that carry light and returns its hops, or -1. The fabric's own choice comes first (by load, where
 * its routing weighs load); while it is dark the hash walks on, and at last a way round is searched if that is wanted.
 */
function createRouter(fabric: Fabric, options: RouteOptions): (ends: Ends, into: Int32Array) => number {
  const adaptive = fabric.routing.longerRoute === undefined ? null : createLoadAwareRoutes(fabric);
  let around: Routing | null = null;
  return (ends, into) => {
    const chosen = adaptive === null ? fabric.routing.route(ends.from, ends.to, ends.hash, into) : adaptive.place(ends, into);
    if (chosen >= 0 && !isDark(fabric, into, chosen)) return chosen;
    for (let turn = 1; turn < routeTriesMax; turn++) {
      const hops = fabric.routing.route(ends.from, ends.to, (ends.hash + Math.imul(turn, 0x9e3779b1)) >>> 0, into);
      if (hops < 0) break;
      if (!isDark(fabric, into, hops)) return hops;
    }
    if (options.detours !== true) return -1;
    around ??= routeAround(fabric, (link: LinkIx) => (fabric.linkRateGbps[link] ?? 0) <= 0);
    return around.route(ends.from, ends.to, ends.hash, into);
  };
}

/** Routes every flow; refuses when a pair of accelerators has no route with light on it. */
export function routeFlows(cluster: CompiledCluster, flows: RankFlows, options: RouteOptions = {}): Routes | Refusal {
  const { fabric } = cluster;
  const route = createRouter(fabric, options);
  const path = new Int32Array(Math.max(fabric.routing.hopsMax, 64));
  const pathOffset = new Int32Array(flows.flowCount + 1);
  let pathLink = new Int32Array(Math.max(16, flows.flowCount * 4));
  let end = 0;
  for (let flow = 0; flow < flows.flowCount; flow++) {
    const source = flows.sourceRank[flow] ?? 0;
    const target = flows.targetRank[flow] ?? 0;
    const from = (fabric.gpuNode[source] ?? 0) as NodeIx;
    const to = (fabric.gpuNode[target] ?? 0) as NodeIx;
    const hops = route({ from, to, hash: Math.imul(source, 0x01000193) ^ target, bits: flows.flowBits[flow] ?? 0 }, path);
    if (hops < 0) return refuse('no-usable-route', 'wait', `No route with light leads from accelerator ${source} to accelerator ${target}: every one tried crosses a link that does not close.`);
    if (end + hops > pathLink.length) {
      const grown = new Int32Array(2 * pathLink.length + hops);
      grown.set(pathLink);
      pathLink = grown;
    }
    pathLink.set(path.subarray(0, hops), end);
    end += hops;
    pathOffset[flow + 1] = end;
  }
  return { pathOffset, pathLink: pathLink.subarray(0, end) };
}

export interface PhaseRunOptions extends RouteOptions, Partial<SinkOptions> {
  /** Asked between slices; true ends the run there. */
  readonly shouldStop?: () => boolean;
}

/** Flows of ranks, all starting at once, on their routes. Latency is left to the closed form, which knows the steps of the algorithm. */
export function phaseProgram(fabric: Fabric, flows: RankFlows, routes: Routes): FlowProgram {
  return {
    linkCount: fabric.linkCount, linkRateGbps: fabric.linkRateGbps, linkLatencyNs: new Float64Array(fabric.linkCount),
    flowCount: flows.flowCount, flowBits: flows.flowBits, flowStartNs: new Float64Array(flows.flowCount),
    flowWeight: null, flowCapGbps: null, flowPriority: null,
    ...routes, afterOffset: null, afterFlow: null,
    eventNs: new Float64Array(0), eventLink: new Int32Array(0), eventRateGbps: new Float64Array(0),
  };
}

/** Simulated time within the execution, between two slices of work. */
export interface PhaseProgress { readonly nowNs: number; readonly unfinished: number }

/** The same as `runPhase`, in slices: the caller decides what happens between them. */
export function* runPhaseSlices(cluster: CompiledCluster, flows: RankFlows, options: PhaseRunOptions = {}): Generator<PhaseProgress, PhaseRun | Refusal, void> {
  const linkBits = new Float64Array(cluster.fabric.linkCount);
  if (flows.flowCount === 0) return { streamingNs: 0, linkBits, tier: 'scaleUp', busiestLink: null, flows: 0, solves: 0, ended: true };
  const routes = routeFlows(cluster, flows, options);
  if (isRefusal(routes)) return routes;
  const outcome = yield* runFlowSlices(phaseProgram(cluster.fabric, flows, routes), options);
  if (isRefusal(outcome)) return outcome;
  const linkFlows = new Uint32Array(cluster.fabric.linkCount);
  for (let flow = 0; flow < flows.flowCount; flow++) {
    for (let at = routes.pathOffset[flow] ?? 0; at < (routes.pathOffset[flow + 1] ?? 0); at++) {
      const link = routes.pathLink[at] ?? 0;
      linkBits[link] = (linkBits[link] ?? 0) + (flows.flowBits[flow] ?? 0);
      linkFlows[link] = (linkFlows[link] ?? 0) + 1;
    }
  }
  return {
    streamingNs: outcome.ended ? outcome.makespanNs : outcome.reachedNs, linkBits, ...busiest(cluster.fabric, linkBits, linkFlows),
    flows: flows.flowCount, solves: outcome.solves, ended: outcome.ended,
  };
}

/** The highest tier with traffic, and the link that its share keeps busy longest. */
function busiest({ linkTier, linkRateGbps }: Fabric, linkBits: Float64Array, linkFlows: Uint32Array): Pick<PhaseRun, 'tier' | 'busiestLink'> {
  let tier = 0;
  let busiestLink: BusiestLink | null = null;
  for (const [link, flows] of linkFlows.entries()) {
    if (flows === 0) continue;
    tier = Math.max(tier, linkTier[link] ?? 0);
    const busyNs = (linkBits[link] ?? 0) / (linkRateGbps[link] ?? 0);
    if (busiestLink === null || busyNs > busiestLink.busyNs) busiestLink = { link, flows, busyNs };
  }
  return { tier: linkTiers[tier] ?? 'scaleUp', busiestLink };
}

/** Streams one execution of a phase over the fabric. */
export function runPhase(cluster: CompiledCluster, flows: RankFlows): PhaseRun | Refusal {
  const slices = runPhaseSlices(cluster, flows);
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}
