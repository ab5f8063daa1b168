/**
 * Collectives that advance in lockstep on private links: one recurrence instead of millions of events.
 *
 * Flow (s, i) is step s of lane i. It waits for flow (s - 1, i) of its own lane and for flow (s - 1, i - 1) of the lane before, so a
 * lane never has two flows on its link at once, and when no two lanes name the same link nothing is ever shared: each flow
 * runs at its link's capacity and only the order of completions is left to find,
 *     end(s, i) = max(end(s - 1, i), end(s - 1, i - 1)) + latency(i) + bits / rate(i).
 * Both properties are checked, not assumed: a program whose lanes meet on a link is refused here and must be expanded.
 * When all lanes need the same time per step the program maps onto itself under i -> i + 1, all lanes end together, and one lane
 * stands for all (the fold); otherwise, e.g. with one slow link, every lane is followed. A test holds both against the
 * unfolded run of the flow engine.
 *
 * Cost: O(steps) folded, O(steps x lanes) otherwise, memory O(lanes) unless every completion is asked for.
 * Bounds for `!`: lanes index arrays of length laneCount.
 */

import type { Refusal } from '../base/refusal.ts';
import { refuse } from '../base/refusal.ts';
import type { FlowProgram } from './flow-program.ts';
import type { FlowSink } from './flow-sink.ts';

export interface LockstepProgram {
  readonly laneCount: number;
  readonly stepCount: number;
  /** Bits of every flow. */
  readonly bits: number;
  readonly laneLink: Int32Array;
  readonly laneRateGbps: Float64Array;
  readonly laneLatencyNs: Float64Array;
}

export interface LockstepOutcome {
  readonly makespanNs: number;
  /** Completion minus release of every flow of a lane: the same in each step. */
  readonly laneDurationNs: Float64Array;
  /** Rates really worked out: one for all lanes when folded, else one a lane. */
  readonly solves: number;
  /** Whether one lane stood for all. */
  readonly folded: boolean;
}

export interface LockstepOptions {
  /** Given every flow in order of step and lane; flow = step x laneCount + lane. */
  readonly sink?: FlowSink;
  /** False follows every lane even where one could stand for all. */
  readonly fold?: boolean;
}

/** Whether no two lanes use the same link. */
export function lanesArePrivate(program: LockstepProgram): boolean {
  return new Set(program.laneLink).size === program.laneCount;
}

function laneDurations(program: LockstepProgram): Float64Array {
  const durationNs = new Float64Array(program.laneCount);
  for (let lane = 0; lane < durationNs.length; lane++) {
    durationNs[lane] = program.laneLatencyNs[lane]! + (program.bits > 0 ? program.bits / program.laneRateGbps[lane]! : 0);
  }
  return durationNs;
}

/** Refuses (`stalled`) a lane without capacity. Throws when lanes meet on a link: expand such a program instead. */
export function runLockstep(program: LockstepProgram, options: LockstepOptions = {}): LockstepOutcome | Refusal {
  const { laneCount, stepCount } = program;
  if (!lanesArePrivate(program)) throw new Error('Lanes that share a link do not advance on private links; expand the program');
  const laneDurationNs = laneDurations(program);
  const dead = laneDurationNs.indexOf(Infinity);
  if (dead >= 0 && stepCount > 0) {
    return refuse('stalled', 'never', `Flow ${dead} (step 0 of lane ${dead}) waits for link ${program.laneLink[dead]!}, whose capacity is 0 for ever.`);
  }
  const first = laneDurationNs[0]!;
  const folded = options.fold !== false && laneDurationNs.every((durationNs) => durationNs === first);
  const emit = options.sink?.flowEnded?.bind(options.sink);
  if (folded) {
    let endNs = 0;
    for (let step = 0; step < stepCount; step++) {
      const releaseNs = endNs;
      endNs += first;
      if (emit !== undefined) for (let lane = 0; lane < laneCount; lane++) emit(step * laneCount + lane, releaseNs, endNs);
    }
    return { makespanNs: endNs, laneDurationNs, solves: 1, folded };
  }
  const endNs = new Float64Array(laneCount);
  let makespanNs = 0;
  for (let step = 0; step < stepCount; step++) {
    let before = endNs[laneCount - 1]!;
    for (let lane = 0; lane < laneCount; lane++) {
      const own = endNs[lane]!;
      const releaseNs = own > before ? own : before;
      const end = releaseNs + laneDurationNs[lane]!;
      if (emit !== undefined) emit(step * laneCount + lane, releaseNs, end);
      endNs[lane] = end;
      before = own;
    }
  }
  for (const end of endNs) makespanNs = Math.max(makespanNs, end);
  return { makespanNs, laneDurationNs, solves: laneCount, folded };
}

/** The same program as explicit flows: flow = step x laneCount + lane. */
export function expandLockstep(program: LockstepProgram, linkCount: number): FlowProgram {
  const { laneCount, stepCount } = program;
  const flowCount = laneCount * stepCount;
  const linkRateGbps = new Float64Array(linkCount);
  const linkLatencyNs = new Float64Array(linkCount);
  for (let lane = 0; lane < laneCount; lane++) {
    linkRateGbps[program.laneLink[lane]!] = program.laneRateGbps[lane]!;
    linkLatencyNs[program.laneLink[lane]!] = program.laneLatencyNs[lane]!;
  }
  const pathOffset = new Int32Array(flowCount + 1);
  const pathLink = new Int32Array(flowCount);
  const afterOffset = new Int32Array(flowCount + 1);
  const afterFlow = new Int32Array(2 * Math.max(0, flowCount - laneCount));
  let waits = 0;
  for (let flow = 0; flow < flowCount; flow++) {
    const lane = flow % laneCount;
    pathOffset[flow + 1] = flow + 1;
    pathLink[flow] = program.laneLink[lane]!;
    if (flow >= laneCount) {
      const stepFirst = flow - lane - laneCount;
      afterFlow[waits++] = stepFirst + ((lane + laneCount - 1) % laneCount);
      afterFlow[waits++] = stepFirst + lane;
    }
    afterOffset[flow + 1] = waits;
  }
  const none = new Float64Array(0);
  return {
    linkCount, linkRateGbps, linkLatencyNs, flowCount,
    flowBits: new Float64Array(flowCount).fill(program.bits), flowStartNs: new Float64Array(flowCount),
    flowWeight: null, flowCapGbps: null, flowPriority: null,
    pathOffset, pathLink, afterOffset, afterFlow, eventNs: none, eventLink: new Int32Array(0), eventRateGbps: none,
  };
}
