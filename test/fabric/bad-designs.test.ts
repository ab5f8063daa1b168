/** Whatever numbers a design holds, compiling ends in a fabric or in issues with a place and a remedy; it never throws. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { FamilyDesign } from '../../src/fabric/families/family-design.ts';
import { bareDesign, ocs, railDesign, reachRule } from './designs.ts';

/** Small numbers most of the time, so that many designs compile; hostile ones often enough. */
const anyNumber = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 8 }) }, { weight: 1, arbitrary: fc.constantFrom(0, -1, 1.5, NaN, Infinity, -Infinity, 1e9, 64) });
const sizes = fc.array(anyNumber, { maxLength: 4 });
const twists = fc.array(fc.record({ dimension: anyNumber, shift: sizes }), { maxLength: 2 });
const of = <K extends string>(...names: readonly K[]): { [N in K]: typeof anyNumber } => Object.fromEntries(names.map((name) => [name, anyNumber])) as { [N in K]: typeof anyNumber };
const kind = <K extends string>(name: K) => ({ kind: fc.constant(name) });

const leafSpine = fc.record({ ...kind('leaf-spine'), ...of('nodesPerLeaf', 'spines', 'uplinksPerLeaf') });
const rails = fc.record({
  ...kind('rail-optimised'), ...of('nodesPerPod', 'spines', 'uplinksPerLeaf'), spinePlanes: fc.constantFrom('shared' as const, 'perRail' as const), crossRail: fc.constantFrom('scaleUp' as const, 'spine' as const),
});
const fatTree = fc.record({ ...kind('fat-tree'), tiers: fc.constantFrom(2 as const, 3 as const), k: anyNumber, routing: fc.constantFrom('ecmp' as const, 'dModK' as const) });
const routing = fc.constantFrom('minimal' as const, 'valiant' as const);

const family: fc.Arbitrary<FamilyDesign> = fc.oneof(
  leafSpine, rails, fatTree, fc.record(kind('rail-only')),
  fc.record({ ...kind('dragonfly'), ...of('groups', 'switchesPerGroup', 'gpusPerSwitch', 'globalLinksPerSwitch'), routing }),
  fc.record({ ...kind('dragonfly-plus'), ...of('groups', 'leavesPerGroup', 'spinesPerGroup', 'gpusPerLeaf', 'globalLinksPerSpine'), routing }),
  fc.record({ ...kind('hypercube'), ...of('dimensions', 'gpusPerSwitch') }),
  fc.record({ ...kind('hyperx'), sizes, gpusPerSwitch: anyNumber }),
  fc.record({ ...kind('torus'), sizes, twists }),
  fc.record({ ...kind('expander'), ...of('switches', 'degree', 'gpusPerSwitch', 'seed') }),
  fc.record({ ...kind('ocs-cubes'), cubeSide: anyNumber, cubes: sizes, twists }),
  fc.record({ ...kind('direct-blocks'), ...of('blocks', 'leavesPerBlock', 'aggregationsPerBlock', 'gpusPerLeaf', 'uplinksPerAggregation'), routing: fc.constantFrom('direct' as const, 'valiant' as const) }),
  fc.record(kind('scale-up')), fc.record(kind('photonic-mesh')), fc.record(kind('ocs-rails')),
  fc.record({ ...kind('bypass-ring'), neighbours: anyNumber }),
  fc.record({ ...kind('awgr'), ...of('switches', 'gpusPerSwitch', 'uplinksPerSwitch') }),
  fc.record({ ...kind('rotor'), ...of('switches', 'gpusPerSwitch', 'uplinksPerSwitch', 'slot', 'slotNs', 'reconfigureNs') }),
  fc.record({ ...kind('regional-ocs'), ...of('nodesPerRegion', 'circuitsPerNode'), packets: fc.oneof(leafSpine, rails, fatTree) }),
  fc.record({ ...kind('pooled-memory'), memoryNodes: anyNumber, network: leafSpine }),
  fc.record({ ...kind('planes'), count: anyNumber, plane: fc.oneof(leafSpine, rails, fatTree) }),
  fc.record({ ...kind('sites'), ...of('count', 'gateways', 'linksPerGatewayPair', 'distanceM'), site: fc.oneof(leafSpine, rails, fatTree) }),
);

test('no design throws; routes of those that compile join or say that there is none', () => {
  let compiledCount = 0;
  fc.assert(fc.property(family, fc.integer({ min: 1, max: 96 }), fc.constantFrom(1, 2, 4, 8), fc.constantFrom(1, 4, 8), (asked, gpus, gpusPerNode, domain) => {
    const design = { ...bareDesign(gpus, asked), ocs, gpusPerNode, scaleUp: { ...railDesign.scaleUp, size: domain } };
    const result = compileFabric(design, { evaluateMedium: reachRule });
    if (!result.ok) {
      assert.ok(result.issues.length > 0);
      for (const issue of result.issues) assert.ok(issue.path !== undefined && issue.remedy.length > 5 && issue.message.length > 5, JSON.stringify(issue));
      return;
    }
    compiledCount++;
    const { fabric, findings } = result.value;
    assert.deepEqual(findings, []);
    const into = new Int32Array(fabric.routing.hopsMax);
    for (let flow = 0; flow < 20; flow++) {
      const from = fabric.gpuNode[(flow * 7) % gpus] ?? 0;
      const to = fabric.gpuNode[(flow * 5 + 1) % gpus] ?? 0;
      const hops = fabric.routing.route(from as never, to as never, flow, into);
      assert.ok(hops >= 0 && hops <= fabric.routing.hopsMax, `${asked.kind}: ${hops} hops of at most ${fabric.routing.hopsMax}`);
      let at: number = from;
      for (const link of into.subarray(0, hops)) {
        assert.equal(fabric.linkSource[link], at);
        at = fabric.linkTarget[link] ?? -1;
      }
      assert.equal(at, to);
    }
  }), { seed: 20, numRuns: 3000 });
  assert.ok(compiledCount > 200, `only ${compiledCount} designs compiled`);
});
