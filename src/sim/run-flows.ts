/** Runs a flow program from start to end: the engine's front door. */

import { groupRows, rowsOf } from '../base/csr.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { FlowOutcome, FlowProgram } from './flow-program.ts';
import { createFlowRun } from './flow-run.ts';
import type { FlowSink, SinkOptions } from './flow-sink.ts';
import { foldProgram, unfoldOutcome } from './fold.ts';
import type { Fold } from './fold.ts';
import { describeStall } from './stall.ts';

export interface RunOptions extends Partial<SinkOptions> {
  /** Asked between slices of instants; true ends the run there, and the outcome holds everything up to that moment. */
  readonly shouldStop?: () => boolean;
  /** False runs every flow of a symmetric program by itself. */
  readonly fold?: boolean;
}

/** How far a run has come, between two slices. */
export interface RunProgress {
  readonly nowNs: number;
  readonly unfinished: number;
}

/** Instants in a slice: some milliseconds of work, so that a caller can breathe, show progress or stop. */
const sliceSteps = 1024;

/** Gives a row for each member when a group ends. */
function unfoldSink(fold: Fold, sink: FlowSink): FlowSink {
  const members = groupRows(fold.flowGroup, fold.program.flowCount);
  return {
    flowEnded(group, releaseNs, completionNs) {
      for (const flow of rowsOf(members, group)) sink.flowEnded?.(flow, releaseNs, completionNs);
    },
  };
}

/** The same as `runFlows`, in slices: the caller decides what happens between them (draw progress, listen for an interrupt). */
export function* runFlowSlices(program: FlowProgram, options: RunOptions = {}): Generator<RunProgress, FlowOutcome | Refusal, void> {
  const { sink, sampleNs } = options;
  // What single links carry is only known where every flow runs by itself.
  const fold = options.fold === false || sampleNs !== undefined ? null : foldProgram(program);
  if (fold !== null) {
    const folded = yield* runFlowSlices(fold.program, { ...options, fold: false, ...(sink === undefined ? {} : { sink: unfoldSink(fold, sink) }) });
    if (!isRefusal(folded)) return unfoldOutcome(fold, folded);
    // A stalled run is run again flow by flow, so that its report names the flows of the program.
  }
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
