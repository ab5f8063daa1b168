/** Every family by counts derived by hand, routes that join between all pairs, and impossible requests. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledFabric } from '../../src/fabric/compiled.ts';
import type { ClusterDesign } from '../../src/fabric/design.ts';
import type { NodeIx } from '../../src/fabric/fabric.ts';
import { linkTiers } from '../../src/fabric/fabric.ts';
import type { FamilyDesign } from '../../src/fabric/families/family-design.ts';
import { bareDesign, reachRule } from './designs.ts';
import { countKinds, diameterOf, routeOf } from './routes.ts';

export function compiled(design: ClusterDesign): CompiledFabric {
  const result = compileFabric(design, { evaluateMedium: reachRule });
  if (!result.ok) assert.fail(JSON.stringify(result.issues));
  assert.deepEqual(result.value.findings, []);
  return result.value.fabric;
}

const tierCounts = (fabric: CompiledFabric): Record<string, number> =>
  Object.fromEntries(linkTiers.map((tier, index) => [tier, fabric.linkTier.filter((at) => at === index).length / 2] as const).filter(([, count]) => count > 0));

/** Longest route over all pairs and a few flows; every route is checked hop by hop. */
function longestRoute(fabric: CompiledFabric): number {
  let longest = 0;
  for (const from of fabric.gpuNode) {
    for (const to of fabric.gpuNode) for (let flow = 0; flow < 3; flow++) longest = Math.max(longest, routeOf(fabric, from as NodeIx, to as NodeIx, flow * 77).length);
  }
  return longest;
}

interface Expectation {
  readonly title: string;
  readonly gpus: number;
  readonly family: FamilyDesign;
  readonly nodes: Record<string, number>;
  /** Cables by tier. */
  readonly cables: Record<string, number>;
  /** Longest route between GPUs in links; the search diameter must agree unless routes are not minimal by design. */
  readonly longest: number;
  readonly diameter: number;
}

const expectations: readonly Expectation[] = [
  {
    // 96 GPUs over 6 leaves of 16; 8 uplinks each over 4 spines.
    title: 'leaf-spine', gpus: 96, family: { kind: 'leaf-spine', nodesPerLeaf: 16, spines: 4, uplinksPerLeaf: 8 },
    nodes: { gpu: 96, leaf: 6, spine: 4 }, cables: { access: 96, fabric: 48 }, longest: 4, diameter: 4,
  },
  {
    // k = 8: k^3/4 = 128 GPUs, 8 pods x 4 edges and 4 aggregations, 16 cores; k^3/4 cables in each tier.
    title: 'three-tier fat tree', gpus: 128, family: { kind: 'fat-tree', tiers: 3, k: 8, routing: 'ecmp' },
    nodes: { gpu: 128, leaf: 32, spine: 32, core: 16 }, cables: { access: 128, fabric: 128, core: 128 }, longest: 6, diameter: 6,
  },
  {
    // k = 8: k^2/2 = 32 GPUs, 8 leaves, 4 spines.
    title: 'two-tier fat tree', gpus: 32, family: { kind: 'fat-tree', tiers: 2, k: 8, routing: 'dModK' },
    nodes: { gpu: 32, leaf: 8, spine: 4 }, cables: { access: 32, fabric: 32 }, longest: 4, diameter: 4,
  },
  {
    // p=2 a=4 h=2 g=9: 72 GPUs, 36 routers, 9 x 6 local and 36 global links; local-global-local between routers.
    title: 'dragonfly', gpus: 72, family: { kind: 'dragonfly', groups: 9, switchesPerGroup: 4, gpusPerSwitch: 2, globalLinksPerSwitch: 2, routing: 'minimal' },
    nodes: { gpu: 72, leaf: 36 }, cables: { access: 72, fabric: 54, core: 36 }, longest: 5, diameter: 5,
  },
  {
    // 5 groups of 4 leaves and 4 spines, 2 GPUs per leaf, one global port per spine: 4 ports for 4 other groups, 5 x 4 / 2 global links.
    title: 'dragonfly+', gpus: 40, family: { kind: 'dragonfly-plus', groups: 5, leavesPerGroup: 4, spinesPerGroup: 4, gpusPerLeaf: 2, globalLinksPerSpine: 1, routing: 'minimal' },
    nodes: { gpu: 40, leaf: 20, spine: 20 }, cables: { access: 40, fabric: 80, core: 10 }, longest: 5, diameter: 5,
  },
  {
    // 2^5 switches of 5 neighbours: 32 x 5 / 2 cables, diameter 5 between switches.
    title: 'hypercube', gpus: 64, family: { kind: 'hypercube', dimensions: 5, gpusPerSwitch: 2 },
    nodes: { gpu: 64, leaf: 32 }, cables: { access: 64, fabric: 80 }, longest: 7, diameter: 7,
  },
  {
    // 4 x 5 switches; each meets 3 + 4 others: 20 x 7 / 2 cables; at most one hop per dimension.
    title: 'HyperX', gpus: 60, family: { kind: 'hyperx', sizes: [4, 5], gpusPerSwitch: 3 },
    nodes: { gpu: 60, leaf: 20 }, cables: { access: 60, fabric: 70 }, longest: 4, diameter: 4,
  },
  {
    // 4 x 6 torus: 2 cables per GPU; diameter 2 + 3.
    title: '2D torus', gpus: 24, family: { kind: 'torus', sizes: [4, 6], twists: [] },
    nodes: { gpu: 24 }, cables: { fabric: 48 }, longest: 5, diameter: 5,
  },
  {
    // 4 x 4 x 4 torus: 3 cables per GPU; diameter 6.
    title: '3D torus', gpus: 64, family: { kind: 'torus', sizes: [4, 4, 4], twists: [] },
    nodes: { gpu: 64 }, cables: { fabric: 192 }, longest: 6, diameter: 6,
  },
];

