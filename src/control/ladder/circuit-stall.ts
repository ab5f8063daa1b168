/** What a job loses while a circuit is dark: less than the time itself, because a step does not use its light all along. */

import type { TrafficClassName } from '../../traffic/classes.ts';
import type { Job } from '../state.ts';

/** Time of a step in which a class runs, whether compute hides it or not; at most the step. */
export function busyNs({ request: { profile } }: Job, trafficClass: TrafficClassName, stepNs: number): number {
  let busy = 0;
  profile.phases.forEach((phase, at) => {
    if (phase.trafficClass === trafficClass) busy += (profile.durations[at]?.timeNs ?? 0) * (phase.perStep + phase.perMicrobatch * profile.compute.microbatches);
  });
  return Math.min(busy, stepNs);
}

/**
 * Expected time that a step of `stepNs` grows when its light goes dark for `darkNs` at an instant that nobody chose.
 *
 * The step uses the light for b and leaves it idle for g = s - b, the phase gap. Darkness that begins in use (share b / s of all
 * instants) costs all of it; darkness that begins with x of the gap left costs what reaches beyond the gap, darkNs - x. With
 * m = min(darkNs, g): (b darkNs + integral of (darkNs - x) dx from 0 to m) / s = (b darkNs + m darkNs - m^2 / 2) / s.
 */
export function expectedStallNs({ darkNs, stepNs, busyNs: busy }: { readonly darkNs: number; readonly stepNs: number; readonly busyNs: number }): number {
  if (!(stepNs > 0) || !Number.isFinite(stepNs)) return darkNs;
  const within = Math.min(darkNs, stepNs - busy);
  return (busy * darkNs + within * darkNs - (within * within) / 2) / stepNs;
}
