/** Predicts a published run and compares it with its measurement. */

import type { Issue } from '../base/issue.ts';
import { isRefusal, type Refusal } from '../base/refusal.ts';
import type { Calibration } from './calibration.ts';
import { defaultCalibration } from './calibration.ts';
import { chooseParallelPlan, closestPlanIssues } from './choose-plan.ts';
import type { ModelSpec } from './model.ts';
import { modelFlopsPerToken } from './model.ts';
import type { ParallelPlan } from './parallel-plan.ts';
import type { RunRow } from './run-row.ts';
import { resolveRun } from './resolve-run.ts';
import type { StepPrediction } from './step-time.ts';

/** Which accuracy target a row counts for; `ungraded` rows state too little, `oneSided` rows only bound the step. */
export type RunGroup = 'dense' | 'moe' | 'tpu' | 'oneSided' | 'ungraded';

export interface RunError {
  /** The first given of the measured quantities. */
  readonly from: 'step_s' | 'tokens_s' | 'tflops_per_gpu' | 'mfu' | 'step_s_upper_bound';
  readonly measuredStepS: number;
  /** Predicted over measured step time, minus one. */
  readonly relative: number;
}

export interface RunOutcome {
  readonly id: string;
  readonly source: string;
  readonly group: RunGroup;
  readonly prediction: StepPrediction | null;
  readonly plan: ParallelPlan | null;
  /** In the row's own convention and against the row's own peak. */
  readonly tflopsPerGpu: number | null;
  readonly mfu: number | null;
  readonly error: RunError | null;
  readonly assumptions: readonly string[];
  /** Why there is no prediction. */
  readonly issues: readonly Issue[];
  readonly refusal: Refusal | null;
}

/** FLOPs of one step as the row counts them: `hardware` adds the recomputed forward pass of the layers, not of the head. */
function countedFlops(row: RunRow, model: ModelSpec, globalBatch: number): number {
  const perToken = modelFlopsPerToken(model);
  const head = 6 * model.vocab * model.hidden;
  const counted = row.flopConvention === 'hardware' ? perToken + (perToken - head) / 3 : perToken;
  return counted * globalBatch * model.seq;
}

function measuredStep(row: RunRow, flops: number, tokens: number): Omit<RunError, 'relative'> | null {
  const { measured, system } = row;
  if (measured.stepS !== null) return { from: 'step_s', measuredStepS: measured.stepS };
  if (measured.tokensPerS !== null) return { from: 'tokens_s', measuredStepS: tokens / measured.tokensPerS };
  if (measured.tflopsPerGpu !== null) return { from: 'tflops_per_gpu', measuredStepS: flops / (measured.tflopsPerGpu * 1e12 * system.gpus) };
  if (measured.mfu !== null && system.peakTflops !== null) return { from: 'mfu', measuredStepS: flops / (measured.mfu * system.peakTflops * 1e12 * system.gpus) };
  if (measured.stepUpperBoundS !== null) return { from: 'step_s_upper_bound', measuredStepS: measured.stepUpperBoundS };
  return null;
}

function groupOf(row: RunRow, from: RunError['from'] | null): RunGroup {
  if (row.system.accelerator.startsWith('TPU')) return 'tpu';
  if (from === 'step_s_upper_bound') return 'oneSided';
  if (from === null) return 'ungraded';
  if (row.model.moe !== null) return 'moe';
  return row.parallel.tensor !== null && row.parallel.pipeline !== null && row.parallel.data !== null ? 'dense' : 'ungraded';
}

const nothing = { prediction: null, plan: null, tflopsPerGpu: null, mfu: null, error: null } as const;

/** What a row calls the axes of a plan, so that an issue names the field as the user wrote it. */
const rowFields: Readonly<Record<string, string>> = { tensor: 'tp', pipeline: 'pp', data: 'dp', context: 'cp', expert: 'ep', shard: 'fsdp', globalBatch: 'global_batch' };
const rowFieldOf = (axis: string): string => rowFields[axis] ?? axis;

/** One row through the step model. Open axes take the fastest legal plan; a stated plan is not refused for memory, its run proves that it fits. */
export function predictRun(row: RunRow, calibration: Calibration = defaultCalibration): RunOutcome {
  const about = { id: row.id, source: row.source };
  const resolved = resolveRun(row);
  if (!resolved.ok) return { ...about, ...nothing, group: groupOf(row, null), assumptions: [], issues: resolved.issues, refusal: null };
  const { model, accelerator, network, question, assumptions } = resolved.value;
  const chosen = chooseParallelPlan(model, accelerator, network, { ...question, memory: 'preferred' }, calibration);
  if (isRefusal(chosen)) {
    const issues = chosen.code === 'no-legal-plan' ? closestPlanIssues(model, question, network).map((issue) => ({ ...issue, path: `${row.id}.parallel.${rowFieldOf(issue.path ?? '')}` })) : [];
    return { ...about, ...nothing, group: groupOf(row, null), assumptions, issues, refusal: issues.length > 0 ? null : chosen };
  }
  const { prediction, plan } = chosen;
  const flops = countedFlops(row, model, plan.globalBatch);
  const measured = measuredStep(row, flops, prediction.tokensPerStep);
  const tflopsPerGpu = flops / prediction.stepS / prediction.gpus / 1e12;
  const peak = row.system.peakTflops ?? accelerator.peakTflops[plan.precision] ?? Infinity;
  const notes = prediction.memory.totalGb > prediction.memory.capacityGb ? [`memory estimate ${prediction.memory.totalGb.toFixed(0)} GB exceeds ${prediction.memory.capacityGb} GB`] : [];
  return {
    ...about, group: groupOf(row, measured?.from ?? null), prediction, plan, tflopsPerGpu, mfu: tflopsPerGpu / peak,
    error: measured === null ? null : { ...measured, relative: prediction.stepS / measured.measuredStepS - 1 },
    assumptions: [...assumptions, ...notes], issues: [], refusal: null,
  };
}

/** Absolute relative errors in ascending order, and what the targets are stated in. */
export interface ErrorSummary {
  readonly count: number;
  readonly median: number;
  readonly mean: number;
  readonly p90: number;
  readonly worst: number;
}

/** The absolute errors of those outcomes that have one. */
export const summariseErrors = (outcomes: readonly RunOutcome[]): ErrorSummary => summariseRelative(outcomes.flatMap((one) => (one.error === null ? [] : [one.error.relative])));

/** Median is the mean of the middle two for even counts; p90 is the smallest error that at least 90 % of rows do not exceed. */
export function summariseRelative(relative: readonly number[]): ErrorSummary {
  const errors = relative.map(Math.abs).sort((a, b) => a - b);
  const count = errors.length;
  if (count === 0) return { count: 0, median: NaN, mean: NaN, p90: NaN, worst: NaN };
  const at = (index: number): number => errors[Math.min(count - 1, Math.max(0, index))] ?? NaN;
  const half = Math.floor(count / 2);
  return {
    count, median: count % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2,
    mean: errors.reduce((sum, one) => sum + one, 0) / count, p90: at(Math.ceil(0.9 * count) - 1), worst: at(count - 1),
  };
}
