/** Simulates one training step of one workload on one cluster. */

import type { Issue } from '../base/issue.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { Bill } from '../fabric/bill.ts';
import { makeBill } from '../fabric/bill.ts';
import { compileFabric } from '../fabric/compile.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { ClusterDesign } from '../fabric/design.ts';
import type { EvaluateMedium } from '../fabric/medium.ts';
import type { FindPartFigures } from '../fabric/part-figures.ts';
import { describePlan } from '../traffic/parallel-plan.ts';
import { predictStep } from '../traffic/step-time.ts';
import { refusedLinks } from './refused-links.ts';
import type { SimulateResult } from './simulate-result.ts';
import type { LightDeps, LightTimeline } from './light-timeline.ts';
import { lightEvents } from './light-timeline.ts';
import { runThroughLight } from './light-run.ts';
import type { RouteOptions } from './phase-run.ts';
import type { RowSinks } from './run-recorder.ts';
import { createRunRecorder } from './run-recorder.ts';
import type { TrainingJob, TrainingProgress, TrainingRun } from './training-run.ts';
import { isStopped, runTrainingSlices } from './training-run.ts';

export interface SimulateQuestion {
  readonly design: ClusterDesign;
  readonly workload: string;
  readonly job: TrainingJob;
}

export type SimulateOutcome =
  | { readonly kind: 'done'; readonly result: SimulateResult }
  | { readonly kind: 'issues'; readonly issues: readonly Issue[] }
  /** Issues of the timeline, found on the cluster. */
  | { readonly kind: 'timelineIssues'; readonly issues: readonly Issue[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'stopped'; readonly phase: string; readonly simulatedNs: number };

export interface SimulateDeps {
  readonly evaluateMedium: EvaluateMedium;
  readonly findPartFigures: FindPartFigures;
}

export interface SimulateOptions extends RouteOptions {
  /** Takes rows of flows, links and classes. */
  readonly rows?: RowSinks;
  /** What happens to the light during the run. */
  readonly light?: { readonly timeline: LightTimeline; readonly steps: number | null } & LightDeps;
  /** Asked between slices of work; true ends the run there. */
  readonly shouldStop?: () => boolean;
}

interface Ran {
  readonly run: TrainingRun;
  readonly light: NonNullable<SimulateResult['light']> | null;
}

/** One step, or a run of steps through a timeline of light. */
function* runSteps(cluster: CompiledCluster, job: TrainingJob, options: SimulateOptions): Generator<TrainingProgress, Ran | Exclude<SimulateOutcome, { readonly kind: 'done' }>, void> {
  const { rows, light, detours, shouldStop } = options;
  const common = { ...(detours === undefined ? {} : { detours }), ...(shouldStop === undefined ? {} : { shouldStop }) };
  if (light === undefined) {
    const run = yield* runTrainingSlices(cluster, job, { ...common, ...(rows === undefined ? {} : { recorder: createRunRecorder(cluster, rows) }) });
    if (isRefusal(run)) return { kind: 'refused', refusal: run };
    return isStopped(run) ? { kind: 'stopped', phase: run.phase, simulatedNs: run.simulatedNs } : { run, light: null };
  }
  const events = lightEvents(cluster, light.timeline, light);
  if (!events.ok) return { kind: 'timelineIssues', issues: events.issues };
  const through = yield* runThroughLight(cluster, job, {
    ...common, events: events.value, steps: light.steps, ...(rows === undefined ? {} : { createRecorder: (startNs: number) => createRunRecorder(cluster, rows, startNs) }),
  });
  if (isRefusal(through)) return { kind: 'refused', refusal: through };
  if (isStopped(through)) return { kind: 'stopped', phase: through.phase, simulatedNs: through.simulatedNs };
  const { nominal, ...rest } = through;
  return { run: nominal, light: rest };
}

/** The same as `simulateStep`, in slices: the caller decides what happens between them (draw progress, listen for an interrupt). */
export function* simulateSlices(question: SimulateQuestion, deps: SimulateDeps, options: SimulateOptions = {}): Generator<TrainingProgress, SimulateOutcome, void> {
  const { design, job } = question;
  const compiled = compileFabric(design, { evaluateMedium: deps.evaluateMedium });
  if (!compiled.ok) return { kind: 'issues', issues: compiled.issues };
  const cluster = compiled.value;
  const { bill, issues } = makeBill(cluster, deps.findPartFigures);
  if (issues.length > 0) return { kind: 'issues', issues };
  const ran = yield* runSteps(cluster, job, options);
  return 'kind' in ran ? ran : { kind: 'done', result: describeRun(question, cluster, bill, ran) };
}

/** Refused when the job does not fit into memory, or when accelerators that must talk have no route with light. */
export function simulateStep(question: SimulateQuestion, deps: SimulateDeps): SimulateOutcome {
  const slices = simulateSlices(question, deps);
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}

function describeRun({ design, workload, job }: SimulateQuestion, cluster: CompiledCluster, bill: Bill, { run, light }: Ran): SimulateResult {
  const { prediction, network } = run;
  const { stepS, computeS, bubbleS, otherS } = prediction;
  const energyPerStepJ = bill.clusterPowerW.value * stepS;
  return {
    schema: 'heliostat/simulate/1', cluster: design.name, workload, fabric: cluster.summary, gpus: design.gpus, plan: describePlan(job.plan),
    step: { stepS, computeS, bubbleS, exposed: run.exposed, otherS },
    closedFormStepS: predictStep(job.model, job.plan, job.accelerator, network).stepS,
    mfu: prediction.mfu, tflopsPerGpu: prediction.tflopsPerGpu, tokensPerS: prediction.tokensPerS,
    memoryGb: { needed: prediction.memory.totalGb, capacity: prediction.memory.capacityGb },
    phases: run.phases, tiers: run.tiers,
    network: {
      scaleUpGbps: network.scaleUp.rateGbps, scaleUpLatencyNs: network.scaleUp.latencyNs,
      scaleOutGbps: network.scaleOut.rateGbps, scaleOutLatencyNs: network.scaleOut.latencyNs,
      coreLatencyNs: network.scaleOut.coreLatencyNs, oversubscription: network.scaleOut.oversubscription,
    },
    power: {
      fabricKw: bill.fabricPowerW.value / 1000, clusterKw: bill.clusterPowerW.value / 1000,
      energyPerStepMj: energyPerStepJ / 1e6, energyPerTokenJ: energyPerStepJ / prediction.tokensPerStep, kind: bill.clusterPowerW.kind,
    },
    refused: refusedLinks(cluster), flows: run.flows, ...(light === null ? {} : { light }),
  };
}
