/** Predicts a serving run and compares every quantity it measured. */

import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import { accelerators, findAccelerator } from './accelerators.ts';
import { defaultCalibration } from './calibration.ts';
import type { ServingJob, ServingPrediction } from './inference.ts';
import { predictDecodeService, predictPrefillService, predictServing, prefillNs, sequencesThatFit } from './inference.ts';
import { attentionForwardNs } from './kernels.ts';
import { networkOf, precisionOf, resolveModel } from './resolve-run.ts';
import type { RunReplicas, RunRow } from './run-row.ts';
import type { BatchingOutcome } from './serving/continuous-batching.ts';
import { predictStream } from './serving/generation-stream.ts';
import { serveLoad } from './serving/served-load.ts';

export interface ServingOutcome {
  readonly id: string;
  readonly source: string;
  /** What a request-serving run answers in closed form; null for a service stated by its role and for streams. */
  readonly serving: ServingPrediction | null;
  /** The latencies behind it, request by request. */
  readonly load: BatchingOutcome | null;
  /** Quantity to predicted value, in the units of the run format; only those the job has. */
  readonly predicted: Readonly<Record<string, number>>;
  /** Quantity to predicted over measured minus one, for those that were measured. */
  readonly errors: Readonly<Record<string, number>>;
  readonly assumptions: readonly string[];
  readonly issues: readonly Issue[];
  readonly refusal: Refusal | null;
}

/** True for rows that `infer` answers: they state tokens in and out, a role in a disaggregated service, or how they serve. */
export const isServingRun = (row: RunRow): boolean => row.parallel.inputTokens !== null || row.parallel.outputTokens !== null || row.parallel.role !== null || row.serving !== null;

/** A prefill node of a production service works on prompts of about this length; estimate. */
const productionPromptTokens = 4096;
/** Mean cached tokens behind an output token of DeepSeek's service (deepseek-ai/open-infra-index, 2025), published. */
const productionContextTokens = 4989;

/** The seed of every simulated queue: the same file gives the same answer. */
export const servingSeed = 1;

/** Predicted over measured minus one, for every quantity that has both. */
export function compareServing(row: RunRow, predicted: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const { tokensPerS, ttftMs, itlMs, tokensPerSPerNode } = row.measured;
  const measured: Readonly<Record<string, number | null>> = { tokens_s: tokensPerS, ttft_ms: ttftMs, itl_ms: itlMs, tokens_s_per_node: tokensPerSPerNode };
  const errors: Record<string, number> = {};
  for (const [name, value] of Object.entries(measured)) {
    const guess = predicted[name];
    if (value !== null && guess !== undefined) errors[name] = guess / value - 1;
  }
  return errors;
}

type Complain = (problem: { readonly code: string; readonly path: string; readonly value?: string; readonly message: string; readonly remedy: string }) => void;

/** What the request side must state. */
function servingIssues(row: RunRow, complain: Complain): void {
  const { serving } = row;
  if (serving === null) return;
  if ((serving.prefill === null) !== (serving.decode === null)) {
    complain({ code: 'half-a-service', path: `serving.${serving.prefill === null ? 'prefill' : 'decode'}`, message: 'Disaggregated serving needs both prefill and decode replicas', remedy: 'Give both, or neither' });
  }
  if (serving.prefill !== null && serving.requestsPerS === null) {
    complain({ code: 'missing-rate', path: 'serving.request_rate', message: 'A disaggregated service needs the rate at which requests come', remedy: 'Give serving.request_rate in requests per second' });
  }
}

/** What the row must state, and degrees that cannot be. */
function rowIssues(row: RunRow): readonly Issue[] {
  const issues: Issue[] = [];
  const complain: Complain = ({ path, ...rest }) => void issues.push({ ...rest, path: `${row.id}.${path}` });
  const { system } = row;
  if (findAccelerator(system.accelerator) === null) {
    const remedy = `Use one of ${accelerators.map((one) => one.id).join(', ')}`;
    complain({ code: 'unknown-accelerator', path: 'system.accelerator', value: system.accelerator, message: 'This accelerator is not in the table', remedy });
  }
  const { inputTokens, outputTokens, role, tensor, pipeline } = row.parallel;
  const stream = row.serving !== null && row.serving.stream !== null;
  if (role === null && !stream && (inputTokens === null || outputTokens === null)) {
    complain({ code: 'missing-lengths', path: 'parallel', message: 'The run does not state its prompt and answer lengths', remedy: 'Give parallel.input_len and parallel.output_len' });
  }
  if (role !== null && role !== 'prefill' && role !== 'decode') {
    const remedy = 'Use role prefill or decode, or give input_len and output_len';
    complain({ code: 'unknown-role', path: 'parallel.role', value: role, message: 'Only prefill and decode nodes can be predicted by role', remedy });
  }
  if (pipeline !== null && pipeline > 1) {
    complain({ code: 'pipelined-serving', path: 'parallel.pp', value: String(pipeline), message: 'Serving over pipeline stages is not modelled', remedy: 'Use pp 1 and a larger tp' });
  }
  if (tensor !== null && tensor > system.gpus && role === null) {
    complain({ code: 'degrees-do-not-multiply', path: 'parallel.tp', value: String(tensor), message: `More tensor ranks than the ${system.gpus} accelerators`, remedy: `Choose at most ${system.gpus}` });
  }
  servingIssues(row, complain);
  return issues;
}

