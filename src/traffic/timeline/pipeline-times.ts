/**
 * When the slots of a pipeline start and how late each may end: longest paths through a fixed order.
 *
 * Bounds: an order lists each slot after those it waits for, so every row read is below the row at hand and inside the arrays.
 */

import type { PipelineOrder, SlotTimes } from './pipeline-order.ts';

/** How fast stages are and how long a hand-over takes. */
export interface PipelinePace extends SlotTimes {
  /** Length of a slot on the other stages, relative to the busiest one, 0 to 1. The first stage is the busiest. */
  readonly otherShare: number;
  /** From the end of a slot to the earliest start of the one on the next stage. */
  readonly handOverNs: number;
}

export interface PipelineTimes {
  readonly pace: PipelinePace;
  /** From the first start to the last end. */
  readonly spanNs: number;
  readonly startNs: Float64Array;
  readonly endNs: Float64Array;
  /** How much later each slot may end before `spanNs` grows. */
  readonly slackNs: Float64Array;
}

/** Earliest starts: each slot begins when its stage is free and its data has arrived. O(slots). */
function earliest(order: PipelineOrder, pace: PipelinePace, into: { readonly startNs: Float64Array; readonly endNs: Float64Array }): number {
  const { slotCount, stage, kind, afterOnStage, afterData } = order;
  const { startNs, endNs } = into;
  const { chunks } = order.shape;
  const durationNs = [pace.forwardNs / chunks, pace.backwardNs / chunks, pace.weightsNs / chunks];
  let span = 0;
  for (let slot = 0; slot < slotCount; slot++) {
    const before = afterOnStage[slot]!;
    const data = afterData[slot]!;
    let start = before < 0 ? 0 : endNs[before]!;
    if (data >= 0) start = Math.max(start, endNs[data]! + (stage[data] === stage[slot] ? 0 : pace.handOverNs));
    startNs[slot] = start;
    endNs[slot] = start + durationNs[kind[slot]!]! * (stage[slot] === 0 ? 1 : pace.otherShare);
    span = Math.max(span, endNs[slot]!);
  }
  return span;
}

/** Latest ends by the same paths walked backwards (critical path method, Kelley and Walker 1959). */
export function timePipeline(order: PipelineOrder, pace: PipelinePace): PipelineTimes {
  const { slotCount, stage, afterOnStage, afterData } = order;
  const startNs = new Float64Array(slotCount);
  const endNs = new Float64Array(slotCount);
  const spanNs = earliest(order, pace, { startNs, endNs });
  const latestNs = new Float64Array(slotCount).fill(spanNs);
  const slackNs = new Float64Array(slotCount);
  for (let slot = slotCount - 1; slot >= 0; slot--) {
    const latestStart = latestNs[slot]! - (endNs[slot]! - startNs[slot]!);
    slackNs[slot] = Math.max(0, latestNs[slot]! - endNs[slot]!);
    const before = afterOnStage[slot]!;
    if (before >= 0) latestNs[before] = Math.min(latestNs[before]!, latestStart);
    const data = afterData[slot]!;
    if (data >= 0) latestNs[data] = Math.min(latestNs[data]!, latestStart - (stage[data] === stage[slot] ? 0 : pace.handOverNs));
  }
  return { pace, spanNs, startNs, endNs, slackNs };
}

const closeEnough = 1e-12;
const halvingsMax = 200;

/**
 * The pace at which the order takes exactly `spanNs`, as the step model predicts. The model knows the busiest stage, the mean
 * one and a calibrated fill and drain; that leaves one freedom. An order shorter than the model at the mean pace gets
 * hand-overs between stages; one longer gets faster other stages. Both change the span continuously and in one direction.
 * `spanNs` is at least the work of the busiest stage.
 */
export function pacePipeline(order: PipelineOrder, nominal: SlotTimes & { readonly otherShare: number }, spanNs: number): PipelinePace {
  const scratch = { startNs: new Float64Array(order.slotCount), endNs: new Float64Array(order.slotCount) };
  const base: PipelinePace = { ...nominal, handOverNs: 0 };
  const spanAt = (pace: PipelinePace): number => earliest(order, pace, scratch);
  const natural = spanAt(base);
  if (Math.abs(natural - spanNs) <= closeEnough * spanNs) return base;
  const isShort = natural < spanNs;
  const at = (value: number): PipelinePace => (isShort ? { ...base, handOverNs: value } : { ...base, otherShare: value });
  let low = 0;
  let high = isShort ? spanNs : base.otherShare;
  let best = isShort ? low : high;
  for (let halving = 0; halving < halvingsMax; halving++) {
    const middle = (low + high) / 2;
    const error = spanAt(at(middle)) - spanNs;
    best = middle;
    if (Math.abs(error) <= closeEnough * spanNs || middle === low || middle === high) break;
    if (error > 0) high = middle;
    else low = middle;
  }
  return at(best);
}
