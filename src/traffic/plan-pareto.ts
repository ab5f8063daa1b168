/** The plans worth choosing between: none is better than another in step time, memory and scale-out traffic at once. */

import type { Accelerator } from './accelerators.ts';
import type { Calibration } from './calibration.ts';
import { defaultCalibration } from './calibration.ts';
import type { PlanQuestion } from './choose-plan.ts';
import { candidatePlans, planCandidatesMax } from './choose-plan.ts';
import { busFactor } from './collectives/operation.ts';
import { memoryUse } from './memory.ts';
import type { ModelSpec } from './model.ts';
import type { NetworkView } from './network-view.ts';
import { placeGroup } from './network-view.ts';
import type { ParallelPlan } from './parallel-plan.ts';
import { microbatchesPerStep } from './parallel-plan.ts';
import type { CommunicationPhase } from './phases.ts';
import { communicationPhases } from './phases.ts';
import { predictStep } from './step-time.ts';

export interface PricedPlan {
  readonly plan: ParallelPlan;
  readonly stepS: number;
  readonly memoryGb: number;
  /** Bits that one accelerator sends out of its scale-up domain in one step. */
  readonly scaleOutBits: number;
}

export interface PlanFront {
  /** Fastest first; ties by memory, then traffic, then the order of candidates. */
  readonly front: readonly PricedPlan[];
  /** Legal plans that were priced, and how many of them fit. */
  readonly considered: number;
  readonly fitting: number;
}

/** What one execution of a phase sends through one accelerator's NIC. */
function scaleOutBitsOnce(phase: CommunicationPhase, network: NetworkView): number {
  const place = placeGroup(phase.group, network);
  if (place.domains === 1) return 0;
  if (phase.op === 'allToAll') return phase.crossDomainBits ?? (phase.bits * (phase.group.size - place.ranksPerDomain)) / phase.group.size;
  // A ring leaves a domain once per rank that it has there, shared among as many NICs.
  return phase.op === 'pointToPoint' ? phase.bits : (phase.bits * busFactor(phase.op, phase.group.size)) / place.ranksPerDomain;
}

/** Bits that one accelerator sends out of its domain in one step under a plan. */
export function scaleOutBits(model: ModelSpec, plan: ParallelPlan, network: NetworkView, calibration: Calibration = defaultCalibration): number {
  const microbatches = microbatchesPerStep(plan);
  return communicationPhases(model, plan, network, calibration)
    .reduce((sum, phase) => sum + scaleOutBitsOnce(phase, network) * (phase.perMicrobatch * microbatches + phase.perStep), 0);
}

const dominates = (a: PricedPlan, b: PricedPlan): boolean =>
  a.stepS <= b.stepS && a.memoryGb <= b.memoryGb && a.scaleOutBits <= b.scaleOutBits;

/** Prices every legal plan that a question allows, up to `planCandidatesMax`, and keeps those that no other one beats. */
export function paretoPlans(model: ModelSpec, accelerator: Accelerator, network: NetworkView, question: PlanQuestion, calibration: Calibration = defaultCalibration): PlanFront {
  const priced: PricedPlan[] = [];
  let considered = 0;
  for (const plan of candidatePlans(model, question, network)) {
    if (considered >= planCandidatesMax) break;
    considered++;
    const use = memoryUse(model, plan, accelerator);
    if (use.totalGb > use.capacityGb && question.memory !== 'preferred') continue;
    const { stepS } = predictStep(model, plan, accelerator, network, calibration);
    priced.push({ plan, stepS, memoryGb: use.totalGb, scaleOutBits: scaleOutBits(model, plan, network, calibration) });
  }
  const sorted = priced.map((one, order) => ({ one, order }))
    .sort((a, b) => a.one.stepS - b.one.stepS || a.one.memoryGb - b.one.memoryGb || a.one.scaleOutBits - b.one.scaleOutBits || a.order - b.order);
  const front: PricedPlan[] = [];
  // Sorted by time, so a plan can only be beaten by one that is already in.
  for (const { one } of sorted) if (!front.some((other) => dominates(other, one))) front.push(one);
  return { front, considered, fitting: priced.length };
}
