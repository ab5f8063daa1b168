/** The collectives of one training step: class, operation, who talks to whom, how much, how often, and what can hide it. */

import type { Calibration } from './calibration.ts';
import type { TrafficClassName } from './classes.ts';
import type { CollectiveOp } from './collectives/operation.ts';
import type { ModelSpec } from './model.ts';
import type { NetworkView, RankGroup } from './network-view.ts';
import { placeGroup } from './network-view.ts';
import type { ParallelPlan } from './parallel-plan.ts';
import { microbatchesPerStep, planGpus } from './parallel-plan.ts';
import { localParameters } from './shard-size.ts';
import { loadStages } from './stages.ts';

/** Compute under which a phase can hide: all of a microbatch, or only the pass next to the step's edge. */
export type HidingWindow = 'none' | 'microbatch' | 'lastBackward' | 'firstForward';

export interface CommunicationPhase {
  readonly name: string;
  readonly trafficClass: TrafficClassName;
  readonly op: CollectiveOp;
  readonly group: RankGroup;
  /** Groups that run this phase at the same time, all alike. */
  readonly groups: number;
  /** Size as `collectives/operation.ts` defines it. */
  readonly bits: number;
  /** All-to-all only: bits one rank sends out of its scale-up domain; null for a uniform exchange. */
  readonly crossDomainBits: number | null;
  /** Executions on the busiest stage: per microbatch, and once per step on top. */
  readonly perMicrobatch: number;
  readonly perStep: number;
  readonly window: HidingWindow;
  /** Largest share of the phase's own time that can hide. */
  readonly hiddenShare: number;
  /** Share of the per-microbatch executions that belong to the forward pass, half of them when absent; the rest is backward. */
  readonly forwardShare?: number;
}

/**
 * Ranks are numbered tensor first, then context, data and pipeline last, so that the chattiest groups stay closest
 * (Megatron-LM's order); expert groups are consecutive ranks of one stage.
 */
export function planGroups(plan: ParallelPlan): Readonly<Record<'tensor' | 'context' | 'data' | 'shard' | 'expert' | 'expertData' | 'pipeline', RankGroup>> {
  const stage = plan.tensor * plan.context * plan.data;
  return {
    tensor: { size: plan.tensor, stride: 1 },
    context: { size: plan.context, stride: plan.tensor },
    data: { size: plan.context * plan.data, stride: plan.tensor },
    shard: { size: plan.context * plan.shard, stride: plan.tensor },
    expert: { size: plan.expert, stride: 1 },
    expertData: { size: stage / plan.expert, stride: plan.expert },
    pipeline: { size: plan.pipeline, stride: stage },
  };
}

interface Draft extends Omit<CommunicationPhase, 'groups' | 'crossDomainBits' | 'perMicrobatch' | 'perStep' | 'window' | 'hiddenShare'> {
  readonly crossDomainBits?: number;
  readonly perMicrobatch?: number;
  readonly perStep?: number;
  readonly window?: HidingWindow;
  readonly hiddenShare?: number;
}

const finish = (plan: ParallelPlan, draft: Draft): CommunicationPhase => ({
  crossDomainBits: null, perMicrobatch: 0, perStep: 0, window: 'none', hiddenShare: 0, ...draft,
  groups: Math.max(1, planGpus(plan) / draft.group.size),
});

/** Bits of one microbatch's activations at a layer boundary, the whole hidden width. */
const boundaryBits = (model: ModelSpec, plan: ParallelPlan): number => ((plan.microbatch * model.seq) / plan.context) * model.hidden * 16;

