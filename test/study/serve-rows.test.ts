/** Serving rows end to end: the example file, distributions against the closed form, pipelines, and rows that cannot be. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseRuns } from '../../src/adapters/run-file.ts';
import type { ServedRow } from '../../src/study/serve-rows.ts';
import { serveRow } from '../../src/study/serve-rows.ts';

const examplePath = fileURLToPath(new URL('../../examples/serving.json', import.meta.url));

function serveAll(document: unknown): readonly ServedRow[] {
  const rows = parseRuns(JSON.stringify(document), 'runs.json');
  assert.ok(rows.ok, rows.ok ? '' : JSON.stringify(rows.issues));
  return rows.value.map((row) => serveRow(row, rows.value, null));
}

const llama = {
  id: 'llama', model: { layers: 80, hidden: 8192, heads: 64, kv_heads: 8, ffn: 28672, vocab: 128256, seq: 8192, gated_mlp: true },
  system: { accelerator: 'H100-80GB SXM', peak_tflops: 1979, note_peak: 'FP8 dense', gpus: 8 }, parallel: { tp: 8, input_len: 1024, output_len: 128, batch: 16 },
};

test('Every run of the example is answered', () => {
  const served = serveAll(JSON.parse(readFileSync(examplePath, 'utf8')));
  assert.deepEqual(served.map((one) => one.id), ['chat-70b', 'router-8b', 'agents', 'disaggregated-70b', 'pooled-70b', 'film']);
  for (const one of served) {
    assert.deepEqual([one.issues, one.refusal], [[], null], one.id);
    for (const [name, value] of Object.entries(one.predicted)) assert.ok(Number.isFinite(value) && value > 0, `${one.id} ${name} ${value}`);
  }
  const agents = served[2];
  assert.ok(agents?.pipeline);
  // Stages one after the other: means add up, and the tail is that of the fan-out.
  const [plan, work, judge] = agents.pipeline.stages;
  assert.ok(plan && work && judge && Math.abs(agents.pipeline.totalMs.mean - plan.ms.mean - work.ms.mean - judge.ms.mean) < 1e-6 * agents.pipeline.totalMs.mean);
  assert.ok(work.ms.p99 > 1.5 * work.ms.p50);
});

test('A closed loop has in the queue the throughput and the mean gap of the closed form', () => {
  const [one] = serveAll({ runs: [llama] });
  assert.ok(one?.load && one.serving);
  assert.ok(Math.abs(one.load.tokensPerS / one.serving.tokensPerS - 1) < 0.1, `${one.load.tokensPerS} and ${one.serving.tokensPerS}`);
  assert.ok(Math.abs(one.load.itlMs.mean / one.serving.itlMs - 1) < 0.1, `${one.load.itlMs.mean} and ${one.serving.itlMs}`);
  assert.ok(one.load.itlMs.p50 <= one.load.itlMs.p99 && one.load.ttftMs.p50 <= one.load.ttftMs.p99);
});

test('Loads that cannot be borne and models that do not fit are refused by their amount', () => {
  const [busy, large, lost] = serveAll([
    { ...llama, id: 'busy', serving: { request_rate: 1000 } },
    { ...llama, id: 'large', system: { ...llama.system, gpus: 1, note_peak: null, peak_tflops: 989 }, parallel: { ...llama.parallel, tp: 1 } },
    { ...llama, id: 'lost', serving: { request_rate: 1, prefill: { replicas: 4, tp: 4 }, decode: { replicas: 1, tp: 8 } } },
  ]);
  assert.equal(busy?.refusal?.code, 'service-overloaded');
  assert.equal(large?.refusal?.code, 'out-of-memory');
  assert.equal(lost?.refusal?.code, 'too-few-accelerators');
});

test('What a serving row cannot state is an issue with its place', () => {
  const stages = (list: readonly unknown[]): unknown => ({ ...llama, serving: { stages: list } });
  const served = serveAll([
    { ...llama, system: { ...llama.system, accelerator: 'abacus' } },
    { ...llama, parallel: { ...llama.parallel, tp: 7 } },
    { ...llama, parallel: { ...llama.parallel, tp: 16 } },
    { ...llama, parallel: { ...llama.parallel, ep: 8 } },
    { ...llama, parallel: { ...llama.parallel, pp: 2 } },
    { ...llama, serving: { prefill: { replicas: 1, tp: 3 } } },
    stages([{ name: 'a', after: ['b'] }, { name: 'b', after: ['a'] }]),
    stages([{ name: 'a', run: 'nobody' }]),
  ]);
  assert.deepEqual(served.map((one) => one.issues.map((issue) => `${issue.code} ${issue.path ?? ''}`)), [
    ['unknown-accelerator llama.system.accelerator'],
    ['heads-not-divisible llama.parallel.tp'],
    ['degrees-do-not-multiply llama.parallel.tp'],
    ['too-many-expert-ranks llama.parallel.ep'],
    ['pipelined-serving llama.parallel.pp'],
    ['half-a-service llama.serving.decode', 'missing-rate llama.serving.request_rate', 'heads-not-divisible llama.serving.prefill.tp'],
    ['cyclic-stages llama.serving.stages'],
    ['unknown-run llama.serving.stages[0].run'],
  ]);
});