for (const expected of expectations) {
  test(`${expected.title}: nodes, cables, diameter and all routes`, () => {
    const fabric = compiled(bareDesign(expected.gpus, expected.family));
    assert.deepEqual(countKinds(fabric), expected.nodes);
    assert.deepEqual(tierCounts(fabric), expected.cables);
    assert.equal(longestRoute(fabric), expected.longest);
    assert.equal(diameterOf(fabric), expected.diameter);
  });
}

test('a full fat tree has full bisection: as many core cables as GPUs', () => {
  // k = 16 seats 1,024 GPUs; each pod's half^2 = 64 uplinks equal its 64 GPUs.
  const fabric = compiled(bareDesign(1024, { kind: 'fat-tree', tiers: 3, k: 16, routing: 'ecmp' }));
  assert.deepEqual(tierCounts(fabric), { access: 1024, fabric: 1024, core: 1024 });
});

test('Valiant routes of dragonflies visit a third group and still join', () => {
  for (const family of [
    { kind: 'dragonfly', groups: 9, switchesPerGroup: 4, gpusPerSwitch: 2, globalLinksPerSwitch: 2, routing: 'valiant' },
    { kind: 'dragonfly-plus', groups: 5, leavesPerGroup: 4, spinesPerGroup: 4, gpusPerLeaf: 2, globalLinksPerSpine: 1, routing: 'valiant' },
  ] as const) {
    const fabric = compiled(bareDesign(family.kind === 'dragonfly' ? 72 : 40, family));
    const core = linkTiers.indexOf('core');
    const route = routeOf(fabric, fabric.gpuNode[0] as NodeIx, fabric.gpuNode[fabric.gpuNode.length - 1] as NodeIx, 12345);
    assert.equal(route.filter((link) => fabric.linkTier[link] === core).length, 2);
    assert.ok(longestRoute(fabric) <= 8);
  }
});

test('a dragonfly with fewer groups spreads its spare global ports evenly', () => {
  // 5 groups with 8 global ports: 2 links to each of 4 others, 5 x 4 / 2 x 2 = 20 cables.
  const fabric = compiled(bareDesign(40, { kind: 'dragonfly', groups: 5, switchesPerGroup: 4, gpusPerSwitch: 2, globalLinksPerSwitch: 2, routing: 'minimal' }));
  assert.equal(tierCounts(fabric)['core'], 20);
  longestRoute(fabric);
});

test('twisted tori route along shortest paths', () => {
  const fabric = compiled(bareDesign(128, { kind: 'torus', sizes: [4, 4, 8], twists: [{ dimension: 0, shift: [0, 0, 4] }, { dimension: 1, shift: [0, 0, 4] }] }));
  assert.deepEqual(tierCounts(fabric), { fabric: 384 });
  assert.equal(longestRoute(fabric), diameterOf(fabric));
  assert.ok(diameterOf(fabric) < 2 + 2 + 4);
});

const refusals: readonly { readonly title: string; readonly gpus: number; readonly family: FamilyDesign; readonly code: string; readonly path: string }[] = [
  { title: 'a radix that cannot build the tree', gpus: 64, family: { kind: 'fat-tree', tiers: 3, k: 128, routing: 'ecmp' }, code: 'radix-too-small', path: 'fabric.k' },
  { title: 'an odd k', gpus: 8, family: { kind: 'fat-tree', tiers: 3, k: 7, routing: 'ecmp' }, code: 'out-of-range', path: 'fabric.k' },
  { title: 'more GPUs than a tree seats', gpus: 129, family: { kind: 'fat-tree', tiers: 3, k: 8, routing: 'ecmp' }, code: 'too-few-seats', path: 'fabric.k' },
  {
    title: 'groups without enough global links', gpus: 10, code: 'groups-not-joined', path: 'fabric.groups',
    family: { kind: 'dragonfly', groups: 100, switchesPerGroup: 4, gpusPerSwitch: 2, globalLinksPerSwitch: 2, routing: 'minimal' },
  },
  { title: 'a torus of another size', gpus: 63, family: { kind: 'torus', sizes: [4, 4, 4], twists: [] }, code: 'seats-do-not-match', path: 'fabric.sizes' },
  {
    title: 'a twist of a dimension that is twisted', gpus: 64, code: 'bad-twist', path: 'fabric.twists[0]',
    family: { kind: 'torus', sizes: [4, 4, 4], twists: [{ dimension: 0, shift: [0, 2, 0] }, { dimension: 1, shift: [0, 0, 2] }] },
  },
  { title: 'a hypercube of too many dimensions', gpus: 8, family: { kind: 'hypercube', dimensions: 60, gpusPerSwitch: 1 }, code: 'out-of-range', path: 'fabric.dimensions' },
];

for (const { title, gpus, family, code, path } of refusals) {
  test(`${title} is an issue with place and remedy`, () => {
    const result = compileFabric(bareDesign(gpus, family), { evaluateMedium: reachRule });
    if (result.ok) assert.fail('should be refused');
    const [issue] = result.issues;
    assert.equal(issue?.code, code);
    assert.equal(issue?.path, path);
    assert.ok((issue?.remedy.length ?? 0) > 10);
  });
}
