/** Which jobs wait while a receiver locks on other wavelengths: a lease that keeps a link and takes other wavelengths there. */

import type { Grant, GrantPath } from '../../plan/plan.ts';
import type { State } from '../state.ts';

/** Wavelengths that paths hold alone on a link; `null` where none of them passes over it. */
function heldOn(paths: readonly GrantPath[], link: number): readonly number[] | null {
  let held: number[] | null = null;
  for (const { links, wavelengths } of paths) {
    const hop = links.indexOf(link);
    if (hop >= 0) (held ??= []).push(...wavelengths[hop] ?? []);
  }
  return held;
}

/** True where a grant takes wavelengths alone that it did not hold, on a link that it was on: nothing can be made there before the old light is broken. */
export function locksAnew(before: Grant, after: Grant): boolean {
  return after.paths.some(({ links, wavelengths }) => links.some((link, hop) => {
    const rows = wavelengths[hop] ?? [];
    const held = rows.length === 0 ? null : heldOn(before.paths, link);
    return held !== null && rows.some((row) => !held.includes(row));
  }));
}

/** Pauses of the jobs whose leases lock anew, each as long as the policy says that a wavelength is dark. */
export function lockPauses(state: State, grants: ReadonlyMap<string, Grant | null>): ReadonlyMap<string, number> {
  const pauses = new Map<string, number>();
  for (const [id, after] of grants) {
    const before = state.leases.get(id)?.grant ?? null;
    if (before !== null && before.job !== null && after !== null && before !== after && locksAnew(before, after)) pauses.set(before.job, state.policy.costs.retuneDarkNs);
  }
  return pauses;
}