function tensorPhases(model: ModelSpec, plan: ParallelPlan, calibration: Calibration): readonly Draft[] {
  if (plan.tensor === 1) return [];
  const load = loadStages(model, plan);
  const layers = load.denseLayers + load.moeLayers;
  // Forward and backward each reduce once after attention and once after the feed-forward part; full recompute repeats
  // the forward pair. With sequence parallelism a reduce-scatter and an all-gather carry the same bytes as one all-reduce.
  const perLayer = (model.parallelBlock ? 1 : 2) * (plan.recompute === 'full' ? 3 : 2);
  const common = {
    trafficClass: 'allReduce' as const, group: planGroups(plan).tensor, bits: boundaryBits(model, plan), perMicrobatch: layers * perLayer,
    window: 'microbatch' as const, hiddenShare: plan.software.overlapTensor && plan.sequenceParallel ? calibration.network.tensorHidden : 0,
    forwardShare: plan.recompute === 'full' ? 1 / 3 : 1 / 2,
  };
  if (!plan.sequenceParallel) return [{ name: 'tensor all-reduce', op: 'allReduce', ...common }];
  return [{ name: 'tensor all-gather', op: 'allGather', ...common }, { name: 'tensor reduce-scatter', op: 'reduceScatter', ...common }];
}

function contextPhases(model: ModelSpec, plan: ParallelPlan, calibration: Calibration): readonly Draft[] {
  if (plan.context === 1) return [];
  const { attention } = model;
  const load = loadStages(model, plan);
  const kvWidth = attention.kind === 'gqa' ? 2 * attention.kvHeads * attention.headDim : 2 * attention.heads * attention.valueDim;
  const passes = plan.recompute === 'full' ? 4 : 3;
  return [{
    name: 'context key-value exchange', trafficClass: 'allReduce', op: 'allGather', group: planGroups(plan).context,
    bits: (plan.microbatch * model.seq * kvWidth * 16) / plan.tensor, perMicrobatch: (load.denseLayers + load.moeLayers) * passes,
    window: 'microbatch', hiddenShare: calibration.network.contextHidden, forwardShare: 1 / passes,
  }];
}

/**
 * Copies of a token that leave its domain. Routing that limits the domains of a token sends one copy to each and forwards
 * it there (DeepEP); of its top-k experts, D (1 - (1 - 1/D)^k) distinct domains are expected. Without a limit the plain
 * all-to-all sends one copy per expert.
 */
function remoteCopies(domains: number, topK: number, limit: number | null): number {
  const copies = limit === null ? topK : Math.min(domains * (1 - (1 - 1 / domains) ** topK), limit);
  return (copies * (domains - 1)) / domains;
}

function expertPhases(model: ModelSpec, plan: ParallelPlan, network: NetworkView, calibration: Calibration): readonly Draft[] {
  const { moe } = model;
  if (moe === null || plan.expert === 1) return [];
  const group = planGroups(plan).expert;
  const place = placeGroup(group, network);
  const tokens = (plan.microbatch * model.seq) / plan.context / plan.tensor;
  const layers = loadStages(model, plan).moeLayers;
  const remote = remoteCopies(place.domains, moe.topK, moe.nodesPerTokenMax);
  const passes = plan.recompute === 'full' ? 3 : 2;
  const draft = (name: string, bytes: number): Draft => ({
    name, trafficClass: 'allToAll', op: 'allToAll', group, bits: tokens * moe.topK * model.hidden * bytes * 8,
    crossDomainBits: tokens * remote * model.hidden * bytes * 8, perMicrobatch: layers * passes,
    window: 'microbatch', hiddenShare: plan.software.overlapExpert ? calibration.network.expertHidden : calibration.network.expertPartlyHidden, forwardShare: 1 / passes,
  });
  return [draft('expert dispatch', plan.precision === 'bf16' ? 2 : 1), draft('expert combine', 2)];
}

function pipelinePhases(model: ModelSpec, plan: ParallelPlan, calibration: Calibration): readonly Draft[] {
  if (plan.pipeline === 1) return [];
  // Ranks of a tensor group each send their slice (Narayanan et al., SC'21, section 4.1).
  return [{
    name: 'pipeline activations', trafficClass: 'allReduce', op: 'pointToPoint', group: planGroups(plan).pipeline,
    bits: boundaryBits(model, plan) / plan.tensor, perMicrobatch: 2 * plan.interleave,
    window: 'microbatch', hiddenShare: plan.software.overlapPipeline ? calibration.network.pipelineHidden : 0,
  }];
}

