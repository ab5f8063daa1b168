/**
 * Jobs as on/off demand on a circle: the length on which the steps of several jobs repeat together, and how long each must wait per
 * step to stay on it (the unified circle of Rajasekaran et al., CASSINI, NSDI 2024, section 3).
 */

import type { TrafficClassName } from '../../traffic/classes.ts';

/** One burst of a step, as one link sees it at scale 1. */
export interface PhaseBurst {
  readonly trafficClass: TrafficClassName;
  /** From the start of the step; it may run over the end into the next step. */
  readonly startNs: number;
  readonly durationNs: number;
  readonly rateGbps: number;
  /** How much later it may end before the step grows. */
  readonly slackNs: number;
}

export interface PhasedJob {
  readonly id: string;
  /** What a nanosecond of its time is worth against that of other jobs. */
  readonly accelerators: number;
  /** Step time without contention. */
  readonly periodNs: number;
  /** When its step began, on the clock that all jobs share. */
  readonly originNs: number;
  readonly bursts: readonly PhaseBurst[];
  /** Steps vary by so much (standard deviation); a shift wears off as they add up. */
  readonly jitterNs: number;
  /** False for a job whose phase cannot be moved, such as serving or one of a tenant that refuses. */
  readonly movable: boolean;
}

/** Light that several jobs share. */
export interface SharedLink {
  readonly name: string;
  readonly capacityGbps: number;
  /** Rows of jobs; a burst of the job puts `scale` times its rate on this link, one of a class in `scaleOf` that many times. */
  readonly users: readonly { readonly job: number; readonly scale: number; readonly scaleOf?: Partial<Record<TrafficClassName, number>> }[];
}

export interface CircleOptions {
  /** Steps of any one job that a circle holds at most. */
  readonly repeatsMax: number;
  /** Share of its step that a job waits at most, to agree with the others. */
  readonly holdShareMax: number;
}

export const defaultCircle: CircleOptions = { repeatsMax: 12, holdShareMax: 0.005 };

export interface PhaseCircle {
  readonly lengthNs: number;
  /** Steps of each job on the circle, and how long it waits in each so that they fill it. */
  readonly repeats: readonly number[];
  readonly holdNs: readonly number[];
}

/**
 * The circle on which jobs of these periods repeat together with the least wait, or `null` when they are incommensurate: no job may
 * wait longer than its share. A circle of k steps of the slowest job holds floor(k T_max / T_i) steps of job i, rounded up where a
 * little wait of the others makes room; the length is that of the job whose steps fill it most. Of equal waits the shortest circle.
 */
export function commonCircle(periodsNs: readonly number[], options: CircleOptions = defaultCircle): PhaseCircle | null {
  const slowestNs = Math.max(...periodsNs);
  let best: PhaseCircle | null = null;
  let least = Infinity;
  for (let turns = 1; turns <= options.repeatsMax; turns++) {
    const repeats = periodsNs.map((periodNs) => Math.round((turns * slowestNs) / periodNs));
    if (Math.max(...repeats) > options.repeatsMax) break;
    const lengthNs = Math.max(...periodsNs.map((periodNs, job) => periodNs * (repeats[job] ?? 1)));
    const holdNs = periodsNs.map((periodNs, job) => Math.max(0, lengthNs / (repeats[job] ?? 1) - periodNs));
    const share = Math.max(...holdNs.map((hold, job) => hold / (periodsNs[job] ?? 1)));
    if (share > options.holdShareMax || share >= least - 1e-9) continue;
    least = share;
    best = { lengthNs, repeats, holdNs };
  }
  return best;
}
