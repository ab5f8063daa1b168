/** A latency sample told by its percentiles: weighted values in, median and tails out. */

import { growingFloats } from '../../base/growing.ts';

export interface LatencyDistribution {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface LatencySample {
  add(value: number, weight?: number): void;
  /** Values in the order they came, weights left out. */
  values(): Float64Array;
  each(visit: (value: number, weight: number) => void): void;
  /** In the unit of the added values times `scale`; all NaN where nothing was added. */
  describe(scale?: number): LatencyDistribution;
}

/** A percentile is the smallest value that at least that share of the weight does not exceed (nearest rank). */
export function createSample(): LatencySample {
  const values = growingFloats();
  const weights = growingFloats();
  return {
    add(value, weight = 1) {
      values.push(value);
      weights.push(weight);
    },
    values: () => values.finish(),
    each(visit) {
      for (let row = 0; row < values.length; row++) visit(values.at(row), weights.at(row));
    },
    describe(scale = 1) {
      const order = Array.from({ length: values.length }, (_, row) => row).sort((a, b) => values.at(a) - values.at(b) || a - b);
      const count = order.reduce((sum, row) => sum + weights.at(row), 0);
      const total = order.reduce((sum, row) => sum + weights.at(row) * values.at(row), 0);
      const found = [NaN, NaN, NaN];
      const shares = [0.5, 0.9, 0.99];
      let below = 0;
      let next = 0;
      for (const row of order) {
        below += weights.at(row);
        // The tolerance keeps a share such as 0.9 x 10 from missing its rank by rounding.
        while (next < shares.length && below >= (shares[next] ?? 1) * count - 1e-9) found[next++] = values.at(row) * scale;
      }
      const last = order.at(-1);
      return { count, mean: (total / count) * scale, p50: found[0] ?? NaN, p90: found[1] ?? NaN, p99: found[2] ?? NaN, max: last === undefined ? NaN : values.at(last) * scale };
    },
  };
}
