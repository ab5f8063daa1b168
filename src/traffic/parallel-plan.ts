/** How a training job is split over accelerators, and whether that split is legal for a model. */

import type { Issue } from '../base/issue.ts';
import type { ModelSpec } from './model.ts';
import type { Precision } from './accelerators.ts';

/** What the training software hides under compute and which attention kernel it runs. */
export interface SoftwareStack {
  readonly name: string;
  /** `flash`: fused, never writes the score matrix. `unfused`: scores go through memory, as before FlashAttention (Dao et al. 2022). */
  readonly attentionKernel: 'flash' | 'unfused';
  readonly overlapTensor: boolean;
  readonly overlapData: boolean;
  readonly overlapPipeline: boolean;
  /** Expert all-to-all of one microbatch under the compute of another (DualPipe). */
  readonly overlapExpert: boolean;
  /** Bytes per gradient element on the wire when weights are 16 bits wide. */
  readonly gradientBytes: 2 | 4;
  /** What `selective` recomputation repeats: the attention core (Korthikanti et al. 2022), or every second product (torchtitan). */
  readonly selective: 'attention' | 'halfProducts';
}

const stack = (
  name: string, attentionKernel: 'flash' | 'unfused', gradientBytes: 2 | 4, hides: readonly ('tensor' | 'data' | 'pipeline' | 'expert')[],
  selective: SoftwareStack['selective'] = 'attention',
): SoftwareStack => ({
  name, attentionKernel, gradientBytes, selective,
  overlapTensor: hides.includes('tensor'), overlapData: hides.includes('data'), overlapPipeline: hides.includes('pipeline'), overlapExpert: hides.includes('expert'),
});

/** Generations of public training software. */
export const softwareStacks = {
  /** Megatron-LM of the A100 years: unfused attention, nothing hidden, 16-bit gradients. */
  megatron2021: stack('megatron2021', 'unfused', 2, []),
  /** The same with bf16 training, whose gradients travel in 32 bits. */
  megatron2022: stack('megatron2022', 'unfused', 4, []),
  /** Megatron-Core on Hopper and later: user buffers hide tensor traffic, bucketed gradients, deferred sends. */
  megatronCore: stack('megatronCore', 'flash', 4, ['tensor', 'data', 'pipeline']),
  /** PyTorch FSDP2, torchtitan, llm-foundry: parameters prefetched, tensor traffic exposed. */
  fsdp: stack('fsdp', 'flash', 4, ['data'], 'halfProducts'),
  fsdpAsyncTensor: stack('fsdpAsyncTensor', 'flash', 4, ['data', 'tensor'], 'halfProducts'),
  /** MegaScale (NSDI'24): every parallel dimension overlapped, on A100. */
  megaScale: stack('megaScale', 'flash', 4, ['tensor', 'data', 'pipeline']),
  /** DeepSeek-V3's DualPipe: expert traffic of one direction under the compute of the other. */
  dualPipe: stack('dualPipe', 'flash', 4, ['tensor', 'data', 'pipeline', 'expert']),
} as const satisfies Record<string, SoftwareStack>;

export type PipelineSchedule = '1f1b' | 'zeroBubble' | 'dualPipe';
export type Recompute = 'none' | 'selective' | 'full';

export interface ParallelPlan {
  readonly tensor: number;
  /** Norms and residuals split along the sequence inside the tensor group (Korthikanti et al. 2022). */
  readonly sequenceParallel: boolean;
  readonly pipeline: number;
  readonly schedule: PipelineSchedule;
  /** Model chunks per pipeline stage; 1 for plain 1F1B. */
  readonly interleave: number;
  readonly data: number;
  readonly zero: 0 | 1 | 2 | 3;
  /** Ranks that share one copy of the sharded state; at most `data`. */
  readonly shard: number;
  readonly expert: number;
  readonly context: number;
  /** Sequences per microbatch and per step. */
  readonly microbatch: number;
  readonly globalBatch: number;
  readonly recompute: Recompute;
  readonly precision: Precision;
  readonly software: SoftwareStack;
}

/** Accelerators a plan needs. Expert parallelism lies inside data parallelism and multiplies nothing. */
export const planGpus = (plan: ParallelPlan): number => plan.tensor * plan.pipeline * plan.context * plan.data;

/** Microbatches each pipeline runs per step. */
export const microbatchesPerStep = (plan: ParallelPlan): number => plan.globalBatch / (plan.data * plan.microbatch);

