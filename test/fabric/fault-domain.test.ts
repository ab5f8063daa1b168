/** Fault domains of the rail-optimised fabric, counted by hand, and against a breadth-first twin that knows nothing of levels. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledFabric } from '../../src/fabric/compiled.ts';
import type { ClusterDesign } from '../../src/fabric/design.ts';
import type { ComponentIx } from '../../src/fabric/fabric.ts';
import { createFaultDomains } from '../../src/fabric/fault-domain.ts';
import type { Blast } from '../../src/fabric/fault-domain.ts';
import { worstParts } from '../../src/fabric/worst-parts.ts';
import { opticalAccess, opticalFabric, railDesign, reachRule } from './designs.ts';

function compiled(design: ClusterDesign): CompiledFabric {
  const result = compileFabric(design, { evaluateMedium: reachRule });
  if (!result.ok) assert.fail(JSON.stringify(result.issues));
  return result.value.fabric;
}

const fabric = compiled(railDesign);
const domains = createFaultDomains(fabric);

function blast(name: string, of: { fabric: CompiledFabric; domains: ReturnType<typeof createFaultDomains> } = { fabric, domains }): Blast {
  const component = of.fabric.findComponent(name);
  assert.notEqual(component, -1, `no component ${name}`);
  return of.domains.blast(component as Exclude<typeof component, -1>);
}

const size = (result: Blast): readonly number[] => [result.gpusCut, result.gpusSlowed, result.linksLost, result.linksDerated, result.wavelengths];

test('with a spare feed (N+1) the loss of one power shelf takes nothing along', () => {
  const { power } = railDesign.feeds;
  assert.ok(power !== null);
  const result = compileFabric({ ...railDesign, feeds: { ...railDesign.feeds, power: { ...power, spares: 1 } } }, { evaluateMedium: reachRule });
  assert.ok(result.ok);
  const { fabric } = result.value;
  const size = createFaultDomains(fabric).measure(fabric.findComponent('powershelf1') as ComponentIx);
  assert.deepEqual([size.gpusCut, size.gpusSlowed, size.linksLost], [0, 0, 0]);
});

test('a leaf cuts its 32 GPUs and no others', () => {
  // 32 access and 32 uplink cables, two directions and 4 wavelengths each. Other leaves keep all of their own uplinks.
  assert.deepEqual(size(blast('leaf0')), [32, 0, 128, 0, 512]);
  // Leaf 0 is rail 0 of pod 0: ranks 0, 8, ... 248.
  assert.deepEqual([...blast('leaf0').cutRanks], Array.from({ length: 32 }, (_, node) => 8 * node));
});

test('a spine slows everyone and cuts nobody', () => {
  // 64 links to 32 leaves, each of which keeps 30 of 32 uplinks.
  assert.deepEqual(size(blast('spine3')), [0, 1024, 128, 0, 512]);
});

test('a laser dims one lane, a twin-port module takes two links', () => {
  // A twin-port module with 8 lasers lights 2 x 4 wavelengths: laser 0 lights one of them.
  assert.deepEqual(size(blast('leaf0/module0/laser0')), [0, 1, 0, 1, 1]);
  // Module 0 serves two access links: both GPUs lose their only one.
  assert.deepEqual(size(blast('leaf0/module0')), [2, 0, 4, 0, 16]);
  // Modules 16 and later hold uplinks: two of 32 uplinks gone, the 32 GPUs of the leaf slowed.
  assert.deepEqual(size(blast('leaf0/module16')), [0, 32, 4, 0, 16]);
});

test('a scale-up switch slows its node, a NIC cuts its GPU', () => {
  assert.deepEqual(size(blast('scaleupswitch5')), [0, 8, 16, 0, 16 * 18]);
  assert.deepEqual(size(blast('nic7')), [1, 0, 2, 0, 8]);
});

test('a coolant loop takes its row, a power shelf its rack', () => {
  // Rows of 10 racks: row 0 holds the 8 server racks and the leaf rack of pod 0 and the first server rack of pod 1 (4 nodes).
  const loop = blast('coolantloop0');
  assert.equal(loop.gpusCut, 256 + 32);
  // Rack 4 holds the 8 leaves of pod 0.
  assert.equal(blast('powershelf4').gpusCut, 256);
  assert.equal(blast('site0').gpusCut, 1024);
});

test('an external laser shared by eight links dims all of them', () => {
  const source = { part: 'els-elsfp', linksPerSource: 8, lasersPerSource: 4 } as const;
  const engine = { part: 'engine', packaging: 'engine', linksPerModule: 16, lasersPerModule: 0, externalSource: source } as const;
  const design: ClusterDesign = { ...railDesign, media: { ...railDesign.media, access: [{ ...opticalAccess, far: engine }], fabric: [{ ...opticalFabric, near: engine, far: engine }] } };
  const cpo = compiled(design);
  const of = { fabric: cpo, domains: createFaultDomains(cpo) };
  // 8 links x 4 wavelengths over 4 lasers: each laser lights all 4 wavelengths of 2 links, so those links die; 8 lasers' light leaves the leaf towards GPUs.
  assert.deepEqual(size(blast('leaf0/lasersource0/laser0', of)), [2, 0, 4, 0, 16]);
  assert.deepEqual(size(blast('leaf0/lasersource0', of)), [8, 0, 16, 0, 64]);
  // An engine carries 16 links.
  assert.deepEqual(size(blast('leaf0/package0/engine0', of)), [16, 0, 32, 0, 128]);
});

/** The dumb twin: removes lost links and asks, GPU by GPU, whether any spine can still be reached. */
function cutBySearch(result: Blast): number[] {
  const lost = new Set(result.lostLinkRows);
  const dead = new Set(result.componentRows);
  const cut: number[] = [];
  fabric.gpuNode.forEach((gpu, rank) => {
    const seen = new Set<number>([gpu]);
    const queue = [gpu];
    let found = false;
    for (const node of queue) {
      found ||= fabric.nodeKind[node] === fabric.nodeKind[fabric.nodeCount - 1];
      for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
        const link = fabric.outLink[edge] ?? 0;
        const target = fabric.linkTarget[link] ?? 0;
        // Only upward: from GPU to leaf to spine.
        if (fabric.linkTier[link] === 0 || target < node || lost.has(link) || seen.has(target)) continue;
        seen.add(target);
        queue.push(target);
      }
    }
    if (!found || dead.has(fabric.nodeComponent[gpu] ?? -1)) cut.push(rank);
  });
  return cut;
}

test('GPUs cut are exactly those that a search finds without a way to any spine', () => {
  for (const name of ['leaf3', 'spine0', 'node17', 'rack4', 'rack20', 'coolantloop1', 'nic9', 'gpu100', 'leaf9/module20', 'row2']) {
    const result = blast(name);
    assert.deepEqual([...result.cutRanks], cutBySearch(result), name);
  }
});

test('the worst parts are ranked from coolant loops down, equal parts together', () => {
  const worst = worstParts(fabric, domains, { count: 5 });
  assert.equal(worst[0]?.kind, 'coolantLoop');
  assert.ok(worst.every((part, index) => index === 0 || part.gpusCut <= (worst[index - 1]?.gpusCut ?? 0)));
  const spines = worstParts(fabric, domains, { count: 100 }).find((part) => part.kind === 'spine');
  assert.equal(spines?.count, 16);
});
