/** Reads runs (one row, a list, or a document with the list under `runs`) into run rows. */

import { z } from 'zod';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import type { Recompute } from '../traffic/parallel-plan.ts';
import type { RunReplicas, RunRow, RunServing } from '../traffic/run-row.ts';
import { agentCallsMax } from '../traffic/serving/agent-pipeline.ts';
import { fieldPath, runProblemWords } from './run-issues.ts';

const degree = z.number().int().min(1).nullish();
const positive = z.number().positive().nullish();

const moeSchema = z.object({
  routed_experts: degree, shared_experts: z.number().int().min(0).nullish(), top_k: degree, expert_ffn: degree,
  dense_first_layers: z.number().int().min(0).nullish(), max_nodes_per_token: degree, attention: z.string().nullish(),
});

const share = z.number().min(0).max(1);
const above = z.number().positive();
const replicasSchema = z.object({ replicas: z.number().int().min(1).max(10_000), tp: degree, ep: degree });

const servingSchema = z.object({
  request_rate: positive, lengths: z.enum(['fixed', 'geometric']).nullish(), prefill: replicasSchema.nullish(), decode: replicasSchema.nullish(),
  pooled: z.object({ cache_share: share, weight_share: share.nullish(), Gbps: above, latency_ns: z.number().min(0), outstanding_bytes: above }).nullish(),
  stages: z.array(z.object({
    name: z.string().min(1), run: z.string().nullish(), after: z.array(z.string()).nullish(), calls: z.number().int().min(1).max(agentCallsMax).nullish(), payload_bytes: z.number().min(0).nullish(),
  })).min(1).max(100).nullish(),
  stream: z.object({
    width: z.number().int().min(1), height: z.number().int().min(1), frames_per_s: above, bits_per_pixel: above, clip_s: above, film_s: positive,
    denoising_steps: z.number().int().min(1), passes_per_step: z.number().int().min(1).nullish(),
  }).nullish(),
});

const rowSchema = z.object({
  id: z.string().min(1),
  source: z.string().nullish(),
  model: z.object({
    layers: degree, hidden: degree, heads: degree, kv_heads: degree, head_dim: degree, ffn: degree, vocab: degree, seq: degree, params_b: positive,
    gated_mlp: z.boolean().nullish(), parallel_block: z.boolean().nullish(), sliding_window: z.boolean().nullish(), moe: moeSchema.nullish(),
  }),
  system: z.object({
    accelerator: z.string().min(1), peak_tflops: positive, hbm_gb: positive, note_peak: z.string().nullish(), scaleup_size: degree, scaleup_GBps: positive,
    scaleout_Gbps_per_gpu: positive, gpus: z.number().int().min(1),
  }),
  parallel: z.object({
    tp: degree, pp: degree, dp: degree, cp: degree, ep: degree, fsdp: degree, interleave: z.union([z.number().int().min(1), z.string()]).nullish(),
    microbatch: degree, global_batch: degree, recompute: z.string().nullish(), zero: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).nullish(),
    sequence_parallel: z.boolean().nullish(), tp_overlap: z.boolean().nullish(), pipeline: z.string().nullish(),
    batch: degree, input_len: degree, output_len: degree, role: z.string().nullish(),
  }),
  serving: servingSchema.nullish(),
  measured: z.object({
    step_s: positive, step_s_upper_bound: positive, tokens_s: positive, tokens_s_per_gpu: positive, tflops_per_gpu: positive, mfu: positive,
    ttft_ms: positive, itl_ms: positive, tokens_s_per_node: positive,
  }).nullish(),
  flop_convention: z.string().nullish(),
});

const recomputes = (text: string | null | undefined): readonly Recompute[] | null => {
  if (text === null || text === undefined) return null;
  const known = (['none', 'selective', 'full'] as const).filter((one) => text.toLowerCase().includes(one));
  return known.length > 0 ? known : null;
};

const toReplicas = (raw: z.infer<typeof replicasSchema> | null | undefined): RunReplicas | null =>
  raw === null || raw === undefined ? null : { replicas: raw.replicas, tensor: raw.tp ?? 1, expert: raw.ep ?? 1 };

function toServing(raw: z.infer<typeof servingSchema> | null | undefined): RunServing | null {
  if (raw === null || raw === undefined) return null;
  const { pooled, stages, stream } = raw;
  return {
    requestsPerS: raw.request_rate ?? null, lengths: raw.lengths ?? 'fixed', prefill: toReplicas(raw.prefill), decode: toReplicas(raw.decode),
    pool: pooled === null || pooled === undefined ? null : {
      cacheShare: pooled.cache_share, weightShare: pooled.weight_share ?? 0, rateGbps: pooled.Gbps, latencyNs: pooled.latency_ns, outstandingBytes: pooled.outstanding_bytes,
    },
    stages: stages?.map((stage) => ({ name: stage.name, run: stage.run ?? null, after: stage.after ?? [], calls: stage.calls ?? 1, payloadBytes: stage.payload_bytes ?? 0 })) ?? null,
    stream: stream === null || stream === undefined ? null : {
      width: stream.width, height: stream.height, framesPerS: stream.frames_per_s, bitsPerPixel: stream.bits_per_pixel, clipS: stream.clip_s,
      filmS: stream.film_s ?? stream.clip_s, denoisingSteps: stream.denoising_steps, passesPerStep: stream.passes_per_step ?? 2,
    },
  };
}

