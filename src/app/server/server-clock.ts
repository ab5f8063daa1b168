/** The server's time: wall-clock time at the start, then a steady clock, so that nothing ever goes back; it may run faster for a demonstration. */

export interface ServerClock {
  /** ns since the log's epoch. */
  nowNs(): number;
  readonly speed: number;
}

/** A clock from nanoseconds since 1970; `speed` 1 is real time. Never before `notBeforeNs`. */
export function startClock({ speed, notBeforeNs, wallNs }: { readonly speed: number; readonly notBeforeNs: number; readonly wallNs: number }): () => number {
  const startNs = Math.max(wallNs, notBeforeNs);
  const startedMs = performance.now();
  return () => startNs + Math.round((performance.now() - startedMs) * 1e6 * speed);
}
