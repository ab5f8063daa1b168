/**
 * Sharing a link that carries less than was granted on it: floors first, then either all alike or by strict priority.
 *
 * Rows are paths of leases. Everything above the floors is water: `inProportion` gives each row the same share of what it holds
 * above its floor, `byPriority` fills class after class and shares in proportion within one. Cost O(n log n).
 */

export interface Claim {
  /** What it holds now. */
  readonly rateGbps: number;
  /** What it must keep; at most `rateGbps`. */
  readonly floorGbps: number;
  /** 1 is served first. */
  readonly priority: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Rates by row, or null where the floors alone do not fit. */
export function inProportion(claims: readonly Claim[], capacityGbps: number): readonly number[] | null {
  const floors = sum(claims.map(({ floorGbps }) => floorGbps));
  if (floors > capacityGbps * (1 + 1e-9)) return null;
  const above = sum(claims.map(({ rateGbps, floorGbps }) => rateGbps - floorGbps));
  const share = above <= 0 ? 0 : Math.max(0, Math.min(1, (capacityGbps - floors) / above));
  return claims.map(({ rateGbps, floorGbps }) => floorGbps + (rateGbps - floorGbps) * share);
}

/** Rates by row, or null where the floors alone do not fit. */
export function byPriority(claims: readonly Claim[], capacityGbps: number): readonly number[] | null {
  let left = capacityGbps - sum(claims.map(({ floorGbps }) => floorGbps));
  if (left < -1e-9 * capacityGbps) return null;
  const rates = claims.map(({ floorGbps }) => floorGbps);
  for (const priority of [...new Set(claims.map((claim) => claim.priority))].sort((a, b) => a - b)) {
    const rows = claims.flatMap((claim, row) => (claim.priority === priority ? [row] : []));
    const above = sum(rows.map((row) => (claims[row]?.rateGbps ?? 0) - (claims[row]?.floorGbps ?? 0)));
    const share = above <= 0 ? 0 : Math.max(0, Math.min(1, left / above));
    for (const row of rows) rates[row] = (rates[row] ?? 0) + ((claims[row]?.rateGbps ?? 0) - (claims[row]?.floorGbps ?? 0)) * share;
    left -= above * share;
  }
  return rates;
}
