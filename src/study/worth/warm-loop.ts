/**
 * The test of the whole: a coolant loop warms under a running job, and what the controller decides within a second of it.
 *
 * The loop's supply is read by its own device, as everywhere; the decision follows from that one reading.
 */

import type { Entry } from '../../control/entry.ts';
import type { Decision } from '../../control/decision.ts';
import type { JobRequest } from '../../control/job.ts';
import type { Plant } from '../../control/plant.ts';
import type { EmulatedFabric } from '../../sim/devices/emulated-fabric.ts';
import { World, usualTimes } from '../closed-loop/world.ts';

export interface WarmLoop {
  /** From the warming until the decision, simulated. */
  readonly afterNs: number | null;
  readonly decision: Decision | null;
  /** Every decision until the end of the watch. */
  readonly decisions: number;
  readonly restarts: number;
  readonly stands: boolean;
  readonly stepRatio: number;
}

export interface WarmLoopQuestion {
  readonly plant: Plant;
  readonly devices: EmulatedFabric;
  readonly job: JobRequest;
  readonly loop: string;
  readonly warmK: number;
  readonly seed: number;
  /** Called around the simulated second in which the decision falls, so that a caller with a clock can time it. */
  readonly onWarm?: () => void;
  readonly onDecided?: () => void;
}

const second = 1e9;

/** The loop warms just after a reading, so that the next one, a second later, is the first to tell. */
export function warmLoop(question: WarmLoopQuestion): WarmLoop {
  const { plant, devices, job, loop, warmK, seed } = question;
  let [decision, decidedNs, decisions, restarts] = [null as Decision | null, 0, 0, 0];
  const hear = (entries: readonly Entry[]): void => {
    for (const { body, atNs } of entries) {
      if (body.kind === 'jobRefused') throw new Error(`the job does not fit: ${body.refusal.reasons.join(' ')}`);
      if (body.kind === 'jobMoved' && body.restarts) restarts += 1;
      if (body.kind !== 'decided') continue;
      decisions += 1;
      if (decision !== null) continue;
      [decision, decidedNs] = [body.decision, atNs];
      question.onDecided?.();
    }
  };
  // Management takes its milliseconds; telemetry twice a second leaves a second for reading and deciding together.
  const world = new World({ plant, devices, seed, ...usualTimes, telemetryNs: second / 2 }, hear);
  world.tell({ kind: 'jobAsked', job });
  world.advance(2 * second);
  const beforeNs = world.stepNs(job.id);
  const injected = world.inject({ device: loop, fault: 'warm', by: warmK });
  if (!injected.ok) throw new Error(injected.issues.map(({ message }) => message).join(' '));
  const warmedNs = world.nowNs;
  question.onWarm?.();
  world.advance(warmedNs + 120 * second);
  const held = world.state.jobs.get(job.id)?.held ?? null;
  return { afterNs: decision === null ? null : decidedNs - warmedNs, decision, decisions, restarts, stands: held !== null, stepRatio: world.stepNs(job.id) / beforeNs };
}
