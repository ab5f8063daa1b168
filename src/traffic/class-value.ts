/**
 * What a change of bandwidth or latency is worth to a step: exact derivatives of `combineStep`.
 *
 * A phase's recurring time R = n t hides min(R s, W) under the window W that earlier phases left, and what hides still costs the
 * contention c of its time, so it shows R - (1 - c) min(R s, W). While R s < W, more of R shows at the rate 1 - (1 - c) s, and the
 * window of later phases shrinks at the rate s; the first later phase that fills its window then shows (1 - c) s more, and leaves
 * no window to pass on. Once R s >= W all of R shows. Shown time counts in every microbatch and in the bubble. The
 * derivative jumps where a window is just filled; there the side of longer times is given.
 */

import type { TrafficClassName } from './classes.ts';
import { trafficClassNames } from './classes.ts';
import type { ComputeParts, PhaseDuration } from './combine-step.ts';
import type { CommunicationPhase } from './phases.ts';

export interface PhaseValue {
  /** Growth of the step per growth of one execution's time; dimensionless, executions counted. */
  readonly stepPerTime: number;
  /** Step time lost per microsecond more latency in each execution. */
  readonly stepMsPerMicrosecond: number;
  /** Step time won per per cent more bandwidth; never negative. */
  readonly stepMsPerBandwidthPercent: number;
}

const valueOf = (stepPerTime: number, duration: PhaseDuration | undefined): PhaseValue => ({
  stepPerTime,
  stepMsPerMicrosecond: stepPerTime * 1e-3,
  // Streaming takes S / (1 + x) at x more bandwidth, so d(step)/dx = -stepPerTime x S; one per cent of that, in ms.
  stepMsPerBandwidthPercent: stepPerTime * ((duration?.timeNs ?? 0) - (duration?.latencyNs ?? 0)) * 0.01 * 1e-6,
});

/** One row per phase, in their order. */
export function phaseValues(compute: ComputeParts, phases: readonly CommunicationPhase[], durations: readonly PhaseDuration[], options: { readonly contention: number }): readonly PhaseValue[] {
  const saved = 1 - options.contention;
  const rounds = compute.microbatches + compute.bubbleMicrobatches;
  const edges = { none: 0, microbatch: 0, lastBackward: compute.edgeMicrobatches * compute.backwardNs, firstForward: compute.edgeMicrobatches * compute.forwardNs };
  let windowNs = compute.meanStageNs;
  const recurring = phases.map((phase, at) => {
    const totalNs = phase.perMicrobatch * (durations[at]?.timeNs ?? 0);
    const shares = phase.window === 'microbatch';
    const limitNs = shares ? windowNs : edges[phase.window];
    const isFull = totalNs * phase.hiddenShare >= limitNs;
    if (shares) windowNs = isFull ? 0 : windowNs - totalNs * phase.hiddenShare;
    return { shares, isFull };
  });
  return phases.map((phase, at) => {
    const own = recurring[at];
    if (own === undefined) throw new RangeError('phases and durations differ in length');
    let shown = 1;
    if (!own.isFull) {
      const squeezed = own.shares && recurring.some((later, row) => row > at && later.shares && later.isFull);
      shown = 1 - saved * phase.hiddenShare + (squeezed ? saved * phase.hiddenShare : 0);
    }
    const edgeFull = phase.perStep * (durations[at]?.timeNs ?? 0) * phase.hiddenShare >= edges[phase.window];
    const shownAtEdge = edgeFull ? 1 : 1 - saved * phase.hiddenShare;
    return valueOf(phase.perMicrobatch * rounds * shown + phase.perStep * shownAtEdge, durations[at]);
  });
}

export interface ClassValue {
  readonly trafficClass: TrafficClassName;
  readonly stepMsPerMicrosecond: number;
  readonly stepMsPerBandwidthPercent: number;
}

/** Sums over the phases of each class that has any, in the order of the class table. */
export function classValues(phases: readonly CommunicationPhase[], values: readonly PhaseValue[]): readonly ClassValue[] {
  return trafficClassNames.filter((name) => phases.some((phase) => phase.trafficClass === name)).map((trafficClass) => {
    const own = values.filter((_, at) => phases[at]?.trafficClass === trafficClass);
    return {
      trafficClass,
      stepMsPerMicrosecond: own.reduce((sum, value) => sum + value.stepMsPerMicrosecond, 0),
      stepMsPerBandwidthPercent: own.reduce((sum, value) => sum + value.stepMsPerBandwidthPercent, 0),
    };
  });
}
