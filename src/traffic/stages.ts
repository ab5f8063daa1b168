/** How layers fall onto pipeline stages: the busiest stage sets the pace of the whole pipeline. */

import type { ModelSpec } from './model.ts';
import { denseLayers } from './model.ts';
import type { ParallelPlan } from './parallel-plan.ts';

export interface StageLoad {
  /** Layers of the fullest stage, dense and expert, as fractions of the model's mixture. */
  readonly denseLayers: number;
  readonly moeLayers: number;
  /** Empty layer slots; the last stage may give up so many layers to make room for the output head. */
  readonly spareSlots: number;
  /** Mean layers per stage. */
  readonly meanLayers: number;
}

/**
 * Chunks hold ceil(layers / (stages x interleave)) layers. Slots that this leaves empty lie on the last stage first,
 * because it also computes the output head (as Llama 3, arXiv 2407.21783 section 3.3.2, does).
 */
export function loadStages(model: ModelSpec, plan: ParallelPlan): StageLoad {
  const layers = model.layers + model.mtpLayers;
  const chunks = plan.pipeline * plan.interleave;
  const perChunk = Math.ceil(layers / chunks);
  const perStage = Math.min(layers, perChunk * plan.interleave);
  const spare = perStage * plan.pipeline - layers;
  const moeShare = model.moe === null ? 0 : (model.moe.moeLayers + model.mtpLayers) / (denseLayers(model) + model.moe.moeLayers + model.mtpLayers);
  return {
    denseLayers: perStage * (1 - moeShare),
    moeLayers: perStage * moeShare,
    spareSlots: spare,
    meanLayers: layers / plan.pipeline,
  };
}
