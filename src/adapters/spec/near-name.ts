/** Finds the name a reader most likely meant, for "did you mean" in issues. */

/** Longer words are never compared: the cost grows with the product of the lengths. */
const comparedCharactersMax = 64;

/**
 * Edit distance with transpositions of neighbours (optimal string alignment; Damerau 1964, Wagner and Fischer 1974).
 * Counts characters to insert, drop, replace or swap.
 */
export function editDistance(left: string, right: string): number {
  const width = right.length + 1;
  let beforeLast = new Array<number>(width).fill(0);
  let last = Array.from({ length: width }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column < width; column++) {
      const replaced = (last[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      let cost = Math.min(replaced, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}

/** The nearest known name, or null when none is near enough to be a slip. Ties go to the name listed first. */
export function nearestName(wrong: string, known: Iterable<string>): string | null {
  if (wrong.length > comparedCharactersMax) return null;
  const lowered = wrong.toLowerCase();
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const name of known) {
    const distance = editDistance(lowered, name.toLowerCase());
    const near = distance <= Math.max(1, Math.floor(Math.max(wrong.length, name.length) / 3));
    if (near && distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** A sentence that names the nearest known name, or the known names when they are few, or `otherwise`. */
export function suggestion(wrong: string, known: readonly string[], otherwise: string): string {
  const near = nearestName(wrong, known);
  if (near !== null) return `Did you mean \`${near}\`?`;
  return known.length > 0 && known.length <= 12 ? `Choose one of: ${known.join(', ')}` : otherwise;
}
