/** Which known names a mistyped one most resembles. */

const suggestionsMax = 3;

/** Levenshtein distance (Wagner and Fischer, 1974). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let left = 1; left <= from.length; left++) {
    const next = [left];
    for (let right = 1; right <= to.length; right++) {
      const replace = (row[right - 1] ?? 0) + (from[left - 1] === to[right - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[right] ?? 0) + 1, (next[right - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** At most three names that contain the asked one or lie within half its length in edits, nearest first; ties alphabetical. */
export function nearestNames(asked: string, names: readonly string[]): readonly string[] {
  const lower = asked.toLowerCase();
  return names
    .map((name) => ({ name, distance: lower.length > 1 && name.toLowerCase().includes(lower) ? 0 : editDistance(lower, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(2, asked.length / 2))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, suggestionsMax)
    .map(({ name }) => name);
}
