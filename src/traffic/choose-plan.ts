/** The best legal parallel plan for a model on a cluster, when none is given or only some of its axes are. */

import type { Issue } from '../base/issue.ts';
import type { Refusal } from '../base/refusal.ts';
import { refuse } from '../base/refusal.ts';
import type { Accelerator, Precision } from './accelerators.ts';
import type { Calibration } from './calibration.ts';
import { defaultCalibration } from './calibration.ts';
import { memoryUse, refuseMemory } from './memory.ts';
import type { ModelSpec } from './model.ts';
import type { NetworkView } from './network-view.ts';
import type { ParallelPlan, PipelineSchedule, Recompute, SoftwareStack } from './parallel-plan.ts';
import { checkPlan, describePlan, microbatchesPerStep } from './parallel-plan.ts';
import type { StepPrediction } from './step-time.ts';
import { predictStep } from './step-time.ts';

/** What is fixed and what may be chosen; an absent list means the usual candidates. */
export interface PlanQuestion {
  readonly gpus: number;
  readonly globalBatch: number;
  readonly precision: Precision;
  readonly software: SoftwareStack;
  readonly tensor?: readonly number[];
  readonly sequenceParallel?: boolean;
  readonly pipeline?: readonly number[];
  readonly schedule?: PipelineSchedule;
  readonly interleave?: readonly number[];
  readonly zero?: readonly (0 | 1 | 2 | 3)[];
  /** Ranks per sharded copy; the whole data degree when absent. */
  readonly shard?: number;
  readonly expert?: readonly number[];
  readonly context?: readonly number[];
  readonly microbatch?: readonly number[];
  readonly recompute?: readonly Recompute[];
  /** `required` (the default) refuses when nothing fits; `preferred` then takes the plan that needs least. */
  readonly memory?: 'required' | 'preferred';
}

export interface ChosenPlan {
  readonly plan: ParallelPlan;
  readonly prediction: StepPrediction;
  /** Legal plans compared. */
  readonly considered: number;
}

/** More candidates than this are not looked at; the search stops and takes the best so far. */
export const planCandidatesMax = 20000;

const powersUpTo = (limit: number): readonly number[] => {
  const powers: number[] = [];
  for (let power = 1; power <= limit; power *= 2) powers.push(power);
  return powers;
};

function interleaves(model: ModelSpec, question: PlanQuestion, pipeline: number): readonly number[] {
  if (pipeline === 1 || question.schedule !== undefined && question.schedule !== '1f1b') return [1];
  if (question.interleave !== undefined) return question.interleave;
  const perStage = Math.ceil((model.layers + model.mtpLayers) / pipeline);
  return [1, 2, 3, 4, 5, 6, 8, 12].filter((chunks) => chunks <= perStage && perStage % chunks === 0);
}

/** Plans in a fixed order, legal or not: simpler splits first, so that ties go to the simpler plan. */
function* everyPlan(model: ModelSpec, question: PlanQuestion, network: NetworkView): Generator<ParallelPlan> {
  const { gpus, globalBatch, precision, software } = question;
  const tensors = question.tensor ?? powersUpTo(Math.min(gpus, network.scaleUp.size, 64));
  const pipelines = question.pipeline ?? powersUpTo(Math.min(gpus, model.layers));
  const experts = question.expert ?? (model.moe === null ? [1] : powersUpTo(Math.min(gpus, model.moe.experts)));
  for (const pipeline of pipelines) for (const tensor of tensors) for (const context of question.context ?? [1]) {
    const data = Math.max(1, Math.floor(gpus / (tensor * pipeline * context)));
    for (const zero of question.zero ?? [1]) for (const expert of experts) for (const microbatch of question.microbatch ?? [1, 2, 4, 8]) {
      for (const interleave of interleaves(model, question, pipeline)) for (const recompute of question.recompute ?? ['none', 'selective', 'full']) {
        yield {
          tensor, sequenceParallel: question.sequenceParallel ?? tensor > 1, pipeline, schedule: question.schedule ?? '1f1b', interleave, data, zero,
          shard: Math.min(question.shard ?? data, data), expert, context, microbatch, globalBatch, recompute, precision, software,
        };
      }
    }
  }
}

/** The legal ones among the plans a question allows. */
export function* candidatePlans(model: ModelSpec, question: PlanQuestion, network: NetworkView): Generator<ParallelPlan> {
  for (const plan of everyPlan(model, question, network)) if (checkPlan(model, plan, question.gpus).length === 0) yield plan;
}

/** Why no plan is legal: what is wrong with the one that comes closest, the earlier one on a tie. */
export function closestPlanIssues(model: ModelSpec, question: PlanQuestion, network: NetworkView): readonly Issue[] {
  let closest: readonly Issue[] | null = null;
  for (const plan of everyPlan(model, question, network)) {
    const issues = checkPlan(model, plan, question.gpus);
    if (closest === null || issues.length < closest.length) closest = issues;
  }
  return closest ?? [];
}

/** A pipeline that is interleaved advances its microbatches in groups of the pipeline degree (Narayanan et al. 2021). */
export const interleaveFits = (plan: ParallelPlan): boolean => plan.interleave === 1 || microbatchesPerStep(plan) % plan.pipeline === 0;

/** Fastest legal plan that fits in memory. Ties keep the earlier, simpler candidate. Refuses when no plan is legal or none fits. */
export function chooseParallelPlan(model: ModelSpec, accelerator: Accelerator, network: NetworkView, question: PlanQuestion, calibration: Calibration = defaultCalibration): ChosenPlan | Refusal {
  let best: { plan: ParallelPlan; prediction: StepPrediction } | null = null;
  let closest: { plan: ParallelPlan; refusal: Refusal; totalGb: number } | null = null;
  let considered = 0;
  for (const plan of candidatePlans(model, question, network)) {
    if (considered >= planCandidatesMax) break;
    if (question.interleave === undefined && !interleaveFits(plan)) continue;
    considered++;
    const use = memoryUse(model, plan, accelerator);
    const tooLarge = refuseMemory(use, plan);
    if (tooLarge !== null) {
      if (closest === null || use.totalGb < closest.totalGb) closest = { plan, refusal: tooLarge, totalGb: use.totalGb };
      continue;
    }
    const prediction = predictStep(model, plan, accelerator, network, calibration);
    if (best === null || prediction.stepS < best.prediction.stepS) best = { plan, prediction };
  }
  if (best !== null) return { ...best, considered };
  if (closest !== null && question.memory === 'preferred') return { plan: closest.plan, prediction: predictStep(model, closest.plan, accelerator, network, calibration), considered };
  if (closest !== null) {
    return refuse(
      'no-plan-fits', 'never',
      `None of ${considered} legal plans fits into the memory of ${accelerator.name}; the closest is ${describePlan(closest.plan)}.`,
      ...closest.refusal.reasons.slice(0, 2),
      'Another question may have an answer: more accelerators, more memory in each, or a smaller microbatch and more recomputation where they were fixed.',
    );
  }
  return refuse(
    'no-legal-plan', 'never',
    `No parallel plan for ${model.name} is legal on ${question.gpus} accelerators with a batch of ${question.globalBatch} sequences.`,
    'Degrees must multiply out, divide heads and experts, and leave enough microbatches to fill the pipeline.',
  );
}
