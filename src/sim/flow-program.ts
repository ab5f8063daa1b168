/**
 * The flow engine's input and answer: links, flows with paths and dependencies, and capacity events, as parallel typed arrays.
 *
 * Rules (those of schema simcase/1). release(f) = max(start, completions of all flows it comes after). A flow is active from
 * release + latency of its path until its bits are sent. Active flows share links by weighted max-min fairness under
 * rate caps; a lower priority number is allocated first and the next class gets what is left. A link at zero stalls its
 * flows; they neither fail nor move. With floors (`classFloors`), each class first receives, alone on every link, max-min up to
 * the smaller of its demand and its floor; a class then shares, by weighted max-min, all that higher classes leave and that
 * lower classes do not hold under their floors. With all floors zero this is strict priority.
 */

/** A share of every link's present capacity that a class can always have. */
export interface ClassFloor {
  readonly priority: number;
  /** 0 to 1; the shares of all classes sum to at most 1. */
  readonly share: number;
}

export interface FlowProgram {
  readonly linkCount: number;
  /** Capacity at time zero; may be zero. */
  readonly linkRateGbps: Float64Array;
  readonly linkLatencyNs: Float64Array;

  readonly flowCount: number;
  readonly flowBits: Float64Array;
  readonly flowStartNs: Float64Array;
  /** Positive; `null` when every weight is 1. */
  readonly flowWeight: Float64Array | null;
  /** Rate cap, Infinity for none; `null` when no flow is capped. */
  readonly flowCapGbps: Float64Array | null;
  /** Lower is served first; `null` when all are equal. */
  readonly flowPriority: Int32Array | null;

  /** Flow f crosses links pathLink[pathOffset[f] .. pathOffset[f + 1]). */
  readonly pathOffset: Int32Array;
  readonly pathLink: Int32Array;
  /** Flow f is released after flows afterFlow[afterOffset[f] .. afterOffset[f + 1]); `null` when nothing waits. */
  readonly afterOffset: Int32Array | null;
  readonly afterFlow: Int32Array | null;

  /** Capacity events in time order: from eventNs[e] on, link eventLink[e] has eventRateGbps[e]. */
  readonly eventNs: Float64Array;
  readonly eventLink: Int32Array;
  readonly eventRateGbps: Float64Array;

  /** Absent or empty: no floors. */
  readonly classFloors?: readonly ClassFloor[];
  /**
   * How many equal links the flow meets per hop entry, as load: entry h of `pathLink` loads its link by pathLoad[h] times the
   * flow's rate. Absent: once. A folded program uses it (see `fold.ts`).
   */
  readonly pathLoad?: Float64Array;
}

export interface FlowOutcome {
  /** Absolute completion time of each flow; Infinity for a flow that was cancelled or had not ended when the run was stopped. */
  readonly completionNs: Float64Array;
  /** Completion minus release. */
  readonly durationNs: Float64Array;
  /** The last completion; 0 when nothing completed. */
  readonly makespanNs: number;
  /** Allocations really solved. */
  readonly solves: number;
  /** False when the run was stopped before every flow had ended. */
  readonly ended: boolean;
  /** Simulated time reached. */
  readonly reachedNs: number;
}
