/** Speed of placement: where a job fits among 16,384 and 65,536 accelerators, half of them busy, and the refusal of one that does not. */

import { isRefusal } from '../src/base/refusal.ts';
import { compileWithPhysics, createFindPartFigures } from '../src/fabric/physics.ts';
import { readCluster } from '../src/adapters/spec/read-spec.ts';
import { createDice } from '../src/base/dice.ts';
import { createCatalogue } from '../src/optics/catalogue/catalogue.ts';
import type { ClusterView } from '../src/plan/placement/cluster-view.ts';
import { createClusterView } from '../src/plan/placement/cluster-view.ts';
import { createPlacementIndex } from '../src/plan/placement/placement-index.ts';
import { placeJob } from '../src/plan/placement/place-job.ts';
import { findAccelerator } from '../src/traffic/accelerators.ts';
import { mixtral8x22b } from '../src/traffic/model-presets.ts';
import type { ParallelPlan } from '../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../src/traffic/parallel-plan.ts';
import type { Bench, Routine } from './measure.ts';

const catalogue = createCatalogue();

/** The example cluster's parts in a three-tier fat tree of 64-port switches, with the servers of a seeded half of its racks busy. */
function busyView(gpus: number): ClusterView {
  const read = readCluster(new URL('../examples/cluster-1024.yaml', import.meta.url).pathname);
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  const design = { ...read.value.design, gpus, family: { kind: 'fat-tree', tiers: 3, k: 64, routing: 'ecmp' } as const, floor: { ...read.value.design.floor, rows: 10_000 } };
  const compiled = compileWithPhysics({ ...design, media: { ...design.media, core: design.media.fabric } }, catalogue);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  const index = createPlacementIndex(compiled.value, { findPartFigures: createFindPartFigures({ catalogue, view: 'worst-case', caseTemperatureC: null }) });
  if (!index.ok) throw new Error(JSON.stringify(index.issues));
  const dice = createDice(1);
  const held = Array.from({ length: gpus / 32 }, (_, group) => group).filter(() => dice.uniform() < 0.5).flatMap((group) => Array.from({ length: 32 }, (_, at) => group * 32 + at));
  return createClusterView(index.value, { failed: [], hot: [], jobs: [{ name: 'others', ranks: held, endsInH: 12 }] });
}

const plan = (data: number): ParallelPlan => ({
  tensor: 2, sequenceParallel: true, pipeline: 8, schedule: '1f1b', interleave: 7, data, zero: 1, shard: data, expert: 8, context: 1, microbatch: 1, globalBatch: 16 * data,
  recompute: 'selective', precision: 'bf16', software: softwareStacks.megatronCore,
});

function ask(view: ClusterView, data: number, fits: boolean): Routine {
  const accelerator = findAccelerator('h100');
  if (accelerator === null) throw new Error('no accelerator h100');
  const request = { job: { model: mixtral8x22b, plan: plan(data), accelerator }, lengthH: 720, restartH: 1 / 6, replicasMin: Math.ceil(data / 2), prefer: 'score', candidatesMax: 5 } as const;
  const run = (): number => {
    const answer = placeJob(view, request);
    if (isRefusal(answer) === fits) throw new Error(isRefusal(answer) ? answer.reasons.join(' ') : 'the job should not fit');
    return isRefusal(answer) ? answer.offers.length : (answer.candidates[0]?.score ?? NaN);
  };
  run();
  return run;
}

export const placementBenches: readonly Bench[] = [
  { name: 'a job of 1,024 among 16,384, half of them busy', goalMs: 50, prepare: () => ask(busyView(16_384), 64, true) },
  { name: 'a job of 4,096 among 16,384, half of them busy', goalMs: 50, prepare: () => ask(busyView(16_384), 256, true) },
  { name: 'the refusal of a job of 16,384 among 16,384, half of them busy', goalMs: 50, prepare: () => ask(busyView(16_384), 1024, false) },
  { name: 'a job of 16,384 among 65,536, half of them busy', goalMs: null, prepare: () => ask(busyView(65_536), 1024, true) },
];
