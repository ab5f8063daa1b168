/** What one job of a mix puts on the network: its collectives by class and its traffic beside the steps, from typical models by size. */

import { isRefusal } from '../base/refusal.ts';
import type { Accelerator } from './accelerators.ts';
import type { PacedDemand } from './background-demand.ts';
import { checkpointDemand, datasetDemand, weightLoadDemand } from './background-demand.ts';
import { defaultCalibration } from './calibration.ts';
import { acceleratorMtbfH, checkpointState, hostCopyGbps, planCheckpoints, restartS, storageRateGbps } from './checkpoint.ts';
import { chooseParallelPlan } from './choose-plan.ts';
import type { JobKind } from './job-mix.ts';
import type { ModelSpec } from './model.ts';
import { countParameters } from './model.ts';
import { deepSeekV3, llama31x405b, mixtral8x22b } from './model-presets.ts';
import type { NetworkView } from './network-view.ts';
import type { ParallelPlan } from './parallel-plan.ts';
import { softwareStacks } from './parallel-plan.ts';
import type { CommunicationPhase } from './phases.ts';
import { cacheBytesPerToken } from './inference.ts';
import { communicationPhases } from './phases.ts';

export interface JobTraffic {
  readonly model: string;
  /** Length of a step, and its collectives; empty for jobs that do not train. */
  readonly stepS: number;
  readonly microbatches: number;
  readonly phases: readonly CommunicationPhase[];
  readonly demands: readonly PacedDemand[];
}

const llamaShape = (name: string, layers: number, hidden: number, heads: number, ffn: number): ModelSpec => ({
  ...llama31x405b, name, layers, hidden, attention: { kind: 'gqa', heads, kvHeads: 8, headDim: 128, windowTokens: null }, ffn, source: 'The Llama 3 Herd of Models (Meta, arXiv 2407.21783), Table 3',
});
const llama8b = llamaShape('Llama-3.1-8B-like', 32, 4096, 32, 14_336);
const llama70b = llamaShape('Llama-3.1-70B-like', 80, 8192, 64, 28_672);

/** Typical models by kind and size; which size trains what is an estimate. */
export function modelOf(kind: JobKind, gpus: number): ModelSpec {
  if (kind === 'pretrainExperts') return gpus >= 256 ? deepSeekV3 : mixtral8x22b;
  return gpus >= 512 ? llama31x405b : gpus >= 32 ? llama70b : llama8b;
}

/** Sequences per accelerator and step, tokens a prefill accelerator reads per second, and time to load weights: estimates. */
const sequencesPerGpu = 2;
const prefillTokensPerS = 8000;
const loadDeadlineS = 60;
const loadReplicaGpus = 8;

function choosePlan(model: ModelSpec, accelerator: Accelerator, network: NetworkView, gpus: number): { readonly plan: ParallelPlan; readonly stepS: number } | null {
  const chosen = chooseParallelPlan(model, accelerator, network, {
    gpus, globalBatch: sequencesPerGpu * Math.max(gpus, 64), precision: 'bf16', software: softwareStacks.megatronCore, microbatch: [1], interleave: [1], zero: [1],
    recompute: ['selective', 'full'], tensor: [1, 2, 4, 8].filter((degree) => degree <= gpus), memory: 'preferred',
  });
  return isRefusal(chosen) ? null : { plan: chosen.plan, stepS: chosen.prediction.stepS };
}

function trainingTraffic(kind: JobKind, gpus: number, accelerator: Accelerator, network: NetworkView): JobTraffic | null {
  const model = modelOf(kind, gpus);
  const chosen = choosePlan(model, accelerator, network, gpus);
  if (chosen === null) return null;
  const { plan, stepS } = chosen;
  const state = checkpointState(model, plan);
  const checkpoints = planCheckpoints({
    state, mtbfS: (acceleratorMtbfH.value / gpus) * 3600, restartS: restartS.value, storageGbps: storageRateGbps.value, writerGbps: network.scaleOut.rateGbps, hostCopyGbps: hostCopyGbps.value, intervalS: null,
  });
  return {
    model: model.name, stepS, microbatches: plan.globalBatch / (plan.data * plan.microbatch), phases: communicationPhases(model, plan, network, defaultCalibration),
    demands: [checkpointDemand(state, checkpoints), datasetDemand({ tokensPerStep: plan.globalBatch * model.seq, bytesPerToken: 4, stepS, readers: gpus })],
  };
}

/** Half of a serving job reads prompts and sends keys and values of each token to the other half (disaggregated prefill). */
function servingDemands(model: ModelSpec, gpus: number): readonly PacedDemand[] {
  const bitsPerToken = 8 * cacheBytesPerToken(model, 'bf16');
  const senders = Math.floor(gpus / 2);
  return senders === 0 ? [] : [{ name: 'keys and values', trafficClass: 'inferenceFanout', bits: prefillTokensPerS * senders * bitsPerToken, senders, periodS: 1, deadlineS: 1 }];
}

/** Traffic of a job, or null when no plan of its model is legal at its size. */
export function jobTraffic(kind: JobKind, gpus: number, accelerator: Accelerator, network: NetworkView): JobTraffic | null {
  if (kind === 'pretrain' || kind === 'pretrainExperts' || kind === 'finetune') return trainingTraffic(kind, gpus, accelerator, network);
  const model = modelOf(kind, gpus);
  const load = weightLoadDemand({ parameters: countParameters(model).total, bytesPerParameter: 2, replicas: Math.ceil(gpus / loadReplicaGpus), senders: gpus, deadlineS: loadDeadlineS });
  return { model: model.name, stepS: Infinity, microbatches: 0, phases: [], demands: [load, ...(kind === 'serve' ? servingDemands(model, gpus) : [])] };
}
