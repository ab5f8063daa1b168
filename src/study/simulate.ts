/** Simulates one training step of one workload on one cluster. */

import type { Issue } from '../base/issue.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import { makeBill } from '../fabric/bill.ts';
import { compileFabric } from '../fabric/compile.ts';
import type { ClusterDesign } from '../fabric/design.ts';
import type { EvaluateMedium } from '../fabric/medium.ts';
import type { FindPartFigures } from '../fabric/part-figures.ts';
import { describePlan } from '../traffic/parallel-plan.ts';
import { predictStep } from '../traffic/step-time.ts';
import { refusedLinks } from './refused-links.ts';
import type { SimulateResult } from './simulate-result.ts';
import type { TrainingJob } from './training-run.ts';
import { runTraining } from './training-run.ts';

export interface SimulateQuestion {
  readonly design: ClusterDesign;
  readonly workload: string;
  readonly job: TrainingJob;
}

export type SimulateOutcome =
  | { readonly kind: 'done'; readonly result: SimulateResult }
  | { readonly kind: 'issues'; readonly issues: readonly Issue[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Refused when the job does not fit into memory, or when accelerators that must talk have no route with light. */
export function simulateStep(question: SimulateQuestion, deps: { readonly evaluateMedium: EvaluateMedium; readonly findPartFigures: FindPartFigures }): SimulateOutcome {
  const { design, job } = question;
  const compiled = compileFabric(design, { evaluateMedium: deps.evaluateMedium });
  if (!compiled.ok) return { kind: 'issues', issues: compiled.issues };
  const cluster = compiled.value;
  const { bill, issues } = makeBill(cluster, deps.findPartFigures);
  if (issues.length > 0) return { kind: 'issues', issues };
  const run = runTraining(cluster, job);
  if (isRefusal(run)) return { kind: 'refused', refusal: run };
  const { prediction, network } = run;
  const { stepS, computeS, bubbleS, otherS } = prediction;
  const energyPerStepJ = bill.clusterPowerW.value * stepS;
  return {
    kind: 'done',
    result: {
      schema: 'heliostat/simulate/1', cluster: design.name, workload: question.workload, fabric: cluster.summary, gpus: design.gpus, plan: describePlan(job.plan),
      step: { stepS, computeS, bubbleS, exposed: run.exposed, otherS },
      closedFormStepS: predictStep(job.model, job.plan, job.accelerator, network).stepS,
      mfu: prediction.mfu, tflopsPerGpu: prediction.tflopsPerGpu, tokensPerS: prediction.tokensPerS,
      memoryGb: { needed: prediction.memory.totalGb, capacity: prediction.memory.capacityGb },
      phases: run.phases, tiers: run.tiers,
      network: {
        scaleUpGbps: network.scaleUp.rateGbps, scaleUpLatencyNs: network.scaleUp.latencyNs,
        scaleOutGbps: network.scaleOut.rateGbps, scaleOutLatencyNs: network.scaleOut.latencyNs,
        coreLatencyNs: network.scaleOut.coreLatencyNs, oversubscription: network.scaleOut.oversubscription,
      },
      power: {
        fabricKw: bill.fabricPowerW.value / 1000, clusterKw: bill.clusterPowerW.value / 1000,
        energyPerStepMj: energyPerStepJ / 1e6, energyPerTokenJ: energyPerStepJ / prediction.tokensPerStep, kind: bill.clusterPowerW.kind,
      },
      refused: refusedLinks(cluster), flows: run.flows,
    },
  };
}
