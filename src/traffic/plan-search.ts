/**
 * Searches every legal parallel plan of a model on a cluster for those that nothing beats: step time, memory and scale-out traffic.
 *
 * A plan is judged cheapest question first: memory, then compute and traffic, then the collectives. Compute alone is a lower
 * bound of the step (`combineStep` never subtracts for communication), so a plan whose bound, memory and traffic are all no
 * better than those of a plan already timed is dropped unseen; the set that remains is that of timing every plan.
 */

import type { Accelerator, Precision } from './accelerators.ts';
import type { Calibration } from './calibration.ts';
import { defaultCalibration } from './calibration.ts';
import type { PlanQuestion } from './choose-plan.ts';
import { candidatePlans, interleaveFits } from './choose-plan.ts';
import { combineStep } from './combine-step.ts';
import { busFactor } from './collectives/operation.ts';
import { memoryUse } from './memory.ts';
import type { ModelSpec } from './model.ts';
import type { NetworkView } from './network-view.ts';
import { placeGroup } from './network-view.ts';
import type { ParallelPlan, PipelineSchedule, Recompute, SoftwareStack } from './parallel-plan.ts';
import { microbatchesPerStep } from './parallel-plan.ts';
import type { CommunicationPhase } from './phases.ts';
import { communicationPhases } from './phases.ts';
import { computeParts, predictStep } from './step-time.ts';

/** More legal plans than this are not looked at; the answer then says that it is not complete. */
export const searchedPlansMax = 2_000_000;

/** A plan and what it costs. Smaller is better in each of the three. */
export interface PlanPoint {
  readonly plan: ParallelPlan;
  /** Place in the fixed order of enumeration; of plans that cost the same the earlier one is kept. */
  readonly row: number;
  readonly stepS: number;
  readonly memoryGb: number;
  /** Payload one accelerator sends out of its scale-up domain in a step, the mean over all accelerators. */
  readonly scaleOutBits: number;
}

export interface PlanSpace {
  readonly gpus: number;
  readonly globalBatch: number;
  readonly precision: Precision;
  readonly software: SoftwareStack;
  /** Axes left out take every value that can be legal. */
  readonly tensor?: readonly number[];
  readonly pipeline?: readonly number[];
  readonly schedules?: readonly PipelineSchedule[];
  readonly interleave?: readonly number[];
  readonly zero?: readonly (0 | 1 | 2 | 3)[];
  readonly expert?: readonly number[];
  readonly context?: readonly number[];
  readonly microbatch?: readonly number[];
  readonly recompute?: readonly Recompute[];
}

export interface PlanSearch {
  /** Plans that nothing beats in all three costs, fastest first; ties in order of enumeration. */
  readonly pareto: readonly PlanPoint[];
  readonly legal: number;
  readonly fitting: number;
  /** Fitting plans that were timed; the others were dropped by their bounds. */
  readonly timed: number;
  /** False when the space holds more than `searchedPlansMax` legal plans. */
  readonly complete: boolean;
  /** The least memory any legal plan needs, for when none fits. */
  readonly leastMemory: { readonly plan: ParallelPlan; readonly memoryGb: number } | null;
}

const divisorsUpTo = (whole: number, limit: number): readonly number[] => {
  const divisors: number[] = [];
  for (let one = 1; one <= Math.min(whole, limit); one++) if (whole % one === 0) divisors.push(one);
  return divisors;
};

/** Context groups longer than this would cut a sequence finer than kernels run well. */
const contextMax = 16;
const microbatchMax = 16;

