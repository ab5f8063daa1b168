/** Bounds on compiled fabrics: by hand, against the exact optimum of small ones, and never above what a run takes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledCluster } from '../../src/fabric/compiled.ts';
import type { ClusterDesign } from '../../src/fabric/design.ts';
import { networkView } from '../../src/study/fabric-view.ts';
import { runPhase } from '../../src/study/phase-run.ts';
import { defaultCalibration } from '../../src/traffic/calibration.ts';
import { cutDemand } from '../../src/traffic/collectives/cut-demand.ts';
import { fabricBound } from '../../src/traffic/collectives/fabric-bound.ts';
import type { CollectiveOp } from '../../src/traffic/collectives/operation.ts';
import { collectiveOps } from '../../src/traffic/collectives/operation.ts';
import { optimalAllGather } from '../../src/traffic/collectives/optimal-gather.ts';
import { phaseFlows } from '../../src/traffic/phase-flows.ts';
import { railDesign, railFamily, reachRule } from '../fabric/designs.ts';

function compiled(design: ClusterDesign): CompiledCluster {
  const cluster = compileFabric(design, { evaluateMedium: reachRule });
  assert.ok(cluster.ok, cluster.ok ? '' : JSON.stringify(cluster.issues));
  return cluster.value;
}
const rails = compiled(railDesign);
const ranks = (count: number): readonly number[] => Array.from({ length: count }, (_, rank) => rank);
const close = (actual: number, expected: number, share = 1e-9): void => assert.ok(Math.abs(actual - expected) <= share * expected, `${actual} is not ${expected}`);
const small: ClusterDesign = { ...railDesign, gpus: 64, family: { ...railFamily, nodesPerPod: 4, spines: 4, uplinksPerLeaf: 4 } };

test('On a rail fabric of 1,024 the eight ports of a domain bound every collective', () => {
  const bits = 8e9;
  const bound = (op: CollectiveOp): ReturnType<typeof fabricBound> => fabricBound(rails.fabric, { op, bits, groups: [ranks(1024)] });
  // 1,016/1,024 of the output enters a domain through 8 x 400 Gb/s.
  close(bound('allGather').boundNs, (bits * 1016) / 1024 / 3200);
  assert.equal(bound('allGather').cut, 'into a scale-up domain');
  // 128 domains: 2 x 127 messages leave through 128 x 3,200 Gb/s in all.
  close(bound('allReduce').boundNs, (2 * 127 * bits) / (128 * 3200));
  // Each of eight ranks sends 1,016/1,024 of its buffer out: 8 x bits x 1016/1024 over 3,200 Gb/s.
  close(bound('allToAll').boundNs, (8 * bits * 1016) / 1024 / 3200);
  // Two groups at once ask twice as much of the same cut.
  const both = fabricBound(rails.fabric, { op: 'allToAll', bits, groups: [ranks(1024), ranks(1024)] });
  close(both.boundNs, 2 * bound('allToAll').boundNs);
});

test('Fewer uplinks move the bound to the pods', () => {
  // One uplink of 400 Gb/s per leaf: four nodes of eight rails leave their pod through 8 x 400 Gb/s.
  const thin = compiled({ ...small, family: { ...railFamily, nodesPerPod: 4, spines: 1, uplinksPerLeaf: 1 } });
  const bound = fabricBound(thin.fabric, { op: 'allToAll', bits: 1e9, groups: [ranks(64)] });
  close(bound.boundNs, (32 * 32 * 1e9) / 64 / 3200);
  assert.match(bound.cut ?? '', /pod/);
});

test('On a small switched fabric the all-gather bound is the exact optimum', () => {
  const { fabric } = compiled(small);
  // The exact search wants ranks first: swap the rows of accelerators to the front.
  const row = new Int32Array(fabric.nodeCount).fill(-1);
  fabric.gpuNode.forEach((node, rank) => { row[node] = rank; });
  let next = fabric.gpuNode.length;
  for (let node = 0; node < fabric.nodeCount; node++) if ((row[node] ?? 0) < 0) row[node] = next++;
  const exact = optimalAllGather({
    nodeCount: fabric.nodeCount, ranks: 64, linkRateGbps: fabric.linkRateGbps,
    linkSource: fabric.linkSource.map((node) => row[node] ?? 0), linkTarget: fabric.linkTarget.map((node) => row[node] ?? 0),
  });
  const bound = fabricBound(fabric, { op: 'allGather', bits: 1e9, groups: [ranks(64)] });
  close(bound.boundNs, 1e9 / exact.algorithmGbps, 1e-6);
});

test('No run on the fabric is faster than the bound, and the rings of a rail fabric come close to it', () => {
  const cluster = compiled(small);
  const network = networkView(cluster);
  const constants = { ...defaultCalibration.network, scaleUpShare: 1, scaleOutShare: 1 };
  for (const op of collectiveOps) for (const size of [8, 16, 64]) {
    // Streams of a broadcast are those of its ring, which carries an all-gather's share on each edge.
    if (op === 'broadcast') continue;
    const phase = {
      name: op, trafficClass: 'allReduce', op, group: { size, stride: 1 }, groups: 64 / size, bits: 1e9, crossDomainBits: null, perMicrobatch: 0, perStep: 1, window: 'none', hiddenShare: 0,
    } as const;
    const run = runPhase(cluster, phaseFlows(phase, { network, constants }));
    assert.ok(!isRefusal(run));
    const groups = Array.from({ length: 64 / size }, (_, group) => ranks(size).map((rank) => group * size + rank));
    const { boundNs } = fabricBound(cluster.fabric, { op, bits: 1e9, groups });
    assert.ok(boundNs > 0 && run.streamingNs >= boundNs * (1 - 1e-9), `${op} ${size}: ${run.streamingNs} under ${boundNs}`);
    if (op === 'allReduce' || op === 'allGather') assert.ok(run.streamingNs <= 1.35 * boundNs, `${op} ${size}: ${run.streamingNs} far above ${boundNs}`);
  }
});

test('Demand across a cut follows the definition of each operation', () => {
  const cut = { ranks: 8, inside: 2, hasRoot: true };
  assert.deepEqual(cutDemand('allGather', 800, cut), { outBits: 200, inBits: 600 });
  assert.deepEqual(cutDemand('reduceScatter', 800, cut), { outBits: 600, inBits: 200 });
  assert.deepEqual(cutDemand('allReduce', 800, cut), { outBits: 800, inBits: 800 });
  // 2 x 6 pairs of 100 bits each way.
  assert.deepEqual(cutDemand('allToAll', 800, cut), { outBits: 1200, inBits: 1200 });
  assert.deepEqual(cutDemand('broadcast', 800, cut), { outBits: 800, inBits: 0 });
  assert.deepEqual(cutDemand('allGather', 800, { ...cut, inside: 8 }), { outBits: 0, inBits: 0 });
});
