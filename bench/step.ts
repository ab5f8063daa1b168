/** Speed of one closed-form step prediction, cold of any cache: model, plan, accelerator and network in, seconds out. */

import { accelerators } from '../src/traffic/accelerators.ts';
import type { ModelSpec } from '../src/traffic/model.ts';
import { deepSeekV3, llama31x405b } from '../src/traffic/model-presets.ts';
import type { NetworkView } from '../src/traffic/network-view.ts';
import type { ParallelPlan } from '../src/traffic/parallel-plan.ts';
import { checkPlan, softwareStacks } from '../src/traffic/parallel-plan.ts';
import { predictStep } from '../src/traffic/step-time.ts';
import type { Bench } from './measure.ts';

const network: NetworkView = {
  scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 },
  scaleOut: { rateGbps: 400, latencyNs: 2500, podSize: 512, oversubscription: 1, coreLatencyNs: 4500 },
};
const h100 = accelerators.find((one) => one.id === 'h100');
const dense: ParallelPlan = {
  tensor: 8, sequenceParallel: true, pipeline: 8, schedule: '1f1b', interleave: 8, data: 8, zero: 1, shard: 8, expert: 1, context: 2,
  microbatch: 1, globalBatch: 1536, recompute: 'selective', precision: 'bf16', software: softwareStacks.megatronCore,
};
const experts: ParallelPlan = {
  ...dense, tensor: 2, pipeline: 16, schedule: 'dualPipe', interleave: 1, data: 32, shard: 32, expert: 64, context: 1, globalBatch: 7680, recompute: 'none', software: softwareStacks.dualPipe,
};

function stepBench(model: ModelSpec, plan: ParallelPlan): Bench['prepare'] {
  return () => {
    if (h100 === undefined || checkPlan(model, plan, 1024).length > 0) throw new Error('the plan of the bench is not legal');
    return () => {
      const step = predictStep(model, plan, h100, network);
      const parts = step.computeS + step.bubbleS + step.otherS + step.exposed.reduce((sum, one) => sum + one.seconds, 0);
      if (Math.abs(parts / step.stepS - 1) > 1e-9) throw new Error('the parts do not sum to the step');
      return step.stepS;
    };
  };
}

export const stepBenches: readonly Bench[] = [
  { name: 'closed-form step of Llama 405B on 1,024 H100', goalMs: 2, prepare: stepBench(llama31x405b, dense) },
  { name: 'closed-form step of DeepSeek-V3 on 1,024 H100', goalMs: 2, prepare: stepBench(deepSeekV3, experts) },
];
