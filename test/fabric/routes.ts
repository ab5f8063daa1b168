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
