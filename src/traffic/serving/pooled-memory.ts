/**
 * Memory pooled over light: cached keys and values, or weights, that a decode step reads from memory nodes across the fabric.
 *
 * A reader with W bytes in flight and a round trip of T never reads faster than W/T (Little 1961), however fast the fabric
 * is; reads are prefetched, so only what outlasts the rest of the step is felt, and the first read always shows its round trip
 * where nothing runs beside it.
 */

export interface PooledMemory {
  /** Fabric rate from the pool to one accelerator. */
  readonly rateGbps: number;
  /** Round trip of one read: fabric both ways and the memory itself. */
  readonly latencyNs: number;
  /** Bytes one accelerator may have asked for and not yet got. */
  readonly outstandingBytes: number;
  /** Shares of cache and of weights that lie in the pool, 0 to 1. */
  readonly cacheShare: number;
  readonly weightShare: number;
}

export interface PooledRead {
  readonly readNs: number;
  /** The rate reached, and what holds it. */
  readonly rateGbps: number;
  readonly boundBy: 'rate' | 'latency';
}

/** Time to read so many bytes from the pool, one round trip ahead of the stream. */
export function readPool(pool: PooledMemory, bytes: number): PooledRead {
  const inFlightGbps = pool.latencyNs > 0 ? (pool.outstandingBytes * 8) / pool.latencyNs : Infinity;
  const rateGbps = Math.min(pool.rateGbps, inFlightGbps);
  return { readNs: bytes > 0 ? pool.latencyNs + (bytes * 8) / rateGbps : 0, rateGbps, boundBy: inFlightGbps < pool.rateGbps ? 'latency' : 'rate' };
}

/** What a prefetched read adds to a step whose other work takes `besideNs`. */
export const pooledExposedNs = (pool: PooledMemory, bytes: number, besideNs: number): number => Math.max(0, readPool(pool, bytes).readNs - besideNs);
