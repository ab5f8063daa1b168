/** Where a run's rows go while it runs: the engine writes to a sink it is given; files and formats belong to adapters. */

export interface FlowSink {
  /** One row per completed flow, in order of completion (then of flow). */
  flowEnded?(flow: number, releaseNs: number, completionNs: number): void;
  /** What a link carried between two sampling instants; idle links are left out. `capacityGbps` is the capacity at the end. */
  linkSample?(fromNs: number, toNs: number, link: number, carriedBits: number, capacityGbps: number): void;
  /** What the flows of one priority sent between two sampling instants. */
  classSample?(fromNs: number, toNs: number, priority: number, sentBits: number, activeFlows: number): void;
}

export interface SinkOptions {
  readonly sink: FlowSink;
  /** Distance of the sampling instants; Infinity (the default) samples nothing. */
  readonly sampleNs?: number;
}