function toRow(raw: z.infer<typeof rowSchema>): RunRow {
  const { model, system, parallel } = raw;
  const measured = raw.measured ?? {};
  const moe = model.moe ?? null;
  return {
    id: raw.id, source: raw.source ?? 'unstated',
    model: {
      layers: model.layers ?? null, hidden: model.hidden ?? null, heads: model.heads ?? null, kvHeads: model.kv_heads ?? null, headDim: model.head_dim ?? null,
      ffn: model.ffn ?? null, vocab: model.vocab ?? null, seq: model.seq ?? null, paramsB: model.params_b ?? null,
      gated: model.gated_mlp ?? false, parallelBlock: model.parallel_block ?? false, slidingWindow: model.sliding_window ?? false,
      moe: moe === null ? null : {
        experts: moe.routed_experts ?? null, sharedExperts: moe.shared_experts ?? 0, topK: moe.top_k ?? null, expertFfn: moe.expert_ffn ?? null,
        denseFirstLayers: moe.dense_first_layers ?? 0, nodesPerTokenMax: moe.max_nodes_per_token ?? null, latentAttention: moe.attention === 'MLA',
      },
    },
    system: {
      accelerator: system.accelerator, peakTflops: system.peak_tflops ?? null, hbmGb: system.hbm_gb ?? null, peakNote: system.note_peak ?? null, scaleUpSize: system.scaleup_size ?? null,
      scaleUpGBps: system.scaleup_GBps ?? null, scaleOutGbpsPerGpu: system.scaleout_Gbps_per_gpu ?? null, gpus: system.gpus,
    },
    parallel: {
      tensor: parallel.tp ?? null, pipeline: parallel.pp ?? null, data: parallel.dp ?? null, context: parallel.cp ?? null, expert: parallel.ep ?? null,
      shard: parallel.fsdp ?? null, interleave: typeof parallel.interleave === 'string' ? 'many' : parallel.interleave ?? null,
      microbatch: parallel.microbatch ?? null, globalBatch: parallel.global_batch ?? null, recompute: recomputes(parallel.recompute), zero: parallel.zero ?? null,
      sequenceParallel: parallel.sequence_parallel ?? null, tensorOverlap: parallel.tp_overlap ?? false, schedule: parallel.pipeline ?? null,
      batch: parallel.batch ?? null, inputTokens: parallel.input_len ?? null, outputTokens: parallel.output_len ?? null, role: parallel.role ?? null,
    },
    serving: toServing(raw.serving),
    measured: {
      stepS: measured.step_s ?? null, stepUpperBoundS: measured.step_s_upper_bound ?? null,
      tokensPerS: measured.tokens_s ?? (measured.tokens_s_per_gpu === null || measured.tokens_s_per_gpu === undefined ? null : measured.tokens_s_per_gpu * system.gpus),
      tflopsPerGpu: measured.tflops_per_gpu ?? null, mfu: measured.mfu ?? null, ttftMs: measured.ttft_ms ?? null, itlMs: measured.itl_ms ?? null,
      tokensPerSPerNode: measured.tokens_s_per_node ?? null,
    },
    flopConvention: raw.flop_convention?.startsWith('hardware') === true ? 'hardware' : 'model',
  };
}

/** One run, a list, or a document that has the list under `runs`. */
function rowsOf(document: unknown): { readonly rows: readonly unknown[]; readonly place: (row: number) => string } {
  if (Array.isArray(document)) return { rows: document, place: (row) => `[${row}]` };
  const runs: unknown = typeof document === 'object' && document !== null && 'runs' in document ? document.runs : null;
  return Array.isArray(runs) ? { rows: runs, place: (row) => `runs[${row}]` } : { rows: [document], place: (row) => `[${row}]` };
}

const valueTextMax = 60;

/** The offending value as it was written; undefined where nothing stands at the place. */
function valueAt(raw: unknown, path: readonly PropertyKey[]): string | undefined {
  let at = raw;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return at === undefined ? undefined : JSON.stringify(at).slice(0, valueTextMax);
}

/** Issue codes: `not-json`, `empty-list` and those of `run-issues.ts`. Every problem of every row is reported. */
export function parseRuns(text: string, file: string): Parsed<readonly RunRow[]> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return { ok: false, issues: [{ code: 'not-json', file, message: `The file is not JSON: ${error instanceof Error ? error.message : String(error)}`, remedy: 'Write one run or a list of runs as JSON' }] };
  }
  const { rows: raws, place } = rowsOf(document);
  if (raws.length === 0) return rejected({ code: 'empty-list', file, message: 'This list holds no run', remedy: 'Write at least one run', value: text.trim().slice(0, valueTextMax) });
  const issues: Issue[] = [];
  const rows: RunRow[] = [];
  for (const [at, raw] of raws.entries()) {
    const result = rowSchema.safeParse(raw);
    if (result.success) { rows.push(toRow(result.data)); continue; }
    for (const problem of result.error.issues) {
      const value = valueAt(raw, problem.path);
      issues.push({ ...runProblemWords(problem, value), file, path: fieldPath(place(at), problem.path), ...(value === undefined ? {} : { value }) });
    }
  }
  return issues.length > 0 ? { ok: false, issues } : parsed(rows);
}