/** Gradient and parameter traffic of one replicated part of the weights. */
function replicaPhases(plan: ParallelPlan, part: { readonly label: string; readonly parameters: number; readonly group: RankGroup; readonly collectives: number }): readonly Draft[] {
  const { label, parameters, group, collectives } = part;
  if (group.size <= 1 || parameters === 0) return [];
  const wire = plan.precision === 'bf16' ? plan.software.gradientBytes : 2;
  const gradientBits = (parameters * 8 * wire) / collectives;
  const weightBits = (parameters * 16) / collectives;
  const share = plan.software.overlapData ? 1 - 1 / Math.max(2, collectives) : 0;
  const hide = (window: HidingWindow): { readonly window: HidingWindow; readonly hiddenShare: number } => ({ window: share > 0 ? window : 'none', hiddenShare: share });
  const gradients = `${label}gradients`;
  if (plan.zero === 0) return [{ name: gradients, trafficClass: 'allReduce', op: 'allReduce', group, bits: gradientBits, perStep: collectives, ...hide('lastBackward') }];
  const sync = `${label}parameters`;
  const everyMicrobatch: Draft = { name: gradients, trafficClass: 'allReduce', op: 'reduceScatter', group, bits: gradientBits, perMicrobatch: collectives, forwardShare: 0, ...hide('microbatch') };
  if (plan.zero < 3 || plan.pipeline > 1) {
    // Gradients kept sharded (ZeRO-2; Rajbhandari et al. 2020, section 5.2) leave with each microbatch. In a pipeline they are kept
    // whole and leave once, and so do those of a lone microbatch.
    const once = plan.zero < 2 || plan.pipeline > 1 || microbatchesPerStep(plan) === 1;
    return [
      once ? { name: gradients, trafficClass: 'allReduce', op: 'reduceScatter', group, bits: gradientBits, perStep: collectives, ...hide('lastBackward') } : everyMicrobatch,
      { name: sync, trafficClass: 'parameterSync', op: 'allGather', group, bits: weightBits, perStep: collectives, ...hide('firstForward') },
    ];
  }
  // Fully sharded: weights are gathered for the forward and again for the backward pass of every microbatch. A pipeline
  // keeps them gathered for the step instead (torchtitan), so it was handled above.
  return [
    { name: sync, trafficClass: 'parameterSync', op: 'allGather', group, bits: weightBits, perMicrobatch: 2 * collectives, ...hide('microbatch') },
    everyMicrobatch,
  ];
}

function dataPhases(model: ModelSpec, plan: ParallelPlan): readonly Draft[] {
  const groups = planGroups(plan);
  const local = localParameters(model, plan);
  const collectives = Math.max(1, Math.round(loadStages(model, plan).meanLayers));
  const sharded = plan.zero === 3 ? groups.shard : groups.data;
  const replicas = plan.data / plan.shard;
  const phases = [
    ...replicaPhases(plan, { label: '', parameters: local.dense, group: sharded, collectives }),
    ...replicaPhases(plan, { label: 'expert ', parameters: local.experts, group: groups.expertData, collectives }),
  ];
  if (plan.zero !== 3 || replicas <= 1) return phases;
  // Hybrid sharding: copies of the sharded state add up their gradients once per step.
  const between: RankGroup = { size: replicas, stride: groups.shard.stride * groups.shard.size };
  const bits = (local.dense * 8 * plan.software.gradientBytes) / groups.shard.size / collectives;
  return [...phases, { name: 'replica gradients', trafficClass: 'allReduce', op: 'allReduce', group: between, bits, perStep: collectives, window: 'lastBackward', hiddenShare: 0.5 }];
}

/** Every collective of one step, in the order tensor, context, expert, pipeline, data. */
export function communicationPhases(model: ModelSpec, plan: ParallelPlan, network: NetworkView, calibration: Calibration): readonly CommunicationPhase[] {
  const drafts = [
    ...tensorPhases(model, plan, calibration), ...contextPhases(model, plan, calibration), ...expertPhases(model, plan, network, calibration),
    ...pipelinePhases(model, plan, calibration), ...dataPhases(model, plan),
  ];
  return drafts.map((draft) => finish(plan, draft));
}
