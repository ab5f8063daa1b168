/** Joins compute and communication into one step: the same rules for closed-form durations and for those measured on the flow engine. */

import type { CommunicationPhase } from './phases.ts';
import type { TrafficClassName } from './classes.ts';
import type { NetworkTier } from './network-view.ts';
import { nsToSeconds } from '../base/units.ts';

/** Compute of one step, without any communication. */
export interface ComputeParts {
  readonly microbatches: number;
  /** One microbatch through the average stage and through the busiest one: forward, backward and recomputed. */
  readonly meanStageNs: number;
  readonly busiestStageNs: number;
  /** Forward and backward part of one microbatch on the busiest stage, the windows at the edges of a step. */
  readonly forwardNs: number;
  readonly backwardNs: number;
  /** Microbatches over which edge traffic can spread: chunks of an interleaved pipeline finish one after the other. */
  readonly edgeMicrobatches: number;
  /** Pipeline fill and drain, in microbatches of the average stage. */
  readonly bubbleMicrobatches: number;
  /** Optimiser, input, launch: what is left on the critical path. */
  readonly otherNs: number;
}

/** How long one execution of a phase takes, and the slowest tier it crosses. */
export interface PhaseDuration {
  readonly timeNs: number;
  /** The part of `timeNs` that is not streaming; a measured duration adds it to the time its flows took. */
  readonly latencyNs: number;
  readonly tier: NetworkTier;
}

export interface ExposedTime {
  readonly name: string;
  readonly trafficClass: TrafficClassName;
  readonly tier: NetworkTier;
  readonly seconds: number;
}

/** Parts sum to `stepS`; only what is not hidden under compute counts as exposed. */
export interface StepTimes {
  readonly stepS: number;
  readonly computeS: number;
  readonly bubbleS: number;
  readonly exposed: readonly ExposedTime[];
  readonly otherS: number;
}

/** Exposed part of `totalNs` when at most `hiddenShare` of it and at most `windowNs` can hide, and hiding costs `contention`. */
export function exposedNs(totalNs: number, hiding: { readonly hiddenShare: number; readonly windowNs: number; readonly contention: number }): number {
  const hidden = Math.min(totalNs * hiding.hiddenShare, hiding.windowNs);
  return totalNs - hidden + hidden * hiding.contention;
}

/** What of each phase compute does not hide, in the order of the phases. */
export interface PhaseExposure {
  /** Per microbatch, and once per step on top. */
  readonly perMicrobatchNs: readonly number[];
  readonly perStepNs: readonly number[];
}

/** Phases share the microbatch window in order: what tensor traffic used is gone for the next. */
export function phaseExposure(compute: ComputeParts, phases: readonly CommunicationPhase[], durations: readonly PhaseDuration[], options: { readonly contention: number }): PhaseExposure {
  if (phases.length !== durations.length) throw new Error(`${phases.length} phases came with ${durations.length} durations.`);
  let windowNs = compute.meanStageNs;
  const windows = { none: 0, lastBackward: compute.edgeMicrobatches * compute.backwardNs, firstForward: compute.edgeMicrobatches * compute.forwardNs };
  const perMicrobatchNs: number[] = [];
  const perStepNs: number[] = [];
  for (const [at, phase] of phases.entries()) {
    const timeNs = durations[at]?.timeNs ?? 0;
    const recurring = phase.perMicrobatch * timeNs;
    const window = phase.window === 'microbatch' ? windowNs : windows[phase.window];
    const shown = exposedNs(recurring, { hiddenShare: phase.hiddenShare, windowNs: window, contention: options.contention });
    if (phase.window === 'microbatch') windowNs = Math.max(0, windowNs - Math.min(recurring * phase.hiddenShare, window));
    perMicrobatchNs.push(shown);
    perStepNs.push(exposedNs(phase.perStep * timeNs, { hiddenShare: phase.hiddenShare, windowNs: phase.window === 'microbatch' ? 0 : window, contention: options.contention }));
  }
  return { perMicrobatchNs, perStepNs };
}

/**
 * step = microbatches x (busiest stage + exposed per microbatch) + bubble x (average stage + exposed) + exposed per step + other.
 *
 * Stage imbalance counts as bubble.
 */
export function combineStep(compute: ComputeParts, phases: readonly CommunicationPhase[], durations: readonly PhaseDuration[], options: { readonly contention: number }): StepTimes {
  const { perMicrobatchNs, perStepNs } = phaseExposure(compute, phases, durations, options);
  const exposedPerMicrobatchNs = perMicrobatchNs.reduce((sum, ns) => sum + ns, 0);
  const imbalanceNs = compute.microbatches * (compute.busiestStageNs - compute.meanStageNs);
  const bubbleNs = imbalanceNs + compute.bubbleMicrobatches * (compute.meanStageNs + exposedPerMicrobatchNs);
  const computeNs = compute.microbatches * compute.meanStageNs;
  const exposed = phases.map((phase, at): ExposedTime => ({
    name: phase.name, trafficClass: phase.trafficClass, tier: durations[at]?.tier ?? 'scaleUp',
    seconds: nsToSeconds(compute.microbatches * (perMicrobatchNs[at] ?? 0) + (perStepNs[at] ?? 0)),
  }));
  const exposedS = exposed.reduce((sum, one) => sum + one.seconds, 0);
  return {
    stepS: nsToSeconds(computeNs + bubbleNs + compute.otherNs) + exposedS,
    computeS: nsToSeconds(computeNs), bubbleS: nsToSeconds(bubbleNs), exposed, otherS: nsToSeconds(compute.otherNs),
  };
}
