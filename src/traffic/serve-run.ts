/** Predicts a published inference run and compares every quantity it measured. */

import type { Issue } from '../base/issue.ts';
import { accelerators, findAccelerator } from './accelerators.ts';
import type { ServingPrediction } from './inference.ts';
import { predictDecodeService, predictPrefillService, predictServing } from './inference.ts';
import { networkOf, precisionOf, resolveModel } from './resolve-run.ts';
import type { RunRow } from './run-row.ts';

export interface ServingOutcome {
  readonly id: string;
  readonly source: string;
  /** What a request-serving run answers; null for a prefill service. */
  readonly serving: ServingPrediction | null;
  /** Quantity to predicted value, in the units of the run format; only those the job has. */
  readonly predicted: Readonly<Record<string, number>>;
  /** Quantity to predicted over measured minus one, for those that were measured. */
  readonly errors: Readonly<Record<string, number>>;
  readonly assumptions: readonly string[];
  readonly issues: readonly Issue[];
}

/** True for rows that `infer` answers: they state tokens in and out, or a role in a disaggregated service. */
export const isServingRun = (row: RunRow): boolean => row.parallel.inputTokens !== null || row.parallel.outputTokens !== null || row.parallel.role !== null;

/** A prefill node of a production service works on prompts of about this length; estimate. */
const productionPromptTokens = 4096;
/** Mean cached tokens behind an output token of DeepSeek's service (deepseek-ai/open-infra-index, 2025), published. */
const productionContextTokens = 4989;

function compare(row: RunRow, predicted: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const { tokensPerS, ttftMs, itlMs, tokensPerSPerNode } = row.measured;
  const measured: Readonly<Record<string, number | null>> = { tokens_s: tokensPerS, ttft_ms: ttftMs, itl_ms: itlMs, tokens_s_per_node: tokensPerSPerNode };
  const errors: Record<string, number> = {};
  for (const [name, value] of Object.entries(measured)) {
    const guess = predicted[name];
    if (value !== null && guess !== undefined) errors[name] = guess / value - 1;
  }
  return errors;
}

function missing(row: RunRow): readonly Issue[] {
  const issues: Issue[] = [];
  if (findAccelerator(row.system.accelerator) === null) {
    const remedy = `Use one of ${accelerators.map((one) => one.id).join(', ')}`;
    issues.push({ code: 'unknown-accelerator', path: `${row.id}.system.accelerator`, value: row.system.accelerator, message: 'This accelerator is not in the table', remedy });
  }
  const { inputTokens, outputTokens, role } = row.parallel;
  if (role === null && (inputTokens === null || outputTokens === null)) {
    issues.push({ code: 'missing-lengths', path: `${row.id}.parallel`, message: 'The run does not state its prompt and answer lengths', remedy: 'Give parallel.input_len and parallel.output_len' });
  }
  if (role !== null && role !== 'prefill' && role !== 'decode') {
    issues.push({ code: 'unknown-role', path: `${row.id}.parallel.role`, value: role, message: 'This role is not modelled', remedy: 'Write prefill or decode, or state input_len, output_len and batch' });
  }
  return issues;
}

/** Issue codes: `unknown-accelerator`, `missing-lengths`, `unknown-role` and those of `resolveModel`. */
export function predictServingRun(row: RunRow): ServingOutcome {
  const about = { id: row.id, source: row.source };
  const assumptions: string[] = [];
  const model = resolveModel(row.id, row.model, (text) => void assumptions.push(text));
  const accelerator = findAccelerator(row.system.accelerator);
  const issues = [...missing(row), ...(model.ok ? [] : model.issues)];
  if (issues.length > 0 || !model.ok || accelerator === null) return { ...about, serving: null, predicted: {}, errors: {}, assumptions, issues };
  const network = networkOf(row, accelerator, (text) => void assumptions.push(text));
  const precision = precisionOf(row, accelerator);
  assumptions.push(`${precision} products`);
  const { parallel, system } = row;
  const common = { model: model.value, accelerator, network, precision, tensor: parallel.tensor ?? (parallel.role === null ? system.gpus : 1), expert: parallel.expert ?? 1 };
  if (parallel.role !== null) {
    const gpusPerNode = system.scaleUpSize ?? accelerator.scaleUp.size;
    if (parallel.role === 'decode') {
      const context = parallel.inputTokens ?? productionContextTokens;
      const decode = predictDecodeService({ ...common, inputTokens: context, gpusPerNode });
      assumptions.push(`${Math.floor(decode.sequencesPerGpu)} sequences per accelerator, as many as fit at ${context} cached tokens; production duty of the published service`);
      const predicted = { tokens_s_per_node: decode.reportedPerS, computed_tokens_s_per_node: decode.computedPerS, itl_ms: decode.itlMs };
      return { ...about, serving: null, predicted, errors: compare(row, predicted), assumptions, issues };
    }
    const service = predictPrefillService({ ...common, inputTokens: parallel.inputTokens ?? productionPromptTokens, gpusPerNode });
    assumptions.push(`prompts of ${parallel.inputTokens ?? productionPromptTokens} tokens, production duty and cache hits of the published service`);
    const predicted = { tokens_s_per_node: service.reportedPerS, computed_tokens_s_per_node: service.computedPerS };
    return { ...about, serving: null, predicted, errors: compare(row, predicted), assumptions, issues };
  }
  const serving = predictServing({ ...common, concurrency: parallel.batch ?? 1, inputTokens: parallel.inputTokens ?? 1, outputTokens: parallel.outputTokens ?? 1 });
  const predicted = { tokens_s: serving.tokensPerS, ttft_ms: serving.ttftMs, itl_ms: serving.itlMs };
  return { ...about, serving, predicted, errors: compare(row, predicted), assumptions, issues };
}
