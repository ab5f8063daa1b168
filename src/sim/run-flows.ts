/** Runs a flow program from start to end: the engine's front door. */

import type { Refusal } from '../base/refusal.ts';
import type { FlowOutcome, FlowProgram } from './flow-program.ts';
import { createFlowRun } from './flow-run.ts';
import type { SinkOptions } from './flow-sink.ts';
import { describeStall } from './stall.ts';

export interface RunOptions extends Partial<SinkOptions> {
  /** Asked between slices of instants; true ends the run there, and the outcome holds everything up to that moment. */
  readonly shouldStop?: () => boolean;
}

/** How far a run has come, between two slices. */
export interface RunProgress {
  readonly nowNs: number;
  readonly unfinished: number;
}

/** Instants in a slice: some milliseconds of work, so that a caller can breathe, show progress or stop. */
const sliceSteps = 1024;

/** The same as `runFlows`, in slices: the caller decides what happens between them (draw progress, listen for an interrupt). */
export function* runFlowSlices(program: FlowProgram, options: RunOptions = {}): Generator<RunProgress, FlowOutcome | Refusal, void> {
  const { sink, sampleNs } = options;
  const run = createFlowRun(program, sink === undefined ? undefined : { sink, ...(sampleNs === undefined ? {} : { sampleNs }) });
  for (let steps = 1; run.unfinished > 0; steps++) {
    if (!run.step()) return describeStall(program, run);
    if (steps % sliceSteps !== 0) continue;
    yield { nowNs: run.nowNs, unfinished: run.unfinished };
    if (options.shouldStop?.() === true) break;
  }
  return run.outcome();
}

/** Every flow's completion, or the refusal `stalled` that says who waits for what. */
export function runFlows(program: FlowProgram, options: RunOptions = {}): FlowOutcome | Refusal {
  const slices = runFlowSlices(program, options);
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}