function degreeIssues(row: RunRow, heads: number, experts: number | null): readonly Issue[] {
  const issues: Issue[] = [];
  const check = (path: string, degrees: { readonly tensor: number; readonly expert: number }): void => {
    const { tensor, expert } = degrees;
    if (heads % tensor !== 0) {
      issues.push({ code: 'heads-not-divisible', path: `${row.id}.${path}.tp`, value: String(tensor), message: `${heads} heads do not divide by it`, remedy: 'Choose a divisor of the head count' });
    }
    // A service keeps spare copies of its busiest experts, so it may have more ranks than experts, but not more than twice as many.
    if (expert > 1 && (experts === null || expert > 2 * experts)) {
      const message = experts === null ? 'The model has no experts' : `More expert ranks than two copies of the ${experts} experts`;
      issues.push({ code: 'too-many-expert-ranks', path: `${row.id}.${path}.ep`, value: String(expert), message, remedy: experts === null ? 'Leave ep out' : `Choose at most ${2 * experts}` });
    }
  };
  check('parallel', { tensor: row.parallel.tensor ?? 1, expert: row.parallel.expert ?? 1 });
  const sides: readonly (readonly [string, RunReplicas | null])[] = [['serving.prefill', row.serving?.prefill ?? null], ['serving.decode', row.serving?.decode ?? null]];
  for (const [path, side] of sides) if (side !== null) check(path, side);
  return issues;
}

export interface ResolvedServing {
  readonly job: ServingJob;
  readonly assumptions: readonly string[];
}

/**
 * The job a serving row states. Issue codes: `unknown-accelerator`, `missing-lengths`, `unknown-role`, `pipelined-serving`,
 * `degrees-do-not-multiply`, `half-a-service`, `missing-rate`, `heads-not-divisible`, `too-many-expert-ranks` and those of `resolveModel`.
 */
export function resolveServing(row: RunRow): Parsed<ResolvedServing> {
  const assumptions: string[] = [];
  const assume = (text: string): void => void assumptions.push(text);
  const model = resolveModel(row.id, row.model, assume);
  const found = findAccelerator(row.system.accelerator);
  const issues = [...rowIssues(row), ...(model.ok ? degreeIssues(row, model.value.attention.heads, model.value.moe?.experts ?? null) : model.issues)];
  if (issues.length > 0 || !model.ok || found === null) return { ok: false, issues };
  const { parallel, system, serving } = row;
  const accelerator = { ...found, hbmGb: system.hbmGb ?? found.hbmGb };
  const precision = precisionOf(row, accelerator);
  assume(`${precision} products`);
  const heads = model.value.attention.heads;
  const widest = [...Array(system.gpus > 4096 ? 4096 : system.gpus).keys()].map((at) => at + 1).findLast((degree) => heads % degree === 0) ?? 1;
  if (parallel.tensor === null && parallel.role === null) assume(`tensor parallel over ${widest}`);
  const pool = serving?.pool ?? null;
  return parsed({
    job: {
      model: model.value, accelerator, network: networkOf(row, accelerator, assume), precision, tensor: parallel.tensor ?? (parallel.role === null ? widest : 1), expert: parallel.expert ?? 1,
      concurrency: parallel.batch ?? 1, inputTokens: parallel.inputTokens ?? model.value.seq, outputTokens: parallel.outputTokens ?? 1, ...(pool === null ? {} : { pool }),
    },
    assumptions,
  });
}

const nothing = { serving: null, load: null, predicted: {}, errors: {}, issues: [], refusal: null } as const;

