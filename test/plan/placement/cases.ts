/** Small clusters and jobs that the placement tests share; every figure is chosen so that answers follow by hand. */

import assert from 'node:assert/strict';
import { compileFabric } from '../../../src/fabric/compile.ts';
import type { ClusterDesign } from '../../../src/fabric/design.ts';
import type { ComponentIx } from '../../../src/fabric/fabric.ts';
import type { FindPartFigures } from '../../../src/fabric/part-figures.ts';
import type { ClusterCondition, ClusterView } from '../../../src/plan/placement/cluster-view.ts';
import { createClusterView } from '../../../src/plan/placement/cluster-view.ts';
import type { PlacedJob } from '../../../src/plan/placement/placed-step.ts';
import type { PlacementIndex } from '../../../src/plan/placement/placement-index.ts';
import { createPlacementIndex } from '../../../src/plan/placement/placement-index.ts';
import type { PlaceRequest } from '../../../src/plan/placement/place-job.ts';
import { findAccelerator } from '../../../src/traffic/accelerators.ts';
import type { ModelSpec } from '../../../src/traffic/model.ts';
import type { ParallelPlan } from '../../../src/traffic/parallel-plan.ts';
import { checkPlan, planGpus, softwareStacks } from '../../../src/traffic/parallel-plan.ts';
import { figure, railDesign, reachRule } from '../../fabric/designs.ts';

/** Parts of 10 W; `mtbfH` says how often they fail. */
export const partFigures = (mtbfH: number): FindPartFigures => (part) => ({
  ratedGbps: part.includes('400') ? 400 : 800, powerW: figure(10, 'W'), powerShares: [], costUsd: figure(100, '$'), mtbfH: figure(mtbfH, 'h'), mtbfGbps: part.includes('400') ? 400 : 800,
  laserFailureShare: 0.5, hostSerdesPjPerBit: figure(0, 'pJ/bit'),
});

export function indexOf(design: ClusterDesign, find: FindPartFigures = partFigures(1e6)): PlacementIndex {
  const compiled = compileFabric(design, { evaluateMedium: reachRule });
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
  const index = createPlacementIndex(compiled.value, { findPartFigures: find });
  if (!index.ok) assert.fail(JSON.stringify(index.issues));
  return index.value;
}

export const viewOf = (index: PlacementIndex, condition: Partial<ClusterCondition> = {}): ClusterView => createClusterView(index, { failed: [], hot: [], jobs: [], ...condition });

export function component(index: PlacementIndex, name: string): ComponentIx {
  const row = index.cluster.fabric.findComponent(name);
  assert.notEqual(row, -1, `no component ${name}`);
  return row as ComponentIx;
}

/** `servers` servers of 2 GPUs with one leaf for each `perLeaf` of them, two spines, racks of one server with a power shelf each. */
export function leafSpine(servers: number, perLeaf: number): ClusterDesign {
  const leaves = servers / perLeaf;
  return {
    ...railDesign, name: `ls-${servers}`, gpus: 2 * servers, gpusPerNode: 2, scaleUp: { ...railDesign.scaleUp, size: 2 },
    family: { kind: 'leaf-spine', nodesPerLeaf: perLeaf, spines: 2, uplinksPerLeaf: 2 * perLeaf },
    switch: { ...railDesign.switch, radix: Math.max(64, 4 * perLeaf * leaves) },
    floor: { ...railDesign.floor, nodesPerRack: 1, rows: 40 }, feeds: { power: { per: 'rack', mtbfH: figure(100_000, 'h') }, coolant: null },
  };
}

/** A ring of servers of 8 whose links reach `neighbours` servers ahead. */
export const bypassRing = (servers: number, neighbours: number): ClusterDesign => ({
  ...railDesign, name: `ring-${servers}`, gpus: 8 * servers, family: { kind: 'bypass-ring', neighbours }, media: { ...railDesign.media, access: [] },
  floor: { ...railDesign.floor, rows: 100 }, feeds: { power: null, coolant: null },
});

const toyModel: ModelSpec = {
  name: 'toy', layers: 8, hidden: 1024, attention: { kind: 'gqa', heads: 16, kvHeads: 16, headDim: 64, windowTokens: null }, ffn: 4096, gated: false, vocab: 32_000, seq: 1024,
  tiedEmbeddings: false, gptStyle: false, parallelBlock: false, moe: null, mtpLayers: 0, source: 'chosen for these tests',
};

/** A dense toy that fits everywhere. */
export function toyJob(degrees: Partial<ParallelPlan> & { readonly data: number }): PlacedJob {
  const plan: ParallelPlan = {
    tensor: 2, sequenceParallel: false, pipeline: 1, schedule: '1f1b', interleave: 1, zero: 1, shard: degrees.data, expert: 1, context: 1, microbatch: 1, globalBatch: 48 * degrees.data,
    recompute: 'selective', precision: 'bf16', software: softwareStacks.megatronCore, ...degrees,
  };
  assert.deepEqual(checkPlan(toyModel, plan, planGpus(plan)), []);
  const accelerator = findAccelerator('h100');
  assert.ok(accelerator !== null);
  return { model: toyModel, plan, accelerator };
}

export const requestFor = (job: PlacedJob, terms: Partial<PlaceRequest> = {}): PlaceRequest =>
  ({ job, lengthH: 100, restartH: 0.5, replicasMin: job.plan.data, prefer: 'score', candidatesMax: 8, ...terms });
