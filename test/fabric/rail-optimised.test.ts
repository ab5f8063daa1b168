/** The rail-optimised family: counts by hand, lengths by hand, routes that join, and impossible requests. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledCluster } from '../../src/fabric/compiled.ts';
import type { ClusterDesign } from '../../src/fabric/design.ts';
import type { NodeIx } from '../../src/fabric/fabric.ts';
import { linkTiers, nodeKinds } from '../../src/fabric/fabric.ts';
import { copper, opticalAccess, railDesign, railFamily, reachRule } from './designs.ts';
import { countKinds, routeOf } from './routes.ts';

function compiled(design: ClusterDesign): CompiledCluster {
  const result = compileFabric(design, { evaluateMedium: reachRule });
  if (!result.ok) assert.fail(JSON.stringify(result.issues));
  return result.value;
}

test('1,024 GPUs in four pods give 32 leaves, 16 spines and 3,072 cables', () => {
  // 128 nodes of 8 GPUs; 4 pods x 8 rails = 32 leaves; each leaf 32 down and 32 up; 16 spines take 32 leaves x 2 = 64 ports.
  const { fabric } = compiled(railDesign);
  assert.deepEqual(countKinds(fabric), { gpu: 1024, scaleUpSwitch: 128, leaf: 32, spine: 16 });
  const byTier = linkTiers.map((_, tier) => fabric.linkTier.filter((at) => at === tier).length);
  // Directed: 2 x 1024 scale-up, 2 x 1024 access, 2 x 32 leaves x 32 uplinks.
  assert.deepEqual(byTier, [2048, 2048, 2048, 0, 0]);
  // 18 lanes inside the node, 4 wavelengths on each optical link.
  assert.equal(fabric.wavelengthCount, 2048 * 18 + 4096 * 4);
  const spine = nodeKinds.indexOf('spine');
  fabric.nodeKind.forEach((kind, node) => {
    if (kind === spine) assert.equal((fabric.outOffset[node + 1] ?? 0) - (fabric.outOffset[node] ?? 0), 64);
  });
});

test('a link runs at the sum of its wavelengths', () => {
  const { fabric } = compiled(railDesign);
  for (let link = 0; link < fabric.linkCount; link++) {
    let sum = 0;
    for (let wavelength = fabric.linkWavelength[link] ?? 0; wavelength < (fabric.linkWavelength[link + 1] ?? 0); wavelength++) {
      assert.equal(fabric.wavelengthLink[wavelength], link);
      sum += fabric.wavelengthRateGbps[wavelength] ?? 0;
    }
    // Rates are multiples of 100 or of 200 Gb/s, so the sums are exact.
    assert.equal(fabric.linkRateGbps[link], sum);
  }
});

test('cable lengths follow the floor plan in whole metres', () => {
  // Pod 0: 8 server racks, 1 leaf rack in the middle: racks 0-3 servers, 4 leaves, 5-8 servers. Rack 0 to rack 4: 4 x 0.6 m along,
  // 2 m up and 2 m down, 1 m slack = 7.4 m, bought as 8 m. GPU 0 is in rack 0, leaf 0 in rack 4.
  const { fabric } = compiled(railDesign);
  const [access] = routeOf(fabric, fabric.gpuNode[0] as NodeIx, fabric.gpuNode[8] as NodeIx, 0);
  assert.equal(fabric.linkLengthM[access ?? 0], 8);
  // NIC 600 ns, then 100 ns of FEC and 8 m x 5 ns.
  assert.equal(fabric.linkLatencyNs[access ?? 0], 600 + 100 + 40);
});

test('routes join, end where asked, and keep rail traffic of a pod on its leaf', () => {
  const { fabric } = compiled(railDesign);
  const gpu = (rank: number): NodeIx => fabric.gpuNode[rank] as NodeIx;
  // Same node: scale-up only. Same rail and pod: one leaf. Same rail, other pod: leaf, spine, leaf. Other rail: first inside the node.
  const hops = (from: number, to: number): number => routeOf(fabric, gpu(from), gpu(to), 7).length;
  assert.equal(hops(0, 5), 2);
  assert.equal(hops(0, 8), 2);
  assert.equal(hops(0, 256), 4);
  assert.equal(hops(0, 9), 4);
  assert.equal(hops(0, 257), 6);
  assert.equal(hops(3, 3), 0);
  for (let flow = 0; flow < 2000; flow++) routeOf(fabric, gpu((flow * 37) % 1024), gpu((flow * 101 + 5) % 1024), flow);
});

test('between rails through the spine the route never enters the scale-up domain', () => {
  const { fabric } = compiled({ ...railDesign, family: { ...railFamily, crossRail: 'spine' } });
  const route = routeOf(fabric, fabric.gpuNode[0] as NodeIx, fabric.gpuNode[9] as NodeIx, 1);
  assert.deepEqual(route.map((link) => linkTiers[fabric.linkTier[link] ?? 0]), ['access', 'fabric', 'fabric', 'access']);
});

test('equal-cost choices use every uplink and repeat for equal flows', () => {
  const { fabric } = compiled(railDesign);
  const used = new Set<number>();
  for (let flow = 0; flow < 2000; flow++) {
    const route = routeOf(fabric, fabric.gpuNode[0] as NodeIx, fabric.gpuNode[256] as NodeIx, flow);
    assert.deepEqual(routeOf(fabric, fabric.gpuNode[0] as NodeIx, fabric.gpuNode[256] as NodeIx, flow), route);
    used.add(route[1] ?? -1);
  }
  assert.equal(used.size, 32);
});

test('copper is used where it reaches and optics elsewhere', () => {
  // Leaves spread over the server racks: leaf l of a pod stands in rack l of its 8, so the GPUs of rail l in rack l (4 nodes) are
  // within 2 m: 4 nodes x 8 rails x 4 pods = 128 copper cables, the other 896 are optical.
  const floor = { ...railDesign.floor, leafPlacement: 'topOfRack' } as const;
  const { fabric, refused } = compiled({ ...railDesign, floor, media: { ...railDesign.media, access: [copper, opticalAccess] } });
  const dac = fabric.media.findIndex((medium) => medium.name === 'dac');
  assert.equal(fabric.linkMedium.filter((medium) => medium === dac).length, 2 * 128);
  assert.deepEqual(refused, []);
});

test('links that close with no medium stay at rate zero and are refused by name', () => {
  const { fabric, refused } = compiled({ ...railDesign, media: { ...railDesign.media, access: [copper] } });
  // Every access cable leaves its rack (leaf racks hold no servers), so none of 1,024 closes.
  assert.equal(refused.reduce((sum, group) => sum + group.count, 0), 1024);
  assert.match(refused[0]?.examples[0] ?? '', /^gpu0 to leaf0$/);
  const dead = fabric.linkRateGbps.filter((rate) => rate === 0).length;
  assert.equal(dead, 2048);
});

test('a sound plan has no findings: every port once, every fibre two ends', () => {
  assert.deepEqual(compiled(railDesign).findings, []);
});

test('impossible requests are issues with place, value and remedy', () => {
  const issuesOf = (design: ClusterDesign): readonly string[] => {
    const result = compileFabric(design, { evaluateMedium: reachRule });
    if (result.ok) assert.fail('the design should be refused');
    for (const issue of result.issues) assert.ok(issue.path !== undefined && issue.remedy.length > 10);
    return result.issues.map((issue) => `${issue.code} ${issue.path}`);
  };
  assert.deepEqual(issuesOf({ ...railDesign, gpus: 0 }), ['out-of-range gpus']);
  assert.deepEqual(issuesOf({ ...railDesign, gpus: 1e9 }), ['out-of-range gpus']);
  assert.deepEqual(issuesOf({ ...railDesign, switch: { ...railDesign.switch, radix: 32 } }), ['radix-too-small fabric.nodesPerPod', 'radix-too-small fabric.spines']);
  assert.deepEqual(issuesOf({ ...railDesign, floor: { ...railDesign.floor, rows: 2 } }), ['floor-too-small floor.rows']);
  assert.deepEqual(issuesOf({ ...railDesign, media: { ...railDesign.media, fabric: [] } }), ['no-medium media.fabric']);
});