/** One line for people: `tp8 cp2 pp8x8 dp4 ep1 mb1 gbs1152 zero1 recompute none bf16`. */
export function describePlan(plan: ParallelPlan): string {
  const pipeline = plan.interleave > 1 ? `pp${plan.pipeline}x${plan.interleave}` : `pp${plan.pipeline}`;
  const expert = plan.expert > 1 ? ` ep${plan.expert}` : '';
  const split = `tp${plan.tensor}${plan.sequenceParallel ? '+sp' : ''} cp${plan.context} ${pipeline} dp${plan.data}${expert} mb${plan.microbatch} gbs${plan.globalBatch}`;
  return `${split} zero${plan.zero} recompute-${plan.recompute} ${plan.precision} ${plan.schedule} ${plan.software.name}`;
}

const degreeNames = ['tensor', 'pipeline', 'interleave', 'data', 'shard', 'expert', 'context', 'microbatch', 'globalBatch'] as const;

/** Every reason why a plan cannot run a model on so many accelerators; empty when it is legal. */
export function checkPlan(model: ModelSpec, plan: ParallelPlan, gpus: number): readonly Issue[] {
  const issues: Issue[] = [];
  const complain = (path: (typeof degreeNames)[number], code: string, message: string, remedy: string): void => {
    issues.push({ code, message, remedy, path, value: String(plan[path]) });
  };
  for (const name of degreeNames) {
    if (!Number.isInteger(plan[name]) || plan[name] < 1) complain(name, 'not-a-degree', `The ${name} degree is not a whole number of at least 1`, 'Write a whole number of at least 1');
  }
  if (issues.length > 0) return issues;
  const { heads } = model.attention;
  const product = planGpus(plan);
  if (product !== gpus) complain('data', 'degrees-do-not-multiply', `tensor x context x pipeline x data is ${product}, but the job has ${gpus} accelerators`, `Choose degrees whose product is ${gpus}`);
  if (heads % plan.tensor !== 0) complain('tensor', 'heads-not-divisible', `${heads} attention heads do not divide by the tensor degree`, 'Choose a divisor of the head count');
  // Embedding and output head may take a chunk each.
  const chunksMax = model.layers + model.mtpLayers + 2;
  if (plan.pipeline > 1 && plan.pipeline * plan.interleave > chunksMax) {
    complain('pipeline', 'more-stages-than-layers', `${plan.pipeline} stages of ${plan.interleave} chunks exceed ${model.layers} layers`, 'Lower the pipeline degree or the interleave');
  }
  if (plan.interleave > 1 && plan.pipeline === 1) complain('interleave', 'interleave-without-pipeline', 'Interleaving needs a pipeline', 'Set interleave to 1');
  if (plan.data % plan.shard !== 0) complain('shard', 'shard-not-a-divisor', `The shard group does not divide ${plan.data} data-parallel ranks`, 'Choose a divisor of the data degree');
  if (model.seq % plan.context !== 0) complain('context', 'sequence-not-divisible', `A sequence of ${model.seq} tokens does not divide by the context degree`, 'Choose a divisor of the sequence length');
  const experts = model.moe?.experts ?? 1;
  const stageRanks = plan.data * plan.context * plan.tensor;
  if (model.moe === null && plan.expert > 1) complain('expert', 'experts-not-divisible', `${model.name} has no experts to share out`, 'Set the expert degree to 1');
  else if (experts % plan.expert !== 0) complain('expert', 'experts-not-divisible', `${experts} experts do not divide by the expert degree`, 'Choose a divisor of the expert count');
  else if (stageRanks % plan.expert !== 0) complain('expert', 'expert-group-too-large', `The expert group does not fit into ${stageRanks} ranks of a stage`, 'Lower the expert degree');
  const microbatches = microbatchesPerStep(plan);
  const perRound = plan.data * plan.microbatch;
  if (!Number.isInteger(microbatches)) complain('globalBatch', 'batch-not-divisible', `The batch does not divide by data x microbatch = ${perRound}`, `Choose a multiple of ${perRound}`);
  else if (plan.pipeline > 1 && microbatches < plan.pipeline) {
    complain('globalBatch', 'batch-smaller-than-pipeline', `${microbatches} microbatches cannot fill ${plan.pipeline} pipeline stages`, `Use at least ${plan.pipeline * perRound} sequences or fewer stages`);
  }
  return issues;
}
