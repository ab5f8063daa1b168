/** A job's timeline on the example cluster is the step that `simulate` predicts, and skew is visible and agrees with the engine. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCluster, readWorkload } from '../../src/adapters/spec/read-spec.ts';
import { planOn } from '../../src/adapters/spec/workload.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import type { CompiledCluster } from '../../src/fabric/compiled.ts';
import { compileWithPhysics } from '../../src/fabric/physics.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import { runSkew } from '../../src/study/skew.ts';
import { runTimeline } from '../../src/study/timeline.ts';
import { phasesResult } from '../../src/study/timeline-result.ts';
import type { TrainingJob } from '../../src/study/training-run.ts';
import { runTraining } from '../../src/study/training-run.ts';
import { zipfShares } from '../../src/traffic/expert-load.ts';

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

function jobOn(workloadFile: string): { readonly cluster: CompiledCluster; readonly job: TrainingJob } {
  const cluster = readCluster(example('cluster-1024.yaml'));
  const workload = readWorkload(example(workloadFile));
  assert.ok(cluster.ok && workload.ok);
  const plan = planOn(workload.value, cluster.value.design.gpus);
  const compiled = compileWithPhysics(cluster.value.design, createCatalogue());
  assert.ok(plan.ok && compiled.ok);
  return { cluster: compiled.value, job: { model: workload.value.model, plan: plan.value, accelerator: cluster.value.accelerator } };
}

const dense = jobOn('workload-llama-405b.yaml');
const experts = jobOn('workload-deepseek-v3.yaml');

for (const [name, { cluster, job }] of [['dense', dense], ['experts', experts]] as const) {
  test(`The timeline is as long as the simulated step: ${name}`, () => {
    const run = runTimeline(cluster, { job, timing: 'engine', skew: null });
    const training = runTraining(cluster, job);
    assert.ok(!isRefusal(run) && !isRefusal(training));
    const { stepS } = training.prediction;
    assert.ok(Math.abs(run.timeline.stepNs / 1e9 - stepS) <= 1e-9 * stepS);
    const result = phasesResult(run, { cluster: 'c', workload: 'w', timing: 'engine', plan: job.plan });
    assert.equal(result.stages.length, job.plan.pipeline);
    for (const [at, phase] of result.phases.entries()) {
      assert.ok(Math.abs(phase.exposedS - (training.phases[at]?.exposedS ?? NaN)) <= 1e-9 * stepS, phase.name);
      assert.equal(phase.group.firstRanks[0], 0);
    }
  });
}

test('Even shares cost nothing and skewed ones more, most of it in the hottest rank\'s compute', () => {
  const { cluster, job } = experts;
  const even = runSkew(cluster, job, { kind: 'trace', shares: [zipfShares(256, 0)] });
  const skewed = runSkew(cluster, job, { kind: 'zipf', exponent: 0.6, drift: 0.02, steps: 5, seed: 1 });
  assert.ok(!isRefusal(even) && !isRefusal(skewed));
  assert.ok(Math.abs(even.meanStepS - even.evenStepS) < 1e-9 * even.evenStepS);
  assert.ok(skewed.meanStepS > skewed.computeOnlyStepS * 0.999 && skewed.computeOnlyStepS > skewed.exchangeOnlyStepS && skewed.exchangeOnlyStepS > skewed.evenStepS);
  // The hottest of 64 ranks holds the most popular of 256 experts: its share alone is 1 / H(256, 0.6), 64 times that the imbalance at least.
  const harmonic = Array.from({ length: 256 }, (_, at) => (at + 1) ** -0.6).reduce((sum, one) => sum + one, 0);
  for (const step of skewed.steps) assert.ok(step.rankImbalance > 64 / harmonic);
});

test('The skewed exchange takes as long on the flow engine as in closed form, where rails do not contend', () => {
  const run = runSkew(experts.cluster, experts.job, { kind: 'zipf', exponent: 0.8, drift: 0, steps: 1, seed: 4 });
  assert.ok(!isRefusal(run));
  assert.ok(Math.abs(run.engine.streamingNs / run.engine.closedFormNs - 1) < 0.02, `${run.engine.streamingNs} ns, closed form ${run.engine.closedFormNs} ns`);
});

test('A job without experts cannot be skewed', () => {
  const run = runTimeline(dense.cluster, { job: dense.job, timing: 'closedForm', skew: { kind: 'zipf', exponent: 1, drift: 0, steps: 1, seed: 1 } });
  assert.ok(isRefusal(run) && run.code === 'no-expert-exchange');
});