/** The questions whose legal plans make up the space: every schedule and way of splitting norms once, none twice. */
function questionsOf(model: ModelSpec, network: NetworkView, space: PlanSpace): readonly PlanQuestion[] {
  const { gpus, globalBatch, precision, software } = space;
  const tensors = space.tensor ?? divisorsUpTo(model.attention.heads, Math.min(gpus, network.scaleUp.size, 64)).filter((tensor) => gpus % tensor === 0);
  const pipelines = space.pipeline ?? divisorsUpTo(gpus, model.layers);
  const schedules = space.schedules ?? ['1f1b', 'zeroBubble'];
  const common = {
    gpus, globalBatch, precision, software,
    context: space.context ?? divisorsUpTo(gpus, contextMax), zero: space.zero ?? [0, 1, 2, 3],
    expert: space.expert ?? (model.moe === null ? [1] : divisorsUpTo(model.moe.experts, gpus)),
    microbatch: space.microbatch ?? divisorsUpTo(globalBatch, microbatchMax),
    recompute: space.recompute ?? (['none', 'selective', 'full'] as const),
    ...(space.interleave === undefined ? {} : { interleave: space.interleave }),
  };
  const splits = [
    { sequenceParallel: false, tensor: tensors },
    { sequenceParallel: true, tensor: tensors.filter((tensor) => tensor > 1) },
  ];
  return schedules.flatMap((schedule, row) => splits.map((split): PlanQuestion => ({
    // A single stage has no schedule, so it is looked at under the first one only.
    ...common, ...split, schedule, pipeline: pipelines.filter((stages) => row === 0 || stages > 1),
  })));
}

/**
 * Sharded gradients under a pipeline would have to be reduced for every microbatch, which `communicationPhases` does not
 * count, so such plans would look better than they are. They are left out unless the space asks for them.
 */
const isCountedInFull = (plan: ParallelPlan, space: PlanSpace): boolean => space.zero !== undefined || plan.pipeline === 1 || plan.zero <= 1;

/** Every legal plan of the space, in a fixed order without repetition. */
export function* plansOf(model: ModelSpec, network: NetworkView, space: PlanSpace): Generator<ParallelPlan> {
  for (const question of questionsOf(model, network, space)) {
    for (const plan of candidatePlans(model, question, network)) if (interleaveFits(plan) && isCountedInFull(plan, space)) yield plan;
  }
}

/**
 * Share of a phase's payload per rank and execution that leaves its scale-up domain.
 *
 * A ring sends `busFactor` of the size over each edge, and of the edges of its rings one in `ranksPerDomain` leaves the domain.
 * A chain of p stages with v chunks has v p - 1 hand-overs, v D - 1 of them between its D domains; `perMicrobatch` = 2 v counts
 * a hand-over of every rank, so the mean over ranks is (v D - 1) / (v p).
 */
function scaleOutBitsOf(phase: CommunicationPhase, network: NetworkView): number {
  const { op, bits, group } = phase;
  const { domains, ranksPerDomain } = placeGroup(group, network);
  if (domains === 1 || group.size <= 1) return 0;
  if (op === 'allToAll') return phase.crossDomainBits ?? (bits * (group.size - ranksPerDomain)) / group.size;
  if (op === 'pointToPoint') {
    const chunks = Math.max(1, phase.perMicrobatch / 2);
    return (bits * (chunks * domains - 1)) / (chunks * group.size);
  }
  return (bits * busFactor(op, group.size)) / ranksPerDomain;
}

/** Payload that one accelerator sends over the scale-out network in a step, the mean over all accelerators. */
export function scaleOutBitsPerStep(plan: ParallelPlan, phases: readonly CommunicationPhase[], network: NetworkView): number {
  const microbatches = microbatchesPerStep(plan);
  return phases.reduce((sum, phase) => sum + scaleOutBitsOf(phase, network) * (phase.perMicrobatch * microbatches + phase.perStep), 0);
}

interface Costs { readonly stepS: number; readonly memoryGb: number; readonly scaleOutBits: number; readonly row: number }

/** No worse in any cost; of two that cost the same the earlier one beats the later. */
export function beats(one: Costs, other: Costs): boolean {
  if (one.stepS > other.stepS || one.memoryGb > other.memoryGb || one.scaleOutBits > other.scaleOutBits) return false;
  return one.stepS < other.stepS || one.memoryGb < other.memoryGb || one.scaleOutBits < other.scaleOutBits || one.row < other.row;
}

