/** The question of `heliostat shift`: jobs unrolled on a cluster, and the light that they share. */

import { placeDesignIssues } from '../adapters/spec/design-places.ts';
import { readCluster, readWorkload } from '../adapters/spec/read-spec.ts';
import type { ClusterSpec, WorkloadSpec } from '../adapters/spec/spec.ts';
import { checkPrecision, planOn } from '../adapters/spec/workload.ts';
import { parseQuantity } from '../adapters/quantity.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import { compileWithPhysics } from '../fabric/physics.ts';
import { createCatalogue } from '../optics/catalogue/catalogue.ts';
import type { PhasedJob } from '../plan/phases/phase-circle.ts';
import type { ShiftQuestion } from '../plan/phases/phase-shift.ts';
import { phasedJob } from '../plan/phases/step-profile.ts';
import { networkView } from '../study/fabric-view.ts';
import { runTimeline } from '../study/timeline.ts';
import type { ParallelPlan } from '../traffic/parallel-plan.ts';
import { planGpus } from '../traffic/parallel-plan.ts';

export interface ShiftOptions {
  readonly gpus?: string;
  readonly senders: string;
  readonly capacity: string;
  readonly later?: readonly string[];
  readonly fixed?: readonly string[];
  readonly jitter: string;
  readonly json?: true;
}

export interface AskedShift {
  readonly cluster: string;
  readonly question: ShiftQuestion;
}

interface Terms {
  readonly gpus: number | null;
  readonly senders: number;
  readonly capacityGbps: number;
  readonly jitterNs: number;
  readonly laterNs: readonly number[];
  /** Numbers of jobs, from 1. */
  readonly fixed: ReadonlySet<number>;
}

const shiftedJobsMax = 16;

function readTerms(options: ShiftOptions, jobs: number, issues: Issue[]): Terms {
  const whole = (text: string, path: string, most: number): number => {
    const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= 1 && value <= most) return value;
    issues.push({ code: 'out-of-range', path, message: 'This is not a whole number in range', remedy: `Write a number from 1 to ${most}`, value: text });
    return 1;
  };
  const amount = (text: string, dimension: 'time' | 'rate', path: string): number => {
    const read = parseQuantity(text, dimension);
    if (!read.ok) issues.push(...read.issues.map((issue) => ({ ...issue, path })));
    else if (read.value > 0 || (dimension === 'time' && read.value === 0)) return read.value;
    else issues.push({ code: 'out-of-range', path, message: 'This must be above zero', remedy: dimension === 'rate' ? 'Write a rate such as 1600Gbps' : 'Write a time such as 5ms', value: text });
    return 0;
  };
  if (jobs < 2 || jobs > shiftedJobsMax) {
    const message = `From 2 to ${shiftedJobsMax} jobs are shifted against each other`;
    issues.push({ code: 'out-of-range', path: '<workloads>', message, remedy: 'Name two or more workloads; the same one may come twice', value: String(jobs) });
  }
  const later = options.later ?? [];
  if (later.length > jobs) issues.push({ code: 'out-of-range', path: '--later', message: `There are ${jobs} jobs`, remedy: 'Write one time for each job, in their order', value: later.join(' ') });
  return {
    gpus: options.gpus === undefined ? null : whole(options.gpus, '--gpus', 1_048_576), senders: whole(options.senders, '--senders', 1_048_576),
    capacityGbps: amount(options.capacity, 'rate', '--capacity'), jitterNs: amount(options.jitter, 'time', '--jitter'),
    laterNs: later.map((text) => amount(text, 'time', '--later')), fixed: new Set((options.fixed ?? []).map((text) => whole(text, '--fixed', Math.max(1, jobs)))),
  };
}

interface Placed { readonly spec: WorkloadSpec; readonly plan: ParallelPlan }

function readPlaced(file: string, cluster: ClusterSpec, gpus: number | null, issues: Issue[]): readonly Placed[] {
  const workload = readWorkload(file);
  if (!workload.ok) {
    issues.push(...workload.issues);
    return [];
  }
  const plan = planOn(workload.value, gpus ?? cluster.design.gpus);
  issues.push(...(plan.ok ? [] : plan.issues), ...checkPrecision(workload.value, cluster.accelerator));
  return plan.ok ? [{ spec: workload.value, plan: plan.value }] : [];
}

/** Jobs of one name are told apart by their place. */
const nameOf = (placed: readonly Placed[], row: number): string => {
  const name = placed[row]?.spec.name ?? '';
  return placed.filter(({ spec }) => spec.name === name).length > 1 ? `${name} (${row + 1})` : name;
};

/** Issue codes: those of the specs, `out-of-range`. Refused where a job does not fit its accelerators. */
export function readShift(files: { readonly cluster: string; readonly workloads: readonly string[] }, options: ShiftOptions): Parsed<AskedShift | Refusal> {
  const issues: Issue[] = [];
  const terms = readTerms(options, files.workloads.length, issues);
  const cluster = readCluster(files.cluster);
  if (!cluster.ok) return { ok: false, issues: [...issues, ...cluster.issues] };
  const placed = files.workloads.flatMap((file) => readPlaced(file, cluster.value, terms.gpus, issues));
  if (issues.length > 0) return { ok: false, issues };
  const compiled = compileWithPhysics(cluster.value.design, createCatalogue());
  if (!compiled.ok) return { ok: false, issues: placeDesignIssues(cluster.value, compiled.issues) };
  const network = networkView(compiled.value);
  const jobs: PhasedJob[] = [];
  for (const [row, { spec, plan }] of placed.entries()) {
    const run = runTimeline(compiled.value, { job: { model: spec.model, plan, accelerator: cluster.value.accelerator }, timing: 'closedForm', skew: null });
    if (isRefusal(run)) return parsed({ ...run, reasons: run.reasons.map((reason) => `${nameOf(placed, row)}: ${reason}`) });
    const own = { id: nameOf(placed, row), accelerators: planGpus(plan), originNs: terms.laterNs[row] ?? 0, jitterNs: terms.jitterNs, movable: !terms.fixed.has(row + 1) };
    jobs.push(phasedJob(run.timeline, { ...own, network, stage: 0 }));
  }
  const users = jobs.map((_, job) => ({ job, scale: terms.senders }));
  return parsed({ cluster: cluster.value.name, question: { jobs, links: [{ name: 'the shared light', capacityGbps: terms.capacityGbps, users }] } });
}
