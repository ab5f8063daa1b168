/** How many parameters one accelerator holds under a plan. */

import type { ModelSpec } from './model.ts';
import { countParameters, denseLayers } from './model.ts';
import type { ParallelPlan } from './parallel-plan.ts';

export interface LocalParameters {
  /** Replicated over data and context ranks: attention, dense feed-forward, shared experts, embedding. */
  readonly dense: number;
  /** Routed experts, replicated over the ranks of a stage outside the expert group. */
  readonly experts: number;
}

/** Parameters of the fullest rank: its share of the layers plus one embedding or head shard. */
export function localParameters(model: ModelSpec, plan: ParallelPlan): LocalParameters {
  const count = countParameters(model);
  const moe = model.moe;
  const routedPerLayer = moe === null ? 0 : (model.gated ? 3 : 2) * model.hidden * moe.expertFfn * moe.experts;
  const moeLayers = moe === null ? 0 : moe.moeLayers + model.mtpLayers;
  const denseTotal = (model.layers + model.mtpLayers) * count.attentionPerLayer + denseLayers(model) * count.denseFfnPerLayer + moeLayers * (count.moeFfnPerLayer - routedPerLayer);
  return {
    dense: (denseTotal / plan.pipeline + count.embedding) / plan.tensor,
    experts: (moeLayers * routedPerLayer) / plan.pipeline / plan.expert,
  };
}
