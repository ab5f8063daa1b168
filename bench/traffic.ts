/** Benches of the traffic room: one closed-form step, a wide search over plans, an optimal collective bound. */

import assert from 'node:assert/strict';
import { findAccelerator } from '../src/traffic/accelerators.ts';
import { optimalAllGather, twoLevelNetwork } from '../src/traffic/collectives/optimal-gather.ts';
import { deepSeekV3, llama31x405b } from '../src/traffic/model-presets.ts';
import type { NetworkView } from '../src/traffic/network-view.ts';
import type { ParallelPlan } from '../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../src/traffic/parallel-plan.ts';
import { paretoPlans } from '../src/traffic/plan-pareto.ts';
import { predictStep } from '../src/traffic/step-time.ts';
import type { Bench } from './measure.ts';

const found = findAccelerator('h100');
assert.ok(found);
const h100 = found;
const network: NetworkView = {
  scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 },
  scaleOut: { rateGbps: 400, latencyNs: 3000, podSize: 1024, oversubscription: 1, coreLatencyNs: 4000 },
};
const plan: ParallelPlan = {
  tensor: 8, sequenceParallel: true, pipeline: 8, schedule: '1f1b', interleave: 8, data: 64, zero: 1, shard: 64, expert: 1, context: 2,
  microbatch: 1, globalBatch: 1536, recompute: 'none', precision: 'fp8', software: softwareStacks.megatronCore,
};

const stepBench: Bench = {
  name: 'closed-form step, Llama 3.1 405B on 8,192 accelerators', goalMs: 2,
  prepare() {
    // MLPerf Training v5.0 measured 5.18 s for this split.
    const { stepS } = predictStep(llama31x405b, plan, h100, network);
    assert.ok(Math.abs(stepS / 5.18 - 1) < 0.05);
    return () => predictStep(llama31x405b, plan, h100, network).stepS;
  },
};

const searchBench: Bench = {
  name: 'Pareto search over 10,000 plans, DeepSeek-V3 on 2,048 accelerators', goalMs: 20_000,
  prepare() {
    const question = {
      gpus: 2048, globalBatch: 8192, precision: 'fp8', software: softwareStacks.megatronCore, context: [1, 2], zero: [1, 2], pipeline: [1, 2, 4, 8, 16, 32],
    } as const;
    const search = (): number => {
      const { front, considered } = paretoPlans(deepSeekV3, h100, network, question);
      assert.ok(considered >= 10_000 && front.length > 1, `${considered} considered, ${front.length} on the front`);
      return front[0]?.stepS ?? NaN;
    };
    search();
    return search;
  },
};

const boundBench: Bench = {
  name: 'optimal all-gather by min cuts, 64 accelerators on two levels', goalMs: null,
  prepare() {
    const gather = twoLevelNetwork({ ranks: 64, domainSize: 8, innerGbps: 2400, outerGbps: 200 });
    // Seven eighths of the output enter a node through eight ports of 200 Gb/s.
    assert.ok(Math.abs(optimalAllGather(gather).algorithmGbps / ((8 * 200) / (7 / 8)) - 1) < 1e-9);
    return () => optimalAllGather(gather).algorithmGbps;
  },
};

export const trafficBenches: readonly Bench[] = [stepBench, searchBench, boundBench];
