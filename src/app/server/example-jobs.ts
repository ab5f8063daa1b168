/** What runs on the cluster when the server starts without any: three training jobs sized to it, and leases of the classes they leave out. */

import { checkPrecision, planOn } from '../../adapters/spec/workload.ts';
import type { JobRequest } from '../../control/job.ts';
import type { Reading } from '../../control/reading.ts';
import type { Plant } from '../../control/plant.ts';
import { jobRequest } from '../../study/job-request.ts';
import type { Accelerator } from '../../traffic/accelerators.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { readWorkloadText } from './workload-text.ts';

interface ExampleJob {
  readonly id: string;
  readonly tenant: string;
  readonly workload: string;
  /** Share of the cluster's accelerators at most. */
  readonly share: number;
  readonly shareOfRate: number;
}

/** Sizes and shares are design choices: they leave a quarter of the cluster and half of its light free, so that there is room to act. */
const exampleJobs: readonly ExampleJob[] = [
  { id: 'mixtral-pretrain', tenant: 'research', workload: 'mixtral', share: 1 / 4, shareOfRate: 0.35 },
  { id: 'llama-405b', tenant: 'foundation', workload: 'llama-405b', share: 1 / 4, shareOfRate: 0.35 },
  { id: 'deepseek-v3', tenant: 'foundation', workload: 'deepseek-v3', share: 1 / 4, shareOfRate: 0.3 },
];

const checkpointNs = 30e9;
const restartNs = 300e9;

/** The largest job of a workload on consecutive ranks from `first`, as many as a power of two of its smallest size fits; `null` where none does. */
function exampleJob(plant: Plant, accelerator: Accelerator, job: ExampleJob, first: number): JobRequest | null {
  const workload = readWorkloadText(job.workload);
  if (!workload.ok) throw new Error(`the example ${job.workload} does not parse`);
  if (checkPrecision(workload.value, accelerator).length > 0) return null;
  const most = Math.floor(plant.cluster.fabric.gpuNode.length * job.share);
  for (let gpus = 2 ** Math.floor(Math.log2(Math.max(1, most))); gpus >= 1; gpus /= 2) {
    const plan = planOn(workload.value, gpus);
    if (!plan.ok) continue;
    const ranks = Array.from({ length: gpus }, (_, at) => first + at);
    return jobRequest(plant.cluster, { model: workload.value.model, plan: plan.value, accelerator }, {
      id: job.id, tenant: job.tenant, ranks, steps: 1_000_000, checkpointNs, restartNs, checkpointEverySteps: 100, shareOfRate: job.shareOfRate,
    });
  }
  return null;
}

interface ExampleLease {
  readonly tenant: string;
  readonly trafficClass: TrafficClassName;
  readonly rateGbps: number;
}

/** Classes that training jobs do not ask for by themselves. */
const exampleLeases: readonly ExampleLease[] = [
  { tenant: 'chat', trafficClass: 'inferenceFanout', rateGbps: 40 }, { tenant: 'research', trafficClass: 'checkpoint', rateGbps: 50 }, { tenant: 'data', trafficClass: 'background', rateGbps: 25 },
];
const leasesPerClass = 8;
const dayNs = 86_400e9;

/** Readings that bring the examples onto an empty cluster. */
export function exampleReadings(plant: Plant, accelerator: Accelerator, nowNs: number): readonly Reading[] {
  const readings: Reading[] = [];
  const gpus = plant.cluster.fabric.gpuNode.length;
  let first = 0;
  for (const job of exampleJobs) {
    const request = exampleJob(plant, accelerator, job, first);
    if (request === null) continue;
    readings.push({ kind: 'jobAsked', job: request });
    first += request.ranks.length;
  }
  // Between accelerators that no job holds, a domain or more apart.
  const free = gpus - first;
  const apart = Math.max(1, Math.floor(free / 2));
  for (const [row, { tenant, trafficClass, rateGbps }] of exampleLeases.entries()) {
    for (let at = 0; at < Math.min(leasesPerClass, Math.floor(free / 4)); at++) {
      const fromRank = first + at + row * leasesPerClass;
      if (fromRank + apart >= gpus) continue;
      readings.push({ kind: 'leaseAsked', request: {
        id: `${tenant}-${trafficClass}-${at}`, tenant, job: null, trafficClass, fromRank, toRank: fromRank + apart, rateGbps, bits: null, floorGbps: 0, startNs: nowNs, endNs: nowNs + dayNs,
      } });
    }
  }
  return readings;
}
