/** What to write instead of a name that is not known: the remedy of many issues. */

import { nearestNames } from '../../base/nearest-name.ts';

/** Longer words are no slip of the pen, and comparing them costs time in the product of the lengths. */
const comparedCharactersMax = 64;

/** The known name that a wrong one most resembles, or null when none is near. */
export function nearestName(wrong: string, known: readonly string[]): string | null {
  return wrong.length > comparedCharactersMax ? null : (nearestNames(wrong, known)[0] ?? null);
}

const listedMax = 12;

/** A sentence that names the nearest known name, or the known names when they are few, or `otherwise`. */
export function suggestion(wrong: string, known: readonly string[], otherwise: string): string {
  const near = nearestName(wrong, known);
  if (near !== null) return `Did you mean \`${near}\`?`;
  return known.length > 0 && known.length <= listedMax ? `Choose one of: ${known.join(', ')}` : otherwise;
}
