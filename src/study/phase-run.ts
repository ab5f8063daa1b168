/** Runs one communication phase of a job on the flow engine, over the routes of a compiled fabric. */

import type { Refusal } from '../base/refusal.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { NodeIx } from '../fabric/fabric.ts';
import type { FlowProgram } from '../sim/flow-program.ts';
import { runFlows } from '../sim/run-flows.ts';
import type { RankFlows } from '../traffic/phase-flows.ts';

/** What one execution of a phase took and where its bits went. */
export interface PhaseRun {
  /** From start to the last bit; software and propagation latency not included. */
  readonly streamingNs: number;
  /** Bits each link carried. */
  readonly linkBits: Float64Array;
  readonly flows: number;
  readonly solves: number;
}

/** Hashes tried for a flow whose first route crosses a link without light. */
const routeTriesMax = 64;

interface Routes { readonly pathOffset: Int32Array; readonly pathLink: Int32Array }

/** A route on links that carry light; the hash walks on while the route of the last one does not. Returns hops, or -1. */
function usableRoute(cluster: CompiledCluster, ends: { readonly from: NodeIx; readonly to: NodeIx; readonly hash: number }, into: Int32Array): number {
  const { fabric } = cluster;
  for (let turn = 0; turn < routeTriesMax; turn++) {
    const hops = fabric.routing.route(ends.from, ends.to, (ends.hash + Math.imul(turn, 0x9e3779b1)) >>> 0, into);
    if (hops < 0) return -1;
    let dark = false;
    for (let hop = 0; hop < hops; hop++) dark ||= (fabric.linkRateGbps[into[hop] ?? 0] ?? 0) <= 0;
    if (!dark) return hops;
  }
  return -1;
}

/** Routes every flow; refuses when a pair of accelerators has no route with light on it. */
export function routeFlows(cluster: CompiledCluster, flows: RankFlows): Routes | Refusal {
  const { fabric } = cluster;
  const path = new Int32Array(fabric.routing.hopsMax);
  const pathOffset = new Int32Array(flows.flowCount + 1);
  let pathLink = new Int32Array(Math.max(16, flows.flowCount * 4));
  let end = 0;
  for (let flow = 0; flow < flows.flowCount; flow++) {
    const source = flows.sourceRank[flow] ?? 0;
    const target = flows.targetRank[flow] ?? 0;
    const from = (fabric.gpuNode[source] ?? 0) as NodeIx;
    const to = (fabric.gpuNode[target] ?? 0) as NodeIx;
    const hops = usableRoute(cluster, { from, to, hash: Math.imul(source, 0x01000193) ^ target }, path);
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

/** Streams one execution of a phase over the fabric. Latency is left to the closed form, which knows the steps of the algorithm. */
export function runPhase(cluster: CompiledCluster, flows: RankFlows): PhaseRun | Refusal {
  const { fabric } = cluster;
  const linkBits = new Float64Array(fabric.linkCount);
  if (flows.flowCount === 0) return { streamingNs: 0, linkBits, flows: 0, solves: 0 };
  const routes = routeFlows(cluster, flows);
  if (isRefusal(routes)) return routes;
  const program: FlowProgram = {
    linkCount: fabric.linkCount, linkRateGbps: fabric.linkRateGbps, linkLatencyNs: new Float64Array(fabric.linkCount),
    flowCount: flows.flowCount, flowBits: flows.flowBits, flowStartNs: new Float64Array(flows.flowCount),
    flowWeight: null, flowCapGbps: null, flowPriority: null,
    ...routes, afterOffset: null, afterFlow: null,
    eventNs: new Float64Array(0), eventLink: new Int32Array(0), eventRateGbps: new Float64Array(0),
  };
  const outcome = runFlows(program);
  if (isRefusal(outcome)) return outcome;
  for (let flow = 0; flow < flows.flowCount; flow++) {
    for (let at = routes.pathOffset[flow] ?? 0; at < (routes.pathOffset[flow + 1] ?? 0); at++) {
      const link = routes.pathLink[at] ?? 0;
      linkBits[link] = (linkBits[link] ?? 0) + (flows.flowBits[flow] ?? 0);
    }
  }
  return { streamingNs: outcome.makespanNs, linkBits, flows: flows.flowCount, solves: outcome.solves };
}
