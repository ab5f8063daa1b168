/** Load of every link under uniform all-to-all traffic that splits evenly over all shortest paths. */

import type { Fabric } from './fabric.ts';

export interface LinkLoads {
  /** Units of traffic on each directed link when every GPU sends one unit to every other. */
  readonly load: Float64Array;
  /** Mean hops between two different GPUs. */
  readonly meanHops: number;
}

/**
 * Dependency accumulation of Brandes (J. Math. Sociology 25, 2001), with a source at each GPU: breadth first for path counts, then
 * backwards to split each unit over the shortest paths evenly. O(GPUs x links).
 */
export function allToAllLoads(fabric: Fabric): LinkLoads {
  const { nodeCount, outOffset, outLink, linkTarget, gpuNode } = fabric;
  const load = new Float64Array(fabric.linkCount);
  const isGpu = new Uint8Array(nodeCount);
  for (const node of gpuNode) isGpu[node] = 1;
  const distance = new Int32Array(nodeCount);
  const paths = new Float64Array(nodeCount);
  const passing = new Float64Array(nodeCount);
  const order = new Int32Array(nodeCount);
  let hops = 0;
  for (const source of gpuNode) {
    distance.fill(-1);
    paths.fill(0);
    passing.fill(0);
    distance[source] = 0;
    paths[source] = 1;
    order[0] = source;
    let tail = 1;
    for (let head = 0; head < tail; head++) {
      const node = order[head] ?? 0;
      for (let edge = outOffset[node] ?? 0; edge < (outOffset[node + 1] ?? 0); edge++) {
        const next = linkTarget[outLink[edge] ?? 0] ?? 0;
        if (distance[next] === -1) {
          distance[next] = (distance[node] ?? 0) + 1;
          order[tail++] = next;
        }
        if (distance[next] === (distance[node] ?? 0) + 1) paths[next] = (paths[next] ?? 0) + (paths[node] ?? 0);
      }
    }
    for (let at = tail - 1; at >= 0; at--) {
      const node = order[at] ?? 0;
      if (isGpu[node] === 1) hops += distance[node] ?? 0;
      for (let edge = outOffset[node] ?? 0; edge < (outOffset[node + 1] ?? 0); edge++) {
        const link = outLink[edge] ?? 0;
        const next = linkTarget[link] ?? 0;
        if (distance[next] !== (distance[node] ?? 0) + 1) continue;
        const share = ((paths[node] ?? 0) / (paths[next] ?? 1)) * ((isGpu[next] ?? 0) + (passing[next] ?? 0));
        load[link] = (load[link] ?? 0) + share;
        passing[node] = (passing[node] ?? 0) + share;
      }
    }
  }
  const count = gpuNode.length;
  return { load, meanHops: hops / (count * Math.max(1, count - 1)) };
}
