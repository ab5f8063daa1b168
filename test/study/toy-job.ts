/** A small cluster and a data-parallel job whose step is affine in 1/rate, so that tests can derive every figure by hand. */

import assert from 'node:assert/strict';
import { parseCluster } from '../../src/adapters/spec/read-spec.ts';
import type { ClusterDesign } from '../../src/fabric/design.ts';
import type { TrainingJob } from '../../src/study/training-run.ts';
import { accelerators } from '../../src/traffic/accelerators.ts';
import { defaultCalibration } from '../../src/traffic/calibration.ts';
import type { ModelSpec } from '../../src/traffic/model.ts';
import type { ParallelPlan } from '../../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../../src/traffic/parallel-plan.ts';

// 8 nodes of 8 in one pod: 64 access cables (DR4 at the adapter, half a twin-port DR8 at the leaf), 8 leaves x 8 uplinks of DR8.
// The case stands at 40 C, where the power of both modules is stated, so that a watt in the catalogue is a watt in the rack.
export const optics = 'access: [{near: dr4-400g, far: dr8-800g, connectors: 2}]\n  fabric: [{near: dr8-800g, connectors: 2}]';

/** The small cluster; `media` are the spec's own lines, two spaces in. */
export function smallDesign(media = optics): ClusterDesign {
  const cluster = parseCluster(`
kind: Cluster
version: 1
name: small
gpus: 64
gpusPerNode: 8
accelerator: h100
rate: 400Gbps
fabric: {kind: rail-optimised, nodesPerPod: 8, uplinksPerLeaf: 8, spines: 1, crossRail: scaleUp}
media:
  ${media}
caseTemperature: 40C
pue: 1.25
`, 'small.yaml');
  assert.ok(cluster.ok, cluster.ok ? '' : JSON.stringify(cluster.issues));
  return cluster.value.design;
}

const h100 = accelerators.find((one) => one.id === 'h100');
assert.ok(h100);
export const toyModel: ModelSpec = {
  name: 'toy', layers: 8, hidden: 4096, attention: { kind: 'gqa', heads: 32, kvHeads: 32, headDim: 128, windowTokens: null }, ffn: 16384, gated: false, vocab: 32000, seq: 2048,
  tiedEmbeddings: false, gptStyle: false, parallelBlock: false, moe: null, mtpLayers: 0, source: 'made up for this test',
};
// Tensor parallel inside the node, data parallel between nodes, nothing hidden, gradients in 32 bits, all-reduced whole.
export const toyPlan: ParallelPlan = {
  tensor: 8, sequenceParallel: false, pipeline: 1, schedule: '1f1b', interleave: 1, data: 8, zero: 0, shard: 8, expert: 1, context: 1,
  microbatch: 1, globalBatch: 8, recompute: 'none', precision: 'bf16', software: softwareStacks.megatron2022,
};
export const toyJob: TrainingJob = { model: toyModel, plan: toyPlan, accelerator: h100 };

// A layer holds 4 x 4096^2 of attention and 2 x 4096 x 16384 of feed-forward: 201,326,592; eight of them and an embedding of
// 32,000 x 4096 make 1,741,684,736, an eighth of which is on each accelerator: 217,710,592 gradients of 32 bits. The ring of eight
// nodes sends 2 x 7/8 of them at the share of the link that collectives reach.
/** Time the gradients stream at a rate: the only part of the toy job's step that depends on it. */
export const toyStreamS = (rateGbps: number): number => ((217_710_592 * 32 * 1.75) / defaultCalibration.network.scaleOutShare / rateGbps) * 1e-9;

/** The gradients of eight layers go in eight all-reduces, each of 2 x 7 steps from node to node that pay the path once. */
export const toyPathsPerStep = 8 * 14;
