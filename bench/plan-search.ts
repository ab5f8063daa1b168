/** Speed of the plan search: at least 10,000 legal parallelism plans of one model on one cluster, to the set that no other beats. */

import { accelerators } from '../src/traffic/accelerators.ts';
import type { ModelSpec } from '../src/traffic/model.ts';
import { deepSeekV3, llama31x405b } from '../src/traffic/model-presets.ts';
import type { NetworkView } from '../src/traffic/network-view.ts';
import { softwareStacks } from '../src/traffic/parallel-plan.ts';
import { searchPlans } from '../src/traffic/plan-search.ts';
import { predictStep } from '../src/traffic/step-time.ts';
import type { Bench } from './measure.ts';

const network: NetworkView = {
  scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 },
  scaleOut: { rateGbps: 400, latencyNs: 2500, podSize: 512, oversubscription: 1, coreLatencyNs: 4500 },
};
const h100 = accelerators.find((one) => one.id === 'h100');

function searchBench(model: ModelSpec, globalBatch: number): Bench['prepare'] {
  return () => {
    if (h100 === undefined) throw new Error('no H100');
    const run = (): number => {
      const found = searchPlans({ model, accelerator: h100, network, space: { gpus: 1024, globalBatch, precision: 'bf16', software: softwareStacks.megatronCore } });
      if (found.legal < 10_000 || !found.complete) throw new Error(`${found.legal} legal plans`);
      const [best] = found.pareto;
      if (best === undefined || best.stepS !== predictStep(model, best.plan, h100, network).stepS) throw new Error('the fastest plan is not what the step model says');
      return best.stepS;
    };
    run();
    return run;
  };
}

export const planSearchBenches: readonly Bench[] = [
  { name: 'plan search, Llama 405B on 1,024 H100 (32,802 legal plans)', goalMs: 20_000, prepare: searchBench(llama31x405b, 1536) },
  { name: 'plan search, DeepSeek-V3 on 1,024 H100 (292,104 legal plans)', goalMs: 20_000, prepare: searchBench(deepSeekV3, 7680) },
];
