/** Run files of every kind: torn, wrong and odd ones give issues with a place; well-formed ones give finite answers, a refusal or issues. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRuns } from '../../src/adapters/run-file.ts';
import { serveRow } from '../../src/study/serve-rows.ts';
import { isServingRun } from '../../src/traffic/serve-run.ts';
import { predictRun } from '../../src/traffic/run-outcome.ts';
import type { RunRow } from '../../src/traffic/run-row.ts';

const seed = { seed: 5_2026 };

/** Every number of a value, however deep, with its path. */
function* numbersIn(value: unknown, path = ''): Generator<readonly [string, number]> {
  if (typeof value === 'number') yield [path, value];
  else if (ArrayBuffer.isView(value)) return;
  else if (typeof value === 'object' && value !== null) for (const [key, item] of Object.entries(value)) yield* numbersIn(item, `${path}.${key}`);
}

function checkAnswers(rows: readonly RunRow[]): void {
  for (const row of rows) {
    if (isServingRun(row)) {
      const served = serveRow(row, rows, null);
      for (const [path, number] of numbersIn([served.predicted, served.serving])) assert.ok(Number.isFinite(number), `${path} is ${number} of ${JSON.stringify(row)}`);
      assert.ok(Object.keys(served.predicted).length > 0 || served.issues.length > 0 || served.refusal !== null, JSON.stringify(row));
      // A stage that another run answers may have its fault there.
      for (const issue of served.issues) assert.ok(rows.some((one) => issue.path?.startsWith(one.id) === true) && issue.remedy !== '', JSON.stringify(issue));
      continue;
    }
    const { prediction, issues, refusal } = predictRun(row);
    if (prediction === null) assert.ok(issues.length > 0 || refusal !== null, JSON.stringify(row));
    else for (const [path, number] of numbersIn(prediction)) assert.ok(!Number.isNaN(number), `${path} of ${JSON.stringify(row)}`);
    if (prediction !== null) assert.ok(Number.isFinite(prediction.stepS) && prediction.stepS > 0, JSON.stringify(row));
    for (const issue of issues) assert.ok(issue.path?.startsWith(row.id) === true && issue.remedy !== '', JSON.stringify(issue));
  }
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null, freq: 3 });
const degree = fc.constantFrom(1, 2, 3, 4, 8, 16, 64, 1000);
const size = fc.constantFrom(1, 64, 1000, 4096, 12288, 1_000_000);
const replicas = fc.record({ replicas: fc.constantFrom(1, 2, 4), tp: degree, ep: maybe(degree) });

const row = fc.record({
  id: fc.constantFrom('a', 'b', 'row 3'),
  model: fc.record({
    layers: maybe(degree), hidden: maybe(size), heads: maybe(degree), kv_heads: maybe(degree), ffn: maybe(size), vocab: maybe(size), seq: maybe(size), params_b: maybe(fc.constantFrom(0.001, 7, 1e6)),
    gated_mlp: maybe(fc.boolean()), sliding_window: maybe(fc.boolean()),
    moe: maybe(fc.record({ routed_experts: maybe(degree), shared_experts: maybe(fc.constantFrom(0, 1)),
      top_k: maybe(degree), expert_ffn: maybe(size), dense_first_layers: maybe(fc.constantFrom(0, 3, 99)), attention: maybe(fc.constant('MLA')) })),
  }),
  system: fc.record({
    accelerator: fc.constantFrom('H100-80GB SXM', 'A100', 'GB300', 'TPU v5p', 'abacus', ''), gpus: fc.constantFrom(1, 8, 64, 999, 100_000), scaleup_size: maybe(degree),
      scaleup_GBps: maybe(fc.constantFrom(1e-9, 450, 1e12)),
    scaleout_Gbps_per_gpu: maybe(fc.constantFrom(1e-9, 400, 1e12)), hbm_gb: maybe(fc.constantFrom(0.001, 80, 1e6)),
  }),
  parallel: fc.record({
    tp: maybe(degree), pp: maybe(degree), dp: maybe(degree), cp: maybe(degree), ep: maybe(degree), fsdp: maybe(degree), interleave: maybe(fc.constantFrom('>1', 1, 2, 7)), microbatch: maybe(degree),
    global_batch: maybe(fc.constantFrom(1, 8, 4096, 1_000_000)), recompute: maybe(fc.constantFrom('full', 'none', 'odd')), zero: maybe(fc.constantFrom(0, 1, 2, 3)),
    batch: maybe(fc.constantFrom(1, 16, 500)), input_len: maybe(fc.constantFrom(1, 128, 100_000)), output_len: maybe(fc.constantFrom(1, 16, 300)), role: maybe(fc.constantFrom('prefill', 'decode', 'cook')),
  }),
  serving: maybe(fc.record({
    request_rate: maybe(fc.constantFrom(1e-6, 1, 1e6)), lengths: maybe(fc.constantFrom('fixed', 'geometric')), prefill: maybe(replicas), decode: maybe(replicas),
    pooled: maybe(fc.record({ cache_share: fc.constantFrom(0, 0.5, 1), Gbps: fc.constantFrom(1e-6, 800), latency_ns: fc.constantFrom(0, 1e6), outstanding_bytes: fc.constantFrom(1, 1e6) })),
    stages: maybe(fc.array(fc.record({ name: fc.constantFrom('x', 'y', 'z'), run: maybe(fc.constantFrom('a', 'nobody')),
      after: maybe(fc.array(fc.constantFrom('x', 'y', 'q'), { maxLength: 2 })), calls: maybe(fc.constantFrom(1, 5)) }), { minLength: 1, maxLength: 3 })),
    stream: maybe(fc.record({ width: size, height: size, frames_per_s: fc.constantFrom(0.1, 24),
      bits_per_pixel: fc.constantFrom(1e-6, 24), clip_s: fc.constantFrom(1e-3, 5), film_s: maybe(fc.constantFrom(1, 7200)), denoising_steps: degree })),
  })),
  measured: maybe(fc.record({ step_s: maybe(fc.constantFrom(1e-9, 1, 1e9)), tokens_s: maybe(fc.constant(1)) })),
});

