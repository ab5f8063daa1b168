/**
 * Agentic pipelines: models that call each other as a directed acyclic graph, and the tail that fan-out makes.
 *
 * A stage starts when every stage it waits for has ended; it makes its calls in parallel and ends with the slowest of them.
 * With n independent exponential calls of mean m the stage takes m H_n on average (H_n the n-th harmonic number) and its
 * 99th percentile is -m ln(1 - 0.99^(1/n)): "The Tail at Scale" (Dean and Barroso, CACM 2013) in its simplest form.
 */

import type { Dice } from '../../base/dice.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { LatencyDistribution } from './latency-distribution.ts';
import { createSample } from './latency-distribution.ts';

/** How long one call takes; a sample is drawn from with equal chances. */
export type CallLatency =
  | { readonly kind: 'fixed'; readonly ns: number }
  | { readonly kind: 'exponential'; readonly meanNs: number }
  | { readonly kind: 'sample'; readonly ns: Float64Array };

export interface AgentStage {
  readonly name: string;
  /** Names of the stages whose answers this one needs. */
  readonly after: readonly string[];
  /** Calls made at once; all must answer. */
  readonly calls: number;
  readonly latency: CallLatency;
  /** The way of a prompt and its answer between the callers, per call. */
  readonly transferNs: number;
}

export interface PipelineOutcome {
  /** From request to the last stage's answer, ms. */
  readonly totalMs: LatencyDistribution;
  readonly stages: readonly {
    readonly name: string;
    readonly ms: LatencyDistribution;
    /** Share of requests whose critical path runs through this stage. */
    readonly critical: number;
  }[];
}

export const agentStagesMax = 1000;
/** Calls that one stage makes in parallel. */
export const agentCallsMax = 1000;

/** Rows of the stages in an order in which everything waited for comes first. Issue codes: `no-stages`, `too-many-stages`, `repeated-stage`, `unknown-stage`, `cyclic-stages`. */
export function orderStages(stages: readonly Pick<AgentStage, 'name' | 'after'>[], path = 'stages'): Parsed<readonly number[]> {
  const issues: Issue[] = [];
  if (stages.length === 0) issues.push({ code: 'no-stages', path, message: 'The pipeline has no stage', remedy: 'Give at least one stage' });
  if (stages.length > agentStagesMax) issues.push({ code: 'too-many-stages', path, value: String(stages.length), message: `More than ${agentStagesMax} stages`, remedy: 'Join stages that run alike' });
  const rowOf = new Map<string, number>();
  for (const [row, { name }] of stages.entries()) {
    if (rowOf.has(name)) issues.push({ code: 'repeated-stage', path: `${path}[${row}].name`, value: name, message: 'Two stages have this name', remedy: 'Name each stage once' });
    rowOf.set(name, row);
  }
  for (const [row, { after }] of stages.entries()) for (const name of after) {
    if (rowOf.has(name)) continue;
    issues.push({ code: 'unknown-stage', path: `${path}[${row}].after`, value: name, message: 'No stage has this name', remedy: `Use one of ${[...rowOf.keys()].slice(0, 8).join(', ')}` });
  }
  if (issues.length > 0) return { ok: false, issues };
  const order: number[] = [];
  const placed = new Set<number>();
  // Kahn's algorithm, lower rows first; a round that places nothing has met a cycle.
  for (let before = -1; before < order.length && order.length < stages.length;) {
    before = order.length;
    for (const [row, { after }] of stages.entries()) {
      if (placed.has(row) || !after.every((name) => placed.has(rowOf.get(name) ?? -1))) continue;
      order.push(row);
      placed.add(row);
    }
  }
  if (order.length === stages.length) return parsed(order);
  const remedy = 'Break the circle: unroll a loop into as many stages as it turns';
  const stuck = stages.filter((_, row) => !placed.has(row)).map(({ name }) => name);
  return { ok: false, issues: [{ code: 'cyclic-stages', path, value: stuck.slice(0, 8).join(', '), message: 'These stages wait for each other in a circle', remedy }] };
}

function drawNs(latency: CallLatency, dice: Dice): number {
  if (latency.kind === 'fixed') return latency.ns;
  if (latency.kind === 'exponential') return latency.meanNs * dice.exponential();
  return latency.ns[dice.below(latency.ns.length)] ?? 0;
}

/** Runs so many independent requests through the pipeline. Every stage has its own dice, so a new stage shifts no other. */
export function runPipeline(stages: readonly AgentStage[], options: { readonly requests: number; readonly dice: Dice }): Parsed<PipelineOutcome> {
  const ordered = orderStages(stages);
  if (!ordered.ok) return ordered;
  const rowOf = new Map(stages.map(({ name }, row) => [name, row]));
  const before = stages.map(({ after }) => after.map((name) => rowOf.get(name) ?? 0));
  const dice = stages.map(({ name }) => options.dice.fork(name));
  const total = createSample();
  const samples = stages.map(() => createSample());
  const critical = new Float64Array(stages.length);
  const endNs = new Float64Array(stages.length);
  const cause = new Int32Array(stages.length);
  for (let request = 0; request < options.requests; request++) {
    let last = -1;
    for (const row of ordered.value) {
      const stage = stages[row];
      const own = dice[row];
      if (stage === undefined || own === undefined) continue;
      let startNs = 0;
      cause[row] = -1;
      for (const earlier of before[row] ?? []) {
        if ((endNs[earlier] ?? 0) <= startNs && cause[row] !== -1) continue;
        startNs = endNs[earlier] ?? 0;
        cause[row] = earlier;
      }
      let slowestNs = 0;
      for (let call = 0; call < stage.calls; call++) slowestNs = Math.max(slowestNs, drawNs(stage.latency, own) + stage.transferNs);
      samples[row]?.add(slowestNs);
      endNs[row] = startNs + slowestNs;
      if (last < 0 || (endNs[row] ?? 0) > (endNs[last] ?? 0)) last = row;
    }
    total.add(endNs[last] ?? 0);
    for (let row = last; row >= 0; row = cause[row] ?? -1) critical[row] = (critical[row] ?? 0) + 1;
  }
  return parsed({
    totalMs: total.describe(1e-6),
    stages: stages.map(({ name }, row) => ({ name, ms: samples[row]?.describe(1e-6) ?? total.describe(1e-6), critical: (critical[row] ?? 0) / options.requests })),
  });
}
