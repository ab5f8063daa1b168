/** Benches of jobs: a step unrolled over its pipeline, a large mix drawn, and more than a thousand jobs streamed together. */

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { readCluster } from '../src/adapters/spec/read-spec.ts';
import { isRefusal } from '../src/base/refusal.ts';
import { compileFabric } from '../src/fabric/compile.ts';
import type { ClusterDesign } from '../src/fabric/design.ts';
import { createEvaluateMedium } from '../src/fabric/physics.ts';
import { createCatalogue } from '../src/optics/catalogue/catalogue.ts';
import { runMix } from '../src/study/job-mix.ts';
import { findAccelerator } from '../src/traffic/accelerators.ts';
import { defaultCalibration } from '../src/traffic/calibration.ts';
import { clusterMixes, drawMix, ratePerSFor } from '../src/traffic/job-mix.ts';
import { llama31x405b } from '../src/traffic/model-presets.ts';
import type { ParallelPlan } from '../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../src/traffic/parallel-plan.ts';
import { communicationPhases } from '../src/traffic/phases.ts';
import { computeParts, phaseDurations, predictStep } from '../src/traffic/step-time.ts';
import { jobTimeline } from '../src/traffic/timeline/job-timeline.ts';
import type { Bench } from './measure.ts';

const found = findAccelerator('h100');
assert.ok(found);
const h100 = found;
const network = {
  scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 },
  scaleOut: { rateGbps: 400, latencyNs: 3000, podSize: 1024, oversubscription: 1, coreLatencyNs: 4000 },
};
const plan: ParallelPlan = {
  tensor: 8, sequenceParallel: true, pipeline: 8, schedule: '1f1b', interleave: 8, data: 8, zero: 1, shard: 8, expert: 1, context: 2,
  microbatch: 1, globalBatch: 1536, recompute: 'none', precision: 'fp8', software: softwareStacks.megatronCore,
};

const timelineBench: Bench = {
  name: 'timeline of 24,576 slots, Llama 3.1 405B, 192 microbatches', goalMs: 1000,
  prepare() {
    const phases = communicationPhases(llama31x405b, plan, network, defaultCalibration);
    const step = {
      plan, phases, compute: computeParts(llama31x405b, plan, h100, { scaleUpSize: 8 }), durations: phaseDurations(phases, network, defaultCalibration), contention: defaultCalibration.network.contention,
    };
    const { stepS } = predictStep(llama31x405b, plan, h100, network);
    return () => {
      const timeline = jobTimeline(step);
      assert.ok(!isRefusal(timeline) && Math.abs(timeline.stepNs / 1e9 / stepS - 1) < 1e-9);
      return timeline.stepNs;
    };
  },
};

const philly = clusterMixes['philly'];
assert.ok(philly);
const mix = philly;

const drawBench: Bench = {
  name: 'mix of 100,000 jobs drawn', goalMs: 1000,
  prepare: () => () => drawMix({ mix, arrival: { kind: 'gamma', ratePerS: 1, variation: 3 }, jobs: 100_000, gpusMax: 1024, seed: 1 }).length,
};

/** The example cluster with eight pods instead of two. */
function wideDesign(): ClusterDesign {
  const spec = readCluster(fileURLToPath(new URL('../examples/cluster-1024.yaml', import.meta.url)));
  assert.ok(spec.ok && spec.value.design.family.kind === 'rail-optimised');
  const { design } = spec.value;
  assert.ok(design.family.kind === 'rail-optimised');
  return { ...design, gpus: 4096, family: { ...design.family, spines: 32 }, floor: { ...design.floor, rows: 12, racksPerRow: 20 } };
}

const streamBench: Bench = {
  name: 'more than 1,000 jobs streamed together on 4,096 accelerators', goalMs: null,
  prepare() {
    const design = wideDesign();
    const compiled = compileFabric(design, { evaluateMedium: createEvaluateMedium({ catalogue: createCatalogue(), view: 'worst-case', caseTemperatureC: design.caseTemperatureC }) });
    assert.ok(compiled.ok);
    const cluster = compiled.value;
    const jobs = drawMix({ mix, arrival: { kind: 'poisson', ratePerS: ratePerSFor(mix, { load: 1.2, gpus: 4096 }) }, jobs: 20_000, gpusMax: 4096, seed: 1 });
    return () => {
      const run = runMix(cluster, { jobs, accelerator: h100, moments: 1, windowS: 10, seed: 1 });
      assert.ok(!isRefusal(run) && run.jobsSeen > 1000, isRefusal(run) ? run.reasons.join(' ') : `${run.jobsSeen} jobs`);
      return run.jobsSeen;
    };
  },
};

export const jobBenches: readonly Bench[] = [timelineBench, drawBench, streamBench];