test('Text of any kind gives rows or issues with a place', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.jsonValue().map((value) => JSON.stringify({ runs: [value] }))), (text) => {
    const rows = parseRuns(text, 'runs.json');
    if (rows.ok) checkAnswers(rows.value);
    else for (const issue of rows.issues) assert.ok(issue.file === 'runs.json' && issue.code !== '' && issue.remedy !== '');
  }), { ...seed, numRuns: 500 });
});

test('A torn file names the fault', () => {
  const whole = JSON.stringify(fc.sample(row, { ...seed, numRuns: 3 }));
  for (let length = 0; length < whole.length; length += 7) {
    const rows = parseRuns(whole.slice(0, length), 'torn.json');
    assert.ok(!rows.ok && rows.issues.length > 0, String(length));
  }
});

test('A well-formed run of any shape is answered with numbers, a refusal or issues, never by a crash', () => {
  fc.assert(fc.property(fc.array(row, { minLength: 1, maxLength: 2 }), (raws) => {
    const rows = parseRuns(JSON.stringify(raws), 'runs.json');
    if (rows.ok) checkAnswers(rows.value);
    else for (const issue of rows.issues) assert.match(issue.path ?? '', /^\[\d+\]/);
  }), { ...seed, numRuns: 2000 });
});

test('One wrong field among right ones is named by its path and value', () => {
  const good = fc.sample(row, { ...seed, numRuns: 1 })[0];
  assert.ok(good);
  const issuesOf = (document: unknown): readonly string[] => {
    const rows = parseRuns(JSON.stringify(document), 'runs.json');
    return rows.ok ? [] : rows.issues.map((issue) => `${issue.path ?? ''} ${issue.value ?? ''}`);
  };
  assert.deepEqual(issuesOf([good, { ...good, system: { ...good.system, gpus: -3 } }]), ['[1].system.gpus -3']);
  assert.deepEqual(issuesOf({ runs: [{ ...good, parallel: { ...good.parallel, tp: 'eight' } }] }), ['runs[0].parallel.tp "eight"']);
  assert.deepEqual(issuesOf({ ...good, serving: { pooled: { cache_share: 2, Gbps: 1, latency_ns: 0, outstanding_bytes: 1 } } }), ['[0].serving.pooled.cache_share 2']);
});

test('The issues of a run are in words of the run format, with a remedy for each', () => {
  const bad = { id: 7, model: { layers: 0, gated_mlp: 'yes' }, system: { accelerator: '' }, parallel: { zero: 9, interleave: true }, serving: { lengths: 'odd', stages: [{ name: 'x', calls: 2000 }], request_rate: 0 } };
  const rows = parseRuns(JSON.stringify([bad]), 'runs.json');
  const lines = rows.ok ? [] : rows.issues.map(({ path, code, message, remedy }) => `${path ?? ''} ${code}: ${message}. ${remedy}`);
  assert.deepEqual(lines.toSorted(), [
    '[0].id wrong-type: This value is of the wrong kind. Write a text in quotes',
    '[0].model.gated_mlp wrong-type: This value is of the wrong kind. Write true or false',
    '[0].model.layers out-of-range: This number is too small. Write a number of at least 1, or remove the field if it may stay open',
    '[0].parallel.interleave wrong-type: This value is of the wrong kind. Write a number or a text in quotes',
    '[0].parallel.zero unknown-choice: This is not one of the choices. Write one of 0, 1, 2, 3',
    '[0].serving.lengths unknown-choice: This is not one of the choices. Write one of fixed, geometric',
    '[0].serving.request_rate out-of-range: This number is too small. Write a number above 0, or remove the field if it may stay open',
    '[0].serving.stages[0].calls out-of-range: This number is too large. Write a number of at most 1000, or remove the field if it may stay open',
    '[0].system.accelerator out-of-range: This text is empty. Write a text in quotes',
    '[0].system.gpus missing-field: This field is required. Write a number',
  ]);
});

test('A list without runs is an issue, not silence', () => {
  for (const text of ['[]', '{"runs": []}']) {
    const rows = parseRuns(text, 'runs.json');
    assert.deepEqual(rows.ok ? [] : rows.issues.map(({ code, file, value }) => [code, file, value]), [['empty-list', 'runs.json', text]]);
  }
});
