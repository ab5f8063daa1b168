/** Runs one network case, explicit or generated, and measures it: what `heliostat flows` and the benches share. */

import type { SimCase } from '../adapters/simcase.ts';
import { describeRing, expandStar } from '../adapters/simcase-families.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { FlowOutcome, FlowProgram } from '../sim/flow-program.ts';
import type { FlowSink } from '../sim/flow-sink.ts';
import { expandLockstep, runLockstep } from '../sim/lockstep.ts';
import type { RunProgress } from '../sim/run-flows.ts';
import { runFlowSlices } from '../sim/run-flows.ts';

/** Flows up to which every completion is part of the answer. */
export const listedFlowsMax = 2_000_000;

export interface CaseAnswer {
  readonly name: string;
  readonly flowCount: number;
  readonly makespanNs: number;
  /** Completion minus release, or null above `listedFlowsMax`. */
  readonly durationNs: Float64Array | null;
  readonly solves: number;
  readonly ended: boolean;
  readonly wallS: number;
  readonly rssMb: number;
}

export interface CaseOptions {
  readonly sink?: FlowSink;
  readonly sampleNs?: number;
  readonly shouldStop?: () => boolean;
  /** Called between slices of the run; awaiting it lets signals arrive. */
  readonly breathe?: (progress: RunProgress) => void | Promise<void>;
}

function toProgram(simCase: SimCase): FlowProgram {
  const { work, events } = simCase;
  if (work.kind === 'explicit') return work.program;
  const program = work.kind === 'star-all-to-all' ? expandStar(work) : expandLockstep(describeRing(work), work.hosts);
  return { ...program, ...events };
}

/** Repeats each lane's duration for every step. */
function spreadLanes(laneNs: Float64Array, flowCount: number): Float64Array | null {
  if (flowCount > listedFlowsMax) return null;
  const durationNs = new Float64Array(flowCount);
  for (let flow = 0; flow < flowCount; flow += laneNs.length) durationNs.set(laneNs, flow);
  return durationNs;
}

async function runProgram(program: FlowProgram, options: CaseOptions): Promise<FlowOutcome | Refusal> {
  const slices = runFlowSlices(program, options);
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
    await options.breathe?.(slice.value);
  }
}

/** The wall time runs from the parsed case to the last completion and includes the expansion of a generated family. */
export async function runCase(simCase: SimCase, options: CaseOptions = {}): Promise<CaseAnswer | Refusal> {
  const startedMs = performance.now();
  const { work } = simCase;
  const measured = (): { readonly name: string; readonly wallS: number; readonly rssMb: number } =>
    ({ name: simCase.name, wallS: (performance.now() - startedMs) / 1000, rssMb: process.resourceUsage().maxRSS / 1024 });
  if (work.kind === 'ring-all-reduce' && simCase.events.eventNs.length === 0 && options.sampleNs === undefined) {
    const lanes = describeRing(work);
    const outcome = runLockstep(lanes, options.sink === undefined ? {} : { sink: options.sink });
    if (isRefusal(outcome)) return outcome;
    const flowCount = lanes.laneCount * lanes.stepCount;
    return { ...measured(), flowCount, makespanNs: outcome.makespanNs, durationNs: spreadLanes(outcome.laneDurationNs, flowCount), solves: outcome.solves, ended: true };
  }
  const program = toProgram(simCase);
  const outcome = await runProgram(program, options);
  if (isRefusal(outcome)) return outcome;
  return {
    ...measured(), flowCount: program.flowCount, makespanNs: outcome.makespanNs, solves: outcome.solves, ended: outcome.ended,
    durationNs: program.flowCount > listedFlowsMax ? null : outcome.durationNs,
  };
}
