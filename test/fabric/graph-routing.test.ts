/** Expanders, custom graphs, ways round blocked links and stated routes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Issue } from '../../src/base/issue.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledFabric } from '../../src/fabric/compiled.ts';
import type { Fabric, NodeIx } from '../../src/fabric/fabric.ts';
import { linkTiers } from '../../src/fabric/fabric.ts';
import type { CustomDesign, FamilyDesign } from '../../src/fabric/families/family-design.ts';
import { randomRegularEdges } from '../../src/fabric/families/graph-families.ts';
import { checkRoute, routeAround, withSourceRoutes } from '../../src/fabric/routing/detour.ts';
import { bareDesign, railDesign, reachRule } from './designs.ts';
import { diameterOf, routeOf } from './routes.ts';

function compiled(gpus: number, family: FamilyDesign): CompiledFabric {
  const result = compileFabric(bareDesign(gpus, family), { evaluateMedium: reachRule });
  if (!result.ok) assert.fail(JSON.stringify(result.issues));
  return result.value.fabric;
}

const gpu = (fabric: Fabric, rank: number): NodeIx => fabric.gpuNode[rank] as NodeIx;

test('random regular graphs are simple and regular for every seed', () => {
  fc.assert(fc.property(fc.integer({ min: 4, max: 40 }), fc.integer({ min: 2, max: 8 }), fc.integer(), (half, degree, seed) => {
    const switches = 2 * half;
    fc.pre(degree < switches / 2);
    const ends = randomRegularEdges({ switches, degree, seed });
    assert.ok(ends !== null);
    const degrees = new Array<number>(switches).fill(0);
    const pairs = new Set<string>();
    for (let at = 0; at < ends.length; at += 2) {
      const [a = 0, b = 0] = [ends[at], ends[at + 1]];
      assert.notEqual(a, b);
      pairs.add(`${Math.min(a, b)} ${Math.max(a, b)}`);
      degrees[a] = (degrees[a] ?? 0) + 1;
      degrees[b] = (degrees[b] ?? 0) + 1;
    }
    assert.equal(pairs.size, ends.length / 2);
    assert.ok(degrees.every((count) => count === degree));
  }), { seed: 4, numRuns: 60 });
});

test('an expander of 64 switches of degree 8 has 256 links and shortest routes', () => {
  const fabric = compiled(256, { kind: 'expander', switches: 64, degree: 8, gpusPerSwitch: 4, seed: 1 });
  assert.equal(fabric.linkTier.filter((tier) => tier === linkTiers.indexOf('fabric')).length, 2 * 256);
  // Moore: with degree 8, 1 + 8 + 56 = 65 >= 64, so the diameter between switches is at least 2; random graphs of this size have 3.
  const diameter = diameterOf(fabric);
  assert.ok(diameter >= 4 && diameter <= 6);
  let longest = 0;
  for (let flow = 0; flow < 3000; flow++) longest = Math.max(longest, routeOf(fabric, gpu(fabric, (flow * 7) % 256), gpu(fabric, (flow * 31 + 3) % 256), flow).length);
  assert.ok(longest <= diameter);
  assert.deepEqual(fabric.linkTarget, compiled(256, { kind: 'expander', switches: 64, degree: 8, gpusPerSwitch: 4, seed: 1 }).linkTarget);
});

/** Two leaves with two GPUs each, joined by two parallel links and over a spine. */
const square: CustomDesign = {
  kind: 'custom',
  nodes: [
    ...['g0', 'g1', 'g2', 'g3'].map((name) => ({ name, kind: 'gpu' as const, zone: 0 })),
    { name: 'l0', kind: 'leaf', zone: 0 }, { name: 'l1', kind: 'leaf', zone: 0 }, { name: 's', kind: 'spine', zone: -1 },
  ],
  links: [
    { a: 'g0', b: 'l0', tier: 'access', count: 1, lengthM: 3 }, { a: 'g1', b: 'l0', tier: 'access', count: 1, lengthM: null },
    { a: 'g2', b: 'l1', tier: 'access', count: 1, lengthM: null }, { a: 'g3', b: 'l1', tier: 'access', count: 1, lengthM: null },
    { a: 'l0', b: 'l1', tier: 'fabric', count: 2, lengthM: 40 },
    { a: 'l0', b: 's', tier: 'fabric', count: 1, lengthM: null }, { a: 'l1', b: 's', tier: 'fabric', count: 1, lengthM: null },
  ],
};

