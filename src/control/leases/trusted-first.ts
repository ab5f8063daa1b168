/**
 * Orders ways so that new light goes where it is most likely to stay: past parts that are out of service or on trial after a fault, and
 * past devices that say nothing. It orders only: where no other way has the room, these are used.
 */

import { unheardLinks } from '../devices/unheard.ts';
import type { State } from '../state.ts';

/** How much on a way is out, on trial or unheard: parts of its links whose health puts nothing new on them, and ends of which nothing is heard. */
function doubtsOn(partsOut: Uint16Array, unheard: Uint8Array | null, links: readonly number[]): number {
  let doubts = 0;
  for (const link of links) doubts += (partsOut[link] ?? 0) + (unheard?.[link] ?? 0);
  return doubts;
}

/** Ways with the fewest doubts first, in their order otherwise. */
export function trustedFirst(state: State, ways: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const { partsOut } = state.links;
  const unheard = unheardLinks(state);
  const doubts = ways.map((links) => doubtsOn(partsOut, unheard, links));
  const [first] = doubts;
  // Mostly all is well, or what is not lies on what all ways share.
  if (doubts.every((count) => count === first)) return ways;
  return [...ways.keys()].sort((one, other) => (doubts[one] ?? 0) - (doubts[other] ?? 0) || one - other).map((row) => ways[row] ?? []);
}
