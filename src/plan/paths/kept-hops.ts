/**
 * What two paths of a lease have in common: a detour leaves its path and comes back to it, and on the hops before and after nothing changes.
 *
 * A hop is kept where both hold the same wavelengths of the same link, or share it at the same rate. Compared by value, because a plan
 * that was read from a log has arrays of its own.
 */

import type { GrantPath } from '../plan.ts';

const noRows: readonly number[] = [];

function sameRows(one: readonly number[], other: readonly number[]): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

const sameHop = (one: GrantPath, hop: number, other: GrantPath, otherHop: number): boolean =>
  one.links[hop] === other.links[otherHop] && sameRows(one.wavelengths[hop] ?? noRows, other.wavelengths[otherHop] ?? noRows);

/** How many hops both begin with. */
export function keptAhead(from: GrantPath, to: GrantPath): number {
  if (from.rateGbps !== to.rateGbps) return 0;
  const most = Math.min(from.links.length, to.links.length);
  let kept = 0;
  while (kept < most && sameHop(from, kept, to, kept)) kept += 1;
  return kept;
}

/** How many hops both end with, beside the `ahead` that they begin with. */
export function keptBehind(from: GrantPath, to: GrantPath, ahead: number): number {
  if (from.rateGbps !== to.rateGbps) return 0;
  const [last, otherLast] = [from.links.length - 1, to.links.length - 1];
  const most = Math.min(last, otherLast) + 1 - ahead;
  let kept = 0;
  while (kept < most && sameHop(from, last - kept, to, otherLast - kept)) kept += 1;
  return kept;
}