test('a custom graph keeps stated lengths and routes over its shortest paths', () => {
  const fabric = compiled(4, square);
  assert.equal(fabric.linkLengthM[0], 3);
  const used = new Set<number>();
  for (let flow = 0; flow < 50; flow++) {
    const route = routeOf(fabric, gpu(fabric, 0), gpu(fabric, 2), flow);
    assert.equal(route.length, 3);
    used.add(route[1] ?? -1);
  }
  // Cables 4 and 5 are the parallel ones.
  assert.deepEqual([...used].sort((a, b) => a - b), [8, 10]);
});

test('blocked links are avoided by another choice first, then by a longer way, then there is none', () => {
  const fabric = compiled(4, square);
  const through = (...cables: readonly number[]) => routeAround(fabric, (link) => cables.includes(link >> 1));
  const hops = (routing: Fabric['routing']): number => routing.route(gpu(fabric, 0), gpu(fabric, 2), 1, new Int32Array(routing.hopsMax));
  assert.equal(hops(through()), 3);
  assert.equal(hops(through(4)), 3);
  assert.equal(hops(through(4, 5)), 4);
  assert.equal(hops(through(4, 5, 6)), -1);
});

test('on a rail fabric a dead access link is bypassed through the node, and every detour joins', () => {
  const result = compileFabric(railDesign, { evaluateMedium: reachRule });
  if (!result.ok) assert.fail();
  const { fabric } = result.value;
  // Kill the access cable of GPU 0: traffic leaves through the scale-up switch and a neighbour.
  const access = routeOf(fabric, gpu(fabric, 0), gpu(fabric, 8), 0)[0] ?? 0;
  const around = { ...fabric, routing: routeAround(fabric, (link) => link >> 1 === access >> 1) };
  const route = routeOf(around, gpu(fabric, 0), gpu(fabric, 8), 0);
  assert.ok(!route.some((link) => link >> 1 === access >> 1));
  assert.equal(linkTiers[fabric.linkTier[route[0] ?? 0] ?? 0], 'scaleUp');
});

test('stated routes are checked for joining and then taken', () => {
  const fabric = compiled(4, square);
  const [from, to] = [gpu(fabric, 0), gpu(fabric, 2)];
  // g0 to l0 (cable 0), l0 to s (cable 6), s to l1 (cable 7 backwards), l1 to g2 (cable 2 backwards).
  const links = [0, 12, 15, 5];
  assert.deepEqual(checkRoute(fabric, { from, to, links, path: 'flows[0].path' }), []);
  const problem = (wrong: readonly number[]): Issue | undefined => checkRoute(fabric, { from, to, links: wrong, path: 'flows[0].path' })[0];
  assert.equal(problem([0, 15, 12, 5])?.code, 'path-does-not-join');
  assert.equal(problem([0, 12, 15, 5])?.code, undefined);
  assert.equal(problem([0, 12])?.code, 'path-does-not-join');
  assert.equal(problem([0, 99])?.path, 'flows[0].path[1]');
  const stated = { ...fabric, routing: withSourceRoutes(fabric, [{ from, to, links }]) };
  assert.deepEqual(routeOf(stated, from, to, 5), links);
  assert.equal(routeOf(stated, to, from, 5).length, 3);
});

test('broken custom graphs are issues with their place', () => {
  const issueOf = (family: CustomDesign, gpus = 4): string => {
    const result = compileFabric(bareDesign(gpus, family), { evaluateMedium: reachRule });
    return result.ok ? 'compiled' : `${result.issues[0]?.code} ${result.issues[0]?.path}`;
  };
  const [first, ...others] = square.links;
  assert.ok(first !== undefined);
  assert.equal(issueOf({ ...square, links: [{ ...first, b: 'nowhere' }, ...others] }), 'unknown-node fabric.links[0].b');
  assert.equal(issueOf({ ...square, nodes: [...square.nodes, { name: 'g0', kind: 'leaf', zone: 0 }] }), 'duplicate-node fabric.nodes[7].name');
  assert.equal(issueOf({ ...square, links: others }), 'disconnected fabric.nodes[1]');
  assert.equal(issueOf(square, 5), 'seats-do-not-match fabric.nodes');
});