/** A fitting plan waiting to be timed; `stepS` is its bound. */
interface Waiting extends Costs { readonly plan: ParallelPlan }

export interface PlanSearchQuestion {
  readonly model: ModelSpec;
  readonly accelerator: Accelerator;
  readonly network: NetworkView;
  readonly space: PlanSpace;
  readonly calibration?: Calibration;
  /** Told now and then how many legal plans have been seen. */
  readonly onProgress?: (legal: number) => void;
}

const progressEvery = 1000;

/** Plans are timed in the order of their bounds, so that the fast ones come first and drop the rest. */
function timePlans(waiting: readonly Waiting[], question: PlanSearchQuestion, calibration: Calibration): { readonly pareto: readonly PlanPoint[]; readonly timed: number } {
  const { model, accelerator, network } = question;
  const byBound = [...waiting].sort((a, b) => a.stepS - b.stepS || a.row - b.row);
  let front: PlanPoint[] = [];
  let timed = 0;
  for (const bound of byBound) {
    if (front.some((point) => beats(point, bound))) continue;
    timed++;
    const point: PlanPoint = { ...bound, stepS: predictStep(model, bound.plan, accelerator, network, calibration).stepS };
    if (front.some((other) => beats(other, point))) continue;
    front = front.filter((other) => !beats(point, other));
    front.push(point);
  }
  return { pareto: front.sort((a, b) => a.stepS - b.stepS || a.row - b.row), timed };
}

/** The plans of a space that fit into memory and that no other one beats. An empty set means that no legal plan fits. */
export function searchPlans(question: PlanSearchQuestion): PlanSearch {
  const { model, accelerator, network, space } = question;
  const calibration = question.calibration ?? defaultCalibration;
  const waiting: Waiting[] = [];
  let legal = 0;
  let leastMemory: PlanSearch['leastMemory'] = null;
  let complete = true;
  for (const plan of plansOf(model, network, space)) {
    if (legal >= searchedPlansMax) {
      complete = false;
      break;
    }
    const row = legal++;
    if (row % progressEvery === 0) question.onProgress?.(row);
    const memory = memoryUse(model, plan, accelerator);
    if (leastMemory === null || memory.totalGb < leastMemory.memoryGb) leastMemory = { plan, memoryGb: memory.totalGb };
    if (memory.totalGb > memory.capacityGb) continue;
    const compute = computeParts(model, plan, accelerator, { scaleUpSize: network.scaleUp.size, calibration });
    const phases = communicationPhases(model, plan, network, calibration);
    const bound = combineStep(compute, [], [], { contention: calibration.network.contention }).stepS;
    waiting.push({ plan, row, stepS: bound, memoryGb: memory.totalGb, scaleOutBits: scaleOutBitsPerStep(plan, phases, network) });
  }
  return { ...timePlans(waiting, question, calibration), legal, fitting: waiting.length, complete, leastMemory };
}

/** The fastest plan of a space that fits into memory, ties to the earlier one; `null` when none fits. Traffic is not looked at. */
export function fastestPlan(question: PlanSearchQuestion): { readonly plan: ParallelPlan; readonly stepS: number } | null {
  const { model, accelerator, network, space } = question;
  const calibration = question.calibration ?? defaultCalibration;
  let best: { readonly plan: ParallelPlan; readonly stepS: number } | null = null;
  let legal = 0;
  for (const plan of plansOf(model, network, space)) {
    if (legal++ >= searchedPlansMax) break;
    const { totalGb, capacityGb } = memoryUse(model, plan, accelerator);
    if (totalGb > capacityGb) continue;
    if (best !== null) {
      const compute = computeParts(model, plan, accelerator, { scaleUpSize: network.scaleUp.size, calibration });
      if (combineStep(compute, [], [], { contention: calibration.network.contention }).stepS >= best.stepS) continue;
    }
    const { stepS } = predictStep(model, plan, accelerator, network, calibration);
    if (best === null || stepS < best.stepS) best = { plan, stepS };
  }
  return best;
}
