/**
 * Shares of packets as small whole numbers, for tables that repeat a next hop as often as its weight says.
 *
 * After "WCMP: Weighted Cost Multipathing for Improved Fairness in Data Centers" (Zhou et al., EuroSys 2014): what rounding costs is the
 * largest factor by which a path gets more than its share, and the smallest table within a wanted factor is taken. Here the number
 * of entries is tried from the fewest on, each dealt by largest remainders (ties to the earlier path); a path may end without an entry.
 */

/** Entries of one table. */
const weightEntriesMax = 64;
/** No path gets more than this many times its share, where the entries allow it. */
const oversubscriptionWanted = 1.02;

function dealt(shares: readonly number[], entries: number): readonly number[] {
  const weights = shares.map((share) => Math.floor(share * entries + 1e-9));
  const rest = entries - weights.reduce((sum, weight) => sum + weight, 0);
  const byRemainder = shares.map((share, path) => ({ path, left: share * entries - (weights[path] ?? 0) })).sort((a, b) => b.left - a.left || a.path - b.path);
  for (const { path } of byRemainder.slice(0, Math.max(0, rest))) weights[path] = (weights[path] ?? 0) + 1;
  return weights;
}

/** Weights of shares that are above zero and sum to 1: the fewest entries that keep within the wanted factor, else those that come nearest. */
export function hardwareWeights(shares: readonly number[]): readonly number[] {
  let best: { readonly weights: readonly number[]; readonly factor: number } | null = null;
  for (let entries = 1; entries <= weightEntriesMax && (best?.factor ?? Infinity) > oversubscriptionWanted; entries++) {
    const weights = dealt(shares, entries);
    const factor = Math.max(...shares.map((share, path) => (weights[path] ?? 0) / entries / share));
    if (factor < (best?.factor ?? Infinity) - 1e-12) best = { weights, factor };
  }
  return best?.weights ?? [];
}
