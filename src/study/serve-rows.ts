/** Answers serving rows that need more than a closed form: disaggregated services on a network, and pipelines of models that call each other. */

import { createDice } from '../base/dice.ts';
import type { Issue } from '../base/issue.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { RunRow, RunStage } from '../traffic/run-row.ts';
import type { ResolvedServing, ServingOutcome } from '../traffic/serve-run.ts';
import { compareServing, predictServingRun, resolveServing, servingSeed } from '../traffic/serve-run.ts';
import type { AgentStage, PipelineOutcome } from '../traffic/serving/agent-pipeline.ts';
import { orderStages, runPipeline } from '../traffic/serving/agent-pipeline.ts';
import { serveLoad, simulatedRequests } from '../traffic/serving/served-load.ts';
import type { DisaggregatedOutcome } from './serving-run.ts';
import { runDisaggregated } from './serving-run.ts';
import type { TransferNetwork } from './transfer-network.ts';
import { portNetwork } from './transfer-network.ts';

export interface ServedRow extends ServingOutcome {
  readonly disaggregated: DisaggregatedOutcome | null;
  readonly pipeline: PipelineOutcome | null;
}

/** Requests that walk through a pipeline. */
const pipelineRequests = 20_000;

const nothing = { serving: null, load: null, predicted: {}, errors: {}, issues: [], refusal: null, disaggregated: null, pipeline: null } as const;

function serveDisaggregated(row: RunRow, { job, assumptions }: ResolvedServing, network: TransferNetwork | null): ServedRow {
  const about = { ...nothing, id: row.id, source: row.source, assumptions };
  const { serving } = row;
  if (serving?.prefill == null || serving.decode === null || serving.requestsPerS === null) return about;
  const service = { ...job, prefill: serving.prefill, decode: serving.decode, requestsPerS: serving.requestsPerS, lengths: serving.lengths };
  const ports = network ?? portNetwork(job.network, row.system.gpus);
  const disaggregated = runDisaggregated(service, ports, { requests: simulatedRequests(job.outputTokens), dice: createDice(servingSeed) });
  if (isRefusal(disaggregated)) return { ...about, refusal: disaggregated };
  const predicted = {
    tokens_s: disaggregated.tokensPerS, ttft_ms: disaggregated.ttftMs.mean, itl_ms: disaggregated.itlMs.mean, transfer_ms: disaggregated.transferMs.mean, transfer_alone_ms: disaggregated.aloneMs,
  };
  const note = network === null ? 'cache travels over the ports of the accelerators, a non-blocking core between them' : 'cache travels over the routes of the cluster';
  return { ...about, disaggregated, predicted, errors: compareServing(row, predicted), assumptions: [...assumptions, note] };
}

/** The latency of one stage's calls: its run under the load that the pipeline puts on it. */
function stageLatency(row: RunRow, stage: RunStage, peers: readonly RunRow[], path: string): AgentStage | readonly Issue[] | Refusal {
  const peer = stage.run === null ? row : peers.find((one) => one.id === stage.run);
  if (peer === undefined) return [{ code: 'unknown-run', path: `${path}.run`, value: stage.run ?? '', message: 'No run of the file has this id', remedy: 'Name a run of the same file' }];
  const resolved = resolveServing(peer);
  if (!resolved.ok) return resolved.issues;
  const { job } = resolved.value;
  const requestsPerS = row.serving?.requestsPerS ?? null;
  const load = serveLoad(job, { requestsPerS: requestsPerS === null ? null : requestsPerS * stage.calls, lengths: peer.serving?.lengths ?? 'fixed', seed: servingSeed });
  if (isRefusal(load)) return load;
  const { rateGbps, coreLatencyNs } = job.network.scaleOut;
  // Prompt and answer each cross the network once.
  const transferNs = 2 * coreLatencyNs + (stage.payloadBytes * 8) / rateGbps;
  return { name: stage.name, after: stage.after, calls: stage.calls, latency: { kind: 'sample', ns: load.requestsNs }, transferNs };
}

function servePipeline(row: RunRow, stages: readonly RunStage[], peers: readonly RunRow[]): ServedRow {
  const about = { ...nothing, id: row.id, source: row.source, assumptions: ['each stage answers under its own load, independent of the others'] };
  const ordered = orderStages(stages, `${row.id}.serving.stages`);
  if (!ordered.ok) return { ...about, issues: ordered.issues };
  const built = stages.map((stage, at) => stageLatency(row, stage, peers, `${row.id}.serving.stages[${at}]`));
  const issues = built.flatMap((one) => (Array.isArray(one) ? (one as readonly Issue[]) : []));
  if (issues.length > 0) return { ...about, issues };
  const refusal = built.find((one): one is Refusal => isRefusal(one));
  if (refusal !== undefined) return { ...about, refusal };
  const ready = built.filter((one): one is AgentStage => 'latency' in one);
  const outcome = runPipeline(ready, { requests: pipelineRequests, dice: createDice(servingSeed) });
  if (!outcome.ok) return { ...about, issues: outcome.issues };
  const { totalMs } = outcome.value;
  return { ...about, pipeline: outcome.value, predicted: { request_ms: totalMs.mean, request_p50_ms: totalMs.p50, request_p90_ms: totalMs.p90, request_p99_ms: totalMs.p99 } };
}

/** One serving row among its file's rows. `network` replaces the ports of the row, for a service on a compiled cluster. */
export function serveRow(row: RunRow, peers: readonly RunRow[], network: TransferNetwork | null): ServedRow {
  const stages = row.serving?.stages ?? null;
  if (stages !== null) return servePipeline(row, stages, peers);
  const resolved = resolveServing(row);
  if (resolved.ok && row.parallel.role === null && row.serving !== null && row.serving.prefill !== null) return serveDisaggregated(row, resolved.value, network);
  return { ...predictServingRun(row), disaggregated: null, pipeline: null };
}
