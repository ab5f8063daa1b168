/** One training step on a real fabric: every collective streamed by the flow engine, joined with compute as the closed form does. */

import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import { linkTiers } from '../fabric/fabric.ts';
import type { Accelerator } from '../traffic/accelerators.ts';
import { defaultCalibration } from '../traffic/calibration.ts';
import type { PhaseDuration } from '../traffic/combine-step.ts';
import { combineStep } from '../traffic/combine-step.ts';
import { memoryUse, refuseMemory } from '../traffic/memory.ts';
import type { ModelSpec } from '../traffic/model.ts';
import type { NetworkView } from '../traffic/network-view.ts';
import type { ParallelPlan } from '../traffic/parallel-plan.ts';
import { phaseFlows } from '../traffic/phase-flows.ts';
import { communicationPhases } from '../traffic/phases.ts';
import type { StepPrediction } from '../traffic/step-time.ts';
import { computeParts, describeStep, phaseDurations } from '../traffic/step-time.ts';
import type { TierUse } from './compare-result.ts';
import { networkView } from './fabric-view.ts';
import { runPhase } from './phase-run.ts';

export interface TrainingJob {
  readonly model: ModelSpec;
  readonly plan: ParallelPlan;
  readonly accelerator: Accelerator;
}

/** One collective of the step: what it is, how often it runs and how long one execution takes. */
export interface PhaseTiming {
  readonly name: string;
  readonly trafficClass: string;
  readonly op: string;
  readonly tier: string;
  readonly groups: number;
  readonly ranksPerGroup: number;
  /** Payload of one execution, as its operation defines the size. */
  readonly bits: number;
  readonly executionsPerStep: number;
  /** Start and steps of the algorithm, in closed form. */
  readonly latencyNs: number;
  /** Streaming over the fabric, from the flow engine. */
  readonly streamingNs: number;
  /** The same execution in closed form, latency and streaming. */
  readonly closedFormNs: number;
  /** Of all executions, what compute does not hide. */
  readonly exposedS: number;
}

export interface TrainingRun {
  readonly prediction: StepPrediction;
  readonly phases: readonly PhaseTiming[];
  readonly network: NetworkView;
  readonly tiers: readonly TierUse[];
  readonly flows: { readonly flows: number; readonly solves: number };
}

/** Mean and peak share of capacity that a step's bits take, per tier that has links with light. */
function tierUse(cluster: CompiledCluster, linkBits: Float64Array, stepNs: number): readonly TierUse[] {
  const { fabric } = cluster;
  return linkTiers.flatMap((tier, tierRow): readonly TierUse[] => {
    let links = 0;
    let sum = 0;
    let peakUtilisation = 0;
    for (let link = 0; link < fabric.linkCount; link++) {
      const rateGbps = fabric.linkRateGbps[link] ?? 0;
      if (fabric.linkTier[link] !== tierRow || rateGbps <= 0) continue;
      const utilisation = (linkBits[link] ?? 0) / rateGbps / stepNs;
      links++;
      sum += utilisation;
      peakUtilisation = Math.max(peakUtilisation, utilisation);
    }
    return links === 0 ? [] : [{ tier, meanUtilisation: sum / links, peakUtilisation }];
  });
}

/**
 * Times every phase of a legal plan on the fabric and predicts the step. Refused when the job does not fit into memory, or two
 * accelerators that must talk have no route with light. Phases run one at a time, each alone on the network; overlap with compute follows `combineStep`.
 */
export function runTraining(cluster: CompiledCluster, job: TrainingJob): TrainingRun | Refusal {
  const { model, plan, accelerator } = job;
  const calibration = defaultCalibration;
  const tooLarge = refuseMemory(memoryUse(model, plan, accelerator), plan);
  if (tooLarge !== null) return tooLarge;
  const network = networkView(cluster);
  const compute = computeParts(model, plan, accelerator, { scaleUpSize: network.scaleUp.size });
  const phases = communicationPhases(model, plan, network, calibration);
  const closedForm = phaseDurations(phases, network, calibration);
  const linkBits = new Float64Array(cluster.fabric.linkCount);
  const timings: PhaseTiming[] = [];
  const durations: PhaseDuration[] = [];
  let flows = 0;
  let solves = 0;
  for (const [row, phase] of phases.entries()) {
    const { latencyNs, tier } = closedForm[row] ?? { latencyNs: 0, tier: 'scaleUp' as const };
    const run = runPhase(cluster, phaseFlows(phase, { network, constants: calibration.network }));
    if (isRefusal(run)) return run;
    durations.push({ timeNs: latencyNs + run.streamingNs, latencyNs, tier });
    flows += run.flows;
    solves += run.solves;
    const executions = phase.perMicrobatch * compute.microbatches + phase.perStep;
    timings.push({
      name: phase.name, trafficClass: phase.trafficClass, op: phase.op, tier, groups: phase.groups, ranksPerGroup: phase.group.size, bits: phase.bits,
      executionsPerStep: executions, latencyNs, streamingNs: run.streamingNs, closedFormNs: closedForm[row]?.timeNs ?? 0, exposedS: 0,
    });
    for (let link = 0; link < linkBits.length; link++) linkBits[link] = (linkBits[link] ?? 0) + executions * (run.linkBits[link] ?? 0);
  }
  const times = combineStep(compute, phases, durations, { contention: calibration.network.contention });
  const prediction = describeStep(model, plan, accelerator, times);
  const phaseTimings = timings.map((timing, row) => ({ ...timing, exposedS: times.exposed[row]?.seconds ?? 0 }));
  return { prediction, phases: phaseTimings, network, tiers: tierUse(cluster, linkBits, prediction.stepS * 1e9), flows: { flows, solves } };
}
