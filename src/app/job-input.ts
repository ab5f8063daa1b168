/** Reads a cluster and a workload for the commands that put one on the other. */

import { readCluster, readWorkload } from '../adapters/spec/read-spec.ts';
import type { ClusterSpec, WorkloadSpec } from '../adapters/spec/spec.ts';
import { checkPrecision, planOn } from '../adapters/spec/workload.ts';
import type { Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { ParallelPlan } from '../traffic/parallel-plan.ts';

export interface Job {
  readonly cluster: ClusterSpec;
  readonly workload: WorkloadSpec;
  readonly plan: ParallelPlan;
}

/** Both specs and the plan on the cluster, or every issue of all three. */
export function readJob(clusterFile: string, workloadFile: string): Parsed<Job> {
  const cluster = readCluster(clusterFile);
  const workload = readWorkload(workloadFile);
  if (!cluster.ok || !workload.ok) return { ok: false, issues: [...(cluster.ok ? [] : cluster.issues), ...(workload.ok ? [] : workload.issues)] };
  const plan = planOn(workload.value, cluster.value.design.gpus);
  const issues = [...(plan.ok ? [] : plan.issues), ...checkPrecision(workload.value, cluster.value.accelerator)];
  return plan.ok && issues.length === 0 ? parsed({ cluster: cluster.value, workload: workload.value, plan: plan.value }) : { ok: false, issues };
}
