/** The question of `heliostat fit`: cluster, workload and what is busy, failed or hot, each read once and every problem collected. */

import { parseQuantity } from '../adapters/quantity.ts';
import { readCluster, readWorkload } from '../adapters/spec/read-spec.ts';
import type { ClusterSpec, WorkloadSpec } from '../adapters/spec/spec.ts';
import { checkPrecision, planOn } from '../adapters/spec/workload.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import type { ComponentIx } from '../fabric/fabric.ts';
import type { ClusterView } from '../plan/placement/cluster-view.ts';
import type { PlaceRequest } from '../plan/placement/place-job.ts';
import { hazardsBeside } from '../plan/placement/placement-index.ts';
import { indexCluster, viewOf } from './fit-cluster.ts';
import { readOccupancy } from './fit-occupancy.ts';

export interface FitOptions {
  readonly gpus?: string;
  readonly busy?: string;
  readonly failed?: readonly string[];
  readonly hot?: readonly string[];
  readonly length: string;
  readonly restart: string;
  readonly replicasMin?: string;
  readonly prefer: string;
  readonly top: string;
  readonly html?: string;
  readonly json?: true;
}

export interface FitQuestion {
  readonly cluster: ClusterSpec;
  readonly workload: WorkloadSpec;
  readonly view: ClusterView;
  readonly request: PlaceRequest;
}

const nsPerH = 3600e9;
const preferences = ['score', 'locality', 'spread'] as const;

interface Numbers { readonly gpus: number | null; readonly lengthH: number; readonly restartH: number; readonly replicasMin: number | null; readonly top: number; readonly prefer: PlaceRequest['prefer'] }

function readNumbers(options: FitOptions, issues: Issue[]): Numbers {
  const whole = (text: string, path: string, most: number): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= 1 && value <= most) return value;
    issues.push({ code: 'out-of-range', path, message: 'This is not a whole number in range', remedy: `Write a number from 1 to ${most}`, value: text });
    return 1;
  };
  const hours = (text: string, path: string): number => {
    const read = parseQuantity(text, 'time');
    if (!read.ok) issues.push(...read.issues.map((issue) => ({ ...issue, path })));
    else if (read.value > 0) return read.value / nsPerH;
    else issues.push({ code: 'out-of-range', path, message: 'This must be above zero', remedy: 'Write a time such as 30d', value: text });
    return 1;
  };
  const prefer = preferences.find((one) => one === options.prefer);
  if (prefer === undefined) issues.push({ code: 'unknown-value', path: '--prefer', message: 'There is no such preference', remedy: `Write one of ${preferences.join(', ')}`, value: options.prefer });
  return {
    gpus: options.gpus === undefined ? null : whole(options.gpus, '--gpus', 1_048_576), lengthH: hours(options.length, '--length'), restartH: hours(options.restart, '--restart'),
    replicasMin: options.replicasMin === undefined ? null : whole(options.replicasMin, '--replicas-min', 1_048_576), top: whole(options.top, '--top', 100), prefer: prefer ?? 'score',
  };
}

/** Accelerators of the job: as asked, else as its degrees multiply out, else all of the cluster. */
function jobGpus({ plan }: WorkloadSpec, cluster: ClusterSpec, asked: number | null): number {
  if (asked !== null) return asked;
  return plan.data === null ? cluster.design.gpus : plan.tensor * plan.pipeline * plan.context * plan.data;
}

function components(names: readonly string[], path: string, find: (name: string) => ComponentIx | -1, issues: Issue[]): readonly ComponentIx[] {
  return names.flatMap((name): readonly ComponentIx[] => {
    const row = find(name);
    if (row !== -1) return [row];
    const remedy = 'Name one by its path, e.g. leaf3, node17, coolantloop0, leaf3/module12; `heliostat blast --help` tells more';
    issues.push({ code: 'unknown-component', path, message: 'The cluster has no such component', remedy, value: name });
    return [];
  });
}

/** Issue codes: those of the specs and of the occupancy, `out-of-range`, `unknown-value`, `unknown-component`. */
export function readFit(files: { readonly cluster: string; readonly workload: string }, options: FitOptions): Parsed<FitQuestion> {
  const cluster = readCluster(files.cluster);
  const workload = readWorkload(files.workload);
  const issues: Issue[] = [...(cluster.ok ? [] : cluster.issues), ...(workload.ok ? [] : workload.issues)];
  const numbers = readNumbers(options, issues);
  if (!cluster.ok || !workload.ok) return { ok: false, issues };
  // A number that cannot be is one issue, not two.
  const plan = issues.some(({ path }) => path === '--gpus') ? rejected() : planOn(workload.value, jobGpus(workload.value, cluster.value, numbers.gpus));
  if (!plan.ok) issues.push(...plan.issues);
  issues.push(...checkPrecision(workload.value, cluster.value.accelerator));
  const busy = options.busy === undefined ? null : readOccupancy(options.busy, cluster.value.design.gpus);
  if (busy !== null && !busy.ok) issues.push(...busy.issues);
  const index = indexCluster(cluster.value);
  if (!index.ok) return { ok: false, issues: [...issues, ...index.issues] };
  const find = (name: string): ComponentIx | -1 => index.value.cluster.fabric.findComponent(name);
  const failed = components(options.failed ?? [], '--failed', find, issues);
  const hot = components(options.hot ?? [], '--hot', find, issues);
  const replicasMin = numbers.replicasMin ?? (plan.ok ? plan.value.data : 1);
  if (plan.ok && replicasMin > plan.value.data) {
    issues.push({ code: 'out-of-range', path: '--replicas-min', message: `The job has ${plan.value.data} data-parallel replicas`, remedy: `Write at most ${plan.value.data}`, value: String(replicasMin) });
  }
  if (!plan.ok || busy?.ok === false || issues.length > 0) return { ok: false, issues };
  return parsed({
    cluster: cluster.value, workload: workload.value, view: viewOf(index.value, { failed, hot, jobs: busy?.value ?? [], hazards: hazardsBeside(index.value, failed) }),
    request: {
      job: { model: workload.value.model, plan: plan.value, accelerator: cluster.value.accelerator },
      lengthH: numbers.lengthH, restartH: numbers.restartH, replicasMin, prefer: numbers.prefer, candidatesMax: numbers.top,
    },
  });
}
