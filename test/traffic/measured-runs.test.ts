/** The step model against published runs: the aggregate targets, one fixed set of constants, no per-row tuning. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { parseRuns } from '../../src/adapters/run-file.ts';
import { parseVtrainTable } from '../../src/adapters/vtrain-table.ts';
import type { RunOutcome } from '../../src/traffic/run-outcome.ts';
import { predictRun, summariseErrors } from '../../src/traffic/run-outcome.ts';
import { sharedTest } from '../shared.ts';

function outcomesOf(path: string): readonly RunOutcome[] {
  const rows = parseRuns(readFileSync(path, 'utf8'), path);
  assert.ok(rows.ok);
  return rows.value.map((row) => predictRun(row));
}

const runs = 'facts/measured-runs.json';

sharedTest('Dense GPU runs are predicted to 4 % median, 5.5 % mean and 12 % at the ninetieth percentile', runs, (path) => {
  const dense = outcomesOf(path).filter((one) => one.group === 'dense');
  const errors = summariseErrors(dense);
  assert.equal(errors.count, 97);
  assert.ok(errors.median <= 0.04 && errors.mean <= 0.055 && errors.p90 <= 0.12, JSON.stringify(errors));
});

sharedTest('Mixture-of-experts runs are predicted to 10 % median', runs, (path) => {
  const errors = summariseErrors(outcomesOf(path).filter((one) => one.group === 'moe'));
  assert.ok(errors.count >= 6 && errors.median <= 0.1, JSON.stringify(errors));
});

sharedTest("Calculon's validation rows are predicted to 4 % median", runs, (path) => {
  const errors = summariseErrors(outcomesOf(path).filter((one) => one.id.startsWith('seqsel-')));
  assert.ok(errors.count === 7 && errors.median <= 0.04, JSON.stringify(errors));
});

sharedTest('Runs that only bound the step from above stay below their bound', runs, (path) => {
  const bounded = outcomesOf(path).filter((one) => one.error?.from === 'step_s_upper_bound');
  assert.ok(bounded.length === 4 && bounded.every((one) => (one.error?.relative ?? 1) <= 0));
});

sharedTest('Runs without a shape say what is missing, and no row is left without an answer', runs, (path) => {
  for (const one of outcomesOf(path)) {
    if (one.prediction === null) assert.ok(one.issues.length > 0 || one.refusal !== null, one.id);
    else assert.ok(Number.isFinite(one.prediction.stepS) && one.prediction.stepS > 0, one.id);
  }
});

sharedTest('The hardware FLOP convention reproduces the pairs of step time and TFLOP/s that a source gives', runs, (path) => {
  // megatron-gpt3-1024 states both: "around 32 s" and 138 TFLOP/s with recomputation counted, 96 B s l h^2 (1 + s/6h + V/16lh)
  // = 96 x 1536 x 2048 x 96 x 12288^2 x (1 + 0.02778 + 0.00271) = 4.5105e18 FLOPs; over 1024 x 138e12 that is 31.92 s.
  const one = outcomesOf(path).find((row) => row.id === 'megatron-gpt3-1024');
  assert.ok(one?.prediction && one.tflopsPerGpu !== null);
  const counted = one.tflopsPerGpu * 1e12 * 1024 * one.prediction.stepS;
  assert.ok(Math.abs(counted / 4.5105e18 - 1) < 1e-3, String(counted));
});

sharedTest("vTrain's multi-node table is predicted to 7 % mean", 'data/vtrain/ground_truth_multi.csv', (path) => {
  const rows = parseVtrainTable(readFileSync(path, 'utf8'), path);
  assert.ok(rows.ok && rows.value.length === 75);
  const errors = summariseErrors(rows.value.map((row) => predictRun(row)));
  assert.ok(errors.mean <= 0.07, JSON.stringify(errors));
});

test('A file of runs with several faults reports them all with their place', () => {
  const row = { id: 'x', model: { layers: 0 }, system: { accelerator: 'H100', gpus: -1 }, parallel: { tp: 1.5 } };
  const result = parseRuns(JSON.stringify([row]), 'runs.json');
  assert.ok(!result.ok);
  assert.deepEqual(result.issues.map((issue) => issue.path).sort(), ['[0].model.layers', '[0].parallel.tp', '[0].system.gpus']);
  const torn = parseRuns('[{"id":', 'runs.json');
  assert.ok(!torn.ok && torn.issues[0]?.code === 'not-json');
});

test('A run whose shape cannot be is refused with its place', () => {
  const base = { system: { accelerator: 'H100', gpus: 8 }, parallel: { tp: 1, pp: 1, dp: 8, global_batch: 8 } };
  const shape = { layers: 4, hidden: 64, heads: 8, seq: 128, vocab: 1000 };
  const rows = parseRuns(JSON.stringify([
    { id: 'heads', model: { ...shape, heads: 65 }, ...base },
    { id: 'kv', model: { ...shape, kv_heads: 3 }, ...base },
    { id: 'experts', model: { ...shape, moe: { routed_experts: 4, top_k: 8, expert_ffn: 64, dense_first_layers: 9 } }, ...base },
  ]), 'runs.json');
  assert.ok(rows.ok);
  const paths = rows.value.flatMap((row) => predictRun(row).issues.map((issue) => issue.path));
  assert.deepEqual(paths, ['heads.model.heads', 'kv.model.kv_heads', 'experts.model.moe.top_k', 'experts.model.moe.dense_first_layers']);
});

test('Every well-formed run gets an answer, however odd: random rows neither throw nor give a step that is not a time', () => {
  const dice = createDice(5);
  const pick = <T>(values: readonly T[]): T => values[dice.below(values.length)] as T;
  for (let round = 0; round < 400; round++) {
    const raw = {
      id: `odd-${round}`,
      model: {
        layers: pick([1, 7, 61, 1e6]), hidden: pick([1, 64, 7168, 1e6]), heads: pick([1, 8, 128]), kv_heads: pick([null, 1]), ffn: pick([null, 1, 1e6]), vocab: pick([null, 1, 1e6]),
        seq: pick([1, 4096, 1 << 20]), gated_mlp: pick([true, false]), moe: pick([null, null, { routed_experts: pick([1, 256]), top_k: 1, expert_ffn: 32, attention: pick(['MLA', null]) }]),
      },
      system: { accelerator: pick(['A100', 'H100', 'GB300', 'TPU v5p']), gpus: pick([1, 8, 1000, 1e9]), scaleout_Gbps_per_gpu: pick([null, 1e-6, 1e9]) },
      parallel: { tp: pick([null, 1, 8]), pp: pick([null, 1, 16]), global_batch: pick([1, 8, 4096, 1e9]), zero: pick([null, 0, 3]), interleave: pick([null, '>1', 3]), recompute: pick([null, 'full', 'none/selective']) },
      measured: { step_s: 1 },
    };
    const rows = parseRuns(JSON.stringify(raw), 'odd.json');
    assert.ok(rows.ok);
    const [row] = rows.value;
    assert.ok(row);
    const { prediction, issues, refusal } = predictRun(row);
    if (prediction === null) assert.ok(issues.length > 0 || refusal !== null, raw.id);
    else assert.ok(Number.isFinite(prediction.stepS) && prediction.stepS > 0, JSON.stringify(raw));
  }
});

test('A torn vTrain table names the cell', () => {
  const heading = 'Parameters (billion),# GPUs,global batch,micro batch,hidden size,attention heads,# layers,sequence length,tensor parallelism,data parallelism,pipeline parallelism,iteration time (ms)';
  const result = parseVtrainTable(`${heading}\n3.6,64,512,8,3072,32,30,2048,1,64,1,oops\n`, 'table.csv');
  assert.ok(!result.ok);
  assert.deepEqual(result.issues.map((issue) => [issue.line, issue.path, issue.value]), [[2, 'iteration time (ms)', 'oops']]);
});

test('Error summaries follow their definition', () => {
  const outcome = (relative: number): RunOutcome => ({
    id: '', source: '', group: 'dense', prediction: null, plan: null, tflopsPerGpu: null, mfu: null,
    error: { from: 'step_s', measuredStepS: 1, relative }, assumptions: [], issues: [], refusal: null,
  });
  // Absolute errors 1 ... 10: median (5 + 6) / 2, mean 5.5, nine of ten rows do not exceed 9.
  const errors = summariseErrors([1, -2, 3, -4, 5, -6, 7, -8, 9, -10].map(outcome));
  assert.deepEqual(errors, { count: 10, median: 5.5, mean: 5.5, p90: 9, worst: 10 });
});
