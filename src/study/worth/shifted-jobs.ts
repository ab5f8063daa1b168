/** Jobs that share one link, each computing and then sending a burst, step after step: shifted as planned or not, run on the flow engine. */

import type { Dice } from '../../base/dice.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { PhasedJob } from '../../plan/phases/phase-circle.ts';
import { shiftPhases } from '../../plan/phases/phase-shift.ts';
import type { FlowProgram } from '../../sim/flow-program.ts';
import { runFlows } from '../../sim/run-flows.ts';
import type { ShiftPoint } from './phase-aware.ts';

export interface ShiftedJob {
  readonly accelerators: number;
  readonly periodNs: number;
  readonly burstNs: number;
  /** When its first step starts. */
  readonly originNs: number;
}

const ms = 1e6;
const linkGbps = 400;

/** Two or three jobs of periods that agree on a circle, whose bursts together leave the link some rest. */
export function drawShiftedJobs(dice: Dice): readonly ShiftedJob[] {
  const count = 2 + dice.below(2);
  const baseMs = 80 + 10 * dice.below(9);
  return Array.from({ length: count }, (): ShiftedJob => {
    const periodMs = baseMs * (1 + dice.below(2));
    return { accelerators: 8 * (1 + dice.below(16)), periodNs: periodMs * ms, burstNs: (0.1 + (0.7 * dice.uniform()) / count) * baseMs * ms, originNs: dice.below(baseMs) * ms };
  });
}

const stepsRun = 60;
/** Steps left out of the mean: shifts are paid once, and what follows is what lasts. */
const stepsSkipped = 20;

interface Start {
  readonly shiftNs: number;
  readonly holdNs: number;
}

/** Mean step of each job over its last steps. Computing is a flow on a link of the job's own, at 1 Gb/s: one bit is one ns. */
function meanSteps(jobs: readonly ShiftedJob[], starts: readonly Start[]): readonly number[] {
  const flowCount = jobs.length * stepsRun * 2;
  const [bits, startNs, caps] = [new Float64Array(flowCount), new Float64Array(flowCount), new Float64Array(flowCount).fill(Infinity)];
  const [pathLink, afterOffset, after] = [new Int32Array(flowCount), new Int32Array(flowCount + 1), [] as number[]];
  jobs.forEach(({ periodNs, burstNs, originNs }, job) => {
    const { shiftNs, holdNs } = starts[job] ?? { shiftNs: 0, holdNs: 0 };
    for (let step = 0; step < stepsRun; step++) for (const part of [0, 1]) {
      const row = (job * stepsRun + step) * 2 + part;
      bits[row] = part === 0 ? periodNs - burstNs + holdNs : burstNs * linkGbps;
      startNs[row] = originNs + shiftNs;
      pathLink[row] = part === 0 ? 1 + job : 0;
      if (step + part > 0) after.push(row - 1);
      afterOffset[row + 1] = after.length;
    }
  });
  const links = jobs.length + 1;
  const program: FlowProgram = {
    linkCount: links, linkRateGbps: Float64Array.from({ length: links }, (_, link) => (link === 0 ? linkGbps : 1)), linkLatencyNs: new Float64Array(links),
    flowCount, flowBits: bits, flowStartNs: startNs, flowWeight: null, flowCapGbps: caps, flowPriority: null, pathOffset: Int32Array.from({ length: flowCount + 1 }, (_, row) => row), pathLink,
    afterOffset, afterFlow: Int32Array.from(after), eventNs: new Float64Array(0), eventLink: new Int32Array(0), eventRateGbps: new Float64Array(0),
  };
  const outcome = runFlows(program);
  if (isRefusal(outcome)) throw new Error(outcome.reasons.join(' '));
  const endOf = (job: number, step: number): number => outcome.completionNs[(job * stepsRun + step) * 2 + 1] ?? 0;
  return jobs.map((_, job) => (endOf(job, stepsRun - 1) - endOf(job, stepsSkipped - 1)) / (stepsRun - stepsSkipped));
}

/** Accelerator-weighted mean of step over the step alone. */
function slowdown(jobs: readonly ShiftedJob[], stepsNs: readonly number[]): number {
  const all = jobs.reduce((sum, { accelerators }) => sum + accelerators, 0);
  return jobs.reduce((sum, { accelerators, periodNs }, row) => sum + (accelerators * (stepsNs[row] ?? periodNs)) / periodNs, 0) / all;
}

/** Both arms on the engine, and what the plan predicted of them. */
export function shiftOutcome(jobs: readonly ShiftedJob[]): ShiftPoint {
  const phased = jobs.map(({ accelerators, periodNs, burstNs, originNs }, row): PhasedJob => ({
    id: `job${row}`, accelerators, periodNs, originNs, jitterNs: 0, movable: true,
    bursts: [{ trafficClass: 'allReduce', startNs: periodNs - burstNs, durationNs: burstNs, rateGbps: linkGbps, slackNs: 0 }],
  }));
  const plan = shiftPhases({ jobs: phased, links: [{ name: 'shared', capacityGbps: linkGbps, users: jobs.map((_, job) => ({ job, scale: 1 })) }] });
  const still = jobs.map(() => ({ shiftNs: 0, holdNs: 0 }));
  return {
    jobs, staticSlowdown: slowdown(jobs, meanSteps(jobs, still)), shiftedSlowdown: slowdown(jobs, meanSteps(jobs, plan.shifts)),
    predictedStatic: slowdown(jobs, plan.shifts.map(({ stepBeforeNs }) => stepBeforeNs)), predictedShifted: slowdown(jobs, plan.shifts.map(({ stepAfterNs }) => stepAfterNs)),
    isSettled: plan.groups.every(({ settled }) => settled),
  };
}
