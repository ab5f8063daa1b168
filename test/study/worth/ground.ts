/** Clusters and jobs that the worth experiments are tested on, read from the examples. */

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { readJob } from '../../../src/app/job-input.ts';
import { createClusterPlant } from '../../../src/control/cluster-plant.ts';
import type { JobRequest } from '../../../src/control/job.ts';
import type { Plant } from '../../../src/control/plant.ts';
import type { CompiledCluster } from '../../../src/fabric/compiled.ts';
import { compileWithPhysics } from '../../../src/fabric/physics.ts';
import { createCatalogue } from '../../../src/optics/catalogue/catalogue.ts';
import { createDevices } from '../../../src/sim/devices/create-devices.ts';
import type { EmulatedFabric } from '../../../src/sim/devices/emulated-fabric.ts';
import { jobRequest } from '../../../src/study/job-request.ts';
import type { TrainingJob } from '../../../src/study/training-run.ts';

export interface TestGround {
  readonly cluster: CompiledCluster;
  readonly plant: Plant;
  readonly job: TrainingJob;
  devices(): EmulatedFabric;
  request(shareOfRate: number): JobRequest;
}

const example = (name: string): string => fileURLToPath(new URL(`../../../examples/${name}.yaml`, import.meta.url));

/** Files below `examples/`, without their ending. */
export function groundOf(clusterFile: string, workloadFile: string): TestGround {
  const read = readJob(example(clusterFile), example(workloadFile));
  if (!read.ok) assert.fail(JSON.stringify(read.issues));
  const catalogue = createCatalogue();
  const compiled = compileWithPhysics(read.value.cluster.design, catalogue);
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
  const cluster = compiled.value;
  const job: TrainingJob = { model: read.value.workload.model, plan: read.value.plan, accelerator: read.value.cluster.accelerator };
  return {
    cluster, job, plant: createClusterPlant(cluster, catalogue), devices: () => createDevices(cluster, catalogue),
    request: (shareOfRate) => jobRequest(cluster, job, {
      id: 'train', tenant: 'research', ranks: Array.from({ length: cluster.design.gpus }, (_, rank) => rank), steps: 1_000_000, checkpointNs: 60e9, restartNs: 600e9, checkpointEverySteps: 100, shareOfRate,
    }),
  };
}
