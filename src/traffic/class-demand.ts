/** What a training job asks of each traffic class: bytes, bursts, slack, and what losing bandwidth or latency costs the step. */

import type { Accelerator } from './accelerators.ts';
import type { Calibration } from './calibration.ts';
import { defaultCalibration } from './calibration.ts';
import type { TrafficClassName } from './classes.ts';
import { trafficClasses, trafficClassNames } from './classes.ts';
import type { PhaseDuration } from './combine-step.ts';
import { combineStep } from './combine-step.ts';
import type { ModelSpec } from './model.ts';
import type { NetworkTier, NetworkView } from './network-view.ts';
import { networkTiers } from './network-view.ts';
import type { ParallelPlan } from './parallel-plan.ts';
import { microbatchesPerStep } from './parallel-plan.ts';
import type { CommunicationPhase } from './phases.ts';
import { communicationPhases } from './phases.ts';
import { computeParts, phaseDurations } from './step-time.ts';

/** One class of one job on one tier. */
export interface ClassDemand {
  readonly trafficClass: TrafficClassName;
  readonly tier: NetworkTier;
  readonly phases: readonly string[];
  /** Collectives per step on one stage, and the time they would take one after the other. */
  readonly burstsPerStep: number;
  readonly busyS: number;
  /** The part of `busyS` that compute does not hide. */
  readonly exposedS: number;
  /** How much longer this traffic may take in all before the step grows by 1 %; Infinity when it never does. */
  readonly slackS: number;
  /** Seconds per step that one per cent less bandwidth costs. */
  readonly stepSPerBandwidthPercent: number;
  /** Seconds per step that one microsecond more latency per burst costs. */
  readonly stepSPerMicrosecond: number;
}

/** Growth of the step that counts as felt. */
const feltShare = 0.01;
const slackDoublingsMax = 40;

const streamingTimes = (duration: PhaseDuration, factor: number): PhaseDuration => {
  const timeNs = duration.latencyNs + (duration.timeNs - duration.latencyNs) * factor;
  return { ...duration, timeNs };
};

const delayed = (duration: PhaseDuration, ns: number): PhaseDuration => ({ ...duration, timeNs: duration.timeNs + ns, latencyNs: duration.latencyNs + ns });

/** Largest factor on the streaming time, by bisection on its logarithm, that keeps the step below `limitS`. */
function factorWithin(limitS: number, stepAt: (factor: number) => number): number {
  let low = 1;
  let high = 2;
  for (let doubling = 0; stepAt(high) <= limitS; doubling++) {
    if (doubling >= slackDoublingsMax) return Infinity;
    low = high;
    high *= 2;
  }
  for (let halving = 0; halving < 40; halving++) {
    const middle = Math.sqrt(low * high);
    if (stepAt(middle) <= limitS) low = middle;
    else high = middle;
  }
  return low;
}

/** Demands in the order of class priority, then tier; classes and tiers without traffic are left out. */
export function classDemands(model: ModelSpec, plan: ParallelPlan, accelerator: Accelerator, network: NetworkView, calibration: Calibration = defaultCalibration): readonly ClassDemand[] {
  const phases = communicationPhases(model, plan, network, calibration);
  const durations = phaseDurations(phases, network, calibration);
  const compute = computeParts(model, plan, accelerator, { scaleUpSize: network.scaleUp.size, calibration });
  const step = (changed: readonly PhaseDuration[]): ReturnType<typeof combineStep> => combineStep(compute, phases, changed, { contention: calibration.network.contention });
  const base = step(durations);
  const microbatches = microbatchesPerStep(plan);
  const executions = (phase: CommunicationPhase): number => phase.perMicrobatch * microbatches + phase.perStep;
  const demands: ClassDemand[] = [];
  for (const trafficClass of trafficClassNames.toSorted((a, b) => trafficClasses[a].priority - trafficClasses[b].priority)) for (const tier of networkTiers) {
    const member = phases.map((phase, at) => phase.trafficClass === trafficClass && durations[at]?.tier === tier);
    if (!member.includes(true)) continue;
    const changed = (change: (duration: PhaseDuration) => PhaseDuration): number => step(durations.map((duration, at) => (member[at] === true ? change(duration) : duration))).stepS;
    const sum = (value: (phase: CommunicationPhase, at: number) => number): number => phases.reduce((total, phase, at) => total + (member[at] === true ? value(phase, at) : 0), 0);
    const streamingS = sum((phase, at) => executions(phase) * ((durations[at]?.timeNs ?? 0) - (durations[at]?.latencyNs ?? 0))) / 1e9;
    const factor = factorWithin(base.stepS * (1 + feltShare), (times) => changed((duration) => streamingTimes(duration, times)));
    demands.push({
      trafficClass, tier, phases: phases.filter((_, at) => member[at] === true).map((phase) => phase.name),
      burstsPerStep: sum(executions), busyS: sum((phase, at) => executions(phase) * (durations[at]?.timeNs ?? 0)) / 1e9,
      exposedS: sum((_, at) => base.exposed[at]?.seconds ?? 0),
      slackS: streamingS * (factor - 1),
      stepSPerBandwidthPercent: changed((duration) => streamingTimes(duration, 1 / 0.99)) - base.stepS,
      stepSPerMicrosecond: changed((duration) => delayed(duration, 1e3)) - base.stepS,
    });
  }
  return demands;
}