/** Production figures of one node of a service split by role. */
function predictRole(row: RunRow, { job, assumptions }: ResolvedServing): Pick<ServingOutcome, 'predicted' | 'assumptions'> {
  const gpusPerNode = job.network.scaleUp.size;
  if (row.parallel.role === 'decode') {
    const context = row.parallel.inputTokens ?? productionContextTokens;
    const decode = predictDecodeService({ ...job, inputTokens: context, gpusPerNode });
    const note = `${Math.floor(decode.sequencesPerGpu)} sequences per accelerator, as many as fit at ${context} cached tokens; production duty of the published service`;
    return { predicted: { tokens_s_per_node: decode.reportedPerS, computed_tokens_s_per_node: decode.computedPerS, itl_ms: decode.itlMs }, assumptions: [...assumptions, note] };
  }
  const inputTokens = row.parallel.inputTokens ?? productionPromptTokens;
  const service = predictPrefillService({ ...job, inputTokens, gpusPerNode });
  const note = `prompts of ${inputTokens} tokens, production duty and cache hits of the published service`;
  return { predicted: { tokens_s_per_node: service.reportedPerS, computed_tokens_s_per_node: service.computedPerS }, assumptions: [...assumptions, note] };
}

/** A generated stream: the model passes over `seq` latent tokens per clip, every token attending to all. */
function predictStreamRun(row: RunRow, { job, assumptions }: ResolvedServing): Pick<ServingOutcome, 'predicted' | 'assumptions'> | null {
  const spec = row.serving?.stream ?? null;
  if (spec === null) return null;
  const tokens = row.parallel.inputTokens ?? job.model.seq;
  const curve = defaultCalibration.curves[job.accelerator.curve];
  // The language kernels skip the causal half of attention; diffusion needs it, so one more half is added.
  const forwardNs = prefillNs({ ...job, inputTokens: tokens, prompts: 1 }) + job.model.layers * attentionForwardNs({ ...job.model, seq: tokens }, job.tensor, job.accelerator, curve);
  const stream = predictStream(spec, { forwardNs, portGbps: job.network.scaleOut.rateGbps, latencyNs: job.network.scaleOut.coreLatencyNs });
  return {
    predicted: {
      frames_s: stream.framesPerS, stream_Gbps: stream.streamGbps, streams_per_port: stream.streamsPerPort, clip_ms: stream.clipNs / 1e6, speed: stream.speed, startup_ms: stream.startupNs / 1e6,
    },
    assumptions: [...assumptions, `${tokens} latent tokens per clip, ${spec.passesPerStep} passes per denoising step`],
  };
}

/** Closed form and simulated queue of a run that serves requests; what it measured proves that it fits. */
function predictRequests(row: RunRow, { job, assumptions }: ResolvedServing): Pick<ServingOutcome, 'serving' | 'load' | 'predicted' | 'assumptions' | 'refusal'> {
  const fitting = sequencesThatFit(job);
  const requestsPerS = row.serving?.requestsPerS ?? null;
  const measured = Object.values(row.measured).some((value) => value !== null);
  const wanted = requestsPerS === null ? job.concurrency : 1;
  if (fitting < wanted && !measured) {
    const reason = `${job.accelerator.name} with ${job.accelerator.hbmGb} GB holds ${Math.floor(fitting)} sequences of this model over ${job.tensor} tensor ranks, and ${wanted} are asked.`;
    const another = 'This run never fits here. Another may: a higher tp, a shorter context, a lower batch, or a pooled part of the cache.';
    return { serving: null, load: null, predicted: {}, assumptions, refusal: refuse('out-of-memory', 'never', reason, another) };
  }
  const load = serveLoad(job, { requestsPerS, lengths: row.serving?.lengths ?? 'fixed', seed: servingSeed });
  if (isRefusal(load)) return { serving: null, load: null, predicted: {}, assumptions, refusal: load };
  const note = requestsPerS === null ? `closed loop of ${job.concurrency} requests` : `Poisson arrivals, at most ${Math.floor(fitting)} sequences at once`;
  if (requestsPerS === null) {
    const serving = predictServing(job);
    return { serving, load, predicted: { tokens_s: serving.tokensPerS, ttft_ms: serving.ttftMs, itl_ms: serving.itlMs }, assumptions: [...assumptions, note], refusal: null };
  }
  // Under arrivals there is no closed loop: the breakdown is that of the mean batch, the figures are those of the queue.
  const serving = predictServing({ ...job, concurrency: Math.max(1, Math.round(load.meanBatch)) });
  return { serving, load, predicted: { tokens_s: load.tokensPerS, ttft_ms: load.ttftMs.mean, itl_ms: load.itlMs.mean }, assumptions: [...assumptions, note], refusal: null };
}

/** One serving row. A refusal says why the service cannot be: memory, or a load beyond its capacity. */
export function predictServingRun(row: RunRow): ServingOutcome {
  const about = { ...nothing, id: row.id, source: row.source };
  const resolved = resolveServing(row);
  if (!resolved.ok) return { ...about, assumptions: [], issues: resolved.issues };
  const found = { ...about, ...(row.parallel.role !== null ? predictRole(row, resolved.value) : predictStreamRun(row, resolved.value) ?? predictRequests(row, resolved.value)) };
  return { ...found, errors: compareServing(row, found.predicted) };
}
