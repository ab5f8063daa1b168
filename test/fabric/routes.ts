/** Asserts that a route joins hop by hop, used by every family's tests. */

import assert from 'node:assert/strict';
import type { Fabric, NodeIx } from '../../src/fabric/fabric.ts';
import { nodeKinds } from '../../src/fabric/fabric.ts';

/** The route as link rows, after checking that it starts, joins, ends and fits its stated maximum. */
export function routeOf(fabric: Fabric, from: NodeIx, to: NodeIx, flowHash: number): number[] {
  const into = new Int32Array(fabric.routing.hopsMax);
  const hops = fabric.routing.route(from, to, flowHash, into);
  assert.ok(hops >= 0, `no route from ${from} to ${to}`);
  assert.ok(hops <= fabric.routing.hopsMax, `${hops} hops exceed ${fabric.routing.hopsMax}`);
  const route = [...into.subarray(0, hops)];
  let at: number = from;
  for (const link of route) {
    assert.equal(fabric.linkSource[link], at, `route ${from} to ${to} breaks before link ${link}`);
    at = fabric.linkTarget[link] ?? -1;
  }
  assert.equal(at, to, `route ends elsewhere`);
  return route;
}

/** Number of nodes by kind, kinds without nodes left out. */
export function countKinds(fabric: Fabric): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of fabric.nodeKind) {
    const name = nodeKinds[kind] ?? '';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Longest shortest path between GPUs in links, by breadth-first search that knows no family. */
export function diameterOf(fabric: Fabric): number {
  let diameter = 0;
  for (const start of fabric.gpuNode) {
    const distance = new Int32Array(fabric.nodeCount).fill(-1);
    distance[start] = 0;
    const queue = [start];
    for (const node of queue) {
      for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
        const next = fabric.linkTarget[fabric.outLink[edge] ?? 0] ?? 0;
        if (distance[next] !== -1) continue;
        distance[next] = (distance[node] ?? 0) + 1;
        queue.push(next);
      }
    }
    for (const node of fabric.gpuNode) diameter = Math.max(diameter, distance[node] ?? 0);
  }
  return diameter;
}
