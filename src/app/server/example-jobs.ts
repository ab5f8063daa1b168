/** What runs on the cluster when the server starts without any: three training jobs sized to it, and leases of the classes they leave out. */

import { checkPrecision, planOn } from '../../adapters/spec/workload.ts';
import type { JobRequest } from '../../control/job.ts';
import type { Reading } from '../../control/reading.ts';
import type { Plant } from '../../control/plant.ts';
import type { State } from '../../control/state.ts';
import { jobRequest } from '../../study/job-request.ts';
import type { Accelerator } from '../../traffic/accelerators.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { readWorkloadText } from './workload-text.ts';

interface ExampleJob {
  readonly id: string;
  readonly tenant: string;
  /** Name of an example, or the text of a Workload file. */
  readonly workload: string;
  /** Where its accelerators begin, as a share of the cluster, and how many it has at most. */
  readonly from: number;
  readonly share: number;
  readonly shareOfRate: number;
}

/** Experts that span four servers, so that their all-to-all crosses the network. */
const wideExperts = `
kind: Workload
version: 1
name: deepseek-v3
model: {config: hf/deepseek-v3.json, name: DeepSeek-V3-like}
sequence: 4096
batch: 2048
microbatch: 1
precision: bf16
recompute: selective
software: megatronCore
parallel: {tensor: 1, pipeline: 8, expert: 32, zero: 1}
`;

/**
 * Places and shares are design choices: a quarter of the cluster and half of its light stay free, so that there is room to act, and the
 * second job stands astride the middle of the cluster, where its collectives cross the spines.
 */
const exampleJobs: readonly ExampleJob[] = [
  { id: 'llama-405b', tenant: 'foundation', workload: 'llama-405b', from: 0, share: 1 / 4, shareOfRate: 0.35 },
  { id: 'mixtral-pretrain', tenant: 'research', workload: 'mixtral', from: 3 / 8, share: 1 / 4, shareOfRate: 0.35 },
  { id: 'deepseek-v3', tenant: 'foundation', workload: wideExperts, from: 5 / 8, share: 1 / 4, shareOfRate: 0.3 },
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
  const busy = new Set<number>();
  for (const job of exampleJobs) {
    const request = exampleJob(plant, accelerator, job, Math.floor(gpus * job.from));
    if (request === null) continue;
    readings.push({ kind: 'jobAsked', job: request });
    for (const rank of request.ranks) busy.add(rank);
  }
  // From the first free accelerators to the last, so that they cross the cluster.
  const free = Array.from({ length: gpus }, (_, rank) => rank).filter((rank) => !busy.has(rank));
  for (const [row, { tenant, trafficClass, rateGbps }] of exampleLeases.entries()) {
    for (let at = 0; at < leasesPerClass; at++) {
      const place = at + row * leasesPerClass;
      const [fromRank, toRank] = [free[place] ?? -1, free[free.length - 1 - place] ?? -1];
      if (fromRank < 0 || toRank <= fromRank) continue;
      readings.push({ kind: 'leaseAsked', request: {
        id: `${tenant}-${trafficClass}-${at}`, tenant, job: null, trafficClass, fromRank, toRank, rateGbps, bits: null, floorGbps: 0, startNs: nowNs, endNs: nowNs + dayNs,
      } });
    }
  }
  return readings;
}

const exampleIds: ReadonlySet<string> = new Set(exampleLeases.flatMap(({ tenant, trafficClass }) => Array.from({ length: leasesPerClass }, (_, at) => `${tenant}-${trafficClass}-${at}`)));

/** Leases of the examples that would end within half of what a lease gets without renewal: their tenants renew them, as every tenant must. */
export function exampleRenewals(state: State, nowNs: number): readonly Reading[] {
  const { expiryNs } = state.policy.lease;
  return [...state.leases].filter(([id, { endNs }]) => exampleIds.has(id) && endNs - nowNs < expiryNs / 2).map(([id]): Reading => ({ kind: 'leaseRenewed', id, endNs: nowNs + expiryNs }));
}
